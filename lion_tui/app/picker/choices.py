"""The widget that draws the list."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from textual.message import Message as TextualMessage
from textual.strip import Strip
from textual.widget import Widget

from lion_tui.app.status import rounded
from lion_tui.app.transcript.wrapping import clip

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual import events

    from lion_tui.app.picker.rows import Row
    from lion_tui.core.inference import ModelInfo

_PLAIN = Style()
_WHEEL = 3
_PRICE_WIDTH = 15
_SIZE_WIDTH = 6
_ROOMY = 56
"""How many cells a line needs to have room for prices."""


class Choices(Widget):
    """Services and models, one a line, with a cursor. It never has the keyboard: the filter above it has."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "choices--dim",
        "choices--service",
        "choices--found",
        "choices--current",
        "choices--fault",
        "choices--cursor",
    }

    class Pointed(TextualMessage):
        """The cursor is on another line."""

    class Clicked(TextualMessage):
        """A line was clicked, and has the cursor."""

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - Textual's name for it
        """Begin empty."""
        super().__init__(id=id)
        self._rows: Sequence[Row] = ()
        self._cursor = 0
        self._top = 0
        self.current: tuple[str, str] | None = None

    @property
    def row(self) -> Row | None:
        """The line at the cursor."""
        return self._rows[self._cursor] if self._rows else None

    @property
    def place(self) -> int:
        """Which line the cursor is on, from 0."""
        return self._cursor

    def show(self, rows: Sequence[Row], at: int | None = None) -> None:
        """Show other lines; the cursor goes to one of them, or stays on the line that it is on."""
        here = self.row.identity if self.row else None
        if at is None:
            at = next((index for index, row in enumerate(rows) if row.identity == here), 0)
        self._rows = rows
        self._cursor = at
        self._settle(1)

    def move(self, by: int) -> None:
        """Move the cursor by so many lines."""
        self._cursor = max(0, min(len(self._rows) - 1, self._cursor + by))
        self._settle(1 if by > 0 else -1)

    def page(self, by: int) -> None:
        """Move the cursor by so many screens."""
        self.move(by * max(1, self.size.height - 1))

    def to_service(self, step: int) -> None:
        """Move the cursor to the service before or after."""
        ahead = range(self._cursor + step, len(self._rows) if step > 0 else -1, step)
        self.move(next((at for at in ahead if self._rows[at].kind == "service"), self._cursor) - self._cursor)

    def _settle(self, step: int) -> None:
        """Move the cursor on from a heading, and bring it into sight."""
        if not self._rows:
            self._cursor = self._top = 0
        else:
            while self._rows[self._cursor].kind == "heading":
                at_edge = not 0 <= self._cursor + step < len(self._rows)
                step = -step if at_edge else step
                self._cursor += step
            self._scroll_to_cursor()
        self.refresh()
        self.post_message(self.Pointed())

    def _scroll_to_cursor(self) -> None:
        height = max(1, self.size.height)
        # The heading above the first choice is seen with it.
        first = 0 if self._cursor == 1 else self._cursor
        self._top = max(0, min(self._top, first, len(self._rows) - 1), self._cursor - height + 1)

    def on_resize(self) -> None:
        """Keep the cursor in sight."""
        self._scroll_to_cursor()

    def on_mouse_scroll_down(self) -> None:
        """Move the cursor on."""
        self.move(_WHEEL)

    def on_mouse_scroll_up(self) -> None:
        """Move the cursor back."""
        self.move(-_WHEEL)

    def on_click(self, event: events.Click) -> None:
        """Choose the line that was clicked."""
        at = self._top + event.y
        if at < len(self._rows) and self._rows[at].kind != "heading":
            self._cursor = at
            self._settle(1)
            self.post_message(self.Clicked())

    def render_line(self, y: int) -> Strip:
        """Return a line of the screen."""
        at, width = self._top + y, self.size.width
        if at >= len(self._rows):
            return Strip.blank(width, self.rich_style)
        row = self._rows[at]
        base = self.rich_style
        if at == self._cursor:
            base += self.get_component_rich_style("choices--cursor")
        right, right_style = self._right(row, width)
        room = max(0, width - cell_len(right) - 2)
        indent = 2 if row.kind in {"model", "more"} and not row.recent and not row.places else 0
        is_current = row.model is not None and row.offer is not None and (row.offer.name, row.model.id) == self.current
        mark = "◉ " if is_current else "  " if row.kind != "heading" else ""
        left = [Segment(" " * indent), Segment(mark, self._style("current"))]
        left += self._text(row, max(0, room - indent - len(mark)), current=is_current)
        used = sum(cell_len(segment.text) for segment in left)
        line = [*left, Segment(" " * max(0, width - used - cell_len(right))), Segment(right, right_style)]
        return Strip(Segment.apply_style(line, base)).adjust_cell_length(width, base)

    def _text(self, row: Row, width: int, *, current: bool) -> list[Segment]:
        text = clip(row.text, width)
        name = len(text.partition(" · ")[0]) if row.model else len(text)
        style = self._style({"heading": "dim", "more": "dim", "service": "service"}.get(row.kind, ""))
        style += self._style("current") if current else self._style("")
        found, dim = self._style("found"), self._style("dim")
        places = set(row.places)
        segments: list[Segment] = []
        for at, character in enumerate(text):
            own = found if at in places else dim if at >= name else style
            if segments and segments[-1].style == own:
                segments[-1] = Segment(segments[-1].text + character, own)
            else:
                segments.append(Segment(character, own))
        return segments

    def _right(self, row: Row, width: int) -> tuple[str, Style]:
        """Return what stands at the right end of a line, and its style."""
        if row.kind == "service" and row.offer:
            return row.offer.health, self._style("fault" if row.offer.refused else "dim")
        if row.model is None:
            return "", self._style("dim")
        right = window(row.model).rjust(_SIZE_WIDTH)
        if width >= _ROOMY:
            right += price(row.model).rjust(_PRICE_WIDTH + 2)
        return right if right.strip() else "", self._style("dim")

    def _style(self, name: str) -> Style:
        """Return the colour and weight of a part, without its background: that is the line's."""
        return self.get_component_rich_style(f"choices--{name}", partial=True) if name else _PLAIN


def window(model: ModelInfo) -> str:
    """Return how much a model can read: `128k`; empty if that is not known."""
    return rounded(model.context) if model.context else ""


def price(model: ModelInfo) -> str:
    """Return what a million tokens cost, read and written: `$0.15 · $0.60`; empty if that is not known."""
    if model.price_in is None or model.price_out is None:
        return ""
    if model.price_in == model.price_out == 0:
        return "free"
    return f"${_short(model.price_in)} · ${_short(model.price_out)}"


def _short(amount: float) -> str:
    return f"{amount:.0f}" if amount >= 100 else f"{amount:.2f}" if amount >= 0.01 or amount == 0 else f"{amount:.2g}"
