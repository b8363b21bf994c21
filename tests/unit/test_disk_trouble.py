"""The disk gives trouble while a session goes on: it lives in memory, says so, and is written once that can be."""

# ruff: noqa: ASYNC240 - small files of a test, with nobody else in the loop

from __future__ import annotations

import asyncio
import errno
import os
import shutil
import subprocess
import tempfile
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from session_checks import until

from lion_tui import Services, Session
from lion_tui.core.errors import SaveFailed
from lion_tui.core.events import NotSaved, Saved
from lion_tui.session import writer
from lion_tui.storage import SessionFile, journal
from lion_tui.storage.journal import journal_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lion_tui.core.snapshot import Snapshot


@pytest.fixture(params=["parquet", "toml"])
def path(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    folder = tmp_path / "folder"
    folder.mkdir()
    return folder / f"s.{request.param}"


@pytest.fixture(autouse=True)
def _tries_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writer, "RETRY_S", 0.01)


def contents(session: Any) -> list[str]:
    return [message.content for message in session.path()]


async def begun(path: Path) -> tuple[Session, list[Any]]:
    """Return a session whose file has one message, and its events."""
    session = Session.open(path, write=True)
    session.add_message("user", "first")
    await session.flush()
    events: list[Any] = []
    session.subscribe(lambda event: events.append(event) if isinstance(event, (NotSaved, Saved)) else None)
    return session, events


@pytest.fixture
def small_disk() -> Iterator[Path]:
    # Not in pytest's own folder, which it could not remove while something is mounted there.
    with tempfile.TemporaryDirectory() as folder:
        mount = ["mount", "-t", "tmpfs", "-o", "size=400k", "none", folder]
        if subprocess.run(mount, check=False, capture_output=True).returncode:
            pytest.skip("only root may mount a small disk")
        try:
            yield Path(folder)
        finally:
            subprocess.run(["umount", "--lazy", folder], check=True)


@pytest.mark.parametrize("name", ["s.parquet", "s.toml"])
async def test_a_disk_that_is_full_and_then_is_not(small_disk: Path, name: str) -> None:
    session, events = await begun(small_disk / name)
    ballast = small_disk / "ballast"
    with pytest.raises(OSError, match="No space left"):
        ballast.write_bytes(bytes(2**20))
    texts = [f"{at} " * 2000 for at in range(20)]
    for text in texts:
        session.add_message("user", text)
    await until(lambda: session.fault)
    with pytest.raises(SaveFailed, match="No space left on device") as caught:
        await session.flush()
    assert "Free some space" in caught.value.remedy
    assert not session.saved
    assert any(isinstance(event, NotSaved) for event in events)
    there = contents(Session.open(small_disk / name))
    assert there == ["first", *texts][: len(there)], "what is there is whole"
    with pytest.raises(SaveFailed):
        session.close()
    assert contents(session) == ["first", *texts]
    ballast.unlink()
    await until(lambda: session.saved and isinstance(events[-1], Saved))
    assert contents(Session.open(small_disk / name)) == ["first", *texts]
    session.close()
    assert session.fault is None
    assert contents(Session.open(small_disk / name)) == ["first", *texts]
    assert [each.name for each in small_disk.iterdir()] == [name]


async def test_text_that_streams_and_is_not_taken_is_said(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    session, events = await begun(path)
    words, write = asyncio.Semaphore(2), journal._write

    async def pace() -> None:
        await words.acquire()

    def refuse(sink: Any, data: bytes) -> None:
        if b'"add":' in data:
            raise OSError(errno.ENOSPC, "No space left on device")
        write(sink, data)

    with monkeypatch.context() as patch:
        patch.setattr(journal, "_write", refuse)
        answer = asyncio.create_task(session.chat("q", service=Services.Scripted("one two three", pace=pace)))
        await until(lambda: events and isinstance(events[-1], NotSaved))
        assert session.streaming
        assert isinstance(session.fault, SaveFailed)
    await until(lambda: session.fault is None)
    assert contents(Session.open(path)) == ["first", "q", "one two"]
    words.release()
    words.release()
    assert await answer == "one two three"
    session.abandon()
    assert contents(Session.open(path)) == ["first", "q", "one two three"]


async def test_a_folder_that_vanishes_and_comes_back(path: Path) -> None:
    session, events = await begun(path)
    session.add_message("user", "second")
    await session.flush()
    away = path.parent.with_name("away")
    path.parent.rename(away)
    session.add_message("user", "third")
    with pytest.raises(SaveFailed, match="No such file or directory"):
        await session.flush()
    assert not session.saved
    assert isinstance(events[-1], NotSaved)
    away.rename(path.parent)
    await until(lambda: session.saved)
    assert contents(Session.open(path)) == ["first", "second", "third"]
    session.close()
    assert contents(Session.open(path)) == ["first", "second", "third"]


async def test_a_folder_that_is_removed_and_made_again(path: Path) -> None:
    session, _ = await begun(path)
    shutil.rmtree(path.parent)
    session.add_message("user", "second")
    with pytest.raises(SaveFailed, match="Its folder is not there"):
        await session.flush()
    path.parent.mkdir()
    await until(lambda: session.saved)
    session.close()
    assert contents(Session.open(path)) == ["first", "second"]


@pytest.mark.parametrize("which", ["file", "journal", "both"])
async def test_what_is_removed_is_made_again(path: Path, which: str) -> None:
    session, _ = await begun(path)
    session.add_message("user", "second")
    await session.flush()
    for each in {"file": [path], "journal": [journal_of(path)], "both": [path, journal_of(path)]}[which]:
        each.unlink()
    session.add_message("user", "third")
    await session.flush()
    assert contents(Session.open(path)) == ["first", "second", "third"]
    session.abandon()
    assert contents(Session.open(path)) == ["first", "second", "third"]


async def test_a_file_that_is_removed_while_an_answer_streams_is_written_once(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    session, _ = await begun(path)
    monkeypatch.setattr(writer, "GROWTH_S", 60)  # what streams waits for a record until something else is done
    words, go_on, saves = asyncio.Semaphore(1), threading.Event(), 0
    append, save = SessionFile.append, SessionFile.save

    async def pace() -> None:
        await words.acquire()

    def waiting(store: SessionFile, records: Any) -> bool:
        go_on.wait()
        return append(store, records)

    def counted(store: SessionFile, snapshot: Snapshot) -> None:
        nonlocal saves
        saves += 1
        save(store, snapshot)

    answer = asyncio.create_task(session.chat("q", service=Services.Scripted("one two three", pace=pace)))
    await until(lambda: contents(session)[-1] == "one")
    await session.flush()
    with monkeypatch.context() as patch:
        patch.setattr(SessionFile, "append", waiting)
        patch.setattr(SessionFile, "save", counted)
        path.unlink()
        session.title = "A walk"
        words.release()
        await until(lambda: contents(session)[-1] == "one two")
        go_on.set()
        await until(lambda: saves)
        words.release()
        await answer
        session.abandon()
    assert saves == 1, "two folds at once"
    assert Session.open(path).title == "A walk"
    assert contents(Session.open(path)) == ["first", "q", "one two three"]


@pytest.mark.parametrize("error", [errno.EACCES, errno.EROFS])
async def test_a_folder_that_takes_no_file_any_more(path: Path, error: int, monkeypatch: pytest.MonkeyPatch) -> None:
    session, events = await begun(path)
    session.add_message("user", "second")
    await session.flush()

    def refuse(*_: object, **__: object) -> None:
        raise OSError(error, os.strerror(error))

    with monkeypatch.context() as patch:
        patch.setattr(tempfile, "mkstemp", refuse)
        session.add_message("user", "third")
        await session.flush()
        assert session.saved, "its journal takes it all the same"
        with pytest.raises(SaveFailed, match=os.strerror(error)):
            session.close()
        assert session.fault is not None
        await until(lambda: isinstance(events[-1], NotSaved))
        assert contents(Session.open(path)) == ["first", "second", "third"]
    session.close()
    assert contents(Session.open(path)) == ["first", "second", "third"]
    assert not journal_of(path).exists()


async def test_a_line_that_is_written_in_part_is_written_again(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    session, _ = await begun(path)
    session.add_message("user", "second")
    await session.flush()
    write = journal._write

    def half(sink: Any, data: bytes) -> None:
        write(sink, data[: len(data) // 2])
        raise OSError(errno.EIO, "Input/output error")

    with monkeypatch.context() as patch:
        patch.setattr(journal, "_write", half)
        session.add_message("user", "third")
        with pytest.raises(SaveFailed, match="Input/output error"):
            await session.flush()
        reader = Session.open(path)
        assert contents(reader) == ["first", "second"]
        assert not any("not finished" in sentence for sentence in reader.report)
    session.rollback(1)
    await until(lambda: session.saved)
    session.abandon()
    again = Session.open(path, write=True)
    assert contents(again) == ["first", "second"]
    assert again.state.op == session.state.op
    again.close()


async def test_what_another_program_wrote_is_left_and_nothing_is_lost(path: Path) -> None:
    session, events = await begun(path)
    session.add_message("user", "second")
    await session.flush()
    other = Session("another one's")
    other.save(path.with_name(f"other{path.suffix}"))
    path.write_bytes(path.with_name(f"other{path.suffix}").read_bytes())
    session.add_message("user", "third")
    with pytest.raises(SaveFailed, match="was changed by another program"):
        await session.flush()
    assert isinstance(events[-1], NotSaved)
    with pytest.raises(SaveFailed, match="was changed by another program"):
        session.close()
    elsewhere = path.with_name("elsewhere.parquet")
    session.save(elsewhere)
    session.abandon()
    assert contents(Session.open(elsewhere)) == ["first", "second", "third"]
    theirs = Session.open(path, write=True)
    assert contents(theirs) == ["another one's"]
    assert len(theirs.report) == 1
    assert "does not belong to" in theirs.report[0]
    theirs.close()
    orphan = next(path.parent.glob(f"{path.name}.journal.orphan-*"))
    assert b"second" in orphan.read_bytes()


async def test_a_link_stays_one_and_the_journal_stands_beside_what_it_leads_to(path: Path, tmp_path: Path) -> None:
    link = tmp_path / f"link{path.suffix}"
    link.symlink_to(path)
    session, _ = await begun(link)
    session.add_message("user", "second")
    await session.flush()
    assert journal_of(link) == journal_of(path)
    assert journal_of(path).exists()
    assert contents(Session.open(path)) == contents(Session.open(link)) == ["first", "second"]
    session.close()
    assert link.is_symlink()
    assert contents(Session.open(path)) == ["first", "second"]
    assert list(path.parent.iterdir()) == [path]


async def test_the_journal_is_not_written_through_a_link(path: Path, tmp_path: Path) -> None:
    session, _ = await begun(path)
    target = tmp_path / "diary"
    target.write_text("mine")
    journal_of(path).symlink_to(target)
    session.add_message("user", "second")
    with pytest.raises(SaveFailed):
        await session.flush()
    assert target.read_text() == "mine"
    journal_of(path).unlink()
    await until(lambda: session.saved)
    session.close()
