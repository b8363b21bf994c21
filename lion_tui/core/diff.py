"""What differs between two texts: by words within passages that answer to each other, or by lines."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import Counter
from itertools import accumulate, pairwise
from typing import TYPE_CHECKING, Final, Literal, NamedTuple

from lion_tui.core.tokens import is_word, tokens

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

Unit = Literal["word", "line"]
"""What is compared: the words of a passage, or whole lines."""
Kind = Literal["equal", "removed", "added", "moved"]
LEAST: Final = 0.4
"""How much alike two passages are at least whose words are compared; others stand for each other as a whole."""
_CELLS: Final = 16_000_000
"""Words of one text times words of the other that are compared exactly; larger ones are parted at rare words first."""
_PAIRS: Final = 10_000
"""Passages of one text times those of the other of which the best pairs are looked for; else only those near by."""
_NEAR: Final = 20
_RARE: Final = (1, 8)
"""Words that are rare alone, or, where there are none, so many in a row."""
_DEPTH: Final = 4
"""How often in a row rare words may part what is too large."""
LEAST_MOVED: Final = 0.7
"""How much alike two passages at different places are at least that count as one, moved and edited."""
_MOVED: Final = 20
"""Characters of the shortest passage that counts as moved: shorter ones are everywhere."""
_PARAGRAPHS: Final = re.compile(r"\n[^\S\n]*\n\s*")
_LINE_END: Final = re.compile("\n")


class Operation(NamedTuple):
    """A step from one text to the other. All steps together cover both texts, in order, without a gap.

    Attributes:
        kind: "equal"; "removed", only in the first; "added", only in the second; "moved", in both at different places,
            and one of its ranges is empty: the passage is gone from here, or is here now. Of a passage that was also
            edited, what stayed is moved, and the rest removed or added.
        a_start: Where its range of the first text begins.
        a_end: Where that ends.
        b_start: Where its range of the second text begins.
        b_end: Where that ends.
    """

    kind: Kind
    a_start: int
    a_end: int
    b_start: int
    b_end: int


class _Passage(NamedTuple):
    """A paragraph or a line: where it begins, where what follows begins, and what it is known by."""

    start: int
    end: int
    key: str


def diff_texts(a: str, b: str, unit: Unit = "word") -> list[Operation]:
    """Return the steps from one text to another. Those from the other to the one are the same, the other way round.

    Passages that are the same are found first, then those that were moved, then those that are alike; of these, the
    words are compared; then those that were moved and edited. What is removed comes before what is added in its place.
    """
    if a == b:
        return [Operation("equal", 0, len(a), 0, len(b))] if a else []
    if a > b:  # one order, so that it does not matter which text is the first
        return _tidy(_turned(each) for each in _Texts(b, a, unit).steps())
    return _tidy(_Texts(a, b, unit).steps())


def ratio(operations: Iterable[Operation]) -> float:
    """Return how much of two texts is the same, from 0 to 1; what was moved is."""
    same = size = 0
    for kind, a_start, a_end, b_start, b_end in operations:
        size += a_end - a_start + b_end - b_start
        same += a_end - a_start + b_end - b_start if kind in {"equal", "moved"} else 0
    return same / size if size else 1.0


class _Texts:
    """Two texts that are compared."""

    def __init__(self, a: str, b: str, unit: Unit) -> None:
        self._a, self._b, self._unit = a, b, unit
        cut = _lines if unit == "line" else _paragraphs
        self._of_a, self._of_b = cut(a), cut(b)
        self._words: dict[str, frozenset[str]] = {}

    def steps(self) -> Iterator[Operation]:
        """Yield the steps, in which what is removed and added may be in any order."""
        of_a, of_b = self._of_a, self._of_b
        gaps = list(_gaps([each.key for each in of_a], [each.key for each in of_b]))
        moved = self._moved(gaps)
        alike = [self._alike(gap, moved) for gap in gaps]
        edited = self._edited(gaps, alike, moved)
        for gap, pairs in zip(gaps, alike, strict=True):
            yield from self._gap(gap, pairs, moved, edited)
            for index in range(gap.same):
                yield from self._compare(of_a[gap.a.stop + index], of_b[gap.b.stop + index])

    def _moved(self, gaps: Sequence[_Gap]) -> set[str]:
        """Return what the passages are known by that are elsewhere in the other text."""
        left = Counter(self._of_a[index].key for gap in gaps for index in gap.a)
        right = Counter(self._of_b[index].key for gap in gaps for index in gap.b)
        return {key for key, times in left.items() if times == 1 == right[key] and len(key.strip()) >= _MOVED}

    def _gap(
        self, gap: _Gap, alike: Sequence[tuple[int, int]], moved: set[str], edited: _Edited
    ) -> Iterator[Operation]:
        """Yield the steps between passages none of which is the same at the same place."""
        of_a, of_b = self._of_a, self._of_b
        a_index, b_index = gap.a.start, gap.b.start
        for a_next, b_next in [*alike, (gap.a.stop, gap.b.stop)]:
            for index in range(a_index, a_next):
                start, end, key = of_a[index]
                kind: Kind = "moved" if key in moved else "removed"
                yield from edited.a.get(index) or [Operation(kind, start, end, 0, 0)]
            for index in range(b_index, b_next):
                start, end, key = of_b[index]
                kind = "moved" if key in moved else "added"
                yield from edited.b.get(index) or [Operation(kind, 0, 0, start, end)]
            if a_next < gap.a.stop and b_next < gap.b.stop:
                yield from self._compare(of_a[a_next], of_b[b_next])
            a_index, b_index = a_next + 1, b_next + 1

    def _alike(self, gap: _Gap, moved: set[str]) -> list[tuple[int, int]]:
        """Return which passages stand for each other although they are not the same, in order."""
        if self._unit == "line":
            return []
        of_a, of_b = self._of_a, self._of_b
        a_words = [(index, self._words_of(of_a[index].key)) for index in gap.a if of_a[index].key not in moved]
        b_words = [(index, self._words_of(of_b[index].key)) for index in gap.b if of_b[index].key not in moved]
        if len(a_words) * len(b_words) <= _PAIRS:
            return _best_pairs(a_words, b_words)
        return _near_pairs(a_words, b_words)

    def _edited(self, gaps: Sequence[_Gap], alike: Sequence[Sequence[tuple[int, int]]], moved: set[str]) -> _Edited:
        """Return the steps of what was moved and edited: of what is left, the passages that are most alike."""
        of_a, of_b, found = self._of_a, self._of_b, _Edited({}, {})
        in_a, in_b = {a for pairs in alike for a, _ in pairs}, {b for pairs in alike for _, b in pairs}
        left = [index for gap in gaps for index in gap.a if index not in in_a and _may_move(of_a[index], moved)]
        right = [index for gap in gaps for index in gap.b if index not in in_b and _may_move(of_b[index], moved)]
        if self._unit == "line" or len(left) * len(right) > _PAIRS:
            return found
        pairs = [(-_alike(self._words_of(of_a[a].key), self._words_of(of_b[b].key)), a, b) for a in left for b in right]
        for less, a, b in sorted(pairs):
            if -less < LEAST_MOVED:
                break
            if a not in found.a and b not in found.b:
                steps = _words(of_a[a].key, of_b[b].key)
                if ratio(steps) >= LEAST_MOVED:
                    found.a[a], found.b[b] = _side(steps, of_a[a], newer=False), _side(steps, of_b[b], newer=True)
        return found

    def _words_of(self, passage: str) -> frozenset[str]:
        if passage not in self._words:
            self._words[passage] = frozenset(token for token in tokens(passage) if not token.isspace())
        return self._words[passage]

    def _compare(self, left: _Passage, right: _Passage) -> Iterator[Operation]:
        """Yield the steps between two passages that stand for each other; too different ones are replaced as a whole.

        What follows a passage up to the next one is compared for itself.
        """
        a, b = self._a[left.start : left.end], self._b[right.start : right.end]
        if a == b:
            yield Operation("equal", left.start, left.end, right.start, right.end)
            return
        steps = _words(a, b)
        if left.key != right.key and ratio(steps) < LEAST:
            steps = [Operation("removed", 0, len(a), 0, 0), Operation("added", 0, 0, 0, len(b))]
        for kind, a_start, a_end, b_start, b_end in steps:
            yield Operation(kind, a_start + left.start, a_end + left.start, b_start + right.start, b_end + right.start)


class _Edited(NamedTuple):
    """What was moved and edited: the steps of each such passage, by its number in the first and the second text."""

    a: dict[int, list[Operation]]
    b: dict[int, list[Operation]]


def _may_move(passage: _Passage, moved: set[str]) -> bool:
    return passage.key not in moved and len(passage.key.strip()) >= _MOVED


def _side(steps: Sequence[Operation], passage: _Passage, *, newer: bool) -> list[Operation]:
    """Return one side of the steps between two passages at different places: what is the same there was moved."""
    found: list[Operation] = []
    at = passage.start
    for kind, a_start, a_end, b_start, b_end in steps:
        size = b_end - b_start if newer else a_end - a_start
        found.append(_on_side("moved" if kind == "equal" else kind, at, at + size, newer=newer))
        at += size
    return [*found, _on_side("moved", at, passage.end, newer=newer)]


def _on_side(kind: Kind, start: int, end: int, *, newer: bool) -> Operation:
    return Operation(kind, 0, 0, start, end) if newer else Operation(kind, start, end, 0, 0)


def _paragraphs(text: str) -> list[_Passage]:
    """Return the paragraphs of a text, each with the empty lines below it."""
    return [_Passage(start, end, text[start:end].rstrip()) for start, end in _cut(text, _PARAGRAPHS)]


def _lines(text: str) -> list[_Passage]:
    return [_Passage(start, end, text[start:end].removesuffix("\n")) for start, end in _cut(text, _LINE_END)]


def _cut(text: str, after: re.Pattern[str]) -> Iterable[tuple[int, int]]:
    """Return the ranges of a text that end where a pattern ends."""
    return pairwise(sorted({0, *(match.end() for match in after.finditer(text)), len(text)}))


def _best_pairs(
    left: Sequence[tuple[int, frozenset[str]]], right: Sequence[tuple[int, frozenset[str]]]
) -> list[tuple[int, int]]:
    """Return the pairs, in order on both sides, that are most alike together."""
    columns = len(right) + 1
    best = [[0.0] * columns for _ in range(len(left) + 1)]
    for row in range(len(left) - 1, -1, -1):
        for column in range(len(right) - 1, -1, -1):
            alike = _alike(left[row][1], right[column][1])
            paired = best[row + 1][column + 1] + alike if alike >= LEAST else 0.0
            best[row][column] = max(paired, best[row + 1][column], best[row][column + 1])
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


def _near_pairs(
    left: Sequence[tuple[int, frozenset[str]]], right: Sequence[tuple[int, frozenset[str]]]
) -> list[tuple[int, int]]:
    """Return pairs, in order on both sides: each passage with the one that is most alike of the next few."""
    pairs, first = [], 0
    for index, words in left:
        near = range(first, min(first + _NEAR, len(right)))
        column = max(near, key=lambda each: (_alike(words, right[each][1]), -each), default=None)
        if column is not None and _alike(words, right[column][1]) >= LEAST:
            pairs.append((index, right[column][0]))
            first = column + 1
    return pairs


def _alike(left: frozenset[str], right: frozenset[str]) -> float:
    return 2 * len(left & right) / (len(left) + len(right) or 1)


def _words(a: str, b: str) -> list[Operation]:
    """Return the steps between two passages, word by word.

    What is the same between two changes and no word, such as a space, is changed with them: three new words are one
    change.
    """
    left, right = tokens(a), tokens(b)
    changes: list[_Gap] = []
    for gap in _gaps(left, right):
        if changes and (gap.a or gap.b) and _is_nothing(left[changes[-1].a.stop : gap.a.start]):
            before = changes.pop()
            gap = _Gap(range(before.a.start, gap.a.stop), range(before.b.start, gap.b.stop), gap.same)  # noqa: PLW2901
        if gap.a or gap.b:
            changes.append(gap)
    of_a, of_b = [0, *accumulate(map(len, left))], [0, *accumulate(map(len, right))]
    steps, at_a, at_b = [], 0, 0
    for gap in [*changes, _Gap(range(len(left), len(left)), range(len(right), len(right)), 0)]:
        a_start, a_end, b_start, b_end = of_a[gap.a.start], of_a[gap.a.stop], of_b[gap.b.start], of_b[gap.b.stop]
        steps += [
            Operation("equal", at_a, a_start, at_b, b_start),
            Operation("removed", a_start, a_end, 0, 0),
            Operation("added", 0, 0, b_start, b_end),
        ]
        at_a, at_b = a_end, b_end
    return steps


def _is_nothing(words: Sequence[str]) -> bool:
    return not any("\n" in each or is_word(each) for each in words)


class _Gap(NamedTuple):
    """What differs between two sequences up to where so many items are the same."""

    a: range
    b: range
    same: int


def _gaps(left: Sequence[str], right: Sequence[str]) -> Iterator[_Gap]:
    """Yield what differs between two sequences, from one to the other end."""
    at_a = at_b = 0
    for a_start, b_start, size in [*_runs(left, right), (len(left), len(right), 0)]:
        yield _Gap(range(at_a, a_start), range(at_b, b_start), size)
        at_a, at_b = a_start + size, b_start + size


def _runs(left: Sequence[str], right: Sequence[str]) -> list[tuple[int, int, int]]:
    """Return where two sequences have the same items, in order: the places in both, and how many.

    It is the longest common subsequence, unless that would take too long: then items, or a few in a row, that are there
    once in both part the sequences first.
    """
    numbers: dict[str, int] = {}
    a = [numbers.setdefault(each, len(numbers)) for each in left]
    b = [numbers.setdefault(each, len(numbers)) for each in right]
    runs: list[tuple[int, int, int]] = []
    parts = [(0, len(a), 0, len(b), _DEPTH)]
    while parts:
        a_start, a_end, b_start, b_end, depth = parts.pop()
        before = _same(a[a_start:a_end], b[b_start:b_end])
        runs.append((a_start, b_start, before))
        a_start, b_start = a_start + before, b_start + before
        after = _same(a[a_start:a_end][::-1], b[b_start:b_end][::-1])
        a_end, b_end = a_end - after, b_end - after
        runs.append((a_end, b_end, after))
        if (a_end - a_start) * (b_end - b_start) <= _CELLS:
            runs += _common(a[a_start:a_end], b[b_start:b_end], a_start, b_start)
        elif depth:
            for a_at, b_at in [*_rare(a, b, range(a_start, a_end), range(b_start, b_end)), (a_end, b_end)]:
                parts.append((a_start, a_at, b_start, b_at, depth - 1))
                runs.append((a_at, b_at, int(a_at < a_end)))
                a_start, b_start = a_at + 1, b_at + 1
    return [run for run in sorted(runs) if run[2]]


def _same(a: Sequence[int], b: Sequence[int]) -> int:
    """Return how many items at the beginning are the same."""
    least = min(len(a), len(b))
    if a[:least] == b[:least]:
        return least
    return next(index for index in range(least) if a[index] != b[index])


def _common(a: Sequence[int], b: Sequence[int], a_start: int, b_start: int) -> list[tuple[int, int, int]]:
    """Return the longest common subsequence as runs; its places count from where the sequences begin."""
    if not a or not b:
        return []
    from rapidfuzz.distance import Indel

    steps = Indel.opcodes(a, b)
    return [
        (a_start + each.src_start, b_start + each.dest_start, each.src_end - each.src_start)
        for each in steps
        if each.tag == "equal"
    ]


def _rare(a: Sequence[int], b: Sequence[int], a_range: range, b_range: range) -> list[tuple[int, int]]:
    """Return the places of what is there once in both, as many as are in the same order."""
    once: list[tuple[int, int]] = []
    for size in _RARE:
        of_a, of_b = _pieces(a, a_range, size), _pieces(b, b_range, size)
        times_a, times_b = Counter(of_a), Counter(of_b)
        place = {piece: index for piece, index in zip(of_b, b_range, strict=False) if times_b[piece] == 1}
        once = [
            (index, place[piece])
            for piece, index in zip(of_a, a_range, strict=False)
            if times_a[piece] == 1 and piece in place and a[index] == b[place[piece]]
        ]
        if once:
            break
    ends: list[int] = []  # of the longest orderly rows so far, by length: where each ends in the second sequence
    last: list[int] = []  # ... and which of the items that is
    before: list[int] = []
    for number, (_, at) in enumerate(once):
        length = bisect_left(ends, at)
        ends[length : length + 1], last[length : length + 1] = [at], [number]
        before.append(last[length - 1] if length else -1)
    found, number = [], last[-1] if last else -1
    while number >= 0:
        found.append(once[number])
        number = before[number]
    return found[::-1]


def _pieces(items: Sequence[int], places: range, size: int) -> list[int]:
    """Return what the pieces of so many items are known by."""
    if size == 1:
        return list(items[places.start : places.stop])
    return [hash(tuple(items[at : at + size])) for at in range(places.start, places.stop - size + 1)]


def _turned(step: Operation) -> Operation:
    """Return a step the other way round."""
    kind, a_start, a_end, b_start, b_end = step
    turned: dict[Kind, Kind] = {"removed": "added", "added": "removed"}
    return Operation(turned.get(kind, kind), b_start, b_end, a_start, a_end)


def _tidy(steps: Iterable[Operation]) -> list[Operation]:
    """Return steps without empty ones, neighbours of a kind joined, and between equal ones the first text's first."""
    tidy: list[Operation] = []
    later: list[tuple[Kind, int]] = []
    at_a = at_b = 0

    def put(kind: Kind, of_a: int, of_b: int) -> None:
        nonlocal at_a, at_b
        step = Operation(kind, at_a, at_a + of_a, at_b, at_b + of_b)
        at_a, at_b = step.a_end, step.b_end
        if tidy and tidy[-1].kind == kind and (of_a > 0) == (tidy[-1].a_end > tidy[-1].a_start):
            step = Operation(kind, tidy[-1].a_start, step.a_end, tidy[-1].b_start, step.b_end)
            tidy.pop()
        tidy.append(step)

    for step in [*steps, None]:
        of_a, of_b = (step.a_end - step.a_start, step.b_end - step.b_start) if step else (0, 0)
        if step is None or (of_a and of_b):
            for kind, size in later:
                put(kind, 0, size)
            later.clear()
        if step is not None and of_a:
            put(step.kind, of_a, of_b)
        elif step is not None and of_b:
            later.append((step.kind, of_b))
    return tidy
