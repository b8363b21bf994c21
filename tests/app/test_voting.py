"""Answers side by side without names, votes on them, and what is told of answers that end out of sight."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Any

import pytest
from servers import configure
from stage import Gate, Stage, staged
from test_asking_several import browse, dialog, ended, mark, on_stage
from test_comparing import column, panes
from textual import events

from lion_tui import Services
from lion_tui.app.attention import notification
from lion_tui.core.errors import ServerFault

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lion_tui.core.inference import Request


@pytest.fixture(autouse=True)
def _known_chance(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let chance turn every order round."""

    def turned(among: Sequence[Any], count: int) -> list[Any]:
        return list(among)[:count][::-1]

    monkeypatch.setattr(random, "sample", turned)


async def side_by_side(stage: Stage, *models: str) -> None:
    await stage.ask("first")
    await stage.send(f"/fan {' '.join(models)}")
    await stage.until(lambda: len(panes(stage)) == len(models))
    await ended(stage)
    await stage.until(lambda: stage.focus == "chat")


async def test_a_vote_with_names_in_sight() -> None:
    async with on_stage() as stage:
        await side_by_side(stage, "two", "three")
        await stage.press("2")
        await stage.until("Voted for 2, three. W picks it · # scoreboard · u takes it back")
        row = stage.session.votes.iloc[0]
        assert (row["winner_model"], bool(row["blind"])) == ("three", False)
        await stage.press("0")
        await stage.until("Voted for a tie.")
        await stage.press("exclamation_mark")
        await stage.until("Voted for none of them.")
        assert stage.session.votes["outcome"].tolist() == ["both_bad"]
        await stage.press("7")
        await stage.until("There is no column '7'.")
        await stage.press("u", "u")
        await stage.until(lambda: stage.session.votes["outcome"].tolist() == ["winner"])


async def test_blind_nothing_on_the_screen_tells_who_answers_until_the_vote() -> None:
    async with on_stage(size=(200, 60)) as stage:
        await side_by_side(stage, "two", "three")
        await stage.press("I")
        await stage.press("B")
        await stage.until("─ 1 ✓ ─")
        await stage.until("B tells who answered")
        shown = stage.shown()
        for secret in ("main.two", "main.three", "scripted", "tok/s", "$", "‹1/3›", "· three", "· two"):
            assert secret not in shown, secret
        await stage.until(lambda: "three says" in column(stage, 1))  # the order is another one
        for key in ("ctrl+l", "f2", "r", "I", "left_square_bracket", "R", "t"):
            await stage.press(key)
            await stage.until("That would tell whose answers these are.")
            await stage.press("escape")
        await stage.press("1")
        await stage.until("Voted for 1, three; the others are 2 two.")
        await stage.until("1 main.three")
        row = stage.session.votes.iloc[0]
        assert bool(row["blind"])
        assert row["order_shown"] == row["candidates"][::-1]
        await stage.press("2")
        await stage.until("These answers were voted on blind, and that vote is locked.")
        await stage.press("W")
        await stage.until("main goes on from here")
        assert stage.session.last_message_content == "three says first"


async def test_blind_from_before_the_answers_come() -> None:
    gate = Gate()
    async with on_stage(pace=gate, size=(140, 40)) as stage:
        gate.open()
        await stage.ask("first")
        gate.close()
        await browse(stage)
        await stage.press("B")
        await stage.until("Blind: the next answers side by side")
        await stage.send("/fan two three") if stage.focus == "composer" else await stage.press("i")
        await stage.send("/fan two three")
        await stage.until(lambda: "─ 1 … ─" in stage.shown() and "main.t" not in stage.shown())
        await stage.until(lambda: stage.focus == "chat")
        await stage.press("1")
        await stage.until("One of the answers is still coming.")
        gate.open()
        await ended(stage)
        await stage.press("c")
        await stage.until(lambda: len(panes(stage)) == 1)
        assert not stage.screen.blind.on  # it ended with what it hid
        assert stage.session.votes.empty


async def test_the_fault_of_an_answer_does_not_tell_who_failed() -> None:
    def line(request: Request) -> str | Exception:
        return ServerFault("Secret service is down.") if request.model == "bad" else "fine"

    service = Services.Scripted(line, model="one")
    async with staged(service) as stage:
        await stage.ask("first")
        await stage.send("/fan two bad")
        await stage.until("Secret service is down.")
        await ended(stage)
        await stage.until(lambda: stage.focus == "chat")
        await stage.press("B")
        await stage.until("✕ no answer")
        assert "Secret" not in stage.shown()
        await stage.press("B")
        await stage.until("Secret service is down.")


async def test_there_is_something_to_vote_on_only_side_by_side() -> None:
    async with on_stage() as stage:
        await stage.ask("first")
        await stage.send("/vote 1")
        await stage.until("There is nothing to vote on.")


async def test_the_scoreboard() -> None:
    async with on_stage() as stage:
        await side_by_side(stage, "two", "three")
        await stage.press("number_sign")
        await stage.until("Models come here that were voted on")
        await stage.press("escape")
        await stage.until(lambda: stage.focus == "chat")
        await stage.press("2", "number_sign")
        await stage.until("1 three · scripted")
        assert "1 won · 0 lost · 100%" in stage.row("1 three")
        assert "0 won · 1 lost · 0%" in stage.row("2 two")
        await stage.press("escape")


async def test_the_scoreboard_says_why_it_is_empty_after_a_vote_on_answers_of_one_model() -> None:
    async with on_stage() as stage:
        await side_by_side(stage, "two", "two")
        await stage.press("1", "number_sign")
        await stage.until("So far answers of one model were voted on")
        assert len(stage.session.votes) == 1
        await stage.press("escape")


async def test_what_is_said_of_a_vote_goes_with_the_answers() -> None:
    async with on_stage() as stage:
        await side_by_side(stage, "two", "three")
        await stage.press("2")
        await stage.until("Voted for 2, three.")
        await stage.press("c")
        await stage.until(lambda: "Voted for" not in stage.shown())
        await stage.press("i")
        await stage.send("/compare main.two main.three")
        await stage.until(lambda: len(panes(stage)) == 2)
        await stage.press("1")
        await stage.until("Voted for 1, two.")
        await stage.press("i")
        await stage.send("/fan two three")
        await stage.until(lambda: "Voted for" not in stage.shown())


async def test_the_line_of_keys_says_how_to_vote() -> None:
    async with on_stage(size=(120, 40)) as stage:
        await side_by_side(stage, "two", "three")
        for hint in ("1-9 vote", "W pick", "M merge", "B blind", "f1 all keys"):
            assert hint in stage.row("h l columns")
        await stage.press("B")
        await stage.until("1-9 vote   0 tie   ! none is good   B tell")
        assert "pick" not in stage.row("h l columns")
        await stage.press("0")
        await stage.until("1-9 vote   B blind")


@pytest.mark.parametrize(
    ("size", "more"),
    [((80, 24), ()), ((120, 40), ("W pick", "i compose", "N fork")), ((200, 60), ("W pick", "i compose", "N fork"))],
)
async def test_the_line_of_keys_tells_what_is_done_with_answers_side_by_side(
    size: tuple[int, int], more: Sequence[str]
) -> None:
    async with on_stage(size=size) as stage:
        if size[0] > 80:
            assert "esc x ask several" in stage.row("enter send")
        await side_by_side(stage, "two", "three")
        for hint in ("= diff", "1-9 vote", "B blind", "M merge", "c end", *more, "f1 all keys"):
            assert hint in stage.row("h l columns"), hint
        if size[0] > 80:
            await stage.press("c")
            await stage.until("x ask several")
            assert "K cut   M merge   c compare" in stage.row("x ask several")


async def hidden_answer(stage: Stage, gate: Gate) -> None:
    """Have an answer come to an end on a branch that is not shown."""
    gate.open()
    await stage.ask("first")
    gate.close()
    stage.session.fork("main", "aside")
    await stage.send("slow")
    await stage.until(lambda: len(stage.session.streaming) == 1)
    stage.session.checkout("aside")
    await stage.until(lambda: len(stage.session.path()) == 2)
    gate.open()
    await stage.until(lambda: not stage.session.streaming)


@pytest.mark.parametrize(
    ("how", "rings", "written"),
    [
        ("bell", 1, []),
        ("off", 0, []),
        ("osc9", 0, ["\x1b]9;lion-tui: main has its answer\a"]),
        ("osc99", 0, ["\x1b]99;;lion-tui: main has its answer\x1b\\"]),
    ],
)
async def test_an_answer_that_ends_out_of_sight_is_told(
    how: str, rings: int, written: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("TMUX", raising=False)
    configure({}, notify=how)
    gate = Gate()
    async with on_stage(pace=gate) as stage:
        rung: list[None] = []
        sent: list[str] = []
        monkeypatch.setattr(stage.app, "bell", lambda: rung.append(None))
        assert stage.app._driver
        monkeypatch.setattr(stage.app._driver, "write", sent.append)
        await hidden_answer(stage, gate)
        await stage.until("main has its answer · J goes there")
        await stage.until(lambda: len(rung) == rings)
        await stage.until(lambda: [each for each in sent if "\x1b]9" in each] == written)
        await stage.press("escape")
        await stage.until(lambda: stage.focus == "chat")
        await stage.press("J")
        await stage.until(lambda: stage.session.current.name == "main")
        await stage.until("one says slow")
        await stage.press("J")
        await stage.until("Nothing is unread.")


async def test_an_answer_that_is_seen_is_not_told_unless_nobody_looks(monkeypatch: pytest.MonkeyPatch) -> None:
    gate = Gate()
    async with on_stage(pace=gate) as stage:
        rung: list[None] = []
        monkeypatch.setattr(stage.app, "bell", lambda: rung.append(None))
        gate.open()
        await side_by_side(stage, "two", "three")
        assert not rung
        assert not stage.session.state.unread
        gate.close()
        await stage.press("i")
        await stage.send("again")
        await stage.until(lambda: len(stage.session.streaming) == 2)
        stage.app.post_message(events.AppBlur())
        await stage.until(lambda: not stage.app.app_focus)
        gate.open()
        await stage.until(lambda: rung)
        await ended(stage)
        assert "J goes there" not in stage.shown()


def test_no_control_sequence_comes_through_a_notification() -> None:
    assert notification("osc9", "a\x1b]52;c;x\a\nb").count("\x1b") == 1
    assert notification("osc99", "a\x1b\\b\x07").count("\x1b") == 2


async def test_within_tmux_a_notification_goes_through(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TMUX", "/tmp/x,1,0")  # noqa: S108 - a socket's name that nobody opens
    configure({}, notify="osc9")
    gate = Gate()
    async with on_stage(pace=gate) as stage:
        sent: list[str] = []
        assert stage.app._driver
        monkeypatch.setattr(stage.app._driver, "write", sent.append)
        await hidden_answer(stage, gate)
        await stage.until(lambda: any(each.startswith("\x1bPtmux;\x1b\x1b]9;lion-tui: main") for each in sent))


async def test_the_whole_way_in_few_keys() -> None:
    """One prompt to two models side by side, a blind vote, the winner picked: counted as keys beside the text."""
    async with on_stage() as stage:
        await stage.ask("first")
        await stage.write("which?")
        await stage.press("escape")
        await stage.until(lambda: stage.focus == "chat")
        await dialog(stage)
        await mark(stage, "two")
        await stage.press("enter")
        await stage.until(lambda: len(panes(stage)) == 2)
        await ended(stage)
        await stage.until(lambda: stage.focus == "chat")
        await stage.press("B", "1")
        await stage.until("Voted for 1, two")
        await stage.press("W")
        await stage.until(lambda: stage.session.current.name == "main")
        assert stage.session.last_message_content == "two says which?"


async def test_blind_answers_are_shown_together_when_the_last_one_has_ended() -> None:
    def line(request: Request) -> str:
        return "Quick." if request.model == "two" else "A slow answer of many words."

    gate = Gate()
    gate.open()
    service = Services.Scripted(line, model="one", models=["one", "two", "three"], pace=gate)
    async with staged(service, size=(160, 40)) as stage:
        stage.session._services[service.name] = service
        await stage.ask("first")
        gate.close()
        await browse(stage)
        await stage.press("B", "i")
        await stage.send("/fan two three")
        await stage.until("─ 2 … ─")
        gate.let(4)
        await stage.until("streaming 1")  # the quick one has ended
        for number in (1, 2):
            assert "┊ shown once all answers have ended" in column(stage, number)
            assert f"─ {number} … ─" in column(stage, number)
        await stage.press("y")
        await stage.until("Not all answers have come, which are shown together.")
        await stage.press("slash")
        await stage.until("Not all answers have come, which are shown together.")
        assert stage.focus == "chat"
        assert "Quick" not in stage.shown()
        assert "slow" not in stage.shown()
        await stage.press("B")
        await stage.until("Quick.")  # who wants to see them come can
        await stage.press("B")
        await stage.until(lambda: "slow" not in stage.shown())
        gate.open()
        await stage.until("A slow answer of many words.")
        assert "Quick." in stage.shown()
        assert "─ 1 ✓ ─" in stage.shown()


async def test_blind_what_an_answer_waits_for_is_not_told() -> None:
    async with on_stage() as stage:
        await side_by_side(stage, "two", "three")
        await stage.press("B")
        await stage.until("B tells who answered")
        stage.screen.showing.waiting("OpenRouter lets no more through")
        await stage.until("An answer has to wait · esc stops")
        assert "OpenRouter" not in stage.shown()


async def test_what_differs_stays_marked_when_names_are_hidden_and_told() -> None:
    async with on_stage(size=(140, 40)) as stage:
        await side_by_side(stage, "two", "three")
        await stage.press("equals_sign")
        await stage.until("2 against 1 by words")
        await stage.press("B")
        await stage.until("B tells who answered")
        assert "2 against 1 by words" in stage.shown()
        await stage.press("1")
        await stage.until("Voted for 1")
        assert "2 against 1 by words" in stage.shown()


async def test_only_what_was_in_sight_is_voted_on() -> None:
    async with on_stage(size=(80, 24)) as stage:
        await side_by_side(stage, "two", "three")
        await stage.until("column 1 of 2")
        await stage.press("1")
        await stage.until("Column 2 was not in sight yet. h and l in the chat show the others.")
        await stage.press("0")
        await stage.until("Column 2 was not in sight yet.")
        await stage.press("2")
        await stage.until("This is 2, which was out of sight. 2 again votes for it.")
        await stage.until("three says first")
        assert stage.session.votes.empty
        await stage.press("2")
        await stage.until("Voted for 2, three.")
        await stage.press("i")
        await stage.send("second")
        await stage.until("three says second")
        await ended(stage)
        await stage.press("escape")
        await stage.until(lambda: stage.focus == "chat")
        await stage.press("exclamation_mark")
        await stage.until("Column 1 was not in sight yet.")
        await stage.press("h")
        await stage.until("two says second")
        await stage.press("exclamation_mark")
        await stage.until("Voted for none of them.")
