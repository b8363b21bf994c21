"""What differs between two paths through the tree: turn by turn from where they part."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from lion_tui.core.diff import Operation, Unit, diff_texts, ratio
from lion_tui.core.tree import NO_ROW
from lion_tui.core.tree_path import TreePath, shared
from lion_tui.core.turns import Turns

if TYPE_CHECKING:
    from lion_tui.core.tree import Tree


class Difference(NamedTuple):
    """Two messages that answer to each other, or one that nothing answers to.

    Attributes:
        turn: The turn after the merge base, from 1.
        a: The row of the one; None if it has none there.
        b: The row of the other; None if it has none there.
        ratio: How much of their texts is the same, from 0 to 1.
        operations: The steps from the text of the one to that of the other.
    """

    turn: int
    a: int | None
    b: int | None
    ratio: float
    operations: tuple[Operation, ...]


def diff_paths(tree: Tree, a: int, b: int, unit: Unit = "word") -> tuple[int, list[Difference]]:
    """Return the merge base of two paths, `NO_ROW` for none, and what differs after it, in order.

    Args:
        tree: The messages.
        a: The row at which the one path ends; `NO_ROW` for one without messages.
        b: The row at which the other ends.
        unit: What is compared of texts.
    """
    paths = TreePath(tree, a), TreePath(tree, b)
    common = shared(paths)
    rows_a, rows_b = (list(path)[common:] for path in paths)
    base = paths[0][common - 1] if common else NO_ROW
    found = []
    for turn, at_a, at_b in Turns(rows_a, tree.role).pairs(Turns(rows_b, tree.role)):
        row_a = None if at_a is None else rows_a[at_a]
        row_b = None if at_b is None else rows_b[at_b]
        texts = ["" if row is None else tree.content(row) for row in (row_a, row_b)]
        steps = tuple(diff_texts(texts[0], texts[1], unit))
        alike = 0.0 if row_a is None or row_b is None else ratio(steps)
        found.append(Difference(turn + 1, row_a, row_b, alike, steps))
    return base, found
