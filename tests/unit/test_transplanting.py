"""Copies of turns, subtrees, the beginnings of answers, and prompts that are said again."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from session_checks import check_invariants, dump, until

from lion_tui import Services, Session
from lion_tui.core.errors import ServiceError, UnknownMessage, UsageError
from lion_tui.core.graphemes import grapheme_start
from lion_tui.core.state import QueuedPrompt

if TYPE_CHECKING:
    from collections.abc import Callable

    from lion_tui.core.inference import Request


def texts(branch: Any) -> list[str]:
    return [message.content for message in branch.path()]


def said(*words: str) -> Session:
    session = Session()
    for at, text in enumerate(words):
        session.add_message(("user", "assistant")[at % 2], text)
    return session


# Cherry-pick


def test_turns_are_copied_to_a_branch_in_the_order_given() -> None:
    session = said("q1", "a1", "q2", "a2")
    session.new_branch("other", "be odd")
    session.checkout("other")
    path = session.branches["main"].path()
    copies = session.cherry_pick([path[2], path[3].node_id, path[1]])
    assert texts(session) == ["be odd", "q2", "a2", "a1"]
    assert [copy.source_ids for copy in copies] == [(path[at].node_id,) for at in (2, 3, 1)]
    assert {copy.origin for copy in copies} == {"copy"}
    session.undo()
    assert texts(session) == ["be odd"]
    session.redo()
    check_invariants(session)


async def test_what_cannot_be_copied_is_refused() -> None:
    gate = asyncio.Event()
    session = said("q1", "a1", "q2", "a2")
    path = session.path()
    session.new_branch("other")
    session.delete(path[3])
    before = dump(session)
    with pytest.raises(UsageError, match="deleted"):
        session.cherry_pick([path[0], path[3]], "other")
    with pytest.raises(UsageError, match="nothing to copy"):
        session.cherry_pick([], "other")
    assert dump(session) == before
    session.purge(path[3])
    with pytest.raises(UsageError, match="gone for good"):
        session.cherry_pick(path[3], "other")
    with pytest.raises(UsageError, match="gone for good"):
        session.graft(path[3], path[0])
    task = asyncio.create_task(session.chat("slow?", service=Services.Scripted("slow", pace=gate.wait)))
    await until(lambda: session.streaming)
    with pytest.raises(UsageError, match="still coming"):
        session.cherry_pick(session.streaming[0], "other")
    with pytest.raises(UsageError, match="coming on this branch"):
        session.cherry_pick(path[0])
    with pytest.raises(UsageError, match="still coming"):
        session.graft(path[2], path[1])
    gate.set()
    await task


# Graft


def test_a_subtree_is_copied_with_its_forks() -> None:
    session = said("q1", "a1", "q2", "a2")
    path = session.path()
    session.fork(path[1], "b")
    session.add_message("user", "q2b", branch="b")
    session.new_branch("other")
    onto = session.add_message("user", "top", branch="other")
    session.checkout("other")
    deleted = session.add_message("assistant", "gone", branch="b")
    session.delete(deleted)
    top = session.graft(path[1], "other")
    assert (top.parent_id, top.origin, top.source_ids) == (onto.node_id, "copy", (path[1].node_id,))
    copies = session.nodes[session.nodes["origin"] == "copy"]
    assert sorted(copies["content"]) == ["a1", "a2", "q2", "q2b"]
    assert texts(session)[:2] == ["top", "a1"]
    assert len(session.state.tree.live_children(session.state.tree.row(top.node_id))) == 2
    session.undo()
    assert texts(session) == ["top"]
    check_invariants(session)


def test_only_the_head_that_is_there_goes_along() -> None:
    session = said("q1", "a1", "q2", "a2")
    path = session.path()
    session.new_branch("other")
    session.add_message("user", "top", branch="other")
    session.add_message("assistant", "end", branch="other")
    first = session.branches["other"].path()[0]
    heads = {name: branch.head for name, branch in session.branches.items()}
    session.graft(path[2], first)
    assert {name: branch.head for name, branch in session.branches.items()} == heads


def test_nothing_is_grafted_under_itself() -> None:
    session = said("q1", "a1", "q2", "a2")
    path = session.path()
    for onto in (path[1], path[3]):
        with pytest.raises(UsageError, match="under itself"):
            session.graft(path[1], onto)
    session.graft(path[3], path[0])  # above it is another place
    session.new_branch("empty")
    with pytest.raises(UsageError, match="empty branch"):
        session.graft(path[1], "empty")


# Other sessions


def test_a_branch_of_another_session_is_taken_over() -> None:
    other = said("q", "a")
    other.branches["main"].configure(model="m", note="n")
    session = said("x")
    branch = session.take_branch(other.branches["main"])
    assert (branch.name, branch.model, branch.note) == ("main.2", "m", "n")
    assert texts(branch) == ["q", "a"]
    assert texts(session) == ["x"]
    assert {message.origin for message in branch.path()} == {"import"}
    with pytest.raises(UsageError, match="of this session already"):
        session.take_branch(branch)
    session.undo()
    assert list(session.branches) == ["main"]
    check_invariants(session)


# Cut


async def test_an_answer_is_cut_and_gone_on_from() -> None:
    session = Session(service=Services.Scripted(["one two three", " four"]))
    await session.chat("count", temperature=0.2)
    answer = session.head
    assert answer is not None
    cut = session.cut(answer, 7)
    assert (cut.content, cut.status, cut.origin) == ("one two", "stopped", "edit")
    assert (cut.source_ids, cut.parent_id, cut.turn_id) == ((answer.node_id,), answer.parent_id, answer.turn_id)
    assert session.head == cut
    further = await session.continue_(cut)
    request = session.service("scripted").requests[-1]
    assert (request.prefill, request.messages[-1].content) == (True, "one two")
    assert request.params == {"temperature": 0.2}
    assert further.content == "one two four"
    session.undo()
    session.undo()
    assert session.head == answer


async def test_cutting_and_going_on_are_one_gesture() -> None:
    session = Session(service=Services.Scripted(["one two three", " 2"]))
    await session.chat("count")
    answer = session.head
    assert answer is not None
    further = await session.continue_(answer, at=3)
    assert further.content == "one 2"
    assert further.source_ids == (answer.node_id,)
    assert (further.metadata or {})["cut"] == 3
    session.undo()
    assert session.head == answer


@pytest.mark.parametrize("at", [-3, 0, 2, 13, 99])
async def test_a_cut_keeps_something_and_drops_something(at: int) -> None:
    session = Session(service=Services.Scripted([" \n one two 3"]))
    await session.chat("count")
    before = dump(session)
    with pytest.raises(UsageError, match=r"Nothing would be (kept|cut off)"):
        session.cut(session.state.tree.node_id[-1], at)
    with pytest.raises(UsageError, match=r"Nothing would be (kept|cut off)"):
        await session.continue_(at=at)
    with pytest.raises(UsageError, match="Only an answer"):
        session.cut(session.path()[0], 1)
    assert dump(session) == before


@given(st.text(min_size=2, max_size=40), st.integers(1, 40))
def test_a_cut_is_the_beginning_and_parts_no_character(text: str, at: int) -> None:
    session = said("q", text)
    (_, answer) = session.path()
    try:
        cut = session.cut(answer, at)
    except UsageError:
        kept = answer.content[: grapheme_start(answer.content, at)]
        assert at >= len(answer.content) or not kept.strip()
    else:
        assert answer.content.startswith(cut.content)
        assert cut.content == answer.content[: grapheme_start(answer.content, len(cut.content))]
        assert len(cut.content) <= at


def test_a_family_stays_together() -> None:
    session = said("q", "look: 👨‍👩‍👧 and on")
    cut = session.cut(session.path()[1], 9)
    assert cut.content == "look: "


# Replay


def counted(*replies: Any) -> Any:
    return Services.Scripted(list(replies), name="counted")


async def talk(*replies: Any) -> Session:
    session = Session("be brief", service=counted("a1", "a2", "a3", *replies))
    await session.chat("q1", context={"n": 1})
    await session.chat("q2", context="file")
    session.change_first_system_message("be kind")
    await session.chat("q3")
    return session


async def test_later_prompts_are_said_again_on_a_branch_of_their_own() -> None:
    session = await talk("b1", "b2", "b3")
    before = dump(session)
    old = session.path()
    branch = await session.replay(old[1], "Q1")
    assert branch.name == "main.2"
    assert session.current == branch
    assert texts(branch) == ["be brief", "Q1", "b1", "q2\n\nfile", "b2", "be kind", "q3", "b3"]
    assert texts(session.branches["main"]) == [message.content for message in old]
    path = branch.path()
    assert [message.origin for message in path[1:]] == ["edit", "model", "copy", "model", "copy", "copy", "model"]
    assert [message.source_ids for message in path[1:] if message.origin != "model"] == [
        (old[at].node_id,) for at in (1, 3, 5, 6)
    ]
    assert path[1].metadata == {"replay": [1, 3]}
    assert path[3].metadata == {**(old[3].metadata or {}), "replay": [2, 3]}
    requests = session.service("counted").requests
    assert [turn.content for turn in requests[-1].messages] == [
        "be kind", "Q1", "b1", "q2\n\nfile", "b2", "q3",
    ]  # fmt: skip
    after = dump(session)
    session.undo()
    assert dump(session)["refs"] == before["refs"]
    assert session.current.name == "main"
    assert texts(session) == [message.content for message in old]
    session.redo()
    assert dump(session) == after
    assert texts(session)[-1] == "b3"
    check_invariants(session)


async def test_a_prompt_with_nothing_after_it_is_edited_and_asked() -> None:
    session = Session(service=counted("a1", "b1"))
    await session.chat("q1")
    branch = await session.replay(session.path()[0], "Q1")
    assert (branch.name, texts(session)) == ("main", ["Q1", "b1"])
    assert list(session.branches) == ["main"]
    session.undo()
    assert texts(session) == ["q1", "a1"]


async def test_another_model_can_answer_a_replay() -> None:
    session = await talk()
    other = Services.Scripted(["x1", "x2", "x3"], name="other", model="big")
    branch = await session.replay(session.path()[1], "Q1", service=other, temperature=0.1)
    answers = [message for message in branch.path() if message.role == "assistant"]
    assert [answer.content for answer in answers] == ["x1", "x2", "x3"]
    assert {answer.service for answer in answers} == {"other"}
    assert [dict(answer.params or {}) for answer in answers] == [{"temperature": 0.1}] * 3


async def test_all_of_a_replay_is_put_to_the_service_that_it_was_given_whatever_its_name() -> None:
    session = await talk()
    branch = await session.replay(session.path()[1], "Q1", service=counted("x1", "x2", "x3"))
    answers = [message.content for message in branch.path() if message.role == "assistant"]
    assert answers == ["x1", "x2", "x3"]


async def test_a_failure_ends_a_replay_and_the_rest_waits() -> None:
    session = await talk("b1", ServiceError("Away.", ""), "b2", "b3")
    with pytest.raises(ServiceError, match="Away"):
        await session.replay(session.path()[1], "Q1")
    assert texts(session) == ["be brief", "Q1", "b1", "q2\n\nfile", ""]
    assert [prompt.text for prompt in session.queue()] == ["q3"]
    assert session.queue()[0].replays["at"] == 3
    await session.retry()
    await session.drain()
    assert texts(session) == ["be brief", "Q1", "b1", "q2\n\nfile", "b2", "be kind", "q3", "b3"]
    assert not session.queue()
    for _ in range(3):
        session.undo()
    assert session.current.name == "main"
    check_invariants(session)


def at_gate(gate: asyncio.Event, waits: Callable[[Request], bool]) -> Any:
    """Return a service whose answers to some requests come when the gate is open."""
    waiting: list[bool] = []

    def line(request: Request) -> str:
        waiting.append(waits(request))
        return f"re {request.messages[-1].content}"

    async def pace() -> None:
        if waiting[-1]:
            await gate.wait()

    return Services.Scripted(line, name="gated", pace=pace)


async def test_a_replay_is_stopped_within_an_answer_and_gone_on_with() -> None:
    gate = asyncio.Event()
    session = await talk()
    service = at_gate(gate, lambda request: request.messages[-1].content.startswith("q2"))
    task = asyncio.create_task(session.replay(session.path()[1], "Q1", service=service))
    await until(lambda: len(service.requests) == 2)
    assert session.stop()
    branch = await task
    assert texts(branch) == ["be brief", "Q1", "re Q1", "q2\n\nfile", ""]
    assert branch.path()[-1].status == "stopped"
    assert [prompt.text for prompt in session.queue()] == ["q3"]
    await session.drain()
    assert texts(branch)[-3:] == ["be kind", "q3", "re q3"]
    session.undo()
    assert session.current.name == "main"
    check_invariants(session)


async def test_undo_in_the_middle_takes_the_replay_back_and_ends_it() -> None:
    gate = asyncio.Event()
    session = await talk()
    service = at_gate(gate, lambda request: request.messages[-1].content.startswith("q2"))
    task = asyncio.create_task(session.replay(session.path()[1], "Q1", service=service))
    await until(lambda: len(service.requests) == 2)
    session.undo()
    await asyncio.wait([task])
    assert list(session.branches) == ["main"]
    assert len(service.requests) == 2
    assert not session.streaming
    session.redo()
    assert texts(session) == ["be brief", "Q1", "re Q1", "q2\n\nfile", ""]
    check_invariants(session)


async def test_what_is_done_meanwhile_is_undone_by_itself() -> None:
    gate = asyncio.Event()
    session = await talk()
    service = at_gate(gate, lambda request: request.messages[-1].content.startswith("q2"))
    task = asyncio.create_task(session.replay(session.path()[1], "Q1", service=service))
    await until(lambda: len(service.requests) == 2)
    session.title = "meanwhile"
    gate.set()
    await task
    assert texts(session)[-1] == "re q3"
    session.undo()
    assert texts(session)[-1] == "re q2\n\nfile"
    assert session.title == "meanwhile"
    session.undo()
    assert session.title == ""
    session.undo()
    assert list(session.branches) == ["main"]
    check_invariants(session)


async def test_what_cannot_be_replayed_is_refused() -> None:
    session = await talk()
    before = dump(session)
    path = session.path()
    with pytest.raises(UsageError, match="Only a prompt"):
        await session.replay(path[2], "x")
    with pytest.raises(UsageError, match="empty"):
        await session.replay(path[1], "  ")
    assert dump(session) == before
    session.delete(path[1])
    session.purge(path[1])
    branch = await session.replay(path[1], "Q1", service=counted("b1"))
    assert texts(branch) == ["be brief", "Q1", "b1"]


async def test_a_purged_prompt_does_not_wait_to_be_said_again() -> None:
    session = await talk("b1", ServiceError("Away.", ""))
    old = session.path()
    with pytest.raises(ServiceError):
        await session.replay(old[1], "Q1")
    assert session.queue()
    session.delete(old[6])
    session.purge(old[6])
    assert not session.queue()


async def test_a_prompt_that_cannot_be_sent_goes_on_waiting() -> None:
    session = await talk("b1")
    branch_id = session.state.current.branch_id or ""
    # As in a file that was written by hand.
    session.state.set_queue(branch_id, [QueuedPrompt("1", "mine", {}, {"source": "nowhere", "at": 1, "of": 1})])
    with pytest.raises(UnknownMessage, match="nowhere"):
        await session.drain()
    assert [prompt.text for prompt in session.queue()] == ["mine"]


@pytest.mark.parametrize("extension", ["parquet", "toml"])
async def test_a_file_keeps_a_replay_that_was_stopped(tmp_path: Any, extension: str) -> None:
    path = tmp_path / f"s.{extension}"
    service = counted("a1", "a2", "a3", "b1", ServiceError("Away.", ""), "b2")
    with Session.open(path, write=True, service=service) as session:
        await session.chat("q1", service=service)
        await session.chat("q2", service=service)
        await session.chat("q3", service=service)
        with pytest.raises(ServiceError):
            await session.replay(session.path()[0], "Q1", service=service)
        expected, waiting = dump(session), session.queue()
        gestures = list(session.state.undo)
    with Session.open(path, write=True, service=service) as opened:
        assert dump(opened) == expected
        assert opened.queue() == waiting
        assert list(opened.state.undo) == gestures
        assert opened.state.undo[-1].kind == "replay"
        await opened.drain()
        assert texts(opened)[-2:] == ["q3", "b2"]
        assert opened.undo()
        assert list(opened.branches) == ["main"]
