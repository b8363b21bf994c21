"""Choosing what is shown; no head moves here."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lion_tui.core.changes import Position
from lion_tui.core.errors import UsageError
from lion_tui.core.tree import NO_ROW

if TYPE_CHECKING:
    from lion_tui.core.refs import Ref
    from lion_tui.core.state import State


def check_out(state: State, target: Ref | int) -> None:
    """Show a branch, or the path through a message.

    A message that is the head of branches shows the one that was current most recently; if that is shown already, the
    next. Of any other message the path is shown, as by `show_path`. No head moves.
    """
    tree = state.tree
    if not isinstance(target, int):
        state.show(Position(target.branch_id))
        return
    if target == NO_ROW:
        state.show(Position())
        return
    if not tree.alive(target):
        raise UsageError("A deleted message cannot be shown.", "Restore it first.")
    here = heads_at(state, target)
    if here:
        state.show(Position(_next_of(state, here).branch_id))
    else:
        show_path(state, target)


def show_path(state: State, row: int) -> None:
    """Show the path through a message down to its last-visited leaf: on a branch where the leaf is a head."""
    tree = state.tree
    leaf = state.descend(row)
    there = heads_at(state, leaf)
    if not there:
        state.show(Position(None, tree.node_id[leaf]))
        return
    current = next((ref for ref in there if ref.branch_id == state.current.branch_id), None)
    chosen = current or state.latest_ref(there) or there[0]
    state.show(Position(chosen.branch_id))


def show_before(state: State, row: int) -> None:
    """Show the path that ends before a message, detached, so that writing goes on from there."""
    if not state.tree.alive(row):
        raise UsageError("A deleted message cannot be said anew.", "Restore it first.")
    state.show(Position(None, state.tree.id(state.tree.parent[row])))


def heads_at(state: State, row: int) -> list[Ref]:
    """Return the branches whose head is this message, in the order of their making."""
    node_id = state.tree.node_id[row]
    return sorted((ref for ref in state.refs.values() if ref.head == node_id), key=lambda ref: ref.branch_id)


def forked_from(state: State, ref: Ref) -> Ref | None:
    """Return the branch that another one begins on; None if it begins on none.

    That is the one that was current when it was made, unless a message further up was gone back to, which that branch
    has not: then it is the one that the message was written on.
    """
    current = state.refs.get(ref.fork_of or "")
    if current is None or ref.base is None or ref.base not in state.tree:
        return current
    row = state.tree.row(ref.base)
    if current.head is not None and state.tree.holds(state.tree.row(current.head), row):
        return current
    written_on = state.names().get(state.tree.value(row, "branch"))
    return current if written_on is None or written_on is ref else written_on


def _next_of(state: State, refs: list[Ref]) -> Ref:
    ids = [ref.branch_id for ref in refs]
    if state.current.branch_id in ids:
        return refs[(ids.index(state.current.branch_id) + 1) % len(refs)]
    return state.latest_ref(refs) or refs[0]
