"""Identifiers and the clock: uuid7 text, and times that never go back."""

from __future__ import annotations

import os
import time
import uuid
from datetime import UTC, datetime, timedelta
from typing import Final

EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_DAY = timedelta(days=1)  # no zone is further from UTC
_FIRST = (datetime.min.replace(tzinfo=UTC) + _DAY - EPOCH) // timedelta(microseconds=1)
_LAST = (datetime.max.replace(tzinfo=UTC) - _DAY - EPOCH) // timedelta(microseconds=1)
_last = 0


def uuid7() -> str:
    """Return a new UUID version 7 (RFC 9562 §5.7) as text: ids of one process sort in the order of their making."""
    global _last  # noqa: PLW0603 - monotony is a property of the process
    # 48 bits of milliseconds, then 12 bits of sub-millisecond fraction (§6.2, method 3), one number to keep monotonic.
    nanoseconds = time.time_ns()
    tick = (nanoseconds // 1_000_000 << 12) | (nanoseconds % 1_000_000 * 4096 // 1_000_000)
    _last = tick = max(tick, _last + 1)
    tail = int.from_bytes(os.urandom(8)) >> 2
    return str(uuid.UUID(int=(tick >> 12) << 80 | 0x7 << 76 | (tick & 0xFFF) << 64 | 0b10 << 62 | tail))


def now_us() -> int:
    """Return the time in microseconds since 1970, UTC: the unit of every stored time."""
    return time.time_ns() // 1000


def to_datetime(microseconds: int) -> datetime:
    """Return a stored time as an aware UTC datetime, exactly; beyond the calendar, the nearest that every zone has."""
    return EPOCH + timedelta(microseconds=min(max(microseconds, _FIRST), _LAST))


def from_datetime(moment: datetime) -> int:
    """Return an aware datetime as a stored time."""
    return (moment.astimezone(UTC) - EPOCH) // timedelta(microseconds=1)
