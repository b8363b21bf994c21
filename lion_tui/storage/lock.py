"""One writer a session: an operating system's lock on a file beside it, which a crash releases."""

from __future__ import annotations

import contextlib
import json
import os
import platform
from pathlib import Path
from typing import TYPE_CHECKING

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
        target = Path(os.path.realpath(session))
        self._path = target.with_name(target.name + ".lock")
        try:
            target.parent.stat()  # filelock would make a folder that is missing
            # A lock that only exists as a file would outlive a crash: better none than that.
            self._lock: BaseFileLock = FileLock(
                self._path, blocking=False, thread_local=False, fallback_to_soft=False, on_acquired=_sign
            )
            self._lock.acquire()
        except Timeout as error:
            raise FileLocked(
                session,
                f"{session.name} is open for writing in {_holder(self._path)}.",
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


def _holder(path: Path) -> str:
    """Say who holds the lock."""
    try:
        with path.open("rb") as file:
            holder = json.loads(file.read(_MAX_HOLDER))
        return f"process {int(holder['pid'])} on {str(holder['host'])!r}"
    except (OSError, ValueError, TypeError, KeyError):
        return "another program"  # it has the lock and has not signed yet, or has just let go
