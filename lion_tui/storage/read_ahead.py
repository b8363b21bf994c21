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

from lion_tui.storage.atomic import Identity

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from lion_tui.core.message import Json


class _Reading(NamedTuple):
    path: Path
    process: int
    result: int
    """The file in memory that the process puts what it read into."""


_under_way: list[_Reading] = []


def begin(path: Path, read: Callable[[Path], Json]) -> None:
    """Let a process of its own read the file at `path`; where that is not to be had, nothing happens.

    Args:
        path: The file.
        read: Reads it, and returns plain values. The process gets everything that is loaded by now.
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
            # Only this program of this version reads it, a moment later: the fastest format will do.
            with open(result, "wb") as sink:  # noqa: PTH123 - a descriptor has no path
                sink.write(marshal.dumps((tuple(known), read(path))))
            status = 0
    finally:
        os._exit(status)


def take(path: Path) -> Json:
    """Return what was read ahead of the file at `path`; None if nothing was, or the file is another by now."""
    if not _under_way:
        return None
    reading = _under_way.pop()
    try:
        _, status = os.waitpid(reading.process, 0)
        if status or reading.path != path:
            return None
        with mmap.mmap(reading.result, 0, access=mmap.ACCESS_READ) as content:
            known, read = marshal.loads(content)  # noqa: S302 - written by this program, a moment ago
    finally:
        os.close(reading.result)
    return read if Identity.at(path) == known else None
