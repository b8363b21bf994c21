"""The services as a program names them: `Services.OpenRouter(max_requests=10, interval=60)`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, TypedDict

from lion_tui.core.errors import UsageError
from lion_tui.services.budget import Budget
from lion_tui.services.provider import PROVIDERS, Provider, WireName, compatible
from lion_tui.services.remote import RemoteService
from lion_tui.services.scripted import Line, Scripted

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from typing import Any, Unpack

    from lion_tui.services.endpoint import Timeouts
    from lion_tui.services.local import Local


class _Options(TypedDict, total=False):
    """What every factory takes, `OpenAICompatible` included.

    Attributes:
        model: The model that answers when none is named.
        api_key: The key; without it, the environment, the keyring and `api_key_cmd` are asked at the first request.
        api_key_cmd: A command that prints the key.
        headers: Headers that every request carries besides.
        timeout: Seconds to wait at most for a connection or a token, or `Timeouts`.
        max_requests: The budget of requests in any `interval`; no limit if left out.
        max_tokens: The budget of tokens in any `interval`, prompts and answers; not the cap of a reply.
        interval: Seconds, 60 if left out.
        max_concurrent: How many answers may come at once; more wait. If left out, a few from servers that are made for
            one machine, and no limit for others.
    """

    model: str | None
    api_key: str | None
    api_key_cmd: str | None
    headers: Mapping[str, str] | None
    timeout: float | Timeouts | None
    max_requests: int | None
    max_tokens: int | None
    interval: float
    max_concurrent: int | None


class Options(_Options, total=False):
    """What the factory of a provider takes.

    Attributes:
        base_url: The address, in place of the environment's and the provider's.
    """

    base_url: str | None


def remote(
    provider: Provider,
    *,
    max_requests: int | None = None,
    max_tokens: int | None = None,
    interval: float = 60.0,
    max_concurrent: int | None = None,
    **options: Any,
) -> RemoteService:
    """Return the service of `provider` with a budget of its own."""
    budget = Budget(
        provider.title,
        max_requests=max_requests,
        max_tokens=max_tokens,
        interval=interval,
        max_concurrent=max_concurrent or provider.concurrent,
    )
    return RemoteService(provider, budget=budget, **options)


_NETWORK_ONLY: Final = frozenset({"base_url", "api_key", "api_key_cmd", "headers", "timeout"})
"""The options of a factory that mean nothing where nothing is sent."""


class Services:
    """Everything that can answer. A factory opens nothing and never fails for want of a key."""

    @staticmethod
    def OpenAI(**options: Unpack[Options]) -> RemoteService:  # noqa: N802 - a provider's name, as are those below
        """OpenAI, through chat completions. Key: OPENAI_API_KEY."""
        return remote(PROVIDERS["openai"], **options)

    @staticmethod
    def OpenRouter(**options: Unpack[Options]) -> RemoteService:  # noqa: N802
        """OpenRouter, which reports what each answer costs. Key: OPENROUTER_API_KEY."""
        return remote(PROVIDERS["openrouter"], **options)

    @staticmethod
    def Anthropic(**options: Unpack[Options]) -> RemoteService:  # noqa: N802
        """Anthropic, through messages. Key: ANTHROPIC_API_KEY."""
        return remote(PROVIDERS["anthropic"], **options)

    @staticmethod
    def Gemini(**options: Unpack[Options]) -> RemoteService:  # noqa: N802
        """Google's Gemini, through its OpenAI-compatible address. Key: GEMINI_API_KEY."""
        return remote(PROVIDERS["gemini"], **options)

    @staticmethod
    def Groq(**options: Unpack[Options]) -> RemoteService:  # noqa: N802
        """Groq. Key: GROQ_API_KEY."""
        return remote(PROVIDERS["groq"], **options)

    @staticmethod
    def DeepSeek(**options: Unpack[Options]) -> RemoteService:  # noqa: N802
        """DeepSeek. Key: DEEPSEEK_API_KEY."""
        return remote(PROVIDERS["deepseek"], **options)

    @staticmethod
    def Mistral(**options: Unpack[Options]) -> RemoteService:  # noqa: N802
        """Mistral. Key: MISTRAL_API_KEY."""
        return remote(PROVIDERS["mistral"], **options)

    @staticmethod
    def Together(**options: Unpack[Options]) -> RemoteService:  # noqa: N802
        """Together. Key: TOGETHER_API_KEY."""
        return remote(PROVIDERS["together"], **options)

    @staticmethod
    def Ollama(**options: Unpack[Options]) -> RemoteService:  # noqa: N802
        """Ollama on this machine, or at OLLAMA_BASE_URL."""
        return remote(PROVIDERS["ollama"], **options)

    @staticmethod
    def LMStudio(**options: Unpack[Options]) -> RemoteService:  # noqa: N802
        """LM Studio on this machine, or at LMSTUDIO_BASE_URL."""
        return remote(PROVIDERS["lmstudio"], **options)

    @staticmethod
    def LlamaCpp(**options: Unpack[Options]) -> RemoteService:  # noqa: N802
        """A llama.cpp server on this machine, or at LLAMACPP_BASE_URL."""
        return remote(PROVIDERS["llamacpp"], **options)

    @staticmethod
    def VLLM(**options: Unpack[Options]) -> RemoteService:  # noqa: N802
        """A vLLM server on this machine, or at VLLM_BASE_URL."""
        return remote(PROVIDERS["vllm"], **options)

    @staticmethod
    def LiteLLM(**options: Unpack[Options]) -> RemoteService:  # noqa: N802
        """A LiteLLM proxy on this machine, or at LITELLM_BASE_URL. Key, if it asks for one: LITELLM_API_KEY."""
        return remote(PROVIDERS["litellm"], **options)

    @staticmethod
    def MLX(**options: Unpack[Options]) -> RemoteService:  # noqa: N802
        """The server of `mlx_lm.server` on this machine, or at MLX_BASE_URL."""
        return remote(PROVIDERS["mlx"], **options)

    @staticmethod
    def Transformers(**options: Unpack[Options]) -> RemoteService:  # noqa: N802
        """The server of `transformers serve` on this machine, or at TRANSFORMERS_BASE_URL."""
        return remote(PROVIDERS["transformers"], **options)

    @staticmethod
    def OpenAICompatible(  # noqa: N802
        *, base_url: str, name: str = "compatible", wire: WireName = "chat", **options: Unpack[_Options]
    ) -> RemoteService:
        """Any server that speaks one of the wires.

        Args:
            base_url: Its address, http or https, up to and without `/chat/completions`.
            name: The name that session files keep.
            wire: `chat`, `responses` or `messages`.
            options: What every factory takes.
        """
        return remote(compatible(name, base_url, wire), base_url=base_url, **options)

    @staticmethod
    def Local(  # noqa: N802
        model: str | None = None,
        *,
        api_key: str | None = None,
        base_url: str | None = None,
        max_requests: int | None = None,
        max_tokens: int | None = None,
        interval: float = 60.0,
        max_concurrent: int | None = None,
        **options: Any,
    ) -> Local:
        """The model that comes with lion-tui, or the GGUF file `model`, on this machine without a server.

        Raises:
            UsageError: it is given a key or an address, of which it has neither.
        """
        from lion_tui.services.local import PARALLEL, Local

        if api_key is not None or base_url is not None:
            raise UsageError(
                "The embedded model has neither a key nor an address.",
                "Services.LlamaCpp(base_url=…) reaches a server that runs already.",
            )
        budget = Budget(
            "The embedded model",
            max_requests=max_requests,
            max_tokens=max_tokens,
            interval=interval,
            max_concurrent=max_concurrent or options.get("n_parallel", PARALLEL),
        )
        return Local(model, budget=budget, **options)

    @staticmethod
    def Scripted(  # noqa: N802
        replies: Line | Iterable[Line],
        *,
        max_requests: int | None = None,
        max_tokens: int | None = None,
        interval: float = 60.0,
        max_concurrent: int | None = None,
        **options: Any,
    ) -> Scripted:
        """A service that says what it was told to; `Scripted` has the options.

        It takes what every other factory takes, so that it can stand in for any; the address, the key, the headers and
        the timeout are ignored.
        """
        options = {name: value for name, value in options.items() if name not in _NETWORK_ONLY}
        name = options.get("name", "scripted")
        budget = Budget(
            name,
            max_requests=max_requests,
            max_tokens=max_tokens,
            interval=interval,
            max_concurrent=max_concurrent,
        )
        return Scripted(replies, budget=budget, **options)
