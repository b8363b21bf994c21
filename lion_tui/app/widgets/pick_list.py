"""A list that is picked from, drawn a line at a time: ten thousand lines cost as much as ten."""

from __future__ import annotations

from abc import abstractmethod
from itertools import groupby
from typing import TYPE_CHECKING, ClassVar, Final, Generic, TypeVar

from rich.segment import Segment
from textual.binding import Binding
from textual.message import Message as TextualMessage
from textual.strip import Strip
from textual.widget import Widget

from lion_tui.app.transcript.wrapping import clip

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Sequence

    from rich.style import Style
    from textual import events

MOVES: Final = (
    Binding("down,ctrl+n", "move(1)", "next", show=False, priority=True),
    Binding("up,ctrl+p", "move(-1)", "before", show=False, priority=True),
    Binding("pagedown", "page(1)", "page down", show=False, priority=True),
    Binding("pageup", "page(-1)", "page up", show=False, priority=True),
    Binding("ctrl+home", "move(-1_000_000)", "first", show=False, priority=True),
    Binding("ctrl+end", "move(1_000_000)", "last", show=False, priority=True),
)
"""The keys that move the cursor, for whoever has such a list below a line that has the keyboard."""
_WHEEL: Final = 3
Line = TypeVar("Line")


def styled(text: str, style_at: Callable[[int], Style]) -> list[Segment]:
    """Return a text whose every character has the style that `style_at` says for its place."""
    runs = groupby(enumerate(text), key=lambda placed: style_at(placed[0]))
    return [Segment("".join(character for _, character in run), style) for style, run in runs]


class PickList(Widget, Generic[Line]):
    """Lines with a cursor on one of them. It never has the keyboard: what is above it has.

    Who derives from it says with `identity_of` which line is the same one after a change, with `passed` which lines the
    cursor does not stop at, and with `draw` how a line looks.

    Attributes:
        empty: What is said where there is no line.
    """

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "pick-list--cursor",
        "pick-list--dim",
        "pick-list--fault",
        "pick-list--found",
        "pick-list--here",
    }

    class Pointed(TextualMessage):
        """The cursor is on another line."""

    class Clicked(TextualMessage):
        """A line was clicked, and has the cursor."""

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - Textual's name for it
        """Begin empty."""
        super().__init__(id=id)
        self.empty = ""
        self._rows: Sequence[Line] = ()
        self._cursor = 0
        self._top = 0

    @abstractmethod
    def identity_of(self, row: Line) -> Hashable:
        """Return what a line is about."""

    @abstractmethod
    def draw(self, row: Line, width: int) -> list[Segment]:
        """Return a line as segments of at most so many cells, without a background."""

    def passed(self, row: Line) -> bool:  # noqa: ARG002 - for those that have such lines
        """Tell whether the cursor does not stop at a line."""
        return False

    def part_style(self, name: str) -> Style:
        """Return the colour and weight of a part: cursor, dim, fault, found, here; the background is the line's."""
        return self.get_component_rich_style(f"pick-list--{name}", partial=True)

    @property
    def row(self) -> Line | None:
        """The line at the cursor."""
        return self._rows[self._cursor] if self._rows else None

    @property
    def place(self) -> int:
        """Which line the cursor is on, from 0."""
        return self._cursor

    def show(self, rows: Sequence[Line], at: int | None = None) -> None:
        """Show other lines; the cursor goes to one of them, or stays on the line that it is on, or else near it."""
        if at is None:
            here = None if self.row is None else self.identity_of(self.row)
            at = next((index for index, row in enumerate(rows) if self.identity_of(row) == here), self._cursor)
        self._rows = rows
        self._put(at, 1)

    def move(self, by: int) -> None:
        """Move the cursor by so many lines."""
        self._put(self._cursor + by, 1 if by > 0 else -1)

    def page(self, by: int) -> None:
        """Move the cursor by so many screens."""
        self.move(by * max(1, self.size.height - 1))

    def _put(self, cursor: int, step: int) -> None:
        """Put the cursor on a line, or on the next one that it stops at, and bring it into sight."""
        self._cursor = max(0, min(len(self._rows) - 1, cursor))
        if self._rows:
            while self.passed(self._rows[self._cursor]):
                at_edge = not 0 <= self._cursor + step < len(self._rows)
                step = -step if at_edge else step
                self._cursor += step
        self._scroll_to_cursor()
        self.refresh()
        self.post_message(self.Pointed())

    def _scroll_to_cursor(self) -> None:
        height = max(1, self.size.height)
        # A line above the first one that the cursor stops at is seen with it.
        first = 0 if self._cursor == 1 and self.passed(self._rows[0]) else self._cursor
        last = max(0, len(self._rows) - height)  # where the window is full to its end
        self._top = max(0, min(self._top, first, last), self._cursor - height + 1)

    def on_resize(self) -> None:
        """Keep the cursor in sight."""
        self._scroll_to_cursor()
        self.refresh()

    def on_mouse_scroll_down(self) -> None:
        """Move the cursor on."""
        self.move(_WHEEL)

    def on_mouse_scroll_up(self) -> None:
        """Move the cursor back."""
        self.move(-_WHEEL)

    def on_click(self, event: events.Click) -> None:
        """Choose the line that was clicked."""
        at = self._top + event.y
        if at < len(self._rows) and not self.passed(self._rows[at]):
            self._put(at, 1)
            self.post_message(self.Clicked())

    def render_line(self, y: int) -> Strip:
        """Return a line of the screen."""
        at, width, base = self._top + y, self.size.width, self.rich_style
        if not self._rows and y == self.size.height // 2:
            line = [Segment(clip(self.empty, width).center(width), self.part_style("dim"))]
        elif at >= len(self._rows):
            return Strip.blank(width, base)
        else:
            if at == self._cursor:
                base += self.get_component_rich_style("pick-list--cursor")
            line = self.draw(self._rows[at], width)
        return Strip(Segment.apply_style(line, base)).adjust_cell_length(width, base)
