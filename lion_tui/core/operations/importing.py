"""Taking messages over that were written elsewhere."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from lion_tui.core.errors import UsageError
from lion_tui.core.ids import uuid7

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from lion_tui.core.changes import Position
    from lion_tui.core.message import Json
    from lion_tui.core.state import State

_HERE: Final = frozenset({"parent_id", "seq", "branch", "group_id", "deleted_at"})
"""What of a message belongs to the place where it was."""

_TOOK: Final = frozenset(
    {"tokens_in", "tokens_out", "tokens_cached", "tokens_reasoning", "cost_usd", "ttft_s", "total_s"}
)
"""What an answer took: it is counted once in a session, so no copy has it."""

_TAKEN: Final = frozenset({"copy", "import"})


def extend(state: State, position: Position, columns: Mapping[str, Sequence[Json]]) -> list[int]:
    """Add messages at the end of what `position` shows, one after the other, and return their rows.

    Left out are deleted ones, those that the path has, itself or as a copy, and all but the first of several with one
    id. A message that is elsewhere in the session is copied; any other keeps its id. An answer that had not ended is
    `interrupted`.

    Args:
        state: The session's data.
        position: The branch.
        columns: The messages, as `rows.stored_columns` returns them.

    Raises:
        UsageError: they are no path: one answers another that is not the one before.
    """
    tree = state.tree
    held = set()
    for row in tree.ancestors(state.head_row(position)):
        held.add(tree.node_id[row])
        if tree.value(row, "origin") in _TAKEN:
            held.update(tree.value(row, "source_ids"))
    given = [dict(zip(columns, values, strict=True)) for values in zip(*columns.values(), strict=True)]
    first = {message["node_id"]: message for message in reversed(given) if message["deleted_at"] is None}
    messages = list(reversed(first.values()))
    _check_path(messages)
    messages = [message for message in messages if message["node_id"] not in held]
    if not messages:
        return []
    with state.gesture("import") as gesture:
        branch_id = gesture.branch_to_write(position)
        name, row = state.refs[branch_id].name, state.head_row(position)
        rows = [row := gesture.add_stored(row, {**_taken(state, message), "branch": name}) for message in messages]
        gesture.move_head(branch_id, row)
    return rows


def _taken(state: State, message: Mapping[str, Json]) -> dict[str, Json]:
    copied = message["node_id"] in state.tree
    left_out = _HERE | _TOOK if copied else _HERE
    values = {name: value for name, value in message.items() if name not in left_out} | {"origin": "import"}
    if copied:
        values |= {"node_id": uuid7(), "origin": "copy", "source_ids": (message["node_id"],)}
    if message["status"] == "streaming":
        values |= {"status": "interrupted", "error": "It had not ended when it was taken over."}
    return values


def _check_path(messages: Sequence[Mapping[str, Json]]) -> None:
    ids = {message["node_id"] for message in messages}
    last = None
    for message in messages:
        if message["parent_id"] in ids and message["parent_id"] != last:
            raise UsageError(
                f"The messages are no path: {message['node_id']!r} does not answer the one before it.",
                "Give those of one branch, in their order.",
            )
        last = message["node_id"]
