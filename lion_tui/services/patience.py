"""A response body that is not waited for without end. Imported with the first request: it needs the HTTP library."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final

import httpx

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator


_GATHER_S: Final = 0.01
"""How long what arrives is left to gather before it is read."""


class PatientBody(httpx.AsyncByteStream):
    """A body of which each read ends at a deadline.

    The deadline stands at the reads, and not at the events in them: a read that brings many events is one wait. After
    each it lets some more come together, since a read costs far more than an event: at 1,000 tokens a second, a
    quarter of all processor time.

    Attributes:
        deadline: In the event loop's time; it may be moved between the reads.
    """

    def __init__(self, response: httpx.Response, deadline: float) -> None:
        """Take the place of the body of `response`, which was not read yet."""
        self.deadline = deadline
        self._body = response.stream
        response.stream = self

    async def __aiter__(self) -> AsyncGenerator[bytes]:
        """Yield the pieces as they come.

        Raises:
            TimeoutError: the deadline passed.
        """
        assert isinstance(self._body, httpx.AsyncByteStream)  # noqa: S101 - an asynchronous client has no other
        pieces = aiter(self._body)
        waited = asyncio.Event()
        while True:
            # Runs only if the next piece is not one that the last read brought with others.
            handle = asyncio.get_running_loop().call_soon(waited.set)
            async with asyncio.timeout_at(self.deadline):
                piece = await anext(pieces, None)
            handle.cancel()
            if piece is None:
                return
            yield piece
            if waited.is_set():
                waited.clear()
                await asyncio.sleep(_GATHER_S)

    async def aclose(self) -> None:
        """Close the body."""
        assert isinstance(self._body, httpx.AsyncByteStream)  # noqa: S101 - as above
        await self._body.aclose()
