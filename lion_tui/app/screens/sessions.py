"""The sessions: found, opened, named, copied, deleted and brought back."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, ClassVar, Final

from textual import on
from textual.binding import Binding
from textual.content import Content
from textual.getters import query_one
from textual.widgets import Static

from lion_tui.app.screens.list_screen import ListScreen
from lion_tui.app.shelf.loading import Loading
from lion_tui.app.shelf.rows import sift
from lion_tui.app.shelf.session_list import SessionHeading, SessionList
from lion_tui.app.working import begin
from lion_tui.core.errors import LionError, UsageError
from lion_tui.core.moments import moment
from lion_tui.core.text import printable
from lion_tui.session.shelving import duplicate, retitle
from lion_tui.storage.trash import bring_back, delete_for_good, throw_away

if TYPE_CHECKING:
    from collections.abc import Coroutine, Iterator, Sequence
    from pathlib import Path
    from typing import Any

    from textual.widget import Widget

    from lion_tui.app.screens.main import MainScreen
    from lion_tui.app.shelf.rows import SessionRow
    from lion_tui.storage.trash import Trashed

_GROUP: Final = "sessions"


class SessionsScreen(ListScreen[None, SessionList]):
    """What is written filters, the arrows move, and keys with Ctrl act on the line at the cursor."""

    CSS_PATH = [*ListScreen.CSS_PATH, "sessions.tcss"]  # noqa: RUF012 - Textual's way to declare them
    BINDINGS: ClassVar = [
        Binding("ctrl+r", "rename", "title", show=False, priority=True),
        Binding("ctrl+y", "duplicate", "copy", show=False, priority=True),
        Binding("ctrl+d", "delete", "delete", show=False, priority=True),
        Binding("ctrl+z", "undo", "bring back", show=False, priority=True),
        Binding("ctrl+t", "trash", "trash", show=False, priority=True),
        Binding("ctrl+o", "other", "other file", show=False, priority=True),
    ]

    about = query_one("#about", Static)

    def __init__(self, main: MainScreen) -> None:
        """List the sessions beside the one that `main` shows."""
        self._main = main
        self._here = main.leaving.file.absolute()
        super().__init__(SessionList(self._here), "Type to find a session")
        self._loading = Loading()
        self._rows: Sequence[SessionRow] = ()
        self._in_trash = False
        self._moved = False
        self._said = self._about = ("", False)
        self._pointed: object = None
        self._deleted: list[Trashed] = []
        self._doomed: SessionRow | None = None

    def above(self) -> Iterator[Widget]:
        """Return the heading of the columns."""
        yield SessionHeading()

    def below(self) -> Iterator[Widget]:
        """Return what says more of the line at the cursor."""
        yield Static(id="about", markup=False)

    def on_mount(self) -> None:
        """Show the list."""
        self._show_view(trash=False)

    # Filling

    def _show_view(self, *, trash: bool) -> None:
        self._in_trash, self._moved, self._doomed = trash, False, None
        self.panel.border_title = Content("Trash" if trash else "Sessions")
        self.hints.say(_hints(trash=trash))
        self._load()

    def _load(self) -> None:
        """Look again what there is; the program does it, so that what is read is kept also if this screen goes."""
        fill = self._fill_trash if self._in_trash else self._fill
        begin(self.app, fill, group=_GROUP, exclusive=True)

    async def _fill(self) -> None:
        loading = self._loading
        self._show(await asyncio.to_thread(loading.begin))
        while loading.left:
            self._show(await asyncio.to_thread(loading.go_on))
        await asyncio.to_thread(loading.keep)

    async def _fill_trash(self) -> None:
        self._show(await asyncio.to_thread(self._loading.trash))

    def _show(self, rows: Sequence[SessionRow]) -> None:
        self._rows = rows
        if self.is_attached:  # it may have been left meanwhile
            self.sift(rows, sift, self._take)

    def refilter(self) -> None:
        """Show the sessions that fit what is written, from the first one on."""
        self._moved = False
        self._show(self._rows)

    def _take(self, rows: Sequence[SessionRow]) -> None:
        self.listed.show(rows, None if self._moved else 0)
        count = f"{len(rows)} of {len(self._rows)}" if len(rows) < len(self._rows) else f"{len(rows)}"
        left = 0 if self._in_trash else self._loading.left
        self.panel.border_subtitle = Content(f"{count} · reading {left} more" if left else count)

    # Saying

    def _say(self, text: str, *, error: bool = False) -> None:
        self._said = (text, error)
        self._update_about()

    def _update_about(self) -> None:
        if not self.is_attached:
            return
        text, error = self._said
        text = printable(text or self._detail())
        if (text, error) != self._about:  # it is asked for whenever the list is shown anew
            self._about = (text, error)
            self.about.set_class(error, "-error")
            self.about.update(text)

    def _detail(self) -> str:
        """Return what is known of the line at the cursor besides what it shows."""
        row = self.listed.row
        if row is None:
            if self._rows:
                return "No session is called that. ^o opens a file by its name."
            if self._in_trash:
                return "The trash is empty."
            return "Sessions stand here once something was asked in them."
        if row.deleted:
            when = moment(row.deleted.at)
            return f"Deleted {when:%d %b %Y %H:%M}; enter brings it back.\nIt was {row.deleted.origin}"
        facts = [row.found.path, f"{moment(row.last_at):%d %b %Y %H:%M}"]
        if row.entry and row.entry.derived.models:
            facts.append(", ".join(row.entry.derived.models))
        more = row.fault
        if row.path == self._here:
            more = "This session is shown now."
        elif row.found.holder:
            more = f"Open in process {row.found.holder.pid} on {row.found.holder.host}: it opens read only."
        elif row.entry and row.entry.damaged:
            more += " Enter shows what can be read of it."
        return "\n".join(filter(None, (more, " · ".join(facts))))

    @on(SessionList.Pointed)
    def _pointed_at(self) -> None:
        here = self.listed.row.found.path if self.listed.row else None
        if here != self._pointed and self._pointed is not None:
            self._said = ("", False)
            self._doomed = None
        self._pointed = here
        self._update_about()

    @on(SessionList.Clicked)
    def _clicked(self) -> None:
        self._moved = True
        self.action_choose()

    # Acting

    def action_back(self) -> None:
        """Go back to the sessions, or from there away."""
        if self._in_trash:
            self._say("")
            self._show_view(trash=False)
        else:
            self.dismiss()

    def action_move(self, by: int) -> None:
        """Move the cursor by so many lines."""
        self._moved = True
        super().action_move(by)

    def action_page(self, by: int) -> None:
        """Move the cursor by so many screens."""
        self._moved = True
        super().action_page(by)

    def action_choose(self) -> None:
        """Open the session at the cursor; from the trash, bring it back."""
        row = self.listed.row
        if row is None:
            return
        if row.deleted:
            self._do(self._bring_back(row.deleted))
        elif row.path == self._here:
            self.dismiss()
        else:
            self._open(row)

    def _open(self, row: SessionRow) -> None:
        try:
            self._main.leaving.change_session(row.path, salvage=bool(row.entry and row.entry.damaged))
        except LionError as error:
            self._say(str(error), error=True)
        else:
            self.dismiss()

    def action_other(self) -> None:
        """Ask for a file that is not in the list."""
        from lion_tui.app.screens.ask import Ask
        from lion_tui.storage.named import named_path

        opened: list[Path] = []

        def take(name: str) -> None:
            if not name.strip():
                raise UsageError("A file is needed.", "Its name ends in .parquet or .toml.")
            path = named_path(name.strip())
            self._main.leaving.change_session(path)
            opened.append(path)

        def leave(_: None) -> None:
            if opened:
                self.dismiss()

        self.app.push_screen(Ask("Open a session's file", take), leave)

    def action_rename(self) -> None:
        """Ask for another title."""
        row = self._chosen()
        if row is None:
            return
        from lion_tui.app.screens.ask import Ask

        def take(title: str) -> None:
            if row.path == self._here:
                self._main.check_writable()
                self._main.session.title = title.strip()
                self._do(self._renamed(self._main.session.flush()))
            else:
                self._do(self._renamed(asyncio.to_thread(retitle, row.path, title.strip())))

        self.app.push_screen(Ask(f"Title of {row.name}", take, value=row.proposed))

    async def _renamed(self, work: Coroutine[Any, Any, None]) -> None:
        await work
        self._say("It has another title now; undo in the session takes it back.")

    def action_duplicate(self) -> None:
        """Write a copy into the data folder."""
        if row := self._chosen():
            self._do(self._duplicate(row.path))

    async def _duplicate(self, path: Path) -> None:
        copy = await asyncio.to_thread(duplicate, path)
        self._say(f"The copy is {copy.name}.")

    def action_delete(self) -> None:
        """Put the session at the cursor into the trash; from there, pressed twice, take it away for good."""
        row = self.listed.row
        if row is None:
            return
        if row.deleted and self._doomed != row:
            self._say(f"Delete “{row.name}” for good? ^d again does it; nothing brings it back.")
            self._doomed = row
        elif row.deleted:
            self._do(self._delete_for_good(row.deleted, row.name))
        elif row.path == self._here:
            leave = "Enter on another one, or esc and ^n, leaves it; then ^d deletes it here."
            self._say(f"This session is shown now. {leave}", error=True)
        else:
            self._do(self._throw_away(row))

    async def _throw_away(self, row: SessionRow) -> None:
        self._deleted.append(await asyncio.to_thread(throw_away, row.path))
        self._pointed = None
        self._say(f"“{row.name}” is in the trash. ^z brings it back.")

    async def _delete_for_good(self, deleted: Trashed, name: str) -> None:
        await asyncio.to_thread(delete_for_good, deleted)
        self._deleted = [each for each in self._deleted if each != deleted]
        self._pointed = None
        self._say(f"“{name}” is gone for good.")

    def action_undo(self) -> None:
        """Bring back what was deleted last."""
        if self._deleted:
            self._do(self._bring_back(self._deleted[-1]))
        else:
            self._say("Nothing was deleted here. ^t shows the trash.")

    async def _bring_back(self, deleted: Trashed) -> None:
        path = await asyncio.to_thread(bring_back, deleted)
        self._deleted = [each for each in self._deleted if each != deleted]
        self._pointed = None
        self._say(f"It is back as {path}.")

    def action_trash(self) -> None:
        """Show the trash, or the sessions again."""
        self._say("")
        self._show_view(trash=not self._in_trash)

    def _chosen(self) -> SessionRow | None:
        """Return the session at the cursor; None if nothing can be done with it but opening or restoring it."""
        row = self.listed.row
        if row is not None and row.deleted:
            self._say("It is in the trash. Enter brings it back.", error=True)
            return None
        return row

    def _do(self, work: Coroutine[Any, Any, None]) -> None:
        """Do something with files; what goes wrong is said."""
        self._moved = True  # the cursor stays where it is
        self.app.run_worker(self._guard(work), group="shelving")

    async def _guard(self, work: Coroutine[Any, Any, None]) -> None:
        try:
            await work
        except LionError as error:
            self._say(str(error), error=True)
        else:
            self._load()


def _hints(*, trash: bool) -> tuple[tuple[str, str], ...]:
    if trash:
        return (("enter", "bring back"), ("^d", "delete for good"), ("esc", "back to the sessions"))
    return (
        ("enter", "open"), ("^r", "title"), ("^d", "delete"), ("^t", "trash"), ("^o", "file"), ("^y", "copy"),
        ("esc", "close"),
    )  # fmt: skip
