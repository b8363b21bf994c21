"""Finished lines that leave no garbage behind."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rich.segment import Segment
from textual.strip import Strip

if TYPE_CHECKING:
    from collections.abc import Iterable

    from textual.color import Color
    from textual.filter import LineFilter

CACHES = (
    "_divide_cache",
    "_crop_cache",
    "_style_cache",
    "_filter_cache",
    "_line_length_cache",
    "_crop_extend_cache",
    "_offsets_cache",
)
"""The slots of a `Strip` that hold caches; a test watches that there are no others."""


class _NothingKept:
    """A cache that keeps nothing."""

    __slots__ = ()

    def get(self, _key: object) -> None:
        """Return None: nothing is kept."""

    def __setitem__(self, _key: object, _value: object) -> None:
        """Keep nothing."""


_NOTHING_KEPT: Any = _NothingKept()


class LineStrip(Strip):
    """A line that is drawn as it is, again and again.

    A `Strip` caches what is made of it, often itself: a reference cycle for each line that is painted, which the
    collector has to find. A line that never changes needs none of the seven caches.
    """

    __slots__ = ("_divided", "_ended")

    def __init__(self, segments: Iterable[Segment], cell_length: int) -> None:
        """Take the segments of a line, `cell_length` cells wide in all."""
        self._segments = list(segments)
        self._cell_length = cell_length
        for cache in CACHES:
            setattr(self, cache, _NOTHING_KEPT)
        self._render_cache = None
        self._link_ids = None
        self._cell_count = None
        self._divided: tuple[tuple[int, ...], list[Strip]] | None = None
        self._ended: tuple[Segment, LineStrip] | None = None

    def divide(self, cuts: Iterable[int]) -> list[Strip]:
        """Return the pieces that end at `cuts`, which are kept: a line is composed at the same places each time."""
        ends = tuple(cut for cut in cuts if cut <= self.cell_length)
        if ends == (self.cell_length,):
            return [self]
        if self._divided is None or self._divided[0] != ends:
            lengths = [end - start for start, end in zip((0, *ends), ends, strict=False)]
            pieces = Segment.divide(self._segments, ends)
            self._divided = (ends, [LineStrip(*piece) for piece in zip(pieces, lengths, strict=True)])
        return self._divided[1]

    def with_end(self, end: Segment) -> LineStrip:
        """Return the line with another last cell; there must be a space."""
        if self._ended is None or self._ended[0] is not end:
            *rest, last = self._segments
            line = LineStrip([*rest, Segment(last.text[:-1], last.style), end], self.cell_length)
            self._ended = (end, line)
        return self._ended[1]

    def apply_filter(self, filter: LineFilter, background: Color) -> LineStrip:  # noqa: A002 - Textual's name for it
        """Return the line as a filter (no colours, dimmed) shows it."""
        return LineStrip(filter.apply(self._segments, background), self.cell_length)
