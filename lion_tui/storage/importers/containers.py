"""A file, an archive, a database or a folder of another program as the conversations in it."""

from __future__ import annotations

import lzma
import shlex
import sqlite3
import zipfile
import zlib
from typing import TYPE_CHECKING, BinaryIO, Final

from lion_tui.core.errors import FileError, ForeignFile
from lion_tui.storage.importers.conversation import Conversation, Skipped
from lion_tui.storage.importers.lines import Ended, never
from lion_tui.storage.importers.llm_logs import MAGIC, read_llm
from lion_tui.storage.importers.sillytavern import joined_chats
from lion_tui.storage.importers.text import LOG, Text, foreign, read_log
from lion_tui.storage.problems import EXPORTS
from lion_tui.storage.reading import open_to_read

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

_LARGEST_MEMBER: Final = 1 << 32
_LARGEST_PACKED_SMALL: Final = 1 << 26
"""Bytes up to which it does not matter how small a file of an archive was packed."""
_MOST_PACKED: Final = 200
"""How many times smaller the packed file of an archive may be: text is packed to a third, much alike to a tenth."""
_UNPACKING: Final = (zipfile.BadZipFile, zlib.error, lzma.LZMAError, EOFError, RuntimeError)
"""What goes wrong where an archive is damaged; the last where it has a password."""


def read_conversations(path: Path, ends: Callable[[], bool] = never) -> Iterator[Conversation | Skipped]:
    """Yield the conversations in a file or a folder of another program, one at a time, and what is none.

    Args:
        path: The file or folder.
        ends: Tells whether nothing more is wanted; it is asked while a file is read.

    Raises:
        ForeignFile: there is none in it.
        FileError: there is no such file, or it cannot be read.
    """
    try:
        for each in _folder(path, ends) if path.is_dir() else _file(path, ends):
            if ends():
                return
            yield each
    except Ended:
        return


def _folder(path: Path, ends: Callable[[], bool]) -> Iterator[Conversation | Skipped]:
    entries = _entries_of(path)
    if path / LOG in entries:
        yield read_log(path / LOG, ends)
        return
    chats: list[Conversation] = []
    found = False
    for entry in entries:
        try:
            for each in _entry_of_folder(entry, ends):
                if isinstance(each, Conversation) and each.program == "sillytavern":
                    chats.append(each)
                else:
                    found = True
                    yield each
        except FileError as error:
            _, same, why = error.what.partition(f"{entry.name} cannot be imported: ")
            none = isinstance(error, ForeignFile)
            why = f"{why[0].upper()}{why[1:]}" if same else error.what
            yield Skipped(entry.name, why, empty=none, of_file=not none)
        except OSError as error:
            yield Skipped(entry.name, f"It cannot be read ({error.strerror or error}).", of_file=True)
    yield from joined_chats(chats)
    if not found and not chats:
        raise foreign(path, "none of its files holds a conversation that lion-tui knows")


def _entry_of_folder(entry: Path, ends: Callable[[], bool]) -> Iterator[Conversation | Skipped]:
    if entry.is_dir():
        if (entry / LOG).is_file():
            yield read_log(entry / LOG, ends)
    elif entry.suffix.lower() in EXPORTS and entry.is_file():
        yield from _file(entry, ends)


def _entries_of(path: Path) -> list[Path]:
    try:
        return sorted(path.iterdir())
    except OSError as error:
        what = f"{path.name} cannot be read ({error.strerror or error})."
        raise FileError(path, what, "Check its permissions and the disk.") from error


def _file(path: Path, ends: Callable[[], bool]) -> Iterator[Conversation | Skipped]:
    with open_to_read(path, lambda path, what: foreign(path, f"it is {what}")) as source:
        begins = source.read(len(MAGIC))
        source.seek(0)
        if begins == MAGIC:
            yield from _database(path, ends)
        elif begins.startswith(b"PAR1") or path.suffix.lower() == ".toml":
            what = f"{path.name} is no export of another program."
            raise ForeignFile(path, what, f"Open it with `lion-tui open {shlex.quote(str(path))}`.")
        elif begins.startswith(b"PK\x03\x04"):
            yield from _zip(source, path, ends)
        else:
            yield from Text(source, path, path.name, ends).read()


def _database(path: Path, ends: Callable[[], bool]) -> Iterator[Conversation | Skipped]:
    found = False
    try:
        for conversation in read_llm(path, ends):
            found = True
            yield conversation
    except (sqlite3.Error, UnicodeDecodeError) as error:  # the second of the name of a column
        what = f"{path.name} cannot be read as a database ({error})."
        raise FileError(path, what, "Close the program that it belongs to, or restore a copy of it.") from error
    except KeyError as column:
        raise foreign(path, f"it is a database whose tables lack the column {column}") from column
    if not found:
        raise foreign(path, "it is a database without a conversation of llm")


def _zip(source: BinaryIO, path: Path, ends: Callable[[], bool]) -> Iterator[Conversation | Skipped]:
    """Yield what the JSON files in an archive hold; those that hold no conversations are let be."""
    found = False
    faults: dict[str, FileError] = {}
    try:
        archive = zipfile.ZipFile(source)
    except _UNPACKING as error:
        raise _not_unpacked(path, str(error)) from error
    with archive:
        for member in sorted(archive.infolist(), key=lambda each: each.filename):
            if not member.filename.lower().endswith((".json", ".jsonl")):
                continue
            try:
                for each in _member(archive, member, path, ends):
                    found = True
                    yield each
            except ForeignFile:
                continue
            except FileError as error:
                faults[member.filename] = error
    if faults and not found:
        raise next(iter(faults.values()))
    for name_of_file, fault in faults.items():
        yield Skipped(name_of_file, fault.what, of_file=True)
    if not found:
        raise foreign(path, "no file in it holds a conversation that lion-tui knows")


def _member(
    archive: zipfile.ZipFile, member: zipfile.ZipInfo, path: Path, ends: Callable[[], bool]
) -> Iterator[Conversation | Skipped]:
    """Yield what a file of an archive holds.

    Raises:
        FileError: it cannot be unpacked, or read.
    """
    _check_size(path, member)
    try:
        with archive.open(member) as content:
            yield from Text(content, path, f"{path.name}/{member.filename}", ends).read()
    except (*_UNPACKING, OSError) as error:
        if isinstance(error, OSError) and error.errno is not None:  # of the disk; a damaged bzip2 has none
            raise
        raise _not_unpacked(path, f"{member.filename}: {error}") from error


def _not_unpacked(path: Path, why: str) -> FileError:
    return FileError(path, f"{path.name} cannot be unpacked ({why}).", "Unpack it, and name the file.")


def _check_size(path: Path, member: zipfile.ZipInfo) -> None:
    """Refuse what fills memory and disk though it is small.

    Raises:
        FileError: a file of an archive is larger than any export.
    """
    size = member.file_size
    bomb = size > _LARGEST_PACKED_SMALL and size > _MOST_PACKED * member.compress_size
    if size > _LARGEST_MEMBER or bomb:
        what = f"{member.filename} in {path.name} is {size >> 20:,} MB once it is unpacked, which is too much."
        raise FileError(path, what, "If it is an export, unpack it, and name the file.")
