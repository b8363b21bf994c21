"""The forest of messages, kept by column."""

from __future__ import annotations

import itertools
import json
import operator
import sys
from array import array
from bisect import bisect_left, bisect_right, insort
from typing import TYPE_CHECKING, Any, Final

from lion_tui.core.errors import UnknownMessage, UsageError
from lion_tui.core.ids import to_datetime
from lion_tui.core.message import COLUMNS, Message
from lion_tui.core.stored import checked, with_lost_and_found
from lion_tui.core.texts import MemoryTexts

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from lion_tui.core.message import Json
    from lion_tui.core.texts import Texts

NO_ROW: Final = -1
"""The parent of a root."""

PURGED: Final = '{"purged":true}'
"""The metadata of a message whose text is gone for good."""

_WIDE: Final = tuple(column.name for column in COLUMNS if column.wide)
_TIMES_AND_LINKS: Final = frozenset({"timestamp", "seq", "deleted_at", "parent_id"})
_LISTED: Final = tuple(column.name for column in COLUMNS if not column.wide and column.name not in _TIMES_AND_LINKS)
_REPEATED: Final = frozenset(column.name for column in COLUMNS if column.repeats)
_REPEATED_AT: Final = tuple(at for at, name in enumerate(_LISTED) if name in _REPEATED)
_SOURCE_IDS_AT: Final = _LISTED.index("source_ids")
_JSON: Final = frozenset(column.name for column in COLUMNS if column.kind == "json")


class _Frozen:
    """Keeps what the columns of a tree held at one moment, without a copy: what is set after that is noted first."""

    def __init__(self, tree: Tree) -> None:
        self._listed = tree.listed
        self._rows = len(tree)
        self._before: dict[str, dict[int, Json]] = {name: {} for name in _LISTED}

    def keep(self, row: int, name: str) -> None:
        """Note a value that is about to be another one."""
        if row < self._rows:
            self._before[name].setdefault(row, self._listed[name][row])

    def column(self, name: str) -> list[Json]:
        """Return a column as it was. In any thread: what is copied first, and set meanwhile, is put right after."""
        values = self._listed[name][: self._rows]
        for row, value in list(self._before[name].items()):
            values[row] = value
        return values


_SHORTEST_ID: Final = 4
"""Characters of an id that are enough to name a message, if no other one ends so."""


class Tree:
    """A forest: every message is a row, and its parent stands in an earlier row.

    Rows are in `seq` order and keep their number. A value of the `listed` columns of a row is changed by `set` only.
    Parents are the stored fact; the links to children are derived from
    them. Since a parent's row is always smaller than its child's, no cycle can exist and no walk needs recursion.
    """

    def __init__(self, texts: Texts | None = None) -> None:
        """Make an empty forest whose long texts are in `texts`."""
        self.texts: Texts = texts if texts is not None else MemoryTexts()
        self.parent = array("q")
        self.depth = array("q")  # how many messages the path to the row has
        self.seq = array("q")
        self.timestamp = array("q")
        self.deleted_at = array("q")  # 0 while the message lives
        self.listed: dict[str, list[Any]] = {name: [] for name in _LISTED}
        self.node_id: list[str] = self.listed["node_id"]
        self.role: list[str] = self.listed["role"]
        self.status: list[str] = self.listed["status"]
        self._row: dict[str, int] = {}
        self._first_child = array("q")
        self._last_child = array("q")
        self._next_sibling = array("q")
        self._first_root = self._last_root = NO_ROW
        # By row, the first of the rows up to it that are each the parent of the next: walks go over those in one step.
        self._stretch = array("q")
        self._forks: list[int] = []  # the rows with several children, in order
        self._frozen: set[_Frozen] = set()  # threads take theirs out

    def __len__(self) -> int:
        return len(self.parent)

    # Building

    def append(self, parent: int, values: Mapping[str, Json]) -> int:
        """Add a message under the row `parent` and return its row.

        Args:
            parent: A row, or `NO_ROW` for a root.
            values: Stored values by column name (`Column.kind`); `node_id`, `seq` and `timestamp` among them.
        """
        row = len(self.parent)
        # Made before any column grows: a value that cannot be interned must not leave columns of different lengths.
        listed: list[Any] = [values.get(name) for name in _LISTED]
        for at in _REPEATED_AT:
            if listed[at] is not None:
                listed[at] = sys.intern(listed[at])
        if listed[_SOURCE_IDS_AT] is None:
            listed[_SOURCE_IDS_AT] = ()
        for column, value in zip(self.listed.values(), listed, strict=True):
            column.append(value)
        self.parent.append(parent)
        self.seq.append(values["seq"])
        self.timestamp.append(values["timestamp"])
        self.deleted_at.append(values.get("deleted_at") or 0)
        self.texts.append(values.get("content") or "", values.get("reasoning"), values.get("parts"))
        self._row[values["node_id"]] = row
        self._link(row, parent)
        return row

    def set(self, row: int, column: str, value: Json) -> None:
        """Set a value of a narrow, listed column, as stored."""
        for frozen in tuple(self._frozen):
            frozen.keep(row, column)
        self.listed[column][row] = value

    def _link(self, row: int, parent: int) -> None:
        self._first_child.append(NO_ROW)
        self._last_child.append(NO_ROW)
        self._next_sibling.append(NO_ROW)
        self.depth.append(1 if parent == NO_ROW else self.depth[parent] + 1)
        self._stretch.append(self._stretch[parent] if NO_ROW < parent == row - 1 else row)
        if parent == NO_ROW:
            if self._last_root == NO_ROW:
                self._first_root = row
            else:
                self._next_sibling[self._last_root] = row
            self._last_root = row
        else:
            last = self._last_child[parent]
            if last == NO_ROW:
                self._first_child[parent] = row
            else:
                self._next_sibling[last] = row
                if last == self._first_child[parent]:
                    insort(self._forks, parent)
            self._last_child[parent] = row

    def _link_all(self, starts: Sequence[int]) -> None:
        """Derive all links from the parents: as `_link` of every row, in a fraction of the time.

        Args:
            starts: The first row, and the others whose parent is not the row before, in order.
        """
        rows = len(self.parent)
        # The last element stands for the roots: `NO_ROW` is its index. Their depth, 0, comes there.
        first, last, following, depth = (array("q", [NO_ROW]) * (rows + 1) for _ in range(4))
        depth[NO_ROW] = 0
        stretch = array("q")
        forks: set[int] = set()
        # A stretch is linked all at once, and then its first message.
        for start, stop in itertools.pairwise([*starts, rows]):
            first[start : stop - 1] = last[start : stop - 1] = array("q", range(start + 1, stop))
        for start, stop in itertools.pairwise([*starts, rows]):
            parent = self.parent[start]
            before = last[parent]
            if before == NO_ROW:
                first[parent] = start
            else:
                following[before] = start
                forks.add(parent)
            last[parent] = start
            depth[start:stop] = array("q", range(depth[parent] + 1, depth[parent] + 1 + stop - start))
            stretch += array("q", [start]) * (stop - start)
        self._forks = sorted(forks - {NO_ROW})
        self._first_root, self._last_root = first.pop(), last.pop()
        for each in (following, depth):
            each.pop()
        self._first_child, self._last_child, self._next_sibling = first, last, following
        self.depth, self._stretch = depth, stretch

    def truncate(self, rows: int) -> None:
        """Take back the newest rows, so that `rows` remain."""
        for parent in {parent for parent in self.parent[rows:] if parent < rows}:
            last = NO_ROW
            for child in self.children(parent):
                if child >= rows:
                    break
                last = child
            self._end_children_at(parent, last)
        for node_id in self.node_id[rows:]:
            del self._row[node_id]
        self._forks = [row for row in self._forks if row < rows and self._first_child[row] != self._last_child[row]]
        links = (self.parent, self.depth, self._stretch, self._first_child, self._last_child, self._next_sibling)
        for column in (*links, self.seq, self.timestamp, self.deleted_at, *self.listed.values()):
            del column[rows:]
        self.texts.truncate(rows)

    def _end_children_at(self, parent: int, last: int) -> None:
        """Let `last` be the last child of a row, `NO_ROW` for none."""
        if last != NO_ROW:
            self._next_sibling[last] = NO_ROW
        if parent == NO_ROW:
            self._first_root, self._last_root = self._first_root if last != NO_ROW else NO_ROW, last
        else:
            self._last_child[parent] = last
            if last == NO_ROW:
                self._first_child[parent] = NO_ROW

    # Looking

    def row_ending(self, tail: str) -> int:
        """Return the row of the only message whose id ends so, as it is shown where a name is short; else `NO_ROW`."""
        if (row := self._row.get(tail)) is not None:
            return row
        found = [row for row, node_id in enumerate(self.node_id) if node_id.endswith(tail)]
        return found[0] if len(found) == 1 and len(tail) >= _SHORTEST_ID else NO_ROW

    def row(self, node_id: str) -> int:
        """Return the row of a message.

        Raises:
            UnknownMessage: there is none of that id.
        """
        try:
            return self._row[node_id]
        except KeyError:
            raise UnknownMessage(
                f"There is no message {node_id!r} in this session.", "The column node_id of `nodes` has them all."
            ) from None

    def rows_of(self, first: int, last: int) -> range:
        """Return the rows whose `seq` is from `first` to `last`."""
        return range(bisect_left(self.seq, first), bisect_right(self.seq, last))

    def __contains__(self, node_id: str) -> bool:
        return node_id in self._row

    def id(self, row: int) -> str | None:
        """Return the id of a row; None for `NO_ROW`."""
        return None if row == NO_ROW else self.node_id[row]

    def alive(self, row: int) -> bool:
        """Tell whether a message has not been deleted."""
        return self.deleted_at[row] == 0

    def purged(self, row: int) -> bool:
        """Tell whether a deleted message's text is gone for good."""
        return not self.alive(row) and self.listed["metadata"][row] == PURGED

    def content(self, row: int) -> str:
        """Return a message's text."""
        return self.texts.get(row, "content") or ""

    def value(self, row: int, column: str) -> Json:
        """Return one value of a narrow, listed column, as stored."""
        return self.listed[column][row]

    def message(self, row: int) -> Message:
        """Return a view of one message as it is now."""
        values: dict[str, Json] = {
            name: json.loads(value) if value is not None and name in _JSON else value
            for name, value in ((name, column[row]) for name, column in self.listed.items())
        }
        parts = self.texts.get(row, "parts")
        deleted = self.deleted_at[row]
        values["source_ids"] = tuple(values["source_ids"])
        return Message(
            **values,
            timestamp=to_datetime(self.timestamp[row]),
            seq=self.seq[row],
            parent_id=self.id(self.parent[row]),
            content=self.content(row),
            reasoning=self.texts.get(row, "reasoning"),
            parts=None if parts is None else json.loads(parts),
            deleted_at=to_datetime(deleted) if deleted else None,
        )

    # Walking

    def children(self, row: int) -> Iterator[int]:
        """Yield the children of a row (of `NO_ROW`: the roots), deleted ones too, in `seq` order."""
        child = self._first_root if row == NO_ROW else self._first_child[row]
        while child != NO_ROW:
            yield child
            child = self._next_sibling[child]

    def forks_above(self, row: int) -> Iterator[int]:
        """Yield of `row` and its ancestors those that have, or had, alternatives under their parent."""
        forks = self._forks
        while True:
            first = self._stretch[row]
            for at in reversed(range(bisect_left(forks, first), bisect_left(forks, row))):
                yield forks[at] + 1
            if (parent := self.parent[first]) == NO_ROW:
                if self._first_root != self._last_root:
                    yield first
                return
            if self._first_child[parent] != self._last_child[parent]:
                yield first
            row = parent

    def has_siblings(self, row: int) -> bool:
        """Tell whether a message has, or had, alternatives under its parent."""
        parent = self.parent[row]
        first, last = (
            (self._first_root, self._last_root)
            if parent == NO_ROW
            else (self._first_child[parent], self._last_child[parent])
        )
        return first != last

    def live_children(self, row: int) -> list[int]:
        """Return the children that live, in `seq` order."""
        return [child for child in self.children(row) if not self.deleted_at[child]]

    def path(self, row: int) -> list[int]:
        """Return the rows from the root to `row`."""
        rows = []
        while row != NO_ROW:
            rows.append(row)
            row = self.parent[row]
        rows.reverse()
        return rows

    def ancestors(self, row: int) -> Iterator[int]:
        """Yield `row`, its parent, and so on to the root."""
        while row != NO_ROW:
            yield row
            row = self.parent[row]

    def holds(self, path_end: int, row: int) -> bool:
        """Tell whether the path to `path_end` goes through `row`."""
        while path_end > row:
            if (first := self._stretch[path_end]) <= row:
                return True
            path_end = self.parent[first]
        return path_end == row

    def subtree(self, row: int) -> Iterator[int]:
        """Yield `row` and everything below it, parents before children."""
        todo = [row]
        while todo:
            row = todo.pop()
            yield row
            todo.extend(self.children(row))

    def live_leaves(self) -> list[int]:
        """Return the rows that live and have no child that lives."""
        has_child = bytearray(len(self))
        for row, parent in enumerate(self.parent):
            if parent != NO_ROW and not self.deleted_at[row]:
                has_child[parent] = 1
        return [row for row, taken in enumerate(has_child) if not taken and not self.deleted_at[row]]

    def merge_base(self, a: int, b: int) -> int:
        """Return the last row that both paths have, or `NO_ROW`."""
        while a != b:
            if a > b:
                a = self.parent[a]
            else:
                b = self.parent[b]
        return a

    def nearest_alive(self, row: int) -> int:
        """Return `row` or the nearest ancestor that lives, or `NO_ROW`."""
        while row != NO_ROW and self.deleted_at[row]:
            row = self.parent[row]
        return row

    # Columns in and out

    def columns(self) -> dict[str, Sequence[Json]]:
        """Return copies of all columns as stored values, in the order of `COLUMNS`."""
        return self.freeze()()

    def freeze(self) -> Callable[[], dict[str, Sequence[Json]]]:
        """Take hold of all columns as they are now, in a moment; return what makes copies of that, in any thread.

        It is to be called once. A row that is there now must not be taken back before.
        """
        rows, frozen = len(self), _Frozen(self)
        self._frozen.add(frozen)
        deleted_at = self.deleted_at[:]
        texts = {name: self.texts.column(name) for name in _WIDE}

        def columns() -> dict[str, Sequence[Json]]:
            listed = {name: frozen.column(name) for name in _LISTED}
            self._frozen.discard(frozen)
            ids = listed["node_id"]
            special: dict[str, Sequence[Json]] = {
                "seq": self.seq[:rows],
                "timestamp": self.timestamp[:rows],
                "deleted_at": [time or None for time in deleted_at] if any(deleted_at) else [None] * rows,
                "parent_id": [None if parent == NO_ROW else ids[parent] for parent in self.parent[:rows]],
            }
            return {column.name: (listed | special | texts)[column.name] for column in COLUMNS}

        return columns

    @classmethod
    def from_columns(cls, columns: Mapping[str, Sequence[Json]]) -> tuple[Tree, int]:
        """Make a tree of stored columns.

        Messages whose parent is not among the earlier ones are put under a new root whose sender is `lost+found`.

        Returns:
            The tree, and how many messages were put there.

        Raises:
            UsageError: the columns cannot be a tree of messages.
        """
        columns = checked(columns)
        named = columns["parent_id"]
        ids = columns["node_id"]
        row_of = dict(zip(ids, range(len(named)), strict=True))
        if len(row_of) != len(named):
            raise UsageError("Two messages have the same node_id.")
        # Most messages follow the one before; only where such a stretch starts, the parent is looked for.
        parents = array("q", range(NO_ROW, len(named) - 1))
        starts_here = itertools.chain([True], map(operator.ne, itertools.islice(named, 1, None), ids))
        starts = [*itertools.compress(range(len(named)), starts_here)]
        for row in starts:
            parents[row] = row_of.get(named[row], NO_ROW)
        lost = {row for row in starts if parents[row] >= row or (parents[row] == NO_ROW and named[row] is not None)}
        if lost:
            columns = with_lost_and_found(columns, lost)
            return cls.from_columns(columns)[0], len(lost)
        tree = cls(MemoryTexts({name: columns[name] for name in _WIDE}))
        tree.parent = parents
        tree.seq = array("q", columns["seq"])
        tree.timestamp = array("q", columns["timestamp"])
        tree.deleted_at = array("q", [time or 0 for time in columns["deleted_at"]])
        for name in _LISTED:
            tree.listed[name][:] = columns[name]
        tree._row = row_of
        tree._link_all(starts)
        return tree, 0
