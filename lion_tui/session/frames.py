"""The messages and branches of a session as DataFrames."""

from __future__ import annotations

import json
from array import array
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, Final

from lion_tui.core.errors import UsageError
from lion_tui.core.message import COLUMNS, Message
from lion_tui.core.operations.viewing import forked_from
from lion_tui.core.rows import table_of
from lion_tui.core.tree import NO_ROW

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import pandas as pd

    from lion_tui.core.diff import Unit
    from lion_tui.core.refs import Ref
    from lion_tui.core.state import State
    from lion_tui.core.tree import Tree

_NOT_A_TIME: Final = -(2**63)


class Frames:
    """Makes frames of a session and keeps each until the session changes; what it returns are copies."""

    def __init__(self, state: State) -> None:
        """Make frames of `state`."""
        self._state = state
        self._kept: dict[object, pd.DataFrame] = {}
        state.subscribe(lambda _: self._kept.clear())

    def keep(self, key: object, make: Callable[[], pd.DataFrame]) -> pd.DataFrame:
        """Return a copy of what `make` made since the session changed last, made anew if need be."""
        if key not in self._kept:
            self._kept[key] = make()
        frame = self._kept[key].copy()
        for name in frame.columns[frame.dtypes == "object"]:
            # A frame's copy shares the lists in it.
            frame[name] = series("texts", [value.copy() for value in frame[name]])
        return frame

    def path(self, row: int) -> pd.DataFrame:
        """Return the messages from the root to `row`, in the columns of `COLUMNS`."""
        tree = self._state.tree
        return self.keep(("path", row), lambda: _messages(tree, tree.path(row)))

    def all_messages(self) -> pd.DataFrame:
        """Return every live message once, in `seq` order, with `branches`: the names of those whose path holds it."""
        return self.keep("all", lambda: _all_messages(self._state))

    def nodes(self) -> pd.DataFrame:
        """Return one row for each message, deleted ones too, with what follows from its place in the tree."""
        return self.keep("nodes", lambda: _nodes(self._state))

    def branches(self) -> pd.DataFrame:
        """Return one row for each branch."""
        return self.keep("branches", lambda: _branches(self._state))

    def diff(self, a: int, b: int, unit: Unit) -> pd.DataFrame:
        """Return what differs between the paths to two rows after their merge base, turn by turn."""
        return self.keep(("diff", a, b, unit), lambda: _diff(self._state.tree, a, b, unit))


def _messages(tree: Tree, rows: Sequence[int]) -> pd.DataFrame:
    import pandas as pd

    values = {column.name: series(column.kind, stored_values(tree, column.name, rows)) for column in COLUMNS}
    return pd.DataFrame(values)


def stored_values(tree: Tree, name: str, rows: Sequence[int]) -> list[Any]:
    """Return the values of one column for some messages, as `Column.kind` says."""
    match name:
        case "content" | "reasoning" | "parts":
            return [tree.texts.get(row, name) for row in rows]
        case "parent_id":
            return [tree.id(tree.parent[row]) for row in rows]
        case "seq" | "timestamp":
            column: array[int] = getattr(tree, name)
            return [column[row] for row in rows]
        case "deleted_at":
            return [tree.deleted_at[row] or None for row in rows]
        case "source_ids":
            return [list(tree.listed[name][row]) for row in rows]
        case _:
            return [tree.listed[name][row] for row in rows]


def series(kind: str, values: Sequence[Any]) -> pd.Series[Any]:
    """Return a column with its dtype: str, datetime64[us, UTC], Int64, Float64, or lists as object."""
    import numpy as np
    import pandas as pd

    match kind:
        case "time":
            moments = np.array([_NOT_A_TIME if value is None else value for value in values], dtype="int64")
            return pd.Series(moments.view("datetime64[us]")).dt.tz_localize("UTC")
        case "int":
            return pd.Series(values, dtype="Int64")
        case "float":
            return pd.Series(values, dtype="Float64")
        case "texts":
            return pd.Series(values, dtype="object")
        case "bool":
            return pd.Series(values, dtype="bool")
        case _:
            return pd.Series(values, dtype="str")


def _names_by_row(state: State) -> list[list[str]]:
    """Return for each row the names of the branches whose path holds it, in the order of their making."""
    tree = state.tree
    refs = [ref for ref in state.names().values() if ref.head]
    # Each row's set of branches is a number with one bit a branch, handed on from child to parent.
    sets = [0] * len(tree)
    for bit, ref in enumerate(refs):
        sets[tree.row(ref.head or "")] |= 1 << bit
    for row in range(len(tree) - 1, -1, -1):
        if sets[row] and tree.parent[row] != NO_ROW:
            sets[tree.parent[row]] |= sets[row]
    names = {each: [ref.name for bit, ref in enumerate(refs) if each >> bit & 1] for each in set(sets)}
    return [names[each] for each in sets]


def _all_messages(state: State) -> pd.DataFrame:
    tree = state.tree
    rows = [row for row in range(len(tree)) if tree.alive(row)]
    names = _names_by_row(state)
    frame = _messages(tree, rows)
    frame["branches"] = series("texts", [list(names[row]) for row in rows])
    return frame


def _nodes(state: State) -> pd.DataFrame:
    tree = state.tree
    size = len(tree)
    depth, descendants, children = array("q", bytes(8 * size)), array("q", bytes(8 * size)), array("q", bytes(8 * size))
    index, count = array("q", bytes(8 * size)), array("q", bytes(8 * size))
    seen: dict[int, int] = {}
    for row, parent in enumerate(tree.parent):
        depth[row] = 1 if parent == NO_ROW else depth[parent] + 1
        if tree.alive(row) and not state.archived(row):
            seen[parent] = index[row] = seen.get(parent, 0) + 1
    for row in range(size - 1, -1, -1):
        parent = tree.parent[row]
        if index[row]:
            count[row] = seen[parent]
        if tree.alive(row) and parent != NO_ROW:
            children[parent] += 1
            descendants[parent] += descendants[row] + 1
    current = set(tree.path(state.head_row(state.current)))
    frame = _messages(tree, range(size))
    frame["depth"] = series("int", depth)
    frame["n_children"] = series("int", children)
    frame["sib_index"] = series("int", [value or None for value in index])
    frame["sib_count"] = series("int", [value or None for value in count])
    alive = [tree.alive(row) for row in range(size)]
    frame["is_leaf"] = series("bool", [live and not children[row] for row, live in enumerate(alive)])
    frame["on_head"] = series("bool", [row in current for row in range(size)])
    frame["branches"] = series("texts", [list(names) for names in _names_by_row(state)])
    frame["n_desc"] = series("int", descendants)
    frame["alive"] = series("bool", alive)
    return frame


_BRANCH_COLUMNS: Final = {
    "branch": "text", "branch_id": "text", "head": "text", "base_id": "text", "fork_of": "text", "n_msgs": "int",
    "n_unique": "int", "models": "texts", "tokens": "int", "cost_path": "float", "cost_own": "float",
    "created_at": "time", "last_at": "time", "archived": "bool",
}  # fmt: skip


def _branches(state: State) -> pd.DataFrame:
    import pandas as pd

    names = _names_by_row(state)
    rows = [_branch(state, ref, names) for ref in state.names().values()]
    return pd.DataFrame({name: series(kind, [row[name] for row in rows]) for name, kind in _BRANCH_COLUMNS.items()})


def _branch(state: State, ref: Ref, names: Sequence[Sequence[str]]) -> dict[str, Any]:
    tree = state.tree
    path = tree.path(tree.row(ref.head)) if ref.head else []
    base = tree.row(ref.base) if ref.base and ref.base in tree else NO_ROW
    own = [row for row in path if row > base]
    origin = forked_from(state, ref)
    return {
        "branch": ref.name,
        "branch_id": ref.branch_id,
        "head": ref.head,
        "base_id": ref.base,
        "fork_of": origin.name if origin else None,
        "n_msgs": len(path),
        "n_unique": sum(len(names[row]) == 1 for row in path),
        "models": sorted({model for row in path if (model := tree.value(row, "model"))}),
        "tokens": _sum(tree.value(row, "tokens_out") for row in path),
        "cost_path": _sum(tree.value(row, "cost_usd") for row in path),
        "cost_own": _sum(tree.value(row, "cost_usd") for row in own),
        "created_at": ref.created_at,
        "last_at": max((tree.timestamp[row] for row in path), default=None),
        "archived": ref.archived,
    }


def _diff(tree: Tree, a: int, b: int, unit: Unit) -> pd.DataFrame:
    import pandas as pd

    from lion_tui.core.path_diff import diff_paths

    _, pairs = diff_paths(tree, a, b, unit)

    def of(rows: list[int | None], column: str) -> pd.Series[Any]:
        known = iter(stored_values(tree, column, [row for row in rows if row is not None]))
        return series("text", [None if row is None else next(known) for row in rows])

    rows_a, rows_b = [pair.a for pair in pairs], [pair.b for pair in pairs]
    either = [pair.b if pair.a is None else pair.a for pair in pairs]
    return pd.DataFrame(
        {
            "turn": series("int", [pair.turn for pair in pairs]),
            "role": of(either, "role"),
            "a": of(rows_a, "node_id"),
            "b": of(rows_b, "node_id"),
            "content_a": of(rows_a, "content"),
            "content_b": of(rows_b, "content"),
            "ratio": series("float", [pair.ratio for pair in pairs]),
            "operations": series("text", [json.dumps(pair.operations) for pair in pairs]),
        }
    )


def _sum(values: Iterable[Any]) -> Any:
    """Return the sum of what is known; None if nothing is."""
    known = [value for value in values if value is not None]
    return sum(known) if known else None


def columns_of(messages: pd.DataFrame | Iterable[Mapping[str, Any] | Message]) -> dict[str, list[Any]]:
    """Return messages by column: those of a frame, of records, or of `Message` objects; what is missing is None.

    Raises:
        UsageError: they are none of these, or two columns have one name.
    """
    if not isinstance(messages, Iterable):
        raise _no_message(messages)
    frame: Any = messages
    if hasattr(frame, "to_dict"):  # without loading pandas to know its frames
        return _columns_of_frame(frame)
    records = [_record(message) for message in frame]
    return table_of(records) if records else {"role": [], "content": []}


def _record(message: Mapping[str, Any] | Message) -> Mapping[str, Any]:
    if isinstance(message, Message):
        return {column.name: getattr(message, column.name) for column in COLUMNS}
    if not isinstance(message, Mapping):
        raise _no_message(message)
    return message


def _no_message(value: object) -> UsageError:
    return UsageError(f"{value!r} is no message.", "Give a DataFrame, dicts by column, or messages.")


def _columns_of_frame(frame: pd.DataFrame) -> dict[str, list[Any]]:
    if not frame.columns.is_unique:
        raise UsageError("Two columns of the frame have one name.", "Rename one of them.")
    return {str(name): frame[name].astype(object).where(frame[name].notna(), None).tolist() for name in frame.columns}
