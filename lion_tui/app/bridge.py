"""From the session to the screen: the only subscriber of the session's events within the program."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from lion_tui.core.events import (
    Changed,
    CheckedOut,
    DraftChanged,
    Finished,
    NotSaved,
    Purged,
    QueueChanged,
    Saved,
    Streamed,
    Waited,
)

if TYPE_CHECKING:
    from lion_tui.core.events import Event
    from lion_tui.session import Session


class Panes(Protocol):
    """What the bridge needs of a screen."""

    def path_changed(self) -> None:
        """Another path is shown, or the same one is longer."""

    def message_grew(self, row: int) -> None:
        """A streaming message has more text."""

    def message_changed(self, row: int) -> None:
        """A message's status is another."""

    def graph_changed(self, event: Event) -> None:
        """Something is another in the graph of the branches: a message, a head, a mark, what is shown."""

    def status_changed(self) -> None:
        """What the status line says may be out of date."""

    def waiting(self, detail: str) -> None:
        """An answer waits for something."""

    def unsaved(self) -> None:
        """Something was done that the file does not hold yet."""

    def failed(self, error: Exception) -> None:
        """A pane could not show an event: a defect of the program."""


class Bridge:
    """Hands each event of a session to the panes that it concerns."""

    def __init__(self, session: Session, panes: Panes) -> None:
        """Connect a session with a screen until `close`."""
        self._tree = session.state.tree
        self._panes = panes
        self.close = session.subscribe(self._on_event)

    def _on_event(self, event: Event) -> None:
        try:
            self._show(event)
        except Exception as error:
            # The session shields itself from its observers; here it ends the program in sight.
            self._panes.failed(error)

    def _show(self, event: Event) -> None:
        panes = self._panes
        match event:
            case Streamed(node_id):
                panes.message_grew(self._tree.row(node_id))
                return
            case Waited(_, _, seconds, detail):
                panes.waiting(f"{detail} ({seconds:.0f} s)" if seconds >= 1 else detail)
                return
            case Finished(_, node_id):
                panes.message_changed(self._tree.row(node_id))
            case Changed() | CheckedOut() | Purged():
                panes.path_changed()
            case DraftChanged() | Saved() | NotSaved():
                panes.status_changed()
                return
            case QueueChanged():
                pass
        panes.graph_changed(event)
        panes.status_changed()
        panes.unsaved()
