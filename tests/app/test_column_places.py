"""Where one reads in columns: kept when another one is looked at, when they are put in another order, or end."""

from __future__ import annotations

import random
import re
from typing import TYPE_CHECKING

import pytest
from stage import Gate, Stage, staged
from test_comparing import column, panes

from lion_tui import Services

if TYPE_CHECKING:
    from lion_tui.session import Session

NARROW, WIDE = (80, 24), (125, 30)


def converse(session: Session, *names: str) -> None:
    """Make branches of three turns each: of every paragraph, the branch, the turn and the number can be read."""
    session.add_message("user", "begin")
    root = session.add_message("assistant", "\n\n".join(f"common {number}." for number in range(12)))
    for length, name in enumerate(names, 2):
        session.fork(root, name)
        for turn in range(3):
            session.add_message("user", f"{name} asks {turn}", branch=name)
            said = (f"{name} {turn} {number}: " + f"{name}word{number} " * 25 for number in range(8 * length))
            session.add_message("assistant", "\n\n".join(said), branch=name)


async def beside(stage: Stage, *names: str) -> None:
    converse(stage.session, *names)
    await stage.send(f"/compare {' '.join(names)}")
    await stage.until("2 messages in common")
    await stage.until(lambda: stage.focus == "chat" and panes(stage)[0].size.width >= 44)


def window(stage: Stage, number: int) -> list[str]:
    """Return the lines of a column, without its border, its scrollbar and the bars beside the messages."""
    return [re.sub(r"[│▐▎█]", " ", line).strip() for line in column(stage, number).split("\n")[1:-1]]


def top(stage: Stage, number: int) -> str:
    """Return the first words of a column."""
    return next((line for line in window(stage, number) if line), "")


def place(stage: Stage, number: int) -> tuple[int, int]:
    """Return the turn and the number of the first paragraph that begins in a column."""
    found = re.search(r"^(?:one|two|six) (\d+) (\d+):", "\n".join(window(stage, number)), re.MULTILINE)
    return (int(found[1]), int(found[2])) if found else (-1, -1)


async def at(stage: Stage, number: int, *windows: list[str]) -> None:
    """Wait until a column shows again what it showed."""
    await stage.until(lambda: stage.screen.columns.number == number and window(stage, number) in windows)
    await stage.settled()
    assert window(stage, number) in windows


async def all_at(stage: Stage, here: tuple[int, int], active: int) -> None:
    """Wait until a column has the keyboard, and all that are in sight show a place."""

    def holds() -> bool:
        in_sight = [number for number, pane in enumerate(panes(stage), 1) if pane.display]
        begins = {next((y for y, line in enumerate(window(stage, each)) if ":" in line), None) for each in in_sight}
        in_step = {place(stage, number) for number in in_sight} == {here} and len(begins) == 1
        return in_step and stage.screen.columns.number == active

    await stage.until(holds)


async def read_on(stage: Stage, pages: int) -> list[str]:
    """Go down from the beginning by pages, and return what is in the window then."""
    await stage.press("g", *["pagedown"] * pages)
    await stage.until(lambda: not any(each.view.unfinished for each in stage.screen.columns.transcripts))
    assert place(stage, stage.screen.columns.number) > (0, 0)
    return window(stage, stage.screen.columns.number)


async def test_where_there_is_room_for_one_column_the_others_show_the_same_place() -> None:
    async with staged(size=NARROW) as stage:
        await beside(stage, "one", "two", "six")
        first = await read_on(stage, 7)
        here = place(stage, 1)
        await stage.press("l")
        await stage.until(lambda: place(stage, 2) == here)
        second = window(stage, 2)
        assert [re.sub("one", "two", line) for line in first] == second
        await stage.press("h")
        await at(stage, 1, first)
        await stage.press("l", "l")
        await stage.until(lambda: place(stage, 3) == here)
        third = window(stage, 3)
        await stage.press("l")
        await at(stage, 1, first)
        await stage.press("h")
        await at(stage, 3, third)
        await stage.press("h")
        await at(stage, 2, second)
        await stage.press("pagedown", "h")
        await stage.until(lambda: stage.screen.columns.number == 1 and place(stage, 1) > here)
        assert not any(each.follows for each in stage.screen.columns.transcripts)


async def test_a_place_that_a_shorter_column_does_not_have_is_found_again() -> None:
    async with staged(size=NARROW) as stage:
        await beside(stage, "one", "six")
        await stage.press("l")
        await stage.until(lambda: stage.session.current.name == "six")
        await stage.press("G", *["pageup"] * 2)
        here = window(stage, 2)
        assert place(stage, 2) > (2, 0)
        await stage.press("h")
        await stage.until(lambda: "one 2 15:" in column(stage, 1))
        await stage.press("l")
        await at(stage, 2, here)


def unequal(session: Session) -> None:
    """Make a branch of one short turn and one of three long ones."""
    converse(session, "six")
    root = session.branches["six"].path()[1].node_id
    session.fork(root, "one")
    session.add_message("user", "one asks 0", branch="one")
    session.add_message("assistant", "one 0 0: briefly", branch="one")


@pytest.mark.parametrize("pages", [1, 2, 3])
async def test_a_shorter_column_at_its_end_leads_the_other_nowhere(pages: int) -> None:
    async with staged(size=WIDE) as stage:
        unequal(stage.session)
        await stage.send("/compare one six")
        await stage.until("2 messages in common")
        await stage.until(lambda: stage.focus == "chat" and panes(stage)[0].size.width >= 44)
        await stage.press("g", *["pagedown"] * pages)
        here = await all_laid_out(stage)
        assert stage.screen.columns.number == 1
        assert (0, 0) < place(stage, 2) < (2, 11)
        await stage.press("l")
        await stage.until(lambda: stage.screen.columns.number == 2)
        await stage.press("h")
        await stage.until(lambda: stage.screen.columns.number == 1)
        assert await all_laid_out(stage) == here
        for said in ("P hides", "P shows"):
            await stage.press("P")
            await stage.until(said)
            assert await all_laid_out(stage) == here
        await stage.pilot.resize_terminal(WIDE[0], WIDE[1] - 4)
        assert await all_laid_out(stage) == here[:-4]
        await stage.pilot.resize_terminal(WIDE[0] + 5, WIDE[1])
        assert {*here[0].split()[:1]} <= {*(await all_laid_out(stage))[0].split()}
        await stage.pilot.resize_terminal(*WIDE)
        assert await all_laid_out(stage) == here
        await stage.press("g")
        await stage.until(lambda: place(stage, 2) == (0, 0))


async def all_laid_out(stage: Stage) -> list[str]:
    """Return what the second column shows once nothing is left to be laid out or drawn."""
    await stage.settled()
    await stage.until(lambda: not stage.screen._scheduler._dirty)
    await stage.settled()
    return window(stage, 2)


async def test_columns_are_in_step_whatever_their_height_was_meanwhile() -> None:
    async with staged(size=WIDE) as stage:
        await beside(stage, "one", "two")
        for name, many in (("one", 8), ("two", 11)):
            stage.session.add_message("user", "and then?", branch=name)
            stage.session.add_message("assistant", "\n\n".join(f"{name} 3 {n}: end" for n in range(many)), branch=name)
        await stage.press("G", "(", "j")
        before = [window(stage, 1), window(stage, 2)]
        for height in (33, 34, 60, 20):
            await stage.pilot.resize_terminal(WIDE[0], height)
            await all_laid_out(stage)
            await stage.pilot.resize_terminal(*WIDE)
            await all_laid_out(stage)
            assert [window(stage, 1), window(stage, 2)] == before


@pytest.mark.parametrize("lines", range(90, 150, 9))
async def test_empty_lines_beside_what_is_read_are_found_again(lines: int) -> None:
    async with staged(size=WIDE) as stage:
        await beside(stage, "one", "six")
        await stage.press("g")
        stage.screen.chat.scroll_lines(lines)
        await all_laid_out(stage)
        before = [window(stage, 1), window(stage, 2)]
        for size in (NARROW, (170, 30)):
            await stage.pilot.resize_terminal(*size)
            await all_laid_out(stage)
            await stage.pilot.resize_terminal(*WIDE)
            await all_laid_out(stage)
            await stage.until(lambda: [window(stage, 1), window(stage, 2)] == before)


@pytest.mark.parametrize("size", [NARROW, (125, 18), (70, 18)])
async def test_columns_come_back_from_a_smaller_screen_with_what_the_cursor_is_on(size: tuple[int, int]) -> None:
    async with staged(size=(125, 40)) as stage:
        await beside(stage, "one", "two")
        for turn in range(9):
            for name in ("one", "two"):
                stage.session.add_message("user", f"{name} says {turn}", branch=name)
                stage.session.add_message("assistant", f"{name} {turn} 0: " + f"{name} " * 60, branch=name)
        await stage.press("G", "pageup", "pageup")
        await all_laid_out(stage)
        before, cursor = [window(stage, 1), window(stage, 2)], stage.screen.chat.cursor_row
        for _ in range(2):
            await stage.pilot.resize_terminal(*size)
            await all_laid_out(stage)
            assert stage.screen.chat.cursor_row == cursor
            assert "█" in stage.shown()
            await stage.pilot.resize_terminal(125, 40)
            await all_laid_out(stage)
            assert [window(stage, 1), window(stage, 2)] == before


async def test_a_wider_screen_shows_the_others_in_step_with_what_is_read() -> None:
    async with staged(size=NARROW) as stage:
        await beside(stage, "one", "two", "six")
        await read_on(stage, 7)
        await stage.press("l", "h", "l")
        await stage.until(lambda: stage.session.current.name == "two")
        here, words = place(stage, 2), top(stage, 2).split()[-1]
        await stage.pilot.resize_terminal(200, 40)
        await all_at(stage, here, 2)
        assert words in top(stage, 2)
        await stage.pilot.resize_terminal(*NARROW)
        await stage.until(lambda: not panes(stage)[0].display and place(stage, 2) == here)


async def test_a_column_that_comes_into_sight_shows_what_the_others_show() -> None:
    async with staged(size=WIDE) as stage:
        await beside(stage, "one", "two", "six")
        await read_on(stage, 4)
        here = place(stage, 1)
        for number in (2, 3, 1, 2, 3):
            await stage.press("l")
            await all_at(stage, here, number)


@pytest.mark.parametrize("size", [NARROW, WIDE, (200, 60)])
async def test_what_is_in_common_is_shown_and_hidden_around_what_is_read(size: tuple[int, int]) -> None:
    async with staged(size=size) as stage:
        await beside(stage, "one", "two")
        here = await read_on(stage, 2)
        for opened in (True, False):
            await stage.press("P")
            assert stage.screen.columns.opened == opened
            await at(stage, 1, here)
        await stage.press("g")
        start = window(stage, 1)
        await stage.press("P")
        await stage.until(lambda: "common 11." in column(stage, 1) and "one asks 0" in column(stage, 1))
        await stage.press("P")
        await at(stage, 1, start)
        await stage.press("G")
        await stage.until(lambda: "one 2 15:" in column(stage, 1))
        end = window(stage, 1)
        await stage.press("P")
        await at(stage, 1, end)
        assert stage.screen.chat.follows


async def test_columns_that_scroll_alone_keep_their_places_when_more_is_shown() -> None:
    async with staged(size=WIDE) as stage:
        await beside(stage, "one", "two")
        await stage.press("s")
        first = await read_on(stage, 2)
        await stage.press("l")
        second = await read_on(stage, 5)
        await stage.press("P")
        await at(stage, 2, second)
        assert window(stage, 1) == first


@pytest.mark.parametrize("size", [NARROW, WIDE, (200, 60)])
async def test_blind_and_no_longer_blind_one_reads_on_at_the_same_place(
    size: tuple[int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(random, "sample", lambda among, count: list(among)[:count][::-1])  # chance turns them round
    async with staged(size=size) as stage:
        await beside(stage, "one", "two", "six")
        await read_on(stage, 2)
        here = place(stage, 1)
        for _ in range(4):
            await stage.press("B")
            await all_at(stage, here, 1)
            assert stage.focus == "chat"
            assert stage.screen.chat is panes(stage)[0].transcript


async def test_what_was_read_stays_when_comparing_ends() -> None:
    gate = Gate()
    async with staged(Services.Scripted("word " * 400, pace=gate), size=WIDE) as stage:
        await beside(stage, "one", "two")
        await stage.press("i")
        await stage.send("go on")
        await stage.until("streaming 2")
        gate.let(20)
        stage.screen.columns.transcripts[1].focus()
        await stage.until(lambda: stage.session.current.name == "two")
        await read_on(stage, 2)
        here = place(stage, 2)
        await stage.press("c")
        await stage.until(lambda: len(panes(stage)) == 1 and place(stage, 1) == here)
        assert "two" in top(stage, 1)
        held = window(stage, 1)
        gate.open()
        await stage.until(lambda: not stage.session.streaming)
        assert window(stage, 1) == held
        assert not stage.screen.chat.follows


@pytest.mark.parametrize("pages", [0, 3])
async def test_what_comes_back_is_in_step_with_the_others(pages: int) -> None:
    async with staged(size=WIDE) as stage:
        await beside(stage, "one", "two")
        await stage.press("l", "g", *["pagedown"] * pages)
        await stage.until(lambda: place(stage, 1) == place(stage, 2) >= (0, pages))
        here, others = window(stage, 2), window(stage, 1)
        stage.session.delete(stage.session.branches["two"].path()[2].node_id)
        await stage.until("Nothing goes on")
        await stage.press("u")
        await stage.until(lambda: window(stage, 2) == here)
        assert window(stage, 1) == others


async def ask_in_columns(stage: Stage, gate: Gate) -> None:
    """Ask in two columns, and let so much of the answers come that all of them is in sight."""
    gate.open()
    await beside(stage, "one", "two")
    gate.close()
    await stage.press("i")
    await stage.send("go on")
    await stage.until("streaming 2")
    gate.let(8)
    await stage.until(lambda: "word2" in column(stage, 1) and "word2" in column(stage, 2))
    stage.screen.chat.focus()


WORDS = " ".join(f"word{number}\n\n" for number in range(90))


async def test_what_the_cursor_was_put_on_stays_in_sight_in_all_columns_while_answers_come() -> None:
    gate = Gate()
    async with staged(Services.Scripted(WORDS, pace=gate), size=WIDE) as stage:
        await ask_in_columns(stage, gate)
        await stage.press("k")
        await stage.until("█ go on")
        gate.open()
        await stage.until(lambda: not stage.session.streaming)
        await stage.until("new below")
        for number in (1, 2):
            assert "go on" in column(stage, number), number
            assert "word2" in column(stage, number)
            assert "word89" not in column(stage, number)
        await stage.press("G")
        await stage.until(lambda: "word89" in column(stage, 1) and "word89" in column(stage, 2))


@pytest.mark.parametrize(
    ("keys", "follows"), [("k", False), ("klk", False), ("klh", False), ("kj", True), ("kG", True), ("klkjG", True)]
)
async def test_columns_follow_unless_one_went_to_what_is_above_the_end(keys: str, follows: bool) -> None:
    gate = Gate()
    async with staged(Services.Scripted(WORDS, pace=gate), size=WIDE) as stage:
        await ask_in_columns(stage, gate)
        await stage.press(*keys)
        await stage.settled()
        gate.open()
        await stage.until(lambda: not stage.session.streaming)
        await stage.until("word89" if follows else "new below")
        for number in (1, 2):
            assert ("word89" in column(stage, number)) == follows, number
            assert ("go on" in column(stage, number)) != follows, number


async def in_place(stage: Stage) -> None:
    """Wait until all that is in sight is laid out, and the columns are in step."""
    readers = stage.screen.columns.transcripts
    await stage.until(lambda: not any(each.view.unfinished or each.view.waits for each in readers if each.display))
    await stage.settled()


async def test_columns_scroll_over_every_line_of_long_answers() -> None:
    async with staged(size=WIDE) as stage:
        await beside(stage, "one", "two")
        stage.screen.chat.focus()
        await stage.press("G")
        await stage.until("two 2 23:")
        read: list[str] = []
        while not read or read[-1] != "two 0 0:":
            before = window(stage, 2)
            found = [match[0] for line in before if (match := re.match(r"two \d+ \d+:", line))]
            read += [each for each in reversed(found) if each not in read]
            stage.screen.chat.scroll_lines(-10)
            await stage.until(lambda before=before: window(stage, 2) != before)
            await in_place(stage)
        assert read == [f"two {turn} {number}:" for turn in (2, 1, 0) for number in reversed(range(24))]


@pytest.mark.parametrize("active", [1, 2])
@pytest.mark.parametrize(("prompts", "line"), [(1, 120), (2, 37), (2, 60)])
async def test_columns_keep_their_place_when_the_composer_grows(active: int, prompts: int, line: int) -> None:
    async with staged(size=WIDE) as stage:
        await beside(stage, "one", "two")
        if active == 2:
            await stage.press("l")
        await stage.press("g")
        for _ in range(prompts):
            await stage.press(")")
            await in_place(stage)
        stage.screen.chat.scroll_lines(line)
        await in_place(stage)
        tops = [each.view.top for each in stage.screen.columns.transcripts]
        stage.screen.composer.focus()
        await stage.press("ctrl+j", "ctrl+j")
        await stage.until(lambda: stage.screen.composer.size.height > 2)
        await in_place(stage)
        assert [each.view.top for each in stage.screen.columns.transcripts] == tops


@pytest.mark.parametrize("columns", [1, 2])
async def test_who_scrolls_in_a_smaller_window_is_not_held_by_the_cursor(columns: int) -> None:
    async with staged(size=(125, 40)) as stage:
        await beside(stage, "one", "two")
        if columns == 1:
            await stage.press("c")
            await stage.until(lambda: not stage.screen.columns.comparing)
            stage.screen.chat.focus()
        await stage.press("g", ")", ")")
        await in_place(stage)
        stage.screen.chat.scroll_lines(-25)
        await in_place(stage)
        await stage.pilot.resize_terminal(125, 20)
        await in_place(stage)
        await stage.until(lambda: stage.screen.chat.view.lent > 0)
        assert "█ " in stage.shown()
        tops = [stage.screen.chat.view.top]
        for _ in range(4):
            stage.screen.chat.scroll_lines(-3)
            await in_place(stage)
            tops.append(stage.screen.chat.view.top)
        assert tops == sorted(set(tops), reverse=True)
        assert len({each.view.top for each in stage.screen.columns.transcripts}) == 1


async def test_a_queued_prompt_does_not_take_columns_to_where_a_shorter_one_ends() -> None:
    gate = Gate()
    service = Services.Scripted("\n\n".join(f"word{number}" for number in range(40)), pace=gate)
    async with staged(service, size=WIDE) as stage:
        gate.open()
        await beside(stage, "six", "two")
        gate.close()
        await stage.press("i", "f3")
        await stage.send("go on")
        await stage.until("streaming")
        gate.let(38)
        await stage.until(lambda: "word36" in column(stage, 1))
        await stage.send("second")
        stage.screen.chat.focus()
        await stage.settled()
        stage.screen.chat.scroll_lines(-6)
        await in_place(stage)
        top = stage.screen.chat.view.top
        gate.let(6)
        await stage.until(lambda: len(stage.screen.chat.view.path) > 9)
        await in_place(stage)
        assert stage.screen.chat.view.top == top
        gate.open()
        await stage.until(lambda: not stage.session.streaming)
