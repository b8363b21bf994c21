"""What a reader does with the text of a transcript: select it, look for something in it, follow its links."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, NamedTuple

from textual.message import Message as TextualMessage

from lion_tui.app.transcript.marks import NO_MARKS, Marks
from lion_tui.app.transcript.search import PARTS, Hit, Needle, Search
from lion_tui.app.transcript.selection import Point, Selection
from lion_tui.app.transcript.spots import Spot
from lion_tui.app.transcript.transcript import Transcript

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from textual import events
    from textual.strip import Strip
    from textual.timer import Timer

    from lion_tui.app.transcript.block import Unit
    from lion_tui.core.state import State

_SLICE_S = 0.004
"""How long is looked for something at a time; then whatever else waits has its turn."""
_PAUSE_S = 0.001
_DRAG_S = 1 / 30
_UNITS: dict[int, Unit] = {2: "word", 3: "paragraph"}


class _Origin(NamedTuple):
    """Where the reader was before something was looked for."""

    top: tuple[int, int]
    follows: bool
    cursor: int


class Reader(Transcript):
    """A transcript whose text can be selected with the mouse and searched, and whose links can be followed.

    Both keep to the source of the messages: they stay where they are in the text when it is laid out anew, scrolls,
    or grows.
    """

    ALLOW_SELECT = False  # Textual's own selection is of cells

    class LinkClicked(TextualMessage):
        """A link was clicked."""

        def __init__(self, target: str) -> None:
            """Carry where it leads."""
            super().__init__()
            self.target = target

    class Found(TextualMessage):
        """There is something to say of what is looked for."""

        def __init__(self, said: str) -> None:
            """Carry what is said: the number of the hit, or that there is none."""
            super().__init__()
            self.said = said

    def __init__(self, state: State, *, id: str | None = None) -> None:  # noqa: A002 - Textual's name for it
        """Show messages of `state`."""
        super().__init__(state, id=id)
        self._selection: Selection | None = None
        self._pressed: Point | None = None
        self._dragged = False
        self._followed = False
        self._pointer = (0, 0)
        self._dragging: Timer | None = None
        self._search: Search | None = None
        self._hit: Hit | None = None
        self._origin: _Origin | None = None
        self._work: Iterator[None] | None = None
        self._worker_runs = False

    # What is shown

    def show_path(self, rows: Sequence[int]) -> None:
        """Show another path, or the same one with other messages at its end."""
        shown = self._rows
        super().show_path(rows)

        def same(index: int) -> bool:
            # A message has one path that leads to it, so those before it are the same too.
            return 0 <= index < min(len(rows), len(shown)) and rows[index] == shown[index]

        if self._selection is not None and not same(self._selection.last.message):
            self._select(None)
        if self._pressed is not None and not same(self._pressed.message):
            self._pressed = None
        if self._hit is not None and not same(self._hit.message):
            self._hit = None
        if self._search is not None:
            grown = same(len(shown) - 1)
            self._work = self._work if grown else None
            self._search.changed(rows, len(shown) if grown else 0)
            self._count_on()

    def message_changed(self, row: int) -> None:
        """Draw what is new of a message: it grew, or ended."""
        super().message_changed(row)
        if self._search is not None and self._rows and row == self._rows[-1]:
            self._search.changed(self._rows, len(self._rows) - 1)
            self._count_on()

    def draw_block(self, index: int, start: int, stop: int) -> list[Strip]:
        """Return lines of a message, with what is marked in them."""
        self._block(index).mark_texts([self._marks(index, part) for part in range(len(PARTS))])
        return super().draw_block(index, start, stop)

    def _marks(self, index: int, part: int) -> Marks:
        if self._selection is None and self._search is None:
            return NO_MARKS
        return Marks(
            self._selection.range_in(index, part) if self._selection else (0, 0),
            self._search.needle if self._search else None,
            self._hit[2:] if self._hit and self._hit[:2] == (index, part) else (0, 0),
        )

    # Selecting

    def on_mouse_down(self, event: events.MouseDown) -> None:
        """Begin to select."""
        if event.button == 1:
            self._pressed, self._dragged = self._point(event.x, event.y), False
            self._pointer = (event.x, event.y)
            self.capture_mouse()

    def on_mouse_move(self, event: events.MouseMove) -> None:
        """Select up to the pointer."""
        if self._pressed is None:
            return
        if event.button != 1:  # it was released where nobody saw it
            self._end_drag()
        elif self._dragged or (event.x, event.y) != self._pointer:
            if not self._dragged:
                # What is selected must not run away under the pointer.
                self._dragged, self._followed, self.follows = True, self.follows, False
            self._pointer = (event.x, event.y)
            self._drag()

    def on_mouse_up(self) -> None:
        """End what was begun."""
        self._end_drag()

    def on_click(self, event: events.Click) -> None:
        """Take the selection away, or follow a link; with two clicks select a word, with three a paragraph."""
        if self._dragged:
            self._dragged = False
        elif event.chain > 1:
            point = self._point(event.x, event.y, _UNITS[min(event.chain, max(_UNITS))])
            self._select(Selection(point, point))
        elif not self.clear_selection() and (target := self._link(event.x, event.y)):
            self.post_message(self.LinkClicked(target))

    def selected_source(self) -> str:
        """Return what is selected, as it was written; empty if nothing is."""
        return self._selection.source(self._text) if self._selection else ""

    def clear_selection(self) -> bool:
        """Select nothing, and tell whether something was selected."""
        return self._select(None)

    def _select(self, selection: Selection | None) -> bool:
        before, self._selection = self._selection, selection or None
        if self._selection != before:
            self._settle()
        return before is not None

    def _drag(self) -> None:
        """Select up to the pointer; while that is above or below the window, again and again after scrolling."""
        x, y = self._pointer
        beyond = min(y, 0) + max(0, y - self.size.height + 1)
        if beyond:
            self._followed = False
            self.scroll_lines(beyond)
            self._dragging = self._dragging or self.set_interval(_DRAG_S, self._drag)
        elif self._dragging is not None:
            self._dragging.stop()
            self._dragging = None
        if self._pressed is not None:
            self._select(Selection(self._pressed, self._point(x, y)))

    def _end_drag(self) -> None:
        if self._dragging is not None:
            self._dragging.stop()
            self._dragging = None
        if self._dragged and self._followed:
            self.scroll_to_end()
        self._pressed, self._followed = None, False
        self.release_mouse()

    def _point(self, x: int, y: int, unit: Unit = "character") -> Point:
        """Return what is under the pointer; above and below the window, what is at its edge."""
        if not 0 <= y < self.size.height:
            x, y = (0, 0) if y < 0 else (self.size.width, self.size.height - 1)
        index, line = self._place_at(y)
        return Point(index, *self._block(index).spot(line, x, unit)) if index >= 0 else Point(0, 0, Spot.of(0, 0))

    def _place_at(self, y: int) -> tuple[int, int]:
        """Return the message that a line of the window belongs to, and which line of it that is; -1 without messages.

        A line below the last message is a line beyond its end.
        """
        if self._window is None:
            self._window = self._lay_out()
        index, line = self._top[0], self._top[1] + y
        while index < len(self._rows) - 1 and line >= len(self._block(index)):
            line -= len(self._block(index))
            index += 1
        return min(index, len(self._rows) - 1), line

    def _link(self, x: int, y: int) -> str | None:
        index, line = self._place_at(y)
        return self._block(index).link_at(line, x) if index >= 0 else None

    def _text(self, index: int, part: int) -> str:
        """Return a text of a message; empty if it is folded away."""
        row = self._rows[index]
        if PARTS[part] == "reasoning" and not self.unfolded(row):
            return ""
        return self._state.tree.texts.get(row, PARTS[part]) or ""

    # Finding

    def find(self, text: str) -> None:
        """Look for a text from where one is; the first hit is gone to, all that are in the window are marked.

        Args:
            text: What is looked for, in letters of any case unless one is a capital; with an empty one, one is where
                one was.
        """
        if self._origin is None:
            self._origin = _Origin(self._top, self.follows, self._cursor)
        self._hit = self._work = None
        self._search = Search(self._state, self._rows, Needle(text)) if text else None
        self._go_back()
        if self._search is None:
            self._say("")
        else:
            self._seek(*self._place_at_top(), 1)

    def find_next(self, step: int) -> None:
        """Go to the next hit, with -1 to the one before; around the ends of the path if need be."""
        if self._search is None:
            return
        if self._hit is None:
            self._seek(*self._place_at_top(), step)
        else:
            message, part, start, end = self._hit
            self._seek(message, part, end if step > 0 else start, step)

    @property
    def finding(self) -> bool:
        """Whether something is looked for."""
        return self._search is not None

    def keep_hits(self) -> None:
        """Stay where one is: ending the search does not lead back any more."""
        self._origin = None

    def end_find(self) -> None:
        """Look for nothing any more; one is where one was, unless the hits were kept."""
        self._go_back()
        self._search = self._hit = self._origin = self._work = None
        self._settle()

    def _go_back(self) -> None:
        if self._origin is not None:
            self._top, self.follows, cursor = self._origin
            self._move_cursor_to(min(cursor, len(self._rows) - 1))
            self._settle()

    def _place_at_top(self) -> tuple[int, int, int]:
        """Return the place at which the window begins: a message, a text of it, and an offset in that."""
        point = self._point(0, 0)
        return point.message, point.part, point.spot.start

    def _seek(self, message: int, part: int, offset: int, step: int) -> None:
        """Go to a hit, and count all, in slices."""
        if self._search is not None:
            self._work = self._looking(self._search, self._search.seek(message, part, offset, step))
            self._go_on()

    def _looking(self, search: Search, hits: Iterator[Hit | None]) -> Iterator[None]:
        for hit in hits:
            if hit is not None:
                self._show_hit(hit)
            yield
        yield from self._counting(search)

    def _counting(self, search: Search) -> Iterator[None]:
        yield from search.count()
        if self._hit is not None:
            self._say(f"{search.number(self._hit):,} of {search.total:,}")
        else:
            self._say(f"{search.total:,} found" if search.total else "nothing found")

    def _count_on(self) -> None:
        """Count what is new, unless what is at work comes to it."""
        if self._work is None and self._search is not None:
            self._work = self._counting(self._search)
            self._go_on()

    def _go_on(self) -> None:
        """Work now, as long as nobody notices, and later on what is left."""
        if not self._finish_slice() and not self._worker_runs:
            self._say("searching…")
            self._worker_runs = True
            self.run_worker(self._finish(), group="find")

    async def _finish(self) -> None:
        try:
            while True:
                await asyncio.sleep(_PAUSE_S)
                if self._finish_slice():
                    break
        finally:
            self._worker_runs = False

    def _finish_slice(self) -> bool:
        """Work for a moment, and tell whether all is done."""
        end = time.perf_counter() + _SLICE_S
        while self._work is not None:
            if next(self._work, self) is self:
                self._work = None
            elif time.perf_counter() > end:
                return False
        return True

    def _show_hit(self, hit: Hit) -> None:
        """Bring a hit into the window, unfolded, and put the message cursor on its message."""
        self._hit = hit
        row = self._rows[hit.message]
        if PARTS[hit.part] == "reasoning" and not self.unfolded(row):
            self.fold(row)
        self._move_cursor_to(hit.message)
        self._show_line(hit.message, self._block(hit.message).line_of(hit.part, hit.start))
        self._settle()

    def _show_line(self, index: int, line: int) -> None:
        """Have a line of a message in the window, which does not follow the end then."""
        if self.follows:
            self.follows, self._top = False, self._last_window(self.size.height)
        if not 0 <= self._line_of(index) + line < self.size.height:
            self._top = (index, line)
            self.scroll_lines(-(self.size.height // 3))

    def _say(self, said: str) -> None:
        self.post_message(self.Found(said))
