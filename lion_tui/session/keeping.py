"""Keeping a session in a file."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path
from typing import TYPE_CHECKING, Self

from lion_tui.core.errors import FileError, SaveFailed, UsageError
from lion_tui.core.header import freeze
from lion_tui.session.exporting import Exporting

if TYPE_CHECKING:
    from collections.abc import Callable

    from lion_tui.core.errors import LionError
    from lion_tui.core.inference import Service
    from lion_tui.core.message import Message
    from lion_tui.core.snapshot import Snapshot, Store
    from lion_tui.core.state import State
    from lion_tui.session.writer import Writer


class Keeping(Exporting):
    """The part of a session that keeps it in a file.

    Attributes:
        report: What had to be put right when the file was opened, a sentence each.
    """

    def __init__(self, state: State, find_service: Callable[[str | None], Service], store: Store | None) -> None:
        """Keep `state`.

        Args:
            state: The session's data.
            find_service: As for `Asking`.
            store: The file, open for writing; without it the session is in memory only.
        """
        super().__init__(state, find_service)
        self.report: list[str] = []
        self._writer: Writer | None = None
        if store is not None:
            from lion_tui.session.writer import Writer

            self._writer = Writer(state, store)

    @property
    def file(self) -> Path | None:
        """The file that the session is kept in; None while it is in memory only."""
        return self._writer.store.path if self._writer else None

    @property
    def saved(self) -> bool:
        """Whether the disk has all that was done, in the file and its journal; what streams is on its way."""
        return self._writer is not None and self._writer.saved and not self.streaming

    @property
    def takes_more(self) -> bool:
        """Whether a file keeps what is done from now on: it can be written, as far as is known."""
        return self._writer is not None and self._writer.fault is None

    @property
    def fault(self) -> LionError | None:
        """Why the file, or its journal, could not be written last time; it is tried again."""
        return self._writer.fault if self._writer else None

    def save(self, path: str | os.PathLike[str], *, overwrite: bool = False) -> None:
        """Write a copy to a `.parquet` or `.toml` file; the session stays where it is.

        Args:
            path: The file. One that holds an earlier state of this session is replaced.
            overwrite: Whether a file that holds anything else is replaced too.

        Raises:
            SaveFailed: the operating system refused, or the file holds something else; it is as it was.

        A journal beside the file, which a crash left, is set aside, and `report` says so.
        """
        self.report += self._copy(Path(path), freeze(self._state), overwrite)

    async def asave(self, path: str | os.PathLike[str], *, overwrite: bool = False) -> None:
        """As `save`, without blocking the loop."""
        self.report += await asyncio.to_thread(self._copy, Path(path), freeze(self._state), overwrite)

    def _copy(self, path: Path, marked: Callable[[], Snapshot], overwrite: bool) -> list[str]:
        from lion_tui.storage import write
        from lion_tui.storage.whole import check_extension

        snapshot = marked()
        check_extension(path)
        if not overwrite and os.path.lexists(path) and not self._is_in(path):
            raise SaveFailed(
                path, f"{path.name} is there already and is not this session.", "Name another file, or remove it."
            )
        return write(path, snapshot)

    def _is_in(self, path: Path) -> bool:
        from lion_tui.storage import read

        try:
            return bool(read(path).header.get("session_id") == self._state.session_id)
        except FileError:
            return False

    async def flush(self) -> None:
        """Return when the disk has what was done so far; a session in memory only has nothing to wait for.

        Everything that is done is written by itself; this waits for it.

        Raises:
            SaveFailed: the operating system refused; it is tried again.
        """
        if self._writer is not None:
            await self._writer.flush()

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
        if self._writer is None:
            raise UsageError("The session is kept in no file.", "Save it to one.")
        await self._writer.move(Path(path))

    def purge(self, node: Message | str) -> int:
        """Take the texts of a deleted message and all below it away for good, and return how many.

        They leave the session's file and its journal, journals that were set aside, the drafts, the prompts that are
        kept for later sessions, and what is kept of sessions for their list, before this returns. Undo and redo are
        empty then.

        Raises:
            UsageError: the message was not deleted.
            SaveFailed: they are gone from memory, and are still in a file.
        """
        forget = self._forgetting(node)
        purged = super().purge(node)
        try:
            if self._writer is not None and self._writer.worth_saving:
                self._writer.fold_now()
        finally:
            forget()
        return purged

    async def apurge(self, node: Message | str) -> int:
        """As `purge`, without blocking the loop."""
        forget = self._forgetting(node)
        purged = super().purge(node)
        try:
            if self._writer is not None:
                await self._writer.rest()
        finally:
            await asyncio.to_thread(forget)
        return purged

    def _forgetting(self, node: Message | str) -> Callable[[], None]:
        """Return what takes the texts of a message and all below it out of what is kept beside the session's file."""
        tree = self._state.tree
        rows = list(tree.subtree(self._row_of(node)))
        node_ids, texts = {tree.node_id[row] for row in rows}, {tree.content(row) for row in rows}
        prompts = {tree.content(row) for row in rows if tree.role[row] in {"user", "system"}}
        store = self._writer.store if self._writer else None

        def forget() -> None:
            from lion_tui.storage import catalogue
            from lion_tui.storage.prompts import forget_prompts, prompts_file

            if store is not None:
                store.forget(node_ids, texts)
            forget_prompts(prompts_file(), prompts)
            catalogue.forget()

        return forget

    def close(self) -> None:
        """Stop every answer, write the session's file whole, take its journal away, and unlock it.

        Raises:
            SaveFailed: the operating system refused; the session is still open.
        """
        self.stop_all()
        if self._writer is not None:
            self._writer.close()
            self._writer = None

    def abandon(self) -> None:
        """Stop every answer and unlock the session's file as it is, with its journal; what neither has is lost."""
        self.stop_all()
        if self._writer is not None:
            self._writer.abandon()
            self._writer = None

    async def aclose(self) -> None:
        """As `close`, without blocking the loop, and close the services that the session itself chose."""
        self.stop_all()
        if self._writer is not None:
            await self._writer.rest()
        self.close()
        while self._found_services:
            await self._found_services.pop().aclose()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
