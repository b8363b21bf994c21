"""The scrollbar in the last column of a transcript: where its thumb is, and what line a place on it stands for."""

from __future__ import annotations

from typing import NamedTuple

THUMB = "▐"


class ScrollBar(NamedTuple):
    """A scrollbar as high as its window.

    Attributes:
        height: Lines of the window.
        total: Lines that there are.
        top: The line at the top of the window.
    """

    height: int
    total: int
    top: int

    @property
    def shown(self) -> bool:
        """Whether there is more than a window."""
        return self.total > self.height > 0

    @property
    def size(self) -> int:
        """The lines of the thumb; one is left to move in where there are two."""
        return max(1, min(self.height - 1, round(self.height**2 / max(1, self.total))))

    @property
    def thumb(self) -> range:
        """The lines of the window where the thumb is; at an end only if the window is."""
        room, most = self.height - self.size, self.total - self.height
        start = round(room * self.top / most) if most > 0 else 0
        if room > 1 and 0 < self.top < most:
            start = max(1, min(room - 1, start))
        start = max(0, min(room, start))
        return range(start, start + self.size)

    def line_at(self, start: int) -> int:
        """Return the line at the top of the window when the thumb begins at `start`."""
        room, most = self.height - self.size, max(0, self.total - self.height)
        return round(most * max(0, min(room, start)) / room) if room > 0 else 0
