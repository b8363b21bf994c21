"""A few lines of text that take room only while there is something to say."""

from __future__ import annotations

from textual.widgets import Static

from lion_tui.core.text import printable


class Said(Static):
    """A text, hidden while it is empty; saying the same again costs nothing, so that it may be said at every event."""

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - Textual's name for it
        """Begin with nothing."""
        super().__init__(id=id, markup=False)
        self._text = ""

    def say(self, text: str) -> None:
        """Say something else; nothing if it is empty."""
        if text != self._text:
            self._text = text
            self.set_class(bool(text), "-shown")
            self.update(printable(text))
