"""The program in a real terminal is killed, and opened again."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
from typing import TYPE_CHECKING

import pytest
from tmux_terminal import Terminal, eventually, terminal

from lion_tui import Session
from lion_tui.config.paths import sessions_dir

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.timeout(600)  # it waits for many things, on a loaded machine for long

if shutil.which("tmux") is None and os.environ.get("CI") != "true":
    pytest.skip("tmux is not installed: the test in a real terminal was left out", allow_module_level=True)


def words(screen: str) -> str:
    """Return what the last answer says so far."""
    _, _, block = screen.rpartition("▎ smollm2-135m")
    return " ".join(" ".join(re.findall(r"▎ ([^│\n]*)", block)).split())


def kill(pane: Terminal, lock: Path) -> None:
    """End the program that holds a lock without giving it time for anything."""
    os.kill(json.loads(lock.read_text())["pid"], signal.SIGKILL)
    assert pane.ended() == 128 + signal.SIGKILL


def drafts(file: Path) -> list[str]:
    """Return the drafts that a session would be opened with."""
    return list(Session.open(file).state.drafts.values())


def test_a_first_prompt_is_there_after_a_kill_and_so_is_an_edit(model_file: Path) -> None:
    model = {"LION_TUI_MODEL": str(model_file)}
    with terminal(120, 40, **model) as pane:
        pane.until("Ask anything")
        pane.tmux("send-keys", "-l", "my very first prompt")
        eventually(lambda: [*map(drafts, sessions_dir().glob("*.parquet"))] == [["my very first prompt"]])
        (file,) = sessions_dir().glob("*.parquet")
        kill(pane, file.with_name(f"{file.name}.lock"))
    with terminal(120, 40, "--resume", **model) as pane:
        pane.until("› my very first prompt")
        pane.keys("C-q")
        assert pane.ended() == 0
    with Session.open(file, write=True) as session:
        session.add_message("user", "a joke")
    with terminal(120, 40, "--resume", **model) as pane:
        pane.until("› my very first prompt")
        pane.browse()
        pane.keys("g", "e")
        pane.until("✎ a joke")
        pane.tmux("send-keys", "-l", ", the fourth")
        eventually(lambda: drafts(file) == ["a joke, the fourth\nmy very first prompt"])
        kill(pane, file.with_name(f"{file.name}.lock"))
    with terminal(120, 40, "--resume", **model) as pane:
        pane.until("› a joke, the fourth")
        pane.keys("C-q")
        assert pane.ended() == 0


def test_what_was_done_and_said_is_there_after_a_kill(tmp_path: Path, model_file: Path) -> None:
    file, journal = tmp_path / "story.parquet", tmp_path / "story.parquet.journal"
    with terminal(120, 40, "open", str(file), LION_TUI_MODEL=str(model_file)) as pane:
        pane.until("embedded")
        pane.send("/title A whale")
        pane.tell_a_story()
        said = words(pane.until(lambda screen: "streaming 1" in screen and len(words(screen)) > 20))
        eventually(journal.exists)
        for _ in range(2):  # the first growth may have begun before the look at the screen
            size = journal.stat().st_size
            eventually(lambda size=size: journal.stat().st_size > size)
        kill(pane, tmp_path / "story.parquet.lock")
    with terminal(120, 40, "open", str(file), LION_TUI_MODEL=str(model_file)) as pane:
        pane.until("Recovered ")
        pane.until("1 answer had not ended: it is kept as interrupted.")
        pane.until("m continue · R retry")
        pane.until("A whale ⎇ main")
        pane.keys("C-q")
        assert pane.ended() == 0
    assert list(tmp_path.iterdir()) == [file]
    session = Session.open(file)
    answer = session.path()[-1]
    assert (session.title, answer.status, session.report) == ("A whale", "interrupted", [])
    assert " ".join(answer.content.split()).startswith(said)
