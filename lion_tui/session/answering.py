"""Who answers: which service and model, with which settings."""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

from lion_tui.core.changes import Position
from lion_tui.core.errors import ServiceChoiceError, UsageError
from lion_tui.core.inference import Estimated, Request, Service, Turn
from lion_tui.core.merged import asked
from lion_tui.core.operations.writing import Voice
from lion_tui.core.params import checked_params
from lion_tui.core.prompt import turns
from lion_tui.session.conversation import Conversation

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping, Sequence

    from lion_tui.core.inference import ModelInfo
    from lion_tui.core.merged import Paths
    from lion_tui.core.message import Json
    from lion_tui.core.refs import Ref
    from lion_tui.core.state import State
    from lion_tui.session.branch import Branch


Named: TypeAlias = str | tuple[Service | str, str | None]
"""A model: its name, `service:model`, or the service (an object or a name) and its name; None is the default one."""


class Answerer(NamedTuple):
    """Who answers one request, and how."""

    service: Service
    voice: Voice

    def request(self, state: State, row: int, prefill: str | None = None, paths: Paths | None = None) -> Request:
        """Return what is sent for the answer in a row.

        Args:
            state: The session's data.
            row: The answer.
            prefill: Its beginning, if it has one.
            paths: As for `asked`.
        """
        sent = asked(state, row, with_sender=self.voice.with_sender, paths=paths)
        if prefill is not None:
            sent = (*sent, Turn("assistant", prefill))
        return Request(sent, self.voice.model, self.voice.params, prefill=prefill is not None)


class Answering(Conversation):
    """The part of a session that knows who answers."""

    def __init__(self, state: State, find_service: Callable[[str | None], Service]) -> None:
        """Know it for `state`.

        Args:
            state: The session's data.
            find_service: Returns the service of a name, or for None the one that answers when nothing says otherwise.
        """
        self._state = state
        self._find_service = find_service
        self._services: dict[str, Service] = {}
        # Two services may have one name; what a branch was given is its own and that of its forks.
        self._given: dict[str, Service] = {}
        self._preferred: tuple[str | None, str | None] = (None, None)
        # What branches, and (None) the session, were given since.
        self._configured: dict[str | None, tuple[str | None, str | None]] = {}
        # What others made, others may use and will close.
        self._found_services: list[Service] = []

    @abstractmethod
    def _resolve(self, branch: Branch | Position | str | None) -> Position:
        """Return the position that an argument `branch` means."""

    def answerer(self, branch: Branch | str | None = None) -> tuple[Service, str]:
        """Return the service and the name of the model that answer on a branch.

        Raises:
            ServiceChoiceError: nothing says which.
        """
        answerer = self._answerer(self._resolve(branch), {})
        return answerer.service, answerer.voice.model

    def prefer(self, service: str | None = None, model: str | None = None) -> None:
        """Let a service or a model answer on every branch, whatever branches and session name; no file keeps that.

        Who configures a branch afterwards, or the session, says who answers there.
        """
        self._preferred = (service, model)
        self._configured.clear()

    def _preferred_at(self, position: Position) -> tuple[str | None, str | None]:
        """Return the service and the model that `prefer` named, as far as they count at a position."""
        if self._configured.get(None) == self._named_by(None):
            return None, None
        for branch_id in self._origins(position):
            if self._configured.get(branch_id) == self._named_by(branch_id):
                return None, None
        return self._preferred

    def was_configured(self, branch_id: str | None, settings: Collection[str]) -> None:
        """Let what a branch was given, until that is undone, go before what `prefer` named; None is the session."""
        if not {"service", "model"}.isdisjoint(settings):
            self._configured[branch_id] = self._named_by(branch_id)

    def _named_by(self, branch_id: str | None) -> tuple[str | None, str | None]:
        """Return the service and the model that a branch names, or the session."""
        if branch_id is None:
            return self._state.overlay.get("service"), self._state.overlay.get("model")
        ref = self._state.refs[branch_id]
        return ref.service, ref.model

    @property
    def services(self) -> list[str]:
        """The names of the services that this session was given, or has found so far."""
        return list(self._services)

    def service(self, name: str) -> Service:
        """Return the service of that name as this session uses it: always the same object.

        Raises:
            ServiceChoiceError: there is none of that name.
            UsageError: its configuration cannot be meant.
        """
        return self._service(name)

    def params_in_force(self, branch: Branch | str | None = None) -> dict[str, Json]:
        """Return the settings of requests on a branch: the session's, changed by the branch's own."""
        return self._merged(self._layers(self._resolve(branch)))

    async def check(self, branch: Branch | str | None = None, **keywords: Any) -> None:
        """Refuse what `chat` would refuse on a branch with these keywords; nothing is added.

        Raises:
            UnknownParameter: an unknown keyword, or a setting that the service lacks.
            ServiceChoiceError: nothing says which service or model answers.
            ServiceError: the service is asked for its models, and cannot be.
        """
        await self._found(self._resolve(branch), keywords)

    def estimate(self, text: str = "", branch: Branch | str | None = None, **keywords: Any) -> Estimated:
        """Return what sending a prompt on a branch will take; nothing is sent.

        Args:
            text: The prompt; without one, it is the conversation that is measured.
            branch: The branch; the current one if left out.
            **keywords: As for `chat`: `service`, `model`, settings.

        Raises:
            UnknownParameter: an unknown keyword, or a setting that the service lacks.
            ServiceChoiceError: nothing says which service or model answers.
        """
        position = self._resolve(branch)
        service, voice = self._answerer(position, keywords)
        sent = turns(self._state, self._state.head_row(position), with_sender=voice.with_sender)
        if text:
            sent = (*sent, Turn("user", text))
        tokens = service.tokens(Request(sent, voice.model, voice.params))
        return Estimated(service.name, voice.model, tokens, voice.params.get("max_tokens"))

    async def model_info(self, branch: Branch | str | None = None, **keywords: Any) -> ModelInfo | None:
        """Return what its service says of the model that answers on a branch; None if it does not list it.

        Args:
            branch: The branch; the current one if left out.
            **keywords: As for `estimate`.

        Raises:
            ServiceError: the service cannot be asked.
        """
        service, voice = self._answerer(self._resolve(branch), keywords)
        return next((model for model in await service.models() if model.id == voice.model), None)

    async def context_window(self, branch: Branch | str | None = None) -> int | None:
        """Return how many tokens the model that answers on a branch can read; None if its service does not say.

        Raises:
            ServiceError: the service cannot be asked.
        """
        info = await self.model_info(branch)
        return info.context if info else None

    async def _found(self, position: Position, keywords: Mapping[str, Any]) -> Answerer:
        """Return who answers at `position`; a service that has no default model is asked for its only one."""
        try:
            return self._answerer(position, keywords)
        except ServiceChoiceError as error:
            service = self._services.get(error.service or "")
            if service is None:
                raise
            await service.models()
        return self._answerer(position, keywords)

    def _answerer(self, position: Position, keywords: Mapping[str, Any]) -> Answerer:
        """Return who answers at `position`, and how.

        The service is that of the call, else the preferred one, else that of the branch, else of the session; a model
        that the branch or session names counts only for the service that it was named with.
        """
        params = dict(keywords)
        given, model = params.pop("service", None), params.pop("model", None)
        if given is None:
            given, preferred_model = self._preferred_at(position)
            model = model or preferred_model
        with_sender = bool(params.pop("with_sender", False))
        session, layers = self._state.overlay, self._layers(position)
        name = next((layer["service"] for layer in layers if layer.get("service")), None)
        if given is None or isinstance(given, str):
            given = self._given_to(position.branch_id, given or name) or given or name
        service = self._service(given)
        merged = self._merged(layers) | checked_params(params)
        for layer in layers:
            if model is None and (layer.get("service") or session.get("service")) in {None, service.name}:
                model = layer.get("model")
        model = model or service.default_model
        if not model:
            raise ServiceChoiceError(
                f"{service.name} has no default model.",
                "Name one (in the shell: `--model NAME`).",
                service=service.name,
            )
        service.check(merged)
        return Answerer(service, Voice(service.name, model, merged, with_sender))

    def _named_models(self, models: Sequence[Named] | None, keywords: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
        """Yield for each model the keywords that name it; without any, none: those of who answers anyway.

        A service that was given with one model is known by its name to those after it.

        Raises:
            UsageError: they are none.
        """
        if models is None:
            yield {}
            return
        if isinstance(models, str) or not models:
            raise UsageError(f"models={models!r} names no models.", "Give a list of them.")
        for model in models:
            yield self._named_model(model, keywords)

    def _named_model(self, model: Named, keywords: Mapping[str, Any]) -> dict[str, Any]:
        """Return the keywords that name a model and, where that is said, its service.

        Raises:
            UsageError: it names none.
        """
        if isinstance(model, str) and model:
            service, colon, name = model.partition(":")
            if colon and keywords.get("service") is None and self._is_service(service):
                return {"service": service, "model": name or None}
            return {"model": model}
        if isinstance(model, tuple) and len(model) == 2:
            return {"service": model[0], "model": model[1]}
        raise UsageError(f"{model!r} names no model.", "Give its name, 'service:model' or (service, model).")

    def _is_service(self, name: str) -> bool:
        try:
            self._service(name)
        except ServiceChoiceError:
            return False
        return True

    def _layers(self, position: Position) -> list[Mapping[str, Any]]:
        """Return what says who answers at a position, and how: the branch, then the session.

        On a detached view it is the branch that was current before, as it is once something was written there.
        """
        ref = self._ref_at(position)
        own = [{"service": ref.service, "model": ref.model, "params": ref.params}] if ref is not None else []
        return [*own, self._state.overlay]

    def _ref_at(self, position: Position) -> Ref | None:
        return self._state.refs.get(position.branch_id) if position.branch_id else self._state.latest_ref()

    def _origins(self, position: Position) -> Iterator[str]:
        """Yield the id of the branch at a position, of the one that it was forked from, and so on."""
        ref, seen = self._ref_at(position), set[str]()
        while ref and ref.branch_id not in seen:  # a file may say that a branch comes from itself
            yield ref.branch_id
            seen.add(ref.branch_id)
            ref = self._state.refs.get(ref.fork_of or "")

    @staticmethod
    def _merged(layers: Sequence[Mapping[str, Any]]) -> dict[str, Json]:
        merged: dict[str, Json] = {}
        for layer in reversed(layers):
            merged |= layer.get("params") or {}
        return merged

    def _give(self, branch_id: str, service: Service) -> None:
        """Let a service object answer on a branch that names it."""
        self._given[branch_id] = service
        self._services.setdefault(service.name, service)

    def _given_to(self, branch_id: str | None, name: str | None) -> Service | None:
        """Return the service object of that name that a branch, or one it was forked from, was given."""
        for origin in self._origins(Position(branch_id)):
            service = self._given.get(origin)
            if service is not None and service.name == name:
                return service
        return None

    def _service(self, given: Service | str | None) -> Service:
        if given is not None and not isinstance(given, str):
            self._services.setdefault(given.name, given)
            return given
        if given is not None and given in self._services:
            return self._services[given]
        service = self._find_service(given)
        if service.name not in self._services:
            self._services[service.name] = service
            self._found_services.append(service)
        return self._services[service.name]
