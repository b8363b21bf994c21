"""Messages from elsewhere, a table of any columns, as the stored values of messages."""

from __future__ import annotations

import json
import math
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from lion_tui.core.errors import UsageError
from lion_tui.core.ids import EPOCH, from_datetime, now_us, uuid7
from lion_tui.core.message import COLUMNS, ORIGINS, ROLES, STATUSES
from lion_tui.core.stored import dump_json
from lion_tui.core.text import scalar

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from lion_tui.core.message import Column, Json

DERIVED: Final = frozenset(
    {
        "branches", "depth", "n_children", "sib_index", "sib_count", "n_desc", "is_leaf", "on_head", "alive",
    }
)  # fmt: skip
"""Columns of a session's own frames that follow from the others."""

_CHOICES: Final = {"role": ROLES, "status": STATUSES, "origin": ORIGINS}
_NULLS: Final = frozenset({"NAType", "NaTType"})
_INT64: Final = range(-(2**63), 2**63)


def table_of(records: Sequence[Mapping[str, Any]]) -> dict[str, list[Any]]:
    """Return records, each by column, as columns; what a record lacks is None."""
    names = dict.fromkeys(name for record in records for name in record)
    return {name: [record.get(name) for record in records] for name in names}


def stored_columns(table: Mapping[str, Sequence[Any]]) -> dict[str, list[Json]]:
    """Return the messages of a table by column, every column of `COLUMNS` with values as `Column.kind` says.

    A table has a `role` and a `content`; what else it lacks is made up: without `parent_id` each message follows the
    one before, without `seq` their order is the table's. A value may also be what a frame or a text file has in its
    place: a `datetime` or ISO 8601 text (UTC where it says no zone), a list as JSON text, a number as text, NaN as
    null. Columns that no message has go to `metadata`; those in `DERIVED`, and those without a name, are left out.

    Args:
        table: The values by column, all columns of one length.

    Raises:
        UsageError: it is no table of messages; the row is named, counted from 1.
    """
    for name in ("role", "content"):
        if name not in table:
            raise UsageError(f"The column {name!r} is missing.", "A message needs a role and a content.")
    rows = len(table["role"])
    columns = {column.name: _column(column, table.get(column.name)) or [None] * rows for column in COLUMNS}
    _add_metadata(columns, table)
    ids = columns["node_id"] = [uuid7() if node_id is None else node_id for node_id in columns["node_id"]]
    if "parent_id" not in table:
        columns["parent_id"] = [None, *ids[:-1]][:rows]
    if "seq" not in table:
        columns["seq"] = list(range(1, rows + 1))
    now = now_us()
    missing: dict[str, Callable[[int], Json]] = {
        "timestamp": lambda _: now,
        "sender": lambda at: columns["role"][at],
        "recipient": lambda at: columns["branch"][at] or "main",
        "content": lambda _: "",
        "status": lambda _: "complete",
        "origin": lambda _: "import",
        "source_ids": lambda _: (),
    }
    for name, value in missing.items():
        columns[name] = [value(at) if each is None else each for at, each in enumerate(columns[name])]
    for name in ("role", "seq"):
        if None in columns[name]:
            raise _wrong(columns[name].index(None), name, "nothing", _EXPECTED[name])
    return columns


def _column(column: Column, values: Sequence[Any] | None) -> list[Json]:
    """Return the values of one column as they are stored."""
    if values is None:
        return []
    read = _READ[column.kind]
    stored: list[Json] = []
    for at, value in enumerate(values):
        if _is_null(value):
            stored.append(None)
            continue
        try:
            stored.append(_checked(column, read(value)))
        except (ValueError, TypeError, OverflowError, RecursionError) as error:
            raise _wrong(at, column.name, repr(value)[:80], _EXPECTED.get(column.name, _KINDS[column.kind])) from error
    return stored


def _wrong(at: int, name: str, what: str, expected: str) -> UsageError:
    return UsageError(f"In row {at + 1}, the column {name!r} holds {what}.", f"It holds {expected}.")


def _is_null(value: Any) -> bool:
    """Tell whether a value is none: None, or what stands for it in a frame."""
    return value is None or type(value).__name__ in _NULLS or (isinstance(value, float) and math.isnan(value))


def _checked(column: Column, value: Json) -> Json:
    if column.name in _CHOICES and value not in _CHOICES[column.name]:
        raise ValueError(value)
    if column.kind in {"int", "time"} and value not in _INT64:
        raise ValueError(value)
    if column.name == "seq" and value < 0:
        raise ValueError(value)
    return value


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError
    return scalar(value)


def _texts(value: Any) -> tuple[str, ...]:
    if isinstance(value, str):
        value = json.loads(value)
    if isinstance(value, (dict, str)):
        raise TypeError
    return tuple(map(_text, value))


def _json(value: Any) -> str:
    """Return JSON text; a text is such text already."""
    if isinstance(value, str):
        json.loads(value, parse_int=str, parse_float=str, parse_constant=_refuse)
        return scalar(value)
    if not isinstance(value, (dict, list)):
        raise TypeError
    return scalar(dump_json(value) or "")


def _refuse(constant: str) -> Any:
    raise ValueError(constant)


def _time(value: Any) -> int:
    moment = datetime.fromisoformat(value) if isinstance(value, str) else value
    if not isinstance(moment, datetime):  # a number may be of seconds, or of milliseconds: nothing tells
        raise TypeError
    return from_datetime(moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment)


def time_text(microseconds: int) -> str:
    """Return a stored time as ISO 8601 text, which `stored_columns` reads; as a number where the calendar ends."""
    try:
        moment = EPOCH + timedelta(microseconds=microseconds)
    except OverflowError:
        return str(microseconds)
    return moment.isoformat(timespec="microseconds")  # all alike, as pandas needs it


def _int(value: Any) -> int:
    if isinstance(value, bool) or (isinstance(value, float) and not value.is_integer()):
        raise TypeError
    return int(value)


def _float(value: Any) -> float | None:
    if isinstance(value, bool):
        raise TypeError
    number = float(value)
    return number if math.isfinite(number) else None


_READ: Final[Mapping[str, Callable[[Any], Json]]] = {
    "text": _text, "texts": _texts, "json": _json, "time": _time, "int": _int, "float": _float,
}  # fmt: skip
_KINDS: Final = {
    "text": "text",
    "texts": "a list of texts",
    "json": "JSON",
    "time": "a time, such as 2026-07-01T10:00:00+00:00",
    "int": "a whole number of 64 bits",
    "float": "a number",
}
_EXPECTED: Final = {
    **{name: f"one of {', '.join(sorted(choices))}" for name, choices in _CHOICES.items()},
    "seq": "a whole number from 0",
}


def _add_metadata(columns: dict[str, list[Json]], table: Mapping[str, Sequence[Any]]) -> None:
    """Put what no column takes into `metadata`, under its own name."""
    strange = [name for name in table if name and name not in DERIVED and name not in columns]
    for at in range(len(table["role"])) if strange else ():
        more = {name: _plain(table[name][at]) for name in strange if not _is_null(table[name][at])}
        if more:
            merged = {**_own_metadata(columns["metadata"][at]), **more}
            columns["metadata"][at] = scalar(dump_json(merged) or "")


def _own_metadata(stored: str | None) -> dict[str, Json]:
    if stored is None:
        return {}
    try:
        own = json.loads(stored)
    except (ValueError, RecursionError):  # a number or a depth that Python refuses
        own = stored
    return own if isinstance(own, dict) else {"metadata": own}


def _plain(value: Any) -> Any:
    """Return a value as JSON may have it."""
    return value.isoformat() if isinstance(value, datetime) else value
