"""Lists of models and their prices, as each service writes them."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from mock_api import Script, chunk, collect, service, streamed

from lion_tui.core.errors import BadAnswer, KeyRefused, ServiceChoiceError
from lion_tui.core.inference import ModelInfo, Request, Turn
from lion_tui.services.catalogue import read_models


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (
            {
                "data": [
                    {
                        "id": "a/b",
                        "context_length": 8192,
                        "pricing": {"prompt": "0.00000015", "completion": "0.0000006"},
                    },
                    {"id": "openrouter/auto", "context_length": 2000000, "pricing": {"prompt": "-1"}},
                ]
            },
            [ModelInfo("a/b", 8192, 0.15, 0.6), ModelInfo("openrouter/auto", 2000000)],
        ),
        (
            [{"id": "t", "context_length": 4096, "pricing": {"input": 0.88, "output": 0.9}}],
            [ModelInfo("t", 4096, 0.88, 0.9)],
        ),
        ({"data": [{"id": "groq", "context_window": 131072}]}, [ModelInfo("groq", 131072)]),
        ({"data": [{"id": "mistral", "max_context_length": 32768}]}, [ModelInfo("mistral", 32768)]),
        ({"data": [{"id": "vllm", "max_model_len": 1024}]}, [ModelInfo("vllm", 1024)]),
        ({"data": [{"id": "llama", "meta": {"n_ctx_train": 8192}}]}, [ModelInfo("llama", 8192)]),
        ({"data": [{"id": "models/gemini-flash"}]}, [ModelInfo("gemini-flash")]),
        ({"data": [{"id": "claude", "max_input_tokens": 200000}]}, [ModelInfo("claude", 200000)]),
        ({"data": [{}, {"id": None}, {"id": 3}, None, "x", {"id": "ok", "context_length": "big"}]}, [ModelInfo("ok")]),
        ({"data": []}, []),
        ({"object": "list"}, None),
        ("nonsense", None),
        (None, None),
    ],
)
def test_every_layout_is_read(body: Any, expected: Any) -> None:
    assert read_models(body) == expected


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["id", "pricing", "prompt", "input", "meta", "n_ctx", "context_length"]), inner
        )
    ),
    max_leaves=10,
)


@given(rows=st.lists(JSON, max_size=4))
def test_no_list_whatsoever_breaks_the_reader(rows: Any) -> None:
    for model in read_models({"data": rows}) or []:
        assert model.id
        assert model.price_in is None or model.price_in >= 0


async def test_the_list_is_asked_for_with_the_key() -> None:
    script = Script(httpx.Response(200, json={"data": [{"id": "m"}]}))
    assert await service(script, "anthropic").models() == [ModelInfo("m")]
    assert script.requests[0].method == "GET"
    assert str(script.requests[0].url) == "https://api.anthropic.com/v1/models"
    assert script.requests[0].headers["x-api-key"]
    assert script.requests[0].headers["anthropic-version"]


async def test_a_list_that_cannot_be_had_says_why() -> None:
    with pytest.raises(KeyRefused):
        await service(lambda _: httpx.Response(401)).models()
    with pytest.raises(BadAnswer, match="something else than a list of models"):
        await service(lambda _: httpx.Response(200, html="<p>")).models()


USAGE = {"usage": {"prompt_tokens": 1000, "completion_tokens": 500}}
CACHED = {"usage": {**USAGE["usage"], "prompt_tokens_details": {"cached_tokens": 900}}}
LIST = httpx.Response(200, json=[{"id": "m", "pricing": {"input": 2.0, "output": 4.0}}])


@pytest.mark.parametrize(
    ("provider", "usage", "listed", "cost"),
    [
        ("together", USAGE, True, 0.004),
        ("together", USAGE, False, None),
        ("together", CACHED, True, None),
        ("openai", USAGE, True, None),
        ("openrouter", {"usage": {**USAGE["usage"], "cost": 0.02}}, False, 0.02),
        ("openrouter", {"usage": {**USAGE["usage"], "cost": -1}}, False, None),
    ],
)
async def test_a_cost_is_reported_or_listed_or_unknown(provider: str, usage: Any, listed: bool, cost: Any) -> None:
    def respond(request: httpx.Request) -> httpx.Response:
        return LIST if request.method == "GET" else streamed(chunk("x"), chunk(finish_reason="stop"), usage)(request)

    of = service(respond, provider)
    if listed:
        await of.models()
    *_, done = await collect(of)
    assert done.usage.cost_usd == (cost if cost is None else pytest.approx(cost))


async def test_a_local_server_with_several_models_asks_which() -> None:
    of = service(lambda _: httpx.Response(200, json={"data": [{"id": "a"}, {"id": "b"}]}), "ollama")
    with pytest.raises(ServiceChoiceError, match=r"Ollama has no default model\. It offers a, b\. Name one"):
        await collect(of, Request((Turn("user", "x"),)))
