"""The session's file on the screen: kept, open elsewhere, damaged, and refused by the disk."""

from __future__ import annotations

from pathlib import Path

import pytest
from stage import Gate, kept, staged, type_at_once

from lion_tui import Services, Session
from lion_tui.app.opening import open_session
from lion_tui.config.left_last import left_last
from lion_tui.config.paths import sessions_dir
from lion_tui.core.errors import DamagedFile, ForeignFile, UsageError
from lion_tui.core.header import take_snapshot


async def talk(file: Path) -> None:
    """Make a session of one turn."""
    with Session.open(file, write=True) as session:
        await session.chat("one", service=Services.Scripted("answer"))


async def test_quitting_saves_what_was_done_last(tmp_path: Path) -> None:
    file = tmp_path / "s.toml"
    async with staged(file=file) as stage:
        await stage.ask("one")
        await stage.send("/fork late")
        held = take_snapshot(stage.session.state)
        await stage.quit()
        assert stage.app.return_code == 0
    assert kept(file) == held
    assert "late" in Session.open(file).branches


async def test_quitting_while_an_answer_streams_keeps_its_text(tmp_path: Path) -> None:
    gate = Gate()
    async with staged(Services.Scripted("one two three", pace=gate), file=tmp_path / "s.parquet") as stage:
        await stage.send("count")
        gate.let(2)
        await stage.until("▎ one two")
        await stage.quit()
    last = Session.open(tmp_path / "s.parquet").head
    assert last is not None
    assert (last.content, last.status) == ("one two", "stopped")


async def test_an_empty_session_leaves_no_file(tmp_path: Path) -> None:
    async with staged(file=tmp_path / "s.parquet", system="be brief") as stage:
        assert "▎ be brief" in stage.shown()
        await stage.quit()
    assert not (tmp_path / "s.parquet").exists()


async def test_a_fork_is_saved_without_being_asked(tmp_path: Path) -> None:
    async with staged(file=tmp_path / "s.parquet") as stage:
        await stage.ask("one")
        await stage.send("/fork other")
        await stage.until(lambda: "other" in stage.session.branches and stage.session.saved)
        assert "other" in Session.open(tmp_path / "s.parquet").branches
        await stage.until(lambda: "unsaved" not in stage.shown())


async def test_a_session_that_is_open_elsewhere_is_only_read(tmp_path: Path) -> None:
    file = tmp_path / "s.parquet"
    await talk(file)
    with Session.open(file, write=True):
        before = file.read_bytes()
        async with staged(file=file) as stage:
            await stage.until("It is read only here. This is how it was after operation 3.")
            assert "Read only here; /save writes a copy to go on in" in stage.shown()
            assert "read only" in stage.row("2 msgs")
            assert "▎ answer" in stage.shown()
            await stage.send("mine")
            assert stage.draft == "mine", "nothing that was written is lost"
            await stage.until("The session is read only here.")
            await stage.press("escape")
            for key in ("N", "R", "m", "u", "U"):
                await stage.press(key)
                await stage.until("/save writes a copy to go on in.")
            assert stage.talk == ["one", "answer"]
            await stage.quit()
        assert file.read_bytes() == before


async def test_a_session_that_is_open_elsewhere_goes_on_in_a_copy(tmp_path: Path) -> None:
    file, other = tmp_path / "s.parquet", tmp_path / "other.toml"
    await talk(file)
    with Session.open(file, write=True):
        async with staged(file=file) as stage:
            await stage.send(f"/move {other}")
            await stage.until("The session is read only here.")
            await stage.press("ctrl+u")
            await stage.send("/find answer")
            await stage.until("1 of 1")
            await stage.until("1 of 1")
            await stage.press("escape", "i")
            await stage.send(f"/save {other}")
            await stage.until("other ⎇ main")
            assert "read only" not in stage.shown()
            stage.app.opened.session.close()
    assert [message.content for message in Session.open(other).path()] == ["one", "answer"]
    assert len(kept(file).columns["content"]) == 2


async def test_a_read_only_session_takes_no_other_system_prompt(tmp_path: Path) -> None:
    file = tmp_path / "s.parquet"
    await talk(file)
    with Session.open(file, write=True), pytest.raises(UsageError, match="read only"):
        open_session(file, service=None, model=None, system="another")


async def test_a_damaged_or_foreign_file_is_refused_before_the_screen_opens(tmp_path: Path) -> None:
    file = tmp_path / "s.parquet"
    await talk(file)
    whole = file.read_bytes()
    file.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(DamagedFile, match=r"s\.parquet"):
        open_session(file, service=None, model=None, system=None)
    (tmp_path / "notes.toml").write_text("a = 1\n")
    with pytest.raises(ForeignFile, match=r"notes\.toml"):
        open_session(tmp_path / "notes.toml", service=None, model=None, system=None)
    file.write_bytes(whole)
    open_session(file, service=None, model=None, system=None).session.close()


async def test_what_can_be_read_of_a_damaged_file_is_shown_and_goes_on_in_a_copy(tmp_path: Path) -> None:
    file, copy = tmp_path / "s.toml", tmp_path / "copy.parquet"
    session = Session()
    for text in ("one", "two", "three", "four"):
        session.add_message("user", text)
    session.save(file)
    file.write_text(file.read_text().replace('content = "two"', 'content = "two'))
    before = file.read_bytes()
    with pytest.raises(DamagedFile, match=r"lion-tui open --salvage .*s\.toml"):
        open_session(file, service=None, model=None, system=None)
    async with staged(file=file, salvage=True) as stage:
        await stage.until("1 of the messages could not be read (2).")
        await stage.until("1 message had no parent and is under lost+found.")
        assert "read only" in stage.row("msgs")
        await stage.send("mine")
        assert stage.draft == "mine"
        await stage.until("The session is read only here. /save writes a copy to go on in.")
        stage.screen.leaving.save_as(copy)
        await stage.until("copy ⎇ main")
        await stage.send("five")
        await stage.until("▎ Yes.")
        await stage.quit()
        stage.app.opened.session.close()
    assert file.read_bytes() == before
    assert sorted(kept(copy).columns["content"]) == ["", "Yes.", "five", "four", "one", "three"]


async def test_quitting_twice_leaves_without_saving_when_the_disk_refuses(tmp_path: Path) -> None:
    folder = tmp_path / "[b]gone"
    folder.mkdir()
    async with staged(file=folder / "s.parquet") as stage:
        await stage.ask("one")
        await stage.until(lambda: stage.session.saved)
        folder.rename(tmp_path / "elsewhere")
        await stage.send("/fork other")
        await stage.press("ctrl+q")
        await stage.until("leaves without saving")
        assert stage.app.is_running
        await stage.quit()
        assert stage.app.return_code == 3
        (tmp_path / "elsewhere").rename(folder)


async def test_what_is_not_saved_is_said_until_it_is(tmp_path: Path) -> None:
    folder = tmp_path / "sessions"
    folder.mkdir()
    async with staged(file=folder / "s.parquet") as stage:
        await stage.ask("one")
        await stage.until(lambda: stage.session.saved)
        folder.rename(tmp_path / "elsewhere")
        await stage.send("/fork other")
        await stage.until("s.parquet was not saved (No such file or directory). /save keeps it elsewhere.")
        await stage.ask("two")
        await stage.until("s.parquet was not saved (No such file or directory). /save keeps it elsewhere.")
        (tmp_path / "elsewhere").rename(folder)
        await stage.until(lambda: " s ⎇ other" in stage.shown() and "was not saved" not in stage.row("⎇ other"))
        assert "   saved   " in stage.row("⎇ other")
        assert Session.open(folder / "s.parquet").path()[-2].content == "two"


async def test_a_session_that_cannot_be_saved_goes_on_elsewhere(tmp_path: Path) -> None:
    folder, elsewhere = tmp_path / "sessions", tmp_path / "copy.toml"
    folder.mkdir()
    async with staged(file=folder / "s.parquet") as stage:
        await stage.ask("one")
        await stage.until(lambda: stage.session.saved)
        folder.rename(tmp_path / "away")
        await stage.send("/fork other")
        await stage.until("was not saved")
        await stage.send(f"/save {elsewhere}")
        await stage.until("copy ⎇ other")
        assert "was not saved" not in stage.row("⎇ other")
        assert list(Session.open(elsewhere).branches) == ["main", "other"]
        (tmp_path / "away").rename(folder)


async def test_quitting_after_the_disk_gave_in_saves(tmp_path: Path) -> None:
    folder = tmp_path / "sessions"
    folder.mkdir()
    async with staged(file=folder / "s.parquet") as stage:
        await stage.ask("one")
        await stage.until(lambda: stage.session.saved)
        folder.rename(tmp_path / "elsewhere")
        await stage.send("/fork other")
        await stage.press("ctrl+q")
        await stage.until("leaves without saving")
        (tmp_path / "elsewhere").rename(folder)
        await stage.quit()
        assert stage.app.return_code == 0
    assert "other" in Session.open(folder / "s.parquet").branches


async def test_what_was_written_and_not_sent_is_there_again(tmp_path: Path) -> None:
    file = tmp_path / "s.parquet"
    async with staged(file=file) as stage:
        await stage.ask("one")
        await stage.write("half written")
        await stage.quit()
    async with staged(file=file) as stage:
        assert stage.draft == "half written"


async def test_a_session_is_opened_by_the_name_that_the_program_gave_it(tmp_path: Path) -> None:
    kept = sessions_dir() / "20260101-000000-abcd.parquet"
    kept.parent.mkdir(parents=True)
    Session("sys").save(kept)
    opened = open_session(Path("20260101-000000-abcd"), service=None, model=None, system=None)
    assert opened.file == kept
    opened.session.close()


async def test_the_session_that_was_left_last_is_known_also_if_it_was_left_from_a_dialog(tmp_path: Path) -> None:
    file = tmp_path / "s.parquet"
    async with staged(file=file) as stage:
        await stage.ask("one")
        await stage.press("f1")
        await stage.until("All keys")
        await stage.press("ctrl+q")
        await stage.until(left_last)
    last = left_last()
    assert last is not None
    assert last[0] == file
    file.unlink()
    assert left_last() is None


@pytest.mark.parametrize(
    ("command", "says"),
    [
        ("/save there.md", "The name there.md does not say how to save the session. Let it end in .parquet or .toml."),
        ("/save there.toml", "there.toml is there already and is not this session. Name another file, or remove it."),
        ("/move there.toml", "there.toml is there already. Choose another name, or remove it."),
        ("/export there.md", "there.md is there already. Choose another name."),
        ("/import nowhere.json", "nowhere.json"),
        ("/open there.md", "there.md does not say how to save the session."),
        ("/merge foo", "There is no branch 'foo'"),
        ("/exprot", "exprot"),
    ],
)
async def test_a_command_that_fails_is_given_back_with_its_remedy(
    command: str, says: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("there.md", "there.toml"):
        (tmp_path / name).write_text("mine")
    async with staged(file=tmp_path / "s.parquet") as stage:
        await stage.ask("one")
        await stage.send(command)
        await stage.until(says)
        await stage.until(lambda: stage.draft == command)
        await stage.press("ctrl+u", "up")
        assert stage.draft == command, "it is among what was sent before, too"
    assert (tmp_path / "there.toml").read_text() == (tmp_path / "there.md").read_text() == "mine"


async def test_a_command_that_fails_late_writes_over_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "there.md").write_text("mine")
    async with staged(file=tmp_path / "s.parquet") as stage:
        await stage.ask("one")
        await stage.write("/export there.md")
        type_at_once(stage, "enter", "n", "e", "x", "t")
        await stage.until("there.md is there already")
        await stage.settled()
        assert stage.draft == "next"
        await stage.press("ctrl+u", "up")
        assert stage.draft == "/export there.md"


async def test_what_another_program_exported_is_said_to_be_imported_here(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "foreign.json").write_text("[]")
    async with staged(file=tmp_path / "s.parquet") as stage:
        await stage.send("/open foreign.json")
        await stage.until("`/import foreign.json` (in the shell: `lion-tui import foreign.json`)")
