"""One server over HTTP: sending, what its statuses mean, and what can go wrong between."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
from contextlib import aclosing
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from lion_tui.core.errors import StreamCut, TimedOut, Unreachable, UsageError
from lion_tui.services import faults
from lion_tui.services.clients import Clients
from lion_tui.services.faults import Fault

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Generator, Mapping

    import httpx

    from lion_tui.core.message import Json
    from lion_tui.services.provider import Provider

_LARGEST_ERROR: Final = 64 * 1024
_DRAIN_S: Final = 0.25


@dataclass(frozen=True)
class Timeouts:
    """How long to wait, in seconds.

    Attributes:
        connect: For the connection.
        first: From sending to the first token.
        between: From one token to the next.
    """

    connect: float = 10.0
    first: float = 120.0
    between: float = 60.0

    @classmethod
    def of(cls, timeout: float | Timeouts | None) -> Timeouts:
        """Return the timeouts that `timeout` means: a number is the longest wait of every kind.

        Raises:
            UsageError: it is no number above zero.
        """
        if timeout is None:
            return cls()
        if isinstance(timeout, Timeouts):
            return timeout
        if type(timeout) not in (int, float) or not timeout > 0:
            raise UsageError(f"timeout={timeout!r} is no time to wait.", "Give seconds above zero.")
        return cls(connect=min(cls.connect, timeout), first=timeout, between=timeout)


@dataclass(slots=True)
class Exchange:
    """One question to a server, over all its tries.

    Attributes:
        auth: The headers that carry the key.
        key: The key, so that no error quotes it.
        model: The model that is asked, for the errors.
        began: Something of the answer has come.
    """

    auth: Mapping[str, str] = field(repr=False)
    key: str | None = field(repr=False)
    model: str = ""
    began: bool = False


class Endpoint:
    """Where a service is reached."""

    def __init__(
        self,
        provider: Provider,
        *,
        base_url: str | None,
        headers: Mapping[str, str] | None,
        timeouts: Timeouts,
        transport: httpx.AsyncBaseTransport | None,
    ) -> None:
        """Describe the server; nothing is opened."""
        self._provider = provider
        self._base_url = base_url
        self._headers = dict(headers or {})
        self._timeouts = timeouts
        self._clients = Clients(transport)

    @property
    def base_url(self) -> str:
        """The address: as given, else from the environment, else the provider's.

        Raises:
            UsageError: it is no http or https address.
        """
        row = self._provider
        url = self._base_url or os.environ.get(row.url_variable) or row.base_url
        try:
            parts = urlsplit(url)
            valid = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
        except ValueError:
            valid = False
        if not valid:
            raise UsageError(
                f"The base URL of {row.title} is no http or https address.",
                f"Write it like https://example.com/v1 ({row.url_variable}).",
            )
        return url.rstrip("/")

    async def aclose(self) -> None:
        """Close the connections of the running event loop."""
        await self._clients.aclose()

    async def get(self, path: str, exchange: Exchange) -> Json:
        """Return what is at `path`, as JSON, or as text where it is none.

        Raises:
            Fault: it cannot be had.
        """
        client = await self._clients.get(self.base_url)
        with self._translated(exchange):
            async with asyncio.timeout(self._timeouts.first):
                response = await self._send(client, "GET", path, exchange, None)
                try:
                    await self._accept(response, exchange)
                    return faults.parse_body(await response.aread())
                finally:
                    await response.aclose()

    async def post(self, path: str, body: Json, exchange: Exchange) -> AsyncGenerator[str]:
        """Post `body` and yield the data of each event that comes back.

        `exchange.began` says which timeout is in force. The consumer closes the generator when nothing more is meant
        to come.

        Raises:
            Fault: the server refused, or what came is no stream of events, or it broke off.
        """
        from httpx_sse import EventSource

        from lion_tui.services.patience import PatientBody

        now = asyncio.get_running_loop().time
        client = await self._clients.get(self.base_url)
        with self._translated(exchange):
            deadline = now() + self._timeouts.first
            async with asyncio.timeout_at(deadline):
                response = await self._send(client, "POST", path, exchange, body)
            try:
                patient = PatientBody(response, deadline)
                await self._accept(response, exchange)
                await self._expect_events(response, exchange)
                response.encoding = "utf-8"  # whatever the header says: the format of server-sent events fixes it
                async with aclosing(EventSource(response).aiter_sse()) as events:
                    async for event in events:
                        if event.data:
                            yield event.data
                        if exchange.began:
                            patient.deadline = now() + self._timeouts.between
            finally:
                await response.aclose()

    async def _send(
        self, client: httpx.AsyncClient, method: str, path: str, exchange: Exchange, body: Json
    ) -> httpx.Response:
        import httpx

        def sign(request: httpx.Request) -> httpx.Request:
            # Set at the last moment: among the arguments, a traceback that shows local values would show it.
            request.headers.update(exchange.auth)
            return request

        request = client.build_request(
            method,
            self.base_url + path,
            content=None if body is None else json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode(),
            headers=self._headers if body is None else {"Content-Type": "application/json", **self._headers},
            timeout=httpx.Timeout(None, connect=self._timeouts.connect),
        )
        return await client.send(request, auth=sign, stream=True)

    async def _accept(self, response: httpx.Response, exchange: Exchange) -> None:
        """Raise what a status other than success means."""
        row, status = self._provider, response.status_code
        if 300 <= status < 400:
            target = faults.quoted(response.headers.get("location", "") or "another address", exchange.key)
            remedy = f"If that is meant, set {row.url_variable} or base_url= to it."
            raise faults.bad_answer(row, f"a redirect to {target}, which is not followed ({status})", remedy, status)
        if status >= 400:
            body = faults.parse_body(await _beginning(response))
            after = faults.retry_after(response.headers)
            raise faults.status_fault(row, status, body, model=exchange.model, key=exchange.key, after=after)

    async def _expect_events(self, response: httpx.Response, exchange: Exchange) -> None:
        kind = response.headers.get("content-type", "").partition(";")[0].strip().lower()
        if kind == "text/event-stream":
            return
        body = faults.parse_body(await _beginning(response))
        if isinstance(body, dict) and body.get("error"):
            raise faults.event_fault(self._provider, body, model=exchange.model, key=exchange.key)
        what = (
            "an HTML page"
            if "html" in kind
            else f"no stream of events ({faults.quoted(kind, exchange.key) or 'of no type'})"
        )
        raise faults.bad_answer(self._provider, what, status=response.status_code)

    @contextlib.contextmanager
    def _translated(self, exchange: Exchange) -> Generator[None]:
        """Turn what the HTTP library raises into faults."""
        import httpx

        try:
            yield
        except (TimeoutError, httpx.TimeoutException) as error:
            raise self._late(exchange, connecting=isinstance(error, httpx.ConnectTimeout)) from error
        except httpx.TransportError as error:
            if exchange.began:
                raise cut(self._provider, exchange) from error
            raise self._unreachable(error, exchange) from error
        except (httpx.DecodingError, httpx.InvalidURL) as error:
            raise faults.bad_answer(self._provider, "what cannot be decoded") from error

    def _late(self, exchange: Exchange, *, connecting: bool) -> Fault:
        title, patience = self._provider.title, self._timeouts
        if connecting:
            what = f"{title} did not accept the connection within {patience.connect:g} s."
        elif exchange.began:
            what = f"Nothing more came from {title} for {patience.between:g} s."
        else:
            what = f"Nothing came from {title} within {patience.first:g} s."
        error = TimedOut(what, "Try again, or raise timeout=.", service=self._provider.name)
        return Fault(error, retry=connecting)

    def _unreachable(self, error: httpx.TransportError, exchange: Exchange) -> Fault:
        row = self._provider
        parts = urlsplit(self.base_url)
        where = f"{parts.hostname}:{parts.port}" if parts.port else str(parts.hostname)
        said = faults.quoted(str(error) or type(error).__name__, exchange.key).rstrip(".")
        remedy = f"Start it, or set {row.url_variable}." if row.local else "Check the network and try again."
        what = f"{row.title} cannot be reached at {where}: {said}."
        return Fault(Unreachable(what, remedy, service=row.name), retry="CERTIFICATE_VERIFY_FAILED" not in said)


def cut(provider: Provider, exchange: Exchange) -> Fault:
    """Return the fault for an answer that ends before its end."""
    what = f"The answer of {provider.title} broke off{'' if exchange.began else ' before it began'}."
    return Fault(StreamCut(what, "Continue it, or try again.", service=provider.name), retry=True)


async def drain(events: AsyncGenerator[str]) -> None:
    """Read a complete answer to the end of its body, so that the connection can be used again.

    It is closed instead if the end is long in coming. The answer is complete: what becomes of the connection is no
    fault of it.
    """
    with contextlib.suppress(TimeoutError, Fault):
        async with asyncio.timeout(_DRAIN_S):
            async for _ in events:
                pass


async def _beginning(response: httpx.Response) -> bytes:
    """Return the first part of a body that is read for its words only."""
    content = b""
    async for piece in response.aiter_bytes():
        content += piece
        if len(content) >= _LARGEST_ERROR:
            break
    return content[:_LARGEST_ERROR]
