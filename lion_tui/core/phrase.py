"""Words as one reads them, found in the Markdown they were written in: the marks between them are read over."""

from __future__ import annotations

import re
from functools import lru_cache
from itertools import pairwise
from string import punctuation
from typing import Final

_SPACES: Final = " \t"
_MARKS: Final = frozenset("*_~`[]\\")
"""Characters that may be marks; next to one in the words that are looked for, the source itself is meant."""

_LONGEST: Final = 200
"""Characters of words between which marks are read over."""

_OPENS_LINK: Final = r"\[(?=[^\[\]]{1,300}\][(\[])"
_TARGET: Final = r"\((?:[^()\s]|\([^()\s]{0,200}\)){0,500}+(?:[ \t]{1,8}\"[^\"\n]{0,200}\")?+\)"
_ENDS_LINK: Final = rf"\](?:{_TARGET}|\[[^\[\]\n]{{0,200}}\])"
_BETWEEN: Final = rf"(?:[*_~`]|{_OPENS_LINK}|{_ENDS_LINK}){{0,8}}+"
_IN_WORD: Final = rf"(?:\*{{1,3}}+|`|~~|{_ENDS_LINK})?+"
_BREAK: Final = r"\\?+\r?\n[ \t>]*+"
_SPACE: Final = rf"(?:[ \t]++(?:{_BREAK})?+|{_BREAK})"


@lru_cache(maxsize=16)
def phrase(words: str) -> re.Pattern[str]:
    """Return the pattern that finds words in Markdown as they are shown, and wherever they stand as they are.

    Emphasis, code and links may begin and end between them; a space is any number of them, or a soft break, also in a
    quote. Marks among the words stand for themselves. What is read over is taken whole or not at all and begins with
    a mark or a space, which the words that follow do not: so a search never tries a place twice. Very long texts are
    found only as they are: nobody types them, and their pattern would take long to make.

    Args:
        words: What is looked for; not empty.
    """
    if len(words) > _LONGEST or "\n" in words or not words.strip(_SPACES):
        return re.compile(re.escape(words))
    tokens: list[str] = re.findall(r"[ \t]+|.", words)
    first, last = tokens[0], len(tokens) - 1
    parts = [r"\s" if first[0] in _SPACES else re.escape(first)]
    for number, (before, token) in enumerate(pairwise(tokens), 1):
        # Before a space, and between what stands on both sides of it, marks may end; after it, they may begin.
        if before not in _MARKS and token not in _MARKS:
            parts.append(_gap(before, token))
        if token[0] in _SPACES:
            # A backslash that is looked for is not part of a hard break.
            spaces = r"[ \t]++" if number < last and tokens[number + 1] == "\\" else _SPACE
            parts.append(r"\s" if number == last else spaces)
        else:
            escaped = r"\\?+" if token in punctuation and "\\" not in (before, token) else ""
            parts.append(escaped + re.escape(token))
    return re.compile("".join(parts))


def _gap(before: str, token: str) -> str:
    """Return what marks may stand between two characters of what is looked for."""
    if before.isalnum() and token.isalnum():
        return "" if before.isdigit() and token.isdigit() else _IN_WORD
    return _BETWEEN
