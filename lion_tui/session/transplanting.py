"""Taking messages elsewhere: copies, subtrees, the beginning of an answer, prompts that are said again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from lion_tui.core.errors import UsageError
from lion_tui.core.operations import alternatives, replaying, transplanting
from lion_tui.core.operations.carrying import left_behind
from lion_tui.core.params import checked_params
from lion_tui.core.refs import OVERLAY
from lion_tui.core.tree import NO_ROW
from lion_tui.session.asking import checked_prompt
from lion_tui.session.merging import Merging, listed

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from lion_tui.core.message import Json, Message
    from lion_tui.session.answers import Answer
    from lion_tui.session.branch import Branch


class Transplanting(Merging):
    """The part of a session that takes messages elsewhere."""

    def cherry_pick(
        self, messages: Message | str | Sequence[Message | str], onto: Branch | str | None = None
    ) -> list[Message]:
        """Copy messages to the end of a branch, in the order given, and return the copies.

        Args:
            messages: The messages, or their ids.
            onto: The branch; the current one if left out.

        Raises:
            UsageError: there are none, one is deleted or still comes, or an answer is coming on the branch.
        """
        rows = [self._row_of(each) for each in listed(messages)]
        position = self._resolve(onto)
        self._check_free(position)
        return [self._state.tree.message(row) for row in transplanting.cherry_pick(self._state, position, rows)]

    def graft(
        self, node: Message | str, onto: Branch | Message | str, *, branch: Branch | str | None = None
    ) -> Message:
        """Copy a message and all below it under another one, and return the copy of the first.

        Args:
            node: The message.
            onto: The message that it goes under; of a branch, its last one.
            branch: The branch whose head goes along if it is at `onto`; that of `onto`, else the current one.

        Raises:
            UsageError: either is deleted, `onto` is part of what is copied, or an answer still comes there.
        """
        row, ref = self._place(onto)
        if row == NO_ROW:
            raise UsageError("An empty branch has no message to graft under.", "Cherry-pick the messages instead.")
        position = self._resolve(branch if branch is not None or ref is None else ref.name)
        return self._state.tree.message(transplanting.graft(self._state, position, self._row_of(node), row))

    def take_branch(self, branch: Branch) -> Branch:
        """Copy a branch of another session into this one, with its name and settings, and return the copy.

        A name that is taken gets a number.

        Raises:
            UsageError: the branch is one of this session, or an answer comes on it.
        """
        if branch.session.state is self._state:
            raise UsageError(f"{branch.name!r} is a branch of this session already.", "Fork makes another one of it.")
        settings = {} if branch.detached else {name: getattr(branch, name) for name in OVERLAY}
        name = "taken" if branch.detached else branch.name
        return self._branch(transplanting.adopt(self._state, branch.path(), name, settings))

    def cut(self, answer: Message | str, at: int, *, branch: Branch | str | None = None) -> Message:
        """Add a sibling of an answer that ends where it is cut, and return it; `continue_` goes on from there.

        Args:
            answer: The answer, which stays.
            at: How many characters of it are kept. A grapheme cluster that this would part goes.
            branch: The branch whose head goes there, if its path holds the answer; the current one if left out.

        Raises:
            UsageError: it is not an answer, still comes, or nothing of it would be kept, or nothing cut off.
        """
        row = alternatives.cut(self._state, self._resolve(branch), self._row_of(answer), at)
        return self._state.tree.message(row)

    async def replay(
        self, prompt: Message | str, text: str, *, branch: Branch | str | None = None, **keywords: Any
    ) -> Branch:
        """Say an early prompt in other words, then the later ones again, one after another, and return their branch.

        The branch is a new one; where nothing was said after the prompt, it is the old one. An answer that is stopped
        or fails ends it: what came stays, and the other prompts wait on the branch, where `drain` goes on. Undo takes
        all of it back together.

        Args:
            prompt: The prompt.
            text: Its new wording.
            branch: The branch whose later prompts are said again; the current one if left out.
            **keywords: As for `chat`.

        Raises:
            UsageError: it is not a prompt, or the text is empty.
            ServiceError: a model did not answer.
        """
        answer, on = await self.begin_replay(prompt, text, branch=branch, **keywords)
        if (await answer.message()).status == "complete":
            await self.drain(on)
        return on

    async def begin_replay(
        self, prompt: Message | str, text: str, *, branch: Branch | str | None = None, **keywords: Any
    ) -> tuple[Answer, Branch]:
        """Begin what `replay` does: return the first answer, which comes, and the branch where the rest waits."""
        position, row = self._resolve(branch), self._row_of(prompt)
        text = checked_prompt(text)
        answerer = await self._found(position, keywords)
        begun = replaying.begin(self._state, position, row, text, answerer.voice, _storable(keywords))
        answer = self._answers.start(begun.row, answerer)
        if begun.later:
            self._give(begun.branch_id, answerer.service)  # whom the later prompts, which keep its name, are put to
            waiting = self._state.queues.get(begun.branch_id, [])
            self._state.set_queue(begun.branch_id, [*begun.later, *waiting])
        return answer, self._branch(begun.branch_id)

    def enqueue_again(self, node: Message | str, branch: Branch | str | None = None) -> int:
        """Let the prompts that followed the original of an edited message wait on a branch, and return how many.

        `drain` says them again, one after another; undo takes all that was said again together back.

        Args:
            node: The edited message.
            branch: The branch; the current one if left out.

        Raises:
            UsageError: it is no edited message, no prompt followed its original, or the view is detached.
        """
        branch_id = self._resolve(branch).branch_id
        prompts = replaying.again(self._state, left_behind(self._state, self._row_of(node)))
        if not prompts:
            raise UsageError("No prompt followed the old text.", "v brings what followed along as it is.")
        if branch_id is None:
            raise UsageError("A detached view has no queue.", "Fork it to make a branch of it.")
        self._state.set_queue(branch_id, [*self._state.queues.get(branch_id, []), *prompts])
        return len(prompts)


def _storable(keywords: Mapping[str, Any]) -> dict[str, Json]:
    """Return the keywords of `chat` as a prompt that waits keeps them."""
    params = {name: value for name, value in keywords.items() if value is not None}
    named: dict[str, Any] = {name: params.pop(name) for name in ("service", "model", "with_sender") if name in params}
    if "service" in named and not isinstance(named["service"], str):
        named["service"] = named["service"].name
    return {**named, **checked_params(params)}
