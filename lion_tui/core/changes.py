"""The smallest steps that a gesture is made of: each can be applied, inverted and written down without any text."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final, Literal, NamedTuple, TypeAlias

from lion_tui.core import shapes
from lion_tui.core.refs import Ref

if TYPE_CHECKING:
    from collections.abc import Collection

    from lion_tui.core.message import Json
    from lion_tui.core.state import State
    from lion_tui.core.tree import Tree

Kind: TypeAlias = Literal[
    "append", "turn", "fork", "branch", "rename", "settings", "edit", "regenerate", "retry", "continue", "splice",
    "rollback", "clear", "forward", "delete", "delete branch", "restore", "archive", "mark", "title",
    "bookmark", "note", "mute", "context", "keep only", "carry",
    "fan-out", "pick", "vote", "merge", "cherry-pick", "replay", "graft", "cut", "import", "replace",
]  # fmt: skip
"""What a gesture is; its words are what undo says."""

Table: TypeAlias = Literal["groups", "votes"]
"""What a session keeps beside its messages."""


class Position(NamedTuple):
    """What is shown: a branch, or (detached) the path to a message; an empty session's detached view has neither."""

    branch_id: str | None = None
    node_id: str | None = None

    @classmethod
    def of(cls, branch_id: Json, node_id: Json) -> Position:
        """Return the position that a file has.

        Raises:
            TypeError, ValueError: it is none.
        """
        check = shapes.optional(shapes.text)
        return cls(check(branch_id), check(node_id))

    def check(self, tree: Tree, refs: Collection[str]) -> None:
        """Raise LookupError if there is nothing there, with these messages and these branches."""
        if self.branch_id is not None and self.branch_id not in refs:
            raise LookupError(f"there is no branch {self.branch_id!r}")
        if self.node_id is not None and self.node_id not in tree:
            raise LookupError(f"there is no message {self.node_id!r}")


class Made(NamedTuple):
    """Messages were made, one after another.

    Attributes:
        first: The `seq` of the first.
        last: The `seq` of the last.
        before: The `deleted_at` that they had in microseconds; 0 before they were made, None while they lived.
        after: The `deleted_at` that they have now; None while they live.
    """

    first: int
    last: int
    before: int | None = 0
    after: int | None = None

    def apply(self, state: State) -> None:
        """Make it so."""
        tree = state.tree
        for row in tree.rows_of(self.first, self.last):
            if tree.deleted_at[row] == (self.before or 0):
                tree.deleted_at[row] = self.after or 0

    def inverse(self, at: int) -> Made:
        """Return the step back: what was made is deleted, at the time `at`."""
        return self._replace(before=self.after, after=at if self.before == 0 else self.before)


class Lived(NamedTuple):
    """A message (with `subtree`, all below it that shared its fate) was deleted or restored.

    Attributes:
        before: The `deleted_at` that it had in microseconds, None while it lived.
        after: The `deleted_at` that it has now, None while it lives.
    """

    node_id: str
    before: int | None
    after: int | None
    subtree: bool = False

    def apply(self, state: State) -> None:
        """Make it so."""
        tree = state.tree
        row = tree.row(self.node_id)
        was, now = self.before or 0, self.after or 0
        for each in tree.subtree(row) if self.subtree else (row,):
            if tree.deleted_at[each] == was:
                tree.deleted_at[each] = now

    def inverse(self, at: int) -> Lived:  # noqa: ARG002 - every step has the same form
        """Return the step back."""
        return self._replace(before=self.after, after=self.before)


class HeadMoved(NamedTuple):
    """A branch's head went from one message to another."""

    branch_id: str
    before: str | None
    after: str | None

    def apply(self, state: State) -> None:
        """Make it so."""
        state.refs[self.branch_id] = replace(state.refs[self.branch_id], head=self.after)

    def inverse(self, at: int) -> HeadMoved:  # noqa: ARG002 - every step has the same form
        """Return the step back."""
        return self._replace(before=self.after, after=self.before)


class RefSet(NamedTuple):
    """A branch was made (`before` is None), deleted (`after` is None) or changed."""

    branch_id: str
    before: Ref | None
    after: Ref | None

    def apply(self, state: State) -> None:
        """Make it so."""
        if self.after is None:
            del state.refs[self.branch_id]
        else:
            state.refs[self.branch_id] = self.after

    def inverse(self, at: int) -> RefSet:  # noqa: ARG002 - every step has the same form
        """Return the step back."""
        return self._replace(before=self.after, after=self.before)


class MarkSet(NamedTuple):
    """A message's mark was set; None is no mark.

    Marks are the user's `bookmark`, `note`, `archived` and `context` (a list of `muted` and `start`), and on a deleted
    message `heads`: which branches had their head in the deleted subtree, and where, so that a restore brings them
    back.
    """

    node_id: str
    mark: str
    before: Json
    after: Json

    def apply(self, state: State) -> None:
        """Make it so."""
        marks = {**state.marks.get(self.node_id, {}), self.mark: self.after}
        marks = {mark: value for mark, value in marks.items() if value is not None}
        if marks:
            state.marks[self.node_id] = marks
        else:
            state.marks.pop(self.node_id, None)

    def inverse(self, at: int) -> MarkSet:  # noqa: ARG002 - every step has the same form
        """Return the step back."""
        return self._replace(before=self.after, after=self.before)


class FieldSet(NamedTuple):
    """A value of the session itself was set."""

    field: Literal["title", "tags", "overlay"]
    before: Json
    after: Json

    def apply(self, state: State) -> None:
        """Make it so."""
        setattr(state, self.field, self.after)

    def inverse(self, at: int) -> FieldSet:  # noqa: ARG002 - every step has the same form
        """Return the step back."""
        return self._replace(before=self.after, after=self.before)


class EntrySet(NamedTuple):
    """An entry of a table that the session keeps beside its messages was set; None is no entry.

    The tables are `groups`, by `group_id`, and `votes`, by `vote_id`.
    """

    table: Table
    key: str
    before: Json
    after: Json

    def apply(self, state: State) -> None:
        """Make it so."""
        entries: dict[str, Json] = getattr(state, self.table)
        if self.after is None:
            entries.pop(self.key, None)
        else:
            entries[self.key] = self.after

    def inverse(self, at: int) -> EntrySet:  # noqa: ARG002 - every step has the same form
        """Return the step back."""
        return self._replace(before=self.after, after=self.before)


Change: TypeAlias = Made | Lived | HeadMoved | RefSet | MarkSet | FieldSet | EntrySet

CHANGES: Final[dict[str, type[Change]]] = {
    "made": Made,
    "lived": Lived,
    "head": HeadMoved,
    "ref": RefSet,
    "mark": MarkSet,
    "field": FieldSet,
    "entry": EntrySet,
}
"""The steps, by what they are called in a file."""

_TAGS: Final = {kind: tag for tag, kind in CHANGES.items()}


@dataclass(frozen=True, slots=True)
class Gesture:
    """One thing that the user did: the unit of undo.

    Attributes:
        kind: What it was.
        at: When, in microseconds since 1970, UTC.
        before: What was shown before.
        after: What was shown after.
        changes: Its steps, in order.
        joins: Whether it goes on with the gesture before, so that undo takes both back as one.
    """

    kind: Kind
    at: int
    before: Position
    after: Position
    changes: tuple[Change, ...]
    joins: bool = False
    _text: str = field(default="", init=False, compare=False, repr=False)

    @property
    def made(self) -> list[Made]:
        """Which messages it made, in order: none, a run of them, or as many runs as gestures were joined to it."""
        return [change for change in self.changes if isinstance(change, Made)]

    def and_then(self, later: Gesture) -> Gesture:
        """Return this gesture and one that goes on with it as one."""
        return replace(self, after=later.after, changes=(*self.changes, *later.changes))

    def touches(self, branch_id: str) -> bool:
        """Tell whether it moved the head of a branch, made it or changed it."""
        return any(getattr(change, "branch_id", None) == branch_id for change in self.changes)

    def inverse(self, at: int) -> Gesture:
        """Return the gesture that takes this one back at the time `at`."""
        changes = tuple(change.inverse(at) for change in reversed(self.changes))
        return replace(self, before=self.after, after=self.before, changes=changes)

    def check(self, state: State) -> None:
        """Look whether a session has what the gesture is about, before any of it is done.

        Raises:
            LookupError: it has not: there is no such message or branch.
            ValueError: two branches would have one name.
        """
        refs, tree = state.refs, state.tree
        for change in self.changes:
            if unknown := [node_id for node_id in _node_ids(change) if node_id not in tree]:
                raise LookupError(f"there is no message {unknown[0]!r}")
            match change:
                case RefSet(branch_id, _, Ref() as after):
                    refs = {**refs, branch_id: after}
                case RefSet(branch_id) | HeadMoved(branch_id) if branch_id not in refs:
                    raise LookupError(f"there is no branch {branch_id!r}")
                case RefSet(branch_id):
                    refs = {other: ref for other, ref in refs.items() if other != branch_id}
        if refs is not state.refs and len({ref.name for ref in refs.values()}) != len(refs):
            raise ValueError("two branches have one name")
        self.after.check(tree, refs)

    def to_values(self) -> dict[str, Json]:
        """Return it as JSON values."""
        return {
            "kind": self.kind,
            "at": self.at,
            "before": [self.before.branch_id, self.before.node_id],
            "after": [self.after.branch_id, self.after.node_id],
            "changes": [_change_to_json(change) for change in self.changes],
            **({"joins": True} if self.joins else {}),
        }

    def to_json(self) -> str:
        """Return it as JSON text: one line, which keeps a readable file readable. It is made once."""
        if not self._text:
            text = json.dumps(self.to_values(), ensure_ascii=False, separators=(",", ":"))
            object.__setattr__(self, "_text", text)
        return self._text


def _node_ids(change: Change) -> list[str]:
    """Return the messages that a session must have for a step to be done there."""
    match change:
        case Lived(node_id) | MarkSet(node_id):
            return [node_id]
        case HeadMoved(_, _, str(head)):
            return [head]
        case RefSet(_, _, Ref(head=str(head))):
            return [head]
    return []


def _change_to_json(change: Change) -> dict[str, Json]:
    values = {name: getattr(change, name) for name in change._fields}
    if isinstance(change, RefSet):
        values["before"] = change.before and change.before.to_json()
        values["after"] = change.after and change.after.to_json()
    return {"step": _TAGS[type(change)], **values}
