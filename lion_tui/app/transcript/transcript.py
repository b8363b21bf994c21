"""The widget that shows a path of messages."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from rich.segment import Segment
from textual.binding import Binding
from textual.message import Message as TextualMessage
from textual.widget import Widget

from lion_tui.app.commands import bindings
from lion_tui.app.transcript.block import MessageBlock
from lion_tui.app.transcript.copying import may_have_code
from lion_tui.app.transcript.drawing import ROLES, look_of
from lion_tui.app.transcript.line_strip import LineStrip
from lion_tui.app.transcript.markdown import STYLE_NAMES
from lion_tui.core.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual import events
    from textual.geometry import Region
    from textual.strip import Strip

    from lion_tui.app.transcript.drawing import Look
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
        *(f"transcript--{role}" for role in ROLES),
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

    class Scrolled(TextualMessage):
        """The window is elsewhere in the path, or something came below it."""

        def __init__(self, place: str) -> None:
            """Carry what is said of the place; empty at the end."""
            super().__init__()
            self.place = place

    def __init__(self, state: State, *, id: str | None = None) -> None:  # noqa: A002 - Textual's name for it
        """Show messages of `state`."""
        super().__init__(id=id)
        self._state = state
        self._rows: Sequence[int] = ()
        self._cursor = -1
        self._code = 0  # of the code blocks of the cursor's message, the number of the one that is selected
        self._unfolds = False  # whether what was thought is shown where `_exceptions` does not say otherwise
        self._exceptions: set[int] = set()
        self._new_below = False
        self._place = ""
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
        length = len(self._rows)
        followed_end = self._cursor == length - 1
        self._rows = rows
        if not grown:
            self.follows = True
        if not grown or followed_end:
            self._cursor, self._code = len(rows) - 1, 0
        self._new_below = grown and not self.follows and (self._new_below or len(rows) > length)
        for block in self._blocks.values():
            block.forget_tail()
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
        if not self.follows and self._rows and row == self._rows[-1]:
            self._new_below = True
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

    def go_to_prompt(self, step: int) -> None:
        """Put the cursor on the next prompt of the user's, with -1 on the one before; at the last, on the end."""
        role, last = self._state.tree.role, len(self._rows) - 1
        index = self._cursor + step
        while 0 <= index < last and role[self._rows[index]] != "user":
            index += step
        if 0 <= index <= last:
            self._put_cursor(index)

    def go_to_code(self, step: int) -> None:
        """Put the cursor on the next code block of the path, with -1 on the one before.

        Raises:
            UsageError: there is none.
        """
        index, blocks = self._cursor, self._code_blocks(self._cursor)
        number = self._code + step if self._code or step > 0 else blocks
        while not 1 <= number <= blocks:
            index += step
            if not 0 <= index < len(self._rows):
                raise UsageError(f"There is no code block {'below' if step > 0 else 'above'}.")
            blocks = self._code_blocks(index)
            number = 1 if step > 0 else blocks
        self._put_cursor(index)
        self._code = number
        self._mark_cursor()
        line = self._block(index).line_of_code(number)
        if not 0 <= self._line_of(index) + line < self.size.height - 1:
            self.follows, self._top = False, (index, line)

    def _code_blocks(self, index: int) -> int:
        if not 0 <= index < len(self._rows) or not may_have_code(self._state, self._rows[index]):
            return 0
        return len(self._block(index).code_blocks())

    @property
    def code_number(self) -> int:
        """The number of the code block that is selected in the cursor's message; 0 if none is."""
        return self._code

    def unfolded(self, row: int) -> bool:
        """Return whether what was thought before a message is shown."""
        return (row in self._exceptions) != self._unfolds

    def fold(self, row: int) -> None:
        """Show what was thought before a message, or hide it again.

        Raises:
            UsageError: nothing was.
        """
        if not self._state.tree.texts.get(row, "reasoning"):
            raise UsageError("There is no reasoning with this message.")
        self._exceptions ^= {row}
        self._blocks.pop(row, None)
        self._settle()

    def fold_all(self) -> None:
        """Show what was thought before all messages, or hide it again."""
        self._unfolds = not self._unfolds
        self._exceptions.clear()
        self.redraw()

    def _put_cursor(self, index: int) -> None:
        self._move_cursor_to(index)
        if index == len(self._rows) - 1:
            self.follows = True
        elif not self._in_window(index):
            self.follows, self._top = False, (index, 0)
        self._settle()

    def _move_cursor_to(self, index: int) -> None:
        self._cursor, self._code = index, 0
        self._mark_cursor()
        if self._rows:
            self.post_message(self.CursorMoved(self._rows[index]))

    def _in_window(self, index: int) -> bool:
        line = self._line_of(index)
        return line >= 0 and line + len(self._block(index)) <= self.size.height

    def _line_of(self, index: int) -> int:
        """Return the line of the window at which a message begins; a message outside may begin at any line outside."""
        height = self.size.height
        first, offset = self._last_window(height) if self.follows else self._top
        if index < first:
            return -sum(len(self._block(each)) for each in range(max(index, first - height), first)) - offset
        line = -offset
        for each in range(first, index):
            line += len(self._block(each))
            if line >= height:
                break
        return line

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
            self._look = look_of(self)
        return self._look

    def _block(self, index: int) -> MessageBlock:
        row = self._rows[index]
        if row not in self._blocks:
            cursor = index == self._cursor and self.has_focus
            self._blocks[row] = MessageBlock(
                self._state,
                row,
                max(_LEAST_WIDTH, self.size.width),
                self._styles(),
                cursor=cursor,
                unfolded=self.unfolded(row),
            )
            if cursor and self._code:
                self._blocks[row].mark(cursor, self._code)
        return self._blocks[row]

    def _mark_cursor(self) -> None:
        marked = self.cursor_row if self.has_focus else None
        for row, block in self._blocks.items():
            block.mark(row == marked, self._code)

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
        self._say_place()
        if len(self._blocks) > _KEPT:
            near = set(self._rows[max(0, index - height) : index + 2 * height])
            self._blocks = {row: block for row, block in self._blocks.items() if row in near}
        return lines

    def _say_place(self) -> None:
        self._new_below = self._new_below and not self.follows
        place = "" if self.follows else f"{self._top[0] + 1} of {len(self._rows)}"
        if self._new_below:
            place = "↓ new below · G"
        if place != self._place:
            self._place = place
            self.post_message(self.Scrolled(place))

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
            lines += self.draw_block(index, offset, offset + height - len(lines))
            index, offset = index + 1, 0
        return lines

    def draw_block(self, index: int, start: int, stop: int) -> list[Strip]:
        """Return lines of a message."""
        return self._block(index).strips(start, stop)

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
