"""`/export`: what is shown goes to a file for others."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from stage import staged

from lion_tui.config.paths import sessions_dir

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Let the program run in a folder of its own."""
    folder = tmp_path / "here"
    folder.mkdir()
    monkeypatch.chdir(folder)
    return folder


def names(folder: Path) -> list[str]:
    return [each.name for each in folder.iterdir()]


async def test_the_branch_that_is_shown_goes_beside_the_session(tmp_path: Path) -> None:
    async with staged("Yes.", file=tmp_path / "a talk.parquet") as stage:
        await stage.ask("Really?")
        await stage.send("/export")
        await stage.until("Exported 2 messages to")
        written = tmp_path / "a-talk-main.md"
        assert "> Really?" in written.read_text(encoding="utf-8")
        await stage.send("/export")
        await stage.until((tmp_path / "a-talk-main-2.md").exists)
        assert stage.draft == ""


async def test_a_session_that_the_program_keeps_goes_to_the_current_folder(here: Path) -> None:
    async with staged("Yes.") as stage:
        await stage.ask("Really?")
        assert stage.file.parent == sessions_dir()
        await stage.send("/export")
        await stage.until("Exported 2 messages to")
        assert names(here) == ["Really-main.md"]


async def test_the_ending_says_the_form_and_a_name_without_one_is_markdown(here: Path) -> None:
    async with staged("Yes.") as stage:
        await stage.ask("Really?")
        await stage.send("/export talk.html")
        await stage.until(f"Exported 2 messages to {here / 'talk.html'}")
        await stage.send("/export talk")
        await stage.until(f"Exported 2 messages to {here / 'talk.md'}")
        assert (here / "talk.html").read_text(encoding="utf-8").startswith("<!DOCTYPE html>")
        assert (here / "talk.md").read_text(encoding="utf-8").startswith("# Really?")


async def test_all_branches_go_where_they_are_meant_or_drawn(here: Path) -> None:
    async with staged(None) as stage:
        stage.session.add_message("user", "one")
        stage.session.fork(name="other")
        stage.session.add_message("user", "two", branch="other")
        await stage.settled()
        for target in ("all a b.md", "tree.mmd", "tree.txt"):
            await stage.send(f"/export {target}")
            await stage.until("Exported 2 messages to")
            await stage.until((here / target.removeprefix("all ")).exists)
        await stage.send("/export main.md")
        await stage.until(f"Exported 1 message to {here / 'main.md'}")
        assert "## other continues from message 1 of main" in (here / "a b.md").read_text(encoding="utf-8")
        assert "other" not in (here / "main.md").read_text(encoding="utf-8")


async def test_columns_go_side_by_side(here: Path) -> None:
    async with staged(None) as stage:
        stage.session.add_message("user", "one")
        stage.session.fork(name="other")
        stage.session.add_message("assistant", "Three lions, and this.", branch="other")
        stage.session.add_message("assistant", "Three lions, and that.")
        await stage.send("/compare main other")
        await stage.press("i")
        await stage.send("/export")
        await stage.until("Exported 3 messages to")
        assert names(here) == ["one-main-other.html"]
        text = (here / "one-main-other.html").read_text(encoding="utf-8")
        assert "<del>that</del>" in text
        assert "<ins>this</ins>" in text


async def test_who_answered_blind_is_not_told_by_a_file(here: Path) -> None:
    async with staged(None) as stage:
        stage.session.add_message("user", "one")
        stage.session.fork(name="other")
        stage.session.add_message("assistant", "Three lions, and this.", branch="other")
        await stage.send("/compare main other")
        await stage.press("B", "i")
        await stage.send("/export")
        await stage.until("That would tell whose answers these are.")
        assert names(here) == []


async def test_what_cannot_be_written_is_said_and_what_is_there_stays(here: Path) -> None:
    (here / "mine.md").write_text("mine", encoding="utf-8")
    async with staged("Yes.") as stage:
        await stage.send("/export a.md")
        await stage.until("main has no messages to export. Ask something there")
        await stage.press("ctrl+c")
        await stage.ask("Really?")
        for target, said in (
            ("mine.md", "mine.md is there already. Choose another name."),
            ("a.doc", "The name a.doc says no form. Let it end in .md"),
            ("nowhere/a.md", "a.md was not saved (No such file or directory)."),
        ):
            await stage.send(f"/export {target}")
            await stage.until(said)
            await stage.press("ctrl+c")
    assert names(here) == ["mine.md"]
    assert (here / "mine.md").read_text(encoding="utf-8") == "mine"
