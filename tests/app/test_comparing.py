"""Branches side by side."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from stage import Gate, Stage, staged
from textual.geometry import Region

from lion_tui import Services
from lion_tui.app.column_facts import ColumnFacts, heading, ranked
from lion_tui.core.errors import ServerFault

if TYPE_CHECKING:
    from pathlib import Path

    from lion_tui.app.widgets.chat_pane import ChatPane


async def fork(stage: Stage) -> None:
    """Ask once on main, and once more on another branch from there."""
    await stage.ask("one")
    stage.session.fork("main", "other")
    await stage.ask("two")
    stage.session.checkout("other")
    await stage.ask("three")


def panes(stage: Stage) -> list[ChatPane]:
    return list(stage.screen.query("ChatPane").results())


def column(stage: Stage, number: int) -> str:
    """Return what is drawn of a column."""
    pane = panes(stage)[number - 1]
    region = pane.region
    return "\n".join(line[region.x : region.right] for line in stage.lines()[region.y : region.bottom])


async def compare(stage: Stage) -> None:
    await fork(stage)
    await stage.send("/compare main other")
    await stage.until("2 messages in common · P shows them")
    await stage.until(lambda: stage.focus == "chat")


async def test_two_branches_side_by_side_from_where_they_part() -> None:
    async with staged(Services.Scripted(["Yes.", "Two it is.", "Three it is."])) as stage:
        await compare(stage)
        for number, title, answer in (
            (1, "1 main ✓ · scripted-1 · ", "Two it is."),
            (2, "2 other ✓ · scripted-1", "Three it is."),
        ):
            await stage.until(lambda number=number, title=title: title in column(stage, number))
            await stage.until(lambda number=number, answer=answer: answer in column(stage, number))
        assert "▎ one" not in column(stage, 1)
        first, second = (
            next(y for y, line in enumerate(column(stage, n).split("\n")) if "You" in line) for n in (1, 2)
        )
        assert first == second
        await stage.press("P")
        await stage.until("P hides them")
        await stage.until(lambda: "▎ one" in column(stage, 1) and "▎ one" in column(stage, 2))
        await stage.press("P")
        await stage.until(lambda: "▎ one" not in stage.shown())


async def test_the_column_with_the_keyboard_is_current() -> None:
    async with staged() as stage:
        await compare(stage)
        assert stage.session.current.name == "main"
        await stage.press("l")
        await stage.until(lambda: stage.session.current.name == "other")
        await stage.press("h")
        await stage.until(lambda: stage.session.current.name == "main")
        await stage.press("c")
        await stage.until(lambda: len(panes(stage)) == 1)
        await stage.until(lambda: "in common" not in stage.shown() and "─ main ─" in stage.shown())


async def test_two_branches_are_marked_in_the_tree() -> None:
    async with staged() as stage:
        await fork(stage)
        await stage.press("f2", "c")
        await stage.until("other is marked; c on another branch compares them.")
        assert "⇄ other: c on another compares" in stage.shown()
        main = stage.session.branches["main"].head
        assert main is not None
        await stage.press("g")
        for _ in range(4):
            if stage.screen.tree_pane.cursor_row != stage.session.state.tree.row(main.node_id):
                await stage.press("j")
        await stage.press("c")
        await stage.until("2 messages in common")
        await stage.until(lambda: "1 other" in column(stage, 1))
        await stage.until(lambda: "2 main" in column(stage, 2))


async def test_one_composer_for_all_columns_or_one() -> None:
    async with staged() as stage:
        await compare(stage)
        await stage.press("i")
        await stage.until("› all")
        await stage.send("both")
        await stage.until(lambda: "▎ both" in column(stage, 1) and "▎ both" in column(stage, 2))
        await stage.until(lambda: not stage.session.streaming)
        assert [len(branch.path()) for branch in stage.session.branches.values()] == [6, 6]
        await stage.press("f3")
        await stage.until("› 1")
        await stage.press("f3")
        await stage.until("› 2")
        await stage.send("second only")
        await stage.until(lambda: "▎ second only" in column(stage, 2))
        assert "second only" not in column(stage, 1)
        await stage.until(lambda: not stage.session.streaming)
        await stage.press("f3")
        await stage.until("› all")


async def test_both_columns_stream_at_once_and_escape_stops_the_one_with_the_keyboard() -> None:
    gate = Gate()
    gate.open()
    async with staged(Services.Scripted("one two three four five six", pace=gate)) as stage:
        await compare(stage)
        gate.close()
        await stage.press("i")
        await stage.send("go")
        await stage.until("streaming 2")
        gate.let(4)
        await stage.until(lambda: "one two" in column(stage, 1) and "one two" in column(stage, 2))
        await stage.press("escape")
        await stage.until("streaming 1")
        await stage.until(lambda: "■ stopped" in column(stage, 1))
        gate.open()
        await stage.until(lambda: "five six" in column(stage, 2))


async def test_a_service_that_fails_in_one_column_leaves_the_other_alone() -> None:
    fault = ServerFault("Scripted failed (503).", "Try again in a minute.")
    async with staged(Services.Scripted(["a", "b", "c", fault, "Well."])) as stage:
        await compare(stage)
        await stage.press("i")
        await stage.send("go")
        await stage.until(lambda: "Scripted failed (503)." in stage.shown() and "Well." in stage.shown())
        failed, other = (1, 2) if "failed" in column(stage, 1) else (2, 1)
        await stage.until(lambda: "R retry" in column(stage, failed))
        await stage.until(lambda: "Well." in column(stage, other))


@pytest.mark.parametrize("size", [(80, 24), (120, 40), (200, 60)])
async def test_at_every_size(size: tuple[int, int]) -> None:
    async with staged(size=size) as stage:
        await compare(stage)
        await stage.until(lambda: sum(pane.display for pane in panes(stage)) == (1 if size[0] == 80 else 2))
        await stage.until(lambda: all(pane.region.width >= 46 for pane in panes(stage) if pane.display))
        await stage.press("l")
        await stage.until(lambda: "2 other" in stage.shown())


async def test_of_three_columns_those_are_shown_that_have_room() -> None:
    async with staged() as stage:
        await fork(stage)
        stage.session.fork("main", "third")
        await stage.ask("four")
        await stage.send("/compare main other third")
        await stage.until("columns 1 to 2 of 3 · in the chat h l show the others")
        assert [pane.display for pane in panes(stage)] == [True, True, False]
        await stage.press("l", "l")
        await stage.until("columns 2 to 3 of 3")
        assert stage.session.current.name == "third"
        await stage.until(lambda: all(pane.region.width >= 46 for pane in panes(stage) if pane.display))
        await stage.pilot.resize_terminal(80, 24)
        await stage.until("column 3 of 3")
        await stage.press("l")
        await stage.until("column 1 of 3")
        await stage.pilot.resize_terminal(200, 60)
        await stage.until(lambda: all(pane.display for pane in panes(stage)))
        assert " of 3" not in stage.shown()
        await stage.press("l", "l", "c")
        await stage.until(lambda: len(panes(stage)) == 1 and panes(stage)[0].display)


async def test_another_branch_takes_the_place_of_the_column() -> None:
    async with staged() as stage:
        await compare(stage)
        stage.session.fork("main", "third")
        await stage.press("i")
        await stage.send("/checkout third")
        await stage.until(lambda: "1 third" in column(stage, 1))
        await stage.until(lambda: "2 other" in column(stage, 2))


async def test_a_column_that_was_taken_away_can_be_drawn_until_the_screen_is_laid_out_anew() -> None:
    async with staged() as stage:
        await compare(stage)
        gone = panes(stage)[1]
        await gone.remove()
        gone.transcript.redraw()
        lines = gone.transcript.render_lines(Region(0, 0, 20, 2))
        assert [line.text for line in lines] == [" " * 20] * 2
        await stage.press("c")
        await stage.until(lambda: len(panes(stage)) == 1)


async def test_a_branch_that_is_deleted_leaves_its_column() -> None:
    async with staged() as stage:
        await compare(stage)
        stage.session.delete_branch("other")
        await stage.until(lambda: len(panes(stage)) == 1)
        await stage.until("─ main ─")


async def test_numbers_stay_when_a_branch_is_deleted_or_another_one_shown() -> None:
    async with staged(size=(200, 60)) as stage:
        await fork(stage)
        stage.session.fork("main", "third")
        stage.session.fork("main", "fourth")
        await stage.send("/compare main other third")
        await stage.until("2 messages in common")
        await stage.until(lambda: stage.focus == "chat")
        await stage.press("l")
        await stage.until(lambda: stage.session.current.name == "other")
        stage.session.delete_branch("main")
        await stage.until(lambda: len(panes(stage)) == 2)
        assert [str(pane.border_title)[:8] for pane in panes(stage)] == ["2 other ", "3 third "]
        stage.session.checkout("fourth")
        await stage.until("2 fourth ")
        await stage.press("i", "f3", "f3")
        await stage.until("› 3")
        stage.session.delete_branch("third")
        await stage.until(lambda: len(panes(stage)) == 1)
        await stage.until("─ fourth ─")
        assert "› 3" not in stage.shown()


async def test_a_column_whose_messages_are_deleted_while_they_stream_shows_what_is_left() -> None:
    gate = Gate()
    gate.open()
    async with staged(Services.Scripted("one two three four", pace=gate)) as stage:
        await compare(stage)
        gate.close()
        await stage.press("i")
        await stage.send("go")
        await stage.until("streaming 2")
        gate.let(2)
        await stage.until(lambda: "one" in column(stage, 2))
        path = stage.session.branches["other"].path()
        stage.session.delete(path[2].node_id)
        await stage.until("streaming 1")
        await stage.until(lambda: "Nothing goes on from what is in common." in column(stage, 2))
        gate.open()
        await stage.until(lambda: "four" in column(stage, 1) and not stage.session.streaming)


FACTS = ColumnFacts(
    2, "a-branch", "complete", "some-model-70b", 0.34, 41.2, 212, 0.00123, answered=True, fastest=True, cheapest=True
)


@pytest.mark.parametrize(
    ("width", "said"),
    [
        (99, "2 a-branch ✓ · some-model-70b · 0.3 s · 41 tok/s ▲ · 212 tok · $0.0012 ▼"),
        (60, "2 a-branch ✓ · some-model-70b · 41 tok/s ▲ · $0.0012 ▼"),
        (42, "2 a-branch ✓ · some-model-70b · 41 tok/s ▲"),
        (30, "2 a-branch ✓ · some-model-70b"),
        (20, "2 a-branch ✓"),
        (9, "2 a-br… ✓"),
    ],
)
def test_what_matters_least_is_left_out_above_a_narrow_column(width: int, said: str) -> None:
    assert heading(FACTS, width) == said


def test_the_fastest_and_the_cheapest_column_are_marked_where_there_is_one() -> None:
    one, two = FACTS._replace(fastest=False, cheapest=False), FACTS._replace(speed=40.0, cost_usd=None)
    assert [(each.fastest, each.cheapest) for each in ranked([one, two])] == [(True, False), (False, False)]
    assert [(each.fastest, each.cheapest) for each in ranked([one, one])] == [(False, False)] * 2


async def test_a_session_opens_with_its_branches_side_by_side(tmp_path: Path) -> None:
    file = tmp_path / "s.parquet"
    async with staged(file=file) as stage:
        await fork(stage)
    async with staged(file=file, compare=["main", "other"]) as stage:
        await stage.until("2 messages in common")
        await stage.until(lambda: "▎ two" in column(stage, 1))
        await stage.until(lambda: "▎ three" in column(stage, 2))
        await stage.until(lambda: stage.focus == "composer")
        await stage.send("both")
        await stage.until(lambda: "▎ both" in column(stage, 1) and "▎ both" in column(stage, 2))
        await stage.until(lambda: not stage.session.streaming)


@pytest.mark.parametrize(
    ("argument", "said"),
    [
        ("other", "A branch cannot be compared with itself."),
        ("main other one two three", "5 branches cannot be compared. Name two to 4."),
        ("main nowhere", "There is no branch 'nowhere'."),
        ("main main", "A branch cannot be compared with itself."),
    ],
)
async def test_what_cannot_be_compared(argument: str, said: str) -> None:
    async with staged() as stage:
        await fork(stage)
        for name in ("one", "two", "three"):
            stage.session.fork("main", name)
        await stage.send(f"/compare {argument}")
        await stage.until(said)
        assert len(panes(stage)) == 1


async def test_keys_of_comparing_say_what_to_do_without_it() -> None:
    async with staged() as stage:
        await stage.ask("one")
        await stage.press("f3")
        await stage.until("There is one chat to write to. c on two branches shows them side by side.")
        await stage.press("escape", "P")
        await stage.until("Nothing is compared.")


async def test_a_branch_that_the_other_goes_on_from_says_so() -> None:
    async with staged() as stage:
        await stage.ask("one")
        stage.session.fork("main", "other")
        await stage.ask("two")
        await stage.send("/compare other main")
        await stage.until(lambda: "Nothing goes on from what is in common. P shows it." in column(stage, 1))
        await stage.until(lambda: "▎ two" in column(stage, 2))
        assert "1 other ─" in column(stage, 1)  # the answer that the figures would be of is not shown
        assert "2 main ✓ · scripted-1" in column(stage, 2)
        await stage.press("P")
        await stage.until(lambda: "▎ one" in column(stage, 1))
        await stage.until(lambda: "1 other ✓ · scripted-1" in column(stage, 1))
        await stage.press("c")
        await stage.until(lambda: len(panes(stage)) == 1)


async def test_one_is_at_the_same_message_when_comparing_ends() -> None:
    async with staged(size=(80, 24)) as stage:
        await compare(stage)
        await stage.press("k")
        await stage.until(lambda: "█ two" in stage.shown())
        row = stage.screen.chat.cursor_row
        await stage.press("c")
        await stage.until(lambda: "▎ one" in stage.shown() and "█ two" in stage.shown())
        assert stage.screen.chat.cursor_row == row
        assert stage.focus == "chat"
