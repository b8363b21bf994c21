"""A conversation that is longer than a model's window, where the last prompt alone is: what helps is another then."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from lion_tui.core.errors import ContextFull, PromptTooLong
from lion_tui.services.faults import label

if TYPE_CHECKING:
    from lion_tui.core.inference import Request

# What llama.cpp, OpenAI, Anthropic and Gemini say; the servers that speak like them say the same.
_WINDOW: Final = re.compile(r"(?:context (?:length|size|window)|maximum)\D{0,40}?(\d[\d,]*)|> (\d[\d,]*) maximum")
_SIZE: Final = re.compile(
    r"request \((\d[\d,]*) tokens|too long: (\d[\d,]*)|resulted in (\d[\d,]*)|requested (\d[\d,]*)"
    r"|token count \((\d[\d,]*)\)"
)
_IN_MESSAGES: Final = re.compile(r"(\d[\d,]*) in the messages")
"""Where the cap of the reply is counted too, what of it is not that."""
_SMALLEST_WINDOW: Final = 1_000
"""Tokens that every model reads."""
_NEARLY_ALL: Final = 0.9
"""The share of a conversation that counts as all of it where the window's size is not known."""


def told_apart(error: ContextFull, request: Request, model: str, estimate: int) -> ContextFull:
    """Return the error for a conversation that was too long: another one if its last prompt alone is.

    Args:
        error: What the server said.
        request: What was asked.
        model: Whom.
        estimate: How many tokens the whole is, about; what the server counted goes before it.
    """
    sizes = [len(turn.content.encode()) for turn in request.messages]
    share = sizes[-1] / max(1, sum(sizes))
    said = _number(_IN_MESSAGES, error.what) or _number(_SIZE, error.what)
    prompt = round((said or estimate) * share)
    window = _number(_WINDOW, error.what)
    fits = prompt <= (window or _SMALLEST_WINDOW) or (window is None and share < _NEARLY_ALL)
    if request.prefill or fits:
        return error
    has = f"and its window has {window:,}" if window else "which is more than its window has"
    return PromptTooLong(
        f"The prompt alone is too long for {label(model) or 'the model'}: it is about {prompt:,} tokens, {has}.",
        "Send a shorter one, or choose a model with a larger window (/model).",
        service=error.service,
        status=error.status,
    )


def _number(pattern: re.Pattern[str], text: str) -> int | None:
    found = pattern.search(text)
    return int(next(filter(None, found.groups())).replace(",", "")) if found else None
