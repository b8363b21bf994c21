"""The session's data: tree, branches, what is shown, marks, queues, undo log; and the one door to change them."""

from __future__ import annotations

import logging
import math
import unicodedata
from collections import deque
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Final, NamedTuple

from lion_tui.core import shapes
from lion_tui.core.changes import Gesture, Position
from lion_tui.core.errors import UnknownBranch, UsageError
from lion_tui.core.events import Changed, CheckedOut, DraftChanged, Finished, Purged, QueueChanged
from lion_tui.core.ids import now_us, uuid7
from lion_tui.core.text import scalar
from lion_tui.core.transaction import Transaction
from lion_tui.core.tree import NO_ROW, PURGED, Tree

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from lion_tui.core.changes import Kind
    from lion_tui.core.events import Event
    from lion_tui.core.message import Json, Status
    from lion_tui.core.refs import Ref

UNDO_DEPTH: Final = 1000
UNDO_SIZE: Final = 8_000_000
"""The most characters that the undo log has as JSON: the header of a file has room for that."""
CLOCKS_DIFFER: Final = 86_400_000_000
"""How far a clock may be set back, in microseconds, with times that still go on from what was written before: a day."""
_log = logging.getLogger(__name__)


def _storable(value: Json) -> Json:
    """Return a value as a file can hold it: what a service reports may be any text or number; None is unknown."""
    match value:
        case str():
            return scalar(value)
        case int():
            return value if -(2**63) <= value < 2**63 else None
        case float():
            return value if math.isfinite(value) else None
    return value


class QueuedPrompt(NamedTuple):
    """A prompt that waits until the branch is free; it becomes a message when it is sent.

    Attributes:
        id: A uuid7.
        text: The prompt.
        params: Keywords of `Session.chat` to send it with, JSON values only.
        replays: Of a prompt that is said again: `source`, the id of the one that was said before; `system`, that of the
            system prompt that came into force with it, if one did; `at` and `of`, which of how many it is.
    """

    id: str
    text: str
    params: Mapping[str, Json] = {}
    replays: Mapping[str, Json] = {}

    @classmethod
    def of(cls, value: Json) -> QueuedPrompt:
        """Return the prompt that a file has.

        Raises:
            KeyError, TypeError, ValueError: it is none.
        """
        prompt = cls(**shapes.mapping(value))
        shapes.text(prompt.id)
        shapes.text(prompt.text)
        shapes.mapping(prompt.params)
        if replays := shapes.mapping(prompt.replays):
            shapes.text(replays["source"])
            shapes.optional(shapes.text)(replays.get("system"))
            shapes.whole(replays["at"])
            shapes.whole(replays["of"])
        return prompt


class State:
    """A session's data. Belongs to one event loop; threads get snapshots.

    Attributes:
        session_id: A uuid7.
        title: What the user calls it.
        tags: Words of the user's.
        overlay: `service`, `model` and `params` of the whole session.
        tree: The messages.
        refs: The branches by `branch_id`.
        current: What is shown.
        recent: Ids of the branches that were current, the latest last.
        last_child: By a message's id ("" for the roots), the child whose path was shown last. Where that is not the one
            that is shown now, a child that was made since counts as shown.
        marks: By a message's id, its marks.
        queues: By `branch_id`, the prompts that wait.
        drafts: By `branch_id`, what was written and not sent.
        unread: Ids of answers that ended where they were not shown, and were not shown since.
        votes: By `vote_id`, what was voted, as `core.votes` reads it.
        groups: By `group_id`, what was asked of several at once, as `core.operations.fanning` writes it.
        undo: Gestures that can be undone, the latest last.
        redo: Gestures that can be done again, the latest last, as the steps that took them back.
        op: The number of the latest operation.
        next_seq: The next message's `seq`.
        extra: What a file's header holds that this program does not know.
        mended: Whether it is not quite what its file holds, since that had to be put right.
    """

    def __init__(self) -> None:
        """Make an empty session, without any branch."""
        self.session_id = uuid7()
        self.title = ""
        self.tags: list[str] = []
        self.created_at = now_us()
        self.overlay: dict[str, Json] = {}
        self.tree = Tree()
        self.refs: dict[str, Ref] = {}
        self.current = Position()
        self.recent: list[str] = []
        self.last_child: dict[str, str] = {}
        self.marks: dict[str, dict[str, Json]] = {}
        self.queues: dict[str, list[QueuedPrompt]] = {}
        self.drafts: dict[str, str] = {}
        self.unread: set[str] = set()
        self.votes: dict[str, dict[str, Json]] = {}
        self.groups: dict[str, dict[str, Json]] = {}
        self.undo: deque[Gesture] = deque(maxlen=UNDO_DEPTH)
        self.redo: list[Gesture] = []
        self.op = 0
        self.next_seq = 1
        self.extra: dict[str, Json] = {}
        self.mended = False
        self._last_time = 0
        self._undo_size = 0  # no less than the characters of the undo log
        self._observers: list[Callable[[Event], object]] = []

    # Observers

    def subscribe(self, observer: Callable[[Event], object]) -> Callable[[], None]:
        """Call `observer` with every event from now on; the returned function ends that."""
        self._observers.append(observer)
        return lambda: self._observers.remove(observer)

    def emit(self, event: Event) -> None:
        """Tell every observer."""
        for observer in tuple(self._observers):
            try:
                observer(event)
            except Exception:
                # Foreign code, called in the middle of our own: what happened has happened, and goes on.
                _log.exception("An observer of the session failed at %s.", event)

    # The door

    @contextmanager
    def gesture(self, kind: Kind, *, undoable: bool = True, joins: str | None = None) -> Iterator[Transaction]:
        """Do one thing of the user's: all of it, or (on an exception) nothing.

        Args:
            kind: What it is.
            undoable: Whether undo takes it back.
            joins: A branch. If the latest gesture is of the same kind and was done to it, this one goes on with that.
        """
        transaction = Transaction(self, kind)
        try:
            yield transaction
        except BaseException:
            transaction.roll_back()
            raise
        gesture = transaction.gesture()
        if not gesture.changes:
            return
        if joins and self.undo and self.undo[-1].kind == kind and self.undo[-1].touches(joins):
            gesture = replace(gesture, joins=True)
        if undoable:
            self.log(gesture)
        self.op += 1
        self.emit(Changed(self.op, gesture, "do", gesture.at))

    def log(self, gesture: Gesture) -> None:
        """Let undo take a gesture back from now on."""
        if gesture.joins and self.undo:
            self.undo[-1] = self.undo[-1].and_then(gesture)
        else:
            self.undo.append(gesture)
        self.redo.clear()
        self.bound_log(gesture)

    def bound_log(self, *added: Gesture) -> None:
        """Let the oldest gestures, once others were added, go from the undo log where it is too long for a file."""
        self._undo_size += sum(len(gesture.to_json()) for gesture in added)
        if self._undo_size > UNDO_SIZE:
            sizes = [len(gesture.to_json()) for gesture in self.undo]
            self._undo_size = sum(sizes)
            while self._undo_size > UNDO_SIZE and len(self.undo) > 1:
                self.undo.popleft()
                self._undo_size -= sizes.pop(0)

    def note(self, before: Position, head: int, rows: int) -> None:
        """Note what a gesture shows and has made.

        Args:
            before: What was shown before.
            head: The last row of that.
            rows: How many rows there were.
        """
        tree = self.tree
        forked = [row for row in range(rows, len(tree)) if tree.has_siblings(row)]
        for row in forked:
            self.last_child[tree.id(tree.parent[row]) or ""] = tree.node_id[row]
        kept = self.head_row(self.current)
        while kept >= rows:
            kept = tree.parent[kept]
        # What was made beside the path that is shown takes nobody away from there; and a head can go to any path.
        if forked or kept != head or self.current != before:
            self.remember(self.current)

    def undo_latest(self, at: int | None = None) -> Gesture | None:
        """Take the latest gesture back, at the time `at` or now, and return it; None if there is none."""
        if not self.undo:
            return None
        at = self.time() if at is None else at
        gesture = self.undo[-1]
        inverse = gesture.inverse(at)
        self._apply(inverse)
        self.undo.pop()
        self.redo.append(inverse)
        self.emit(Changed(self.op, gesture, "undo", at))
        return gesture

    def redo_latest(self, at: int | None = None) -> Gesture | None:
        """Do the latest undone gesture again, at the time `at` or now, and return it; None if there is none."""
        if not self.redo:
            return None
        at = self.time() if at is None else at
        gesture = self.redo[-1].inverse(at)
        self._apply(gesture)
        self.redo.pop()
        self.undo.append(gesture)
        self.bound_log(gesture)
        self.emit(Changed(self.op, gesture, "redo", at))
        return gesture

    def made_by(self, gesture: Gesture) -> list[str]:
        """Return the ids of the messages that a gesture made, in order."""
        tree = self.tree
        return [tree.node_id[row] for made in gesture.made for row in tree.rows_of(made.first, made.last)]

    def _apply(self, gesture: Gesture) -> None:
        try:
            gesture.check(self)
        except (LookupError, ValueError) as error:
            # Only a file that was edited by hand has a log that does not fit what it is about.
            self.undo.clear()
            self.redo.clear()
            raise UsageError(
                "The undo log does not fit the session, so it was emptied; nothing else changed.",
                "Go on; what you do from now on can be undone.",
            ) from error
        for change in gesture.changes:
            change.apply(self)
        self.current = gesture.after
        self.remember(self.current)
        self.op += 1

    def finish(self, row: int, status: Status, values: Mapping[str, Json]) -> None:
        """Give an answer its final status and what is known of it now."""
        self.tree.set(row, "status", status)
        for name, value in values.items():
            self.tree.set(row, name, _storable(value))
        if not self.tree.holds(self.head_row(self.current), row):
            self.unread.add(self.tree.node_id[row])
        self.op += 1
        self.emit(Finished(self.op, self.tree.node_id[row], status))

    def set_queue(self, branch_id: str, prompts: list[QueuedPrompt]) -> None:
        """Set the prompts that wait on a branch."""
        if prompts:
            self.queues[branch_id] = prompts
        else:
            self.queues.pop(branch_id, None)
        self.op += 1
        self.emit(QueueChanged(self.op, branch_id))

    def set_draft(self, branch_id: str, text: str) -> None:
        """Keep what was written on a branch and not sent."""
        if text.strip():
            text = scalar(text)
            changed = self.drafts.get(branch_id) != text
            self.drafts[branch_id] = text
        else:
            changed = self.drafts.pop(branch_id, None) is not None
        if changed:
            self.op += 1
            self.emit(DraftChanged(self.op, branch_id))

    def purge(self, rows: Iterable[int]) -> None:
        """Take the texts of deleted messages away for good, and with them every undo and redo."""
        rows = list(rows)
        for row in rows:
            self._forget_draft(self.tree.content(row))
        self.erase(rows, self.time())

    def erase(self, rows: Iterable[int], at: int) -> None:
        """Take the texts of messages away, at the time `at`, and every undo and redo; drafts stay."""
        tree = self.tree
        purged = []
        for row in rows:
            tree.texts.replace(row, "", None, None)
            tree.deleted_at[row] = at  # a time of its own: restoring what was deleted with it leaves it out
            for name in ("params", "error", "finish_reason"):
                tree.set(row, name, None)
            tree.set(row, "metadata", PURGED)
            self.marks.pop(tree.node_id[row], None)
            self.unread.discard(tree.node_id[row])
            purged.append(tree.node_id[row])
        for branch_id, prompts in list(self.queues.items()):
            # The text of a prompt that waits to be said again is that of the message.
            self.queues[branch_id] = [prompt for prompt in prompts if prompt.replays.get("source") not in purged]
            if not self.queues[branch_id]:
                del self.queues[branch_id]
        self.undo.clear()
        self.redo.clear()
        self.op += 1
        self.emit(Purged(self.op, tuple(purged), at))

    def _forget_draft(self, text: str) -> None:
        """Take a text out of the drafts that begin with it, as that of a prompt does that was undone."""
        for branch_id, draft in list(self.drafts.items()) if text else ():
            if f"{draft}\n".startswith(f"{text}\n"):
                self.set_draft(branch_id, draft[len(text) + 1 :])

    def show(self, position: Position) -> None:
        """Make another position the current one and remember the way to it."""
        before, self.current = self.current, position
        if self.remember(position) or before != position:
            self.op += 1
            self.emit(CheckedOut(self.op, before, position))

    # Looking

    def time(self) -> int:
        """Return the time in microseconds since 1970, UTC, later than every time given before."""
        self._last_time = max(now_us(), self._last_time + 1)
        return self._last_time

    def not_before(self, time: int) -> None:
        """Let every time from now on be later than `time`, unless that is further ahead than clocks go wrong.

        What follows a message of the far future is given the time of its making: `seq` is the order, not time.
        """
        if time <= now_us() + CLOCKS_DIFFER:
            self._last_time = max(self._last_time, time)

    def names(self) -> dict[str, Ref]:
        """Return the branches by name, in the order of their making."""
        return {ref.name: ref for _, ref in sorted(self.refs.items())}

    def ref_named(self, name: str) -> Ref:
        """Return the branch of that name.

        Raises:
            UnknownBranch: there is none.
        """
        normal = unicodedata.normalize("NFC", name)
        for ref in self.refs.values():
            if ref.name == normal:
                return ref
        raise UnknownBranch.among(self.names(), name)

    def position_named(self, name: str) -> Position:
        """Return what shows a branch, or the path that ends at a message, named by its id or the end of that, `·c9ce`.

        Raises:
            UnknownBranch: there is neither.
        """
        row = NO_ROW if name in self.names() else self.tree.row_ending(name.removeprefix("·"))
        return Position(self.ref_named(name).branch_id) if row == NO_ROW else Position(None, self.tree.node_id[row])

    def head_row(self, position: Position) -> int:
        """Return the last row of what a position shows, or `NO_ROW`."""
        node_id = self.refs[position.branch_id].head if position.branch_id else position.node_id
        return NO_ROW if node_id is None else self.tree.row(node_id)

    def archived(self, row: int) -> bool:
        """Tell whether the message itself carries the mark `archived`."""
        return bool(self.marks.get(self.tree.node_id[row], {}).get("archived"))

    def siblings(self, row: int) -> list[int]:
        """Return the live, unarchived alternatives to a message, itself among them, in `seq` order."""
        tree = self.tree
        return [other for other in tree.live_children(tree.parent[row]) if other == row or not self.archived(other)]

    def descend(self, row: int) -> int:
        """Return the leaf below `row` that was shown last, or else the newest."""
        tree = self.tree
        while children := [child for child in tree.live_children(row) if not self.archived(child)]:
            last = self.last_child.get(tree.id(row) or "")
            row = next((child for child in children if tree.node_id[child] == last), children[-1])
        return row

    def remember(self, position: Position) -> bool:
        """Note at each fork on the way which child leads to `position`, that it was read, and its branch current.

        Returns:
            Whether any of that was not so before.
        """
        tree = self.tree
        head = self.head_row(position)
        changed = False
        for row in tree.forks_above(head) if head != NO_ROW else ():
            parent, child = tree.id(tree.parent[row]) or "", tree.node_id[row]
            changed |= self.last_child.get(parent) != child
            self.last_child[parent] = child
        unread = len(self.unread)
        self._read(head)
        if position.branch_id and self.recent[-1:] != [position.branch_id]:
            changed = True
            if position.branch_id in self.recent:
                self.recent.remove(position.branch_id)
            self.recent.append(position.branch_id)
        return changed or len(self.unread) != unread

    def _read(self, head: int) -> None:
        """Let nothing be unread on the path to a row."""
        unread = {self.tree.row(node_id) for node_id in self.unread}
        for row in self.tree.ancestors(head) if unread else ():
            if row in unread:
                self.unread.discard(self.tree.node_id[row])
                unread.discard(row)
            if not unread or row <= min(unread):
                break

    def latest_ref(self, among: Iterable[Ref] | None = None) -> Ref | None:
        """Return the branch that was current most recently, the newest if none was."""
        refs = {ref.branch_id: ref for ref in (self.refs.values() if among is None else among)}
        for branch_id in reversed(self.recent):
            if branch_id in refs:
                return refs[branch_id]
        return refs[max(refs)] if refs else None
