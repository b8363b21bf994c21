"""Anthropic's messages."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lion_tui.services.wire import ErrorEvent, Reader, count, mapping

if TYPE_CHECKING:
    from lion_tui.core.inference import Delta
    from lion_tui.core.message import Json
    from lion_tui.services.wire import Ask


class Messages:
    """`POST /messages` with `stream`."""

    path = "/messages"

    def headers(self, key: str | None) -> dict[str, str]:
        """Return the version of the protocol, and the key."""
        version = {"anthropic-version": "2023-06-01"}
        return {**version, "x-api-key": key} if key else version

    def body(self, ask: Ask) -> dict[str, Json]:
        """Return what is posted."""
        body: dict[str, Json] = {
            "model": ask.model,
            "messages": [{"role": role, "content": text} for role, text in ask.turns],
            "stream": True,
            "max_tokens": ask.provider.default_cap,
        }
        if ask.system:
            body["system"] = ask.system
        for name, value in ask.params.items():
            if name == "stop":
                body["stop_sequences"] = [value] if isinstance(value, str) else value
            elif name == "reasoning_effort":
                # The protocol's efforts begin at low.
                body["thinking"] = {"type": "adaptive"}
                body["output_config"] = {"effort": "low" if value == "minimal" else value}
            else:
                body[name] = value
        return body

    def reader(self, echo: str) -> Reader:
        """Return what reads one answer."""
        return _MessagesReader(echo)


class _MessagesReader(Reader):
    def _read(self, payload: dict[str, Json]) -> Delta | None:
        kind = payload.get("type")
        if kind == "content_block_delta":
            delta = mapping(payload.get("delta"))
            return self._delta(delta.get("text"), delta.get("thinking"))
        if kind == "content_block_start":
            block = mapping(payload.get("content_block"))
            return self._delta(block.get("text"), block.get("thinking"))
        if kind == "message_start":
            message = mapping(payload.get("message"))
            if isinstance(model := message.get("model"), str):
                self.model = model
            self._count(mapping(message.get("usage")))
        elif kind == "message_delta":
            self._finished(mapping(payload.get("delta")).get("stop_reason"))
            self._count(mapping(payload.get("usage")))
        elif kind == "message_stop":
            self.complete = True
        elif kind == "error" or (kind is None and payload.get("error")):
            raise ErrorEvent(payload)
        return None

    def _count(self, usage: dict[str, Json]) -> None:
        """Take the counts that an event has; later events repeat or complete those of earlier ones."""
        fresh, read = count(usage.get("input_tokens")), count(usage.get("cache_read_input_tokens"))
        if fresh is not None:
            # Tokens that were read from or written to the cache are not part of `input_tokens`.
            total = fresh + (read or 0) + (count(usage.get("cache_creation_input_tokens")) or 0)
            self.usage = self.usage._replace(tokens_in=count(total), tokens_cached=read)
        if (out := count(usage.get("output_tokens"))) is not None:
            self.usage = self.usage._replace(tokens_out=out)
