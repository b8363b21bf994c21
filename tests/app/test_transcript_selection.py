"""Selecting in the transcript with the mouse, and copying the source of what is selected."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyperclip
import pytest
from stage import Gate, staged
from textual import events
from textual.geometry import Region

from lion_tui import Services
from lion_tui.services.scripted import Reply

if TYPE_CHECKING:
    from stage import Stage

ANSWER = (
    "# Title\n\nSome **bold** and *thin* words.\n\n```python\na = 1\nb = 2\n```\n\n| x | y |\n|---|---|\n| one | two |"
)


@pytest.fixture
def copied(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    copied: list[str] = []
    monkeypatch.setattr(pyperclip, "copy", copied.append)
    return copied


async def copy(stage: Stage, copied: list[str], key: str = "y") -> str:
    """Copy what is selected, and return it."""
    count = len(copied)
    await stage.press(key)
    await stage.until(lambda: len(copied) > count)
    return copied[-1]


async def test_a_drag_copies_the_source_and_keeps_the_selection(copied: list[str]) -> None:
    async with staged(ANSWER) as stage:
        await stage.ask("prompt")
        x, y = stage.cell("Some bold")
        await stage.drag((x, y), (x + 1, y), stage.cell("thin"))
        assert stage.in_background("selection") == "Some bold and t"
        assert await copy(stage, copied) == "Some **bold** and *t"
        assert stage.focus == "chat"
        assert stage.in_background("selection") == "Some bold and t"
        assert await copy(stage, copied, "ctrl+c") == "Some **bold** and *t"


async def test_a_drag_backwards_and_across_messages_joins_them_with_a_blank_line(copied: list[str]) -> None:
    async with staged(ANSWER) as stage:
        await stage.ask("my prompt")
        x, y = stage.cell("b = 2")
        await stage.drag((x + 4, y), (x + 4, y - 2), stage.cell("prompt"))
        assert await copy(stage, copied) == "prompt\n\n" + ANSWER.partition("\n```\n")[0]


async def test_bars_wraps_and_columns_are_not_copied(copied: list[str]) -> None:
    text = "> a quote that is wrapped " + "again and " * 20 + "\n\n- one\n- two"
    async with staged(text, size=(60, 24)) as stage:
        await stage.ask("p")
        await stage.drag(stage.cell("a quote"), stage.cell("two"))
        x, y = stage.cell("two")
        await stage.drag(stage.cell("a quote"), (x + 20, y))
        assert await copy(stage, copied) == text


async def test_two_clicks_select_a_word_and_three_a_paragraph(copied: list[str]) -> None:
    async with staged(ANSWER) as stage:
        await stage.ask("prompt")
        x, y = stage.cell("bold")
        await stage.pilot.click(offset=(x + 1, y), times=2)
        assert stage.in_background("selection") == "bold"
        assert await copy(stage, copied) == "bold"
        await stage.pilot.click(offset=(x + 2, y), times=3)
        assert await copy(stage, copied) == "Some **bold** and *thin* words."
        await stage.pilot.click(offset=stage.cell("b = 2"), times=3)
        assert await copy(stage, copied) == "b = 2"


async def test_a_click_and_escape_take_the_selection_away_before_anything_else(copied: list[str]) -> None:
    gate = Gate()
    async with staged(Services.Scripted("word " * 30, pace=gate)) as stage:
        await stage.send("prompt")
        gate.let(3)
        await stage.until("word word")
        x, y = stage.cell("prompt")
        await stage.drag((x, y), (x + 2, y))
        assert stage.in_background("selection") == "pro"
        await stage.press("escape")
        assert stage.in_background("selection") == ""
        assert stage.session.streaming
        await stage.drag((x, y), (x + 2, y))
        await stage.pilot.click(offset=(x, y + 10))
        assert stage.in_background("selection") == ""
        await stage.press("ctrl+c")
        await stage.until("■ stopped")
        assert copied == []


async def test_dragging_beyond_the_window_scrolls(copied: list[str]) -> None:
    text = "\n".join(f"- line {number}" for number in range(60))
    async with staged(text, size=(80, 24)) as stage:
        await stage.ask("prompt")
        x, y = stage.cell("line 50")
        await stage.mouse(events.MouseDown, (x + 6, y))
        await stage.mouse(events.MouseMove, (x, 0))
        await stage.until("line 10")
        await stage.mouse(events.MouseMove, stage.cell("line 20"))  # what scrolls stops
        await stage.mouse(events.MouseMove, stage.cell("line 20"))
        await stage.mouse(events.MouseUp, stage.cell("line 20"))
        kept = stage.screen.chat.selected_source()
        assert kept.startswith("- line 20\n- line 21\n")
        assert kept.endswith("\n- line 50")
        await stage.press("g")
        await stage.until("line 2")
        start = stage.cell("line 2")
        await stage.mouse(events.MouseDown, start)
        await stage.mouse(events.MouseMove, (start[0], 30))
        await stage.until("line 59")
        await stage.mouse(events.MouseUp, (start[0], 30))
        assert await copy(stage, copied) == text.partition("- line 1\n")[2]


async def test_a_selection_stays_with_its_text_while_more_streams_below_and_after_a_resize(copied: list[str]) -> None:
    gate = Gate()
    async with staged(Services.Scripted("alpha beta " + "gamma\n\n" * 60, pace=gate), size=(80, 24)) as stage:
        await stage.send("prompt")
        gate.let(6)
        await stage.until("gamma")
        x, y = stage.cell("beta")
        await stage.drag((x, y), (x + 3, y))
        gate.let(2)
        await stage.until(lambda: stage.shown().count("█ gamma") > 3)
        assert stage.in_background("selection") == "beta"
        gate.open()
        await stage.until(lambda: not stage.session.streaming)
        await stage.until(lambda: stage.in_background("selection") == "")  # it still follows the end
        await stage.pilot.resize_terminal(60, 30)
        await stage.press("g")
        await stage.until("prompt")
        assert stage.in_background("selection") == "beta"
        assert await copy(stage, copied) == "beta"


async def test_what_streams_does_not_run_away_under_the_pointer() -> None:
    gate = Gate()
    async with staged(
        Services.Scripted("\n\n".join(f"line {n}" for n in range(90)), pace=gate), size=(80, 24)
    ) as stage:
        await stage.send("prompt")
        gate.let(80)
        await stage.until("line 39")
        x, y = stage.cell("line 35")
        await stage.mouse(events.MouseDown, (x, y))
        await stage.mouse(events.MouseMove, (x + 6, y))
        gate.let(40)
        await stage.until("new below")
        assert stage.cell("line 35") == (x, y)
        assert stage.in_background("selection") == "line 35"
        await stage.mouse(events.MouseUp, (x + 6, y))
        await stage.until(lambda: "new below" not in stage.shown())
        assert stage.screen.chat.follows


async def test_another_path_keeps_what_is_selected_above_it() -> None:
    async with staged(Services.Scripted(["one answer", "other answer"])) as stage:
        await stage.ask("prompt")
        x, y = stage.cell("prompt")
        await stage.drag((x, y), (x + 5, y))
        await stage.press("R")
        await stage.until("other answer")
        assert stage.in_background("selection") == "prompt"
        x, y = stage.cell("other")
        await stage.drag((x, y), (x + 4, y))
        await stage.press("left_square_bracket")
        await stage.until("one answer")
        assert stage.screen.chat.selected_source() == ""


async def test_what_was_thought_is_copied_only_where_it_is_shown(copied: list[str]) -> None:
    async with staged(Services.Scripted([Reply(text="Yes.", reasoning="Because *so*.")])) as stage:
        await stage.ask("prompt")
        await stage.drag(stage.cell("prompt"), stage.cell("Yes."))
        assert await copy(stage, copied) == "prompt\n\nY"
        await stage.press("escape", "z")
        await stage.until("▾ thought")
        await stage.drag(stage.cell("prompt"), stage.cell("es."))
        assert await copy(stage, copied) == "prompt\n\nBecause *so*.\n\nYe"


async def test_a_release_that_nobody_saw_ends_the_drag() -> None:
    async with staged("Some words.") as stage:
        await stage.ask("prompt")
        x, y = stage.cell("Some")
        await stage.mouse(events.MouseDown, (x, y))
        await stage.mouse(events.MouseMove, (x + 3, y))
        await stage.mouse(events.MouseMove, (x + 8, y), button=0)
        await stage.mouse(events.MouseMove, (x + 9, y), button=0)
        assert stage.in_background("selection") == "Some"


async def test_nothing_is_selected_where_there_is_nothing() -> None:
    async with staged() as stage:
        await stage.drag((50, 5), (60, 9))
        await stage.pilot.click(offset=(50, 5), times=2)
        await stage.press("y")
        await stage.until("There is no message yet.")


async def test_from_the_first_header_to_below_the_last_message_is_everything() -> None:
    contents = ["\n\n- a\n- *b*\n", "\n", "```\ncode\n```", "[x]: https://a.example\n\n[x] 中文 e\u0301\n\n"]
    async with staged(size=(100, 60)) as stage:
        for number, content in enumerate(contents):
            stage.session.add_message("user" if number % 2 else "assistant", content)
        await stage.settled()
        chat = stage.screen.chat.region
        await stage.drag((chat.right - 1, chat.y), (chat.right - 1, chat.y + 4), (chat.right - 1, chat.bottom - 1))
        assert stage.screen.chat.selected_source() == (
            "- a\n- *b*\n\n```\ncode\n```\n\n[x]: https://a.example\n\n[x] 中文 e\u0301"
        )


async def test_ctrl_c_copies_then_stops_then_clears(copied: list[str]) -> None:
    gate = Gate()
    async with staged(Services.Scripted("word " * 30, pace=gate)) as stage:
        await stage.send("prompt")
        gate.let(3)
        await stage.until("word word")
        x, y = stage.cell("prompt")
        await stage.drag((x, y), (x + 2, y))
        await stage.press("i")
        await stage.write("draft")
        assert await copy(stage, copied, "ctrl+c") == "pro"
        assert stage.session.streaming
        await stage.press("escape", "ctrl+c")
        await stage.until("■ stopped")
        assert stage.draft == "draft"
        await stage.press("ctrl+c")
        await stage.until(lambda: stage.draft == "")


async def test_a_line_without_a_mark_stays_the_same_while_others_are_marked() -> None:
    async with staged("one\n\ntwo\n\nthree\n\nfour") as stage:
        await stage.ask("prompt")
        pane = stage.screen.chat
        x, y = stage.cell("one")
        await stage.mouse(events.MouseDown, (x, y))
        await stage.mouse(events.MouseMove, (x + 1, y + 2))
        lines = Region(0, 0, pane.size.width, y - pane.region.y + 6)
        before = pane.render_lines(lines)
        await stage.mouse(events.MouseMove, (x + 2, y + 4))
        after = pane.render_lines(lines)
        top = y - pane.region.y
        changed = [at - top for at, (old, new) in enumerate(zip(before, after, strict=True)) if old is not new]
        assert changed == [2, 4]
        await stage.mouse(events.MouseUp, (x + 2, y + 4))
        assert stage.in_background("selection") == "onetwothr"


async def test_what_is_pulled_by_the_scrollbar_selects_nothing_and_opens_no_link(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    opened: list[str] = []
    monkeypatch.setattr("lion_tui.app.screens.main.open_link", lambda _, target: opened.append(target))
    async with staged(size=(80, 24)) as stage:
        for _ in range(40):
            stage.session.add_message("assistant", "https://a.example/" + "b" * 60)
        await stage.settled()
        chat = stage.screen.chat.region
        await stage.mouse(events.MouseDown, (chat.right - 1, chat.bottom - 1))
        await stage.mouse(events.MouseMove, (chat.x + 4, chat.y + 3))
        await stage.mouse(events.MouseUp, (chat.x + 4, chat.y + 3))
        await stage.pilot.click(offset=(chat.right - 1, chat.y))
        await stage.until(lambda: not stage.screen.chat.follows)
        assert stage.in_background("selection") == ""
        assert opened == []


async def test_a_column_that_is_clicked_keeps_its_selection_and_becomes_current() -> None:
    async with staged(Services.Scripted(["Yes.", "Two it is.", "Three it is."])) as stage:
        await stage.ask("one")
        stage.session.fork("main", "other")
        await stage.ask("two")
        stage.session.checkout("other")
        await stage.ask("three")
        await stage.send("/compare main other")
        await stage.until(lambda: stage.focus == "chat" and len(stage.screen.columns.transcripts) == 2)
        region = stage.screen.columns.transcripts[1].region
        await stage.until(lambda: region.width and "Three it is." in stage.shown())
        y = next(y for y, line in enumerate(stage.lines()) if "Three it is." in line)
        x = stage.row("Three it is.").index("Three it is.")
        await stage.drag((x, y), (x + 4, y))
        await stage.until(lambda: stage.session.current.name == "other")
        assert stage.screen.chat.selected_source() == "Three"
        assert stage.in_background("selection") == "Three"
        await stage.pilot.click(offset=(x, y))
        assert stage.in_background("selection") == ""
