"""The place in the transcript: kept when the screen changes, found by source, moved with the scrollbar."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from stage import Gate, staged

from lion_tui import Services
from lion_tui.app.transcript import kept_blocks
from lion_tui.app.transcript.block import LONGEST, SHOWN
from lion_tui.core.errors import UsageError
from lion_tui.services.scripted import Reply

if TYPE_CHECKING:
    from stage import Stage

    from lion_tui.app.transcript import Reader

WORDS = " ".join(f"w{number}" for number in range(1500))
"""One paragraph, in which every word has a name."""
LINES = "\n".join(f"- item {number}" for number in range(3 * LONGEST))


def chat(stage: Stage) -> list[str]:
    """Return the lines of the chat, without its scrollbar."""
    pane = stage.screen.chat
    return [strip.text.replace("▐", " ").rstrip() for strip in pane.render_lines(pane.size.region)]


def thumb(stage: Stage) -> list[int]:
    """Return the lines at which the scrollbar's thumb is."""
    pane = stage.screen.chat
    return [y for y, strip in enumerate(pane.render_lines(pane.size.region)) if strip.text.endswith("▐")]


async def say(stage: Stage, *texts: str) -> None:
    for number, text in enumerate(texts):
        stage.session.add_message("assistant" if number % 2 else "user", text)
    await stage.settled()


def lines_read(stage: Stage) -> list[int]:
    """Return the numbers of the lines in the window."""
    return [int(number) for number in re.findall(r"line (\d+)", "\n".join(chat(stage)))]


async def laid_out(stage: Stage) -> None:
    """Wait until all that the window needs is laid out, and it is drawn: what is long comes tick by tick."""
    await stage.settled()
    await stage.until(lambda: not stage.screen.chat.view.unfinished)
    await stage.settled()


@pytest.mark.parametrize("role", [0, 1], ids=["plain", "Markdown"])
async def test_the_first_word_in_the_window_stays_at_any_width(role: int) -> None:
    async with staged(size=(100, 30)) as stage:
        await say(stage, *["before", WORDS][1 - role :], "after " * 400, "more " * 400)
        await stage.press("ctrl+home")
        stage.screen.chat.scroll_lines(20)
        await laid_out(stage)
        before = chat(stage)
        first = before[0].split()[1]
        assert first.startswith("w")
        for size in ((60, 30), (150, 30), (70, 24), (130, 50)):
            await stage.pilot.resize_terminal(*size)
            await stage.until(lambda: first in chat(stage)[0].split())
        await stage.pilot.resize_terminal(100, 30)
        await stage.until(lambda: chat(stage) == before)


async def test_a_theme_and_the_tree_keep_the_place_too() -> None:
    async with staged(size=(80, 24)) as stage:
        await say(stage, "before", WORDS, "after " * 400)
        await stage.press("ctrl+home")
        stage.screen.chat.scroll_lines(9)
        await laid_out(stage)
        before = chat(stage)
        stage.app.theme = next(name for name in stage.app.available_themes if name != stage.app.theme)
        await stage.press("f2")
        await stage.settled()
        await stage.press("escape", "ctrl+t")
        await stage.until(lambda: chat(stage) == before)


async def test_who_follows_goes_on_following_at_another_size() -> None:
    gate = Gate()
    async with staged(Services.Scripted(WORDS, pace=gate), size=(80, 24)) as stage:
        await stage.send("count")
        gate.let(700)
        await stage.until("w650")
        await stage.pilot.resize_terminal(120, 40)
        gate.open()
        await stage.until(lambda: not stage.session.streaming)
        await stage.until("w1499")
        assert stage.screen.chat.follows


async def test_a_very_long_message_shows_its_beginning_and_its_end() -> None:
    async with staged(size=(80, 24)) as stage:
        await say(stage, "question", LINES)
        hidden = f"┊ {3 * LONGEST - 2 * SHOWN:,} lines · z unfolds"
        await stage.until(f"• item {3 * LONGEST - 1}")
        await stage.press("escape", "ctrl+home")
        stage.screen.chat.scroll_lines(SHOWN + 5 - 10)
        await stage.until(hidden)
        assert f"item {SHOWN - 1}" in stage.shown()
        assert f"item {3 * LONGEST - SHOWN}" in stage.shown()
        first = chat(stage)[0]
        await stage.press("z")
        await stage.until(f"item {SHOWN}")
        assert hidden not in stage.shown()
        assert chat(stage)[0] == first
        stage.screen.chat.scroll_lines(LONGEST)
        await laid_out(stage)
        await stage.press("z")
        await stage.until(hidden)


async def test_the_end_of_a_folded_message_stays_where_it_is_read() -> None:
    text = "\n\n".join(f"line {number} has **some** words and `code` in it" for number in range(10 * LONGEST))
    async with staged(size=(80, 24)) as stage:
        await say(stage, "question", text, "after")
        await laid_out(stage)
        await stage.press("escape", "pageup", "pageup", "pageup")
        await laid_out(stage)
        first = lines_read(stage)[0]
        assert 10 * LONGEST - SHOWN < first < 10 * LONGEST
        await stage.press("i")
        await laid_out(stage)
        assert lines_read(stage)[0] == first
        await stage.pilot.resize_terminal(70, 24)
        await laid_out(stage)
        assert lines_read(stage)[0] == first


async def test_a_page_up_counts_from_the_end_although_that_is_not_laid_out_yet(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(kept_blocks, "_SLICE_S", 0)  # a piece of the text at a time
    text = "\n\n".join(f"line {number} has **some** words and `code` in it" for number in range(10 * LONGEST))
    async with staged(size=(80, 24)) as stage:
        await say(stage, "question", text)
        await stage.until("┊ laying out")
        await stage.press("escape", "pageup")
        assert "┊ laying out" in stage.shown()
        await laid_out(stage)
        page = lines_read(stage)
        await stage.press("G")
        await stage.until(f"line {10 * LONGEST - 1} ")
        end = lines_read(stage)
        assert page[0] < end[0] == page[-1] + 1 or end[0] in page
        await stage.press("pageup")
        await laid_out(stage)
        assert lines_read(stage) == page


async def test_a_window_without_a_line_has_a_place() -> None:
    async with staged(size=(80, 24)) as stage:
        await say(stage, *["one", "two"] * 8)
        await stage.press("escape")
        await stage.pilot.resize_terminal(10, 4)
        await stage.press("slash", "a", "escape", "G", "pagedown", "tab")
        await stage.pilot.resize_terminal(80, 24)
        await stage.until("two")


@pytest.mark.parametrize("role", [0, 1], ids=["plain", "Markdown"])
async def test_who_comes_back_to_the_very_last_line_follows_again(role: int) -> None:
    async with staged(size=(80, 24)) as stage:
        await say(stage, *["ask"] * role, "\n\n".join(f"line {number}" for number in range(100)))
        await laid_out(stage)
        pane, end = stage.screen.chat, chat(stage)
        pane.scroll_lines(-6)
        await laid_out(stage)
        pane.scroll_lines(5)
        await laid_out(stage)
        assert not pane.follows
        pane.scroll_lines(1)
        await laid_out(stage)
        assert chat(stage) == end
        assert pane.follows


async def test_the_first_message_in_sight_is_counted() -> None:
    async with staged(size=(100, 30)) as stage:
        await say(stage, *[f"line {number}\n\n" * 2 for number in range(40)])
        await laid_out(stage)
        for _ in range(12):
            stage.screen.chat.scroll_lines(-1)
            await laid_out(stage)
            said = re.search(r"(\d+) of 40 ─╯$", stage.shown(), re.MULTILINE)
            assert said
            assert int(said[1]) - 1 == lines_read(stage)[0]


@pytest.mark.parametrize("up", [1, 2, 5])
async def test_who_reads_near_the_end_reads_on_there_after_a_larger_window_showed_it(up: int) -> None:
    async with staged(size=(100, 30)) as stage:
        await say(stage, *[f"line {number}\n\n" * 2 for number in range(40)])
        await laid_out(stage)
        pane = stage.screen.chat
        await stage.press("escape")
        pane.scroll_lines(-up)
        await laid_out(stage)
        read, top = chat(stage), pane.view.top
        for _ in range(2):
            for size in ((100, 60), (180, 40), (60, 50)):
                await stage.pilot.resize_terminal(*size)
                await laid_out(stage)
                assert not pane.follows
            await stage.pilot.resize_terminal(100, 30)
            await laid_out(stage)
            assert chat(stage) == read
        await stage.press("i", *["ctrl+j"] * 6)
        await laid_out(stage)
        await stage.press("ctrl+c")
        await stage.until(lambda: pane.view.top == top)
        await stage.press("escape", "G")
        await laid_out(stage)
        assert pane.follows


async def test_a_larger_window_takes_no_one_to_the_end_of_what_streams() -> None:
    gate = Gate()
    async with staged(Services.Scripted(" ".join(f"line {number}\n\n" for number in range(90)), pace=gate)) as stage:
        await say(stage, *["begin"] * 20)
        await stage.send("count")
        gate.let(60)
        await stage.until("line 29")
        stage.screen.chat.focus()
        stage.screen.chat.scroll_lines(-4)
        await laid_out(stage)
        read = lines_read(stage)[0]
        await stage.pilot.resize_terminal(120, 60)
        await laid_out(stage)
        assert "line 29" in stage.shown()
        await stage.pilot.resize_terminal(120, 40)
        await laid_out(stage)
        gate.open()
        await stage.until("new below")
        await stage.until(lambda: not stage.session.streaming)
        assert lines_read(stage)[0] == read
        assert not stage.screen.chat.follows


async def test_what_the_cursor_was_put_on_stays_in_sight_while_an_answer_comes() -> None:
    gate = Gate()
    async with staged(Services.Scripted(" ".join(f"line {number}\n\n" for number in range(90)), pace=gate)) as stage:
        await stage.send("count")
        gate.let(4)
        await stage.until("line 1")
        stage.screen.chat.focus()
        await stage.press("k")
        await stage.until("█ count")
        gate.open()
        await stage.until(lambda: not stage.session.streaming)
        await stage.until("new below")
        assert "█ count" in stage.shown()
        await stage.press("j", "G")
        await stage.until("line 89")
        assert stage.screen.chat.follows
        await stage.press("k", "i")
        await stage.send("again")
        await stage.until(lambda: not stage.session.streaming and len(stage.talk) == 4)
        assert stage.screen.chat.follows


@pytest.mark.parametrize("size", [(100, 14), (60, 14), (60, 24), (140, 20)])
async def test_what_the_cursor_is_on_stays_in_sight_in_a_smaller_window_and_the_place_comes_back(
    size: tuple[int, int],
) -> None:
    async with staged(size=(100, 40)) as stage:
        await say(stage, *["some words of it " * (5 + number % 30) for number in range(40)])
        await laid_out(stage)
        await stage.press("escape", "pageup", "pageup")
        await laid_out(stage)
        pane = stage.screen.chat
        top, cursor = pane.view.top, pane.cursor_row
        assert cursor >= top[0] + 2
        for _ in range(2):
            await stage.pilot.resize_terminal(*size)
            await laid_out(stage)
            assert pane.cursor_row == cursor
            assert "█" in stage.shown()
            await stage.pilot.resize_terminal(size[0] - 12, size[1])
            await laid_out(stage)
            assert pane.cursor_row == cursor
            await stage.pilot.resize_terminal(100, 40)
            await laid_out(stage)
            assert (pane.view.top, pane.cursor_row) == (top, cursor)
        pane.scroll_lines(-1)
        await laid_out(stage)
        assert pane.view.top == (top[0], top[1] - 1) or top[1] == 0


async def test_to_undo_a_mark_moves_nothing() -> None:
    async with staged(size=(80, 24)) as stage:
        await say(stage, "ask", "\n\n".join(f"line {number}" for number in range(40)), "so?", "so.")
        pane = stage.screen.chat
        await stage.press("escape", "pageup", "pageup", *["pagedown"] * 3)
        await laid_out(stage)
        assert pane.follows
        assert pane.cursor_row != 3
        for keys in ("b", "kb"):
            await stage.press(*keys)
            await stage.until(lambda: stage.session.state.marks)
            place, follows, cursor = pane.view.top, pane.follows, pane.cursor_row
            for key in "uU":
                await stage.press(key)
                await laid_out(stage)
                assert (pane.view.top, pane.follows, pane.cursor_row) == (place, follows, cursor)
            await stage.press("u")


async def test_a_code_block_that_one_went_to_stays_in_sight_while_an_answer_comes() -> None:
    gate = Gate()
    text = " ".join(f"line {number}\n\n" for number in range(90))
    async with staged(Services.Scripted(text, pace=gate), size=(80, 30)) as stage:
        await say(stage, "ask", "see\n\n```python\nx = 1\n```\n")
        await stage.send("count")
        gate.let(4)
        await stage.until("line 1")
        stage.screen.chat.focus()
        await stage.press("less_than_sign")
        await stage.until("▶")
        gate.open()
        await stage.until(lambda: not stage.session.streaming)
        await stage.until("new below")
        assert "x = 1" in stage.shown()
        assert stage.screen.chat.code_number == 1


async def test_who_comes_back_to_the_end_of_what_streams_follows_whatever_is_drawn_first() -> None:
    gate = Gate()
    async with staged(Services.Scripted(" ".join(f"line {number}\n\n" for number in range(90)), pace=gate)) as stage:
        await stage.send("count")
        gate.let(120)
        await stage.until("line 59")
        pane = stage.screen.chat
        row = pane.view.path.end
        pane.scroll_lines(-10)
        await laid_out(stage)
        gate.let(2)
        for lines in (10, 30):
            pane.scroll_lines(lines)
            pane.flush({row})
        await laid_out(stage)
        assert pane.follows
        gate.open()
        await stage.until("line 89")


async def test_who_is_at_the_end_scrolls_no_further_while_it_is_laid_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kept_blocks, "_SLICE_S", 0)
    async with staged(size=(80, 24)) as stage:
        await say(stage, "ask")
        stage.session.add_message("assistant", "\n\n".join(f"line {number} and `code`" for number in range(2000)))
        await stage.until("┊ laying out")
        stage.screen.chat.scroll_lines(3)
        await stage.pilot.resize_terminal(90, 26)
        await stage.until("line 1999")
        assert stage.screen.chat.follows


@pytest.mark.parametrize(
    ("keys", "there"),
    [(["d", "d"], 8), (["N"], 8), (["R"], 9), (["e", "X", "enter"], 9), (["S", "X", "enter"], 8)],
    ids=["delete", "fork", "regenerate", "edit", "system prompt"],
)
async def test_one_reads_on_where_one_was_after_an_undo(keys: list[str], there: int) -> None:
    async with staged(size=(100, 30)) as stage:
        await say(stage, *[f"line {number}\n\n" * 2 for number in range(40)])
        await laid_out(stage)
        await stage.press("escape", "g", *["j"] * there)
        await laid_out(stage)
        pane = stage.screen.chat
        read = pane.cursor_row
        assert stage.session.state.tree.content(read).startswith(f"line {there}\n")
        await stage.press(*keys)
        await stage.until(lambda: not stage.session.streaming)
        await stage.settled()
        stage.screen.composer.clear()
        pane.focus()
        await stage.press("u")
        await stage.until("Undid")
        await laid_out(stage)
        assert len(stage.talk) == 40
        assert pane.cursor_row == read
        assert f"line {there} " in stage.shown()
        assert not pane.follows


async def test_z_shows_all_of_a_message_and_folds_all_of_it() -> None:
    reply = Reply(text=LINES, reasoning="Count them.")
    async with staged(Services.Scripted([reply]), size=(80, 24)) as stage:
        await stage.ask("count")
        await stage.until(f"item {3 * LONGEST - 1}")  # who followed it still sees its end
        stage.screen.chat.redraw()
        await stage.press("escape", "ctrl+home")
        await stage.until("▸ thought: Count them.")
        await stage.press("z")
        await stage.until("▾ thought")
        stage.screen.chat.scroll_lines(LONGEST)
        await stage.until(f"item {LONGEST}")
        await stage.press("z", "ctrl+home")
        await stage.until("▸ thought: Count them.")
        stage.screen.chat.scroll_lines(SHOWN)
        await stage.until("z unfolds")


async def test_an_answer_is_not_folded_while_it_streams() -> None:
    gate = Gate()
    async with staged(Services.Scripted(LINES, pace=gate), size=(80, 24)) as stage:
        await stage.send("count")
        gate.open()
        await stage.until(f"item {3 * LONGEST - 1}")
        stage.screen.chat.scroll_lines(-LONGEST)
        await stage.settled()
        assert "z unfolds" not in stage.shown()
        held = chat(stage)
        await stage.pilot.resize_terminal(70, 24)
        await stage.pilot.resize_terminal(80, 24)
        await stage.until(lambda: chat(stage) == held)


@pytest.mark.parametrize(
    "text",
    ["word " * 200_000, "a" * 1_000_000, "漢字" * 200_000, "```python\n" + "value = 1\n" * 50_000 + "```\n"],
    ids=["words", "one word", "ideographs", "fence"],
)
@pytest.mark.parametrize("role", ["user", "assistant"])
async def test_a_huge_message_is_laid_out_while_the_rest_goes_on(text: str, role: str) -> None:
    async with staged(size=(80, 24)) as stage:
        await say(stage, "question", "answer")
        stage.session.add_message(role, text)
        await stage.until("┊ laying out")
        await stage.write("still here")
        assert stage.draft == "still here"
        await stage.press("ctrl+home")
        await stage.until("▎ question")


async def test_a_place_in_the_source_is_brought_into_the_window() -> None:
    async with staged(size=(80, 24)) as stage:
        await say(stage, "before", LINES, *["filler"] * 40)
        pane, row = stage.screen.chat, 1
        for wanted in (2 * LONGEST, 3, 3 * LONGEST - 2, LONGEST):
            pane.reveal_offset(row, LINES.index(f"item {wanted}\n"))
            await stage.until(lambda: any(line.endswith(f"item {wanted}") for line in chat(stage)))  # noqa: B023
            at = next(y for y, line in enumerate(chat(stage)) if line.endswith(f"item {wanted}"))
            place = pane.text_at(at)
            assert place is not None
            assert place[0] == row
            assert place[1] is not None
            assert pane.text_line(row, place[1]).source_at(3) == LINES.index(f"item {wanted}\n")
        held = chat(stage)
        pane.reveal_offset(row, LINES.index(f"item {LONGEST + 1}\n"))
        await stage.settled()
        assert chat(stage) == held, "what is in the window already stays where it is"


async def test_the_text_at_a_line_of_the_window() -> None:
    async with staged(size=(80, 24)) as stage:
        await say(stage, "a\n\n\tb " + "c" * 72, "**d**")
        pane = stage.screen.chat
        found = [pane.text_at(y) for y in range(11)]
        header, blank = (0, None), (0, None)
        assert found[:7] == [header, (0, 0), (0, 1), (0, 2), (0, 3), blank, (1, None)]
        assert found[7:10] == [(1, 0), (1, None), None]
        lines = [pane.text_line(0, index) for index in range(4)]
        assert [line.span for line in lines] == [(0, 1), None, (3, 5), (6, 78)]
        assert pane.text_line(1, 0).source_at(0) == 2


async def test_the_scrollbar_shows_where_one_is_and_goes_where_it_is_pulled() -> None:
    async with staged(size=(80, 24)) as stage:
        await say(stage, "short")
        assert not thumb(stage)
        await say(stage, *[f"message {number}\n\nmore" for number in range(300)])
        pane = stage.screen.chat
        bottom, x = pane.size.height - 1, pane.size.width - 1
        assert thumb(stage) == [bottom]
        await stage.pilot.mouse_down(pane, offset=(x, bottom))
        await stage.pilot.hover(pane, offset=(x, bottom // 2))
        await stage.pilot.mouse_up(pane, offset=(x, bottom // 2))
        await stage.until(lambda: thumb(stage) == [bottom // 2])
        await stage.until(lambda: any("message 15" in line or "message 14" in line for line in chat(stage)))
        await stage.pilot.click(pane, offset=(x, 0))
        await stage.until("▎ short")
        assert thumb(stage) == [0]
        await stage.pilot.click(pane, offset=(x, bottom))
        await stage.until("message 299")
        assert pane.follows
        await stage.press("pageup")
        await stage.settled()
        assert thumb(stage) == [bottom - 1], "not at an end, if only by little"


TURN = (
    "It says **why**, with `code`:\n\n- one\n- two\n\n```python\ndef fold(rows):\n\n    return rows\n```\n\n"
    "| rows | size |\n|---|---|\n| 1,000 | 10 MB |\n| 1 | a wide cell |\n\n"
)


@pytest.mark.parametrize("step", [3, 17, 23])
async def test_a_window_shows_at_once_what_it_shows_when_all_is_laid_out(step: int) -> None:
    async with staged(size=(80, 24)) as stage:
        await say(stage, *(f"{number} {TURN * (1 + number % 4)}" for number in range(12)))
        pane = stage.screen.chat
        moves = [
            lambda: pane.reveal(2),
            *[lambda: pane.scroll_lines(step)] * 8,
            *[lambda: pane.scroll_lines(-step)] * 4,
        ]
        slowly = []
        for move in moves:
            move()
            await laid_out(stage)
            slowly.append(chat(stage))
        pane.redraw()  # all that was laid out is forgotten
        at_once = []
        for move in moves:
            move()
            at_once.append(chat(stage))
        assert at_once == slowly
        assert len({tuple(window) for window in slowly}) == 9, "it goes down eight times, and by the same windows back"


async def test_z_knows_how_long_a_message_is_of_which_the_window_shows_a_part() -> None:
    async with staged(size=(80, 24)) as stage:
        await say(stage, "ask", TURN * 8, *["more"] * 30)
        stage.screen.chat.reveal(1)
        chat(stage)
        with pytest.raises(UsageError, match="nothing to fold"):
            stage.screen.chat.fold(1)


def paragraphs(count: int) -> str:
    return "\n\n".join(f"paragraph {number} says this and that and some more" for number in range(count))


def seen(stage: Stage) -> set[int]:
    """Return the numbers of the paragraphs in the window."""
    return {int(number) for number in re.findall(r"paragraph (\d+)", "\n".join(chat(stage)))}


async def at_a_long_answer(stage: Stage) -> Reader:
    """Return the chat with an answer of many windows in sight, of which the first one was drawn."""
    await say(stage, "ask", paragraphs(190), *["more"] * 31)
    stage.screen.chat.reveal(1)
    chat(stage)
    return stage.screen.chat


@pytest.mark.parametrize("role", [0, 1], ids=["plain", "Markdown"])
async def test_nothing_is_skipped_on_the_way_up_into_a_long_message(role: int) -> None:
    async with staged(size=(80, 24)) as stage:
        await say(stage, *["ask"] * role, paragraphs(150), *["more"] * 31)
        stage.screen.chat.reveal(role + 1)
        read: set[int] = set()
        while stage.screen.chat.view.top > (role, 0):
            stage.screen.chat.scroll_lines(-3)
            await laid_out(stage)
            read |= seen(stage)
        assert read == {*range(150)}


async def test_nothing_is_skipped_when_the_wheel_is_faster_than_the_screen() -> None:
    async with staged(size=(80, 24)) as stage:
        pane = await at_a_long_answer(stage)
        for _ in range(60):
            pane.scroll_lines(3)
            pane.flush(())
        assert pane.view.top == (1, 180)


async def test_z_opens_no_message_that_is_not_long_wherever_it_is() -> None:
    async with staged(size=(80, 24)) as stage:
        await say(stage, "ask", paragraphs(90), *["more"] * 61)
        stage.screen.chat.reveal(1)
        chat(stage)
        stage.screen.chat.reveal(40)
        await stage.settled()
        with pytest.raises(UsageError, match="nothing to fold"):
            stage.screen.chat.fold(1)


async def test_a_chat_that_is_covered_has_nothing_to_do() -> None:
    async with staged(size=(80, 24)) as stage:
        pane = await at_a_long_answer(stage)
        await stage.press("f1")
        pane.scroll_lines(3)
        assert any(not pane.flush(()) for _ in range(100))


async def test_a_text_whose_fold_is_out_of_sight_says_that_it_opened() -> None:
    async with staged(size=(80, 24)) as stage:
        await say(stage, "begin", "\n\n".join(f"line {number}" for number in range(LONGEST)))
        await laid_out(stage)
        stage.screen.chat.focus()
        await stage.press("k", "j")
        await stage.until("line 1")
        await stage.press("z")
        await stage.until("All lines of the message are shown.")
        await stage.press("z")
        await stage.until(f"{2 * LONGEST - 1 - 2 * SHOWN:,} lines are folded.")
        assert "line 1" in stage.shown()


@pytest.mark.parametrize("step", ["[", "]"])
async def test_an_alternative_is_read_from_where_the_other_one_was(step: str) -> None:
    async with staged(size=(80, 24)) as stage:
        prompt = stage.session.add_message("user", "begin")
        for name in ("a", "b", "c"):
            stage.session.fork(prompt, name)
            lines = "\n\n".join(f"{name} line {number}" for number in range(60))
            stage.session.add_message("assistant", lines, branch=name)
        stage.session.checkout("c")
        await stage.until("c line 59")
        stage.screen.chat.focus()
        await stage.press("g", "j")
        await stage.until("c line 0")
        await stage.press(step)
        await stage.until(f"{'a' if step == ']' else 'b'} line 0")
        assert not stage.screen.chat.follows
        await stage.press("G", step)
        await stage.until(f"{'b' if step == ']' else 'a'} line 59")
        assert stage.screen.chat.follows


@pytest.mark.parametrize("keys", [")))", "jjjjjj"])
async def test_a_prompt_that_one_went_to_stays_although_the_end_is_in_sight(keys: str) -> None:
    gate = Gate()
    async with staged(Services.Scripted(" ".join(f"w{n}\n\n" for n in range(90)), pace=gate), size=(80, 24)) as stage:
        await say(stage, *[part for number in range(3) for part in (f"ask {number}", LINES[:90])])
        await stage.send("go on")
        gate.let(4)
        await stage.until("w2")
        stage.screen.chat.focus()
        await stage.press("g", *keys)
        await stage.until("█ go on")
        gate.open()
        await stage.until(lambda: not stage.session.streaming)
        await stage.until("new below")
        assert "█ go on" in stage.shown()


async def test_reasoning_that_is_out_of_sight_says_that_it_is_shown() -> None:
    reply = Reply(text="\n\n".join(f"line {number}" for number in range(40)), reasoning="Count them.\n\n" * 20)
    async with staged(Services.Scripted(reply), size=(80, 24)) as stage:
        await stage.ask("count")
        await stage.until("line 39")
        stage.screen.chat.focus()
        await stage.press("z")
        await stage.until("The reasoning is shown above.")
        await stage.press("z")
        await stage.until("The reasoning is folded above.")
