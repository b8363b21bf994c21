"""Putting branches side by side, as the user says it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lion_tui.core.changes import Position
from lion_tui.core.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lion_tui.app.screens.main import MainScreen


class Comparing:
    """Chooses which branches the columns of a screen show, and which of them the composer writes to."""

    def __init__(self, screen: MainScreen) -> None:
        """Choose for the columns of `screen`."""
        self._screen = screen
        self._session = screen.session
        self._marked: str | None = None  # the branch that is to be compared with another one

    def mark(self) -> None:
        """Compare the selected branch with the one that was marked before, or mark it; end what is compared."""
        if self._screen.columns.comparing:
            self.end()
            return
        branch_id = self._branch_to_compare()
        if self._marked in self._session.state.refs and self._marked not in {None, branch_id}:
            marked, self._marked = self._marked, None
            self.show([marked or "", branch_id])
            return
        self._marked = branch_id
        self._screen.say_note(
            f"{self._session.state.refs[branch_id].name} is marked; c on another branch compares them."
        )

    def _branch_to_compare(self) -> str:
        """Return the branch that ends at the selected message; one is made where there is none."""
        node_id = self._screen.selected_node()
        ends = [
            branch.branch_id
            for branch in self._session.branches.values()
            if branch.head and branch.head.node_id == node_id
        ]
        current = self._session.state.current.branch_id
        if current in ends or (self._screen.focused is not self._screen.tree_pane and current):
            return current or ""
        return (ends or [self._session.fork(self._session.message(node_id)).branch_id])[0] or ""

    def show_named(self, names: Sequence[str]) -> None:
        """Show the branches of these names side by side; one name stands for the current branch and that one.

        Raises:
            UsageError: there is no such branch, or they cannot be compared.
        """
        state = self._session.state
        branch_ids = [state.ref_named(name).branch_id for name in names]
        if len(branch_ids) == 1 and (current := state.current.branch_id):
            branch_ids.insert(0, current)
        self.show(branch_ids)

    def show(self, branch_ids: Sequence[str]) -> None:
        """Show branches side by side; the keyboard goes to the first of them.

        Raises:
            UsageError: they cannot be compared.
        """
        screen = self._screen
        screen.columns.compare([Position(branch_id) for branch_id in branch_ids])
        self._session.checkout(self._session.state.refs[branch_ids[0]].name)
        screen.path_changed()
        screen.mark.update(screen.columns.target_name)
        screen.call_after_refresh(screen.chat.focus)

    def end(self) -> None:
        """Show only what is current."""
        screen = self._screen
        screen.columns.end()
        screen.path_changed()
        screen.mark.update(screen.columns.target_name)
        screen.set_focus(screen.chat)

    def choose_target(self) -> None:
        """Let the composer write to another column, or to all.

        Raises:
            UsageError: there is one chat.
        """
        columns = self._screen.columns
        if not columns.comparing:
            raise UsageError("There is one chat to write to.", "c on two branches shows them side by side.")
        columns.choose_target()
        self._screen.mark.update(columns.target_name)

    def toggle_common(self) -> None:
        """Show in every column what all have in common, or hide it again.

        Raises:
            UsageError: there is one chat.
        """
        columns = self._screen.columns
        if not columns.comparing:
            raise UsageError("Nothing is compared.", "c on two branches shows them side by side.")
        columns.opened = not columns.opened
        columns.follow()
