"""Every turn goes where it was asked, to whom it was asked of, and no further."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from lion_tui import Services, Session
from lion_tui.core.changes import Position
from lion_tui.core.errors import UnknownParameter, UsageError
from lion_tui.core.inference import ModelInfo
from lion_tui.services.scripted import Scripted

if TYPE_CHECKING:
    from pathlib import Path


class Gate:
    """Holds a scripted service's deltas back until it is opened."""

    def __init__(self) -> None:
        self.reached, self.opened = asyncio.Event(), asyncio.Event()

    async def __call__(self) -> None:
        self.reached.set()
        await self.opened.wait()


def two_leaves() -> tuple[Session, str, str]:
    """Return a session with two roots without a branch, and their ids."""
    session = Session()
    ids = []
    for name in ("x", "y"):
        session.new_branch(name, messages=[{"role": "user", "content": name}])
        head = session.branches[name].head
        assert head
        ids.append(head.node_id)
        session.delete_branch(name)
    return session, ids[0], ids[1]


async def test_a_prompt_on_one_detached_view_does_not_wait_for_another_nor_follow_the_screen() -> None:
    gate = Gate()
    session, x, y = two_leaves()
    session.checkout(x)
    first = asyncio.create_task(session.chat("q1", service=Services.Scripted("a1", pace=gate)))
    await gate.reached.wait()
    session.checkout(y)
    await session.chat("q2", service=Services.Scripted("a2"))
    session.checkout("main")
    gate.opened.set()
    await first
    assert session.branches["main"].path() == []
    assert {tuple(m.content for m in b.path()) for b in session.branches.values() if b.head} == {
        ("x", "q1", "a1"),
        ("y", "q2", "a2"),
    }


async def test_another_answer_is_asked_of_the_service_that_gave_the_first() -> None:
    session = Session(service=Services.Scripted("from A", name="same"))
    mine = Services.Scripted("from B", name="same")
    session.fork(name="b", service=mine)
    assert await session.chat("q", branch="b") == "from B"
    assert [message.content for message in await session.regenerate(branch="b")] == ["from B"]
    assert await session.chat("q", service=mine) == "from B"
    assert (await session.retry()).content == "from B"


async def test_stopping_a_regeneration_stops_all_of_it() -> None:
    gate = Gate()
    session = Session(service=Services.Scripted("x"))
    await session.chat("q")
    again = asyncio.create_task(session.regenerate(n=3, service=Services.Scripted("y", pace=gate)))
    await gate.reached.wait()
    assert len(session.streaming) == 3
    assert session.stop()
    assert session.streaming == []
    assert [message.status for message in await again] == ["stopped"] * 3


async def test_who_speaks_is_told_again_when_an_answer_is_asked_for_again() -> None:
    service = Services.Scripted("x")
    session = Session(service=service)
    await session.chat("hi", sender="bob", with_sender=True)
    await session.regenerate()
    assert [request.messages[-1].content for request in service.requests] == ["Sender bob: hi"] * 2


async def test_a_fork_of_a_detached_view_has_the_settings_that_writing_there_has() -> None:
    session = Session(service=Services.Scripted("x"))
    await session.chat("q")
    session.current.configure(model="m", params={"seed": 1})
    session.detach_before(session.path()[0])
    fork = session.fork(name="f")
    assert (fork.model, fork.params) == ("m", {"seed": 1})


async def test_what_still_comes_is_not_copied() -> None:
    gate = Gate()
    session = Session(service=Services.Scripted("x", pace=gate))
    chat = asyncio.create_task(session.chat("q"))
    await gate.reached.wait()
    prompt, answer = session.path()
    rows = len(session.state.tree)
    for change in (
        lambda: session.edit(prompt, "p", carry=True),
        lambda: session.edit(answer, "y"),
        lambda: session.update_message(prompt.node_id, "content", "p"),
        lambda: session.remove_message(prompt),
    ):
        with pytest.raises(UsageError, match="still coming"):
            change()
    assert len(session.state.tree) == rows
    gate.opened.set()
    assert await chat == "x"


async def test_regenerating_a_deleted_answer_answers_the_branch() -> None:
    session = Session(service=Services.Scripted(["one", "two"]))
    await session.chat("q")
    answer = session.last_response
    assert answer
    session.delete(answer)
    await session.regenerate(answer)
    assert [message.content for message in session.path()] == ["q", "two"]


async def test_an_edited_prompt_does_not_keep_the_parts_of_the_old_text() -> None:
    session = Session(service=Services.Scripted("x"))
    await session.chat("q", context={"a": 1})
    edited = session.edit(session.path()[0], "other")
    assert not edited.metadata
    assert session.message(edited.source_ids[0]).metadata == {"context": {"instruction": "q", "context": {"a": 1}}}


def test_a_name_is_found_in_either_normal_form() -> None:
    session = Session()
    session.new_branch("cafe\u0301")
    assert session.checkout("cafe\u0301").name == session.checkout("caf\u00e9").name == "caf\u00e9"


async def test_a_setting_that_the_service_lacks_leaves_no_row() -> None:
    session = Session(service=Services.Anthropic(api_key="k"))
    with pytest.raises(UnknownParameter, match="seed"):
        await session.chat("q", seed=0)
    assert len(session.state.tree) == 0


async def test_text_of_white_space_is_not_sent() -> None:
    service = Services.Scripted("x")
    session = Session(service=service)
    session.add_message("user", "a")
    session.add_message("assistant", " \n")
    await session.chat("b")
    assert [turn.content for turn in service.requests[0].messages] == ["a", "b"]


async def test_a_service_without_a_default_model_is_asked_for_its_only_one() -> None:
    class Lists(Scripted):
        listed = False

        @property
        def default_model(self) -> str | None:
            return "only" if self.listed else None

        async def models(self) -> list[ModelInfo]:
            self.listed = True
            return [ModelInfo("only")]

    session = Session(service=Lists("x"))
    await session.chat("q")
    assert session.last_response
    assert session.last_response.model == "only"


def test_a_long_carried_tail_leaves_a_short_undo_log(tmp_path: Path) -> None:
    session = Session()
    for number in range(3000):
        session.add_message("user", str(number))
    for _ in range(3):
        session.remove_message(session.state.tree.node_id[session.state.tree.path(session._row())[1]])
    assert all(len(gesture.to_json()) < 1000 for gesture in session.state.undo)
    session.undo()
    assert [message.content for message in session.path()][:3] == ["0", "3", "4"]


async def test_purged_text_has_left_the_file_when_purge_returns(tmp_path: Path) -> None:
    path = tmp_path / "s.toml"
    with Session.open(path, write=True) as session:
        message = session.add_message("user", "a secret")
        await session.flush()
        session.delete(message)
        session.purge(message)
        assert "a secret" not in path.read_text()


def test_a_position_that_nothing_holds_is_not_made_up() -> None:
    session = Session()
    with pytest.raises(UsageError):
        session.show_sibling("no such id", 1)
    assert session.state.current == Position(session.current.branch_id)
