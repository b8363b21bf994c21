"""A file or a folder of another program as the conversations in it; what it is, its content says."""

from __future__ import annotations

import io
import itertools
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
from lion_tui.storage.importers.lines import Utf8, line_values, values, where_it_breaks
from lion_tui.storage.importers.llm_logs import MAGIC, read_llm
from lion_tui.storage.importers.open_webui import from_open_webui, is_open_webui
from lion_tui.storage.importers.sillytavern import from_sillytavern, is_sillytavern, joined_chats
from lion_tui.storage.importers.values import name
from lion_tui.storage.problems import EXPORTS, InvalidContent
from lion_tui.storage.reading import open_to_read

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
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


def read_conversations(path: Path) -> Iterator[Conversation | Skipped]:
    """Yield the conversations in a file or a folder of another program, one at a time, and what is none.

    Raises:
        ForeignFile: there is none in it.
        FileError: there is no such file, or it cannot be read.
    """
    if path.is_dir():
        yield from _folder(path)
    else:
        yield from _file(path)


def _folder(path: Path) -> Iterator[Conversation | Skipped]:
    if (path / _LOG).is_file():
        yield _gptme(path / _LOG)
        return
    chats: list[Conversation] = []
    found = False
    for entry in _entries_of(path):
        if (entry / _LOG).is_file():
            found = True
            yield _gptme(entry / _LOG)
        elif entry.suffix.lower() in EXPORTS and entry.is_file():
            try:
                for each in _file(entry):
                    if isinstance(each, Conversation) and each.program == "sillytavern":
                        chats.append(each)
                    else:
                        found = True
                        yield each
            except FileError as error:
                why = error.what.removeprefix(f"{entry.name} cannot be imported: ")
                yield Skipped(entry.name, f"{why[0].upper()}{why[1:]}", empty=isinstance(error, ForeignFile))
    yield from joined_chats(chats)
    if not found and not chats:
        raise _foreign(path, "none of its files holds a conversation that lion-tui knows")


def _entries_of(path: Path) -> list[Path]:
    try:
        return sorted(path.iterdir())
    except OSError as error:
        what = f"{path.name} cannot be read ({error.strerror or error})."
        raise FileError(path, what, "Check its permissions and the disk.") from error


def _file(path: Path) -> Iterator[Conversation | Skipped]:
    with open_to_read(path, lambda path, what: _foreign(path, f"it is {what}")) as source:
        begins = source.read(len(MAGIC))
        source.seek(0)
        if begins == MAGIC:
            yield from _database(path)
        elif begins.startswith(b"PAR1") or path.suffix.lower() == ".toml":
            what = f"{path.name} is no export of another program."
            raise ForeignFile(path, what, f"Open it with `lion-tui open {shlex.quote(str(path))}`.")
        elif begins.startswith(b"PK\x03\x04"):
            yield from _zip(source, path)
        else:
            yield from _Text(source, path, path.name).read()


def _database(path: Path) -> Iterator[Conversation | Skipped]:
    found = False
    try:
        for conversation in read_llm(path):
            found = True
            yield conversation
    except sqlite3.Error as error:
        what = f"{path.name} cannot be read as a database ({error})."
        raise FileError(path, what, "Close the program that it belongs to, or restore a copy of it.") from error
    except KeyError as column:
        raise _foreign(path, f"it is a database whose tables lack the column {column}") from column
    if not found:
        raise _foreign(path, "it is a database without a conversation of llm")


def _zip(source: BinaryIO, path: Path) -> Iterator[Conversation | Skipped]:
    """Yield what the JSON files in an archive hold; those that hold no conversations are let be."""
    found = False
    try:
        with zipfile.ZipFile(source) as archive:
            for member in sorted(archive.namelist()):
                if not member.lower().endswith((".json", ".jsonl")):
                    continue
                try:
                    with archive.open(member) as content:
                        for each in _Text(content, path, f"{path.name}/{member}").read():
                            found = True
                            yield each
                except ForeignFile:
                    continue
                except FileError as error:
                    yield Skipped(member, error.what)
    except (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError) as error:  # the last for what has a password
        raise FileError(path, f"{path.name} cannot be unpacked ({error}).", "Unpack it, and name the file.") from error
    if not found:
        raise _foreign(path, "no file in it holds a conversation that lion-tui knows")


class _Text:
    """A file of JSON, or of lines of it."""

    def __init__(self, source: Any, path: Path, label: str) -> None:
        self._source = source
        self._path = path
        self._label = label
        self._known = 0

    def read(self) -> Iterator[Conversation | Skipped]:
        """Yield the conversations in it.

        Raises:
            ForeignFile: there is none.
            FileError: it is no JSON.
        """
        text = Utf8(self._source)
        buffered = io.BufferedReader(text)
        line = buffered.readline(_LONGEST_LINE).lstrip()
        while not line and buffered.peek(1):
            line = buffered.readline(_LONGEST_LINE).lstrip()
        first = next(line_values([line]), None) if line.startswith(b"{") else None
        if isinstance(first, dict):
            yield from self._counted(self._lines(first, buffered))
        else:
            self._source.seek(0)
            text = Utf8(self._source)
            yield from self._counted(self._entries(values(io.BufferedReader(text))))
        if text.mended:
            yield Skipped(self._label, "Bytes in it that are no UTF-8 text are U+FFFD now.", empty=True)

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
                yield Skipped(self._label, f"After {self._known:,} conversations, {why}: what follows is missing.")
                return
            raise _unreadable(self._path, why) from error
        if not self._known:
            raise _foreign(self._path, f"it holds no conversation of {_PROGRAMS}")

    def _entries(self, entries: Iterable[Json]) -> Iterator[Conversation | Skipped]:
        for number, entry in enumerate(entries, 1):
            if isinstance(entry, InvalidContent):
                yield Skipped(self._label, f"In it, {entry}.")
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
        yield Skipped(title, "It has no messages in a form that lion-tui knows.")

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

    def _lines(self, first: dict[str, Any], rest: BinaryIO) -> Iterator[Conversation | Skipped]:
        """Yield what a file of lines holds: one conversation, or one a line."""
        kinds = (is_sillytavern, is_llama_app, is_pi, is_gptme)
        if not any(is_kind(first) for is_kind in kinds):
            yield from self._entries(itertools.chain([first], line_values(rest)))
            return
        self._check(first)
        if self._path.name == _LOG and is_gptme(first):
            yield _gptme(self._path)
            return
        entries, faults = [first], []
        for each in line_values(rest):
            if isinstance(each, dict):
                entries.append(each)
            else:
                faults.append(each)
        if is_sillytavern(first):
            conversation = from_sillytavern(first, entries[1:], self._path.stem)
        elif is_llama_app(first):
            conversation = from_llama_app(entries)
        elif is_pi(first):
            conversation = from_pi(entries)
        else:
            conversation = from_gptme({"main": entries}, self._path.stem)
        conversation.leave_out(len(faults), "line", "lines")
        yield conversation


def _gptme(log: Path) -> Conversation:
    """Return the conversation whose log is in a folder, with the branches beside it."""
    logs: dict[str, list[dict[str, Any]]] = {}
    faults = 0
    for file in [log, *sorted((log.parent / "branches").glob("*.jsonl"))]:
        with open_to_read(file) as source:
            entries = list(line_values(source))
        branch = "main" if file is log else file.stem if file.stem != "main" else "main-branch"
        logs[branch] = [entry for entry in entries if isinstance(entry, dict)]
        faults += sum(not isinstance(entry, dict) for entry in entries)
    conversation = from_gptme(logs, log.parent.name)
    conversation.leave_out(faults, "line", "lines")
    return conversation


def _unreadable(path: Path, why: str) -> FileError:
    return FileError(path, f"{path.name} cannot be imported: {why}.", "Export it again, or restore a copy of it.")


def _foreign(path: Path, why: str) -> ForeignFile:
    what = f"{path.name} cannot be imported: {why}."
    return ForeignFile(path, what, "Choose the file that the other program exported.")
