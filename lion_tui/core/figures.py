"""What answers on a path took, without adding it up anew for every message that comes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from lion_tui.core.tree import NO_ROW

if TYPE_CHECKING:
    from lion_tui.core.tree import Tree

_KEPT_EVERY: Final = 256
"""Messages of a path from one place whose figures are kept to the next."""


class Figures(NamedTuple):
    """What is known of a path.

    Attributes:
        cost_usd: What its answers cost together; None if none of them is known.
        context_tokens: How many tokens it has, as the last answer's service counted them; None if none did.
    """

    cost_usd: float | None = None
    context_tokens: int | None = None


class PathFigures:
    """The figures of a tree's paths, kept at places along them."""

    def __init__(self, tree: Tree) -> None:
        """Keep figures of `tree`."""
        self._tree = tree
        self._kept: dict[int, Figures] = {}

    def at(self, row: int) -> Figures:
        """Return the figures of the path to a row."""
        tree, path = self._tree, []
        while row != NO_ROW and row not in self._kept:
            path.append(row)
            row = tree.parent[row]
        figures, final = self._kept.get(row, Figures()), True
        costs, read, written = (tree.listed[name] for name in ("cost_usd", "tokens_in", "tokens_out"))
        for each in reversed(path):
            if costs[each] is not None:
                figures = figures._replace(cost_usd=(figures.cost_usd or 0) + costs[each])
            if read[each] is not None:
                figures = figures._replace(context_tokens=int(read[each] + (written[each] or 0)))
            final = final and tree.status[each] != "streaming"
            if final and tree.depth[each] % _KEPT_EVERY == 0:
                self._kept[each] = figures
        return figures
