"""Commands about the program, and about the session as a whole."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lion_tui.app.commands.command import Command
from lion_tui.core.errors import UsageError

if TYPE_CHECKING:
    from pathlib import Path

    from lion_tui.app.screens.main import MainScreen


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
        screen.leaving.change_session(None)


class OpenSession(Command):
    """The sessions, or a file of one."""

    id = "open"
    keys = "ctrl+o"
    scope = "everywhere"
    title = "sessions"
    help = "List the sessions to open, name, copy, delete or bring one back; with a file, open that."
    words = "history"
    argument = "[file]"

    def run(self, screen: MainScreen, argument: str) -> None:
        """Open the file, or show the list."""
        if argument:
            screen.leaving.change_session(_path(argument))
        else:
            from lion_tui.app.screens.sessions import SessionsScreen

            screen.app.push_screen(SessionsScreen(screen))


class SaveAs(Command):
    """The session in another file."""

    id = "save"
    title = "save as"
    help = "Write the session to another file, .parquet or .toml, and go on there."
    argument = "[file]"

    def run(self, screen: MainScreen, argument: str) -> None:
        """Write the file, or ask for it."""
        if argument:
            screen.leaving.save_as(_path(argument))
        else:
            screen.ask("Save the session as", lambda name: screen.leaving.save_as(_path(name)))


class Import(Command):
    """Conversations of other programs."""

    id = "import"
    title = "import conversations"
    help = "Make sessions of what another program exported, or keeps, with all branches; one alone is shown."
    argument = "[file]"

    def run(self, screen: MainScreen, argument: str) -> None:
        """Begin, or ask for the file."""
        from lion_tui.app.importing import Importing

        importing = Importing(screen, screen.keymap.get(OpenSession.id, OpenSession.keys))
        if argument:
            importing.begin(_path(argument))
        else:
            screen.ask("Import the file or folder", lambda name: importing.begin(_path(name)))


class Move(Command):
    """The session's file elsewhere."""

    id = "move"
    title = "move"
    help = "Give the session's file another name or place, and go on there; the old file goes."
    argument = "[file]"

    def run(self, screen: MainScreen, argument: str) -> None:
        """Move the file, or ask where to."""
        if argument:
            screen.leaving.move(_path(argument))
        else:
            screen.ask("Move the session to", lambda name: screen.leaving.move(_path(name)))


class Export(Command):
    """What is shown, for others."""

    id = "export"
    title = "export"
    help = "Write what is shown, or `all` branches, to a file for others: .md, .html, .txt, .mmd or .jsonl."
    argument = "[all] [file]"

    def run(self, screen: MainScreen, argument: str) -> None:
        """Write it."""
        screen.exporting.export(argument)


class Palette(Command):
    """Everything by its name."""

    id = "palette"
    keys = "ctrl+p"
    scope = "everywhere"
    title = "commands"
    help = "Find any command, branch or model by its name."

    def run(self, screen: MainScreen, argument: str) -> None:
        """Open it."""
        from lion_tui.app.screens.palette import show_palette

        show_palette(screen)


class Suspend(Command):
    """Back to the shell for a while."""

    id = "suspend"
    keys = "ctrl+z"
    title = "suspend"
    help = "Go back to the shell; `fg` comes back. In the composer, take back what was typed."

    def run(self, screen: MainScreen, argument: str) -> None:
        """Suspend the process, as the shell would."""
        screen.app.action_suspend_process()


class Doctor(Command):
    """What the terminal lets through."""

    id = "doctor"
    title = "doctor"
    help = "Show which keys arrive, and what the terminal and this machine let the program do."
    argument = ""

    def run(self, screen: MainScreen, argument: str) -> None:
        """Show it."""
        from lion_tui.app.screens.doctor import DoctorScreen

        screen.app.push_screen(DoctorScreen())


class Help(Command):
    """All keys."""

    id = "help"
    keys = "f1,question_mark"
    scope = "everywhere"
    title = "all keys"
    help = "Show all keys, those that work here first, or hide them."
    argument = ""

    def run(self, screen: MainScreen, argument: str) -> None:
        """Show them."""
        from lion_tui.app.screens.help import HelpScreen

        screen.app.push_screen(HelpScreen(screen.keymap, composing=screen.composer.has_focus))


class TakeTour(Command):
    """The main keys, one after the other."""

    id = "tour"
    title = "tour"
    help = "Show the main keys on a sample session, one after the other; again, end that."
    argument = ""

    def run(self, screen: MainScreen, argument: str) -> None:
        """Show the sample, or end the tour."""
        if screen.tour is not None:
            screen.tour.end()
        else:
            screen.leaving.change_session(None, tour=True)


class Quit(Command):
    """Save and leave."""

    id = "quit"
    keys = "ctrl+q"
    scope = "everywhere"
    title = "quit"
    help = "Save the session and leave."
    words = "exit"
    argument = ""

    def run(self, screen: MainScreen, argument: str) -> None:
        """Leave."""
        screen.leaving.leave()


def _path(name: str) -> Path:
    if not name.strip():
        raise UsageError("A file is needed.", "Write its name.")
    from lion_tui.storage.named import named_path

    name = name.strip()
    quoted = len(name) > 1 and name[0] == name[-1] and name[0] in "\"'"
    return named_path(name[1:-1] if quoted else name)
