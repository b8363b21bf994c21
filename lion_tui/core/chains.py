"""Which messages of a tree are drawn, and the chains that they form: what the graph for the screen stands on."""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from typing import TYPE_CHECKING

from lion_tui.core.tree import NO_ROW

if TYPE_CHECKING:
    from collections.abc import Sequence
    from collections.abc import Set as AbstractSet

    from lion_tui.core.tree import Tree


class Chains:
    """The drawn messages as chains: messages one below the other, from a root or a child of a fork to a fork or a leaf.

    A chain is known by its first row. Its rows ascend. A message is added, or taken away with all below it, at a cost
    that does not grow with the tree, except that the part of a chain that is parted or joined is renamed.

    Attributes:
        top: By row, the first row of its chain; `NO_ROW` for what is not drawn.
        end: By a chain's first row, its last row.
        kids: By row, how many drawn children it has.
        weight: By a chain's first row, how deeply forks are nested below it, at least (the Strahler number): who draws
            the heaviest child last needs no more lanes than about that.
        stands: By a chain's first row, those of its rows that are never folded away, in order.
        roots: The drawn roots, by age.
        count: How many messages are drawn.
    """

    def __init__(self, tree: Tree) -> None:
        """Begin with nothing drawn."""
        self._tree = tree
        self._standing: set[int] = set()
        self._clear()

    def _clear(self) -> None:
        size = len(self._tree)
        self.top = [NO_ROW] * size
        self.end = [NO_ROW] * size
        self.kids = [0] * size
        self.weight = [1] * size
        self.stands: dict[int, list[int]] = {}
        self.roots: list[int] = []
        self.count = 0

    def draw_all(self, hidden: AbstractSet[int]) -> None:
        """Draw every live message, without those in `hidden` and what is below them."""
        self._clear()
        tree, top, kids = self._tree, self.top, self.kids
        parents = tree.parent.tolist()  # of ints that are made once
        for row, (parent, deleted_at) in enumerate(zip(parents, tree.deleted_at, strict=True)):
            if deleted_at or (hidden and row in hidden):
                continue
            if parent == NO_ROW:
                self.roots.append(row)
            elif top[parent] == NO_ROW:
                continue
            else:
                kids[parent] += 1
            top[row] = row
        self._weigh_all(parents, self._link(parents))
        self.count = len(self.roots) + sum(kids)
        for row in sorted(self._standing):
            if top[row] != NO_ROW:
                self.stands.setdefault(top[row], []).append(row)

    def _link(self, parents: Sequence[int]) -> list[int]:
        """Let chains go on from parents that have one child, and return the first rows of all."""
        top, end, kids = self.top, self.end, self.kids
        tops = []
        for row, parent in enumerate(parents):
            if top[row] == NO_ROW:
                continue
            if parent != NO_ROW and kids[parent] == 1:
                chain = top[row] = top[parent]
                end[chain] = row
            else:
                tops.append(row)
                end[row] = row
        return tops

    def _weigh_all(self, parents: Sequence[int], tops: Sequence[int]) -> None:
        end, kids, weight = self.end, self.kids, self.weight
        best, second = bytearray(len(parents)), bytearray(len(parents))  # of the children of a fork
        for top in reversed(tops):
            last, own = end[top], 1
            if kids[last]:
                own = weight[top] = max(best[last], second[last] + 1)
            parent = parents[top]
            if parent == NO_ROW:
                continue
            if own > (most := best[parent]):
                second[parent], best[parent] = most, own
            elif own > second[parent]:
                second[parent] = own

    def drawn(self, row: int) -> bool:
        """Tell whether a message is drawn."""
        return 0 <= row < len(self.top) and self.top[row] != NO_ROW

    def children(self, row: int) -> list[int]:
        """Return the drawn children of a row (of `NO_ROW`: the roots), by age."""
        return self.roots.copy() if row == NO_ROW else [kid for kid in self._tree.children(row) if self.drawn(kid)]

    def only_child(self, row: int) -> int:
        """Return the drawn child of a row that has one."""
        return next(kid for kid in self._tree.children(row) if self.drawn(kid))

    def add(self, row: int) -> bool:
        """Draw a message whose parent is drawn, and tell whether chains are others now: else one has grown."""
        if missing := len(self._tree) - len(self.top):
            for column, value in ((self.top, NO_ROW), (self.end, NO_ROW), (self.kids, 0), (self.weight, 1)):
                column.extend([value] * missing)
        parent = self._tree.parent[row]
        self.top[row] = self.end[row] = row
        self.kids[row], self.weight[row] = 0, 1
        self.count += 1
        grew = False
        if parent == NO_ROW:
            insort(self.roots, row)
        else:
            above = self.top[parent]
            self.kids[parent] += 1
            if self.kids[parent] == 1:
                self.top[row], self.end[above], grew = above, row, True
            elif self.kids[parent] == 2:
                self._part(above, parent, row)
        if row in self._standing:
            insort(self.stands.setdefault(self.top[row], []), row)
        return not grew

    def _part(self, top: int, parent: int, new: int) -> None:
        """Let the chain end at `parent`, which is a fork now; what was below begins a chain beside `new`."""
        lower = next(kid for kid in self.children(parent) if kid != new)
        self._rename(lower, self.end[top], lower)
        self.end[lower], self.end[top] = self.end[top], parent
        self.weight[lower] = self.weight[top]
        if stands := self.stands.pop(top, None):
            cut = bisect_right(stands, parent)
            self._put_stands(top, stands[:cut])
            self._put_stands(lower, stands[cut:])
        self._weigh(top)

    def remove(self, row: int) -> None:
        """Take a message away with all that is drawn below it."""
        top, parent = self.top[row], self._tree.parent[row]
        todo = [(row, self.end[top])]
        while todo:
            first, last = todo.pop()
            if self.kids[last]:
                todo += [(kid, self.end[kid]) for kid in self.children(last)]
            self._rename(first, last, NO_ROW)
            self.count -= self._tree.depth[last] - self._tree.depth[first] + 1
            if first != row:
                self.stands.pop(first, None)
        stands = self.stands.pop(top, [])
        self._put_stands(top, stands[: bisect_left(stands, row)])
        if parent == NO_ROW:
            self.roots.remove(row)
            return
        self.kids[parent] -= 1
        above = self.top[parent]
        if top != row:
            self.end[top] = parent
        elif self.kids[parent] == 1:
            self._join(above, self.only_child(parent))
        self._weigh(above)

    def _join(self, top: int, lower: int) -> None:
        """Let the chain `lower` go on the one above it."""
        self._rename(lower, self.end[lower], top)
        self.end[top] = self.end[lower]
        self._put_stands(top, self.stands.pop(top, []) + self.stands.pop(lower, []))

    def _rename(self, first: int, last: int, top: int) -> None:
        """Let the rows from `first` to `last`, of one chain, be of another."""
        names, depth, parent = self.top, self._tree.depth, self._tree.parent
        if last - first == depth[last] - depth[first]:  # no row of another chain lies between
            names[first : last + 1] = [top] * (last + 1 - first)
            return
        while last != first:
            names[last] = top
            last = parent[last]
        names[first] = top

    def _weigh(self, top: int) -> None:
        """Weigh a chain anew, and those above it as far as that makes a difference."""
        weight, parents = self.weight, self._tree.parent
        while True:
            last = self.end[top]
            most = sorted((weight[kid] for kid in self.children(last)), reverse=True)[:2] if self.kids[last] else []
            own = max(most[0], most[1] + 1) if most else 1
            if own == weight[top]:
                return
            weight[top] = own
            if (parent := parents[top]) == NO_ROW:
                return
            top = self.top[parent]

    def let_stand(self, row: int, stands: bool) -> None:
        """Have a message never folded away, or no longer."""
        if stands == (row in self._standing):
            return
        self._standing ^= {row}
        if self.drawn(row):
            kept = self.stands.pop(self.top[row], [])
            if stands:
                insort(kept, row)
            else:
                del kept[bisect_left(kept, row)]
            self._put_stands(self.top[row], kept)

    def _put_stands(self, top: int, rows: list[int]) -> None:
        if rows:
            self.stands[top] = rows
