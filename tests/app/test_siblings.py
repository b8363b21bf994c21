"""Alternatives at any depth: each remembers its tail, and what followed an edited message can come along."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from stage import staged

from lion_tui import Session
from lion_tui.services import Services

if TYPE_CHECKING:
    from pathlib import Path


async def test_what_followed_stays_and_is_brought_along_with_one_key() -> None:
    async with staged("Yes.") as stage:
        await stage.ask("first")
        await stage.ask("second")
        await stage.press("escape", "k", "k", "e")
        await stage.send(" Indeed.")
        await stage.until("2 messages stay with the old text · v brings copies along")
        assert stage.talk == ["first", "Yes. Indeed."]
        assert stage.focus == "chat", "the keyboard is where it was"
        await stage.press("v")
        await stage.until("Brought 2 messages along")
        assert stage.talk == ["first", "Yes. Indeed.", "second", "Yes."]
        assert "copied" in stage.shown()
        await stage.press("u")
        await stage.until("Undid: what was brought along")
        assert stage.talk == ["first", "Yes. Indeed."]


async def test_what_was_written_beside_the_branch_that_is_shown_does_not_take_its_place(tmp_path: Path) -> None:
    """A library or a shell wrote on another branch; one has only ever been on the one that the file opens with."""
    file = tmp_path / "s.parquet"
    session = Session("be brief")
    for number in range(20):
        session.add_message(("user", "assistant")[number % 2], f"main {number}")
    answer = session.path()[2]
    for name in "xyz":
        branch = session.fork(answer, name)
        branch.add_message("user", f"{name} goes on")
        branch.add_message("assistant", f"{name} ends")
    session.save(file)
    async with staged(file=file) as stage:
        await stage.press("escape", "g", "j", "j", "enter")
        assert stage.session.current.name == "main"
        assert stage.talk[-1] == "main 19"
        await stage.press("k", "e")
        await stage.send("EDIT")
        await stage.until("19 messages stay with the old text")
        await stage.press("v")
        await stage.until("Brought 19 messages along")
        assert stage.talk[-1] == "main 19"


async def test_the_prompts_under_an_edited_system_prompt_are_answered_anew() -> None:
    service = Services.Scripted("Yes.")
    async with staged(service, system="be brief") as stage:
        await stage.ask("first")
        await stage.ask("second")
        await stage.press("escape", "g", "e")
        await stage.send(" and kind")
        await stage.until("4 messages stay with the old text · v brings copies along · /carry replay")
        assert stage.talk == ["be brief and kind"]
        await stage.press("i")
        await stage.send("/carry replay")
        await stage.until(lambda: len(stage.talk) == 5 and not stage.session.streaming)
        assert [turn.content for turn in service.requests[-1].messages] == [
            "be brief and kind", "first", "Yes.", "second",
        ]  # fmt: skip
        await stage.press("escape", "u")
        assert stage.talk == ["be brief and kind"], "one gesture took both turns back"
        await stage.press("U")
        assert len(stage.talk) == 5
        await stage.press("escape", "g", "left_square_bracket")
        assert stage.talk[0] == "be brief"
        assert len(stage.talk) == 5


async def test_what_cannot_be_brought_along_says_why() -> None:
    async with staged("Yes.") as stage:
        await stage.ask("first")
        await stage.press("escape", "v")
        await stage.until("not an edited one")
        await stage.press("e")
        await stage.send(" Indeed.")
        await stage.press("v")
        await stage.until("Nothing follows the old text")


@pytest.mark.parametrize("reopened", [False, True])
async def test_each_alternative_remembers_where_its_own_tail_was_left(tmp_path: Path, reopened: bool) -> None:
    """Two tails below one answer, a second answer with its own: one comes back to where one was, at any depth."""
    file = tmp_path / "s.parquet"
    async with staged("Yes.", file=file) as stage:
        await stage.ask("first")
        await stage.ask("left")
        await stage.press("escape", "k", "e")
        await stage.send(" or right")
        await stage.press("escape", "g", "j", "R")
        await stage.until(lambda: len(stage.talk) == 2 and not stage.session.streaming)
        await stage.press("i")
        await stage.ask("elsewhere")
        if not reopened:
            await _come_back(stage)
    if reopened:
        async with staged("Yes.", file=file) as stage:
            await _come_back(stage)


async def _come_back(stage: object) -> None:
    from stage import Stage

    assert isinstance(stage, Stage)
    assert stage.talk == ["first", "Yes.", "elsewhere", "Yes."]
    if stage.focus != "chat":
        await stage.press("escape")
    await stage.press("g", "j", "left_square_bracket")
    assert stage.talk == ["first", "Yes.", "left or right"]
    await stage.press("j", "left_square_bracket")
    assert stage.talk == ["first", "Yes.", "left", "Yes."]
    await stage.press("k", "right_square_bracket")
    assert stage.talk == ["first", "Yes.", "elsewhere", "Yes."]
    await stage.press("left_square_bracket")
    assert stage.talk == ["first", "Yes.", "left", "Yes."]


async def test_each_alternative_without_a_name_has_a_draft_of_its_own() -> None:
    async with staged("Yes.") as stage:
        await stage.ask("first")
        await stage.press("escape", "R")
        await stage.until(lambda: len(stage.session.state.tree) == 3 and not stage.session.streaming)
        await stage.press("R")
        await stage.until(lambda: len(stage.session.state.tree) == 4 and not stage.session.streaming)
        await stage.press("left_square_bracket", "i")
        await stage.write("of the second")
        await stage.press("escape", "left_square_bracket", "i")
        assert stage.session.current.detached
        assert stage.draft == ""
        await stage.write("of the first")
        await stage.press("escape", "right_square_bracket")
        assert stage.draft == "of the second"
        await stage.press("left_square_bracket")
        assert stage.draft == "of the first"
