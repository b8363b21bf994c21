"""Which service answers."""

from __future__ import annotations

import asyncio
import json
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from mock_api import KEY, collect

from lion_tui.config.settings import ServiceSettings, Settings
from lion_tui.core.errors import ServiceChoiceError, Unreachable, UsageError
from lion_tui.core.inference import Done, Request, Turn
from lion_tui.services import choice
from lion_tui.services.choice import choose, choose_now, offered, service_named, service_names, service_title
from lion_tui.services.endpoint import Timeouts
from lion_tui.services.local import Local
from lion_tui.services.provider import PROVIDERS
from lion_tui.services.remote import RemoteService

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from lion_tui.core.inference import Service

NOTHING = Settings()
VARIABLES = {f"{name.upper()}_BASE_URL" for name, row in PROVIDERS.items() if row.local}


@pytest.fixture
def nobody_near(monkeypatch: pytest.MonkeyPatch, unused_tcp_port: int) -> None:
    """Let no local server be found: the developer's own may run."""
    for variable in VARIABLES:
        monkeypatch.setenv(variable, f"http://127.0.0.1:{unused_tcp_port}/v1")


@pytest.mark.parametrize("name", PROVIDERS)
def test_every_provider_has_a_name(name: str) -> None:
    of = service_named(name, NOTHING)
    assert of.name == name
    assert isinstance(of, RemoteService)
    assert of.provider.key_variable == f"{name.upper()}_API_KEY"
    assert of.provider.url_variable == f"{name.upper()}_BASE_URL"


def test_an_unknown_name_lists_the_known_ones() -> None:
    with pytest.raises(ServiceChoiceError, match="There is no service 'opnai'") as caught:
        service_named("opnai", NOTHING)
    for name in service_names(NOTHING):
        assert name in caught.value.remedy


def test_the_argument_goes_before_the_configuration_and_that_before_the_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GROQ_API_KEY", KEY)
    configured = Settings(service="mistral", model="m-x")
    assert choose_now("openai", settings=configured).name == "openai"
    assert choose_now(None, settings=configured).name == "mistral"
    assert choose_now(None, settings=configured).default_model == "m-x"
    assert choose_now("openai", settings=configured).default_model == PROVIDERS["openai"].default_model
    assert choose_now(None, settings=NOTHING).name == "groq"


def test_several_keys_and_no_choice_name_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GROQ_API_KEY", KEY)
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    with pytest.raises(ServiceChoiceError, match=r"several services: openai, groq\. .*--service NAME") as caught:
        choose_now(None, settings=NOTHING)
    assert KEY not in str(caught.value)
    assert choose_now("groq", settings=NOTHING).name == "groq"


def test_a_key_command_counts_as_a_key() -> None:
    settings = Settings(services={"anthropic": ServiceSettings(api_key_cmd="pass anthropic")})
    assert choose_now(None, settings=settings).name == "anthropic"


def test_without_anything_the_embedded_model_answers() -> None:
    assert choose_now(None, settings=NOTHING).name == "embedded"


@pytest.mark.usefixtures("nobody_near")
async def test_without_a_server_near_the_embedded_model_answers() -> None:
    assert (await choose(None, settings=NOTHING, probe_local=True)).name == "embedded"


@asynccontextmanager
async def listing(body: bytes) -> AsyncIterator[str]:
    """Run a server that answers every request with `body`, and give its address."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(f"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body)
        await writer.drain()
        writer.close()

    async with await asyncio.start_server(serve, "127.0.0.1", 0) as server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/v1"


@pytest.mark.usefixtures("nobody_near")
async def test_a_server_near_answers_if_it_is_looked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(choice, "_PROBE_S", 30)  # what is looked at is not how fast this machine is
    async with listing(b'{"data": [{"id": "m"}]}') as url, listing(b"<p>another program</p>") as other:
        settings = Settings(services={"box": ServiceSettings(base_url=url)})
        monkeypatch.setenv("OLLAMA_BASE_URL", other)
        monkeypatch.setenv("LLAMACPP_BASE_URL", url)
        for wanted, given, probe in (
            ("box", settings, True),
            ("llamacpp", NOTHING, True),
            ("embedded", NOTHING, False),
            ("openai", Settings(service="openai"), True),
        ):
            found = await choose(None, settings=given, probe_local=probe)
            assert found.name == wanted
            await found.aclose()


@pytest.mark.usefixtures("nobody_near")
async def test_a_server_near_that_asks_for_a_key_is_not_taken(llama: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LLAMACPP_BASE_URL", f"{llama.url}/v1")
    assert (await choose(None, settings=NOTHING, probe_local=True)).name == "embedded"


@pytest.mark.usefixtures("nobody_near")
@pytest.mark.parametrize(
    ("model", "wanted"),
    [
        ({"id": "m", "owned_by": "llamacpp"}, "llamacpp"),
        ({"id": "mlx-community/m"}, "mlx"),
        ({"id": "org/m", "owned_by": "vllm"}, "vllm"),
        ({"id": "org/m", "owned_by": "org"}, "transformers"),
        ({"id": "m", "owned_by": "another program"}, "embedded"),
    ],
)
async def test_servers_that_share_an_address_are_told_apart(
    monkeypatch: pytest.MonkeyPatch, model: dict[str, str], wanted: str
) -> None:
    monkeypatch.setattr(choice, "_PROBE_S", 30)
    sharing = ("llamacpp", "mlx", "vllm", "transformers")
    for name in sharing:
        monkeypatch.delenv(f"{name.upper()}_BASE_URL")
    async with listing(json.dumps({"data": [model]}).encode()) as url:
        here = {name: replace(row, base_url=url) if name in sharing else row for name, row in PROVIDERS.items()}
        monkeypatch.setattr(choice, "PROVIDERS", here)
        found = await choose(None, settings=NOTHING, probe_local=True)
        assert found.name == wanted
        await found.aclose()
        for name in {*sharing} - {wanted}:
            other = service_named(name, NOTHING)
            with pytest.raises(Unreachable, match=rf"Another server .*{name.upper()}_BASE_URL"):
                await other.models()
            monkeypatch.setenv(f"{name.upper()}_BASE_URL", url)  # who says so is believed
            assert [each.id for each in await other.models()] == [model["id"]]
            await other.aclose()


def test_a_service_of_ones_own() -> None:
    own = ServiceSettings(
        base_url="http://box.lan/v1",
        wire="messages",
        headers={"X-Team": "a"},
        model="big",
        max_requests=3,
        max_tokens=100,
        interval=5.0,
    )
    of = service_named("box", Settings(services={"box": own}))
    assert isinstance(of, RemoteService)
    assert (of.name, of.default_model, of.base_url) == ("box", "big", "http://box.lan/v1")
    assert of.provider.wire == "messages"
    assert of.provider.default_cap
    status = of.budget.status()
    assert (status.requests_left, status.tokens_left) == (3, 100)


def test_the_embedded_model_is_as_configured(tmp_path: Path) -> None:
    own = ServiceSettings(model=str(tmp_path / "big.gguf"), max_requests=3, max_tokens=100, interval=5.0, timeout=2.0)
    settings = Settings(services={"embedded": own})
    of = service_named("embedded", settings)
    assert isinstance(of, Local)
    assert (of.name, of.default_model) == ("embedded", "big")
    status = of.budget.status()
    assert (status.requests_left, status.tokens_left) == (3, 100)
    assert of._timeouts == Timeouts.of(2.0)
    assert service_names(settings).count("embedded") == 1


def test_the_model_beside_the_embedded_service_is_a_file() -> None:
    of = choose_now(None, settings=Settings(service="embedded", model="/models/big.gguf"))
    assert (of.name, of.default_model) == ("embedded", "big")


def test_a_key_for_the_embedded_model_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EMBEDDED_API_KEY", KEY)
    monkeypatch.setenv("GROQ_API_KEY", KEY)
    assert choose_now(None, settings=Settings(services={"embedded": ServiceSettings()})).name == "groq"


@pytest.mark.usefixtures("nobody_near")
async def test_a_server_near_whose_settings_are_wrong_is_not_taken() -> None:
    wrong = ServiceSettings(base_url="http://127.0.0.1:1/v1", headers={"X-Token": "näin"})
    settings = Settings(services={"box": wrong})
    assert (await choose(None, settings=settings, probe_local=True)).name == "embedded"
    with pytest.raises(UsageError, match="X-Token"):
        choose_now("box", settings=settings)


def test_a_provider_over_another_wire() -> None:
    of: Service = service_named("openai", Settings(services={"openai": ServiceSettings(wire="responses")}))
    assert isinstance(of, RemoteService)
    assert of.provider.wire == "responses"
    assert of.provider.title == "OpenAI"


def test_a_service_of_ones_own_needs_an_address() -> None:
    with pytest.raises(ServiceChoiceError, match=r"'box' has no address\. Set base_url in \[services.box\]"):
        service_named("box", Settings(services={"box": ServiceSettings()}))


async def test_a_configured_server_answers(llama: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MY_BOX_API_KEY", llama.key)
    settings = Settings(services={"my-box": ServiceSettings(base_url=f"{llama.url}/v1", model=llama.model)})
    of = choose_now(None, settings=settings)
    assert of.name == "my-box"
    assert [model.id for model in await of.models()] == [llama.model]
    await of.aclose()


async def test_the_base_url_comes_from_the_environment(llama: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENROUTER_BASE_URL", f"{llama.url}/v1")
    monkeypatch.setenv("OPENROUTER_API_KEY", llama.key)
    of = choose_now(None, settings=NOTHING)
    *_, done = await collect(of, Request((Turn("user", "Hi"),), model=llama.model, params={"max_tokens": 2}))
    assert isinstance(done, Done)
    assert done.model == llama.model


def test_what_is_likely_to_answer_is_offered_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GROQ_API_KEY", "gsk-1")
    names = offered(Settings(services={"work": ServiceSettings(base_url="http://127.0.0.1:1")}))
    assert names[:4] == ["work", "groq", "embedded", "ollama"]
    assert sorted(names) == sorted(["work", "embedded", *PROVIDERS])
    assert [service_title(name) for name in names[:4]] == ["work", "Groq", "Embedded", "Ollama"]
