"""How much a path has, for a line that says so after everything that happens."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lion_tui.core.prompt import about_tokens
from lion_tui.core.tree_path import TreePath

if TYPE_CHECKING:
    from lion_tui.core.tree import Tree


class PathFigures:
    """The figures of a path that grows, or moves elsewhere. What was counted once is not counted again.

    Attributes:
        messages: How many messages there are.
        cost_usd: What the answers cost together, as far as that is known; None is unknown.
        context_tokens: How many tokens the path has: as the last answer's service counted them, and about how many came
            after; None if none did.
        estimated: Whether some came after.
    """

    def __init__(self, tree: Tree) -> None:
        """Begin with the empty path."""
        self._tree = tree
        self._path = TreePath(tree)
        self._counted = 0
        self.messages = 0
        self.cost_usd: float | None = None
        self.context_tokens: int | None = None
        self.estimated = False

    def move(self, end: int) -> None:
        """Count the path to the row `end`."""
        if self._path.move(end) < self._counted:
            self._counted, self.cost_usd, self.context_tokens, self.estimated = 0, None, None, False
        self.messages = len(self._path)
        status, listed = self._tree.status, self._tree.listed
        costs, tokens_in, tokens_out = (listed[name] for name in ("cost_usd", "tokens_in", "tokens_out"))
        while self._counted < self.messages:
            row = self._path[self._counted]
            if status[row] == "streaming":  # its figures come when it ends
                break
            if costs[row] is not None:
                self.cost_usd = (self.cost_usd or 0.0) + costs[row]
            if tokens_in[row] is not None:
                self.context_tokens, self.estimated = tokens_in[row] + (tokens_out[row] or 0), False
            elif self.context_tokens is not None:
                self.context_tokens, self.estimated = self.context_tokens + about_tokens(self._tree.content(row)), True
            self._counted += 1
