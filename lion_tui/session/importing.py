"""Conversations of other programs made sessions, and kept in files of their own. It blocks; call it in a thread."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from lion_tui.core.errors import FileError, UsageError
from lion_tui.core.header import restore_snapshot
from lion_tui.core.ids import to_datetime
from lion_tui.session.session import Session
from lion_tui.storage.importers import ORIGIN, Conversation, Skipped, planted, read_conversations

if TYPE_CHECKING:
    import os

    from lion_tui.core.message import Json


class ImportedSessions(Iterator[Session]):
    """The conversations of a file as sessions, each made when it is asked for.

    Attributes:
        skipped: What made no session so far, and why.
    """

    def __init__(self, path: Path, wanted: Callable[[Conversation], bool]) -> None:
        """Begin with nothing read; see `import_conversations`."""
        self._found = read_conversations(path)
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
            self.skipped.append(Skipped(title, "It has no messages.", empty=True))
            return None
        try:
            state, report = restore_snapshot(made.snapshot)
        except UsageError as error:
            self.skipped.append(Skipped(title, error.what))
            return None
        session = Session(state=state)
        session.report = [*made.report, *report]
        return session


def import_conversations(
    path: str | os.PathLike[str], *, wanted: Callable[[Conversation], bool] = lambda _: True
) -> ImportedSessions:
    """Return the conversations that another program exported, or keeps, as sessions in memory, with all their branches.

    What they are, the content says: the exports of ChatGPT and Claude (also packed), Open WebUI, LibreChat,
    SillyTavern, Chatbot UI, ShareGPT and OpenAI's training data, the logs of llm, and the sessions of pi, tau,
    llama.cpp and gptme. Each session is made when it is asked for; its `report` says what had to be put right.

    Args:
        path: The file, or a folder of such files.
        wanted: Which of them to make sessions of.

    Returns:
        An iterator, which raises `FileError` where the file cannot be read or holds no conversation; its `skipped` says
        what made no session so far.
    """
    return ImportedSessions(Path(path), wanted)


class Kept(NamedTuple):
    """A session that was imported, in its file.

    Attributes:
        path: The file.
        new: Whether it was written now, and was not there already.
    """

    path: Path
    new: bool


def keep(session: Session, folder: Path) -> Kept:
    """Write an imported session to a file in a folder, unless that has it: as it was imported, whatever was done since.

    The name says when the conversation was begun, and which it is. No file is ever replaced: what was gone on with in
    the other program since it was imported gets another one.

    Raises:
        SaveFailed: the operating system refused.
    """
    origin = session.state.extra[ORIGIN]
    path, number = folder / f"{_stem(session, origin)}.parquet", 1
    while path.exists():
        if _origin_of(path).get("digest") == origin["digest"]:
            return Kept(path, new=False)
        number += 1
        path = folder / f"{_stem(session, origin)}-{number}.parquet"
    session.save(path)
    return Kept(path, new=True)


def _stem(session: Session, origin: dict[str, Json]) -> str:
    which = hashlib.sha256(f"{origin['from']}\0{origin['id']}".encode()).hexdigest()[:8]
    return f"{to_datetime(session.state.created_at):%Y%m%d-%H%M%S}-{which}"


def _origin_of(path: Path) -> dict[str, Any]:
    """Return where the session of a file came from; nothing if that cannot be read, or it was begun here."""
    from lion_tui.storage.footer import read_value

    try:
        with path.open("rb") as source:
            origin = read_value(source, path, ORIGIN)
    except (OSError, FileError):
        return {}
    return origin if isinstance(origin, dict) else {}
