"""A gesture in the making: steps are done at once, and taken back together if one fails."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final, Literal

from lion_tui.core.changes import EntrySet, FieldSet, Gesture, HeadMoved, Lived, Made, MarkSet, RefSet
from lion_tui.core.changes import Position as Pos
from lion_tui.core.errors import UsageError
from lion_tui.core.ids import uuid7
from lion_tui.core.message import COLUMNS
from lion_tui.core.refs import Ref, free_name, valid_name
from lion_tui.core.stored import dump_json
from lion_tui.core.text import scalar
from lion_tui.core.tree import NO_ROW

if TYPE_CHECKING:
    from collections.abc import Mapping

    from lion_tui.core.changes import Change, Kind, Table
    from lion_tui.core.message import Json
    from lion_tui.core.state import State


_TEXTS: Final = frozenset(column.name for column in COLUMNS if column.kind in {"text", "json"})
_REQUIRED: Final = frozenset(column.name for column in COLUMNS if column.required)


class Transaction:
    """Steps of one gesture, each done when it is called."""

    def __init__(self, state: State, kind: Kind) -> None:
        """Begin a gesture."""
        self._state = state
        self._kind: Kind = kind
        self._changes: list[Change] = []
        self._rows = len(state.tree)
        self._next_seq = state.next_seq
        self._before, self._head = state.current, state.head_row(state.current)
        self._recent = state.recent.copy()
        self.at = state.time()

    def gesture(self) -> Gesture:
        """Return what was done."""
        state, tree = self._state, self._state.tree
        state.note(self._before, self._head, self._rows)
        changes = tuple(self._changes)
        if len(tree) > self._rows:
            changes = (Made(tree.seq[self._rows], tree.seq[-1]), *changes)
        return Gesture(self._kind, self.at, self._before, state.current, changes)

    def roll_back(self) -> None:
        """Take every step back, as if it had not been done."""
        state = self._state
        for change in reversed(self._changes):
            change.inverse(self.at).apply(state)
        state.tree.truncate(self._rows)
        state.next_seq = self._next_seq
        state.current = self._before
        state.recent = self._recent

    def _do(self, change: Change) -> None:
        change.apply(self._state)
        self._changes.append(change)

    def add(self, parent: int, *, role: str, content: str, sender: str, recipient: str, **values: Any) -> int:
        """Add a message under the row `parent` and return its row.

        Args:
            parent: A row, or `NO_ROW`.
            role: Its role.
            content: Its text.
            sender: Who speaks.
            recipient: Who is spoken to.
            values: Other columns; JSON columns as values, not text.

        Raises:
            UsageError: the message above is deleted, or a value is not of its column's kind.
        """
        values |= {name: dump_json(values.get(name)) for name in ("params", "metadata", "parts")}
        values |= {"role": role, "content": content, "sender": sender, "recipient": recipient}
        texts = {
            name: scalar(value)
            for name, value in values.items()
            if name in _TEXTS and (value is not None or name in _REQUIRED)
        }
        made = {"node_id": uuid7(), "timestamp": self._state.time(), "status": "complete", "origin": "user"}
        return self.add_stored(parent, {**made, **values, **texts})

    def add_stored(self, parent: int, values: Mapping[str, Json]) -> int:
        """Add a message under the row `parent`, of stored values by column, and return its row.

        Args:
            parent: A row, or `NO_ROW`.
            values: As `Column.kind` says, each of what its column may hold; `seq` is made.

        Raises:
            UsageError: the message above is deleted, or there is a message of that id.
        """
        state = self._state
        if parent != NO_ROW and not state.tree.alive(parent):
            raise UsageError("The message above is deleted, so nothing can be added there.", "Restore it first.")
        if values["node_id"] in state.tree:
            raise UsageError(f"There is a message {values['node_id']!r} already.", "Leave one of the two out.")
        row = state.tree.append(parent, {**values, "seq": state.next_seq})
        state.next_seq += 1
        return row

    def move_head(self, branch_id: str, row: int) -> None:
        """Set a branch's head."""
        before, after = self._state.refs[branch_id].head, self._state.tree.id(row)
        if before != after:
            self._do(HeadMoved(branch_id, before, after))

    def new_ref(self, name: str, row: int, **overlay: Any) -> Ref:
        """Add a branch.

        Raises:
            BranchNameError: the name is malformed or taken.
        """
        name = valid_name(name, self._state.names())
        ref = Ref(branch_id=uuid7(), name=name, head=self._state.tree.id(row), created_at=self.at, **overlay)
        self._do(RefSet(ref.branch_id, None, ref))
        return ref

    def set_ref(self, branch_id: str, **values: Any) -> None:
        """Change a branch's name or settings."""
        before = self._state.refs[branch_id]
        if (after := replace(before, **values)) != before:
            self._do(RefSet(branch_id, before, after))

    def drop_ref(self, branch_id: str) -> None:
        """Delete a branch: the name, not the messages."""
        self._do(RefSet(branch_id, self._state.refs[branch_id], None))

    def set_alive(self, row: int, before: int | None, after: int | None, *, subtree: bool) -> None:
        """Delete or restore a message, with all below it that shares its `deleted_at` if `subtree` is set."""
        self._do(Lived(self._state.tree.node_id[row], before, after, subtree))

    def set_mark(self, row: int, mark: str, value: Json) -> None:
        """Set a message's mark; None takes it away."""
        node_id = self._state.tree.node_id[row]
        before = self._state.marks.get(node_id, {}).get(mark)
        if before != value:
            self._do(MarkSet(node_id, mark, before, value))

    def set_field(self, field: Literal["title", "tags", "overlay"], value: Json) -> None:
        """Set a value of the session itself."""
        before = getattr(self._state, field)
        if before != value:
            self._do(FieldSet(field, before, value))

    def set_entry(self, table: Table, key: str, entry: Json) -> None:
        """Set what the session keeps beside its messages; None takes it away."""
        before = getattr(self._state, table).get(key)
        if before != entry:
            self._do(EntrySet(table, key, before, entry))

    def show(self, position: Pos) -> None:
        """Show another position from now on."""
        self._state.current = position

    def branch_to_write(self, position: Pos) -> str:
        """Return the id of the branch that writing at `position` goes to.

        Writing on a detached view makes a branch of its own for it, named after the branch that was current before.
        """
        if position.branch_id:
            return position.branch_id
        state = self._state
        before = state.latest_ref()
        name = free_name(before.name if before else "main", state.names())
        row = NO_ROW if position.node_id is None else state.tree.row(position.node_id)
        overlay = {"service": before.service, "model": before.model, "params": before.params} if before else {}
        ref = self.new_ref(name, row, base=position.node_id, fork_of=before.branch_id if before else None, **overlay)
        if position == state.current:
            self.show(Pos(ref.branch_id))
        return ref.branch_id
