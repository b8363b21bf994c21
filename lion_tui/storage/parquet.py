"""The session file as Parquet: one row per message, and a header in the footer.

The columns are those of `COLUMNS`, compressed with zstd, in row groups of 10,000 rows whose pages carry a CRC. The
header is sealed JSON (see `checksums`) under the key `lion_tui` of the file's key-value metadata:

- `format`: the version of this layout;
- `row_groups`: for each row group the number of its `rows` and the checksums of its `narrow` and its `wide` columns
  (`Column.wide`), so that a reader can trust either without reading the other;
- `summary`: what a list of sessions says of it, so that nothing else need be read for that (`core.summary`);
- `session`: everything about the session that is not a message.
"""

from __future__ import annotations

import json
import re
from dataclasses import asdict
from functools import cached_property
from itertools import chain, repeat
from typing import TYPE_CHECKING, Any, BinaryIO, NamedTuple

from lion_tui.core.errors import DamagedFile, SaveFailed
from lion_tui.core.message import COLUMNS
from lion_tui.core.snapshot import FORMAT_VERSION, Snapshot
from lion_tui.core.summary import summarize
from lion_tui.storage.arrays import TextColumn, as_read, to_arrow, to_values
from lion_tui.storage.checksums import columns_checksum, seal, unseal
from lion_tui.storage.problems import InvalidContent, check_version, foreign, reading
from lion_tui.storage.row_groups import NARROW, WIDE, Content, Group, checked, decode, values_of
from lion_tui.storage.validate import check_content, check_values

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    import pyarrow as pa

    from lion_tui.core.message import Column, Json

KEY = b"lion_tui"
ROW_GROUP = 10_000
CHUNK = 1_000
"""Values turned into Arrow in one go: the interpreter's lock is held for that long."""

MAX_HEADER = 64 * 2**20
"""Bytes of header; the footer of a file with a header of about 100 MB cannot be read by common readers."""

_CHECKSUMS = re.compile(rb'"narrow":"([0-9a-f]{64})","wide":"([0-9a-f]{64})"')


class RowGroup(NamedTuple):
    """What the header says about one row group."""

    rows: int
    narrow: str
    wide: str


def schema() -> pa.Schema:
    """Return the Arrow schema of the file."""
    import pyarrow as pa

    text = pa.string()
    types: dict[str, pa.DataType] = {
        "text": text,
        "texts": pa.list_(pa.field("element", text, nullable=False)),
        "json": text,
        "time": pa.timestamp("us", "UTC"),
        "int": pa.int64(),
        "float": pa.float64(),
    }
    return pa.schema([pa.field(column.name, types[column.kind], nullable=not column.required) for column in COLUMNS])


def write(sink: BinaryIO, snapshot: Snapshot, path: Path) -> None:
    """Write `snapshot`, whose columns have been checked, to `sink`; `path` is what errors name.

    Raises:
        SaveFailed: the header is too large.
        ValueError: the header is not JSON, or text is not Unicode scalar text.
        TypeError: likewise.
        RecursionError: likewise.
        OSError: the operating system refused.
    """
    import pyarrow.parquet as pq

    groups: list[RowGroup] = []
    with pq.ParquetWriter(
        sink,
        schema(),
        compression="zstd",
        # For ids and times a dictionary is a loss.
        use_dictionary=[column.name for column in COLUMNS if column.repeats],  # type: ignore[arg-type]  # the stubs know only all or none
        write_statistics=[column.name for column in NARROW],
        write_page_checksum=True,
        store_schema=False,
    ) as writer:
        for table in _tables(snapshot.columns):
            groups.append(RowGroup(table.num_rows, _checksum(table, NARROW), _checksum(table, WIDE)))
            writer.write_table(table, row_group_size=ROW_GROUP)
        header = seal(
            {
                "format": FORMAT_VERSION,
                "row_groups": [group._asdict() for group in groups],
                "summary": asdict(summarize(snapshot.columns)),
                "session": dict(snapshot.header),
            }
        )
        if len(header) > MAX_HEADER:
            raise SaveFailed(
                path,
                f"The header of {path.name} would take {len(header) >> 20} MB, and {MAX_HEADER >> 20} MB is the most.",
                "Shorten the notes, drafts and queued prompts of the session.",
            )
        writer.add_key_value_metadata({KEY.decode(): header.decode()})


def _tables(columns: Mapping[str, Sequence[Json]]) -> Iterator[pa.Table]:
    """Yield one table for each row group, made of small chunks."""
    import pyarrow as pa

    fields = schema()
    rows = len(columns["node_id"])
    for start in range(0, rows, ROW_GROUP):
        stop = min(start + ROW_GROUP, rows)
        yield pa.table(
            [
                pa.chunked_array([*_chunks(columns[column.name], column, field.type, start, stop)], field.type)
                for column, field in zip(COLUMNS, fields, strict=True)
            ],
            schema=fields,
        )


def _chunks(
    values: Sequence[Json], column: Column, type_: pa.DataType, start: int, stop: int
) -> Iterator[pa.Array[Any]]:
    """Yield Arrow arrays of the values from `start` to `stop`; texts that are as they were read are still that."""
    for at in range(start, stop, CHUNK):
        end = min(at + CHUNK, stop)
        read = as_read(values, at, end)
        yield from read if read is not None else [to_arrow(values[at:end], column.kind, type_)]


def _checksum(table: pa.Table, columns: Sequence[Column]) -> str:
    return columns_checksum((column.name, table.column(column.name).chunks) for column in columns)


class ParquetReader:
    """A session file, open for reading: its columns by row group, narrow and wide ones apart.

    Attributes:
        groups: What the header says about each row group.
    """

    def __init__(self, source: BinaryIO, path: Path, *, without_header: bool = False) -> None:
        """Read the footer of `source`.

        Args:
            source: The file.
            path: What errors name.
            without_header: Whether the header is damaged, and not to be asked for. The checksums are looked for in what
                is left of it: a row group whose content has one that is found is as it was written.

        Raises:
            ForeignFile: it is not a session.
            NewerFile: a later version wrote it.
            DamagedFile: it is not as it was written.
        """
        import pyarrow.parquet as pq

        self._path = path
        with reading(path):
            # Without threads of Arrow's, here and below: a program that ends soon after, as most commands do, is
            # aborted by those that are just being made.
            self._file = pq.ParquetFile(source, page_checksum_verification=True, pre_buffer=False)
            metadata = self._file.metadata
            sealed = (metadata.metadata or {}).get(KEY)
            if sealed is None:
                raise foreign(path, "a Parquet file without the header of one")
            rows = [metadata.row_group(at).num_rows for at in range(metadata.num_row_groups)]
            if without_header:
                found = chain(_CHECKSUMS.findall(sealed), repeat((b"", b"")))
                self.groups = [
                    RowGroup(count, narrow.decode(), wide.decode())
                    for count, (narrow, wide) in zip(rows, found, strict=False)
                ]
            else:
                header = unseal(sealed)
                check_version(path, json.loads(header["format"]))
                self.groups = [RowGroup(**group) for group in json.loads(header["row_groups"])]
                self._session = header["session"]
            if rows != [group.rows for group in self.groups]:
                raise InvalidContent("its messages are not as many as were written")
            if not self._file.schema_arrow.remove_metadata().equals(schema()):
                raise InvalidContent("its columns are not those of a session")

    @cached_property
    def header(self) -> dict[str, Json]:
        """The session's header; decoded when it is asked for, since a large one takes its time.

        Raises:
            DamagedFile: it is not a JSON object.
        """
        with reading(self._path):
            return dict(json.loads(self._session))

    def narrow(self, group: int) -> dict[str, list[Json]]:
        """Return the narrow columns of one row group.

        Raises:
            DamagedFile: they are not as they were written.
        """
        arrays = self.arrays(group)
        with reading(self._path):
            return {column.name: checked(arrays[column.name], column) for column in NARROW}

    def arrays(self, group: int) -> dict[str, list[Any]]:
        """Return the Arrow arrays of the narrow columns of one row group.

        Raises:
            DamagedFile: they are not as they were written.
        """
        with reading(self._path):
            table = self._table(group, NARROW, self.groups[group].narrow)
            return {column.name: table.column(column.name).chunks for column in NARROW}

    def wide(self, group: int, texts: Mapping[str, TextColumn]) -> None:
        """Add the columns of one row group that hold text of any length to `texts`, where they become text when read.

        Raises:
            DamagedFile: they are not as they were written.
        """
        with reading(self._path):
            table = self._table(group, WIDE, self.groups[group].wide)
            for column in WIDE:
                for chunk in table.column(column.name).chunks:
                    if column.kind == "json" and chunk.null_count < len(chunk):
                        check_content(column, set(to_values(chunk, column.kind)) - {None})
                    texts[column.name].add(chunk)

    def group(self, group: int) -> Group:
        """Return one row group.

        Raises:
            DamagedFile: it is not as it was written.
        """
        narrow, texts = self.arrays(group), {column.name: TextColumn() for column in WIDE}
        self.wide(group, texts)
        return Group(narrow, texts)

    def intact(self, group: int) -> tuple[dict[str, list[Json]], list[str]]:
        """Return those narrow columns of one row group whose pages can be read, and the names of the others.

        Each page carries a checksum of its own; nothing vouches for the columns as a whole.
        """
        kept: dict[str, list[Json]] = {}
        lost = []
        for column in NARROW:
            try:
                with reading(self._path):
                    table = self._file.read_row_group(group, [column.name], use_threads=False)
                    values = values_of(table.column(column.name).chunks, column)
                    check_values(column, values)
                    if len(values) != self.groups[group].rows:
                        raise InvalidContent("its messages are not as many as were written")
                kept[column.name] = values
            except DamagedFile:
                lost.append(column.name)
        return kept, lost

    def verify(self) -> None:
        """Read everything and compare it with its checksums.

        Raises:
            DamagedFile: something is not as it was written.
        """
        with reading(self._path):
            for at, group in enumerate(self.groups):
                self._table(at, NARROW, group.narrow)
                self._table(at, WIDE, group.wide)

    def _table(self, group: int, columns: Sequence[Column], checksum: str) -> pa.Table:
        table = self._file.read_row_group(group, [column.name for column in columns], use_threads=False)
        if table.num_rows != self.groups[group].rows or _checksum(table, columns) != checksum:
            raise InvalidContent("its messages are not as they were written")
        return table


def load(source: BinaryIO, path: Path) -> Content:
    """Begin to read the whole session from `source`; `path` is what errors name.

    Raises:
        ForeignFile: it is not a session.
        NewerFile: a later version wrote it.
        DamagedFile: it is not as it was written; also when a row group is asked for.
    """
    reader = ParquetReader(source, path)
    return Content(reader.header, map(reader.group, range(len(reader.groups))))


def read(source: BinaryIO, path: Path) -> Snapshot:
    """Read the whole session from `source`; `path` is what errors name.

    Raises:
        ForeignFile: it is not a session.
        NewerFile: a later version wrote it.
        DamagedFile: it is not as it was written.
    """
    import pyarrow as pa

    found = decode(load(source, path), path)
    pa.default_memory_pool().release_unused()
    return found


def verify(source: BinaryIO, path: Path) -> None:
    """Check that all of `source` can be read back.

    Raises:
        FileError: it cannot.
    """
    ParquetReader(source, path).verify()
