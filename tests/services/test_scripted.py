"""The scripted service: deterministic, and strict like the real ones."""

from __future__ import annotations

from contextlib import aclosing
from typing import Any

import pytest
from mock_api import HELLO, collect, collect_until_fault, reasoning_of, text_of

from lion_tui.core.errors import ServerFault, ServiceError, UnknownParameter, UsageError
from lion_tui.core.inference import Delta, Done, ModelInfo, Request, Turn, Usage
from lion_tui.services import Reply, Services


async def test_replies_come_in_order_and_then_there_are_none() -> None:
    of = Services.Scripted(["One", lambda request: request.messages[-1].content.upper(), Reply(text="Three")])
    assert [text_of(await collect(of)) for _ in range(3)] == ["One", "HELLO", "Three"]
    with pytest.raises(ServiceError, match="no more replies"):
        await collect(of)
    assert of.requests == [HELLO] * 4


async def test_one_reply_answers_every_request() -> None:
    of = Services.Scripted("Same")
    assert [text_of(await collect(of)) for _ in range(3)] == ["Same"] * 3
    of = Services.Scripted(lambda request: request.model)
    assert text_of(await collect(of)) == "m"


async def test_the_deltas_are_words_or_what_is_asked_for() -> None:
    text = "Two  words\n\n🦁 end "
    assert [each.text for each in (await collect(Services.Scripted(text)))[:-1]] == [
        "Two",
        "  words",
        "\n\n🦁",
        " end",
        " ",
    ]
    assert [each.text for each in (await collect(Services.Scripted("abcde", chunk=2)))[:-1]] == ["ab", "cd", "e"]
    pieces = await collect(Services.Scripted(text, chunk=lambda whole: [whole[:5], whole[5:]]))
    assert text_of(pieces) == text
    assert len(pieces) == 3


async def test_reasoning_usage_and_the_reason_of_the_end() -> None:
    reply = Reply(text="Yes", reasoning="Hm well", finish_reason="content_filter", usage=Usage(1, 2, 3, 4, 0.5))
    happened = await collect(Services.Scripted(reply))
    assert reasoning_of(happened) == "Hm well"
    assert happened[-1] == Done("content_filter", Usage(1, 2, 3, 4, 0.5), "m")


async def test_the_cap_cuts_the_reply() -> None:
    request = Request((Turn("user", "x"),), params={"max_tokens": 2})
    happened = await collect(Services.Scripted("one two three"), request)
    assert text_of(happened) == "one two"
    assert isinstance(happened[-1], Done)
    assert happened[-1].finish_reason == "length"
    assert happened[-1].usage.tokens_out == 2
    assert happened[-1].model == "scripted-1"


async def test_faults_come_before_or_after_text() -> None:
    fault = ServerFault("It broke.")
    assert await collect_until_fault(Services.Scripted(fault), ServerFault) == ([], fault)
    assert await collect_until_fault(Services.Scripted(Reply(text="Hal", fault=fault)), ServerFault) == (
        [Delta("Hal")],
        fault,
    )
    assert await collect_until_fault(Services.Scripted(lambda _: fault), ServerFault) == ([], fault)


async def test_the_pace_is_kept_by_whoever_sets_it() -> None:
    steps: list[str] = []

    async def pace() -> None:
        steps.append("step")

    async with aclosing(Services.Scripted("a b c", pace=pace).stream(HELLO)) as events:
        for expected in (1, 2, 3):
            assert isinstance(await anext(events), Delta)
            assert len(steps) == expected


async def test_tokens_per_second_does_not_change_what_is_said() -> None:
    assert text_of(await collect(Services.Scripted("a b c", tokens_per_second=10_000))) == "a b c"


@pytest.mark.parametrize(("params", "kind"), [({"max_tokes": 1}, UnknownParameter), ({"max_tokens": 0}, UsageError)])
async def test_it_refuses_what_the_others_refuse(params: Any, kind: Any) -> None:
    of = Services.Scripted("x")
    with pytest.raises(kind):
        await collect(of, Request((Turn("user", "x"),), params=params))
    assert of.requests == []


async def test_the_models_on_offer() -> None:
    assert await Services.Scripted("x").models() == [ModelInfo("scripted-1")]
    of = Services.Scripted("x", name="demo", model=None, models=["a", ModelInfo("b", 10)])
    assert await of.models() == [ModelInfo("a"), ModelInfo("b", 10)]
    assert (of.name, of.default_model) == ("demo", None)
    with pytest.raises(UsageError, match=r"has no default model\. Name one\."):
        await collect(of, Request((Turn("user", "x"),)))
    await of.aclose()


async def test_it_takes_what_every_factory_takes() -> None:
    everything = {"api_key": "k", "base_url": "http://x", "api_key_cmd": "c", "headers": {"A": "b"}, "timeout": 1.0}
    of = Services.Scripted("Hi", model="m", max_requests=3, max_tokens=9, interval=2.0, **everything)
    assert text_of(await collect(of)) == "Hi"
    with pytest.raises(TypeError):
        Services.Scripted("Hi", nonsense=1)
