"""The doctor: which keys arrive, and what the terminal and the machine let the program do."""

from __future__ import annotations

from pathlib import Path

import pyperclip
import pytest
from stage import staged

from lion_tui.app.clipboard import round_trip
from lion_tui.app.doctor.facts import Fact, facts
from lion_tui.app.doctor.program import DoctorApp
from lion_tui.app.screens.doctor import DoctorScreen
from lion_tui.config.settings import Settings

TMUX = """#!/bin/sh
case "$*" in
  -V) echo "tmux 3.3a" ;;
  "show-options -sv extended-keys") echo "$EXTENDED" ;;
  "show-options -gwv allow-passthrough") echo off ;;
  "show-options -sv set-clipboard") echo on ;;
  "show-options -sv focus-events") echo on ;;
  "show-options -sv escape-time") echo "$ESCAPE" ;;
  *) exit 1 ;;
esac
"""


@pytest.fixture(autouse=True)
def terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the program run in a terminal that says nothing of itself."""
    names = (
        "TMUX",
        "STY",
        "ZELLIJ",
        "SSH_CONNECTION",
        "SSH_TTY",
        "TERM_PROGRAM",
        "COLORTERM",
        "NO_COLOR",
        "LC_TERMINAL",
    )
    for name in names:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TERM", "xterm-256color")


@pytest.fixture
def board(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Put a clipboard of memory in the place of the system's, and return all that was on it."""
    kept = ["before"]
    monkeypatch.setattr(pyperclip, "copy", kept.append)
    monkeypatch.setattr(pyperclip, "paste", lambda: kept[-1])
    return kept


def found(**wanted: str) -> dict[str, Fact]:
    return {f"{fact.section}/{fact.name}": fact for fact in facts((80, 24))}


# On the screen


async def test_each_key_is_shown_as_it_arrives(tmp_path: Path) -> None:
    async with staged("Yes.", file=tmp_path / "s.parquet") as stage:
        await stage.send("/doctor")
        await stage.until("Press each:")
        assert "· Shift+Enter" in stage.shown()
        await stage.press("shift+enter", "alt+left", "x", "ctrl+p")
        shown = stage.shown()
        assert "✓ Shift+Enter" in shown
        assert "✓ Alt+←" in shown
        assert "· Alt+→" in shown
        assert "Arrived:  shift+enter   alt+left   x   ctrl+p" in shown
        await stage.press("escape")
        await stage.until(lambda: not isinstance(stage.app.screen, DoctorScreen))
        assert stage.draft == ""


async def test_facts_come_and_scroll_at_the_smallest_size() -> None:
    async with staged("Yes.", size=(80, 24)) as stage:
        await stage.send("/doctor")
        await stage.until("program")
        await stage.until("esc close")
        assert "python" not in stage.shown()
        for _ in range(5):
            await stage.press("pagedown")
        await stage.until("python")
        await stage.press("escape")


async def test_the_clipboard_is_tried_and_put_back(board: list[str]) -> None:
    async with staged("Yes.") as stage:
        await stage.send("/doctor")
        await stage.press("c")
        await stage.until("gave back what was copied")
        assert board[1].startswith("lion-tui ")
        assert board[-1] == "before"
        await stage.press("escape")


async def test_without_a_clipboard_the_terminal_is_sent_the_text(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: str) -> str:
        raise pyperclip.PyperclipException("none")

    monkeypatch.setattr(pyperclip, "copy", refuse)
    monkeypatch.setattr(pyperclip, "paste", refuse)
    async with staged("Yes.") as stage:
        sent: list[str] = []
        monkeypatch.setattr(stage.app, "copy_to_clipboard", sent.append)
        await stage.send("/doctor")
        await stage.press("c")
        await stage.until("There is no system clipboard")
        assert len(sent) == 1
        assert sent[0] in stage.shown()
        await stage.press("escape")


async def test_bell_and_notices_are_sent_to_the_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    async with staged("Yes.") as stage:
        rung: list[int] = []
        written: list[str] = []
        monkeypatch.setattr(stage.app, "bell", lambda: rung.append(1))
        monkeypatch.setattr(stage.app._driver, "write", written.append)
        await stage.send("/doctor")
        await stage.press("b")
        await stage.until("The bell was rung")
        await stage.press("n")
        await stage.until("Two notices were sent")
        assert rung == [1]
        notices = [each for each in written if each.startswith(("\x1b]9;", "\x1b]99;"))]
        assert notices == ["\x1b]9;lion-tui: this is a notice\a", "\x1b]99;;lion-tui: this is a notice\x1b\\"]
        await stage.press("escape")


async def test_as_a_program_of_its_own_it_ends_with_esc() -> None:
    app = DoctorApp(Settings(theme="lion-light"))
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("alt+enter")
        assert isinstance(app.screen, DoctorScreen)
        assert app.theme == "lion-light"
        await pilot.press("escape")
    assert not app.is_running


def test_what_a_clipboard_changes_is_noticed(monkeypatch: pytest.MonkeyPatch, board: list[str]) -> None:
    assert round_trip("text") is True
    monkeypatch.setattr(pyperclip, "paste", lambda: "something else")
    assert round_trip("text") is False
    monkeypatch.setattr(pyperclip, "paste", b"\xff".decode)
    assert round_trip("text") is None


def test_a_folder_that_may_not_be_looked_at_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(path: Path) -> bool:
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr(Path, "exists", refuse)
    told = {fact.name: fact for fact in facts((80, 24)) if fact.section == "files"}
    assert "Permission denied" in told["sessions"].value
    assert "LION_TUI_DATA" in told["sessions"].advice
    assert "LION_TUI_CONFIG" in told["settings"].advice


# What is known


@pytest.mark.parametrize(
    ("environ", "key", "value", "advised"),
    [
        ({}, "terminal/program", "xterm-256color", False),
        ({"TERM_PROGRAM": "foot", "TERM_PROGRAM_VERSION": "1"}, "terminal/program", "foot 1 (xterm-256color)", False),
        ({"KITTY_WINDOW_ID": "1"}, "terminal/program", "kitty (xterm-256color)", False),
        ({}, "terminal/colours", "256", True),
        ({"COLORTERM": "truecolor"}, "terminal/colours", "16 million (COLORTERM)", False),
        ({"NO_COLOR": "1"}, "terminal/colours", "none, as NO_COLOR asks; marks and signs stay", False),
        ({}, "terminal/within", "nothing else", False),
        ({"STY": "1.pts", "SSH_CONNECTION": "a b"}, "terminal/within", "GNU Screen, ssh", False),
        ({"STY": "1.pts"}, "screen/keys", "those that it knows", True),
        ({}, "terminal/size", "80 by 24", False),
    ],
)  # fmt: skip
def test_what_is_known_of_a_terminal(
    environ: dict[str, str], key: str, value: str, advised: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, each in environ.items():
        monkeypatch.setenv(name, each)
    fact = found()[key]
    assert (fact.value, bool(fact.advice)) == (value, advised)


def test_the_settings_of_tmux_that_would_help(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "tmux").write_text(TMUX, encoding="utf-8")
    (tmp_path / "tmux").chmod(0o700)
    for name, value in {"PATH": f"{tmp_path}:/usr/bin:/bin", "TMUX": "x", "EXTENDED": "off", "ESCAPE": "500"}.items():
        monkeypatch.setenv(name, value)
    known = found()
    assert known["terminal/within"].value == "tmux 3.3a"
    lines = {name: fact.lines for name, fact in known.items() if fact.section == "tmux"}
    assert lines == {
        "tmux/extended-keys": ("set -s extended-keys on", "set -as terminal-features '*:extkeys'"),
        "tmux/allow-passthrough": ("set -g allow-passthrough on",),
        "tmux/set-clipboard": (),
        "tmux/focus-events": (),
        "tmux/escape-time": ("set -s escape-time 20",),
    }
    assert known["tmux/extended-keys"].value == "off"
    monkeypatch.setenv("EXTENDED", "on")
    monkeypatch.setenv("ESCAPE", "10")
    known = found()
    assert not known["tmux/extended-keys"].advice
    assert not known["tmux/escape-time"].advice


def test_where_keys_come_from_is_said_and_never_a_key(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    config = tmp_path / "config"
    config.mkdir()
    (config / "config.toml").write_text(
        '[services.work]\nbase_url = "https://host.example/v1"\napi_key_cmd = "echo sk-command"\n'
        '[services.near]\nbase_url = "http://127.0.0.1:1/v1"\n',
        encoding="utf-8",
    )
    monkeypatch.setenv("LION_TUI_CONFIG", str(config))
    monkeypatch.setenv("OPENAI_API_KEY", "sk-environment")
    known = found()
    assert known["services/openai"].value == "a key from OPENAI_API_KEY"
    assert known["services/work"].value == "a key from api_key_cmd"
    assert known["services/near"].value == "configured, without a key"
    assert "sk-" not in repr(known)
    assert "host.example" not in repr(known)


def test_a_folder_that_takes_nothing_and_settings_that_are_wrong_are_said(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    monkeypatch.setenv("LION_TUI_DATA", str(tmp_path / "file"))
    monkeypatch.setenv("LION_TUI_CONFIG", str(tmp_path))
    (tmp_path / "config.toml").write_text("sevice = 1", encoding="utf-8")
    known = found()
    assert "LION_TUI_DATA" in known["files/sessions"].advice
    assert "Did you mean service?" in known["files/settings"].advice
    assert known["files/embedded model"].value == "not fetched"
    monkeypatch.setenv("LION_TUI_MODEL", "/nowhere.gguf")
    assert "/nowhere.gguf" in found()["files/embedded model"].value
