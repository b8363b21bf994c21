"""Copying from the screen to the clipboard."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lion_tui.app.clipboard import copy
from lion_tui.app.transcript.copying import to_copy
from lion_tui.core.counting import counted

if TYPE_CHECKING:
    from lion_tui.app.screens.main import MainScreen


class Copying:
    """Copies what is selected on a screen, and says how much that was."""

    def __init__(self, screen: MainScreen) -> None:
        """Copy from `screen`."""
        self._screen = screen

    def copy(self, number: str) -> None:
        """Copy what is selected: a text; or a message, or of it the code block of a number or the selected one.

        Raises:
            UsageError: there is no such message or block.
        """
        if not number and self.copy_text():
            return
        row, chat = self._screen.selected.row(), self._screen.chat
        selected = chat.code_number if row == chat.cursor_row else 0
        text, what = to_copy(self._screen.session.state, row, number or (str(selected) if selected else ""))
        self._screen.inference.run(self._copy(text, what))

    def copy_text(self) -> bool:
        """Copy the selected text, and tell whether there is any."""
        source = self._screen.chat.selected_source()
        if source:
            self._screen.inference.run(self._copy(source, counted(len(source), "character")))
        return bool(source)

    async def _copy(self, text: str, what: str) -> None:
        self._screen.say_note(f"Copied {what} {await copy(self._screen.app, text)}.")
