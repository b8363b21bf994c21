"""What is stored of messages: values as JSON text, and columns as a tree can be made of them."""

from __future__ import annotations

import itertools
import json
import operator
from typing import TYPE_CHECKING, cast

from lion_tui.core.errors import UsageError
from lion_tui.core.ids import uuid7
from lion_tui.core.message import ORIGINS, ROLES, STATUSES

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from lion_tui.core.message import Json


def dump_json(value: Json) -> str | None:
    """Return a JSON column's stored text for a value.

    Raises:
        UsageError: it cannot be written as JSON.
    """
    if value is None:
        return None
    try:
        return json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    except (TypeError, ValueError, RecursionError) as error:
        raise UsageError(f"It cannot be written as JSON ({error}).", "Give values that JSON has.") from error


def checked(columns: Mapping[str, Sequence[Json]]) -> dict[str, Sequence[Json]]:
    """Return columns in the order of `seq`.

    Raises:
        UsageError: two messages have the same `seq`, or a column has a value that is not one of its own.
    """
    columns = _in_order(dict(columns))
    _check_values(columns)
    return columns


def _in_order(columns: dict[str, Sequence[Json]]) -> dict[str, Sequence[Json]]:
    seq = columns["seq"]
    if all(map(operator.lt, seq, itertools.islice(seq, 1, None))):
        return columns
    if len(set(seq)) != len(seq):
        raise UsageError("Two messages have the same seq, so their order is unknown.")
    order = sorted(range(len(seq)), key=seq.__getitem__)
    return {name: [values[row] for row in order] for name, values in columns.items()}


def _check_values(columns: Mapping[str, Sequence[Json]]) -> None:
    for name, known in (("role", ROLES), ("status", STATUSES), ("origin", ORIGINS)):
        if unknown := set(columns[name]) - known:
            raise UsageError(f"The column {name} has a value that is not one of its own: {min(map(str, unknown))!r}.")


def with_lost_and_found(columns: Mapping[str, Sequence[Json]], lost: set[int]) -> dict[str, Sequence[Json]]:
    """Return the columns with a `lost+found` root in front that the rows `lost` hang on."""
    root_id = uuid7()
    root: dict[str, Json] = dict.fromkeys(columns)
    root |= {
        "node_id": root_id,
        "timestamp": min(columns["timestamp"]),
        "role": "system",
        "sender": "lost+found",
        "recipient": "lost+found",
        "content": "",
        "seq": columns["seq"][0] - 1,
        "status": "complete",
        "origin": "import",
        "source_ids": (),
    }
    found = {name: [root[name], *values] for name, values in columns.items()}
    for row in lost:
        found["parent_id"][row + 1] = root_id
    return cast("dict[str, Sequence[Json]]", found)
