"""Back and forward: where one was before, and where one was after that."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from lion_tui.core.errors import UsageError

if TYPE_CHECKING:
    from lion_tui.app.transcript.transcript import Reading
    from lion_tui.core.changes import Position
    from lion_tui.core.state import State

_KEPT: Final = 500
_FAR: Final = 2
"""Messages between two places of one path that are not the same one: going from message to message is no visit."""


class Place(NamedTuple):
    """Where one was: what was shown, the message that the cursor was on, and where one read, if that is known."""

    position: Position
    node_id: str | None = None
    reading: Reading | None = None


class Trail:
    """The branches and paths that were shown, and the messages jumped to, in order.

    What was deleted since is stepped over.
    """

    def __init__(self, state: State) -> None:
        """Begin with what is shown."""
        self._state = state
        self._visited: list[Place] = [Place(state.current)]
        self._at = 0

    def follow(self) -> None:
        """Remember what is shown now; what was gone back from is forgotten if it is something else."""
        if self._state.current != self._visited[self._at].position:
            self._add(Place(self._state.current))

    def moved(self, row: int, left: Reading | None) -> None:
        """Remember the message that the cursor is on now; a place of its own if it is far from the one before.

        Args:
            row: The message.
            left: Where one read before; None if one came there by scrolling, which is no jump.
        """
        tree, here = self._state.tree, self._visited[self._at]
        place = Place(self._state.current, tree.node_id[row])
        if here.position != place.position:
            return  # the path is about to follow
        before = here.node_id
        if before is None and self._at == 0 and left is not None and left.cursor is not None:
            before = tree.node_id[left.cursor]  # nothing led to what is shown at first
        if left is None or before is None or before not in tree or self._near(tree.row(before), row):
            self._visited[self._at] = place
        else:
            self._leave(left)
            self._add(place)

    def _near(self, row: int, other: int) -> bool:
        depth = self._state.tree.depth
        return abs(depth[row] - depth[other]) < _FAR

    def _leave(self, reading: Reading) -> None:
        """Remember where one read when one goes elsewhere."""
        here = self._visited[self._at]
        node_id = here.node_id if reading.cursor is None else self._state.tree.node_id[reading.cursor]
        self._visited[self._at] = Place(here.position, node_id, reading)

    def _add(self, place: Place) -> None:
        self._visited[self._at + 1 :] = [place]
        del self._visited[:-_KEPT]
        self._at = len(self._visited) - 1

    def go(self, step: int, reading: Reading) -> Place:
        """Show what was shown before, or with 1 what was gone back from, and return where one was in it.

        Args:
            step: How far, back or forward.
            reading: Where one reads now.

        Raises:
            UsageError: there is nothing.
        """
        at, here = self._at + step, self._visited[self._at]
        while 0 <= at < len(self._visited):
            place = self._visited[at]
            if place[:2] != here[:2] and self._is_there(place.position):
                self._leave(reading)
                self._at = at
                self._state.show(place.position)
                return place
            at += step
        if step < 0:
            raise UsageError("Nothing else was shown before.", "- goes to the branch that was current before.")
        raise UsageError("There is nothing to go forward to.", "Alt+Left goes back.")

    def _is_there(self, position: Position) -> bool:
        if position.branch_id is not None:
            return position.branch_id in self._state.refs
        tree = self._state.tree
        return position.node_id is not None and tree.alive(tree.row(position.node_id))
