"""What the wires have in common: shaping a conversation, and reading an answer's events."""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Protocol

from lion_tui.core.inference import Delta, Usage
from lion_tui.core.text import ScalarStream

if TYPE_CHECKING:
    from collections.abc import Mapping

    from lion_tui.core.inference import Request, Turn
    from lion_tui.core.message import Json
    from lion_tui.services.provider import Provider

CONTINUE: Final = "Go on exactly where your last message was cut off. Do not repeat any of it."
"""What asks for more of an answer where a service cannot go on from its beginning."""

_FINISH_REASONS: Final = {
    "stop": "stop",
    "eos": "stop",
    "end_turn": "stop",
    "stop_sequence": "stop",
    "completed": "stop",
    "length": "length",
    "max_tokens": "length",
    "max_output_tokens": "length",
    "content_filter": "content_filter",
    "refusal": "content_filter",
    "safety": "content_filter",
}


LEFT_OUT: Final = "(What was said before is left out.)"
"""What the user says first where a service wants the user to, and the conversation begins with an answer."""


class ErrorEvent(Exception):
    """The server reports an error inside the stream; `body` is what it says."""

    def __init__(self, body: Json) -> None:
        """Keep what the server says."""
        super().__init__()
        self.body = body


class MalformedEvent(Exception):
    """An event that is not what the protocol says."""


@dataclass(frozen=True, slots=True)
class Ask:
    """A request that was checked, for one provider.

    Attributes:
        provider: Whom it goes to.
        model: The model, never absent.
        system: The system message, if any.
        turns: The conversation without it, as (`user` or `assistant`, text).
        params: The settings, without those that are None.
        prefill: Whether the provider shall go on from the last turn.
    """

    provider: Provider
    model: str
    system: str | None
    turns: tuple[tuple[str, str], ...]
    params: Mapping[str, Json]
    prefill: bool

    @property
    def echo(self) -> str:
        """What the provider repeats before anything new."""
        return self.turns[-1][1] if self.prefill and self.provider.prefill == "echoed" else ""


class Wire(Protocol):
    """A protocol for asking a model."""

    path: str
    """What follows the base URL."""

    def headers(self, key: str | None) -> dict[str, str]:
        """Return the headers that carry the key, and the protocol's own."""

    def body(self, ask: Ask) -> dict[str, Json]:
        """Return what is posted."""

    def reader(self, echo: str) -> Reader:
        """Return what reads one answer."""


def shape(request: Request, provider: Provider, model: str) -> Ask:
    """Return `request` as `provider` wants it.

    A tool's result goes as the user's: without the call it belongs to, no service takes it as anything else.
    """
    turns = [("assistant" if turn.role == "assistant" else "user", turn.content) for turn in _spoken(request)]
    if provider.alternates:
        turns = _alternating(turns)
    prefill = request.prefill and provider.prefill != "none"
    if request.prefill and not prefill:
        turns.append(("user", CONTINUE))
    first = request.messages[0]
    return Ask(
        provider=provider,
        model=model,
        system=first.content if first.role == "system" else None,
        turns=tuple(turns),
        params={name: value for name, value in request.params.items() if value is not None},
        prefill=prefill,
    )


def _spoken(request: Request) -> tuple[Turn, ...]:
    return request.messages[1:] if request.messages[0].role == "system" else request.messages


def _alternating(turns: list[tuple[str, str]]) -> list[tuple[str, str]]:
    joined: list[tuple[str, str]] = []
    for role, text in turns:
        if joined and joined[-1][0] == role:
            joined[-1] = (role, f"{joined[-1][1]}\n\n{text}")
        else:
            joined.append((role, text))
    return joined if joined[0][0] == "user" else [("user", LEFT_OUT), *joined]


class Echo:
    """Takes a repeated beginning off a text that comes in pieces."""

    __slots__ = ("_held", "_rest")

    def __init__(self, expected: str) -> None:
        """Expect `expected` first."""
        self._rest = expected
        self._held = ""

    def feed(self, piece: str) -> str:
        """Take the next piece and return what of it is new."""
        if not self._rest:
            return piece
        if piece.startswith(self._rest):
            piece, self._rest, self._held = piece[len(self._rest) :], "", ""
            return piece
        if self._rest.startswith(piece):
            self._rest, self._held = self._rest[len(piece) :], self._held + piece
            return ""
        return self.end() + piece

    def end(self) -> str:
        """Return what was held back: it was no repetition after all."""
        held, self._held, self._rest = self._held, "", ""
        return held


class Reader:
    """Reads the events of one answer; a wire says how.

    Attributes:
        finish_reason: Why the model stopped, once it has.
        usage: What the service has reported so far.
        model: The model that answers, as the service names it.
        complete: The protocol's end marker has come: nothing follows.
    """

    def __init__(self, echo: str = "") -> None:
        """Read an answer that repeats `echo` first."""
        self.finish_reason: str | None = None
        self.usage = Usage()
        self.model: str | None = None
        self.complete = False
        self._echo = Echo(echo)
        self._text = ScalarStream()
        self._reasoning = ScalarStream()

    def read(self, data: str) -> Delta | None:
        """Read one event and return the text in it, if any.

        Raises:
            ErrorEvent: the server reports an error.
            MalformedEvent: the event is not what the protocol says.
        """
        try:
            payload = json.loads(data)
        except (ValueError, RecursionError) as error:
            raise MalformedEvent("an event that is not JSON") from error
        if not isinstance(payload, dict):
            raise MalformedEvent("an event that is not a JSON object")
        return self._read(payload)

    def end(self) -> Delta | None:
        """Return what was held back; the stream is at its end."""
        text = self._echo.feed(self._text.end()) + self._echo.end()
        reasoning = self._reasoning.end()
        return Delta(text, reasoning) if text or reasoning else None

    def _read(self, payload: dict[str, Json]) -> Delta | None:
        raise ErrorEvent(payload)

    def _delta(self, text: Json, reasoning: Json = "") -> Delta | None:
        text = self._echo.feed(self._text.feed(text)) if isinstance(text, str) and text else ""
        reasoning = self._reasoning.feed(reasoning) if isinstance(reasoning, str) and reasoning else ""
        return Delta(text, reasoning) if text or reasoning else None

    def _finished(self, reason: Json) -> None:
        if isinstance(reason, str) and reason:
            self.finish_reason = _FINISH_REASONS.get(reason.lower(), reason)


def mapping(value: Json) -> dict[str, Json]:
    """Return `value` if it is a JSON object, else an empty one."""
    return value if isinstance(value, dict) else {}


def count(value: Json) -> int | None:
    """Return `value` if it is a number of tokens, small enough for a signed 64-bit integer, as files have them."""
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 2**63 else None


def amount(value: Json) -> float | None:
    """Return `value` if it is a finite number, zero or more, of money."""
    if isinstance(value, (int, float)) and not isinstance(value, bool) and 0 <= value <= sys.float_info.max:
        return float(value)
    return None
