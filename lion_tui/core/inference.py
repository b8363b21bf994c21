"""What a session asks of a model and what comes back: the seam between the core and the services."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple, Protocol, TypeAlias

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Mapping

    from lion_tui.core.message import Json, Role


class Turn(NamedTuple):
    """One message as a model sees it."""

    role: Role
    content: str


class Request(NamedTuple):
    """One question to a model.

    Attributes:
        messages: The conversation, a system message (at most one) first. Neighbours may have the same role.
        model: The model; None for the service's default.
        params: Settings, by the names in `lion_tui.core.params.PARAMETERS`.
        prefill: The last message is the beginning of the answer: the model goes on from there.
    """

    messages: tuple[Turn, ...]
    model: str | None = None
    params: Mapping[str, Json] = MappingProxyType({})
    prefill: bool = False


class Delta(NamedTuple):
    """New text of an answer, never including what a prefill began with."""

    text: str = ""
    reasoning: str = ""


class Waiting(NamedTuple):
    """Nothing can be sent yet.

    Attributes:
        why: `budget`, `turn` while others are answered, `retry`, or of the embedded model `fetch` while it is fetched
            and `start` while it starts.
        seconds: How long it will take from now; zero if that is not known.
        detail: What is waited for, for the screen.
    """

    why: str
    seconds: float
    detail: str


class Usage(NamedTuple):
    """What an answer took, as far as the service says; None is unknown."""

    tokens_in: int | None = None
    tokens_out: int | None = None
    tokens_cached: int | None = None
    tokens_reasoning: int | None = None
    cost_usd: float | None = None


class Done(NamedTuple):
    """The end of an answer, always the last event.

    Attributes:
        finish_reason: `stop`, `length` (the cap was reached), `content_filter`, or what the service said.
        usage: What it took.
        model: The model that answered, as the service names it.
        parts: Content that is not text, if any.
    """

    finish_reason: str | None = None
    usage: Usage = Usage()
    model: str | None = None
    parts: Json = None


StreamEvent: TypeAlias = Delta | Waiting | Done


class ModelInfo(NamedTuple):
    """A model that a service offers.

    Attributes:
        id: The name to ask for it by.
        context: Its window, in tokens.
        price_in: US dollars for a million prompt tokens.
        price_out: US dollars for a million answer tokens.
        owner: Whom the service names as its owner; local servers write their own name there.
    """

    id: str
    context: int | None = None
    price_in: float | None = None
    price_out: float | None = None
    owner: str | None = None


class Estimated(NamedTuple):
    """What a prompt will take, before it is sent.

    Attributes:
        service: The name of the service that will answer.
        model: The model.
        tokens_in: How many tokens are sent, about: the prompt with the conversation before it.
        max_tokens: The cap of the reply; None without one.
    """

    service: str
    model: str
    tokens_in: int
    max_tokens: int | None

    def cost(self, listed: ModelInfo | None) -> tuple[float | None, float | None]:
        """Return what it costs in US dollars at the prices that are listed: at least, and at most.

        The least is the prompt alone, at most the reply reaches its cap. None is unknown.
        """
        if listed is None or listed.price_in is None:
            return None, None
        least = self.tokens_in * listed.price_in / 1e6
        if self.max_tokens is None or listed.price_out is None:
            return least, None
        return least, least + self.max_tokens * listed.price_out / 1e6


class Service(Protocol):
    """Something that answers: a provider's API, the embedded model, a script."""

    @property
    def name(self) -> str:
        """The name that a session file keeps, such as `openrouter`."""

    @property
    def default_model(self) -> str | None:
        """The model that answers when none is named; None if one must be."""

    @property
    def prefills(self) -> bool:
        """Whether it goes on from the beginning of an answer; else it is sent that and asked to continue."""

    def check(self, params: Mapping[str, Json]) -> None:
        """Refuse settings that the service does not take, before anything is sent.

        Raises:
            UnknownParameter: a setting that no model has, or that the service lacks.
            UsageError: a value that the setting cannot have.
        """

    def tokens(self, request: Request) -> int:
        """Return how many tokens the prompt of a request will be, about; its model must be named."""

    def stream(self, request: Request) -> AsyncGenerator[StreamEvent]:
        """Send the request and yield the answer as it comes, a `Done` last.

        Closing the generator, or cancelling the task that reads it, ends the request.

        Raises:
            ServiceError: no answer, or no more of it.
        """

    async def models(self) -> list[ModelInfo]:
        """Return the models that the service offers now.

        Raises:
            ServiceError: they cannot be had.
        """

    async def aclose(self) -> None:
        """Close connections and end what was started."""
