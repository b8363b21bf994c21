"""The line that says what went wrong, or what is going on."""

from __future__ import annotations

from lion_tui.app.widgets.said import Said


class Notice(Said):
    """An error stays until something else is done; a note is seen for some seconds, or until it is taken away.

    Attributes:
        note: The note that is shown; empty for none.
        passing: Which note is shown if it goes with the next thing that is done; 0 if none is, or it stays.
    """

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - Textual's name for it
        """Begin with nothing."""
        super().__init__(id=id)
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
