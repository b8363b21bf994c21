"""Copying messages from one place of the tree to another: some of them, or a subtree."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from lion_tui.core.errors import StillComing, UsageError
from lion_tui.core.operations.alternatives import check_ended, copy, copy_tail
from lion_tui.core.refs import free_name
from lion_tui.core.tree import NO_ROW

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from lion_tui.core.changes import Position
    from lion_tui.core.message import Message
    from lion_tui.core.state import State
    from lion_tui.core.tree import Tree

_ADOPTED: Final = (
    "role", "sender", "recipient", "content", "reasoning", "parts", "params", "metadata", "status", "service", "model",
    "finish_reason", "error",
)  # fmt: skip


def cherry_pick(state: State, position: Position, rows: Sequence[int]) -> list[int]:
    """Copy messages to the end of what `position` shows, in the order given, and return the copies.

    Raises:
        UsageError: there are none, or one is deleted or still comes.
    """
    rows = list(dict.fromkeys(rows))
    _check_there(state.tree, rows)
    with state.gesture("cherry-pick") as gesture:
        branch_id = gesture.branch_to_write(position)
        first = len(state.tree)
        end = copy_tail(state, gesture, rows, state.head_row(position))
        gesture.move_head(branch_id, end)
    return list(range(first, first + len(rows)))


def graft(state: State, position: Position, row: int, onto: int) -> int:
    """Copy a message and all below it that lives under another one, and return the copy of the first.

    The head of `position` goes along if it is there: to the copy of the leaf that was shown last below `row`.

    Raises:
        UsageError: either is deleted, `onto` is part of what is copied, or an answer still comes there.
    """
    tree = state.tree
    _check_there(tree, [row])
    if not tree.alive(onto):
        raise UsageError("The message to graft under is deleted.", "Restore it first.")
    if tree.holds(onto, row):
        raise UsageError("A message cannot be grafted under itself or what is below it.", "Choose another place.")
    rows = sorted(each for each in tree.subtree(row) if tree.alive(each))
    check_ended(tree, [*rows, onto])
    leaf = state.descend(row)
    with state.gesture("graft") as gesture:
        branch_id = gesture.branch_to_write(position) if state.head_row(position) == onto else None
        copies: dict[int, int] = {}
        for each in rows:
            copies[each] = copy(state, gesture, each, copies.get(tree.parent[each], onto))
        if branch_id:
            gesture.move_head(branch_id, copies[leaf])
    return copies[row]


def adopt(state: State, messages: Sequence[Message], name: str, settings: Mapping[str, Any]) -> str:
    """Copy a path of another session onto a branch of its own, and return the id of that.

    Raises:
        UsageError: an answer still comes there.
    """
    if any(message.status == "streaming" for message in messages):
        raise StillComing("An answer is still coming there.", "Wait for its end, or stop it.")
    with state.gesture("branch") as gesture:
        ref = gesture.new_ref(free_name(name, state.names()), NO_ROW, **settings)
        row = NO_ROW
        for message in messages:
            values = {field: getattr(message, field) for field in _ADOPTED}
            row = gesture.add(row, origin="import", branch=ref.name, **values)
        gesture.move_head(ref.branch_id, row)
    return ref.branch_id


def _check_there(tree: Tree, rows: Sequence[int]) -> None:
    if not rows:
        raise UsageError("There is nothing to copy.", "Name a message.")
    for row in rows:
        if tree.purged(row):
            raise UsageError("A purged message cannot be copied: its text is gone for good.", "Leave it out.")
        if not tree.alive(row):
            raise UsageError("A deleted message cannot be copied.", "Restore it first.")
    check_ended(tree, rows)
