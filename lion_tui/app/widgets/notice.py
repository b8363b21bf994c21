"""The line that says what went wrong, or what is going on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from rich.cells import cell_len
from textual.content import Content

from lion_tui.app.widgets.said import Said
from lion_tui.core.text import printable

if TYPE_CHECKING:
    from collections.abc import Callable

_FRAME: Final = 4
"""Cells of a note's border, and of the space between that and the words."""


class Notice(Said):
    """An error stays until something else is done; a note is seen for some seconds, or until it is taken away.

    A note that has room in one line is drawn as a border, over the one that is above, with what that says at its end;
    all else makes room for itself.

    Attributes:
        note: The note that is shown; empty for none.
        passing: Which note is shown if it goes with the next thing that is done; 0 if none is, or it stays.
    """

    def __init__(self, beside: Callable[[], str], *, id: str | None = None) -> None:  # noqa: A002 - Textual's name for it
        """Begin with nothing; `beside` returns what the border above says at its end."""
        super().__init__(id=id)
        self._beside = beside
        self.note = ""
        self.passing = self._said = 0

    def say_error(self, text: str) -> None:
        """Show an error."""
        self.note, self.passing = "", 0
        self._show(text, note=False)

    def say_note(self, text: str, *, lasting_s: float | None = 6.0, stays: bool = False) -> None:
        """Show what is going on, for so many seconds; an empty text takes it away. An error that is shown stays.

        Args:
            text: The note.
            lasting_s: The seconds; None for any time.
            stays: Whether it is about something that goes on whatever else is done.
        """
        if self.has_class("-shown") and not self.has_class("-note"):
            return
        self.note = text
        self._said += 1
        self.passing = 0 if stays or not text else self._said
        self._show(text, note=True)
        if text and lasting_s is not None:
            self.set_timer(lasting_s, lambda: self.say_note("") if self.note == text else None)

    def end_error(self) -> None:
        """Take an error away."""
        if not self.note:
            self._show("", note=False)

    def _show(self, text: str, *, note: bool) -> None:
        self.set_class(note, "-note")
        self.say(text)
        self._fit()

    def on_resize(self) -> None:
        """Draw it as a border, or no more, as there is room."""
        self._fit()

    def _fit(self) -> None:
        text = printable(self._text)
        self.set_class(self.has_class("-note") and "\n" not in text and cell_len(text) <= self._room, "-line")

    def render(self) -> Content:
        """Return the text, within a border if it is drawn as one."""
        text = printable(self._text)
        if not self.has_class("-line"):
            return Content(text)
        beside = f" {printable(self._beside())} ─" if self._beside() else ""
        left = self._room - cell_len(text) - cell_len(beside)
        if left < 0:
            beside, left = "", self._room - cell_len(text)
        return Content.assemble(("╰ ", "$rule"), text, (f" {'─' * left}", "$rule"), beside, ("╯", "$rule"))

    @property
    def _room(self) -> int:
        return self.screen.size.width - _FRAME
