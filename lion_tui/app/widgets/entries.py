"""A list of lines with a cursor, of which only those in sight are ever drawn."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Final, NamedTuple

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from textual.message import Message as TextualMessage
from textual.strip import Strip
from textual.widget import Widget

from lion_tui.app.transcript.wrapping import clip

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual import events

_WHEEL: Final = 3
_LEAST: Final = 16
"""Cells that are left for what a line says, beside what stands at its right end."""


class Entry(NamedTuple):
    """One line of a list.

    Attributes:
        key: What it stands for: the id of a message, or anything else that stays the same.
        text: What it says.
        right: What stands at its right end.
        dim: Whether it says something beside the point.
    """

    key: str
    text: str
    right: str = ""
    dim: bool = False


class Entries(Widget):
    """Lines with a cursor on one of them. It never has the keyboard: what is above it has.

    Attributes:
        empty: What is said where there is no line.
    """

    COMPONENT_CLASSES: ClassVar[set[str]] = {"entries--dim", "entries--cursor"}

    class Clicked(TextualMessage):
        """A line was clicked, and has the cursor."""

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - Textual's name for it
        """Begin empty."""
        super().__init__(id=id)
        self._entries: Sequence[Entry] = ()
        self._cursor = self._top = 0
        self.empty = ""

    @property
    def entry(self) -> Entry | None:
        """The line at the cursor."""
        return self._entries[self._cursor] if self._entries else None

    def show(self, entries: Sequence[Entry]) -> None:
        """Show other lines; the cursor stays on the line that it is on, or else near it."""
        here = self.entry.key if self.entry else None
        self._entries = entries
        found = next((at for at, entry in enumerate(entries) if entry.key == here), None)
        self._put(self._cursor if found is None else found)

    def move(self, by: int) -> None:
        """Move the cursor by so many lines."""
        self._put(self._cursor + by)

    def page(self, by: int) -> None:
        """Move the cursor by so many screens."""
        self.move(by * max(1, self.size.height - 1))

    def _put(self, cursor: int) -> None:
        self._cursor = max(0, min(len(self._entries) - 1, cursor))
        height = max(1, self.size.height)
        self._top = max(0, min(self._top, self._cursor), self._cursor - height + 1)
        self.refresh()

    def on_resize(self) -> None:
        """Keep the cursor in sight."""
        self._put(self._cursor)

    def on_mouse_scroll_down(self) -> None:
        """Move the cursor on."""
        self.move(_WHEEL)

    def on_mouse_scroll_up(self) -> None:
        """Move the cursor back."""
        self.move(-_WHEEL)

    def on_click(self, event: events.Click) -> None:
        """Choose the line that was clicked."""
        if self._top + event.y < len(self._entries):
            self._put(self._top + event.y)
            self.post_message(self.Clicked())

    def render_line(self, y: int) -> Strip:
        """Return a line of the window."""
        at, width, base = self._top + y, self.size.width, self.rich_style
        dim = Style(color=self.get_component_rich_style("entries--dim").color)
        if not self._entries and y == self.size.height // 2:
            return Strip([Segment(clip(self.empty, width).center(width), base + dim)]).adjust_cell_length(width, base)
        if at >= len(self._entries):
            return Strip.blank(width, base)
        entry = self._entries[at]
        if at == self._cursor:  # bold, for screens without colours
            base += Style(bgcolor=self.get_component_rich_style("entries--cursor").bgcolor, bold=True)
        right = entry.right if cell_len(entry.right) <= width - _LEAST else clip(entry.right, width // 2)
        text = clip(entry.text, max(0, width - cell_len(right) - 2))
        gap = " " * max(0, width - cell_len(text) - cell_len(right))
        segments = [Segment(text, base + dim if entry.dim else base), Segment(gap, base), Segment(right, base + dim)]
        return Strip(segments).adjust_cell_length(width, base)
