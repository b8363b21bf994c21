"""What answers took: tokens, money and time, of a message, a branch, all below a message, and the session."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from lion_tui.core.tree import NO_ROW

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from lion_tui.core.state import State

FIGURES: Final = ("tokens_in", "tokens_out", "cost_usd", "total_s")
"""The columns of a message that are summed."""


class Spent(NamedTuple):
    """What some messages took together, each counted once, as far as it is known.

    Attributes:
        messages: How many messages there are.
        answers: How many of them a model gave.
        sums: By the name of a figure, its sum over the answers that have it; one that none has is missing.
        known: By the name of a figure, how many answers have it.
    """

    messages: int = 0
    answers: int = 0
    sums: Mapping[str, float] = {}
    known: Mapping[str, int] = {}

    def get(self, figure: str) -> float | None:
        """Return the sum of a figure; None if it is unknown of every answer."""
        return self.sums.get(figure)

    def partly(self, figure: str) -> bool:
        """Tell whether a figure is known of some answers, and not of all."""
        return 0 < self.known.get(figure, 0) < self.answers


class BranchCosts(NamedTuple):
    """What a branch took: its whole path, and what comes after the fork that it began with."""

    name: str
    head: str | None
    path: Spent
    own: Spent


class Costs(NamedTuple):
    """What a session took.

    Attributes:
        session: All live messages, each once, whatever branches they are on.
        deleted: What was deleted; that was paid for too.
        branches: The branches, in the order of their making. What they share is in each of them.
        path: The path that is shown.
        node: The selected message; None without one.
        below: The selected message and all live ones below it; None without one.
    """

    session: Spent
    deleted: Spent
    branches: Sequence[BranchCosts]
    path: Spent
    node: Spent | None = None
    below: Spent | None = None


class Ledger:
    """The figures of all messages at one moment: made on the loop, in a moment; it may be reckoned with in a thread."""

    def __init__(self, state: State) -> None:
        """Copy the figures of a session."""
        tree = state.tree
        self._parent, self._deleted_at = tree.parent[:], tree.deleted_at[:]
        self._roles = tree.role.copy()
        self._columns = {name: tree.listed[name].copy() for name in FIGURES}
        self._shown = state.head_row(state.current)
        self._branches = [
            (
                ref.name,
                ref.head,
                tree.row(ref.head) if ref.head else NO_ROW,
                tree.row(ref.base) if ref.base and ref.base in tree else NO_ROW,
            )
            for ref in state.names().values()
        ]

    def costs(self, row: int = NO_ROW) -> Costs:
        """Return what everything took, and what the message `row` and all below it did, if it is one."""
        parent, deleted_at = self._parent, self._deleted_at
        to = self._sums_to_each()
        live = [each for each, time in enumerate(deleted_at) if not time]
        branches = []
        for name, head, end, base in self._branches:
            on_path = base != NO_ROW and self._holds(end, base)
            branches.append(BranchCosts(name, head, to.at(end), to.at(end, base if on_path else NO_ROW)))
        below = None
        if row != NO_ROW:
            inside = {row}
            inside.update(each for each in live if each > row and parent[each] in inside)
            below = self._spent(inside)
        return Costs(
            session=self._spent(live),
            deleted=self._spent(each for each, time in enumerate(deleted_at) if time),
            branches=branches,
            path=to.at(self._shown),
            node=None if row == NO_ROW else self._spent([row]),
            below=below,
        )

    def _holds(self, end: int, row: int) -> bool:
        while end > row:
            end = self._parent[end]
        return end == row

    def _spent(self, rows: Iterable[int]) -> Spent:
        """Return what some messages took together."""
        rows = list(rows)
        answers = [row for row in rows if self._roles[row] == "assistant"]
        sums: dict[str, float] = {}
        known: dict[str, int] = {}
        for name, column in self._columns.items():
            values = [value for row in answers if (value := column[row]) is not None]
            if values:
                sums[name], known[name] = sum(values), len(values)
        return Spent(len(rows), len(answers), sums, known)

    def _sums_to_each(self) -> _Sums:
        """Return the sums of the paths to all messages: each is that of the message above, and its own figures."""
        answer = [role == "assistant" for role in self._roles]
        counts = self._accumulated([1] * len(answer)), self._accumulated(answer)
        sums, known = {}, {}
        for name, column in self._columns.items():
            values = [value if of and value is not None else 0 for value, of in zip(column, answer, strict=True)]
            sums[name] = self._accumulated(values)
            known[name] = self._accumulated(
                [of and value is not None for value, of in zip(column, answer, strict=True)]
            )
        return _Sums(*counts, sums, known)

    def _accumulated(self, values: Sequence[float]) -> list[float]:
        total = [0.0] * (len(values) + 1)  # the last one stands for what is above the roots: `NO_ROW` is its index
        for row, (above, value) in enumerate(zip(self._parent, values, strict=True)):
            total[row] = total[above] + value
        return total


class _Sums(NamedTuple):
    """By row, what the path to it has."""

    messages: Sequence[float]
    answers: Sequence[float]
    sums: Mapping[str, Sequence[float]]
    known: Mapping[str, Sequence[float]]

    def at(self, end: int, after: int = NO_ROW) -> Spent:
        """Return what the path to a row took, from below the row `after` on."""
        known = {name: int(values[end] - values[after]) for name, values in self.known.items()}
        return Spent(
            int(self.messages[end] - self.messages[after]),
            int(self.answers[end] - self.answers[after]),
            {name: values[end] - values[after] for name, values in self.sums.items() if known[name]},
            {name: count for name, count in known.items() if count},
        )
