"""Deleting messages, as the user says it."""

from __future__ import annotations

from textwrap import shorten
from typing import TYPE_CHECKING

from lion_tui.core.counting import counted
from lion_tui.core.errors import UsageError
from lion_tui.core.operations.deleting import reach

if TYPE_CHECKING:
    from lion_tui.app.screens.main import MainScreen


class Deleting:
    """Deletes what is selected; asks first where that is more than one sees, or may be a key pressed once too often."""

    def __init__(self, screen: MainScreen) -> None:
        """Delete what is selected on `screen`."""
        self._screen = screen
        self._asked = ("", "")  # the message that was asked about, and what was asked
        self._done = ("", "")  # the message that was selected after the last one was deleted, and what was said

    def delete(self) -> None:
        """Delete the selected message with all below, and say how much that was.

        Of several messages that is said first, and the same again deletes them. So it is of the message that is
        selected by itself after another one was deleted: the key may have been pressed twice.

        Raises:
            UsageError: there is none.
        """
        screen, node_id = self._screen, self._screen.selected.node()
        state, note = screen.session.state, screen.notice.note
        row = state.tree.row(node_id)
        taken = reach(state, row)
        messages = counted(taken.messages, "message")
        where = f" with the end of {counted(taken.branches, 'branch', 'branches')}" if taken.branches else ""
        first_words = shorten(state.tree.content(row)[:200], 30, placeholder="…")
        if self._asked != (node_id, note) and (taken.messages > 1 or self._done == (node_id, note)):
            question = f"Delete {messages}{where}, from “{first_words}” on? The same again does it; u brings them back."
            self._asked = (node_id, question)
            screen.say_note(question, lasting_s=None)
            return
        screen.session.delete(node_id)
        which = f", “{first_words}”" if taken.messages == 1 and first_words else ""
        said = f"Deleted {messages}{where}{which}. u brings {'it' if taken.messages == 1 else 'them'} back."
        screen.say_note(said, lasting_s=None)
        self._done = (self._selected(), said)

    def _selected(self) -> str:
        try:
            return self._screen.selected.node()
        except UsageError:  # there is nothing left
            return ""
