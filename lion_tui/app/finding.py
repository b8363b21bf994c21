"""Finding a text on all branches: what the line that is looked for with does, and what the tree says of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from lion_tui.app.slices import moment, pause
from lion_tui.app.transcript.search import Hit, Needle
from lion_tui.app.transcript.tree_search import TreeSearch
from lion_tui.app.working import begin
from lion_tui.core.changes import Lived, Made
from lion_tui.core.counting import counted
from lion_tui.core.errors import UsageError
from lion_tui.core.events import Changed, Finished, Purged

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lion_tui.app.screens.main import MainScreen
    from lion_tui.core.events import Event

_SHOWN_EVERY: Final = 12
"""Slices from one showing of what was found to the next."""


class FindEverywhere:
    """Looks in all live messages, in slices, in the order of their making.

    Nothing moves while one types. Going to a hit shows a path through it; no head moves, and ending the search leaves
    one there.
    """

    def __init__(self, screen: MainScreen) -> None:
        """Look in the session of `screen`."""
        self._screen = screen
        self._search: TreeSearch | None = None
        self._hit: Hit | None = None
        self._seeking: Iterator[Hit | None] | None = None
        self._runs = False

    # What the line does

    def find(self, text: str) -> None:
        """Look for a text: it is counted and marked; with an empty one, nothing is looked for."""
        self._hit = self._seeking = None
        self._search = TreeSearch(self._screen.session.state, Needle(text)) if text else None
        self._screen.tree_pane.show_hits(self._search)
        self._screen.chat.mark(text)
        self._go_on()

    def find_next(self, step: int) -> None:
        """Go to the next hit, with -1 to the one before; around the ends of the session if need be."""
        if self._search is None:
            return
        if self._hit is not None:
            row, part, start, end = self._hit
            self._seeking = self._search.seek(row, part, end if step > 0 else start, step)
        else:
            try:
                row = self._screen.selected.row()
            except UsageError:  # there is no message, and so no hit
                return
            self._seeking = self._search.seek(row, 0, 0, step)
        self._go_on()

    def keep_hits(self) -> None:
        """Go to the first hit from the selected message on, if no other one was gone to."""
        if self._hit is None:
            self.find_next(1)

    def mark(self, text: str) -> None:
        """Mark a text in the chat that is shown now."""
        self._screen.chat.mark(text)

    def end_find(self) -> None:
        """Look for nothing any more."""
        self._search = self._hit = self._seeking = None
        self._screen.tree_pane.show_hits(None)
        self._screen.chat.keep_hits()
        self._screen.chat.end_find()

    def focus(self) -> None:
        """Give the keyboard to the chat, where n and p go on."""
        self._screen.set_focus(self._screen.chat)

    # In step with the session

    def take(self, event: Event) -> None:
        """Count anew what changed."""
        if self._search is None:
            return
        tree = self._screen.session.state.tree
        match event:
            case Finished(_, node_id):
                self._search.changed(tree.row(node_id))
            case Purged():
                self._search.changed(0)
            case Changed(_, gesture):
                for change in gesture.changes:
                    if isinstance(change, Made):
                        self._search.changed(tree.rows_of(change.first, change.last).start)
                    elif isinstance(change, Lived):
                        self._search.changed(tree.row(change.node_id))
        if self._hit is not None and not tree.alive(self._hit.row):
            self._hit = None
        self._go_on()

    # Working

    def _go_on(self) -> None:
        """Work now, as long as nobody notices, and later on what is left."""
        if self._search is not None and not moment(self._work()) and not self._runs:
            self._runs = True
            begin(self._screen, self._finish, group="find everywhere")
        self._say()

    async def _finish(self) -> None:
        try:
            slices = 0
            while not moment(self._work()):
                slices += 1
                if slices % _SHOWN_EVERY == 0:
                    self._say()
                await pause()
        finally:
            self._runs = False
        self._say()

    def _work(self) -> Iterator[None]:
        """Look for the next hit, and count, from where that was left."""
        if (search := self._search) is None:
            return
        while self._seeking is not None:
            hit = next(self._seeking, search)
            if hit is search:
                self._seeking = None
            elif isinstance(hit, Hit):
                self._seeking = None
                self._show(search, hit)
            yield
        yield from search.count()

    def _show(self, search: TreeSearch, hit: Hit) -> None:
        self._hit = hit
        self._screen.go_to(hit.row, focus=False)
        self._screen.chat.show_found(search.needle.written, hit)

    def _say(self) -> None:
        search = self._search
        self._screen.tree_pane.show_hits(search)
        if search is None:
            self._screen.find_bar.say_found("")
            return
        branches = search.branches()
        where = f"in {counted(branches, 'branch', 'branches')}" if branches else "on no branch"
        if self._hit is not None and search.counted(self._hit.row):
            said = f"hit {search.number(self._hit):,} of {search.total:,} {where}"
        elif search.total:
            said = f"{counted(search.total, 'hit')} {where}"
        else:
            said = "nothing found" if search.complete else ""
        self._screen.find_bar.say_found(said if search.complete else f"searching… {said}".rstrip())
