"""HTTP clients, one for each event loop and origin, closed with the loop."""

from __future__ import annotations

import asyncio
import functools
import ssl
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    import httpx

_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})

_Origin: TypeAlias = tuple[str, str | None, int | None]
"""Scheme, host, port."""


@dataclass(slots=True)
class _Pool:
    """The clients of one event loop.

    Attributes:
        clients: By origin: how a client treats proxies and certificates follows from where it goes.
        leases: What holds each client.
        users: How many requests are under way.
        closing: It is to be closed when none is.
    """

    clients: dict[_Origin, httpx.AsyncClient] = field(default_factory=dict)
    leases: dict[_Origin, AsyncGenerator[None]] = field(default_factory=dict)
    users: int = 0
    closing: bool = False


class Clients:
    """The HTTP clients of one service.

    A client's sockets belong to the loop it was used in. Each client is held by an asynchronous generator: a loop
    closes its generators before it ends, and so this one, and with it the sockets.
    """

    def __init__(self, transport: httpx.AsyncBaseTransport | None = None) -> None:
        """Make clients over `transport`, or over the network."""
        self._transport = transport
        self._pools: dict[asyncio.AbstractEventLoop, _Pool] = {}

    @asynccontextmanager
    async def client(self, base_url: str) -> AsyncGenerator[httpx.AsyncClient]:
        """Give the client of the running loop for an address; it stays open for as long as it is used."""
        loop = asyncio.get_running_loop()
        for dead in [each for each in self._pools if each.is_closed()]:
            del self._pools[dead]
        pool = self._pools.setdefault(loop, _Pool())
        pool.users += 1
        try:
            yield await self._get(pool, base_url)
        finally:
            pool.users -= 1
            if pool.closing:
                await self._close(pool)

    async def aclose(self) -> None:
        """Close the clients of the running loop, or let the last request that uses them do it."""
        if pool := self._pools.get(asyncio.get_running_loop()):
            pool.closing = True
            await self._close(pool)

    async def _get(self, pool: _Pool, base_url: str) -> httpx.AsyncClient:
        parts = urlsplit(base_url)
        origin = (parts.scheme, parts.hostname, parts.port)
        if origin not in pool.clients:
            # Loading httpx and the certificates takes longer than a frame.
            made = await asyncio.to_thread(_client, self._transport, origin)
            if origin not in pool.clients:  # else another request was faster, and this one has opened nothing yet
                pool.clients[origin] = made
                pool.leases[origin] = lease = self._lease(pool, origin)
                await anext(lease)
        return pool.clients[origin]

    async def _close(self, pool: _Pool) -> None:
        while pool.leases and not pool.users:
            _, lease = pool.leases.popitem()
            await lease.aclose()
        pool.closing = bool(pool.users)

    async def _lease(self, pool: _Pool, origin: _Origin) -> AsyncGenerator[None]:
        client = pool.clients[origin]
        try:
            yield
        finally:
            pool.leases.pop(origin, None)
            del pool.clients[origin]
            await client.aclose()


def _client(transport: httpx.AsyncBaseTransport | None, origin: _Origin) -> httpx.AsyncClient:
    import httpx

    scheme, host, _ = origin
    loopback = host in _LOOPBACK
    return httpx.AsyncClient(
        transport=transport,
        # Plain HTTP on this machine meets no certificate, and loading the known authorities takes a while.
        verify=_no_authorities() if scheme == "http" and loopback else _authorities(),
        # A server on this machine is never behind a proxy.
        trust_env=not loopback,
        follow_redirects=False,
        headers={"User-Agent": "lion-tui"},
    )


@functools.cache
def _authorities() -> ssl.SSLContext:
    import httpx

    return httpx.create_ssl_context()


@functools.cache
def _no_authorities() -> ssl.SSLContext:
    """Return a context that trusts no certificate at all."""
    return ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
