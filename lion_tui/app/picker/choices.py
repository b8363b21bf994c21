"""The widget that draws the list."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style

from lion_tui.app.status import rounded
from lion_tui.app.transcript.wrapping import clip
from lion_tui.app.widgets.pick_list import PickList, styled

if TYPE_CHECKING:
    from collections.abc import Hashable

    from lion_tui.app.picker.rows import Row
    from lion_tui.core.inference import ModelInfo

_PLAIN = Style()
_PRICE_WIDTH = 15
_SIZE_WIDTH = 6
_ROOMY = 56
"""How many cells a line needs to have room for prices."""


class Choices(PickList["Row"]):
    """Services and models, one a line, with a cursor."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {"pick-list--service"}

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - Textual's name for it
        """Begin empty."""
        super().__init__(id=id)
        self.current: tuple[str, str] | None = None

    def identity_of(self, row: Row) -> Hashable:
        """Return what a line is about."""
        return row.identity

    def passed(self, row: Row) -> bool:
        """Tell whether a line is a heading."""
        return row.kind == "heading"

    def to_service(self, step: int) -> None:
        """Move the cursor to the service before or after."""
        ahead = range(self._cursor + step, len(self._rows) if step > 0 else -1, step)
        self.move(next((at for at in ahead if self._rows[at].kind == "service"), self._cursor) - self._cursor)

    def draw(self, row: Row, width: int) -> list[Segment]:
        """Return a line."""
        right, right_style = self._right(row, width)
        room = max(0, width - cell_len(right) - 2)
        indent = 2 if row.kind in {"model", "more"} and not row.recent and not row.places else 0
        is_current = row.model is not None and row.offer is not None and (row.offer.name, row.model.id) == self.current
        mark = "◉ " if is_current else "  " if row.kind != "heading" else ""
        left = [Segment(" " * indent), Segment(mark, self.part_style("here"))]
        left += self._text(row, max(0, room - indent - len(mark)), current=is_current)
        used = sum(cell_len(segment.text) for segment in left)
        return [*left, Segment(" " * max(0, width - used - cell_len(right))), Segment(right, right_style)]

    def _text(self, row: Row, width: int, *, current: bool) -> list[Segment]:
        text = clip(row.text, width)
        name = len(text.partition(" · ")[0]) if row.model else len(text)
        part = "here" if current else {"heading": "dim", "more": "dim", "service": "service"}.get(row.kind)
        style = self.part_style(part) if part else _PLAIN
        found, dim = self.part_style("found"), self.part_style("dim")
        places = set(row.places)
        return styled(text, lambda at: found if at in places else dim if at >= name else style)

    def _right(self, row: Row, width: int) -> tuple[str, Style]:
        """Return what stands at the right end of a line, and its style."""
        if row.kind == "service" and row.offer:
            return row.offer.health, self.part_style("fault" if row.offer.refused else "dim")
        if row.model is None:
            return "", self.part_style("dim")
        right = window(row.model).rjust(_SIZE_WIDTH)
        if width >= _ROOMY:
            right += price(row.model).rjust(_PRICE_WIDTH + 2)
        return right if right.strip() else "", self.part_style("dim")


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
