"""Copying, grafting, replaying and cutting on the screen."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from stage import Gate, staged

from lion_tui import Services
from lion_tui.core.errors import ServiceError

if TYPE_CHECKING:
    from stage import Stage


def lettered() -> Services.Scripted:
    return Services.Scripted([f"answer {letter}" for letter in "abcdefgh"])


def seen(stage: Stage, style: str) -> str:
    """Return what is drawn in the chat in the colour of one of its Markdown styles."""
    colour = stage.screen.chat._styles().markdown[style].color
    assert colour is not None
    strips = stage.screen._compositor.render_strips()
    return " ".join("".join(s.text for strip in strips for s in strip if s.style and s.style.color == colour).split())


# Copy, paste, graft


async def test_turns_are_copied_and_pasted_on_another_branch() -> None:
    async with staged(lettered()) as stage:
        await stage.ask("one")
        await stage.ask("two")
        await stage.press("escape", "g", "C")
        await stage.until("2 messages copied. V pastes")
        await stage.press("C")
        await stage.until("4 messages copied.")
        await stage.press("C")
        await stage.until("All to the end is copied already: 4 messages.")
        stage.session.new_branch("other")
        stage.session.checkout("other")
        await stage.press("V")
        await stage.until("Pasted 4 messages on other. u takes them back.")
        assert stage.talk == ["one", "answer a", "two", "answer b"]
        assert "copied from main" in stage.shown()
        await stage.press("u")
        await stage.until("Undid: pasting.")
        assert stage.talk == []
        await stage.press("V")
        await stage.until(lambda: len(stage.talk) == 4)


async def test_another_message_is_added_and_a_new_copy_begins_after_pasting() -> None:
    async with staged(lettered()) as stage:
        await stage.ask("one")
        await stage.ask("two")
        await stage.press("escape", "C")
        await stage.until("1 message copied.")
        await stage.press("g", "C")
        await stage.until("3 messages copied.")
        await stage.press("G", "V")
        await stage.until("Pasted 3 messages on main.")
        assert stage.talk == ["one", "answer a", "two", "answer b", "one", "answer a", "answer b"]
        await stage.press("C")
        await stage.until("1 message copied.")


async def test_nothing_copied_says_which_key_copies() -> None:
    async with staged() as stage:
        await stage.ask("one")
        await stage.press("escape", "V")
        await stage.until("No message was copied. C copies the selected one.")
        await stage.press("T")
        await stage.until("No message was copied.")


async def test_a_subtree_is_grafted_below_the_selected_message() -> None:
    async with staged(lettered()) as stage:
        await stage.ask("one")
        await stage.ask("two")
        await stage.press("escape", "R")
        await stage.until("answer c")
        await stage.press("k", "C")
        await stage.until("2 messages copied.")
        await stage.press("T")
        await stage.until("A message cannot be grafted under itself or what is below it.")
        await stage.press("k", "T")
        await stage.until("Grafted 3 messages. u takes them back.")
        assert stage.talk[:3] == ["one", "answer a", "two"]
        assert stage.session.current.path()[2].origin == "copy"
        assert len(stage.session.state.tree) == 8
        await stage.press("u")
        await stage.until("Undid: grafting.")
        assert stage.talk == ["one", "answer a", "two", "answer c"]


# Replay


async def test_an_early_prompt_is_changed_and_the_later_ones_are_said_again() -> None:
    gate = Gate()
    gate.open()
    service = Services.Scripted([f"answer {letter}" for letter in "abcdefgh"], pace=gate)
    async with staged(service) as stage:
        for text in ("one", "two", "three"):
            await stage.ask(text)
        gate.close()
        await stage.press("escape", "g", "E")
        await stage.until("replay: enter says it and the 2 after it again · esc leaves it")
        assert stage.draft == "one"
        await stage.write("!")
        await stage.press("enter")
        await stage.until("replaying 1 of 3")
        await stage.until("┊ waits: two")
        gate.let(2)
        await stage.until("replaying 2 of 3")
        gate.open()
        await stage.until(lambda: len(stage.talk) == 6 and not stage.session.streaming)
        assert stage.talk == ["one!", "answer d", "two", "answer e", "three", "answer f"]
        assert stage.session.current.name == "main.2"
        await stage.press("escape", "u")
        await stage.until("Undid: the replay, all of it.")
        assert stage.talk == ["one", "answer a", "two", "answer b", "three", "answer c"]


async def test_a_replay_stops_and_goes_on() -> None:
    gate = Gate()
    gate.open()
    service = Services.Scripted([f"answer {letter}" for letter in "abcdefgh"], pace=gate)
    async with staged(service) as stage:
        for text in ("one", "two", "three"):
            await stage.ask(text)
        gate.close()
        await stage.press("escape", "g", "E", "enter")
        gate.let(3)
        await stage.until("replaying 2 of 3")
        await stage.until(lambda: stage.session.current.path()[-1].content)
        await stage.press("escape")
        await stage.until("┊ held: three · enter sends it")
        await stage.until("The replay stands still; 1 to go.")
        gate.open()
        await stage.press("i", "enter")
        await stage.until(lambda: len(stage.talk) == 6 and not stage.session.streaming)
        assert stage.talk[4] == "three"


async def test_a_failure_ends_a_replay_and_says_how_to_go_on() -> None:
    service = Services.Scripted(["a", "b", ServiceError("Away.", "Wait."), "c"])
    async with staged(service) as stage:
        await stage.ask("one")
        await stage.ask("two")
        await stage.press("escape", "g", "E", "enter")
        await stage.until("✕ Away. Wait.")
        await stage.until("┊ held: two · enter sends it")
        await stage.until("The replay stands still; 1 to go. Enter in the composer goes on.")


async def test_the_last_prompt_is_only_asked_again() -> None:
    async with staged(lettered()) as stage:
        await stage.ask("one")
        await stage.press("escape", "E")
        await stage.until("replay: enter asks it; no prompt comes after it · esc leaves it")
        await stage.press("ctrl+u", "enter")
        await stage.until("Nothing is left of the prompt.")
        await stage.write("two")
        await stage.press("enter")
        await stage.until("answer b")
        assert (stage.talk, stage.session.current.name) == (["two", "answer b"], "main")


async def test_without_a_prompt_there_is_nothing_to_replay() -> None:
    async with staged(system="be brief") as stage:
        await stage.press("escape", "E")
        await stage.until("There is no prompt above this message.")


# Cut

TEXT = "First words here.\n\nSecond *part* of it\nand a line.\n\n- last item"


async def cutting(stage: Stage) -> None:
    await stage.ask("say")
    await stage.press("escape", "K")
    await stage.until("✂ keeps 17 of")


async def test_a_cut_begins_at_the_first_paragraph_and_moves_by_words_and_lines() -> None:
    async with staged(TEXT) as stage:
        await cutting(stage)
        assert "First words" not in seen(stage, "cut-off")
        assert "Second part of it" in seen(stage, "cut-off")
        assert stage.in_background("cut-at") == "here."
        for key, at in (("l", 25), ("l", 32), ("j", 38), ("right", 42), ("h", 38), ("k", 17), ("h", 11), ("up", 11)):
            await stage.press(key)
            await stage.until(f"✂ keeps {at} of {len(TEXT)} characters")
        for _ in range(9):
            await stage.press("j")
        await stage.until("m goes on from the end of an answer")
        assert stage.row("h l words").strip().startswith("h l words   j k lines   enter cut, go on   esc leave")
        await stage.press("escape")
        await stage.until(lambda: "✂" not in stage.shown())
        assert stage.focus == "chat"
        assert seen(stage, "cut-off").count("Second") == 0
        assert stage.talk == ["say", TEXT]


async def test_enter_cuts_and_the_model_goes_on_at_once() -> None:
    service = Services.Scripted([TEXT, " And more."])
    async with staged(service) as stage:
        await cutting(stage)
        await stage.press("enter")
        await stage.until("here. And more.")
        request = service.requests[-1]
        assert (request.prefill, request.messages[-1].content) == (True, "First words here.")
        assert "cut, continued  ‹2/2›" in stage.shown()
        assert stage.focus == "chat"
        await stage.press("u")
        await stage.until(lambda: stage.talk == ["say", TEXT])


async def test_a_fused_answer_that_is_cut_and_gone_on_with_says_so() -> None:
    service = Services.Scripted(["answer a", "answer b", "fused of both", " and more"])
    async with staged(service) as stage:
        await stage.ask("why?")
        await stage.press("escape", "R")
        await stage.until("answer b")
        await stage.until(lambda: not stage.session.streaming)
        await stage.press("M", "enter")
        await stage.until("fused from 2  ‹3/3›")
        await stage.until(lambda: not stage.session.streaming)
        await stage.press("K")
        await stage.until("✂ keeps")
        await stage.press("enter")
        await stage.until("cut, continued  ‹4/4›")
        assert "fused from" not in stage.shown()


async def test_e_only_cuts() -> None:
    async with staged(TEXT) as stage:
        await cutting(stage)
        await stage.press("h", "e")
        await stage.until("Cut; the whole answer stands beside it. m goes on from here.")
        assert stage.talk == ["say", "First words"]
        assert "cut  ‹2/2›" in stage.shown()
        assert stage.row("■ stopped · m continue")


async def test_leaving_the_line_leaves_the_answer() -> None:
    async with staged(TEXT) as stage:
        await cutting(stage)
        await stage.press("f2")
        await stage.until(lambda: "✂" not in stage.shown())
        assert stage.talk == ["say", TEXT]


@pytest.mark.parametrize(
    ("answer", "keys", "said"),
    [
        ("word", ["K"], "An answer of one word has no place to cut it at."),
        (TEXT, ["k", "K"], "Only an answer with some text can be cut."),
    ],
)
async def test_what_cannot_be_cut_is_said(answer: str, keys: list[str], said: str) -> None:
    async with staged(answer) as stage:
        await stage.ask("say")
        await stage.press("escape", *keys)
        await stage.until(said)


async def test_an_answer_that_comes_is_not_cut() -> None:
    gate = Gate()
    async with staged(Services.Scripted("one two three", pace=gate)) as stage:
        await stage.send("say")
        gate.let(2)
        await stage.until("one two")
        await stage.press("f2", "f2", "tab", "K")
        stage.screen.set_focus(stage.screen.chat)
        await stage.press("K")
        await stage.until("The answer is still coming. Wait for its end, or stop it.")
        gate.open()


async def test_a_long_answer_is_cut_where_it_is_read() -> None:
    text = "\n\n".join(f"Paragraph {number} has some words." for number in range(2000))
    async with staged() as stage:
        stage.session.add_message("user", "say")
        stage.session.add_message("assistant", text)
        await stage.press("escape", "K")
        await stage.until("✂ keeps")
        await stage.press("k", "h")
        assert stage.screen.cut_line.is_open
        await stage.press("e")
        await stage.until(lambda: len(stage.talk[-1]) < len(text))
        assert stage.talk[-1].endswith("some")
        assert text.startswith(stage.talk[-1])


@pytest.mark.parametrize("size", [(80, 24), (120, 40), (200, 60)])
async def test_what_was_copied_is_in_sight_until_it_was_pasted_or_dropped(size: tuple[int, int]) -> None:
    async with staged(size=size) as stage:
        await stage.ask("one")
        await stage.press("escape", "C")
        await stage.until("⧉ 1 copied: V pastes")
        await stage.press("i", "escape")
        await stage.until(lambda: stage.focus == "chat")
        assert "⧉ 1 copied: V pastes" in stage.shown()
        await stage.press("V")
        await stage.until("Pasted 1 message on main.")
        assert "⧉" not in stage.shown()
        await stage.press("C")
        await stage.until("⧉ 1 copied")
        await stage.press("escape")
        await stage.until(lambda: "⧉" not in stage.shown())
        await stage.press("V")
        await stage.until("No message was copied.")


async def test_a_refusal_to_cut_what_comes_goes_when_it_has_come() -> None:
    gate = Gate()
    async with staged(Services.Scripted("one two three", pace=gate)) as stage:
        await stage.send("go")
        gate.let(1)
        await stage.until("▎ one")
        await stage.press("f2", "G", "K")
        await stage.until("The answer is still coming. Wait for its end, or stop it.")
        gate.open()
        await stage.until("one two three")
        await stage.until(lambda: "still coming" not in stage.shown())


async def test_what_was_done_is_said_until_the_next_thing_is_done() -> None:
    gate = Gate()
    async with staged(Services.Scripted("one two three", pace=gate)) as stage:
        await stage.send("go")
        gate.let(1)
        await stage.until("▎ one")
        await stage.press("escape")
        await stage.until("Stopped; what came is kept.")
        gate.open()
        await stage.send("on")
        await stage.until(lambda: len(stage.talk) == 4)
        assert "Stopped; what" not in stage.shown()


async def test_what_was_deleted_after_it_was_copied_is_not_in_the_way() -> None:
    async with staged("Yes.") as stage:
        await stage.ask("first")
        await stage.ask("second")
        await stage.press("escape", "C", "d")
        await stage.until("Deleted 1 message")
        await stage.press("g", "C")
        await stage.until("2 messages copied")
        await stage.press("V")
        await stage.until("Pasted 2 messages on main.")
        assert stage.talk == ["first", "Yes.", "second", "first", "Yes."]
