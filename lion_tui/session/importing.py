"""Conversations of other programs made sessions, and kept in files of their own. It blocks; call it in a thread."""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple

from lion_tui.core.errors import FileError, UsageError
from lion_tui.core.header import restore_snapshot
from lion_tui.core.ids import to_datetime
from lion_tui.session.session import Session
from lion_tui.storage.importers import ORIGIN, Conversation, Skipped, planted, read_conversations

_NAME: Final = re.compile(r"\d{8}-\d{6}-(?P<which>[0-9a-f]{8})(-\d+)?\.parquet")


class ImportedSessions(Iterator[Session]):
    """The conversations of a file as sessions, each made when it is asked for.

    Attributes:
        skipped: What made no session so far, and why.
    """

    def __init__(self, path: Path, wanted: Callable[[Conversation], bool], ends: Callable[[], bool]) -> None:
        """Begin with nothing read; see `import_conversations`."""
        self._found = read_conversations(path, ends)
        self._wanted = wanted
        self.skipped: list[Skipped] = []

    def __next__(self) -> Session:
        """Return the next session.

        Raises:
            FileError: the file cannot be read, or holds no conversation.
        """
        for each in self._found:
            if isinstance(each, Skipped):
                self.skipped.append(each)
            elif self._wanted(each) and (session := self._session(each)) is not None:
                return session
        raise StopIteration

    def _session(self, conversation: Conversation) -> Session | None:
        title = conversation.title or conversation.id or "a conversation without a title"
        made = planted(conversation)
        if made is None:
            self.skipped.append(Skipped(title, "It has no messages.", empty=True, id=conversation.id))
            return None
        try:
            state, report = restore_snapshot(made.snapshot)
        except UsageError as error:
            self.skipped.append(Skipped(title, error.what, id=conversation.id))
            return None
        session = Session(state=state)
        session.report = [*made.report, *report]
        return session


def import_conversations(
    path: str | os.PathLike[str],
    *,
    wanted: Callable[[Conversation], bool] = lambda _: True,
    ends: Callable[[], bool] = lambda: False,
) -> ImportedSessions:
    """Return the conversations that another program exported, or keeps, as sessions in memory, with all their branches.

    What they are, the content says: the exports of ChatGPT and Claude (also packed), Open WebUI, LibreChat,
    SillyTavern, Chatbot UI, ShareGPT and OpenAI's training data, the logs of llm, and the sessions of pi, tau,
    llama.cpp and gptme. Each session is made when it is asked for; its `report` says what had to be put right.

    Args:
        path: The file, or a folder of such files.
        wanted: Which of them to make sessions of.
        ends: Tells whether nothing more is wanted; it is asked while the file is read, also within a conversation.

    Returns:
        An iterator, which raises `FileError` where the file cannot be read or holds no conversation; its `skipped` says
        what made no session so far.
    """
    return ImportedSessions(Path(path), wanted, ends)


class Kept(NamedTuple):
    """A session that was imported, in its file.

    Attributes:
        path: The file.
        new: Whether it was written now, and was not there already.
        title: What the conversation is called; empty if it is not.
        report: What had to be put right, a sentence each.
    """

    path: Path
    new: bool
    title: str = ""
    report: Sequence[str] = ()


class Keeping:
    """Writes imported sessions to files in a folder, unless that has them; each file is looked into once."""

    def __init__(self, folder: Path) -> None:
        """Keep them in `folder`, which is there."""
        self._folder = folder
        self._files: dict[str, list[Path]] = {}
        self._known: dict[str, dict[str, Path]] = {}
        self._numbers: dict[str, int] = {}
        for path in folder.iterdir():
            if name := _NAME.fullmatch(path.name):
                self._files.setdefault(name["which"], []).append(path)

    def keep(self, session: Session) -> Kept:
        """Write a session to a file of its own, unless there is one: as it was imported, whatever was done since.

        The name says when the conversation was begun, and which it is. No file is ever replaced: what was gone on with
        in the other program since it was imported gets another one.

        Raises:
            SaveFailed: the operating system refused.
        """
        origin = session.state.extra[ORIGIN]
        which = hashlib.sha256(f"{origin['from']}\0{origin['id']}".encode()).hexdigest()[:8]
        known = self._known.get(which)
        if known is None:
            files = sorted(self._files.get(which, ()))
            known = self._known[which] = {str(_origin_of(path).get("digest")): path for path in files}
        path = known.get(origin["digest"])
        new = path is None
        if path is None:
            path = self._free(f"{to_datetime(session.state.created_at):%Y%m%d-%H%M%S}-{which}")
            session.save(path)
            known[origin["digest"]] = path
        return Kept(path, new, session.title, session.report)

    def _free(self, stem: str) -> Path:
        """Return the first name of a file that there is none of."""
        number = self._numbers.get(stem, 0)
        while True:
            number += 1
            path = self._folder / (f"{stem}-{number}.parquet" if number > 1 else f"{stem}.parquet")
            if not os.path.lexists(path):
                self._numbers[stem] = number
                return path


def _origin_of(path: Path) -> dict[str, Any]:
    """Return where the session of a file came from; nothing if that cannot be read, or it was begun here."""
    from lion_tui.storage.footer import read_value

    try:
        with path.open("rb") as source:
            origin = read_value(source, path, ORIGIN)
    except (OSError, FileError):
        return {}
    return origin if isinstance(origin, dict) else {}
