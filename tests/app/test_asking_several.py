"""Asking several at once from the screen, and the models that are asked together."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import pytest
from stage import Gate, Stage, staged
from test_comparing import column, panes

from lion_tui import Services
from lion_tui.app.picker.recents import Recent, keep_recent
from lion_tui.app.picker.teams import keep_team, load_teams, teams_file
from lion_tui.app.screens.fan_out import FanOutScreen
from lion_tui.app.screens.picker import PickerScreen
from lion_tui.core.errors import ServerFault
from lion_tui.core.inference import ModelInfo

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from lion_tui.core.inference import Request

PRICED = [ModelInfo("cheap", price_in=1.0, price_out=2.0), ModelInfo("dear", price_in=10.0, price_out=20.0)]


def line(request: Request) -> str | Exception:
    return (
        ServerFault("It failed.") if request.model == "bad" else f"{request.model} says {request.messages[-1].content}"
    )


@asynccontextmanager
async def on_stage(**options: Any) -> AsyncIterator[Stage]:
    """Run the program where the only service that answers is scripted, and says which model was asked what."""
    size = options.pop("size", (120, 40))
    service = Services.Scripted(line, model="one", models=["one", "two", "three", "bad", *PRICED], **options)
    async with staged(service, size=size) as stage:
        stage.session.service_used = service  # type: ignore[attr-defined] - to be looked at by the test
        stage.session._services[service.name] = service
        yield stage


async def browse(stage: Stage) -> None:
    await stage.press("escape")
    await stage.until(lambda: stage.focus == "chat")


async def dialog(stage: Stage) -> FanOutScreen:
    await stage.press("x")
    await stage.until(lambda: isinstance(stage.app.screen, FanOutScreen))
    await stage.until("] two · scripted")
    screen = stage.app.screen
    assert isinstance(screen, FanOutScreen)
    return screen


async def mark(stage: Stage, *names: str) -> None:
    """Mark the models that are found by what is typed."""
    for name in names:
        await stage.press(*name)
        await stage.until(lambda name=name: f"] {name}" in stage.row("]"))
        await stage.press("tab", *["backspace"] * len(name))


async def ended(stage: Stage) -> None:
    await stage.until(lambda: isinstance(stage.screen, object) and not stage.session.streaming)


async def test_what_is_written_is_put_to_several_models_that_stand_side_by_side() -> None:
    async with on_stage() as stage:
        await stage.ask("first")
        await stage.write("which?")
        await browse(stage)
        await dialog(stage)
        await mark(stage, "two", "three", "one")  # the one that answers now was marked
        assert "2 marked · ← 1 answer each →" in stage.shown()
        await stage.press("enter")
        await stage.until("1 main.two")
        await ended(stage)
        await stage.until(lambda: "two says which?" in column(stage, 1) and "three says which?" in column(stage, 2))
        assert "2 messages in common" not in stage.shown()
        assert "3 messages in common" in stage.shown()
        assert stage.draft == ""
        assert list(stage.session.branches) == ["main", "main.two", "main.three"]
        await stage.press("i")
        await stage.send("and now?")
        await stage.until(lambda: "two says and now?" in column(stage, 1) and "three says and now?" in column(stage, 2))
        await ended(stage)
        undone = stage.session.undo()
        assert undone
        assert undone.kind == "fan-out"  # one prompt to all columns is one turn
        assert [len(stage.session.branches[name].path()) for name in ("main.two", "main.three")] == [4, 4]


async def test_the_selected_prompt_is_put_to_others_beside_the_answer_that_it_has() -> None:
    async with on_stage() as stage:
        await stage.ask("first")
        await browse(stage)
        await dialog(stage)
        await stage.press("enter")  # two samples of who answers now
        await stage.until("2 main.one.2")
        await ended(stage)
        prompts = [role for role in stage.session.state.tree.role if role == "user"]
        assert len(prompts) == 1
        assert [message.content for message in stage.session.path()] == ["first", "one says first"]
        await stage.press("u")
        await stage.until(lambda: len(panes(stage)) == 1)
        assert list(stage.session.branches) == ["main"]


async def test_leaving_the_dialog_keeps_the_draft_and_asks_nobody() -> None:
    async with on_stage() as stage:
        await stage.write("half a tho")
        await browse(stage)
        await dialog(stage)
        await stage.press("escape")
        await stage.until(lambda: stage.app.screen is not None and stage.focus == "chat")
        assert stage.draft == "half a tho"
        assert not len(stage.session.state.tree)
        await stage.press("u")
        await stage.write("5")
        assert not stage.session.streaming


@pytest.mark.parametrize("size", [(80, 24), (120, 40), (200, 60)])
async def test_the_dialog_says_how_many_answers_each_gives_and_how_that_is_changed(size: tuple[int, int]) -> None:
    async with on_stage(size=size) as stage:
        await stage.ask("first")
        await browse(stage)
        await dialog(stage)
        assert "; ← → set the answers of each" in stage.shown()
        assert "← → answers   ^s save as a team" in stage.shown()
        await stage.press("3", "z", "z", "z")
        await stage.until("Nothing known yet is called that. ← → set the answers of each.")
        await stage.press("right")
        await stage.until("← 3 answers each →")


async def test_what_it_costs_is_said_before() -> None:
    async with on_stage() as stage:
        await stage.write("x" * 396)
        await browse(stage)
        await dialog(stage)
        await stage.until("2 requests · about")
        assert "tokens to read · –" in stage.shown()
        await mark(stage, "one", "cheap", "dear")
        await stage.press("right")
        await stage.until("2 marked · ← 2 answers each →")
        await stage.until("4 requests")
        await stage.press("left")
        await stage.until("2 marked · ← 1 answer each →")
        await stage.until(lambda: "2 requests" in stage.shown())
        (said,) = [each for each in stage.lines() if "requests ·" in each]
        assert "and $0.0220 if each writes 1,000" in said
        await stage.press("escape")


async def test_a_team_is_saved_chosen_and_forgotten() -> None:
    async with on_stage() as stage:
        await stage.write("hi")
        await browse(stage)
        await dialog(stage)
        await mark(stage, "one", "two", "three")
        await stage.press("ctrl+s")
        await stage.press("enter")
        await stage.until("A team needs a name.")
        await stage.press(*"pair", "enter")
        await stage.until("Saved the team pair.")
        assert load_teams().teams == {"pair": [Recent("scripted", "two"), Recent("scripted", "three")]}
        await stage.press("escape")
        await stage.until(lambda: stage.focus == "chat")
        await dialog(stage)
        await stage.until("[team] pair: two, three")
        await stage.press(*"pair", "tab")
        await stage.until("2 marked")
        await stage.press("enter")
        await stage.until("2 main.three")
        await ended(stage)
        await browse(stage)
        await dialog(stage)  # which begins with those that were asked last
        assert "[x] two · scripted" in stage.shown()
        await stage.press(*"pair")
        await stage.until(lambda: "[team] pair" in stage.row("["))
        await stage.press("ctrl+x")
        await stage.until("Forgot the team pair.")
        assert not load_teams().teams
        await stage.press("escape")


@pytest.mark.parametrize("content", ["", "x", "teams = 7", '[teams]\na = "b"\nc = ["d", 7]\ne = ["f:g"]', "\xff"])
def test_a_damaged_file_of_teams_costs_what_is_damaged(content: str) -> None:
    teams_file().parent.mkdir(parents=True)
    teams_file().write_text(content, encoding="latin-1")
    assert load_teams().teams == ({"e": [Recent("f", "g")]} if "f:g" in content else {})
    keep_team(" a  b ", [Recent("s", "m:7b")])
    assert load_teams().teams["a b"] == [Recent("s", "m:7b")]


async def test_a_prompt_is_put_to_models_by_their_names() -> None:
    async with on_stage() as stage:
        await stage.ask("first")
        await stage.send("/fan two scripted:three bad")
        await stage.until("columns 1 to 2 of 3")
        await ended(stage)
        await stage.until(lambda: "two says first" in stage.shown() and "three says first" in stage.shown())
        assert stage.session.groups["status"].tolist() == ["complete", "complete", "error"]


async def test_one_prompt_is_put_to_branches() -> None:
    async with on_stage() as stage:
        await stage.ask("first")
        stage.session.fork("main", "other", model="two")
        await stage.write("next")
        await browse(stage)
        await dialog(stage)
        await stage.press(*"other", "tab", *["backspace"] * 5)
        await mark(stage, "one")
        await stage.press("enter")
        await ended(stage)
        await stage.until(lambda: stage.session.branches["other"].last_message_content == "two says next")
        assert len(stage.session.branches["main"].path()) == 2
        await stage.until("J goes there")  # it ended out of sight


async def test_the_same_prompt_to_the_other_model_takes_one_key() -> None:
    async with on_stage() as stage:
        for model in ("two", "one"):
            keep_recent("scripted", model)
        await stage.ask("first")
        await browse(stage)
        await stage.press("t")
        await stage.until("two says first")
        await ended(stage)
        await stage.until("‹2/2›")
        await stage.press("t")  # of the two that were used before, the other one again
        await stage.until("‹3/3›")
        await ended(stage)
        assert stage.session.state.tree.listed["model"] == [None, "one", "two", "one"]
        await stage.press("=")
        await stage.until("2 ")
        assert len(panes(stage)) == 2


async def test_of_several_other_models_the_last_one_stands_first() -> None:
    async with on_stage() as stage:
        for model in ("three", "two", "one"):
            keep_recent("scripted", model)
        await stage.ask("first")
        await browse(stage)
        await stage.press("t")
        await stage.until(lambda: isinstance(stage.app.screen, PickerScreen))
        await stage.until("Another model for the same prompt")
        await stage.press("enter")
        await stage.until("two says first")
        await ended(stage)
        assert (stage.session.state.overlay, stage.session.current.model) == ({}, None)  # who answers stays
        await stage.send("/other scripted three") if stage.focus == "composer" else await stage.press("i")
        await stage.send("/other scripted three")
        await stage.until("three says first")


async def test_a_number_before_a_key() -> None:
    async with on_stage() as stage:
        await stage.ask("first")
        await browse(stage)
        await stage.press("3")
        await stage.until("3 ×")
        await stage.press("escape")
        await stage.until(lambda: "3 ×" not in stage.shown())
        assert stage.focus == "chat"
        await stage.press("3", "R")
        await ended(stage)
        await stage.until("‹2/4›")
        assert "3 ×" not in stage.shown()
        await stage.press("9", "9")
        await stage.until("99 answers at once are too many.")
        await stage.press("1", "2", "k", "j", "R")
        await ended(stage)
        await stage.until("/5›")  # who goes elsewhere gives the number up
        await stage.until(lambda: len(stage.session.state.tree) == 6)


async def test_asking_again_in_columns() -> None:
    async with on_stage() as stage:
        await stage.ask("first")
        await stage.send("/fan two three")
        await stage.until("2 main.three")
        await ended(stage)
        await browse(stage)
        await stage.press("R")
        await stage.until("Another answer: in which column?")
        await stage.press("2")
        await ended(stage)
        await stage.until(lambda: len(stage.session.state.tree) == 5)
        assert stage.session.branches["main.three"].head == stage.session.message(stage.session.state.tree.node_id[4])
        await stage.press("R", "a")
        await stage.until(lambda: len(stage.session.state.tree) == 7)
        await ended(stage)
        assert stage.session.state.tree.listed["model"][-2:] == ["two", "three"]
        await stage.press("R", "escape")
        await stage.until(lambda: stage.focus == "chat")
        assert len(stage.session.state.tree) == 7


async def test_picking_an_answer_ends_the_comparison_on_the_branch_that_was_asked_on() -> None:
    async with on_stage() as stage:
        await stage.ask("first")
        await stage.send("/fan two three")
        await stage.until("2 main.three")
        await ended(stage)
        await browse(stage)
        await stage.press("l", "W")
        await stage.until(lambda: len(panes(stage)) == 1)
        await stage.until("main goes on from here")
        assert stage.session.current.name == "main"
        assert stage.session.last_message_content == "three says first"
        await stage.press("u")
        await stage.until("Undid: pick")
        assert stage.session.branches["main"].last_message_content == "two says first"


async def test_answers_that_wait_for_their_turn_are_seen() -> None:
    gate = Gate()
    async with on_stage(pace=gate, max_concurrent=1) as stage:
        gate.open()
        await stage.ask("first")
        gate.close()
        await stage.send("/fan two three")
        await stage.until("2 main.three ◌")
        await stage.until("scripted answers 1 at once · esc stops")
        gate.open()
        await ended(stage)
        await stage.until("2 main.three ✓")


async def test_escape_stops_all_that_was_asked_at_once() -> None:
    gate = Gate()
    async with on_stage(pace=gate) as stage:
        gate.open()
        await stage.ask("first")
        gate.close()
        await stage.send("/fan two three")
        await stage.until(lambda: len(stage.session.streaming) == 2)
        await browse_columns(stage)
        await stage.press("escape")
        await stage.until(lambda: not stage.session.streaming)
        assert stage.session.groups["status"].tolist() == ["stopped", "stopped"]
        gate.open()


async def browse_columns(stage: Stage) -> None:
    await stage.until(lambda: stage.focus == "chat")


async def test_on_a_narrow_screen_the_columns_are_flipped() -> None:
    async with on_stage(size=(80, 24)) as stage:
        await stage.ask("first")
        await stage.send("/fan two three")
        await stage.until("column 1 of 2")
        await ended(stage)
        await stage.press("l")
        await stage.until("three says first")


async def test_a_session_that_is_read_only_asks_nobody() -> None:
    async with on_stage() as stage:
        await stage.ask("first")
        stage.screen._opened = stage.screen._opened._replace(read_only=True)
        await browse(stage)
        for key in ("x", "t", "W"):
            await stage.press(key)
            await stage.until("The session is read only here.")
