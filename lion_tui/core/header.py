"""A session's data as a snapshot for a file, and back."""

from __future__ import annotations

from dataclasses import asdict, replace
from typing import TYPE_CHECKING, Any, Final

from lion_tui.core.changes import Gesture, Position
from lion_tui.core.errors import UsageError
from lion_tui.core.refs import Ref
from lion_tui.core.snapshot import Snapshot
from lion_tui.core.state import QueuedPrompt, State
from lion_tui.core.tree import Tree

if TYPE_CHECKING:
    from collections.abc import Mapping

    from lion_tui.core.message import Json

_KNOWN: Final = frozenset(
    {
        "session_id", "title", "tags", "created_at", "last_op", "next_seq", "current", "overlay", "branches", "marks",
        "votes", "groups", "queues", "view", "undo", "redo",
    }
)  # fmt: skip


def take_snapshot(state: State) -> Snapshot:
    """Return all of a session as it is now, in values that do not change after."""
    header: dict[str, Json] = {
        "session_id": state.session_id,
        "title": state.title,
        "tags": list(state.tags),
        "created_at": state.created_at,
        "last_op": state.op,
        "next_seq": state.next_seq,
        "current": {"branch": state.current.branch_id, "node": state.current.node_id},
        "overlay": dict(state.overlay),
        "branches": [ref.to_json() for ref in state.names().values()],
        "marks": {node_id: dict(marks) for node_id, marks in state.marks.items()},
        "votes": state.votes,
        "groups": state.groups,
        "queues": {branch_id: [asdict(prompt) for prompt in prompts] for branch_id, prompts in state.queues.items()},
        "view": {"last_child": dict(state.last_child), "recent": list(state.recent)},
        "undo": [gesture.to_json() for gesture in state.undo],
        "redo": [gesture.to_json() for gesture in state.redo],
    }
    return Snapshot({**state.extra, **header}, state.tree.columns())


def restore_snapshot(snapshot: Snapshot) -> tuple[State, list[str]]:
    """Return the session that a snapshot holds, and what had to be put right, a sentence each.

    An answer that was streaming when the snapshot was taken becomes `interrupted` and keeps its text.

    Raises:
        UsageError: the snapshot is not one of a session.
    """
    report = []
    state = State()
    state.tree, lost = Tree.from_columns(snapshot.columns)
    if lost:
        report.append(f"{lost} messages had no parent and are under lost+found.")
    try:
        _fill(state, dict(snapshot.header))
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise UsageError(f"The header is not one of a session ({type(error).__name__}: {error}).") from error
    if cut := _interrupt(state):
        report.append(f"{cut} answers had not ended: they are kept as interrupted.")
    if _mend_references(state):
        report.append("A branch or the view pointed at a message that is not there.")
    return state, report


def _fill(state: State, header: Mapping[str, Any]) -> None:
    tree = state.tree
    state.session_id = header["session_id"]
    state.title = header["title"]
    state.tags = list(header["tags"])
    state.created_at = header["created_at"]
    state.op = header["last_op"]
    state.next_seq = max(header["next_seq"], tree.seq[-1] + 1 if len(tree) else 1)
    state.current = Position(header["current"]["branch"], header["current"]["node"])
    state.overlay = dict(header["overlay"])
    state.refs = {value["branch_id"]: Ref(**value) for value in header["branches"]}
    state.marks = {node_id: dict(marks) for node_id, marks in header["marks"].items()}
    state.votes = header["votes"]
    state.groups = header["groups"]
    state.queues = {
        branch_id: [QueuedPrompt(**prompt) for prompt in prompts] for branch_id, prompts in header["queues"].items()
    }
    state.last_child = dict(header["view"]["last_child"])
    state.recent = list(header["view"]["recent"])
    state.undo.extend(Gesture.from_json(value) for value in header["undo"])
    state.redo = [Gesture.from_json(value) for value in header["redo"]]
    state.extra = {name: value for name, value in header.items() if name not in _KNOWN}
    if len(tree):
        state.not_before(max(tree.timestamp))
        state.not_before(max(tree.deleted_at))


def _interrupt(state: State) -> int:
    tree = state.tree
    cut = [row for row, status in enumerate(tree.status) if status == "streaming"]
    for row in cut:
        tree.status[row] = "interrupted"
        tree.listed["error"][row] = "The program ended before the answer did."
    return len(cut)


def _mend_references(state: State) -> bool:
    """Point heads and the view at messages that exist and live."""
    tree = state.tree

    def living(node_id: str | None) -> str | None:
        return tree.id(tree.nearest_alive(tree.row(node_id))) if node_id is not None and node_id in tree else None

    mended = False
    for branch_id, ref in state.refs.items():
        if (head := living(ref.head)) != ref.head:
            state.refs[branch_id], mended = replace(ref, head=head), True
    shown = state.current
    if shown.branch_id is not None and shown.branch_id not in state.refs:
        latest = state.latest_ref()
        state.current, mended = Position(latest.branch_id if latest else None), True
    elif (node_id := living(shown.node_id)) != shown.node_id:
        state.current, mended = Position(None, node_id), True
    return mended
