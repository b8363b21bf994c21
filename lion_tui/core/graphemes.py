"""Where a text may be cut: never inside what a reader takes for one character."""

from __future__ import annotations

import unicodedata
from typing import Final

_ZERO_WIDTH_JOINER: Final = "\u200d"
_EXTENDING: Final = frozenset("\u200c\uff9e\uff9f")
_MODIFIERS: Final = range(0x1F3FB, 0x1F400)
_TAGS: Final = range(0xE0020, 0xE0080)
_FLAGS: Final = range(0x1F1E6, 0x1F200)
_PREPENDED: Final = frozenset("\u06dd\u070f\u08e2\U000110bd\U000110cd") | {chr(code) for code in range(0x600, 0x606)}
_HANGUL_LEADING: Final = range(0x1100, 0x1160)
_HANGUL_VOWEL: Final = range(0x1160, 0x11A8)
_HANGUL_TRAILING: Final = range(0x11A8, 0x1200)
_HANGUL_SYLLABLES: Final = range(0xAC00, 0xD7A4)
_VIRAMA: Final = 9


def grapheme_start(text: str, at: int) -> int:
    """Return the last place not after `at` where a grapheme cluster of `text` begins or the text ends.

    The rules are those of Unicode's annex 29; where they ask for tables that Python does not have, what belongs
    together by the look of it is taken for one cluster.
    """
    at = min(max(at, 0), len(text))
    while 0 < at < len(text) and _joined(text, at):
        at -= 1
    return at


def _joined(text: str, at: int) -> bool:
    """Tell whether the characters on both sides of a place are part of one cluster."""
    before, after = text[at - 1], text[at]
    if before == "\r" and after == "\n":
        return True
    if unicodedata.category(before) == "Cc" or unicodedata.category(after) == "Cc":
        return False
    if _extends(after) or before in _PREPENDED:
        return True
    if before == _ZERO_WIDTH_JOINER:
        return not after.isspace()
    if ord(before) in _FLAGS and ord(after) in _FLAGS:
        return _flags_before(text, at) % 2 == 1
    return _one_syllable(ord(before), ord(after)) or _conjunct(text, at)


def _extends(character: str) -> bool:
    code = ord(character)
    return (
        unicodedata.category(character) in {"Mn", "Me", "Mc"}
        or character == _ZERO_WIDTH_JOINER
        or character in _EXTENDING
        or code in _MODIFIERS
        or code in _TAGS
    )


def _flags_before(text: str, at: int) -> int:
    first = at
    while first and ord(text[first - 1]) in _FLAGS:
        first -= 1
    return at - first


def _one_syllable(before: int, after: int) -> bool:
    """Tell whether two characters are parts of one Hangul syllable."""
    if before in _HANGUL_LEADING:
        return after in _HANGUL_LEADING or after in _HANGUL_VOWEL or after in _HANGUL_SYLLABLES
    open_syllable = before in _HANGUL_SYLLABLES and (before - _HANGUL_SYLLABLES.start) % 28 == 0
    if before in _HANGUL_VOWEL or open_syllable:
        return after in _HANGUL_VOWEL or after in _HANGUL_TRAILING
    return (before in _HANGUL_SYLLABLES or before in _HANGUL_TRAILING) and after in _HANGUL_TRAILING


def _conjunct(text: str, at: int) -> bool:
    """Tell whether a consonant is joined to the one before it by a virama."""
    if unicodedata.category(text[at]) != "Lo":
        return False
    while at and _extends(text[at - 1]):
        at -= 1
        if unicodedata.combining(text[at]) == _VIRAMA:
            return True
    return False
