"""What differs between two texts: by words within passages that answer to each other, or by lines."""

from __future__ import annotations

from collections import Counter
from itertools import accumulate
from typing import TYPE_CHECKING, Final, Literal, NamedTuple

from lion_tui.core.passages import LEAST, Passage, Passages, lines, paragraphs, sentences
from lion_tui.core.sequences import Gap, gaps
from lion_tui.core.tokens import is_word, tokens

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

Unit = Literal["word", "line"]
"""What is compared: the words of a passage, or whole lines."""
Kind = Literal["equal", "removed", "added", "moved"]
_FINE: Final = 4_000
"""Lines and sentences of both texts that are looked at one by one; of more, only the paragraphs are."""
LEAST_MOVED: Final = 0.6
"""How much alike two passages at different places are at least that count as one, moved and edited."""
_MOVED: Final = 20
"""Characters of the shortest passage that counts as moved: shorter ones are everywhere."""
_MOVED_WORTH: Final = 0.75
"""What a moved character is worth beside one that stayed in place."""
_SLIVER: Final = 8
"""What is no word and stands between two changes belongs to them up to so many signs."""
REWRITTEN: Final = 0.2
"""Texts that are less alike are not marked word by word: nearly all of both would be."""


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


def diff_texts(a: str, b: str, unit: Unit = "word") -> list[Operation]:
    """Return the steps from one text to another. Those from the other to the one are the same, the other way round.

    The passages that stay in place are those with which most of the text does; of those that are alike, the words are
    compared. Of the others, those that were moved are found, and then those that were moved and edited. What is removed
    comes before what is added in its place.
    """
    if a == b:
        return [Operation("equal", 0, len(a), 0, len(b))] if a else []
    if a > b:  # one order, so that it does not matter which text is the first
        return _tidy(_turned(each) for each in _steps(b, a, unit))
    return _tidy(_steps(a, b, unit))


def ratio(operations: Iterable[Operation]) -> float:
    """Return how much of two texts is the same, from 0 to 1; what was moved is."""
    same = size = 0
    for kind, a_start, a_end, b_start, b_end in operations:
        size += a_end - a_start + b_end - b_start
        same += a_end - a_start + b_end - b_start if kind in {"equal", "moved"} else 0
    return same / size if size else 1.0


def _steps(a: str, b: str, unit: Unit) -> Iterable[Operation]:
    """Return the steps, in which what is removed and added may be in any order.

    Words are compared within paragraphs, or within lines and sentences if more of the text stays that way: these change
    places within a paragraph, and from one to the other. But a paragraph may be wrapped anew.
    """
    if unit == "line":
        return _Texts(a, b, lines, unit).steps()
    coarse, fine = (_Texts(a, b, cut, unit) for cut in (paragraphs, sentences))
    steps = list(coarse.steps())
    if not coarse.size < fine.size <= _FINE or not _hides_moved(steps):
        return steps
    return max(steps, list(fine.steps()), key=_kept)


def _hides_moved(steps: Iterable[Operation]) -> bool:
    """Tell whether so much was removed, and added, that a passage may have been moved."""
    long = {kind for kind, a_start, a_end, b_start, b_end in steps if a_end - a_start + b_end - b_start >= _MOVED}
    return {"removed", "added"} <= long


def _kept(steps: Iterable[Operation]) -> float:
    """Return how much text stays; what is moved is worth less than what stays in place."""
    worth = {"equal": 1.0, "moved": _MOVED_WORTH}
    return sum(
        worth.get(kind, 0.0) * (a_end - a_start + b_end - b_start) for kind, a_start, a_end, b_start, b_end in steps
    )


def rewritten(steps: Iterable[Operation]) -> bool:
    """Tell whether two texts are so little alike that nothing is to be marked word by word."""
    return ratio(steps) < REWRITTEN


class _Texts:
    """Two texts that are compared."""

    def __init__(self, a: str, b: str, cut: Callable[[str], list[Passage]], unit: Unit) -> None:
        self._a, self._b = a, b
        self._passages = Passages(cut(a), cut(b), only_same=unit == "line")

    @property
    def size(self) -> int:
        """How many passages both have."""
        return len(self._passages.a) + len(self._passages.b)

    def steps(self) -> Iterator[Operation]:
        """Yield the steps, in which what is removed and added may be in any order."""
        of_a, of_b = self._passages.a, self._passages.b
        pairs = self._passages.pairs()
        in_a, in_b = {a for a, _ in pairs}, {b for _, b in pairs}
        left = [index for index in range(len(of_a)) if index not in in_a]
        right = [index for index in range(len(of_b)) if index not in in_b]
        moved = self._moved(left, right)
        edited = self._edited(left, right, moved)
        a_index = b_index = 0
        for a_next, b_next in [*pairs, (len(of_a), len(of_b))]:
            for index in range(a_index, a_next):
                start, end, key = of_a[index]
                kind: Kind = "moved" if key in moved else "removed"
                yield from edited.a.get(index) or [Operation(kind, start, end, 0, 0)]
            for index in range(b_index, b_next):
                start, end, key = of_b[index]
                kind = "moved" if key in moved else "added"
                yield from edited.b.get(index) or [Operation(kind, 0, 0, start, end)]
            if a_next < len(of_a):
                yield from self._compare(of_a[a_next], of_b[b_next])
            a_index, b_index = a_next + 1, b_next + 1

    def _moved(self, left: Sequence[int], right: Sequence[int]) -> set[str]:
        """Return what the passages without a counterpart are known by that are elsewhere in the other text."""
        of_a, of_b = (
            Counter(self._passages.a[index].key for index in left),
            Counter(self._passages.b[index].key for index in right),
        )
        return {key for key, times in of_a.items() if times == 1 == of_b[key] and len(key.strip()) >= _MOVED}

    def _edited(self, left: Sequence[int], right: Sequence[int], moved: set[str]) -> _Edited:
        """Return the steps of what was moved and edited: of what is left, the passages that are most alike."""
        of_a, of_b, found = self._passages.a, self._passages.b, _Edited({}, {})
        left = [index for index in left if _may_move(of_a[index], moved)]
        right = [index for index in right if _may_move(of_b[index], moved)]
        for alike, a, b in self._passages.most_alike(left, right):
            if alike < LEAST_MOVED:
                break
            if a not in found.a and b not in found.b:
                steps = _words(of_a[a].key, of_b[b].key)
                if ratio(steps) >= LEAST_MOVED:
                    found.a[a], found.b[b] = _side(steps, of_a[a], newer=False), _side(steps, of_b[b], newer=True)
        return found

    def _compare(self, left: Passage, right: Passage) -> Iterator[Operation]:
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


def _may_move(passage: Passage, moved: set[str]) -> bool:
    return passage.key not in moved and len(passage.key.strip()) >= _MOVED


def _side(steps: Sequence[Operation], passage: Passage, *, newer: bool) -> list[Operation]:
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


def _words(a: str, b: str) -> list[Operation]:
    """Return the steps between two passages, word by word."""
    left, right = tokens(a), tokens(b)
    of_a, of_b = [0, *accumulate(map(len, left))], [0, *accumulate(map(len, right))]

    def extent(gap: Gap) -> int:
        return max(of_a[gap.a.stop] - of_a[gap.a.start], of_b[gap.b.stop] - of_b[gap.b.start])

    def is_sliver(before: Gap, after: Gap) -> bool:
        """Tell whether what is the same between two changes is too little to be read alone.

        It is no word, such as a space: three new words are one change. Or it is shorter than what is changed on either
        side of it. The end of a line is never too little.
        """
        start, end = before.a.stop, after.a.start
        if a.find("\n", of_a[start], of_a[end]) >= 0:
            return False
        if of_a[end] - of_a[start] <= min(extent(before), extent(after)):
            return True
        return end - start <= _SLIVER and not any(map(is_word, left[start:end]))

    changes: list[Gap] = []
    for gap in gaps(left, right):
        if not gap.a and not gap.b:
            continue
        while changes and is_sliver(changes[-1], gap):
            before = changes.pop()
            gap = Gap(range(before.a.start, gap.a.stop), range(before.b.start, gap.b.stop), gap.same)  # noqa: PLW2901
        changes.append(gap)
    steps, at_a, at_b = [], 0, 0
    for gap in [*changes, Gap(range(len(left), len(left)), range(len(right), len(right)), 0)]:
        a_start, a_end, b_start, b_end = of_a[gap.a.start], of_a[gap.a.stop], of_b[gap.b.start], of_b[gap.b.stop]
        steps += [
            Operation("equal", at_a, a_start, at_b, b_start),
            Operation("removed", a_start, a_end, 0, 0),
            Operation("added", 0, 0, b_start, b_end),
        ]
        at_a, at_b = a_end, b_end
    return steps


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
