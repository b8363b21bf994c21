"""Branches on the screen: fork, alternatives, undo and checkout with keys and with slash commands."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from stage import Gate, staged

from lion_tui import Services, Session

if TYPE_CHECKING:
    from pathlib import Path

    from stage import Stage


def lettered() -> Services.Scripted:
    """Return a service that answers a, b, c …"""
    return Services.Scripted([f"answer {letter}" for letter in "abcdefgh"])


def shows(stage: Stage, text: str) -> bool:
    """Tell whether the chat shows a message of this text."""
    return any(f"{bar} {text}" in line for line in stage.lines() for bar in "▎█")


async def test_n_forks_at_the_message_and_minus_goes_back() -> None:
    async with staged(lettered()) as stage:
        await stage.ask("one")
        await stage.ask("two")
        await stage.press("escape", "k", "k", "N")
        assert stage.session.current.name == "main.2"
        assert stage.talk == ["one", "answer a"]
        await stage.until("╭─ main.2 ")
        assert stage.focus == "composer"
        await stage.ask("three")
        assert stage.talk == ["one", "answer a", "three", "answer c"]
        await stage.press("escape", "minus")
        assert stage.session.current.name == "main"
        await stage.until("╭─ main ")
        assert shows(stage, "answer b")
        assert not shows(stage, "answer c")
        await stage.press("minus")
        assert stage.session.current.name == "main.2"


async def test_r_asks_for_another_answer_and_brackets_go_between_them() -> None:
    async with staged(lettered()) as stage:
        await stage.ask("one")
        await stage.press("escape", "R")
        await stage.until(lambda: shows(stage, "answer b"))
        assert stage.row("‹2/2›")
        await stage.press("left_square_bracket")
        await stage.until(lambda: shows(stage, "answer a"))
        assert stage.row("‹1/2›")
        assert stage.session.current.detached, "the old answer has no branch: looking at it moves no head"
        await stage.press("left_square_bracket")
        await stage.until(lambda: shows(stage, "answer b"))
        assert stage.session.current.name == "main"
        await stage.press("right_square_bracket")
        await stage.until(lambda: shows(stage, "answer a"))


async def test_a_bracket_without_alternatives_says_what_makes_one() -> None:
    async with staged() as stage:
        await stage.ask("one")
        await stage.press("escape", "right_square_bracket")
        await stage.until("This message has no alternative. R asks for another answer.")


async def test_m_goes_on_with_an_answer_that_was_stopped() -> None:
    gate = Gate()
    async with staged(Services.Scripted(["one two three", " and four"], pace=gate)) as stage:
        await stage.send("count")
        gate.let(2)
        await stage.until("▎ one two")
        await stage.press("escape")
        await stage.until("■ stopped")
        gate.open()
        await stage.press("escape", "m")
        await stage.until("one two and four")
        await stage.until("‹2/2›")
        assert stage.talk == ["count", "one two and four"]


async def test_undo_gives_the_prompt_back_and_redo_takes_it_again() -> None:
    async with staged(lettered()) as stage:
        await stage.ask("one")
        await stage.ask("two")
        await stage.press("escape", "u")
        assert stage.talk == ["one", "answer a"]
        assert stage.draft == "two"
        assert stage.focus == "chat", "so that u and U can be pressed again"
        await stage.until("Undid: a prompt and its answer. U or /redo does it again.")
        await stage.press("u")
        assert stage.talk == []
        assert stage.draft == "one", "what was given back and not touched makes room"
        await stage.press("U", "U")
        assert stage.talk == ["one", "answer a", "two", "answer b"]
        assert stage.draft == ""
        await stage.press("U")
        await stage.until("There is nothing to do again.")


async def test_undo_while_an_answer_streams_stops_it() -> None:
    gate = Gate()
    async with staged(Services.Scripted("one two three", pace=gate)) as stage:
        await stage.send("count")
        gate.let(1)
        await stage.until("▎ one")
        await stage.send("/undo")
        await stage.until(lambda: stage.talk == [] and stage.draft == "count")
        assert not stage.session.streaming
        await stage.until("Write below and press enter.")


async def test_slash_commands() -> None:
    async with staged(lettered()) as stage:
        await stage.ask("one")
        await stage.send("/fork try-2")
        assert stage.session.current.name == "try-2"
        await stage.send("/system be brief")
        assert stage.talk == ["one", "answer a", "be brief"]
        assert stage.session.first_system.content == "be brief"
        await stage.send("/checkout main")
        assert stage.session.current.name == "main"
        await stage.send("/regenerate")
        await stage.until(lambda: shows(stage, "answer b"))


async def test_a_slash_command_that_fails_is_not_lost() -> None:
    async with staged() as stage:
        await stage.ask("one")
        await stage.send("/checkout nowhere")
        await stage.until("There is no branch 'nowhere'. The branches are: main.")
        assert stage.draft == "/checkout nowhere"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("/frok x", "There is no command /frok. Did you mean /fork?"),
        ("/Fork", "There is no command /Fork. Did you mean /fork?"),
        ("/undo 3", "/undo takes nothing after it. Write /undo alone."),
        ("/checkout", "Checking out needs a branch. The branches are main."),
    ],
)
async def test_a_mistyped_command_is_said_and_not_sent(text: str, said: str) -> None:
    async with staged() as stage:
        await stage.ask("one")
        await stage.send(text)
        await stage.until(said)
        assert stage.draft == text
        assert stage.talk == ["one", "Yes."]


async def test_a_space_before_a_slash_sends_it() -> None:
    async with staged() as stage:
        await stage.ask(" /frok")
        assert stage.talk == ["/frok", "Yes."]


async def test_d_deletes_and_u_brings_back() -> None:
    async with staged(lettered()) as stage:
        await stage.ask("one")
        await stage.ask("two")
        await stage.press("escape", "k", "d")
        await stage.until("Delete 2 messages with the end of 1 branch, from “two” on?")
        assert stage.talk == ["one", "answer a", "two", "answer b"]
        await stage.press("k", "d")
        await stage.until("Delete 3 messages with the end of 1 branch, from “answer a” on?")
        assert len(stage.talk) == 4, "what was asked of another message is no answer for this one"
        await stage.press("j", "d", "d")
        await stage.until("Deleted 2 messages with the end of 1 branch.")
        assert stage.talk == ["one", "answer a"]
        await stage.press("u")
        assert stage.talk == ["one", "answer a", "two", "answer b"]


async def test_a_slash_that_is_no_command_is_a_prompt() -> None:
    async with staged() as stage:
        await stage.ask("/etc/hosts is what")
        assert stage.talk == ["/etc/hosts is what", "Yes."]


async def test_enter_on_a_prompt_of_the_tree_says_it_anew_on_a_branch_of_its_own() -> None:
    async with staged(lettered()) as stage:
        await stage.ask("one")
        await stage.ask("two")
        await stage.press("f2", "k", "enter")
        assert stage.draft == "two"
        assert stage.focus == "composer"
        assert stage.session.current.detached
        assert stage.talk == ["one", "answer a"]
        await stage.until("writing makes a branch ─")
        await stage.press("end", *("backspace",) * 3)
        await stage.ask("three")
        assert stage.session.current.name == "main.2"
        assert stage.talk == ["one", "answer a", "three", "answer c"]
        assert [message.content for message in stage.session.branches["main"].path()][2:] == ["two", "answer b"]


async def test_enter_on_a_head_in_the_tree_checks_its_branch_out() -> None:
    async with staged(lettered()) as stage:
        await stage.ask("one")
        await stage.send("/fork other")
        await stage.ask("two")
        await stage.press("f2", "g", "j", "enter")
        assert stage.session.current.name == "main"
        await stage.until(lambda: not shows(stage, "answer b"))


async def test_the_chat_shows_the_message_that_the_tree_points_at() -> None:
    async with staged(Services.Scripted(lambda request: f"line\n\n{len(request.messages)} said " * 20)) as stage:
        for prompt in ("first", "second"):
            await stage.ask(prompt)
        assert not shows(stage, "first")
        await stage.press("f2", "g")
        await stage.until(lambda: shows(stage, "first"))
        await stage.press("G")
        await stage.until(lambda: not shows(stage, "first"))


async def test_r_asks_who_answers_now(tmp_path: Path) -> None:
    file = tmp_path / "s.parquet"
    with Session.open(file, write=True) as session:
        elsewhere = Services.Scripted("answer a", name="elsewhere", model="gone-1")
        await session.chat("one", service=elsewhere, temperature=0.2)
    async with staged(Services.Scripted("answer b"), file=file) as stage:
        await stage.press("escape", "R")
        await stage.until(lambda: shows(stage, "answer b"))
        assert [message.model for message in stage.session.path()] == [None, "scripted-1"]
        assert not stage.session.path()[-1].params
        await stage.press("i")
        await stage.send("/set temperature=0.7")
        await stage.press("escape", "R")
        await stage.until("‹3/3›")
        assert stage.session.path()[-1].params == {"temperature": 0.7}


async def test_alt_left_and_right_go_through_what_was_shown() -> None:
    async with staged(lettered()) as stage:
        await stage.ask("one")
        await stage.press("escape", "R")
        await stage.until(lambda: shows(stage, "answer b"))
        await stage.press("alt+left")
        await stage.until("Nothing else was shown before.")
        await stage.press("left_square_bracket")
        await stage.until(lambda: shows(stage, "answer a"))
        await stage.press("N")
        assert stage.session.current.name == "main.2"
        await stage.press("escape", "alt+left")
        await stage.until(lambda: stage.session.current.detached and shows(stage, "answer a"))
        await stage.press("alt+left")
        await stage.until(lambda: stage.session.current.name == "main" and shows(stage, "answer b"))
        await stage.press("alt+right", "alt+right")
        await stage.until(lambda: stage.session.current.name == "main.2")
        await stage.press("alt+right")
        await stage.until("There is nothing to go forward to.")
        stage.session.delete_branch("main")
        await stage.press("alt+left", "alt+left")
        assert stage.session.current.detached, "what was deleted is stepped over"
        await stage.until("Nothing else was shown before.")
        await stage.press("minus")
        await stage.press("alt+right")
        await stage.until("There is nothing to go forward to.")


async def test_enter_where_one_is_stays_on_the_branch_and_names_the_others_that_end_there() -> None:
    async with staged() as stage:
        await stage.ask("one")
        await stage.press("escape", "N")
        await stage.until("⎇ main.2")
        await stage.press("escape", "f2", "enter")
        await stage.until("main ends here too: /checkout main goes on there.")
        assert stage.session.current.name == "main.2"


async def test_esc_in_the_tree_goes_back_to_where_one_came_from() -> None:
    async with staged() as stage:
        await stage.ask("one")
        await stage.press("f2", "escape")
        assert stage.focus == "composer"
        await stage.press("escape", "f2", "escape")
        assert stage.focus == "chat"
        await stage.press("f2", "f2")
        assert stage.focus == "chat"


async def test_picking_the_answer_that_one_is_on_does_nothing_and_says_so() -> None:
    async with staged() as stage:
        await stage.ask("one")
        await stage.press("escape", "R")
        await stage.until(lambda: "‹2/2›" in stage.shown() and not stage.session.streaming)
        before = stage.session.state.op
        await stage.press("W")
        await stage.until("main goes on from here already; the other answers stay in the tree.")
        assert stage.session.state.op == before


async def test_an_end_without_a_name_is_compared_by_the_end_of_its_id() -> None:
    async with staged() as stage:
        await stage.ask("one")
        old = stage.session.path()[-1].node_id
        await stage.press("escape", "R")
        await stage.until(lambda: "‹2/2›" in stage.shown() and not stage.session.streaming)
        await stage.until(f"·{old[-4:]}")
        await stage.press("i")
        await stage.send(f"/compare main ·{old[-4:]}")
        await stage.until("1 message in common")


async def test_the_time_of_another_day_is_said_with_the_day() -> None:
    async with staged(system="Be brief.") as stage:
        state = stage.session.state
        state.tree.timestamp[0] -= 400 * 86_400_000_000
        then = state.tree.message(0).timestamp.astimezone()
        stage.screen.chat.redraw()
        await stage.until(f"{then.day} {then:%b %Y %H:%M}")


async def test_a_deleted_message_is_not_compared() -> None:
    async with staged() as stage:
        await stage.ask("one")
        await stage.press("escape", "R")
        await stage.until(lambda: "‹2/2›" in stage.shown() and not stage.session.streaming)
        gone = stage.session.state.tree.node_id[1]
        await stage.press("[", "d")
        await stage.until("Deleted 1 message")
        await stage.press("i")
        await stage.send(f"/compare main ·{gone[-4:]}")
        await stage.until("is deleted. Restore it first: D lists what was deleted.")
