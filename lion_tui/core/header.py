"""A session's data as a snapshot for a file, and back."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from lion_tui.core import shapes
from lion_tui.core.changes import Position
from lion_tui.core.counting import counted
from lion_tui.core.errors import BranchNameError, UsageError
from lion_tui.core.ids import now_us
from lion_tui.core.logged import gesture_from_json
from lion_tui.core.records import replay
from lion_tui.core.refs import Ref, free_name, slug, valid_name
from lion_tui.core.snapshot import Snapshot
from lion_tui.core.state import CLOCKS_DIFFER, QueuedPrompt, State
from lion_tui.core.tree import Tree

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from lion_tui.core.message import Json

_KNOWN: Final = frozenset(
    {
        "session_id", "title", "tags", "created_at", "last_op", "next_seq", "current", "overlay", "branches", "marks",
        "votes", "groups", "queues", "view", "undo", "redo",
    }
)  # fmt: skip
_KNOWN_VIEW: Final = frozenset({"last_child", "recent", "drafts", "unread"})


def take_snapshot(state: State) -> Snapshot:
    """Return all of a session as it is now, in values that do not change after."""
    return freeze(state)()


def freeze(state: State) -> Callable[[], Snapshot]:
    """Take hold of all of a session as it is now, in a moment; return what makes the snapshot of it, in any thread.

    It is to be called once.
    """
    known: dict[str, Json] = {
        "session_id": state.session_id,
        "title": state.title,
        "tags": list(state.tags),
        "created_at": state.created_at,
        "last_op": state.op,
        "next_seq": state.next_seq,
        "current": {"branch": state.current.branch_id, "node": state.current.node_id},
        "overlay": dict(state.overlay),
    }
    view = {
        **state.extra.get("view", {}),
        "last_child": state.last_child.copy(),
        "recent": state.recent.copy(),
        "drafts": state.drafts.copy(),
    }
    refs, marks = state.refs.copy(), state.marks.copy()
    votes, groups = state.votes.copy(), state.groups.copy()  # an entry is never changed, only replaced
    queues = {branch_id: tuple(prompts) for branch_id, prompts in state.queues.items()}
    unread, undo, redo, extra = state.unread.copy(), tuple(state.undo), tuple(state.redo), state.extra.copy()
    columns = state.tree.freeze()

    def snapshot() -> Snapshot:
        header: dict[str, Json] = {
            **known,
            "branches": [refs[branch_id].to_json() for branch_id in sorted(refs)],
            "marks": {node_id: dict(values) for node_id, values in marks.items()},
            "votes": [{"vote_id": vote_id, **vote} for vote_id, vote in sorted(votes.items())],
            "groups": {group_id: dict(group) for group_id, group in sorted(groups.items())},
            "queues": {branch_id: [prompt._asdict() for prompt in prompts] for branch_id, prompts in queues.items()},
            "view": {**view, "unread": sorted(unread)},
            "undo": [gesture.to_json() for gesture in undo],
            "redo": [gesture.to_json() for gesture in redo],
        }
        return Snapshot({**extra, **header}, columns())

    return snapshot


def restore_snapshot(snapshot: Snapshot) -> tuple[State, list[str]]:
    """Return the session that a snapshot holds, and what had to be put right, a sentence each.

    An answer that had not ended becomes `interrupted` and keeps its text.

    Raises:
        UsageError: the snapshot is not one of a session.
        ReplayError: its records do not go on from what it holds.
    """
    report: list[str] = []
    state = State()
    state.tree, lost = Tree.from_columns(snapshot.columns)
    if lost:
        what = counted(lost, "message had no parent and is", "messages had no parent and are")
        report.append(f"{what} under lost+found.")
    try:
        _fill(state, dict(snapshot.header))
        report += _name_refs(state, snapshot.header["branches"])
    except (LookupError, TypeError, ValueError, AttributeError) as error:
        raise UsageError(f"The header is not one of a session ({type(error).__name__}: {error}).") from error
    report += _fill_log(state, snapshot.header)
    replay(state, snapshot.records)  # on what the file holds, as when they were written
    if _mend_references(state):
        report.append("A branch or the view pointed at a message that is not there.")
    state.remember(state.current)  # it is what one sees first; the file may know no other visit, or a later one
    if cut := _interrupt(state):
        what = counted(cut, "answer had not ended: it is", "answers had not ended: they are")
        report.append(f"{what} kept as interrupted.")
    state.mended = bool(report)
    return state, report


def _fill(state: State, header: Mapping[str, Any]) -> None:
    tree = state.tree
    state.session_id = shapes.text(header["session_id"])
    state.title = shapes.text(header["title"])
    state.tags = shapes.texts(header["tags"])
    state.created_at = shapes.whole(header["created_at"])
    state.op = shapes.count(header["last_op"])
    state.next_seq = shapes.count(max(shapes.whole(header["next_seq"]), tree.seq[-1] + 1 if len(tree) else 1))
    state.current = Position.of(header["current"]["branch"], header["current"]["node"])
    state.overlay = shapes.overlay(header["overlay"])
    state.marks = {node_id: shapes.marks(marks) for node_id, marks in header["marks"].items() if node_id in tree}
    state.votes = dict(_vote(vote) for vote in header["votes"])
    state.groups = {shapes.text(group_id): shapes.group(group) for group_id, group in header["groups"].items()}
    state.queues = {
        shapes.text(branch_id): [QueuedPrompt.of(prompt) for prompt in prompts]
        for branch_id, prompts in header["queues"].items()
    }
    state.last_child = shapes.text_by_text(header["view"]["last_child"])
    state.recent = shapes.texts(header["view"]["recent"])
    state.drafts = shapes.text_by_text(header["view"].get("drafts", {}))
    state.unread = {node_id for node_id in shapes.texts(header["view"].get("unread", ())) if node_id in tree}
    state.extra = {name: value for name, value in header.items() if name not in _KNOWN}
    if view := {name: value for name, value in header["view"].items() if name not in _KNOWN_VIEW}:
        state.extra["view"] = view
    soon = now_us() + CLOCKS_DIFFER
    for times in (tree.timestamp, tree.deleted_at):
        if (latest := max(times, default=0)) > soon:
            latest = max((time for time in times if time <= soon), default=0)
        state.not_before(latest)


def _vote(value: Mapping[str, Json]) -> tuple[str, dict[str, Json]]:
    from lion_tui.core.votes import Vote

    entry = {name: each for name, each in value.items() if name != "vote_id"}
    Vote.of(value["vote_id"], entry)
    return value["vote_id"], entry


def _name_refs(state: State, values: Sequence[Mapping[str, Any]]) -> list[str]:
    """Take the branches over; one whose name cannot be, or is taken, gets another, and a sentence says so."""
    report = []
    taken: set[str] = set()
    for value in values:
        ref = Ref.from_json(value)
        try:
            name = valid_name(ref.name, taken)
        except BranchNameError:
            name = free_name(slug(str(ref.name)), taken)
            report.append(f"The branch {ref.name!r} is called {name!r} now: its name could not be.")
        taken.add(name)
        state.refs[ref.branch_id] = replace(ref, name=name)
    return report


def _fill_log(state: State, header: Mapping[str, Any]) -> list[str]:
    """Take undo and redo over; where they are not as they were written, both are empty, and a sentence says so."""
    try:
        state.undo.extend(gesture_from_json(value) for value in header["undo"])
        state.redo = [gesture_from_json(value) for value in header["redo"]]
        state.bound_log(*state.undo)
    except (LookupError, TypeError, ValueError, AttributeError):
        state.undo.clear()
        state.redo = []
        return ["The undo log could not be read: what was done before cannot be undone."]
    return []


def _interrupt(state: State) -> int:
    tree = state.tree
    cut = [row for row, status in enumerate(tree.status) if status == "streaming"]
    for row in cut:
        tree.set(row, "status", "interrupted")
        tree.set(row, "error", "The program ended before the answer did.")
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
