"""What a streamed event costs, against reading the same bytes from httpx by hand.

    python tests/bench/bench_wire.py [--short]

A server in a process of its own sends chat-completion chunks, once as fast as it can (many events in a read) and once
each in a write of its own. `httpx` reads raw bytes, splits them at the blank lines and parses the JSON; `service` is
`RemoteService.stream`. The figures are processor time of this process for an event, the least of the rounds.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import multiprocessing
import time
from typing import TYPE_CHECKING, Any

import httpx

from lion_tui.core.inference import Delta, Request, Turn
from lion_tui.services import Services

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from multiprocessing.connection import Connection

HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"
EVENT = {
    "id": "chatcmpl-1",
    "object": "chat.completion.chunk",
    "created": 1,
    "model": "m",
    "choices": [{"index": 0, "delta": {"content": " word"}, "finish_reason": None}],
}
LAST = {**EVENT, "choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]}


def chunked(data: bytes) -> bytes:
    return f"{len(data):x}\r\n".encode() + data + b"\r\n"


def event(payload: Any) -> bytes:
    return f"data: {json.dumps(payload)}\n\n".encode()


async def serve(pipe: Connection, count: int) -> None:
    """Answer `/burst` with many events a write and `/paced` with one."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        length = next(int(line.split(b":")[1]) for line in head.lower().splitlines() if line.startswith(b"content-len"))
        await reader.readexactly(length)
        writer.write(HEAD)
        one = chunked(event(EVENT))
        if b"/burst/" in head.splitlines()[0]:
            writer.write(chunked(event(EVENT) * count))
        else:
            for number in range(count):
                writer.write(one)
                if number % 8 == 0:
                    await asyncio.sleep(0.001)
                else:
                    await asyncio.sleep(0)
        writer.write(chunked(event(LAST) + b"data: [DONE]\n\n") + b"0\r\n\r\n")
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    pipe.send(server.sockets[0].getsockname()[1])
    await server.serve_forever()


def serving(pipe: Connection, count: int) -> None:
    asyncio.run(serve(pipe, count))


async def by_hand(url: str) -> int:
    seen, rest = 0, b""
    async with (
        httpx.AsyncClient(timeout=60) as client,
        client.stream("POST", f"{url}/chat/completions", content=b"{}") as response,
    ):
        async for piece in response.aiter_raw():
            *whole, rest = (rest + piece).split(b"\n\n")
            for each in whole:
                if each[6:] != b"[DONE]":
                    seen += "content" in json.loads(each[6:])["choices"][0]["delta"]
    return seen


async def through_service(url: str) -> int:
    of = Services.OpenAICompatible(base_url=url, model="m")
    request = Request((Turn("user", "Go"),))
    seen = 0
    async for each in of.stream(request):
        seen += isinstance(each, Delta)
    await of.aclose()
    return seen


def cost(read: Callable[[str], Awaitable[int]], url: str, count: int, rounds: int) -> float:
    """Return microseconds of processor time for an event."""

    async def once() -> float:
        before = time.process_time()
        assert await read(url) == count
        return time.process_time() - before

    return min(asyncio.run(once()) for _ in range(rounds)) / count * 1e6


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--short", action="store_true", help="fewer events and rounds")
    short = parser.parse_args().short
    count, rounds = (2000, 2) if short else (20_000, 3)
    here, there = multiprocessing.Pipe()
    server = multiprocessing.Process(target=serving, args=(there, count), daemon=True)
    server.start()
    url = f"http://127.0.0.1:{here.recv()}"
    try:
        print(f"{'':8}{'httpx µs':>10}{'service µs':>12}{'ratio':>8}")
        for way in ("burst", "paced"):
            raw = cost(by_hand, f"{url}/{way}", count, rounds)
            ours = cost(through_service, f"{url}/{way}", count, rounds)
            print(f"{way:8}{raw:10.1f}{ours:12.1f}{ours / raw:8.2f}")
    finally:
        server.terminate()
        server.join()


if __name__ == "__main__":
    main()
