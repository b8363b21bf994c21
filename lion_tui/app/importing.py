"""Conversations of other programs, made sessions while the screen goes on."""

from __future__ import annotations

import asyncio
import threading
from typing import TYPE_CHECKING, Final, NamedTuple

from lion_tui.app.commands.command import key_names
from lion_tui.app.working import begin
from lion_tui.config.paths import sessions_dir
from lion_tui.core.counting import counted
from lion_tui.core.errors import LionError, UsageError
from lion_tui.core.text import printable

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from lion_tui.app.screens.main import MainScreen
    from lion_tui.app.sending import Written
    from lion_tui.session.importing import Kept
    from lion_tui.storage.importers import Skipped

_TOLD_EVERY_S: Final = 0.5
_GROUP: Final = "import"
_MOST_NAMED: Final = 3


class _Imported(NamedTuple):
    """What came of an import.

    Attributes:
        kept: The sessions, in their files.
        skipped: What made none.
    """

    kept: list[Kept]
    skipped: list[Skipped]


class Importing:
    """Imports a file, or a folder, in a thread; one at a time, and for whichever session is shown meanwhile."""

    def __init__(self, screen: MainScreen, open_key: str) -> None:
        """Begin with nothing to be done; `open_key` lists the sessions."""
        self._screen = screen
        self._open_key = open_key

    def begin(self, path: Path) -> None:
        """Import what is in a file or a folder, show it if it is one session, and say how many there are else.

        Raises:
            UsageError: another import goes on.
        """
        app = self._screen.app
        if any(worker.group == _GROUP and not worker.is_finished for worker in app.workers):
            raise UsageError("Another import goes on.", "Wait for its end.")
        begin(app, self._import, path, self._screen.command, group=_GROUP)

    async def _import(self, path: Path, command: Written | None) -> None:
        kept: list[Kept] = []
        ends = threading.Event()
        work = asyncio.ensure_future(asyncio.to_thread(_imported, path, kept, ends))
        try:
            while not (await asyncio.wait({work}, timeout=_TOLD_EVERY_S))[0]:
                count = f"{len(kept):,} so far" if kept else "reading"
                self._shown.say_note(f"Importing {printable(path.name)}: {count} …", lasting_s=None, stays=True)
            imported = work.result()
        except LionError as error:
            before = f" Before that, {_counted(len(kept))} imported." if kept else ""
            self._shown.say_error(f"{error}{before}")
            if command is not None and self._shown is self._screen:
                command.give_back()
        else:
            self._shown.say_note("")
            self._tell(imported)
        finally:
            ends.set()  # who quits does not wait for the rest

    @property
    def _shown(self) -> MainScreen:
        """The screen of the session that is shown now, which may be another one than it was."""
        from lion_tui.app.screens.main import MainScreen

        screens = [screen for screen in self._screen.app.screen_stack if isinstance(screen, MainScreen)]
        return screens[-1] if screens else self._screen

    def _tell(self, imported: _Imported) -> None:
        lost = [each for each in imported.skipped if not each.empty]
        mended = _mended(imported)
        if len(imported.kept) == 1 and not lost and self._show(imported.kept[0].path, mended):
            return
        there = sum(not kept.new for kept in imported.kept)
        told = []
        if new := len(imported.kept) - there:
            told.append(f"{_counted(new)} imported.")
        if there:
            told.append(f"{counted(there, 'was', 'were')} there already.")
        if imported.kept:
            told.append(f"{key_names(self._open_key)} lists them.")
        if mended:
            told.append(" ".join(mended[:_MOST_NAMED]) + " …" * (len(mended) > _MOST_NAMED))
        if lost:
            names = ", ".join(printable(each.title) for each in lost[:_MOST_NAMED]) + " …" * (len(lost) > _MOST_NAMED)
            told.append(f"{len(lost):,} could not be: {names}. {lost[0].why}")
        if lost or mended:
            self._shown.say_error(" ".join(told))
        else:
            self._shown.say_note(" ".join(told), lasting_s=None)

    def _show(self, path: Path, notices: Sequence[str]) -> bool:
        """Show the one session that was imported, if the one that is shown can be left, and tell whether."""
        try:
            self._shown.leaving.change_session(path, notices=notices)
        except UsageError:
            return False
        return True


def _mended(imported: _Imported) -> list[str]:
    """Return what had to be put right, a sentence each: of the sessions, and of the files that they were in."""
    of_sessions = [
        f"{printable(kept.title or kept.path.stem)}: {sentence}"
        for kept in imported.kept
        if kept.new
        for sentence in kept.report
    ]
    return of_sessions + [f"{printable(each.title)}: {each.why}" for each in imported.skipped if each.mended]


def _imported(path: Path, kept: list[Kept], ends: threading.Event) -> _Imported:
    """Import what is in a file, until it `ends`; what was kept is there as soon as it was."""
    from lion_tui.session.importing import Keeping, import_conversations
    from lion_tui.storage.atomic import save_failed

    folder = sessions_dir()
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        raise save_failed(folder, error) from error
    sessions, keeping = import_conversations(path, ends=ends.is_set), Keeping(folder)
    for session in sessions:
        kept.append(keeping.keep(session))
        if ends.is_set():
            break
    return _Imported(kept, sessions.skipped)


def _counted(count: int) -> str:
    return counted(count, "conversation is", "conversations are")
