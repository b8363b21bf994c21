"""What a list of sessions says of one, from its messages."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from lion_tui.core.titles import first_prompt, title_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from lion_tui.core.message import Json

_MOST_MODELS: Final = 8


@dataclass(frozen=True, slots=True)  # which msgspec reads as the object that a file has: a named tuple it does not
class Summary:
    """What follows from the messages of a session that live.

    Attributes:
        title: The words of the first prompt; what the session is called if its user gave it no title.
        messages: How many there are, on all branches.
        last_at: When the latest was written, in microseconds since 1970, UTC; 0 if there is none.
        models: Who answered, the latest first; no more than eight.
        cost_usd: What they cost; None if no service said.
    """

    title: str = ""
    messages: int = 0
    last_at: int = 0
    models: tuple[str, ...] = ()
    cost_usd: float | None = None


def summarize(columns: Mapping[str, Sequence[Json]]) -> Summary:
    """Return the summary of messages, given as the columns of a snapshot; of the texts, it reads the first prompt."""
    deleted = columns["deleted_at"]
    live = [row for row, gone in enumerate(deleted) if not gone]
    times, models, costs = columns["timestamp"], columns["model"], columns["cost_usd"]
    first = first_prompt(columns["role"], deleted)
    answered = dict.fromkeys(models[row] for row in reversed(live) if models[row])
    paid = [costs[row] for row in live if costs[row] is not None]
    return Summary(
        title="" if first is None else title_of(columns["content"][first]),
        messages=len(live),
        last_at=max((times[row] for row in live), default=0),
        models=tuple(answered)[:_MOST_MODELS],
        cost_usd=cost if paid and math.isfinite(cost := sum(paid)) else None,
    )
