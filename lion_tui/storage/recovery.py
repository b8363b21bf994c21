"""Opening a session file with what a crash, a running writer, or another program left beside it."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from typing import TYPE_CHECKING, NamedTuple

from lion_tui.core.counting import counted
from lion_tui.core.snapshot import Snapshot
from lion_tui.storage.journal import Journal, journal_of, read_journal, write_durably
from lion_tui.storage.whole import read_whole

if TYPE_CHECKING:
    from pathlib import Path

    from lion_tui.storage.journal import JournalContent


def set_aside(journal: Path) -> str:
    """Give a journal that is not to be replayed another name, and return it.

    Raises:
        OSError: the operating system refused.
    """
    orphan = _orphan(journal)
    journal.rename(orphan)
    return orphan.name


def orphans(journal: Path) -> list[Path]:
    """Return the journals that were set aside under the name of this one."""
    import glob

    return sorted(journal.parent.glob(f"{glob.escape(journal.name)}.orphan-*"))


def _orphan(journal: Path) -> Path:
    """Return a path for an orphan journal that no file has."""
    name = f"{journal.name}.orphan-{datetime.now(UTC):%Y%m%dT%H%M%S}"
    path, number = journal.with_name(name), 1
    while os.path.lexists(path):
        number += 1
        path = journal.with_name(f"{name}-{number}")
    return path


class JournalFound(NamedTuple):
    """What was found in the journal beside a session file.

    Attributes:
        size: How many bytes it has.
        operations: How many operations it has that the file has not.
        lost: Whether there is more in it, which cannot be read or does not belong to the file.
    """

    size: int
    operations: int
    lost: bool


class Recovery:
    """A session file and the journal beside it, read; what of the journal counts, and why the rest does not.

    Attributes:
        snapshot: The session, with the records of the journal that follow on the file.
    """

    snapshot: Snapshot

    def __init__(self, path: Path, *, is_new: bool = False) -> None:
        """Read both; `is_new` if there is no file yet.

        Raises:
            FileError: the file cannot be read, is no session, or is damaged; or one of them was written by a later
                version. A journal that cannot be read is left out.
        """
        self._path = path
        self._journal = journal_of(path)
        self._content: JournalContent | None = None
        self._unread: OSError | None = None
        try:
            # Before the file: what a writer folds into it in the meantime is in both, and not in neither.
            self._content = read_journal(self._journal)
        except OSError as error:
            self._unread = error
        content = self._content
        if not is_new:
            self.snapshot = read_whole(path)
        self._fits = bool(
            content and not is_new and content.fits(self.snapshot.header, self.snapshot.columns["node_id"])
        )
        if content and self._fits:
            last_op = self.snapshot.header["last_op"]
            self.snapshot = Snapshot(self.snapshot.header, self.snapshot.columns, content.after(last_op))
        self._kept = ""
        self._adopted = False
        self._unfit = False

    def adopt(self) -> Journal | None:
        """Make the journal one that can be gone on with, and return it; None if there is none to go on with.

        One that does not belong to the file gets another name; so does a copy of one that is damaged before its end.

        Raises:
            OSError: the operating system refused.
            SaveFailed: likewise.
        """
        content = self._content
        self._adopted = True
        if self._unread:
            raise self._unread
        if content is None:
            return None
        if content.whole == 0 and content.torn:  # a crash came before its first line was written: it holds nothing
            self._journal.unlink()
            return None
        if not self._fits:
            self._kept = set_aside(self._journal)
            return None
        if not content.torn and content.whole < content.size:
            if not self._kept:
                copy, data = _orphan(self._journal), self._journal.read_bytes()
                write_durably(copy, data)
                self._kept = copy.name
        elif not self.snapshot.records:
            self._journal.unlink()
            return None
        return Journal.go_on(self._journal, content.whole)

    def leave_out(self, fitting: int) -> None:
        """Let only the first so many of the snapshot's records count: the next one does not fit what was before it."""
        if self._content is not None:
            last_op = self.snapshot.header["last_op"]
            self._content = self._content.until(last_op, fitting)
            self._unfit = True
            self.snapshot = Snapshot(self.snapshot.header, self.snapshot.columns, self._content.after(last_op))

    def found(self) -> JournalFound | None:
        """Return what was found in the journal; None if there is none."""
        content = self._content
        if self._unread:
            return JournalFound(0, 0, lost=True)
        if content is None:
            return None
        operations = sum("add" not in record for record in self.snapshot.records) if self._fits else 0
        lost = content.whole < content.size and not content.torn
        return JournalFound(content.size, operations, lost=lost or not (self._fits or content.whole == 0))

    def notes(self) -> list[str]:
        """Return what the user should know of the journal, a sentence each."""
        content, name = self._content, self._journal.name
        if self._unread:
            return [f"The journal {name} was left out: it cannot be read ({self._unread.strerror or self._unread})."]
        if content is None:
            return []
        if content.whole == 0 and content.torn:
            return [f"The journal {name} was begun and holds nothing."]
        kept = f"is kept as {self._kept}" if self._kept else "was left out"
        if not self._fits:
            return [f"The journal {name} does not belong to {self._path.name}; it {kept}."]
        notes = []
        if records := self.snapshot.records:
            operations = sum("add" not in record for record in records)
            what = counted(operations, "operation") if operations else "the text of an answer"
            if self._adopted:
                notes.append(f"Recovered {what} that {self._path.name} did not have yet.")
            else:
                notes.append(f"Shown with {what} that {self._path.name} does not have yet.")
        if content.whole < content.size:
            if content.torn:
                left = "cut" if self._adopted else "left out"
                notes.append(f"The last line of {name} was not finished and was {left}.")
            else:
                wrong = "does not fit its file" if self._unfit else "is damaged"
                notes.append(f"{name} {wrong} after {content.whole} bytes; what comes after {kept}.")
        return notes
