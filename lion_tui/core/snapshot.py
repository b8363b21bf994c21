"""What passes between a session and its file: plain values, safe to hand to a thread."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, Protocol

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from pathlib import Path

    from lion_tui.core.message import Json

FORMAT_VERSION = 1
"""The version of the session file's layout that this program writes."""


class Snapshot(NamedTuple):
    """A whole session at one moment; nothing in it changes after.

    Attributes:
        header: What is not a message: ids, branches, marks, queues, undo log and so on; JSON values only.
        columns: The messages by column, every column of `COLUMNS` with values as `Column.kind` says, in `seq` order.
        records: What was done after that, as `core.records` has it; a file has these in its journal.
    """

    header: Mapping[str, Json]
    columns: Mapping[str, Sequence[Json]]
    records: Sequence[Mapping[str, Json]] = ()


class Store(Protocol):
    """Where a session is kept. Every method blocks and may be called from a thread; `append` may run beside `save`."""

    @property
    def path(self) -> Path:
        """The file."""

    @property
    def exists(self) -> bool:
        """Whether there is a file."""

    @property
    def journal_size(self) -> int:
        """How many bytes the journal has."""

    def append(self, records: Sequence[Mapping[str, Json]]) -> bool:
        """Add what was done, as `core.records` has it, to the file's journal, durably.

        Returns:
            Whether that could be: it cannot while the file, or its journal, is not there; the session is to be saved
            whole then.

        Raises:
            SaveFailed: the operating system refused, or another program changed the file; the journal is as it was.
            UsageError: a record is not JSON.
        """

    def save(self, snapshot: Snapshot) -> None:
        """Make the file hold `snapshot`, durably.

        Raises:
            SaveFailed: the operating system refused; the file is as it was.
        """

    def restart(self, records: Sequence[Mapping[str, Json]]) -> None:
        """Let the journal hold only `records`, which follow on what was saved last.

        Raises:
            SaveFailed: the operating system refused; the journal is as it was.
        """

    def remove(self) -> None:
        """Take the file and its journal away; the next save makes the file again.

        Raises:
            SaveFailed: another program changed the file, or the operating system refused.
        """

    def forget(self, node_ids: Collection[str], texts: Collection[str]) -> None:
        """Take what messages said out of whatever is kept beside the file and its journal.

        Raises:
            SaveFailed: the operating system refused.
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
