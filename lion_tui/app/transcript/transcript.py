"""The widget that shows a path of messages."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from rich.segment import Segment
from textual.binding import Binding
from textual.message import Message as TextualMessage
from textual.strip import Strip
from textual.widget import Widget

from lion_tui.app.commands import bindings
from lion_tui.app.transcript.drawing import Look, draw_message

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual import events

    from lion_tui.core.state import State

_WHEEL = 3
_EMPTY = "Write below and press enter. The answers come here."


class Transcript(Widget, can_focus=True):
    """A path of messages, drawn line by line; only what is in the window is laid out.

    The place in it is a message and a line of that message, so nothing above the window needs to be measured. While it
    follows, the window stays at the end.
    """

    BINDINGS = [  # noqa: RUF012 - Textual's way to declare them
        *bindings("browse"),
        Binding("j,down", "go(1)", "next message", show=False),
        Binding("k,up", "go(-1)", "message before", show=False),
        Binding("g,home", "go(-1_000_000_000)", "first message", show=False),
        Binding("G,end", "go(1_000_000_000)", "last message", show=False),
    ]

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "transcript--user",
        "transcript--assistant",
        "transcript--system",
        "transcript--tool",
        "transcript--dim",
        "transcript--bold",
        "transcript--error",
        "transcript--cursor",
    }

    class CursorMoved(TextualMessage):
        """The message cursor is on another message."""

        def __init__(self, row: int) -> None:
            """Carry the message's row."""
            super().__init__()
            self.row = row

    def __init__(self, state: State, *, id: str | None = None) -> None:  # noqa: A002 - Textual's name for it
        """Show messages of `state`."""
        super().__init__(id=id)
        self._state = state
        self._rows: Sequence[int] = ()
        self._cursor = -1
        self._top = (0, 0)
        self.follows = True
        self._blocks: dict[int, list[Strip]] = {}
        self._window: list[Strip] | None = None
        self._look: Look | None = None
        self._frame = 0

    # What is shown

    def show_path(self, rows: Sequence[int]) -> None:
        """Show another path, or the same one with other messages at its end."""
        grown = len(rows) >= len(self._rows) > 0 and rows[: len(self._rows)] == self._rows
        followed_end = self._cursor == len(self._rows) - 1
        self._rows = rows
        if not grown:
            self.follows = True
        if not grown or followed_end:
            self._cursor = len(rows) - 1
        self.redraw()

    def redraw(self) -> None:
        """Draw every message anew."""
        self._blocks.clear()
        self._look = None
        self._settle()

    def message_changed(self, row: int) -> None:
        """Draw one message anew: it grew, or ended."""
        self._blocks.pop(row, None)
        self._settle()

    def next_frame(self, streaming: Sequence[int]) -> None:
        """Turn the spinners of the messages that stream."""
        self._frame += 1
        for row in streaming:
            self._blocks.pop(row, None)
        self._settle()

    @property
    def cursor_row(self) -> int | None:
        """The row of the message that the cursor is on."""
        return self._rows[self._cursor] if 0 <= self._cursor < len(self._rows) else None

    def reveal(self, row: int) -> None:
        """Put the cursor on a message of the path and bring it into the window."""
        if row in self._rows:
            self._put_cursor(self._rows.index(row))

    def action_go(self, step: int) -> None:
        """Move the cursor by so many messages."""
        self.move_cursor(step)

    def move_cursor(self, step: int) -> None:
        """Move the message cursor, and the window with it."""
        if self._rows:
            self._put_cursor(max(0, min(len(self._rows) - 1, self._cursor + step)))

    def _put_cursor(self, index: int) -> None:
        old, self._cursor = self._cursor, index
        for each in (old, index):
            if 0 <= each < len(self._rows):
                self._blocks.pop(self._rows[each], None)
        if index == len(self._rows) - 1:
            self.follows = True
        elif not self._in_window(index):
            self.follows, self._top = False, (index, 0)
        self._settle()
        self.post_message(self.CursorMoved(self._rows[index]))

    def _in_window(self, index: int) -> bool:
        line = -self._top[1]
        for each in range(self._top[0], index):
            line += len(self._block(each))
            if line >= self.size.height:
                return False
        return index >= self._top[0] and line >= 0 and line + len(self._block(index)) <= self.size.height

    # Scrolling

    def scroll_lines(self, lines: int) -> None:
        """Move the window by so many lines; at the end it follows again."""
        index, offset = self._top
        offset += lines
        while offset < 0 and index > 0:
            index -= 1
            offset += len(self._block(index))
        while index < len(self._rows) - 1 and offset >= len(self._block(index)):
            offset -= len(self._block(index))
            index += 1
        self._top = (index, max(0, offset))
        self.follows = False
        self._settle()

    def scroll_page(self, pages: int) -> None:
        """Move the window by pages, two lines of each kept."""
        self.scroll_lines(pages * max(1, self.size.height - 2))

    def scroll_to_start(self) -> None:
        """Move the window to the first message."""
        self.follows, self._top = False, (0, 0)
        self._settle()

    def scroll_to_end(self) -> None:
        """Move the window to the end and follow it."""
        self.follows = True
        self._settle()

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        """Scroll towards the end."""
        event.stop()
        self.scroll_lines(_WHEEL)

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        """Scroll towards the beginning."""
        event.stop()
        self.scroll_lines(-_WHEEL)

    # Drawing

    def on_resize(self) -> None:
        """Lay the window out at its new size; the message at the top stays there."""
        self._top = (self._top[0], 0)
        self.redraw()

    def notify_style_update(self) -> None:
        """Draw in the theme's new colours."""
        super().notify_style_update()
        self.redraw()

    def _styles(self) -> Look:
        if self._look is None:
            style = self.get_component_rich_style
            roles = {role: style(f"transcript--{role}") for role in ("user", "assistant", "system", "tool")}
            self._look = Look(
                text=self.rich_style,
                dim=style("transcript--dim"),
                bold=style("transcript--bold"),
                error=style("transcript--error"),
                roles=roles,
                cursor=style("transcript--cursor"),
            )
        return self._look

    def _block(self, index: int) -> list[Strip]:
        row = self._rows[index]
        if row not in self._blocks:
            cursor = index == self._cursor and self.has_focus
            self._blocks[row] = draw_message(
                self._state, row, max(10, self.size.width), self._styles(), cursor=cursor, frame=self._frame
            )
        return self._blocks[row]

    def _settle(self) -> None:
        """Have the window laid out anew when it is drawn next."""
        self._window = None
        self.refresh()

    def _lay_out(self) -> list[Strip]:
        """Return the lines in the window, and keep the window within the path."""
        height = self.size.height
        index, offset = self._top
        lines = [] if self.follows else self._lines_from(index, offset, height)
        if len(lines) < height:
            # The end is in sight: fill the window from there.
            index, lines = len(self._rows), []
            while index > 0 and len(lines) < height:
                index -= 1
                lines = self._block(index) + lines
            offset = max(0, len(lines) - height)
            lines = lines[offset:]
            self.follows = True
        self._top = (index, offset)
        if len(self._blocks) > 4 * height + 100:
            self._blocks.clear()  # what is far from the window
        return lines

    def _lines_from(self, index: int, offset: int, height: int) -> list[Strip]:
        lines: list[Strip] = []
        while index < len(self._rows) and len(lines) < height + offset:
            lines += self._block(index)
            index += 1
        return lines[offset : offset + height]

    def on_focus(self) -> None:
        """Show the message cursor."""
        self._put_cursor_mark()

    def on_blur(self) -> None:
        """Hide the message cursor."""
        self._put_cursor_mark()

    def _put_cursor_mark(self) -> None:
        if (row := self.cursor_row) is not None:
            self.message_changed(row)

    def render_line(self, y: int) -> Strip:
        """Return one line of the window."""
        width = self.size.width
        if self._window is None:
            self._window = self._lay_out()
        if not self._rows and y == self.size.height // 2:
            return Strip([Segment(_EMPTY[:width].center(width), self._styles().dim)], width)
        if y < len(self._window):
            return self._window[y]
        return Strip.blank(width, self.rich_style)
