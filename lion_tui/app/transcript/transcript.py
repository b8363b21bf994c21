"""The widget that shows a path of messages."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, NamedTuple

from textual.binding import Binding
from textual.geometry import Size
from textual.message import Message as TextualMessage

from lion_tui.app.commands import bindings
from lion_tui.app.transcript.block import MessageBlock
from lion_tui.app.transcript.copying import may_have_code
from lion_tui.app.transcript.drawing import ROLES, look_of
from lion_tui.app.transcript.path_view import PathView
from lion_tui.core.errors import UsageError
from lion_tui.core.prompt import start_row
from lion_tui.core.tree import NO_ROW

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from textual.strip import Strip

    from lion_tui.app.scheduler import FrameScheduler
    from lion_tui.app.transcript.drawing import Look
    from lion_tui.app.transcript.viewport import Goal
    from lion_tui.core.state import State

_LEAST_WIDTH = 10


class Reading(NamedTuple):
    """Where one reads: the place of the window, None at the end, and the message that the cursor is on."""

    goal: Goal | None
    cursor: int | None


class Transcript(PathView, can_focus=True):
    """A path of messages with a cursor on one of them, and on a code block of it.

    The cursor is always on a message of which something is in the window: where it scrolls out of it, it goes to the
    nearest that is.
    """

    BINDINGS = [  # noqa: RUF012 - Textual's way to declare them
        *bindings("browse"),
        Binding("j,down", "go(1)", "next message", show=False),
        Binding("k,up", "go(-1)", "message before", show=False),
        Binding("g,home", "go(-1_000_000_000)", "first message", show=False),
        Binding("G,end", "go(1_000_000_000)", "last message", show=False),
        Binding("h,left", "screen.column(-1)", "column to the left", show=False),
        Binding("l,right", "screen.column(1)", "column to the right", show=False),
    ]

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        *(f"transcript--{role}" for role in ROLES),
        "transcript--dim",
        "transcript--bold",
        "transcript--error",
        "transcript--cursor",
    }

    class CursorMoved(TextualMessage):
        """The message cursor is on another message."""

        def __init__(self, transcript: Transcript, row: int, left: Reading | None) -> None:
            """Carry where it is, the message's row, and where one read before; None if it went with the window."""
            super().__init__()
            self.transcript = transcript
            self.row = row
            self.left = left

    def __init__(self, state: State, scheduler: FrameScheduler, *, id: str | None = None) -> None:  # noqa: A002 - Textual's name for it
        """Show messages of `state`, drawn when `scheduler` says so while they stream."""
        super().__init__(state, scheduler, id=id)
        self._cursor = -1
        self._adrift = False  # whether the cursor is where it is because the window is
        self._seen_in = Size(0, 0)  # of the window in which the cursor was in sight
        self._moves_then = 0  # how often that had been moved
        self._lent_in = Size(0, 0)  # of the window in which it is only because that begins lower
        self._code = 0  # of the code blocks of the cursor's message, the number of the one that is selected
        self._unfolds = False  # whether what was thought is shown where `_exceptions` does not say otherwise
        self._exceptions: set[int] = set()
        self._nameless = False
        self._held_back: Collection[int] = ()
        self._start = NO_ROW  # the message that the context starts with

    # What is shown

    def hide_names(self, hidden: bool) -> None:
        """Draw nothing that tells who gave an answer, or draw it again."""
        if hidden != self._nameless:
            self._nameless = hidden
            self.redraw()

    def hold_back(self, rows: Collection[int]) -> None:
        """Draw of some messages only that they come, and the others in full again."""
        changed = {*self._held_back}.symmetric_difference(rows)
        self._held_back = rows
        self._view.remake([row for row in self._view.blocks if row in changed])
        self._settle()

    def show_path(self, end: int, after: int = NO_ROW) -> None:
        """Show the path to the row `end`: another one, or the same one with other messages at its end.

        It begins below the row `after`.
        """
        path, pointed = self._view.path, self._cursor_row
        length, last = len(path), path.end
        followed_end = self._cursor == length - 1 and self.follows
        grown = self._view.move(end, after)
        self._start = start_row(self._state, end)
        for row, block in self._view.blocks.items():
            block.mark_above(row < self._start)
        if not grown or followed_end:
            self._cursor, self._code, self._adrift = len(path) - 1, 0, False
        elif pointed is not None and (index := path.find(pointed)) != self._cursor:  # it begins elsewhere
            self._cursor, self._code = index or 0, self._code if index else 0
        self._new_below = grown and not self.follows and (self._new_below or path.end != last)
        self._mark_cursor()
        self._settle()

    @property
    def cursor_row(self) -> int | None:
        """The row of the message that the cursor is on."""
        self._arrive()
        return self._cursor_row

    @property
    def _cursor_row(self) -> int | None:
        path = self._view.path
        return path[self._cursor] if 0 <= self._cursor < len(path) else None

    @property
    def reading(self) -> Reading:
        """Where one reads."""
        return Reading(self._view.goal, self.cursor_row)

    def return_to(self, reading: Reading) -> None:
        """Read on where one did; the cursor stays if its message is not on the path any more."""
        index = None if reading.cursor is None else self._view.path.find(reading.cursor)
        if index is not None:
            self._point_at(index)
        self._view.return_to(reading.goal)
        self._moved()

    def reveal(self, row: int, *, begins: bool = False) -> None:
        """Put the cursor on a message of the path and bring it into the window.

        The window goes to its beginning, unless the cursor is on it already and the window follows its end, which
        `begins` does not count.
        """
        self._arrive()
        index = self._view.path.find(row)
        if index is None:
            return
        if not begins and self.follows and index == self._cursor == len(self._view.path) - 1:
            self._point_at(index)
        else:
            self._put_cursor(index)

    def action_go(self, step: int) -> None:
        """Move the cursor by so many messages."""
        self.move_cursor(step)

    def move_cursor(self, step: int) -> None:
        """Move the message cursor, and the window with it; a step beyond the last message goes to its end."""
        self._arrive()
        if self._cursor + step >= len(self._view.path):
            self._put_cursor_at_end()
        elif self._view.path:
            self._put_cursor(max(0, self._cursor + step))

    def go_to_prompt(self, step: int) -> None:
        """Put the cursor on the next prompt of the user's, with -1 on the one before.

        After the last prompt comes the last message, and then its end; before the first one, its beginning.
        """
        self._arrive()
        role, path, last = self._state.tree.role, self._view.path, len(self._view.path) - 1
        index = self._cursor + step
        while 0 <= index < last and role[path[index]] != "user":
            index += step
        if index > last:
            self._put_cursor_at_end()
        elif index >= 0:
            self._put_cursor(index)
        elif self._cursor >= 0 and role[path[self._cursor]] == "user":
            self._put_cursor(self._cursor)

    def go_to_code(self, step: int) -> Iterator[None]:
        """Put the cursor on the next code block of the path, with -1 on the one before.

        It goes on while it is iterated over, a message at a time; where the cursor was moved meanwhile, it stays.

        Raises:
            UsageError: there is none.
        """
        begun = self.cursor_row, self._code
        index, blocks = self._cursor, self._code_blocks(self._cursor)
        number = self._code + step if self._code or step > 0 else blocks
        while not 1 <= number <= blocks:
            index += step
            yield
            if (self.cursor_row, self._code) != begun:
                return
            if not 0 <= index < len(self._view.path):
                raise UsageError(f"There is no code block {'below' if step > 0 else 'above'}.")
            blocks = self._code_blocks(index)
            number = 1 if step > 0 else blocks
        line = self._view.block(index).line_of_code(number)
        if self._begins_in_sight(index, line):
            self._point_at(index)
            self._view.stay()
        else:
            self._put_cursor(index)
            if not self._begins_in_sight(index, line):
                self._view.show(index, line)
        self._code = number
        self._mark_cursor()
        self._moved()

    def _begins_in_sight(self, index: int, line: int) -> bool:
        at = self._view.line_in_window(index, line)
        return at is not None and at < self.size.height - 1

    def _code_blocks(self, index: int) -> int:
        path = self._view.path
        if not 0 <= index < len(path) or not may_have_code(self._state, path[index]):
            return 0
        return len(self._view.whole_block(index).code_blocks())

    @property
    def code_number(self) -> int:
        """The number of the code block that is selected in the cursor's message; 0 if none is."""
        return self._code

    def fold(self, row: int) -> str:
        """Show all of a message, its reasoning and a very long text, or fold both again.

        Returns:
            What became of what is out of sight, a sentence; else nothing.

        Raises:
            UsageError: it has neither.
        """
        reasoning = bool(self._state.tree.texts.get(row, "reasoning"))
        index = self._view.path.find(row)
        block = None if index is None else self._view.block(index)
        if block is not None:
            block.measure()
        is_long = block is not None and block.is_long
        if not reasoning and not is_long:
            raise UsageError("There is nothing to fold in this message.", "z folds reasoning and very long texts.")
        folded = (reasoning and not self._shows_thought(row)) or (block is not None and is_long and not block.opened)
        turned = reasoning and self._shows_thought(row) != folded
        if turned:
            self._exceptions ^= {row}
        was_open = block is not None and block.opened
        self._view.open(row, opened=folded, unfolded=self._shows_thought(row))
        self._settle()
        if index is None or block is None:
            return ""
        if is_long and was_open != folded and self._view.line_in_window(index, block.cut) is None:
            return _lines_said(block)
        if turned and self._view.line_in_window(index) is None:
            return f"The reasoning is {'shown' if folded else 'folded'} above."
        return ""

    def _shows_thought(self, row: int) -> bool:
        return (row in self._exceptions) != self._unfolds

    def _show_thought(self, row: int) -> None:
        if not self._shows_thought(row):
            self._exceptions ^= {row}
            self._view.unfold(row, True)

    def fold_all(self) -> None:
        """Show what was thought before all messages, or hide it again."""
        self._unfolds = not self._unfolds
        self._exceptions.clear()
        self.redraw()

    def _put_cursor(self, index: int) -> None:
        """Put the cursor on a message, and the window at its beginning unless all of it is there."""
        self._point_at(index)
        view = self._view
        if not view.holds(index) or (view.alignment is not None and view.alignment.ends_above(view)):
            view.show(index)
        if view.holds(index):
            if index < len(view.path) - 1:
                view.stay()
            elif view.alignment is None:
                view.follow()
            else:  # others that are in step may go on below
                view.stays = False
        self._moved()

    def _put_cursor_at_end(self) -> None:
        """Put the cursor on the last message, and the window at its end, where it follows."""
        if self._view.path:
            self._point_at(len(self._view.path) - 1)
            self.scroll_to_end()

    def _point_at(self, index: int) -> None:
        """Put the cursor on a message, whether that is in the window or not."""
        left = self.reading
        self._adrift = False
        self._set_cursor(index, left)

    def _set_cursor(self, index: int, left: Reading | None) -> None:
        self._cursor, self._code = index, 0
        self._mark_cursor()
        self.post_message(self.CursorMoved(self, self._view.path[index], left))

    def _keep_cursor_in_sight(self) -> bool:
        """Put the cursor on the nearest message in the window if it is on none of them; return whether it moved."""
        seen, last = self._view.in_sight, len(self._view.path) - 1
        if not seen:
            return False
        index = max(seen.start, min(seen.stop - 1, self._cursor))
        if self._adrift and self.follows and not self.has_focus and last in seen:
            index = last  # nobody saw where it was meanwhile
        if index == self._cursor:
            return False
        self._adrift = True
        self._set_cursor(index, None)
        return True

    def _lay_out(self) -> Sequence[Strip]:
        view, size = self._view, self.size
        if view.lent and size != self._lent_in:
            view.lend(0)
        lines, seen = super()._lay_out(), view.in_sight
        if seen and not view.waits:
            if self._drops_cursor(seen.stop):
                # To ask about a message takes no other one.
                view.lend(view.lent + view.below(self._cursor) - size.height)
                self._lent_in = size
                lines = super()._lay_out()
            elif not view.lent:
                self._seen_in, self._moves_then = size, view.moves
        return super()._lay_out() if self._keep_cursor_in_sight() else lines

    def _drops_cursor(self, stop: int) -> bool:
        """Tell whether the window, which ends before a message, is too small now for the one that the cursor is on."""
        size, before = self.size, self._seen_in
        smaller = size.height < before.height or (size.width < before.width and not self._adrift)
        return smaller and self._view.moves == self._moves_then and self.has_focus and self._cursor >= stop

    # Drawing

    def _make_look(self) -> Look:
        return look_of(self, nameless=self._nameless)

    def _make_block(self, row: int) -> MessageBlock:
        width = max(_LEAST_WIDTH, self.size.width)
        opened = row in self._view.opened
        block = MessageBlock(
            self._state,
            row,
            width,
            self._styles(),
            unfolded=self._shows_thought(row),
            opened=opened,
            instead=self._instead(row),
            held=row in self._held_back,
        )
        block.mark_above(row < self._start)
        if self.has_focus and row == self._cursor_row:
            block.mark(True, self._code)
        return block

    def _instead(self, row: int) -> str | None:  # noqa: ARG002 - for those that show something else
        """Return what is shown in place of a message's text; None for the text."""
        return None

    def _mark_cursor(self) -> None:
        marked = self._cursor_row if self.has_focus else None
        for row, block in self._view.blocks.items():
            block.mark(row == marked, self._code)

    def watch_has_focus(self, has_focus: bool) -> None:
        """Show the message cursor while the transcript has the keyboard."""
        super().watch_has_focus(has_focus)
        self._adrift = self._adrift and not has_focus
        self._mark_cursor()
        self._settle()


def _lines_said(block: MessageBlock) -> str:
    """Return how much is shown of a very long text, as far as that is known."""
    if block.opened:
        return "All lines of the message are shown."
    return f"{block.hides:,} lines are folded." if block.whole else "The middle of the message is folded."
