"""OpenAI's chat completions, the protocol that most servers speak."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lion_tui.core.inference import Usage
from lion_tui.services.wire import ErrorEvent, Reader, amount, count, mapping

if TYPE_CHECKING:
    from lion_tui.core.inference import Delta
    from lion_tui.core.message import Json
    from lion_tui.services.wire import Ask


class ChatCompletions:
    """`POST /chat/completions` with `stream`."""

    path = "/chat/completions"

    def headers(self, key: str | None) -> dict[str, str]:
        """Return the bearer header."""
        return {"Authorization": f"Bearer {key}"} if key else {}

    def body(self, ask: Ask) -> dict[str, Json]:
        """Return what is posted."""
        row = ask.provider
        messages: list[dict[str, Json]] = [{"role": role, "content": text} for role, text in ask.turns]
        if ask.system is not None:
            messages.insert(0, {"role": "system", "content": ask.system})
        body: dict[str, Json] = {"model": ask.model, "messages": messages, "stream": True, **row.extra}
        if row.usage_in_stream:
            body["stream_options"] = {"include_usage": True}
        if ask.prefill:
            messages[-1].update(row.prefill_message)
            body.update(row.prefill_body)
        names = {"max_tokens": row.cap, "seed": row.seed}
        for name, value in ask.params.items():
            body[names.get(name) or name] = value
        if row.default_cap is not None:
            body.setdefault(row.cap, row.default_cap)
        return body

    def reader(self, echo: str) -> Reader:
        """Return what reads one answer."""
        return _ChatReader(echo)


class _ChatReader(Reader):
    def read(self, data: str) -> Delta | None:
        if data.strip() == "[DONE]":
            self.complete = True
            return None
        return super().read(data)

    def _read(self, payload: dict[str, Json]) -> Delta | None:
        if payload.get("error"):
            raise ErrorEvent(payload)
        if self.model is None and isinstance(model := payload.get("model"), str):
            self.model = model
        if usage := mapping(payload.get("usage")):
            self.usage = _usage(usage)
        choices = payload.get("choices")
        if not isinstance(choices, list) or not choices:
            return None
        choice = mapping(choices[0])
        self._finished(choice.get("finish_reason"))
        delta = mapping(choice.get("delta"))
        content, reasoning = delta.get("content"), delta.get("reasoning_content") or delta.get("reasoning")
        if isinstance(content, list):
            content, reasoning = _of_parts(content)
        return self._delta(content or delta.get("refusal"), reasoning)


def _of_parts(parts: list[Json]) -> tuple[str, str]:
    """Return text and reasoning of a content that comes as typed parts, as Mistral's reasoning models send it."""
    text, reasoning = "", ""
    for part in map(mapping, parts):
        text += _text(part)
        thoughts = part.get("thinking")
        reasoning += "".join(map(_text, map(mapping, thoughts))) if isinstance(thoughts, list) else ""
    return text, reasoning


def _text(part: dict[str, Json]) -> str:
    text = part.get("text")
    return text if isinstance(text, str) else ""


def _usage(usage: dict[str, Json]) -> Usage:
    cached = count(mapping(usage.get("prompt_tokens_details")).get("cached_tokens"))
    return Usage(
        tokens_in=count(usage.get("prompt_tokens")),
        tokens_out=count(usage.get("completion_tokens")),
        tokens_cached=cached if cached is not None else count(usage.get("prompt_cache_hit_tokens")),
        tokens_reasoning=count(mapping(usage.get("completion_tokens_details")).get("reasoning_tokens")),
        cost_usd=amount(usage.get("cost")),
    )
