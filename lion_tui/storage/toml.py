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
import re
import sys
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from itertools import pairwise
from typing import TYPE_CHECKING, Any, BinaryIO

from lion_tui.core.errors import DamagedFile
from lion_tui.core.message import COLUMNS
from lion_tui.core.snapshot import FORMAT_VERSION, Snapshot
from lion_tui.storage.checksums import content_checksum
from lion_tui.storage.problems import InvalidContent, check_version, damaged, foreign
from lion_tui.storage.validate import check

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from lion_tui.core.message import Column, Json

_COMMENT = "# A lion-tui session. After an edit, delete the line `checksum = …` to accept it.\n\n"
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_INT64 = range(-(2**63), 2**63)
_JSON = "json"
_NULL = "null"
_BY_NAME = {column.name: column for column in COLUMNS}
_UNSAFE = re.compile(r'["\\\x00-\x08\x0a-\x1f\x7f]')
_UNSAFE_IN_LINES = re.compile(r'["\\\x00-\x08\x0b-\x1f\x7f]')
_ESCAPES = {"\b": "\\b", "\n": "\\n", "\f": "\\f", "\r": "\\r", '"': '\\"', "\\": "\\\\"}
_MESSAGE = re.compile(rb"^\[\[message\]\][ \t]*\r?$", re.MULTILINE)
_AT_ONCE = 1 << 16
"""Bytes of TOML parsed in one go: the interpreter's lock is held for that long."""


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
    nested = lru_cache(maxsize=64)(_nested)  # settings repeat from message to message
    for values in zip(*(columns[column.name] for column in COLUMNS), strict=True):
        lines: list[str] = ["[[message]]\n"]
        tables: list[str] = []
        for column, value in zip(COLUMNS, values, strict=True):
            if value is None or (column.kind == "texts" and not value):
                continue
            if column.kind == "json" or column.kind == "texts":
                text = nested(column.name, value if isinstance(value, str) else tuple(value))
                (tables if text.startswith("\n") else lines).append(text)
            else:
                lines.append(f"{column.name} = {_simple(column, value)}\n")
        yield "".join(lines + tables)


def _simple(column: Column, value: Json) -> str:
    """Write a value that is neither a list nor a table."""
    if column.kind == "text":
        return _string(value)
    if column.kind == "time":
        with suppress(OverflowError):
            return str(_EPOCH + timedelta(microseconds=value))
    return str(value)


def _string(text: str) -> str:
    """Write a text as tomli-w does, over several lines where that gives it back: a line break there reads as LF.

    tomli-w looks at each character in turn, which takes most of the time of saving a session.
    """
    if "\n" in text and "\r\n" not in text:
        return f'"""\n{_UNSAFE_IN_LINES.sub(_escape, text)}"""'
    return f'"{_UNSAFE.sub(_escape, text)}"'


def _escape(found: re.Match[str]) -> str:
    return _ESCAPES.get(found[0]) or f"\\u{ord(found[0]):04x}"


def _nested(name: str, value: str | tuple[str, ...]) -> str:
    """Write a list, or what JSON text holds, in a message: as a line, or, after an empty one, as a table."""
    native = _json_to_toml(value) if isinstance(value, str) else value
    if isinstance(native, str):
        return f"{name} = {_string(native)}\n"
    text = _dumps({"message": {name: native}}, *([value] if isinstance(value, str) else value))
    return text.removeprefix("[message]\n") if text.startswith("[message]\n") else f"\n{text}"


def _dumps(table: Mapping[str, Json], *texts: str) -> str:
    """Write a table; over several lines where the `texts` in it allow that: tomli-w has one switch for all strings."""
    import tomli_w

    lossy = any("\r\n" in text or "\\r\\n" in text for text in texts)
    return tomli_w.dumps(table, multiline_strings=not lossy)


def _json_to_toml(text: str) -> Json:
    """Return a JSON object or array as TOML value if the same text comes back, otherwise the text."""
    try:
        value = json.loads(text)
        if isinstance(value, dict | list):
            native = to_toml(value)
            if _json(from_toml(parse(_dumps({"value": native}, text).encode())["value"])) == text:
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
    data = source.read()
    try:
        first, rows = _parse(data.removeprefix(b"\xef\xbb\xbf"))
        head = first.get("lion_tui")
        if not isinstance(head, dict):
            raise foreign(path, "TOML without the table [lion_tui]")
        return _snapshot(first, head, rows, path)
    except InvalidContent as error:
        raise damaged(path, str(error)) from error
    except (ValueError, RecursionError) as error:
        if b"[lion_tui]" not in data:
            raise foreign(path, "neither Parquet nor TOML") from error
        raise damaged(path, f"it is not TOML ({error})") from error


def pieces(data: bytes) -> list[bytes]:
    """Cut TOML before every line that may begin a message; what comes first is the header."""
    starts = [0, *(match.start() for match in _MESSAGE.finditer(data)), len(data)]
    return [data[start:end] for start, end in pairwise(starts)]


def parse(data: bytes) -> dict[str, Any]:
    """Return what TOML holds.

    Raises:
        ValueError: it is none.
        RecursionError: it is nested too deeply.
    """
    import tomllib

    import tomli

    if len(data) > _AT_ONCE:  # tomli, which is compiled, would hold the interpreter's lock to the end
        return tomllib.loads(data.decode())
    return tomli.loads(data.decode())


def _parse(data: bytes) -> tuple[dict[str, Any], Any]:
    """Return the TOML document without its messages, and those.

    It is parsed piece by piece. A line that looks like the beginning of a message and stands in a text leaves what is
    before it without an end, so no piece is TOML then, and all is parsed as one.
    """
    import tomllib

    header, *messages = pieces(data)
    try:
        document = parse(header)
        rows: list[Any] = []
        for part in _batches(messages):
            found = parse(part)
            if found.keys() != {"message"}:
                raise ValueError("there is more than messages")  # noqa: TRY301 - as what is no TOML
            rows += found["message"]
        if "message" not in document:
            return document, rows
    except ValueError:
        pass  # the whole document's own error is the one to be read
    document = tomllib.loads(data.decode())
    return document, document.pop("message", [])


def _batches(pieces: Sequence[bytes]) -> Iterator[bytes]:
    """Join pieces to larger ones, which take no longer to parse and are fewer."""
    batch: list[bytes] = []
    size = 0
    for piece in pieces:
        if batch and size + len(piece) > _AT_ONCE:
            yield b"".join(batch)
            batch, size = [], 0
        batch.append(piece)
        size += len(piece)
    if batch:
        yield b"".join(batch)


def _snapshot(document: dict[str, Any], head: dict[str, Any], rows: Any, path: Path) -> Snapshot:
    check_version(path, head.get("format"))
    # A misspelt name would otherwise drop what it names without a word.
    _known(document, {"lion_tui", "session"})
    _known(head, {"format", "checksum"}, "lion_tui.")
    if "session" not in document:  # cut off before the checksum, it would pass for an empty session
        raise InvalidContent("it ends before [session]")
    header = from_toml(document["session"])
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
