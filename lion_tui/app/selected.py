"""What commands mean: the message or the branch that is selected where the keyboard is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lion_tui.core.errors import UsageError
from lion_tui.core.tree import NO_ROW

if TYPE_CHECKING:
    from lion_tui.app.screens.main import MainScreen
    from lion_tui.session import Branch


class Selected:
    """The message at the cursor of the pane with the keyboard; from the composer, the last one."""

    def __init__(self, screen: MainScreen) -> None:
        """Look at the panes of `screen`."""
        self._screen = screen

    def row(self) -> int:
        """Return the row of the message.

        Raises:
            UsageError: there is none.
        """
        screen, state = self._screen, self._screen.session.state
        row: int | None = state.head_row(state.current)
        if screen.focused is screen.tree_pane:
            row = screen.tree_pane.cursor_row
        elif screen.focused is screen.chat:
            row = screen.chat.cursor_row
        if row is None or row == NO_ROW:
            raise UsageError("There is no message yet.", "Write one first.")
        return row

    def node(self) -> str:
        """Return the id of the message; as `row`."""
        return self._screen.session.state.tree.node_id[self.row()]

    def branch(self) -> Branch:
        """Return the branch: in the tree the one that ends at the message, else the current one.

        Raises:
            UsageError: the view is detached.
        """
        screen, session = self._screen, self._screen.session
        if screen.focused is screen.tree_pane and screen.tree_pane.cursor_row is not None:
            ends = self.ends()
            if ends:
                return session.current if session.current in ends else ends[0]
        if session.current.detached:
            raise UsageError("What is shown is no branch.", "N makes one here.")
        return session.current

    def ends(self) -> list[Branch]:
        """Return the branches that end at the message; as `row`."""
        node_id, branches = self.node(), self._screen.session.branches.values()
        return [branch for branch in branches if branch.head and branch.head.node_id == node_id]
