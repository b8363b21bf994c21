"""The list of sessions: found, opened, named, copied, deleted, brought back."""

from __future__ import annotations

import asyncio
import os
import shutil
import subprocess
import sys
import time
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import pytest
from stage import kept, staged

from lion_tui import Services, Session
from lion_tui.app.screens.main import MainScreen
from lion_tui.app.screens.sessions import SessionsScreen
from lion_tui.config.left_last import note_left, sessions_left
from lion_tui.config.paths import data_dir, sessions_dir, trash_dir
from lion_tui.storage.trash import in_trash

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from stage import Stage


def written(file: Path, prompt: str, *, title: str = "", messages: int = 1) -> Path:
    """Write a session."""
    file.parent.mkdir(parents=True, exist_ok=True)
    session = Session(title=title)
    for _ in range(messages):
        session.add_message("user", prompt)
        session.add_message("assistant", "Yes.")
    session.save(file)
    return file


@pytest.fixture
def files() -> dict[str, Path]:
    """Return three sessions, the one used last first."""
    prompts = {"owls": "Why do owls turn their heads", "bees": "How do bees dance", "ants": "Do ants sleep"}
    made = {name: written(sessions_dir() / f"{name}.parquet", prompts[name]) for name in reversed(prompts)}
    return {name: made[name] for name in prompts}


def start(*arguments: str) -> subprocess.Popen[bytes]:
    """Start a Python whose standard input and output are pipes."""
    return subprocess.Popen([sys.executable, *arguments], stdin=subprocess.PIPE, stdout=subprocess.PIPE)


@asynccontextmanager
async def listing(size: tuple[int, int] = (120, 40), **options: object) -> AsyncIterator[Stage]:
    """Run the program and open the list."""
    async with staged(size=size, **options) as stage:  # type: ignore[arg-type]
        try:
            await stage.press("ctrl+o")
            await stage.until(lambda: isinstance(stage.app.screen, SessionsScreen))
            await filled(stage)
            yield stage
        finally:
            stage.app.opened.session.close()


async def filled(stage: Stage) -> None:
    await stage.until(lambda: not [each for each in stage.app.workers if each.group in {"sessions", "shelving"}])
    await stage.settled()


def names(stage: Stage) -> list[str]:
    """Return what the list shows, from above."""
    screen = stage.app.screen
    assert isinstance(screen, SessionsScreen)
    return [row.name for row in screen.listed._rows]


@pytest.mark.parametrize("size", [(80, 24), (120, 40), (200, 60)])
async def test_the_list_says_what_the_sessions_hold(files: dict[str, Path], size: tuple[int, int]) -> None:
    (sessions_dir() / "zebra.parquet").write_text("no session at all")
    os.utime(sessions_dir() / "zebra.parquet", (1, 1))
    async with listing(size) as stage:
        assert names(stage)[:3] == ["Why do owls turn their heads", "How do bees dance", "Do ants sleep"]
        line = stage.row("Why do owls")
        assert "just now" in line
        assert ("2  " in line) or size[0] == 80
        assert ("cost" in stage.row("last used")) == (size[0] > 80)
        assert "✕ zebra: zebra.parquet is" in stage.shown()
        assert all(len(each) == size[0] for each in stage.lines())
        assert "enter open" in stage.shown()
        assert "esc close" in stage.shown()
        assert stage.row(str(files["owls"])[:30]), "the line below says where it is"


async def test_what_is_typed_at_once_filters_and_enter_opens(files: dict[str, Path]) -> None:
    async with staged() as stage:
        await stage.press("ctrl+o", *"bdnc")
        await stage.until(
            lambda: isinstance(stage.app.screen, SessionsScreen) and names(stage) == ["How do bees dance"]
        )
        await stage.until("1 of 3")
        await stage.press("enter")
        await stage.until("How do bees dance ⎇ main")
        assert stage.app.opened.file == files["bees"]
        assert isinstance(stage.app.screen, MainScreen)
        stage.app.opened.session.close()


async def test_nothing_that_is_called_so(files: dict[str, Path]) -> None:
    async with listing() as stage:
        await stage.write("xyzzy")
        await stage.until("No session is called that.")
        await stage.press("enter", "ctrl+r", "ctrl+d", "ctrl+y", "down")
        assert all(file.exists() for file in files.values())
        await stage.press("escape")
        await stage.until(lambda: isinstance(stage.app.screen, MainScreen))


async def test_without_sessions_it_says_what_it_is_for() -> None:
    async with listing() as stage:
        await stage.until("Sessions stand here once something was asked in them.")
        await stage.press("ctrl+t")
        await stage.until("The trash is empty.")


async def test_the_session_that_is_shown_is_marked_and_not_deleted(files: dict[str, Path]) -> None:
    async with listing(file=files["bees"]) as stage:
        assert "◉ How do bees dance" in stage.shown()
        await stage.press("down")
        await stage.until("This session is shown now.")
        await stage.press("ctrl+d")
        await stage.until("Enter on another one, or esc and ^n, leaves it; then ^d deletes it here.")
        assert files["bees"].exists()
        await stage.press("enter")
        await stage.until(lambda: isinstance(stage.app.screen, MainScreen))
        assert stage.app.opened.session is stage.session


async def test_a_title_is_given_to_another_session_and_can_be_taken_back_there(files: dict[str, Path]) -> None:
    async with listing() as stage:
        await stage.press("down", "ctrl+r")
        await stage.until("Title of How do bees dance")
        await stage.press("ctrl+u")
        await stage.write("Dances")
        await stage.press("enter")
        await stage.until("It has another title now")
        await filled(stage)
        assert names(stage)[1] == "Dances"
        assert kept(files["bees"]).header["title"] == "Dances"
        assert not files["bees"].with_name("bees.parquet.journal").exists()
        session = Session.open(files["bees"])
        session.undo()
        assert session.title == ""


async def test_a_title_is_given_to_the_session_that_is_shown(files: dict[str, Path]) -> None:
    async with listing(file=files["owls"]) as stage:
        await stage.press("ctrl+r")
        await stage.until("Title of")
        await stage.press("ctrl+u")
        await stage.write("Heads")
        await stage.press("enter")
        await stage.until("◉ Heads")
        assert stage.session.title == "Heads"
        await stage.press("escape")
        await stage.until("Heads ⎇ main")


async def test_a_copy_is_a_session_of_its_own(files: dict[str, Path]) -> None:
    async with listing() as stage:
        await stage.press("ctrl+y")
        await stage.until("The copy is owls-2.parquet.")
        await filled(stage)
        assert "Why do owls turn their heads (copy)" in names(stage)
    copy, original = kept(sessions_dir() / "owls-2.parquet"), kept(files["owls"])
    assert copy.columns["content"] == original.columns["content"]
    assert copy.header["session_id"] != original.header["session_id"]


async def test_what_is_deleted_is_brought_back(files: dict[str, Path]) -> None:
    async with listing() as stage:
        await stage.press("down", "ctrl+d")
        await stage.until("“How do bees dance” is in the trash. ^z brings it back.")
        await filled(stage)
        assert not files["bees"].exists()
        assert len(names(stage)) == 2
        await stage.press("ctrl+z")
        await stage.until("It is back as")
        await filled(stage)
        assert files["bees"].exists()
        assert len(names(stage)) == 3
        await stage.press("ctrl+z")
        await stage.until("Nothing was deleted here.")


async def test_the_trash_shows_what_is_in_it_and_gives_it_back(files: dict[str, Path]) -> None:
    async with listing() as stage:
        await stage.press("ctrl+d")
        await stage.until("is in the trash")
        await filled(stage)
        await stage.press("ctrl+d")
        await stage.until("“How do bees dance” is in the trash")
        await filled(stage)
        await stage.press("ctrl+t")
        await filled(stage)
        assert "Trash" in stage.shown()
        assert names(stage) == ["How do bees dance", "Why do owls turn their heads"]
        assert "Deleted" in stage.shown()
        assert "enter brings it back." in stage.shown()
        await stage.press("ctrl+y")
        await stage.until("It is in the trash. Enter brings it back.")
        await stage.press("down", "enter")
        await stage.until(f"It is back as {files['owls']}")
        await filled(stage)
        assert names(stage) == ["How do bees dance"]
        await stage.press("ctrl+d")
        await stage.until("for good? ^d again does it")
        assert len(in_trash()) == 1
        await stage.press("ctrl+d")
        await stage.until("is gone for good")
        await filled(stage)
        assert list(trash_dir().iterdir()) == []
        await stage.press("escape")
        await filled(stage)
        assert names(stage) == ["Why do owls turn their heads", "Do ants sleep"]


async def test_a_session_that_is_open_elsewhere_is_marked_opens_read_only_and_is_not_changed(
    files: dict[str, Path],
) -> None:
    code = (
        "import sys\nfrom lion_tui import Session\n"
        "with Session.open(sys.argv[1], write=True):\n    print('open', flush=True)\n    sys.stdin.read()"
    )
    holder = await asyncio.to_thread(start, "-c", code, str(files["owls"]))
    try:
        assert holder.stdout is not None
        assert await asyncio.to_thread(holder.stdout.readline) == b"open\n"
        async with listing() as stage:
            assert "● Why do owls" in stage.shown()
            await stage.until(f"Open in process {holder.pid}")
            await stage.press("ctrl+d")
            await stage.until("open for writing in process")
            await stage.press("ctrl+r")
            await stage.until("Title of")
            await stage.write("x")
            await stage.press("enter")
            await stage.until("open for writing in process")
            assert files["owls"].exists()
            await stage.press("enter")
            await stage.until("read only")
    finally:
        holder.communicate()


async def test_what_can_be_read_of_a_damaged_file_is_shown(files: dict[str, Path]) -> None:
    content = bytearray(files["owls"].read_bytes())
    at = content.rindex(b'"title":""') + 3
    content[at] ^= 1
    files["owls"].write_bytes(content)
    async with listing() as stage:
        assert "✕ owls: owls.parquet is damaged" in stage.shown()
        await stage.press("enter")
        await stage.until(lambda: isinstance(stage.app.screen, MainScreen) and "read only" in stage.shown())
        assert "Why do owls turn their heads" in stage.shown()
    assert files["owls"].read_bytes() == content


async def test_another_file_is_asked_for_and_a_wrong_one_is_said(files: dict[str, Path], tmp_path: Path) -> None:
    other = written(tmp_path / "elsewhere.toml", "Where")
    async with listing() as stage:
        await stage.press("ctrl+o")
        await stage.until("Open a session's file")
        await stage.press("enter")
        await stage.until("A file is needed.")
        await stage.write(str(tmp_path))
        await stage.press("enter")
        await stage.until("is a folder")
        await stage.press("ctrl+u")
        await stage.write(str(other))
        await stage.press("enter")
        await stage.until("elsewhere ⎇ main")
        assert isinstance(stage.app.screen, MainScreen)


async def test_files_elsewhere_that_were_left_are_listed_while_they_are_there(tmp_path: Path) -> None:
    here, gone = written(tmp_path / "whales.parquet", "Whales"), tmp_path / "gone.parquet"
    note_left(gone)
    async with staged(file=here) as stage:
        await stage.ask("More")
        await stage.press("ctrl+n")
        await stage.until("untitled ⎇ main")
        assert sessions_left() == [here, gone]
        await stage.press("ctrl+o")
        await stage.until(lambda: isinstance(stage.app.screen, SessionsScreen) and names(stage) == ["Whales"])
        stage.app.opened.session.close()


async def test_many_sessions_fill_the_list_while_it_is_used() -> None:
    first = written(sessions_dir() / "00000.parquet", "Number")
    past = time.time()
    for at in range(1, 1_000):
        copy = sessions_dir() / f"{at:05}.parquet"
        shutil.copyfile(first, copy)
        os.utime(copy, (past - at, past - at))
    async with staged() as stage:
        await stage.press("ctrl+o")
        await stage.until(lambda: isinstance(stage.app.screen, SessionsScreen) and len(names(stage)) == 1_000)
        screen = stage.app.screen
        assert isinstance(screen, SessionsScreen)
        await stage.press("pagedown", "down")
        assert screen.listed.row is not None
        chosen = screen.listed.row.path
        await stage.until(lambda: not screen._loading.left)
        await filled(stage)
        assert screen.listed.row.path == chosen, "the cursor stays on its session while the list fills"
        await stage.write("00999")
        await stage.until(lambda: [row.path.stem for row in screen.listed._rows] == ["00999"])
        await stage.press("escape")
    assert (data_dir() / "sessions.json").stat().st_size > 100_000


async def test_leaving_while_the_list_fills(files: dict[str, Path]) -> None:
    async with staged() as stage:
        await stage.press("ctrl+o", "escape")
        await stage.until(lambda: isinstance(stage.app.screen, MainScreen))
        await stage.press("ctrl+o", "ctrl+d", "ctrl+q")
        await stage.until(lambda: stage.app._exit)
    assert files["ants"].exists()


async def test_names_that_would_steer_the_terminal_do_not() -> None:
    written(sessions_dir() / "a.parquet", "x", title="[red]evil\x1b]0;title\x07[/] \x9b2J\nline")
    async with listing() as stage:
        assert "[red]evil[/] line" in stage.shown()
        await stage.press("ctrl+r")
        await stage.until("Title of [red]evil")
        await stage.press("escape", "ctrl+d")
        await stage.until("is in the trash")


@pytest.fixture(autouse=True)
def _service(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let sessions that are opened from the list need nobody to answer."""
    monkeypatch.setattr(Session, "_find", lambda *_: Services.Scripted("Yes."))
