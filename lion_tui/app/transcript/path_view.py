"""A window onto a path of messages as a widget: it scrolls, has a scrollbar of its own, and draws only what changed."""

from __future__ import annotations

from abc import abstractmethod
from itertools import zip_longest
from typing import TYPE_CHECKING

from rich.segment import Segment
from textual.geometry import Region
from textual.message import Message as TextualMessage
from textual.widget import Widget

from lion_tui.app.transcript.kept_blocks import deadline
from lion_tui.app.transcript.line_strip import LineStrip
from lion_tui.app.transcript.scrollbar import THUMB
from lion_tui.app.transcript.viewport import END, Goal, Viewport
from lion_tui.core.turns import Turns

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from textual import events
    from textual.geometry import Size
    from textual.strip import Strip

    from lion_tui.app.scheduler import FrameScheduler
    from lion_tui.app.transcript.block import MessageBlock
    from lion_tui.app.transcript.drawing import Look
    from lion_tui.app.transcript.markdown import Line
    from lion_tui.core.state import State

_WHEEL = 3
BEGIN = "Write below and press enter. The answers come here."
BEGIN_FIRST = f"{BEGIN}\n\nNew here? /tour shows the main keys on a sample session."
_STILL = 3
"""So many flushes after it was moved, the window may be taken to stay where it is."""
_FEW = 8
"""Lines that are drawn one by one; more of them are drawn with all others."""


class PathView(Widget):
    """A path of messages, drawn line by line; a `lion_tui.app.scheduler.Pane`.

    While it follows, the window stays at the end. Several on one screen know of each other only
    what an `Alignment` says.

    Attributes:
        empty: What is said where there is no message.
    """

    class Scrolled(TextualMessage):
        """The window is elsewhere in the path, or something came below it."""

        def __init__(self, place: str) -> None:
            """Carry what is said of the place; nothing at the end."""
            super().__init__()
            self.place = place

    def __init__(self, state: State, scheduler: FrameScheduler, *, id: str | None = None) -> None:  # noqa: A002 - Textual's name for it
        """Show messages of `state`, drawn when `scheduler` says so while they stream."""
        super().__init__(id=id)
        self._state = state
        self._scheduler = scheduler
        self.empty = BEGIN
        self._view = Viewport(state.tree, self._make_block)
        self._window: Sequence[Strip] | None = None
        self._look: Look | None = None
        self._fits: Size | None = None  # for which all was laid out since it was drawn anew; None if for several
        self._blank: LineStrip | None = None  # the line where there is no message
        self._thumb = Segment(THUMB)
        self._grip: int | None = None  # where on the thumb the mouse holds it
        self._held = 0  # the line of the window where the thumb is then
        self._new_below = False
        self._leads = False  # whether it still has to
        self._scrolls = False  # whether they still have to scroll with it
        self._stale = False  # whether others have it drawn anew, though nothing of its own is new
        self._moves = self._still = 0  # how often the window was moved, and how often it was flushed since
        self._place = ""

    @abstractmethod
    def _make_block(self, row: int) -> MessageBlock:
        """Return the lines of a message."""

    @abstractmethod
    def _make_look(self) -> Look:
        """Return the styles to draw with."""

    def on_mount(self) -> None:
        """Begin to be drawn while messages stream."""
        self._scheduler.add(self)

    def on_unmount(self) -> None:
        """End that."""
        self._scheduler.remove(self)

    # What is where

    @property
    def follows(self) -> bool:
        """Whether the window stays at the end of the path."""
        return self._view.follows

    def text_at(self, y: int) -> tuple[int, int | None] | None:
        """Return what is drawn at a line of the window: the row of a message, and the line of its text.

        Without a text, around it, the latter is None. Below the last message there is nothing.
        """
        if (place := self._view.place_at(y)) is None:
            return None
        index, line = place
        return self._view.path[index], self._view.block(index).text_line(line)

    def headers(self) -> Iterator[tuple[int, int]]:
        """Yield the lines of the window that messages begin with, each with its message."""
        for y, (index, line) in enumerate(self._view.places()):
            if self._view.block(index).section(line) == "header":
                yield y, self._view.path[index]

    def text_line(self, row: int, index: int) -> Line:
        """Return a line of the text of a message in the window; it knows its source."""
        return self._view.blocks[row].line_of_text(index)

    def reveal_offset(self, row: int, offset: int, section: str = "text") -> None:
        """Have a character of a text of a message in the window; what is folded is opened.

        Args:
            row: The message; one that is not on the path is left alone.
            offset: The place in its source.
            section: The text, or "thought", which must be shown.
        """
        if self._view.show_offset(row, offset, section):
            self._moved()

    # Scrolling

    def scroll_lines(self, lines: int) -> None:
        """Move the window by so many lines; at the end it follows again."""
        if self._view.alignment is not None:
            self._scroll_all(lines)
            return
        self._view.scroll(lines)
        self._settle()

    def _scroll_all(self, lines: int = 0) -> None:
        """Move the window and those that are in step with it, as soon as it is known where that leads."""
        alignment = self._view.alignment
        self._scrolls = alignment is not None and not alignment.scroll(lines)
        if self._scrolls:
            self._scheduler.touch_pane(self)

    def scroll_page(self, pages: int) -> None:
        """Move the window by pages, two lines of each kept."""
        self.scroll_lines(pages * max(1, self.size.height - 2))

    def scroll_to_start(self) -> None:
        """Move the window to the first message."""
        self._view.show(0)
        self._moved()

    def scroll_to_end(self) -> None:
        """Move the window to the end and follow it."""
        self._view.follow()
        self._moved()

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        """Scroll towards the end."""
        event.stop()
        self.scroll_lines(_WHEEL)

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        """Scroll towards the beginning."""
        event.stop()
        self.scroll_lines(-_WHEEL)

    def on_scrollbar(self, x: int) -> bool:
        """Tell whether a column is the scrollbar's, and there is one."""
        return x == self.size.width - 1 and self._view.bar.shown

    def on_mouse_down(self, event: events.MouseDown) -> None:
        """Take hold of the scrollbar; beside the thumb, have it come there first."""
        if self.on_scrollbar(event.x):
            event.stop()
            bar = self._view.bar
            self._grip = event.y - bar.thumb.start if event.y in bar.thumb else bar.size // 2
            self.capture_mouse()
            self._pull(event.y)

    def on_mouse_move(self, event: events.MouseMove) -> None:
        """Pull the thumb along."""
        if self._grip is not None:
            event.stop()
            self._pull(event.y)

    def on_mouse_up(self, event: events.MouseUp) -> None:
        """Let the scrollbar go."""
        if self._grip is not None:
            event.stop()
            self._grip = None
            self.release_mouse()
            self._settle()

    def _pull(self, y: int) -> None:
        bar = self._view.bar
        self._held = max(0, min(bar.height - bar.size, y - (self._grip or 0)))
        self._view.scroll_to(bar.line_at(self._held))
        self._moved()

    # What the scheduler asks for

    def shows(self, row: int) -> bool:
        """Tell whether a message is on the path."""
        return row in self._view.path

    def flush(self, rows: Collection[int]) -> bool:
        """Draw what is new of messages; return whether something in the window is not laid out yet."""
        view = self._view
        for row in rows:
            view.grew(row)
            self._new_below = self._new_below or (not view.follows and row == view.path[len(view.path) - 1])
        more = view.unfinished and (view.lacks_lines or self._stands_still())
        if more:
            view.lay_out_more()
        if more or rows or self._stale:
            self._stale = False
            self._draw_changes()
        if self._scrolls:
            self._scroll_all()
        if self._leads:
            self.lead()
        return view.unfinished or self._leads or self._scrolls

    def _stands_still(self) -> bool:
        """Tell whether the window stays where it is, about: who moves on needs nothing of what is below it."""
        if self._moves != self._view.moves:
            self._moves, self._still = self._view.moves, 0
        self._still += 1
        return self._still > _STILL

    def spin(self, rows: Collection[int], *, turns: bool) -> None:
        """Turn the spinners of the messages that stream."""
        turned = [block for row in rows if (block := self._view.blocks.get(row))] if turns else []
        for block in turned:
            block.frame += 1
        if turned:
            self._draw_changes()

    # Drawing

    def redraw(self) -> None:
        """Draw every message anew; what is read stays where it is."""
        self._view.forget()
        self._look = self._blank = None
        self._settle()

    def on_resize(self) -> None:
        """Lay the window out at its new size."""
        self.fit_size()

    def fit_size(self) -> bool:
        """Have the window laid out at its size, if it is not yet, and return that; what is at the top stays there."""
        if self._fits == self.size:
            return False
        self.redraw()
        return True

    def notify_style_update(self) -> None:
        """Draw in the theme's new colours, if they are others: that the keyboard came to the pane changes none."""
        super().notify_style_update()
        look = self._look
        if look is None or look != (new := self._make_look()) or not look.markdown.agrees_with(new.markdown):
            self.redraw()

    def _styles(self) -> Look:
        if self._look is None:
            self._fits = self.size
            self._look = self._make_look()
            self._thumb = Segment(THUMB, self._look.shown[self._look.dim])
        return self._look

    def _settle(self) -> None:
        self._window = None
        self.refresh()

    def settle(self) -> None:
        """Have the window laid out anew when it is drawn next."""
        self._settle()

    def draw_soon(self) -> None:
        """Have drawn what is another in the window, when its turn comes."""
        self._stale = True
        self._scheduler.touch_pane(self)

    @property
    def stands(self) -> bool:
        """Whether it is on the screen, laid out and with its styles."""
        return self.is_attached and bool(self.size)

    @property
    def view(self) -> Viewport:
        """The window."""
        return self._view

    def _moved(self) -> None:
        """Draw the window where it was moved to, and have those that are in step with it go there too."""
        self._settle()
        self.lead()

    def show_as(self, other: PathView) -> None:
        """Show the place of the path that another one shows of its: of the same turn the same message and line."""
        goal = other.view.goal
        if goal is None or not self._view.path:
            self._view.follow()
        else:
            self._view.return_to(self._beside(other, goal))
            self._view.stay()  # the end may be in sight there, and is not what is read
        self._settle()

    def _beside(self, other: PathView, goal: Goal) -> Goal:
        """Return the place that answers to one of another path.

        Where that is not laid out yet, it is as far in the source.
        """
        role = self._state.tree.role
        mine, others = Turns(self._view.path, role), Turns(other.view.path, role)
        index = other.view.path.find(goal.row) or 0
        turn = others.of(index)
        if turn >= len(mine):
            return Goal(self._view.path.end, END)
        places = mine.places(turn)
        row = self._view.path[min(places.start + index - others.places(turn).start, places.stop - 1)]
        if not other.stands:
            return Goal(row, goal.anchor)
        # It is measured as the other one is laid out: this one may be out of sight, and laid out for another width.
        read, block = other.view.block(index), other._make_block(row)
        line = read.find(goal.anchor)
        block.lay_out(deadline(), line + 2)
        if not read.holds(goal.anchor) or (not block.whole and line >= len(block) - 1):
            return Goal(row, goal.anchor)
        return Goal(row, block.anchor(min(line, len(block) - 1)))

    def lead(self) -> None:
        """Have the windows that are in step with this one show what it shows, as soon as it is known where that is."""
        alignment = self._view.alignment
        if alignment is not None and self.stands and self._view.path:
            if alignment.fit_sizes() or self._leads:
                self._view.find_again()  # there may be other empty lines below what is beside others
            if self._window is None:
                self._window = self._lay_out()
            else:
                self._draw_changes()
            self._leads = self._view.waits or not alignment.lead(self._view)
            if self._leads:
                self._scheduler.touch_pane(self)
        else:
            self._leads = False

    def _arrive(self) -> None:
        """Lay the window out where it was moved to, unless it is."""
        if self._window is None and self.stands:
            self._window = self._lay_out()

    def _draw_changes(self) -> None:
        """Lay the window out now, and have only the lines drawn that are others."""
        before = self._window
        if before is None or not self.size:
            self._settle()
            return
        self._window = after = self._lay_out()
        changed = [y for y, (old, new) in enumerate(zip_longest(before, after)) if old is not new]
        if len(changed) > _FEW:
            self.refresh()
        elif changed:
            self.refresh(*(Region(0, y, self.size.width, 1) for y in changed))

    def _lay_out(self) -> Sequence[Strip]:
        self._styles()
        if self._fits != self.size:
            self._fits = None
        view = self._view
        view.height = self.size.height
        lines = view.lay_out()
        bar = view.bar
        if bar.shown:
            thumb = bar.thumb if self._grip is None else range(self._held, self._held + bar.size)
            for y in range(thumb.start, min(thumb.stop, len(lines))):
                lines[y] = lines[y].with_end(self._thumb)
        self._say_place()
        if view.unfinished:
            self._scheduler.touch_pane(self)
        return lines

    def _say_place(self) -> None:
        self._new_below = self._new_below and not self._view.at_end
        first = (self._view.in_sight or [self._view.top[0]])[0]  # not one of which only the line below it is there
        place = "" if self.follows else f"{first + 1} of {len(self._view.path)}"
        if self._new_below:
            place = f"↓ new below · {'G' if isinstance(self.screen.focused, PathView) else 'ctrl+end'}"
        if place != self._place:
            self._place = place
            self.post_message(self.Scrolled(place))

    def render_lines(self, crop: Region) -> list[Strip]:
        """Return lines of the window as they are: no border, padding or filter is to be added to them."""
        if not self.is_attached:  # taken away, with its styles, and drawn once more until the screen is laid out anew
            return [LineStrip([Segment(" " * crop.width)], crop.width)] * crop.height
        if self._window is None:
            self._window = self._lay_out()
        size, window = self.size, self._window  # Textual reckons the size anew each time
        lines = [window[y] if y < len(window) else self._empty_line(y, size) for y in range(crop.y, crop.bottom)]
        if crop.x or crop.width != size.width:
            lines = [line.crop(crop.x, crop.right) for line in lines]
        return lines

    def _empty_line(self, y: int, size: Size) -> Strip:
        """Return a line of the window where no message is."""
        width = size.width
        if not self._view.path and 0 <= (index := y - size.height // 2) <= self.empty.count("\n"):
            said = self.empty.split("\n")[index]
            return LineStrip([Segment(said[:width].center(width), self._styles().dim)], width)
        if self._blank is None or self._blank.cell_length != width:
            self._blank = LineStrip([Segment(" " * width, self.rich_style)], width)
        return self._blank
