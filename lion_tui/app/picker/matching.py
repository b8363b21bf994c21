"""Finding names by a few of their letters, in time that grows with their length only: names come from servers."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence

_WORD_START: Final = 8
_IN_A_ROW: Final = 6
_GAP: Final = 1
_LONGEST_GAP: Final = 10


class Match(NamedTuple):
    """How well a text fits.

    Attributes:
        score: The higher the better.
        places: Which of its characters were found, in order.
    """

    score: int
    places: tuple[int, ...]


def match(query: str, text: str) -> Match | None:
    """Return how well `text` fits, or None if it does not.

    Each word of the query must be in it: as it is, or its letters in order. What stands together, and at the beginning
    of a word, fits better.
    """
    folded = _folded(text)
    places: set[int] = set()
    score = 0
    for word in _folded(query).split():
        found = _whole(word, folded) or _scattered(word, folded)
        if found is None:
            return None
        places.update(found)
        score += _score(found, folded)
    return Match(score, tuple(sorted(places)))


def _folded(text: str) -> str:
    """Return the text in lower case; of a character that becomes two, the first, so that places stay places."""
    lower = text.lower()
    return lower if len(lower) == len(text) else "".join(character.lower()[0] for character in text)


def _whole(word: str, text: str) -> Sequence[int] | None:
    """Return where the word stands as it is, at the beginning of a word if it does so anywhere."""
    first = at = text.find(word)
    while at > 0 and not _begins(text, at):
        at = text.find(word, at + 1)
    at = first if at < 0 else at
    return None if at < 0 else range(at, at + len(word))


def _scattered(word: str, text: str) -> Sequence[int] | None:
    """Return where the letters of the word stand in order: the last as early, the others as late as can be."""
    at = -1
    for letter in word:
        at = text.find(letter, at + 1)
        if at < 0:
            return None
    found = []
    at += 1
    for letter in reversed(word):
        at = text.rfind(letter, 0, at)
        found.append(at)
    return found[::-1]


def _begins(text: str, at: int) -> bool:
    return at == 0 or not text[at - 1].isalnum()


def _score(places: Sequence[int], text: str) -> int:
    score = sum(_WORD_START for at in places if _begins(text, at))
    for before, at in itertools.pairwise(places):
        score += _IN_A_ROW if at == before + 1 else -min(_GAP * (at - before), _LONGEST_GAP)
    return score
