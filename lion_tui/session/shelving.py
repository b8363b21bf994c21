"""What is done with the file of a session that is not open: another title, a copy. Each blocks; call it in a thread."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lion_tui.config.paths import sessions_dir
from lion_tui.core.ids import uuid7
from lion_tui.core.titles import derived_title
from lion_tui.session.session import Session
from lion_tui.storage.trash import free_path

if TYPE_CHECKING:
    from pathlib import Path


def retitle(path: Path, title: str) -> None:
    """Give the session of a file a title; whoever opens it next can undo that.

    Raises:
        FileLocked: it is open for writing.
        FileError: it cannot be read, or written.
    """
    with Session.open(path, write=True) as session:
        session.title = title


def duplicate(path: Path) -> Path:
    """Write a copy of a session, as it is now and as a session of its own, into the data folder, and return its file.

    Raises:
        FileError: it cannot be read, or the copy cannot be written.
    """
    session = Session.open(path)
    session.title = f"{session.title or derived_title(session.state.tree) or path.stem} (copy)"
    session.state.session_id = uuid7()
    copy = free_path(sessions_dir() / path.name)
    copy.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    session.save(copy)
    return copy
