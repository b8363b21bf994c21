"""A response body that is not waited for without end. Imported with the first request: it needs the HTTP library."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, ClassVar, Final

import httpx

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator


_GATHER_S: Final = 0.005
"""How long what arrives is left to gather before it is read, for each body that is read at the time."""
_LONGEST_GATHER_S: Final = 0.03
"""A frame, at most: what gathers for longer could be seen to wait."""


class PatientBody(httpx.AsyncByteStream):
    """A body of which each read ends at a deadline.

    The deadline stands at the reads, and not at the events in them: a read that brings many events is one wait. After
    each it lets some more come together, since a read costs far more than an event: at 1,000 tokens a second, a
    quarter of all processor time. The more bodies are read at once, the longer: in all there are about as many reads.

    Attributes:
        deadline: In the event loop's time; it may be moved between the reads.
    """

    _read_now: ClassVar[int] = 0

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
        began = False
        try:
            while True:
                # Runs only if the next piece is not one that the last read brought with others.
                handle = asyncio.get_running_loop().call_soon(waited.set)
                async with asyncio.timeout_at(self.deadline):
                    piece = await anext(pieces, None)
                handle.cancel()
                if piece is None:
                    return
                if not began:
                    PatientBody._read_now, began = PatientBody._read_now + 1, True
                yield piece
                if waited.is_set():
                    waited.clear()
                    await asyncio.sleep(min(_LONGEST_GATHER_S, _GATHER_S * PatientBody._read_now))
        finally:
            PatientBody._read_now -= began

    async def aclose(self) -> None:
        """Close the body."""
        assert isinstance(self._body, httpx.AsyncByteStream)  # noqa: S101 - as above
        await self._body.aclose()
