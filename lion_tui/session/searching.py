"""Looking for messages by their text, who speaks, and when: on frames of messages."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from lion_tui.core.errors import UsageError
from lion_tui.core.message import check_role

if TYPE_CHECKING:
    import pandas as pd


def pattern(keywords: str | Iterable[str], *, case_sensitive: bool, regex: bool) -> re.Pattern[str]:
    """Return the pattern that finds any of the keywords.

    Args:
        keywords: One, or several.
        case_sensitive: Whether a capital is another letter.
        regex: Whether they are regular expressions; else they are literal.

    Raises:
        UsageError: there is none, one is empty or no text, or is no regular expression.
    """
    words = _several(keywords, "keywords")
    if not words or "" in words:
        raise UsageError("A keyword is missing.", "Give a text, or a list of texts, none of them empty.")
    source = "|".join(f"(?:{word})" for word in words) if regex else "|".join(map(re.escape, words))
    try:
        for word in words if regex else ():
            re.compile(word)  # each for itself: joined, one may complete another
        return re.compile(source, 0 if case_sensitive else re.IGNORECASE)
    except re.error as error:
        raise UsageError(
            f"{error.pattern!r} is no regular expression ({error.msg}).", "Correct it, or leave regex=True out."
        ) from error


def search(
    messages: pd.DataFrame, keywords: str | Iterable[str], *, case_sensitive: bool, regex: bool, column: str = "content"
) -> pd.DataFrame:
    """Return the messages in whose column any of the keywords is."""
    found = pattern(keywords, case_sensitive=case_sensitive, regex=regex)
    return messages[[found.search(text) is not None for text in messages[column]]]


def narrow(
    messages: pd.DataFrame,
    *,
    role: str | Iterable[str] | None,
    sender: str | Iterable[str] | None,
    start_time: datetime | str | None,
    end_time: datetime | str | None,
) -> pd.DataFrame:
    """Return the messages of some roles and senders, from one time to another, both included; None is any.

    Raises:
        UsageError: there is no such role, or a time is none.
    """
    if role is not None:
        roles = _several(role, "role")
        for each in roles:
            check_role(each)
        messages = messages[messages["role"].isin(roles)]
    if sender is not None:
        messages = messages[messages["sender"].isin(_several(sender, "sender"))]
    if start_time is not None:
        messages = messages[messages["timestamp"] >= _moment(start_time)]
    if end_time is not None:
        messages = messages[messages["timestamp"] <= _moment(end_time)]
    return messages


def _several(given: str | Iterable[str], what: str) -> list[str]:
    values = [given] if isinstance(given, str) or not isinstance(given, Iterable) else list(given)
    if not all(isinstance(value, str) for value in values):
        raise UsageError(f"{what}={given!r} is no text, and no list of texts.", "Give one or the other.")
    return values


def _moment(given: Any) -> datetime:
    """Return a time; UTC where it says no zone, as the frames are."""
    try:
        moment = datetime.fromisoformat(given) if isinstance(given, str) else given
    except ValueError as error:
        raise UsageError(f"{given!r} is no time.", "Write it as 2026-07-01 or 2026-07-01T10:00:00+02:00.") from error
    if not isinstance(moment, datetime):
        raise UsageError(f"{given!r} is no time.", "Give a datetime, or ISO 8601 text.")
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment
