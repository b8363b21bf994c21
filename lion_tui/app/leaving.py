"""Saving a session while it is open, and leaving it: for another one, or for good."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from rich.text import Text

from lion_tui.app.opening import open_session
from lion_tui.app.working import begin
from lion_tui.config.left_last import note_left
from lion_tui.core.counting import counted
from lion_tui.core.errors import LionError, StillComing, UsageError
from lion_tui.core.text import printable
from lion_tui.storage.whole import check_extension

if TYPE_CHECKING:
    from collections.abc import Coroutine, Sequence
    from pathlib import Path

    from textual.timer import Timer

    from lion_tui.app.opening import Opened
    from lion_tui.app.screens.main import MainScreen
    from lion_tui.app.sending import Written

UNSAVED = 3
"""The exit code of a user who leaves although the file could not be written."""
_SAVE_AFTER_S = 1.0
_GROUP = "leave"
_LONG_S = 0.2
"""How long a session may take to open before the screen says so."""


def _abandon(opening: asyncio.Future[Opened]) -> None:
    """Let go of a session that nobody waits for any more."""
    if not opening.cancelled() and opening.exception() is None:
        opening.result().session.abandon()


class Leaving:
    """Saves what a screen shows, and closes it. Nobody leaves without having been told that it is not saved.

    Attributes:
        goes: Whether another session is about to be shown, which what is typed is meant for.
    """

    def __init__(self, screen: MainScreen, opened: Opened) -> None:
        """Begin with a session that was just opened."""
        self._screen = screen
        self._opened = opened
        self._session = opened.session
        self._soon: Timer | None = None
        self._makes_file = False
        self.goes = False
        self._unsaved = False  # whether who wanted to leave was told why it is not saved

    @property
    def file(self) -> Path:
        """The session's file, also if it is only read."""
        return self._session.file or self._opened.file

    def save_soon(self) -> None:
        """Save soon what was done; an answer that ends is saved by the session itself."""
        self._unsaved = False
        self.keep_soon()

    def keep_soon(self) -> None:
        """Keep soon what is being written; where a file is to be made for it, when nothing is written for a moment.

        To load what makes a file holds keys up.
        """
        if self._session.file is None:
            return
        if self._soon is None:
            self._makes_file = not self.file.exists()
            self._soon = self._screen.set_timer(_SAVE_AFTER_S, self._save)
        elif self._makes_file:
            self._soon.reset()

    def _save(self) -> None:
        self._soon = None
        if not self._unsaved and self._session.file is not None:
            if not self._opened.read_only:
                self._screen.drafts.keep(self._screen.revising.at_risk)
            self._screen.inference.run(self._session.flush())

    def _keep_draft(self) -> None:
        if not self._opened.read_only:
            self._screen.drafts.keep(self._screen.revising.put_aside)

    def _check_quiet(self) -> None:
        if count := len(self._session.streaming):
            raise StillComing(f"{counted(count, 'answer is', 'answers are')} coming.", "Wait, or stop them: /stop-all.")

    def save_as(self, path: Path) -> None:
        """Write the session to another file and go on there."""
        self._check_quiet()
        self._run(self._save_as(path))

    async def _save_as(self, path: Path) -> None:
        self._keep_draft()  # as it is now: the copy is not to have the command that makes it
        await self._session.asave(path)
        await self._change_session(path, copied=True)

    def move(self, path: Path) -> None:
        """Keep the session in another file, and go on; the old one goes. Into a folder, it goes under its own name."""
        self._screen.check_writable()
        self._screen.inference.run(self._move((path / self.file.name if path.is_dir() else path).absolute()))

    async def _move(self, path: Path) -> None:
        await self._session.move(path)
        self._screen.showing.path_changed()
        self._screen.say_note(f"The session is kept in {printable(str(path))} now.")

    def change_session(
        self, path: Path | None, *, salvage: bool = False, tour: bool = False, notices: Sequence[str] = ()
    ) -> None:
        """Save this session and show another one; a new one if no file is given. If it cannot be, this one goes on.

        Args:
            path: The other one's file.
            salvage: Whether to show what can be read of a damaged file.
            tour: Whether the new one is the sample, for a tour.
            notices: What the user should know of it besides, a sentence each.

        Raises:
            UsageError: it is this session's own file, its name is no session's, or answers are coming.
        """
        if path is not None and path.resolve() == self.file.resolve():
            raise UsageError("That file is this session's own.", "Nothing needs to be done.")
        if path is not None and not salvage and (path.suffix or path.exists()):
            check_extension(path)
        self._check_quiet()
        self.goes = path is None  # a file may take its time; one can go on here meanwhile
        self._run(self._change_session(path, salvage=salvage, tour=tour, notices=notices))

    async def _change_session(
        self,
        path: Path | None,
        *,
        copied: bool = False,
        salvage: bool = False,
        tour: bool = False,
        notices: Sequence[str] = (),
    ) -> None:
        """Show another session.

        Args:
            path: Its file.
            copied: Whether that has all of this session, so that this one's own file may be as it is.
            salvage: Whether to show what can be read of a damaged file.
            tour: Whether to show the sample.
            notices: What the user should know besides.
        """
        file = self.file
        try:
            opened = await self._open(path, salvage=salvage, tour=tour)
            try:
                self._check_quiet()
                self.goes = True
                await self._end(copied=copied)
            except BaseException:
                opened.session.abandon()
                raise
        except BaseException:
            self.goes = False
            self._screen.post_message(self._screen.SessionStays())
            raise
        if self._written(file):
            note_left(file)
        opened.session.fallback = self._session.fallback
        done = f"The session is kept in {printable(str(path))} now." if copied else ""
        opened = opened._replace(notices=(*opened.notices, *notices), done=done)
        self._screen.post_message(self._screen.SessionChanged(opened))

    async def _end(self, *, copied: bool) -> None:
        refused = await self._close()
        if refused and copied:
            self._session.abandon()
        elif refused:
            raise refused

    async def _open(self, path: Path | None, *, salvage: bool, tour: bool) -> Opened:
        """Open a session in a thread; who gives up waiting for it does not leave its file locked."""
        opening = asyncio.ensure_future(
            asyncio.to_thread(
                open_session,
                path,
                service=self._opened.service,
                model=self._opened.model,
                system=None,
                salvage=salvage,
                tour=tour,
            )
        )
        try:
            done, _ = await asyncio.wait({opening}, timeout=_LONG_S)
            if done or path is None:
                return await asyncio.shield(opening)
            self._screen.say_note(f"Opening {printable(path.name)} …", lasting_s=None, stays=True)
            try:
                return await asyncio.shield(opening)
            finally:
                self._screen.say_note("")
        except asyncio.CancelledError:
            opening.add_done_callback(_abandon)
            raise

    def _run(self, work: Coroutine[Any, Any, None]) -> None:
        self._screen.app.run_worker(self._guard(work, self._screen.command), group=_GROUP, exclusive=True)

    async def _guard(self, work: Coroutine[Any, Any, None], command: Written | None) -> None:
        try:
            await work
        except LionError as error:
            self._screen.say_error(str(error))
            if command is not None:
                command.give_back()

    async def _close(self) -> LionError | None:
        """Save and close the session; return why it could not be."""
        refused: LionError | None = None
        try:
            self._keep_draft()
            self._screen.revising.keep()
            await self._session.aclose()
        except LionError as error:
            refused = error
        await self._screen.inference.end()
        return refused

    def leave(self, *, ended_by: int | None = None) -> None:
        """Save and leave; a signal that ends the program does so even if it cannot be saved."""
        begin(self._screen.app, self._leave, ended_by, group=_GROUP, exclusive=True)

    async def _leave(self, ended_by: int | None) -> None:
        app, file = self._screen.app, self.file
        refused = await self._close()
        if ended_by is not None:
            app.exit(return_code=128 + ended_by, message=Text(printable(str(refused))) if refused else None)
        elif refused is None:
            app.exit(message=self._way_back(file))
        elif self._unsaved:
            app.exit(return_code=UNSAVED, message=Text(printable(str(refused))))
        else:
            self._unsaved = True
            self._screen.say_error(f"{refused} Quitting again leaves without saving.")

    def _written(self, file: Path) -> bool:
        return not self._opened.read_only and file.exists()

    def _way_back(self, file: Path) -> Text | None:
        if not self._written(file):
            return None
        import shlex

        note_left(file)
        return Text(printable(f"Saved. Go on with: lion-tui open {shlex.quote(str(file))}"))
