"""Writing what is shown to a file for others, as the user says it."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Final

from lion_tui.app.status import name_of
from lion_tui.config.paths import sessions_dir
from lion_tui.core.counting import counted
from lion_tui.core.errors import UsageError
from lion_tui.core.refs import slug
from lion_tui.session.branch import Branch

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lion_tui.app.screens.main import MainScreen

_ALL: Final = "all"
_LONG_S: Final = 0.2
"""How long an export may take before the screen says so."""


class Exporting:
    """Exports the columns of a screen if there are several, else the branch that is shown, or all branches."""

    def __init__(self, screen: MainScreen) -> None:
        """Export from `screen`."""
        self._screen = screen
        self._session = screen.session

    def export(self, argument: str) -> None:
        """Write it to a file, whose ending says the form.

        Args:
            argument: The file, and before it `all` if all branches are meant. Without a file, or in a folder, one of
                a fitting name is made; without an ending, the form is Markdown, or a page for columns.

        Raises:
            UsageError: there is nothing to export, or the ending says no form.
        """
        from lion_tui.storage.exporters import DRAWN, checked_form

        first, _, rest = argument.partition(" ")
        everything, name = (True, rest.strip()) if first == _ALL else (False, argument)
        columns = [] if everything else [Branch(self._session, each) for _, each in self._screen.columns.numbered()]
        form = ".html" if len(columns) > 1 else ".md"
        path = self._target(name, self._stem(columns), form).absolute()
        # A drawing of one branch would show a line.
        everything = everything or (len(columns) == 1 and checked_form(path, None) in DRAWN)
        self._screen.inference.run(self._write(path, None if everything else columns, everything=everything))

    def _stem(self, columns: Sequence[Branch]) -> str:
        """Return the name of a file without its ending: of the session, and of the branches."""
        session = name_of(self._session, self._screen.leaving.file)
        return "-".join(slug(name).strip("-.") for name in (session, *(branch.name for branch in columns)))

    def _target(self, name: str, stem: str, ending: str) -> Path:
        """Return the file that is meant; one whose name is made up is new."""
        from lion_tui.storage.named import named_path
        from lion_tui.storage.trash import free_path

        path = named_path(name) if name else self._folder()
        if path.is_dir():
            return free_path(path.resolve() / f"{stem}{ending}")
        return path if path.suffix else path.with_name(f"{path.name}{ending}")

    def _folder(self) -> Path:
        """Return where the session is, or the current folder if the program keeps it among its own."""
        folder = self._screen.leaving.file.parent
        if folder != sessions_dir():
            return folder
        try:
            return Path.cwd()
        except OSError as error:
            raise UsageError("The current folder is not there any more.", "Name the file with its folder.") from error

    async def _write(self, path: Path, columns: Sequence[Branch] | None, *, everything: bool) -> None:
        writing = asyncio.ensure_future(self._session.aexport(path, columns, everything=everything))
        done, _ = await asyncio.wait({writing}, timeout=_LONG_S)
        if not done:
            self._screen.say_note(f"Writing {path.name} …", lasting_s=None, stays=True)
        try:
            written = await writing
        except BaseException:
            self._screen.say_note("")
            raise
        left_out = f"; {written.left_out:,} archived were left out" if written.left_out else ""
        self._screen.say_note(f"Exported {counted(written.messages, 'message')} to {path}{left_out}.", lasting_s=None)
