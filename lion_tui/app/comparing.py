"""Putting branches side by side, as the user says it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from lion_tui.app.transcript.wrapping import clip
from lion_tui.core.changes import Position
from lion_tui.core.errors import UsageError
from lion_tui.core.operations.viewing import heads_at

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lion_tui.app.screens.main import MainScreen
    from lion_tui.core.state import State

_NAME: Final = 20
MOST: Final = 4
"""Branches that stand side by side at once."""


def to_compare(state: State, names: Sequence[str]) -> list[Position]:
    """Return what shows branches, or ends without a name by their ids, that can stand side by side.

    Raises:
        UsageError: there is no branch of such a name, there are too few or too many, or two are the same.
    """
    positions = [state.position_named(name) for name in names]
    for name, position in zip(names, positions, strict=True):
        if position.node_id and not state.tree.alive(state.tree.row(position.node_id)):
            raise UsageError(f"The message {name!r} is deleted.", "Restore it first: D lists what was deleted.")
    if len(positions) == 1:
        raise UsageError("One branch cannot be compared.", f"Name two to {MOST}.")
    if len(positions) > MOST:
        raise UsageError(f"{len(positions)} branches cannot be compared.", f"Name two to {MOST}.")
    if len(set(positions)) < len(positions):
        raise UsageError("A branch cannot be compared with itself.", "Name another one.")
    return positions


class Comparing:
    """Chooses which branches the columns of a screen show, and which of them the composer writes to."""

    def __init__(self, screen: MainScreen) -> None:
        """Choose for the columns of `screen`."""
        self._screen = screen
        self._session = screen.session
        self._marked: str | None = None  # the branch that is to be compared with another one

    @property
    def marked(self) -> list[str]:
        """The id of the branch that is marked to be compared, if one is."""
        return [self._marked] if self._marked in self._session.state.refs else []

    @property
    def said(self) -> tuple[str, ...]:
        """What the status line says of a branch that is marked, with ids of commands in braces."""
        refs = self._session.state.refs
        return tuple(f"⇄ {clip(refs[each].name, _NAME)}: {{compare}} on another compares" for each in self.marked)

    def unmark(self) -> bool:
        """Let no branch be marked, and tell whether one was."""
        there, self._marked = bool(self.marked), None
        return there

    def mark(self) -> None:
        """Compare the selected branch with the one that was marked before, or mark it; end what is compared."""
        if self._screen.columns.comparing:
            self.end()
            return
        branch_id = self._branch_to_compare()
        if self._marked in self._session.state.refs and self._marked not in {None, branch_id}:
            marked, self._marked = self._marked, None
            self.show([Position(marked), Position(branch_id)])
            self._screen.say_note("")
            self._screen.call_after_refresh(self._screen.chat.focus)
            return
        self._marked = branch_id
        self._screen.say_note(
            f"{self._session.state.refs[branch_id].name} is marked; c on another branch compares them."
        )
        self._screen.status_changed()

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

    def show(self, positions: Sequence[Position]) -> None:
        """Show what positions show side by side; the first column has what is current."""
        screen = self._screen
        screen.blind.leave_votes()
        screen.columns.compare(positions)
        self._session.state.show(screen.columns.numbered()[0][1])
        screen.showing.path_changed()

    def end(self) -> None:
        """Show only what is current."""
        screen = self._screen
        screen.blind.leave_votes()
        screen.columns.end()
        screen.showing.path_changed()
        screen.set_focus(screen.chat)
        screen.update_hints()

    def shuffle(self) -> None:
        """Put the columns in an order of chance; the first one has what is current."""
        screen = self._screen
        in_chat = screen.focused is screen.chat
        screen.blind.leave_votes()
        screen.columns.shuffle()
        self._session.state.show(screen.columns.numbered()[0][1])
        screen.showing.path_changed()
        if in_chat:
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
        self._screen.mark.say(columns.target_name)

    def toggle_common(self) -> None:
        """Show in every column what all have in common, or hide it again.

        Raises:
            UsageError: there is one chat.
        """
        columns = self._screen.columns
        if not columns.comparing:
            raise UsageError("Nothing is compared.", "c on two branches shows them side by side.")
        columns.toggle_common()

    def diff(self) -> None:
        """Show what differs between columns, or show it no more.

        With one chat, the branch that is selected is put beside the one that was marked, or beside the alternative
        before the selected message.

        Raises:
            UsageError: there is nothing that it could be compared with.
        """
        columns = self._screen.columns
        if columns.comparing:
            columns.toggle_differences()
            self._screen.update_hints()
            return
        positions = self._marked_and_selected() or self._siblings()
        columns.compare(positions)
        columns.diffing.toggle()
        self._session.state.show(positions[-1])
        self._screen.showing.path_changed()
        self._screen.say_note("")
        self._screen.call_after_refresh(self._screen.chat.focus)

    def _marked_and_selected(self) -> list[Position]:
        """Return the marked branch and what is selected; nothing if none is marked, or it is selected itself."""
        state, marked = self._session.state, self._marked
        if marked is None or marked not in state.refs:
            return []
        selected = self._position_of(self._screen.selected.row())
        if selected == Position(marked):
            return []
        self._marked = None
        return [Position(marked), selected]

    def _siblings(self) -> list[Position]:
        """Return the selected message and the alternative before it, or the one after the first, in their order."""
        state, row = self._session.state, self._screen.selected.row()
        siblings = state.siblings(row)
        if len(siblings) < 2:
            raise UsageError(
                "There is nothing to compare this with.",
                "c marks a branch, and = on another one shows what differs; of alternatives, = compares two.",
            )
        at = siblings.index(row) if row in siblings else len(siblings) - 1
        return [self._position_of(siblings[each]) for each in ((at - 1, at) if at else (0, 1))]

    def _position_of(self, row: int) -> Position:
        """Return what shows the path through a message down to where one was last: a branch if one ends there."""
        state = self._session.state
        if self._screen.chat.shows(row):
            return state.current
        leaf = state.descend(row)
        heads = heads_at(state, leaf)
        return Position(heads[0].branch_id) if heads else Position(None, state.tree.node_id[leaf])

    def choose_unit(self) -> None:
        """Show what differs by words, by lines, or not at all.

        Raises:
            UsageError: there is one chat.
        """
        columns = self._screen.columns
        if not columns.comparing:
            raise UsageError("Nothing is compared.", "= compares alternatives, or a marked branch with another one.")
        columns.diffing.cycle()
        columns.diff()
        self._screen.update_hints()

    def toggle_lock(self) -> None:
        """Have the columns scroll together, or each alone.

        Raises:
            UsageError: there is one chat.
        """
        if not self._screen.columns.comparing:
            raise UsageError("Nothing is compared.", "c on two branches shows them side by side.")
        self._screen.columns.toggle_lock()
