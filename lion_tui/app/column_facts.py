"""What is said above a column: which it is, what it shows, who answered last, how fast, and for how much."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from rich.cells import cell_len

from lion_tui.app.transcript.wrapping import clip
from lion_tui.core.text import printable
from lion_tui.core.tree import NO_ROW

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lion_tui.core.changes import Position
    from lion_tui.core.state import State

_MARKS: Final = {"complete": "✓", "streaming": "…", "stopped": "■", "interrupted": "✕", "error": "✕", "waiting": "◌"}
"""How the last answer of a column went."""
_SHORTEST_NAME: Final = 12


class ColumnFacts(NamedTuple):
    """What is known of a column. What is None is not known, or not to be said.

    Attributes:
        number: Its number, which stays while it is compared.
        name: What it shows.
        status: How the last answer went.
        model: Who gave it.
        ttft_s: The seconds to its first token.
        speed: Its tokens in a second after that.
        tokens: Its length.
        cost_usd: What it cost.
        answered: Whether there is an answer at all.
        fastest: Whether no other column was as fast.
        cheapest: Whether no other column was as cheap.
    """

    number: int
    name: str
    status: str | None = None
    model: str | None = None
    ttft_s: float | None = None
    speed: float | None = None
    tokens: int | None = None
    cost_usd: float | None = None
    answered: bool = False
    fastest: bool = False
    cheapest: bool = False


def facts_of(state: State, number: int, position: Position) -> ColumnFacts:
    """Return what is known of a column that shows a position."""
    ref = state.refs.get(position.branch_id or "")
    name = ref.name if ref else f"·{(position.node_id or '')[-4:]}"
    tree, row = state.tree, state.head_row(position)
    if row == NO_ROW or tree.role[row] != "assistant":
        return ColumnFacts(number, name)
    first, total, tokens = (tree.value(row, each) for each in ("ttft_s", "total_s", "tokens_out"))
    timed = tokens and first is not None and total is not None and total > first
    return ColumnFacts(
        number,
        name,
        status=tree.status[row],
        model=tree.value(row, "model"),
        ttft_s=first,
        speed=tokens / (total - first) if timed else None,
        tokens=tokens,
        cost_usd=tree.value(row, "cost_usd"),
        answered=True,
    )


def ranked(columns: Sequence[ColumnFacts]) -> list[ColumnFacts]:
    """Return the facts of columns that stand side by side, the fastest and the cheapest of them marked."""
    speeds = sorted(each.speed for each in columns if each.speed is not None)
    costs = sorted(each.cost_usd for each in columns if each.cost_usd is not None)
    fastest = speeds[-1] if len(speeds) > 1 and speeds[-1] > speeds[-2] else None
    cheapest = costs[0] if len(costs) > 1 and costs[0] < costs[1] else None
    return [
        each._replace(
            fastest=fastest is not None and each.speed == fastest,
            cheapest=cheapest is not None and each.cost_usd == cheapest,
        )
        for each in columns
    ]


def heading(facts: ColumnFacts, width: int) -> str:
    """Return the facts as one line of at most so many cells: what matters least is left out first."""
    mark = f" {_MARKS.get(facts.status, '')}" if facts.status else ""
    said = [(0, f"{facts.number} {printable(facts.name)}".rstrip() + mark), *_answer(facts)]
    while len(said) > 1 and cell_len(_joined(said)) > width:
        said.remove(max(said))
    if cell_len(_joined(said)) <= width:
        return _joined(said)
    return f"{clip(f'{facts.number} {printable(facts.name)}', max(1, width - cell_len(mark)))}{mark}"


def _answer(facts: ColumnFacts) -> list[tuple[int, str]]:
    """Return what is said of the answer, each with how soon it is left out."""
    if not facts.answered:
        return []
    said = [(1, clip(facts.model or "", 2 * _SHORTEST_NAME))]
    if facts.ttft_s is not None:
        said.append((5, f"{facts.ttft_s:.1f} s"))
    if facts.speed is not None:
        said.append((2, f"{facts.speed:.0f} tok/s{' ▲' if facts.fastest else ''}"))
    if facts.tokens:
        said.append((4, f"{facts.tokens} tok"))
    cost = "–" if facts.cost_usd is None else f"${facts.cost_usd:.4f}"
    said.append((3, f"{cost}{' ▼' if facts.cheapest else ''}"))
    return [each for each in said if each[1]]


def _joined(said: Sequence[tuple[int, str]]) -> str:
    return " · ".join(text for _, text in said)
