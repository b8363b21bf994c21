"""LionAGI's tutorial, with only the import changed, and what stands beside it in the README."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd
import pytest

from lion_tui import Message, Services, Session

if TYPE_CHECKING:
    from pathlib import Path


async def test_the_tutorial(tmp_path: Path) -> None:
    instruction = "very short joke: a blue whale and a big shark meet at the bar"
    service = Services.Scripted("The whale said: drinks are on me.", chunk=1)

    comedian = Session("you are sarcastically funny comedian", service=service)
    joke = await comedian.chat(instruction, max_token=9)
    assert joke == "The whale"
    assert service.requests[0].params == {"max_tokens": 9}

    other = Session("you are sarcastically funny comedian", service=service)
    joke = await other.chat(instruction, model="mistralai/mistral-7b-instruct", max_token=50)
    assert joke == "The whale said: drinks are on me."
    assert service.requests[1].model == "mistralai/mistral-7b-instruct"
    assert [turn.role for turn in service.requests[1].messages] == ["system", "user"]
    assert service.requests[1].messages[1].content == instruction, "plain text, not a JSON wrapper"

    messages = other.messages
    assert isinstance(messages, pd.DataFrame)
    assert messages["role"].tolist() == ["system", "user", "assistant"]
    assert messages["sender"].tolist() == ["system", "user", "mistralai/mistral-7b-instruct"]
    assert messages["recipient"].tolist() == ["main"] * 3
    assert messages["content"].tolist() == ["you are sarcastically funny comedian", instruction, joke]
    assert messages.equals(other.default_branch.messages)
    assert messages.equals(other.branches["main"].messages)
    assert other.all_messages["branches"].tolist() == [["main"]] * 3

    m = other.add_message("user", "text", branch="main")
    assert isinstance(m, Message)
    fork = other.fork("main", "try-2")
    assert other.checkout("try-2") == other.current == fork
    assert other.current.head == m
    assert other.current.path()[-1] == m
    assert other.undo().kind == "fork"
    assert list(other.branches) == ["main"]
    assert other.redo().kind == "fork"
    for name in ("joke.parquet", "joke.toml"):
        other.save(tmp_path / name)
        assert Session.open(tmp_path / name).all_messages.equals(other.all_messages)


async def test_the_budget_of_a_service_is_not_the_cap_of_a_reply() -> None:
    service = Services.OpenRouter(max_tokens=1000, max_requests=10, interval=60, api_key="made-up")
    session = Session("sys", service=service, llmconfig={"max_tokens": 50})
    assert session.state.overlay == {"service": "openrouter", "params": {"max_tokens": 50}}
    await service.aclose()


async def test_a_joke_is_regenerated_forked_under_another_prompt_undone_redone_saved_and_equal(tmp_path: Path) -> None:
    service = Services.Scripted(["joke one", "joke two", "a kind one"])
    session = Session("be sarcastic", service=service)
    await session.chat("A blue whale and a shark?")
    (second,) = await session.regenerate()
    fork = session.fork(session.path()[1], "kind")
    assert await fork.chat("Again, please.", system="be kind") == "a kind one"
    assert [turn.content for turn in service.requests[-1].messages if turn.role == "system"] == ["be kind"]
    assert session.undo().kind == "turn"
    assert len(fork.path()) == 2
    session.redo()
    session.save(tmp_path / "joke.toml")
    opened = Session.open(tmp_path / "joke.toml")
    opened.save(tmp_path / "joke.parquet")
    again = Session.open(tmp_path / "joke.parquet")
    assert again.all_messages.equals(session.all_messages)
    assert again.branch_table.equals(session.branch_table)
    assert again.branches["main"].head == second


@pytest.mark.parametrize("argument", ["messages", "branches", "tools", "datalogger"])
def test_an_argument_that_is_not_supported_raises(argument: str) -> None:
    with pytest.raises(TypeError, match=argument):
        Session("sys", **{argument: None})  # type: ignore[arg-type]
