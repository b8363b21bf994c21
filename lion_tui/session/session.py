"""The session as a user of the library holds it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Literal

from lion_tui.core.changes import Position
from lion_tui.core.costs import Ledger
from lion_tui.core.derived import derived_header
from lion_tui.core.errors import DamagedFile, UnknownBranch, UsageError
from lion_tui.core.header import restore_snapshot
from lion_tui.core.operations import writing
from lion_tui.core.params import checked_params
from lion_tui.core.records import ReplayError
from lion_tui.core.snapshot import Snapshot
from lion_tui.core.state import State
from lion_tui.core.text import scalar
from lion_tui.core.tree import NO_ROW
from lion_tui.session.branch import Branch, ByName
from lion_tui.session.branches import Branches
from lion_tui.session.frames import Frames

if TYPE_CHECKING:
    import os
    from collections.abc import Callable, Mapping, Sequence

    import pandas as pd

    from lion_tui.config.settings import Settings
    from lion_tui.core.costs import Costs
    from lion_tui.core.diff import Unit
    from lion_tui.core.events import Event
    from lion_tui.core.inference import Service
    from lion_tui.core.message import Json, Message
    from lion_tui.core.snapshot import Store
    from lion_tui.storage import SessionFile
    from lion_tui.storage.recovery import JournalFound


class Session(Branches):
    """A conversation in branches.

    Its own messages are those of the current branch. A session belongs to one event loop at a time; it may be used in
    one `asyncio.run` after another. It is kept in memory unless it was opened for writing.

    Attributes:
        state: The data: tree, branches, marks, undo log.
        frames: The data as DataFrames.
        report: What had to be put right when the file was opened, a sentence each.
        journal_found: What was in the journal beside the file when that was opened; None if there was none.
        fallback: Who answers when neither the call, nor the branch, nor the session says; not part of the file.
        settings: What is known of services that are named; None for what the configuration says when one is needed.
    """

    def __init__(
        self,
        system: str | None = None,
        sender: str | None = None,
        llmconfig: Mapping[str, Json] | None = None,
        service: Service | str | None = None,
        *,
        default_branch_name: str = "main",
        model: str | None = None,
        title: str = "",
        state: State | None = None,
        store: Store | None = None,
    ) -> None:
        """Begin a session with one branch.

        Args:
            system: The system prompt, the first message.
            sender: Who says it; `system` if left out.
            llmconfig: Settings for every request, `model` among them.
            service: Who answers, an object or a name; only the name is kept in a file.
            default_branch_name: The name of the first branch.
            model: The model that answers.
            title: What the session is called.
            state: The data of a session that was begun before; everything above is left to it then, but a `service`
                object answers wherever the session names it.
            store: The file to keep the session in, open for writing; `open` is how to get one.

        Raises:
            UnknownParameter: a setting that no model has.
            BranchNameError: the branch cannot be called that.
        """
        super().__init__(state or State(), self._find, store)
        self.state = self._state
        self.frames = self._frames = Frames(self.state)
        self.fallback: Service | None = None
        self.settings: Settings | None = None
        self.journal_found: JournalFound | None = None
        if service is not None and not isinstance(service, str):
            self._services[service.name] = service
            service = service.name
        if state is None:
            self.state.title = scalar(title)
            self._configure(service, model, llmconfig or {})
            with self.state.gesture("branch", undoable=False) as gesture:
                ref = gesture.new_ref(default_branch_name, NO_ROW)
                gesture.show(Position(ref.branch_id))
                if system is not None:
                    writing.say(self.state, gesture, ref.branch_id, "system", system, sender=sender)

    def _configure(self, service: str | None, model: str | None, llmconfig: Mapping[str, Json]) -> None:
        params = dict(llmconfig)
        named = params.pop("model", None)
        model = model or named
        model = scalar(model) if model else None
        overlay = {"service": service, "model": model, "params": checked_params(params)}
        self.state.overlay = {name: value for name, value in overlay.items() if value}

    @classmethod
    def open(
        cls,
        path: str | os.PathLike[str],
        *,
        write: bool = False,
        service: Service | str | None = None,
        model: str | None = None,
    ) -> Session:
        """Open a session's file.

        Args:
            path: A `.parquet` or `.toml` file.
            write: Whether what is done is kept in the file and its journal, from the moment it is done; the file is
                locked until `close`, and need not exist.
                Otherwise it is read, without a lock, and `save` writes copies.
            service: The service object that answers wherever the file names a service so; a file keeps only names.
                Of a file that is made, what its session names; a name will do there.
            model: Of a file that is made, the model that its session names.

        Raises:
            FileError: it cannot be read, is no session, is damaged, or was written by a later version.
            FileLocked: it is open for writing elsewhere.
        """
        from lion_tui.storage import SessionFile

        path = Path(path)
        store, snapshot = SessionFile.open(path, write=write)
        try:
            state, report = _restored(store, snapshot) if snapshot else (None, [])
            session = cls(state=state, store=store if write else None, service=service, model=model)
        except BaseException:
            store.close()
            raise
        session.report = [*store.notes, *report]
        session.journal_found = store.journal_found
        return session

    @classmethod
    def salvage(cls, path: str | os.PathLike[str], *, service: Service | None = None) -> Session:
        """Read what can be read of a damaged file, which is left as it is; `report` says what is missing.

        The session is in memory only: `save` writes it to another file. Of a file that is whole, it is all.

        Args:
            path: The file.
            service: As for `open`.

        Raises:
            FileError: nothing of it can be read, it is no session, or was written by a later version.
        """
        from lion_tui.storage.salvage import salvage, without_header

        path = Path(path)
        snapshot, missing = salvage(path)
        try:
            state, report = restore_snapshot(snapshot)
        except ReplayError as error:
            missing.append(
                f"The journal of {path.name} does not fit it after {error.fitting} records; the rest was left out."
            )
            state, report = restore_snapshot(snapshot._replace(records=snapshot.records[: error.fitting]))
        except UsageError as error:
            missing.append(error.what)
            try:
                state, report = restore_snapshot(without_header(snapshot, missing))
            except UsageError as hopeless:
                raise DamagedFile(
                    path, f"{path.name} holds no session: {hopeless.what}", "Use a copy of it."
                ) from error
        session = cls(state=state, service=service)
        session.report = [*missing, *report]
        return session

    @classmethod
    def from_csv(
        cls, filepath: str | os.PathLike[str], *, service: Service | str | None = None, model: str | None = None
    ) -> Session:
        """Begin a session with the messages of a CSV file, such as `to_csv_file` writes; it is in memory only.

        Each message that no other answers ends a branch, which is called what its `branch` says. A file of another
        program needs a `role` and a `content`: without `parent_id` each message follows the one before, and what no
        message has goes to `metadata`. `report` says what had to be put right.

        Args:
            filepath: The file.
            service: Who answers, an object or a name.
            model: The model that answers.

        Raises:
            FileError: it cannot be read, or holds no messages.
        """
        return cls._from_table(Path(filepath), "csv", service, model)

    @classmethod
    def from_json(
        cls, filepath: str | os.PathLike[str], *, service: Service | str | None = None, model: str | None = None
    ) -> Session:
        """Begin a session with the messages of a JSON file, an array of objects or an object a line; as `from_csv`."""
        return cls._from_table(Path(filepath), "json", service, model)

    @classmethod
    def _from_table(
        cls, path: Path, form: Literal["csv", "json"], service: Service | str | None, model: str | None
    ) -> Session:
        from lion_tui.storage.tables import read_table, refused

        columns = read_table(path, form)
        try:
            state, report = restore_snapshot(Snapshot(derived_header(columns), columns))
        except UsageError as error:
            raise refused(path, error) from error
        session = cls(state=state, service=service)
        named = service if service is None or isinstance(service, str) else service.name
        session._configure(named, model, {})
        session.report = report
        return session

    def _table_rows(self) -> Sequence[int]:
        tree = self.state.tree
        return [row for row in range(len(tree)) if tree.alive(row)]

    def __repr__(self) -> str:
        where = f" of {self.file.name}" if self.file else ""
        return f"<Session{where}, {len(self.state.tree)} messages, {len(self.state.refs)} branches>"

    def _find(self, name: str | None) -> Service:
        if name is None and self.fallback is not None:
            return self.fallback
        from lion_tui.services.choice import choose_now, settings_to_ask_by

        return choose_now(name, settings=self.settings or settings_to_ask_by()[0])

    # Looking

    @property
    def _position(self) -> Position:
        return self.state.current

    @property
    def current(self) -> Branch:
        """The current branch; anonymous and read-only while the view is detached."""
        return Branch(self, self.state.current)

    default_branch = current

    @property
    def default_branch_name(self) -> str:
        """The name of the current branch."""
        return self.current.name

    @property
    def branches(self) -> dict[str, Branch]:
        """The branches by name, in the order of their making; the dict is a copy. A name of none is `UnknownBranch`."""
        return ByName((name, Branch(self, Position(ref.branch_id))) for name, ref in self.state.names().items())

    @property
    def title(self) -> str:
        """What the session is called."""
        return self.state.title

    @title.setter
    def title(self, title: str) -> None:
        with self.state.gesture("title") as gesture:
            gesture.set_field("title", scalar(title))

    @property
    def all_messages(self) -> pd.DataFrame:
        """Every live message once, in `seq` order, as `messages`, with `branches`: the names of those that have it."""
        return self.frames.all_messages()

    @property
    def nodes(self) -> pd.DataFrame:
        """Every message, deleted ones too, as `messages`, with what follows from its place in the tree.

        Besides: `depth` (a root has 1), `n_children`, `sib_index` and `sib_count` (among live siblings, from 1),
        `n_desc` (all Int64, of live messages), `is_leaf`, `on_head` (part of `path()`), `alive` (bool) and `branches`
        (list of str).
        """
        return self.frames.nodes()

    @property
    def branch_table(self) -> pd.DataFrame:
        """One row for each branch.

        `branch`, `branch_id`, `head`, `base_id`, `fork_of` (str), `n_msgs`, `n_unique` (on no other branch), `tokens`
        (of answers; Int64), `models` (list of str), `cost_path`, `cost_own` (after the fork; Float64, US dollars),
        `created_at`, `last_at` (datetime64[us, UTC]), `archived` (bool).
        """
        return self.frames.branches()

    def diff(self, a: Branch | Message | str, b: Branch | Message | str, unit: Unit = "word") -> pd.DataFrame:
        """Return what differs between two paths after their merge base: one row for each two messages that correspond.

        They are of the same turn and role. `turn` (from 1; Int64), `role`, `a`, `b` (node ids, missing where one path
        has no such message), `content_a`, `content_b` (str), `ratio` (how much of both texts is the same, 0 to 1;
        Float64), `operations` (JSON in a str: `[kind, a_start, a_end, b_start, b_end]` of each step from one text to
        the other, as `lion_tui.core.diff.Operation`). Paths that end at the same message have no rows.

        Args:
            a: A branch (its head), a message, or the name or id of one.
            b: Another one.
            unit: "word" or "line".

        Raises:
            UnknownMessage: there is no such branch or message here; those of another session are none.
            UsageError: there is no such unit.
        """
        if unit not in {"word", "line"}:
            raise UsageError(f"Texts cannot be compared by {unit!r}.", 'Give "word" or "line".')
        return self.frames.diff(self.row_at(a), self.row_at(b), unit)

    def costs(self, node: Message | str | None = None) -> Costs:
        """Return what answers took: the session, each branch, what is shown; and a message with all below it.

        Whatever branches a message is on, the session counts it once.
        """
        return Ledger(self.state).costs(NO_ROW if node is None else self._row_of(node))

    def message(self, node_id: str) -> Message:
        """Return a message.

        Raises:
            UnknownMessage: there is none of that id.
        """
        return self.state.tree.message(self.state.tree.row(node_id))

    def get_branch(self, branch: Branch | str | None = None, get_name: bool = False) -> Branch | tuple[Branch, str]:
        """Return a branch, the current one if none is given; with `get_name` also its name.

        Raises:
            UnknownBranch: there is none of that name.
        """
        found = Branch(self, self._resolve(branch))
        return (found, found.name) if get_name else found

    def _branch(self, branch_id: str) -> Branch:
        return Branch(self, Position(branch_id))

    def _resolve(self, branch: Branch | Position | str | None) -> Position:
        if branch is None:
            return self.state.current
        if isinstance(branch, Position):
            return branch
        if isinstance(branch, str):
            return Position(self.state.ref_named(branch).branch_id)
        if branch.session is not self:
            raise UnknownBranch("The branch is one of another session.", "Name a branch of this one.")
        if branch.detached:
            return Position(None, branch.head.node_id if branch.head else None)
        return Position(branch.branch_id)

    def subscribe(self, observer: Callable[[Event], object]) -> Callable[[], None]:
        """Call `observer` with every event from now on, in the session's thread; the returned function ends that."""
        return self.state.subscribe(observer)


def _restored(store: SessionFile, snapshot: Snapshot) -> tuple[State, list[str]]:
    try:
        try:
            return restore_snapshot(snapshot)
        except ReplayError as error:
            return restore_snapshot(store.leave_out(error.fitting))
    except UsageError as error:
        name = store.path.name
        raise DamagedFile(store.path, f"{name} holds no whole session: {error.what}", "Use a copy of it.") from error
