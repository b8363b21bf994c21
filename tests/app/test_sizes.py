"""The screen at every size: panes side by side, the tree over the chat, and hardly any screen at all."""

from __future__ import annotations

import pytest
from rich.cells import cell_len
from stage import Gate, Stage, staged

from lion_tui import Services


def read(stage: Stage) -> list[str]:
    """Return the lines of the chat, without its scrollbar."""
    return [line.replace("▐", " ") for line in stage.lines() if "▎" in line]


async def test_at_80_columns_the_tree_lies_over_the_chat_while_it_has_the_keyboard() -> None:
    async with staged("Whales sing.", size=(80, 24)) as stage:
        await stage.ask("why")
        assert "◉" not in stage.shown()
        await stage.press("f2")
        await stage.until("◉ 2 Whales sing.")
        assert stage.focus == "tree"
        assert "enter check out" in stage.shown()
        await stage.press("escape")
        await stage.until(lambda: "◉" not in stage.shown())
        assert stage.focus == "composer"


async def test_the_tree_closes_when_a_prompt_was_chosen_in_it() -> None:
    async with staged(size=(80, 24)) as stage:
        await stage.ask("why")
        await stage.press("f2", "k", "enter")
        await stage.until(lambda: "◉" not in stage.shown() and "● 1" not in stage.shown())
        assert stage.draft == "why"


@pytest.mark.parametrize("small", [(1, 1), (2, 3), (9, 5), (40, 10)])
async def test_any_size_and_back(small: tuple[int, int]) -> None:
    async with staged("Whales sing. " * 40) as stage:
        await stage.ask("why")
        await stage.until("   saved   ")
        before = stage.lines()
        await stage.pilot.resize_terminal(*small)
        await stage.settled()
        assert [cell_len(line) for line in stage.lines()] == [small[0]] * small[1]
        await stage.press("f2", "k", "escape", "escape", "k", "pageup", "i")
        await stage.pilot.resize_terminal(120, 40)
        await stage.settled()
        await stage.press("escape", "G", "i")
        assert stage.lines() == before


@pytest.mark.parametrize("size", [(80, 24), (120, 40)])
async def test_long_names_leave_room_for_what_else_the_status_says(size: tuple[int, int]) -> None:
    async with staged("Whales sing.", size=size) as stage:
        await stage.ask("why do whales sing so long and so low in winter")
        await stage.send("/fork a-branch-with-a-name-that-is-longer-than-all-of-the-others")
        await stage.until(lambda: stage.session.current.name.startswith("a-branch"))
        await stage.until("   saved")
        line = stage.row("   saved")
        assert line.startswith(" why")
        assert "… ⎇ a-branch" in line
        await stage.pilot.resize_terminal(200, 60)
        await stage.until("⎇ a-branch-with-a-name-that-is-longer-than-all-of-the-others   ")


async def test_streaming_goes_on_while_the_screen_changes_its_size() -> None:
    gate = Gate()
    async with staged(Services.Scripted("one two three", pace=gate)) as stage:
        await stage.send("count")
        gate.let(1)
        await stage.until("▎ one")
        await stage.pilot.resize_terminal(1, 1)
        gate.open()
        await stage.until(lambda: not stage.session.streaming)
        await stage.pilot.resize_terminal(80, 24)
        await stage.until("▎ one two three")


async def test_a_screen_of_40_by_10_is_of_use() -> None:
    async with staged("Whales sing.", size=(40, 10)) as stage:
        await stage.ask("why")
        await stage.until("▎ Whales sing.")
        await stage.write("and more")
        assert "› and more" in stage.shown()


async def test_scrolling_up_stays_while_the_answer_grows() -> None:
    gate = Gate()
    text = "\n".join(f"- line {number}" for number in range(100))
    async with staged(Services.Scripted(text, pace=gate), size=(80, 24)) as stage:
        await stage.send("count")
        gate.let(180)
        await stage.until("line 59")
        await stage.press("pageup", "pageup")
        await stage.until("• line 25")
        held = read(stage)
        gate.open()
        await stage.until(lambda: not stage.session.streaming)
        assert read(stage) == held
        await stage.press(*("pagedown",) * 5)
        await stage.until("• line 99")
        await stage.press("ctrl+home")
        await stage.until("▎ count")
        await stage.press("ctrl+end")
        await stage.until("• line 99")


async def test_the_tree_shows_where_its_cursor_is() -> None:
    async with staged("Whales sing.") as stage:
        await stage.ask("why")
        await stage.press("f2", "k")
        await stage.settled()
        for line, at in (("● 1 why", True), ("◉ 2 Whales", False)):
            strip = next(each for each in stage.app.screen._compositor.render_strips() if line in each.text)
            segment = next(each for each in strip if "1 why" in each.text or "2 Whales" in each.text)
            assert segment.style is not None
            assert bool(segment.style.bold) is at
            panel, background = (stage.app.theme_variables[name].lower() for name in ("panel", "background"))
            assert segment.style.bgcolor is not None
            assert segment.style.bgcolor.name == (panel if at else background)


async def test_what_does_not_fit_into_a_header_is_cut_in_sight() -> None:
    async with staged("Whales sing.", size=(40, 20)) as stage:
        await stage.ask("why")
        stage.session.add_message("assistant", "Indeed.", sender="a-model-with-a-name-of-letters")
        await stage.until("a-model-with-a-name-of-letters")
        assert "…" in stage.row("a-model-with-a-name-of-letters")
