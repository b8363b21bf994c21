"""Links in the transcript: where they lead is shown, a click opens them, and nothing else does."""

from __future__ import annotations

import webbrowser
from types import SimpleNamespace

import pytest
from rich.console import Console
from stage import staged

from lion_tui.app.app import LionApp
from lion_tui.app.links import open_link
from lion_tui.core.errors import UsageError

ANSWER = (
    "See [the docs](https://a.example/b 'title'), <mailto:me@a.example>, https://c.example/d and\n\n"
    "[not this](javascript:alert(1)), [nor this](file:///etc/passwd), [nor that](ftp://f.example).\n\n"
    "\x1b]8;;https://evil.example\x1b\\innocent\x1b]8;;\x1b\\"
)


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    opened: list[str] = []
    monkeypatch.setattr(webbrowser, "get", lambda: SimpleNamespace(name="firefox"))
    monkeypatch.setattr(LionApp, "open_url", lambda _, target: opened.append(target))
    return opened


async def test_a_click_opens_web_and_mail_and_says_where_it_went(opened: list[str]) -> None:
    async with staged(ANSWER) as stage:
        await stage.ask("links")
        assert "the docs <https://a.example/b>" in stage.shown()
        assert opened == []
        for text, target in (
            ("the docs", "https://a.example/b"),
            ("https://a.example/b", "https://a.example/b"),
            ("mailto:me", "mailto:me@a.example"),
            ("c.example", "https://c.example/d"),
        ):
            await stage.pilot.click(offset=stage.cell(text))
            await stage.until(f"Opened {target}.")
            assert opened.pop() == target
        for text in ("not this", "nor this", "nor that", "innocent", "See"):
            await stage.pilot.click(offset=stage.cell(text))
        await stage.settled()
        assert opened == []


async def test_a_drag_over_a_link_and_a_click_that_ends_a_selection_open_nothing(opened: list[str]) -> None:
    async with staged(ANSWER) as stage:
        await stage.ask("links")
        x, y = stage.cell("the docs")
        await stage.drag((x, y), (x + 3, y))
        await stage.pilot.click(offset=(x, y))
        assert stage.screen.chat.selected_source() == ""
        await stage.settled()
        assert opened == []


@pytest.mark.parametrize("name", ["w3m", "/usr/bin/lynx", "www-browser"])
async def test_a_browser_that_would_draw_over_the_screen_is_not_started(
    opened: list[str], monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setattr(webbrowser, "get", lambda: SimpleNamespace(name=name))
    async with staged(ANSWER) as stage:
        await stage.ask("links")
        await stage.pilot.click(offset=stage.cell("the docs"))
        await stage.until("There is no browser here to open https://a.example/b.")
        assert opened == []


@pytest.mark.parametrize("target", ["javascript:alert(1)", "file:///etc/passwd", "ftp://f.example", "https://a b", ""])
async def test_no_other_scheme_is_ever_opened(opened: list[str], target: str) -> None:
    async with staged() as stage:
        with pytest.raises(UsageError, match="Only web and mail addresses are opened"):
            await open_link(stage.app, target)
    assert opened == []


async def test_no_link_of_the_terminals_own_is_drawn() -> None:
    async with staged(ANSWER) as stage:
        await stage.ask("links")
        await stage.until("innocent")
        console = Console(force_terminal=True, color_system="truecolor")
        strips = stage.screen._compositor.render_strips()
        assert not any("\x1b]8" in strip.render(console) for strip in strips)
        assert not any(part.style and part.style.link for strip in strips for part in strip)
