"""From what is drawn of a text to its source, and back."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple, Protocol

from rich.cells import cell_len, split_graphemes

if TYPE_CHECKING:
    from lion_tui.app.transcript.markdown import Line, Run

_LONGEST_WORD = 4096
_WORD = re.compile(r"\w*")


class Lines(Protocol):
    """A text as it is drawn."""

    def __len__(self) -> int:
        """Return how many lines there are."""

    def line(self, index: int) -> Line:
        """Return a line."""


class Spot(NamedTuple):
    """A character of a text's source, or the empty place between two where none is drawn.

    Attributes:
        start: Where it begins.
        end: Where it ends.
        run_start: Where what is drawn in one piece with it begins.
        run_end: Where that ends.
        outer_start: `start`, or, if it begins the piece, where the markup begins that is hidden before that.
        outer_end: `end`, or, if it ends the piece, where the markup ends that is hidden after that.
    """

    start: int
    end: int
    run_start: int
    run_end: int
    outer_start: int
    outer_end: int

    @classmethod
    def of(cls, start: int, end: int) -> Spot:
        """Return a range of the source as one character."""
        return cls(start, end, start, end, start, end)


def spot_at(lines: Lines, index: int, cell: int, text: str) -> Spot:
    """Return what stands under a cell of a line; beside the text, the place where it is nearest in that line."""
    line = lines.line(index)
    runs = _with_source(line)
    if not runs:
        return _near_empty_line(lines, index, text)
    left = 0
    for run in line.runs:
        width = cell_len(run.text)
        if run.start is not None and run.end is not None and cell < left + width:
            number = next(number for number, each in enumerate(runs) if each[0] is run)
            start, end = (run.start, run.start) if cell < left else _character(run, cell - left)
            return _spot(lines, index, number, start, end, text)
        left += width
    return _spot(lines, index, len(runs) - 1, runs[-1][2], runs[-1][2], text)


def word_at(lines: Lines, index: int, cell: int, text: str) -> Spot:
    """Return the word under a cell, or the single character that belongs to none."""
    spot = spot_at(lines, index, cell, text)
    if not re.fullmatch(r"\w+", text[spot.start : spot.end]):
        return spot
    before = text[max(0, spot.start - _LONGEST_WORD) : spot.start][::-1]
    start = spot.start - len((_WORD.match(before) or [""])[0])
    end = spot.end + len((_WORD.match(text, spot.end, spot.end + _LONGEST_WORD) or [""])[0])
    # An underscore is part of a word unless it is hidden, as the mark of emphasis.
    if text[start] == "_" and start < spot.run_start:
        start = spot.run_start
    if text[end - 1] == "_" and end > spot.run_end:
        end = spot.run_end
    return Spot.of(start, end)


def paragraph_at(lines: Lines, index: int, text: str) -> Spot:
    """Return what a line belongs to that is wrapped only for want of room, with all of its markup."""
    first = last = index
    while first > 0 and lines.line(first).wrapped:
        first -= 1
    while last < len(lines) - 1 and lines.line(last + 1).wrapped:
        last += 1
    if not _with_source(lines.line(first)) or not (runs := _with_source(lines.line(last))):
        return spot_at(lines, index, 0, text)
    _, start, _ = _with_source(lines.line(first))[0]
    begin = _spot(lines, first, 0, start, start, text)
    end = _spot(lines, last, len(runs) - 1, runs[-1][2], runs[-1][2], text)
    return Spot.of(begin.outer_start, end.outer_end)


def _with_source(line: Line) -> list[tuple[Run, int, int]]:
    return [(run, run.start, run.end) for run in line.runs if run.start is not None and run.end is not None]


def _character(run: Run, cell: int) -> tuple[int, int]:
    """Return the source of the character, with its accents, under a cell of a run."""
    start, end = run.start or 0, run.end or 0
    if end - start != len(run.text):
        return start, end
    if run.text.isascii():
        return start + cell, start + cell + 1
    left = 0
    for first, last, width in split_graphemes(run.text)[0]:
        if cell < left + width:
            return start + first, start + last
        left += width
    return end, end


def _near_empty_line(lines: Lines, index: int, text: str) -> Spot:
    """Return the place where the text goes on below a line that shows nothing of it."""
    for below in range(index + 1, len(lines)):
        if runs := _with_source(lines.line(below)):
            return _spot(lines, below, 0, runs[0][1], runs[0][1], text)
    return Spot.of(len(text), len(text))


def _spot(lines: Lines, index: int, number: int, start: int, end: int, text: str) -> Spot:
    """Return a range of the run of a number in a line, with what is hidden around that run."""
    line = lines.line(index)
    runs = _with_source(line)
    _, run_start, run_end = runs[number]
    outer_start, outer_end = start, end
    if start == run_start:
        if number > 0:
            before = runs[number - 1][2]
            outer_start = before if _is_markup(text, before, start) else start
        elif not line.wrapped:
            outer_start = text.rfind("\n", 0, start) + 1
    if end == run_end:
        if number < len(runs) - 1:
            after = runs[number + 1][1]
            outer_end = after if _is_markup(text, end, after) else end
        elif index == len(lines) - 1 or not lines.line(index + 1).wrapped:
            outer_end = _end_of_line(text, end)
    return Spot(start, end, run_start, run_end, outer_start, outer_end)


def _is_markup(text: str, start: int, end: int) -> bool:
    """Tell whether what is hidden between two runs is markup, not text that is drawn elsewhere."""
    return start <= end and not any(character.isalnum() for character in text[start:end])


def _end_of_line(text: str, start: int) -> int:
    end = text.find("\n", start)
    end = len(text) if end < 0 else end
    return end - 1 if end > start and text[end - 1] == "\r" else end
