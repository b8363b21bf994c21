"""The program in a real terminal is killed while an answer streams, and opened again."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
from typing import TYPE_CHECKING

import pytest
from tmux_terminal import eventually, terminal

from lion_tui import Session

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.timeout(600)  # it waits for many things, on a loaded machine for long

if shutil.which("tmux") is None and os.environ.get("CI") != "true":
    pytest.skip("tmux is not installed: the test in a real terminal was left out", allow_module_level=True)


def words(screen: str) -> str:
    """Return what the last answer says so far."""
    _, _, block = screen.rpartition("▎ smollm2-135m")
    return " ".join(" ".join(re.findall(r"▎ ([^│\n]*)", block)).split())


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
        os.kill(json.loads((tmp_path / "story.parquet.lock").read_text())["pid"], signal.SIGKILL)
        assert pane.ended() == 128 + signal.SIGKILL
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
