"""Locks by key that a session can use in one event loop after another."""

from __future__ import annotations

import asyncio


class LoopLocks:
    """First come, first served, for each key; nothing is kept of a loop that has ended."""

    def __init__(self) -> None:
        """Start with no lock held."""
        self._loop: asyncio.AbstractEventLoop | None = None
        self._locks: dict[str, asyncio.Lock] = {}

    def get(self, key: str) -> asyncio.Lock:
        """Return the running loop's lock for a key."""
        loop = asyncio.get_running_loop()
        if loop is not self._loop:
            self._loop, self._locks = loop, {}
        return self._locks.setdefault(key, asyncio.Lock())
