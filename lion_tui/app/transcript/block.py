"""One message as lines, made when they are asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.segment import Segment

from lion_tui.app.transcript.drawing import BAR, PROSE_WIDTH, ending, header
from lion_tui.app.transcript.line_strip import LineStrip
from lion_tui.app.transcript.wrapping import clip, wrap

if TYPE_CHECKING:
    from rich.style import Style
    from textual.strip import Strip

    from lion_tui.app.transcript.drawing import Look
    from lion_tui.app.transcript.markdown import MarkdownLines
    from lion_tui.core.state import State

_CURSOR_BAR = "█ "
_MARKDOWN_ROLES = frozenset({"assistant", "tool"})
"""Whose text is Markdown; what a person writes stays as it was written."""


def _markdown_lines(width: int) -> MarkdownLines:
    from lion_tui.app.transcript.markdown.document import MarkdownLines

    return MarkdownLines(width)


class MessageBlock:
    """A message's lines: a header, what was thought, the text, how it ended, and an empty line.

    While the message streams, what is added to its text costs what is new in it.
    """

    def __init__(self, state: State, row: int, width: int, look: Look, *, cursor: bool) -> None:
        """Draw the message in a row.

        Args:
            state: The session's data.
            row: The message.
            width: Cells of a line.
            look: The styles.
            cursor: Whether the message cursor is on it.
        """
        self._state, self._row, self._width, self._look = state, row, width, look
        self._cursor = cursor
        role = state.tree.role[row]
        self._room = max(2, min(width - 2, PROSE_WIDTH))
        self._markdown = _markdown_lines(self._room) if role in _MARKDOWN_ROLES else None
        self._plain: list[str] = []
        self._taken = 0
        self._finished = False
        self._thought = ""
        self._ending: list[tuple[str, Style]] = []
        self._body: list[Strip | None] = []
        self.frame = 0
        self.update()

    @property
    def _bar(self) -> Segment:
        colour = self._look.roles[self._state.tree.role[self._row]]
        return Segment(_CURSOR_BAR, colour + self._look.cursor) if self._cursor else Segment(BAR, colour)

    def mark(self, cursor: bool) -> None:
        """Show or hide the message cursor."""
        if cursor != self._cursor:
            self._cursor = cursor
            self._body = [None] * len(self._body)

    def update(self) -> None:
        """Take over what was added to the message, or that it ended."""
        tree, row = self._state.tree, self._row
        content = tree.content(row)
        if self._markdown is None:
            self._plain = list(wrap(content.rstrip("\n"), self._room)) if content else []
            self._body = [None] * len(self._plain)
        elif not self._finished:
            dirty = self._markdown.append(content[self._taken :])
            self._finished = tree.status[row] != "streaming"
            if self._finished:
                dirty = min(dirty, self._markdown.finish())
            self._body[dirty:] = [None] * (len(self._markdown) - dirty)
        self._taken = len(content)
        reasoning = tree.texts.get(row, "reasoning")
        self._thought = clip(f"▸ thought: {reasoning}", self._room) if reasoning else ""
        self._ending = ending(self._state, row, self._room, self._look)

    def __len__(self) -> int:
        return 2 + bool(self._thought) + len(self._body) + len(self._ending)

    def strips(self, start: int, stop: int) -> list[Strip]:
        """Return the lines from `start` to `stop`, as far as there are."""
        return [self._strip(index) for index in range(max(0, start), min(stop, len(self)))]

    def _strip(self, index: int) -> Strip:
        if index == 0:
            return self._line(header(self._state, self._row, self._width, self._look, self._bar, self.frame))
        index -= 1
        if self._thought:
            if index == 0:
                return self._line([self._bar, Segment(self._thought, self._look.dim)])
            index -= 1
        if index < len(self._body):
            strip = self._body[index]
            if strip is None:
                strip = self._body[index] = self._line([self._bar, *self._text(index)])
            return strip
        index -= len(self._body)
        if index < len(self._ending):
            return self._line([self._bar, Segment(*self._ending[index])])
        return self._line([])

    def _text(self, index: int) -> list[Segment]:
        if self._markdown is not None:
            base = self._look.text
            line = self._markdown.line(index)
            return [Segment(run.text, base + self._look.markdown[run.style]) for run in line.runs]
        style = self._look.dim if self._state.tree.role[self._row] == "system" else self._look.text
        return [Segment(self._plain[index], style)]

    def _line(self, segments: list[Segment]) -> Strip:
        used = Segment.get_line_length(segments)
        if used < self._width:
            segments = [*segments, Segment(" " * (self._width - used), self._look.text)]
        elif used > self._width:
            segments = Segment.adjust_line_length(segments, self._width)
        strip: Strip = LineStrip(segments, self._width)
        for each in self._look.filters:
            strip = strip.apply_filter(each, self._look.background)
        return strip
