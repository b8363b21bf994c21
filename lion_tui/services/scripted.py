"""A service that says what it was told to: for tests, demonstrations and pictures."""

from __future__ import annotations

import asyncio
import itertools
import re
from collections.abc import Awaitable, Callable, Iterable, Iterator
from contextlib import aclosing
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from lion_tui.core.errors import ServiceError, UsageError
from lion_tui.core.inference import Delta, Done, ModelInfo, Request, Usage
from lion_tui.core.text import ScalarStream
from lion_tui.services.budget import Budget, Ticket
from lion_tui.services.request import Estimate, cap, checked, checked_settings

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Mapping, Sequence

    from lion_tui.core.inference import StreamEvent
    from lion_tui.core.message import Json


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """One answer of a script.

    Attributes:
        text: What is said.
        reasoning: What is thought before.
        finish_reason: Why it ends. A cap in the request that is shorter than the text makes it `length`.
        usage: What it takes; counted from the texts if left out.
        fault: What is raised after the text, in place of the end.
    """

    text: str = ""
    reasoning: str = ""
    finish_reason: str = "stop"
    usage: Usage | None = None
    fault: Exception | None = None


Answer: TypeAlias = str | Exception | Reply
Line: TypeAlias = Answer | Callable[[Request], Answer]
"""An answer, or what makes one from the request."""


class Scripted:
    """Answers from a script, without a network.

    Attributes:
        requests: Every request that came, in order.
        budget: What may be asked of it.
    """

    def __init__(
        self,
        replies: Line | Iterable[Line],
        *,
        name: str = "scripted",
        model: str | None = "scripted-1",
        models: Sequence[ModelInfo | str] = (),
        chunk: int | Callable[[str], Iterable[str]] | None = None,
        pace: Callable[[], Awaitable[None]] | None = None,
        tokens_per_second: float | None = None,
        budget: Budget | None = None,
    ) -> None:
        """Write the script.

        Args:
            replies: The answers, one a request, in order; a single one answers every request.
            name: The name of the service.
            model: The model that answers when none is named.
            models: The models on offer, if not just `model`.
            chunk: Characters a delta, or what cuts a text into deltas; words if left out.
            pace: Awaited before each delta.
            tokens_per_second: How many deltas come in a second; all at once if left out.
            budget: The budget; without limits if left out.
        """
        if isinstance(replies, (str, Exception, Reply)) or callable(replies):
            replies = itertools.repeat(replies)
        self._lines: Iterator[Line] = iter(replies)
        self._name = name
        self._model = model
        offered = models or ([model] if model else [])
        self._models = [each if isinstance(each, ModelInfo) else ModelInfo(each) for each in offered]
        self._chunk = chunk
        self._pace = pace
        self._pause = 1 / tokens_per_second if tokens_per_second else 0.0
        self.budget = budget or Budget(name)
        self.requests: list[Request] = []
        self._estimate = Estimate()

    @property
    def name(self) -> str:
        """The name that a session file keeps."""
        return self._name

    @property
    def default_model(self) -> str | None:
        """The model that answers when none is named."""
        return self._model

    @property
    def prefills(self) -> bool:
        """What the script says is taken for what is new."""
        return True

    def check(self, params: Mapping[str, Json]) -> None:
        """Refuse settings that no model takes.

        Raises:
            UnknownParameter: a setting that no model has.
            UsageError: a value that the setting cannot have.
        """
        checked_settings(params, service=self._name)

    def tokens(self, request: Request) -> int:
        """Return how many tokens the prompt of a request will be, as its answer will report."""
        return self._estimate.prompt(request, request.model or self.default_model or "")

    async def stream(self, request: Request) -> AsyncGenerator[StreamEvent]:
        """Answer with the next line of the script.

        Raises:
            UsageError: the request cannot be meant.
            ServiceError: the script says so, or it has no more lines.
        """
        request = checked(request, service=self._name)
        model = request.model or self._model
        if model is None:
            raise UsageError(f"{self._name} has no default model.", "Name one.")
        prompt = self._estimate.prompt(request, model)
        ticket = Ticket(prompt + cap(request))
        async with aclosing(self.budget.admit(ticket)) as queue:
            async for waiting in queue:
                yield waiting
        self.requests.append(request)
        said = 0
        try:
            reply = self._reply(request)
            thoughts, words = list(self._pieces(reply.reasoning)), list(self._pieces(reply.text))
            limit = cap(request) or len(words)
            for delta in [Delta("", each) for each in thoughts] + [Delta(each) for each in words[:limit]]:
                await self._wait()
                said += 1
                yield delta
            if reply.fault is not None:
                raise reply.fault
            reason = "length" if limit < len(words) else reply.finish_reason
            counted = Usage(tokens_in=prompt, tokens_out=said, tokens_reasoning=len(thoughts) or None)
            yield Done(reason, reply.usage or counted, model)
        finally:
            self.budget.settle(ticket, prompt + said)

    async def models(self) -> list[ModelInfo]:
        """Return the models on offer."""
        return list(self._models)

    async def aclose(self) -> None:
        """There is nothing to close."""

    def _reply(self, request: Request) -> Reply:
        line = next(self._lines, None)
        if line is None:
            raise ServiceError("The script has no more replies.", "Give it one for each request.", service=self._name)
        answer = line if isinstance(line, (str, Exception, Reply)) else line(request)
        if isinstance(answer, Exception):
            return Reply(fault=answer)
        return answer if isinstance(answer, Reply) else Reply(text=answer)

    def _pieces(self, text: str) -> Iterator[str]:
        if isinstance(self._chunk, int):
            raw: Iterable[str] = (text[i : i + self._chunk] for i in range(0, len(text), self._chunk))
        else:
            raw = self._chunk(text) if self._chunk else re.findall(r"\s*\S+|\s+$", text)
        scalars = ScalarStream()
        yield from filter(None, map(scalars.feed, raw))
        if rest := scalars.end():
            yield rest

    async def _wait(self) -> None:
        if self._pace is not None:
            await self._pace()
        # Even at full speed others get their turn, as they do with a network between.
        await asyncio.sleep(self._pause)
