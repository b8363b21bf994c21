"""Commands about the session as a whole, and other sessions."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from lion_tui.app.command import Command
from lion_tui.core.errors import UsageError

if TYPE_CHECKING:
    from lion_tui.app.screens.main import MainScreen


class StopAll(Command):
    """No more answers."""

    id = "stop-all"
    keys = "X"
    title = "stop all"
    help = "Stop every answer, on all branches, and keep their texts."
    argument = ""

    def run(self, screen: MainScreen, argument: str) -> None:
        """Stop them and say how many."""
        count = screen.session.stop_all()
        if not count:
            raise UsageError("No answer is coming.")
        screen.say_note(f"Stopped {count} answer{'' if count == 1 else 's'}; what came is kept.")


class NewSession(Command):
    """Begin anew."""

    id = "new"
    keys = "ctrl+n"
    scope = "everywhere"
    title = "new session"
    help = "Save this session and begin another one."
    argument = ""

    def run(self, screen: MainScreen, argument: str) -> None:
        """Begin it."""
        screen.change_session(None)


class OpenSession(Command):
    """Another session."""

    id = "open"
    keys = "ctrl+o"
    scope = "everywhere"
    title = "open"
    help = "Save this session and open another one's file."
    argument = "[file]"

    def run(self, screen: MainScreen, argument: str) -> None:
        """Open the file, or ask for it."""
        if argument:
            screen.change_session(_path(argument))
        else:
            screen.ask("Open a session's file", lambda name: screen.change_session(_path(name)))


class SaveAs(Command):
    """The session in another file."""

    id = "save"
    title = "save as"
    help = "Write the session to another file, .parquet or .toml, and go on there."
    argument = "[file]"

    def run(self, screen: MainScreen, argument: str) -> None:
        """Write the file, or ask for it."""
        if argument:
            screen.save_as(_path(argument))
        else:
            screen.ask("Save the session as", lambda name: screen.save_as(_path(name)))


def _path(name: str) -> Path:
    if not name.strip():
        raise UsageError("A file is needed.", "Its name ends in .parquet or .toml.")
    return Path(name.strip()).expanduser()
