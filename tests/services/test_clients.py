"""Connections: one client for each event loop, reused within it, closed with it."""

from __future__ import annotations

import asyncio
import gc
import json
import re
import ssl
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from mock_api import HELLO, chunk, collect, events, text_of

from lion_tui.core.inference import Delta, Done
from lion_tui.services import Services
from lion_tui.services.clients import Clients

if TYPE_CHECKING:
    from collections.abc import Coroutine

HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"
BEGINNING = events(chunk("Hi"), done=False)
REST = events(chunk(finish_reason="stop"))


def _framed(piece: bytes) -> bytes:
    return f"{len(piece):x}\r\n".encode() + piece + b"\r\n"


class Server:
    """A server that answers every request alike, over connections that it keeps and counts."""

    def __init__(self, *, lingers: bool = False) -> None:
        self.connections = 0
        self.flow = asyncio.Event()
        self.flow.set()
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
                writer.write(HEAD + _framed(BEGINNING))
                await self.flow.wait()
                writer.write(_framed(REST) + (b"" if self._lingers else b"0\r\n\r\n"))
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


async def test_another_origin_gets_another_client() -> None:
    clients = Clients()
    async with clients.client("http://127.0.0.1:1/v1") as near, clients.client("https://example.com/v1") as far:
        assert near is not far
        assert (near.trust_env, far.trust_env) == (False, True)
    async with clients.client("http://127.0.0.1:1/other") as again:
        assert again is near
    await clients.aclose()
    assert near.is_closed
    assert far.is_closed


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:1", "https://127.0.0.1:1", "http://example.com", "https://example.com"]
)
async def test_no_client_takes_a_certificate_unseen(url: str) -> None:
    made = []

    class Client(httpx.AsyncClient):
        def __init__(self, **options: Any) -> None:
            made.append(options["verify"])
            super().__init__(**options)

    clients = Clients()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(httpx, "AsyncClient", Client)
        async with clients.client(url):
            pass
    await clients.aclose()
    assert [(each.verify_mode, each.check_hostname) for each in made] == [(ssl.CERT_REQUIRED, True)]


async def test_the_address_of_each_request_is_that_of_the_moment(monkeypatch: pytest.MonkeyPatch) -> None:
    async with Server() as first, Server() as second:
        of = Services.Ollama(model="m")
        for server in (first, second, first):
            monkeypatch.setenv("OLLAMA_BASE_URL", server.url)
            assert text_of(await collect(of)) == "Hi"
        assert (first.connections, second.connections) == (1, 1)
        await of.aclose()


async def test_closing_leaves_the_answers_that_come_to_their_end() -> None:
    async with Server() as server:
        of = Services.OpenAICompatible(base_url=server.url, model="m")
        server.flow.clear()
        answers = [of.stream(HELLO) for _ in range(2)]
        assert [await anext(each) for each in answers] == [Delta("Hi")] * 2
        await of.aclose()
        server.flow.set()
        for each in answers:
            assert isinstance([event async for event in each][-1], Done)
        await server.closed.wait()
        assert text_of(await collect(of)) == "Hi"
        assert server.connections == 3
        await of.aclose()


def test_importing_the_services_loads_no_http_library() -> None:
    code = (
        "import json, sys\n"
        "from lion_tui.services import Services\n"
        "Services.OpenAI(); Services.Scripted('x')\n"
        "print(json.dumps([m for m in ('httpx', 'httpx_sse', 'msgspec', 'xllamacpp') if m in sys.modules]))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert json.loads(done.stdout) == []
