"""What the columns of a session may hold, checked before they are written and after they are read."""

from __future__ import annotations

import json
from itertools import chain
from typing import TYPE_CHECKING, Any, Final

from lion_tui.core.message import COLUMNS, ORIGINS, ROLES, STATUSES
from lion_tui.storage.arrays import as_read
from lion_tui.storage.problems import InvalidContent

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from lion_tui.core.message import Column, Json

BATCH = 1_000
"""Rows looked at in one go, so that other threads get their turn in between."""

_TYPES: dict[str, set[type]] = {
    "text": {str},
    "texts": {list, tuple},
    "json": {str},
    "time": {int},
    "int": {int},
    "float": {float},
}
CHOICES: Final = {"role": ROLES, "status": STATUSES, "origin": ORIGINS}
"""The columns that hold one of a few values."""

_INT64 = range(-(2**63), 2**63)


def check(columns: Mapping[str, Sequence[Json]]) -> None:
    """Check that `columns` are the columns of a session.

    Parents, cycles and the order of messages are the tree's business, not the file's.

    Raises:
        InvalidContent: a column is missing, unknown or of another length; a value has the wrong type, is null where it
            must not be, is not JSON where it must be, or is none of the known roles, statuses or origins; or two
            messages have one id.
    """
    names = {column.name for column in COLUMNS}
    if strange := names ^ columns.keys():
        name = min(strange)
        raise InvalidContent(f"the column {name!r} is {'missing' if name in names else 'unknown'}")
    rows = len(columns["node_id"])
    for name, values in columns.items():
        if len(values) != rows:
            raise InvalidContent(f"the column {name!r} has {len(values)} values for {rows} messages")
    ids: set[str] = set()
    for start in range(0, rows, BATCH):
        for column in COLUMNS:
            values, stop = columns[column.name], min(start + BATCH, rows)
            if not column.wide or as_read(values, start, stop) is None:  # what was read was checked
                check_values(column, values[start:stop])
        check_unique(ids, columns["node_id"][start : start + BATCH])


def check_unique(seen: set[str], ids: Sequence[str]) -> None:
    """Add `ids` to `seen`, the ids of the messages before.

    Raises:
        InvalidContent: two messages have one id.
    """
    expected = len(seen) + len(ids)
    seen.update(ids)
    if len(seen) != expected:
        raise InvalidContent("two messages have the same node_id")


def check_values(column: Column, values: Sequence[Json]) -> None:
    """Check the values of one column.

    Raises:
        InvalidContent: one of them is not what the column may hold.
    """
    types = set(map(type, values))
    if type(None) in types:
        if column.required:
            raise InvalidContent(f"the column {column.name!r} lacks a value")
        values = [value for value in values if value is not None]
        types.discard(type(None))
    if wrong := types - _TYPES[column.kind]:
        raise InvalidContent(f"the column {column.name!r} holds a {min(kind.__name__ for kind in wrong)}")
    check_content(column, values)


def check_content(column: Column, values: Collection[Json]) -> None:
    """Check values that are not null and of the right Python type.

    Raises:
        InvalidContent: one of them is not what the column may hold.
    """
    if column.name in CHOICES:
        if unknown := set(values) - CHOICES[column.name]:
            raise InvalidContent(f"the column {column.name!r} holds the unknown value {min(unknown)!r}")
    elif column.kind == "texts":
        if not set(map(type, chain.from_iterable(values))) <= {str}:
            raise InvalidContent(f"the column {column.name!r} holds a list of other things than text")
    elif column.kind == "json":
        _check_json(column.name, set(values))
    elif column.kind in {"int", "time"} and values and not (min(values) in _INT64 and max(values) in _INT64):
        raise InvalidContent(f"the column {column.name!r} holds a number beyond 64 bits")


def _check_json(name: str, texts: Iterable[str]) -> None:
    for text in texts:
        try:
            # Numbers stay text: turning a very long one into an integer is slow, and forbidden from 4,300 digits on.
            json.loads(text, parse_int=str, parse_float=str, parse_constant=_refuse)
        except (ValueError, RecursionError) as error:
            raise InvalidContent(f"the column {name!r} holds text that is not JSON") from error


def _refuse(constant: str) -> Any:
    raise ValueError(f"{constant} is not JSON")
