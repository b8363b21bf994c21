"""Saying which of several answers is the best; no message changes by that."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lion_tui.core.errors import StillComing, UsageError
from lion_tui.core.ids import uuid7
from lion_tui.core.text import scalar
from lion_tui.core.votes import Vote, vote_on

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lion_tui.core.state import State


def in_group(state: State, group_id: str) -> list[int]:
    """Return the rows of a group's answers that live, in order.

    Raises:
        UsageError: there is no such group.
    """
    tree = state.tree
    rows = [row for row, group in enumerate(tree.listed["group_id"]) if group == group_id and tree.alive(row)]
    if not rows:
        raise UsageError(f"There is no group {group_id!r} of answers.", "`groups` has them all.")
    return rows


def candidates(state: State, rows: Sequence[int]) -> list[int]:
    """Return the answers among `rows` that can be voted on, in order: those that failed cannot.

    Raises:
        UsageError: one of them still comes, is deleted or is no answer; or fewer than two are left.
    """
    tree = state.tree
    for row in rows:
        if tree.role[row] != "assistant" or not tree.alive(row):
            raise UsageError("Only answers that are not deleted can be voted on.", "Leave the others out.")
        if tree.status[row] == "streaming":
            raise StillComing("One of the answers is still coming.", "Wait for its end, or stop it.")
    found = sorted({row for row in rows if tree.status[row] != "error"})
    if len(found) < 2:
        raise UsageError("There is nothing to choose between: fewer than two answers.", "Ask for others first.")
    return found


def vote(
    state: State,
    rows: Sequence[int],
    *,
    winner: int | None = None,
    bad: bool = False,
    blind: bool = False,
    order_shown: Sequence[int] = (),
    comment: str | None = None,
    judge_model: str | None = None,
    criteria: str | None = None,
) -> Vote:
    """Keep a vote on the answers in `rows`, and return it.

    An open vote takes the place of an earlier open one on the same answers; a blind one stays.

    Args:
        state: The session's data.
        rows: The answers.
        winner: The row of the best; None for a tie.
        bad: Whether none of them is any good.
        blind: Whether it was not known who gave which.
        order_shown: The answers in the order in which they were looked at.
        comment: Why.
        judge_model: The model whose judgement it is.
        criteria: What was judged by.

    Raises:
        UsageError: they cannot be voted on, the winner is not among them, or they were voted on blind.
    """
    tree = state.tree
    among = candidates(state, rows)
    if winner is not None and winner not in among:
        raise UsageError("The winner is not one of the answers that can be chosen.", "Choose one that did not fail.")
    groups = {tree.value(row, "group_id") for row in among}
    group_id = groups.pop() if len(groups) == 1 else None
    ids = [tree.node_id[row] for row in among]
    before = vote_on(state, group_id, ids, judge_model)
    if before and before.blind:
        raise UsageError("These answers were voted on blind, and that vote is locked.", "Undo takes it back.")
    with state.gesture("vote") as gesture:
        cast = Vote(
            vote_id=uuid7(),
            group_id=group_id,
            candidates=tuple(ids),
            order_shown=tuple(tree.node_id[row] for row in order_shown if row in among),
            blind=blind,
            outcome="winner" if winner is not None else "both_bad" if bad else "tie",
            winner=tree.id(winner) if winner is not None else None,
            comment=None if comment is None else scalar(comment) or None,
            judge_model=None if judge_model is None else scalar(judge_model) or None,
            criteria=None if criteria is None else scalar(criteria) or None,
            created_at=gesture.at,
        )
        if before:
            gesture.set_entry("votes", before.vote_id, None)
        gesture.set_entry("votes", cast.vote_id, cast.entry())
    return cast
