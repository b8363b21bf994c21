'''The session file as TOML: the same content, to be read, compared and edited by people.

    [lion_tui]
    format = 1
    checksum = "…"              # of the canonical content, see `checksums`; without it any edit is accepted

    [session]                   # what is not a message
    title = "A walk"
    null = ["current"]          # the keys of this table whose value is null

    [[message]]                 # one for each; null and an empty list are absent
    node_id = "…"
    content = """
    Text over lines."""

Null in an array, and an integer beyond 64 bits, are `{ json = "…" }`, which holds JSON text.
JSON columns are TOML values where that gives the same JSON text back (compact, as `msgspec` and
`json.dumps(…, separators=(",", ":"), ensure_ascii=False)` write it), otherwise a string that holds the JSON text.
'''

from __future__ import annotations

import json
import math
import sys
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from itertools import chain
from typing import TYPE_CHECKING, Any, BinaryIO

from lion_tui.core.errors import DamagedFile
from lion_tui.core.message import COLUMNS
from lion_tui.core.snapshot import FORMAT_VERSION, Snapshot
from lion_tui.storage.checksums import content_checksum
from lion_tui.storage.problems import InvalidContent, check_version, damaged, foreign
from lion_tui.storage.validate import check

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path

    from lion_tui.core.message import Column, Json

_COMMENT = "# A lion-tui session. After an edit, delete the line `checksum = …` to accept it.\n\n"
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_INT64 = range(-(2**63), 2**63)
_JSON = "json"
_NULL = "null"
_BY_NAME = {column.name: column for column in COLUMNS}


def write(sink: BinaryIO, snapshot: Snapshot) -> None:
    """Write `snapshot`, whose columns have been checked, to `sink`.

    Raises:
        ValueError: the header is not JSON, or text is not Unicode scalar text.
        TypeError: likewise.
        RecursionError: likewise.
        OSError: the operating system refused.
    """
    head = {"format": FORMAT_VERSION, "checksum": content_checksum(snapshot)}
    session = to_toml(dict(snapshot.header))
    sink.write(_COMMENT.encode())
    sink.write(_dumps({"lion_tui": head, "session": session}, _json(snapshot.header)).encode())
    sink.writelines(b"\n" + row.encode() for row in _rows(snapshot.columns))


def _rows(columns: Mapping[str, Sequence[Json]]) -> Iterator[str]:
    """Yield each message as its `[[message]]`."""
    native = lru_cache(maxsize=64)(_json_to_toml)  # settings repeat from message to message
    for values in zip(*(columns[column.name] for column in COLUMNS), strict=True):
        row = {
            column.name: _cell(column, value, native)
            for column, value in zip(COLUMNS, values, strict=True)
            if value is not None and value != [] and value != ()
        }
        lists = chain.from_iterable(value for value in values if isinstance(value, list | tuple))
        text = _dumps({"message": row}, *(value for value in values if isinstance(value, str)), *lists)
        # As a table, and made an array's afterwards: given a list, tomli-w writes each value twice.
        yield "[" + text.replace("[message]", "[message]]", 1)


def _dumps(table: Mapping[str, Json], *texts: str) -> str:
    """Write a table; over several lines where the `texts` in it allow that.

    A line break in a multiline string reads back as LF, whatever it was, so CRLF has to be escaped; tomli-w has one
    switch for all strings.
    """
    import tomli_w

    lossy = any("\r\n" in text or "\\r\\n" in text for text in texts)
    return tomli_w.dumps(table, multiline_strings=not lossy)


def _cell(column: Column, value: Json, native: Callable[[str], Json]) -> Json:
    if column.kind == "json":
        return native(value)
    if column.kind == "time":
        try:
            return _EPOCH + timedelta(microseconds=value)
        except OverflowError:
            return value
    return value


def _json_to_toml(text: str) -> Json:
    """Return a JSON object or array as TOML value if the same text comes back, otherwise the text."""
    import tomllib

    try:
        value = json.loads(text)
        if isinstance(value, dict | list):
            native = to_toml(value)
            if _json(from_toml(tomllib.loads(_dumps({"value": native}, text))["value"])) == text:
                return native
    except (ValueError, RecursionError):
        return text  # a number or a depth that Python refuses, or half a surrogate pair
    return text


def _json(value: Json) -> str:
    return json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))


def to_toml(value: Json) -> Json:
    """Return a JSON value as TOML can hold it.

    What TOML lacks becomes `{ json = "…" }`, and the keys of a table whose value is null are listed under its key
    `null`. A table that has those keys of its own is written as JSON.
    """
    if isinstance(value, dict):
        if _NULL in value or value.keys() == {_JSON}:
            return {_JSON: _json(value)}
        table = {key: to_toml(item) for key, item in value.items() if item is not None}
        nulls = [key for key, item in value.items() if item is None]
        return table | {_NULL: nulls} if nulls else table
    if isinstance(value, list | tuple):
        return [to_toml(item) for item in value]
    if value is None or (type(value) is int and value not in _INT64):
        return {_JSON: _json(value)}
    return value


def from_toml(value: Any) -> Json:
    """Return the JSON value that `to_toml` was given.

    Raises:
        InvalidContent: there is a TOML value that JSON does not have.
    """
    if isinstance(value, dict):
        return _from_table(value)
    if isinstance(value, list):
        return [from_toml(item) for item in value]
    if not isinstance(value, str | int | float):
        raise InvalidContent(
            f"{value} is a {type(value).__name__}, where only text, a number or true or false may stand"
        )
    if isinstance(value, float) and not math.isfinite(value):
        raise InvalidContent(f"{value} stands where only a finite number may")
    return value


def _from_table(table: dict[str, Any]) -> Json:
    if table.keys() == {_JSON} and isinstance(table[_JSON], str):
        return json.loads(table[_JSON])
    nulls = table.get(_NULL, [])
    if not isinstance(nulls, list) or not all(isinstance(key, str) and key not in table for key in nulls):
        raise InvalidContent("the key 'null' does not list keys that are absent from its table")
    return {key: from_toml(item) for key, item in table.items() if key != _NULL} | dict.fromkeys(nulls)


def read(source: BinaryIO, path: Path) -> Snapshot:
    """Read the whole session from `source`; `path` is what errors name.

    Raises:
        ForeignFile: it is not a session.
        NewerFile: a later version wrote it.
        DamagedFile: it is not as it was written, or was edited into something that is no session.
    """
    import tomllib

    data = source.read()
    try:
        document = tomllib.loads(data.decode("utf-8-sig"))
        head = document.get("lion_tui")
        if not isinstance(head, dict):
            raise foreign(path, "TOML without the table [lion_tui]")
        return _snapshot(document, head, path)
    except InvalidContent as error:
        raise damaged(path, str(error)) from error
    except (ValueError, RecursionError) as error:
        if b"[lion_tui]" not in data:
            raise foreign(path, "neither Parquet nor TOML") from error
        raise damaged(path, f"it is not TOML ({error})") from error


def _snapshot(document: dict[str, Any], head: dict[str, Any], path: Path) -> Snapshot:
    check_version(path, head.get("format"))
    # A misspelt name would otherwise drop what it names without a word.
    _known(document, {"lion_tui", "session", "message"})
    _known(head, {"format", "checksum"}, "lion_tui.")
    if "session" not in document:  # cut off before the checksum, it would pass for an empty session
        raise InvalidContent("it ends before [session]")
    header = from_toml(document["session"])
    rows = document.get("message", [])
    if not isinstance(header, dict) or not isinstance(rows, list):
        raise InvalidContent("[session] has to be a table, and [[message]] one for each message")
    columns: dict[str, list[Json]] = {column.name: [] for column in COLUMNS}
    for number, row in enumerate(rows, 1):
        try:
            read_row(row, columns)
        except InvalidContent as error:
            raise InvalidContent(f"in message {number}, {error}") from error
    check(columns)
    snapshot = Snapshot(header, columns)
    if "checksum" in head and head["checksum"] != content_checksum(snapshot):
        raise DamagedFile(
            path,
            f"{path.name} was edited or is damaged: its content does not match its checksum.",
            "To accept an edit, delete the line `checksum = …`; otherwise restore a copy.",
        )
    return snapshot


def _known(table: Mapping[str, Any], names: set[str], prefix: str = "") -> None:
    if strange := sorted(table.keys() - names):
        raise InvalidContent(f"the key {prefix + strange[0]!r} is unknown")


def read_row(row: Any, columns: Mapping[str, list[Json]]) -> None:
    """Add the message that a TOML table is to `columns`.

    Raises:
        InvalidContent: it is none.
    """
    if not isinstance(row, dict):
        raise InvalidContent("there is no table")
    _known(row, set(_BY_NAME))
    for name, column in _BY_NAME.items():
        columns[name].append(_read_cell(column, row[name]) if name in row else () if column.kind == "texts" else None)


def _read_cell(column: Column, value: Any) -> Json:
    if column.kind == "json" and not isinstance(value, str):
        return _json(from_toml(value))
    if column.kind == "texts" and isinstance(value, list):
        return tuple(value)
    if column.kind == "float" and type(value) is int:
        return float(value)
    if isinstance(value, datetime) and column.kind == "time":
        if value.tzinfo is None:
            raise InvalidContent(f"the time {column.name!r} lacks its offset from UTC")
        return (value - _EPOCH) // _MICROSECOND
    if column.repeats and isinstance(value, str):
        return sys.intern(value)
    return value
