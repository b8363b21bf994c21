"""Connections: one client for each event loop, reused within it, closed with it."""

from __future__ import annotations

import asyncio
import gc
import json
import re
import subprocess
import sys
from typing import TYPE_CHECKING, Any

from mock_api import chunk, collect, events, text_of

from lion_tui.services import Services

if TYPE_CHECKING:
    from collections.abc import Coroutine

HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"
BODY = events(chunk("Hi"), chunk(finish_reason="stop"))


class Server:
    """A server that answers every request alike, over connections that it keeps and counts."""

    def __init__(self, *, lingers: bool = False) -> None:
        self.connections = 0
        self.closed = asyncio.Event()
        self._lingers = lingers

    async def __aenter__(self) -> Server:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.url = f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}/v1"
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                (length,) = re.findall(rb"content-length: (\d+)", head.lower())
                await reader.readexactly(int(length))
                end = b"" if self._lingers else b"0\r\n\r\n"
                writer.write(HEAD + f"{len(BODY):x}\r\n".encode() + BODY + b"\r\n" + end)
        except asyncio.IncompleteReadError:
            pass  # the client has closed its side
        finally:
            writer.close()
            self.closed.set()


def run(what: Coroutine[Any, Any, None]) -> None:
    asyncio.run(what)
    gc.collect()  # a socket that was left open would complain here, and complaints are errors


def test_one_loop_keeps_its_connection_and_closes_it_at_its_end() -> None:
    async def main() -> None:
        async with Server() as server:
            of = Services.OpenAICompatible(base_url=server.url, model="m")
            for _ in range(3):
                assert text_of(await collect(of)) == "Hi"
            assert server.connections == 1
            await of.aclose()
            await server.closed.wait()
            assert text_of(await collect(of)) == "Hi"
            assert server.connections == 2

    run(main())


def test_a_body_that_does_not_end_costs_the_connection_and_not_the_answer() -> None:
    async def main() -> None:
        async with Server(lingers=True) as server:
            of = Services.OpenAICompatible(base_url=server.url, model="m")
            assert text_of(await collect(of)) == "Hi"
            assert text_of(await collect(of)) == "Hi"
            assert server.connections == 2
            await of.aclose()

    run(main())


def test_two_loops_use_one_service_and_leave_nothing_open() -> None:
    of: Any = None

    async def main() -> None:
        nonlocal of
        async with Server() as server:
            of = of or Services.OpenAICompatible(base_url=server.url, model="m")
            of._endpoint._base_url = server.url
            answers = await asyncio.gather(*(collect(of) for _ in range(4)))
            assert [text_of(each) for each in answers] == ["Hi"] * 4

    run(main())
    run(main())
    assert not any(pool.clients for pool in of._endpoint._clients._pools.values())


def test_importing_the_services_loads_no_http_library() -> None:
    code = (
        "import json, sys\n"
        "from lion_tui.services import Services\n"
        "Services.OpenAI(); Services.Scripted('x')\n"
        "print(json.dumps([m for m in ('httpx', 'httpx_sse', 'msgspec', 'xllamacpp') if m in sys.modules]))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert json.loads(done.stdout) == []
