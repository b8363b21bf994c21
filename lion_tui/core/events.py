"""What a session tells its observers: one frozen event for each thing that happened, after it happened."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NamedTuple, TypeAlias

if TYPE_CHECKING:
    from lion_tui.core.changes import Gesture, Position
    from lion_tui.core.errors import LionError
    from lion_tui.core.message import Status


class Changed(NamedTuple):
    """A gesture was done, undone or done again; an undone one is given as it was done.

    Attributes:
        op: The number of the operation.
        gesture: What it was, with its steps.
        way: Which way it went.
        at: When, in microseconds since 1970, UTC.
    """

    op: int
    gesture: Gesture
    way: Literal["do", "undo", "redo"]
    at: int


class CheckedOut(NamedTuple):
    """Another branch, or the path to another message, is shown."""

    op: int
    before: Position
    after: Position


class Streamed(NamedTuple):
    """An answer grew.

    Attributes:
        node_id: The answer.
        text: What was added to its content.
        reasoning: What was added to its reasoning.
    """

    node_id: str
    text: str
    reasoning: str


class Waited(NamedTuple):
    """An answer cannot begin yet: `why` is `budget`, `turn`, `retry` or `model`; `seconds` from now is how long."""

    node_id: str
    why: str
    seconds: float
    detail: str


class Finished(NamedTuple):
    """An answer ended; its status is final."""

    op: int
    node_id: str
    status: Status


class QueueChanged(NamedTuple):
    """The prompts that wait on a branch are others."""

    op: int
    branch_id: str


class DraftChanged(NamedTuple):
    """What was written on a branch and not sent is another text."""

    op: int
    branch_id: str


class Purged(NamedTuple):
    """The texts of messages are gone for good, since the time `at` in microseconds since 1970, UTC."""

    op: int
    node_ids: tuple[str, ...]
    at: int


class Saved(NamedTuple):
    """The session as it was after the operation `op` is safe on the disk."""

    op: int


class NotSaved(NamedTuple):
    """What was done could not be written; it is tried again."""

    error: LionError


Event: TypeAlias = (
    Changed | CheckedOut | Streamed | Waited | Finished | QueueChanged | DraftChanged | Purged | Saved | NotSaved
)
