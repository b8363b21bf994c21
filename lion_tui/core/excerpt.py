"""What of a session leaves it in an export: which paths, which of their messages, and what is said of each."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Final, NamedTuple

from lion_tui.core.errors import UsageError
from lion_tui.core.provenance import provenance
from lion_tui.core.state import State
from lion_tui.core.titles import title_of
from lion_tui.core.tree import NO_ROW, Tree
from lion_tui.core.tree_path import TreePath, shared
from lion_tui.core.turns import Turns

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

_NAMED: Final = {"user": "You", "system": "System", "tool": "Tool", "assistant": "Assistant"}
_STATES: Final = {
    "streaming": "still being written",
    "stopped": "stopped",
    "interrupted": "interrupted",
    "error": "failed",
}


class End(NamedTuple):
    """A path that leaves.

    Attributes:
        name: What it is called: the branch that ends there, or `·` and the end of an id.
        row: Its last message.
    """

    name: str
    row: int


class Strand(NamedTuple):
    """What a path has that none before it has.

    Attributes:
        name: What the path is called.
        rows: Its own messages; none where it ends on another path.
        after: The message that they follow; `NO_ROW` where they begin at a root.
        of: The number of the strand that has that message; None where they begin at a root.
    """

    name: str
    rows: Sequence[int]
    after: int
    of: int | None


class Run(NamedTuple):
    """Messages one below the other, without a fork; a branch ends at most at the last one.

    Attributes:
        rows: The messages.
        after: The number of the run that they go on from; None for what begins at a root.
    """

    rows: list[int]
    after: int | None


class SideBySide(NamedTuple):
    """Paths beside each other.

    Attributes:
        common: The messages that all of them begin with.
        turns: By turn after those, and by path, the messages that it has there.
    """

    common: list[int]
    turns: list[list[list[int]]]


@dataclass(frozen=True)
class Excerpt:
    """Some paths of a session. Deleted messages are on none of them.

    Attributes:
        state: The session's data.
        ends: The paths.
        whole: Whether they are all that there are.
        left_out: How many messages that live are not on them because they are archived.
        reasoning: Whether what models thought goes along.
        notes: Whether the user's notes go along.
    """

    state: State
    ends: tuple[End, ...]
    whole: bool = False
    left_out: int = 0
    reasoning: bool = False
    notes: bool = False

    @property
    def title(self) -> str:
        """What the session is called, else the words of the first prompt that leaves."""
        tree = self.state.tree
        first = next((row for row in self.rows if tree.role[row] == "user"), None)
        return self.state.title or ("" if first is None else title_of(tree.content(first))) or "Conversation"

    @cached_property
    def rows(self) -> list[int]:
        """The messages, each once, parents before children."""
        parents = self.state.tree.parent
        found: set[int] = set()
        for end in self.ends:
            row = end.row
            while row != NO_ROW and row not in found:
                found.add(row)
                row = parents[row]
        return sorted(found)

    @cached_property
    def names(self) -> dict[int, list[str]]:
        """By message, the names of the paths that end at it."""
        names: dict[int, list[str]] = {}
        for name, row in self.ends:
            names.setdefault(row, []).append(name)
        return names

    def strands(self) -> list[Strand]:
        """Return the paths one after the other, each without what was on one before."""
        parents = self.state.tree.parent
        owner: dict[int, int] = {}
        strands = []
        for number, end in enumerate(self.ends):
            rows, row = [], end.row
            while row != NO_ROW and row not in owner:
                owner[row] = number
                rows.append(row)
                row = parents[row]
            strands.append(Strand(end.name, rows[::-1], row, owner.get(row)))
        return strands

    def runs(self) -> list[Run]:
        """Return the messages as runs, parents before children."""
        parents, names = self.state.tree.parent, self.names
        kids = dict.fromkeys(self.rows, 0)
        for row in self.rows:
            if parents[row] != NO_ROW:
                kids[parents[row]] += 1
        runs: list[Run] = []
        run_of: dict[int, int] = {}
        for row in self.rows:
            parent = parents[row]
            above = run_of.get(parent)
            if above is None or kids[parent] > 1 or parent in names:
                runs.append(Run([], above))
                above = len(runs) - 1
            runs[above].rows.append(row)
            run_of[row] = above
        return runs

    def side_by_side(self) -> SideBySide:
        """Return the paths beside each other, turn by turn."""
        tree = self.state.tree
        paths = [TreePath(tree, end.row) for end in self.ends]
        common = shared(paths)
        tails = [list(path)[common:] for path in paths]
        turns_of = [Turns(tail, tree.role) for tail in tails]
        turns = [
            [[tail[place] for place in of.places(turn)] for tail, of in zip(tails, turns_of, strict=True)]
            for turn in range(max(map(len, turns_of)))
        ]
        return SideBySide(list(paths[0])[:common], turns)

    # What is said of a message

    def speaker(self, row: int) -> str:
        """Return who speaks: a model by its name, the user as `You`, unless the session calls them something else."""
        tree = self.state.tree
        role, sender = tree.role[row], tree.value(row, "sender")
        if role == "assistant":
            return tree.value(row, "model") or (sender if sender != role else "") or _NAMED[role]
        return _NAMED[role] if sender in {"", role} else str(sender)

    def made(self, row: int) -> str:
        """Return how a message came to be that was not simply written where it stands, as the chat says it."""
        return provenance(self.state, row)

    def state_of(self, row: int) -> str:
        """Return what became of a message that is not simply there.

        Not why: what a server said may name its address.
        """
        said = [_STATES[status]] if (status := self.state.tree.status[row]) in _STATES else []
        return ", ".join([*said, "archived"] if self.state.archived(row) else said)

    def bookmarked(self, row: int) -> bool:
        """Tell whether there is a bookmark on a message."""
        return bool(self._mark(row, "bookmark"))

    def note(self, row: int) -> str:
        """Return the user's note on a message, if notes go along."""
        return str(self._mark(row, "note") or "") if self.notes else ""

    def thought(self, row: int) -> str:
        """Return what a model thought before it answered, if that goes along."""
        return (self.state.tree.texts.get(row, "reasoning") or "") if self.reasoning else ""

    def _mark(self, row: int, mark: str) -> object:
        return self.state.marks.get(self.state.tree.node_id[row], {}).get(mark)


def first_beside(strands: Sequence[Strand], strand: Strand) -> int | None:
    """Return the number of the first strand that begins at a root, if `strand` is another one that does."""
    if strand.of is not None:
        return None
    first = next(number for number, each in enumerate(strands) if each.of is None)
    return None if strands[first] is strand else first


def some_paths(state: State, ends: Sequence[tuple[str, int]], *, reasoning: bool, notes: bool) -> Excerpt:
    """Return paths that are chosen one by one, archived or not.

    Args:
        state: The session's data.
        ends: What each is called, and its last message.
        reasoning: Whether what models thought goes along.
        notes: Whether the user's notes go along.

    Raises:
        UsageError: one has no messages, or they were deleted.
    """
    for name, row in ends:
        if row == NO_ROW:
            raise UsageError(f"{name} has no messages to export.", "Ask something there, or name another branch.")
        if not state.tree.alive(row):
            raise UsageError(f"The message {name} is deleted.", "Restore it first.")
    return Excerpt(state, tuple(End(*end) for end in ends), reasoning=reasoning, notes=notes)


def all_paths(state: State, *, archived: bool, reasoning: bool, notes: bool) -> Excerpt:
    """Return every path: the branches in the order of their making, then those without a name.

    Args:
        state: The session's data.
        archived: Whether what is archived leaves too.
        reasoning: Whether what models thought goes along.
        notes: Whether the user's notes go along.

    Raises:
        UsageError: there are no messages.
    """
    tree = state.tree
    hidden = set() if archived else _archived(state)
    heads: set[int] = set()
    ends = []
    for ref in state.names().values():
        row = tree.row(ref.head) if ref.head else NO_ROW
        heads.add(row)
        if row != NO_ROW and row not in hidden and (archived or not ref.archived):
            ends.append(End(ref.name, row))
    followed = {tree.parent[row] for row in range(len(tree)) if tree.alive(row) and row not in hidden}
    ends += [
        End(f"·{tree.node_id[row][-4:]}", row)
        for row in range(len(tree))
        if tree.alive(row) and row not in hidden and row not in followed and row not in heads
    ]
    excerpt = Excerpt(state, tuple(ends), whole=True, reasoning=reasoning, notes=notes)
    left_out = sum(map(tree.alive, range(len(tree)))) - len(excerpt.rows)
    if not ends:
        rest = "What there is is archived." if left_out else "Ask something first."
        raise UsageError("There are no messages to export.", rest)
    return replace(excerpt, left_out=left_out)


def _archived(state: State) -> set[int]:
    """Return the messages that carry the mark, and all below them."""
    tree = state.tree
    marked = sorted(tree.row(node_id) for node_id, marks in state.marks.items() if marks.get("archived"))
    found: set[int] = set()
    for row in marked:
        if row not in found:
            found.update(tree.subtree(row))
    return found


def hold(state: State) -> Callable[[], State]:
    """Take hold of what an export needs as it is now, in a moment; return what makes a copy of that, in any thread.

    It is to be called once.
    """
    columns = state.tree.freeze()
    refs, marks, title = state.refs.copy(), state.marks.copy(), state.title

    def copy() -> State:
        held = State()
        held.tree = Tree.from_columns(columns())[0]
        held.refs, held.marks, held.title = refs, marks, title
        return held

    return copy
