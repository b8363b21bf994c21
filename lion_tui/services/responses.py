"""OpenAI's responses."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lion_tui.core.inference import Usage
from lion_tui.services.wire import ErrorEvent, Reader, count, mapping

if TYPE_CHECKING:
    from lion_tui.core.inference import Delta
    from lion_tui.core.message import Json
    from lion_tui.services.wire import Ask


class Responses:
    """`POST /responses` with `stream`; nothing is stored on the server."""

    path = "/responses"

    def headers(self, key: str | None) -> dict[str, str]:
        """Return the bearer header."""
        return {"Authorization": f"Bearer {key}"} if key else {}

    def body(self, ask: Ask) -> dict[str, Json]:
        """Return what is posted."""
        body: dict[str, Json] = {
            "model": ask.model,
            "input": [_item(role, text) for role, text in ask.turns],
            "stream": True,
            "store": False,
        }
        if ask.system is not None:
            body["instructions"] = ask.system
        for name, value in ask.params.items():
            if name == "max_tokens":
                body["max_output_tokens"] = value
            elif name == "reasoning_effort":
                body["reasoning"] = {"effort": value, "summary": "auto"}
            else:
                body[name] = value
        return body

    def reader(self, echo: str) -> Reader:
        """Return what reads one answer."""
        return _ResponsesReader(echo)


def _item(role: str, text: str) -> dict[str, Json]:
    kind = "output_text" if role == "assistant" else "input_text"
    return {"type": "message", "role": role, "content": [{"type": kind, "text": text}]}


class _ResponsesReader(Reader):
    def _read(self, payload: dict[str, Json]) -> Delta | None:
        kind = payload.get("type")
        if kind in ("response.output_text.delta", "response.refusal.delta"):
            return self._delta(payload.get("delta"))
        if kind in ("response.reasoning_summary_text.delta", "response.reasoning_text.delta"):
            return self._delta("", payload.get("delta"))
        if kind == "response.reasoning_summary_part.added" and payload.get("summary_index"):
            return self._delta("", "\n\n")
        if kind in ("error", "response.failed") or (kind is None and payload.get("error")):
            raise ErrorEvent(mapping(payload.get("response")) or payload)
        if kind in ("response.completed", "response.incomplete"):
            self._complete(mapping(payload.get("response")))
        elif kind == "response.created":
            self._named(mapping(payload.get("response")))
        return None

    def _named(self, response: dict[str, Json]) -> None:
        if isinstance(model := response.get("model"), str):
            self.model = model

    def _complete(self, response: dict[str, Json]) -> None:
        self._named(response)
        self._finished(mapping(response.get("incomplete_details")).get("reason") or response.get("status") or "stop")
        usage = mapping(response.get("usage"))
        self.usage = Usage(
            tokens_in=count(usage.get("input_tokens")),
            tokens_out=count(usage.get("output_tokens")),
            tokens_cached=count(mapping(usage.get("input_tokens_details")).get("cached_tokens")),
            tokens_reasoning=count(mapping(usage.get("output_tokens_details")).get("reasoning_tokens")),
        )
        self.complete = True
