"""One line that is asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.binding import Binding
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Input, Static

from lion_tui.app.screens.dialog import Dialog
from lion_tui.app.widgets.line import Line
from lion_tui.core.errors import LionError
from lion_tui.core.text import printable

if TYPE_CHECKING:
    from collections.abc import Callable

    from textual.app import ComposeResult


class Ask(Dialog[None]):
    """A question with a line for the answer; what cannot be taken is said, and nothing written is lost."""

    CSS_PATH = "ask.tcss"
    BINDINGS = [Binding("escape", "dismiss", "close", show=False)]  # noqa: RUF012 - Textual's way to declare them

    def __init__(self, title: str, take: Callable[[str], object], *, value: str = "") -> None:
        """Ask for a line.

        Args:
            title: What is asked for.
            take: Takes the line; raises a `LionError` if it cannot be.
            value: What stands there at first.
        """
        super().__init__()
        self._title, self._take, self._value = title, take, value

    def compose(self) -> ComposeResult:
        """Lay the line out."""
        with Vertical() as panel:
            panel.border_title = Content(printable(self._title))
            panel.border_subtitle = "enter takes it · esc closes"
            yield Line(printable(self._value), compact=True)
            yield Static(markup=False)

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Take the line."""
        event.stop()
        if not self.is_active:
            return  # it was taken, and the key was pressed twice
        try:
            self._take(event.value)
        except LionError as error:
            self.query_one(Static).update(printable(str(error)))
        else:
            self.dismiss()
