"""A file or a folder of another program as the conversations in it; what it is, its content says."""

from __future__ import annotations

import io
import itertools
import lzma
import shlex
import sqlite3
import zipfile
import zlib
from typing import TYPE_CHECKING, Any, BinaryIO, Final

from lion_tui.core.errors import FileError, ForeignFile
from lion_tui.storage.importers.agents import (
    from_llama_app,
    from_llama_export,
    from_pi,
    is_llama_app,
    is_llama_export,
    is_pi,
)
from lion_tui.storage.importers.chatgpt import from_chatgpt, is_chatgpt
from lion_tui.storage.importers.claude import from_claude, is_claude
from lion_tui.storage.importers.conversation import Conversation, Skipped
from lion_tui.storage.importers.flat import (
    from_chatbot_ui,
    from_openai,
    from_sharegpt,
    is_chatbot_ui,
    is_openai,
    is_sharegpt,
)
from lion_tui.storage.importers.gptme import from_gptme, is_gptme
from lion_tui.storage.importers.librechat import from_librechat, is_librechat
from lion_tui.storage.importers.lines import Ended, Utf8, line_values, never, values, where_it_breaks
from lion_tui.storage.importers.llm_logs import MAGIC, read_llm
from lion_tui.storage.importers.open_webui import from_open_webui, is_open_webui
from lion_tui.storage.importers.sillytavern import from_sillytavern, is_sillytavern, joined_chats
from lion_tui.storage.importers.values import identity, name
from lion_tui.storage.problems import EXPORTS, InvalidContent
from lion_tui.storage.reading import open_to_read

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

    from lion_tui.core.message import Json

_FORMATS: Final = (
    (is_claude, from_claude),
    (is_open_webui, from_open_webui),
    (is_chatgpt, from_chatgpt),
    (is_sharegpt, from_sharegpt),
    (is_librechat, from_librechat),
    (is_llama_export, from_llama_export),
    (is_openai, from_openai),
)
"""The conversations that are one object, in the order in which they are asked: some have what others have, and more."""
_LOG: Final = "conversation.jsonl"
"""What gptme calls the log in a conversation's folder."""
_PROGRAMS: Final = (
    "ChatGPT, Claude, Open WebUI, LibreChat, SillyTavern, ShareGPT, OpenAI, Chatbot UI, pi, tau, llama.cpp, llm, gptme"
)
_LONGEST_LINE: Final = 1 << 26
"""Bytes of a first line that are read to find out whether others follow."""
_MOST_UNKNOWN: Final = 1_000
"""Entries that nothing is known of before nothing else of a file is read."""
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
    if path / _LOG in entries:
        yield _gptme(path / _LOG, ends)
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
        raise _foreign(path, "none of its files holds a conversation that lion-tui knows")


def _entry_of_folder(entry: Path, ends: Callable[[], bool]) -> Iterator[Conversation | Skipped]:
    if entry.is_dir():
        if (entry / _LOG).is_file():
            yield _gptme(entry / _LOG, ends)
    elif entry.suffix.lower() in EXPORTS and entry.is_file():
        yield from _file(entry, ends)


def _entries_of(path: Path) -> list[Path]:
    try:
        return sorted(path.iterdir())
    except OSError as error:
        what = f"{path.name} cannot be read ({error.strerror or error})."
        raise FileError(path, what, "Check its permissions and the disk.") from error


def _file(path: Path, ends: Callable[[], bool]) -> Iterator[Conversation | Skipped]:
    with open_to_read(path, lambda path, what: _foreign(path, f"it is {what}")) as source:
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
            yield from _Text(source, path, path.name, ends).read()


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
        raise _foreign(path, f"it is a database whose tables lack the column {column}") from column
    if not found:
        raise _foreign(path, "it is a database without a conversation of llm")


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
        raise _foreign(path, "no file in it holds a conversation that lion-tui knows")


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
            yield from _Text(content, path, f"{path.name}/{member.filename}", ends).read()
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


class _Text:
    """A file of JSON, or of lines of it."""

    def __init__(self, source: Any, path: Path, label: str, ends: Callable[[], bool]) -> None:
        self._source = source
        self._path = path
        self._label = label
        self._ends = ends
        self._known = 0

    def read(self) -> Iterator[Conversation | Skipped]:
        """Yield the conversations in it.

        Raises:
            ForeignFile: there is none.
            FileError: it is no JSON.
        """
        text, found = self._found()
        yield from self._counted(found)
        if text.mended:
            why = "Bytes in it that are no UTF-8 text are U+FFFD now."
            yield Skipped(self._label, why, empty=True, of_file=True)

    def _found(self) -> tuple[Utf8, Iterator[Conversation | Skipped]]:
        """Return what is found in it, and the text from which that is read.

        Raises:
            FileError: a text in it is too long.
        """
        text = Utf8(self._source, self._ends)
        buffered = io.BufferedReader(text)
        try:
            line = buffered.readline(_LONGEST_LINE).lstrip()
            while not line and buffered.peek(1):
                line = buffered.readline(_LONGEST_LINE).lstrip()
        except InvalidContent:
            line = b"{"  # what comes before that is read piece by piece
        is_object = line.startswith(b"{")
        first = next(line_values([line]), None) if is_object and len(line) < _LONGEST_LINE else None
        if isinstance(first, dict):
            return text, self._lines(first, line_values(buffered))
        self._source.seek(0)
        text = Utf8(self._source, self._ends)
        found = values(io.BufferedReader(text))
        return text, self._objects(found) if is_object else self._entries(found)

    def _objects(self, found: Iterator[Json]) -> Iterator[Conversation | Skipped]:
        """Yield what objects hold that take more than a line each, or more than is read as one."""
        for first in found:
            if isinstance(first, dict):
                yield from self._lines(first, found)
            else:
                yield from self._entries([first])

    def _counted(self, found: Iterable[Conversation | Skipped]) -> Iterator[Conversation | Skipped]:
        """Yield what is found, from the first conversation on; before that, nobody knows that it has any."""
        held: list[Skipped] = []
        try:
            for each in found:
                if isinstance(each, Conversation):
                    self._known += 1
                    yield from held
                    held.clear()
                    yield each
                elif self._known:
                    yield each
                elif len(held) < _MOST_UNKNOWN:
                    held.append(each)
                else:
                    break
        except InvalidContent as error:
            why = where_it_breaks(self._source) if error.__cause__ else str(error)
            if self._known:
                after = f"{self._known:,} conversation{'s' if self._known > 1 else ''}"
                yield Skipped(self._label, f"After {after}, {why}: what follows is missing.", of_file=True)
                return
            raise _unreadable(self._path, why) from error
        if not self._known:
            raise _foreign(self._path, f"it holds no conversation of {_PROGRAMS}")

    def _entries(self, entries: Iterable[Json]) -> Iterator[Conversation | Skipped]:
        for number, entry in enumerate(entries, 1):
            if isinstance(entry, InvalidContent):
                yield Skipped(self._label, f"In it, {entry}.", of_file=True)
            elif isinstance(entry, dict):
                yield from self._entry(entry, number)
            else:
                yield Skipped(f"entry {number:,}", "It is no object.")

    def _entry(self, entry: dict[str, Any], number: int) -> Iterator[Conversation | Skipped]:
        self._check(entry)
        if is_chatbot_ui(entry):
            yield from from_chatbot_ui(entry)
            return
        for fits, read in _FORMATS:
            if fits(entry):
                yield read(entry)
                return
        title = name(entry.get("title")) or name(entry.get("name")) or f"entry {number:,}"
        called = identity(entry.get("id")) or identity(entry.get("uuid")) or ""
        yield Skipped(title, "It has no messages in a form that lion-tui knows.", id=called)

    def _check(self, entry: dict[str, Any]) -> None:
        """Refuse what is not to be read as a conversation.

        Raises:
            ForeignFile: it is a table of messages of our own, or an export that has keys in it.
        """
        quoted = shlex.quote(str(self._path))
        if {"node_id", "role", "content"} <= entry.keys():
            what = f"{self._path.name} is a table of the messages of a session."
            raise ForeignFile(self._path, what, f"Make a session of it with `lion-tui convert {quoted} NAME.parquet`.")
        if "systemPurposeId" in entry or {"conversations", "models", "folders"} <= entry.keys():
            what = f"{self._path.name} is an export of big-AGI, which has the keys of services in it; it is not read."
            raise ForeignFile(self._path, what, "Export the conversations from there in another form.")

    def _lines(self, first: dict[str, Any], rest: Iterator[Json]) -> Iterator[Conversation | Skipped]:
        """Yield what a file of lines holds: one conversation, or one a line."""
        kinds = (is_sillytavern, is_llama_app, is_pi, is_gptme)
        if not any(is_kind(first) for is_kind in kinds):
            yield from self._entries(itertools.chain([first], rest))
            return
        self._check(first)
        if self._path.name == _LOG and is_gptme(first):
            yield _gptme(self._path, self._ends)
            return
        entries, faults, cut = [first], 0, None
        try:
            for each in rest:
                if isinstance(each, dict):
                    entries.append(each)
                else:
                    faults += 1
        except InvalidContent as error:
            cut = error
        if is_sillytavern(first):
            conversation = from_sillytavern(first, entries[1:], self._path)
        elif is_llama_app(first):
            conversation = from_llama_app(entries)
        elif is_pi(first):
            conversation = from_pi(entries)
        else:
            conversation = from_gptme({"main": entries}, self._path.stem)
        conversation.leave_out(faults, "line", "lines")
        yield conversation
        if cut is not None:
            raise cut


def _gptme(log: Path, ends: Callable[[], bool]) -> Conversation:
    """Return the conversation whose log is in a folder, with the branches beside it.

    Raises:
        FileError: neither the log nor a branch can be read.
    """
    logs: dict[str, list[dict[str, Any]]] = {}
    faults, unread = 0, []
    for file in [log, *sorted((log.parent / "branches").glob("*.jsonl"))]:
        branch = "main" if file is log else file.stem if file.stem != "main" else "main-branch"
        logs[branch] = []
        try:
            with open_to_read(file, lambda path, what: _unreadable(path, f"it is {what}")) as source:
                for entry in line_values(io.BufferedReader(Utf8(source, ends))):
                    if isinstance(entry, dict):
                        logs[branch].append(entry)
                    else:
                        faults += 1
        except InvalidContent as error:
            unread.append(_unreadable(file, str(error)))
        except FileError as error:
            unread.append(error)
    if unread and not any(logs.values()):
        raise unread[0]
    conversation = from_gptme(logs, log.parent.name)
    conversation.leave_out(faults, "line", "lines")
    conversation.report += [error.what for error in unread]
    return conversation


def _unreadable(path: Path, why: str) -> FileError:
    return FileError(path, f"{path.name} cannot be imported: {why}.", "Export it again, or restore a copy of it.")


def _foreign(path: Path, why: str) -> ForeignFile:
    what = f"{path.name} cannot be imported: {why}."
    return ForeignFile(path, what, "Choose the file that the other program exported.")
