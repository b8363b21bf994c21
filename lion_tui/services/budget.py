"""Budgets: so many requests and tokens in any stretch of time, so many answers at once, first come, first served."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from lion_tui.core.errors import BudgetExceeded, UsageError
from lion_tui.core.inference import Waiting

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator


class Clock(Protocol):
    """Time, so that tests can have their own."""

    def now(self) -> float:
        """Return seconds since some moment; they never go back."""

    async def wait(self, event: asyncio.Event, seconds: float | None) -> None:
        """Return when `event` is set or `seconds` have passed."""


class SystemClock:
    """The machine's time."""

    def now(self) -> float:
        """Return the monotonic clock."""
        return time.monotonic()

    async def wait(self, event: asyncio.Event, seconds: float | None) -> None:
        """Return when `event` is set or `seconds` have passed."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await event.wait()


@dataclass(eq=False, slots=True)
class Ticket:
    """A request's place in a budget.

    Attributes:
        tokens: What it takes: an estimate until it is settled.
        admitted: When it was let through; None while it waits.
    """

    tokens: int
    admitted: float | None = None
    # Belongs to the event loop of the one who waits, and is gone with the ticket.
    changed: asyncio.Event = field(default_factory=asyncio.Event)


@dataclass(frozen=True, slots=True)
class BudgetStatus:
    """How a budget stands; None where there is no limit.

    Attributes:
        requests_left: Requests that could go now.
        tokens_left: Tokens that could go now; below zero after an answer that took more than was estimated.
        refill_s: Seconds until something of it comes back; None if all of it is there.
        queued: Requests that wait.
    """

    requests_left: int | None
    tokens_left: int | None
    refill_s: float | None
    queued: int


class Budget:
    """At most `max_requests` requests and `max_tokens` tokens within any `interval` seconds, and answers at once.

    A request is counted from the moment it is let through until `interval` seconds later. It reserves what it is
    estimated to take, and is settled with what it took; an overshoot delays those that follow. It comes at once with
    others, of which there are at most `max_concurrent`, until it is settled.
    """

    def __init__(
        self,
        name: str,
        *,
        max_requests: int | None = None,
        max_tokens: int | None = None,
        interval: float = 60.0,
        max_concurrent: int | None = None,
        clock: Clock | None = None,
    ) -> None:
        """Make a budget for the service called `name`; None is no limit.

        Raises:
            UsageError: a limit below one, or an interval that is not above zero.
        """
        limits = {"max_requests": max_requests, "max_tokens": max_tokens, "max_concurrent": max_concurrent}
        for label, limit in limits.items():
            if limit is not None and not (type(limit) is int and limit >= 1):
                raise UsageError(f"{label}={limit!r} is no budget.", "Give a whole number above zero, or None.")
        if type(interval) not in (int, float) or not 0 < interval < float("inf"):
            raise UsageError(f"interval={interval!r} is no stretch of time.", "Give seconds above zero.")
        self._name = name
        self._max_requests = max_requests
        self._max_tokens = max_tokens
        self._max_concurrent = max_concurrent
        self._interval = float(interval)
        self.clock: Clock = clock or SystemClock()
        self._window: deque[Ticket] = deque()
        self._queue: deque[Ticket] = deque()
        self._coming: set[Ticket] = set()

    @property
    def limited(self) -> bool:
        """Whether there is any limit in a stretch of time."""
        return self._max_requests is not None or self._max_tokens is not None

    def status(self) -> BudgetStatus:
        """Return what is left, when more comes back, and how many wait."""
        now = self.clock.now()
        window = self._in_window(now)
        oldest = window[0].admitted if window else None
        return BudgetStatus(
            requests_left=None if self._max_requests is None else self._max_requests - len(window),
            tokens_left=None if self._max_tokens is None else self._max_tokens - sum(each.tokens for each in window),
            refill_s=None if oldest is None or not self.limited else oldest + self._interval - now,
            queued=len(self._queue),
        )

    def check(self, tokens: int) -> None:
        """Refuse what can never fit.

        Raises:
            BudgetExceeded: `tokens` is more than the whole budget.
        """
        if self._max_tokens is not None and tokens > self._max_tokens:
            raise BudgetExceeded(
                f"The request would take about {tokens} tokens; the budget of {self._name} is {self._max_tokens}"
                f" in {self._interval:g} s.",
                "Lower the cap of the reply, shorten the conversation, or raise `max_tokens` of the service.",
                service=self._name,
            )

    async def admit(self, ticket: Ticket) -> AsyncGenerator[Waiting]:
        """Let `ticket` through when its turn has come, yielding a `Waiting` whenever the outlook changes.

        Raises:
            BudgetExceeded: it is larger than the whole budget.
        """
        if not self.limited and self._max_concurrent is None:
            return
        self.check(ticket.tokens)
        self._queue.append(ticket)
        try:
            while not self._try(ticket):
                seconds, crowded = self._outlook(ticket), self._crowded(ticket)
                ticket.changed.clear()
                yield (
                    Waiting("turn", 0.0, self._crowd(ticket))
                    if crowded
                    else Waiting("budget", seconds, self._detail(ticket))
                )
                # Only the first looks at the time; it wakes the next when it goes. Who ends wakes the first.
                if not ticket.changed.is_set():
                    timed = self._queue[0] is ticket and not crowded
                    await self.clock.wait(ticket.changed, seconds if timed else None)
        finally:
            self._leave(ticket)

    def settle(self, ticket: Ticket, tokens: int) -> None:
        """Count what the request took in place of the estimate; it has ended."""
        ticket.tokens = tokens
        self._coming.discard(ticket)
        if self._queue:
            self._queue[0].changed.set()

    def _try(self, ticket: Ticket) -> bool:
        now = self.clock.now()
        self._window = deque(self._in_window(now))
        if self._crowded(ticket) or self._outlook(ticket) > 0:
            return False
        ticket.admitted = now
        if self.limited:
            self._window.append(ticket)
        self._coming.add(ticket)
        return True

    def _crowded(self, ticket: Ticket) -> bool:
        """Tell whether as many come as may, if all before the ticket do."""
        return (
            self._max_concurrent is not None and len(self._coming) + self._queue.index(ticket) >= self._max_concurrent
        )

    def _leave(self, ticket: Ticket) -> None:
        self._queue.remove(ticket)
        for other in self._queue:
            other.changed.set()

    def _in_window(self, now: float) -> list[Ticket]:
        return [each for each in self._window if each.admitted is not None and each.admitted + self._interval > now]

    def _outlook(self, ticket: Ticket) -> float:
        """Return the seconds until `ticket` goes, if all before it take what they reserved."""
        now = moment = self.clock.now()
        window = deque((each.admitted, each.tokens) for each in self._in_window(now) if each.admitted is not None)
        for other in self._queue:
            while not self._fits(window, other.tokens):
                moment = window.popleft()[0] + self._interval
            if other is ticket:
                break
            window.append((moment, other.tokens))
        return moment - now

    def _fits(self, window: deque[tuple[float, int]], tokens: int) -> bool:
        if self._max_requests is not None and len(window) >= self._max_requests:
            return False
        return self._max_tokens is None or not window or sum(t for _, t in window) + tokens <= self._max_tokens

    def _crowd(self, ticket: Ticket) -> str:
        return f"{self._name} answers {self._max_concurrent} at once{self._ahead(ticket)}"

    def _ahead(self, ticket: Ticket) -> str:
        place = self._queue.index(ticket)
        return f", {place} ahead" if place else ""

    def _detail(self, ticket: Ticket) -> str:
        limits = (
            (self._max_requests, "requests"),
            (self._max_tokens, "tokens"),
        )
        what = " and ".join(f"{limit} {unit}" for limit, unit in limits if limit is not None)
        return f"budget of {self._name}: {what} in {self._interval:g} s{self._ahead(ticket)}"
