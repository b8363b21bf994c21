"""What passes between a session and its file: plain values, safe to hand to a thread."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from lion_tui.core.message import Json

FORMAT_VERSION = 1
"""The version of the session file's layout that this program writes."""


class Snapshot(NamedTuple):
    """A whole session at one moment; nothing in it changes after.

    Attributes:
        header: What is not a message: ids, branches, marks, queues, undo log and so on; JSON values only.
        columns: The messages by column, every column of `COLUMNS` with values as `Column.kind` says, in `seq` order.
    """

    header: Mapping[str, Json]
    columns: Mapping[str, Sequence[Json]]


class Store(Protocol):
    """Where a session is kept. Every method blocks and may be called from a thread, one call at a time."""

    @property
    def path(self) -> Path:
        """The file."""

    def save(self, snapshot: Snapshot) -> None:
        """Make the file hold `snapshot`, durably.

        Raises:
            SaveFailed: the operating system refused; the file is as it was.
        """

    def move(self, path: Path, snapshot: Snapshot | None) -> None:
        """Make another file hold `snapshot`, durably, and be kept there from now on; then remove the old one.

        Args:
            path: The other file, which must not exist.
            snapshot: What it is to hold; None if there is no file yet, and none is to be made.

        Raises:
            SaveFailed: there is such a file, or the operating system refused; the session is where it was.
            FileError: the session is kept there, and the old file could not be removed.
        """

    def close(self) -> None:
        """Release the lock. A closed store is not used again."""
