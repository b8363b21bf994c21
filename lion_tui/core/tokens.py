"""Cutting text into words: no letter is parted from its accents, and where words have no spaces letters stand alone."""

from __future__ import annotations

import functools
import re
import unicodedata
from typing import Final

# Scripts that put no spaces between words: Thai to Burmese, Khmer, the Japanese syllables, Han.
_UNSPACED: Final = (
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3005-\u3007\u3040-\u30ff\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff"
    "\uf900-\ufaff\uff66-\uff9f\U0001b000-\U0001b16f\U00020000-\U0003ffff"
)
_TOKEN: Final = (
    rf"[{_UNSPACED}]"
    "|[\U0001f1e6-\U0001f1ff]{2}"  # a flag
    rf"|(?:(?![{_UNSPACED}])\w)+(?:(?:['’\-\u2010\u2011]|(?<=\d)[.,](?=\d))(?:(?![{_UNSPACED}])\w)+)*"
    r"|\r\n|[^\S\n\r]+|."
)
_LONG: Final = 20_000
_JOINER: Final = "\u200d"
_JOINED: Final = re.compile("[\u200c\u200d\U0001f3fb-\U0001f3ff\U000e0020-\U000e007f]")
"""What belongs to the character before it besides marks: joiners, the colours of skin, the letters of flags."""


def tokens(text: str) -> list[str]:
    """Return the words of a text, and what stands between them; together they are the text."""
    # Of a long text one by one, so that others have their turn: the whole at once would hold up every thread.
    token = _token()
    found = token.findall(text) if len(text) < _LONG else [match[0] for match in token.finditer(text)]
    return found if text.isascii() else _joined(found)


@functools.cache
def _token() -> re.Pattern[str]:
    # Only when it is needed: to compile these sets takes as long as to import several modules.
    return re.compile(_TOKEN, re.DOTALL)


def is_word(token: str) -> bool:
    """Tell whether a token has a letter or a digit in it."""
    return any(map(str.isalnum, token))


def _joined(found: list[str]) -> list[str]:
    """Return tokens of which none begins within a character."""
    joined: list[str] = []
    marked = False  # whether the last token was a word and ended with a mark, which may stand within a word
    for token in found:
        extends = _extends(token[0])
        before = joined[-1] if joined else ""
        if before and before[-1] not in "\r\n" and (extends or before[-1] == _JOINER or (marked and _goes_on(token))):
            joined[-1] += token
        else:
            joined.append(token)
        marked = extends and token[0] != _JOINER and bool(before) and before[0].isalnum() and not _stands_alone(before)
    return joined


def _extends(character: str) -> bool:
    return unicodedata.category(character)[0] == "M" or bool(_JOINED.match(character))


def _stands_alone(token: str) -> bool:
    return bool(re.match(f"[{_UNSPACED}]", token))


def _goes_on(token: str) -> bool:
    return token[0].isalnum() and not _stands_alone(token)
