"""The session file itself, without its journal: its format chosen, read and written whole."""

from __future__ import annotations

from contextlib import closing, suppress
from typing import TYPE_CHECKING, BinaryIO, Literal

from lion_tui.core.errors import UsageError
from lion_tui.core.snapshot import Snapshot
from lion_tui.storage import read_ahead
from lion_tui.storage.atomic import replace
from lion_tui.storage.problems import InvalidContent, foreign, how_to_import
from lion_tui.storage.reading import open_to_read

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from lion_tui.core.message import Json
    from lion_tui.storage.atomic import Identity

_MAGIC = b"PAR1"


def read_whole(path: Path) -> Snapshot:
    """Read the file at `path`, unless `begin_reading` has; its content says whether it is Parquet or TOML.

    Raises:
        FileError: it cannot be read, is no session, is damaged, or was written by a later version.
    """
    if plain := read_ahead.take(path):
        with closing(plain), suppress(read_ahead.NotRead):
            found = _of_plain(path, plain)
            if next(plain, None) is None:  # only the end tells that all went well
                return found
    with open_to_read(path) as source:
        return _read(source, path)


def begin_reading(path: Path) -> None:
    """Have the file at `path` read in another process, where that can be, for the next `read_whole`."""
    read_ahead.begin(path, _read_plain)


def _read_plain(path: Path) -> Iterator[Json]:
    """Yield whether a file is Parquet, and what it holds, as plain values."""
    from lion_tui.storage import parquet, row_groups, toml

    with open_to_read(path) as source:
        if is_parquet(source, path):
            yield True
            yield from row_groups.pack(parquet.load(source, path))
        else:
            read = toml.read(source, path)
            yield from (False, dict(read.header), dict(read.columns))


def _of_plain(path: Path, plain: Iterator[Json]) -> Snapshot:
    from lion_tui.storage import row_groups

    return row_groups.decode(row_groups.unpack(plain), path) if next(plain) else Snapshot(next(plain), next(plain))


def _read(source: BinaryIO, path: Path) -> Snapshot:
    from lion_tui.storage import parquet, toml

    return parquet.read(source, path) if is_parquet(source, path) else toml.read(source, path)


def is_parquet(source: BinaryIO, path: Path) -> bool:
    """Tell whether a session file is Parquet, and not TOML: by its beginning, or by its name."""
    begins = source.read(len(_MAGIC)) == _MAGIC
    source.seek(0)
    return begins or path.suffix.lower() == ".parquet"


def format_of(path: Path) -> Literal["parquet", "toml"]:
    """Return the format of the session file at `path`.

    Raises:
        FileError: it cannot be read.
    """
    with open_to_read(path) as source:
        return "parquet" if is_parquet(source, path) else "toml"


def check_extension(path: Path) -> None:
    """Refuse a name that does not say how to save a session.

    Raises:
        ForeignFile: it is a folder's.
        UsageError: it ends otherwise.
    """
    if path.suffix.lower() in {".parquet", ".toml"}:
        return
    if path.is_dir():
        raise foreign(path, "a folder")
    remedy = "Let it end in .parquet or .toml."
    if path.is_file():
        remedy += f" What another program exported: {how_to_import(path)}."
    raise UsageError(f"The name {path.name} does not say how to save the session.", remedy)


def write_whole(path: Path, snapshot: Snapshot, before_rename: Callable[[Identity], None]) -> None:
    """Make the file at `path` hold `snapshot`, durably; see `atomic.replace`.

    Raises:
        UsageError: the snapshot holds what a session cannot.
        SaveFailed: the operating system refused; the file is as it was.
    """
    from lion_tui.storage import parquet, toml
    from lion_tui.storage.validate import check

    try:
        check(snapshot.columns)
    except InvalidContent as error:
        raise UsageError(f"The session cannot be saved: {error}.", "Correct that value.") from error

    def put(sink: BinaryIO) -> None:
        # These are the snapshot's fault; an OSError is the file's, and passes.
        try:
            if path.suffix.lower() == ".toml":
                toml.write(sink, snapshot)
            else:
                parquet.write(sink, snapshot, path)
        except (ValueError, TypeError, RecursionError) as error:
            raise UsageError(
                f"The session cannot be saved: something in it is neither JSON nor Unicode text ({error}).",
                "Correct that value.",
            ) from error

    def verify(source: BinaryIO) -> None:
        if path.suffix.lower() == ".toml":
            toml.read(source, path)
        else:
            parquet.verify(source, path)

    replace(path, put, verify, before_rename)
