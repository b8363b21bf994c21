"""What of the session is in sight: panes, their width, the inspector, the palette."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from stage import Gate, staged, type_at_once

from lion_tui import Services
from lion_tui.app.screens.palette import PaletteScreen
from lion_tui.app.transcript.drawing import SPINNER
from lion_tui.config.paths import config_dir

if TYPE_CHECKING:
    from stage import Stage


async def test_the_tree_is_hidden_and_shown() -> None:
    async with staged() as stage:
        await stage.ask("one")
        await stage.press("escape", "vertical_line")
        await stage.until(lambda: "◉" not in stage.shown())
        assert stage.focus == "chat"
        await stage.press("vertical_line")
        await stage.until("◉ 2 Yes.")


async def test_a_hidden_tree_comes_back_when_one_goes_there() -> None:
    async with staged() as stage:
        await stage.ask("one")
        await stage.press("f2", "vertical_line")
        await stage.until(lambda: "◉" not in stage.shown())
        assert stage.focus == "chat"
        await stage.press("f2")
        await stage.until("◉ 2 Yes.")
        assert stage.focus == "tree"


async def test_a_pane_gets_the_whole_width() -> None:
    async with staged(size=(200, 40)) as stage:
        await stage.ask("one")
        await stage.until("inspector")
        await stage.press("escape", "plus")
        await stage.until(lambda: "◉" not in stage.shown() and "inspector" not in stage.shown())
        await stage.press("underscore")
        await stage.until(lambda: "◉" in stage.shown() and "inspector" in stage.shown())
        await stage.press("f2", "plus")
        await stage.until(lambda: "─ main ─" not in stage.shown())
        await stage.press("underscore")
        await stage.until("─ main ─")


async def test_the_tree_is_made_wider_and_narrower() -> None:
    async with staged() as stage:
        await stage.ask("one")
        width = stage.screen.tree_pane.outer_size.width
        await stage.press("f2", "ctrl+right")
        await stage.until(lambda: stage.screen.tree_pane.outer_size.width == width + 4)
        for _ in range(12):
            await stage.press("ctrl+left")
        await stage.until(lambda: stage.screen.tree_pane.outer_size.width == 16)
        for _ in range(40):
            await stage.press("ctrl+right")
        await stage.until(lambda: stage.screen.tree_pane.outer_size.width == 90)


async def test_the_inspector_follows_the_cursor() -> None:
    async with staged("Whales sing.", size=(200, 60)) as stage:
        await stage.ask("why")
        await stage.until("scripted-1")
        await stage.until("end of      main")
        await stage.press("escape", "k")
        await stage.until("role        user")
        await stage.press("I")
        await stage.until(lambda: "inspector" not in stage.shown())


async def test_the_inspector_on_a_smaller_screen() -> None:
    async with staged("Whales sing.") as stage:
        await stage.ask("why")
        assert "inspector" not in stage.shown()
        await stage.press("escape", "I")
        await stage.until("role        assistant")


async def test_the_palette_does_a_command_for_what_is_selected() -> None:
    async with staged() as stage:
        await stage.ask("one")
        await stage.press("escape", "ctrl+p")
        await stage.until("Find a command")
        await stage.press(*"regen")
        await stage.until("Ask who answers here now")
        await stage.press("enter")
        await stage.until("‹2/2›")


async def test_the_palette_shows_keys_at_the_right_and_what_nothing_is_called() -> None:
    async with staged() as stage:
        await stage.ask("one")
        await stage.press("ctrl+p")
        await stage.until(lambda: re.search(r"│ regenerate +R │", stage.shown()))
        await stage.write("title")
        await stage.until(lambda: re.search(r"│ title +/title │", stage.shown()))
        await stage.press(*["backspace"] * 5, *"fuse")  # no command is called so, one is explained so
        await stage.until(lambda: re.search(r"│ merge +M │", stage.shown()))
        await stage.press(*"zzzz")
        await stage.until("Nothing is called that.")
        await stage.press("enter")
        await stage.until("0 of ")
        await stage.press("escape")
        await stage.until("Ask anything")
        assert stage.focus == "composer"


@pytest.mark.parametrize(
    ("said", "command"),
    [
        *(("price", "costs"), ("combine", "merge"), ("best", "pick"), ("clipboard", "copy"), ("yank", "copy")),
        *(("quit", "quit"), ("exit", "quit"), ("retry", "regenerate"), ("history", "sessions")),
    ],
)
async def test_the_palette_knows_what_people_call_a_command(said: str, command: str) -> None:
    async with staged() as stage:
        await stage.press("ctrl+p", *said)
        await stage.until(lambda: first_choice(stage) == command)


def first_choice(stage: Stage) -> str:
    """Return what the first line of the palette says."""
    palette = stage.app.screen
    assert isinstance(palette, PaletteScreen)
    assert palette.listed.row is not None
    return palette.listed.row.text


async def test_the_palette_finds_among_thousands_of_branches() -> None:
    async with staged() as stage:
        await stage.ask("one")
        for number in range(600):
            stage.session.fork("main", f"b{number}")
        await stage.press("ctrl+p")
        await stage.write("out b599")
        await stage.until("1 of ")
        await stage.press("enter")
        await stage.until(lambda: stage.session.current.name == "b599")


async def test_the_palette_checks_out_a_branch() -> None:
    async with staged() as stage:
        await stage.ask("one")
        stage.session.fork("main", "whales")
        await stage.press("ctrl+p")
        await stage.until("Find a command")
        await stage.press(*"whal")
        await stage.until("check out whales")
        await stage.press("enter")
        await stage.until("─ whales ─")
        assert stage.session.current.name == "whales"
        assert stage.draft == ""


async def test_question_mark_is_a_letter_in_the_composer_and_help_elsewhere() -> None:
    async with staged() as stage:
        await stage.press("question_mark")
        assert stage.draft == "?"
        await stage.press("escape", "question_mark")
        await stage.until("All keys")
        await stage.press("escape")


async def test_the_spinner_turns() -> None:
    gate = Gate()
    async with staged(Services.Scripted("one two", pace=gate)) as stage:
        await stage.send("count")
        await stage.until("streaming 1")
        mark = spinner(stage)
        await stage.until(lambda: spinner(stage) != mark)
        assert {mark, spinner(stage)} <= set(SPINNER)
        gate.open()
        await stage.until(lambda: not stage.session.streaming)


async def test_nothing_turns_where_animation_is_off() -> None:
    configure('animation = "off"\n')
    gate = Gate()
    async with staged(Services.Scripted("one two three four", pace=gate)) as stage:
        await stage.send("count")
        await stage.until("streaming 1")
        mark = spinner(stage)
        assert mark in SPINNER
        for word in ("one", "two", "three"):
            gate.let(1)
            await stage.until(word)
            await stage.until(lambda said=word: said in in_tree(stage))
            assert spinner(stage) == mark
        assert stage.app.animation_level == "none"
        gate.open()
        await stage.until(lambda: not stage.session.streaming)


def in_tree(stage: Stage) -> str:
    """Return what the tree shows."""
    width = stage.screen.query_one("#tree").outer_size.width
    return "\n".join(line[:width] for line in stage.lines())


def spinner(stage: Stage) -> str:
    return stage.row("scripted-1  ").replace("│", "").split()[-1]


def configure(text: str) -> None:
    config_dir().mkdir(parents=True, exist_ok=True)
    (config_dir() / "config.toml").write_text(text, encoding="utf-8")


async def test_enter_in_the_same_burst_as_a_filter_takes_what_it_finds() -> None:
    async with staged() as stage:
        await stage.ask("one")
        await stage.press("ctrl+p")
        await stage.until("Find a command")
        type_at_once(stage, *"scoreboard", "enter")
        await stage.until("Scoreboard · 0")


async def test_a_note_lies_on_the_border_and_moves_nothing_that_is_read() -> None:
    async with staged("\n\n".join(f"Part {number}." for number in range(60))) as stage:
        await stage.send("Tell me.")
        await stage.until("Part 59.")
        await stage.press("escape")
        before = stage.lines()
        await stage.press("y")
        await stage.until("Copied the message")
        panes = slice(0, -3)  # above the composer, and what is said below it
        changed = [(old, new) for old, new in zip(before[panes], stage.lines()[panes], strict=True) if old != new]
        assert [old[0] for old, _ in changed] == ["╰"]
        assert changed[0][1].startswith("╰ Copied the message")


async def test_a_note_leaves_in_sight_where_the_chat_is() -> None:
    async with staged("\n\n".join(f"Part {number}." for number in range(60))) as stage:
        await stage.send("Tell me.")
        await stage.until("Part 59.")
        await stage.press("escape", "b")
        await stage.until("╰ Bookmarked; L lists all of them. ─")
        await stage.press("pageup")
        await stage.until(" 2 of 2 ─╯")
        assert "Bookmarked" in stage.row(" 2 of 2 ─╯")
