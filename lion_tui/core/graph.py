"""The tree as a graph for the screen, like that of `git log --graph`: which message stands in which lane."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from lion_tui.core.tree import NO_ROW

if TYPE_CHECKING:
    from collections.abc import Callable

    from lion_tui.core.tree import Tree


class GraphLine(NamedTuple):
    """One line of the graph. Every lane left of `lane` is open: its messages come further down.

    Attributes:
        row: The message, or `NO_ROW` for the line below a fork that opens lanes.
        lane: The lane of the message, from 0.
        opens: How many lanes the line opens to the right of `lane`.
    """

    row: int
    lane: int
    opens: int = 0


def layout(tree: Tree, end: int, hidden: Callable[[int], bool]) -> list[GraphLine]:
    """Return the live messages as lines, parents before children.

    The path to `end` keeps its lane and stands below what forks from it; a run without forks stays in one lane.

    Args:
        tree: The messages.
        end: The last row of the path that is shown, or `NO_ROW`.
        hidden: Tells of a row whether it is left out, with all below it.
    """
    path = set(tree.path(end))
    lines: list[GraphLine] = []
    # Roots are drawn one graph after another; that of the path comes last.
    todo = [(root, 0) for root in reversed(_ordered(tree, NO_ROW, path, hidden))]
    todo.sort(key=lambda each: each[0] not in path)
    while todo:
        row, lane = todo.pop()
        lines.append(GraphLine(row, lane))
        children = _ordered(tree, row, path, hidden)
        if len(children) > 1:
            lines.append(GraphLine(NO_ROW, lane, len(children) - 1))
        # The last lane is drawn first, so that its own forks have all the room to the right.
        todo.extend((child, lane + offset) for offset, child in enumerate(children))
    return lines


def _ordered(tree: Tree, row: int, path: set[int], hidden: Callable[[int], bool]) -> list[int]:
    """Return the children to draw: the one on the path first, then by age."""
    children = [child for child in tree.live_children(row) if child in path or not hidden(child)]
    if len(children) > 1:
        children.sort(key=lambda child: child not in path)
    return children
