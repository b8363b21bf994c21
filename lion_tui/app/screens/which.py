"""A question that one key answers: which of the columns?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Static

from lion_tui.app.screens.dialog import Dialog
from lion_tui.core.text import printable

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual import events
    from textual.app import ComposeResult


class Which(Dialog[list[int]]):
    """Returns the numbers of the columns that are meant; none if the question is left."""

    CSS_PATH = "ask.tcss"

    def __init__(self, title: str, numbers: Sequence[int], here: int) -> None:
        """Ask.

        Args:
            title: What is asked.
            numbers: What the columns are called.
            here: The one with the keyboard.
        """
        super().__init__()
        self._title, self._numbers, self._here = title, list(numbers), here

    def compose(self) -> ComposeResult:
        """Lay the question out."""
        with Vertical() as panel:
            panel.border_title = Content(printable(self._title))
            panel.border_subtitle = "esc closes"
            keys = " ".join(map(str, self._numbers))
            yield Static(f"{keys} that column · enter this one, {self._here} · a all", markup=False)

    def on_key(self, event: events.Key) -> None:
        """Take the answer."""
        event.stop()
        event.prevent_default()
        if event.key in {"escape", "ctrl+c"}:
            self.dismiss([])
        elif event.key == "enter":
            self.dismiss([self._here])
        elif event.key == "a":
            self.dismiss(self._numbers)
        elif event.character and event.character.isdecimal() and int(event.character) in self._numbers:
            self.dismiss([int(event.character)])
