"""Back and forward: what was shown before, and what was shown after it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from lion_tui.core.errors import UsageError

if TYPE_CHECKING:
    from lion_tui.core.changes import Position
    from lion_tui.core.state import State

_KEPT: Final = 500


class Trail:
    """The branches and paths that were shown, in order. What was deleted since is stepped over."""

    def __init__(self, state: State) -> None:
        """Begin with what is shown."""
        self._state = state
        self._visited: list[Position] = [state.current]
        self._at = 0

    def follow(self) -> None:
        """Remember what is shown now; what was gone back from is forgotten if it is something else."""
        if self._state.current != self._visited[self._at]:
            self._visited[self._at + 1 :] = [self._state.current]
            del self._visited[:-_KEPT]
            self._at = len(self._visited) - 1

    def go(self, step: int) -> None:
        """Show what was shown before, or with 1 what was gone back from.

        Raises:
            UsageError: there is nothing.
        """
        at = self._at + step
        while 0 <= at < len(self._visited):
            if self._visited[at] != self._state.current and self._is_there(self._visited[at]):
                self._at = at
                self._state.show(self._visited[at])
                return
            at += step
        if step < 0:
            raise UsageError("Nothing else was shown before.", "- goes to the branch that was current before.")
        raise UsageError("There is nothing to go forward to.", "Alt+Left goes back.")

    def _is_there(self, position: Position) -> bool:
        if position.branch_id is not None:
            return position.branch_id in self._state.refs
        tree = self._state.tree
        return position.node_id is not None and tree.alive(tree.row(position.node_id))
