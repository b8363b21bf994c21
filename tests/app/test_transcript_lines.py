"""The transcript's lines leave nothing behind: what they lean on in Textual, and that jumps make no garbage."""

from __future__ import annotations

import gc
import inspect
import sys
from collections import Counter
from inspect import Parameter, signature
from typing import TYPE_CHECKING

import pytest
from pygments.lexers import get_lexer_by_name  # type: ignore[import-untyped]  # it ships no types
from rich.console import Console
from rich.segment import Segment
from rich.style import Style
from stage import staged
from textual.app import App
from textual.color import Color
from textual.drivers.headless_driver import HeadlessDriver
from textual.events import ScreenResume
from textual.filter import Monochrome
from textual.screen import Screen
from textual.strip import Strip
from textual.widget import Widget

from lion_tui import Session
from lion_tui.app.keyboard import with_all_keys
from lion_tui.app.pasting import PasteReader
from lion_tui.app.transcript.line_strip import CACHES, LineStrip
from lion_tui.app.transcript.markdown import highlight

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

MESSAGES = 120
JUMPS = 40


@pytest.fixture
def garbage() -> Iterator[list[object]]:
    """Keep what the collector finds, instead of freeing it."""
    gc.collect()
    gc.set_debug(gc.DEBUG_SAVEALL)
    try:
        yield gc.garbage
    finally:
        gc.set_debug(0)
        gc.garbage.clear()
        gc.collect()


def test_a_strip_has_no_slot_that_a_line_does_not_know() -> None:
    known = {*CACHES, "_segments", "_cell_length", "_render_cache", "_link_ids", "_cell_count"}
    assert set(Strip.__slots__) == known
    line = LineStrip([], 0)
    assert all(hasattr(line, slot) for slot in known)


def test_a_line_that_is_drawn_as_it_is_stays_itself() -> None:
    line = LineStrip([Segment("ab", Style(bold=True)), Segment("  ", Style())], 4)
    end = Segment("▐", Style())
    filtered = line.apply_filter(Monochrome(), Color(0, 0, 0))
    assert line.crop(0, 4) is line
    assert line.crop_extend(0, 4, None) is line
    assert list(line.divide([4])) == [line]
    assert [piece.text for piece in line.divide([1, 3, 4, 9])] == ["a", "b ", " "]
    assert line.divide([1, 3, 4]) is line.divide([1, 3, 4]), "a line is composed at the same places in every frame"
    assert (type(filtered), type(line.with_end(end))) == (LineStrip, LineStrip)
    assert line.with_end(end) is line.with_end(end)
    assert (line.with_end(end).text, line.with_end(end).cell_length, line.text) == ("ab ▐", 4, "ab  ")
    assert line.render(Console()) is line.render(Console()), "what was made for the terminal is kept"
    assert {name for name in dir(line) if name in CACHES and getattr(line, name).get(0) is not None} == set()


def test_what_is_leaned_on_is_there() -> None:
    assert list(signature(Widget.render_lines).parameters) == ["self", "crop"]
    assert signature(Widget.refresh).parameters["regions"].kind is Parameter.VAR_POSITIONAL
    assert callable(Widget.notify_style_update)
    assert list(signature(Screen._push_result_callback).parameters) == ["self", "requester", "callback", "future"]
    assert list(signature(App._fatal_error).parameters) == ["self"]
    assert ScreenResume(refresh_styles=False).refresh_styles is False
    assert App()._driver is None
    assert "_tokens" in type(get_lexer_by_name("python")).__dict__, "compiled rules are a lexer class's own"


@pytest.mark.skipif(sys.platform == "win32", reason="Windows reads its console otherwise")
def test_the_reader_of_keys_can_be_replaced() -> None:
    from textual.drivers import linux_driver

    with_all_keys(linux_driver.LinuxDriver)
    assert issubclass(linux_driver.XTermParser, PasteReader)


@pytest.mark.skipif(sys.platform == "win32", reason="its driver is another one")
def test_what_the_driver_of_terminals_replaces_is_there() -> None:
    from textual.drivers import linux_driver
    from textual.drivers._writer_thread import WriterThread

    from lion_tui.app.terminal import LoopDriver, TerminalWriter

    for each in (WriterThread, TerminalWriter):
        assert all(hasattr(each, name) for name in ("start", "write", "flush", "stop"))
    assert "WriterThread(self._file)" in inspect.getsource(linux_driver.LinuxDriver.start_application_mode)
    assert "target=self._run_input_thread" in inspect.getsource(linux_driver.LinuxDriver.start_application_mode)
    for name in ("_run_input_thread", "disable_input", "send_message", "flush", "start_application_mode"):
        assert hasattr(linux_driver.LinuxDriver, name)
        assert name in LoopDriver.__dict__
    assert hasattr(Screen, "_clear_tooltip")


async def test_jumps_make_no_garbage_of_lines_and_keep_no_more_of_them(
    garbage: list[object], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(HeadlessDriver, "is_headless", False)  # so that lines are made for a terminal too
    async with staged(size=(100, 30)) as stage:
        for number in range(MESSAGES):
            stage.session.add_message(
                "user" if number % 2 == 0 else "assistant", f"**{number}** and\n\n- more\n- of it"
            )
        await stage.press("escape")

        async def jump() -> None:
            await stage.press("g")
            await stage.until("0** and")
            await stage.press("pagedown")
            await stage.press("G")
            await stage.until(f"{MESSAGES - 1} and")

        await jump()
        gc.collect()
        garbage.clear()
        before = sum(type(each) is LineStrip for each in gc.get_objects())
        for _ in range(JUMPS):
            await jump()
        gc.collect()
        found = Counter(type(each).__name__ for each in garbage)
        assert found[LineStrip.__name__] == 0
        after = sum(type(each) is LineStrip for each in gc.get_objects())
        assert after <= before + stage.app.size.height, "a window's lines may be there twice, while it is drawn"


async def test_code_gets_its_colours_once_the_screen_stands(tmp_path: Path) -> None:
    session = Session()
    session.add_message("user", "A function?")
    session.add_message("assistant", "```python\ndef f(): ...\n```")
    session.save(tmp_path / "code.parquet")
    highlight.postpone()
    try:
        async with staged(file=tmp_path / "code.parquet") as stage:
            keyword = stage.screen.chat._styles().markdown["code-keyword"].color
            assert keyword != stage.screen.chat._styles().markdown["code-block"].color

            def in_its_colour() -> bool:
                parts = [part for strip in stage.screen._compositor.render_strips() for part in strip]
                return any(part.text == "def" and part.style and part.style.color == keyword for part in parts)

            await stage.until(in_its_colour)
    finally:
        await highlight.catch_up()
