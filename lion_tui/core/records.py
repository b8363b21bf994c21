"""What one operation changed, as JSON values: enough to do it again on the session as it was before.

Each record is a dict. All but the last kind have `op`, the number of the operation; each operation has one record.

- `do`: a gesture, with `rows`, the messages that it made (by column, without nulls), and `undoable`;
- `undo`, `redo`: the time at which it was done;
- `show`: the position shown;
- `end`: the id of an answer that ended, with `status`, `values` (by column), `parts` and `size`;
- `queue`: the id of a branch, with all `prompts` that wait there now;
- `draft`: the id of a branch, with its `text`;
- `purge`: the ids of messages, with the time `at`;
- `add`: the id of an answer that grew, with `content` and `reasoning`, each as the UTF-8 bytes that were there before
  and what came. It is no operation: its `op` is that of the latest one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from lion_tui.core import shapes
from lion_tui.core.changes import Position
from lion_tui.core.errors import LionError, UsageError
from lion_tui.core.events import Changed, CheckedOut, DraftChanged, Finished, Purged, QueueChanged
from lion_tui.core.logged import gesture_from_values
from lion_tui.core.message import STATUSES
from lion_tui.core.state import QueuedPrompt
from lion_tui.core.tree import NO_ROW

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from lion_tui.core.events import Event, Streamed
    from lion_tui.core.message import Json
    from lion_tui.core.state import State

_GROWING: Final = ("content", "reasoning")
_ENDING: Final = (
    "error", "finish_reason", "tokens_in", "tokens_out", "tokens_cached", "tokens_reasoning", "cost_usd", "ttft_s",
    "total_s", "metadata",
)  # fmt: skip
_FROM_ARRAYS: Final = ("seq", "timestamp")
_FROM_TEXTS: Final = ("content", "reasoning", "parts")


class Growth:
    """What has come of one answer and is in no record yet."""

    def __init__(self, state: State, first: Streamed) -> None:
        """Count from what the answer held before the `first` that came."""
        texts, row = state.tree.texts, state.tree.row(first.node_id)
        came = {"content": first.text, "reasoning": first.reasoning}
        self._sizes = {
            name: len((texts.get(row, name) or "").encode()) - len(text.encode()) for name, text in came.items()
        }
        self._pieces: dict[str, list[str]] = {name: [] for name in _GROWING}

    def add(self, content: str, reasoning: str) -> None:
        """Take what came."""
        self._pieces["content"].append(content)
        self._pieces["reasoning"].append(reasoning)

    def record(self, op: int, node_id: str) -> dict[str, Json] | None:
        """Return the record of what came since the last one; None if nothing did."""
        record: dict[str, Json] = {"op": op, "add": node_id}
        for name, pieces in self._pieces.items():
            if text := "".join(pieces):
                record[name] = [self._sizes[name], text]
                self._sizes[name] += len(text.encode())
            pieces.clear()
        return record if len(record) > 2 else None


def record_of(state: State, event: Event) -> dict[str, Json] | None:
    """Return the record of the operation that `event` tells of, just after it was done; None if it tells of none."""
    match event:
        case Changed(op, gesture, "do"):
            rows = [row for made in gesture.made for row in state.tree.rows_of(made.first, made.last)]
            undoable = bool(state.undo) and (gesture.joins or state.undo[-1] is gesture)
            return {
                "op": op,
                "do": gesture.to_values(),
                "rows": [_row_values(state, row) for row in rows],
                "undoable": undoable,
            }
        case Changed(op, _, way, at):
            return {"op": op, way: at}
        case CheckedOut(op, _, after):
            return {"op": op, "show": [after.branch_id, after.node_id]}
        case Finished(op, node_id, status):
            return {"op": op, "end": node_id, "status": status, **_ending(state, state.tree.row(node_id))}
        case QueueChanged(op, branch_id):
            return {
                "op": op,
                "queue": branch_id,
                "prompts": [prompt._asdict() for prompt in state.queues.get(branch_id, ())],
            }
        case DraftChanged(op, branch_id):
            return {"op": op, "draft": branch_id, "text": state.drafts.get(branch_id, "")}
        case Purged(op, node_ids, at):
            return {"op": op, "purge": list(node_ids), "at": at}
    return None


def _row_values(state: State, row: int) -> dict[str, Json]:
    tree = state.tree
    values: dict[str, Json] = {name: column[row] for name, column in tree.listed.items()}
    values |= {name: getattr(tree, name)[row] for name in _FROM_ARRAYS}
    values |= {name: tree.texts.get(row, name) for name in _FROM_TEXTS}
    values |= {"parent_id": tree.id(tree.parent[row]), "deleted_at": tree.deleted_at[row] or None}
    return {name: value for name, value in values.items() if value is not None and value != ()}


def _ending(state: State, row: int) -> dict[str, Json]:
    tree = state.tree
    texts = [tree.texts.get(row, name) or "" for name in _GROWING]
    return {
        "values": {name: value for name in _ENDING if (value := tree.value(row, name)) is not None},
        "parts": tree.texts.get(row, "parts"),
        "size": [len(text.encode()) for text in texts],
    }


class ReplayError(UsageError):
    """Records that do not go on from where the session is.

    Attributes:
        fitting: How many of them do, from the first one on.
    """

    def __init__(self, what: str, fitting: int) -> None:
        """Say what is wrong, and after how many records."""
        super().__init__(what)
        self.fitting = fitting


def replay(state: State, records: Sequence[Mapping[str, Any]]) -> None:
    """Do again what `records` tell of, in their order.

    Operations that the session has already are left out, and so is text.

    Raises:
        ReplayError: a record does not fit; what comes before it was done, and it may be done in part.
    """
    sizes: dict[int, list[int]] = {}
    for at, record in enumerate(records):
        try:
            if "add" in record:
                _grow(state, record, sizes)
            elif record["op"] > state.op:
                _do(state, record)
        except (LionError, LookupError, TypeError, ValueError, AttributeError, OverflowError, StopIteration) as error:
            what = f"Record {at + 1} does not fit the session ({type(error).__name__}: {error})."
            raise ReplayError(what, at) from error


def _do(state: State, record: Mapping[str, Any]) -> None:
    if record["op"] != state.op + 1:
        raise ValueError(f"operation {record['op']} does not follow {state.op}")
    kind = next(kind for kind in _DOING if kind in record)
    _DOING[kind](state, record)
    if state.op != record["op"]:
        raise ValueError("it changes nothing")


def _undo(state: State, record: Mapping[str, Any]) -> None:
    state.not_before(shapes.whole(record["undo"]))
    state.undo_latest(record["undo"])


def _redo(state: State, record: Mapping[str, Any]) -> None:
    state.not_before(shapes.whole(record["redo"]))
    state.redo_latest(record["redo"])


def _show(state: State, record: Mapping[str, Any]) -> None:
    position = Position.of(*record["show"])
    position.check(state.tree, state.refs)
    state.show(position)


def _queue(state: State, record: Mapping[str, Any]) -> None:
    state.set_queue(shapes.text(record["queue"]), [QueuedPrompt.of(prompt) for prompt in record["prompts"]])


def _draft(state: State, record: Mapping[str, Any]) -> None:
    state.set_draft(shapes.text(record["draft"]), shapes.text(record["text"]))


def _purge(state: State, record: Mapping[str, Any]) -> None:
    rows = [state.tree.row(node_id) for node_id in shapes.texts(record["purge"])]
    state.not_before(shapes.whole(record["at"]))
    state.erase(rows, record["at"])


def _gesture(state: State, record: Mapping[str, Any]) -> None:
    gesture = gesture_from_values(record["do"])
    tree, before, first = state.tree, state.current, len(state.tree)
    if before != gesture.before:
        raise ValueError("something else was shown")
    state.not_before(gesture.at)
    head = state.head_row(before)
    for values in record["rows"]:
        parent = NO_ROW if values.get("parent_id") is None else tree.row(values["parent_id"])
        if values["seq"] < state.next_seq or values["node_id"] in tree:
            raise ValueError(f"the message {values['node_id']!r} is there already")
        state.next_seq = shapes.count(values["seq"]) + 1
        tree.append(parent, {**values, "source_ids": tuple(values.get("source_ids") or ())})
        state.not_before(values["timestamp"])
    gesture.check(state)
    for change in gesture.changes:
        change.apply(state)
    state.current = gesture.after
    state.note(before, head, first)
    if shapes.flag(record["undoable"]):
        state.log(gesture)
    state.op += 1


def _grow(state: State, record: Mapping[str, Any], sizes: dict[int, list[int]]) -> None:
    """Add the text that is not there yet; none of it is if an operation followed that the session has."""
    if record["op"] < state.op:
        return
    tree = state.tree
    row = tree.row(record["add"])
    known = sizes.setdefault(row, [len((tree.texts.get(row, name) or "").encode()) for name in _GROWING])
    added = ["", ""]
    for at, name in enumerate(_GROWING):
        if name not in record:
            continue
        offset, text = record[name]
        encoded = shapes.text(text).encode()
        if not 0 <= shapes.whole(offset) <= known[at]:
            raise ValueError(f"bytes {known[at]} to {offset} of an answer are missing")
        if offset + len(encoded) > known[at]:
            added[at] = encoded[known[at] - offset :].decode()
            known[at] = offset + len(encoded)
    if any(added) and tree.status[row] != "streaming":
        raise ValueError("an answer grew after its end")
    tree.texts.extend(row, *added)


def _end(state: State, record: Mapping[str, Any]) -> None:
    texts, row = state.tree.texts, state.tree.row(record["end"])
    found = [texts.get(row, name) for name in _GROWING]
    if [len((text or "").encode()) for text in found] != record["size"]:
        raise ValueError("an answer is not as long as it was")
    if state.tree.status[row] != "streaming" or record["status"] not in STATUSES:
        raise ValueError("an answer cannot end so")
    texts.replace(row, found[0] or "", found[1], record["parts"])
    state.finish(row, record["status"], {name: record["values"].get(name) for name in _ENDING})


_DOING: Final[Mapping[str, Callable[[State, Mapping[str, Any]], None]]] = {
    "do": _gesture,
    "undo": _undo,
    "redo": _redo,
    "show": _show,
    "end": _end,
    "queue": _queue,
    "draft": _draft,
    "purge": _purge,
}
