"""When something was, as people say it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from lion_tui.core.ids import to_datetime

if TYPE_CHECKING:
    from datetime import datetime

_MINUTE: Final = 60
_HOUR: Final = 3_600
_HOURS: Final = 12 * _HOUR
"""Up to here, how long ago something was says more than when."""


def moment(microseconds: int) -> datetime:
    """Return the local time of so many microseconds since 1970, UTC."""
    return to_datetime(microseconds).astimezone()


def said_at(microseconds: int, now: int) -> str:
    """Return the time of day of something, of another day with that: `14:05`, `3 Mar 14:05`, `3 Mar 2024 14:05`.

    Args:
        microseconds: When it was, in microseconds since 1970, UTC.
        now: The time now, likewise.
    """
    then, today = moment(microseconds), moment(now)
    if then.date() == today.date():
        return f"{then:%H:%M}"
    return f"{then.day} {then:%b %H:%M}" if then.year == today.year else f"{then.day} {then:%b %Y %H:%M}"


def said_when(microseconds: int, now: int) -> str:
    """Return when something was, in at most 11 cells: `3 min ago`, `14:05`, `yesterday`, `Tue`, `3 Mar`, `3 Mar 2024`.

    Args:
        microseconds: When it was, in microseconds since 1970, UTC; 0 is not known.
        now: The time now, likewise.
    """
    if not microseconds:
        return "–"
    seconds = (now - microseconds) // 1_000_000
    if 0 <= seconds < _HOURS:
        if seconds < _MINUTE:
            return "just now"
        return f"{seconds // _MINUTE} min ago" if seconds < _HOUR else f"{seconds // _HOUR} h ago"
    then, today = moment(microseconds), moment(now)
    days = (today.date() - then.date()).days
    if days == 0:
        return f"{then:%H:%M}"
    if days == 1:
        return "yesterday"
    if 1 < days < 7:
        return f"{then:%A}"
    return f"{then.day} {then:%b}" if then.year == today.year else f"{then.day} {then:%b %Y}"
