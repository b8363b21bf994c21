"""Looking for a text in all messages of a session, whatever path they are on."""

from __future__ import annotations

from array import array
from typing import TYPE_CHECKING

from lion_tui.app.transcript.search import PARTS, Needle, Search
from lion_tui.core.phrase import phrase
from lion_tui.core.tree import NO_ROW

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lion_tui.core.state import State
    from lion_tui.core.tree import Tree


class _AllRows:
    """All messages in the order of their making, as if they were one path."""

    def __init__(self, tree: Tree) -> None:
        self._tree = tree

    def __len__(self) -> int:
        return len(self._tree)

    def __getitem__(self, index: int) -> int:
        return index

    def find(self, row: int) -> int:
        return row


class TreeSearch(Search):
    """The hits of a needle in the live messages of a session, in the order of their making.

    How many hits a stretch of a path has is known at once, however long it is.
    """

    def __init__(self, state: State, needle: Needle) -> None:
        """Look in all messages of `state`; `changed` says from which row on they are others."""
        super().__init__(state, _AllRows(state.tree), needle)
        self._on_path = array("q")  # by row, the hits from the root to it

    def changed(self, kept: int) -> None:
        """Take over that only the first so many messages are as they were."""
        super().changed(kept)
        del self._on_path[kept:]

    def count(self) -> Iterator[None]:
        """Count what is not counted, a message a step."""
        tree, needle = self._state.tree, self.needle.text
        get, cased, count = tree.texts.get, needle != needle.lower(), phrase(needle).findall
        while not self.complete:
            row = len(self._on_path)
            hits = 0
            for part, name in enumerate(PARTS) if not tree.deleted_at[row] else ():
                if text := get(row, name):
                    lower = text if cased else text.lower()
                    if found := len(count(lower if len(lower) == len(text) else self.needle.folded(text))):
                        hits += found
                        self._texts.append(len(PARTS) * row + part)
                        self._sums.append(self.total + found)
            parent = tree.parent[row]
            self._on_path.append(hits + (self._on_path[parent] if parent != NO_ROW else 0))
            self._counted = len(PARTS) * (row + 1)
            yield

    def hits_between(self, first: int, last: int) -> int:
        """Return how many hits are counted from a message to one below it, both included."""
        if not first <= last < len(self._on_path):
            return 0
        above = self._state.tree.parent[first]
        return self._on_path[last] - (self._on_path[above] if above != NO_ROW else 0)

    def branches(self) -> int:
        """Return on how many branches there are hits."""
        rows = (self._state.tree.row(ref.head) for ref in self._state.refs.values() if ref.head is not None)
        return sum(row < len(self._on_path) and self._on_path[row] > 0 for row in rows)

    def counted(self, row: int) -> bool:
        """Tell whether the hits up to a message are counted."""
        return row < len(self._on_path)

    def _text(self, number: int) -> str:
        return super()._text(number) if self._state.tree.alive(number // len(PARTS)) else ""
