"""What two sequences have in common, in order."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_CELLS: Final = 16_000_000
"""Items of one times items of the other that are compared exactly; larger sequences are parted at rare items first."""
_RARE: Final = (1, 8)
"""Items that are rare alone, or, where there are none, so many in a row."""
_DEPTH: Final = 4
"""How often in a row rare words may part what is too large."""


class Gap(NamedTuple):
    """What differs between two sequences up to where so many items are the same."""

    a: range
    b: range
    same: int


def gaps(left: Sequence[str], right: Sequence[str]) -> Iterator[Gap]:
    """Yield what differs between two sequences, from one to the other end."""
    at_a = at_b = 0
    for a_start, b_start, size in [*runs_in_common(left, right), (len(left), len(right), 0)]:
        yield Gap(range(at_a, a_start), range(at_b, b_start), size)
        at_a, at_b = a_start + size, b_start + size


def runs_in_common(left: Sequence[str], right: Sequence[str]) -> list[tuple[int, int, int]]:
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
        before = same_at_start(a[a_start:a_end], b[b_start:b_end])
        runs.append((a_start, b_start, before))
        a_start, b_start = a_start + before, b_start + before
        after = same_at_start(a[a_start:a_end][::-1], b[b_start:b_end][::-1])
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


def same_at_start(a: Sequence[object], b: Sequence[object]) -> int:
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
