"""Messages as CSV or JSON: the rows of a session, and nothing else of it, for other programs and from them.

    node_id,timestamp,role,sender,recipient,content,…          # NAME.csv
    "01…","2026-07-01T10:00:00.000001+00:00","user","user","main","Text with ""quotes""
    over lines",…

CSV is as RFC 4180 has it, in UTF-8, its lines ended by LF: every text stands in quotes, so that what is empty without
quotes is null and `""` is the empty text. Lists (`source_ids`) are JSON text there. JSON has one object for each
message, with every column: in an array (`.json`) or each on a line (`.jsonl`, `.ndjson`). In both, times are ISO 8601,
and JSON columns hold JSON text, as in the session's frames and in its Parquet file.
"""

from __future__ import annotations

import csv
import io
import json
import zlib
from typing import TYPE_CHECKING, Any, BinaryIO, Final, Literal

from lion_tui.core.errors import DamagedFile, ForeignFile, UsageError
from lion_tui.core.message import COLUMNS
from lion_tui.core.rows import stored_columns, table_of, time_text
from lion_tui.storage.atomic import replace
from lion_tui.storage.problems import InvalidContent
from lion_tui.storage.reading import open_to_read
from lion_tui.storage.validate import check

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from lion_tui.core.message import Column, Json

CSV: Final = frozenset({".csv"})
JSON: Final = frozenset({".json", ".jsonl", ".ndjson"})
_LINES: Final = JSON - {".json"}
_BLOCK: Final = 1 << 20
_LARGEST_BLOCK: Final = 2**31 - 1


def is_table(path: Path) -> bool:
    """Tell whether a name is that of a table of messages, and not of a session."""
    return path.suffix.lower() in CSV | JSON


def write_table(path: Path, columns: Mapping[str, Sequence[Json]]) -> None:
    """Make the file at `path` hold messages, durably, in the form that its extension says; see `atomic.replace`.

    Args:
        path: The file.
        columns: The messages by column, with values as `Column.kind` says.

    Raises:
        UsageError: the extension is another one.
        SaveFailed: the operating system refused; the file is as it was.
    """
    if not is_table(path):
        raise UsageError(
            f"The name {path.name} does not say how to write the messages.", "Let it end in .csv, .json or .jsonl."
        )
    lines = _csv(columns) if path.suffix.lower() in CSV else _json(columns, lines=path.suffix.lower() in _LINES)
    written = 0

    def put(sink: BinaryIO) -> None:
        nonlocal written
        for line in lines:
            data = line.encode()
            written = zlib.crc32(data, written)
            sink.write(data)

    def verify(source: BinaryIO) -> None:
        found = 0
        while block := source.read(_BLOCK):
            found = zlib.crc32(block, found)
        if found != written:
            raise DamagedFile(path, f"{path.name} is not as it was written.")

    replace(path, put, verify)


def _rows(columns: Mapping[str, Sequence[Json]]) -> Iterator[tuple[Json, ...]]:
    return zip(*(columns[column.name] for column in COLUMNS), strict=True)


def _csv(columns: Mapping[str, Sequence[Json]]) -> Iterator[str]:
    yield ",".join(column.name for column in COLUMNS) + "\n"
    for row in _rows(columns):
        yield ",".join(map(_csv_cell, COLUMNS, row)) + "\n"


def _csv_cell(column: Column, value: Json) -> str:
    value = _cell(column, value)
    if value is None:
        return ""
    if isinstance(value, list):
        value = json.dumps(value, ensure_ascii=False)
    return '"' + value.replace('"', '""') + '"' if isinstance(value, str) else repr(value)


def _json(columns: Mapping[str, Sequence[Json]], *, lines: bool) -> Iterator[str]:
    begin, between, end = ("", "\n", "\n") if lines else ("[\n", ",\n", "\n]\n")
    separator = begin
    for row in _rows(columns):
        values = {column.name: _cell(column, value) for column, value in zip(COLUMNS, row, strict=True)}
        yield separator + json.dumps(values, ensure_ascii=False)
        separator = between
    yield end if separator == between else begin + (end if lines else "]\n")


def _cell(column: Column, value: Json) -> Json:
    if value is None:
        return None
    match column.kind:
        case "time":
            return time_text(value)
        case "texts":
            return list(value)
        case "float":
            return value if abs(value) < float("inf") else None  # what is no number is unknown
        case _:
            return value


def read_table(path: Path, form: Literal["csv", "json"]) -> dict[str, list[Json]]:
    """Read the messages of a CSV or JSON file, every column of `COLUMNS`; see `rows.stored_columns`.

    Raises:
        ForeignFile: it holds no messages, or is not of that form.
        FileError: there is no such file, or the operating system does not let us read it.
    """
    with open_to_read(path, lambda path, what: _foreign(path, f"it is {what}")) as source:
        data = source.read()
    try:
        columns = stored_columns(_read_csv(data) if form == "csv" else _read_json(data))
        check(columns)
    except UsageError as error:
        raise refused(path, error) from error
    except InvalidContent as error:
        raise _foreign(path, str(error)) from error
    return columns


def refused(path: Path, error: UsageError) -> ForeignFile:
    """Return the error for a file whose messages cannot be those of a session, as `error` says."""
    return _foreign(path, error.what[0].lower() + error.what[1:].rstrip("."), error.remedy)


def _foreign(path: Path, why: str, remedy: str = "") -> ForeignFile:
    return ForeignFile(
        path, f"{path.name} is no table of messages: {why}.", remedy or "Choose a file of messages, or mend this one."
    )


def _read_csv(data: bytes) -> dict[str, list[str | None]]:
    """Return the columns of a CSV file; what is empty and not in quotes is null.

    Raises:
        InvalidContent: it is none.
    """
    import pyarrow as pa
    from pyarrow import csv as arrow_csv

    text = _decoded(data)
    if text.count('"') % 2:
        raise InvalidContent("a text in quotes has no end: it is cut off, or is no CSV")
    names = next(csv.reader(io.StringIO(text, newline="")), [])
    if len(set(names)) != len(names):
        raise InvalidContent("two columns have one name")
    try:
        table = arrow_csv.read_csv(
            io.BytesIO(data + b"\n"),  # the last line may lack its end
            read_options=arrow_csv.ReadOptions(block_size=min(len(data) + 2, _LARGEST_BLOCK)),
            parse_options=arrow_csv.ParseOptions(newlines_in_values=True),
            convert_options=arrow_csv.ConvertOptions(
                column_types=dict.fromkeys(names, pa.string()),
                null_values=[""],
                strings_can_be_null=True,
                quoted_strings_can_be_null=False,
            ),
        )
    except pa.ArrowInvalid as error:
        raise InvalidContent(f"it is not CSV ({str(error).removeprefix('CSV parse error: ')[:200]})") from error
    return {name: table.column(name).to_pylist() for name in names}


def _read_json(data: bytes) -> dict[str, list[Any]]:
    """Return the columns of the objects of a JSON array, or of lines of JSON.

    Raises:
        InvalidContent: they are none.
    """
    text = _decoded(data)
    if text.lstrip().startswith("["):
        values = _parsed(text, "it")
    else:
        lines = ((number, line) for number, line in enumerate(text.split("\n"), 1) if line.strip())
        values = [_parsed(line, f"line {number}") for number, line in lines]
    for number, value in enumerate(values, 1):
        if not isinstance(value, dict):
            raise InvalidContent(f"number {number} of its values is no object")
    return table_of(values) if values else {"role": [], "content": []}


def _parsed(text: str, what: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise InvalidContent(f"{what} is not JSON ({error})") from error


def _decoded(data: bytes) -> str:
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InvalidContent("it is not UTF-8 text") from error
