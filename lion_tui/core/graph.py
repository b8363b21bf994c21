"""The tree as a graph for the screen, like that of `git log --graph`: which message stands in which lane."""

from __future__ import annotations

from bisect import bisect_left
from typing import TYPE_CHECKING, Final, Literal, NamedTuple, TypeAlias

from lion_tui.core.chains import Chains
from lion_tui.core.tree import NO_ROW

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from collections.abc import Set as AbstractSet

    from lion_tui.core.tree import Tree

LONGEST_RUN: Final = 6
"""Messages of a run that are all drawn; a longer one is folded into one line."""
MOST_ARMS: Final = 4
"""Lanes that a fork opens at a time; its other children come below these."""
_MANY: Final = 2000
"""Messages that come at once from which on drawing everything anew is faster than adding them one by one."""

Kind: TypeAlias = Literal["message", "fork"]


class GraphLine(NamedTuple):
    """One line of the graph. Every lane left of `lane` is open: its messages come further down.

    Attributes:
        kind: A message, or the line below a fork, which opens lanes.
        row: The message; of a fork the child in its last lane, which comes next.
        lane: The lane of the message, from 0; of a fork that of the message above.
        depth: How many messages the path to `row` has.
        size: How many messages that come below `row` are folded away in its line; how many lanes a fork opens to the
            right of `lane`.
    """

    kind: Kind
    row: int
    lane: int
    depth: int
    size: int = 0


class Graph:
    """The lines of a tree's live messages, parents before children.

    The path that is shown keeps its lane and stands below what forks from it; elsewhere the child with most forks below
    keeps it, which takes the fewest lanes. A lane whose messages ended is free for the next child. A run without forks
    stays in one lane, and is folded into one line if it is long. Several roots are drawn as what forks from nothing.

    Lines are not kept: each is found from the one before or after it, at a cost that does not grow with the tree, so
    that a hundred thousand messages can change as fast as a few.

    Attributes:
        chains: The messages that are drawn.
        end: The last row of the path that is shown, or `NO_ROW`.
        root: The row that is drawn with all below it and nothing else; `NO_ROW` for everything.
        hidden: Rows that are left out with all below them, unless they are on the path that is shown.
    """

    def __init__(
        self,
        tree: Tree,
        *,
        end: int = NO_ROW,
        stands: Iterable[int] = (),
        hidden: AbstractSet[int] = frozenset(),
        sparse: bool = False,
    ) -> None:
        """Prepare the graph of a tree.

        Args:
            tree: The messages.
            end: The last row of the path that is shown.
            stands: Rows that are never folded away, such as the heads. `end` never is.
            hidden: Rows that are left out with all below them, unless they are on the path that is shown.
            sparse: Draw nothing but what is given to `include`, and what leads there, folded.
        """
        self._tree = tree
        self._sparse = sparse
        self.hidden = set(hidden)
        self._seen_hidden: frozenset[int] = frozenset()  # those on the path that is shown
        self._asked: set[int] = set()  # to stand; `end` does so without being asked
        self._opened: set[int] = set()
        self._orders: dict[int, list[int]] = {}
        self._path: dict[int, int] | None = None
        self._hoisted_size: int | None = None
        self.root = NO_ROW
        self.end = NO_ROW
        self._found: set[int] = set()
        self.chains = Chains(tree)
        for row in stands:
            self.let_stand(row, True)
        self.end = end
        self.chains.let_stand(end, end != NO_ROW)
        self._seen_hidden = self._hidden_on_path()
        if not sparse:
            self.chains.draw_all(self.hidden - self._seen_hidden)

    # What is drawn

    @property
    def total(self) -> int:
        """How many messages the lines would stand for with no `root`."""
        return self.chains.count

    @property
    def messages(self) -> int:
        """How many messages the lines stand for, those that are folded away among them."""
        if self.root == NO_ROW:
            return self.chains.count
        if self._hoisted_size is None:
            depth, chains = self._tree.depth, self.chains
            todo, count = [self.root], 0
            while todo:
                first = todo.pop()
                last = chains.end[chains.top[first]]
                count += depth[last] - depth[first] + 1
                todo += chains.children(last) if chains.kids[last] else ()
            self._hoisted_size = count
        return self._hoisted_size

    @property
    def found(self) -> int:
        """How many messages were given to `include`."""
        return len(self._found)

    def is_found(self, row: int) -> bool:
        """Tell whether a message was given to `include`."""
        return row in self._found

    def refresh(self, rows: Iterable[int]) -> None:
        """Take over that messages were added, deleted, restored or hidden; of a whole subtree the first will do."""
        for row in rows:
            shows = self._shows(row)
            if self.chains.drawn(row) and not shows:
                self.chains.remove(row)
                self._changed()
            elif shows and not self.chains.drawn(row) and not self._sparse:
                self._add(row)
        if self.root != NO_ROW and not self.chains.drawn(self.root):
            self.hoist(NO_ROW)

    def _shows(self, row: int) -> bool:
        parent = self._tree.parent[row]
        above = parent == NO_ROW or self.chains.drawn(parent)
        return above and self._tree.alive(row) and (row not in self.hidden or row in self._seen_hidden)

    def _add(self, row: int) -> None:
        """Draw a message and all below it that is to be seen."""
        tree, barred = self._tree, self.hidden - self._seen_hidden
        todo = [row]
        rows: list[int] = []
        while todo and len(rows) <= _MANY:
            rows.append(todo.pop())
            todo += [kid for kid in tree.children(rows[-1]) if tree.alive(kid) and kid not in barred]
        if len(rows) > _MANY:
            self.chains.draw_all(barred)
            self._changed()
            return
        for each in rows:
            self._draw(each)

    def _draw(self, row: int) -> None:
        if self.chains.add(row) or self._sparse:
            self._changed()
        elif self._hoisted_size is not None:
            self._hoisted_size += self.holds(row)

    def include(self, row: int) -> None:
        """Draw a live message of a sparse graph with all that leads to it; it stands."""
        self._found.add(row)
        self.let_stand(row, True)
        missing = []
        while row != NO_ROW and not self.chains.drawn(row):
            missing.append(row)
            row = self._tree.parent[row]
        for each in reversed(missing):
            self._draw(each)

    def let_stand(self, row: int, stands: bool) -> None:
        """Have a message never folded away, or no longer."""
        (self._asked.add if stands else self._asked.discard)(row)
        self.chains.let_stand(row, stands or row == self.end)

    def hide(self, row: int, hidden: bool) -> None:
        """Leave a message out with all below it unless it is on the path that is shown, or no longer."""
        (self.hidden.add if hidden else self.hidden.discard)(row)
        self._seen_hidden = self._hidden_on_path()
        self.refresh([row])

    def show(self, end: int) -> None:
        """Show the path to another row."""
        before, self.end = self.end, end
        if before == end:
            return
        if before != NO_ROW:
            self.chains.let_stand(before, before in self._asked)
        if end != NO_ROW:
            self.chains.let_stand(end, True)
        seen, self._seen_hidden = self._seen_hidden, self._hidden_on_path()
        self.refresh(sorted(seen ^ self._seen_hidden))
        chains = self.chains
        if (
            self._path is not None
            and chains.drawn(end)
            and self._tree.parent[end] == before
            and (top := chains.top[end]) == chains.top[before]
        ):
            self._path[top] = end
        else:
            self._changed()

    def _hidden_on_path(self) -> frozenset[int]:
        if not self.hidden:
            return frozenset()
        found, first = set(), min(self.hidden)
        for row in self._tree.ancestors(self.end):
            if row < first:
                break
            if row in self.hidden:
                found.add(row)
        return frozenset(found)

    def _changed(self) -> None:
        """Forget what was derived of the chains and of the path that is shown."""
        self._orders.clear()
        self._path = self._hoisted_size = None

    def hoist(self, root: int) -> None:
        """Draw a message with all below it and nothing else; `NO_ROW` for everything."""
        self.root, self._hoisted_size = root, None

    def open(self, line: GraphLine) -> None:
        """Draw every message of the run that is folded into a line."""
        self._opened.add(line.row)

    def close(self, row: int) -> bool:
        """Fold the run that a message is in, which was opened, and tell whether it was."""
        opened = self._opened_in(row, run) if (run := self._run(row)) else set()
        self._opened -= opened
        return bool(opened)

    # Where a message stands

    def on_path(self, row: int) -> bool:
        """Tell whether a drawn message is on the path that is shown."""
        return row <= self._path_ends().get(self.chains.top[row], NO_ROW)

    def _path_ends(self) -> dict[int, int]:
        """Return by chain the last row that the path has there; the last chain comes first."""
        if self._path is None:
            self._path = {}
            row, top = self.end, self.chains.top
            while row != NO_ROW and not self.chains.drawn(row):  # as in a sparse graph
                row = self._tree.parent[row]
            while row != NO_ROW:
                self._path[top[row]] = row
                row = self._tree.parent[top[row]]
        return self._path

    def holds(self, row: int) -> bool:
        """Tell whether there is a line that stands for a message."""
        chains, root = self.chains, self.root
        if root == NO_ROW or not chains.drawn(row):
            return chains.drawn(row)
        while (top := chains.top[row]) != chains.top[root]:
            if (row := self._tree.parent[top]) == NO_ROW:
                return False
        return row >= root

    def is_leaf(self, row: int) -> bool:
        """Tell whether a drawn message has none below it."""
        return not self.chains.kids[row]

    def length(self, row: int) -> int:
        """Return how many messages there are from the last fork to a drawn message."""
        return self._tree.depth[row] - self._tree.depth[self.chains.top[row]] + 1

    def child(self, row: int) -> int:
        """Return the message below a drawn one: of several the one that keeps the lane; `NO_ROW` at a leaf."""
        match self.chains.kids[row]:
            case 0:
                return NO_ROW
            case 1:
                return self.chains.only_child(row)
        return self._order(row)[-1]

    def fork_above(self, row: int) -> int:
        """Return the nearest fork above a drawn message, or `NO_ROW`."""
        top = self.chains.top[row]
        return NO_ROW if top == self._base() else self._tree.parent[top]

    def fork_below(self, row: int) -> int:
        """Return the nearest fork below a drawn message on its way down its lane, or `NO_ROW`."""
        end, kids = self.chains.end, self.chains.kids
        last = end[self.chains.top[row]]
        if last == row and kids[last]:
            last = end[self._order(last)[-1]]
        return last if kids[last] else NO_ROW

    # Lines

    def line_of(self, row: int) -> GraphLine | None:
        """Return the line of a message, or of what it is folded into; None if there is none."""
        return self._line(row, self._lane(self.chains.top[row])) if self.holds(row) else None

    def first(self) -> GraphLine | None:
        """Return the first line; None if there are none."""
        if self.root != NO_ROW:
            return self._line(self.root, 0)
        roots = self._order(NO_ROW)
        return self._arrive(roots, 0, 0) if roots else None

    def last(self) -> GraphLine | None:
        """Return the last line; None if there are none."""
        if self.root != NO_ROW:
            return self._last_below(self._base(), 0)
        roots = self._order(NO_ROW)
        return self._last_below(roots[-1], 0) if roots else None

    def lines(self) -> Iterator[GraphLine]:
        """Yield the lines from top to bottom."""
        line = self.first()
        while line is not None:
            yield line
            line = self.after(line)

    def after(self, line: GraphLine) -> GraphLine | None:
        """Return the line below another; None if it is the last."""
        if line.kind == "fork":
            return self._line(line.row, line.lane + line.size)
        row, chains = self.last_row(line), self.chains
        match chains.kids[row]:
            case 0:
                return self._after_chain(chains.top[row], line.lane)
            case 1:
                return self._line(chains.only_child(row), line.lane)
        return self._arrive(self._order(row), 0, line.lane)

    def before(self, line: GraphLine) -> GraphLine | None:
        """Return the line above another; None if it is the first."""
        row, lane, parent = line.row, line.lane, self._tree.parent[line.row]
        if row == self.root:
            return None
        if row != self.chains.top[row]:
            return self._line(parent, lane)
        order = self._order(parent)
        at = order.index(row)
        if line.kind != "fork":
            lane -= _offset(at, len(order))
            if at < len(order) - 1 and at % MOST_ARMS == 0:
                return self._fork(order, at, lane)
        if at == 0:
            return None if parent == NO_ROW else self._line(parent, lane)
        return self._last_below(order[at - 1], lane + _offset(at - 1, len(order)))

    def window(self, line: GraphLine, height: int) -> list[tuple[GraphLine, list[int]]]:
        """Return at most so many lines from one on, each with the messages that the lanes left of it lead to.

        Of a fork these are the messages in the lanes up to its last one.
        """
        window: list[tuple[GraphLine, list[int]]] = []
        lanes, place = self._lanes_at(line), line
        while True:
            lanes = lanes[: place.lane]
            if place.kind == "fork":
                order = self._order(self._tree.parent[place.row])
                at = order.index(place.row)
                lanes += [order[-1], *order[at : at + place.size][::-1]]
            window.append((place, lanes))
            if len(window) >= height or (below := self.after(place)) is None:
                return window
            place = below

    def _lanes_at(self, line: GraphLine) -> list[int]:
        """Return the messages that the lanes left of a line lead to."""
        row, lane = (line.row, line.lane) if line.kind == "message" else (self._tree.parent[line.row], line.lane)
        top, lanes = self.chains.top[row], [NO_ROW] * lane
        while lane:
            parent = self._tree.parent[top]
            order = self._order(parent)
            at = order.index(top)
            offset = _offset(at, len(order))
            lane -= offset
            if offset:
                lanes[lane : lane + offset] = [order[-1], *order[at + 1 : at + offset][::-1]]
            top = self.chains.top[parent]
        return lanes

    def _line(self, row: int, lane: int) -> GraphLine:
        """Return the line of a drawn message, or of what it is folded into."""
        depth = self._tree.depth
        if run := self._run(row):
            first, last = run
            folded = depth[last] - depth[first]
            if folded >= (1 if self._sparse else LONGEST_RUN) and not self._opened_in(row, run):
                return GraphLine("message", first, lane, depth[first], folded)
        return GraphLine("message", row, lane, depth[row])

    def last_row(self, line: GraphLine) -> int:
        """Return the last of the messages that a line stands for."""
        run = self._run(line.row) if line.size else None
        return run[1] if run else line.row

    def _run(self, row: int) -> tuple[int, int] | None:
        """Return the first and the last of the messages one below the other that may be folded away with this one."""
        chains = self.chains
        top = chains.top[row]
        stands = chains.stands.get(top, ())
        at = bisect_left(stands, row)
        if at < len(stands) and stands[at] == row:
            return None
        first = max(top, self.root) if top == self._base() else top
        if at and stands[at - 1] >= first:
            first = chains.only_child(stands[at - 1])
        return first, self._tree.parent[stands[at]] if at < len(stands) else chains.end[top]

    def _opened_in(self, row: int, run: tuple[int, int]) -> set[int]:
        """Return the opened rows of the run that a message is in."""
        top = self.chains.top
        return {each for each in self._opened if run[0] <= each <= run[1] and top[each] == top[row]}

    def _base(self) -> int:
        """Return the chain that `root` is in; `NO_ROW` if everything is drawn."""
        return NO_ROW if self.root == NO_ROW else self.chains.top[self.root]

    def _order(self, parent: int) -> list[int]:
        """Return the drawn children of a row in the order of their lines; the last keeps the lane."""
        if (order := self._orders.get(parent)) is None:
            order = self.chains.children(parent)
            if len(order) > 1:
                order.sort(key=self._order_of_children)
            self._orders[parent] = order
        return order

    def _order_of_children(self, child: int) -> tuple[bool, int]:
        return child in self._path_ends(), self.chains.weight[child]

    def _lane(self, top: int) -> int:
        """Return the lane of a chain."""
        path, parents, base, lane = self._path_ends(), self._tree.parent, self._base(), 0
        while top not in path and top != base:
            order = self._order(parent := parents[top])
            lane += _offset(order.index(top), len(order))
            if parent == NO_ROW:
                break
            top = self.chains.top[parent]
        return lane

    def _arrive(self, order: list[int], at: int, lane: int) -> GraphLine:
        """Return the first line of a child of the fork whose lane is given."""
        if at < len(order) - 1 and at % MOST_ARMS == 0:
            return self._fork(order, at, lane)
        return self._line(order[at], lane + _offset(at, len(order)))

    def _fork(self, order: list[int], at: int, lane: int) -> GraphLine:
        return GraphLine("fork", order[at], lane, self._tree.depth[order[at]], _offset(at, len(order)))

    def _after_chain(self, top: int, lane: int) -> GraphLine | None:
        """Return the line after all that is below a chain."""
        path, parents, base = self._path_ends(), self._tree.parent, self._base()
        # After the path that is shown there is nothing.
        while top != base and top not in path:
            parent = parents[top]
            order = self._order(parent)
            at = order.index(top)
            lane -= _offset(at, len(order))
            if at + 1 < len(order):
                return self._arrive(order, at + 1, lane)
            if parent == NO_ROW:
                return None
            top = self.chains.top[parent]
        return None

    def _last_below(self, top: int, lane: int) -> GraphLine:
        """Return the last line of a chain and all below it."""
        chains = self.chains
        while True:
            # The path that is shown comes last everywhere: to its end there is a short way.
            if top in self._path_ends():
                top = next(iter(self._path_ends()))
            last = chains.end[top]
            if not chains.kids[last]:
                return self._line(last, lane)
            top = self._order(last)[-1]


def _offset(at: int, count: int) -> int:
    """Return how many lanes right of its parent the child stands that comes as number `at` of `count`, from 0."""
    if at == count - 1:
        return 0
    arms = min(MOST_ARMS, count - 1 - at // MOST_ARMS * MOST_ARMS)
    return arms - at % MOST_ARMS
