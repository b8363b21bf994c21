"""Keeping a session in a file."""

from __future__ import annotations

import asyncio
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Self

from lion_tui.core.errors import FileError, SaveFailed, UsageError
from lion_tui.core.events import Saved
from lion_tui.core.header import take_snapshot
from lion_tui.session.editing import Editing
from lion_tui.session.locks import LoopLocks

if TYPE_CHECKING:
    import os
    from collections.abc import Callable

    from lion_tui.core.inference import Service
    from lion_tui.core.message import Message
    from lion_tui.core.snapshot import Snapshot, Store
    from lion_tui.core.state import State


class Keeping(Editing):
    """The part of a session that keeps it in a file.

    Attributes:
        report: What had to be put right when the file was opened, a sentence each.
    """

    def __init__(
        self, state: State, find_service: Callable[[str | None], Service], store: Store | None, saved_op: int | None
    ) -> None:
        """Keep `state`.

        Args:
            state: The session's data.
            find_service: As for `Asking`.
            store: The file, open for writing; without it the session is in memory only.
            saved_op: The operation up to which the file holds the session; None if there is no file yet.
        """
        super().__init__(state, find_service)
        self.report: list[str] = []
        self._store = store
        self._saved_op = saved_op
        self._saving = LoopLocks()
        # `close` does not wait in the loop, so a save may still run in its thread.
        self._writing = threading.Lock()

    @property
    def file(self) -> Path | None:
        """The file that the session is kept in; None while it is in memory only."""
        return self._store.path if self._store else None

    @property
    def saved(self) -> bool:
        """Whether the file holds all that was done; what streams is not in it yet."""
        return self._store is not None and self._saved_op == self._state.op and not self.streaming

    def save(self, path: str | os.PathLike[str], *, overwrite: bool = False) -> None:
        """Write a copy to a `.parquet` or `.toml` file; the session stays where it is.

        Args:
            path: The file. One that holds an earlier state of this session is replaced.
            overwrite: Whether a file that holds anything else is replaced too.

        Raises:
            SaveFailed: the operating system refused, or the file holds something else; it is as it was.
        """
        from lion_tui.storage import write

        path = Path(path)
        if not overwrite and path.exists() and not self._is_in(path):
            raise SaveFailed(path, f"{path.name} is there already and is not this session.", "Pass overwrite=True.")
        write(path, take_snapshot(self._state))

    def _is_in(self, path: Path) -> bool:
        from lion_tui.storage import read

        try:
            return bool(read(path).header.get("session_id") == self._state.session_id)
        except FileError:
            return False

    def _worth_saving(self) -> bool:
        """Tell whether the file is out of date. A session that nobody has written in makes no file."""
        if self._store is None or self._saved_op == self._state.op:
            return False
        written = any(role != "system" for role in self._state.tree.role) or self._state.drafts
        return self._saved_op is not None or bool(written)

    async def flush(self) -> None:
        """Write what was done to the session's file, in a thread, if it has one.

        Raises:
            SaveFailed: the operating system refused; the file is as it was, and the next flush tries again.
        """
        async with self._saving.get("file"):
            if self._store is not None and self._worth_saving():
                op = self._state.op
                await asyncio.to_thread(self._write, take_snapshot(self._state))
                self._saved_op = op
                self._state.emit(Saved(op))

    def _write(self, snapshot: Snapshot) -> None:
        with self._writing:
            if self._store is not None:  # else it was closed in the meantime, with a later save
                self._store.save(snapshot)

    def _save_now(self) -> None:
        """Write what was done to the session's file, if it has one, before this returns."""
        with self._writing:
            if self._store is not None and self._worth_saving():
                op = self._state.op
                self._store.save(take_snapshot(self._state))
                self._saved_op = op

    async def move(self, path: str | os.PathLike[str]) -> None:
        """Keep the session in another file from now on; the old one goes once the new one is durably written.

        Args:
            path: A `.parquet` or `.toml` file that does not exist.

        Raises:
            UsageError: the session is kept in no file, or the new name says no format.
            FileLocked: the other file is open for writing.
            SaveFailed: there is such a file, or the operating system refused; the session is where it was.
            FileError: the session is kept there, and the old file could not be removed.
        """
        async with self._saving.get("file"):
            if self._store is None:
                raise UsageError("The session is kept in no file.", "Save it to one.")
            store, op = self._store, self._state.op
            written = self._saved_op is not None or self._worth_saving()
            try:
                await asyncio.to_thread(self._move, Path(path), take_snapshot(self._state) if written else None)
            finally:
                if written and store.path == Path(path):
                    self._saved_op = op
                    self._state.emit(Saved(op))

    def _move(self, path: Path, snapshot: Snapshot | None) -> None:
        with self._writing:
            if self._store is not None:  # else it was closed in the meantime
                self._store.move(path, snapshot)

    def purge(self, node: Message | str) -> int:
        """Take the texts of a deleted message and all below it away for good, and return how many.

        They leave the session's file before this returns. Undo and redo are empty then.

        Raises:
            UsageError: the message was not deleted.
            SaveFailed: they are gone from memory, and are still in the file.
        """
        purged = super().purge(node)
        self._save_now()
        return purged

    def close(self) -> None:
        """Stop every answer, write what was done to the session's file, and unlock it.

        Raises:
            SaveFailed: the operating system refused; the session is still open.
        """
        self.stop_all()
        with self._writing:
            if self._store is not None:
                if self._worth_saving():
                    self._store.save(take_snapshot(self._state))
                self._store.close()
                self._store = None

    async def aclose(self) -> None:
        """As `close`, without blocking the loop, and close the services that the session itself chose."""
        self.stop_all()
        await self.flush()
        self.close()
        while self._found_services:
            await self._found_services.pop().aclose()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
