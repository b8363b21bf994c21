"""Dialogs that are left, and sessions that are changed, while keys come faster than they are done with."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest
from stage import staged, type_at_once
from textual import events
from textual.widgets import Input

from lion_tui.app.screens.help import HelpScreen
from lion_tui.app.screens.main import MainScreen
from lion_tui.config.paths import data_dir

if TYPE_CHECKING:
    from stage import Stage


async def burst(stage: Stage, *keys: str) -> None:
    """Have keys come at once, and wait until all is done."""
    type_at_once(stage, *keys)
    await stage.pilot.pause()
    await stage.until(lambda: isinstance(stage.app.screen, MainScreen))
    await stage.settled()


@pytest.mark.parametrize(
    ("opening", "keys"),
    [
        ("r", ("x", "enter", "enter")),
        ("apostrophe", ("a", "s", "d")),
        ("ctrl+l", ("enter", "enter")),
        ("L", ("enter", "enter")),
    ],
)
async def test_a_dialog_is_left_once(opening: str, keys: tuple[str, ...]) -> None:
    async with staged("Yes.") as stage:
        await stage.ask("first")
        await stage.press("escape", "b", opening)
        await stage.until(lambda: not isinstance(stage.app.screen, MainScreen))
        await stage.pilot.pause()
        await burst(stage, *keys)
        await stage.press("i")
        await stage.ask("it goes on")


async def test_the_question_which_column_is_left_once() -> None:
    async with staged("Yes.") as stage:
        await stage.ask("first")
        await stage.send("/fork other")
        await stage.ask("second")
        await stage.send("/compare main other")
        await stage.until(lambda: stage.focus == "chat")
        await stage.press("R")
        await stage.until("in which column?")
        await burst(stage, "escape", "enter")
        assert len(stage.session.state.tree) == 4, "nothing was asked again"


async def test_a_dialog_that_is_open_when_another_session_comes_goes_with_the_old_one() -> None:
    async with staged("Yes.") as stage:
        await stage.ask("first")
        before = stage.screen
        before.leaving.change_session(None)
        await stage.app.push_screen(HelpScreen({}, composing=True))
        await stage.until(lambda: isinstance(stage.app.screen, MainScreen) and stage.app.screen is not before)
        assert len(stage.app.screen_stack) == 1


async def test_what_is_typed_while_a_new_session_comes_is_meant_for_that() -> None:
    async with staged("Yes.") as stage:
        await stage.ask("first")
        before = stage.screen
        before.leaving.change_session(None)
        await asyncio.sleep(0)
        for character in "hello":
            stage.app.post_message(events.Key(character, character))
        await stage.until(lambda: stage.app.screen is not before and stage.app.screen.query("Composer"))
        await stage.until(lambda: stage.draft == "hello")


async def test_what_is_typed_while_a_session_cannot_be_left_stays_in_it() -> None:
    async with staged("Yes.") as stage:
        await stage.ask("first")
        data = data_dir()
        sessions = data / "sessions"
        sessions.rename(data / "moved")
        sessions.write_text("no folder")
        stage.screen.leaving.change_session(None)
        await asyncio.sleep(0)
        for character in "here":
            stage.app.post_message(events.Key(character, character))
        await stage.until(lambda: stage.draft == "here")
        sessions.unlink()
        (data / "moved").rename(sessions)


async def test_keys_that_come_at_once_are_done_in_their_order() -> None:
    async with staged("Yes.") as stage:
        await stage.ask("one")
        await stage.press("escape", "r")
        await stage.until("Rename main")
        type_at_once(stage, "ctrl+u", *"a b", "enter", "enter")
        await stage.until("'a b' cannot be a branch's name")
        assert stage.app.screen.query_one(Input).value == "a b"


async def test_an_enter_that_is_pressed_twice_at_the_end_of_an_edit_sends_nothing() -> None:
    async with staged("Yes.") as stage:
        await stage.ask("one")
        await stage.write("my draft")
        await stage.press("escape", "g", "e")
        await stage.until("✎")
        type_at_once(stage, "ctrl+e", *" more", "enter", "enter")
        await stage.until("one more")
        await stage.settled()
        assert stage.draft == "my draft"
        assert [message.content for message in stage.session.path()] == ["one more"]


async def test_an_enter_that_is_pressed_twice_in_a_dialog_goes_no_further() -> None:
    async with staged("Yes.") as stage:
        await stage.ask("one")
        await stage.press("escape", "g", "r")
        await stage.until("Rename main")
        await stage.press("x", "enter", "enter")
        await stage.until(lambda: stage.session.current.name == "x")
        assert not stage.session.current.detached
        await stage.press("k", "enter")
        await stage.until("0 msgs")
        await stage.press("escape")
        await stage.until("back   ")
