"""What others wrote, drawn: no control characters, no escape sequences, no turned directions, no markup."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from stage import Gate, staged

from lion_tui import Services, Session
from lion_tui.core.errors import ServerFault
from lion_tui.services.scripted import Reply

if TYPE_CHECKING:
    from pathlib import Path

    from stage import Stage

STEERING = re.compile(r"[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
EVIL = "mark\x1b[31mred\x1b]0;title\x07\x9b2J\x1b]52;c;aGk=\x1b\\ \u202eabc\u2066 \x08\x7f \r\nend [b]x[/b] [/]"


def assert_tame(stage: Stage) -> None:
    """Check that nothing that a terminal would obey is in any drawn strip."""
    for strip in stage.app.screen._compositor.render_strips():
        for segment in strip:
            assert not STEERING.search(segment.text), repr(segment.text)
            assert segment.control is None
            assert segment.style is None or not segment.style.link


async def test_answers_reasoning_errors_and_names_that_steer_terminals() -> None:
    evil_fault = ServerFault(f"Broke: {EVIL}.", f"Do {EVIL}.")
    script = [
        Reply(text=EVIL, reasoning=EVIL), Reply(text=EVIL, fault=evil_fault), evil_fault,
    ]  # fmt: skip
    service = Services.Scripted(script, model=EVIL, name=f"service {EVIL}")
    async with staged(service, size=(160, 60)) as stage:
        for _ in script:
            await stage.ask("go")
            await stage.until("mark")
            await stage.settled()
            assert_tame(stage)
        stage.session.title = EVIL
        stage.session.add_message("user", EVIL, sender=EVIL)
        stage.session.add_message("system", EVIL, sender=EVIL)
        stage.screen.say_error(EVIL)
        await stage.until(lambda: stage.shown().count("mark") >= 9)
        assert_tame(stage)
        await stage.press("f2")
        assert_tame(stage)


async def test_prompts_that_wait_or_come_back_do_not_steer_the_terminal() -> None:
    gate = Gate()
    async with staged(Services.Scripted("one two", pace=gate)) as stage:
        await stage.paste(EVIL)
        assert stage.draft
        assert_tame(stage)
        await stage.press("enter")
        await stage.until("streaming 1")
        await stage.paste(EVIL)
        await stage.press("enter")
        await stage.until("┊ waits: mark")
        assert_tame(stage)
        stage.session.add_message("user", EVIL, branch=stage.session.fork(stage.session.current.path()[0], "imported"))
        await stage.send("/checkout imported")
        await stage.press("f2", "enter")
        await stage.until(lambda: "mark" in stage.draft)
        assert_tame(stage)


@pytest.mark.parametrize(
    "stem", ["[red]x[/]", "[/nothing]", "[@click=app.quit]quit[/]", "\x1b]0;title\x07x", "\u202eab"]
)
async def test_a_file_name_is_only_a_name(tmp_path: Path, stem: str) -> None:
    folder = tmp_path / "f"
    folder.mkdir()
    file = folder / f"{stem.replace('/', '∕')}.parquet"
    async with staged(file=file) as stage:
        await stage.ask("go")
        assert_tame(stage)
        expected = STEERING.sub("", file.stem)
        assert f"╭─ {expected[:20]}" in stage.shown()


@pytest.mark.parametrize(
    "text", ["[red]x[/]", "[b", "[/]", "[link=http://x]y[/link]", "[@click=app.bell]z[/]", r"\[b]"]
)
async def test_markup_is_text(text: str) -> None:
    async with staged(text) as stage:
        await stage.ask("go")
        assert f"▎ {text}" in stage.shown()
        assert text[:18] in stage.row("◉ 2")
        stage.screen.say_error(f"It broke: {text}")
        await stage.until(f"It broke: {text}")
        stage.session.title = text
        await stage.until(f"╭─ {text} ─")
        await stage.send(f"/checkout {text}")
        await stage.until(f"There is no branch {text!r}.")


async def test_a_branch_of_a_forged_file_cannot_steer_the_terminal(tmp_path: Path) -> None:
    file = tmp_path / "s.toml"
    with Session.open(file, write=True) as session:
        await session.chat("go", service=Services.Scripted("well"))
        session.fork(name="evil")
    forged = file.read_text().replace('name = "evil"', 'name = "e[b]v\\u001b[31mil"')
    file.write_text(re.sub(r"(?m)^checksum = .*$", "", forged))
    async with staged(file=file, size=(160, 40)) as stage:
        await stage.until(" e-b-v-31mil ")  # renamed when it was opened, which the notice says
        assert_tame(stage)


async def test_a_pane_that_fails_ends_the_program_in_sight() -> None:
    async def use_it() -> None:
        async with staged("x") as stage:
            stage.screen.showing.path_changed = lambda: 1 / 0  # type: ignore[method-assign, assignment] - the defect
            await stage.send("q")
            await stage.until(lambda: not stage.app.is_running)

    with pytest.raises(ZeroDivisionError):
        await use_it()
