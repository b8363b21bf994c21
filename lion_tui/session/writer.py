"""What a session does, brought to its file in threads: each operation to the journal, all of it to the file at rest."""

from __future__ import annotations

import asyncio
import threading
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, Final

from lion_tui.core.errors import LionError, SaveFailed
from lion_tui.core.events import NotSaved, Saved
from lion_tui.core.header import freeze
from lion_tui.session.recording import Recorder

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from lion_tui.core.message import Json
    from lion_tui.core.snapshot import Snapshot, Store
    from lion_tui.core.state import State

GROWTH_S: Final = 0.1
"""How long text that streams may wait for its record."""
IDLE_S: Final = 10.0
"""How long nothing happens before the journal is folded into the file."""
RETRY_S: Final = 2.0
"""How long what could not be written waits for the next try."""
GROWN: Final = 8 * 2**20
"""Bytes of journal that are folded into a Parquet file at once; a TOML file is written at rest only."""


class Writer:
    """Keeps a session safe while it goes on.

    Whatever is done waits in memory for one write and one fsync of the journal, together with all else that waits.
    A fold writes the whole file from a snapshot while the journal goes on; then the journal begins anew with what came
    after the snapshot.

    Attributes:
        store: The file.
        written: The operation up to which the disk has the session; None if there is no file yet.
    """

    def __init__(self, state: State, store: Store) -> None:
        """Write down what is done in `state` from now on; `store` is its file, open for writing."""
        self.store = store
        self._state = state
        bare = not (len(state.tree) or state.title or state.overlay)
        # Whether the file, if there is one, goes with the drafts.
        self._for_drafts = not store.exists or (bare and bool(state.drafts))
        self._based = store.exists and not state.mended  # whether the journal can go on from what is on the disk
        self.written: int | None = state.op if store.exists else None
        self._lock = threading.Lock()  # held for moments
        self._appending = threading.RLock()  # held while the journal is written
        self._pending: list[Mapping[str, Json]] = []
        self._since: list[Mapping[str, Json]] | None = None  # what came after the snapshot that is being folded
        self._taken = state.op  # the last operation that is in a record
        self._gap = False  # whether, after that snapshot, something was done that is in no record
        self._threads = ThreadPoolExecutor(2, thread_name_prefix="session-file")
        self._next_commit: Future[None] | None = None
        self._fold: Future[None] | None = None
        self._faults: dict[str, LionError] = {}
        self._said: tuple[int | None, str] = (self.written, "")
        self._loop: asyncio.AbstractEventLoop | None = None
        self._timers: dict[str, asyncio.TimerHandle] = {}
        self._closed = False
        self._recorder = Recorder(state, self._take, self._grew, self._broke)

    @property
    def fault(self) -> LionError | None:
        """Why the journal, or else the file, could not be written last time; None if it could."""
        return self._faults.get("journal") or self._faults.get("file")

    @property
    def saved(self) -> bool:
        """Whether the disk has all that was done, and takes what streams."""
        return self.written == self._state.op and "journal" not in self._faults

    @property
    def worth_saving(self) -> bool:
        """Whether there is anything to be kept. A session that nobody has written in makes no file.

        One that was made for what was being written goes when nothing is being written any more.
        """
        state = self._state
        there = self.store.exists and not self._for_drafts
        return there or bool(state.drafts) or any(role != "system" for role in state.tree.role)

    # What the session does

    def _take(self, record: Mapping[str, Json]) -> None:
        if self._closed:
            return
        if record["op"] != self._taken + ("add" not in record):
            self._broke()
            return
        self._taken = record["op"]
        with self._lock:
            if self._since is not None and not self._gap:
                self._since.append(record)
            if self._based:
                self._pending.append(record)
        self._enter_loop()
        if self._based:
            self._commit_soon()
        elif self.worth_saving and not self._faults:
            self._fold_soon()

    def _broke(self) -> None:
        """Write the whole file soon: what was done is not all in the records, so they would not be replayed."""
        if self._closed:
            return
        with self._lock:
            self._taken = self._state.op
            self._based, self._gap = False, True
            self._pending.clear()
        self._enter_loop()
        if self.worth_saving and not self._faults:
            self._fold_soon()

    def _grew(self) -> None:
        if not self._closed and self._enter_loop():
            self._timer("growth", GROWTH_S, self._recorder.settle)

    def _enter_loop(self) -> bool:
        """Note the loop that runs, whose timers are used; tell whether one does."""
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:
            return False
        if loop is not self._loop:
            self._loop, self._timers = loop, {}
        return True

    def _timer(self, name: str, seconds: float, callback: Callable[[], object], *, anew: bool = False) -> None:
        if (timer := self._timers.get(name)) and anew:
            timer.cancel()
        elif timer:
            return
        if self._loop is None:
            return

        def due() -> None:
            self._timers.pop(name, None)
            callback()

        self._timers[name] = self._loop.call_later(seconds, due)

    # To the journal

    def _commit_soon(self) -> Future[None]:
        """Return the write that takes all that waits now."""
        with self._lock:
            if self._next_commit is None:
                self._next_commit = self._threads.submit(self._run, "journal", self._commit)
            return self._next_commit

    def _commit(self) -> None:
        with self._lock:
            self._next_commit = None
        with self._appending:
            with self._lock:
                waiting = self._pending.copy() if self._based else []
            if not waiting:
                return
            if not self.store.append(waiting):
                self._based = False
                return
            with self._lock:
                del self._pending[: len(waiting)]
            self.written = waiting[-1]["op"]

    # To the file

    def _fold_soon(self) -> Future[None]:
        """Begin to bring the whole file to rest, unless that goes on already, and return that."""
        self._recorder.settle()  # its records may be what begins it
        if self._fold is None or self._fold.done():
            self._fold = self._threads.submit(self._run, "file", self._whole())
        return self._fold

    def _whole(self) -> Callable[[], None]:
        """Return what writes the whole file as the session is now, or removes one that is not worth it."""
        return partial(self._write_file, self.store.save, self._mark()) if self.worth_saving else self._remove

    def _remove(self) -> None:
        """Take the file and its journal away."""
        with self._appending:
            with self._lock:
                self._based = False
                self._pending.clear()
            self.store.remove()
            self.written = None

    def _mark(self) -> Callable[[], Snapshot]:
        """Take hold of the session as it is now, and collect what is done from now on. No fold may be under way."""
        with self._lock:
            self._since, self._gap = [], False
        return freeze(self._state)

    def _write_file(self, write: Callable[[Snapshot], None], marked: Callable[[], Snapshot]) -> None:
        try:
            snapshot = marked()
            write(snapshot)
            with self._appending:
                with self._lock:
                    since = (self._since or []).copy()
                self.store.restart(since)
                with self._lock:
                    self._pending = [] if self._gap else (self._since or [])[len(since) :]
                    self._since = None
                    self._based = not self._gap
                self.written = since[-1]["op"] if since else snapshot.header["last_op"]
        finally:
            with self._lock:
                self._since = None
        self._commit()

    def fold_now(self) -> None:
        """Bring the whole file to rest before this returns.

        Raises:
            LionError: it could not be; what was done is in the journal, if that can be written.
        """
        self._recorder.settle()
        if self._fold is not None:
            wait([self._fold])
        try:
            self._run("file", self._whole())
        except LionError:
            with suppress(LionError):  # the file's own error says more
                self._run("journal", self._commit)
            raise

    async def move(self, path: Path) -> None:
        """Keep the session in another file from now on; see `Store.move`."""
        self._enter_loop()
        self._recorder.settle()
        while self._fold is not None and not self._fold.done():
            await asyncio.wait([asyncio.wrap_future(self._fold)])
        # Not as other writing is: a place that takes no file is no fault of the one where the session is kept.
        self._fold = self._threads.submit(self._move, path, self._mark() if self.worth_saving else None)
        await asyncio.shield(asyncio.wrap_future(self._fold))
        self._tell()

    def _move(self, path: Path, marked: Callable[[], Snapshot] | None) -> None:
        with self._appending:
            if marked is None:
                self.store.move(path, None)
            else:
                self._write_file(lambda snapshot: self.store.move(path, snapshot), marked)
            self._faults.pop("file", None)

    # What came of it

    def _run(self, kind: str, work: Callable[..., None], *arguments: object) -> None:
        """Do some writing and note how it went."""
        try:
            work(*arguments)
        except LionError as error:
            self._faults[kind] = error
            raise
        except Exception as error:
            # Whatever went wrong, the user must know that it is not saved; who waits gets the error itself.
            self._faults[kind] = SaveFailed(
                self.store.path, f"{self.store.path.name} was not saved ({type(error).__name__}: {error}).", ""
            )
            raise
        else:
            self._faults.pop(kind, None)
        finally:
            if self._loop is not None:
                with suppress(RuntimeError):  # the loop has ended, and nobody there is to be told
                    self._loop.call_soon_threadsafe(self._tell)

    def _tell(self) -> None:
        """Say how it went, in the loop, and see to what comes next."""
        if self._closed:
            return
        fault = self.fault
        saying = (self.written, str(fault or ""))
        if saying != self._said:
            before, self._said = self._said, saying
            if fault is not None and saying[1] != before[1]:
                self._state.emit(NotSaved(fault))
            elif self.written is not None:
                self._state.emit(Saved(self.written))
        if "journal" in self._faults or (not self._based and self.written != self._state.op):
            self._timer("retry", RETRY_S if fault else 0, self._retry)
        elif self.store.journal_size > GROWN and self.store.path.suffix.lower() == ".parquet" and fault is None:
            self._fold_soon()
        elif self.store.journal_size:
            self._timer("idle", IDLE_S, self._rest, anew=True)

    def _retry(self) -> None:
        if self.worth_saving or self.store.exists:
            _ = self._commit_soon() if self._based else self._fold_soon()

    def _rest(self) -> None:
        if self._recorder.growing or self._pending:
            self._timer("idle", IDLE_S, self._rest)
        else:
            self._fold_soon()

    # Waiting for it

    async def flush(self) -> None:
        """Return when the disk has what was done so far; a file that is not worth it any more is gone then.

        Raises:
            LionError: it could not be written; it is tried again.
        """
        self._enter_loop()
        self._recorder.settle()
        op = self._state.op
        while self.worth_saving and (self.written is None or self.written < op or self._pending):
            job = self._commit_soon() if self._based else self._fold_soon()
            await asyncio.shield(asyncio.wrap_future(job))
        while self.store.exists and not self.worth_saving:
            await asyncio.shield(asyncio.wrap_future(self._fold_soon()))
        self._tell()

    async def rest(self) -> None:
        """Bring the whole file to rest, unless it has everything and there is no journal.

        Raises:
            LionError: it could not be written; the journal keeps what it has.
        """
        self._enter_loop()
        if self._fold is not None and not self._fold.done():
            await asyncio.wait([asyncio.wrap_future(self._fold)])
        if self._restless:
            await asyncio.shield(asyncio.wrap_future(self._fold_soon()))

    @property
    def _restless(self) -> bool:
        """Whether there is something that the file does not have, or a file that is not worth it."""
        self._recorder.settle()
        if not self.worth_saving:
            return self.store.exists
        return bool(self.written != self._state.op or self._pending or self.store.journal_size)

    def close(self) -> None:
        """Write the whole file, or remove one that is not worth it; take the journal away, and unlock both.

        Raises:
            LionError: it could not be written; nothing is closed, and the journal keeps what it has.
        """
        if self._fold is not None:
            wait([self._fold])
        if self._restless:
            self.fold_now()
        self._end()

    def abandon(self) -> None:
        """Close the file as it is, and its journal, which gets what waits for it if it can be written."""
        self._recorder.settle()
        with suppress(LionError):  # whoever gives the file up knows why
            self._run("journal", self._commit)
        self._end()

    def _end(self) -> None:
        self._closed = True
        for timer in self._timers.values():
            timer.cancel()
        if self._fold is not None:
            wait([self._fold])
        with self._appending:
            self.store.close()
        self._threads.shutdown(wait=False)
