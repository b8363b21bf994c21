"""What differs between branches, marked in their columns."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from stage import Gate, Stage, staged
from test_comparing import column, compare, fork, panes

from lion_tui import Services
from lion_tui.app.diffing import merge, side
from lion_tui.core.diff import diff_texts

if TYPE_CHECKING:
    from collections.abc import Iterator

ANSWERS = ["Yes.", "The merge sorts **both** frames first.", "The merge hashes **both** big frames first."]


def styled(stage: Stage, attribute: str) -> Iterator[str]:
    """Yield what is drawn underlined or struck through."""
    for strip in stage.screen._compositor.render_strips():
        for part in strip:
            if part.style and getattr(part.style, attribute) and part.text.strip():
                yield part.text


async def test_words_that_differ_are_marked_in_both_columns() -> None:
    async with staged(Services.Scripted(ANSWERS)) as stage:
        await compare(stage)
        assert not list(styled(stage, "strike"))
        await stage.press("equals_sign")
        await stage.until("2 against 1 by words")
        await stage.until(lambda: "sorts" in list(styled(stage, "strike")))
        assert list(styled(stage, "strike")) == ["sorts"]
        assert [text.strip() for text in styled(stage, "underline")] == ["hashes", "big"]
        await stage.until(lambda: "- The merge sorts both frames first." in column(stage, 1))
        await stage.until(lambda: "+ The merge hashes both big frames first." in column(stage, 2))
        await stage.press("P")
        await stage.until(lambda: "▎ one" in column(stage, 1) and "▎ one" in column(stage, 2))
        await stage.press("P", "w")
        await stage.until("2 against 1 by lines")
        await stage.until(lambda: not list(styled(stage, "strike")))
        await stage.until(lambda: "- The merge sorts both frames first." in column(stage, 1))
        await stage.press("w")
        await stage.until(lambda: "- The merge" not in column(stage, 1))
        assert "against" not in stage.shown()
        await stage.press("w")
        await stage.until("by words")
        await stage.press("equals_sign")
        await stage.until(lambda: "by words" not in stage.shown())


async def test_where_there_is_room_for_one_column_it_shows_both_texts_in_one() -> None:
    async with staged(Services.Scripted(ANSWERS), size=(80, 24)) as stage:
        await compare(stage)
        await stage.press("equals_sign")
        await stage.until("1 against 2 by words")
        await stage.until("± The merge hashes sorts **both** big frames first.")
        await stage.press("l")
        await stage.until("± The merge sorts hashes **both** big frames first.")
        assert list(styled(stage, "strike")) == ["sorts"]
        await stage.pilot.resize_terminal(120, 40)
        await stage.until("+ The merge hashes both big frames first.")
        await stage.press("w", "w")
        await stage.until(lambda: "+ The merge" not in stage.shown())


@pytest.mark.parametrize("size", [(120, 40), (80, 24)])
async def test_of_answers_with_little_in_common_only_the_lines_have_signs(size: tuple[int, int]) -> None:
    answers = ["Yes.", "Set the index on both sides, then join.", "A whale enters a bar. Nobody drinks."]
    async with staged(Services.Scripted(answers), size=size) as stage:
        await compare(stage)
        await stage.press("equals_sign")
        await stage.until("+ A whale enters a bar. Nobody drinks." if size[0] > 100 else "- A whale enters")
        await stage.until("- Set the index on both sides, then join." if size[0] > 100 else "+ Set the index")
        assert not list(styled(stage, "strike"))
        assert not list(styled(stage, "underline"))


async def test_without_colours_signs_stand_around_what_differs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    async with staged(Services.Scripted(ANSWERS), size=(80, 24)) as stage:
        await compare(stage)
        await stage.press("l", "equals_sign")
        await stage.until("The merge [-sorts-]{+hashes+} **both**{+ big+} frames first.")


async def test_what_streams_is_compared_when_it_has_ended() -> None:
    gate = Gate()
    gate.open()
    async with staged(Services.Scripted([*ANSWERS, "one two three", "one two four"], pace=gate)) as stage:
        await compare(stage)
        await stage.press("equals_sign")
        await stage.until(lambda: "sorts" in list(styled(stage, "strike")))
        gate.close()
        await stage.press("i")
        await stage.send("go")
        await stage.until("streaming 2")
        gate.let(4)
        await stage.until(lambda: "one two" in column(stage, 1) and "one two" in column(stage, 2))
        assert "+ one" not in stage.shown()
        gate.open()
        await stage.until(lambda: {"three", "four"} & set(styled(stage, "strike")))
        await stage.until(lambda: {"three", "four"} & set(styled(stage, "underline")))


async def test_of_several_columns_all_are_compared_with_the_one_that_had_the_keyboard() -> None:
    async with staged(Services.Scripted([*ANSWERS, "The merge sorts no frames at all."]), size=(200, 60)) as stage:
        await fork(stage)
        stage.session.fork("main", "third")
        stage.session.checkout("third")
        await stage.ask("four")
        await stage.send("/compare main other third")
        await stage.until("in common")
        await stage.until(lambda: stage.focus == "chat")
        await stage.press("equals_sign")
        await stage.until("all against 1 by words")
        await stage.until(lambda: "+ The merge hashes" in column(stage, 2) and "+ four" in column(stage, 3))
        await stage.until(lambda: "- The merge sorts" in column(stage, 1))
        await stage.press("l", "l", "equals_sign")
        await stage.until("all against 3 by words")
        await stage.until(lambda: "+ The merge hashes" in column(stage, 2) and "- four" in column(stage, 3))
        await stage.press("equals_sign")
        await stage.until(lambda: "against" not in stage.shown())


async def test_a_turn_that_one_column_alone_has_is_marked_as_a_whole() -> None:
    async with staged(Services.Scripted([*ANSWERS, "Only here."]), size=(160, 40)) as stage:
        await fork(stage)
        await stage.send("/compare main other")
        await stage.until("in common")
        await stage.until(lambda: stage.focus == "chat")
        await stage.press("l", "f3", "f3", "i")
        await stage.ask("and then")
        await stage.press("escape", "equals_sign")
        await stage.until("2 against 1")
        await stage.until("+ and then")
        assert "+ Only here." in column(stage, 2)
        assert "Only" not in set(styled(stage, "underline"))


async def test_alternatives_are_compared_from_one_chat() -> None:
    async with staged(Services.Scripted(ANSWERS[1:])) as stage:
        await stage.ask("one")
        await stage.press("escape", "R")
        await stage.until(lambda: "‹2/2›" in stage.shown() and not stage.session.streaming)
        await stage.press("equals_sign")
        await stage.until("2 against 1 by words")
        await stage.until(lambda: "sorts" in list(styled(stage, "strike")))
        assert "hashes" in list(styled(stage, "underline"))
        assert len(panes(stage)) == 2


async def test_a_marked_branch_is_compared_with_another_one() -> None:
    async with staged(Services.Scripted(ANSWERS)) as stage:
        await fork(stage)
        await stage.press("escape", "c")
        await stage.until("other is marked")
        stage.session.checkout("main")
        await stage.press("equals_sign")
        await stage.until("2 against 1 by words")
        await stage.until(lambda: "hashes" in list(styled(stage, "strike")))
        await stage.until(lambda: "1 other" in column(stage, 1))


async def test_what_cannot_be_compared_is_said() -> None:
    async with staged() as stage:
        await stage.ask("one")
        await stage.press("escape", "equals_sign")
        await stage.until("There is nothing to compare this with.")
        await stage.press("w")
        await stage.until("Nothing is compared.")


def test_both_texts_as_one() -> None:
    a, b = "a b c\n\nlast words here", "a x c\n\nother thing"
    steps = diff_texts(a, b)
    merged = merge(a, b, steps, signs=False)
    assert merged.text == "a b x c\n\nlast words here\nother thing"
    assert [(merged.text[each.start : each.end], each.style) for each in merged.ranges] == [
        ("b", "removed"), ("x", "added"), ("last words here", "removed"), ("other thing", "added"),
    ]  # fmt: skip
    assert merge(a, b, steps, signs=True).text == "a [-b-]{+x+} c\n\n[-last words here-]\n{+other thing+}"
    assert [a[each.start : each.end] for each in side(steps, newer=False)] == ["b", "last words here"]
    assert [b[each.start : each.end] for each in side(steps, newer=True)] == ["x", "other thing"]


def test_what_takes_the_place_of_a_whole_text_stands_below_it() -> None:
    a, b = "He sits down with his paws.", "Alicia had never been to town."
    assert merge(a, b, diff_texts(a, b), signs=False).text == f"{a}\n{b}"
    assert merge(a, b, diff_texts(a, b), signs=True).text == f"[-{a}-]\n{{+{b}+}}"


def test_a_passage_that_was_moved_to_the_end_and_edited_stands_on_lines_of_its_own() -> None:
    first, second = "The first passage is about something of weight.", "Here the second one begins, and goes on."
    a, b = f"{first}\n\n{second}", f"{second}\n\n{first.replace('about', 'on')}"
    merged = merge(a, b, diff_texts(a, b), signs=True).text
    assert merged.split("\n\n") == [
        "[~The first passage is ~][-about-][~ something of weight.~]",
        second,
        "[~The first passage is ~]{+on+}[~ something of weight.~]",
    ]
