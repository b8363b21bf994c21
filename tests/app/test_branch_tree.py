"""The tree pane: in step with the chat both ways, what its marks say, the filter, the mouse."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from stage import Gate, staged
from textual import events

from lion_tui import Services
from lion_tui.core.graph import LONGEST_RUN
from lion_tui.core.header import restore_snapshot, take_snapshot

if TYPE_CHECKING:
    from stage import Stage


def tree_line(stage: Stage, text: str) -> str:
    """Return the first line of the tree pane that has a text."""
    width = stage.screen.tree_pane.outer_size.width
    return next(line[:width] for line in stage.lines() if text in line[:width])


def in_tree(stage: Stage, text: str) -> bool:
    width = stage.screen.tree_pane.outer_size.width
    return any(text in line[:width] for line in stage.lines())


def cursor_text(stage: Stage) -> str:
    """Return the text of the message that the tree's cursor is on."""
    row = stage.screen.tree_pane.cursor_row
    return "" if row is None else stage.session.state.tree.content(row)


def talk(stage: Stage, branch: str, *texts: str) -> None:
    for number, text in enumerate(texts):
        stage.session.add_message(("user", "assistant")[number % 2], text, branch=branch)


async def forked(stage: Stage) -> None:
    """Make a fork: `main` goes on with `why here`, `side` with `why there`."""
    talk(stage, "main", "begin", "begun")
    stage.session.fork("main", "side")
    talk(stage, "side", "why there", "because there")
    talk(stage, "main", "why here", "because here")
    await stage.until("because here")


async def test_lanes_names_and_the_path_that_is_shown() -> None:
    async with staged() as stage:
        await forked(stage)
        width = stage.screen.tree_pane.outer_size.width
        drawn = [line[2 : width - 1].rstrip() for line in stage.lines()[1:8]]
        assert drawn == [
            "● 1 begin",
            "● 2 begun",
            "├─╮",
            "│ ● 3 why there",
            "│ ● 4 because there  side",
            "● 3 why here",
            "◉ 4 because here  main",
        ]


async def test_the_chat_shows_what_the_tree_points_at_and_enter_is_said_elsewhere() -> None:
    async with staged() as stage:
        await forked(stage)
        await stage.press("f2", "k")
        assert cursor_text(stage) == "why here"
        assert stage.screen.chat.cursor_row == stage.screen.tree_pane.cursor_row
        await stage.press("k")
        assert cursor_text(stage) == "because there"
        assert stage.screen.chat.cursor_row != stage.screen.tree_pane.cursor_row
        await stage.until("enter checks out side")
        await stage.press("k")
        await stage.until("enter says it anew")
        await stage.press("j", "enter")
        assert stage.session.current.name == "side"
        await stage.until("4 of 6")


async def test_the_tree_points_at_what_the_chat_is_at() -> None:
    async with staged("Yes. " * 40, size=(120, 20)) as stage:
        for number in range(20):
            talk(stage, "main", f"question {number}\n\nmore", f"answer {number}\n\nmore")
        await stage.until("answer 19")
        await stage.press("escape", "k", "k")
        await stage.until(lambda: cursor_text(stage).startswith("answer 18"))
        await stage.press("pageup", "pageup")
        await stage.until(lambda: not cursor_text(stage).startswith("answer 18"))
        at = stage.screen.tree_pane.cursor_row
        assert at is not None
        assert at == stage.screen.chat.cursor_row
        await stage.until(lambda: in_tree(stage, f"● {at + 1} "))
        assert in_tree(stage, "┊ 38"), "what is folded shows the message that the chat is at"
        await stage.press("ctrl+home")
        await stage.until(lambda: cursor_text(stage).startswith("question 1"))
        await stage.press("ctrl+end")
        await stage.until(lambda: not cursor_text(stage).startswith("question 1"))


async def test_h_and_l_follow_one_talk_and_braces_go_from_fork_to_fork() -> None:
    async with staged() as stage:
        await forked(stage)
        await stage.press("f2", "left_curly_bracket")
        assert cursor_text(stage) == "begun"
        assert stage.screen.chat.cursor_row == stage.screen.tree_pane.cursor_row
        await stage.press("left_curly_bracket")
        await stage.until("There is no fork above this message.")
        await stage.press("l")
        assert cursor_text(stage) == "why here", "past the branches that are drawn between"
        await stage.press("h", "h")
        assert cursor_text(stage) == "begin"
        await stage.press("h")
        assert cursor_text(stage) == "begin"
        await stage.press("right_curly_bracket")
        assert cursor_text(stage) == "begun"


async def test_braces_go_from_fork_to_fork_in_the_chat() -> None:
    async with staged() as stage:
        await forked(stage)
        await stage.press("escape", "left_curly_bracket")
        row = stage.screen.chat.cursor_row
        assert row is not None
        assert stage.session.state.tree.content(row) == "begun"
        assert cursor_text(stage) == "begun"
        await stage.press("right_curly_bracket")
        await stage.until("There is no fork below this message.")


async def test_an_answer_that_ends_unseen_is_unread_until_it_is_shown() -> None:
    gate = Gate()
    async with staged(Services.Scripted("one two three", pace=gate)) as stage:
        await forked(stage)
        await stage.send("count")
        gate.let(1)
        await stage.until(lambda: stage.session.streaming)
        await stage.send("/checkout side")
        await stage.until("4 of 8")
        assert any(picture in tree_line(stage, "6 one") for picture in "⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏"), "it streams out of sight"
        gate.open()
        await stage.until(lambda: in_tree(stage, "◆ 6 one two three"))
        state, _ = restore_snapshot(take_snapshot(stage.session.state))
        assert state.unread == stage.session.state.unread != set()
        await stage.send("/checkout main")
        await stage.until(lambda: in_tree(stage, "◉ 6 one two three"))
        await stage.send("/checkout side")
        await stage.until(lambda: in_tree(stage, "● 6 one two three"))


async def test_what_failed_what_is_archived_and_what_is_marked() -> None:
    async with staged() as stage:
        await forked(stage)
        session, tree = stage.session, stage.session.state.tree
        with session.state.gesture("mark") as gesture:
            gesture.set_mark(0, "bookmark", True)
        session.state.finish(3, "error", {"error": "refused"})
        await stage.until(lambda: in_tree(stage, "✕ 4 because there"))
        assert "★" in tree_line(stage, "1 begin")
        session.archive(tree.node_id[4])
        await stage.until(lambda: in_tree(stage, "○ 3 why here"))
        session.checkout("side")
        await stage.until(lambda: not in_tree(stage, "why here"))


async def test_the_filter_shows_what_is_typed_and_escape_takes_it_away() -> None:
    async with staged() as stage:
        await forked(stage)
        await stage.press("f2", "f")
        await stage.write("THERE")
        await stage.until("2 found · esc shows all")
        assert "filter: THERE" in stage.shown()
        assert not in_tree(stage, "why here")
        assert in_tree(stage, "1 begin  ┊ 1"), "what leads there is one line"
        await stage.press("backspace", "backspace", "backspace", "backspace", "backspace")
        await stage.write("si")
        await stage.until("1 found")
        assert in_tree(stage, "because there"), "a branch's name is found too"
        talk(stage, "main", "another si")
        await stage.until("2 found")
        await stage.press("enter", "g", "j", "j")
        assert cursor_text(stage) == "because there"
        await stage.press("escape")
        await stage.until(lambda: in_tree(stage, "why here"))
        assert (stage.focus, cursor_text(stage)) == ("tree", "because there")
        await stage.press("escape")
        assert stage.focus == "composer"
        await stage.send("/filter nowhere")
        await stage.until("Nothing has these words.")


async def test_the_filter_finds_a_phrase_as_it_is_read() -> None:
    text = f"{'word ' * 20}the **very important** `option`"
    async with staged(size=(120, 24)) as stage:
        talk(stage, "main", "begin", text, "end")
        await stage.press("f2", "f")
        await stage.write("important option")
        await stage.until("1 found · esc shows all")
        assert in_tree(stage, "important**"), "what was found is in sight, not the first words"


async def test_a_click_chooses_and_on_a_fold_opens_it_and_the_wheel_scrolls() -> None:
    async with staged(size=(120, 20)) as stage:
        await forked(stage)
        pane = stage.screen.tree_pane
        await stage.pilot.click(pane, offset=(8, 1 + 4))
        await stage.until(lambda: stage.session.current.name == "side")
        talk(stage, "side", *(f"word {number}" for number in range(2 * LONGEST_RUN)))
        await stage.until(lambda: in_tree(stage, "┊ 12"))
        line = next(y for y, text in enumerate(stage.lines()) if "┊ 12" in text)
        sign = stage.lines()[line].index("┊")
        await stage.pilot.click(offset=(sign, line))
        await stage.until(lambda: in_tree(stage, "word 5"))
        assert stage.session.current.name == "side"
        await stage.press("G")
        assert not in_tree(stage, "1 begin")
        up = events.MouseScrollUp(pane, 5, 5, 0, -1, 0, False, False, False)
        for _ in range(5):
            pane.post_message(up)
        await stage.until(lambda: in_tree(stage, "1 begin"))


@pytest.mark.parametrize("size", [(80, 24), (120, 40), (200, 60)])
async def test_the_cursor_is_always_in_sight(size: tuple[int, int]) -> None:
    async with staged(size=size) as stage:
        for number in range(40):
            stage.session.fork(stage.session.add_message("user", f"prompt {number}"), f"b{number}")
            talk(stage, f"b{number}", "aside")
        await stage.press("f2", "g")
        await stage.until(lambda: in_tree(stage, "1 prompt 0"))
        seen = []
        for _ in range(90):
            await stage.press("j")
            await stage.until(lambda: in_tree(stage, cursor_text(stage)))
            seen.append(stage.screen.tree_pane.cursor_row)
        assert len(set(seen)) == 79, "every message once, down to the last"
        await stage.press("f2")
        assert stage.focus == "composer"


async def test_the_spinner_of_an_answer_turns_in_the_tree() -> None:
    gate = Gate()
    async with staged(Services.Scripted("one two three", pace=gate)) as stage:
        await stage.send("Count")
        gate.let(1)
        await stage.until(lambda: in_tree(stage, "one"))
        first = tree_line(stage, "one")
        await stage.until(lambda: tree_line(stage, "one") != first)
        gate.open()


async def test_the_end_of_a_long_name_is_in_sight_beside_the_words() -> None:
    async with staged() as stage:
        await stage.ask("one")
        stage.session.fork(name="a-name-that-is-far-too-long-for-the-tree.2")
        stage.session.fork(name="a-name-that-is-far-too-long-for-the-tree.3")
        await stage.send("/checkout a-name-that-is-far-too-long-for-the-tree.2")
        await stage.send("two")
        await stage.until(lambda: re.search(r"◉ 4 Y\S* +a-name\S*…\S*tree\.2 ", stage.shown()))
        assert "tree.3 " in stage.shown()


async def test_an_answer_is_read_in_the_tree_without_the_marks_of_markdown() -> None:
    async with staged() as stage:
        talk(
            stage,
            "main",
            "a **question**",
            "# The *first*\n\n```python\nprint(2 * 3)\n```",
            "so?",
            "`x` is [it](http://a)",
        )
        await stage.until("first")
        assert "1 a **question** " in tree_line(stage, "**")
        assert "The first print(2 * 3) " in tree_line(stage, "first")
        assert "4 x is it " in tree_line(stage, "x is")
        assert "#" not in tree_line(stage, "first")


async def test_first_prompts_are_drawn_as_what_forks_from_nothing() -> None:
    async with staged("Hello.", size=(120, 20)) as stage:
        await stage.ask("Hi")
        await stage.press("escape", "k", "enter")
        await stage.press(*["backspace"] * 2)
        await stage.ask("Hallo")
        await stage.until("╭─╮")
        lines = [line[2:9].rstrip(" │") for line in stage.lines()[1:6]]
        assert lines == ["╭─╮", "│ ● 1 H", "│ ● 2 H", "● 1 Hal", "◉ 2 Hel"]


async def test_escape_from_the_filter_goes_back_and_enter_stays_on_what_was_found() -> None:
    async with staged() as stage:
        await forked(stage)
        await stage.press("f2", "g", "j")
        assert cursor_text(stage) == "begun"
        await stage.press("f")
        await stage.write("there")
        await stage.until("2 found")
        assert cursor_text(stage) == "why there", "the nearest below"
        await stage.press("escape")
        assert cursor_text(stage) == "begun"
        await stage.press("f")
        await stage.write("begin")
        await stage.until("1 found")
        assert cursor_text(stage) == "begin", "nothing was found below"
        await stage.press("backspace", "backspace")
        await stage.until("2 found")
        await stage.write("in")
        await stage.press("enter", "escape")
        assert (cursor_text(stage), stage.screen.chat.cursor_row) == ("begin", 0), "the chat is there too"


async def test_the_filter_leaves_the_cursor_on_what_has_the_words_itself() -> None:
    async with staged() as stage:
        talk(stage, "main", *[f"message {number} here" for number in range(60)])
        await stage.press("f2", "g", "z", *["j"] * 20)
        at = cursor_text(stage)
        await stage.press("f")
        await stage.write("here")
        await stage.until("60 found")
        assert cursor_text(stage) == at
        await stage.write(" or nowhere")
        await stage.until("Nothing has these words.")
        assert stage.screen.tree_pane.cursor_row is None
        await stage.press("escape")
        assert cursor_text(stage) == at


async def test_the_cursor_stays_where_it_is_while_the_tree_has_the_keyboard() -> None:
    gate = Gate()
    async with staged(Services.Scripted(["one two", "three"], pace=gate)) as stage:
        await stage.send("a question")
        await stage.send("another, which waits")
        await stage.press("f2", "g")
        gate.open()
        await stage.until(lambda: len(stage.talk) == 4 and not stage.session.streaming)
        assert cursor_text(stage) == "a question"
        await stage.press("G")
        talk(stage, "main", "the last one")
        await stage.settled()
        assert cursor_text(stage) == "the last one", "from the end it goes on with it"
        await stage.press("u")
        assert cursor_text(stage) == "three"


async def test_after_a_deletion_the_cursor_is_beside_or_above_and_after_an_undo_on_what_came_back() -> None:
    async with staged() as stage:
        talk(stage, "main", "begin", "begun")
        fork = stage.session.path()[1]
        for number in (1, 2, 3):
            stage.session.fork(fork, f"side-{number}")
            talk(stage, f"side-{number}", f"question {number}", f"answer {number}")
        talk(stage, "main", *["end of main"] * 60)
        await stage.press("f2", "g")
        while cursor_text(stage) != "answer 2":
            await stage.press("j")
        await stage.press("d")
        assert cursor_text(stage) == "question 2", "there was no other answer"
        assert in_tree(stage, "question 2")
        await stage.press("d", "d")
        assert cursor_text(stage) == "question 3", "the one after it"
        await stage.press("d", "d")
        assert cursor_text(stage) == "end of main", "the next one there"
        assert in_tree(stage, "question 1"), "it is in sight"
        for back in ("question 3", "question 2", "answer 2"):
            await stage.press("u")
            assert cursor_text(stage) == back
            assert in_tree(stage, back)


async def test_what_is_undone_elsewhere_is_said_with_its_branch() -> None:
    async with staged() as stage:
        await forked(stage)
        talk(stage, "side", "one more there")
        await stage.press("escape", "u")
        await stage.until("Undid: a message on side. U or /redo does it again.")
        assert not in_tree(stage, "one more there")
        await stage.press("U")
        await stage.until("Did again: a message on side.")
        talk(stage, "main", "one more here")
        await stage.press("u")
        await stage.until("Undid: a message. U")


async def test_names_that_have_no_room_are_counted() -> None:
    async with staged(size=(120, 40)) as stage:
        last = stage.session.add_message("assistant", "here")
        for number in range(9):
            stage.session.fork(last, f"name{number}")
        await stage.until("name0")
        line = next(line for line in stage.lines() if "name0" in line)
        shown = line[: line.index("│", 1)]
        left = int(shown.split("+")[1].split()[0])
        assert left + shown.count("name") + shown.count("main") == 10
