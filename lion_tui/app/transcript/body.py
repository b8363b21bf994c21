"""A text that may grow, as lines of segments."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.segment import Segment

from lion_tui.app.transcript.wrapping import wrap

if TYPE_CHECKING:
    from rich.style import Style
    from textual.strip import Strip

    from lion_tui.app.transcript.drawing import Look
    from lion_tui.app.transcript.markdown import MarkdownLines


def markdown_lines(width: int, text: str = "") -> MarkdownLines:
    """Return `text` as lines of Markdown; the parser is loaded when the first text needs it."""
    from lion_tui.app.transcript.markdown.document import MarkdownLines

    return MarkdownLines(width, text)


class PlainBody:
    """A text whose lines are wrapped and stay as they were written.

    Attributes:
        strips: Its lines as drawn; None for one that is to be drawn anew.
    """

    def __init__(self, width: int, style: Style) -> None:
        """Draw in a style, `width` cells wide."""
        self._width, self._style = width, style
        self._lines: list[str] = []
        self.strips: list[Strip | None] = []

    def take(self, text: str, *, ended: bool) -> None:  # noqa: ARG002 - as of MarkdownBody
        """Draw the text as it is now."""
        self._lines = list(wrap(text.rstrip("\n"), self._width)) if text else []
        self.strips = [None] * len(self._lines)

    def segments(self, index: int) -> list[Segment]:
        """Return a line."""
        return [Segment(self._lines[index], self._style)]


class MarkdownBody:
    """A text of Markdown: what is added to it costs what is new in it.

    Attributes:
        lines: Its lines and code blocks.
        strips: Its lines as drawn; None for one that is to be drawn anew.
    """

    def __init__(self, width: int, look: Look, over: Style | None = None) -> None:
        """Draw `width` cells wide, with a style laid over all others."""
        self.lines = markdown_lines(width)
        self._look, self._over = look, over
        self._taken = 0
        self._ended = False
        self.strips: list[Strip | None] = []

    def take(self, text: str, *, ended: bool) -> None:
        """Take over what was added to the text, or that it ended."""
        if self._ended:
            return
        dirty = self.lines.append(text[self._taken :])
        self._taken, self._ended = len(text), ended
        if ended:
            dirty = min(dirty, self.lines.finish())
        self.strips[dirty:] = [None] * (len(self.lines) - dirty)

    def segments(self, index: int) -> list[Segment]:
        """Return a line."""
        base, styles, over = self._look.text, self._look.markdown, self._over
        return [Segment(run.text, base + styles[run.style] + over) for run in self.lines.line(index).runs]
