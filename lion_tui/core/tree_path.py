"""A path through the tree that is looked at again and again while it grows, or moves to another message."""

from __future__ import annotations

from array import array
from bisect import bisect_left, bisect_right
from typing import TYPE_CHECKING

from lion_tui.core.tree import NO_ROW

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from lion_tui.core.tree import Tree


class TreePath:
    """The rows from a root, or from below a message, to a message. Moving it costs what differs, not its length."""

    def __init__(self, tree: Tree, end: int = NO_ROW) -> None:
        """Take the path to the row `end`; it is empty for `NO_ROW`."""
        self._tree = tree
        self._rows = array("q")
        self._after = NO_ROW
        self.move(end)

    def move(self, end: int, after: int = NO_ROW) -> int:
        """Lead to another row, and return how many rows at the beginning are the same.

        Args:
            end: The last row; `NO_ROW` for none.
            after: The row of its path below which the path begins; `NO_ROW` for all of it.
        """
        if after != self._after:
            del self._rows[:]
            self._after = after
        # A parent's row is smaller than its child's: both ways are walked towards the root, the larger row first.
        rows, parents = self._rows, self._tree.parent
        kept, row = len(rows), end
        new: list[int] = []
        while True:
            last = rows[kept - 1] if kept else after
            while row > last:
                new.append(row)
                row = parents[row]
            if row == last:
                break
            kept = bisect_right(rows, row, 0, kept)
        del rows[kept:]
        rows.extend(reversed(new))
        return kept

    @property
    def after(self) -> int:
        """The row below which the path begins; `NO_ROW` if it begins at the root."""
        return self._after

    @property
    def end(self) -> int:
        """The last row; `NO_ROW` if there is none."""
        return self._rows[-1] if self._rows else NO_ROW

    def __len__(self) -> int:
        return len(self._rows)

    def __getitem__(self, index: int) -> int:
        return self._rows[index]

    def __iter__(self) -> Iterator[int]:
        return iter(self._rows)

    def find(self, row: int) -> int | None:
        """Return where on the path a row is; None if it is not."""
        index = bisect_left(self._rows, row)
        return index if index < len(self._rows) and self._rows[index] == row else None

    def __contains__(self, row: int) -> bool:
        return self.find(row) is not None


def shared(paths: Sequence[TreePath]) -> int:
    """Return how many rows several paths from the root have in common."""
    least = min(map(len, paths))
    # Where two paths meet, they are the same up to there.
    return bisect_left(range(least), True, key=lambda index: len({path[index] for path in paths}) > 1)
