"""The one door to change a session: all of a gesture or nothing, its inverse, its written form, and its size."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from session_checks import assert_same, check_invariants, dump

from lion_tui import Services, Session
from lion_tui.core.changes import FieldSet, Gesture, HeadMoved, Lived, Made, MarkSet, Position, RefSet
from lion_tui.core.errors import UsageError
from lion_tui.core.header import restore_snapshot, take_snapshot
from lion_tui.core.logged import gesture_from_json
from lion_tui.core.message import COLUMNS
from lion_tui.core.refs import Ref
from lion_tui.core.snapshot import Snapshot

if TYPE_CHECKING:
    from lion_tui.core.state import State

ids = st.sampled_from(["n1", "n2", "b1", "é"])
times = st.integers(1, 2**53)
texts = st.text(max_size=5)
full = st.text(min_size=1, max_size=5)
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | texts,
    lambda inner: st.lists(inner) | st.dictionaries(texts, inner),
    max_leaves=4,
)
params = st.fixed_dictionaries({}, optional={"temperature": st.floats(0, 2), "max_tokens": st.integers(1, 99)})
refs = st.builds(
    Ref, branch_id=st.just("b1"), name=st.sampled_from(["main", "é", "a.b"]), head=st.none() | ids,
    note=st.none() | full, archived=st.booleans(), params=params, created_at=times,
)  # fmt: skip
changes = st.one_of(
    st.builds(Made, times, times, st.none() | times | st.just(0), st.none() | times),
    st.builds(Lived, ids, st.none() | times, st.none() | times, st.booleans()),
    st.builds(HeadMoved, ids, st.none() | ids, st.none() | ids),
    st.builds(RefSet, st.just("b1"), st.none() | refs, st.none() | refs),
    st.builds(MarkSet, ids, st.text(max_size=3), json_values, json_values),
    st.builds(FieldSet, st.just("title"), texts, texts),
)
positions = st.builds(Position, st.none() | ids, st.none() | ids)
gestures = st.builds(
    Gesture, kind=st.sampled_from(["edit", "delete branch"]), at=times, before=positions, after=positions,
    changes=st.lists(changes, max_size=4).map(tuple),
)  # fmt: skip


@given(gestures)
def test_a_gesture_survives_its_written_form_in_one_line(gesture: Gesture) -> None:
    text = gesture.to_json()
    assert "\n" not in text
    assert gesture_from_json(text) == gesture


@given(gestures, times, times)
def test_taking_back_twice_is_doing_it_again(gesture: Gesture, first: int, second: int) -> None:
    again = gesture.inverse(first).inverse(second)
    assert (again.before, again.after) == (gesture.before, gesture.after)
    for one, other in zip(again.changes, gesture.changes, strict=True):
        if isinstance(other, Made) and other.before == 0:
            assert one == other._replace(before=first)
        else:
            assert one == other


def grown() -> Session:
    session = Session("sys", title="t")
    for text in ("a", "b", "c"):
        session.add_message("user", text)
    session.fork(session.path()[1], "try")
    return session


STEPS: list[Any] = [
    lambda state, gesture: gesture.add(3, role="user", content="x", sender="u", recipient="r"),
    lambda state, gesture: gesture.add(-1, role="user", content="x", sender="u", recipient="r"),
    lambda state, gesture: gesture.add(0, role="user", content="x", sender="u", recipient="r"),
    lambda state, gesture: gesture.move_head(min(state.refs), 0),
    lambda state, gesture: gesture.new_ref(f"n{len(state.refs)}", 1),
    lambda state, gesture: gesture.set_ref(min(state.refs), note=f"{len(state.tree)}"),
    lambda state, gesture: gesture.set_mark(1, "archived", True),
    lambda state, gesture: gesture.set_mark(1, "archived", None),
    lambda state, gesture: gesture.set_field("title", f"{len(state.refs)}"),
    lambda state, gesture: gesture.show(Position(None, state.tree.node_id[1])),
    lambda state, gesture: gesture.branch_to_write(state.current),
]


def interrupt(*_: object) -> None:
    raise KeyboardInterrupt


def do(state: State, steps: list[Any]) -> None:
    with state.gesture("edit") as gesture:
        for step in steps:
            step(state, gesture)


@given(st.lists(st.sampled_from(STEPS), max_size=8), st.booleans())
def test_a_gesture_is_done_as_a_whole_or_not_at_all(steps: list[Any], fails: bool) -> None:
    session = grown()
    state: State = session.state
    session.add_message("user", "undone")
    session.undo()
    before, shown, op, redo = dump(session), state.current, state.op, len(state.redo)
    rows, recent, next_seq = len(state.tree), state.recent.copy(), state.next_seq
    events: list[Any] = []
    session.subscribe(events.append)
    if fails:
        with pytest.raises(KeyboardInterrupt):
            do(state, [*steps, interrupt])
        assert dump(session) == before
        assert (state.current, state.op, len(state.tree), state.recent) == (shown, op, rows, recent)
        assert (events, len(state.redo), state.next_seq) == ([], redo, next_seq)
    else:
        do(state, steps)
        assert len(events) == (state.op - op) <= 1
        after, shown_after = dump(session), state.current
        if events:
            assert len(state.redo) == 0
            session.undo()
            assert_same(dump(session), before)
            assert state.current == shown
            session.redo()
            assert_same(dump(session), after)
            assert state.current == shown_after
    check_invariants(session)
    assert session.add_message("user", "on", branch="main").seq == state.next_seq - 1


def test_a_value_that_is_set_to_what_it_was_is_no_gesture() -> None:
    session = grown()
    events: list[Any] = []
    session.subscribe(events.append)
    session.title = "t"
    session.current.rename("main")
    session.current.configure(note=None, archived=False)
    session.archive(session.path()[0], archived=False)
    session.checkout("main")
    assert events == []


# Size


def chain(messages: int) -> Session:
    """Return a session with one long path, made as a file makes it."""
    session = Session()
    snapshot = take_snapshot(session.state)
    ids = [f"{number:036d}" for number in range(messages)]
    columns: dict[str, Any] = {column.name: [None] * messages for column in COLUMNS}
    columns |= {
        "node_id": ids, "parent_id": [None, *ids[:-1]], "seq": range(1, messages + 1),
        "timestamp": range(1, messages + 1),
        "role": ["user", "assistant"] * (messages // 2), "content": [f"text {number}" for number in range(messages)],
        "source_ids": [()] * messages,
    }  # fmt: skip
    for name, value in (("sender", "u"), ("recipient", "main"), ("status", "complete"), ("origin", "user")):
        columns[name] = [value] * messages
    branch = {**snapshot.header["branches"][0], "head": ids[-1]}
    state, report = restore_snapshot(Snapshot({**snapshot.header, "branches": [branch]}, columns))
    assert report == []
    return Session(state=state)


async def test_a_path_of_100_000_messages_is_forked_asked_deleted_and_undone_without_recursion() -> None:
    session = chain(100_000)
    service = Services.Scripted("yes")
    fork = session.fork("main", "try")
    assert len(session.state.tree) == 100_000, "a fork adds no rows"
    assert await fork.chat("q", service=service) == "yes"
    assert len(service.requests[0].messages) == 100_001
    first = session.message(session.state.tree.node_id[0])
    assert session.delete(first).messages == 100_002
    assert session.head is None
    session.undo()
    assert len(fork.path()) == 100_002
    middle = session.state.tree.node_id[50_000]
    session.edit(middle, "edited", branch=fork)
    assert len(fork.path()) == 50_001
    assert session.checkout(middle).detached
    assert len(session.path()) == 100_002, "the tail that the edit left is still there"
    session.checkout("try")
    with pytest.raises(UsageError):
        session.rollback(50_002)
    session.rollback(50_001)
    assert session.path() == []
