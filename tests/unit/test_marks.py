"""Bookmarks, notes and what is sent: kept, undone, and followed by what a model gets."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from lion_tui import Services, Session
from lion_tui.core.errors import UsageError
from lion_tui.core.inference import ModelInfo
from lion_tui.core.operations.carrying import carry
from lion_tui.services.scripted import Scripted

if TYPE_CHECKING:
    from pathlib import Path


def talk(*texts: str, system: str | None = "be brief") -> Session:
    """Return a session where the user and a model took turns."""
    session = Session(system)
    for number, text in enumerate(texts):
        session.add_message("assistant" if number % 2 else "user", text)
    return session


def sent(session: Session) -> list[str]:
    return [turn["content"] for turn in session.chat_messages]


@pytest.mark.parametrize("extension", ["parquet", "toml"])
@pytest.mark.parametrize("folded", [True, False])
def test_marks_are_kept(tmp_path: Path, extension: str, folded: bool) -> None:
    file = tmp_path / f"marks.{extension}"
    session = Session.open(file, write=True)
    messages = [session.add_message(role, role) for role in ("user", "assistant", "user")]
    session.bookmark(messages[0])
    session.annotate(messages[1], "  look here\nand there ")
    session.mute(messages[0])
    session.start_context(messages[0])
    session.start_context(messages[2])
    marks = dict(session.state.marks)
    assert marks[messages[0].node_id] == {"bookmark": True, "context": ["muted", "start"]}
    assert marks[messages[1].node_id] == {"note": "look here\nand there"}
    if folded:
        session.close()
    else:
        session.abandon()  # as a crash does: the journal has it
    again = Session.open(file)
    assert again.state.marks == marks
    assert sent(again) == ["user"]
    again.undo()
    assert sent(again) == ["assistant", "user"]


def test_what_is_muted_is_left_out_and_comes_back() -> None:
    session = talk("one", "two", "three", "four")
    one, two = session.path()[1:3]
    session.mute(two)
    assert sent(session) == ["be brief", "one", "three", "four"]
    session.mute(one)
    assert sent(session) == ["be brief", "three", "four"]
    session.undo()
    assert sent(session) == ["be brief", "one", "three", "four"]
    session.mute(two, on=False)
    assert sent(session) == ["be brief", "one", "two", "three", "four"]
    assert session.state.marks == {}


def test_the_context_starts_at_the_last_start_of_the_path() -> None:
    session = talk("one", "two", "three", "four")
    session.start_context(session.path()[2])
    session.fork(session.path()[1], "other")
    session.start_context(session.path()[3])
    assert sent(session) == ["be brief", "three", "four"]
    assert [turn["content"] for turn in session.branches["other"].chat_messages] == ["be brief", "one"]
    session.start_context(session.path()[3], on=False)
    assert sent(session) == ["be brief", "two", "three", "four"]


def test_the_system_prompt_in_force_is_always_sent() -> None:
    session = talk("one", "two")
    session.add_message("system", "be long")
    session.add_message("user", "three")
    session.start_context(session.path()[-1])
    assert sent(session) == ["be long", "three"]
    with pytest.raises(UsageError, match="always sent"):
        session.mute(session.path()[3])


def test_nothing_is_marked_on_a_deleted_message() -> None:
    session = talk("one")
    node = session.path()[1]
    session.delete(node)
    for mark in (session.bookmark, session.mute, session.start_context, lambda each: session.annotate(each, "x")):
        with pytest.raises(UsageError, match="deleted"):
            mark(node)
    assert "bookmark" not in session.state.marks.get(node.node_id, {})


async def test_a_model_gets_what_is_not_muted() -> None:
    service = Services.Scripted("Yes.")
    session = Session(service=service)
    await session.chat("one")
    await session.chat("two")
    session.mute(session.path()[0])
    session.start_context(session.path()[1])
    await session.chat("three")
    assert [turn.content for turn in service.requests[-1].messages] == ["Yes.", "two", "Yes.", "three"]


def test_everything_but_one_path_is_archived_in_one_gesture() -> None:
    session = talk("one", "two")
    session.fork(session.path()[1], "other")
    for text in ("a", "b"):
        session.branches["other"].add_message("assistant", text)
    session.new_branch("alone", "another root")
    session.archive(session.branches["other"].path()[-1])
    taken = session.keep_only()
    assert (taken.messages, taken.branches) == (3, 2)
    assert sum(bool(marks.get("archived")) for marks in session.state.marks.values()) == 3
    with pytest.raises(UsageError, match="nothing beside"):
        session.keep_only("main")
    gesture = session.undo()
    assert gesture is not None
    assert gesture.kind == "keep only"
    assert sum(bool(marks.get("archived")) for marks in session.state.marks.values()) == 1


async def test_what_a_prompt_will_take_is_told_before_it_is_sent() -> None:
    service = Scripted("Yes.", models=[ModelInfo("scripted-1", 1000, price_in=2.0, price_out=10.0)])
    session = Session("be brief", service=service)
    session.add_message("user", "x" * 4000)
    session.add_message("assistant", "y" * 4000)
    whole = session.estimate("z" * 400)
    assert (whole.service, whole.model, whole.max_tokens) == ("scripted", "scripted-1", None)
    await session.chat("z" * 400)
    assert session.last_message is not None
    assert whole.tokens_in == session.last_message.tokens_in
    session.mute(session.path()[1])
    assert session.estimate().tokens_in < whole.tokens_in - 900
    capped = session.estimate("hello", max_tokens=100)
    least, most = capped.cost(await session.model_info())
    assert least == pytest.approx(capped.tokens_in * 2e-6)
    assert most == pytest.approx(capped.tokens_in * 2e-6 + 100 * 10e-6)
    assert session.estimate().cost(await session.model_info()) == (
        pytest.approx(session.estimate().tokens_in * 2e-6),
        None,
    )
    assert session.estimate().cost(None) == (None, None)
    assert session.estimate().cost(ModelInfo("free")) == (None, None)


def test_what_is_not_sent_is_not_sent_of_copies_that_take_its_place_either() -> None:
    session = talk("one", "two", "three", "four", "five", "six")
    one, two, three, four, five, _ = session.path()[1:]
    session.mute(four)
    session.start_context(three)
    assert sent(session) == ["be brief", "three", "five", "six"]
    for change in (
        lambda: session.remove_message(two.node_id),
        lambda: session.edit(one, "ONE", carry=True),
        lambda: session.replace_keyword("o", "0"),
    ):
        marks = dict(session.state.marks)
        change()
        assert [text.replace("0", "o") for text in sent(session)] == ["be brief", "three", "five", "six"]
        session.undo()
        assert dict(session.state.marks) == marks
    edited = session.edit(one, "ONE")
    assert sent(session) == ["be brief", "ONE"]
    assert carry(session.state, session.state.current, session.state.tree.row(edited.node_id)) == 5
    assert sent(session) == ["be brief", "three", "five", "six"]
    session.undo()
    session.undo()
    session.edit(three, "THREE")
    assert sent(session) == ["be brief", "THREE"], "the context starts with the new text"
    session.undo()
    session.edit(four, "FOUR")
    assert sent(session) == ["be brief", "three", "FOUR"], "a new text is one to be sent"
    session.undo()
    session.new_branch("elsewhere")
    session.checkout("elsewhere")
    session.add_message("user", "before")
    session.cherry_pick([three, four, five])
    assert sent(session) == ["before", "three", "five"], "the context of another branch begins where it did"


async def test_the_context_starts_with_the_prompt_that_is_said_anew() -> None:
    session = Session(service=Services.Scripted(lambda request: request.messages[0].content))
    for prompt in ("one", "two", "three"):
        await session.chat(prompt)
    session.start_context(session.path()[2])
    replayed = await session.replay(session.path()[2], "TWO")
    assert [message.content for message in replayed.path()[2:]] == ["TWO", "TWO", "three", "TWO"]
