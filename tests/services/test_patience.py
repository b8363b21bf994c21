"""The bodies of answers: one piece for each read, no further ahead than a little, and the rest whatever follows it."""

from __future__ import annotations

import asyncio
import contextlib
from contextlib import aclosing
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from mock_api import EVENT_STREAM, HELLO, Pieces, chunk, collect, collect_until_fault, events, service, text_of

from lion_tui import Session
from lion_tui.core.errors import StreamCut, TimedOut
from lion_tui.core.events import Finished, Streamed
from lion_tui.core.inference import Delta, Done, Usage
from lion_tui.services import Timeouts
from lion_tui.services.scripted import Scripted

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from lion_tui.core.inference import Request, StreamEvent
    from lion_tui.services.remote import RemoteService

WORDS = [f"word{number} " for number in range(50)]


class Flood(httpx.AsyncByteStream):
    """An answer that never ends, as fast as it is read.

    Attributes:
        read: How many bytes were read.
        late: How many of them after it was closed.
    """

    def __init__(self, piece: bytes) -> None:
        self.read = self.late = 0
        self.closed = False
        self._piece = piece

    async def __aiter__(self) -> AsyncGenerator[bytes]:
        piece = self._piece
        while True:
            await asyncio.sleep(0)
            self.read += len(piece)
            self.late += len(piece) * self.closed
            yield piece

    async def aclose(self) -> None:
        self.closed = True


def answering(stream: httpx.AsyncByteStream, **more: Any) -> RemoteService:
    return service(lambda _: httpx.Response(200, headers=EVENT_STREAM, stream=stream), **more)


async def test_what_one_read_brings_is_one_piece_of_the_answer() -> None:
    body = [events(chunk(word), done=False) for word in WORDS] + [events(chunk(finish_reason="stop"))]
    session = Session(service=answering(Pieces(body)))
    pieces = [piece async for piece in session.stream("Go.")]
    assert "".join(pieces) == "".join(WORDS) == session.path()[-1].content
    assert len(pieces) < len(WORDS)


async def test_all_that_came_before_a_fault_is_there() -> None:
    broken = Pieces([events(chunk(word), done=False) for word in WORDS], fault=httpx.ReadError("reset"))
    happened, _ = await collect_until_fault(answering(broken), StreamCut)
    assert text_of(happened) == "".join(WORDS)


async def test_who_sends_faster_than_it_is_taken_is_not_read_on() -> None:
    flood = Flood(events(chunk("x" * 1000), done=False))
    async with aclosing(answering(flood).stream(HELLO)) as answer:
        await anext(answer)
        before = -1
        while flood.read > before:
            before = flood.read
            await asyncio.sleep(0.1)
        assert flood.read < 1_000_000
        await anext(answer)
    assert flood.closed
    await asyncio.sleep(0.05)
    assert not flood.late


async def test_a_flood_without_an_answer_is_left_in_time() -> None:
    flood = Flood(events({"choices": []}, done=False) * 2000)
    with pytest.raises(TimedOut):
        await collect(answering(flood, timeout=Timeouts(1, first=0.3, between=60)))
    assert flood.closed


class Hasty(Scripted):
    """A service that says everything without a pause, as one that lies in memory may."""

    async def stream(self, request: Request) -> AsyncGenerator[StreamEvent]:
        for word in WORDS:
            yield Delta(word)
        yield Done("stop", Usage(), request.model or "m")


async def test_an_answer_that_is_stopped_at_its_last_words_ends_once() -> None:
    session = Session(service=Hasty(""))
    happened: list[object] = []

    def stop(event: object) -> None:
        happened.append(event)
        if isinstance(event, Streamed) and WORDS[-1] in event.text:
            session.stop()

    session.subscribe(stop)
    with contextlib.suppress(asyncio.CancelledError):
        await session.chat("Go.")
    answer = session.path()[-1]
    assert (answer.status, answer.content) == ("stopped", "".join(WORDS))
    assert len([each for each in happened if isinstance(each, Finished)]) == 1
