"""The graph of a session, kept in step with it event by event: with the names on its heads, and what is filtered."""

from __future__ import annotations

import time
from bisect import bisect_left, insort
from itertools import count
from typing import TYPE_CHECKING, Final

from lion_tui.core.changes import HeadMoved, Lived, Made, MarkSet, RefSet
from lion_tui.core.events import Changed, Finished, Purged
from lion_tui.core.graph import Graph
from lion_tui.core.phrase import phrase
from lion_tui.core.tree import NO_ROW

if TYPE_CHECKING:
    from collections.abc import Iterable

    from lion_tui.core.changes import Change
    from lion_tui.core.events import Event
    from lion_tui.core.state import State

_LOOK_AT_CLOCK: Final = 64
"""Messages that are searched between two looks at the clock."""


class BranchGraph:
    """The graph of a session. What an event costs here does not grow with the session.

    Attributes:
        whole: The graph of everything.
        graph: What is drawn: everything, or what the filter found.
        query: What is filtered by; empty for everything.
        heads: By row, the ids of the branches whose head it is, in the order of their making.
        cost: What all answers cost together in US dollars; None if none of them is known.
    """

    def __init__(self, state: State) -> None:
        """Draw the session as it is."""
        self._state = state
        tree = state.tree
        self.heads: dict[int, list[str]] = {}
        self._head_of: dict[str, int] = {}
        self._colour_of: dict[str, int] = {}
        self._colours = count()
        for branch_id in sorted(state.refs):
            self._put_head(branch_id)
        self._unread = self._rows(state.unread)
        self._open = {row for row, status in enumerate(tree.status) if status != "complete"}
        marked = self._rows(state.marks)
        self.whole = Graph(
            tree,
            end=state.head_row(state.current),
            stands=self.heads.keys() | self._open | self._unread | marked,
            hidden={row for row in marked if state.archived(row)},
        )
        self.graph = self.whole
        self.query = ""
        self._searched = 0
        known = [cost for cost in tree.listed["cost_usd"] if cost is not None]
        self.cost: float | None = sum(known) if known else None

    def _rows(self, node_ids: Iterable[str]) -> set[int]:
        return {self._state.tree.row(node_id) for node_id in node_ids}

    # In step with the session

    def take(self, event: Event) -> None:
        """Take over what happened."""
        tree = self._state.tree
        match event:
            case Changed(_, gesture):
                for change in gesture.changes:
                    self._take_change(change)
            case Finished(_, node_id):
                row = tree.row(node_id)
                self._settle(row)
                if (cost := tree.value(row, "cost_usd")) is not None:
                    self.cost = (self.cost or 0) + cost
            case Purged(_, node_ids):
                for row in self._rows(node_ids):
                    self._settle(row)
        self._take_path()

    def _take_path(self) -> None:
        """Take over what is shown, and what was read so."""
        if self._state.unread or self._unread:
            unread = self._rows(self._state.unread)
            changed, self._unread = unread ^ self._unread, unread
            for row in changed:
                self._settle(row)
        end = self._state.head_row(self._state.current)
        total = self.whole.total
        self.whole.show(end)
        if self.whole.total != total:  # what is archived comes and goes with the path
            self._filter_anew()
        if self.graph is not self.whole:
            self.graph.show(end)

    def _take_change(self, change: Change) -> None:
        """Take over a step, whichever way it was done."""
        tree = self._state.tree
        match change:
            case Made(first, last):
                for row in tree.rows_of(first, last):
                    self._refresh(row)
                    self._settle(row)
            case Lived(node_id):
                self._refresh(tree.row(node_id))
                self._filter_anew()
            case HeadMoved(branch_id) | RefSet(branch_id):
                for row in self._put_head(branch_id):
                    self._settle(row)
            case MarkSet(node_id, mark):
                row = tree.row(node_id)
                if mark == "archived":
                    self.whole.hide(row, self._state.archived(row))
                    self._filter_anew()
                self._settle(row)

    def _refresh(self, row: int) -> None:
        self.whole.refresh([row])
        if self.graph is not self.whole:
            if self.whole.chains.drawn(row):
                self._search(row)
            else:
                self._filter_anew()

    def _put_head(self, branch_id: str) -> set[int]:
        """Put a branch's name where its head is now, and return the rows where it was and is."""
        before, ref = self._head_of.pop(branch_id, None), self._state.refs.get(branch_id)
        if before is not None:
            ids = self.heads.pop(before)
            del ids[bisect_left(ids, branch_id)]
            if ids:
                self.heads[before] = ids
        if ref is not None:
            self._colour_of.setdefault(ref.name, next(self._colours))
            if ref.head is not None:
                row = self._head_of[branch_id] = self._state.tree.row(ref.head)
                insort(self.heads.setdefault(row, []), branch_id)
        return {row for row in (before, self._head_of.get(branch_id)) if row is not None}

    def _settle(self, row: int) -> None:
        """See to it that what says something of its own is not folded away."""
        state = self._state
        node_id = state.tree.node_id[row]
        (self._open.discard if state.tree.status[row] == "complete" else self._open.add)(row)
        busy = row in self._open or node_id in state.unread
        self.whole.let_stand(row, busy or row in self.heads or node_id in state.marks)
        if self.graph is not self.whole:
            self.graph.let_stand(row, busy)
            self._search(row)

    # Near a message

    def near(self, row: int) -> int:
        """Return the message that is drawn and nearest to one, which need not be; `NO_ROW` if none is drawn.

        With a filter it is one that was found: the message itself, else one below, else one above. Without one it is
        beside the message, or above it.
        """
        graph, parents = self.graph, self._state.tree.parent
        while row != NO_ROW and not graph.holds(row):
            above = parents[row]
            row = above if self.query or (above != NO_ROW and not graph.holds(above)) else self._beside(row, above)
        line = start = graph.line_of(row) if row != NO_ROW else graph.first()
        if not self.query:
            return line.row if line and row == NO_ROW else row
        while line and not graph.is_found(line.row):
            line = graph.after(line)
        line = line or start
        while line and not graph.is_found(line.row):
            line = graph.before(line)
        return line.row if line else NO_ROW

    def _beside(self, row: int, above: int) -> int:
        """Return the drawn message after one under the same parent, else the one before it, else the parent."""
        drawn = [each for each in self._state.tree.children(above) if self.graph.holds(each)]
        return next((each for each in drawn if each > row), drawn[-1] if drawn else above)

    # Names

    def names(self, row: int) -> list[str]:
        """Return the names of the branches whose head a message is."""
        return [self._state.refs[branch_id].name for branch_id in self.heads.get(row, ())]

    def colour(self, name: str | None) -> int | None:
        """Return the number of a branch's colour, which stays; None if there never was a branch of that name."""
        return self._colour_of.get(name or "")

    # The filter

    def filter(self, query: str) -> None:
        """Draw only the messages whose text or branch name has `query` in it; they are found by `search`."""
        self.query = query.casefold()
        self._filter_anew()

    def _filter_anew(self) -> None:
        state, self._searched = self._state, 0
        self.graph = self.whole
        if self.query:
            end = state.head_row(state.current)
            stands = self._open | self._unread
            self.graph = Graph(state.tree, end=end, stands=stands, hidden=self.whole.hidden, sparse=True)

    @property
    def searching(self) -> bool:
        """Whether there are messages that `search` has not looked at."""
        return bool(self.query) and self._searched < len(self._state.tree)

    def search(self, seconds: float) -> None:
        """Go on looking for what the filter asks for, for about so many seconds of processor time.

        What is typed ahead acts on what was found, which must not depend on what else the machine does.
        """
        until = time.thread_time() + seconds
        for row in range(self._searched, len(self._state.tree)) if self.query else ():
            self._searched = row + 1
            self._search(row)
            if not row % _LOOK_AT_CLOCK and time.thread_time() > until:
                return

    def _search(self, row: int) -> None:
        if row < self._searched and self.whole.chains.drawn(row) and self.matches(row):
            self.graph.include(row)

    def matches(self, row: int) -> bool:
        """Tell whether a message's text, or the name of a branch whose head it is, has what is filtered by in it."""
        return self.place_in(self._state.tree.content(row)) >= 0 or any(
            self.query in name.casefold() for name in self.names(row)
        )

    def place_in(self, text: str) -> int:
        """Return where in the folded text what is filtered by begins, marks within it read over; -1 for nowhere."""
        found = phrase(self.query).search(text.casefold())
        return found.start() if found else -1
