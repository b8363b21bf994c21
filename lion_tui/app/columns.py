"""The chats that are shown: one, or several branches side by side."""

from __future__ import annotations

import random
from itertools import pairwise
from typing import TYPE_CHECKING, Final

from lion_tui.app.column_facts import ColumnFacts, facts_of, heading, ranked
from lion_tui.app.diffing import ColumnDifferences, Diffing
from lion_tui.app.transcript.alignment import Alignment
from lion_tui.app.transcript.path_view import BEGIN
from lion_tui.app.widgets.chat_pane import ChatPane
from lion_tui.core.changes import Position
from lion_tui.core.counting import counted
from lion_tui.core.tree import NO_ROW
from lion_tui.core.tree_path import TreePath, shared
from lion_tui.core.turns import Turns

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Sequence
    from typing import Any

    from textual.containers import Horizontal
    from textual.geometry import Size
    from textual.widget import Widget

    from lion_tui.app.scheduler import FrameScheduler
    from lion_tui.app.transcript import Reader
    from lion_tui.app.transcript.viewport import Viewport
    from lion_tui.app.widgets.said import Said
    from lion_tui.core.tree import Tree
    from lion_tui.session import Session

_LEAST: Final = 46
"""Cells that a column has at least; where several have no room, fewer are shown at a time."""
_FRAME: Final = 6
"""Cells that the border leaves no title."""
_NOTHING_MORE = "Nothing goes on from what is in common. P shows it."


class Column:
    """A chat among others.

    Attributes:
        number: What it is called, from 1; it stays when another column goes.
        pane: Where it is shown.
        position: What it shows.
        path: Its messages, from the root.
        tail: Those that not all columns have in common.
        turns: The turns of these.
    """

    def __init__(self, number: int, pane: ChatPane, position: Position, tree: Tree) -> None:
        """Begin with an empty path."""
        self.number, self.pane, self.position = number, pane, position
        self.path, self.tail = TreePath(tree), TreePath(tree)
        self.turns = Turns(self.tail, tree.role)


class Columns:
    """What each chat pane shows. The one that had the keyboard last shows what is current.

    Attributes:
        target: The column that the composer writes to; None for all of them.
        opened: Whether the messages that all columns have in common are shown in each.
        locked: Whether they scroll together, turn by turn.
        shuffles: Whether what is compared from now on stands in an order of chance.
        diffing: Finds out what differs between two of them.
        begin: What is said where there is no message yet.
    """

    def __init__(
        self, session: Session, scheduler: FrameScheduler, run: Callable[[Coroutine[Any, Any, None]], object]
    ) -> None:
        """Begin with one chat; `run` runs a coroutine on the screen's behalf."""
        self._session = session
        self._scheduler = scheduler
        pane = ChatPane(session.state, scheduler, id="chat-pane", classes="-active")
        self._columns = [Column(1, pane, session.state.current, session.state.tree)]
        self._active = self._columns[0]
        self._left = 0  # the first column that is in sight
        self._common = 0
        self._met: dict[Viewport, int] = {}  # how often each was moved when they showed the same place, one at a time
        self._seen: set[int] = set()  # the last messages that stood in sight as a whole
        self._held: frozenset[int] = frozenset()  # the answers that are not shown yet
        self._chosen_base: Column | None = None
        self._row: Horizontal | None = None
        self._width = 0  # of the row, when what it has room for was last found out
        self._sizes: list[Size] = []  # of the row and of the columns then
        self._band: Said | None = None
        self.target: Column | None = None
        self.opened = self.shuffles = self._nameless = False
        self.locked = True
        self.begin = BEGIN
        self._alignment = Alignment()
        self.diffing = Diffing(session.state, run, self.show_differences)

    @property
    def positions(self) -> list[Position]:
        """What is shown side by side; empty where there is one chat."""
        return [column.position for column in self._columns] if self.comparing else []

    @property
    def comparing(self) -> bool:
        """Whether several chats are shown."""
        return len(self._columns) > 1

    @property
    def active(self) -> ChatPane:
        """The pane that shows what is current."""
        return self._active.pane

    @property
    def transcripts(self) -> list[Reader]:
        """The transcripts, from left to right."""
        return [column.pane.transcript for column in self._columns]

    def place(self, row: Horizontal, band: Said) -> None:
        """Say where the panes are mounted, and where it is said what they have in common."""
        self._row, self._band = row, band

    # What is compared

    def compare(self, positions: Sequence[Position]) -> None:
        """Show what these positions show side by side."""
        if self.shuffles:
            positions = random.sample(positions, len(positions))
        unit = self.diffing.unit  # those that are compared anew go on showing what differs
        self.end()
        self.diffing.unit = unit
        state = self._session.state
        self._columns[0].position = positions[0]
        for number, position in enumerate(positions[1:], 2):
            pane = ChatPane(state, self._scheduler)
            self._columns.append(Column(number, pane, position, state.tree))
        self._active = next((each for each in self._columns if each.position == state.current), self._columns[0])
        if self._row is not None:
            self._row.mount_all([column.pane for column in self._columns[1:]])

    def shuffle(self) -> None:
        """Put the columns in an order of chance, each with its place in its path; the first one is active."""
        self._columns = random.sample(self._columns, len(self._columns))
        for left, right in pairwise(self._columns):
            if self._row is not None:
                self._row.move_child(right.pane, after=left.pane)
        for number, column in enumerate(self._columns, 1):
            column.number = number
        self._go_on_in(self._columns[0])
        self._left, self.target, self._chosen_base = 0, None, None
        self._seen.clear()

    def end(self) -> None:
        """Show only what is current."""
        kept = self._active
        for column in self._columns:
            if column is not kept:
                column.pane.remove()
        self._columns = [kept]
        kept.number, kept.position, kept.pane.display = 1, self._session.state.current, True
        self._left, self.target, self.opened, self._chosen_base = 0, None, False, None
        self._seen.clear()
        self._met.clear()
        self.diffing.forget()
        self.show_differences()

    def activate(self, widget: Widget) -> None:
        """Make what a pane shows current, because it got the keyboard."""
        for column in self._columns:
            if column.pane.transcript is widget and column is not self._active:
                self._look()
                self._go_on_in(column)
                self._session.state.show(column.position)

    def _go_on_in(self, column: Column) -> None:
        """Let a column be active; one that is out of sight comes to the place where the other was, if it is not yet."""
        before, self._active = self._active, column
        if not self.locked or column.pane.display:
            return
        here, there = before.pane.transcript.view, column.pane.transcript.view
        if self._met.get(here) != here.moves:
            self._met = {here: here.moves}
        if self._met.get(there) != there.moves:
            column.pane.transcript.show_as(before.pane.transcript)
            self._met[there] = there.moves

    def beside(self, step: int) -> Reader:
        """Return the transcript so many columns to the right."""
        at = self._columns.index(self._active) + step
        return self._columns[at % len(self._columns)].pane.transcript

    def choose_target(self) -> None:
        """Let the composer write to the next column, and after the last one to all."""
        following = 0 if self.target is None else self._columns.index(self.target) + 1
        self.target = self._columns[following] if following < len(self._columns) else None

    def targets(self) -> list[Position]:
        """Return what the composer writes to; a path without a name that is not current gets a branch first."""
        if not self.comparing:
            return [self._session.state.current]
        return [self._writable(each) for each in (self._columns if self.target is None else [self.target])]

    def aims(self) -> list[Position]:
        """Return what the composer writes to, as it is now: no path gets a branch for that."""
        if not self.comparing:
            return [self._session.state.current]
        return [column.position for column in (self._columns if self.target is None else [self.target])]

    def _writable(self, column: Column) -> Position:
        if column.position.branch_id is None and column is not self._active:
            column.position = Position(self._session.fork(column.position.node_id).branch_id)
        return column.position

    def numbered(self) -> list[tuple[int, Position]]:
        """Return the number of each column and what it shows, from left to right."""
        return [(column.number, column.position) for column in self._columns]

    @property
    def number(self) -> int:
        """The number of the column that has the keyboard, or had it last."""
        return self._active.number

    def pane(self, number: int) -> ChatPane:
        """Return the pane of the column that has a number."""
        return next(column.pane for column in self._columns if column.number == number)

    def unseen(self) -> list[int]:
        """Return the numbers of the columns whose last message has ended and was not in sight since."""
        self._look()
        state = self._session.state
        heads = {each.number: state.head_row(each.position) for each in self._columns}
        return [number for number, row in heads.items() if row not in self._seen and not self._comes(row)]

    @property
    def coming(self) -> bool:
        """Whether an answer comes in any of the columns."""
        return any(self._comes(self._session.state.head_row(each.position)) for each in self._columns)

    def _comes(self, row: int) -> bool:
        return row != NO_ROW and self._session.state.tree.status[row] == "streaming"

    def _look(self) -> None:
        """Note what is in sight now; what still comes, or is held back, is not seen yet."""
        state = self._session.state
        heads = {state.head_row(each.position) for each in self._columns if each.pane.display}
        self._seen |= {row for row in heads - self._held if not self._comes(row)}

    def shows(self, row: int) -> bool:
        """Tell whether a message is on a path that is shown, if only in a column that there is no room for now."""
        tree, state = self._session.state.tree, self._session.state
        return any(tree.holds(state.head_row(column.position), row) for column in self._columns)

    # Drawing

    def follow(self) -> None:
        """Show the paths as they are now; the active pane shows what is current."""
        state = self._session.state
        current = state.current
        if self.comparing:
            self._active = next((each for each in self._columns if each.position == current), self._active)
        self._active.position = current
        self._drop_lost()
        for column in self._columns:
            column.path.move(state.head_row(column.position))
        common = shared([column.path for column in self._columns]) if self.comparing else 0
        base = self._active.path[common - 1] if common else NO_ROW
        after = NO_ROW if self.opened else base
        paths = [each.view.path for each in self.transcripts]
        before = [(path.after, path.end) for path in paths]
        for column in self._columns:
            if self.comparing:
                column.turns.follow(column.tail.move(state.head_row(column.position), base))
            transcript = column.pane.transcript
            transcript.hide_names(self._nameless)
            transcript.empty = _NOTHING_MORE if common and not self.opened else self.begin
            transcript.show_path(state.head_row(column.position), after)
            column.pane.set_class(column is self._active, "-active")
        self._common = common
        self.hold_back()
        self.fit()
        self._keep_step([(path.after, path.end) == known for path, known in zip(paths, before, strict=True)])
        self.say_who_answers()
        self.show_differences()

    def _keep_step(self, same: Sequence[bool]) -> None:
        """Have columns whose paths are others now show what those show whose paths are not, or the active one."""
        if all(same):
            return
        stay = [column for column, stays in zip(self._columns, same, strict=True) if stays]
        self._leading([each for each in stay if not self._alignment.ends_above(each.pane.transcript.view)]).lead()

    def _leading(self, columns: Sequence[Column] = ()) -> Reader:
        """Return the transcript that shows what is read: of these, if any is in sight; the active one, if it can."""
        in_sight = [column for column in columns or self._columns if column.pane.display]
        readers = [column.pane.transcript for column in in_sight if column.pane.transcript.view.path]
        reach = [reader for reader in readers if not self._alignment.ends_above(reader.view)] or readers
        return self.active.transcript if self.active.transcript in reach or not reach else reach[0]

    def toggle_common(self) -> None:
        """Show in every column what all have in common, just above what was at the top, or hide it again."""
        readers = [self._leading()] if self.locked else self.transcripts
        at_start = [each for each in readers if each.view.goal is not None and each.view.top == (0, 0)]
        self.opened = not self.opened
        self.follow()
        for each in at_start if self.opened else []:
            each.scroll_lines(-(each.size.height // 2))

    def fit(self) -> None:
        """Show as many columns as there is room for, the one with the keyboard among them."""
        if self._row is None or self._band is None:
            return
        self._width, self._sizes = self._row.size.width, self._sizes_now
        if not self.comparing:
            self._band.say("")
            self._alignment.align([])
            return
        before = self.diffing.unified
        count, active = self._room(), self._columns.index(self._active)
        self._left = min(max(self._left, active - count + 1), active, len(self._columns) - count)
        for index, column in enumerate(self._columns):
            column.pane.display = self._left <= index < self._left + count
        self.diffing.unified = count == 1
        self._look()
        in_sight = [each.pane.transcript for each in self._columns[self._left : self._left + count]]
        self._alignment.align(in_sight if self.locked and count > 1 else [])
        self._band.say(self._extent(count))
        self.say_who_answers()
        if self.diffing.unified != before:
            self.show_differences()

    def laid_out(self) -> None:
        """Show as many columns as there is room for, if they have other sizes than before."""
        if self._row is not None and self._sizes_now != self._sizes:
            self.resized()

    @property
    def _sizes_now(self) -> list[Size]:
        return [each.size for each in (self._row, *self.transcripts) if each is not None and each.display]

    def resized(self) -> None:
        """Show as many columns as there is room for now; they stay in step."""
        self.fit()
        self._leading().lead()

    def toggle_lock(self) -> None:
        """Have the columns scroll together, or each alone."""
        self.locked = not self.locked
        self.resized()

    def _room(self) -> int:
        """Return how many columns there is room for."""
        return max(1, min(len(self._columns), self._width // _LEAST))

    def _extent(self, count: int) -> str:
        """Return what is in common, what differs, and which columns are in sight; a key goes if it has no room."""
        many = counted(self._common, "message") if self._common else "nothing"
        said = [f"{many} in common"]
        if self.diffing.unit:
            said.append(self._differences_said())
        if not self.locked:
            said.append("each scrolls alone")
        if count < len(self._columns):
            shown = "column " if count == 1 else f"columns {self._left + 1} to "
            said.append(f"{shown}{self._left + count} of {len(self._columns)}")
        room = self._width - _FRAME
        shows = "P hides them" if self.opened else "P shows them"
        if self._common and len(" · ".join([*said, shows])) <= room:
            said.insert(1, shows)
        others = "in the chat h l show the others"
        if count < len(self._columns) and len(" · ".join([*said, others])) <= room:
            said.append(others)
        chooses = "= on another one compares with that"
        if self.diffing.unit and len(self._columns) > 2 and len(" · ".join([*said, chooses])) <= room:
            said.append(chooses)
        return " · ".join(said)

    # What differs

    @property
    def _base(self) -> Column:
        """The column that the others are compared with: the one that was chosen for that, else the first one."""
        return self._chosen_base if self._chosen_base in self._columns else self._columns[0]

    def _against(self, column: Column) -> Column:
        """Return what a column is compared with: the base, which itself is with the one that has the keyboard."""
        if column is not (base := self._base):
            return base
        others = [each for each in self._columns if each is not base]
        return self._active if self._active in others else others[0]

    def _differences_said(self) -> str:
        """Return which columns are compared, and how."""
        mine = self._active if self.diffing.unified or self._active is not self._base else self._against(self._active)
        many = len(self._columns) > 2 and not self.diffing.unified
        who = f"all against {self._base.number}" if many else f"{mine.number} against {self._against(mine).number}"
        return f"{who} {self.diffing.said}"

    def show_differences(self) -> None:
        """Show what differs as far as it is known, if that is wanted."""
        for column in self._columns:
            differences = None
            if self.comparing and self.diffing.unit:
                # Where there is room for one column, what differs is shown from its side.
                newer = self.diffing.unified or column is not self._base
                differences = ColumnDifferences(self.diffing, column.turns, self._against(column).turns, newer=newer)
            column.pane.transcript.compare_with(differences)

    def toggle_differences(self) -> None:
        """Show what differs from the column with the keyboard where there are several others, or show it no more."""
        base = self._active if len(self._columns) > 2 else None
        if base is None or not self.diffing.unit or base is self._base:
            self.diffing.toggle()
        self._chosen_base = base
        self.diff()

    def diff(self) -> None:
        """Show what differs as `diffing` says."""
        self.show_differences()
        self.fit()

    def _drop_lost(self) -> None:
        """Leave out the columns whose branches or messages were deleted; the active one shows what is current."""
        lost = [column for column in self._columns if not self._is_there(column.position)]
        for column in lost:
            column.pane.remove()
            self._columns.remove(column)
            if self.target is column:
                self.target = None
        if lost and not self.comparing:
            self.end()

    def _is_there(self, position: Position) -> bool:
        tree = self._session.state.tree
        if position.branch_id is not None:
            return position.branch_id in self._session.state.refs
        return position.node_id is None or tree.alive(tree.row(position.node_id))

    # What is said above the columns

    def facts(self) -> list[ColumnFacts]:
        """Return what is known of each column, from left to right."""
        waiting, found = self._session.waiting, []
        for column in self._columns:
            facts = facts_of(self._session.state, column.number, column.position)
            if self.comparing and not self.opened and not len(column.tail):
                facts = ColumnFacts(facts.number, facts.name)  # the last answer of it is none of those that are shown
            head = column.path[-1] if len(column.path) else NO_ROW
            if waiting and self._session.state.tree.id(head) in waiting:
                facts = facts._replace(status="waiting")
            found.append(facts)
        return ranked(found)

    def hide_names(self, hidden: bool) -> None:
        """Say nowhere who answers and how fast, or say it again."""
        self._nameless = hidden
        for column in self._columns:
            column.pane.transcript.hide_names(hidden)
        self.hold_back()
        self.say_who_answers()

    def hold_back(self) -> None:
        """Without names, show the answers that come once all have come: how fast one comes would tell whose it is."""
        state = self._session.state
        heads = {state.head_row(column.position) for column in self._columns}
        coming = {row for row in heads if self._comes(row)} if self._nameless else set()
        held = (self._held & heads | coming) if coming else frozenset()
        if held == self._held:
            return
        self._held = frozenset(held)
        for column in self._columns:
            column.pane.transcript.hold_back(self._held)

    def say_who_answers(self) -> None:
        """Say in the title of each pane what it shows, and of several who answers there and what is going on."""
        if not self.comparing:
            detached = "" if self._active.position.branch_id else ", writing makes a branch"
            self.active.entitle(f"{facts_of(self._session.state, 1, self._active.position).name}{detached}")
            return
        room = self._width // self._room() - _FRAME
        for column, facts in zip(self._columns, self.facts(), strict=True):
            told = self._nameless_facts(column, facts) if self._nameless else facts
            column.pane.entitle(heading(told, room))

    def _nameless_facts(self, column: Column, facts: ColumnFacts) -> ColumnFacts:
        """Return what does not tell who answers; which one ended first would."""
        held = self._session.state.head_row(column.position) in self._held
        return ColumnFacts(facts.number, "", "streaming" if held else facts.status)

    @property
    def target_name(self) -> str:
        """What is said before the composer of where it writes to."""
        if not self.comparing:
            return "›"
        return "› all" if self.target is None else f"› {self.target.number}"
