"""A text that may grow, as lines; a long one is laid out in slices."""

from __future__ import annotations

import time
from abc import ABC, abstractmethod
from bisect import bisect_right
from math import inf
from typing import TYPE_CHECKING

from rich.segment import Segment

from lion_tui.app.transcript.markdown.lines import make_line
from lion_tui.app.transcript.markdown.source import draw_text
from lion_tui.app.transcript.markdown.wrapping import trim, wrap
from lion_tui.app.transcript.marks import NO_MARKS, marked

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from rich.style import Style

    from lion_tui.app.transcript.drawing import Look
    from lion_tui.app.transcript.line_strip import LineStrip
    from lion_tui.app.transcript.markdown import MarkdownLines
    from lion_tui.app.transcript.markdown.lines import Line, Run
    from lion_tui.app.transcript.marks import Marks, Range

_PIECE = 1024
_AT_ONCE = 2048
"""Characters of a new text that are laid out however long that takes: what comes in a moment would only flicker."""


def markdown_lines(width: int, text: str = "") -> MarkdownLines:
    """Return `text` as lines of Markdown; the parser is loaded when the first text needs it."""
    from lion_tui.app.transcript.markdown.document import MarkdownLines

    return MarkdownLines(width, text)


class Body(ABC):
    """A text as lines, with what is marked in it.

    Attributes:
        text: The source.
        strips: Its lines as drawn, without marks; None for one that is to be drawn anew.
        laid: How much of the text is laid out, in characters.
        marks: What is marked in the text.
    """

    def __init__(self, look: Look) -> None:
        """Begin without a text.

        Args:
            look: The styles.
        """
        self.text = ""
        self.strips: list[LineStrip | None] = []
        self.laid = 0
        self.marks: Marks = NO_MARKS
        self._look = look
        self._end = 0  # where in the text the last of it that is shown ends
        self._ended = False
        self._marked: dict[int, tuple[LineStrip, list[Range], LineStrip]] = {}

    def __len__(self) -> int:
        return len(self.strips)

    def take(self, text: str, *, ended: bool) -> None:
        """Take over what was added to the text, or that it ended; `lay_out` lays it out."""
        self.text, self._end, self._ended = text, len(text), ended

    @property
    def whole(self) -> bool:
        """Whether all of the text is laid out."""
        return self.laid >= self._end

    @property
    def percent(self) -> int:
        """How much of the text is laid out."""
        return 100 * self.laid // max(1, self._end)

    def lay_out(self, until: float, lines: float = inf) -> None:
        """Lay out what is new, until a time of `time.perf_counter`, but a piece of it at least.

        With so many `lines` it is enough.
        """
        while not self.whole and len(self.strips) < lines:
            self._take_piece(self.text[self.laid : self._end_of_piece(lines - len(self))])
            if self.laid >= _AT_ONCE and time.perf_counter() >= until:
                break

    def _end_of_piece(self, lines: float) -> int:  # noqa: ARG002 - for those that can be cut anywhere
        """Return where the next piece ends, if so many lines are enough."""
        return min(self.laid + _PIECE, self._end)

    @abstractmethod
    def _take_piece(self, piece: str) -> None:
        """Lay out the next piece of the text and count it as laid out."""

    @abstractmethod
    def line(self, index: int) -> Line:
        """Return a line."""

    def mark(self, marks: Marks) -> None:
        """Mark something else in the text."""
        self.marks = marks
        if marks is NO_MARKS:
            self._marked.clear()

    @abstractmethod
    def style(self, names: str) -> Style:
        """Return the style of a run."""

    def segments(self, index: int, ranges: Sequence[Range] = ()) -> list[Segment]:
        """Return a line in its styles, ranges of the source marked in it."""
        line = self.line(index)
        if not ranges:
            return [Segment(run.text, self.style(run.style)) for run in line.runs]
        over = self._look.markdown
        return [Segment(run.text, self.style(run.style) + over[names]) for run, names in marked(line, ranges)]

    def with_marks(self, index: int, strip: LineStrip, draw: Callable[[Sequence[Range]], LineStrip]) -> LineStrip:
        """Return a line with what is marked in it: the same object as before if that is the same.

        Args:
            index: The line.
            strip: The line without marks.
            draw: Draws it with ranges of the source marked.
        """
        if self.marks is NO_MARKS or not (ranges := self.marks.ranges(self.line(index), self.text)):
            return strip
        before = self._marked.get(index)
        if before is None or before[0] is not strip or before[1] != ranges:
            before = self._marked[index] = (strip, ranges, draw(ranges))
        return before[2]

    def line_at(self, offset: int) -> int:
        """Return the line that shows a character of the source, or the last before it."""
        last = max(0, bisect_right(range(len(self.strips)), offset, key=lambda index: self.source_of(index)[0]) - 1)
        found = last
        # The cells of a row in a table are wrapped side by side, so the character may stand above, or below.
        while found > 0 and self.line(found).wrapped and not self.line(found).shows(offset):
            found -= 1
        if self.line(found).shows(offset):
            return found
        for below in range(last + 1, len(self.strips)):
            if not self.line(below).wrapped:
                break
            if self.line(below).shows(offset):
                return below
        return last

    def source_of(self, index: int) -> tuple[int, int]:
        """Return where in the source a line begins, and how many lines without any source come first."""
        for line in range(index, len(self.strips)):
            if span := self.line(line).span:
                return span[0], line - index
        return self._end + 1, 0


class PlainBody(Body):
    """A text whose lines are wrapped and stay as they were written."""

    def __init__(self, width: int, look: Look, style: Style) -> None:
        """Draw in a style, `width` cells wide."""
        super().__init__(look)
        self._width, self._style = width, style
        self._lines: list[Line] = []
        self._open: list[Run] = []  # of a line of the source that is longer than a piece, the last drawn line
        self._wrapped = False

    def take(self, text: str, *, ended: bool) -> None:
        """Take the text over; empty lines at its end are not shown."""
        super().take(text, ended=ended)
        self._end = len(text.rstrip("\n"))

    def _take_piece(self, piece: str) -> None:
        if self.laid + len(piece) < self._end:  # cut where no character is joined to the next
            piece = piece[: max(piece.rfind("\n"), piece.rfind(" ")) + 1] or piece
        for number, text in enumerate(piece.split("\n")):
            if number:
                self._end_line()
                self.laid += 1
            draw_text(self._open, text, self.laid, "text")
            self.laid += len(text)
            *full, self._open = wrap(self._open, self._width)
            for line in full:
                self._emit(line)
        if self.whole:
            self._end_line()
        self.strips += [None] * (len(self._lines) - len(self.strips))

    def _emit(self, runs: list[Run]) -> None:
        self._lines.append(make_line(trim(runs), wrapped=self._wrapped))
        self._wrapped = True

    def _end_line(self) -> None:
        self._emit(self._open)
        self._open, self._wrapped = [], False

    def line(self, index: int) -> Line:
        """Return a line."""
        return self._lines[index]

    def style(self, names: str) -> Style:  # noqa: ARG002 - there is one
        """Return the style of a run."""
        return self._style


class MarkdownBody(Body):
    """A text of Markdown: what is added to it costs what is new in it.

    Attributes:
        lines: Its lines and code blocks.
    """

    def __init__(self, width: int, look: Look, over: Style | None = None) -> None:
        """Draw `width` cells wide, with a style laid over all others."""
        super().__init__(look)
        self.lines = markdown_lines(width)
        self._over = over
        self._finished = False

    def lay_out(self, until: float, lines: float = inf) -> None:
        """Lay out what is new, and the end if it is one."""
        super().lay_out(until, lines)
        if self._ended and self.whole and not self._finished:
            self._finished = True
            self._draw_from(self.lines.finish())

    def _end_of_piece(self, lines: float) -> int:
        """Return where so many lines of the source end, and the paragraph, the table or the like that they end in."""
        end = super()._end_of_piece(lines)
        if lines >= _PIECE:
            return end
        place = self.laid
        for _ in range(int(lines)):
            place = self.text.find("\n", place, end) + 1
            if not place:
                return end
        place = self.text.find("\n\n", max(self.laid, place - 1), end)
        return place + 2 if place >= 0 else end

    def _take_piece(self, piece: str) -> None:
        self._draw_from(self.lines.append(piece))
        self.laid += len(piece)

    def _draw_from(self, dirty: int) -> None:
        self.strips[dirty:] = [None] * (len(self.lines) - dirty)

    def line(self, index: int) -> Line:
        """Return a line."""
        return self.lines.line(index)

    def style(self, names: str) -> Style:
        """Return the style of a run."""
        return self._look.text + self._look.markdown[names] + self._over
