"""What a session does, written down as it happens: one record for each operation, one now and then for what streams."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lion_tui.core.events import Streamed
from lion_tui.core.records import Growth, record_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from lion_tui.core.events import Event
    from lion_tui.core.message import Json
    from lion_tui.core.state import State


class Recorder:
    """Turns the events of a session into records, in the order in which things happened.

    Attributes:
        growing: Whether text has come that is in no record yet.
    """

    def __init__(
        self,
        state: State,
        take: Callable[[Mapping[str, Json]], object],
        grew: Callable[[], object],
        broke: Callable[[], object],
    ) -> None:
        """Record what is done in `state`.

        Args:
            state: The session's data.
            take: Gets every record.
            grew: Called when an answer grew, whose record waits for `settle`.
            broke: Called when something could not be recorded: from then on the records do not tell all.
        """
        self._state = state
        self._take = take
        self._grew = grew
        self._broke = broke
        self._growths: dict[str, Growth] = {}
        self.growing = False
        state.subscribe(self._on_event)

    def _on_event(self, event: Event) -> None:
        try:
            self._record(event)
        except BaseException:
            self._growths.clear()  # counted anew, from what the answers hold by then
            self.growing = False
            self._broke()
            raise

    def _record(self, event: Event) -> None:
        if isinstance(event, Streamed):
            if event.node_id not in self._growths:
                self._growths[event.node_id] = Growth(self._state, event)
            self._growths[event.node_id].add(event.text, event.reasoning)
            self.growing = True
            self._grew()
        elif record := record_of(self._state, event):
            self.settle(before=record["op"])
            self._take(record)
            if "end" in record:
                self._growths.pop(record["end"], None)

    def settle(self, before: int | None = None) -> None:
        """Record what has come of the answers by now; `before` is the operation that came after it, if one did."""
        if self.growing:
            self.growing = False
            op = self._state.op if before is None else before - 1
            for node_id, growth in self._growths.items():
                if record := growth.record(op, node_id):
                    self._take(record)
