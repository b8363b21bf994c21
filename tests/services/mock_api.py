"""The network's edge for the tests of the services: answers that no well-behaved server gives."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeAlias

import httpx
import pytest

from lion_tui.core.inference import Delta, Request, StreamEvent, Turn
from lion_tui.services.budget import Budget
from lion_tui.services.provider import PROVIDERS
from lion_tui.services.remote import RemoteService

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterable

    from lion_tui.services.provider import Provider

KEY = "sk-secret-0123456789abcdef"
EVENT_STREAM = {"content-type": "text/event-stream"}
HELLO = Request((Turn("user", "Hello"),), model="m")


class FakeClock:
    """Time that passes when somebody waits."""

    def __init__(self) -> None:
        self.time = 0.0
        self.waits: list[float] = []

    def now(self) -> float:
        return self.time

    async def wait(self, event: asyncio.Event, seconds: float | None) -> None:
        if seconds is None:
            await event.wait()
            return
        await asyncio.sleep(0)
        if not event.is_set():
            self.waits.append(seconds)
            self.time += seconds


class Pieces(httpx.AsyncByteStream):
    """A body that comes in given pieces, and may break or hang."""

    def __init__(self, pieces: Iterable[bytes], *, fault: Exception | None = None, hang: bool = False) -> None:
        self._pieces, self._fault, self._hang = list(pieces), fault, hang
        self.closed = False

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for piece in self._pieces:
            yield piece
        if self._fault is not None:
            raise self._fault
        if self._hang:
            await asyncio.Event().wait()

    async def aclose(self) -> None:
        self.closed = True


def events(*payloads: Any, done: bool = True) -> bytes:
    """Return server-sent events; a text is its own data."""
    data = [each if isinstance(each, str) else json.dumps(each) for each in payloads]
    return "".join(f"data: {each}\n\n" for each in [*data, *(["[DONE]"] if done else [])]).encode()


def chunk(text: str | None = None, **more: Any) -> dict[str, Any]:
    """Return one chunk of a chat completion."""
    finish = more.pop("finish_reason", None)
    delta = {"content": text, **more.pop("delta", {})}
    return {"model": "m-2", "choices": [{"delta": delta, "finish_reason": finish}], **more}


Respond: TypeAlias = Callable[[httpx.Request], httpx.Response]


def raw(*pieces: bytes, **more: Any) -> Respond:
    """Return what responds with a stream of events in these bytes; a stream can be read once."""
    return lambda _: httpx.Response(200, headers=EVENT_STREAM, stream=Pieces(pieces, **more))


def streamed(*payloads: Any, done: bool = True) -> Respond:
    """Return what responds with a stream of these events."""
    return raw(events(*payloads, done=done))


def refusal(status: int, body: Any = None, **headers: str) -> httpx.Response:
    """Return a response that is an error."""
    return httpx.Response(status, json=body, headers={name.replace("_", "-"): text for name, text in headers.items()})


def answer(text: str = "Hi") -> Respond:
    """Return a complete answer."""
    return streamed(chunk(text), chunk(finish_reason="stop"))


class Script:
    """Hands out responses in order, the last one for ever, and keeps what was asked."""

    def __init__(self, *responses: httpx.Response | Exception | Respond) -> None:
        self._responses = list(responses)
        self.requests: list[httpx.Request] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        response = self._responses.pop(0) if len(self._responses) > 1 else self._responses[0]
        if isinstance(response, Exception):
            raise response
        return response if isinstance(response, httpx.Response) else response(request)

    @property
    def bodies(self) -> list[Any]:
        return [json.loads(request.content) for request in self.requests]


def service(
    handler: Respond,
    provider: str | Provider = "openai",
    clock: FakeClock | None = None,
    **more: Any,
) -> RemoteService:
    """Return a service whose network is `handler`, and whose time does not pass."""
    row = PROVIDERS[provider] if isinstance(provider, str) else provider
    budget = more.pop("budget", None) or Budget(row.title, clock=clock or FakeClock())
    more.setdefault("api_key", KEY)
    return RemoteService(row, budget=budget, transport=httpx.MockTransport(handler), **more)


async def collect_until_fault(of: Any, kind: type[Exception]) -> tuple[list[StreamEvent], Exception]:
    """Return the events before the fault that ends an answer, and the fault."""
    happened: list[StreamEvent] = []

    async def run() -> None:
        async for event in of.stream(HELLO):
            happened.append(event)  # noqa: PERF401 - what came before the fault is what is looked at

    with pytest.raises(kind) as caught:
        await run()
    return happened, caught.value


async def collect(of: Any, request: Request = HELLO) -> list[StreamEvent]:
    """Return all events of an answer."""
    return [event async for event in of.stream(request)]


def text_of(happened: Iterable[StreamEvent]) -> str:
    """Return the text of an answer."""
    return "".join(event.text for event in happened if isinstance(event, Delta))


def reasoning_of(happened: Iterable[StreamEvent]) -> str:
    """Return the reasoning of an answer."""
    return "".join(event.reasoning for event in happened if isinstance(event, Delta))
