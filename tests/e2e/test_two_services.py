"""Two real models of different services in one session: the embedded one, and a llama.cpp server of the user's own."""

from __future__ import annotations

import asyncio
import os
import re
import shutil
from typing import TYPE_CHECKING

import pytest
from tmux_terminal import terminal

from lion_tui import Services, Session
from lion_tui.services.local_process import ServerProcess, Spec

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

EMBEDDED, OTHER = ("embedded", "smollm2-135m"), ("second", "smollm2-other")
STORY = "Tell me a long story about a whale."

pytestmark = pytest.mark.timeout(600)  # waits for many things, on a loaded machine for long


@pytest.fixture
def other(model_file: Path) -> Iterator[ServerProcess]:
    process = ServerProcess(Spec(str(model_file), OTHER[1], n_ctx=4096, threads=1, nice=0))
    process.url.result(timeout=60)
    yield process
    process.stop()


@pytest.mark.skipif(
    shutil.which("tmux") is None and os.environ.get("CI") != "true",
    reason="tmux is not installed: the test in a real terminal is left out",
)
def test_two_services_answer_one_prompt_side_by_side_and_one_fuses(
    tmp_path: Path, model_file: Path, other: ServerProcess
) -> None:
    (tmp_path / "config.toml").write_text(
        f'service = "embedded"\n[services.second]\nbase_url = "{other.url.result()}/v1"\nmodel = "{OTHER[1]}"\n'
    )
    file = tmp_path / "whale.parquet"
    environment = {
        "LION_TUI_MODEL": str(model_file), "LION_TUI_CONFIG": str(tmp_path), "SECOND_API_KEY": other.key,
    }  # fmt: skip
    with terminal(120, 40, "open", str(file), **environment) as pane:
        pane.until("Ask anything")
        pane.until("embedded · smollm2-135m")
        pane.send("/set max_tokens=200 temperature=0.8")
        pane.until("Settings of main")
        pane.tmux("send-keys", "-l", STORY)
        pane.keys("F2")
        pane.until("enter check out")
        pane.keys("x")
        pane.until("[x] smollm2-135m · Embedded")
        pane.tmux("send-keys", "-l", "other")
        pane.until(lambda screen: "[ ] smollm2-other · second" in screen and "smollm2-135m · Embedded" not in screen)
        pane.keys("Tab")
        pane.until("2 marked · ← 1 answer each →")
        pane.keys("Enter")
        pane.until(lambda screen: "streaming 2" in screen and _columns_with_text(screen) == 2)
        pane.until(lambda screen: "1 main.smollm2-135m ✓" in screen and "2 main.smollm2-other ✓" in screen)
        pane.keys("2")
        pane.until("Voted for 2, smollm2-other")
        pane.keys("M")
        pane.until("by    second · smollm2-other")
        pane.keys("m")
        pane.until(lambda screen: "Type to find a model" in screen and "Ollama" in screen)
        pane.tmux("send-keys", "-l", "135m")
        pane.until(lambda screen: "Ollama" not in screen)
        pane.keys("Enter")
        pane.until("by    embedded · smollm2-135m")
        pane.keys("Enter")
        pane.until(lambda screen: re.search(r"fused from 2 .* tok/s", screen))  # the speed stands there at the end
        pane.keys("C-q")
        assert pane.ended() == 0

    session = Session.open(file)
    groups = session.groups.to_dict("records")
    assert [(row["service"], row["model"], row["status"]) for row in groups] == [
        (*EMBEDDED, "complete"), (*OTHER, "complete"),
    ]  # fmt: skip
    first, second = (session.message(row["node_id"]) for row in groups)
    assert first.parent_id == second.parent_id
    assert session.message(first.parent_id or "").content == STORY
    assert first.content != second.content
    (vote,) = session.votes.to_dict("records")
    assert vote["winner"] == second.node_id
    fused = session.branches["main.smollm2-other"].path()[-1]
    assert (fused.origin, fused.status, fused.service, fused.model) == ("merge", "complete", *EMBEDDED)
    assert fused.parent_id == first.parent_id
    assert set(fused.source_ids) == {first.node_id, second.node_id}


def _columns_with_text(screen: str) -> int:
    """Return in how many of the columns side by side there is text below the head of the answer."""
    lines = [line.split("││") for line in screen.splitlines() if "││" in line]
    return sum(any(any(map(str.isalpha, line[column])) for line in lines[1:]) for column in range(2))


async def test_the_library_asks_both_services_at_once(model_file: Path, other: ServerProcess) -> None:
    embedded = Services.Local(str(model_file))
    second = Services.OpenAICompatible(
        base_url=f"{other.url.result()}/v1", name=OTHER[0], api_key=other.key, model=OTHER[1]
    )
    session = Session("Answer in one sentence.", service=embedded, llmconfig={"max_tokens": 24, "temperature": 1.0})
    try:
        answers = await session.fan_out("Name a fruit.", [(embedded, None), (second, None)])
        assert [(each.service, each.model, each.status) for each in answers] == [
            (*EMBEDDED, "complete"), (*OTHER, "complete"),
        ]  # fmt: skip
        assert len({each.parent_id for each in answers}) == 1
        assert session.groups["service"].tolist() == [EMBEDDED[0], OTHER[0]]
        # Each branch goes on with the service that answered there.
        names = [each.branch or "" for each in answers]
        again = await session.fan_out("Another one.", branches=names)
        assert [each.service for each in again] == [EMBEDDED[0], OTHER[0]]
        session.vote(again, again[1])
        assert session.votes["winner_model"].tolist() == [OTHER[1]]
        fused = await session.merge(names, "main", service=second)
        assert (fused.origin, fused.service, fused.model) == ("merge", *OTHER)

        fresh = await asyncio.gather(
            session.parallel_chat("Say yes.", 2),
            session.parallel_chat("Say no.", 2, branch_config={"service": second, "model": OTHER[1]}),
        )
        assert [len(texts or []) for texts in fresh] == [2, 2]
        messages = session.all_messages
        asked = messages[messages["role"] == "assistant"].groupby("service")["content"].count()
        assert asked.to_dict() == {EMBEDDED[0]: 4, OTHER[0]: 5}
    finally:
        await embedded.aclose()
        await second.aclose()
