"""Copying from the transcript: the source, to the system's clipboard and through the terminal."""

from __future__ import annotations

import base64
import re

import pyperclip
import pytest
from hypothesis import given
from hypothesis import strategies as st
from stage import staged

from lion_tui.app import clipboard
from lion_tui.app.clipboard import osc_52, through_tmux

CODE = "# Title\n\n1. First:\n\n   ```python\n   a = 1\n   \tb = 2\n   ```\n\n```\nc = 3\n```\n"


class Terminal:
    """What was written to the terminal, and what the system's clipboard took."""

    def __init__(self) -> None:
        self.written: list[str] = []
        self.copied: list[str] = []
        self.has_clipboard = True

    def copy(self, text: str) -> None:
        if not self.has_clipboard:
            raise pyperclip.PyperclipException("none")
        self.copied.append(text)


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> Terminal:
    terminal = Terminal()
    monkeypatch.setattr(pyperclip, "copy", terminal.copy)
    monkeypatch.setattr(
        "textual.drivers.headless_driver.HeadlessDriver.write", lambda _, data: terminal.written.append(data)
    )
    monkeypatch.delenv("TMUX", raising=False)
    return terminal


async def test_y_copies_the_source_of_the_message(terminal: Terminal) -> None:
    async with staged(CODE) as stage:
        await stage.ask("a **bold** prompt")
        await stage.press("escape", "y")
        await stage.until(f"Copied the message, {len(CODE)} characters, to the clipboard.")
        assert terminal.copied == [CODE]
        assert osc_52(CODE) in terminal.written
        await stage.press("k", "y")
        await stage.until("Copied the message, 17 characters")
        assert terminal.copied[-1] == "a **bold** prompt"


async def test_y_copies_the_code_block_that_is_selected(terminal: Terminal) -> None:
    async with staged(CODE) as stage:
        await stage.ask("code")
        await stage.press("escape", "less_than_sign", "y")
        await stage.until("Copied code block 2, 1 line, to the clipboard.")
        await stage.press("less_than_sign", "y")
        await stage.until("Copied code block 1, 2 lines, to the clipboard.")
        await stage.press("k", "j", "y")
        await stage.until("Copied the message")
        assert terminal.copied == ["c = 3", "a = 1\n\tb = 2", CODE]


async def test_slash_copy_takes_the_number_of_a_code_block(terminal: Terminal) -> None:
    async with staged(CODE) as stage:
        await stage.send("/copy")
        await stage.until("There is no message yet.")
        await stage.press("ctrl+a", "ctrl+k")
        await stage.ask("code")
        await stage.send("/copy 2")
        await stage.until("Copied code block 2")
        assert terminal.copied == ["c = 3"]
        await stage.send("/copy 3")
        await stage.until("This message has no code block 3. It has 2 code blocks.")


async def test_without_a_system_clipboard_the_terminal_copies(terminal: Terminal) -> None:
    terminal.has_clipboard = False
    async with staged("Yes.") as stage:
        await stage.ask("one")
        await stage.press("escape", "y")
        await stage.until("Copied the message, 4 characters, through the terminal, if it lets programs copy (OSC 52).")
        assert osc_52("Yes.") in terminal.written


async def test_what_no_clipboard_takes_is_refused(terminal: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    terminal.has_clipboard = False
    monkeypatch.setattr(clipboard, "TERMINAL_LIMIT", 10)
    async with staged("Yes.") as stage:
        await stage.ask("one")
        await stage.press("escape", "y")
        await stage.until("The text is too long to copy through the terminal")
        assert not any("\x1b]52" in data for data in terminal.written)


async def test_inside_tmux_the_terminal_outside_is_told_too(
    terminal: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TMUX", "/tmp/tmux-0/default,1,0")  # noqa: S108 - only its presence counts
    async with staged("Yes.") as stage:
        await stage.ask("one")
        await stage.press("escape", "y")
        await stage.until("Copied")
        assert osc_52("Yes.") in terminal.written
        assert "\x1bPtmux;\x1b\x1b]52;c;WWVzLg==\a\x1b\\" in terminal.written


@given(st.text())
def test_any_text_arrives_through_tmux_as_it_is(text: str) -> None:
    sequence = through_tmux(osc_52(text))
    inner = re.fullmatch(r"\x1bPtmux;((?:[^\x1b]|\x1b\x1b)*)\x1b\\", sequence)
    assert inner
    payload = re.fullmatch(r"\x1b]52;c;([A-Za-z0-9+/=]*)\a", inner[1].replace("\x1b\x1b", "\x1b"))
    assert payload
    assert base64.b64decode(payload[1]).decode() == text
