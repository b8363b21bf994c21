"""Servers on this machine for the program to meet: one that lists models, one that hangs, one that sends a page."""

from __future__ import annotations

import asyncio
import json
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from lion_tui.config.paths import config_dir

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable


@dataclass
class Server:
    """One server, and what it was asked.

    Attributes:
        url: Its address.
        keys: The keys that requests came with, in order.
    """

    url: str
    keys: list[str | None] = field(default_factory=list)


@asynccontextmanager
async def serving(respond: Callable[[str | None, str], Awaitable[tuple[int, str, str]]]) -> AsyncIterator[Server]:
    """Serve HTTP: `respond` returns status, type and body for a key and a path."""
    server = Server("")
    handlers: set[asyncio.Task[Any]] = set()
    ended = asyncio.Event()

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        handlers.add(task)
        head = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
        headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in head[1:])}
        key = headers.get("authorization", "").removeprefix("Bearer ") or None
        server.keys.append(key)
        # Whoever does not answer is left at the end; a cancelled handler would be an error of the loop's.
        answer = asyncio.ensure_future(respond(key, head[0].split()[1]))
        end = asyncio.ensure_future(ended.wait())
        await asyncio.wait({answer, end}, return_when=asyncio.FIRST_COMPLETED)
        end.cancel()
        if answer.done():
            status, kind, body = answer.result()
            content = body.encode()
            top = f"HTTP/1.1 {status} X\r\nContent-Type: {kind}\r\nContent-Length: {len(content)}\r\n"
            writer.write(f"{top}Connection: close\r\n\r\n".encode() + content)
        answer.cancel()
        writer.close()

    listening = await asyncio.start_server(handle, "127.0.0.1", 0)
    server.url = f"http://127.0.0.1:{listening.sockets[0].getsockname()[1]}/v1"
    try:
        yield server
    finally:
        listening.close()
        ended.set()
        await asyncio.gather(*handlers, return_exceptions=True)


def listing(*models: str | dict[str, Any], key: str | None = None) -> Any:
    """Return what answers with a list of models; with `key`, only whoever has it is answered."""
    rows = [each if isinstance(each, dict) else {"id": each} for each in models]

    async def respond(given: str | None, path: str) -> tuple[int, str, str]:
        if key is not None and given != key:
            return 401, "application/json", json.dumps({"error": {"message": f"no key {given}"}})
        return 200, "application/json", json.dumps({"data": rows})

    return respond


async def a_page(_key: str | None, _path: str) -> tuple[int, str, str]:
    """Answer as the login page of a network does."""
    return 200, "text/html", "<html><body>Please log in</body></html>"


async def nothing(_key: str | None, _path: str) -> tuple[int, str, str]:
    """Never answer."""
    await asyncio.Event().wait()
    raise AssertionError


def configure(services: dict[str, str], **more: str) -> None:
    """Write settings with these services, by name and address, and top-level values."""
    config_dir().mkdir(parents=True, exist_ok=True)
    lines = [f"{name} = {json.dumps(value)}" for name, value in more.items()]
    lines += [f"[services.{name}]\nbase_url = {json.dumps(url)}" for name, url in services.items()]
    (config_dir() / "config.toml").write_text("\n".join(lines), encoding="utf-8")
