"""What was voted: each vote, the standing of each model, and the pairs of answers that one was preferred in."""

from __future__ import annotations

from collections import Counter
from dataclasses import MISSING, dataclass, fields
from typing import TYPE_CHECKING, Any, Final, Literal, NamedTuple, TypeAlias, get_args

from lion_tui.core import shapes
from lion_tui.core.merged import asked

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    from lion_tui.core.message import Json
    from lion_tui.core.state import State
    from lion_tui.core.tree import Tree

Outcome: TypeAlias = Literal["winner", "tie", "both_bad"]

OUTCOMES: Final = get_args(Outcome)


@dataclass(frozen=True, slots=True, kw_only=True)
class Vote:
    """What somebody thinks of several answers.

    Attributes:
        vote_id: A uuid7.
        group_id: The fan-out or regeneration that the answers are of; None where they are of no common one.
        candidates: The ids of the answers, in `seq` order.
        order_shown: The same ids in the order in which they were looked at.
        blind: Whether it was not known who gave which.
        outcome: Whether one of them is the best, all are as good, or none is any good.
        winner: The id of the best.
        comment: Why.
        judge_model: The model whose judgement it is; None where it is a person's.
        criteria: What was judged by.
        created_at: Microseconds since 1970, UTC.
    """

    vote_id: str
    group_id: str | None = None
    candidates: tuple[str, ...]
    order_shown: tuple[str, ...] = ()
    blind: bool = False
    outcome: Outcome
    winner: str | None = None
    comment: str | None = None
    judge_model: str | None = None
    criteria: str | None = None
    created_at: int

    @classmethod
    def of(cls, vote_id: str, entry: Mapping[str, Json]) -> Vote:
        """Return the vote that a session keeps as an entry.

        Raises:
            KeyError, TypeError, ValueError: it is none.
        """
        values = dict(entry)
        for name in ("candidates", "order_shown"):
            values[name] = tuple(values.get(name) or ())
            shapes.texts(values[name])
        vote = cls(vote_id=shapes.text(vote_id), **values)
        for text in (vote.group_id, vote.winner, vote.comment, vote.judge_model, vote.criteria):
            shapes.optional(shapes.text)(text)
        shapes.flag(vote.blind)
        shapes.whole(vote.created_at)
        if vote.outcome not in OUTCOMES or (vote.outcome == "winner") != (vote.winner in vote.candidates):
            raise ValueError(f"the vote {vote_id!r} has no outcome")
        return vote

    def entry(self) -> dict[str, Json]:
        """Return what `of` makes the vote of: JSON values, without those that are as usual."""
        entry: dict[str, Json] = {}
        for each in fields(self):
            value = getattr(self, each.name)
            if each.name != "vote_id" and (each.default is MISSING or value != each.default):
                entry[each.name] = list(value) if isinstance(value, tuple) else value
        return entry

    @property
    def kind(self) -> str:
        """Whose it is: `human` or `judge`."""
        return "human" if self.judge_model is None else "judge"

    @property
    def ranks(self) -> tuple[int, ...]:
        """The rank of each candidate; none where all are bad."""
        if self.outcome == "both_bad":
            return ()
        return tuple(1 if each == self.winner or self.outcome == "tie" else 2 for each in self.candidates)


def votes_of(state: State) -> list[Vote]:
    """Return all votes, the oldest first."""
    return [Vote.of(vote_id, entry) for vote_id, entry in sorted(state.votes.items())]


def winners(state: State) -> set[str]:
    """Return the ids of the answers that a vote found better than the others, or as good as all of them."""
    votes = votes_of(state)
    return {each for vote in votes for each, rank in zip(vote.candidates, vote.ranks, strict=False) if rank == 1}


def vote_on(state: State, group_id: str | None, candidates: Collection[str], judge_model: str | None) -> Vote | None:
    """Return the latest vote of the same judge on the same answers; None if there is none.

    Those of one group are the same if others of it only came or went since: asked for again, failed, deleted.
    """
    among = set(candidates)
    for vote in reversed(votes_of(state)):
        before = set(vote.candidates)
        same = before == among or (group_id and vote.group_id == group_id and (before <= among or among <= before))
        if same and vote.judge_model == judge_model:
            return vote
    return None


class Standing(NamedTuple):
    """How one model fared against others.

    Attributes:
        service: The service that it answered at.
        model: Its name.
        wins: Votes that one of its answers won.
        ties: Votes that found it as good as others.
        losses: Votes that another model's answer won.
        both_bad: Votes that found it as bad as others.
    """

    service: str
    model: str
    wins: int
    ties: int
    losses: int
    both_bad: int

    @property
    def votes(self) -> int:
        """How many votes there were on it."""
        return self.wins + self.ties + self.losses + self.both_bad

    @property
    def share(self) -> float | None:
        """The share of its votes that it won, a tie as half a win; None without any that says who is better."""
        decided = self.wins + self.ties + self.losses
        return (self.wins + self.ties / 2) / decided if decided else None


def standings(state: State) -> list[Standing]:
    """Return the standing of each model that was voted on, the best first.

    Answers of one model do not count against each other; a vote among them alone counts for nothing.
    """
    tree = state.tree
    counts: Counter[tuple[str, str, str]] = Counter()
    for vote in votes_of(state):
        models = {node_id: model_of(tree, node_id) for node_id in vote.candidates}
        if len(set(models.values())) < 2:
            continue
        for model in set(models.values()):
            lost = "wins" if model == models.get(vote.winner or "") else "losses"
            counts[(*model, {"tie": "ties", "both_bad": "both_bad"}.get(vote.outcome, lost))] += 1
    found = [
        Standing(*model, *(counts[(*model, column)] for column in ("wins", "ties", "losses", "both_bad")))
        for model in sorted({(service, model) for service, model, _ in counts})
    ]
    return sorted(found, key=lambda each: (-(-1 if each.share is None else each.share), -each.votes))


def model_of(tree: Tree, node_id: str) -> tuple[str, str]:
    """Return the service and the model that gave an answer, each empty where that is not known."""
    if node_id not in tree:
        return "", ""
    row = tree.row(node_id)
    return tree.value(row, "service") or "", tree.value(row, "model") or ""


def preference_pairs(state: State) -> Iterator[dict[str, Any]]:
    """Yield each preferred answer with each that it was preferred to, as OpenAI's preference fine-tuning takes them.

    Only answers that were sent the same prompt can be compared so. What is deleted, or has no text, is left out.
    """
    tree = state.tree
    for vote in votes_of(state):
        if vote.winner is None or not _speaks(tree, vote.winner):
            continue
        sent = _sent(state, vote.winner)
        for other in vote.candidates:
            if other != vote.winner and _speaks(tree, other) and _sent(state, other) == sent:
                yield {
                    "input": {"messages": sent, "tools": []},
                    "preferred_output": [_said("assistant", tree.content(tree.row(vote.winner)))],
                    "non_preferred_output": [_said("assistant", tree.content(tree.row(other)))],
                }


def _speaks(tree: Tree, node_id: str) -> bool:
    if node_id not in tree:
        return False
    row = tree.row(node_id)
    return tree.alive(row) and tree.status[row] != "error" and bool(tree.content(row).strip())


def _sent(state: State, node_id: str) -> list[dict[str, str]]:
    return [_said(turn.role, turn.content) for turn in asked(state, state.tree.row(node_id))]


def _said(role: str, content: str) -> dict[str, str]:
    return {"role": role, "content": content}
