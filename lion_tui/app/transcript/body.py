"""A text that may grow, as lines; a long one is laid out in slices."""

from __future__ import annotations

import time
from abc import ABC, abstractmethod
from bisect import bisect_right
from typing import TYPE_CHECKING

from rich.segment import Segment

from lion_tui.app.transcript.markdown.lines import make_line
from lion_tui.app.transcript.markdown.source import draw_text
from lion_tui.app.transcript.markdown.wrapping import trim, wrap

if TYPE_CHECKING:
    from rich.style import Style

    from lion_tui.app.transcript.drawing import Look
    from lion_tui.app.transcript.line_strip import LineStrip
    from lion_tui.app.transcript.markdown import MarkdownLines
    from lion_tui.app.transcript.markdown.lines import Line, Run

_PIECE = 1024
_AT_ONCE = 2048
"""Characters of a new text that are laid out however long that takes: what comes in a moment would only flicker."""


def markdown_lines(width: int, text: str = "") -> MarkdownLines:
    """Return `text` as lines of Markdown; the parser is loaded when the first text needs it."""
    from lion_tui.app.transcript.markdown.document import MarkdownLines

    return MarkdownLines(width, text)


class Body(ABC):
    """A text as lines.

    Attributes:
        strips: Its lines as drawn; None for one that is to be drawn anew.
        laid: How much of the text is laid out, in characters.
    """

    def __init__(self) -> None:
        """Begin without a text."""
        self.strips: list[LineStrip | None] = []
        self.laid = 0
        self._text = ""
        self._ended = False

    def take(self, text: str, *, ended: bool) -> None:
        """Take over what was added to the text, or that it ended; `lay_out` lays it out."""
        self._text, self._ended = text, ended

    @property
    def whole(self) -> bool:
        """Whether all of the text is laid out."""
        return self.laid >= len(self._text)

    @property
    def percent(self) -> int:
        """How much of the text is laid out."""
        return 100 * self.laid // max(1, len(self._text))

    def lay_out(self, until: float) -> None:
        """Lay out what is new, until a time of `time.perf_counter`, but a piece of it at least."""
        while not self.whole:
            self._take_piece(self._text[self.laid : self.laid + _PIECE])
            if self.laid >= _AT_ONCE and time.perf_counter() >= until:
                break

    @abstractmethod
    def _take_piece(self, piece: str) -> None:
        """Lay out the next piece of the text and count it as laid out."""

    @abstractmethod
    def line(self, index: int) -> Line:
        """Return a line."""

    @abstractmethod
    def segments(self, index: int) -> list[Segment]:
        """Return a line in its styles."""

    def line_at(self, offset: int) -> int:
        """Return the line that shows a character of the source, or the last before it."""
        return max(0, bisect_right(range(len(self.strips)), offset, key=lambda index: self.source_of(index)[0]) - 1)

    def source_of(self, index: int) -> tuple[int, int]:
        """Return where in the source a line begins, and how many lines without any source come first."""
        for line in range(index, len(self.strips)):
            if span := self.line(line).span:
                return span[0], line - index
        return len(self._text) + 1, 0


class PlainBody(Body):
    """A text whose lines are wrapped and stay as they were written."""

    def __init__(self, width: int, style: Style) -> None:
        """Draw in a style, `width` cells wide."""
        super().__init__()
        self._width, self._style = width, style
        self._lines: list[Line] = []
        self._open: list[Run] = []  # of a line of the source that is longer than a piece, the last drawn line
        self._wrapped = False

    def take(self, text: str, *, ended: bool) -> None:
        """Take the text over; empty lines at its end are not shown."""
        super().take(text.rstrip("\n"), ended=ended)

    def _take_piece(self, piece: str) -> None:
        if self.laid + len(piece) < len(self._text):  # cut where no character is joined to the next
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

    def segments(self, index: int) -> list[Segment]:
        """Return a line in its style."""
        return [Segment(run.text, self._style) for run in self._lines[index].runs]


class MarkdownBody(Body):
    """A text of Markdown: what is added to it costs what is new in it.

    Attributes:
        lines: Its lines and code blocks.
    """

    def __init__(self, width: int, look: Look, over: Style | None = None) -> None:
        """Draw `width` cells wide, with a style laid over all others."""
        super().__init__()
        self.lines = markdown_lines(width)
        self._look, self._over = look, over
        self._finished = False

    def lay_out(self, until: float) -> None:
        """Lay out what is new, and the end if it is one."""
        super().lay_out(until)
        if self._ended and self.whole and not self._finished:
            self._finished = True
            self._draw_from(self.lines.finish())

    def _take_piece(self, piece: str) -> None:
        self._draw_from(self.lines.append(piece))
        self.laid += len(piece)

    def _draw_from(self, dirty: int) -> None:
        self.strips[dirty:] = [None] * (len(self.lines) - dirty)

    def line(self, index: int) -> Line:
        """Return a line."""
        return self.lines.line(index)

    def segments(self, index: int) -> list[Segment]:
        """Return a line in its styles."""
        base, styles, over = self._look.text, self._look.markdown, self._over
        return [Segment(run.text, base + styles[run.style] + over) for run in self.lines.line(index).runs]
