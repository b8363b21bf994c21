"""Columns that scroll together, turn by turn."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from stage import Gate, Stage, staged
from test_comparing import column, panes

from lion_tui import Services

if TYPE_CHECKING:
    from pathlib import Path

    from lion_tui.session import Session

LONG = "\n\n".join(f"passage {number}" for number in range(40))


def converse(session: Session) -> None:
    """Make two branches of three turns each that are unlike in length, and a third of one turn."""
    session.add_message("user", "begin")
    session.add_message("assistant", "Yes.")
    session.fork("main", "other")
    session.fork("main", "brief")
    turns = {
        "main": [("first?", "short"), ("second?\nin two lines", "short"), ("third?", LONG)],
        "other": [("first, but\nin\nthree lines?", "a\n\nb\n\nc"), ("second?", "short"), ("third?", "the end")],
        "brief": [("only?", "this")],
    }
    for name, said in turns.items():
        for prompt, answer in said:
            session.add_message("user", prompt, branch=name)
            session.add_message("assistant", answer, branch=name)


def line_of(stage: Stage, number: int, text: str) -> int | None:
    """Return the line of a column at which a text is drawn."""
    lines = column(stage, number).split("\n")
    return next((y for y, line in enumerate(lines) if text in line), None)


async def beside(stage: Stage, names: str = "main other") -> None:
    converse(stage.session)
    await stage.send(f"/compare {names}")
    await stage.until("2 messages in common")
    await stage.until(lambda: stage.focus == "chat" and panes(stage)[0].size.width >= 44)


async def test_each_turn_begins_at_the_same_line_in_all_columns() -> None:
    async with staged() as stage:
        await beside(stage)
        await stage.press("g")
        await stage.until(lambda: line_of(stage, 1, "first?") is not None)
        for prompt in ("second?", "third?"):
            assert line_of(stage, 1, prompt) == line_of(stage, 2, prompt) is not None
        await stage.press("P")
        await stage.until("P hides them")
        await stage.press("g")
        await stage.until(lambda: "begin" in column(stage, 1) and "begin" in column(stage, 2))
        for prompt in ("second?", "third?"):
            assert line_of(stage, 1, prompt) == line_of(stage, 2, prompt) is not None


async def test_columns_scroll_together_and_a_shorter_one_stays_in_sight() -> None:
    async with staged() as stage:
        await beside(stage)
        await stage.until(lambda: "passage 39" in column(stage, 1) and "the end" in column(stage, 2))
        await stage.press("g", "l")
        await stage.until(lambda: stage.session.current.name == "other" and line_of(stage, 1, "first?") == 2)
        await stage.press("pagedown")
        await stage.until(lambda: line_of(stage, 1, "first?") is None)
        await stage.until(lambda: "the end" in column(stage, 2))
        at = line_of(stage, 1, "passage 14")
        stage.screen.chat.scroll_lines(-3)
        await stage.until(lambda: line_of(stage, 1, "passage 14") == (at or 0) + 3)
        await stage.press("pagedown", "pagedown", "pagedown")
        await stage.until(lambda: "passage 39" in column(stage, 1))
        await stage.until(lambda: "the end" in column(stage, 2))
        assert all(transcript.follows for transcript in stage.screen.columns.transcripts)


async def test_each_column_scrolls_alone_when_it_is_let() -> None:
    async with staged() as stage:
        await beside(stage)
        await stage.press("s")
        await stage.until("each scrolls alone")
        await stage.press("g")
        await stage.until(lambda: line_of(stage, 1, "first?") == 2)
        assert line_of(stage, 1, "second?") != line_of(stage, 2, "second?")
        await stage.press("pagedown")
        await stage.until(lambda: line_of(stage, 1, "first?") is None)
        assert line_of(stage, 2, "first, but") == 2
        await stage.press("g", "s")
        await stage.until(lambda: "each scrolls alone" not in stage.shown())
        await stage.until(lambda: line_of(stage, 1, "second?") == line_of(stage, 2, "second?"))
        await stage.press("c", "s")
        await stage.until("Nothing is compared.")


async def test_a_cursor_that_moves_takes_the_other_columns_along() -> None:
    async with staged() as stage:
        await beside(stage, "main brief")
        await stage.press("g", "j", "j")
        await stage.until(lambda: line_of(stage, 1, "█ second?") is not None)
        assert line_of(stage, 2, "only?") is not None
        await stage.press("G")
        await stage.until(lambda: "passage 39" in column(stage, 1) and "only?" in column(stage, 2))


async def test_what_streams_follows_and_what_has_ended_stays_in_sight() -> None:
    gate = Gate()
    gate.open()
    service = Services.Scripted([" ".join(f"word{number}\n\n" for number in range(60)), "brief answer"], pace=gate)
    async with staged(service) as stage:
        await beside(stage, "brief other")
        gate.close()
        await stage.press("i")
        await stage.send("go on")
        await stage.until("streaming 2")
        assert line_of(stage, 1, "▎ go on") == line_of(stage, 2, "▎ go on") or "brief" in column(stage, 1)
        gate.open()
        await stage.until(lambda: not stage.session.streaming)
        await stage.until(lambda: "word59" in stage.shown())
        assert "brief answer" in stage.shown()


@pytest.mark.parametrize("size", [(80, 24), (120, 40), (200, 60)])
async def test_at_every_size_the_other_column_shows_the_same_turn(size: tuple[int, int], tmp_path: Path) -> None:
    async with staged(size=size, file=tmp_path / "s.parquet") as stage:
        await beside(stage)
        await stage.press("g", "j", "j")
        stage.screen.chat.scroll_lines(12)
        await stage.until(lambda: line_of(stage, 1, "first?") is None or size[0] != 80)
        await stage.press("l")
        await stage.until(lambda: stage.session.current.name == "other")
        await stage.until(lambda: line_of(stage, 2, "third?") is not None)
        await stage.pilot.resize_terminal(size[0] + 10, size[1])
        await stage.until(lambda: line_of(stage, 2, "third?") is not None)


async def test_an_empty_branch_and_one_with_nothing_in_common_stand_beside_others() -> None:
    async with staged() as stage:
        converse(stage.session)
        stage.session.new_branch("empty")
        stage.session.new_branch("alone", system="You are alone.")
        await stage.send("/compare main empty")
        await stage.until("nothing in common")
        await stage.until(lambda: "The answers come here." in column(stage, 2))
        await stage.until(lambda: stage.focus == "chat")
        await stage.press("equals_sign", "g", "pagedown", "l", "g", "pageup", "s", "s", "c")
        await stage.until(lambda: len(panes(stage)) == 1)
        await stage.press("i")
        await stage.send("/compare main alone")
        await stage.until(lambda: "You are alone." in column(stage, 2))
        await stage.until(lambda: stage.focus == "chat")
        await stage.press("equals_sign", "l", "g", "G", "c")
        await stage.until(lambda: len(panes(stage)) == 1)
