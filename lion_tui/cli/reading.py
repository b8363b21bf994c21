"""Reading a session's file for a command that prints what it holds."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lion_tui.cli import terminal

if TYPE_CHECKING:
    from pathlib import Path

    from lion_tui import Session


def read_session(file: Path, *, report: bool = True) -> Session:
    """Read a session, with what its journal has; the file is left as it is.

    Args:
        file: The file.
        report: Whether what had to be put right is said on standard error.

    Raises:
        FileError: it cannot be read, is no session, is damaged, or was written by a later version.
    """
    from lion_tui import Session

    with terminal.progress(f"Reading {file.name}"):
        session = Session.open(file)
    for sentence in session.report if report else ():
        terminal.say(f"{file.name}: {sentence}")
    return session
