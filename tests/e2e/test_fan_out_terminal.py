"""One prompt, several answers of the real embedded model at once, in a real terminal: blind vote, pick, undo, quit."""

from __future__ import annotations

import asyncio
import os
import re
import shutil
from typing import TYPE_CHECKING

import pytest
from tmux_terminal import terminal

from lion_tui import Services, Session
from lion_tui.core.inference import Turn

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.timeout(600)  # each waits for many things, on a loaded machine for long


@pytest.mark.skipif(
    shutil.which("tmux") is None and os.environ.get("CI") != "true",
    reason="tmux is not installed: the test in a real terminal is left out",
)
def test_six_answers_at_once_a_blind_vote_and_the_winner(tmp_path: Path, model_file: Path) -> None:
    file = tmp_path / "colours.parquet"
    with terminal(200, 60, "open", str(file), LION_TUI_MODEL=str(model_file)) as pane:
        pane.until("Ask anything")
        pane.until("embedded")
        pane.send("/set max_tokens=60 temperature=1.2")
        pane.until("Settings of main")
        pane.tmux("send-keys", "-l", "Name a colour and say why.")
        pane.keys("F2")
        pane.until("enter check out")
        pane.keys("x")
        pane.until("2 answers each")
        for _ in range(4):
            pane.keys("Right")
        pane.until("6 requests")
        pane.keys("Enter")
        pane.until("The embedded model answers 4 at once")
        pane.until(lambda screen: "streaming" in screen and re.search(r"▎ \w+", screen))
        pane.until(lambda screen: "streaming" not in screen and "3 main.smollm2-135m.3 ✓" in screen)
        pane.keys("B")
        pane.until(lambda screen: "─ 1 ✓ ─" in screen and "main.smollm2" not in screen and "tok/s" not in screen)
        pane.keys("3")
        pane.until("Voted for 3, smollm2-135m")
        pane.keys("W")
        pane.until("main goes on from here")
        pane.keys("C-q")
        assert pane.ended() == 0

    session = Session.open(file)
    assert len(session.branches) == 7
    (vote,) = session.votes.to_dict("records")
    assert vote["blind"]
    assert vote["winner"] == vote["order_shown"][2] == session.branches["main"].path()[-1].node_id
    assert session.groups["status"].tolist() == ["complete"] * 6
    assert len(set(session.groups["node_id"].map(lambda node_id: session.message(node_id).content))) > 1


async def test_columns_of_the_real_model_go_on_with_their_own_context(model_file: Path) -> None:
    service = Services.Local(str(model_file))
    session = Session("You answer in one short sentence.", service=service, llmconfig={"max_tokens": 12, "seed": 1})
    names = [answer.branch or "" for answer in await session.fan_out("Name a fruit.", n=3, temperature=1.3)]
    answers = await session.fan_out("Say it again.", branches=names)
    for name, answer in zip(names, answers, strict=True):
        path = session.branches[name].path()
        assert path[-1] == answer
        assert answer.status == "complete"
        sent = [Turn(**turn) for turn in session.branches[name].chat_messages[:-1]]
        assert [turn.content for turn in sent] == [message.content for message in path[:-1]]
    many = await asyncio.wait_for(session.parallel_chat("Say yes.", 6), 120)
    assert many is not None
    assert len(many) == 6
    await service.aclose()
