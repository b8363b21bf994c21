"""LionAGI's tutorial with only the import changed, against a real server in OpenRouter's place."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd
from cli_program import environment

from lion_tui import Services, Session
from lion_tui.core.message import COLUMNS

if TYPE_CHECKING:
    from pathlib import Path

    import pytest


async def test_the_tutorial(
    llama: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name, value in environment(llama).items():
        monkeypatch.setenv(name, value)
    monkeypatch.chdir(tmp_path)

    # As it stands there, word for word.
    system = "you are sarcastically funny comedian"
    instruction = "very short joke: a blue whale and a big shark meet at the bar"

    comedian = Session(system)
    joke = await comedian.chat(instruction, max_token=50)
    assert isinstance(joke, str)
    assert joke
    first_answer = comedian.path()[-1]
    assert first_answer.content == joke
    assert first_answer.params == {"max_tokens": 50}
    assert (first_answer.tokens_out or 0) <= 50

    service = Services.OpenRouter(max_tokens=1000, max_requests=10, interval=60)
    other = Session(system, service=service)
    joke = await other.chat(instruction, model="mistralai/mistral-7b-instruct", max_token=50)
    assert isinstance(joke, str)
    status = service.budget.status()
    assert status.requests_left == 9
    assert status.tokens_left is not None
    assert status.tokens_left < 1000

    messages = other.messages
    assert list(messages.columns) == [column.name for column in COLUMNS]
    assert list(messages["role"]) == ["system", "user", "assistant"]
    assert list(messages["sender"]) == ["system", "user", "mistralai/mistral-7b-instruct"]
    assert list(messages["content"]) == [system, instruction, joke]
    pd.testing.assert_frame_equal(other.branches["main"].messages, messages)
    assert other.all_messages["branches"].tolist() == [["main"]] * 3

    m = other.add_message("user", "text", branch="main")
    assert other.branches["main"].head == m
    other.fork("main", "try-2")
    other.checkout("try-2")
    assert other.current.name == "try-2"
    assert other.current.head == m
    assert [message.content for message in other.current.path()] == [system, instruction, joke, "text"]
    other.undo()
    assert "try-2" not in other.branches
    other.redo()
    assert "try-2" in other.branches

    other.save("joke.parquet")
    pd.testing.assert_frame_equal(Session.open("joke.parquet").nodes, other.nodes)
    assert capsys.readouterr() == ("", "")
    await comedian.aclose()
    await other.aclose()
