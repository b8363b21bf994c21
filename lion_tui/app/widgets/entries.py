"""A list of lines of which each says one thing, and another one at its right end."""

from __future__ import annotations

from typing import Final, NamedTuple

from rich.cells import cell_len
from rich.segment import Segment

from lion_tui.app.transcript.wrapping import clip, clip_middle
from lion_tui.app.widgets.pick_list import PickList

_LEAST: Final = 16
_NARROWEST: Final = 3
"""Cells that are left for what a line says, beside what stands at its right end; and in any case."""


class Entry(NamedTuple):
    """One line of a list.

    Attributes:
        key: What it stands for: the id of a message, or anything else that stays the same.
        text: What it says.
        right: What stands at its right end.
        dim: Whether it says something beside the point.
        named: Whether it is a name, of which the end is shown too where there is no room for all of it.
    """

    key: str
    text: str
    right: str = ""
    dim: bool = False
    named: bool = False


class Entries(PickList[Entry]):
    """Entries, one a line."""

    def identity_of(self, row: Entry) -> str:
        """Return what a line is about."""
        return row.key

    def draw(self, row: Entry, width: int) -> list[Segment]:
        """Return a line."""
        dim = self.part_style("dim")
        right = row.right if cell_len(row.right) <= width - _LEAST else clip(row.right, width // 2)
        text = (clip_middle if row.named else clip)(row.text, max(_NARROWEST, width - cell_len(right) - 2))
        gap = " " * max(0, width - cell_len(text) - cell_len(right))
        return [Segment(text, dim if row.dim else None), Segment(gap), Segment(right, dim)]
