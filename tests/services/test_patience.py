"""The bodies of answers: one piece for each read, no further ahead than a little, and the rest whatever follows it."""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from typing import TYPE_CHECKING

import httpx
from mock_api import EVENT_STREAM, HELLO, Pieces, chunk, collect_until_fault, events, service, text_of

from lion_tui import Session
from lion_tui.core.errors import StreamCut

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from lion_tui.services.remote import RemoteService

WORDS = [f"word{number} " for number in range(50)]


class Flood(httpx.AsyncByteStream):
    """An answer that never ends, as fast as it is read.

    Attributes:
        read: How many bytes were read.
    """

    def __init__(self) -> None:
        self.read = 0
        self.closed = False

    async def __aiter__(self) -> AsyncGenerator[bytes]:
        piece = events(chunk("x" * 1000), done=False)
        while True:
            await asyncio.sleep(0)
            self.read += len(piece)
            yield piece

    async def aclose(self) -> None:
        self.closed = True


def answering(stream: httpx.AsyncByteStream) -> RemoteService:
    return service(lambda _: httpx.Response(200, headers=EVENT_STREAM, stream=stream))


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
    flood = Flood()
    async with aclosing(answering(flood).stream(HELLO)) as answer:
        await anext(answer)
        before = -1
        while flood.read > before:
            before = flood.read
            await asyncio.sleep(0.1)
        assert flood.read < 1_000_000
        await anext(answer)
    assert flood.closed
