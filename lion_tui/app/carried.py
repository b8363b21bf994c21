"""The messages that the user copied, to be pasted elsewhere in the tree."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lion_tui.core.errors import UsageError
from lion_tui.core.operations.alternatives import path_to

if TYPE_CHECKING:
    from lion_tui.core.state import State


class Carried:
    """Messages of one session, in the order of the tree. Once they were pasted, the next copy begins anew."""

    def __init__(self, state: State) -> None:
        """Begin with none."""
        self._state = state
        self._nodes: list[str] = []
        self._put = False

    def take(self, row: int) -> int:
        """Add a message, and with a prompt its answer; of what is there already, the turn after it.

        What was deleted since is there no more.

        Returns:
            How many there are now.

        Raises:
            UsageError: nothing comes after what is there.
        """
        if self._put:
            self._nodes, self._put = [], False
        tree = self._state.tree
        known = {at for node_id in self._nodes if node_id in tree and tree.alive(at := tree.row(node_id))}
        found = self._turn(row)
        if known.issuperset(found):
            last = max(known)
            following = path_to(self._state, self._state.current, last)
            if not following:
                raise UsageError(f"All to the end is copied already: {len(known)} messages.", "V pastes them.")
            found = self._turn(following[0])
        self._nodes = [tree.node_id[each] for each in sorted(known.union(found))]
        return len(self._nodes)

    def _turn(self, row: int) -> list[int]:
        tree, rows = self._state.tree, [row]
        if tree.role[row] == "user":
            for each in path_to(self._state, self._state.current, row):
                if tree.role[each] == "user":
                    break
                rows.append(each)
        return rows

    def nodes(self) -> list[str]:
        """Return the ids of the messages.

        Raises:
            UsageError: there are none.
        """
        if not self._nodes:
            raise UsageError("No message was copied.", "C copies the selected one.")
        return self._nodes

    @property
    def said(self) -> tuple[str, ...]:
        """What the status line says of it until it was pasted, with ids of commands in braces."""
        return () if self._put or not self._nodes else (f"⧉ {len(self._nodes)} copied: {{paste-turns}} pastes",)

    def drop(self) -> bool:
        """Have nothing to paste any more, and tell whether there was something that was not pasted yet."""
        there = bool(self.said)
        self._nodes = []
        return there

    def put(self) -> None:
        """Begin anew with the next copy; until then these can be pasted again."""
        self._put = True
