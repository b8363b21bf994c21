"""Putting branches side by side, as the user says it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from lion_tui.core.changes import Position
from lion_tui.core.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lion_tui.app.screens.main import MainScreen
    from lion_tui.core.state import State

MOST: Final = 4
"""Branches that stand side by side at once."""


def to_compare(state: State, names: Sequence[str]) -> list[str]:
    """Return the ids of branches that can stand side by side.

    Raises:
        UsageError: there is no branch of such a name, there are too few or too many, or two are the same.
    """
    branch_ids = [state.ref_named(name).branch_id for name in names]
    if len(branch_ids) == 1:
        raise UsageError("One branch cannot be compared.", f"Name two to {MOST}.")
    if len(branch_ids) > MOST:
        raise UsageError(f"{len(branch_ids)} branches cannot be compared.", f"Name two to {MOST}.")
    if len(set(branch_ids)) < len(branch_ids):
        raise UsageError("A branch cannot be compared with itself.", "Name another one.")
    return branch_ids


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
            self._screen.say_note("")
            self._screen.call_after_refresh(self._screen.chat.focus)
            return
        self._marked = branch_id
        self._screen.say_note(
            f"{self._session.state.refs[branch_id].name} is marked; c on another branch compares them."
        )

    def _branch_to_compare(self) -> str:
        """Return the branch that ends at the selected message; one is made where there is none."""
        ends = [branch.branch_id for branch in self._screen.selected.ends()]
        current = self._session.state.current.branch_id
        if current in ends or (self._screen.focused is not self._screen.tree_pane and current):
            return current or ""
        return (ends or [self._session.fork(self._session.message(self._screen.selected.node())).branch_id])[0] or ""

    def show_named(self, names: Sequence[str]) -> None:
        """Show the branches of these names side by side; one name stands for the current branch and that one.

        Raises:
            UsageError: there is no such branch, or they cannot be compared.
        """
        state = self._session.state
        if len(names) == 1 and not self._session.current.detached:
            names = [self._session.current.name, *names]
        self.show(to_compare(state, names))
        self._screen.call_after_refresh(self._screen.chat.focus)

    def show(self, branch_ids: Sequence[str]) -> None:
        """Show branches side by side; the first of them is current."""
        screen = self._screen
        screen.columns.compare([Position(branch_id) for branch_id in branch_ids])
        self._session.checkout(self._session.state.refs[branch_ids[0]].name)
        screen.path_changed()

    def end(self) -> None:
        """Show only what is current."""
        screen = self._screen
        screen.columns.end()
        screen.path_changed()
        screen.set_focus(screen.chat)
        screen.update_hints()

    def choose_target(self) -> None:
        """Let the composer write to another column, or to all.

        Raises:
            UsageError: there is one chat.
        """
        columns = self._screen.columns
        if not columns.comparing:
            raise UsageError("There is one chat to write to.", "c on two branches shows them side by side.")
        columns.choose_target()
        self._screen.mark.say(columns.target_name)

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
