"""A session's file, read in a process of its own while this one loads what it shows the session with.

Loading pyarrow and reading with it holds the interpreter, so a thread would win nothing by it.
"""

from __future__ import annotations

import marshal
import os
import sys
import threading
from itertools import chain
from typing import TYPE_CHECKING, NamedTuple

from lion_tui.storage.atomic import Identity

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterable
    from pathlib import Path

    from lion_tui.core.message import Json


class NotRead(Exception):
    """The file was not read to its end, or it is another by now: it is to be read anew."""


class _Reading(NamedTuple):
    path: Path
    process: int
    result: int
    """The file in memory that the process puts what it read into, part by part."""
    news: int
    """The pipe that it says the size of each part into, once it is there."""


_SIZE = 8
_under_way: list[_Reading] = []


def begin(path: Path, read: Callable[[Path], Iterable[Json]]) -> None:
    """Let a process of its own read the file at `path`; where that is not to be had, nothing happens.

    Args:
        path: The file.
        read: Reads it, and yields plain values. The process gets everything that is loaded by now.
    """
    # A process that is forked has the thread that forked it and no other, whatever those were about to do.
    if sys.platform != "linux" or _under_way or threading.active_count() > 1:
        return
    open_: list[int] = []
    try:
        open_ += (os.memfd_create("lion-tui-session"), *os.pipe())
        process = os.fork()
    except OSError:  # what is not read ahead is read when it is needed
        for each in open_:
            os.close(each)
        return
    result, news, tell = open_
    if process:
        os.close(tell)
        _under_way.append(_Reading(path, process, result, news))
        return
    status = 1  # whatever goes wrong here goes wrong again in who reads the file itself, and is reported there
    # pyarrow can do without, and loads in half of the time; nothing here needs it.
    sys.modules["numpy"] = None  # type: ignore[assignment]  # how Python says that it cannot be loaded
    try:
        known = Identity.at(path)
        if known is not None:
            with open(result, "wb") as sink:  # noqa: PTH123 - a descriptor has no path
                for part in chain([tuple(known)], read(path)):
                    # Only this program of this version reads it, a moment later: the fastest format will do.
                    size = sink.write(marshal.dumps(part))
                    sink.flush()
                    os.write(tell, size.to_bytes(_SIZE, "little"))
            status = 0
    finally:
        os._exit(status)


def take(path: Path) -> Generator[Json] | None:
    """Yield what was read ahead of the file at `path`, as it comes; None if nothing was.

    Raises:
        NotRead: at the end, all that came is to be forgotten.
    """
    return _parts(_under_way.pop(), path) if _under_way else None


def _parts(reading: _Reading, path: Path) -> Generator[Json]:
    known, at, waited = None, 0, False
    try:
        while reading.path == path and (size := os.read(reading.news, _SIZE)):
            part = os.pread(reading.result, int.from_bytes(size, "little"), at)
            at += len(part)
            plain = marshal.loads(part)  # noqa: S302 - written by this program, a moment ago
            if known is None:
                known = plain
            else:
                yield plain
        waited, (_, status) = True, os.waitpid(reading.process, 0)
        if status or reading.path != path or Identity.at(path) != known:
            raise NotRead
    finally:
        os.close(reading.news)
        os.close(reading.result)
        if not waited:
            os.waitpid(reading.process, 0)
