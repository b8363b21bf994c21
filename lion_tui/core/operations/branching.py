"""Making, naming and moving branches."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from lion_tui.core.changes import Position
from lion_tui.core.errors import UsageError
from lion_tui.core.operations.alternatives import copy
from lion_tui.core.operations.writing import say, system_row
from lion_tui.core.params import checked_params
from lion_tui.core.refs import OVERLAY, free_name, valid_name
from lion_tui.core.text import scalar
from lion_tui.core.tree import NO_ROW

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from lion_tui.core.changes import Kind
    from lion_tui.core.refs import Ref
    from lion_tui.core.state import State


def fork(state: State, row: int, name: str | None, of: Ref | None, **overlay: Any) -> Ref:
    """Put a new branch on a message. No message is added."""
    overlay = _checked(overlay)
    name = name if name is not None else free_name(of.name if of else "main", state.names())
    with state.gesture("fork") as gesture:
        inherited = {field: getattr(of, field) for field in ("service", "model", "params")} if of else {}
        return gesture.new_ref(
            name, row, base=state.tree.id(row), fork_of=of.branch_id if of else None, **{**inherited, **overlay}
        )


def new_branch(
    state: State,
    name: str,
    *,
    system: str | None,
    sender: str | None = None,
    messages: Sequence[Mapping[str, Any]] = (),
    **overlay: Any,
) -> Ref:
    """Make a branch that begins with a root of its own, or empty."""
    with state.gesture("branch") as gesture:
        ref = gesture.new_ref(name, NO_ROW, **_checked(overlay))
        if system is not None:
            say(state, gesture, ref.branch_id, "system", system, sender=sender)
        for message in messages:
            say(state, gesture, ref.branch_id, origin="import", **message)
    return state.refs[ref.branch_id]


def rename(state: State, ref: Ref, name: str) -> None:
    """Give a branch another name."""
    others = state.names().keys() - {ref.name}
    with state.gesture("rename") as gesture:
        gesture.set_ref(ref.branch_id, name=valid_name(name, others))


def configure(state: State, position: Position, **overlay: Any) -> None:
    """Change the settings of what is shown: service, model, params, note, colour, archived."""
    overlay = _checked(overlay)
    with state.gesture("settings") as gesture:
        gesture.set_ref(gesture.branch_to_write(position), **overlay)


def configure_session(state: State, **overlay: Any) -> None:
    """Change the settings of the whole session: service, model, params.

    The branch that is shown gives up its own ones for them; others that have their own keep them.
    """
    checked = _checked(overlay)
    with state.gesture("settings") as gesture:
        values = {name: value for name, value in {**state.overlay, **checked}.items() if value}
        gesture.set_field("overlay", values)
        own: dict[str, Any] = {name: {} if name == "params" else None for name in checked}
        gesture.set_ref(gesture.branch_to_write(state.current), **own)


def _checked(settings: Mapping[str, Any]) -> dict[str, Any]:
    if unknown := settings.keys() - set(OVERLAY):
        raise UsageError(f"A branch has no setting {min(unknown)!r}.", f"It has: {', '.join(OVERLAY)}.")
    checked: dict[str, Any] = {}
    for name, value in settings.items():
        if name == "params":
            checked[name] = checked_params(value or {})
        elif name == "archived":
            checked[name] = bool(value)
        else:
            checked[name] = None if value is None else scalar(value) or None
    return checked


def delete_branch(state: State, ref: Ref, *, detach: bool) -> None:
    """Delete a branch's name; its messages stay.

    Args:
        state: The session's data.
        ref: The branch.
        detach: Whether the current branch may be deleted; its last message is shown detached then.

    Raises:
        UsageError: it is the current branch and `detach` is not set.
    """
    current = state.current.branch_id == ref.branch_id
    if current and not detach:
        raise UsageError(f"The branch {ref.name!r} is the current one and stays.", "Check out another branch first.")
    with state.gesture("delete branch") as gesture:
        gesture.drop_ref(ref.branch_id)
        if current:
            gesture.show(Position(None, ref.head))


def move_head(state: State, position: Position, row: int, kind: Kind) -> None:
    """Set the head of what `position` shows."""
    with state.gesture(kind) as gesture:
        gesture.move_head(gesture.branch_to_write(position), row)


def rollback(state: State, position: Position, steps: int) -> None:
    """Take a head back by so many messages of its path.

    Raises:
        UsageError: `steps` is less than one or more than the path has.
    """
    path = state.tree.path(state.head_row(position))
    if not 1 <= steps <= len(path):
        raise UsageError(
            f"Rolling back by {steps} is not possible: the branch has {len(path)} messages.", "Give 1 to that number."
        )
    move_head(state, position, path[-steps - 1] if steps < len(path) else NO_ROW, "rollback")


def clear(state: State, position: Position) -> None:
    """Set a head to the system prompt in force, or to nothing."""
    tree = state.tree
    system = system_row(tree, state.head_row(position))
    with state.gesture("clear") as gesture:
        branch_id = gesture.branch_to_write(position)
        if system != NO_ROW and any(tree.role[row] != "system" for row in tree.path(system)):
            # The prompt came into force later on, so it gets a root of its own that no turn precedes.
            system = copy(state, gesture, system, NO_ROW)
        gesture.move_head(branch_id, system)
