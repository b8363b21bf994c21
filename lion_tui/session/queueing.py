"""Prompts that wait until a branch is free."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lion_tui.core.errors import UsageError
from lion_tui.core.ids import uuid7
from lion_tui.core.operations import replaying, writing
from lion_tui.core.params import checked_params
from lion_tui.core.state import QueuedPrompt
from lion_tui.core.text import scalar
from lion_tui.session.asking import checked_prompt
from lion_tui.session.fanning import Fanning

if TYPE_CHECKING:
    from lion_tui.core.message import Json
    from lion_tui.session.branch import Branch


class Queueing(Fanning):
    """The part of a session that lets prompts wait."""

    def enqueue(self, instruction: str, branch: Branch | str | None = None, **params: Json) -> QueuedPrompt:
        """Let a prompt wait on a branch; `drain` sends it.

        Args:
            instruction: The prompt.
            branch: The branch; the current one if left out.
            **params: Settings to send it with, `with_sender`, and the names of a `service` and a `model`.

        Raises:
            UnknownParameter: an unknown setting.
            UsageError: the prompt is empty, or the view is detached: only a branch has a queue.
        """
        branch_id = self._resolve(branch).branch_id
        if branch_id is None:
            raise UsageError("A detached view has no queue.", "Fork it to make a branch of it.")
        named = [name for name in ("service", "model") if params.get(name) is not None]
        given: dict[str, Json] = {name: scalar(params.pop(name)) for name in named}
        if params.pop("with_sender", False):
            given["with_sender"] = True
        prompt = QueuedPrompt(uuid7(), checked_prompt(instruction), {**given, **checked_params(params)})
        self._state.set_queue(branch_id, [*self._state.queues.get(branch_id, []), prompt])
        return prompt

    def queue(self, branch: Branch | str | None = None) -> tuple[QueuedPrompt, ...]:
        """Return the prompts that wait on a branch, the next first."""
        return tuple(self._state.queues.get(self._resolve(branch).branch_id or "", ()))

    def unqueue(self, prompt: QueuedPrompt) -> None:
        """Take a waiting prompt back; one that was sent is not."""
        for branch_id, prompts in list(self._state.queues.items()):
            if prompt in prompts:
                self._state.set_queue(branch_id, [other for other in prompts if other != prompt])

    async def drain(self, branch: Branch | str | None = None) -> None:
        """Send the prompts that wait on a branch, one after another.

        It ends when none is left, or with an answer that is not complete: the rest waits then.

        Raises:
            LionError: as `chat`. A prompt that could not be sent goes on waiting.
        """
        position = self._resolve(branch)
        while position.branch_id in self._state.refs and (waiting := self._state.queues.get(position.branch_id or "")):
            prompt = waiting[0]
            answerer = await self._found(position, prompt.params)
            async with self._my_turn(position) as (_, until):
                if prompt not in self._state.queues.get(position.branch_id or "", ()):
                    continue
                # It waits until it is a message: whatever fails here, or a crash, may say it twice, and never loses it.
                if prompt.replays:
                    row = replaying.begin_next(self._state, position, prompt, answerer.voice)
                else:
                    row = writing.begin_turn(self._state, position, prompt.text, answerer.voice)
                self.unqueue(prompt)
                answer = self._answers.start(row, answerer)
                until(answer)
            if (await answer.message()).status != "complete":
                return
