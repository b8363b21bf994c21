"""What is selected of a path: a range of the source, from one text to another."""

from __future__ import annotations

import sys
from itertools import product
from typing import TYPE_CHECKING, NamedTuple

from lion_tui.app.transcript.search import PARTS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from lion_tui.app.transcript.spots import Spot


class Point(NamedTuple):
    """A character of a text on the path.

    Attributes:
        row: The message; on a path, rows grow.
        part: The index of its text in `PARTS`.
        spot: The character.
    """

    row: int
    part: int
    spot: Spot


class Selection(NamedTuple):
    """What lies between two points, both included, whichever comes first.

    Attributes:
        anchor: Where it was begun.
        head: Where the pointer is.
    """

    anchor: Point
    head: Point

    @property
    def first(self) -> Point:
        """The point that comes first on the path."""
        return min(self, key=lambda point: (point.row, point.part, point.spot.start, point.spot.end))

    @property
    def last(self) -> Point:
        """The point that comes last on the path."""
        return max(self, key=lambda point: (point.row, point.part, point.spot.end, point.spot.start))

    def __bool__(self) -> bool:
        return self.range_in(*self.first[:2]) != (0, 0) or self.first[:2] != self.last[:2]

    def range_in(self, row: int, part: int) -> tuple[int, int]:
        """Return the range of a text on the path that is selected; (0, 0) if nothing of it is."""
        first, last = self.first, self.last
        if not first[:2] <= (row, part) <= last[:2]:
            return 0, 0
        start = first.spot.start if (row, part) == first[:2] else 0
        end = last.spot.end if (row, part) == last[:2] else sys.maxsize
        return (start, end) if start < end else (0, 0)

    def source(self, rows: Iterable[int], text_of: Callable[[int, int], str]) -> str:
        """Return what is selected as it was written, the texts that it spans with blank lines between.

        Hidden markup at an end, such as the asterisks of bold words, is taken along if the selection goes on beyond
        what is drawn in one piece there: a few letters are themselves, a whole line is its Markdown.

        Args:
            rows: The messages from the first point to the last.
            text_of: Returns a text of a message; an empty one if it is not shown.
        """
        first, last = self.first, self.last
        if first[:2] == last[:2]:
            start = first.spot.start if last.spot.end <= first.spot.run_end else first.spot.outer_start
            end = last.spot.end if first.spot.start >= last.spot.run_start else last.spot.outer_end
            return text_of(*first[:2])[start:end]
        pieces = []
        for at in product(rows, range(len(PARTS))):
            if first[:2] <= at <= last[:2]:
                start = first.spot.outer_start if at == first[:2] else 0
                end = last.spot.outer_end if at == last[:2] else sys.maxsize
                pieces.append(text_of(*at)[start:end].strip("\n"))
        return "\n\n".join(filter(None, pieces))
