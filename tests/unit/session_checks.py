"""What must hold of any session at any time, checked from outside and in the most naive way."""

from __future__ import annotations

import asyncio
import re
import unicodedata
from typing import TYPE_CHECKING, Any

from lion_tui.core.inference import Turn
from lion_tui.core.tree import NO_ROW

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from lion_tui import Message, Session


async def until(condition: Callable[[], object]) -> None:
    """Give the others their turns until something holds; a test that waits in vain ends by pytest's timeout."""
    while not condition():  # noqa: ASYNC110 - what is waited for has no event of its own
        await asyncio.sleep(0)


def dump(session: Session) -> dict[str, Any]:
    """Return everything that undo has to bring back, as plain values; what is shown and the texts are not part."""
    state = session.state
    return {
        "refs": dict(state.refs),
        "marks": {node_id: dict(marks) for node_id, marks in state.marks.items()},
        "deleted": dict(zip(state.tree.node_id, state.tree.deleted_at, strict=True)),
        "overlay": dict(state.overlay),
        "title": state.title,
        "tags": list(state.tags),
        "votes": dict(state.votes),
        "groups": dict(state.groups),
    }


def assert_same(found: dict[str, Any], expected: dict[str, Any]) -> None:
    """Compare two dumps; messages that the expected one does not know yet must be dead."""
    later = found["deleted"].keys() - expected["deleted"].keys()
    assert all(found["deleted"][node_id] for node_id in later), "a message that was not there is alive"
    known = {node_id: found["deleted"][node_id] for node_id in expected["deleted"]}
    assert {**found, "deleted": known} == expected


def all_messages(session: Session) -> list[Message]:
    return [session.message(node_id) for node_id in session.state.tree.node_id]


def expected_prompt(path: Sequence[Message], marks: Mapping[str, Mapping[str, Any]]) -> tuple[Turn, ...]:
    """Return what a model must be sent for a path, told from its messages and their marks alone."""
    systems = [message for message in path if message.role == "system"][-1:]
    context = {message.node_id: marks.get(message.node_id, {}).get("context", []) for message in path}
    while any("start" in context[message.node_id] for message in path[1:]):
        path = path[1:]
    path = [message for message in path if "muted" not in context[message.node_id]]
    said = [
        Turn("assistant" if message.role == "assistant" else "user", message.content)
        for message in path
        if message.role != "system" and message.content and message.status != "error" and message.deleted_at is None
    ]
    return (*(Turn("system", message.content) for message in systems if message.content), *said)


def check_invariants(session: Session) -> None:
    messages = all_messages(session)
    by_id = {message.node_id: message for message in messages}
    children = _check_tree(session, messages, by_id)
    _check_branches(session, by_id)
    _check_reachable(session, messages, children)
    _check_siblings(session, messages, children)


def _check_tree(
    session: Session, messages: list[Message], by_id: dict[str, Message]
) -> dict[str | None, list[Message]]:
    tree = session.state.tree
    assert len(by_id) == len(messages)
    children: dict[str | None, list[Message]] = {}
    seq = 0
    for message in messages:
        assert message.seq > seq, "seq does not grow"
        seq = message.seq
        if message.parent_id is not None:
            parent = by_id[message.parent_id]
            assert parent.seq < message.seq, "a parent stands later: cycles are possible"
            assert parent.deleted_at is None or message.deleted_at is not None, "alive under a deleted message"
        children.setdefault(message.parent_id, []).append(message)
    assert session.state.next_seq > seq
    for row, message in [(-1, None), *enumerate(messages)]:
        linked = [tree.node_id[child] for child in tree.children(row)]
        assert linked == [child.node_id for child in children.get(message and message.node_id, [])]
    return children


def _check_branches(session: Session, by_id: dict[str, Message]) -> None:
    state = session.state
    assert len({ref.name for ref in state.refs.values()}) == len(state.refs)
    for branch_id, ref in state.refs.items():
        assert ref.branch_id == branch_id
        assert re.fullmatch(r"\w[\w./-]{0,63}", ref.name)
        assert ".." not in ref.name
        assert unicodedata.is_normalized("NFC", ref.name)
        assert ref.head is None or by_id[ref.head].deleted_at is None, "a head is dead"
    shown = state.current
    if shown.branch_id is not None:
        assert shown.branch_id in state.refs, "the current branch is gone"
    elif shown.node_id is not None:
        assert by_id[shown.node_id].deleted_at is None, "a dead message is shown"
    head, tree = state.head_row(shown), state.tree
    for row in tree.forks_above(head) if head != NO_ROW else ():
        assert state.last_child[tree.id(tree.parent[row]) or ""] == tree.node_id[row], "one was elsewhere last"


def _check_reachable(session: Session, messages: list[Message], children: dict[str | None, list[Message]]) -> None:
    leaves = [
        message.node_id
        for message in messages
        if message.deleted_at is None and all(child.deleted_at for child in children.get(message.node_id, []))
    ]
    assert [session.state.tree.node_id[row] for row in session.state.tree.live_leaves()] == leaves


def _check_siblings(session: Session, messages: list[Message], children: dict[str | None, list[Message]]) -> None:
    state = session.state
    for row, message in enumerate(messages):
        if message.deleted_at is not None:
            continue
        visible = [
            other.node_id
            for other in children[message.parent_id]
            if other.deleted_at is None and (other is message or not state.marks.get(other.node_id, {}).get("archived"))
        ]
        assert [state.tree.node_id[other] for other in state.siblings(row)] == visible


def check_frames(session: Session) -> None:
    """Compare the frames with the messages."""
    messages = all_messages(session)
    live = [message.node_id for message in messages if message.deleted_at is None]
    on_path: dict[str, list[str]] = {message.node_id: [] for message in messages}
    for name, branch in session.branches.items():
        path = [message.node_id for message in branch.path()]
        assert branch.messages["node_id"].tolist() == path
        for node_id in path:
            on_path[node_id].append(name)
    frame = session.all_messages
    assert frame["node_id"].tolist() == live
    assert frame["branches"].tolist() == [on_path[node_id] for node_id in live]
    assert frame["content"].tolist() == [session.message(node_id).content for node_id in live]
    nodes = session.nodes
    assert nodes["node_id"].tolist() == [message.node_id for message in messages]
    assert nodes["alive"].tolist() == [message.deleted_at is None for message in messages]
    parents = [message.parent_id for message in messages if message.deleted_at is None]
    assert nodes["n_children"].tolist() == [parents.count(message.node_id) for message in messages]
    assert nodes[nodes["is_leaf"]]["node_id"].tolist() == [
        session.state.tree.node_id[row] for row in session.state.tree.live_leaves()
    ]
    groups = session.groups
    assert set(groups["group_id"]) == {
        message.group_id for message in messages if message.group_id and message.deleted_at is None
    }
    assert session.votes["vote_id"].tolist() == sorted(session.state.votes)
    table = session.branch_table
    assert table["branch"].tolist() == list(session.branches)
    assert table["n_msgs"].tolist() == [len(branch.path()) for branch in session.branches.values()]
    assert table["n_unique"].tolist() == [
        sum(on_path[message.node_id] == [name] for message in branch.path())
        for name, branch in session.branches.items()
    ]
