"""Bookmarks, notes, what is muted and where the context starts, by their keys."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from stage import staged

from lion_tui.app.screens.listing import Listing
from lion_tui.services import Services

if TYPE_CHECKING:
    from pathlib import Path

    from stage import Stage


def marks(stage: Stage) -> list[dict[str, object]]:
    state = stage.session.state
    return [dict(state.marks.get(node_id, {})) for node_id in state.tree.node_id]


async def test_a_bookmark_shows_in_the_chat_and_the_tree_and_is_undone() -> None:
    async with staged("Yes.") as stage:
        await stage.ask("first")
        await stage.press("escape", "b")
        assert marks(stage) == [{}, {"bookmark": True}]
        await stage.settled()
        assert "scripted-1 ★" in stage.shown()
        assert "★" in next(line for line in stage.lines() if "2 Yes." in line)[:36]
        await stage.press("u")
        await stage.until("Undid: a bookmark")
        assert marks(stage) == [{}, {}]
        await stage.press("b", "b")
        assert marks(stage) == [{}, {}]


async def test_a_note_is_written_in_the_composer_and_shown_under_the_header() -> None:
    async with staged("Yes.") as stage:
        await stage.ask("first")
        await stage.write("half a prompt")
        await stage.press("escape", "k", "A")
        await stage.send("check this later")
        assert marks(stage) == [{"note": "check this later"}, {}]
        assert stage.draft == "half a prompt"
        await stage.until("✎ check this later")
        lines = [line for line in stage.lines() if "▎" in line or "█" in line]
        assert "check this later" in lines[1], "below the header, above the text"
        assert stage.focus == "chat", "the keyboard is where it was"
        await stage.press("A")
        assert stage.draft == "check this later"
        await stage.press(*["backspace"] * 20, "enter")
        assert marks(stage) == [{}, {}]
        assert "✎" not in stage.shown()
        await stage.press("i", "ctrl+c")
        await stage.send("/annotate by hand")
        assert marks(stage) == [{}, {"note": "by hand"}]


async def test_the_list_of_marks_leads_across_branches() -> None:
    async with staged("Yes.") as stage:
        await stage.ask("first")
        await stage.press("escape", "b", "k", "A")
        await stage.send("where it began")
        await stage.press("i")
        await stage.send("/fork other")
        await stage.ask("second")
        await stage.send("/annotate the end of it")
        await stage.send("/checkout main")
        await stage.press("escape", "L")
        await stage.until(lambda: isinstance(stage.app.screen, Listing))
        await stage.until("★ 2 Yes.")
        assert "Bookmarks and notes · 3" in stage.shown()
        assert "where it began" in stage.shown()
        await stage.write("end of")
        await stage.until("1 of 3")
        await stage.press("enter")
        await stage.until(lambda: not isinstance(stage.app.screen, Listing))
        assert stage.session.current.name == "other"
        assert stage.focus == "chat"
        assert stage.screen.chat.cursor_row == 3


async def test_marks_are_taken_away_in_their_list() -> None:
    async with staged("Yes.") as stage:
        await stage.ask("first")
        await stage.press("escape", "b", "L")
        await stage.until("★ 2 Yes.")
        await stage.press("delete")
        await stage.until("Nothing is marked")
        assert marks(stage) == [{}, {}]
        await stage.press("escape", "u")
        assert marks(stage) == [{}, {"bookmark": True}]


async def test_what_is_muted_is_not_sent_and_says_so() -> None:
    service = Services.Scripted("Yes.")
    async with staged(service) as stage:
        await stage.ask("first")
        await stage.press("escape", "comma")
        await stage.until("muted")
        assert marks(stage) == [{}, {"context": ["muted"]}]
        await stage.press("i")
        await stage.ask("second")
        assert [turn.content for turn in service.requests[-1].messages] == ["first", "second"]
        await stage.press("escape", "u", "u")
        assert marks(stage)[:2] == [{}, {}]


async def test_the_context_starts_where_it_is_told_to() -> None:
    service = Services.Scripted("Yes.")
    async with staged(service, system="be brief") as stage:
        await stage.ask("first")
        await stage.ask("second")
        await stage.press("escape", "k", "circumflex_accent")
        await stage.until("context starts here")
        lines = stage.lines()
        line = next(at for at, text in enumerate(lines) if "── context" in text)
        assert "You" in lines[line + 1]
        await stage.press("i")
        await stage.ask("third")
        sent = [turn.content for turn in service.requests[-1].messages]
        assert sent == ["be brief", "second", "Yes.", "third"]
        await stage.press("escape", "circumflex_accent")  # the cursor stayed where it was
        assert "context starts here" not in stage.shown()


async def test_the_system_prompt_is_not_muted() -> None:
    async with staged("Yes.", system="be brief") as stage:
        await stage.ask("first")
        await stage.press("escape", "g", "comma")
        await stage.until("always sent")
        assert marks(stage) == [{}, {}, {}]


async def test_only_one_path_is_kept_and_undo_brings_the_rest_back() -> None:
    async with staged("Yes.") as stage:
        await stage.ask("first")
        await stage.press("escape", "R")
        await stage.until("‹2/2›")
        await stage.until(lambda: not stage.session.streaming)
        await stage.press("asterisk")
        await stage.until("Archived 1 message.")
        assert "‹2/2›" not in stage.shown()
        await stage.press("asterisk")
        await stage.until("nothing beside this path")
        await stage.press("u")
        await stage.until("Undid: keeping only one path")
        await stage.until("‹2/2›")


async def test_an_edited_message_says_so_and_marks_last(tmp_path: Path) -> None:
    file = tmp_path / "s.parquet"
    async with staged("Yes.", file=file) as stage:
        await stage.ask("first")
        await stage.press("escape", "e")
        await stage.send(" indeed")
        await stage.until("edited")
        await stage.press("escape", "b")
    async with staged("Yes.", file=file) as stage:
        await stage.until("scripted-1 ★")
        assert "edited" in stage.shown()


@pytest.mark.parametrize("size", [(80, 24), (120, 40), (200, 60)])
async def test_while_a_note_is_written_the_composer_says_so(size: tuple[int, int]) -> None:
    async with staged(size=size) as stage:
        await stage.ask("one")
        await stage.press("escape", "A")
        await stage.until("✎ Note: enter keeps it, empty takes it away · esc leaves it")
        assert "Ask anything" not in stage.shown()
        await stage.press("escape")
        await stage.until("› Ask anything")
        assert "Note: enter" not in stage.shown()


async def test_what_is_above_the_start_of_the_context_is_dim() -> None:
    async with staged() as stage:

        def dim(text: str) -> bool:
            style = stage.screen.chat._styles().dim
            region = stage.screen.chat.region
            strips = [strip.crop(region.x, region.right) for strip in stage.screen._compositor.render_strips()]
            found = [part.style for strip in strips for part in strip if part.text.strip() == text]
            assert found, text
            return style.color in [each.color for each in found if each is not None]

        await stage.ask("early")
        await stage.ask("later")
        await stage.press("escape", "k")
        assert not dim("early")
        await stage.press("circumflex_accent")
        await stage.until("context starts here")
        await stage.until(lambda: dim("early"))
        assert not dim("later")
        await stage.press("circumflex_accent")
        await stage.until(lambda: not dim("early"))
