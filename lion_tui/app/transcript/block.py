"""One message as lines, made when they are asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from rich.cells import cell_len
from rich.segment import Segment

from lion_tui.app.transcript.body import MarkdownBody, PlainBody
from lion_tui.app.transcript.drawing import BAR, PROSE_WIDTH, ending, header, thought
from lion_tui.app.transcript.line_strip import LineStrip
from lion_tui.app.transcript.markdown import CodeBlock
from lion_tui.app.transcript.spots import Spot, line_of, paragraph_at, spot_at, word_at
from lion_tui.app.transcript.tails import hidden_tail
from lion_tui.app.transcript.wrapping import clip

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from rich.style import Style
    from textual.strip import Strip

    from lion_tui.app.transcript.body import Body
    from lion_tui.app.transcript.drawing import Look
    from lion_tui.app.transcript.marks import Marks
    from lion_tui.core.state import State

Unit = Literal["character", "word", "paragraph"]
"""What is selected at once."""
_CURSOR_BAR = "█ "
_CODE_BAR = "▶ "
MARKDOWN_ROLES = frozenset({"assistant", "tool"})
"""Whose text is Markdown; what a person writes stays as it was written."""


class MessageBlock:
    """A message's lines: a header, what was thought, the text, how it ended, a hidden tail, and an empty line.

    While the message streams, what is added to its text costs what is new in it.
    """

    def __init__(self, state: State, row: int, width: int, look: Look, *, cursor: bool, unfolded: bool) -> None:
        """Draw the message in a row.

        Args:
            state: The session's data.
            row: The message.
            width: Cells of a line.
            look: The styles.
            cursor: Whether the message cursor is on it.
            unfolded: Whether what was thought is shown in full.
        """
        self._state, self._row, self._width, self._look = state, row, width, look
        self._cursor = cursor
        self._unfolded = unfolded
        self._code_line: int | None = None
        self._room = max(2, min(width - 2, PROSE_WIDTH))
        style = look.dim if state.tree.role[row] == "system" else look.text
        markdown = state.tree.role[row] in MARKDOWN_ROLES
        self._text = MarkdownBody(self._room, look) if markdown else PlainBody(self._room, look, style)
        # Empty while it is folded.
        self._thought = MarkdownBody(self._room, look, look.dim) if unfolded else PlainBody(self._room, look, look.dim)
        self._fold = ""
        self._tail: str | None = None
        self._ending: list[tuple[str, Style]] = []
        self.frame = 0
        self.update()

    @property
    def _bar(self) -> Segment:
        colour = self._look.roles[self._state.tree.role[self._row]]
        return Segment(_CURSOR_BAR, colour + self._look.cursor) if self._cursor else Segment(BAR, colour)

    def mark(self, cursor: bool, code: int = 0) -> None:
        """Show or hide the message cursor, and the mark at the code block of a number."""
        line = self.code_blocks()[code - 1].first_line - 1 if cursor and code else None
        if (cursor, line) != (self._cursor, self._code_line):
            self._cursor, self._code_line = cursor, line
            for body in (self._text, self._thought):
                body.strips = [None] * len(body.strips)

    def update(self) -> None:
        """Take over what was added to the message, or that it ended."""
        tree, row = self._state.tree, self._row
        ended = tree.status[row] != "streaming"
        self._text.take(tree.content(row), ended=ended)
        reasoning = tree.texts.get(row, "reasoning")
        self._fold = clip(thought(reasoning, unfolded=self._unfolded), self._room) if reasoning else ""
        if reasoning and self._unfolded:
            self._thought.take(reasoning, ended=ended)
        self._ending = ending(self._state, row, self._room, self._look)

    def forget_tail(self) -> None:
        """Look for a hidden tail anew when the message is drawn next: the tree is another."""
        self._tail = None

    def code_blocks(self) -> list[CodeBlock]:
        """Return the code blocks of the text; one that a person wrote has none."""
        lines = self._text.lines.blocks() if isinstance(self._text, MarkdownBody) else []
        return [each for each in lines if isinstance(each, CodeBlock)]

    def line_of_code(self, number: int) -> int:
        """Return the line of the message that stands above a code block and names its language."""
        before = 1 + bool(self._fold) + len(self._thought.strips)
        return before + self.code_blocks()[number - 1].first_line - 1

    def mark_texts(self, marks: Sequence[Marks]) -> None:
        """Show what is marked in each of the texts, in the order of `PARTS`."""
        for body, each in zip((self._thought, self._text), marks, strict=True):
            body.mark(each)

    def spot(self, line: int, cell: int, unit: Unit) -> tuple[int, Spot]:
        """Return what stands under a cell of a line, and the index of the text in `PARTS` that it is of."""
        part, index = self._text_at(line)
        body = (self._thought, self._text)[part]
        cell -= cell_len(BAR)
        if index < 0:
            return part, Spot.of(0, 0)
        if index >= len(body):
            return part, Spot.of(len(body.text), len(body.text))
        match unit:
            case "word":
                return part, word_at(body, index, cell, body.text)
            case "paragraph":
                return part, paragraph_at(body, index, body.text)
            case _:
                return part, spot_at(body, index, cell, body.text)

    def link_at(self, line: int, cell: int) -> str | None:
        """Return the target of the link under a cell of a line."""
        part, index = self._text_at(line)
        body = (self._thought, self._text)[part]
        return body.line(index).link_at(cell - cell_len(BAR)) if 0 <= index < len(body) else None

    def line_of(self, part: int, offset: int) -> int:
        """Return the line that shows an offset of a text."""
        before = 1 + bool(self._fold) + (len(self._thought) if part else 0)
        return before + line_of((self._thought, self._text)[part], offset)

    def _text_at(self, line: int) -> tuple[int, int]:
        """Return which text a line shows, or comes before or after, and which line of that it is."""
        index = line - 1 - bool(self._fold)
        return (0, index) if index < len(self._thought) and len(self._thought) else (1, index - len(self._thought))

    def __len__(self) -> int:
        return sum(length for length, _ in self._sections())

    def strips(self, start: int, stop: int) -> list[Strip]:
        """Return the lines from `start` to `stop`, as far as there are."""
        lines: list[Strip] = []
        before = 0
        for length, draw in self._sections():
            lines += [draw(index) for index in range(max(0, start - before), min(length, stop - before))]
            before += length
        return lines

    def _sections(self) -> list[tuple[int, Callable[[int], Strip]]]:
        """Return what the message consists of: how many lines, and what draws one."""
        if self._tail is None:
            self._tail = hidden_tail(self._state, self._row)
        return [
            (1, self._header),
            (bool(self._fold), lambda _: self._line([self._bar, Segment(self._fold, self._look.dim)])),
            (len(self._thought.strips), lambda index: self._body_line(self._thought, index, self._bar)),
            (len(self._text.strips), self._text_line),
            (len(self._ending), lambda index: self._line([self._bar, Segment(*self._ending[index])])),
            (bool(self._tail), self._tail_line),
            (1, lambda _: self._line([])),
        ]

    def _header(self, _index: int) -> Strip:
        return self._line(header(self._state, self._row, self._width, self._look, self._bar, self.frame))

    def _text_line(self, index: int) -> Strip:
        bar = self._bar
        return self._body_line(self._text, index, Segment(_CODE_BAR, bar.style) if index == self._code_line else bar)

    def _tail_line(self, _index: int) -> Strip:
        return self._line([Segment("  ", self._look.text), Segment(clip(self._tail or "", self._room), self._look.dim)])

    def _body_line(self, body: Body, index: int, bar: Segment) -> Strip:
        strip = body.strips[index]
        if strip is None:
            strip = body.strips[index] = self._line([bar, *body.segments(index)])
        return strip

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
