"""What a reader does with the text of a transcript: select it, look for something in it, follow its links."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Protocol

from textual.message import Message as TextualMessage

from lion_tui.app.slices import moment, pause
from lion_tui.app.transcript.block import SECTIONS
from lion_tui.app.transcript.marks import NO_MARKS, Marks
from lion_tui.app.transcript.search import PARTS, Hit, Needle, Search
from lion_tui.app.transcript.selection import Point, Selection
from lion_tui.app.transcript.transcript import Transcript
from lion_tui.app.working import begin
from lion_tui.core.tree import NO_ROW

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from textual import events
    from textual.timer import Timer

    from lion_tui.app.scheduler import FrameScheduler
    from lion_tui.app.transcript.block import MessageBlock, Unit
    from lion_tui.app.transcript.marks import Range
    from lion_tui.app.transcript.transcript import Reading
    from lion_tui.core.state import State

_DRAG_S = 1 / 30
_UNITS: dict[int, Unit] = {2: "word", 3: "paragraph"}


class Differences(Protocol):
    """What differs between the messages of a transcript and others."""

    def ranges(self, row: int) -> Sequence[Range]:
        """Return what differs in a message's text, or in what is shown in its place."""

    def text(self, row: int) -> str | None:
        """Return what is shown in place of a message's text, if anything is."""


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

    def __init__(self, state: State, scheduler: FrameScheduler, *, id: str | None = None) -> None:  # noqa: A002 - Textual's name for it
        """Show messages of `state`, drawn when `scheduler` says so while they stream."""
        super().__init__(state, scheduler, id=id)
        self._selection: Selection | None = None
        self._cut = (NO_ROW, (0, 0))  # the message that is to be cut, and the last word that is kept
        self._pressed: Point | None = None
        self._dragged = False
        self._clicks = False  # whether the button went down on the text and stayed where it was
        self._followed = False
        self._pointer = (0, 0)
        self._dragging: Timer | None = None
        self._search: Search | None = None
        self._hit: Hit | None = None
        self._origin: Reading | None = None  # where one was before something was looked for
        self._work: Iterator[None] | None = None
        self._worker_runs = False
        self._differences: Differences | None = None

    # What is shown

    def compare_with(self, differences: Differences | None) -> None:
        """Show what differs, or that more of it is known; None for nothing."""
        if self._differences is differences is None:
            return
        self._differences = differences
        self._view.remake([row for row, block in self._view.blocks.items() if block.instead != self._instead(row)])
        self._mark_texts()

    def _instead(self, row: int) -> str | None:
        return self._differences.text(row) if self._differences else None

    def show_path(self, end: int, after: int = NO_ROW) -> None:
        """Show the path to the row `end`, as `Transcript.show_path`; what is selected stays as far as it is on it."""
        path = self._view.path
        length = len(path)
        last = path[length - 1] if length else NO_ROW
        super().show_path(end, after)
        if self._selection is not None and not all(point.row in path for point in self._selection):
            self._selection = None
        if self._pressed is not None and self._pressed.row not in path:
            self._end_drag()
        if self._hit is not None and self._hit.row not in path:
            self._hit = None
        if self._search is not None:
            # A message has one path that leads to it, so those before it are the same too.
            grown = 0 < length <= len(path) and path[length - 1] == last
            self._work = self._work if grown else None
            self._search.changed(length if grown else 0)
            self._count_on()
        self._mark_texts()

    def flush(self, rows: Collection[int]) -> bool:
        """Draw what is new of messages, and count what is found in it."""
        path = self._view.path
        if self._search is not None and path and path[len(path) - 1] in rows:
            self._search.changed(len(path) - 1)
            self._count_on()
        return super().flush(rows)

    def _make_block(self, row: int) -> MessageBlock:
        block = super()._make_block(row)
        block.mark_texts(self._marks(row))
        return block

    def _mark_texts(self) -> None:
        """Draw what is marked now; a line that shows nothing of it stays as it is."""
        for row, block in self._view.blocks.items():
            block.mark_texts(self._marks(row))
        self._draw_changes()

    def _marks(self, row: int) -> list[Marks]:
        changed = self._differences.ranges(row) if self._differences else ()
        cut = self._cut[1] if self._cut[0] == row else (0, 0)
        if self._selection is None and self._search is None and not changed and cut == (0, 0):
            return [NO_MARKS] * len(PARTS)
        return [
            Marks(
                self._selection.range_in(row, part) if self._selection else (0, 0),
                self._search.needle if self._search else None,
                self._hit[2:] if self._hit and self._hit[:2] == (row, part) else (0, 0),
                changed if PARTS[part] == "content" else (),
                cut if PARTS[part] == "content" else (0, 0),
            )
            for part in range(len(PARTS))
        ]

    # Cutting

    def first_in_sight(self, row: int) -> int:
        """Return where in a message's text the first line of it begins that is in the window; 0 if none is."""
        for y in range(self.size.height):
            at = self.text_at(y)
            if at and at[0] == row and at[1] is not None and (span := self.text_line(row, at[1]).span):
                return span[0]
        return 0

    def show_cut(self, row: int, at: int | None) -> None:
        """Show where a message's text is to be cut; None shows it as it is."""
        if at is None:
            self._cut = (NO_ROW, (0, 0))
            self._mark_texts()
            return
        word = self._state.tree.content(row)[:at].rsplit(None, 1)[-1]
        self._cut = (row, (at - len(word), at))
        self._mark_texts()
        self.reveal_offset(row, at - 1)

    # Selecting

    def on_mouse_down(self, event: events.MouseDown) -> None:
        """Begin to select."""
        self._clicks = event.button == 1 and not self.on_scrollbar(event.x)
        if self._clicks:
            self._pressed, self._dragged = self._point(event.x, event.y), False
            self._pointer = (event.x, event.y)
        if self._pressed is not None:
            self.capture_mouse()

    def on_mouse_move(self, event: events.MouseMove) -> None:
        """Select up to the pointer."""
        if self._pressed is None:
            return
        if event.button != 1:  # it was released where nobody saw it
            self._end_drag()
        elif self._dragged or (event.x, event.y) != self._pointer:
            if not self._dragged:
                self._dragged, self._clicks, self._followed = True, False, self.follows
                self._view.stay()  # what is selected must not run away under the pointer
            self._pointer = (event.x, event.y)
            self._drag()

    def on_mouse_up(self, event: events.MouseUp) -> None:  # noqa: ARG002 - as of PathView
        """End what was begun."""
        self._end_drag()

    def on_click(self, event: events.Click) -> None:
        """Take the selection away, or follow a link; with two clicks select a word, with three a paragraph."""
        if not self._clicks:
            return
        if event.chain > 1:
            point = self._point(event.x, event.y, _UNITS[min(event.chain, max(_UNITS))])
            self._select(Selection(point, point) if point else None)
        elif not self.clear_selection() and (target := self._link(event.x, event.y)):
            self.post_message(self.LinkClicked(target))

    def selected_source(self) -> str:
        """Return what is selected, as it was written; empty if nothing is."""
        if not self._selection:
            return ""
        path = self._view.path
        first, last = path.find(self._selection.first.row), path.find(self._selection.last.row)
        rows = [path[index] for index in range(first or 0, (last or 0) + 1)]
        return self._selection.source(rows, self._text)

    def clear_selection(self) -> bool:
        """Select nothing, and tell whether something was selected."""
        return self._select(None)

    def _select(self, selection: Selection | None) -> bool:
        before, self._selection = self._selection, selection or None
        if self._selection != before:
            self._mark_texts()
        return before is not None

    def _drag(self) -> None:
        """Select up to the pointer; while that is above or below the window, again and again after scrolling."""
        x, y = self._pointer
        beyond = min(y, 0) + max(0, y - self.size.height + 1)
        if beyond:
            self._followed = False
            self.scroll_lines(beyond)
            self._view.stay()
            self._dragging = self._dragging or self.set_interval(_DRAG_S, self._drag)
        else:
            self._end_scrolling()
        if self._pressed and (point := self._point(x, y)):
            self._select(Selection(self._pressed, point))

    def _end_drag(self) -> None:
        self._end_scrolling()
        if self._pressed is not None:
            self.release_mouse()
            self._move_on(follow=self._followed)
        self._pressed, self._dragged, self._followed = None, False, False

    def _end_scrolling(self) -> None:
        if self._dragging is not None:
            self._dragging.stop()
            self._dragging = None

    def _move_on(self, *, follow: bool = False) -> None:
        """Follow the end again where that is in sight, and with `follow` wherever one is."""
        self._view.return_to(None if follow else self._view.goal)
        self._settle()

    def _point(self, x: int, y: int, unit: Unit = "character") -> Point | None:
        """Return what is under the pointer; above and below the window, what is at its edge; None without messages."""
        if not 0 <= y < self.size.height:
            x, y = (0, 0) if y < 0 else (self.size.width, self.size.height - 1)
        if not self._view.path:
            return None
        index, line = self._place_at(y)
        return Point(self._view.path[index], *self._view.block(index).spot(line, x, unit))

    def _place_at(self, y: int) -> tuple[int, int]:
        """Return the message that a line of the window belongs to, and which line of it that is.

        A line below the last message is a line beyond its end.
        """
        if self._window is None:
            self._window = self._lay_out()
        return self._view.place_at(y) or (len(self._view.path) - 1, sys.maxsize)

    def _link(self, x: int, y: int) -> str | None:
        if not self._view.path:
            return None
        index, line = self._place_at(y)
        return self._view.block(index).link_at(line, x)

    def _text(self, row: int, part: int) -> str:
        """Return a text of a message; empty if it is folded away."""
        if PARTS[part] == "reasoning" and not self._shows_thought(row):
            return ""
        if PARTS[part] == "content" and (shown := self._instead(row)) is not None:
            return shown
        return self._state.tree.texts.get(row, PARTS[part]) or ""

    # Finding

    def find(self, text: str) -> None:
        """Look for a text from where one is; the first hit is gone to, all that are in the window are marked.

        Args:
            text: What is looked for, in letters of any case unless one is a capital; with an empty one, one is where
                one was.
        """
        if self._origin is None:
            self._origin = self.reading
        self._go_back()
        self._begin(text)
        self._seek_from_top(1)

    def mark(self, text: str) -> None:
        """Look for a text, but stay where one is."""
        self._begin(text)
        self._count_on()

    def _begin(self, text: str) -> None:
        self._hit = self._work = None
        self._search = Search(self._state, self._view.path, Needle(text)) if text else None
        self._mark_texts()
        if self._search is None:
            self._say("")

    def find_next(self, step: int) -> None:
        """Go to the next hit, with -1 to the one before; around the ends of the path if need be."""
        if self._hit is None:
            self._seek_from_top(step)
        else:
            row, part, start, end = self._hit
            self._seek(row, part, end if step > 0 else start, step)

    def keep_hits(self) -> None:
        """Stay where one is: ending the search does not lead back any more."""
        self._origin = None

    def end_find(self) -> None:
        """Look for nothing any more; one is where one was, unless the hits were kept."""
        if self._origin is None:
            self._move_on()
        self._go_back()
        self._search = self._hit = self._origin = self._work = None
        self._mark_texts()

    def _go_back(self) -> None:
        if self._origin is not None:
            self.return_to(self._origin)

    def _seek_from_top(self, step: int) -> None:
        """Go to the first hit from where the window begins, or to the last before that."""
        if point := self._point(0, 0):
            self._seek(point.row, point.part, point.spot.start, step)
        else:
            self._count_on()

    def _seek(self, row: int, part: int, offset: int, step: int) -> None:
        """Go to a hit, and count all, in slices."""
        if self._search is not None:
            self._work = self._looking(self._search, self._search.seek(row, part, offset, step))
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
            begin(self, self._finish, group="find")

    async def _finish(self) -> None:
        try:
            while True:
                await pause()
                if self._finish_slice():
                    break
        finally:
            self._worker_runs = False

    def _finish_slice(self) -> bool:
        """Work for a moment, and tell whether all is done."""
        if self._work is not None and moment(self._work):
            self._work = None
        return self._work is None

    def _show_hit(self, hit: Hit) -> None:
        """Bring a hit into the window, unfolded, and put the message cursor on its message."""
        self._hit = hit
        if PARTS[hit.part] == "reasoning":
            self._show_thought(hit.row)
        if (index := self._view.path.find(hit.row)) is not None:
            self._point_at(index)
        self.reveal_offset(hit.row, hit.start, SECTIONS[hit.part])
        self._view.stay()
        self._mark_texts()

    def show_found(self, text: str, hit: Hit) -> None:
        """Bring a hit of a text that is looked for elsewhere too into the window; all others in it are marked."""
        if self._search is None or self._search.needle.written != text:
            self.mark(text)
        self.keep_hits()
        if hit.row in self._view.path:
            self._show_hit(hit)

    def _say(self, said: str) -> None:
        self.post_message(self.Found(said))
