"""Numbers, names and words that no well-meaning server sends do not reach the session."""

from __future__ import annotations

import asyncio
import json
import math
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from mock_api import KEY, answer, chunk, collect, service, streamed

from lion_tui.core.errors import ServerFault, ServiceError, UsageError
from lion_tui.core.inference import Done, ModelInfo, Request, Turn, Usage
from lion_tui.services import Services
from lion_tui.services.catalogue import priced, read_models
from lion_tui.services.faults import label, retry_after
from lion_tui.services.provider import compatible
from lion_tui.services.wire import amount, count

HUGE = 10**400
SECRET = "tok-7f3a9c21"


async def done_of(of: Any) -> Done:
    last = (await collect(of))[-1]
    assert isinstance(last, Done)
    return last


@given(st.one_of(st.integers(), st.floats(), st.sampled_from([HUGE, -HUGE, 10**25, 2**63 - 1, 2**63, True, None, "1"])))
def test_counts_fit_a_file_and_amounts_are_finite(value: Any) -> None:
    tokens, money = count(value), amount(value)
    assert tokens is None or (tokens == value and 0 <= tokens < 2**63)
    assert money is None or 0 <= money < float("inf")


@pytest.mark.parametrize("number", ["1" + "0" * 25, "1" + "0" * 400, "1e999", "NaN", "-1", '"5"'])
@pytest.mark.parametrize("wire", ["chat", "messages", "responses"])
async def test_a_count_that_no_file_can_keep_is_none(number: str, wire: Any) -> None:
    usage = "{" + ",".join(f'"{name}": {number}' for name in ("prompt_tokens", "input_tokens", "cost")) + "}"
    data = {
        "chat": f'{{"choices": [{{"finish_reason": "stop"}}], "usage": {usage}}}',
        "messages": f'{{"type": "message_start", "message": {{"usage": {usage}}}}}',
        "responses": f'{{"type": "response.completed", "response": {{"usage": {usage}}}}}',
    }[wire]
    end = {"chat": [], "messages": [{"type": "message_stop"}], "responses": []}[wire]
    of = service(streamed(data, *end, done=False), compatible("box", "http://box.test/v1", wire))
    found = (await done_of(of)).usage
    assert found.tokens_in is None
    assert found.cost_usd is None or math.isfinite(found.cost_usd)


async def test_counts_that_fit_and_whose_sum_does_not() -> None:
    usage = {"input_tokens": 2**62, "cache_read_input_tokens": 2**62, "cache_creation_input_tokens": 1}
    start = {"type": "message_start", "message": {"usage": usage}}
    found = await done_of(service(streamed(start, {"type": "message_stop"}, done=False), "anthropic"))
    assert (found.usage.tokens_in, found.usage.tokens_cached) == (None, 2**62)


def test_prices_beyond_all_measure_are_unknown() -> None:
    prices = [HUGE, "1e999", 1e308, "1e305", str(HUGE), -1]
    rows = [{"id": "m", "pricing": {"prompt": each, "completion": each}} for each in prices]
    rows.append({"id": "m", "context_length": HUGE, "pricing": {"input": HUGE, "output": HUGE}})
    assert read_models(json.loads(json.dumps({"data": rows}))) == [ModelInfo("m")] * len(rows)
    assert priced(Usage(2**62, 2**62), ModelInfo("m", None, 1e300, 1e300)) is None


@pytest.mark.parametrize("code", ["5" * 5000, "5" * 3, "٥٠٠", 10**30, "", True])
async def test_any_code_of_an_error_inside_a_stream_will_do(code: Any) -> None:
    with pytest.raises(ServerFault):
        await collect(service(streamed({"error": {"code": code, "message": "Oops"}})))


@given(st.text(st.sampled_from("0123456789.+-: ,MonJanGT"), max_size=60))
def test_whatever_a_server_asks_to_wait_is_a_time_or_nothing(value: str) -> None:
    seconds = retry_after({"retry-after": value})
    assert seconds is None or 0 <= seconds < float("inf")


@pytest.mark.parametrize("value", ["9" * 400, "Mon, 01 Jan 2024 00:00:00 +99999999999999"])
def test_a_wait_without_end_is_none_that_is_understood(value: str) -> None:
    assert retry_after({"retry-after": value}) is None


# Headers


def with_headers(handler: Any, **more: Any) -> Any:
    headers = {"X-Token": SECRET, "X-Auth": f"Basic b-{SECRET}", "X-Team": "a"}
    return service(handler, headers=headers, **more)


@pytest.mark.parametrize(
    "respond",
    [
        lambda said: httpx.Response(400, json={"error": {"message": said}}),
        lambda said: httpx.Response(500, text=said),
        lambda said: httpx.Response(302, headers={"location": f"https://x.test/?{said}"}),
        lambda said: httpx.Response(200, headers={"content-type": said}),
        lambda said: httpx.Response(200, json={"error": {"message": said}}),
        lambda said: streamed({"error": {"message": said}})(httpx.Request("GET", "http://x.test")),
        httpx.LocalProtocolError,
        lambda said: httpx.Response(404, json={"error": {"code": "model_not_found", "message": said}}),
    ],
)
async def test_what_a_header_holds_is_in_no_error(respond: Any) -> None:
    def handler(request: httpx.Request) -> httpx.Response:
        assert request.headers["x-token"] == SECRET
        made = respond(f"no entry for {SECRET} or b-{SECRET}")
        if isinstance(made, Exception):
            raise made
        return made

    of = with_headers(handler)
    asks = (collect(of), of.models(), of.use_key("sk-other-key-000"))
    faults = [each for each in await asyncio.gather(*asks, return_exceptions=True) if isinstance(each, Exception)]
    assert faults
    for fault in faults:
        assert isinstance(fault, ServiceError)
        assert SECRET not in str(fault)


@pytest.mark.parametrize("value", ["näin", "a\nb", "a\rb", "a\x00b", "\x7f", 5, None])
def test_a_header_that_cannot_be_sent_is_refused_by_name(value: Any) -> None:
    with pytest.raises(UsageError, match="the header X-Token ") as caught:
        Services.OpenAI(headers={"X-Token": value})
    assert str(value) not in str(caught.value)


@pytest.mark.parametrize("name", ["", "X Token", "X:", "Ä", "X\n"])
def test_a_name_that_is_no_headers_is_refused(name: str) -> None:
    with pytest.raises(UsageError, match="no header's name"):
        Services.OpenAI(headers={name: "v"})


async def test_a_short_value_is_no_secret_and_the_words_stay_whole() -> None:
    with pytest.raises(ServiceError, match="a data bank"):
        await collect(with_headers(lambda _: httpx.Response(400, json={"error": {"message": "a data bank"}})))


async def test_space_around_a_headers_value_is_not_sent() -> None:
    def handler(request: httpx.Request) -> httpx.Response:
        assert request.headers["x-team"] == "blue team"
        return answer()(request)

    await collect(service(handler, headers={"X-Team": " blue team\t"}))


# Names that a server gives


@pytest.mark.parametrize("evil", ["\x1b]0;t\x07\u202e", f"{KEY} ", f"{SECRET}\n", "x" * 5000])
async def test_finish_reason_and_model_are_fit_for_the_screen(evil: str) -> None:
    payload = {"model": f"m{evil}", "choices": [{"delta": {"content": "Hi"}, "finish_reason": f"odd{evil}"}]}
    found = await done_of(with_headers(streamed(payload)))
    for text, begins in ((found.model, "m"), (found.finish_reason, "odd")):
        assert text is not None
        assert text.startswith(begins)
        assert text.isprintable()
        assert len(text) <= 200
        assert SECRET not in text
        assert KEY not in text


async def test_a_model_of_nothing_visible_is_the_one_that_was_asked() -> None:
    payload = {**chunk("Hi", finish_reason="stop"), "model": "\x00\u202e"}
    assert (await done_of(service(streamed(payload)))).model == "m"


async def test_a_name_that_looks_like_a_key_stays() -> None:
    assert label("xai-grok-3-mini") == "xai-grok-3-mini"
    request = Request((Turn("user", "Hi"),), model="m")
    *_, done = await collect(service(streamed({**chunk("Hi", finish_reason="stop"), "model": "key-lime-7b"})), request)
    assert isinstance(done, Done)
    assert done.model == "key-lime-7b"
