"""Reading in the transcript: prompts, code blocks, reasoning, what is new below, what goes on elsewhere."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stage import Gate, staged
from textual.screen import Screen

from lion_tui import Services, Session
from lion_tui.services.scripted import Reply

if TYPE_CHECKING:
    from pathlib import Path

    import pytest
    from stage import Stage

CODE = "First:\n\n```python\na = 1\n```\n\nthen\n\n```\nb = 2\n```\n\ndone"


def cursor(stage: Stage) -> str:
    """Return the text of the message that the cursor is on."""
    row = stage.screen.chat.cursor_row
    assert row is not None
    return stage.session.state.tree.content(row)


async def test_parentheses_go_between_the_own_prompts() -> None:
    async with staged("Yes.") as stage:
        for prompt in ("one", "two", "three"):
            await stage.ask(prompt)
        await stage.press("escape", "left_parenthesis")
        assert cursor(stage) == "three"
        await stage.press("left_parenthesis", "left_parenthesis")
        assert cursor(stage) == "one"
        await stage.press("left_parenthesis")
        assert cursor(stage) == "one"
        await stage.press("right_parenthesis")
        assert cursor(stage) == "two"
        await stage.press("right_parenthesis", "right_parenthesis")
        assert cursor(stage) == "Yes.", "after the last prompt comes the end"
        await stage.press("f2", "left_parenthesis")
        assert stage.focus == "chat"
        assert cursor(stage) == "three"


def code_below_the_mark(stage: Stage) -> str | None:
    """Return the first line of the code block that is marked."""
    lines = stage.lines()
    at = next((index for index, line in enumerate(lines) if "▶" in line), None)
    return None if at is None else lines[at + 1].split("│")[-2].strip(" █▐")


async def test_angles_go_between_the_code_blocks_of_all_messages() -> None:
    async with staged(Services.Scripted([CODE, "None here.", CODE.replace("2", "3")])) as stage:
        for prompt in ("one", "two", "three"):
            await stage.ask(prompt)
        await stage.press("escape", "less_than_sign")
        for code in ("b = 3", "a = 1", "b = 2", "a = 1"):
            await stage.until(lambda code=code: code_below_the_mark(stage) == code)
            await stage.press("less_than_sign")
        await stage.until("There is no code block above.")
        await stage.press("greater_than_sign", "greater_than_sign", "greater_than_sign", "greater_than_sign")
        await stage.until("There is no code block below.")
        await stage.press("k")
        await stage.until(lambda: "▶" not in stage.shown())


async def test_a_code_block_far_away_comes_into_the_window() -> None:
    long = "word\n\n" * 60
    async with staged(f"{long}```\nfar = 1\n```\n\n{long}", size=(80, 24)) as stage:
        await stage.ask("one")
        await stage.press("escape", "less_than_sign")
        await stage.until("far = 1")
        await stage.press("g", "greater_than_sign")
        await stage.until("far = 1")


async def test_a_code_block_thousands_of_messages_away_is_looked_for_while_keys_are_answered(tmp_path: Path) -> None:
    session = Session()
    session.add_message("assistant", CODE)
    for number in range(6_000):
        session.add_message("user" if number % 2 else "assistant", f"Message {number} has none.")
    session.save(tmp_path / "long.parquet")
    async with staged(file=tmp_path / "long.parquet", size=(80, 24)) as stage:
        await stage.press("escape", "less_than_sign")
        await stage.until("a = 1")
        await stage.press("G", "greater_than_sign")
        await stage.until("There is no code block below.")
        await stage.press("g", "escape", "greater_than_sign", "greater_than_sign", "greater_than_sign", "j")
        await stage.settled()
        assert cursor(stage) != CODE, "who moves on is not taken back by a search that finds nothing"


async def test_what_came_below_is_said_to_who_scrolled_away(monkeypatch: pytest.MonkeyPatch) -> None:
    gate = Gate()
    text = "\n".join(f"- line {number}" for number in range(100))
    async with staged(Services.Scripted(text, pace=gate), size=(80, 24)) as stage:
        await stage.send("count")
        gate.let(120)
        await stage.until("line 39")
        assert "of 2 ─╯" not in stage.shown()
        await stage.press("pageup")
        await stage.until("2 of 2 ─╯")
        layouts = 0
        laid_out = Screen._refresh_layout

        def count(*arguments: object, **options: object) -> None:
            nonlocal layouts
            layouts += 1
            laid_out(*arguments, **options)

        monkeypatch.setattr(Screen, "_refresh_layout", count)
        gate.let(3)
        await stage.until("↓ new below · ctrl+end ─╯")
        assert layouts == 0
        await stage.press("escape", "escape")
        await stage.until("↓ new below · G ─╯")
        await stage.press("G")
        await stage.until(lambda: "new below" not in stage.shown())
        assert " of 2 ─╯" not in stage.shown()


async def test_an_alternative_that_goes_on_is_told_of_where_it_is_not_shown() -> None:
    async with staged(Services.Scripted([f"answer {letter}" for letter in "abcdef"])) as stage:
        await stage.ask("one")
        await stage.ask("two")
        await stage.press("escape", "k", "k", "R")
        await stage.until("answer c")
        await stage.until("⑂ 2 messages continue on ‹1/2› · [ goes")
        await stage.press("left_square_bracket")
        await stage.until("answer b")
        assert "⑂" not in stage.shown(), "the other alternative has nothing below it"
        await stage.press("right_square_bracket")
        await stage.until("⑂ 2 messages continue on ‹1/2› · [ goes")
        first = stage.session.state.tree.node_id[3]
        stage.session.delete(first)
        await stage.until("⑂ 1 message continues on ‹1/2› · [ goes")
        kept = stage.session.fork(stage.session.state.tree.node_id[2], "kept")
        await stage.until("continues on ‹1/2› kept · [ goes")
        kept.rename("called")
        await stage.until("continues on ‹1/2› called · [ goes")


async def test_reasoning_is_folded_until_it_is_asked_for() -> None:
    script = [Reply(text="Yes.", reasoning="It is *so*.\n\nSurely."), Reply(text="No.", reasoning="Not so.")]
    async with staged(Services.Scripted(script)) as stage:
        await stage.ask("one")
        await stage.ask("two")
        assert "▸ thought: It is *so*. Surely." in stage.shown()
        await stage.press("escape", "z")
        await stage.until("▾ thought")
        assert any(line.split("│")[-2].strip() == "█ Not so." for line in stage.lines() if "│" in line)
        assert "▸ thought: It is" in stage.shown()
        await stage.press("z")
        await stage.until(lambda: "▾" not in stage.shown())
        await stage.press("i", "ctrl+t")
        await stage.until(lambda: stage.shown().count("▾ thought") == 2)
        assert "▎ It is so." in stage.shown()
        await stage.press("ctrl+t")
        await stage.until(lambda: stage.shown().count("▸ thought") == 2)
        await stage.press("escape", "k", "z")
        await stage.until("There is nothing to fold in this message.")
