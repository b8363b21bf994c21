"""Going on from the beginning of an answer, with a real llama.cpp server."""

from __future__ import annotations

from typing import Any

import pytest
from mock_api import collect, text_of

from lion_tui.core.inference import Done, Request, Turn
from lion_tui.services import Services


@pytest.mark.parametrize("begun", ["The capital of France is", "The capital of France is the beautiful"])
async def test_only_what_is_new_comes_back(llama: Any, begun: str) -> None:
    of = Services.LlamaCpp(base_url=f"{llama.url}/v1", api_key=llama.key)
    turns = (Turn("user", "What is the capital of France?"), Turn("assistant", begun))
    request = Request(turns, params={"max_tokens": 8, "temperature": 0.0}, prefill=True)
    new = text_of(await collect(of, request))
    assert "Paris" in new
    assert begun not in new
    assert new.startswith(" ")


async def test_the_only_model_of_a_server_answers_unnamed(llama: Any) -> None:
    of = Services.LlamaCpp(base_url=f"{llama.url}/v1", api_key=llama.key)
    assert of.default_model is None
    *_, done = await collect(of, Request((Turn("user", "Hi"),), params={"max_tokens": 2}))
    assert done == Done("length", done.usage, llama.model)
