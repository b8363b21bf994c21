"""The first screen: how soon it stands is a feature."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest
from stage import staged
from textual.app import App
from textual.screen import Screen
from textual.widget import Widget

from lion_tui import Session
from lion_tui.app.app import LionApp

if TYPE_CHECKING:
    from pathlib import Path


FIRST_SCREEN = """
import asyncio, json, sys
from lion_tui.app.left_out import leave_out
leave_out()
from lion_tui.app.app import LionApp
from lion_tui.app.opening import open_session

async def main():
    app = LionApp(open_session(None, service=None, model=None, system=None), prepare=False)
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.pause()
        loaded = sorted(sys.modules)
        await pilot.press("ctrl+p", *"quit", "enter")
        await pilot.pause()
        assert app._exit
    app.opened.session.close()
    return loaded

print(json.dumps(asyncio.run(main())))
"""
NOT_NEEDED = {
    *(
        "httpx",
        "pygments",
        "markdown_it",
        "pyarrow",
        "numpy",
        "pandas",
        "rapidfuzz",
        "pyperclip",
    ),
    *("lion_tui.storage.parquet", "lion_tui.storage.toml", "lion_tui.storage.salvage", "lion_tui.storage.exporters"),
    *("lion_tui.storage.catalogue", "lion_tui.storage.trash", "lion_tui.core.summary", "lion_tui.core.votes"),
    *("lion_tui.core.diff", "lion_tui.core.passages", "lion_tui.core.excerpt", "lion_tui.core.operations.voting"),
    "lion_tui.app.importing",
    *("lion_tui.app.screens.palette", "lion_tui.app.screens.picker", "lion_tui.app.screens.sessions"),
    *("lion_tui.app.screens.merge", "lion_tui.app.screens.fan_out", "lion_tui.app.screens.help"),
    *("lion_tui.app.shelf", "lion_tui.app.outgoing", "lion_tui.app.spending", "lion_tui.app.scoreboard"),
    *("lion_tui.app.transcript.markdown.document", "lion_tui.app.transcript.markdown.inline"),
    *("textual.widgets._input", "textual.widgets._option_list", "textual.widgets._markdown", "textual.scrollbar"),
}
"""What the first screen does without."""


def test_what_it_does_without_is_not_loaded() -> None:
    done = subprocess.run([sys.executable, "-c", FIRST_SCREEN], capture_output=True, text=True, check=True, timeout=60)
    assert NOT_NEEDED & set(json.loads(done.stdout)) == set()


def test_what_of_textual_this_leans_on_is_there() -> None:
    assert {"_layout_required", "_repaint_required", "_attach"} <= {*dir(Widget()), *vars(Widget())}
    assert {"_update_auto_focus", "_refresh_layout", "stack_updates"} <= {*dir(Screen)}
    assert {"_disable_notifications", "_disable_tooltips"} <= vars(App()).keys()


@pytest.fixture
def frames(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What was drawn, frame by frame: the names of Textual's kinds of updates."""
    drawn: list[str] = []
    display = LionApp._display

    def noted(app: LionApp, screen: Screen[Any], update: Any) -> None:
        if update is not None:
            drawn.append(type(update).__name__)
        display(app, screen, update)

    monkeypatch.setattr(LionApp, "_display", noted)
    return drawn


@pytest.mark.parametrize("size", [(80, 24), (120, 40), (200, 60)])
async def test_it_is_drawn_whole_once(size: tuple[int, int], frames: list[str]) -> None:
    async with staged(size=size) as stage:
        assert "Write below and press enter" in stage.shown()
        assert frames.count("LayoutUpdate") == 1
        assert len(frames) <= 2  # the other one says what the program has found out since
        frames.clear()
        await stage.write("x")
        assert frames
        assert set(frames) == {"ChopsUpdate"}


async def test_a_window_of_another_size_is_drawn_anew(tmp_path: Path) -> None:
    session = Session()
    session.add_message("user", " ".join(["word"] * 60))
    session.save(file := tmp_path / "s.parquet")
    async with staged(file=file) as stage:
        for size in ((80, 24), (120, 40), (200, 60), (120, 24)):
            await stage.pilot.resize_terminal(*size)
            await stage.settled()
            (chat,) = stage.screen.columns.transcripts
            assert len(stage.lines()) == size[1]
            texts = [line for line in stage.lines() if line[chat.region.x : chat.region.right].count("word") > 4]
            # As many words on a line as there is room for.
            assert all(line.count("word") >= (chat.size.width - 10) // 5 for line in texts[:-1]), stage.shown()
