"""Votes, and the answers that they are about, as DataFrames."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from lion_tui.core.votes import model_of, votes_of
from lion_tui.session.frames import series

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    import pandas as pd

    from lion_tui.core.state import State
    from lion_tui.core.votes import Standing, Vote

_VOTES: Final = {
    "vote_id": "text", "group_id": "text", "kind": "text", "candidates": "texts", "order_shown": "texts",
    "blind": "bool", "outcome": "text", "winner": "text", "winner_model": "text", "ranks": "texts",
    "judge_model": "text", "criteria": "text", "comment": "text", "created_at": "time",
}  # fmt: skip
_GROUPS: Final = {
    "group_id": "text", "turn_id": "text", "varied": "text", "asking": "text", "node_id": "text", "branch": "text",
    "service": "text", "model": "text", "status": "text", "ttft_s": "float", "total_s": "float",
    "tokens_per_s": "float", "cost_usd": "float", "tokens_in": "int", "tokens_out": "int", "vote": "text",
    "rank": "int", "timestamp": "time",
}  # fmt: skip
_OF_MESSAGE: Final = (
    "turn_id", "node_id", "branch", "service", "model", "status", "ttft_s", "total_s", "cost_usd", "tokens_in",
    "tokens_out",
)  # fmt: skip


def _frame(columns: Mapping[str, str], rows: Iterable[Mapping[str, Any]]) -> pd.DataFrame:
    import pandas as pd

    rows = list(rows)
    return pd.DataFrame({name: series(kind, [row[name] for row in rows]) for name, kind in columns.items()})


def votes_frame(state: State) -> pd.DataFrame:
    """Return one row for each vote."""
    return _frame(_VOTES, (_vote(state, vote) for vote in votes_of(state)))


def _vote(state: State, vote: Vote) -> dict[str, Any]:
    row = {name: getattr(vote, name) for name in _VOTES if name != "winner_model"}
    row |= {name: list(row[name]) for name in ("candidates", "order_shown", "ranks")}
    return {**row, "winner_model": model_of(state.tree, vote.winner)[1] or None if vote.winner else None}


def groups_frame(state: State) -> pd.DataFrame:
    """Return one row for each live answer of a group."""
    tree = state.tree
    voted: dict[str, tuple[str, int | None]] = {}
    for vote in votes_of(state):
        if vote.kind == "human":
            voted |= _fared(vote)
    groups = tree.listed["group_id"]
    rows = [row for row, group in enumerate(groups) if group and tree.role[row] == "assistant" and tree.alive(row)]
    return _frame(_GROUPS, (_answer(state, row, voted) for row in rows))


def _fared(vote: Vote) -> dict[str, tuple[str, int | None]]:
    """Return how each candidate of a vote fared, and its rank."""
    if vote.outcome == "both_bad":
        return dict.fromkeys(vote.candidates, ("bad", None))
    words = {True: "win", False: "loss"}
    return {
        node_id: ("tie" if vote.outcome == "tie" else words[node_id == vote.winner], rank)
        for node_id, rank in zip(vote.candidates, vote.ranks, strict=True)
    }


def _answer(state: State, row: int, voted: Mapping[str, tuple[str, int | None]]) -> dict[str, Any]:
    tree = state.tree
    group_id = tree.value(row, "group_id")
    group = state.groups.get(group_id, {})
    asking = state.refs.get(group.get("branch_id") or "")
    values = {name: tree.value(row, name) for name in _OF_MESSAGE}
    vote, rank = voted.get(tree.node_id[row], (None, None))
    return {
        **values,
        "group_id": group_id,
        "varied": group.get("varied"),
        "asking": asking.name if asking else None,
        "tokens_per_s": _speed(values["tokens_out"], values["ttft_s"], values["total_s"]),
        "vote": vote,
        "rank": rank,
        "timestamp": tree.timestamp[row],
    }


def _speed(tokens: int | None, first: float | None, total: float | None) -> float | None:
    if not tokens or first is None or total is None or total <= first:
        return None
    return tokens / (total - first)


def scoreboard_frame(standings: Sequence[Standing]) -> pd.DataFrame:
    """Return one row for each model."""
    columns = {
        "service": "text", "model": "text", "votes": "int", "wins": "int", "ties": "int", "losses": "int",
        "both_bad": "int", "share": "float",
    }  # fmt: skip
    return _frame(columns, ({name: getattr(each, name) for name in columns} for each in standings))
