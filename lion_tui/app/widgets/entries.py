"""A list of lines of which each says one thing, and another one at its right end."""

from __future__ import annotations

from typing import Final, NamedTuple

from rich.cells import cell_len
from rich.segment import Segment

from lion_tui.app.transcript.wrapping import clip
from lion_tui.app.widgets.pick_list import PickList

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


class Entries(PickList[Entry]):
    """Entries, one a line."""

    def identity_of(self, row: Entry) -> str:
        """Return what a line is about."""
        return row.key

    def draw(self, row: Entry, width: int) -> list[Segment]:
        """Return a line."""
        dim = self.part_style("dim")
        right = row.right if cell_len(row.right) <= width - _LEAST else clip(row.right, width // 2)
        text = clip(row.text, max(0, width - cell_len(right) - 2))
        gap = " " * max(0, width - cell_len(text) - cell_len(right))
        return [Segment(text, dim if row.dim else None), Segment(gap), Segment(right, dim)]
