"""Merging on the screen: the dialog, the slash form, and how a merged answer is shown."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from stage import Gate, staged

from lion_tui import Services
from lion_tui.core.errors import ServiceError

if TYPE_CHECKING:
    from stage import Stage

    from lion_tui.core.inference import Request


def answers(*more: str) -> Services.Scripted:
    return Services.Scripted(["answer a", "answer b", *more])


async def two_answers(stage: Stage) -> None:
    """Ask once and once more, the keyboard in the chat then."""
    await stage.ask("why?")
    await stage.press("escape", "R")
    await stage.until("answer b")
    await stage.until(lambda: not stage.session.streaming)


def alternatives(request: Request) -> list[str]:
    return sorted(text for text in ("answer a", "answer b") if f">\n{text}\n</" in request.messages[-1].content)


async def test_the_answers_beside_are_fused_with_two_keys() -> None:
    service = answers("fused")
    async with staged(service) as stage:
        await two_answers(stage)
        await stage.press("M")
        await stage.until("Merge into main")
        assert stage.row("[x] main (here) · answer b")
        assert stage.row("· answer a").lstrip(" │").startswith("[x] ·")
        await stage.press("enter")
        await stage.until("▎ fused") if stage.focus != "chat" else await stage.until("█ fused")
        assert alternatives(service.requests[-1]) == ["answer a", "answer b"]
        assert "fused from 2" in stage.row("‹3/3›")
        assert stage.talk == ["why?", "fused"]
        await stage.press("u")
        await stage.until("Undid: the merge.")
        assert stage.talk == ["why?", "answer b"]


async def test_compared_branches_are_fused_by_another_model() -> None:
    service = answers("more a", "more b", "fused")
    async with staged(service, size=(160, 40)) as stage:
        await stage.ask("why?")
        await stage.send("/fork fast")
        await stage.press("escape", "R")
        await stage.until("answer b")
        await stage.until(lambda: not stage.session.streaming)
        stage.session.fork("main", "other")
        await stage.press("i")
        await stage.send("/compare main fast")
        await stage.until(lambda: stage.focus == "chat" and "1 message in common" in stage.shown())
        await stage.press("M")
        await stage.until("Merge into main")
        await stage.until("[x] main")
        await stage.until("[x] fast")
        await stage.press("p")
        await stage.until("What the model is asked")
        stage.app.screen.query_one("Input").value = "make one of them"  # type: ignore[attr-defined]
        await stage.press("enter")
        await stage.until("asked make one of them")
        await stage.press("enter")
        await stage.until("more a")
        assert "make one of them\n\n<alternative 1>" in service.requests[-1].messages[-1].content


async def test_other_ways_are_chosen_by_their_letter_or_with_tab() -> None:
    async with staged(answers("later")) as stage:
        await two_answers(stage)
        await stage.press("M")
        await stage.until("◉ f  fuse")
        await stage.press("w")
        await stage.until("◉ w  ff")
        assert stage.row("No model is asked.")
        await stage.press("enter")
        await stage.until("'main' cannot be moved forward there")
        await stage.press("tab", "tab")
        await stage.until("◉ a  append")
        await stage.press("enter")
        await stage.until("Appended 1 message to main. u takes it back.")
        assert stage.talk == ["why?", "answer b", "answer a"]
        assert "copied from main" in stage.shown()
        await stage.press("u")
        await stage.until(lambda: stage.talk == ["why?", "answer b"])


async def test_space_marks_and_what_is_not_marked_is_said() -> None:
    async with staged(answers()) as stage:
        await two_answers(stage)
        await stage.press("M")
        await stage.until("[x] main (here)")
        await stage.press("space", "space")
        await stage.until(lambda: "[x]" not in stage.shown())
        await stage.press("enter")
        await stage.until("Nothing is marked. Space marks the line at the cursor.")
        await stage.press("k", "k", "space", "enter")
        await stage.until("There is too little to merge")
        await stage.press("escape")
        await stage.until(lambda: "Merge into" not in stage.shown())
        assert stage.talk == ["why?", "answer b"]


async def test_an_empty_session_says_what_there_is_to_merge() -> None:
    async with staged() as stage:
        await stage.press("escape", "M")
        await stage.until("There is nothing to merge yet.")


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("/merge nowhere", "There is no branch 'nowhere'."),
        ("/merge ff fast", "cannot be moved forward there"),
        ("/merge append main", "'main' has all of that already."),
        ("/merge summary empty", "An empty branch has nothing to give."),
    ],
)
async def test_what_cannot_be_merged_is_said(written: str, said: str) -> None:
    async with staged(answers()) as stage:
        await stage.ask("why?")
        stage.session.fork("main", "fast")
        await stage.session.regenerate(branch="fast")
        stage.session.new_branch("empty")
        await stage.send(written)
        await stage.until(said)
        assert stage.talk == ["why?", "answer a"]


async def test_the_slash_form_sums_up() -> None:
    service = answers("the sum")
    async with staged(service) as stage:
        await stage.ask("why?")
        stage.session.fork("main", "fast")
        await stage.session.regenerate(branch="fast")
        await stage.send("/merge summary fast")
        await stage.until("the sum")
        assert "summary of 1" in stage.shown()
        assert stage.talk == ["why?", "answer a", "the sum"]
        assert "<conversation 1>\nanswer b\n</conversation 1>" in service.requests[-1].messages[-1].content


async def test_a_fusion_is_stopped_and_gone_on_with_like_any_answer() -> None:
    gate = Gate()
    gate.open()
    service = Services.Scripted(["answer a", "answer b", "one two three", " four"], pace=gate)
    async with staged(service) as stage:
        await two_answers(stage)
        gate.close()
        await stage.press("M", "enter")
        gate.let(2)
        await stage.until("one two")
        await stage.press("escape")
        await stage.until("■ stopped · m continue · R retry")
        gate.open()
        await stage.press("m")
        await stage.until("one two four")


async def test_a_fusion_that_fails_is_said_in_its_message() -> None:
    service = Services.Scripted(["answer a", "answer b", ServiceError("Away.", "Wait."), "fused"])
    async with staged(service) as stage:
        await two_answers(stage)
        await stage.press("M", "enter")
        await stage.until("✕ Away. Wait.")
        await stage.press("R")
        await stage.until("fused from 2  ‹4/4›")
        assert alternatives(service.requests[-1]) == ["answer a", "answer b"]


async def test_what_still_comes_is_left_out_and_said() -> None:
    gate = Gate()
    gate.open()
    service = Services.Scripted(["answer a", "answer b", "slow one", "fused"], pace=gate)
    async with staged(service) as stage:
        await two_answers(stage)
        gate.close()
        await stage.press("R")
        await stage.until("‹3/3›")
        await stage.press("M")
        await stage.until("still coming")
        await stage.press("enter")
        await stage.until("Left out: The answer of scripted-1 is still coming.")
        gate.open()
        await stage.until("‹4/4›")


async def test_another_model_writes_when_it_is_picked() -> None:
    service = Services.Scripted(["answer a", "answer b", "fused"], models=["scripted-1", "judge"])
    async with staged(service) as stage:
        await two_answers(stage)
        await stage.press("M", "m")
        await stage.until("scripted-1 at scripted")
        await stage.write("judge")
        await stage.until("judge at scripted")
        await stage.press("enter")
        await stage.until("by    scripted · judge")
        await stage.press("enter")
        await stage.until("fused from 2")
        assert service.requests[-1].model == "judge"
        assert stage.session.answerer()[1] == "scripted-1"


async def test_answers_that_were_voted_for_are_marked_and_others_are_not() -> None:
    async with staged(answers("answer c")) as stage:
        await two_answers(stage)
        await stage.press("R")
        await stage.until(lambda: "answer c" in stage.shown() and not stage.session.streaming)
        messages = stage.session.all_messages
        a, b, c = messages[messages["role"] == "assistant"]["node_id"]
        stage.session.vote([a, b, c], b)
        await stage.press("M")
        await stage.until("[x] main (here) · answer c")
        assert "[x]" in stage.row("· answer b")
        assert "[ ]" in stage.row("· answer a")
        await stage.press("escape")
        stage.session.vote([a, b], tie=True)
        await stage.press("M")
        await stage.until("[ ] main (here) · answer c")
        assert "[x]" in stage.row("· answer a")
        assert "[x]" in stage.row("· answer b")
