"""Deleted sessions, which can be brought back: each in a folder of its own, with its journal and where it came from.

A crash in the middle loses nothing: the session's file goes first and comes back last, so that a journal is never left
without its file where somebody may look for it.
"""

from __future__ import annotations

import errno
import filecmp
import glob
import json
import os
import secrets
import shutil
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Final, NamedTuple

from lion_tui.config.paths import trash_dir
from lion_tui.core.errors import FileError
from lion_tui.core.ids import now_us
from lion_tui.storage.atomic import replace, sync_folder
from lion_tui.storage.catalogue import ENDINGS
from lion_tui.storage.journal import write_durably
from lion_tui.storage.lock import WriterLock

if TYPE_CHECKING:
    from collections.abc import Sequence

_ORIGIN: Final = "origin.json"


class Trashed(NamedTuple):
    """A session in the trash.

    Attributes:
        path: Its file, there.
        origin: Its file, where it was.
        at: When it was deleted, in microseconds since 1970, UTC.
    """

    path: Path
    origin: Path
    at: int


def throw_away(path: Path) -> Trashed:
    """Move a session's file into the trash, and its journal with it.

    Raises:
        FileLocked: it is open for writing, here or elsewhere.
        FileError: the operating system refused, or the file is gone; nothing was moved, or the journal alone was not.
    """
    origin = Path(os.path.realpath(path))
    lock = WriterLock(origin)
    try:
        there = _new_folder()
        deleted = Trashed(there / origin.name, origin, now_us())
        try:
            origin.stat()
            write_durably(there / _ORIGIN, json.dumps({"origin": str(origin), "at": deleted.at}).encode())
            _move([origin, *_journals(origin)], there)
        finally:
            if not deleted.path.exists():
                shutil.rmtree(there)
    except OSError as error:
        raise FileError(
            path,
            f"{path.name} could not be put into the trash ({error.strerror or error}).",
            "Make its folder, and that of lion-tui's data, writable.",
        ) from error
    finally:
        lock.release()
    return deleted


def in_trash() -> list[Trashed]:
    """Return the sessions in the trash, the one deleted last first; of what somebody else put there, nothing."""
    found = []
    for note in trash_dir().glob(f"*/{_ORIGIN}"):
        with suppress(OSError, ValueError, TypeError, KeyError):
            value = json.loads(note.read_bytes())
            origin = Path(str(value["origin"]))
            if (path := note.with_name(origin.name)).is_file() and path.suffix.lower() in ENDINGS:
                found.append(Trashed(path, origin, int(value["at"])))
    return sorted(found, key=lambda each: each.at, reverse=True)


def bring_back(deleted: Trashed) -> Path:
    """Move a session out of the trash to where it was, or beside what has its name now, and return its file.

    Raises:
        FileLocked: a file of that name is being made.
        FileError: the operating system refused, or it is not in the trash any more.
    """
    try:
        deleted.origin.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        target = free_path(deleted.origin)
        lock = WriterLock(target)
        try:
            deleted.path.stat()
            journals = _journals(deleted.path)
            there = [target.with_name(target.name + each.name[len(deleted.path.name) :]) for each in journals]
            for source, to in [*zip(journals, there, strict=True), (deleted.path, target)]:
                _transfer(source, to)
            sync_folder(target.parent)
            shutil.rmtree(deleted.path.parent)
        finally:
            lock.release()
    except OSError as error:
        raise FileError(
            deleted.path,
            f"{deleted.origin.name} could not be brought back from the trash ({error.strerror or error}).",
            f"It is in {deleted.path.parent}." if deleted.path.exists() else "",
        ) from error
    return target


def delete_for_good(deleted: Trashed) -> None:
    """Remove a session in the trash, and its journal.

    Raises:
        FileError: the operating system refused.
    """
    try:
        shutil.rmtree(deleted.path.parent)
    except OSError as error:
        raise FileError(
            deleted.path, f"{deleted.path} could not be removed ({error.strerror or error}).", "Remove it by hand."
        ) from error


def free_path(path: Path) -> Path:
    """Return the path, or (where there is such a file, or its journal) one with a number that no file has."""
    free, number = path, 1
    while os.path.lexists(free) or os.path.lexists(f"{free}.journal"):
        number += 1
        free = path.with_name(f"{path.stem}-{number}{path.suffix}")
    return free


def _new_folder() -> Path:
    while True:
        folder = trash_dir() / f"{datetime.now():%Y%m%d-%H%M%S}-{secrets.token_hex(2)}"  # noqa: DTZ005 - local time, for the user's eyes
        with suppress(FileExistsError):
            folder.mkdir(parents=True, mode=0o700)
            return folder


def _journals(path: Path) -> list[Path]:
    """Return the journal of a session's file and those that were set aside, as far as they are there."""
    return sorted(path.parent.glob(f"{glob.escape(path.name)}.journal*"))


def _move(paths: Sequence[Path], folder: Path) -> None:
    """Move files into another folder, durably, in their order."""
    for path in paths:
        _transfer(path, folder / path.name)
    sync_folder(folder)
    sync_folder(paths[0].parent)


def _transfer(source: Path, target: Path) -> None:
    """Give a file another path, on another disk by a copy."""
    try:
        source.rename(target)
    except OSError as error:
        if error.errno != errno.EXDEV:
            raise
        _copy(source, target)
        source.unlink()


def _copy(source: Path, target: Path) -> None:
    def write(sink: BinaryIO) -> None:
        with source.open("rb") as content:
            shutil.copyfileobj(content, sink)

    def verify(copy: BinaryIO) -> None:
        with source.open("rb") as content:
            while part := content.read(filecmp.BUFSIZE):
                if copy.read(len(part)) != part:
                    raise FileError(source, f"The copy of {source.name} is not what was copied.")

    replace(target, write, verify)
