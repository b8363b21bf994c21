"""The widget that draws the sessions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip
from textual.widget import Widget

from lion_tui.app.shelf.rows import SessionRow
from lion_tui.app.transcript.wrapping import clip
from lion_tui.app.widgets.pick_list import PickList, styled
from lion_tui.core.ids import now_us
from lion_tui.core.moments import said_when

if TYPE_CHECKING:
    from collections.abc import Hashable
    from pathlib import Path

_PLAIN: Final = Style()
_MARK: Final = 2
_LEAST_NAME: Final = 36


class Column(NamedTuple):
    """A column right of the names.

    Attributes:
        title: What stands above it.
        width: The cells that it takes, with the gap before it.
        to_the_right: Whether it is aligned there.
    """

    title: str
    width: int
    to_the_right: bool = True


_USED, _MESSAGES, _BRANCHES = Column("last used", 13), Column("msgs", 6), Column("⎇", 4)
_MODEL, _COST = Column("  model", 22, to_the_right=False), Column("cost", 9)
_KEPT: Final = (_USED, _MESSAGES, _MODEL, _COST, _BRANCHES)
"""Which columns a narrow list keeps, the first one the longest."""
_ORDER: Final = (_USED, _MESSAGES, _BRANCHES, _MODEL, _COST)


def columns_in(width: int) -> tuple[list[Column], int]:
    """Return the columns that so many cells have room for, and the cells that are left for the names."""
    shown: list[Column] = []
    room = width - _MARK
    for column in _KEPT:
        if room - column.width < _LEAST_NAME:
            break
        room -= column.width
        shown.append(column)
    return [column for column in _ORDER if column in shown], room


def _laid_out(texts: dict[Column, str], columns: list[Column]) -> str:
    line = ""
    for column in columns:
        text = clip(texts.get(column, ""), column.width - 2)
        space = " " * (column.width - cell_len(text) - (0 if column.to_the_right else 2))
        line += space + text if column.to_the_right else f"  {text}{space}"
    return line


class SessionHeading(Widget):
    """What stands above the columns."""

    def render_line(self, y: int) -> Strip:  # noqa: ARG002 - there is one line
        """Return the line."""
        width = self.size.width
        columns, room = columns_in(width)
        text = " " * (_MARK + room) + _laid_out({column: column.title.strip() for column in columns}, columns)
        return Strip([Segment(text, self.rich_style)]).adjust_cell_length(width, self.rich_style)


class SessionList(PickList[SessionRow]):
    """Sessions, one a line.

    Attributes:
        here: The file of the session that is shown.
    """

    def __init__(self, here: Path, *, id: str | None = None) -> None:  # noqa: A002 - Textual's name for it
        """Begin empty."""
        super().__init__(id=id)
        self.here = here

    def identity_of(self, row: SessionRow) -> Hashable:
        """Return what a line is about."""
        return row.found.path

    def draw(self, row: SessionRow, width: int) -> list[Segment]:
        """Return a line."""
        columns, room = columns_in(width)
        dim, found = self.part_style("dim"), self.part_style("found")
        mark, style = self._mark(row)
        if row.fault:
            used = _laid_out({_USED: said_when(row.last_at, now_us())}, [_USED])
            name = clip(f"{row.name}: {row.fault}", width - _MARK - _USED.width)
            space = " " * (width - _MARK - _USED.width - cell_len(name))
            return [Segment(mark, style), Segment(name + space, self.part_style("fault")), Segment(used, dim)]
        name, places = clip(row.name, room), frozenset(row.places)
        own = self.part_style("here") if mark.strip() == "◉" else _PLAIN
        return [
            Segment(mark, style),
            *styled(name, lambda at: found if at in places else own),
            Segment(" " * (room - cell_len(name))),
            Segment(_laid_out(_figures(row), columns), dim),
        ]

    def _mark(self, row: SessionRow) -> tuple[str, Style]:
        if row.path == self.here:
            return "◉ ", self.part_style("here")
        if row.fault:
            return "✕ ", self.part_style("fault")
        return ("● ", self.part_style("dim")) if row.found.holder else ("  ", _PLAIN)


def _figures(row: SessionRow) -> dict[Column, str]:
    """Return what stands right of a name."""
    figures = {_USED: said_when(row.last_at, now_us())}
    if row.entry is None:
        return figures | {_MESSAGES: "…"}
    derived = row.entry.derived
    return figures | {
        _MESSAGES: str(derived.messages),
        _BRANCHES: str(row.entry.branches),
        _MODEL: derived.models[0].rpartition("/")[2] if derived.models else "–",
        _COST: "–" if derived.cost_usd is None else f"${derived.cost_usd:.4f}",
    }
