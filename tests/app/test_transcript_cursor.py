"""The message cursor and the window: neither leaves the other alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from stage import Gate, staged, type_at_once
from textual import events

from lion_tui import Services

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from stage import Stage

LONG = "\n\n".join(f"passage {number}." for number in range(60))


def talk(stage: Stage, turns: int, *, branch: str = "main") -> None:
    for number in range(turns):
        stage.session.add_message("user", f"question {number}.", branch=branch)
        stage.session.add_message("assistant", f"answer {number}.\n\nMore of it.", branch=branch)


def window(stage: Stage) -> list[str]:
    """Return the lines of the chat, with neither the bar of a message nor the scrollbar."""
    pane = stage.screen.chat
    return [strip.text[1:].replace("▐", " ").rstrip() for strip in pane.render_lines(pane.size.region)]


def marked(stage: Stage) -> list[str]:
    """Return the lines of the chat that the cursor stands at."""
    pane = stage.screen.chat
    drawn = [strip.text for strip in pane.render_lines(pane.size.region)]
    return [line[1:].replace("▐", " ").strip() for line in drawn if line.startswith("█")]


def pointed(stage: Stage) -> str:
    """Return the text of the message that the cursor is on."""
    row = stage.screen.chat.cursor_row
    assert row is not None
    return stage.session.state.tree.content(row)


def in_sight(stage: Stage) -> list[int]:
    """Return the messages of which something is drawn."""
    pane = stage.screen.chat
    rows = [place[0] for y in range(pane.size.height) if (place := pane.text_at(y)) and place[1] is not None]
    return sorted({*rows, *(row for _, row in pane.headers())})


async def wheel_up(stage: Stage) -> None:
    region = stage.screen.chat.region
    for _ in range(15):
        await stage.mouse(events.MouseScrollUp, (region.x + 5, region.y + 5))


async def pull_scrollbar(stage: Stage) -> None:
    region = stage.screen.chat.region
    await stage.mouse(events.MouseDown, (region.right - 1, region.y))
    await stage.mouse(events.MouseUp, (region.right - 1, region.y))


@pytest.mark.parametrize(
    "away",
    [
        lambda stage: stage.press("pageup", "pageup"),
        lambda stage: stage.press("ctrl+home"),
        wheel_up,
        pull_scrollbar,
    ],
    ids=["pages", "start", "wheel", "scrollbar"],
)
@pytest.mark.parametrize("size", [(80, 24), (120, 40)])
async def test_the_cursor_goes_with_the_window(away: Callable[[Stage], Awaitable[None]], size: tuple[int, int]) -> None:
    async with staged(size=size) as stage:
        talk(stage, 30)
        await stage.press("escape")
        assert pointed(stage).startswith("answer 29.")
        await away(stage)
        await stage.settled()
        assert stage.screen.chat.cursor_row == in_sight(stage)[-1], "up it is the last in sight"
        assert marked(stage)
        assert stage.screen.tree_pane.cursor_row == stage.screen.chat.cursor_row
        held = window(stage)
        await stage.press("k")
        assert window(stage) == held, "a step in the window does not move it"
        await stage.press("pagedown")
        cursor = stage.screen.chat.cursor_row
        assert cursor in in_sight(stage)
        await stage.press("ctrl+end")
        assert stage.screen.chat.cursor_row == in_sight(stage)[0], "down it is the first"


async def test_going_with_the_window_does_not_move_it() -> None:
    async with staged(size=(80, 24)) as stage:
        talk(stage, 30)
        await stage.press("pageup", "pageup", "pageup")  # from the composer nothing is marked
        held = window(stage)
        await stage.press("escape")
        assert window(stage) == held
        assert stage.screen.chat.cursor_row == in_sight(stage)[-1]
        assert marked(stage)


async def test_keys_after_scrolling_act_on_what_is_in_sight() -> None:
    async with staged(size=(80, 24)) as stage:
        talk(stage, 30)
        await stage.press("escape")
        type_at_once(stage, "pageup", "pageup", "pageup", "d")
        await stage.until("Delete 1")
        await stage.settled()
        assert marked(stage), "what is asked makes the window smaller"
        await stage.press("d")
        assert 40 < len(stage.talk) < 55, "what was in sight is deleted, with all below it"
        await stage.press("g", *["pagedown"] * 3)
        first = in_sight(stage)[0]
        assert first > 5
        assert stage.screen.chat.cursor_row == first
        held = window(stage)
        await stage.press("j")
        assert stage.screen.chat.cursor_row == first + 1
        assert window(stage) == held


async def test_a_message_that_is_partly_in_sight_keeps_the_cursor() -> None:
    async with staged(size=(80, 24)) as stage:
        talk(stage, 2)
        stage.session.add_message("user", LONG)
        talk(stage, 8)
        await stage.settled()
        await stage.press("escape", "g", "j", "j", "j", "j")
        assert pointed(stage) == LONG
        for _ in range(6):
            await stage.press("pagedown")
            assert pointed(stage) == LONG
        await stage.press("pagedown", "pagedown")
        assert stage.screen.chat.cursor_row == in_sight(stage)[0]
        assert pointed(stage) != LONG


async def test_the_inspector_shows_what_the_cursor_went_to() -> None:
    async with staged(size=(200, 60)) as stage:
        stage.session.add_message("user", "x" * 1234)
        talk(stage, 60)
        await stage.press("escape", "ctrl+home", *["k"] * 100)
        await stage.until("1,234 characters")
        await stage.press("pagedown", "pagedown")
        await stage.until(lambda: "1,234 characters" not in stage.shown())
        await stage.press("ctrl+home", "pagedown", "pagedown", "ctrl+home")
        row = stage.screen.chat.cursor_row
        assert row is not None
        await stage.until(f"{len(pointed(stage))} characters")


async def test_a_new_answer_takes_the_cursor_only_from_who_follows() -> None:
    gate = Gate()
    async with staged(Services.Scripted(LONG, pace=gate), size=(80, 24)) as stage:
        await stage.send("one")
        gate.let(60)
        await stage.until("passage 28")
        await stage.send("two")
        await stage.press("shift+tab")
        assert stage.focus == "chat"
        await stage.press("pageup", "pageup")
        held, answer = window(stage), stage.screen.chat.cursor_row
        assert answer == 1
        gate.open()
        await stage.until(lambda: len(stage.talk) == 4 and not stage.session.streaming)
        await stage.settled()
        assert stage.screen.chat.cursor_row == answer
        assert window(stage)[: len(held)] == held
        await stage.press("G")
        assert stage.screen.chat.cursor_row == 3
        stage.session.add_message("user", "three")
        await stage.settled()
        assert pointed(stage) == "three"


async def test_g_and_j_go_to_the_first_line_of_the_last_message() -> None:
    async with staged(size=(80, 24)) as stage:
        stage.session.add_message("assistant", LONG)
        await stage.settled()
        for key in ("g", "home", "k"):
            await stage.press("escape", "pageup", key)
            assert window(stage)[1].strip() == "passage 0.", key
            assert not stage.screen.chat.follows
            await stage.press("G")
            await stage.until("passage 59.")
            assert stage.screen.chat.follows
        stage.session.add_message("user", "And?")
        stage.session.add_message("assistant", LONG.replace("passage", "part"))
        await stage.settled()
        for key in ("j", "right_parenthesis"):
            await stage.press("G", "left_parenthesis")
            assert window(stage)[1].strip() == "And?"
            await stage.press(key)
            assert window(stage)[1].strip() == "part 0.", "its beginning"
            await stage.press(key)
            await stage.until("part 59.")
            assert stage.screen.chat.follows, "beyond the last message is its end"


async def test_the_last_message_that_has_room_is_followed() -> None:
    async with staged(size=(80, 24)) as stage:
        talk(stage, 30)
        await stage.press("escape", "k", "k", "k", "j", "j", "j")
        assert stage.screen.chat.follows
        await stage.press("g", "end")
        assert stage.screen.chat.follows


async def test_an_answer_that_comes_is_read_from_its_beginning() -> None:
    gate = Gate()
    async with staged(Services.Scripted(LONG, pace=gate), size=(80, 24)) as stage:
        await stage.send("one")
        gate.let(90)
        await stage.until("passage 40.")
        await stage.press("shift+tab", "g", "j")
        await stage.until("passage 0.")
        gate.let(20)
        await stage.settled()
        assert "passage 0." in stage.shown()
        await stage.press("G")
        gate.open()
        await stage.until("passage 59.")


async def test_in_columns_the_cursors_go_with_their_windows() -> None:
    async with staged(size=(120, 30)) as stage:
        stage.session.add_message("user", "begin")
        stage.session.fork("main", "other")
        stage.session.add_message("assistant", LONG)
        stage.session.add_message("assistant", LONG.replace("passage", "part"), branch="other")
        await stage.send("/compare main other")
        await stage.until(lambda: stage.focus == "chat")
        await stage.press("g")
        await stage.until("passage 0.")
        await stage.until("part 0.")
        await stage.press("G")
        await stage.until("passage 59.")
        talk(stage, 20)
        talk(stage, 20, branch="other")
        await stage.press("G")
        await stage.until("answer 19.")
        await stage.press("pageup", "pageup")
        for each in stage.screen.columns.transcripts:
            places = {index for index, _ in each.view.places()}
            row = each.cursor_row
            assert row is not None
            assert each.view.path.find(row) in places
        assert stage.screen.tree_pane.cursor_row == stage.screen.chat.cursor_row
        assert marked(stage)


async def test_back_goes_to_the_line_that_was_read() -> None:
    async with staged(size=(80, 24)) as stage:
        talk(stage, 5)
        stage.session.add_message("user", LONG)
        talk(stage, 5)
        await stage.settled()
        await stage.press("escape", *["pageup"] * 4)
        read, row = window(stage), stage.screen.chat.cursor_row
        assert any("passage" in line for line in read)
        await stage.press("g", "alt+left")
        assert window(stage) == read
        assert stage.screen.chat.cursor_row == row
        await stage.press("alt+right")
        assert window(stage)[1].strip() == "question 0."
        await stage.press("alt+left")
        assert window(stage) == read


async def test_back_goes_to_the_end_from_where_one_went_first() -> None:
    async with staged(size=(80, 24)) as stage:
        talk(stage, 10)
        stage.session.add_message("user", LONG)
        await stage.settled()
        await stage.press("escape", "g")
        assert not stage.screen.chat.follows
        await stage.press("alt+left")
        await stage.until("passage 59.")
        assert stage.screen.chat.follows
        assert pointed(stage) == LONG


async def test_the_cursor_waits_with_the_window_for_what_is_laid_out() -> None:
    huge = "\n\n".join(f"passage {number}." for number in range(20_000))
    async with staged(size=(80, 24)) as stage:
        talk(stage, 5)
        stage.session.add_message("assistant", huge)
        talk(stage, 5)
        await stage.press("escape")
        stage.screen.chat.redraw()
        for _ in range(3):
            await stage.press("pageup")
            assert stage.screen.chat.cursor_row in in_sight(stage)
        await stage.until(lambda: pointed(stage) == huge)
        await stage.until("passage 1999")
        await stage.press("pagedown", "pagedown", "g", "G")
        assert pointed(stage).startswith("answer 4.")


async def test_who_scrolls_from_the_composer_and_back_is_at_the_last_message() -> None:
    async with staged(size=(80, 24)) as stage:
        talk(stage, 30)
        await stage.press(*["pageup"] * 4, *["pagedown"] * 6)
        assert stage.screen.chat.follows
        await stage.press("escape")
        assert pointed(stage).startswith("answer 29.")
