"""A text that may grow, as lines of segments."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.segment import Segment

from lion_tui.app.transcript.markdown.lines import make_line
from lion_tui.app.transcript.markdown.source import draw_text
from lion_tui.app.transcript.markdown.wrapping import trim, wrap
from lion_tui.app.transcript.marks import NO_MARKS, marked

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rich.style import Style
    from textual.strip import Strip

    from lion_tui.app.transcript.drawing import Look
    from lion_tui.app.transcript.markdown import Line, MarkdownLines, Run
    from lion_tui.app.transcript.marks import Marks


def markdown_lines(width: int, text: str = "") -> MarkdownLines:
    """Return `text` as lines of Markdown; the parser is loaded when the first text needs it."""
    from lion_tui.app.transcript.markdown.document import MarkdownLines

    return MarkdownLines(width, text)


class Body:
    """A text as lines, with what is marked in it.

    Attributes:
        strips: Its lines as drawn; None for one that is to be drawn anew.
    """

    def __init__(self, look: Look) -> None:
        """Draw with these styles."""
        self._look = look
        self._marks = NO_MARKS
        self.text = ""
        self.strips: list[Strip | None] = []

    def __len__(self) -> int:
        return len(self.strips)

    def line(self, index: int) -> Line:
        """Return a line."""
        raise NotImplementedError

    def take(self, text: str, *, ended: bool) -> None:
        """Take over what was added to the text, or that it ended."""
        raise NotImplementedError

    def style(self, names: str) -> Style:
        """Return the style of a run."""
        raise NotImplementedError

    def mark(self, marks: Marks) -> None:
        """Show other marks."""
        if marks != self._marks:
            self._marks = marks
            self.strips = [None] * len(self.strips)

    def segments(self, index: int) -> list[Segment]:
        """Return a line."""
        line = self.line(index)
        if not (ranges := self._marks.ranges(line, self.text)):
            return [Segment(run.text, self.style(run.style)) for run in line.runs]
        over = self._look.markdown
        return [Segment(run.text, self.style(run.style) + over[names]) for run, names in marked(line, ranges)]


class PlainBody(Body):
    """A text whose lines are wrapped and stay as they were written."""

    def __init__(self, width: int, look: Look, style: Style) -> None:
        """Draw in a style, `width` cells wide."""
        super().__init__(look)
        self._width, self._style = width, style
        self._lines: list[Line] = []

    def line(self, index: int) -> Line:
        """Return a line."""
        return self._lines[index]

    def take(self, text: str, *, ended: bool) -> None:  # noqa: ARG002 - as of MarkdownBody
        """Draw the text as it is now."""
        self.text = text
        self._lines = list(plain_lines(text.rstrip("\n"), self._width)) if text else []
        self.strips = [None] * len(self._lines)

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
        self._ended = False

    def line(self, index: int) -> Line:
        """Return a line."""
        return self.lines.line(index)

    def take(self, text: str, *, ended: bool) -> None:
        """Take over what was added to the text, or that it ended."""
        if self._ended:
            return
        dirty = self.lines.append(text[len(self.text) :])
        self.text, self._ended = text, ended
        if ended:
            dirty = min(dirty, self.lines.finish())
        self.strips[dirty:] = [None] * (len(self.lines) - dirty)

    def style(self, names: str) -> Style:
        """Return the style of a run."""
        return self._look.text + self._look.markdown[names] + self._over


def plain_lines(text: str, width: int) -> Iterator[Line]:
    """Yield the lines of a text that is no Markdown."""
    offset = 0
    for written in text.split("\n"):
        runs: list[Run] = []
        draw_text(runs, written, offset, "text")
        for number, part in enumerate(wrap(runs, width)):
            yield make_line(trim(part), wrapped=number > 0)
        offset += len(written) + 1
