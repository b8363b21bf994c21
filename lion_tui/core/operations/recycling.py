"""What was deleted or archived, to be brought back."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from lion_tui.core.tree import NO_ROW

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lion_tui.core.state import State


class Discarded(NamedTuple):
    """A message that was deleted or archived, with what went with it.

    Attributes:
        row: The first message.
        messages: How many messages there are, itself among them.
        deleted_at: When it was deleted, in microseconds since 1970, UTC; 0 if it is archived.
    """

    row: int
    messages: int
    deleted_at: int = 0


def deleted_subtrees(parents: Sequence[int], deleted_at: Sequence[int]) -> list[Discarded]:
    """Return what was deleted, each deletion once, the latest first; it only reads what it is given.

    Args:
        parents: The parent of each row.
        deleted_at: When each row was deleted; 0 if it lives.
    """
    top: dict[int, int] = {}
    counts: dict[int, int] = {}
    for row, time in enumerate(deleted_at):
        if time:
            parent = parents[row]
            first = top[row] = top[parent] if parent != NO_ROW and deleted_at[parent] == time else row
            counts[first] = counts.get(first, 0) + 1
    found = [Discarded(row, count, deleted_at[row]) for row, count in counts.items()]
    return sorted(found, key=lambda each: -each.deleted_at)


def archived_subtrees(state: State) -> list[Discarded]:
    """Return what is archived, each message that carries the mark once, the latest first."""
    tree = state.tree
    rows = [tree.row(node_id) for node_id, marks in state.marks.items() if marks.get("archived")]
    return [
        Discarded(row, sum(tree.alive(each) for each in tree.subtree(row)))
        for row in sorted(rows, reverse=True)
        if tree.alive(row)
    ]
