"""Editing messages, system prompts and names from the keyboard."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stage import Gate, staged

from lion_tui import Services

if TYPE_CHECKING:
    import pytest


async def test_an_edited_answer_stands_beside_the_old_one() -> None:
    async with staged("Whales sing.") as stage:
        await stage.ask("why")
        await stage.write("half a thought")
        await stage.press("escape", "e")
        await stage.until("✎ Whales sing.")
        await stage.write(" Loudly.")
        await stage.press("enter")
        await stage.until("‹2/2›")
        assert stage.talk == ["why", "Whales sing. Loudly."]
        assert stage.session.current.head is not None
        assert stage.session.current.head.origin == "edit"
        assert stage.draft == "half a thought"
        assert "✎" not in stage.shown()
        await stage.press("escape", "left_square_bracket")
        await stage.until("‹1/2›")
        assert stage.talk == ["why", "Whales sing."]


async def test_an_edited_prompt_is_not_sent() -> None:
    async with staged("Whales sing.") as stage:
        await stage.ask("why")
        await stage.press("escape", "k", "e")
        await stage.write(" not")
        await stage.press("enter")
        await stage.until(lambda: stage.talk == ["why not"])
        assert not stage.session.streaming


async def test_escape_leaves_a_message_as_it_is_and_the_draft_comes_back() -> None:
    async with staged("Whales sing.") as stage:
        await stage.ask("why")
        await stage.write("draft")
        await stage.press("escape", "e")
        await stage.write("x")
        await stage.press("escape")
        await stage.until(lambda: stage.draft == "draft")
        assert len(stage.session.state.tree) == 2
        assert "editing" not in stage.shown()


async def test_the_line_of_keys_does_not_say_that_what_is_edited_would_be_sent() -> None:
    async with staged("Whales sing.") as stage:
        await stage.ask("why")
        assert stage.row("enter send")
        await stage.press("escape", "e")
        await stage.until("enter done   ^j newline   esc leave   f1 all keys")
        assert "enter send" not in stage.shown()
        await stage.press("escape")
        await stage.until("enter go on")
        await stage.press("i")
        await stage.send("/annotate")
        await stage.until("enter done")
        await stage.press("escape")
        await stage.until("enter send")


async def test_a_message_cannot_be_edited_to_nothing() -> None:
    async with staged("No") as stage:
        await stage.ask("why")
        await stage.press("escape", "e")
        await stage.until(lambda: stage.draft == "No" and stage.focus == "composer")
        await stage.press("backspace", "backspace", "enter")
        await stage.until("Nothing is left of the message. d deletes it")
        assert "✎" in stage.shown()
        await stage.press("escape")
        assert stage.talk == ["why", "No"]


async def test_the_system_prompt_is_edited_where_it_stands() -> None:
    async with staged(system="You are terse.") as stage:
        await stage.ask("why")
        await stage.press("escape", "S")
        await stage.until("✎ You are terse.")
        await stage.write(" And kind.")
        await stage.press("enter")
        await stage.until(lambda: stage.talk[-1] == "You are terse. And kind.")
        assert stage.talk == ["You are terse.", "why", "Yes.", "You are terse. And kind."]


async def test_a_branch_is_renamed() -> None:
    async with staged() as stage:
        await stage.ask("why")
        await stage.press("escape", "r")
        await stage.until("Rename main")
        await stage.press("space", "x", "enter")
        await stage.until("cannot be a branch's name")
        await stage.press("backspace", "backspace", *"main2", "enter")
        await stage.until("─ main2 ─")
        assert list(stage.session.branches) == ["main2"]
        await stage.press("i")
        await stage.send("/rename whales")
        await stage.until("─ whales ─")
        assert list(stage.session.branches) == ["whales"]


async def test_in_the_tree_the_branch_that_ends_at_the_cursor_is_renamed() -> None:
    async with staged() as stage:
        await stage.ask("one")
        stage.session.fork("main", "other")
        await stage.ask("two")
        await stage.press("f2", "k", "k", "r")
        await stage.until("Rename other")
        await stage.press("escape")


async def test_a_session_gets_a_title() -> None:
    async with staged() as stage:
        await stage.ask("one")
        await stage.send("/title Whales and sharks")
        await stage.until("─ Whales and sharks ─")
        assert "Whales and sharks ⎇ main" in stage.shown()
        await stage.send("/title")
        await stage.until("Title of the session")
        await stage.press("escape")


async def test_archiving_hides_a_message_until_undo() -> None:
    async with staged("Yes.") as stage:
        await stage.ask("one")
        await stage.press("escape", "R")
        await stage.until(lambda: "‹2/2›" in stage.shown() and not stage.session.streaming)
        await stage.press("left_square_bracket")
        await stage.until("‹1/2›")
        first = stage.session.state.tree.node_id[1]
        await stage.press("right_square_bracket")
        await stage.until("‹2/2›")
        stage.session.archive(first)
        await stage.until(lambda: "‹2/2›" not in stage.shown())
        await stage.press("u")
        await stage.until("‹2/2›")
        await stage.press("a")
        await stage.until("Archived; u brings it back.")
        assert stage.session.state.archived(2)
        await stage.press("a")
        await stage.until("No longer archived.")


async def test_deleting_the_current_branch_shows_its_path_detached() -> None:
    async with staged() as stage:
        await stage.ask("one")
        await stage.send("/delete-branch")
        await stage.until("writing makes a branch")
        assert stage.session.branches == {}
        assert stage.talk == ["one", "Yes."]
        await stage.press("escape", "u")
        await stage.until("─ main ─")


async def test_all_answers_are_stopped_at_once() -> None:
    gate = Gate()
    async with staged(Services.Scripted(["one two three", "four five six"], pace=gate)) as stage:
        await stage.send("first")
        await stage.until("streaming 1")
        await stage.press("escape")
        await stage.until(lambda: not stage.session.streaming)
        stage.session.checkout(stage.session.new_branch("other"))
        await stage.send("second")
        await stage.until("streaming 1")
        await stage.press("f2", "X")
        await stage.until("Stopped 1 answer; what came is kept.")
        assert not stage.session.streaming
        await stage.press("X")
        await stage.until("No answer is coming.")


async def test_what_is_worked_on_is_no_place_for_prompts() -> None:
    gate = Gate()
    async with staged(Services.Scripted("one two", pace=gate)) as stage:
        await stage.send("first")
        await stage.until(lambda: stage.session.streaming)
        await stage.send("second")
        await stage.until("waits: second")
        await stage.press("f2", "A", "up")
        assert [prompt.text for prompt in stage.session.queue()] == ["second"], "it is no note"
        await stage.press("escape", "escape", "i", "up")
        assert stage.draft == "second"
        await stage.press("ctrl+c")
        gate.open()
        await stage.until(lambda: not stage.session.streaming)


async def test_undo_leaves_what_is_worked_on_alone() -> None:
    async with staged("Yes.") as stage:
        await stage.ask("first")
        await stage.ask("second")
        await stage.write("half")
        await stage.press("escape", "g", "e")
        assert stage.draft == "first"
        await stage.press("f2", "u")
        await stage.until("Undid: a prompt and its answer")
        assert stage.draft == "first"
        await stage.press("i")
        await stage.write(" of all")
        await stage.press("enter")
        assert stage.talk == ["first of all"]
        assert stage.draft == "second\nhalf"


async def test_an_edit_that_is_left_can_be_found_again() -> None:
    async with staged("Yes.") as stage:
        await stage.ask("first")
        await stage.send("/fork other")
        await stage.press("escape", "e")
        await stage.write(" And more.")
        await stage.press("escape")
        await stage.until("Left; the prompts sent before have what was written")
        assert stage.draft == ""
        await stage.press("i", "up")
        assert stage.draft == "Yes. And more."
        await stage.press("ctrl+c", "escape", "e")
        await stage.write(" Other words.")
        await stage.press("f2", "minus")
        await stage.until(lambda: stage.session.current.name == "main")
        assert stage.draft == ""
        await stage.press("i", "up")
        assert stage.draft == "Yes. Other words."


async def test_enter_counts_again_for_who_left_the_composer_and_came_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lion_tui.app.widgets.composer.BOUNCE_S", 60)  # however slow this machine is
    async with staged("Yes.") as stage:
        await stage.ask("one")
        await stage.write("two")
        await stage.press("escape", "A")
        await stage.write("a note")
        await stage.press("enter", "i", "enter")
        await stage.until(lambda: len(stage.talk) == 4)
