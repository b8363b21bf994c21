"""A server on the loopback that streams made-up answers in OpenAI's form, in a process of its own.

The base URL says what is streamed: `/prose/200/1000/v1` is 1,000 tokens of prose at 200 a second, `/markdown/…` is
heavy Markdown: headings, lists, tables, code, quotes. The last token is `END`. A token is due at a set time; those that
are due go out as an event each, in one write, however late the reader is.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import multiprocessing
import re
import time
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from multiprocessing.connection import Connection

END = "endofanswer"
_HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"
_FIRST_TOKEN_S = 0.05
_PROSE = (
    "The keeper of the lighthouse wrote that the wind had turned and that the boats would stay where they were. " * 4
)
_MARKDOWN = (
    "## How the parts fit\n\n"
    "A paragraph with **bold** and *slanted* words, `inline code` and a [link](https://example.org/page), long enough "
    "to be wrapped once or twice on any screen that it is shown on.\n\n"
    "- the first item, with `code`\n- the second, **bold**\n  - one below it\n  - another one\n- the third item\n\n"
    "```python\ndef below(limit: int) -> list[int]:\n    # The numbers that are needed.\n    a, b, out = 0, 1, []\n"
    "    while a < limit:\n        out.append(a)\n        a, b = b, a + b\n    return out\n```\n\n"
    "| name | value | note |\n| --- | ---: | --- |\n| alpha | 1 | the first row |\n| beta | 22 | the second row |\n\n"
    "1. begin\n2. go on, with some more words about how\n3. end\n\n"
    "> What somebody else said about it, in a sentence.\n\n"
)


class Streamed(NamedTuple):
    """Something that happened: `request`, `first` or `last` token of an answer, and when (`time.monotonic`)."""

    what: str
    when: float


class StreamServer:
    """The server, as the benchmark has it.

    Attributes:
        events: What has happened, after `poll`.
    """

    def __init__(self) -> None:
        """Start it."""
        self._pipe, theirs = multiprocessing.Pipe()
        self._process = multiprocessing.Process(target=_run, args=(theirs,), daemon=True)
        self._process.start()
        self._port = self._pipe.recv()
        self.events: list[Streamed] = []

    def __enter__(self) -> StreamServer:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.terminate()
        self._process.join()

    def url(self, shape: str, rate: int, tokens: int) -> str:
        """Return the base URL of such answers."""
        return f"http://127.0.0.1:{self._port}/{shape}/{rate}/{tokens}/v1"

    def forget(self) -> None:
        """Begin to count anew."""
        self.poll()
        self.events.clear()

    def poll(self) -> None:
        """Take in what has happened."""
        while self._pipe.poll():
            self.events.append(Streamed(*self._pipe.recv()))

    def times(self, what: str) -> list[float]:
        """Return when something happened, each time."""
        self.poll()
        return [event.when for event in self.events if event.what == what]


def _run(pipe: Connection) -> None:
    asyncio.run(_serve(pipe))


async def _serve(pipe: Connection) -> None:
    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).decode()
                if length := re.search(r"(?i)content-length: *(\d+)", head):
                    await reader.readexactly(int(length[1]))
                pipe.send(("request", time.monotonic()))
                shape, rate, tokens = head.split(" ", 2)[1].split("/")[1:4]
                await _stream(writer, pipe, pieces(shape, int(tokens)), int(rate))
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()

    server = await asyncio.start_server(connected, "127.0.0.1", 0)
    pipe.send(server.sockets[0].getsockname()[1])
    await server.serve_forever()


def pieces(shape: str, tokens: int) -> list[str]:
    """Return the tokens of an answer."""
    text = f"{_PROSE}\n\n" if shape == "prose" else _MARKDOWN
    block = re.findall(r"\s*\S{1,7}|\s+", text)
    # Whole blocks only, so that what ends the answer stands by itself.
    whole = max(0, tokens - 1) // len(block) * len(block)
    filler = [" so"] * (tokens - 1 - whole)
    return [*itertools.islice(itertools.cycle(block), whole), *filler, f"\n\n{END}"][-tokens:]


async def _stream(writer: asyncio.StreamWriter, pipe: Connection, tokens: list[str], rate: int) -> None:
    events = [_event({"content": token}, None) for token in tokens]
    writer.write(_HEAD)
    await asyncio.sleep(_FIRST_TOKEN_S)
    begun, sent = time.monotonic(), 0
    pipe.send(("first", begun))
    while sent < len(events):
        due = min(len(events), int((time.monotonic() - begun) * rate) + 1)
        writer.write(b"".join(events[sent:due]))
        await writer.drain()
        sent = due
        await asyncio.sleep(max(0.0, begun + sent / rate - time.monotonic()))
    pipe.send(("last", time.monotonic()))
    writer.write(_event({}, "stop") + _chunk(b"data: [DONE]\n\n") + b"0\r\n\r\n")
    await writer.drain()


def _event(delta: dict[str, str], finish_reason: str | None) -> bytes:
    choices = [{"index": 0, "delta": delta, "finish_reason": finish_reason}]
    payload = {"id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 1, "model": "m", "choices": choices}
    return _chunk(f"data: {json.dumps(payload)}\n\n".encode())


def _chunk(data: bytes) -> bytes:
    return f"{len(data):x}\r\n".encode() + data + b"\r\n"
