"""The widget that prompts are written in."""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING

from textual._ansi_sequences import ANSI_SEQUENCES_KEYS
from textual.keys import Keys
from textual.message import Message as TextualMessage
from textual.widgets import TextArea

from lion_tui.core.text import printable

if TYPE_CHECKING:
    from textual import events


class _MoreKeys(Enum):
    ALT_ENTER = "alt+enter"


# Legacy terminals send Alt+Enter as ESC CR, which Textual would take for Enter. The table is typed as read-only.
ANSI_SEQUENCES_KEYS["\x1b\r"] = (_MoreKeys.ALT_ENTER,)  # type: ignore[index]
NEWLINE_KEYS = frozenset({"ctrl+j", "shift+enter", "alt+enter", "shift+\r"})
"""What makes a new line; the last is how Textual names tmux's second encoding of Shift+Enter."""


class Composer(TextArea):
    """A text that grows with what is written; Enter sends it."""

    class Submitted(TextualMessage):
        """The text was sent; it may be empty."""

        def __init__(self, text: str) -> None:
            """Carry the text."""
            super().__init__()
            self.text = text

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - Textual's name for it
        """Begin empty."""
        super().__init__(
            id=id, soft_wrap=True, show_line_numbers=False, highlight_cursor_line=False, tab_behavior="focus"
        )
        self._given: str | None = None

    async def _on_key(self, event: events.Key) -> None:
        if event.key == Keys.Enter:
            event.stop()
            event.prevent_default()
            # Taken at once: what is typed before the screen hears of it belongs to the next prompt.
            text = self.text
            self.clear()
            self.post_message(self.Submitted(text))
        elif event.key in NEWLINE_KEYS:
            event.stop()
            event.prevent_default()
            self.insert("\n")

    async def _on_paste(self, event: events.Paste) -> None:
        # Terminals send a pasted line's end as CR. Textual goes on to its own handler of the same event.
        event.text = printable(event.text.replace("\r\n", "\n").replace("\r", "\n"))

    def put(self, text: str) -> None:
        """Put a text before what is written, the cursor at its end; one put before and not touched since goes."""
        text = printable(text)
        rest = "" if self.text == self._given else self.text
        self._given = text
        self.load_text(text)
        self.move_cursor(self.document.end)
        if rest:
            self.insert(f"\n{rest}")

    def take_out(self, text: str) -> None:
        """Undo `put`, if the text still stands at the beginning as it was put there."""
        text, written = printable(text), self.text
        if written == text or written.startswith(f"{text}\n"):
            self.load_text(written[len(text) + 1 :])
            self.move_cursor(self.document.end)
