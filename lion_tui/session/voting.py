"""Voting on answers, and what comes of it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

from lion_tui.core.errors import UsageError
from lion_tui.session.transplanting import Transplanting

if TYPE_CHECKING:
    import os
    from collections.abc import Sequence

    import pandas as pd

    from lion_tui.core.message import Message
    from lion_tui.core.votes import Standing, Vote


class Voting(Transplanting):
    """The part of a session that knows which answers are thought the better ones."""

    def vote(
        self,
        of: str | Sequence[Message | str],
        winner: Message | str | None = None,
        *,
        tie: bool = False,
        both_bad: bool = False,
        blind: bool = False,
        order_shown: Sequence[Message | str] = (),
        comment: str | None = None,
        judge_model: str | None = None,
        criteria: str | None = None,
    ) -> Vote:
        """Say which of several answers is the best, and return the vote; no message changes.

        An open vote takes the place of an earlier open one on the same answers. A blind one is locked: only undo takes
        it back.

        Args:
            of: A `group_id`, or the answers, each a message or its id. Those that failed are left out.
            winner: The best of them.
            tie: Whether they are as good as each other, in place of a winner.
            both_bad: Whether none is any good, in place of a winner.
            blind: Whether it was not known who gave which.
            order_shown: The answers in the order in which they were looked at.
            comment: Why.
            judge_model: The model whose judgement it is; a person's if left out.
            criteria: What was judged by.

        Raises:
            UsageError: there are not two answers, one still comes, the winner is none of them, not exactly one of
                winner, tie and both_bad is given, or they were voted on blind before.
        """
        from lion_tui.core.operations import voting

        if (winner is not None) + tie + both_bad != 1:
            raise UsageError("A vote has one outcome.", "Give one of winner=, tie=True and both_bad=True.")
        rows = voting.in_group(self._state, of) if isinstance(of, str) else [self._row_of(each) for each in of]
        return voting.vote(
            self._state,
            rows,
            winner=None if winner is None else self._row_of(winner),
            bad=both_bad,
            blind=blind,
            order_shown=[self._row_of(each) for each in order_shown],
            comment=comment,
            judge_model=judge_model,
            criteria=criteria,
        )

    @property
    def votes(self) -> pd.DataFrame:
        """One row for each vote, the oldest first.

        `vote_id`, `group_id`, `kind` (human or judge), `outcome` (winner, tie or both_bad), `winner`, `winner_model`,
        `judge_model`, `criteria`, `comment` (str), `candidates`, `order_shown` (list of str, ids of messages), `ranks`
        (list of int, for each candidate; empty where all are bad), `blind` (bool), `created_at` (datetime64[us, UTC]).
        """
        from lion_tui.session.vote_frames import votes_frame

        return self._frames.keep("votes", lambda: votes_frame(self._state))

    @property
    def groups(self) -> pd.DataFrame:
        """One row for each answer that was asked for together with others, and that lives.

        `group_id`, `turn_id`, `varied` (models, samples, branches or instances; null for other answers to a prompt),
        `asking` (the branch that was asked on), `node_id`, `branch`, `service`, `model`, `status` (str), `ttft_s`,
        `total_s`, `tokens_per_s`, `cost_usd` (Float64), `tokens_in`, `tokens_out` (Int64), `vote` (win, loss, tie, bad;
        of the latest vote of a person), `rank` (Int64), `timestamp` (datetime64[us, UTC]).
        """
        from lion_tui.session.vote_frames import groups_frame

        return self._frames.keep("groups", lambda: groups_frame(self._state))

    @property
    def scoreboard(self) -> pd.DataFrame:
        """One row for each model that was voted on against others, the best first.

        `service`, `model` (str), `votes`, `wins`, `ties`, `losses`, `both_bad` (Int64), `share` (Float64: of the votes
        that say who is better, those won, a tie as half a win).
        """
        from lion_tui.session.vote_frames import scoreboard_frame

        return self._frames.keep("scoreboard", lambda: scoreboard_frame(self.standings()))

    def standings(self) -> list[Standing]:
        """Return how each model fared that was voted on against others, the best first."""
        from lion_tui.core.votes import standings

        return standings(self._state)

    def export_preferences(self, path: str | os.PathLike[str], *, overwrite: bool = False) -> int:
        """Write the answers that votes preferred, each with one that it was preferred to, and return how many.

        One JSON object a line, as OpenAI's preference fine-tuning (DPO) takes them. A pair needs a winner, and the same
        messages sent before both answers.

        Args:
            path: The file.
            overwrite: Whether a file that is there is replaced.

        Raises:
            SaveFailed: the operating system refused, or there is such a file.
        """
        from lion_tui.core.votes import preference_pairs
        from lion_tui.storage import write_lines

        lines = [json.dumps(pair, ensure_ascii=False) + "\n" for pair in preference_pairs(self._state)]
        write_lines(Path(path), lines, overwrite=overwrite)
        return len(lines)
