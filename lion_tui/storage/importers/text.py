"""The text that another program wrote as the conversations in it: JSON, or lines of it; whose it is, it says itself."""

from __future__ import annotations

import io
import itertools
import shlex
from typing import TYPE_CHECKING, Any, Final

from lion_tui.core.counting import counted
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
from lion_tui.storage.importers.lines import NoJson, Utf8, line_values, values, where_it_breaks
from lion_tui.storage.importers.open_webui import from_open_webui, is_open_webui
from lion_tui.storage.importers.sillytavern import from_sillytavern, is_sillytavern
from lion_tui.storage.importers.values import identity, name
from lion_tui.storage.problems import InvalidContent
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
LOG: Final = "conversation.jsonl"
"""What gptme calls the log in a conversation's folder."""
_PROGRAMS: Final = (
    "ChatGPT, Claude, Open WebUI, LibreChat, SillyTavern, ShareGPT, OpenAI, Chatbot UI, pi, tau, llama.cpp, llm, gptme"
)
_LONGEST_LINE: Final = 1 << 26
"""Bytes of a first line that are read to find out whether others follow."""
_MOST_UNKNOWN: Final = 1_000
"""Entries that nothing is known of before nothing else of a file is read."""


class Text:
    """A file of JSON, or of lines of it."""

    def __init__(self, source: Any, path: Path, label: str, ends: Callable[[], bool]) -> None:
        """Begin before the text.

        Args:
            source: Where its bytes come from; it can be read from the start again.
            path: The file that it is, or is in.
            label: What it is called in what is said of it.
            ends: Tells whether nothing more is wanted; it is asked while it is read.
        """
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
            number, line = 1, buffered.readline(_LONGEST_LINE).lstrip()
            while not line and buffered.peek(1):
                number, line = number + 1, buffered.readline(_LONGEST_LINE).lstrip()
        except InvalidContent:
            number, line = 1, b"{"  # what comes before that is read piece by piece
        is_object = line.startswith(b"{")
        first = next(line_values([line]), None) if is_object and len(line) < _LONGEST_LINE else None
        if isinstance(first, dict):
            return text, self._lines(first, line_values(buffered, number + 1))
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
                after = counted(self._known, "conversation")
                yield Skipped(f"the rest of {self._label}", f"After {after}, {why}.", of_file=True)
                return
            raise _unreadable(self._path, why) from error
        if not self._known:
            raise foreign(self._path, f"it holds no conversation of {_PROGRAMS}")

    def _entries(self, entries: Iterable[Json]) -> Iterator[Conversation | Skipped]:
        for number, entry in enumerate(entries, 1):
            if isinstance(entry, NoJson):
                yield Skipped(f"line {entry.line:,} of {self._label}", "It is not JSON.", of_file=True)
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
        if self._path.name == LOG and is_gptme(first):
            yield read_log(self._path, self._ends)
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


def read_log(log: Path, ends: Callable[[], bool]) -> Conversation:
    """Return the conversation of gptme whose log is in a folder, with the branches beside it.

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


def foreign(path: Path, why: str) -> ForeignFile:
    """Return the error for a file without a conversation; `why` is a clause."""
    what = f"{path.name} cannot be imported: {why}."
    return ForeignFile(path, what, "Choose the file that the other program exported.")
