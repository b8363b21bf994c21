"""Columns that scroll together: turn by turn, each as high as it is in the column where it is highest."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, Protocol

from lion_tui.app.transcript.kept_blocks import deadline
from lion_tui.core.turns import Turns

if TYPE_CHECKING:
    from collections.abc import Iterable

    from lion_tui.app.transcript.viewport import Viewport


class Place(NamedTuple):
    """A line of a turn."""

    turn: int
    line: int


class Aligned(Protocol):
    """What shows a window."""

    @property
    def view(self) -> Viewport:
        """The window."""

    @property
    def stands(self) -> bool:
        """Whether it is on the screen, laid out and with its styles."""

    def fit_size(self) -> bool:
        """Have the window laid out at its size, if it is not yet, and return that."""

    def settle(self) -> None:
        """Have the window laid out anew when it is drawn next."""

    def draw_soon(self) -> None:
        """Have drawn what is another in the window, when its turn comes."""


class Alignment:
    """Windows that show the same place of several paths, measured in turns that begin at the same line in all.

    A turn that is lower than elsewhere has empty lines below it, unless it is the last one of its path: what is not
    there needs no room. A path that is shorter than the others stays in sight: its window goes no further than the
    beginning of its last turn, or its own end.
    """

    def __init__(self) -> None:
        """Begin without windows."""
        self._panes: dict[Viewport, Aligned] = {}
        self._turns: dict[Viewport, Turns] = {}
        self._heights: dict[int, int] = {}
        self._ends: dict[Viewport, Place] = {}
        self._short: set[Viewport] = set()  # those that end above the place that the others show
        self._end = self._at = Place(0, 0)
        self._follows = True
        self._lines = 0  # that are still to be scrolled by

    def align(self, panes: Iterable[Aligned]) -> None:
        """Align the windows of these, and no others."""
        wanted = {pane.view: pane for pane in panes if pane.stands}
        for view in [each for each in self._turns if each not in wanted]:
            if self._panes[view].stands:
                view.hold()
            view.alignment = None
            self._panes[view].settle()
            del self._turns[view], self._panes[view]
            self._short.discard(view)
        for view, pane in wanted.items():
            if view not in self._turns:
                view.hold()
                self._turns[view], self._panes[view] = Turns(view.path, view.role), pane
                view.alignment = self
                pane.settle()
        self.changed()

    def moved(self, view: Viewport, kept: int) -> None:
        """Take over that only so many messages of a path are as they were."""
        self._turns[view].follow(kept)
        self.changed(view)

    def changed(self, view: Viewport | None = None) -> None:
        """Take over that heights may be others; that of one window is drawn by whoever says so."""
        self._heights.clear()
        self._ends.clear()
        for each, pane in self._panes.items():
            if each is not view:
                pane.draw_soon()

    def grew(self, view: Viewport, index: int) -> None:
        """Take over that a message of a path may be higher."""
        self._ends.pop(view, None)
        if self._heights.pop(self._turns[view].of(index), None) is not None:
            self.changed(view)

    # Heights

    def padding(self, view: Viewport, index: int) -> int:
        """Return how many empty lines stand below a message: below the last of a turn, where another turn comes."""
        turns = self._turns[view]
        turn = turns.of(index)
        places = turns.places(turn)
        if index != places[-1] or turn + 1 == len(turns):
            return 0
        if turn not in self._heights:
            self._heights[turn] = self._highest(turn)
        return self._heights[turn] - self._height(view, turn)

    def measured(self, view: Viewport, index: int) -> bool:
        """Lay out for a moment what the turn of a message is as high as, and return whether that was enough."""
        return self._measure_turn(self._turns[view].of(index))

    def _measure_turn(self, turn: int) -> bool:
        """Lay out for a moment what a turn is as high as, and return whether that was enough."""
        return all(
            self._lay_out(view, index)
            for view in self._standing()
            for index in (self._turns[view].places(turn) if turn < len(self._turns[view]) else ())
        )

    def _lay_out(self, view: Viewport, index: int) -> bool:
        """Lay out a message for a moment, and return whether that was enough."""
        block = view.block(index)
        if not block.whole:
            block.lay_out(deadline())
            self.changed(view)
        return block.whole

    def _height(self, view: Viewport, turn: int) -> int:
        return sum(view.bare_height(index) for index in self._turns[view].places(turn))

    # Places

    def place_of(self, view: Viewport, top: tuple[int, int]) -> Place:
        """Return the place of a line of a message."""
        turns = self._turns[view]
        if not len(turns):
            return Place(0, 0)
        turn = turns.of(top[0])
        return Place(turn, top[1] + sum(len(view.block(each)) for each in range(turns.places(turn).start, top[0])))

    def top_of(self, view: Viewport, place: Place) -> tuple[int, int]:
        """Return the line of a message at which a window begins that shows a place, or is as near as it goes."""
        turns = self._turns[view]
        if not len(turns):
            return 0, 0
        if place.turn >= len(turns):
            return self._farthest(view)
        index, line = turns.places(place.turn).start, place.line
        while index < len(view.path) - 1 and line >= len(view.block(index)):
            line -= len(view.block(index))
            index += 1
        return self.within(view, (index, line))

    def within(self, view: Viewport, top: tuple[int, int]) -> tuple[int, int]:
        """Return where a window begins that is to begin at a line of a message, and may go no further than the end."""
        return min(top, self._farthest(view))

    def _farthest(self, view: Viewport) -> tuple[int, int]:
        turns = self._turns[view]
        return max(view.last_window(), (turns.places(len(turns) - 1).start, 0)) if len(turns) else (0, 0)

    def end(self) -> Place:
        """Return where the windows begin when the end of the longest path is in sight."""
        for view in self._standing():
            if view not in self._ends:
                self._ends[view] = self.place_of(view, view.last_window())
        return max(self._ends.values(), default=Place(0, 0))

    def top(self, view: Viewport) -> tuple[int, int]:
        """Return where a window begins while it follows; the others are drawn anew if the end is elsewhere now."""
        if (end := self.end()) != self._end:
            self._end = end
            for each, pane in self._panes.items():
                if each is not view:
                    pane.draw_soon()
        return self.top_of(view, end)

    # Moving

    def ends_above(self, view: Viewport) -> bool:
        """Tell whether a window shows the end of its path because that is above the place that others show."""
        if self._follows and view in self._turns:
            return self._is_short(view, self.end())
        return view in self._short

    def _is_short(self, view: Viewport, place: Place) -> bool:
        return self.place_of(view, self.top_of(view, place)) < place

    def lead(self, view: Viewport) -> bool:
        """Have the other windows show what this one shows; return whether enough is laid out for that."""
        if view.follows:
            self.follow()
            return True
        if measured := self._measure(place := self.place_of(view, view.top)):
            self._go(place, but=view)
        return measured

    def fit_sizes(self) -> bool:
        """Have the windows laid out at their sizes, which not all were told of yet; return whether any was not."""
        fitted = [pane.fit_size() for pane in self._panes.values() if pane.stands]
        return any(fitted)

    def _measure(self, place: Place) -> bool:
        """Lay out for a moment what a place is found by, and return whether that was enough."""
        for view in self._standing():
            line, last = place.line, len(self._turns[view]) - 1
            for index in self._turns[view].places(min(place.turn, last)) if last >= 0 else ():
                # How far a window goes depends on the end of what it ends with.
                if (place.turn >= last or line >= len(view.block(index))) and not self._lay_out(view, index):
                    return False
                line -= len(view.block(index))
        return True

    def follow(self) -> None:
        """Show the end, and stay there."""
        self._follows, self._lines = True, 0
        self._short.clear()
        for view, pane in self._panes.items():
            view.follow()
            pane.settle()

    def scroll(self, lines: int = 0) -> bool:
        """Move all windows by so many lines; at the end they follow again.

        Returns:
            Whether they are there; else this is to be called again, for what they move over is not all laid out yet.
        """
        self._lines += lines
        if not self._lines:
            return True
        place = self._beyond(self.end() if self._follows else self._at, self._lines)
        if place is None or not self._measure(place):
            return False
        self._go(place)
        return True

    def _go(self, place: Place, but: Viewport | None = None) -> None:
        stay = any(view.held or view.stays for view in self._panes)
        if place >= self.end() and (but is None or (but.at_end and not stay)):
            self.follow()
            return
        self._at, self._follows, self._lines = place, False, 0
        self._short.clear()
        for view, pane in self._panes.items():
            if view is not but and pane.stands and view.path:
                if self._is_short(view, place):
                    self._short.add(view)
                view.show(*self.top_of(view, place))
                pane.settle()

    def _beyond(self, place: Place, lines: int) -> Place | None:
        """Return the place so many lines below another one; None if what is between is not laid out yet."""
        turn, line = place.turn, place.line + lines
        while line < 0 and turn > 0:
            turn -= 1
            if not self._measure_turn(turn):
                return None
            line += self._highest(turn)
        while (height := self._highest(turn)) and line >= height:
            if not self._measure_turn(turn):
                return None
            if self._highest(turn) == height:
                turn, line = turn + 1, line - height
        return Place(turn, max(0, line))

    def _highest(self, turn: int) -> int:
        return max((self._height(view, turn) for view in self._standing()), default=0)

    def _standing(self) -> list[Viewport]:
        return [view for view, pane in self._panes.items() if pane.stands]
