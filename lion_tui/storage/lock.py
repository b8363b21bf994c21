"""One writer a session: an operating system's lock on a file beside it, which a crash releases."""

from __future__ import annotations

import contextlib
import json
import os
import platform
import sys
import weakref
from pathlib import Path
from typing import NamedTuple

from lion_tui.core.errors import FileLocked
from lion_tui.storage.atomic import save_failed

_MAX_HOLDER = 4096


class WriterLock:
    """The lock on `NAME.lock`; who holds it stands in it as JSON (`pid`, `host`).

    The session file itself is never locked: each save renames another file over it. A lock that nobody refers to any
    more is released.
    """

    def __init__(self, session: Path) -> None:
        """Take the lock.

        Raises:
            FileLocked: another program, or another part of this one, holds it.
            SaveFailed: the folder takes no lock file.
        """
        # Two names of one file share one lock.
        self._path = lock_of(session)
        try:
            descriptor = _locked(self._path)
        except BlockingIOError as error:
            raise FileLocked(
                session,
                f"{session.name} is open for writing in {_named(self._path)}.",
                "Close it there, or open it for reading only.",
            ) from error
        except OSError as error:
            raise save_failed(session, error) from error
        self._close = weakref.finalize(self, os.close, descriptor)
        self._close.atexit = False  # the end of the program releases it by itself

    def release(self) -> None:
        """Release the lock and remove its file; a second call does nothing."""
        if self._close.alive:
            # While the lock is held: whoever waits for this very file sees that it has no name any more and tries anew.
            with contextlib.suppress(OSError):  # a file that stays behind locks nothing
                self._path.unlink()
            self._close()


def _locked(path: Path) -> int:
    """Return the descriptor of a lock's file, which is held and signed.

    Raises:
        BlockingIOError: another one holds it.
        OSError: the folder takes no such file, or its file system no locks.
    """
    while True:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0), 0o644)
        try:
            _hold(descriptor)
            if os.fstat(descriptor).st_nlink:
                _sign(descriptor)
                return descriptor
        except BaseException:
            os.close(descriptor)
            raise
        os.close(descriptor)  # who held it has removed this very file


if sys.platform == "win32":
    import msvcrt

    _FAR = 1 << 30
    """Where a byte is locked: nobody can read what is."""

    def _hold(descriptor: int) -> None:
        os.lseek(descriptor, _FAR, os.SEEK_SET)
        try:
            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        except PermissionError as error:
            raise BlockingIOError from error

else:
    import fcntl

    def _hold(descriptor: int) -> None:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)


def _sign(descriptor: int) -> None:
    holder = json.dumps({"pid": os.getpid(), "host": platform.node()})
    os.ftruncate(descriptor, 0)
    os.lseek(descriptor, 0, os.SEEK_SET)
    os.write(descriptor, holder.encode() + b"\n")


class Holder(NamedTuple):
    """Who signed a lock."""

    pid: int
    host: str


def lock_of(session: Path) -> Path:
    """Return the path of a session file's lock; two names of one file share one."""
    target = Path(os.path.realpath(session))
    return target.with_name(f"{target.name}.lock")


def holder_of(lock: Path) -> Holder | None:
    """Return who holds the lock at `lock`, as far as can be seen without trying it; None if nobody does.

    To try it would keep it, for a moment, from who wants to have it. A process of another machine is taken to be alive.
    """
    holder = _signed(lock)
    if holder is None or (holder.host == platform.node() and not _lives(holder.pid)):
        return None
    return holder


def _lives(pid: int) -> bool:
    if os.name == "nt":  # a signal 0 is Ctrl+C there; while its file is open it cannot be removed, so it is in use
        return True
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except (PermissionError, OverflowError):
        return True
    return True


def _signed(path: Path) -> Holder | None:
    """Return who signed the lock; None if nobody did."""
    try:
        with path.open("rb") as file:
            holder = json.loads(file.read(_MAX_HOLDER))
        return Holder(int(holder["pid"]), str(holder["host"]))
    except (OSError, ValueError, TypeError, KeyError):
        return None  # it was not signed yet, or was just let go


def _named(path: Path) -> str:
    """Say who holds the lock."""
    holder = _signed(path)
    return f"process {holder.pid} on {holder.host!r}" if holder else "another program"
