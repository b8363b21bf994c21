"""What a session is called on the screen."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stage import Gate, kept, staged

from lion_tui import Services
from lion_tui.core.errors import ServerFault

if TYPE_CHECKING:
    from pathlib import Path


async def test_the_first_prompt_is_the_title_where_the_program_named_the_file() -> None:
    async with staged() as stage:
        assert "untitled ⎇ main" in stage.shown()
        await stage.ask("# Why are *whales* so large")
        await stage.until("Why are whales so large ⎇ main")
        assert "Why are whales so large" in stage.row("╭").partition("╮")[0], "the tree's border"
        await stage.session.flush()
        assert kept(stage.file).header["title"] == "", "it is not the user's"
        await stage.press("escape", "u")
        await stage.until("untitled ⎇ main")
        await stage.press("U")
        await stage.until("Why are whales so large ⎇ main")
        await stage.press("i")
        await stage.send("/title Mine")
        await stage.until("Mine ⎇ main")


async def test_a_file_that_the_user_named_keeps_that_name(tmp_path: Path) -> None:
    async with staged(file=tmp_path / "whales.parquet") as stage:
        await stage.ask("something else")
        assert "whales ⎇ main" in stage.shown()


async def test_the_model_writes_a_title_when_asked_to() -> None:
    gate = Gate()
    gate.open()
    service = Services.Scripted(["They eat krill.", 'Title: "**Whales** and their size."'], pace=gate)
    async with staged(service) as stage:
        await stage.ask("Why are whales so large")
        gate.close()
        messages = len(stage.session.state.tree)
        await stage.send("/title auto")
        await stage.until("A title is being written")
        await stage.write("the composer stays free")
        gate.open()
        await stage.until("The title is “Whales and their size” now; u takes it back.")
        assert stage.draft == "the composer stays free"
        assert stage.session.title == "Whales and their size"
        assert len(stage.session.state.tree) == messages
        await stage.press("escape", "u")
        await stage.until("Why are whales so large ⎇ main")
        assert stage.session.title == ""


async def test_why_no_title_was_written_is_said() -> None:
    service = Services.Scripted(["Yes.", ServerFault("Scripted failed (503).", "Try again."), "***", "Whales"])
    async with staged(service) as stage:
        await stage.send("/title auto")
        await stage.until("There is nothing yet to write a title for.")
        assert stage.draft == "/title auto"  # what failed comes back
        await stage.press("ctrl+u")
        await stage.ask("Why are whales so large")
        await stage.send("/title auto")
        await stage.until("Scripted failed (503).")
        await stage.press("ctrl+u")
        await stage.send("/title auto")
        await stage.until("wrote no title")
        assert stage.session.title == ""
        await stage.press("ctrl+u")
        await stage.send("/title auto")
        await stage.until("Whales ⎇ main")
