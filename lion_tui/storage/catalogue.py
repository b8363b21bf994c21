"""The sessions of this machine at a glance: those of a folder, and files elsewhere, each with what it holds.

What was read of a file is kept in a cache beside the folder, under what tells one content of a file from another: its
inode, time and size, and those of its journal. It is only a cache: a missing, damaged or foreign one is made anew, and
several programs may write it at once, the last one wins.
"""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

import msgspec

from lion_tui.config.left_last import sessions_left
from lion_tui.config.paths import data_dir, sessions_dir
from lion_tui.core.errors import DamagedFile, FileError, SaveFailed, UsageError
from lion_tui.core.summary import Summary, summarize
from lion_tui.storage.atomic import save_failed
from lion_tui.storage.footer import Footer, read_footer
from lion_tui.storage.journal import write_durably
from lion_tui.storage.lock import Holder, holder_of, lock_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

ENDINGS: Final = (".parquet", ".toml")
_FIRST_LINE: Final = b'{"lion_tui_sessions":1}'
"""What a cache of this version begins with; each line after it is an entry."""


class Stamp(NamedTuple):
    """What tells one content of a file from another without reading it."""

    inode: int
    modified_ns: int
    size: int

    @classmethod
    def of(cls, status: os.stat_result) -> Stamp:
        """Return the stamp of the file with that `status`."""
        return cls(status.st_ino, status.st_mtime_ns, status.st_size)


class Found(NamedTuple):
    """A session's file that is there; nothing of it was read.

    Attributes:
        path: The file.
        file: Its stamp.
        journal: That of its journal, if it has one.
        holder: Who has it open for writing, if somebody has.
    """

    path: str
    file: Stamp
    journal: Stamp | None = None
    holder: Holder | None = None

    @property
    def used_at(self) -> int:
        """When the file, or its journal, was written last, in microseconds since 1970, UTC."""
        return max(stamp.modified_ns for stamp in (self.file, self.journal or self.file)) // 1_000


class Entry(msgspec.Struct, frozen=True):
    """What is known of a session's file.

    Attributes:
        path: The file.
        file: Its stamp when it was read.
        journal: That of its journal.
        title: What its user called it; empty for nothing.
        derived: What follows from its messages.
        branches: How many there are.
        fault: What is wrong with the file; empty for nothing.
        damaged: Whether something of it may be left to be read.
    """

    path: str
    file: Stamp
    journal: Stamp | None
    title: str = ""
    derived: Summary = Summary()
    branches: int = 0
    fault: str = ""
    damaged: bool = False

    @property
    def name(self) -> str:
        """What it is called: its title, else the words of its first prompt, else its file's name."""
        return self.title or self.derived.title or Path(self.path).stem

    @property
    def last_at(self) -> int:
        """When the latest message was written, or else the file, in microseconds since 1970, UTC."""
        return self.derived.last_at or self.file.modified_ns // 1_000

    @property
    def size(self) -> int:
        """How many bytes it takes."""
        return self.file.size + (self.journal.size if self.journal else 0)


def found_in(folder: Path) -> list[Found]:
    """Return the session files of a folder, each once; none of one that is not there or cannot be read."""
    try:
        with os.scandir(folder) as listed:
            files = {entry.name: entry for entry in listed}
    except OSError:
        return []
    found = []
    for name, entry in files.items():
        if not name.lower().endswith(ENDINGS):
            continue
        if entry.is_symlink():  # its journal and its lock are where it leads to
            folder_of, target = os.path.split(os.path.realpath(entry.path))
            if folder_of != os.path.realpath(folder) or target not in files:  # else it is another name of one of these
                found += found_at([Path(entry.path)])
            continue
        beside = files.get(f"{name}.journal")
        try:
            file = Stamp.of(entry.stat())
            journal = Stamp.of(beside.stat()) if beside else None
        except OSError:  # gone meanwhile
            continue
        lock = files.get(f"{name}.lock")
        found.append(Found(entry.path, file, journal, holder_of(Path(lock.path)) if lock else None))
    return found


def found_at(paths: Iterable[Path]) -> list[Found]:
    """Return those of some files that are there."""
    found = []
    for path in paths:
        target = os.path.realpath(path)
        file, journal = _stamp(target), _stamp(f"{target}.journal")
        if file is not None:
            found.append(Found(str(path), file, journal, holder_of(lock_of(path))))
    return found


def _stamp(path: str) -> Stamp | None:
    try:
        return Stamp.of(Path(path).stat())
    except (OSError, ValueError):  # not there, or no path at all
        return None


def entry_of(found: Found) -> Entry:
    """Read what a list says of a session's file; what is wrong with it is part of that."""
    path = Path(found.path)
    try:
        title, branches, summary = (_footer(path) if found.journal is None else None) or _whole(path)
    except FileError as error:
        damaged = isinstance(error, DamagedFile)
        return Entry(found.path, found.file, found.journal, fault=error.what, damaged=damaged)
    except UsageError as error:
        fault = f"{path.name} holds no whole session: {error.what}"
        return Entry(found.path, found.file, found.journal, fault=fault, damaged=True)
    return Entry(found.path, found.file, found.journal, title, summary, branches)


def _footer(path: Path) -> Footer | None:
    """Return what the footer says; None if the file must be read to say more, or to say what is wrong with it."""
    try:
        if not path.is_file():  # a pipe would wait for its other end
            return None
        with path.open("rb") as source:
            return read_footer(source, path)
    except OSError:
        return None


def _whole(path: Path) -> Footer:
    """Read a session with what its journal has: of TOML, of older files, and of files with a journal.

    Raises:
        FileError: it cannot be read, is no session, is damaged, or was written by a later version.
        UsageError: its header is not one of a session.
    """
    from lion_tui.core.header import restore_snapshot
    from lion_tui.core.records import ReplayError
    from lion_tui.core.snapshot import Snapshot
    from lion_tui.storage.file import read

    snapshot = read(path)
    try:
        state, _ = restore_snapshot(snapshot)
    except ReplayError:  # the journal does not belong to the file
        state, _ = restore_snapshot(Snapshot(snapshot.header, snapshot.columns))
    return Footer(state.title, len(state.refs), summarize(state.tree.columns()))


class Catalogue:
    """What is known of some session files, and which of them are still to be read.

    Attributes:
        found: The files that are there, in no order.
        entries: What is known of them, by their path.
        unread: Those that nothing is known of, or that changed, the latest first.
    """

    def __init__(self, found: Iterable[Found], cache: Path) -> None:
        """Take from the cache what still holds.

        Args:
            found: The files.
            cache: The cache's file, which need not be there.
        """
        self._cache = cache
        self.found = list(found)
        known = _load(cache)
        self.entries: dict[str, Entry] = {}
        self.unread: list[Found] = []
        for each in self.found:
            entry = known.get(each.path)
            if entry is not None and (entry.file, entry.journal) == (each.file, each.journal):
                self.entries[each.path] = entry
            else:
                self.unread.append(each)
        self.unread.sort(key=lambda each: each.used_at, reverse=True)
        self._changed = bool(known.keys() - self.entries.keys())

    def read(self) -> Iterator[Entry]:
        """Read the files that are still to be read, one at a time, and yield what each holds."""
        while self.unread:
            entry = entry_of(self.unread[0])
            self.entries[entry.path] = entry
            del self.unread[0]
            self._changed = True
            yield entry

    def keep(self) -> None:
        """Write the cache, if that would change it; where it cannot be written, the files are read anew next time."""
        if not self._changed:
            return
        encode = msgspec.json.Encoder().encode
        lines = [_FIRST_LINE, *(encode(entry) for entry in self.entries.values() if _encodable(entry.path))]
        with suppress(SaveFailed):
            write_durably(self._cache, b"\n".join(lines))
            self._changed = False


def of_this_machine() -> Catalogue:
    """Return what is known of the data folder's sessions, and of those elsewhere that were open before."""
    folder = sessions_dir()
    here = os.path.realpath(folder)
    elsewhere: dict[str, Path] = {}  # one name of each file: a folder, or a file, may have several by links
    for path in sessions_left():
        target = os.path.realpath(path)
        if here not in {str(Path(target).parent), os.path.realpath(path.parent)}:
            elsewhere.setdefault(target, path)
    return Catalogue([*found_in(folder), *found_at(elsewhere.values())], cache_file())


def cache_file() -> Path:
    """Return where the cache of this machine's sessions is."""
    return data_dir() / "sessions.json"


def forget() -> None:
    """Remove the cache, which has first words of prompts, for good.

    Raises:
        SaveFailed: the operating system refused.
    """
    path = cache_file()
    try:
        path.unlink(missing_ok=True)
    except OSError as error:
        raise save_failed(path, error) from error


def _load(path: Path) -> Mapping[str, Entry]:
    """Return what the cache has by path; nothing if it is not there, or not as it was written."""
    # A line at a time: in one go, the interpreter's lock would be held for more than a frame.
    decode = msgspec.json.Decoder(Entry).decode
    try:
        first, *lines = path.read_bytes().split(b"\n")
        entries = [decode(line) for line in lines] if first == _FIRST_LINE else []
    except (OSError, msgspec.DecodeError, UnicodeDecodeError):
        return {}
    return {entry.path: entry for entry in entries}


def _encodable(path: str) -> bool:
    """Tell whether a name is text: one that is not, is read anew each time."""
    try:
        path.encode()
    except UnicodeEncodeError:
        return False
    return True
