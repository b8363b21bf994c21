"""One server over HTTP: sending, what its statuses mean, and what can go wrong between."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import re
from contextlib import aclosing
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

from lion_tui.core.errors import StreamCut, TimedOut, Unreachable, UsageError
from lion_tui.services import faults
from lion_tui.services.clients import Clients
from lion_tui.services.faults import Fault

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Mapping

    import httpx

    from lion_tui.core.message import Json
    from lion_tui.services.provider import Provider

_LARGEST_ERROR: Final = 64 * 1024
_DRAIN_S: Final = 0.25
_TURN_S: Final = 0.004
"""How long events are read without a look at what else the event loop has to do."""
_HEADER_NAME: Final = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_HEADER_VALUE: Final = re.compile(r"[\t -~]*")
_SHORTEST_SECRET: Final = 6
"""Characters. To mask what is shorter would spoil the words around it, and it protects nothing."""


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
        secrets: The key and what else no error may quote.
        model: The model that is asked, for the errors.
        began: Something of the answer has come.
    """

    auth: Mapping[str, str] = field(repr=False)
    secrets: tuple[str, ...] = field(repr=False)
    model: str = ""
    began: bool = False


class Endpoint:
    """Where a service is reached.

    Attributes:
        secrets: What of the configured headers no error may quote.
    """

    def __init__(
        self,
        provider: Provider,
        *,
        base_url: str | None,
        headers: Mapping[str, str] | None,
        timeouts: Timeouts,
        transport: httpx.AsyncBaseTransport | None,
    ) -> None:
        """Describe the server; nothing is opened.

        Raises:
            UsageError: a header that HTTP cannot carry.
        """
        self._provider = provider
        self._base_url = base_url
        self._headers = _checked_headers(headers or {})
        self.secrets = tuple(secret for value in self._headers.values() for secret in _secrets(value))
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

    @property
    def is_usual(self) -> bool:
        """Whether the address is the provider's usual one, because nobody said another."""
        return not (self._base_url or os.environ.get(self._provider.url_variable))

    async def aclose(self) -> None:
        """Close the connections of the running event loop, as soon as no request uses them."""
        await self._clients.aclose()

    async def get(self, path: str, exchange: Exchange) -> Json:
        """Return what is at `path`, as JSON, or as text where it is none.

        Raises:
            Fault: it cannot be had.
        """
        base_url = self.base_url
        async with self._clients.client(base_url) as client, self._translated(exchange):
            async with asyncio.timeout(self._timeouts.first):
                response = await self._send(client, "GET", base_url + path, exchange, None)
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
        base_url = self.base_url
        async with self._clients.client(base_url) as client, self._translated(exchange):
            deadline = now() + self._timeouts.first
            async with asyncio.timeout_at(deadline):
                response = await self._send(client, "POST", base_url + path, exchange, body)
            try:
                patient = PatientBody(response, deadline)
                await self._accept(response, exchange)
                await self._expect_events(response, exchange)
                response.encoding = "utf-8"  # whatever the header says: the format of server-sent events fixes it
                turn_ends = now() + _TURN_S
                async with aclosing(EventSource(response).aiter_sse()) as events:
                    async for event in events:
                        if event.data:
                            yield event.data
                        if exchange.began:
                            patient.deadline = now() + self._timeouts.between
                        if now() >= turn_ends:
                            # One read may bring hundreds of events: others get their turn between them.
                            await asyncio.sleep(0)
                            turn_ends = now() + _TURN_S
            finally:
                await response.aclose()

    async def _send(
        self, client: httpx.AsyncClient, method: str, url: str, exchange: Exchange, body: Json
    ) -> httpx.Response:
        import httpx

        def sign(request: httpx.Request) -> httpx.Request:
            # Set at the last moment: among the arguments, a traceback that shows local values would show it.
            request.headers.update(exchange.auth)
            return request

        request = client.build_request(
            method,
            url,
            content=None if body is None else json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode(),
            headers=self._headers if body is None else {"Content-Type": "application/json", **self._headers},
            timeout=httpx.Timeout(None, connect=self._timeouts.connect),
        )
        return await client.send(request, auth=sign, stream=True)

    async def _accept(self, response: httpx.Response, exchange: Exchange) -> None:
        """Raise what a status other than success means."""
        row, status = self._provider, response.status_code
        if 300 <= status < 400:
            target = faults.quoted(response.headers.get("location", "") or "another address", exchange.secrets)
            remedy = f"If that is meant, make it the base URL ({row.url_variable})."
            raise faults.bad_answer(row, f"a redirect to {target}, which is not followed ({status})", remedy, status)
        if status >= 400:
            body = faults.parse_body(await _beginning(response))
            after = faults.retry_after(response.headers)
            raise faults.status_fault(row, status, body, model=exchange.model, secrets=exchange.secrets, after=after)

    async def _expect_events(self, response: httpx.Response, exchange: Exchange) -> None:
        kind = response.headers.get("content-type", "").partition(";")[0].strip().lower()
        if kind == "text/event-stream":
            return
        body = faults.parse_body(await _beginning(response))
        if isinstance(body, dict) and body.get("error"):
            raise faults.event_fault(self._provider, body, model=exchange.model, secrets=exchange.secrets)
        what = (
            "an HTML page"
            if "html" in kind
            else f"no stream of events ({faults.quoted(kind, exchange.secrets) or 'of no type'})"
        )
        raise faults.bad_answer(self._provider, what, status=response.status_code)

    @contextlib.asynccontextmanager
    async def _translated(self, exchange: Exchange) -> AsyncGenerator[None]:
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
        error = TimedOut(what, "Try again, or give the service a longer timeout.", service=self._provider.name)
        return Fault(error, retry=connecting)

    def _unreachable(self, error: httpx.TransportError, exchange: Exchange) -> Fault:
        row = self._provider
        parts = urlsplit(self.base_url)
        where = f"{parts.hostname}:{parts.port}" if parts.port else str(parts.hostname)
        said = faults.quoted(str(error) or type(error).__name__, exchange.secrets).rstrip(".")
        remedy = f"Start it, or set {row.url_variable}." if row.local else "Check the network and try again."
        what = f"{row.title} cannot be reached at {where}: {said}."
        return Fault(Unreachable(what, remedy, service=row.name), retry="CERTIFICATE_VERIFY_FAILED" not in said)


def _checked_headers(headers: Mapping[Any, Any]) -> dict[str, str]:
    """Return the headers without space around their values.

    Raises:
        UsageError: HTTP cannot carry one (RFC 9110 §5); the error names it, and does not show its value.
    """
    for name, value in headers.items():
        if not isinstance(name, str) or not _HEADER_NAME.fullmatch(name):
            raise UsageError(
                f"The headers hold {name!r}, which is no header's name.", "Use letters, digits and hyphens."
            )
        if not isinstance(value, str) or not _HEADER_VALUE.fullmatch(value):
            raise UsageError(
                f"The value of the header {name} holds what a header cannot carry.", "Give it as one line of ASCII."
            )
    return {name: value.strip(" \t") for name, value in headers.items()}


def _secrets(value: str) -> list[str]:
    """Return what of a header's value counts as secret: all of it, and the credentials without their scheme."""
    return [each for each in (value, value.partition(" ")[2].strip()) if len(each) >= _SHORTEST_SECRET]


def cut(provider: Provider, exchange: Exchange) -> Fault:
    """Return the fault for an answer that ends before its end."""
    title = provider.title
    if exchange.began:
        what, remedy = f"The answer of {title} broke off.", "Continue it, or try again."
    else:
        what, remedy = f"The answer of {title} broke off before it began.", "Try again, or choose another service."
    return Fault(StreamCut(what, remedy, service=provider.name), retry=True)


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
