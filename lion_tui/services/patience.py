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
_MOST_AHEAD: Final = 1 << 18
"""Bytes that are read and wait to be taken, about: who sends faster than it is understood is not read on."""


class PatientBody(httpx.AsyncByteStream):
    """A body of which each read ends at a deadline.

    The deadline stands at the reads, and not at the events in them: a read that brings many events is one wait, and
    what it brought goes on in one piece. After each it lets some more come together, since a read costs far more than
    an event: at 1,000 tokens a second, a quarter of all processor time. The more bodies are read at once, the longer:
    in all there are about as many reads.

    Attributes:
        deadline: In the event loop's time; it may be moved between the reads.
    """

    _read_now: ClassVar[int] = 0

    def __init__(self, response: httpx.Response, deadline: float) -> None:
        """Take the place of the body of `response`, which was not read yet."""
        self.deadline = deadline
        self._body = response.stream
        response.stream = self
        self._pieces: list[bytes] = []  # that were read and not yielded yet
        self._ahead = 0  # bytes in them
        self._since = 0.0  # when the first of them was read
        self._reading: asyncio.Task[None] | None = None
        self._came, self._taken = asyncio.Event(), asyncio.Event()

    async def __aiter__(self) -> AsyncGenerator[bytes]:
        """Yield what was read.

        Raises:
            TimeoutError: the deadline passed.
        """
        self._reading = reading = asyncio.create_task(self._read())
        reading.add_done_callback(lambda _: self._came.set())
        try:
            while self._pieces or not reading.done():
                if self._pieces:
                    if self._since > self.deadline:
                        raise TimeoutError
                    read = b"".join(self._pieces)
                    self._pieces.clear()
                    self._ahead = 0
                    self._taken.set()
                    yield read
                else:
                    async with asyncio.timeout_at(self.deadline):
                        await self._came.wait()
                    self._came.clear()
            reading.result()
        finally:
            reading.cancel()
            await asyncio.gather(reading, return_exceptions=True)

    async def _read(self) -> None:
        """Read the pieces as they come."""
        assert isinstance(self._body, httpx.AsyncByteStream)  # noqa: S101 - an asynchronous client has no other
        loop, waited = asyncio.get_running_loop(), asyncio.Event()
        after_wait = loop.call_soon
        began = False
        after_wait(waited.set)
        try:
            async for piece in self._body:
                if not began:
                    PatientBody._read_now, began = PatientBody._read_now + 1, True
                if not self._pieces:
                    self._since = loop.time()
                self._pieces.append(piece)
                self._ahead += len(piece)
                self._came.set()
                if self._ahead > _MOST_AHEAD:
                    self._taken.clear()
                    await self._taken.wait()
                # Otherwise it is one that the last read brought with others: nothing else has run since.
                if waited.is_set():
                    waited.clear()
                    await asyncio.sleep(min(_LONGEST_GATHER_S, _GATHER_S * PatientBody._read_now))
                    after_wait(waited.set)
        finally:
            PatientBody._read_now -= began

    async def aclose(self) -> None:
        """Close the body."""
        assert isinstance(self._body, httpx.AsyncByteStream)  # noqa: S101 - as above
        try:
            if self._reading is not None:  # who leaves early closes the generator only later
                self._reading.cancel()
                await asyncio.gather(self._reading, return_exceptions=True)
        finally:
            await self._body.aclose()
