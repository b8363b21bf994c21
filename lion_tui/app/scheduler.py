"""When what streams is drawn: what changed is collected, and drawn once a frame."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from textual.dom import DOMNode
    from textual.timer import Timer

FRAME_S = 1 / 30
_SPIN = 3
"""Frames a picture of the spinner."""


class FrameScheduler:
    """Collects the messages that grew and hands them on at the next frame; idle while nothing streams."""

    def __init__(self, node: DOMNode, draw: Callable[[set[int]], None], spin: Callable[[], bool]) -> None:
        """Draw on the clock of `node`.

        Args:
            node: Whose timer is used.
            draw: Draws the messages of these rows anew.
            spin: Turns the spinners, and tells whether there are any.
        """
        self._node = node
        self._draw = draw
        self._spin = spin
        self._dirty: set[int] = set()
        self._timer: Timer | None = None
        self._frame = 0

    def touch(self, row: int) -> None:
        """Have a message drawn anew at the next frame."""
        self._dirty.add(row)
        self.wake()

    def wake(self) -> None:
        """Begin to draw frames."""
        if self._timer is None:
            self._timer = self._node.set_interval(FRAME_S, self._tick)

    def _tick(self) -> None:
        dirty, self._dirty = self._dirty, set()
        if dirty:
            self._draw(dirty)
        self._frame += 1
        if self._frame % _SPIN == 0 and not self._spin() and self._timer is not None:
            self._timer.stop()
            self._timer = None
