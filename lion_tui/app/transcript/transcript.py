"""The widget that shows a path of messages."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from rich.segment import Segment
from rich.style import Style
from textual.binding import Binding
from textual.message import Message as TextualMessage
from textual.widget import Widget

from lion_tui.app.commands import bindings
from lion_tui.app.transcript.block import MessageBlock
from lion_tui.app.transcript.drawing import Look
from lion_tui.app.transcript.line_strip import LineStrip
from lion_tui.app.transcript.markdown import STYLE_NAMES, Styles

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual import events
    from textual.geometry import Region
    from textual.strip import Strip

    from lion_tui.core.state import State

_WHEEL = 3
_LEAST_WIDTH = 10
_KEPT = 400
"""Messages that are kept laid out, about."""
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
        *(f"markdown--{name}" for name in STYLE_NAMES),
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
        self._blocks: dict[int, MessageBlock] = {}
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
        self._mark_cursor()
        self._settle()

    def redraw(self) -> None:
        """Draw every message anew."""
        self._blocks.clear()
        self._look = None
        self._settle()

    def message_changed(self, row: int) -> None:
        """Draw what is new of a message: it grew, or ended."""
        if row in self._blocks:
            self._blocks[row].update()
            self._settle()

    def next_frame(self, streaming: Sequence[int]) -> None:
        """Turn the spinners of the messages that stream."""
        self._frame += 1
        for row in streaming:
            if row in self._blocks:
                self._blocks[row].frame = self._frame
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
        self._cursor = index
        self._mark_cursor()
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
                markdown=Styles(self._markdown_styles()),
                background=self.background_colors[1],
                filters=tuple(self.app.get_line_filters()),
            )
        return self._look

    def _markdown_styles(self) -> dict[str, Style]:
        styles: dict[str, Style] = {}
        for name in STYLE_NAMES:
            component = self.get_component_styles(f"markdown--{name}")
            style = self.get_component_rich_style(f"markdown--{name}", partial=True)
            if not component.has_rule("background"):
                # Textual gives every component a background; one that asks for none is laid over what is there.
                style = Style(
                    color=style.color if component.has_rule("color") else None,
                    bold=style.bold,
                    italic=style.italic,
                    underline=style.underline,
                    strike=style.strike,
                )
            styles[name] = style
        return {**styles, "text": self.rich_style}

    def _block(self, index: int) -> MessageBlock:
        row = self._rows[index]
        if row not in self._blocks:
            cursor = index == self._cursor and self.has_focus
            self._blocks[row] = MessageBlock(
                self._state, row, max(_LEAST_WIDTH, self.size.width), self._styles(), cursor=cursor
            )
        return self._blocks[row]

    def _mark_cursor(self) -> None:
        marked = self.cursor_row if self.has_focus else None
        for row, block in self._blocks.items():
            block.mark(row == marked)

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
            index, offset = self._last_window(height)
            lines = self._lines_from(index, offset, height)
            self.follows = True
        self._top = (index, offset)
        if len(self._blocks) > _KEPT:
            near = set(self._rows[max(0, index - height) : index + 2 * height])
            self._blocks = {row: block for row, block in self._blocks.items() if row in near}
        return lines

    def _last_window(self, height: int) -> tuple[int, int]:
        """Return the place at which the last window of the path begins."""
        index, missing = len(self._rows), height
        while index > 0 and missing > 0:
            index -= 1
            missing -= len(self._block(index))
        return index, max(0, -missing)

    def _lines_from(self, index: int, offset: int, height: int) -> list[Strip]:
        lines: list[Strip] = []
        while index < len(self._rows) and len(lines) < height:
            lines += self._block(index).strips(offset, offset + height - len(lines))
            index, offset = index + 1, 0
        return lines

    def on_focus(self) -> None:
        """Show the message cursor."""
        self._mark_cursor()
        self._settle()

    def on_blur(self) -> None:
        """Hide the message cursor."""
        self._mark_cursor()
        self._settle()

    def render_lines(self, crop: Region) -> list[Strip]:
        """Return lines of the window as they are: no border, padding or filter is to be added to them."""
        if self._window is None:
            self._window = self._lay_out()
        lines = [self._line(y) for y in range(crop.y, crop.bottom)]
        if crop.x or crop.width != self.size.width:
            lines = [line.crop(crop.x, crop.right) for line in lines]
        return lines

    def _line(self, y: int) -> Strip:
        width = self.size.width
        if not self._rows and y == self.size.height // 2:
            return LineStrip([Segment(_EMPTY[:width].center(width), self._styles().dim)], width)
        if self._window is not None and y < len(self._window):
            return self._window[y]
        return LineStrip([Segment(" " * width, self.rich_style)], width)
