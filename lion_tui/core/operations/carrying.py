"""What followed a message that was edited: it stays where it is, and can be brought along as copies."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lion_tui.core.errors import StillComing, UsageError
from lion_tui.core.operations.alternatives import IN_PLACE, copy_tail

if TYPE_CHECKING:
    from lion_tui.core.changes import Position
    from lion_tui.core.state import State


def left_behind(state: State, row: int) -> list[int]:
    """Return the rows that follow the original of an edited message, down to where one was last.

    Raises:
        UsageError: it is not an edited message, or nothing follows its original.
    """
    tree = state.tree
    sources = tree.value(row, "source_ids")
    if tree.value(row, "origin") != "edit" or not sources or sources[0] not in tree:
        raise UsageError("This message is not an edited one.", "e edits a message; then what followed can come along.")
    source = tree.row(sources[0])
    tail = [each for each in tree.path(state.descend(source)) if each > source] if tree.alive(source) else []
    if not tail:
        raise UsageError("Nothing follows the old text of this message.")
    return tail


def carry(state: State, position: Position, row: int) -> int:
    """Copy what follows the original of an edited message under it, and return how many messages that is.

    The head of `position` goes to the end of the copies if it is the edited message.

    Raises:
        UsageError: nothing can be brought along, or an answer still comes there.
    """
    tail = left_behind(state, row)
    if any(state.tree.status[each] == "streaming" for each in tail):
        raise StillComing("An answer is still coming there.", "Wait for its end, or stop it.")
    with state.gesture("carry") as gesture:
        branch_id = gesture.branch_to_write(position) if state.head_row(position) == row else None
        end = copy_tail(state, gesture, tail, row, IN_PLACE)
        if branch_id:
            gesture.move_head(branch_id, end)
    return len(tail)
