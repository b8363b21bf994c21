"""The line that a text is looked for with."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Protocol

from textual import on
from textual.containers import Horizontal
from textual.getters import query_one
from textual.keys import Keys
from textual.widgets import Static, TextArea

from lion_tui.core.text import printable

if TYPE_CHECKING:
    from textual import events
    from textual.app import ComposeResult
    from textual.widget import Widget

    from lion_tui.app.transcript import Reader


_LONGEST: Final = 2_000
"""Characters that a paste is looked for by: they stand where all of it does; a pattern of more takes long to make."""


class _Needle(TextArea):
    """One line of text."""

    async def _on_key(self, event: events.Key) -> None:
        if event.key == Keys.Enter:
            event.prevent_default()  # it makes no new line; the bar is told

    async def _on_paste(self, event: events.Paste) -> None:
        # Textual goes on to its own handler of the same event, but not to the screen's.
        event.stop()
        lines = printable(event.text[:_LONGEST]).splitlines()
        event.text = lines[0] if lines else ""


class Finder(Protocol):
    """What looks for a text, and goes to where it stands."""

    def find(self, text: str) -> None:
        """Look for a text."""

    def find_next(self, step: int) -> None:
        """Go to the next hit, with -1 to the one before."""

    def keep_hits(self) -> None:
        """Stay at a hit."""

    def mark(self, text: str) -> None:
        """Mark a text where one is."""

    def end_find(self) -> None:
        """Look for nothing any more."""

    def focus(self) -> object:
        """Take the keyboard."""


class FindBar(Horizontal):
    """Looks for what is written in it while it is written, in one chat or everywhere.

    Enter keeps the hits, Esc ends the search.
    """

    mark_sign = query_one("#find-mark", Static)
    said = query_one("#found", Static)
    needle = query_one(_Needle)

    def __init__(self, reader: Reader, everywhere: Finder, *, id: str | None = None) -> None:  # noqa: A002 - Textual's name for it
        """Look in the texts of `reader`, until `turn_to` names another one, or with `everywhere` in all."""
        super().__init__(id=id)
        self._reader = reader
        self._everywhere = everywhere
        self._all = False
        self._back: Widget | None = None

    def compose(self) -> ComposeResult:
        """Lay the line out."""
        yield Static("/", id="find-mark")
        yield _Needle(id="needle", soft_wrap=False, show_line_numbers=False, highlight_cursor_line=False)
        yield Static(id="found", markup=False)

    @property
    def _finder(self) -> Finder:
        return self._everywhere if self._all else self._reader

    @property
    def is_open(self) -> bool:
        """Whether it is shown."""
        return self.has_class("-shown")

    def open(self, text: str = "", *, everywhere: bool = False) -> None:
        """Look for a text, or have one written; what was looked for before stands there until then.

        Args:
            text: The text. In those that are shown, the keyboard is where the hits are at once.
            everywhere: Whether to look in all messages, not just in those that are shown.
        """
        if not self.needle.has_focus:
            self._back = self.screen.focused
        if everywhere != self._all:
            if self.is_open:
                self._finder.end_find()
                self.remove_class("-shown")
            self._all = everywhere
            self.mark_sign.update("F" if everywhere else "/")
        if text and not everywhere:
            with self.needle.prevent(TextArea.Changed):
                self.needle.load_text(text)
            self._finder.find(text)
            self._finder.keep_hits()
            self.add_class("-shown")
            self._finder.focus()
            return
        if text:
            self.needle.load_text(text)
        elif not self.is_open and self.needle.text:
            self._finder.find(self.needle.text)
        self.add_class("-shown")
        self.needle.focus()
        self.needle.select_all()

    def go(self, step: int) -> bool:
        """Go to the next hit, with -1 to the one before; tell whether anything is or was looked for."""
        if not self.needle.text:
            return False
        if not self.is_open:
            self.add_class("-shown")
            self._finder.find(self.needle.text)
            self._finder.keep_hits()
        else:
            self._finder.find_next(step)
        return True

    def turn_to(self, reader: Reader) -> None:
        """Look in the texts of another transcript: what is found there is marked, and nothing moves."""
        if reader is self._reader:
            return
        before, self._reader = self._reader, reader
        if self.is_open:
            before.keep_hits()
            before.end_find()
            self._finder.mark(self.needle.text)

    def close(self) -> bool:
        """End the search, and tell whether there was any; the keyboard goes back to where it was."""
        if not self.is_open:
            return False
        self._finder.end_find()
        self.remove_class("-shown")
        if self.needle.has_focus:
            (self._back if self._back and self._back.is_attached else self._reader).focus()
        return True

    def say(self, found: str) -> None:
        """Say what was found in the chat, if that is where is looked."""
        if not self._all:
            self.said.update(found, layout=False)

    def say_found(self, found: str) -> None:
        """Say what was found everywhere."""
        if self._all:
            self.said.update(found, layout=False)

    @on(TextArea.Changed)
    def _changed(self, event: TextArea.Changed) -> None:
        event.stop()
        if self.is_open:
            self._finder.find(event.text_area.text)

    def on_key(self, event: events.Key) -> None:
        """Keep the hits, or go to another one."""
        if event.key == Keys.Enter:
            self._finder.keep_hits()
            self._finder.focus()
        elif event.key in (Keys.Up, Keys.Down):
            self._finder.find_next(1 if event.key == Keys.Down else -1)
        else:
            return
        event.stop()
