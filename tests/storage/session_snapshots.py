"""Snapshots for the tests of the session file: one that is easy to read, and any that there can be."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from hypothesis import strategies as st

from lion_tui.core.message import COLUMNS, ORIGINS, ROLES, STATUSES
from lion_tui.core.snapshot import Snapshot
from lion_tui.storage.checksums import content_checksum

if TYPE_CHECKING:
    from collections.abc import Callable

INT64 = {"min_value": -(2**63), "max_value": 2**63 - 1}


def snapshot(*contents: str, **header: Any) -> Snapshot:
    """Return a session with one message for each of `contents`, a chain."""
    rows = [
        {
            "node_id": f"n{at}",
            "timestamp": 1_700_000_000_000_000 + at,
            "role": ("user", "assistant")[at % 2],
            "sender": ("user", "tiny")[at % 2],
            "recipient": "main",
            "content": content,
            "parent_id": f"n{at - 1}" if at else None,
            "seq": at,
            "branch": "main",
            "status": "complete",
            "origin": ("user", "model")[at % 2],
            "source_ids": (f"n{at - 1}",) if at == 2 else (),
            "params": '{"temperature":0.5}' if at % 2 else None,
            "tokens_out": 7 if at % 2 else None,
            "cost_usd": 0.25 if at % 2 else None,
        }
        for at, content in enumerate(contents)
    ]
    return Snapshot(
        {"session_id": "s1", "title": "A walk", **header},
        {column.name: [row.get(column.name) for row in rows] for column in COLUMNS},
    )


def same(one: Snapshot | None, other: Snapshot) -> bool:
    """Say whether two snapshots are the same, down to the sign of zero and the type of a number."""
    return one is not None and one == other and content_checksum(one) == content_checksum(other)


# What has broken text formats before, mixed with every other Unicode scalar value.
AWKWARD = [
    "\r\n", "\r", "\n", "\0", "\t", "\x1b", "\x7f", "\x85", "\u2028", "\ufeff", "\ufffe", "\U0001f600",
    '"', '"""', "'''", "\\", "\\r\\n", "#", "[[message]]", "\n\n",
]  # fmt: skip
texts = st.lists(st.sampled_from(AWKWARD) | st.characters(exclude_categories=["Cs"]), max_size=8).map("".join)
keys = texts | st.sampled_from(["json", "null", "message", "checksum", "format", "a", ""])
finite = st.floats(allow_nan=False, allow_infinity=False)
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.integers(-(10**30), 10**30) | finite | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(keys, inner, max_size=3),
    max_leaves=8,
)
json_texts = st.one_of(
    st.builds(lambda value: json.dumps(value, ensure_ascii=False, separators=(",", ":")), json_values),
    st.builds(json.dumps, json_values),
    st.sampled_from(['"\\ud800"', '{"a":1,"a":2}', "1e400", '{"a":1E5}', " [ ] ", '{"a":{"b":1},"c":2}', "[1.0,-0.0]"]),
)
_VALUES: dict[str, st.SearchStrategy[Any]] = {
    "text": texts,
    "texts": st.lists(texts, max_size=3).map(tuple),
    "json": json_texts,
    "time": st.integers(**INT64) | st.integers(0, 4 * 10**15),
    "int": st.integers(**INT64),
    "float": st.floats(allow_nan=False),
}
_CHOICES = {"role": sorted(ROLES), "status": sorted(STATUSES), "origin": sorted(ORIGINS)}


@st.composite
def snapshots(draw: Callable[[st.SearchStrategy[Any]], Any]) -> Snapshot:
    """Any session that a file has to hold."""
    rows = draw(st.integers(0, 3))
    columns = {}
    for column in COLUMNS:
        values = st.sampled_from(_CHOICES[column.name]) if column.name in _CHOICES else _VALUES[column.kind]
        values = values if column.required else st.none() | values
        unique = column.name == "node_id"
        columns[column.name] = draw(st.lists(values, min_size=rows, max_size=rows, unique=unique))
    return Snapshot(draw(st.dictionaries(keys, json_values, max_size=4)), columns)
