"""When what streams is drawn: what changed is collected, and drawn pane by pane, so that no key has to wait."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from textual.dom import DOMNode
    from textual.timer import Timer

TICK_S = 1 / 90
FRAME_S = 0.03
"""How long a pane stays as it was drawn, at least."""
_SHARE = 4
"""After drawing, so many times as long goes to others."""
_SPIN = 9
"""Ticks a picture of the spinner."""


class Pane(Protocol):
    """What is drawn anew while messages stream."""

    def shows(self, row: int) -> bool:
        """Tell whether it draws the text of a message."""

    def flush(self, rows: Collection[int]) -> bool:
        """Draw what is new of messages, and return whether something is left to be drawn soon."""

    def spin(self, rows: Collection[int], *, turns: bool) -> None:
        """Draw the marks of the messages that stream, and what stands beside them; spinners turn, if they are to."""


class FrameScheduler:
    """Collects the messages that grew and has the panes that show them draw them, one pane a tick, in turn.

    Idle while nothing streams and nothing is left to draw.
    """

    def __init__(
        self,
        node: DOMNode,
        streaming: Callable[[], Collection[int]],
        clock: Callable[[], float] = time.perf_counter,
        *,
        spins: bool = True,
    ) -> None:
        """Draw on the clock of `node`.

        Args:
            node: Whose timer is used.
            streaming: Returns the rows of the messages that stream.
            clock: Returns the time, in seconds.
            spins: Whether spinners turn.
        """
        self._node = node
        self._streaming = streaming
        self._clock = clock
        self._spins = spins
        self._panes: list[Pane] = []
        self._dirty: dict[Pane, set[int]] = {}  # in the order in which they are to be drawn
        self._drawn: dict[Pane, float] = {}
        self._free_at = 0.0
        self._timer: Timer | None = None
        self._ticks = 0

    def add(self, pane: Pane) -> None:
        """Draw a pane from now on."""
        self._panes.append(pane)

    def remove(self, pane: Pane) -> None:
        """Draw a pane no more."""
        self._panes.remove(pane)
        self._dirty.pop(pane, None)
        self._drawn.pop(pane, None)

    def touch(self, row: int) -> None:
        """Have the panes that show a message draw what is new of it, soon."""
        for pane in self._panes:
            if pane.shows(row):
                self._dirty.setdefault(pane, set()).add(row)
        self.wake()

    def touch_pane(self, pane: Pane) -> None:
        """Have a pane go on with what it has left to draw."""
        self._dirty.setdefault(pane, set())
        self.wake()

    def flush(self, row: int) -> None:
        """Have the panes that show a message draw it at once: it ended."""
        for pane in self._panes:
            if pane.shows(row):
                self._draw(pane, {*self._dirty.pop(pane, ()), row})

    def wake(self) -> None:
        """Begin to tick."""
        if self._timer is None:
            self._timer = self._node.set_interval(TICK_S, self.tick)

    def tick(self) -> None:
        """Draw the pane whose turn it is, if it is time for one; turn spinners; stop when there is nothing to do."""
        now = self._clock()
        if now >= self._free_at:
            pane = next((pane for pane in self._dirty if now >= self._drawn.get(pane, float("-inf")) + FRAME_S), None)
            if pane is not None:
                self._draw(pane, self._dirty.pop(pane))
        self._ticks += 1
        streaming = self._streaming()
        if streaming:
            # Each pane has its turn at another tick, so that no frame has to draw all of them.
            for number, pane in enumerate(self._panes):
                if (self._ticks - number) % _SPIN == 0:
                    pane.spin(streaming, turns=self._spins)
        if not streaming and not self._dirty and self._timer is not None:
            self._timer.stop()
            self._timer = None

    def _draw(self, pane: Pane, rows: Collection[int]) -> None:
        began = self._clock()
        left = pane.flush(rows)
        ended = self._clock()
        # What is left has an end, unlike a stream: it may take half of the time, and not only once a frame.
        self._free_at = ended + (1 if left else _SHARE) * (ended - began)
        self._drawn[pane] = began
        if left:
            self._dirty.setdefault(pane, set())
            del self._drawn[pane]
