"""The program in a real terminal, tmux, with the real embedded model: a user's first hour."""

from __future__ import annotations

import os
import re
import shutil
from typing import TYPE_CHECKING

import pytest
from tmux_terminal import terminal

from lion_tui import Session

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.timeout(600)  # each waits for many things, on a loaded machine for long

if shutil.which("tmux") is None and os.environ.get("CI") != "true":
    pytest.skip("tmux is not installed: the tests in a real terminal were left out", allow_module_level=True)


def answer(screen: str) -> str:
    """Return what the last answer says so far."""
    _, _, block = screen.rpartition("▎ smollm2-135m")
    return " ".join(re.findall(r"▎ ([^│\n]*)", block))


@pytest.mark.parametrize(("width", "height"), [(80, 24), (120, 40)])
def test_a_conversation_in_branches(tmp_path: Path, model_file: Path, width: int, height: int) -> None:
    file = tmp_path / "joke.parquet"
    with terminal(width, height, "open", str(file), LION_TUI_MODEL=str(model_file)) as pane:
        pane.until("Ask anything")
        pane.until("embedded")
        pane.tell_a_story()
        first = pane.until(lambda screen: "streaming 1" in screen and len(answer(screen)) > 10)
        pane.until(lambda screen: len(answer(screen)) > len(answer(first)))
        pane.keys("Escape")
        pane.until("■ stopped · m continue · R retry")
        pane.until(lambda screen: re.search(r"\bsaved", screen))

        pane.browse()
        pane.keys("R")
        pane.until(lambda screen: "‹2/2›" in screen and "streaming 1" in screen)
        pane.compose()
        pane.stop()

        pane.send("/fork try-2")
        pane.until("⎇ try-2")
        pane.send("Say hello.")
        pane.until(lambda screen: "▎ Say hello." in screen)
        pane.stop()
        pane.browse()
        pane.keys("-")
        pane.until(lambda screen: "⎇ main" in screen and "▎ Say hello." not in screen)

        pane.keys("F2")
        pane.until(lambda screen: "enter check out" in screen and "Say hello." in screen)
        pane.compose()

        pane.send("/compare main try-2")
        pane.until(lambda screen: "2 messages in common" in screen and "─ 1 main ─" in screen)
        pane.keys("l")
        screen = pane.until(
            lambda screen: (
                re.search(r"2 try-2 [✓■] · smollm2-135m", screen)
                and "▎ Say hello." in screen
                and ("column 2 of 2" in screen or width > 80)
            )
        )
        assert ("column 2 of 2" in screen) == (width == 80)
        pane.keys("c")
        pane.until(lambda screen: "in common" not in screen and "⎇ try-2" in screen)
        pane.keys("M-Left")
        pane.until("⎇ main")
        pane.keys("C-q")
        assert pane.ended() == 0

    session = Session.open(file)
    assert list(session.branches) == ["main", "try-2"]
    assert session.current.name == "main"
    assert [message.role for message in session.branches["try-2"].path()] == ["user", "assistant", "user", "assistant"]
    assert all(message.status in {"stopped", "complete"} for message in session.path() if message.role == "assistant")
    with terminal(width, height, "open", str(file), LION_TUI_MODEL=str(model_file)) as pane:
        pane.until(lambda screen: "⎇ main" in screen and "Write a very long story" in screen)
        pane.until("‹2/2›")
        pane.send("/checkout try-2")
        pane.until("▎ Say hello.")
        pane.keys("C-q")
        assert pane.ended() == 0
    compared = ["open", str(file), "--compare", "try-2", "main"]
    with terminal(width, height, *compared, LION_TUI_MODEL=str(model_file)) as pane:
        pane.until(lambda screen: re.search(r"1 try-2 [✓■] · smollm2-135m", screen) and "▎ Say hello." in screen)
        pane.until(lambda screen: "Ask anything" in screen and "› all" in screen)
        pane.keys("C-q")
        assert pane.ended() == 0


def test_the_keys_that_terminals_send_for_a_new_line(tmp_path: Path, model_file: Path) -> None:
    with terminal(80, 24, "open", str(tmp_path / "s.toml"), LION_TUI_MODEL=str(model_file)) as pane:
        pane.until("Ask anything")
        for number, key in enumerate(["C-j", "M-Enter"]):
            pane.tmux("send-keys", "-l", f"line {number}")
            pane.keys(key)
        pane.tmux("send-keys", "-l", "the last")
        pane.until(lambda screen: re.search(r"› line 0 *\n +line 1 *\n +the last", screen))
        pane.keys("C-q")
        assert pane.ended() == 0
    drafts = Session.open(tmp_path / "s.toml").state.drafts
    assert list(drafts.values()) == ["line 0\nline 1\nthe last"]


def test_within_tmux_shift_enter_arrives_and_nothing_is_left_behind(tmp_path: Path, model_file: Path) -> None:
    file = str(tmp_path / "s.toml")
    with terminal(80, 24, "open", file, LION_TUI_MODEL=str(model_file), TMUX="/nowhere,1,0") as pane:
        pane.until("Ask anything")
        pane.tmux("send-keys", "-l", "line 0")
        pane.keys("S-Enter")
        pane.tmux("send-keys", "-l", "the last")
        pane.until(lambda screen: re.search(r"› line 0 *\n +the last", screen))
        pane.keys("C-q")
        assert pane.ended() == 0
        pane.keys("S-Enter")  # no longer asked for: tmux types its name
        pane.until("S-Enter")
    assert list(Session.open(tmp_path / "s.toml").state.drafts.values()) == ["line 0\nthe last"]


def test_a_disk_that_refuses_is_said_on_the_terminal_after_the_screen(tmp_path: Path, model_file: Path) -> None:
    folder = tmp_path / "sessions"
    folder.mkdir()
    with terminal(80, 24, "open", str(folder / "[b]s.parquet"), LION_TUI_MODEL=str(model_file)) as pane:
        pane.until("Ask anything")
        pane.send("/system be brief")
        pane.send("Say hello.")
        pane.until("▎ Say hello.")
        pane.stop()
        pane.until(lambda screen: re.search(r"\bsaved", screen))
        folder.rename(tmp_path / "elsewhere")
        pane.send("/fork other")
        pane.keys("C-q")
        pane.until("Quitting again")
        pane.keys("C-q")
        assert pane.ended() == 3
        pane.until("[b]s.parquet was not saved")


def test_a_damaged_file_leaves_the_terminal_as_it_was(tmp_path: Path) -> None:
    (tmp_path / "s.parquet").write_bytes(b"PAR1 and no more")
    with terminal(80, 24, "open", str(tmp_path / "s.parquet")) as pane:
        assert pane.ended() == 3
        assert "s.parquet" in pane.screen()
        assert "Ask anything" not in pane.screen()


@pytest.mark.parametrize(("width", "height"), [(80, 24), (200, 60)])
def test_the_tour_with_the_keys_that_it_names(tmp_path: Path, model_file: Path, width: int, height: int) -> None:
    with terminal(width, height, "tour", LION_TUI_MODEL=str(model_file), LION_TUI_DATA=str(tmp_path)) as pane:
        pane.until("tour 1 of 8")
        for keys, then in (
            (("Escape",), "tour 2 of 8"),
            (("k", "k", "]"), "tour 3 of 8"),
            (("=",), "tour 4 of 8"),
            (("h",), "⎇ main"),  # what is voted for must have been in sight
            (("1",), "tour 5 of 8"),
            (("c",), "tour 6 of 8"),
            (("N",), "tour 7 of 8"),
        ):
            pane.keys(*keys)
            pane.until(then)
        pane.compose()
        pane.send("Warmer, please")
        pane.until(lambda shown: "streaming 1" in shown or "tour 8 of 8" in shown)
        pane.stop()  # a small model may go round in circles
        pane.until("tour 8 of 8")
