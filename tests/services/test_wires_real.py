"""All three wires against a real llama.cpp server."""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from typing import TYPE_CHECKING, Any

import pytest
from mock_api import collect, text_of

from lion_tui.core.errors import ContextFull, KeyRefused, PromptTooLong, Unreachable
from lion_tui.core.inference import Delta, Done, Request, Turn
from lion_tui.services import Services

if TYPE_CHECKING:
    from lion_tui.services.remote import RemoteService

WIRES = ("chat", "responses", "messages")
PARIS = (Turn("system", "Answer in one sentence."), Turn("user", "What is the capital of France?"))

pytestmark = pytest.mark.parametrize("wire", WIRES)


def server(llama: Any, wire: str, **options: Any) -> RemoteService:
    options = {"api_key": llama.key, "model": llama.model, **options}
    return Services.OpenAICompatible(base_url=f"{llama.url}/v1", wire=wire, name="llama", **options)


async def test_an_answer_streams_in_deltas_and_ends_with_what_it_took(llama: Any, wire: str) -> None:
    request = Request(PARIS, params={"max_tokens": 16, "temperature": 0.0})
    *deltas, done = await collect(server(llama, wire), request)
    assert isinstance(done, Done)
    assert all(isinstance(each, Delta) for each in deltas)
    assert len(deltas) > 3
    assert "Paris" in text_of(deltas)
    assert done.usage.tokens_in is not None
    assert done.usage.tokens_in > 10
    assert done.usage.tokens_out is not None
    assert 3 < done.usage.tokens_out <= 16
    assert done.model == llama.model
    assert done.finish_reason == "stop"
    assert done.usage.cost_usd is None


async def test_the_cap_of_the_reply_reaches_the_server(llama: Any, wire: str) -> None:
    request = Request((Turn("user", "Tell me a long story."),), params={"max_tokens": 5})
    *_, done = await collect(server(llama, wire), request)
    assert isinstance(done, Done)
    assert done.usage.tokens_out == 5


async def test_a_wrong_key_is_refused_by_name(llama: Any, wire: str) -> None:
    with pytest.raises(KeyRefused, match=r"llama refused the key \(401\).* Set LLAMA_API_KEY") as caught:
        await collect(server(llama, wire, api_key="not-the-key"), Request(PARIS))
    assert caught.value.status == 401
    assert "not-the-key" not in str(caught.value)


async def test_a_conversation_beyond_the_window_says_so(llama: Any, wire: str) -> None:
    request = Request((Turn("user", "word and " * 3000),) * 3, params={"max_tokens": 1})
    with pytest.raises(ContextFull, match="longer than the window") as caught:
        await collect(server(llama, wire), request)
    assert caught.value.status == 400
    assert not isinstance(caught.value, PromptTooLong)


async def test_one_prompt_beyond_the_window_says_so(llama: Any, wire: str) -> None:
    request = Request((Turn("user", "word and " * 9000),), params={"max_tokens": 1})
    with pytest.raises(PromptTooLong, match=r"about 18,\d{3} tokens, and its window has 8,192\. Send a shorter one"):
        await collect(server(llama, wire), request)


async def test_streams_of_one_service_run_side_by_side(llama: Any, wire: str) -> None:
    of = server(llama, wire)
    requests = [Request((Turn("user", f"Count from {n}."),), params={"max_tokens": 8}) for n in range(3)]
    answers = await asyncio.gather(*(collect(of, request) for request in requests))
    for events in answers:
        assert isinstance(events[-1], Done)
        assert text_of(events)


async def test_a_stream_that_is_left_early_ends_and_the_next_one_works(llama: Any, wire: str) -> None:
    of = server(llama, wire)
    async with aclosing(of.stream(Request(PARIS, params={"max_tokens": 16}))) as events:
        assert isinstance(await anext(events), Delta)
    assert text_of(await collect(of, Request(PARIS, params={"max_tokens": 4})))


def test_two_event_loops_use_one_service(llama: Any, wire: str) -> None:
    of = server(llama, wire)
    for _ in range(2):
        assert text_of(asyncio.run(collect(of, Request(PARIS, params={"max_tokens": 4}))))


async def test_a_server_that_is_gone_is_unreachable(llama: Any, wire: str, unused_tcp_port: int) -> None:
    del llama
    of = Services.OpenAICompatible(base_url=f"http://127.0.0.1:{unused_tcp_port}/v1", wire=wire, name="llama")
    with pytest.raises(Unreachable, match=f"llama cannot be reached at 127.0.0.1:{unused_tcp_port}"):
        await of.models()


async def test_the_models_have_their_window(llama: Any, wire: str) -> None:
    (model,) = await server(llama, wire).models()
    assert model.id == llama.model
    assert model.context == 8192
