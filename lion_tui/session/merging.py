"""Merging branches."""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING, Any

from lion_tui.core.errors import UsageError
from lion_tui.core.operations import merging
from lion_tui.core.text import scalar
from lion_tui.core.tree import NO_ROW
from lion_tui.session.marking import Marking

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lion_tui.core.changes import Position
    from lion_tui.core.merged import Writing
    from lion_tui.core.message import Message
    from lion_tui.core.operations.merging import How, Sources
    from lion_tui.session.answers import Answer
    from lion_tui.session.branch import Branch


class Merging(Marking):
    """The part of a session that merges branches."""

    @abstractmethod
    def _place(self, at: Branch | Message | str | None) -> tuple[int, Any]:
        """Return the row and, for a branch, the ref that an argument means."""

    async def merge(
        self,
        sources: Branch | Message | str | Sequence[Branch | Message | str],
        into: Branch | str | None = None,
        how: How = "fuse",
        *,
        prompt: str | None = None,
        **keywords: Any,
    ) -> Message:
        """Merge branches into one and return its last message then; the others stay as they are.

        Args:
            sources: The branches, or last messages of paths without a name.
            into: The branch that gets it; the current one if left out.
            how: `fuse` lets a model write one answer from several: it stands beside them where all answer one prompt,
                else below the branch's last message; of a single source, the branch's own answer is the other one.
                `summary` lets a model sum the others up below the branch's last message. `append` copies the turns
                that the others have and the branch has not, in time order. `ff` moves the branch's head forward to the
                source's, which must lie below it.
            prompt: What the model is asked, in place of `lion_tui.core.merged.PROMPTS`.
            **keywords: Who writes it, and how: as for `chat`; who answers on the branch if left out.

        Raises:
            UsageError: it cannot be merged so, or there is nothing to merge; nothing is changed. What is left out of
                several because it is empty, failed or still comes, `mergeable` says.
            ServiceError: the model did not answer; the message keeps what came, and can be retried.
        """
        if how not in merging.HOWS:
            raise UsageError(f"There is no way to merge called {how!r}.", f"The ways are {', '.join(merging.HOWS)}.")
        position, rows = self._resolve(into), self._rows_of(sources)
        if how == "fuse" or how == "summary":
            return await (await self._write_merge(position, rows, how, prompt, keywords)).message()
        if keywords or prompt is not None:
            raise UsageError(f"{how!r} asks no model.", "Leave out who answers, and what is asked.")
        return self._state.tree.message(self._merge_now(position, rows, how))

    def mergeable(
        self,
        sources: Branch | Message | str | Sequence[Branch | Message | str],
        into: Branch | str | None = None,
        how: Writing = "fuse",
    ) -> Sources:
        """Return what of `sources` a model would write from, and of the rest why not; as `merge`.

        Raises:
            UsageError: too little is left.
        """
        position = self._resolve(into)
        return merging.writable_from(self._state, position, self._with_own(position, self._rows_of(sources), how), how)

    def merge_branch(
        self,
        from_: Branch | str,
        to_branch: Branch | str,
        update: bool = True,  # noqa: ARG002 - LionAGI's signature
        del_: bool = False,
    ) -> None:
        """Append the turns of one branch to another; as `merge`.

        Args:
            from_: The branch whose turns are copied.
            to_branch: The branch that gets them.
            update: Nothing; in LionAGI it is about tools.
            del_: Whether the name of the first branch goes. If it is the current branch, the other one becomes it.

        Raises:
            UsageError: there is nothing to copy, or an answer still comes there.
        """
        source, target = self._resolve(from_), self._resolve(to_branch)
        drop = [source.branch_id] if del_ and source.branch_id else []
        self._check_free(target)
        merging.append_turns(self._state, target, [self._state.head_row(source)], drop=drop)

    def _rows_of(self, sources: Branch | Message | str | Sequence[Branch | Message | str]) -> list[int]:
        named = listed(sources)
        if not named:
            raise UsageError("Nothing to merge is named.", "Name a branch.")
        return list(dict.fromkeys(self._place(each)[0] for each in named))

    def _with_own(self, position: Position, rows: list[int], how: Writing) -> list[int]:
        """Return the sources, of a fusion at least two: a single one is fused with what the branch has itself."""
        return [self._state.head_row(position), *rows] if how == "fuse" and len(rows) == 1 else rows

    def _merge_now(self, position: Position, rows: list[int], how: How) -> int:
        if rows == [NO_ROW]:
            raise UsageError("An empty branch has nothing to merge.", "Name one with messages.")
        self._check_free(position)
        if how == "append":
            return merging.append_turns(self._state, position, rows)
        if len(rows) > 1:
            raise UsageError("A branch can move forward to one other only.", "Name one, or append the turns of all.")
        return merging.fast_forward(self._state, position, rows[0])

    async def _write_merge(
        self, position: Position, rows: list[int], how: Writing, prompt: str | None, keywords: dict[str, Any]
    ) -> Answer:
        prompt = scalar(prompt).strip() or None if prompt is not None else None
        answerer = await self._found(position, keywords)
        rows = self._with_own(position, rows, how)
        found = merging.writable_from(self._state, position, rows, how)
        if how == "fuse" and merging.question_of(self._state, position, found.rows) != NO_ROW:
            # Beside what comes there: as another answer, it does not wait for its turn.
            row = merging.begin_fusion(self._state, position, found.rows, answerer.voice, prompt)
            return self._answers.start(row, answerer)
        begin = merging.begin_fusion if how == "fuse" else merging.begin_summary
        async with self._my_turn(position) as (position, until):
            found = merging.writable_from(self._state, position, rows, how)
            answer = self._answers.start(begin(self._state, position, found.rows, answerer.voice, prompt), answerer)
            until(answer)
        return answer

    def _check_free(self, position: Position) -> None:
        """Refuse to write at the end of a branch where an answer comes.

        Raises:
            UsageError: one does.
        """
        if self._answers.of(self._head(position)):
            raise UsageError("An answer is coming on this branch.", "Wait for its end, or stop it.")


def listed(one_or_more: Any) -> list[Any]:
    """Return what was given alone, or several times, as a list."""
    return list(one_or_more) if isinstance(one_or_more, (list, tuple)) else [one_or_more]
