"""One writer a session: an operating system's lock on a file beside it, which a crash releases."""

from __future__ import annotations

import contextlib
import json
import os
import platform
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from lion_tui.core.errors import FileLocked
from lion_tui.storage.atomic import save_failed

if TYPE_CHECKING:
    from filelock import BaseFileLock

_MAX_HOLDER = 4096


class WriterLock:
    """The lock on `NAME.lock`; who holds it stands in it as JSON (`pid`, `host`).

    The session file itself is never locked: each save renames another file over it.
    """

    def __init__(self, session: Path) -> None:
        """Take the lock.

        Raises:
            FileLocked: another program, or another part of this one, holds it.
            SaveFailed: the folder takes no lock file.
        """
        from filelock import FileLock, Timeout

        # Two names of one file share one lock.
        self._path = lock_of(session)
        try:
            self._path.parent.stat()  # filelock would make a folder that is missing
            # A lock that only exists as a file would outlive a crash: better none than that.
            self._lock: BaseFileLock = FileLock(
                self._path, blocking=False, thread_local=False, fallback_to_soft=False, on_acquired=_sign
            )
            self._lock.acquire()
        except Timeout as error:
            raise FileLocked(
                session,
                f"{session.name} is open for writing in {_named(self._path)}.",
                "Close it there, or open it for reading only.",
            ) from error
        except OSError as error:
            raise save_failed(session, error) from error

    def release(self) -> None:
        """Release the lock and remove its file; a second call does nothing."""
        if self._lock.is_locked:
            # While the lock is held: whoever waits for this very file sees that it has no name any more and tries anew.
            with contextlib.suppress(OSError):  # a file that stays behind locks nothing
                self._path.unlink()
            self._lock.release()


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
