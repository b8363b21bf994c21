"""Asking models, in turn: for an answer, for other ones, for more of one."""

from __future__ import annotations

import json
from abc import abstractmethod
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

from lion_tui.core.changes import Position
from lion_tui.core.errors import LionError, UnknownBranch, UsageError
from lion_tui.core.operations import alternatives, writing
from lion_tui.core.text import scalar
from lion_tui.core.tree import NO_ROW
from lion_tui.session.answering import Answering
from lion_tui.session.answers import Answers
from lion_tui.session.locks import LoopLocks

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator, Callable, Mapping, Sequence

    from lion_tui.core.changes import Kind
    from lion_tui.core.inference import Service
    from lion_tui.core.message import Json, Message
    from lion_tui.core.state import State
    from lion_tui.session.answering import Named
    from lion_tui.session.answers import Answer
    from lion_tui.session.branch import Branch


class Asking(Answering):
    """The part of a session that asks models."""

    def __init__(self, state: State, find_service: Callable[[str | None], Service]) -> None:
        """Ask for `state`; see `Answering`."""
        super().__init__(state, find_service)
        self._answers = Answers(state, self.flush)
        self._turn_taking = LoopLocks()
        # The branches that detached views got, while somebody may still wait for his turn there.
        self._landed: dict[Position, str] = {}

    @abstractmethod
    async def flush(self) -> None:
        """Make what was done so far durable."""

    def _head(self, position: Position) -> str | None:
        """Return the id of the last message of what a position shows.

        Raises:
            UnknownBranch: the branch was deleted.
        """
        if position.branch_id and position.branch_id not in self._state.refs:
            raise UnknownBranch("The branch was deleted in the meantime.", "Undo brings it back.")
        return self._state.tree.id(self._state.head_row(position))

    # Conversing

    async def chat(
        self,
        instruction: str,
        branch: Branch | str | None = None,
        context: Json = None,
        sender: str | None = None,
        system: str | None = None,
        *,
        out: bool = True,
        **keywords: Any,
    ) -> str | None:
        """Ask, wait for the answer, and return its text.

        Two calls on one branch take turns. A cancelled call stops the answer and keeps its text; a failed one keeps
        the question, and the answer as `error` or (where text had come) as `interrupted`.

        Args:
            instruction: The prompt.
            branch: The branch to ask on; the current one if left out.
            context: What the prompt is about, added below it; JSON text unless it is a str.
            sender: Who asks; `user` if left out.
            system: The system prompt to put in force before; an empty one takes the old one out of force.
            out: Whether the text is returned; else None is.
            **keywords: `service` (an object or a name), `model`, `with_sender` (each message says who speaks), and the
                settings of `lion_tui.core.params.PARAMETERS`; `max_token` is `max_tokens`.

        Raises:
            UnknownParameter: an unknown keyword; nothing is added.
            UsageError: the prompt is empty; nothing is added.
            ServiceChoiceError: nothing says which service or model answers; nothing is added.
            ServiceError: the model did not answer.
            SaveFailed: the turn could not be written to the session's file.
        """
        answer = await self._ask(instruction, branch, context, sender, system, keywords)
        message = await answer.message()
        return message.content if out else None

    async def stream(
        self,
        instruction: str,
        branch: Branch | str | None = None,
        context: Json = None,
        sender: str | None = None,
        system: str | None = None,
        **keywords: Any,
    ) -> AsyncGenerator[str]:
        """Ask as `chat` does, and yield the text as it comes; left early, the answer is stopped and its text kept."""
        answer = await self._ask(instruction, branch, context, sender, system, keywords)
        pieces = answer.pieces()
        try:
            async for piece in pieces:
                yield piece
        finally:
            await pieces.aclose()

    async def _ask(
        self,
        instruction: str,
        branch: Branch | str | None,
        context: Json,
        sender: str | None,
        system: str | None,
        keywords: Mapping[str, Any],
    ) -> Answer:
        content, metadata = with_context(instruction, context)
        target = self._resolve(branch)
        answerer = await self._found(target, keywords)
        async with self._my_turn(target) as (position, until):
            row = writing.begin_turn(
                self._state, position, content, answerer.voice, system=system, sender=sender, metadata=metadata
            )
            if position.branch_id is None:
                self._landed[position] = self._state.names()[self._state.tree.value(row, "branch")].branch_id
            answer = self._answers.start(row, answerer)
            until(answer)
        return answer

    @asynccontextmanager
    async def _my_turn(self, position: Position) -> AsyncIterator[tuple[Position, Callable[[Answer], None]]]:
        """Wait until what a position shows is free; it is taken until the answer that is handed back has ended.

        Who waits for a detached view goes on where the one before went: on the branch that it made there.

        Raises:
            UnknownBranch: the branch was deleted in the meantime.
        """
        lock = self._turn_taking.get(position.branch_id or position.node_id or "")
        if not lock.locked():
            self._landed.pop(position, None)
        await lock.acquire()
        until: list[Answer] = []
        try:
            if position in self._landed:
                position = Position(self._landed[position])
            # Other answers at the head (a regeneration's) hold no lock, and more than one may come and go.
            while await self._answers.wait(self._head(position)):
                pass
            yield position, until.append
        finally:
            if until and (task := until[0].task):
                task.add_done_callback(lambda _: lock.release())
            else:
                lock.release()

    # Other answers

    async def regenerate(
        self,
        node: Message | str | None = None,
        n: int = 1,
        models: Sequence[Named] | None = None,
        *,
        branch: Branch | str | None = None,
        **keywords: Any,
    ) -> list[Message]:
        """Ask for other answers to the same prompt, all at once, and return them; the old one stays beside them.

        Args:
            node: An answer, or a prompt; the branch's last answer if left out.
            n: How many answers, of each model.
            models: The models, as for `fan_out`; that of the old answer if left out, as are its service and settings.
            branch: The branch whose head goes to the first of them; the current one if left out.
            **keywords: As for `chat`.

        Raises:
            UsageError: there is nothing to answer.
            ServiceError: no answer came at all. Where only some failed, they are returned with the status `error`.
        """
        return await self._again(node, n, models, branch, "regenerate", keywords)

    async def retry(
        self, node: Message | str | None = None, *, branch: Branch | str | None = None, **keywords: Any
    ) -> Message:
        """Ask again for an answer that failed or was cut, as a sibling of it; as `regenerate`."""
        return (await self._again(node, 1, None, branch, "retry", keywords))[0]

    async def _again(
        self,
        node: Message | str | None,
        n: int,
        models: Sequence[Named] | None,
        branch: Branch | str | None,
        kind: Kind,
        keywords: Mapping[str, Any],
    ) -> list[Message]:
        position = self._resolve(branch)
        row = self._answer_row(node, position)
        if n < 1:
            raise UsageError(f"{n} answers cannot be asked for.", "Ask for one or more.")
        answerers = [
            await self._found(position, self._manner(row, {**keywords, **named}))
            for named in self._named_models(models, keywords)
            for _ in range(n)
        ]
        voices = [answerer.voice for answerer in answerers]
        rows = alternatives.begin_alternatives(self._state, position, row, voices, kind)
        return await gather(self._answers.start_all(rows, answerers))

    async def continue_(
        self,
        node: Message | str | None = None,
        *,
        at: int | None = None,
        branch: Branch | str | None = None,
        **keywords: Any,
    ) -> Message:
        """Let the model go on with an answer that was cut: a sibling that begins with its text; as `regenerate`.

        A service that cannot go on from the beginning of an answer is sent the beginning and asked to continue it.

        Args:
            node: The answer; the branch's last one if left out.
            at: How many characters of it are kept, as for `cut`; all if left out.
            branch: As for `regenerate`.
            **keywords: As for `chat`.

        Raises:
            UsageError: there is no answer, it still comes, or has no text to go on from.
            ServiceError: nothing more came.
        """
        position = self._resolve(branch)
        row = self._answer_row(node, position)
        answerer = await self._found(position, self._manner(row, keywords))
        continued = alternatives.begin_continuation(self._state, position, row, answerer.voice, at)
        answer = self._answers.start(continued, answerer, prefill=self._state.tree.content(continued))
        return (await gather([answer]))[0]

    def _answer_row(self, node: Message | str | None, position: Position) -> int:
        tree = self._state.tree
        if node is not None:
            return tree.row(node if isinstance(node, str) else node.node_id)
        for row in tree.ancestors(self._state.head_row(position)):
            if tree.role[row] == "assistant":
                return row
        raise UsageError("There is no answer on this branch yet.", "Ask something first.")

    def _manner(self, row: int, keywords: Mapping[str, Any]) -> dict[str, Any]:
        """Return the keywords that an answer was asked for with, changed by those that are given now."""
        message = self._state.tree.message(row)
        manner = {
            "service": self._answers.service_of(message.node_id) or message.service,
            "model": message.model,
            "with_sender": (message.metadata or {}).get("with_sender"),
            **(message.params or {}),
            **keywords,
        }
        given = keywords.get("service")
        if (given if given is None or isinstance(given, str) else given.name) not in {None, message.service}:
            manner["model"] = keywords.get("model")  # the old model is not one of the new service
        return {name: value for name, value in manner.items() if value is not None}

    # Stopping

    def stop(self, branch: Branch | str | None = None) -> bool:
        """Stop the answer that comes at the head of a branch, with those asked for beside it; tell whether any came.

        Their text is kept. Where one prompt was put to several branches, each of these is stopped by itself.
        """
        tree, head = self._state.tree, self._state.head_row(self._resolve(branch))
        if head == NO_ROW:
            return False
        group = tree.value(head, "group_id")
        if self._state.groups.get(group or "", {}).get("varied") == "branches":
            group = None
        beside = [
            node_id
            for node_id in self._answers.running()
            if tree.row(node_id) == head or (group and tree.value(tree.row(node_id), "group_id") == group)
        ]
        return sum(self._answers.stop(node_id) for node_id in beside) > 0

    def stop_all(self) -> int:
        """Stop every answer and return how many came."""
        return sum(self._answers.stop(node_id) for node_id in self._answers.running())

    @property
    def streaming(self) -> list[str]:
        """The ids of the messages that answers come into."""
        return self._answers.running()

    @property
    def waiting(self) -> dict[str, str]:
        """What answers wait for that have not begun, by the ids of their messages: their turn, a budget, a model."""
        return self._answers.waiting()


async def gather(answers: Sequence[Answer]) -> list[Message]:
    """Wait for answers that come at once.

    Raises:
        LionError: none of them came; of several, the first fault.
    """
    messages: list[Message] = []
    faults: list[LionError] = []
    try:
        for answer in answers:
            try:
                messages.append(await answer.message())
            except LionError as fault:
                faults.append(fault)
                messages.append(answer.view())
    finally:
        for answer in answers:
            answer.stop()
    if len(faults) == len(answers):
        raise faults[0]
    return messages


def checked_prompt(instruction: str) -> str:
    """Return a prompt as it is stored.

    Raises:
        UsageError: it is empty.
    """
    if not scalar(instruction).strip():
        raise UsageError("The prompt is empty.", "Say what is asked.")
    return scalar(instruction)


def with_context(instruction: str, context: Json) -> tuple[str, dict[str, Json] | None]:
    """Return a prompt as it is stored, with what it is about below it, and the metadata that has both apart.

    Raises:
        UsageError: the prompt is empty, or the context is no JSON.
    """
    instruction = checked_prompt(instruction)
    if context is None:
        return instruction, None
    try:
        text = (
            context if isinstance(context, str) else json.dumps(context, ensure_ascii=False, indent=2, allow_nan=False)
        )
    except (TypeError, ValueError) as error:
        raise UsageError(f"The context cannot be written as JSON ({error}).", "Give it as a text.") from error
    return f"{instruction}\n\n{text}", {"context": {"instruction": instruction, "context": context}}
