"""Where keys come from, in which order, and what happens without one."""

from __future__ import annotations

import shlex
import sys
from types import ModuleType
from typing import Any

import httpx
import pytest
from mock_api import KEY, Script, answer, collect, refusal, service

from lion_tui.core.errors import BadAnswer, KeyMissing, KeyRefused
from lion_tui.services import Services
from lion_tui.services.keys import KEYRING_SERVICE, KeySource, keep_key
from lion_tui.services.provider import PROVIDERS

ROW = PROVIDERS["openrouter"]


def printing(code: str) -> str:
    return shlex.join([sys.executable, "-c", code])


@pytest.fixture
def keyring(monkeypatch: pytest.MonkeyPatch) -> dict[tuple[str, str], str]:
    """Put a keyring in the place of the system's."""
    kept: dict[tuple[str, str], str] = {}
    module, errors = ModuleType("keyring"), ModuleType("keyring.errors")
    errors.KeyringError = type("KeyringError", (Exception,), {})  # type: ignore[attr-defined]
    module.errors = errors  # type: ignore[attr-defined]

    def get_password(of: str, user: str) -> str | None:
        if user == "GROQ_API_KEY":
            raise errors.KeyringError("locked")
        return kept.get((of, user))

    def set_password(of: str, user: str, key: str) -> None:
        if user == "GROQ_API_KEY":
            raise errors.KeyringError("locked")
        kept[of, user] = key

    module.get_password = get_password  # type: ignore[attr-defined]
    module.set_password = set_password  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "keyring", module)
    monkeypatch.setitem(sys.modules, "keyring.errors", errors)
    return kept


async def test_the_order_is_argument_environment_keyring_command(
    monkeypatch: pytest.MonkeyPatch, keyring: dict[tuple[str, str], str]
) -> None:
    command = printing("print('from-command')")
    assert await KeySource(ROW, None, command).find() == "from-command"
    keyring[KEYRING_SERVICE, "OPENROUTER_API_KEY"] = "from-keyring"
    assert await KeySource(ROW, None, command).find() == "from-keyring"
    monkeypatch.setenv("OPENROUTER_API_KEY", "from-environment")
    assert await KeySource(ROW, None, command).find() == "from-environment"
    assert await KeySource(ROW, "given", command).find() == "given"


async def test_a_locked_keyring_leaves_the_command(keyring: Any) -> None:
    del keyring
    assert await KeySource(PROVIDERS["groq"], None, printing("print('k')")).find() == "k"


async def test_without_the_keyring_package_there_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "keyring", None)
    with pytest.raises(KeyMissing, match=r"OpenRouter needs a key and none was found\. Set OPENROUTER_API_KEY\."):
        await KeySource(ROW).find()


async def test_a_service_without_a_key_fails_at_the_first_request_only() -> None:
    of = Services.Anthropic()
    with pytest.raises(KeyMissing, match="Set ANTHROPIC_API_KEY"):
        await collect(of)


async def test_a_local_server_needs_none() -> None:
    script = Script(answer())
    await collect(service(script, "ollama", api_key=None))
    assert "authorization" not in script.requests[0].headers


async def test_a_key_that_appears_in_the_environment_is_found_without_a_restart(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    script = Script(answer())
    of = service(script, api_key=None)
    with pytest.raises(KeyMissing):
        await collect(of)
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    await collect(of)
    assert script.requests[0].headers["authorization"] == f"Bearer {KEY}"


@pytest.mark.parametrize("key", ["sk-two\nlines", "sk-ключ", "sk two", "sk-\x00"])
async def test_what_cannot_be_a_key_is_not_sent_and_not_shown(key: str) -> None:
    script = Script(answer())
    with pytest.raises(KeyMissing, match="holds characters that no key has") as caught:
        await collect(service(script, api_key=key))
    assert key not in f"{caught.value!s}{caught.value!r}"
    assert not script.requests


async def test_space_around_a_key_is_taken_off() -> None:
    assert await KeySource(ROW, "  key\n").find() == "key"


@pytest.mark.parametrize(
    ("command", "says"),
    [
        (printing("raise SystemExit(3)"), "ended with status 3"),
        (printing("pass"), "printed nothing"),
        ("/no/such/program", "cannot be run"),
        ("'unbalanced", "cannot be run"),
    ],
)
async def test_a_command_that_gives_no_key_says_why(command: str, says: str) -> None:
    with pytest.raises(KeyMissing, match=f"The key command for OpenRouter {says}") as caught:
        await KeySource(ROW, None, command).find()
    assert "api_key_cmd of [services.openrouter]" in caught.value.remedy


async def test_what_a_failing_command_prints_is_not_shown() -> None:
    command = printing("import sys; print('sk-half'); print('sk-err', file=sys.stderr); sys.exit(1)")
    with pytest.raises(KeyMissing) as caught:
        await KeySource(ROW, None, command).find()
    assert "sk-half" not in str(caught.value)
    assert "sk-err" not in str(caught.value)


async def test_the_command_runs_once_and_again_after_a_refusal(tmp_path: Any) -> None:
    count = tmp_path / "count"
    code = f"f = open({str(count)!r}, 'a'); f.write('x'); f.flush(); print('key', f.tell(), sep='-')"
    script = Script(answer(), answer(), refusal(401), answer())
    of = service(script, api_key=None, api_key_cmd=printing(code))
    await collect(of)
    await collect(of)
    with pytest.raises(KeyRefused):
        await collect(of)
    await collect(of)
    sent = [request.headers["authorization"].removeprefix("Bearer ") for request in script.requests]
    assert sent == ["key-1", "key-1", "key-1", "key-2"]


async def test_a_key_that_is_typed_in_is_tested_and_then_used(llama: Any) -> None:
    of = Services.LlamaCpp(base_url=f"{llama.url}/v1", api_key="wrong")
    with pytest.raises(KeyRefused):
        await of.use_key("wrong-as-well")
    await of.use_key(llama.key)
    assert [model.id for model in await of.models()] == [llama.model]


async def test_openrouter_lists_models_without_a_key_so_its_own_address_tests_it() -> None:
    script = Script(refusal(401), httpx.Response(200, json={"data": {}}), answer())
    of = service(script, "openrouter", api_key=None)
    with pytest.raises(KeyRefused):
        await of.use_key("sk-or-wrong")
    await of.use_key("sk-or-right")
    await collect(of)
    assert [request.url.path for request in script.requests] == ["/api/v1/key"] * 2 + ["/api/v1/chat/completions"]
    assert script.requests[-1].headers["authorization"] == "Bearer sk-or-right"


async def test_a_key_that_is_kept_is_found_again(keyring: Any) -> None:
    del keyring
    assert keep_key(ROW, "kept")
    assert await KeySource(ROW).find() == "kept"
    assert not keep_key(PROVIDERS["groq"], "kept")


def test_without_the_keyring_package_nothing_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "keyring", None)
    assert not keep_key(ROW, "kept")


def test_nothing_shows_a_key() -> None:
    of = Services.OpenAI(api_key=KEY)
    assert KEY not in f"{of!r}{of!s}{KeySource(ROW, KEY)!r}"


async def test_a_page_is_no_sign_that_a_key_was_taken() -> None:
    page = httpx.Response(200, headers={"content-type": "text/html"}, text="<html>Please log in</html>")
    script = Script(page, answer())
    of = service(script, api_key="old")
    with pytest.raises(BadAnswer, match="OpenAI sent something else than JSON"):
        await of.use_key("new")
    await collect(of)
    assert script.requests[-1].headers["authorization"] == "Bearer old"
