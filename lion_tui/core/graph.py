"""The tree as a graph for the screen, like that of `git log --graph`: which message stands in which lane."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal, NamedTuple, TypeAlias

from lion_tui.core.tree import NO_ROW

if TYPE_CHECKING:
    from lion_tui.core.tree import Tree

LONGEST_RUN: Final = 6
"""Messages of a run that are all drawn; of a longer one only the first and the last are."""

Kind: TypeAlias = Literal["message", "fork", "fold"]
_FORK: Final = -2  # stands for the only child of a message that has several
_STANDS: Final = 1
_OPENED: Final = 2


class GraphLine(NamedTuple):
    """One line of the graph. Every lane left of `lane` is open: its messages come further down.

    Attributes:
        kind: A message; the line below a fork, which opens lanes; or the messages of a run that are folded away.
        row: The message; of a fork the one above it, of a fold the first of those that it stands for.
        lane: The lane of the message, from 0.
        depth: How many messages the path to `row` has.
        size: How many lanes a fork opens to the right of `lane`; how many messages a fold stands for.
    """

    kind: Kind
    row: int
    lane: int
    depth: int
    size: int = 0


@dataclass(frozen=True, slots=True)
class GraphView:
    """What of a tree is to be drawn.

    Attributes:
        end: The last row of the path that is shown, or `NO_ROW`.
        stands: Rows that are never folded away, such as the heads. `end` and what is not complete never are.
        hidden: Rows that are left out with all below them, unless they are on the path that is shown.
        opened: Rows whose runs are not folded.
        root: The live row that is drawn with all below it and nothing else; `NO_ROW` for everything.
    """

    end: int = NO_ROW
    stands: frozenset[int] = frozenset()
    hidden: frozenset[int] = frozenset()
    opened: frozenset[int] = frozenset()
    root: int = NO_ROW


class _Run(NamedTuple):
    """Messages one below the other that may be folded: the first, its depth, the last, how many, whether opened."""

    first: int = NO_ROW
    depth: int = 0
    last: int = NO_ROW
    size: int = 0
    opened: bool = False

    @property
    def folded(self) -> bool:
        return self.size > LONGEST_RUN and not self.opened

    @property
    def height(self) -> int:
        """How many lines it takes."""
        return 3 if self.folded else self.size


class Graph:
    """The lines of a tree's live messages, parents before children.

    The path that is shown keeps its lane and stands below what forks from it. A run without forks stays in one lane,
    and its middle is folded away if it is long.

    Attributes:
        lines: The lines from top to bottom.
        messages: How many messages they stand for, those that are folded away among them.
        total: How many there would be with no `root`.
        on_path: By row, 1 for what is on the path that is shown.
    """

    def __init__(self, tree: Tree, view: GraphView) -> None:
        """Lay the graph out."""
        self.lines: list[GraphLine] = []
        self.messages = 0
        self.on_path = bytearray(len(tree))
        for row in tree.ancestors(view.end):
            self.on_path[row] = 1
        self._tree = tree
        self._view = view
        self._deleted_at = tree.deleted_at[:]
        self._status = tree.status.copy()
        self._flags = bytearray(map("complete".__ne__, tree.status))  # True is `_STANDS`
        for row in view.opened:
            self._flags[row] |= _OPENED
        self._let_stand(view)
        self._link()
        self._before_end = _Run()
        self._draw()

    def extend(self, view: GraphView) -> bool:
        """Add what came since at the end of the path, at a cost that does not grow with the lines.

        Returns:
            Whether it could be done; if not, nothing has happened, and the graph is out of date.
        """
        old, tree = self._view, self._tree
        new = range(len(self.on_path), len(tree))
        if not self._only_grew(view, new):
            return False
        end, run = self.lines[-1], self._before_end
        for row in new:
            self._only_child[tree.parent[row]] = row
            self._only_child.append(NO_ROW)
        self.on_path.extend(b"\1" * len(new))
        self._deleted_at.extend(tree.deleted_at[new.start :])
        self._status.extend(tree.status[new.start :])
        self._flags.extend(b"\0" * len(new))
        self.total += len(new)
        for row in (old.end, *new):
            self._status[row] = tree.status[row]
            self._flags[row] = (self._flags[row] & _OPENED) | (_STANDS if tree.status[row] != "complete" else 0)
        self._view = view
        self._let_stand(view)
        del self.lines[len(self.lines) - 1 - run.height :]
        self.messages -= 1
        self._draw_chain(end.row, end.lane, end.depth, run)
        return True

    def opened_at(self, index: int) -> frozenset[int]:
        """Return the opened rows of the run that a line belongs to; none if it is folded, or belongs to none."""
        if not self._is_plain(index):
            return frozenset()
        first = last = index
        while self._is_plain(first - 1) and self._follows(first):
            first -= 1
        while self._is_plain(last + 1) and self._follows(last + 1):
            last += 1
        return self._view.opened.intersection(line.row for line in self.lines[first : last + 1])

    def is_leaf(self, index: int) -> bool:
        """Tell whether the message of a line has none below it."""
        if index + 1 == len(self.lines):
            return True
        return self.lines[index + 1].kind != "fork" and not self._follows(index + 1)

    def _is_plain(self, index: int) -> bool:
        if not 0 <= index < len(self.lines):
            return False
        line = self.lines[index]
        return line.kind == "message" and not self._flags[line.row] & _STANDS

    def _follows(self, index: int) -> bool:
        return self._tree.parent[self.lines[index].row] == self.lines[index - 1].row

    def _only_grew(self, view: GraphView, new: range) -> bool:
        old, tree = self._view, self._tree
        if len(tree) < new.start or not self.lines or self.lines[-1][:2] != ("message", old.end):
            return False
        if (view.root, view.hidden, view.opened) != (old.root, old.hidden, old.opened):
            return False
        if view.end != (new[-1] if new else old.end) or not (old.stands ^ view.stands) <= {old.end, *new}:
            return False
        above = old.end
        for row in new:
            if tree.parent[row] != above or not tree.alive(row) or row in view.hidden:
                return False
            above = row
        # Compared as a whole, which is a hundred times faster than any walk over the rows.
        known = tree.status[: new.start]
        known[old.end] = self._status[old.end]
        return self._status == known and self._deleted_at == tree.deleted_at[: new.start]

    def _let_stand(self, view: GraphView) -> None:
        for row in view.stands:
            self._flags[row] |= _STANDS
        if view.end != NO_ROW:
            self._flags[view.end] |= _STANDS

    def _link(self) -> None:
        """Find the children of every message that is drawn: one, or several at a fork."""
        on_path, hidden = self.on_path, self._view.hidden
        drawn = bytearray(len(on_path))
        only = self._only_child = [NO_ROW] * len(on_path)
        forks: dict[int, list[int]] = {}
        roots: list[int] = []
        for row, (parent, deleted_at) in enumerate(zip(self._tree.parent, self._deleted_at, strict=True)):
            if deleted_at or (row in hidden and not on_path[row]):
                continue
            if parent == NO_ROW:
                roots.append(row)
            elif not drawn[parent]:
                continue
            elif (sibling := only[parent]) == NO_ROW:
                only[parent] = row
            elif sibling == _FORK:
                forks[parent].append(row)
            else:
                forks[parent] = [sibling, row]
                only[parent] = _FORK
            drawn[row] = 1
        self._forks, self._roots = forks, roots
        self.total = drawn.count(1)

    def _draw(self) -> None:
        root = self._view.root
        if root == NO_ROW:
            # Roots are drawn one graph after another, by age; that of the path comes last.
            roots = sorted(self._roots, key=lambda row: (not self.on_path[row], -row))
            todo = [(row, 0, 1) for row in roots]
        else:
            todo = [(root, 0, sum(1 for _ in self._tree.ancestors(root)))]
        while todo:
            row, depth = self._draw_chain(*(start := todo.pop()))
            if children := self._forks.get(row):
                lane = start[1]
                self.lines.append(GraphLine("fork", row, lane, depth, len(children) - 1))
                children = sorted(children, key=lambda child: not self.on_path[child])
                # The last lane is drawn first, so that its own forks have all the room to the right.
                todo.extend((child, lane + offset, depth + 1) for offset, child in enumerate(children))

    def _draw_chain(self, row: int, lane: int, depth: int, run: _Run = _Run()) -> tuple[int, int]:  # noqa: B008 - immutable
        """Draw messages down to a fork or a leaf, from `row` on, which goes on `run`.

        Returns:
            The last row and its depth.
        """
        only, flags = self._only_child, self._flags
        first, first_depth, last, count, opened = run
        self.messages -= depth - 1
        while True:
            flag = flags[row]
            if flag & _STANDS:
                self._before_end = _Run(first, first_depth, last, count, opened)
                self._draw_run(self._before_end, lane)
                self.lines.append(GraphLine("message", row, lane, depth))
                count, opened = 0, False
            else:
                if not count:
                    first, first_depth = row, depth
                last = row
                count += 1
                opened = opened or flag > 0
            if (child := only[row]) < 0:
                break
            row, depth = child, depth + 1
        self._draw_run(_Run(first, first_depth, last, count, opened), lane)
        self.messages += depth
        return row, depth

    def _draw_run(self, run: _Run, lane: int) -> None:
        row, only, lines = run.first, self._only_child, self.lines
        if run.folded:
            lines.append(GraphLine("message", row, lane, run.depth))
            lines.append(GraphLine("fold", only[row], lane, run.depth + 1, run.size - 2))
            lines.append(GraphLine("message", run.last, lane, run.depth + run.size - 1))
            return
        for depth in range(run.depth, run.depth + run.size):
            lines.append(GraphLine("message", row, lane, depth))
            row = only[row]
