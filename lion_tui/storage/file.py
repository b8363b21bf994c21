"""The session file with its journal: read, copied, and held open by one writer."""

from __future__ import annotations

import os
import shutil
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from lion_tui.core.errors import FileError, ReadOnlySession, SaveFailed, UsageError
from lion_tui.storage.atomic import Identity, remove_stale, save_failed
from lion_tui.storage.journal import Journal, journal_of, without, write_durably
from lion_tui.storage.lock import WriterLock
from lion_tui.storage.recovery import Recovery, orphans, set_aside
from lion_tui.storage.whole import check_extension, write_whole

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from typing import Self

    from lion_tui.core.message import Json
    from lion_tui.core.snapshot import Snapshot
    from lion_tui.storage.recovery import JournalFound


def read(path: str | os.PathLike[str]) -> Snapshot:
    """Read a whole session, with what its journal has; its content says whether it is Parquet or TOML.

    Raises:
        ForeignFile: it is not a session.
        DamagedFile: it is one, and not as it was written.
        NewerFile: a later version wrote it.
        FileError: there is no such file, or the operating system does not let us read it.
    """
    return Recovery(Path(path)).snapshot


def write(path: str | os.PathLike[str], snapshot: Snapshot) -> list[str]:
    """Make the file at `path` hold `snapshot`, durably: Parquet or TOML, as its extension says.

    Returns:
        What the user should know, a sentence each: a journal beside it belonged to what it held, and is set aside.

    Raises:
        UsageError: the extension is another one, or the snapshot holds what a session cannot.
        FileLocked: the file is open for writing, in another program or in this one.
        SaveFailed: the operating system refused; the file is as it was.
    """
    path = Path(path)
    check_extension(path)
    lock = WriterLock(path)
    journal, kept = journal_of(path), ""

    def leave_journal(_: Identity) -> None:
        nonlocal kept
        if os.path.lexists(journal):
            kept = set_aside(journal)

    try:
        write_whole(path, snapshot, leave_journal)
    except BaseException:
        if kept:
            with suppress(OSError):  # the error that is on its way says more
                journal.with_name(kept).rename(journal)
        raise
    finally:
        lock.release()
    return (
        [f"The journal {journal.name} belonged to what {path.name} held before; it is kept as {kept}."] if kept else []
    )


class SessionFile:
    """A session's file and its journal, held open by at most one writer; a `core.snapshot.Store`.

    Every method blocks and may be called from a thread; `append` may run beside `save`, all else one at a time.

    Attributes:
        notes: What its user should know about the journal that was found, a sentence each.
    """

    def __init__(self, path: Path, lock: WriterLock | None, known: Identity | None) -> None:
        """Make the store; `open` is how to get one.

        Args:
            path: The file.
            lock: The lock on it, or None to read only.
            known: What the file was when it was read, or None if it did not exist.
        """
        self._path = path
        self._journal_path = journal_of(path)
        self._lock = lock
        self._known = {known}
        self._journal: Journal | None = None
        self._session_id = ""
        self._base: int | None = None
        self._found: Recovery | None = None
        self.notes: list[str] = []

    @classmethod
    def open(cls, path: str | os.PathLike[str], *, write: bool) -> tuple[Self, Snapshot | None]:
        """Open the session at `path` and read it, with what its journal has.

        Args:
            path: The file.
            write: Whether to take the lock; only then a file that does not exist yet can be opened, and the first
                save makes it.

        Returns:
            The store, and the session, or None if there is no file yet.

        Raises:
            ForeignFile: it is a folder.
            UsageError: it is to be written and its extension is neither .parquet nor .toml.
            FileLocked: another program has it open for writing.
            SaveFailed: the folder takes no lock file, or something that cannot be read is in the journal's place.
            FileError: as `read`.
        """
        path = Path(path)
        if not write:
            found = Recovery(path)
            store = cls(path, None, None)
            store._found, store.notes = found, found.notes()
            return store, found.snapshot
        check_extension(path)
        lock = WriterLock(path)
        try:
            remove_stale(path)
            remove_stale(journal_of(path))
            # Taken before the file is read: a change while we read is found at the next save.
            known = Identity.at(path)
            store = cls(path, lock, known)
            return store, store._recover(is_new=known is None)
        except BaseException:
            lock.release()
            raise

    def _recover(self, *, is_new: bool) -> Snapshot | None:
        """Read the session and make its journal fit to be gone on with."""
        self._found = Recovery(self._path, is_new=is_new)
        self._adopt(self._found)
        if is_new:
            return None
        self._follow(self._found.snapshot)
        return self._found.snapshot

    def _adopt(self, found: Recovery) -> None:
        """Go on in the journal that was found, and note what is to be said of it."""
        try:
            self._journal = found.adopt()
        except OSError as error:
            raise SaveFailed(
                self._path,
                f"{self._path.name} cannot be written: its journal {self._journal_path.name} is in the way "
                f"({error.strerror or error}).",
                "Make the journal readable and writable, or open the file for reading only.",
            ) from error
        self.notes = found.notes()

    def _follow(self, snapshot: Snapshot) -> None:
        """Let the journal follow on what the file holds."""
        self._session_id = str(snapshot.header.get("session_id"))
        self._base = int(snapshot.header.get("last_op", 0))

    def leave_out(self, fitting: int) -> Snapshot:
        """Return the session that was opened with the first so many of its journal's records: the next one is unfit.

        What comes after them is kept in a file of its own.

        Raises:
            SaveFailed: the operating system refused.
        """
        if self._found is None:
            raise ValueError("nothing was read")
        self._found.leave_out(fitting)
        if self._lock is not None:
            self._close_journal()
            self._adopt(self._found)
        self.notes = self._found.notes()
        return self._found.snapshot

    @property
    def path(self) -> Path:
        """The file."""
        return self._path

    @property
    def journal_found(self) -> JournalFound | None:
        """What was in the journal when the file was opened; None if there was none."""
        return self._found.found() if self._found else None

    @property
    def exists(self) -> bool:
        """Whether there was a file when it was opened, or was saved since."""
        return self._base is not None

    def append(self, records: Sequence[Mapping[str, Json]]) -> bool:
        """Add what was done to the journal, durably.

        Returns:
            Whether that could be: it cannot while the file, or its journal, is not there; the session is to be saved
            whole then.

        Raises:
            ReadOnlySession: it was opened for reading only, or is closed.
            SaveFailed: the operating system refused, or another program changed the file; the journal is as it was.
            UsageError: a record is not JSON.
        """
        self._writer_lock()
        try:
            if not self._exists_unchanged() or self._base is None:
                return False
            if self._journal is None:
                self._journal = Journal.begin(self._journal_path, self._session_id, self._base)
            elif not self._journal.in_place:
                self._close_journal()
                return False
            self._journal.append(records)
        except OSError as error:
            if self._journal is not None:
                self._journal.take_back()
            raise save_failed(self._path, error) from error
        except (TypeError, ValueError, OverflowError, RecursionError) as error:
            raise UsageError(f"What was done cannot be written ({error}).", "Correct that value.") from error
        return True

    @property
    def journal_size(self) -> int:
        """How many bytes the journal has."""
        return 0 if self._journal is None else self._journal.size

    def save(self, snapshot: Snapshot) -> None:
        """Make the file hold `snapshot`, durably.

        Raises:
            ReadOnlySession: it was opened for reading only, or is closed.
            UsageError: the snapshot holds what a session cannot.
            SaveFailed: the operating system refused, or another program changed the file; it is as it was.
        """
        self._writer_lock()
        write_whole(self._path, snapshot, self._check_unchanged)
        self._follow(snapshot)

    def restart(self, records: Sequence[Mapping[str, Json]]) -> None:
        """Let the journal hold only `records`, which follow on what was saved last.

        Raises:
            SaveFailed: the operating system refused; the journal is as it was.
            UsageError: a record is not JSON.
        """
        try:
            old, new = self._journal, None
            if records:
                new = Journal.rewrite(self._journal_path, self._session_id, self._base or 0, records)
            if old is not None:
                old.close()
            self._journal = new
            if new is None:
                self._journal_path.unlink(missing_ok=True)
        except OSError as error:
            raise save_failed(self._path, error) from error
        except (TypeError, ValueError, OverflowError, RecursionError) as error:
            raise UsageError(f"What was done cannot be written ({error}).", "Correct that value.") from error

    def remove(self) -> None:
        """Take the file and its journal away; the next save makes the file again. A link goes with what it leads to.

        Raises:
            ReadOnlySession: it was opened for reading only, or is closed.
            SaveFailed: another program changed the file, or the operating system refused.
        """
        self._writer_lock()
        try:
            self._exists_unchanged()
            self._close_journal()
            for name in (self._journal_path, Path(os.path.realpath(self._path)), self._path):
                name.unlink(missing_ok=True)
        except OSError as error:
            raise save_failed(self._path, error) from error
        self._base = None

    def forget(self, node_ids: Collection[str], texts: Collection[str]) -> None:
        """Take what messages said out of the journals of this session that were set aside; it is in no file then.

        Raises:
            SaveFailed: the operating system refused.
        """
        self._writer_lock()
        for orphan in orphans(self._journal_path):
            try:
                data = orphan.read_bytes()
            except OSError as error:
                raise save_failed(orphan, error) from error
            if (kept := without(data, self._session_id, node_ids, texts)) != data:
                write_durably(orphan, kept)

    def move(self, path: Path, snapshot: Snapshot | None) -> None:
        """Make another file hold `snapshot`, durably, and be kept there from now on; then remove the old one.

        Args:
            path: The other file, which must not exist.
            snapshot: What it is to hold; None if there is no file yet, and none is to be made.

        Raises:
            ReadOnlySession: it was opened for reading only, or is closed.
            UsageError: the extension is neither .parquet nor .toml, or the snapshot holds what a session cannot.
            FileLocked: the other file is open for writing.
            SaveFailed: there is such a file, another program changed the old one, or the operating system refused; the
                session is where it was.
            FileError: the session is kept there, and the old file could not be removed.
        """
        old, old_journal, old_lock = self._path, self._journal_path, self._writer_lock()
        self._exists_unchanged()
        check_extension(path)
        for name in (path, journal_of(path)):
            if os.path.lexists(name):
                raise SaveFailed(name, f"{name.name} is there already.", "Choose another name, or remove it.")
        there = SessionFile(path, WriterLock(path), None)
        try:
            if snapshot is not None:
                there.save(snapshot)
        except BaseException:
            there.close()
            raise
        self._close_journal()
        self._path, self._journal_path, self._lock = path, there._journal_path, there._lock
        self._known, self._base, self._session_id = there._known, there._base, there._session_id
        try:
            for name in (Path(os.path.realpath(old)), old, old_journal):  # a link goes with what it leads to
                name.unlink(missing_ok=True)
            for orphan in orphans(old_journal):
                ending = orphan.name.removeprefix(old_journal.name)
                shutil.move(orphan, self._journal_path.with_name(self._journal_path.name + ending))
        except OSError as error:
            raise FileError(
                old,
                f"The session is kept in {path.name} now, but {old.name} is there too ({error.strerror or error}).",
                "Remove the old file by hand.",
            ) from error
        finally:
            old_lock.release()

    def _writer_lock(self) -> WriterLock:
        if self._lock is None:
            raise ReadOnlySession(
                self._path, f"{self._path.name} is open for reading only.", "Save the session under another name."
            )
        return self._lock

    def _close_journal(self) -> None:
        if self._journal is not None:
            self._journal.close()
            self._journal = None

    def _exists_unchanged(self) -> bool:
        """Tell whether the file is there; refuse to go on over what another program wrote."""
        current = Identity.at(self._path)
        if current is not None and current not in self._known:
            raise SaveFailed(
                self._path,
                f"{self._path.name} was changed by another program since it was opened or last saved.",
                "Save the session under another name to keep both.",
            )
        return current is not None

    def _check_unchanged(self, next_identity: Identity) -> None:
        """Refuse to overwrite what another program wrote; a file that is gone is made again."""
        self._exists_unchanged()
        # Both, since what comes after this may fail before or after the rename.
        self._known = {Identity.at(self._path), next_identity}

    def close(self) -> None:
        """Close the journal and release the lock; a second call does nothing."""
        self._close_journal()
        if self._lock is not None:
            self._lock.release()
            self._lock = None
