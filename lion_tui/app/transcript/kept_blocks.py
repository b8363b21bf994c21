"""The messages that are laid out."""

from __future__ import annotations

import time
from itertools import islice
from math import inf
from typing import TYPE_CHECKING

from lion_tui.app.transcript.block import MessageBlock

if TYPE_CHECKING:
    from collections.abc import Callable, Container

_SLICE_S = 0.006
"""Seconds that laying out may take at once, about."""
_KEPT = 24
_KEPT_LINES = 1_000
"""Messages that are kept laid out, and their lines, about: what is kept is what the collector has to look at."""


def deadline() -> float:
    """Return the time, as `time.perf_counter`, until which may be laid out now."""
    return time.perf_counter() + _SLICE_S


class KeptBlocks(dict[int, MessageBlock]):
    """The messages that are laid out, by row: those near the window, and a few more."""

    def __init__(self, make: Callable[[int], MessageBlock]) -> None:
        """Begin with none.

        Args:
            make: Makes the lines of the message in a row.
        """
        super().__init__()
        self._make = make
        self._made = False
        self._until = 0.0

    def begin_window(self) -> None:
        """Let messages be laid out for so long as one window may take."""
        self._until = deadline()

    def lay_out(self, row: int, lines: float = inf) -> MessageBlock:
        """Return a message that is laid out, or so many of its lines; of a long one perhaps only the beginning."""
        block = self.get(row)
        if block is None:
            block = self[row] = self._make(row)
            self._made = True
            block.lay_out(self._until, lines)
        elif block.has_more:
            block.lay_out(deadline() if lines == inf else self._until, lines)
        return block

    def drop(self, near: Callable[[], Container[int]]) -> None:
        """Forget the messages that were laid out first, but for the rows that are `near` the window."""
        too_many = len(self) - _KEPT
        if self._made:
            self._made = False
            if sum([block.size for block in self.values()]) > _KEPT_LINES:
                too_many = len(self)
        if too_many > 0:
            rows = near()
            for row in list(islice(self, too_many)):
                if row not in rows:
                    del self[row]
