"""A session's file, read in a process of its own while this one loads what it shows the session with.

Loading pyarrow and reading with it holds the interpreter, so a thread would win nothing by it.
"""

from __future__ import annotations

import marshal
import mmap
import os
import sys
import threading
from typing import TYPE_CHECKING, NamedTuple

from lion_tui.core.message import COLUMNS
from lion_tui.core.snapshot import Snapshot
from lion_tui.storage.atomic import Identity

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


class _Reading(NamedTuple):
    path: Path
    process: int
    result: int
    """The file in memory that the process puts what it read into."""


_under_way: list[_Reading] = []


def begin(path: Path, read: Callable[[Path], Snapshot]) -> None:
    """Let a process of its own read the file at `path`; where that is not to be had, nothing happens.

    Args:
        path: The file.
        read: Reads it. The process gets everything that is loaded by now.
    """
    # A process that is forked has the thread that forked it and no other, whatever those were about to do.
    if sys.platform != "linux" or _under_way or threading.active_count() > 1:
        return
    try:
        result = os.memfd_create("lion-tui-session")
    except OSError:  # what is not read ahead is read when it is needed
        return
    try:
        process = os.fork()
    except OSError:
        os.close(result)
        return
    if process:
        _under_way.append(_Reading(path, process, result))
        return
    status = 1  # whatever goes wrong here goes wrong again in who reads the file itself, and is reported there
    # pyarrow can do without, and loads in half of the time; nothing here needs it.
    sys.modules["numpy"] = None  # type: ignore[assignment]  # how Python says that it cannot be loaded
    try:
        known = Identity.at(path)
        if known is not None:
            _put(result, known, read(path))
            status = 0
    finally:
        os._exit(status)


def take(path: Path) -> Snapshot | None:
    """Return what was read ahead of the file at `path`; None if nothing was, or the file is another by now."""
    if not _under_way:
        return None
    reading = _under_way.pop()
    try:
        _, status = os.waitpid(reading.process, 0)
        if status or reading.path != path:
            return None
        with mmap.mmap(reading.result, 0, access=mmap.ACCESS_READ) as content:
            known, header, columns, texts = marshal.loads(content)  # noqa: S302 - written by this program, a moment ago
    finally:
        os.close(reading.result)
    if Identity.at(path) != known:
        return None
    from lion_tui.storage.arrays import TextColumn

    columns |= {name: TextColumn(parts) for name, parts in texts.items()}
    return Snapshot(header, {column.name: columns[column.name] for column in COLUMNS})


def _put(result: int, known: Identity, snapshot: Snapshot) -> None:
    from lion_tui.storage.arrays import TextColumn

    texts = {name: column.parts for name, column in snapshot.columns.items() if isinstance(column, TextColumn)}
    columns = {name: column for name, column in snapshot.columns.items() if name not in texts}
    # Only this program of this version reads it, a moment later: the fastest format will do.
    with open(result, "wb") as sink:
        sink.write(marshal.dumps((tuple(known), dict(snapshot.header), columns, texts)))
