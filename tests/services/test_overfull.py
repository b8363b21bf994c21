"""A conversation beyond a model's window: whether its last prompt alone is, and what is said to do."""

from __future__ import annotations

import pytest

from lion_tui.core.errors import ContextFull, PromptTooLong
from lion_tui.core.inference import Request, Turn
from lion_tui.services.overfull import told_apart

SAID = {
    "llama.cpp": "request (12032 tokens) exceeds the available context size (8192 tokens), try increasing it",
    "OpenAI": "This model's maximum context length is 8192 tokens. However, your messages resulted in 12032 tokens.",
    "vLLM": "This model's maximum context length is 8,192 tokens. However, you requested 12,064 tokens (12,032 in the"
    " messages, 32 in the completion).",
    "Anthropic": "prompt is too long: 12032 tokens > 8192 maximum",
    "Gemini": "The input token count (12032) exceeds the maximum number of tokens allowed (8192).",
}


def asked(*sizes: int, prefill: bool = False) -> Request:
    return Request(tuple(Turn("user", "x" * size) for size in sizes), prefill=prefill)


@pytest.mark.parametrize("said", SAID.values(), ids=SAID)
def test_one_prompt_beyond_the_window_names_both_sizes_and_what_helps(said: str) -> None:
    error = told_apart(ContextFull(said, "Fork.", service="x", status=400), asked(10, 990), "m-1", 5)
    assert isinstance(error, PromptTooLong)
    assert error.what == "The prompt alone is too long for m-1: it is about 11,912 tokens, and its window has 8,192."
    assert error.remedy == "Send a shorter one, or choose a model with a larger window (/model)."
    assert (error.service, error.status) == ("x", 400)


@pytest.mark.parametrize("said", SAID.values(), ids=SAID)
@pytest.mark.parametrize("request_", [asked(600, 400), asked(10, 990, prefill=True)], ids=["long", "cut answer"])
def test_a_long_conversation_is_said_as_before(said: str, request_: Request) -> None:
    error = ContextFull(said, "Fork.")
    assert told_apart(error, request_, "m-1", 5) is error


def test_where_no_window_is_named_nearly_all_of_the_conversation_counts_as_the_prompt() -> None:
    error = ContextFull("Too much.", "Fork.")
    assert told_apart(error, asked(200, 800), "m", 3000) is error
    alone = told_apart(error, asked(10, 990), "m", 3000)
    assert (
        alone.what == "The prompt alone is too long for m: it is about 2,970 tokens, which is more than its window has."
    )


def test_a_cap_that_leaves_no_room_is_not_the_prompts_fault() -> None:
    said = "maximum context length is 8192 tokens. However, you requested 9000 tokens (20 in the messages, 8980 in the"
    error = ContextFull(said, "Fork.")
    assert told_apart(error, asked(80), "m", 20) is error
    error = ContextFull("The context window is exceeded.", "Fork.")
    assert told_apart(error, asked(80), "m", 20) is error
