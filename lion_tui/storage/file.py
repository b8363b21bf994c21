"""The session file: its format chosen, read, written whole, and held open by one writer."""

from __future__ import annotations

import stat
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from lion_tui.core.errors import FileError, ReadOnlySession, SaveFailed, UsageError
from lion_tui.storage import parquet, toml
from lion_tui.storage.atomic import Identity, remove_stale, replace
from lion_tui.storage.lock import WriterLock
from lion_tui.storage.problems import InvalidContent, foreign
from lion_tui.storage.validate import check

if TYPE_CHECKING:
    import os
    from collections.abc import Callable
    from typing import Self

    from lion_tui.core.snapshot import Snapshot

_MAGIC = b"PAR1"


def read(path: str | os.PathLike[str]) -> Snapshot:
    """Read a whole session; its content says whether it is Parquet or TOML.

    Raises:
        ForeignFile: it is not a session.
        DamagedFile: it is one, and not as it was written.
        NewerFile: a later version wrote it.
        FileError: there is no such file, or the operating system does not let us read it.
    """
    path = Path(path)
    try:
        status = path.stat()
        if not stat.S_ISREG(status.st_mode):  # before it is opened: a pipe would wait for its other end
            raise foreign(path, "a folder" if stat.S_ISDIR(status.st_mode) else "not a regular file")
        if not status.st_size:
            raise foreign(path, "an empty file")
        with path.open("rb") as source:
            return _read(source, path)
    except FileNotFoundError as error:
        folder = path.absolute().parent
        raise FileError(path, f"There is no file {path.name} in {folder}.", "Check its name.") from error
    except OSError as error:
        raise FileError(
            path, f"{path.name} cannot be read ({error.strerror or error}).", "Check its permissions and the disk."
        ) from error


def _read(source: BinaryIO, path: Path) -> Snapshot:
    return parquet.read(source, path) if is_parquet(source, path) else toml.read(source, path)


def is_parquet(source: BinaryIO, path: Path) -> bool:
    """Tell whether a session file is Parquet, and not TOML: by its beginning, or by its name."""
    begins = source.read(len(_MAGIC)) == _MAGIC
    source.seek(0)
    return begins or path.suffix.lower() == ".parquet"


def write(path: str | os.PathLike[str], snapshot: Snapshot) -> None:
    """Make the file at `path` hold `snapshot`, durably: Parquet or TOML, as its extension says.

    Raises:
        UsageError: the extension is another one, or the snapshot holds what a session cannot.
        FileLocked: the file is open for writing, in another program or in this one.
        SaveFailed: the operating system refused; the file is as it was.
    """
    path = Path(path)
    _check_extension(path)
    lock = WriterLock(path)
    try:
        _write(path, snapshot, lambda _: None)
    finally:
        lock.release()


def _check_extension(path: Path) -> None:
    if path.suffix.lower() not in {".parquet", ".toml"}:
        raise UsageError(
            f"The name {path.name} does not say how to save the session.", "Let it end in .parquet or .toml."
        )


def _write(path: Path, snapshot: Snapshot, before_rename: Callable[[Identity], None]) -> None:
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


class SessionFile:
    """A session's file, held open by at most one writer; a `core.snapshot.Store`.

    Every method blocks and may be called from a thread, one call at a time.
    """

    def __init__(self, path: Path, lock: WriterLock | None, known: Identity | None) -> None:
        """Make the store; `open` is how to get one.

        Args:
            path: The file.
            lock: The lock on it, or None to read only.
            known: What the file was when it was read, or None if it did not exist.
        """
        self._path = path
        self._lock = lock
        self._known = {known}

    @classmethod
    def open(cls, path: str | os.PathLike[str], *, write: bool) -> tuple[Self, Snapshot | None]:
        """Open the session at `path` and read it.

        Args:
            path: The file.
            write: Whether to take the lock; only then a file that does not exist yet can be opened, and the first
                save makes it.

        Returns:
            The store, and the session, or None if there is no file yet.

        Raises:
            UsageError: it is to be written and its extension is neither .parquet nor .toml.
            FileLocked: another program has it open for writing.
            SaveFailed: the folder takes no lock file.
            FileError: as `read`.
        """
        path = Path(path)
        if not write:
            return cls(path, None, None), read(path)
        _check_extension(path)
        lock = WriterLock(path)
        try:
            remove_stale(path)
            # Taken before the file is read: a change while we read is found at the next save.
            known = Identity.at(path)
            return cls(path, lock, known), None if known is None else read(path)
        except BaseException:
            lock.release()
            raise

    @property
    def path(self) -> Path:
        """The file."""
        return self._path

    def save(self, snapshot: Snapshot) -> None:
        """Make the file hold `snapshot`, durably.

        Raises:
            ReadOnlySession: it was opened for reading only, or is closed.
            UsageError: the snapshot holds what a session cannot.
            SaveFailed: the operating system refused, or another program changed the file; it is as it was.
        """
        if self._lock is None:
            raise ReadOnlySession(
                self._path, f"{self._path.name} is open for reading only.", "Save the session under another name."
            )
        _write(self._path, snapshot, self._check_unchanged)

    def _check_unchanged(self, next_identity: Identity) -> None:
        """Refuse to overwrite what another program wrote; a file that is gone is made again."""
        current = Identity.at(self._path)
        if current is not None and current not in self._known:
            raise SaveFailed(
                self._path,
                f"{self._path.name} was changed by another program since it was opened or last saved.",
                "Save the session under another name to keep both.",
            )
        # Both, since what comes after this may fail before or after the rename.
        self._known = {current, next_identity}

    def close(self) -> None:
        """Release the lock; a second call does nothing."""
        if self._lock is not None:
            self._lock.release()
            self._lock = None
