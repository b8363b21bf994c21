"""What of a path of messages is in sight: the place in it, and the messages near it, laid out."""

from __future__ import annotations

from itertools import islice
from math import inf
from typing import TYPE_CHECKING, NamedTuple

from lion_tui.app.transcript.block import Anchor
from lion_tui.app.transcript.heights import HeightIndex
from lion_tui.app.transcript.kept_blocks import KeptBlocks, deadline
from lion_tui.app.transcript.scrollbar import ScrollBar
from lion_tui.core.tree import NO_ROW
from lion_tui.core.tree_path import TreePath

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator

    from lion_tui.app.transcript.alignment import Alignment
    from lion_tui.app.transcript.block import MessageBlock
    from lion_tui.app.transcript.line_strip import LineStrip
    from lion_tui.core.tree import Tree


class Goal(NamedTuple):
    """A line that the window is to begin at, or so many lines above it; what it is folded into is opened if need be."""

    row: int
    anchor: Anchor
    above: int = 0
    opens: bool = False


END = Anchor("blank", 0)
"""The last line of a message: it is found when that is laid out to its end."""


class Viewport:
    """A window onto a path of messages; only what is in it is laid out.

    The place is a message and a line of it, so nothing above the window needs to be measured, and no height that turns
    out to be another moves what is read.

    Attributes:
        path: The messages.
        height: Lines of the window.
        top: Where it begins: the place of a message in the path, and a line of that message.
        follows: Whether it stays at the end of the path.
        lent: Lines that it begins below its place, while it is too low for what one is at.
        moves: How often it was moved; what is laid out anew, or comes below it, moves nothing.
        at_end: Whether nothing is below it, as it was laid out last.
        stays: Whether it follows no further, although it may show the end.
        held: Whether it has to show what it showed when it had another size, or other lines, and was not moved since.
        in_sight: The messages that are in it, as it was laid out last; none while it waits for where it is to be.
        opened: The rows of the very long messages that are shown in full.
        role: The role of the message in each row.
        alignment: What keeps the window in step with others; None if it is alone.
        blocks: The messages that are laid out, by row.
    """

    def __init__(self, tree: Tree, make: Callable[[int], MessageBlock]) -> None:
        """Begin with an empty path.

        Args:
            tree: The messages.
            make: Makes the lines of the message in a row.
        """
        self.path = TreePath(tree)
        self.height = 0
        self.top = (0, 0)
        self.follows = True
        self.moves = 0
        self.at_end = True
        self.held = False
        self.lent = 0
        self.in_sight = range(0)
        self.opened: set[int] = set()
        self.role = tree.role
        self.alignment: Alignment | None = None
        self.blocks = KeptBlocks(make)
        self._heights = HeightIndex()
        self._goal: Goal | None = None
        self._reached: tuple[tuple[int, int], Goal] | None = None
        self.stays = False
        self._unfinished: list[MessageBlock] = []
        self._shows_end = False  # whether the last line of the path is in the window

    # The path

    def move(self, end: int, after: int = NO_ROW) -> bool:
        """Show the path to another message, as `TreePath.move`; return whether it is the same one, or longer.

        It is the same one too if it begins elsewhere: what is at the top of the window stays there, or what is nearest.
        """
        before, last = len(self.path), self.path.end
        goal = self.goal if after != self.path.after else None
        kept = self.path.move(end, after)
        grown = kept == before > 0
        if not grown:
            self._heights.resize(kept)
            grown = last != NO_ROW and last in self.path
            if grown and goal is not None:
                self._find_again(goal)
            else:
                if not grown:
                    self.follow()
                self.top = (max(0, len(self.path) - 1), 0)
        self._heights.resize(len(self.path))
        if self.alignment is not None:
            self.alignment.moved(self, kept)
        for block in self.blocks.values():
            block.forget_tail()
        return grown

    def _find_again(self, goal: Goal) -> None:
        """Stay where the window was on a path that begins elsewhere now: at its beginning, if that is hidden."""
        index = self.path.find(goal.row)
        self.top = (0, 0) if index is None else (index, self.top[1])
        self._goal, self._reached = None if index is None else goal, None

    def forget(self) -> None:
        """Have every message laid out anew, with the same words at the top of the window."""
        self.hold()
        self.blocks.clear()
        self._unfinished = []
        self._changed()

    def _changed(self) -> None:
        """Say that heights may be others."""
        if self.alignment is not None:
            self.alignment.changed(self)

    def remake(self, rows: Collection[int]) -> None:
        """Have messages laid out anew, with the same words at the top of the window."""
        if rows:
            self.hold()
            self._changed()
        for row in rows:
            del self.blocks[row]

    def open(self, row: int, *, opened: bool, unfolded: bool) -> None:
        """Show all of a message or fold it again: a very long text, and what was thought."""
        self.hold()
        (self.opened.add if opened else self.opened.discard)(row)
        if block := self.blocks.get(row):
            block.opened = opened
        self.unfold(row, unfolded)
        self._changed()

    def unfold(self, row: int, unfolded: bool) -> None:
        """Show what was thought before a message, or hide it."""
        self.hold()
        if block := self.blocks.get(row):
            block.unfold(unfolded)
            block.lay_out(deadline())
            self._changed()

    @property
    def goal(self) -> Goal | None:
        """The place of the window, which is found again whatever becomes of the lines; None while it follows."""
        if self.follows or not self.path:
            return None
        if self._goal is not None:
            return self._goal
        if self._reached and self._reached[0] == self.top:
            return self._reached[1]  # not measured anew: resizing again and again would drift
        index, line = self.top
        block = self.block(index, line + 1)
        if block.opened:
            self.opened.add(self.path[index])
        return Goal(self.path[index], block.anchor(line))

    @property
    def waits(self) -> bool:
        """Whether the place that it is to be at is not laid out yet."""
        return self._goal is not None

    def hold(self) -> None:
        """Keep the words that are at the top of the window there, whatever becomes of the lines above them."""
        self.find_again()
        self.held = not self.follows

    def find_again(self) -> None:
        """Look for the place of the window anew when it is laid out next."""
        self._goal = self.goal

    def lend(self, lines: int) -> None:
        """Begin so many lines below the place of the window, which it goes back to when these are none again."""
        self.find_again()
        self.lent = lines

    def below(self, index: int) -> int:
        """Return how many lines of the window a message needs that begins in it or below it, with its first two."""
        first, offset = self.top
        return sum(len(self.block(each)) for each in range(first, index)) - offset + 2

    def grew(self, row: int) -> None:
        """Lay out what is new of a message, if it is laid out at all."""
        block = self.blocks.get(row)
        if block is None:
            return
        if row == self.path[self.top[0]]:
            self.find_again()  # a table's columns may be others now, and the lines above with them
        block.update()
        block.lay_out(deadline())
        if self.alignment is not None and (index := self.path.find(row)) is not None:
            self.alignment.grew(self, index)

    # The messages

    def block(self, index: int, lines: float = inf) -> MessageBlock:
        """Return the message at a place of the path; of a long one perhaps only the beginning is laid out.

        Args:
            index: The place.
            lines: How many of its lines are enough: what is below the window is laid out after it was drawn, unless
                others are to be as high.
        """
        block = self.blocks.lay_out(self.path[index], lines if self.alignment is None else inf)
        block.padding = 0 if self.alignment is None else self.alignment.padding(self, index)
        return block

    def bare_height(self, index: int) -> int:
        """Return how high a message is without the empty lines that keep others in step."""
        block = self.blocks.lay_out(self.path[index])
        return len(block) - block.padding

    def whole_block(self, index: int) -> MessageBlock:
        """Return the message at a place of the path, laid out to its end."""
        block = self.block(index)
        block.lay_out_all()
        return block

    # Moving

    def show(self, index: int, line: int = 0, above: int = 0) -> None:
        """Begin the window so many lines above a line of a message."""
        self._leave(follows=False)
        self.top = (index, line)
        if above:
            self._goal = self._move(-above)

    def follow(self) -> None:
        """Move the window to the end, and stay there."""
        self._leave(follows=True)

    def stay(self) -> None:
        """Keep the window where it is until it is moved: even at the end it does not follow what streams."""
        self.top, self.follows, self.stays = self.place, False, True

    def return_to(self, goal: Goal | None) -> None:
        """Move the window to where `goal` was."""
        self._leave(follows=goal is None)
        self._goal = goal

    def show_offset(self, row: int, offset: int, section: str = "text") -> bool:
        """Have a character of a message's text in the window; return whether the message is on the path."""
        index = self.path.find(row)
        if index is None:
            return False
        self._reach_goal()
        anchor = Anchor(section, offset)
        block = self.block(index)
        in_sight = self._goal is None and block.shows(anchor)
        if not in_sight or self.line_in_window(index, block.find(anchor)) is None:
            self._leave(follows=False)
            self._goal = Goal(row, anchor, self.height // 3, opens=True)
        else:
            self.stay()
        return True

    def scroll(self, lines: int) -> None:
        """Move the window by so many lines."""
        if lines > 0 and self.follows and self.alignment is None:
            return  # nothing is below the end, also while that is to be laid out
        goal = self._goal or self._end_to_come
        if goal is None or goal.anchor is not END:
            goal = self._move(lines)
        elif lines <= goal.above:
            goal = goal._replace(above=goal.above - lines)
        else:
            goal = self._move(lines - goal.above - 1)
        self._leave(follows=False)
        self._goal = goal

    @property
    def _end_to_come(self) -> Goal | None:
        """Where the window that follows is to begin, if that is in a message that is not laid out yet."""
        if not self.follows or self.alignment is not None:
            return None
        index, missing = len(self.path), self.height
        while index > 0 and missing > 0:
            index -= 1
            if not (block := self.block(index)).whole:
                return Goal(self.path[index], END, missing - 1)
            missing -= len(block)
        return None

    def _leave(self, *, follows: bool) -> None:
        self.follows, self._goal, self._reached = follows, None, None
        self.held = self.stays = False
        self.lent = 0
        self.moves += 1

    def _move(self, lines: int) -> Goal | None:
        """Move the window by so many lines, but not past what is not laid out: return the goal if it is there."""
        index, offset = self.place
        offset += lines
        while offset < 0 and index > 0:
            block = self.block(index - 1)
            if not block.whole:
                self.top = (index, 0)
                return Goal(self.path[index - 1], END, -offset - 1)
            index -= 1
            offset += len(block)
        while index < len(self.path) - 1 and offset >= len(block := self.block(index)):
            if not block.whole:
                offset = len(block) - 1
                break
            offset -= len(block)
            index += 1
        self.top = (index, max(0, offset))
        return None

    def scroll_to(self, line: int) -> None:
        """Begin the window at a line of the whole path, as `bar` counts them; at the last one it follows."""
        if not self.path:
            return
        index, offset = self._heights.at(line)
        self.show(index, min(offset, len(self.block(index)) - 1))
        self.follows = line >= self._heights.total - self.height

    @property
    def bar(self) -> ScrollBar:
        """Where the window is in the whole path."""
        index, offset = self.top
        total = self._heights.total
        ends = self.follows and self.alignment is None
        top = total - self.height if ends else self._heights.line_of(index) + offset if self.path else 0
        return ScrollBar(self.height, total, max(0, top))

    # What is in the window

    @property
    def place(self) -> tuple[int, int]:
        """Where the window begins, now that the path may be longer than when it was drawn."""
        if not self.follows:
            return self.top
        if self.alignment is not None:
            return self.alignment.top_of(self, self.alignment.end())
        return self.last_window()

    def places(self) -> Iterator[tuple[int, int]]:
        """Yield of each line of the window the place of its message in the path and the line of that message."""
        index, offset = self.place
        left = self.height
        while index < len(self.path) and left > 0:
            stop = min(len(self.block(index, offset + left)), offset + left)
            for line in range(offset, stop):
                yield index, line
            left -= max(0, stop - offset)
            index, offset = index + 1, 0

    def place_at(self, y: int) -> tuple[int, int] | None:
        """Return what is at a line of the window, as `places`; None outside the window and below the last message."""
        return next(islice(self.places(), y, None), None) if y >= 0 else None

    def line_in_window(self, index: int, line: int = 0) -> int | None:
        """Return where in the window a line of a message is; None if it is outside."""
        first, offset = self.place
        if index < first:
            return None
        at = -offset
        for each in range(first, index):
            at += len(self.block(each, self.height - at))
            if at >= self.height:
                return None
        return at + line if 0 <= at + line < self.height else None

    def holds(self, index: int) -> bool:
        """Tell whether all of a message is in the window."""
        at = self.line_in_window(index)
        if at is None:
            return False
        block = self.block(index, self.height - at + 1)  # of one that is higher, no more is needed
        return block.whole and at + len(block) <= self.height

    # Laying out

    @property
    def unfinished(self) -> bool:
        """Whether something in the window is not laid out to its end."""
        return bool(self._unfinished)

    @property
    def lacks_lines(self) -> bool:
        """Whether some of that is to be in the window now, not only below it."""
        return self.waits or any(not block.has_more for block in self._unfinished)

    def lay_out_more(self) -> None:
        """Lay out a slice of what is in the window and not laid out to its end."""
        block = self._unfinished[0]
        block.lay_out(deadline())
        if block.whole:
            del self._unfinished[0]
        self._changed()

    def lay_out(self) -> list[LineStrip]:
        """Return the lines in the window, and keep the window within the path."""
        self.blocks.begin_window()
        self._reach_goal()
        lines = [] if self.follows else self._lines()
        self.at_end = self.follows or (self._shows_end and self._goal is None)
        if self.at_end and self.alignment is not None:
            alignment = self.alignment
            self._end_at(alignment.top(self) if self.follows else alignment.within(self, self.top))
            lines = self._lines()
        elif self.at_end:
            # The end is in sight: fill the window from there.
            self.follows = self.follows or not (self.held or self.stays)
            self._end_at(self.last_window())
            lines = self._lines()
        if self._goal is not None and (index := self.path.find(self._goal.row)) is not None:
            self._unfinished.insert(0, self.block(index))
            if self._goal.anchor is not END:
                self.in_sight = range(0)
        self.blocks.drop(self._near)
        return lines

    def _end_at(self, top: tuple[int, int]) -> None:
        """Begin the window higher than it should, for it shows the end; a smaller one goes back to its place."""
        if top != self.top:
            goal, self.top = self.goal, top
            self._reached = None if goal is None else (top, goal)

    def _near(self) -> set[int]:
        """Return the rows that come into sight soon, whichever way one scrolls."""
        first, last = max(0, self.top[0] - self.height), min(len(self.path), self.top[0] + 2 * self.height)
        return {self.path[index] for index in range(first, last)}

    def _reach_goal(self) -> None:
        """Bring the window to where it is to be, as soon as that is laid out."""
        if (goal := self._goal) is None:
            return
        index = self.path.find(goal.row)
        if index is None:
            self._goal = None
            return
        block = self.block(index)
        # Whether it is folded there is known once all is laid out; what opens it need not wait for that.
        if not (block.holds(goal.anchor) if goal.opens else block.whole or block.shows(goal.anchor)):
            if goal.anchor is END:  # the window waits, where it came down to
                return
            self.top = (index, max(0, len(block) - self.height))
            return
        if goal.anchor.section == "blank" and self.alignment:
            if not self.alignment.measured(self, index):
                return  # how many empty lines there are is not known yet
            block = self.block(index)
        if goal.opens and not block.shows(goal.anchor):
            block.opened = True
            self.opened.add(goal.row)
        self.top = (index, block.find(goal.anchor))
        self._goal = self._move(-goal.above) if goal.above else None
        if self.lent:
            self._move(self.lent)
        self._reached = None if goal.above else (self.top, goal)

    def last_window(self) -> tuple[int, int]:
        """Return the place at which the last window of the path begins."""
        index, missing = len(self.path), max(1, self.height)
        while index > 0 and missing > 0:
            index -= 1
            missing -= len(self.block(index))
        return index, max(0, -missing)

    def _lines(self) -> list[LineStrip]:
        index, offset = self.top
        lines: list[LineStrip] = []
        self._unfinished, missing = [], 0
        while index < len(self.path) and len(lines) < self.height:
            end = offset + self.height - len(lines)
            block = self.block(index, end)
            lines += block.strips(offset, end)
            self._heights.set(index, block.likely_height)
            if not block.whole:
                self._unfinished.append(block)
            missing = len(block) - end
            index, offset = index + 1, 0
        self._shows_end = index == len(self.path) and missing <= 0 and not self._unfinished
        first, offset = self.top
        if first < index - 1 and self.block(first, offset).section(offset) == "blank":
            first += 1  # nothing of it is there but the empty lines below it
        self.in_sight = range(first, index)
        return lines
