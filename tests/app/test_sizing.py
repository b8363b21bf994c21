"""What it took, and what will be sent: lists on keys, the latter from the composer too."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stage import staged

from lion_tui.app.screens.listing import Listing
from lion_tui.core.inference import ModelInfo, Usage
from lion_tui.services.scripted import Reply, Scripted

if TYPE_CHECKING:
    from pathlib import Path

    import pytest


async def test_costs_name_what_is_unknown_and_count_what_is_shared_once() -> None:
    replies = [
        Reply(text="Yes.", usage=Usage(tokens_in=10, tokens_out=5, cost_usd=0.25)),
        Reply(text="No.", usage=Usage(tokens_in=20, tokens_out=7)),
    ]
    async with staged(Scripted(replies)) as stage:
        await stage.ask("first")
        await stage.send("/fork other")
        await stage.ask("second")
        await stage.press("escape", "dollar_sign")
        await stage.until("Costs · ")
        await stage.until("│ session ")
        assert "$0.2500" in stage.row("⎇ main")
        assert "–" in stage.row("since its fork")
        assert "4 msgs" in stage.row("│ session ")
        assert "≥$0.2500" in stage.row("│ session ")
        assert "20 in" in stage.row("│ selected ")
        await stage.write("main")
        await stage.press("enter")
        await stage.until(lambda: not isinstance(stage.app.screen, Listing))
        assert stage.session.current.name == "main"


async def test_what_will_be_sent_is_shown_from_the_composer_with_its_sizes() -> None:
    service = Scripted("Yes.", models=[ModelInfo("scripted-1", 2000)])
    async with staged(service, system="be brief") as stage:
        await stage.ask("first")
        await stage.ask("second")
        await stage.press("escape", "k", "k", "k", "comma", "i")
        await stage.write("third one")
        await stage.press("f4")
        await stage.until("What will be sent")
        await stage.until("of 2k tokens to scripted · scripted-1 · 5 messages, 1 left out.")
        assert "System: be brief" in stage.row("› 1")
        assert "muted" in stage.row("– 2 You: first")
        assert "tok" in stage.row("You: third one")
        expected = stage.session.estimate("third one").tokens_in
        assert f"about {expected:,} of" in stage.shown()
        await stage.press("down", "delete")
        await stage.until("6 messages.")
        assert stage.session.state.marks == {}
        await stage.press("f4")
        await stage.until(lambda: not isinstance(stage.app.screen, Listing))
        assert stage.draft == "third one"
        expected = stage.session.estimate("third one").tokens_in
        await stage.press("enter")
        await stage.until(lambda: len(service.requests) == 3 and not stage.session.streaming)
        assert stage.session.path()[-1].tokens_in == expected


async def test_what_does_not_fit_says_what_to_do() -> None:
    service = Scripted("Yes.", models=[ModelInfo("scripted-1", 10)])
    async with staged(service) as stage:
        await stage.ask("first")
        await stage.paste("word " * 60)
        await stage.press("f4")
        await stage.until("It does not fit")
        await stage.press("escape")


async def test_each_column_that_is_written_to_is_listed() -> None:
    async with staged("Yes.") as stage:
        await stage.ask("first")
        await stage.send("/fork other")
        await stage.ask("second")
        await stage.send("/compare main other")
        await stage.until(lambda: stage.screen.columns.comparing)
        if stage.focus == "chat":
            await stage.press("i")
        await stage.write("next")
        await stage.press("f4")
        await stage.until("main · about")
        await stage.until("other · about")
        assert "main · You: next" in stage.shown()
        assert "other · You: next" in stage.shown()
        assert stage.row("other · 3 You: second")


async def test_what_is_sent_is_listed_though_a_file_of_the_prompt_is_gone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    notes = tmp_path / "notes.txt"
    notes.write_text("about whales")
    async with staged("Yes.") as stage:
        await stage.ask("first")
        await stage.write("look at @notes")
        await stage.until("› notes.txt")
        await stage.press("tab")
        notes.unlink()
        await stage.press("f4")
        await stage.until("Without what is written: notes.txt cannot be read")
        assert "You: first" in stage.shown()
        await stage.press("escape")
        assert stage.draft.startswith("look at @notes.txt")
