"""What is marked in a text: what is selected, the hits of a search, what differs from another text, where it is cut."""

from __future__ import annotations

import sys
from bisect import bisect_right
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

from rich.cells import split_graphemes

from lion_tui.app.transcript.markdown.wrapping import part_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from lion_tui.app.transcript.markdown import Line, Run
    from lion_tui.app.transcript.search import Needle


class Range(NamedTuple):
    """A range of the source, and the style that is laid over what is drawn of it."""

    start: int
    end: int
    style: str


class Marks(NamedTuple):
    """What is marked in one text.

    Attributes:
        selected: The range that is selected; empty for none.
        needle: What is looked for.
        current: The range of the hit that was gone to.
        changed: What differs from another text, in order.
        cut: The last word that is kept where the text is to be cut: what comes after is dim; empty for no cut.
    """

    selected: tuple[int, int] = (0, 0)
    needle: Needle | None = None
    current: tuple[int, int] = (0, 0)
    changed: Sequence[Range] = ()
    cut: tuple[int, int] = (0, 0)

    def ranges(self, line: Line, text: str) -> list[Range]:
        """Return what is marked on a line and within it, later ranges laid over earlier ones.

        Args:
            line: The line.
            text: The source.
        """
        if (span := line.span) is None:
            return []
        hits = [(*hit, "hit") for hit in self.needle.hits(text, *span)] if self.needle else []
        ranges = [*self._changed(span), *hits, (*self.current, "current-hit"), (*self.selected, "selection")]
        if self.cut != (0, 0):
            ranges += [Range(self.cut[1], sys.maxsize, "cut-off"), Range(*self.cut, "cut-at")]
        within = [Range(max(start, span[0]), min(end, span[1]), style) for start, end, style in ranges]
        return [each for each in within if each.start < each.end]

    def _changed(self, span: tuple[int, int]) -> Sequence[Range]:
        """Return what differs on a line."""
        first = bisect_right(self.changed, span[0], key=lambda each: each.end)
        last = first
        while last < len(self.changed) and self.changed[last].start < span[1]:
            last += 1
        return self.changed[first:last]


NO_MARKS = Marks()


def marked(line: Line, ranges: Sequence[Range]) -> Iterator[tuple[Run, str]]:
    """Yield the runs of a line, cut where ranges begin and end, each with the names of the styles laid over it."""
    for run in line.runs:
        if run.start is None or run.end is None:
            yield run, ""
            continue
        start, end = run.start, run.end
        found = [each for each in ranges if each.start < end and start < each.end]
        if not found or end - start != len(run.text):
            yield run, " ".join([each.style for each in found])
            continue
        wanted = {cut - start for each in found for cut in (each.start, each.end) if start < cut < end}
        for first, last in pairwise([0, *_between_clusters(run.text, wanted), len(run.text)]):
            styles = [each.style for each in found if each.start < start + last and start + first < each.end]
            yield part_of(run, first, last), " ".join(styles)


def _between_clusters(text: str, cuts: set[int]) -> list[int]:
    """Return where to cut so that no letter is parted from its accent: such a cut moves to the letter's beginning."""
    if text.isascii() or not cuts:
        return sorted(cuts)
    moved = {max(start for start, *_ in split_graphemes(text)[0] if start <= cut) for cut in cuts}
    return sorted(moved - {0})
