"""Fusing, replaying, and cutting with the embedded model's own server."""

from __future__ import annotations

from typing import Any

import pytest

from lion_tui import Services, Session


@pytest.fixture
async def session(llama: Any) -> Any:
    service = Services.LlamaCpp(base_url=f"{llama.url}/v1", api_key=llama.key)
    yield Session("Answer in one short sentence.", service=service)
    await service.aclose()


async def test_two_answers_are_fused_and_the_next_prompt_sees_it(session: Session) -> None:
    await session.chat("What is the capital of France?", max_tokens=16, seed=1)
    (second,) = await session.regenerate(seed=2)
    first = session.message(session.state.tree.node_id[2])
    fused = await session.merge([first, second], max_tokens=24, temperature=0.0)
    assert (fused.status, fused.origin) == ("complete", "merge")
    assert fused.content.strip()
    assert set(fused.source_ids) == {first.node_id, second.node_id}
    assert fused.tokens_in is not None
    assert second.tokens_in is not None
    assert fused.tokens_in > second.tokens_in + 100, "the alternatives were not sent"
    await session.chat("Say that again.", max_tokens=8)
    assert [message.content for message in session.path()][-3] == fused.content


async def test_later_prompts_are_said_again(session: Session) -> None:
    await session.chat("Name a river in Europe.", max_tokens=8, temperature=0.0)
    await session.chat("Name another one.", max_tokens=8, temperature=0.0)
    branch = await session.replay(session.path()[1], "Name a river in Asia.", max_tokens=8, temperature=0.0)
    answers = [message for message in branch.path() if message.role == "assistant"]
    assert [answer.status for answer in answers] == ["complete", "complete"]
    assert all(answer.content.strip() for answer in answers)
    assert [message.content for message in branch.path() if message.role == "user"] == [
        "Name a river in Asia.", "Name another one.",
    ]  # fmt: skip
    session.undo()
    assert list(session.branches) == ["main"]


async def test_the_model_goes_on_from_a_cut(session: Session) -> None:
    session.add_message("user", "What is the capital of France?")
    session.add_message("assistant", "The capital of France is London, of course.")
    answer = session.path()[-1]
    further = await session.continue_(answer, at=answer.content.index(" London"), max_tokens=8, temperature=0.0)
    assert further.content.startswith("The capital of France is Paris")
    assert further.source_ids == (answer.node_id,)
    assert answer.content.endswith("London, of course.")
