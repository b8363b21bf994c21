"""The provider table: what is known of each service, one row each."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final, Literal, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from lion_tui.core.inference import ModelInfo
    from lion_tui.core.message import Json

WireName: TypeAlias = Literal["chat", "responses", "messages"]
"""OpenAI chat completions, OpenAI responses, Anthropic messages."""


def _nothing() -> Mapping[str, Json]:
    return MappingProxyType({})


@dataclass(frozen=True, slots=True, kw_only=True)
class Provider:
    """One service as the wires need to know it.

    Attributes:
        name: The name that files, options and the configuration use.
        title: The name on the screen.
        base_url: Where the API lives, the version included: `/models` and the wire's path are appended.
        key_variable: The environment variable of the key.
        url_variable: The environment variable that replaces `base_url`.
        needs_key: Whether a request without a key makes no sense.
        local: Whether it usually runs on this machine; such a service is looked for when nothing was chosen.
        wire: The protocol it speaks.
        cap: The field that caps the reply, in tokens, on the chat wire; the other wires have one of their own.
        default_cap: The cap that is sent when the request has none, where the wire demands one.
        seed: The field of the seed; None if the service has none.
        usage_in_stream: Whether `stream_options.include_usage` asks for the usage on the chat wire.
        prefill: What a conversation that ends in an assistant message does: the service does not go on from it
            (`none`), goes on and repeats it (`echoed`), or sends only what is new (`continued`).
        prefill_message: What the message that is gone on from carries besides.
        prefill_body: What a request with such a message carries besides.
        alternates: Whether neighbours of the same role are joined before sending.
        logprobs: Whether the service can tell the probability of each token.
        price: Where a cost comes from: each answer (`reported`), the list of models (`listed`), or nowhere.
        default_model: The model that answers when none is named.
        concurrent: How many answers it gets at once if nothing else is said; None is no limit.
        key_path: What answers a request that is made to test the key; lists of models may be public.
        extra: What every request on the chat wire carries besides.
        knows: Tells a model in its list from one of another server, where several have the same usual address.
    """

    name: str
    title: str
    base_url: str
    key_variable: str
    url_variable: str
    needs_key: bool = True
    local: bool = False
    wire: WireName = "chat"
    cap: Literal["max_tokens", "max_completion_tokens"] = "max_tokens"
    default_cap: int | None = None
    seed: str | None = "seed"
    usage_in_stream: bool = True
    prefill: Literal["none", "echoed", "continued"] = "none"
    prefill_message: Mapping[str, Json] = field(default_factory=_nothing)
    prefill_body: Mapping[str, Json] = field(default_factory=_nothing)
    alternates: bool = True
    logprobs: bool = False
    price: Literal["reported", "listed"] | None = None
    default_model: str | None = None
    concurrent: int | None = None
    key_path: str = "/models"
    extra: Mapping[str, Json] = field(default_factory=_nothing)
    knows: Callable[[ModelInfo], bool] | None = None


def _row(name: str, title: str, base_url: str, **facts: Any) -> Provider:
    variable = name.upper()
    return Provider(
        name=name,
        title=title,
        base_url=base_url,
        key_variable=f"{variable}_API_KEY",
        url_variable=f"{variable}_BASE_URL",
        **facts,
    )


def _local(name: str, title: str, port: int, **facts: Any) -> Provider:
    return _row(name, title, f"http://127.0.0.1:{port}/v1", needs_key=False, local=True, **facts)


_ONE_MACHINE: Final = 4
"""How many answers at once a server gets that is made for one machine; what is more waits here, where it is seen."""

_ROWS = (
    _row(
        "openai",
        "OpenAI",
        "https://api.openai.com/v1",
        cap="max_completion_tokens",
        alternates=False,
        logprobs=True,
        default_model="gpt-4.1-mini",
    ),
    _row(
        "openrouter",
        "OpenRouter",
        "https://openrouter.ai/api/v1",
        logprobs=True,
        price="reported",
        default_model="openrouter/auto",
        key_path="/key",
        extra=MappingProxyType({"usage": {"include": True}}),
    ),
    _row(
        "anthropic",
        "Anthropic",
        "https://api.anthropic.com/v1",
        wire="messages",
        default_cap=8192,
        seed=None,
        default_model="claude-sonnet-4-6",
    ),
    _row(
        "gemini",
        "Gemini",
        "https://generativelanguage.googleapis.com/v1beta/openai",
        default_model="gemini-flash-latest",
    ),
    _row(
        "groq",
        "Groq",
        "https://api.groq.com/openai/v1",
        cap="max_completion_tokens",
        prefill="continued",
        alternates=False,
        default_model="llama-3.3-70b-versatile",
    ),
    _row("deepseek", "DeepSeek", "https://api.deepseek.com/v1", logprobs=True, default_model="deepseek-chat"),
    _row(
        "mistral",
        "Mistral",
        "https://api.mistral.ai/v1",
        seed="random_seed",
        # Mistral sends the usage unasked and refuses fields that it does not know.
        usage_in_stream=False,
        prefill="echoed",
        prefill_message=MappingProxyType({"prefix": True}),
        default_model="mistral-small-latest",
    ),
    _row(
        "together",
        "Together",
        "https://api.together.xyz/v1",
        logprobs=True,
        price="listed",
        default_model="meta-llama/Llama-3.3-70B-Instruct-Turbo",
    ),
    _local("ollama", "Ollama", 11434, prefill="continued", alternates=False, concurrent=_ONE_MACHINE),
    _local("lmstudio", "LM Studio", 1234, concurrent=_ONE_MACHINE),
    _local(
        "llamacpp",
        "llama.cpp",
        8080,
        concurrent=_ONE_MACHINE,
        prefill="echoed",
        logprobs=True,
        knows=lambda model: model.owner == "llamacpp",
    ),
    _local(
        "vllm",
        "vLLM",
        8000,
        prefill="continued",
        prefill_body=MappingProxyType({"continue_final_message": True, "add_generation_prompt": False}),
        logprobs=True,
        knows=lambda model: model.owner == "vllm",
    ),
    _local("litellm", "LiteLLM", 4000),
    _local("mlx", "MLX", 8080, knows=lambda model: model.owner is None, concurrent=_ONE_MACHINE),
    _local(
        "transformers",
        "Transformers",
        8000,
        # It sends the usage unasked or not at all, and refuses the field where it checks what it is sent.
        usage_in_stream=False,
        concurrent=_ONE_MACHINE,
        knows=lambda model: model.owner == model.id.partition("/")[0],
    ),
)

PROVIDERS: Final[Mapping[str, Provider]] = MappingProxyType({row.name: row for row in _ROWS})
"""Every provider, by name, in the order in which they are offered."""


_MESSAGES_CAP: Final = 4096
"""The cap where the wire demands one and nothing is known of the model."""


def speaking(row: Provider, wire: WireName) -> Provider:
    """Return the row of the same service over another wire."""
    cap = row.default_cap or (_MESSAGES_CAP if wire == "messages" else None)
    return replace(row, wire=wire, default_cap=cap)


def compatible(name: str, base_url: str, wire: WireName = "chat") -> Provider:
    """Return a row for a server of which only its address and its protocol are known.

    Its key and address variables are derived from the name: `my-server` has `MY_SERVER_API_KEY`.
    """
    variable = "".join(c if c.isascii() and c.isalnum() else "_" for c in name).upper()
    row = Provider(
        name=name,
        title=name,
        base_url=base_url,
        key_variable=f"{variable}_API_KEY",
        url_variable=f"{variable}_BASE_URL",
        needs_key=False,
    )
    return speaking(row, wire)
