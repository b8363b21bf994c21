"""A service reached over HTTP: any provider, through the wire that it speaks."""

from __future__ import annotations

import asyncio
import itertools
import random
from contextlib import aclosing
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from lion_tui.core.errors import ContextFull, KeyRefused, ServiceChoiceError, ServiceError, Unreachable
from lion_tui.core.inference import Done, Waiting
from lion_tui.services import faults
from lion_tui.services.budget import Budget, Ticket
from lion_tui.services.catalogue import priced, read_models
from lion_tui.services.chat_completions import ChatCompletions
from lion_tui.services.endpoint import Endpoint, Exchange, Timeouts, cut, drain
from lion_tui.services.faults import Fault
from lion_tui.services.keys import KeySource
from lion_tui.services.messages import Messages
from lion_tui.services.overfull import told_apart
from lion_tui.services.request import Estimate, cap, checked, checked_settings
from lion_tui.services.responses import Responses
from lion_tui.services.wire import ErrorEvent, MalformedEvent, shape

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Mapping

    import httpx

    from lion_tui.core.inference import Delta, ModelInfo, Request, StreamEvent
    from lion_tui.core.message import Json
    from lion_tui.services.provider import Provider, WireName
    from lion_tui.services.wire import Ask, Reader, Wire

__all__ = ["RemoteService", "Timeouts"]

_WIRES: Final[Mapping[WireName, Wire]] = {"chat": ChatCompletions(), "responses": Responses(), "messages": Messages()}
_ATTEMPTS: Final = 4
_BACKOFF_S: Final = (0.5, 8.0)
"""The first pause between tries, which doubles, and the longest."""
_LONGEST_WAIT_S: Final = 120.0
"""A server that asks for a longer pause than this is not waited for."""


@dataclass(slots=True)
class _Call:
    """One request under way, over all its tries."""

    request: Request
    ask: Ask
    prompt: int
    exchange: Exchange


class RemoteService:
    """A provider's API, or any server that speaks one of the wires.

    Attributes:
        provider: What is known of it.
        budget: What may be asked of it, shared by all who share this object.
    """

    def __init__(
        self,
        provider: Provider,
        *,
        model: str | None = None,
        base_url: str | None = None,
        api_key: str | None = None,
        api_key_cmd: str | None = None,
        headers: Mapping[str, str] | None = None,
        timeout: float | Timeouts | None = None,
        budget: Budget | None = None,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        """Describe the service; nothing is looked up or opened before the first request.

        Args:
            provider: The row of the provider table.
            model: The model that answers when none is named, in place of the row's.
            base_url: The address, in place of the environment's and the row's.
            api_key: The key, in place of the environment's.
            api_key_cmd: A command that prints the key.
            headers: Headers that every request carries besides.
            timeout: Seconds, or `Timeouts`.
            budget: The budget; without limits if left out.
            transport: What carries the requests, in place of the network.
        """
        self.provider = provider
        self.budget = budget or Budget(provider.title)
        self._model = model or provider.default_model
        self._keys = KeySource(provider, api_key, api_key_cmd)
        self._endpoint = Endpoint(
            provider, base_url=base_url, headers=headers, timeouts=Timeouts.of(timeout), transport=transport
        )
        self._wire = _WIRES[provider.wire]
        self._estimate = Estimate()
        self._listed: dict[str, ModelInfo] = {}

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.name} model={self.default_model!r}>"

    @property
    def name(self) -> str:
        """The name that a session file keeps."""
        return self.provider.name

    @property
    def default_model(self) -> str | None:
        """The model that answers when none is named, or the only one that was listed; None if one must be named."""
        return self._model or (next(iter(self._listed)) if len(self._listed) == 1 else None)

    @property
    def prefills(self) -> bool:
        """Whether the provider goes on from the beginning of an answer; else it is asked to continue."""
        return self.provider.prefill != "none"

    @property
    def base_url(self) -> str:
        """The address: as given, else from the environment, else the provider's.

        Raises:
            UsageError: it is no http or https address.
        """
        return self._endpoint.base_url

    def check(self, params: Mapping[str, Json]) -> None:
        """Refuse settings that the provider does not take.

        Raises:
            UnknownParameter: a setting that no model has, or that the provider lacks.
            UsageError: a value that the setting cannot have.
        """
        checked_settings(params, service=self.provider.title, seed=self.provider.seed is not None)

    def tokens(self, request: Request) -> int:
        """Return how many tokens the prompt of a request will be, about, corrected by what its model last reported."""
        return self._estimate.prompt(request, request.model or self.default_model or "")

    async def stream(self, request: Request) -> AsyncGenerator[StreamEvent]:
        """Send the request and yield the answer as it comes, a `Done` last.

        Before the first token, refusals that may pass and connections that fail are tried again, after a `Waiting`.

        Raises:
            UsageError: the request cannot be meant.
            ServiceError: no answer, or no more of it.
        """
        call = await self._call(request)
        for attempt in itertools.count(1):
            ticket = Ticket(call.prompt + cap(request))
            async with aclosing(self.budget.admit(ticket)) as queue:
                async for waiting in queue:
                    yield waiting
            try:
                async with aclosing(self._attempt(call, ticket)) as events:
                    async for event in events:
                        yield event
            except Fault as fault:
                pause = self._pause(fault, call, attempt)
                if pause is None:
                    raise self._said(fault.error, call) from fault.__cause__
                waiting = Waiting("retry", pause, f"{fault.error.what} Try {attempt + 1} of {_ATTEMPTS}.")
            else:
                return
            yield waiting
            await self.budget.clock.wait(asyncio.Event(), pause)

    async def models(self) -> list[ModelInfo]:
        """Return the models that the service offers now.

        Raises:
            ServiceError: they cannot be had.
        """
        try:
            models = read_models(await self._endpoint.get("/models", await self._exchange()))
            if models is None:
                raise faults.bad_answer(self.provider, "something else than a list of models")
        except Fault as fault:
            self._look_again(fault)
            raise fault.error from fault.__cause__
        row = self.provider
        if row.knows is not None and models and self._endpoint.is_usual and not any(map(row.knows, models)):
            what = f"Another server than {row.title} answers at {row.base_url}."
            raise Unreachable(what, f"Start {row.title} at another port, and set {row.url_variable}.", service=row.name)
        self._listed = {model.id: model for model in models}
        return models

    async def use_key(self, key: str) -> None:
        """Take `key` from now on, if the service does.

        Raises:
            KeyRefused: it does not; the key that was used before stays, as it does below.
            KeyMissing: it cannot be a key.
            ServiceError: it cannot be asked.
        """
        keys = KeySource(self.provider, key)
        try:
            said = await self._endpoint.get(self.provider.key_path, await self._exchange(keys=keys))
            if isinstance(said, str):  # such as the page of a proxy that wants a login
                raise faults.bad_answer(self.provider, "something else than JSON")
        except Fault as fault:
            raise fault.error from fault.__cause__
        self._keys = keys

    async def aclose(self) -> None:
        """Close the connections of the running event loop, once no answer comes over them any more.

        Those of a loop that has ended were closed with it.
        """
        await self._endpoint.aclose()

    async def _call(self, request: Request) -> _Call:
        request = checked(request, service=self.provider.title, seed=self.provider.seed is not None)
        model = request.model or self.default_model or await self._only_model()
        prompt = self._estimate.prompt(request, model)
        return _Call(request, shape(request, self.provider, model), prompt, await self._exchange(model))

    async def _exchange(self, model: str = "", keys: KeySource | None = None) -> Exchange:
        key = await (keys or self._keys).find()
        secrets = (*self._endpoint.secrets, *([key] if key else []))
        return Exchange(self._wire.headers(key), secrets, model)

    async def _only_model(self) -> str:
        """Return the model of a server that serves just one, as those on one's own machine often do."""
        models = [] if self.provider.needs_key else await self.models()
        if len(models) == 1:
            return models[0].id
        offered = ", ".join(faults.label(model.id, self._endpoint.secrets) for model in models[:8])
        what = f"{self.provider.title} has no default model." + (f" It offers {offered}." if offered else "")
        raise ServiceChoiceError(what, "Name one (in the shell: `--model NAME`).", service=self.name)

    def _pause(self, fault: Fault, call: _Call, attempt: int) -> float | None:
        """Return the seconds until the next try; None if there is none."""
        self._look_again(fault)
        if call.exchange.began or not fault.retry or attempt >= _ATTEMPTS:
            return None
        if fault.after is not None:
            return fault.after if fault.after <= _LONGEST_WAIT_S else None
        first, longest = _BACKOFF_S
        backoff: float = min(longest, first * 2 ** (attempt - 1))
        # Half of it at random, so that many who were refused at once do not come back at once.
        return backoff * random.uniform(0.5, 1.0)  # noqa: S311 - not a secret

    def _said(self, error: ServiceError, call: _Call) -> ServiceError:
        """Return the error to raise for a call."""
        if isinstance(error, ContextFull) and not call.exchange.began:
            return told_apart(error, call.request, call.ask.model, call.prompt)
        return error

    def _look_again(self, fault: Fault) -> None:
        if isinstance(fault.error, KeyRefused):
            self._keys.forget()

    async def _attempt(self, call: _Call, ticket: Ticket) -> AsyncGenerator[Delta | Done]:
        """Ask once.

        Raises:
            Fault: no answer, or no more of it.
        """
        reader = self._wire.reader(call.ask.echo)
        received, taken = 0, 0
        try:
            async with aclosing(self._endpoint.post(self._wire.path, self._wire.body(call.ask), call.exchange)) as data:
                async for piece in data:
                    taken = call.prompt
                    if delta := self._read(reader, piece, call):
                        received += len(delta.text.encode()) + len(delta.reasoning.encode())
                        call.exchange.began = True
                        yield delta
                    if reader.complete:
                        await drain(data)
                        break
            if rest := reader.end():
                received += len(rest.text.encode()) + len(rest.reasoning.encode())
                call.exchange.began = True
                yield rest
            if reader.finish_reason is None and not reader.complete:
                raise cut(self.provider, call.exchange)
            yield self._done(reader, call)
        finally:
            tokens_in, tokens_out = reader.usage.tokens_in, reader.usage.tokens_out
            self._estimate.learn(call.request, call.ask.model, tokens_in)
            tokens_out = self._estimate.text(received, call.ask.model) if tokens_out is None else tokens_out
            self.budget.settle(ticket, (taken if tokens_in is None else tokens_in) + tokens_out)

    def _read(self, reader: Reader, data: str, call: _Call) -> Delta | None:
        try:
            return reader.read(data)
        except MalformedEvent as error:
            raise faults.bad_answer(self.provider, str(error)) from error
        except ErrorEvent as error:
            exchange = call.exchange
            raise faults.event_fault(
                self.provider, error.body, model=exchange.model, secrets=exchange.secrets
            ) from error

    def _done(self, reader: Reader, call: _Call) -> Done:
        usage = reader.usage
        if usage.cost_usd is None and self.provider.price == "listed":
            usage = usage._replace(cost_usd=priced(usage, self._listed.get(call.ask.model)))
        secrets = call.exchange.secrets
        reason = faults.label(reader.finish_reason or "", secrets) or None
        return Done(reason, usage, faults.label(reader.model or "", secrets) or call.ask.model)
