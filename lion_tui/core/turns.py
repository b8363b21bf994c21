"""The turns of a path: what was asked, and all that was answered to it, up to the next question."""

from __future__ import annotations

from array import array
from bisect import bisect_left, bisect_right
from collections import deque
from itertools import count
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from lion_tui.core.tree_path import TreePath

_ASKS: Final = frozenset({"user", "system"})


class Turns:
    """Where on a path each turn begins: at the first message, and at each prompt that stands below an answer."""

    def __init__(self, rows: Sequence[int] | TreePath, role: Sequence[str]) -> None:
        """Look at a path, which may move: `follow` says so.

        Args:
            rows: The rows of its messages.
            role: The role of the message in each row.
        """
        self._rows, self._role = rows, role
        self._starts = array("q")
        self._known = 0
        self.follow(0)

    def follow(self, kept: int) -> None:
        """Take over that only so many messages at the beginning of the path are as they were."""
        rows, role = self._rows, self._role
        known = min(kept, self._known)
        del self._starts[bisect_left(self._starts, known) :]
        for index in range(known, len(rows)):
            if not index or (role[rows[index]] in _ASKS and role[rows[index - 1]] not in _ASKS):
                self._starts.append(index)
        self._known = len(rows)

    def __len__(self) -> int:
        return len(self._starts)

    def of(self, index: int) -> int:
        """Return the turn of the message at a place of the path."""
        return bisect_right(self._starts, index) - 1

    def places(self, turn: int) -> range:
        """Return the places of the messages of a turn; none of one that there is not."""
        if not 0 <= turn < len(self._starts):
            return range(0)
        return range(self._starts[turn], self._starts[turn + 1] if turn + 1 < len(self) else len(self._rows))

    def counterpart(self, index: int, other: Turns) -> int | None:
        """Return where on another path the message stands that answers to one of this: of its turn and role.

        Of several messages of a role in a turn, the first answers to the first, and so on.
        """
        turn, role = self.of(index), self._role[self._rows[index]]
        number = sum(self._role[self._rows[each]] == role for each in range(self.places(turn).start, index))
        same = (each for each in other.places(turn) if other._role[other._rows[each]] == role)
        return next((each for at, each in zip(count(), same, strict=False) if at == number), None)

    def __contains__(self, row: int) -> bool:
        """Tell whether a message is on the path."""
        return self._find(row) is not None

    def _find(self, row: int) -> int | None:
        index = bisect_left(self._rows, row)  # on a path, rows grow
        return index if index < len(self._rows) and self._rows[index] == row else None

    def row_beside(self, row: int, other: Turns) -> int | None:
        """Return the row of another path that answers to a row, as `counterpart`; None if it is not on this path."""
        index = self._find(row)
        found = None if index is None else self.counterpart(index, other)
        return None if found is None else other._rows[found]

    def pairs(self, other: Turns) -> Iterator[tuple[int, int | None, int | None]]:
        """Yield each turn's number and the places of two messages that answer to each other; None where one is alone.

        They come in the order of this path; within a turn, what only the other has comes last.
        """
        for turn in range(max(len(self), len(other))):
            alone = dict.fromkeys(other.places(turn))
            waiting: dict[str, deque[int]] = {}
            for index in alone:
                waiting.setdefault(other._role[other._rows[index]], deque()).append(index)
            for index in self.places(turn):
                same = waiting.get(self._role[self._rows[index]])
                found = same.popleft() if same else None
                alone.pop(found, None)  # type: ignore[arg-type]  # None is no place
                yield turn, index, found
            for index in alone:
                yield turn, None, index
