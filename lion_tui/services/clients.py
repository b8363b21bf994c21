"""One HTTP client per running event loop, closed with it."""

from __future__ import annotations

import asyncio
import functools
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
    import ssl
    from collections.abc import AsyncGenerator

    import httpx

_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})


class Clients:
    """The HTTP clients of one service.

    A client's sockets belong to the loop it was used in. Each client is held by an asynchronous generator: a loop
    closes its generators before it ends, and so this one, and with it the sockets.
    """

    def __init__(self, transport: httpx.AsyncBaseTransport | None = None) -> None:
        """Make clients over `transport`, or over the network."""
        self._transport = transport
        self._leases: dict[asyncio.AbstractEventLoop, AsyncGenerator[httpx.AsyncClient]] = {}
        self._clients: dict[asyncio.AbstractEventLoop, httpx.AsyncClient] = {}

    async def get(self, base_url: str) -> httpx.AsyncClient:
        """Return the client of the running loop."""
        loop = asyncio.get_running_loop()
        client = self._clients.get(loop)
        if client is None:
            for dead in [each for each in self._leases if each.is_closed()]:
                self._clients.pop(dead, None)
                del self._leases[dead]
            # Loading httpx and the certificates takes longer than a frame.
            made = await asyncio.to_thread(_client, self._transport, base_url)
            client = self._clients.get(loop)
            if client is None:
                client = self._clients[loop] = made
                self._leases[loop] = lease = self._lease(loop, client)
                await anext(lease)
        return client

    async def aclose(self) -> None:
        """Close the client of the running loop."""
        if lease := self._leases.pop(asyncio.get_running_loop(), None):
            await lease.aclose()

    async def _lease(
        self, loop: asyncio.AbstractEventLoop, client: httpx.AsyncClient
    ) -> AsyncGenerator[httpx.AsyncClient]:
        try:
            yield client
        finally:
            self._clients.pop(loop, None)
            self._leases.pop(loop, None)
            await client.aclose()


def _client(transport: httpx.AsyncBaseTransport | None, base_url: str) -> httpx.AsyncClient:
    import httpx

    parts = urlsplit(base_url)
    loopback = parts.hostname in _LOOPBACK
    return httpx.AsyncClient(
        transport=transport,
        # Plain HTTP on this machine meets no certificate; loading them takes a while.
        verify=_certificates() if parts.scheme == "https" or not loopback else False,
        # A server on this machine is never behind a proxy.
        trust_env=not loopback,
        follow_redirects=False,
        headers={"User-Agent": "lion-tui"},
    )


@functools.cache
def _certificates() -> ssl.SSLContext:
    import httpx

    return httpx.create_ssl_context()
