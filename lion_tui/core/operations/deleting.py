"""Deleting, restoring, archiving and purging messages."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from lion_tui.core.changes import Position
from lion_tui.core.errors import UsageError
from lion_tui.core.tree import NO_ROW

if TYPE_CHECKING:
    from lion_tui.core.state import State


class Reach(NamedTuple):
    """How much a deletion takes: so many messages, and the heads of so many branches."""

    messages: int
    branches: int


def reach(state: State, *rows: int) -> Reach:
    """Return what deleting messages would take, none of which is below another."""
    tree = state.tree
    below = {tree.node_id[each] for row in rows for each in tree.subtree(row) if tree.alive(each)}
    return Reach(len(below), sum(ref.head in below for ref in state.refs.values()))


def delete(state: State, row: int) -> Reach:
    """Delete a message and all below it. Heads there go to the nearest message that lives."""
    tree = state.tree
    if not tree.alive(row):
        raise UsageError("The message is deleted already.", "Restore brings it back.")
    taken = reach(state, row)
    with state.gesture("delete") as gesture:
        gesture.set_alive(row, None, gesture.at, subtree=True)
        above = tree.nearest_alive(row)
        displaced = dict(state.marks.get(tree.node_id[row], {}).get("heads", {}))
        for ref in list(state.refs.values()):
            if ref.head and not tree.alive(tree.row(ref.head)):
                displaced[ref.branch_id] = ref.head
                gesture.move_head(ref.branch_id, above)
        gesture.set_mark(row, "heads", displaced or None)
        shown = state.current.node_id
        if shown and not tree.alive(tree.row(shown)):
            latest = state.latest_ref() if above == NO_ROW else None
            gesture.show(Position(latest.branch_id) if latest else Position(None, tree.id(above)))
    return taken


def restore(state: State, row: int) -> None:
    """Bring a deleted message back, with all that was deleted with it, its ancestors, and heads that were there."""
    tree = state.tree
    if tree.alive(row):
        raise UsageError("The message is not deleted.", "There is nothing to restore.")
    if tree.purged(row):
        raise UsageError("The message was purged: its text is gone for good.", "Add a new one.")
    with state.gesture("restore") as gesture:
        for ancestor in tree.ancestors(row):
            if tree.alive(ancestor):
                break
            gesture.set_alive(ancestor, tree.deleted_at[ancestor], None, subtree=ancestor == row)
        # From the root down, each deletion's heads go back if they are still where that deletion put them.
        for each in tree.path(row):
            heads = state.marks.get(tree.node_id[each], {}).get("heads", {})
            back = {branch_id: head for branch_id, head in heads.items() if tree.alive(tree.row(head))}
            for branch_id, head in back.items():
                ref = state.refs.get(branch_id)
                if ref and ref.head == tree.id(tree.parent[each]):
                    gesture.move_head(branch_id, tree.row(head))
            if back:
                gesture.set_mark(each, "heads", {key: heads[key] for key in heads if key not in back} or None)


def archive(state: State, row: int, archived: bool) -> None:
    """Hide a message and all below it from lists and counters, or show it again."""
    with state.gesture("archive") as gesture:
        gesture.set_mark(row, "archived", archived or None)


def keep_only(state: State, end: int) -> Reach:
    """Archive everything but the path to a row, and return how much that was.

    Raises:
        UsageError: there is nothing else.
    """
    tree = state.tree
    others = [
        other
        for above in (NO_ROW, *tree.path(end))
        for other in tree.live_children(above)
        if not tree.holds(end, other) and not state.archived(other)
    ]
    if not others:
        raise UsageError("There is nothing beside this path.", "D lists what is archived or deleted.")
    taken = reach(state, *others)
    with state.gesture("keep only") as gesture:
        for other in others:
            gesture.set_mark(other, "archived", True)
    return taken


def purge(state: State, row: int) -> int:
    """Take the texts of a deleted message and all below it away for good; return how many.

    Raises:
        UsageError: the message lives.
    """
    if state.tree.alive(row):
        raise UsageError("Only a deleted message can be purged.", "Delete it first.")
    rows = list(state.tree.subtree(row))
    state.purge(rows)
    return len(rows)
