"""The passages of two texts, paragraphs, sentences or lines, and which of them stand for each other."""

from __future__ import annotations

import re
from bisect import bisect_left
from itertools import pairwise
from typing import TYPE_CHECKING, Final, NamedTuple

from lion_tui.core.sequences import runs_in_common, same_at_start
from lion_tui.core.tokens import tokens

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

LEAST: Final = 0.4
"""How much alike two passages are at least whose words are compared; others stand for each other as a whole."""
_PAIRS: Final = 10_000
"""Passages of one text times those of the other of which the best pairs are looked for; else only those near by, and
of the same passages, pairs of which the best are looked for."""
_NEAR: Final = 20
_PARAGRAPHS: Final = re.compile(r"\n[^\S\n]*\n\s*")
_SENTENCES: Final = re.compile(r"\n(?:[^\S\n]*\n)*|(?<=[^\W_]{2}[.!?…])[^\S\n]+|(?<=[。！？])")
"""Where a line ends, or a sentence: not where a number of a list or an abbreviation by letters does."""
_LINE_END: Final = re.compile("\n")


class Passage(NamedTuple):
    """A paragraph or a line: where it begins, where what follows begins, and what it is known by."""

    start: int
    end: int
    key: str


def paragraphs(text: str) -> list[Passage]:
    """Return the paragraphs of a text, each with the empty lines below it."""
    return [Passage(start, end, text[start:end].rstrip()) for start, end in _cut(text, _PARAGRAPHS)]


def sentences(text: str) -> list[Passage]:
    """Return the lines of a text, and the sentences on them, each with what is empty after it."""
    return [Passage(start, end, text[start:end].rstrip()) for start, end in _cut(text, _SENTENCES)]


def lines(text: str) -> list[Passage]:
    """Return the lines of a text, each with its end."""
    return [Passage(start, end, text[start:end].removesuffix("\n")) for start, end in _cut(text, _LINE_END)]


def _cut(text: str, after: re.Pattern[str]) -> Iterable[tuple[int, int]]:
    """Return the ranges of a text that end where a pattern ends."""
    return pairwise(sorted({0, *(match.end() for match in after.finditer(text)), len(text)}))


class Passages:
    """The passages of two texts.

    Attributes:
        a: Those of the first.
        b: Those of the second.
    """

    def __init__(self, a: Sequence[Passage], b: Sequence[Passage], *, only_same: bool) -> None:
        """Take the passages; with `only_same`, none stands for another that is only alike."""
        self.a, self.b, self._only_same = a, b, only_same
        self._words: dict[str, frozenset[str]] = {}

    def pairs(self) -> list[tuple[int, int]]:
        """Return which passages stand for each other, in order: those with which most of the text stays."""
        a, b = [each.key for each in self.a], [each.key for each in self.b]
        before = same_at_start(a, b)
        after = same_at_start(a[before:][::-1], b[before:][::-1])
        a_range, b_range = range(before, len(a) - after), range(before, len(b) - after)
        both = set(a) & set(b)  # what is in the other text is not changed, wherever it is there
        anchors = [] if len(a_range) * len(b_range) <= _PAIRS else _heaviest(a, b, a_range, b_range)
        pairs = [(index, index) for index in range(before)]
        for a_next, b_next in [*anchors, (a_range.stop, b_range.stop)]:
            pairs += self._between(range(a_range.start, a_next), range(b_range.start, b_next), both)
            pairs.append((a_next, b_next))
            a_range, b_range = range(a_next + 1, a_range.stop), range(b_next + 1, b_range.stop)
        pairs.pop()
        return [*pairs, *((len(a) - index, len(b) - index) for index in range(after, 0, -1))]

    def _between(self, a_range: range, b_range: range, both: set[str]) -> list[tuple[int, int]]:
        """Return which passages between two pairs stand for each other, in order."""
        small = len(a_range) * len(b_range) <= _PAIRS
        a_words = [(index, self._known(self.a[index].key, both)) for index in a_range]
        b_words = [(index, self._known(self.b[index].key, both)) for index in b_range]
        return (_best_pairs if small else _near_pairs)(a_words, b_words)

    def _known(self, key: str, both: set[str]) -> _Known:
        return _Known(key, None if key in both or self._only_same else self._words_of(key))

    def most_alike(self, left: Sequence[int], right: Sequence[int]) -> list[tuple[float, int, int]]:
        """Return how much alike each of some passages is to each of others, most first; nothing of too many."""
        if self._only_same or len(left) * len(right) > _PAIRS:
            return []
        pairs = [
            (-_alike(self._words_of(self.a[a].key), self._words_of(self.b[b].key)), a, b) for a in left for b in right
        ]
        return [(-less, a, b) for less, a, b in sorted(pairs)]

    def _words_of(self, passage: str) -> frozenset[str]:
        if passage not in self._words:
            self._words[passage] = frozenset(token for token in tokens(passage) if not token.isspace())
        return self._words[passage]


class _Known(NamedTuple):
    """What a passage is known by, and its words; None if only the same passage can stand for it."""

    key: str
    words: frozenset[str] | None

    def alike(self, other: _Known) -> float:
        """Return how much alike two are, from 0 to 1; 0 if they cannot stand for each other."""
        if self.key == other.key:
            return 1.0
        alike = _alike(self.words, other.words) if self.words and other.words else 0.0
        return alike if alike >= LEAST else 0.0


def _best_pairs(left: Sequence[tuple[int, _Known]], right: Sequence[tuple[int, _Known]]) -> list[tuple[int, int]]:
    """Return the pairs, in order on both sides, with which most of the text stays.

    Two that are half alike are worth less than half of one that is the same: passages of one form are all half alike.
    """
    columns = len(right) + 1
    best = [[0.0] * columns for _ in range(len(left) + 1)]
    for row in range(len(left) - 1, -1, -1):
        of, below, here = left[row][1], best[row + 1], best[row]
        for column in range(len(right) - 1, -1, -1):
            other = right[column][1]
            most = max(below[column], here[column + 1])
            if alike := of.alike(other):
                most = max(most, below[column + 1] + alike**2 * (len(of.key) + len(other.key) + 1))
            here[column] = most
    pairs, row, column = [], 0, 0
    while row < len(left) and column < len(right):
        if best[row][column] == best[row + 1][column]:
            row += 1
        elif best[row][column] == best[row][column + 1]:
            column += 1
        else:
            pairs.append((left[row][0], right[column][0]))
            row, column = row + 1, column + 1
    return pairs


def _near_pairs(left: Sequence[tuple[int, _Known]], right: Sequence[tuple[int, _Known]]) -> list[tuple[int, int]]:
    """Return pairs, in order on both sides: each passage with the one that is most alike of the next few."""
    pairs, first = [], 0
    for index, known in left:
        near = range(first, min(first + _NEAR, len(right)))
        column = max(near, key=lambda each: (known.alike(right[each][1]), -each), default=None)
        if column is not None and known.alike(right[column][1]):
            pairs.append((index, right[column][0]))
            first = column + 1
    return pairs


def _heaviest(a: Sequence[str], b: Sequence[str], a_range: range, b_range: range) -> list[tuple[int, int]]:
    """Return the places of the same passages, in order on both sides, with the most text; of too many, the most."""
    places: dict[str, list[int]] = {}
    for index in reversed(b_range):
        places.setdefault(b[index], []).append(index)
    if sum(len(places.get(a[index], ())) for index in a_range) > _PAIRS:
        runs = runs_in_common(a[a_range.start : a_range.stop], b[b_range.start : b_range.stop])
        return [(a_range[at] + step, b_range[place] + step) for at, place, size in runs for step in range(size)]
    chains: list[tuple[int, int, int]] = []  # of all pairs so far: the places, and the number of the pair before it
    ends: list[int] = []  # of the chains that are heavier than any that ends before: where in the second sequence
    best: list[tuple[int, int]] = []  # ... and how heavy each is, and the number of its last pair
    for index in a_range:
        for place in places.get(a[index], ()):
            at = bisect_left(ends, place)
            weight, before = best[at - 1] if at else (0, -1)
            weight += len(a[index]) + 1
            lighter = at
            while lighter < len(best) and best[lighter][0] <= weight:
                lighter += 1
            if lighter > at or at == len(ends) or ends[at] > place:
                ends[at:lighter], best[at:lighter] = [place], [(weight, len(chains))]
                chains.append((index, place, before))
    found, number = [], best[-1][1] if best else -1
    while number >= 0:
        index, place, number = chains[number]
        found.append((index, place))
    return found[::-1]


def _alike(left: frozenset[str], right: frozenset[str]) -> float:
    return 2 * len(left & right) / (len(left) + len(right) or 1)
