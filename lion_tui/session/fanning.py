"""Asking several at once: models, samples of one, branches, or instances that begin anew."""

from __future__ import annotations

import itertools
from abc import abstractmethod
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING, Any

from lion_tui.core.errors import UsageError
from lion_tui.core.operations import fanning
from lion_tui.core.operations.fanning import Asked, FreshTurn
from lion_tui.session.asking import Asking, gather, with_context
from lion_tui.session.foreign_rows import checked_rows

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pandas as pd

    from lion_tui.core.changes import Position
    from lion_tui.core.message import Json, Message
    from lion_tui.core.operations.fanning import Begun, Varied
    from lion_tui.session.answering import Answerer, Named
    from lion_tui.session.answers import Answer
    from lion_tui.session.branch import Branch


class FanOut:
    """A fan-out whose answers come.

    Attributes:
        group_id: What its answers have in common.
        node_ids: The answers, in the order in which they were asked for.
        branches: For each answer, the name that its branch had when it was asked.
    """

    def __init__(self, group_id: str, branches: Sequence[str], answers: Sequence[Answer]) -> None:
        """Hold the answers; a session makes these."""
        self.group_id = group_id
        self.branches = tuple(branches)
        self.node_ids = tuple(answer.node_id for answer in answers)
        self._answers = answers

    async def messages(self) -> list[Message]:
        """Wait for all answers and return them.

        Raises:
            LionError: none of them came. Where only some failed, they are returned with the status `error`.
        """
        return await gather(self._answers)


class Fanning(Asking):
    """The part of a session that asks several at once."""

    async def fan_out(
        self,
        instruction: str | Message,
        models: Sequence[Named] | None = None,
        n: int = 1,
        branches: Sequence[Branch | str] | None = None,
        *,
        branch: Branch | str | None = None,
        context: Json = None,
        sender: str | None = None,
        system: str | None = None,
        **keywords: Any,
    ) -> list[Message]:
        """Put one prompt to several models, several times to one, or on several branches, and return all answers.

        Each answer sees its own path only. Each gets a branch of its own, `<branch>.<model>`, on which its model goes
        on; the head of the branch that is asked on goes to the first. On several `branches`, each answer is its
        branch's own: one prompt for those with the same head, else one each, with a common `turn_id`. All answers have
        one `group_id`, undo takes all of it back, `stop` stops all of it; one that failed can be asked for again with
        `retry`.

        Args:
            instruction: The prompt; a message is a prompt that is there, whose new answers stand beside the old ones.
            models: The models, each a name, `service:model` or (service, model); who answers there if left out. With
                `service=`, a name is one of that service's, whatever it has in it.
            n: How many answers of each.
            branches: The branches to ask on, in place of `branch`.
            branch: The branch to ask on; the current one if left out.
            context: As for `chat`.
            sender: As for `chat`.
            system: As for `chat`.
            **keywords: As for `chat`.

        Raises:
            UnknownParameter: an unknown keyword; nothing is added.
            UsageError: the prompt is empty, or nobody is asked; nothing is added.
            ServiceChoiceError: nothing says which service or model answers; nothing is added.
            ServiceError: no answer came at all. Where only some failed, they are returned with the status `error`.
        """
        given = {"branch": branch, "context": context, "sender": sender, "system": system, **keywords}
        return await (await self.start_fan_out(instruction, models, n, branches, **given)).messages()

    async def start_fan_out(
        self,
        instruction: str | Message,
        models: Sequence[Named] | None = None,
        n: int = 1,
        branches: Sequence[Branch | str] | None = None,
        *,
        branch: Branch | str | None = None,
        context: Json = None,
        sender: str | None = None,
        system: str | None = None,
        **keywords: Any,
    ) -> FanOut:
        """Ask as `fan_out` does and return when the answers begin."""
        if not isinstance(instruction, str):
            if branches is not None or any(each is not None for each in (context, sender, system)):
                raise UsageError("A prompt that is there stays as it is.", "Give models=, n= and branch= only.")
            return await self._start_again(instruction, self._resolve(branch), models, n, keywords)
        content, metadata = with_context(instruction, context)
        if branches is not None and branch is not None:
            raise UsageError("Both branch= and branches= are given.", "Give one of them.")
        positions = list(dict.fromkeys(map(self._resolve, [branch] if branches is None else branches)))
        if not positions:
            raise UsageError("No branch is asked on.", "Name one or more.")
        answerers = [await self._several(position, models, n, keywords) for position in positions]
        varied: Varied = "branches" if branches is not None else "samples" if models is None else "models"
        async with AsyncExitStack() as stack:
            # In one order for everybody, so that nobody waits for who waits for him.
            turns = {
                position: await stack.enter_async_context(self._my_turn(position))
                for position in sorted(positions, key=str)
            }
            while [True for position, _ in turns.values() if await self._answers.wait(self._head(position))]:
                pass
            begun = fanning.begin_fan_out(
                self._state,
                [
                    Asked(turns[position][0], [each.voice for each in several])
                    for position, several in zip(positions, answerers, strict=True)
                ],
                content,
                varied,
                named=branches is None or len(answerers[0]) > 1,
                system=system,
                sender=sender,
                metadata=metadata,
            )
            answers = self._start_all(begun, list(itertools.chain.from_iterable(answerers)))
            firsts = itertools.accumulate(map(len, answerers), initial=0)
            for position, asking, first in zip(positions, begun.asking, firsts, strict=False):
                if position.branch_id is None:
                    self._landed[position] = asking
                turns[position][1](answers[first])
        return self._fan_out_of(begun, answers)

    async def _start_again(
        self,
        prompt: Message,
        position: Position,
        models: Sequence[Named] | None,
        n: int,
        keywords: Mapping[str, Any],
    ) -> FanOut:
        answerers = await self._several(position, models, n, keywords)
        voices = [answerer.voice for answerer in answerers]
        row = self._state.tree.row(prompt.node_id)
        varied: Varied = "samples" if models is None else "models"
        begun = fanning.begin_fan_out_again(self._state, position, row, voices, varied)
        return self._fan_out_of(begun, self._start_all(begun, answerers))

    async def _several(
        self, position: Position, models: Sequence[Named] | None, n: int, keywords: Mapping[str, Any]
    ) -> list[Answerer]:
        """Return who answers at a position: each of the models, `n` times."""
        if n < 1:
            raise UsageError(f"{n} answers cannot be asked for.", "Ask for one or more.")
        named = self._named_models(models, keywords)
        return [await self._found(position, {**keywords, **each}) for each in named for _ in range(n)]

    def _start_all(self, begun: Begun, answerers: Sequence[Answerer]) -> list[Answer]:
        for branch_id, answerer in zip(begun.branch_ids, answerers, strict=True):
            if branch_id not in begun.asking:
                self.was_configured(branch_id, ("service", "model"))
                self._give(branch_id, answerer.service)
        return self._answers.start_all(begun.rows, answerers)

    def _fan_out_of(self, begun: Begun, answers: Sequence[Answer]) -> FanOut:
        names = [self._state.refs[branch_id].name for branch_id in begun.branch_ids]
        return FanOut(begun.group_id, names, answers)

    async def parallel_chat(
        self,
        instruction: str | Sequence[str],
        num_instances: int = 1,
        context: Json = None,
        sender: str | None = None,
        branch_system: str | None = None,
        messages: pd.DataFrame | Sequence[Mapping[str, Any]] = (),
        *,
        out: bool = True,
        branch_config: Mapping[str, Any] | None = None,
        explode: bool = False,
        **keywords: Any,
    ) -> list[str] | None:
        """Ask each instruction about its context, several times, all at once, each on a branch that begins anew.

        Return the texts: for each pair of instruction and context in order, those of its instances.

        Args:
            instruction: A prompt, or a list of them.
            num_instances: How often each is asked.
            context: What the prompts are about, or a list of that. One goes with every instruction, and one
                instruction with every context; several of both go in pairs.
            sender: As for `chat`.
            branch_system: The system prompt of the new branches.
            messages: Messages that they begin with, as for `new_branch`.
            out: Whether the texts are returned; else None is.
            branch_config: Keywords besides, `service` and `model` among them.
            explode: Whether every instruction goes with every context.
            **keywords: As for `chat`.

        Raises:
            UsageError: there is nothing to ask, or several instructions and another number of contexts; nothing is
                added.
            LionError: as `fan_out`.
        """
        pairs = _pairs(instruction, context, explode=explode)
        if num_instances < 1:
            raise UsageError(f"{num_instances} instances cannot be asked.", "Ask one or more.")
        answerer = await self._found(self._state.current, {**(branch_config or {}), **keywords})
        turns = [
            FreshTurn(content, answerer.voice, metadata)
            for content, metadata in itertools.starmap(with_context, pairs)
            for _ in range(num_instances)
        ]
        begun = fanning.begin_instances(
            self._state, turns, system=branch_system, messages=checked_rows(messages), sender=sender
        )
        answers = self._start_all(begun, [answerer] * len(turns))
        found = await gather(answers)
        return [message.content for message in found] if out else None

    def pick(self, node: Message | str, *, branch: Branch | str | None = None) -> Branch:
        """Let a branch go on from an answer, and return the branch; the other answers stay.

        Args:
            node: The answer, or a message further down its path.
            branch: The branch whose head goes there; that on which the nearest fan-out was asked, or else the current
                one, if left out.

        Raises:
            UsageError: the message is deleted.
        """
        row = self._state.tree.row(node if isinstance(node, str) else node.node_id)
        return self._branch(fanning.pick(self._state, row, None if branch is None else self._resolve(branch)))

    @abstractmethod
    def _branch(self, branch_id: str) -> Branch:
        """Return the branch of that id."""


def _pairs(instruction: str | Sequence[str], context: Json, *, explode: bool) -> list[tuple[str, Json]]:
    """Return which instruction goes with which context."""
    instructions = [instruction] if isinstance(instruction, str) else list(instruction)
    contexts = list(context) if isinstance(context, (list, tuple)) else [context]
    if not instructions or not contexts:
        raise UsageError("There is nothing to ask.", "Give an instruction, and no empty list of contexts.")
    if explode or len(contexts) == 1 or len(instructions) == 1:
        return list(itertools.product(instructions, contexts))
    if len(instructions) != len(contexts):
        raise UsageError(
            f"{len(instructions)} instructions and {len(contexts)} contexts make no pairs.",
            "Give as many of both, or explode=True for every instruction with every context.",
        )
    return list(zip(instructions, contexts, strict=True))
