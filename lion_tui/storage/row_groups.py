"""What a session file holds between its bytes and its values: row groups of Arrow arrays, or of plain values."""

from __future__ import annotations

import operator
from itertools import islice
from typing import TYPE_CHECKING, Any, NamedTuple

from lion_tui.core.message import COLUMNS
from lion_tui.core.snapshot import Snapshot
from lion_tui.storage.arrays import Plain, PlainArray, TextColumn, texts_like, to_values
from lion_tui.storage.problems import reading
from lion_tui.storage.validate import CHOICES, check_content, check_unique

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    from lion_tui.core.message import Column, Json

NARROW = tuple(column for column in COLUMNS if not column.wide)
WIDE = tuple(column for column in COLUMNS if column.wide)


class Group(NamedTuple):
    """A row group, compared with its checksums: of narrow columns the Arrow arrays, of wide ones the texts."""

    narrow: dict[str, list[Any]]
    texts: dict[str, TextColumn]


class Content(NamedTuple):
    """What a file holds: the session's header, and its row groups, each read when it is asked for."""

    header: dict[str, Json]
    groups: Iterable[Group]


def decode(content: Content, path: Path) -> Snapshot:
    """Return the session that a file holds; `path` is what errors name.

    Raises:
        DamagedFile: it is no session.
    """
    columns: dict[str, list[Json]] = {column.name: [] for column in NARROW}
    texts = {column.name: TextColumn() for column in WIDE}
    ids = columns["node_id"]
    with reading(path):
        for narrow, wide in content.groups:
            before = [ids[-1] if ids else None]
            for column in NARROW:
                if column.name != "parent_id":
                    columns[column.name] += checked(narrow[column.name], column)
            before += ids[len(columns["parent_id"]) :]  # whom most messages follow
            for chunk in narrow["parent_id"]:
                columns["parent_id"] += texts_like(chunk, before[: len(chunk)])
                del before[: len(chunk)]
            for name, part in wide.items():
                texts[name].extend(part)
        if not all(map(operator.lt, ids, islice(ids, 1, None))):  # they mostly grow
            check_unique(set(), ids)
    return Snapshot(content.header, {column.name: (columns | texts)[column.name] for column in COLUMNS})


def pack(content: Content) -> Iterator[Json]:
    """Yield what a file holds as plain values, for another process to `unpack`: the header, then each row group."""
    yield content.header
    lists = {column.name for column in NARROW if column.kind == "texts"}
    for narrow, texts in content.groups:
        plain = {
            name: [to_values(chunk, "texts") if name in lists else tuple(Plain.of(chunk)) for chunk in chunks]
            for name, chunks in narrow.items()
        }
        yield plain, {name: column.parts for name, column in texts.items()}


def unpack(plain: Iterator[Json]) -> Content:
    """Return what was packed; a column of lists comes decoded, the others as arrays that need no Arrow."""
    return Content(next(plain), (_unpacked(*group) for group in plain))


def _unpacked(narrow: Json, texts: Json) -> Group:
    arrays = {
        name: [PlainArray(Plain(*chunk)) if isinstance(chunk, tuple) else chunk for chunk in chunks]
        for name, chunks in narrow.items()
    }
    return Group(arrays, {name: TextColumn(parts) for name, parts in texts.items()})


def values_of(chunks: Sequence[Any], column: Column) -> list[Json]:
    """Return a column as Python values, as `Column.kind` says; many times faster than `to_pylist`."""
    values: list[Json] = []
    for chunk in chunks:
        values += chunk if isinstance(chunk, list) else to_values(chunk, column.kind, few=column.repeats)
    return values


def checked(chunks: Sequence[Any], column: Column) -> list[Json]:
    """Return a column as Python values.

    Raises:
        InvalidContent: they are not what the column may hold.
    """
    values = values_of(chunks, column)
    if column.name in CHOICES or column.kind == "json":  # the rest is certain from the Arrow types
        check_content(column, set(values) - {None})
    return values
