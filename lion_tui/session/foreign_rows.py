"""Messages that are taken over from elsewhere: from a DataFrame, or as dicts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from lion_tui.core.errors import UsageError
from lion_tui.core.message import ROLES

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pandas as pd


def checked_rows(messages: pd.DataFrame | Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return what counts of each message.

    Raises:
        UsageError: one lacks a role or a content.
    """
    records: Any = messages.to_dict("records") if hasattr(messages, "to_dict") else messages
    return [_checked_row(record) for record in records]


def _checked_row(record: Mapping[str, Any]) -> dict[str, Any]:
    # What a DataFrame lacks is NaN, not None.
    row = {
        name: record[name] for name in ("role", "content", "sender", "recipient") if isinstance(record.get(name), str)
    }
    if row.get("role") not in ROLES or "content" not in row:
        raise UsageError(
            f"A message needs a role and a content: {dict(record)!r}.", f"The roles are {', '.join(sorted(ROLES))}."
        )
    return row
