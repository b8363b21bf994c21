"""What is read: every shape of event that servers send, and how an answer may end."""

from __future__ import annotations

import json
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from mock_api import (
    HELLO,
    Script,
    chunk,
    collect,
    collect_until_fault,
    events,
    raw,
    reasoning_of,
    service,
    streamed,
    text_of,
)

from lion_tui.core.errors import BadAnswer, ContextFull, RateLimited, ServerFault, StreamCut
from lion_tui.core.inference import Delta, Done, Request, Turn, Usage
from lion_tui.services.chat_completions import ChatCompletions
from lion_tui.services.messages import Messages
from lion_tui.services.provider import compatible
from lion_tui.services.responses import Responses
from lion_tui.services.wire import Echo, ErrorEvent, MalformedEvent

RESPONSES = compatible("r", "http://r/v1", "responses")
ANTHROPIC = compatible("a", "http://a/v1", "messages")


async def read(*payloads: Any, provider: Any = "openai", done: bool = True, request: Request = HELLO) -> list[Any]:
    return await collect(service(Script(streamed(*payloads, done=done)), provider), request)


async def test_a_chat_answer_with_all_it_may_report() -> None:
    usage = {
        "prompt_tokens": 10,
        "completion_tokens": 7,
        "prompt_tokens_details": {"cached_tokens": 4},
        "completion_tokens_details": {"reasoning_tokens": 3},
        "cost": 0.00025,
    }
    happened = await read(
        chunk("", delta={"role": "assistant"}),
        chunk(None, delta={"reasoning": "Hm"}),
        chunk(None, delta={"reasoning_content": "m."}),
        chunk("Hel"),
        chunk("lo"),
        chunk(finish_reason="stop"),
        {"choices": [], "usage": usage},
    )
    assert text_of(happened) == "Hello"
    assert reasoning_of(happened) == "Hmm."
    assert happened[-1] == Done("stop", Usage(10, 7, 4, 3, 0.00025), "m-2")


async def test_reasoning_that_is_sent_twice_is_taken_once() -> None:
    happened = await read(chunk(None, delta={"reasoning": "x", "reasoning_content": "x"}), chunk("y"))
    assert reasoning_of(happened) == "x"


async def test_content_in_typed_parts() -> None:
    parts = [{"type": "thinking", "thinking": [{"type": "text", "text": "T"}]}, {"type": "text", "text": "A"}]
    happened = await read(chunk(parts))
    assert (text_of(happened), reasoning_of(happened)) == ("A", "T")


async def test_a_refusal_is_shown() -> None:
    assert text_of(await read(chunk(None, delta={"refusal": "No."}), chunk(finish_reason="stop"))) == "No."


async def test_a_responses_answer() -> None:
    happened = await read(
        {"type": "response.created", "response": {"model": "m-3"}},
        {"type": "response.reasoning_summary_part.added", "summary_index": 0},
        {"type": "response.reasoning_summary_text.delta", "delta": "First."},
        {"type": "response.reasoning_summary_part.added", "summary_index": 1},
        {"type": "response.reasoning_summary_text.delta", "delta": "Second."},
        {"type": "response.output_text.delta", "delta": "Hello"},
        {
            "type": "response.incomplete",
            "response": {
                "model": "m-3",
                "incomplete_details": {"reason": "max_output_tokens"},
                "usage": {
                    "input_tokens": 5,
                    "output_tokens": 6,
                    "input_tokens_details": {"cached_tokens": 1},
                    "output_tokens_details": {"reasoning_tokens": 2},
                },
            },
        },
        provider=RESPONSES,
        done=False,
    )
    assert text_of(happened) == "Hello"
    assert reasoning_of(happened) == "First.\n\nSecond."
    assert happened[-1] == Done("length", Usage(5, 6, 1, 2), "m-3")


async def test_a_messages_answer() -> None:
    usage = {"input_tokens": 5, "cache_read_input_tokens": 100, "cache_creation_input_tokens": 20, "output_tokens": 1}
    happened = await read(
        {"type": "message_start", "message": {"model": "claude", "usage": usage}},
        {"type": "content_block_start", "content_block": {"type": "thinking", "thinking": ""}},
        {"type": "ping"},
        {"type": "content_block_delta", "delta": {"type": "thinking_delta", "thinking": "Hm."}},
        {"type": "content_block_delta", "delta": {"type": "signature_delta", "signature": "x"}},
        {"type": "content_block_delta", "delta": {"type": "text_delta", "text": "Hello"}},
        {"type": "message_delta", "delta": {"stop_reason": "max_tokens"}, "usage": {"output_tokens": 9}},
        {"type": "message_stop"},
        provider=ANTHROPIC,
        done=False,
    )
    assert (text_of(happened), reasoning_of(happened)) == ("Hello", "Hm.")
    assert happened[-1] == Done("length", Usage(125, 9, 100), "claude")


@pytest.mark.parametrize(
    ("sent", "meant"),
    [("stop", "stop"), ("eos", "stop"), ("length", "length"), ("SAFETY", "content_filter"), ("odd", "odd")],
)
async def test_finish_reasons_are_named_alike(sent: str, meant: str) -> None:
    assert (await read(chunk("x"), chunk(finish_reason=sent)))[-1].finish_reason == meant


async def test_comments_and_events_without_data_are_passed_over() -> None:
    respond = raw(b": OPENROUTER PROCESSING\n\n", b"id: 7\n\n", events(chunk("Hi"), chunk(finish_reason="stop")))
    assert text_of(await collect(service(respond, "openrouter"))) == "Hi"


async def test_a_surrogate_pair_split_over_two_deltas_is_one_character() -> None:
    halves = ('{"choices":[{"delta":{"content":"a\\ud83e"}}]}', '{"choices":[{"delta":{"content":"\\udd81b"}}]}')
    happened = await read(*halves, chunk(finish_reason="stop"))
    assert [each.text for each in happened[:-1]] == ["a", "🦁b"]


async def test_half_a_pair_at_the_end_becomes_a_replacement_character() -> None:
    happened = await read('{"choices":[{"delta":{"content":"a\\ud83e"}}]}', chunk(finish_reason="stop"))
    assert text_of(happened) == "a\ufffd"


async def test_a_stream_without_its_end_is_cut() -> None:
    of = service(Script(streamed(chunk("Hel"), done=False)))
    assert (await collect_until_fault(of, StreamCut))[0] == [Delta("Hel")]


@pytest.mark.parametrize(
    "tail", [(chunk(finish_reason="stop"),), ("[DONE]",)], ids=["finish reason without mark", "mark without reason"]
)
async def test_either_sign_of_an_end_is_enough(tail: Any) -> None:
    assert isinstance((await read(chunk("x"), *tail, done=False))[-1], Done)


@pytest.mark.parametrize(
    ("payload", "kind"),
    [
        ({"error": {"code": 502, "message": "Upstream fell over"}, "choices": []}, ServerFault),
        ({"error": {"code": 429, "message": "Slow down"}}, RateLimited),
        ({"error": {"code": 400, "type": "exceed_context_size_error", "message": "too long"}}, ContextFull),
        ({"error": {"message": "Context size has been exceeded."}}, ContextFull),
    ],
)
async def test_an_error_after_text_surfaces_and_is_not_tried_again(payload: Any, kind: Any) -> None:
    script = Script(streamed(chunk("Hel"), payload, done=False))
    assert (await collect_until_fault(service(script), kind))[0] == [Delta("Hel")]
    assert len(script.requests) == 1


@pytest.mark.parametrize(
    ("provider", "payload"),
    [
        (ANTHROPIC, {"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}}),
        (RESPONSES, {"type": "response.failed", "response": {"error": {"code": "server_error", "message": "Oh"}}}),
        (RESPONSES, {"type": "error", "code": "server_error", "message": "Oh"}),
    ],
)
async def test_the_other_wires_report_errors_in_the_stream_too(provider: Any, payload: Any) -> None:
    with pytest.raises(ServerFault, match=r"Overloaded|Oh"):
        await read(payload, provider=provider, done=False)


@pytest.mark.parametrize("data", ["{broken", '"text"', "[" * 5000, "null"])
async def test_an_event_that_makes_no_sense_is_a_bad_answer(data: str) -> None:
    with pytest.raises(BadAnswer, match="OpenAI sent an event that is not"):
        await read(chunk("x"), data)


KINDS = (
    "response.created",
    "response.completed",
    "response.output_text.delta",
    "response.reasoning_text.delta",
    "response.failed",
    "message_start",
    "message_delta",
    "content_block_delta",
    "content_block_start",
    "error",
)
FIELDS = ("choices", "usage", "model", "error", "delta", "response", "message", "content_block", "content", "reasoning")
MORE_FIELDS = (
    "text",
    "thinking",
    "finish_reason",
    "stop_reason",
    "prompt_tokens",
    "input_tokens",
    "incomplete_details",
)
VALUE = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=3),
    lambda inner: (
        st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from(FIELDS + MORE_FIELDS), inner, max_size=4)
    ),
    max_leaves=12,
)
PAYLOAD = st.builds(
    lambda kind, fields: {**fields, **({"type": kind} if kind else {})},
    st.none() | st.sampled_from(KINDS),
    st.dictionaries(st.sampled_from(FIELDS), VALUE, max_size=4),
)
DELTA = st.dictionaries(st.sampled_from(["content", "reasoning", "refusal", "text", "thinking"]), VALUE, max_size=2)
CHOICE = st.fixed_dictionaries({}, optional={"delta": DELTA | VALUE, "finish_reason": VALUE})
EVENT = st.fixed_dictionaries({"type": st.sampled_from(KINDS), "delta": DELTA | VALUE})
CHAT = st.fixed_dictionaries({"choices": st.lists(CHOICE | VALUE, min_size=1, max_size=2)})


@settings(max_examples=300)
@given(payload=PAYLOAD | EVENT | CHAT)
def test_no_event_whatsoever_breaks_a_reader(payload: Any) -> None:
    for wire in (ChatCompletions(), Responses(), Messages()):
        reader = wire.reader("")
        try:
            delta = reader.read(json.dumps(payload))
        except (ErrorEvent, MalformedEvent):
            continue
        assert delta is None or isinstance(delta.text + delta.reasoning, str)
        assert all(value is None or value >= 0 for value in (reader.usage.tokens_in, reader.usage.tokens_out))


@given(text=st.text(), beginning=st.text(), cuts=st.lists(st.integers(0, 40), max_size=6), echoed=st.booleans())
def test_a_repeated_beginning_is_taken_off_wherever_it_is_cut(
    text: str, beginning: str, cuts: list[int], echoed: bool
) -> None:
    if not echoed and text.startswith(beginning):
        beginning += "\0other"
    whole = beginning + text if echoed else text
    bounds = [0, *sorted(min(cut, len(whole)) for cut in cuts), len(whole)]
    echo = Echo(beginning)
    got = "".join(echo.feed(whole[a:b]) for a, b in pairwise(bounds)) + echo.end()
    assert got == text


SAID = ["Hello", " wörld ", "🦁", "\n\ndata: x\r\n", "日本", "end"]
RAW = b": keep-alive\r\n\r\n" + events(*map(chunk, SAID), chunk(finish_reason="stop"))


@given(cuts=st.lists(st.integers(0, len(RAW)), max_size=40))
async def test_deltas_do_not_depend_on_where_the_bytes_are_cut(cuts: list[int]) -> None:
    bounds = [0, *sorted(cuts), len(RAW)]
    pieces = [RAW[a:b] for a, b in pairwise(bounds)]
    happened = await collect(service(raw(*pieces)))
    assert [each.text for each in happened[:-1]] == SAID
    assert happened[-1].finish_reason == "stop"


async def test_an_echo_is_taken_off_the_stream() -> None:
    request = Request((Turn("user", "Count"), Turn("assistant", "one, two")), model="m", prefill=True)
    happened = await read(
        chunk("one"), chunk(", two, th"), chunk("ree"), chunk(finish_reason="stop"), provider="mistral", request=request
    )
    assert text_of(happened) == ", three"
