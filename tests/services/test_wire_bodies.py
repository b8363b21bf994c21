"""What is posted: each provider's fields, from one kind of request."""

from __future__ import annotations

from typing import Any

import pytest
from mock_api import Script, answer, collect, service, streamed

from lion_tui.core.errors import UnknownParameter, UsageError
from lion_tui.core.inference import Request, Turn
from lion_tui.services.provider import PROVIDERS, compatible
from lion_tui.services.wire import CONTINUE

ASK = (Turn("system", "Be brief."), Turn("user", "Hello"))


ANSWERS = {
    "chat": answer(),
    "messages": streamed({"type": "message_stop"}, done=False),
    "responses": streamed({"type": "response.completed"}, done=False),
}


async def posted(request: Request, provider: Any = "openai") -> dict[str, Any]:
    wire = (PROVIDERS[provider] if isinstance(provider, str) else provider).wire
    script = Script(ANSWERS[wire])
    await collect(service(script, provider), request)
    return script.bodies[0]


@pytest.mark.parametrize(
    ("provider", "field"),
    [
        ("openai", "max_completion_tokens"),
        ("openrouter", "max_tokens"),
        ("anthropic", "max_tokens"),
        ("groq", "max_completion_tokens"),
        ("mistral", "max_tokens"),
        ("ollama", "max_tokens"),
        (compatible("mine", "http://mine/v1", "responses"), "max_output_tokens"),
    ],
)
async def test_the_cap_is_in_the_field_that_the_provider_reads(provider: Any, field: str) -> None:
    body = await posted(Request(ASK, model="m", params={"max_tokens": 50}), provider)
    assert {name: value for name, value in body.items() if value == 50} == {field: 50}


async def test_a_seed_of_zero_and_a_temperature_of_zero_are_sent() -> None:
    body = await posted(Request(ASK, model="m", params={"seed": 0, "temperature": 0.0, "top_p": None}))
    assert body["seed"] == 0
    assert body["temperature"] == 0.0
    assert "top_p" not in body


async def test_mistral_has_its_own_name_for_the_seed_and_refuses_stream_options() -> None:
    body = await posted(Request(ASK, model="m", params={"seed": 7}), "mistral")
    assert body["random_seed"] == 7
    assert "seed" not in body
    assert "stream_options" not in body


async def test_nothing_is_sent_that_was_not_asked_for() -> None:
    assert await posted(Request(ASK, model="m")) == {
        "model": "m",
        "messages": [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "Hello"}],
        "stream": True,
        "stream_options": {"include_usage": True},
    }


async def test_anthropic_gets_the_system_apart_and_a_cap_always() -> None:
    body = await posted(Request(ASK, model="m", params={"stop": "END"}), "anthropic")
    assert body["system"] == "Be brief."
    assert body["messages"] == [{"role": "user", "content": "Hello"}]
    assert body["max_tokens"] == PROVIDERS["anthropic"].default_cap
    assert body["stop_sequences"] == ["END"]
    assert "stop" not in body


@pytest.mark.parametrize(("effort", "sent"), [("minimal", "low"), ("low", "low"), ("high", "high")])
async def test_anthropic_gets_the_effort_in_its_own_words(effort: str, sent: str) -> None:
    body = await posted(Request(ASK, model="m", params={"reasoning_effort": effort}), "anthropic")
    assert body["thinking"] == {"type": "adaptive"}
    assert body["output_config"] == {"effort": sent}
    assert "reasoning_effort" not in body


async def test_responses_get_instructions_and_typed_items() -> None:
    turns = (*ASK, Turn("assistant", "Hi"), Turn("user", "More"))
    body = await posted(
        Request(turns, model="m", params={"reasoning_effort": "high"}), compatible("x", "http://x", "responses")
    )
    assert body["instructions"] == "Be brief."
    assert [(item["role"], item["content"][0]["type"]) for item in body["input"]] == [
        ("user", "input_text"),
        ("assistant", "output_text"),
        ("user", "input_text"),
    ]
    assert body["store"] is False
    assert body["reasoning"]["effort"] == "high"


@pytest.mark.parametrize("provider", ["deepseek", "anthropic", "llamacpp"])
async def test_neighbours_of_one_role_are_joined_where_the_provider_wants_turns(provider: str) -> None:
    turns = (Turn("user", "One"), Turn("user", "Two"), Turn("tool", "42"), Turn("assistant", "A"), Turn("user", "B"))
    body = await posted(Request(turns, model="m"), provider)
    assert [(each["role"], each["content"]) for each in body["messages"]] == [
        ("user", "One\n\nTwo\n\n42"),
        ("assistant", "A"),
        ("user", "B"),
    ]


async def test_the_user_speaks_first_where_the_provider_wants_turns() -> None:
    turns = (Turn("system", "S"), Turn("assistant", "A"), Turn("user", "B"))
    body = await posted(Request(turns, model="m"), "deepseek")
    assert [(each["role"], each["content"]) for each in body["messages"]] == [
        ("system", "S"),
        ("user", "(What was said before is left out.)"),
        ("assistant", "A"),
        ("user", "B"),
    ]
    body = await posted(Request(turns, model="m"), "openai")
    assert [each["role"] for each in body["messages"]] == ["system", "assistant", "user"]


async def test_neighbours_of_one_role_stay_apart_elsewhere() -> None:
    body = await posted(Request((Turn("user", "One"), Turn("user", "Two")), model="m"), "openai")
    assert [each["content"] for each in body["messages"]] == ["One", "Two"]


CUT = (Turn("user", "Count"), Turn("assistant", "one, two"))


async def test_a_provider_that_cannot_go_on_is_asked_to() -> None:
    body = await posted(Request(CUT, model="m", prefill=True), "openai")
    assert body["messages"][-2:] == [
        {"role": "assistant", "content": "one, two"},
        {"role": "user", "content": CONTINUE},
    ]


async def test_providers_that_go_on_are_told_in_their_way() -> None:
    assert (await posted(Request(CUT, model="m", prefill=True), "mistral"))["messages"][-1] == {
        "role": "assistant",
        "content": "one, two",
        "prefix": True,
    }
    body = await posted(Request(CUT, model="m", prefill=True), "vllm")
    assert body["continue_final_message"] is True
    assert body["add_generation_prompt"] is False
    assert "continue_final_message" not in await posted(Request(ASK, model="m"), "vllm")


@pytest.mark.parametrize(
    ("params", "kind"),
    [
        ({"max_tokes": 50}, UnknownParameter),
        ({"max_tokens": 0}, UsageError),
        ({"max_tokens": True}, UsageError),
        ({"max_tokens": 1.5}, UsageError),
        ({"temperature": "hot"}, UsageError),
        ({"temperature": float("nan")}, UsageError),
        ({"seed": "0"}, UsageError),
        ({"stop": [1]}, UsageError),
        ({"reasoning_effort": "extreme"}, UsageError),
    ],
)
async def test_settings_that_cannot_be_are_refused_before_anything_is_sent(params: Any, kind: Any) -> None:
    script = Script(answer())
    with pytest.raises(kind, match=next(iter(params))):
        await collect(service(script), Request(ASK, model="m", params=params))
    assert not script.requests


async def test_a_seed_is_refused_where_there_is_none() -> None:
    with pytest.raises(UnknownParameter, match="Anthropic takes no seed"):
        await posted(Request(ASK, model="m", params={"seed": 0}), "anthropic")


@pytest.mark.parametrize(
    "request_",
    [
        Request(()),
        Request((Turn("system", "Be brief."),)),
        Request((Turn("user", "a"), Turn("system", "b"))),
        Request((Turn("user", "a"),), prefill=True),
    ],
)
async def test_a_conversation_that_cannot_be_answered_is_refused(request_: Request) -> None:
    with pytest.raises(UsageError):
        await collect(service(Script(answer())), request_)


async def test_keys_go_where_each_wire_wants_them() -> None:
    script = Script(answer())
    await collect(service(script, headers={"X-Mine": "1"}), Request(ASK, model="m"))
    assert script.requests[0].headers["authorization"].startswith("Bearer sk-")
    assert script.requests[0].headers["x-mine"] == "1"
    assert str(script.requests[0].url) == "https://api.openai.com/v1/chat/completions"
    script = Script(ANSWERS["messages"])
    await collect(service(script, "anthropic"), Request(ASK, model="m"))
    assert script.requests[0].headers["x-api-key"].startswith("sk-")
    assert "authorization" not in script.requests[0].headers
    assert str(script.requests[0].url) == "https://api.anthropic.com/v1/messages"
