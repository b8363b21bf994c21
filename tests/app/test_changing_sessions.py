"""Going to another session without leaving the program."""

# ruff: noqa: ASYNC240 - small files of a test, with nobody else in the loop

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

import pytest
from stage import Gate, kept, staged

from lion_tui import Services, Session
from lion_tui.storage import SessionFile

if TYPE_CHECKING:
    from pathlib import Path


async def test_a_new_session_and_back(tmp_path: Path) -> None:
    file = tmp_path / "whales.parquet"
    async with staged(file=file) as stage:
        await stage.ask("one")
        await stage.press("ctrl+n")
        await stage.until(lambda: "untitled ⎇ main" in stage.shown() and "You" not in stage.shown())
        assert len(kept(file).columns["content"]) == 2
        session = stage.app.opened.session
        assert session is not stage.session
        await stage.press(*"two", "enter")
        await stage.until(lambda: len(session.state.tree) == 2 and not session.streaming)
        await stage.press("ctrl+o", "ctrl+o")
        await stage.until("Open a session's file")
        await stage.press(*(str(file).replace("/", "\0").replace("\0", "/")))
        await stage.press("enter")
        await stage.until("whales ⎇ main")
        assert [message.content for message in stage.app.opened.session.current.path()] == ["one", "Yes."]
        stage.app.opened.session.close()


async def test_what_cannot_be_opened_is_said_and_nothing_changes(tmp_path: Path) -> None:
    (tmp_path / "bad.parquet").write_text("no session")
    async with staged(file=tmp_path / "good.parquet") as stage:
        await stage.ask("one")
        await stage.send(f"/open {tmp_path}")
        await stage.until("is not a session: it is a folder.")
        await stage.press("ctrl+u")
        await stage.send(f"/open {tmp_path / 'bad.parquet'}")
        await stage.until("bad.parquet")
        assert stage.app.opened.session is stage.session
        await stage.press("ctrl+u")
        await stage.ask("two")


@pytest.mark.parametrize(
    ("name", "why", "remedy"),
    [
        ("no/such.parquet", "and no folder", "Check the name, or make the folder first."),
        # The name of its lock would be too long.
        (f"{'a' * 245}.parquet", "(File name too long).", "Check the name, or choose a folder that can be written."),
    ],
)
async def test_a_file_that_is_not_there_and_cannot_be_made_is_said_to_be_so(
    tmp_path: Path, name: str, why: str, remedy: str
) -> None:
    async with staged(file=tmp_path / "good.parquet") as stage:
        await stage.send(f"/open {tmp_path / name}")
        await stage.until(lambda: remedy in " ".join(stage.shown().split()))
        shown = " ".join(stage.shown().split())
        assert "There is no file" in shown
        assert why in shown
        assert "not saved" not in shown
        assert stage.app.opened.session is stage.session
    assert not (tmp_path / "no").exists()


async def test_one_goes_on_while_another_session_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    other = tmp_path / "other.toml"
    Session("be brief").save(other)
    go_on, real = threading.Event(), SessionFile.open

    def slow(path: Path, *, write: bool) -> Any:
        go_on.wait()
        return real(path, write=write)

    async with staged(file=tmp_path / "good.parquet") as stage:
        await stage.ask("one")
        monkeypatch.setattr(SessionFile, "open", slow)
        await stage.send(f"/open {other}")
        await stage.until("Opening other.toml …")
        await stage.press(*"two")
        assert stage.draft == "two"
        go_on.set()
        await stage.until("other ⎇ main")
        assert "two" in Session.open(tmp_path / "good.parquet").state.drafts.values()
        stage.app.opened.session.close()
    assert not other.with_name("other.toml.lock").exists()


async def test_who_quits_while_another_session_is_read_leaves_it_unlocked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = tmp_path / "other.toml"
    Session("be brief").save(other)
    go_on, real = threading.Event(), SessionFile.open

    def slow(path: Path, *, write: bool) -> Any:
        found = real(path, write=write)
        go_on.wait()
        return found

    async with staged(file=tmp_path / "good.parquet") as stage:
        await stage.ask("one")
        monkeypatch.setattr(SessionFile, "open", slow)
        await stage.send(f"/open {other}")
        await stage.until("Opening other.toml …")
        await stage.quit()
        go_on.set()
        monkeypatch.undo()
        await stage.until(lambda: not other.with_name("other.toml.lock").exists())
    Session.open(other, write=True).close()


async def test_a_session_is_not_left_while_an_answer_comes() -> None:
    gate = Gate()
    async with staged(Services.Scripted("one two three", pace=gate)) as stage:
        await stage.send("first")
        await stage.until("streaming 1")
        await stage.press("ctrl+n")
        await stage.until("1 answer is coming. Wait, or stop them: /stop-all.")
        gate.open()
        await stage.until(lambda: not stage.session.streaming)


@pytest.mark.parametrize("ending", ["toml", "parquet"])
async def test_saving_as_goes_on_in_the_other_file(tmp_path: Path, ending: str) -> None:
    other = tmp_path / f"other.{ending}"
    async with staged(file=tmp_path / "whales.parquet") as stage:
        await stage.ask("one")
        stage.app.opened.session.state.set_draft(stage.session.current.branch_id or "", "/save as it was typed")
        await stage.send(f"/save {other}")
        await stage.until("other ⎇ main")
        await stage.until("The session is kept in ")
        assert f"{other.name} now." in stage.shown()
        assert stage.app.opened.file == other
        assert stage.draft == ""
        assert [message.content for message in Session.open(other).current.path()] == ["one", "Yes."]
        stage.app.opened.session.close()


async def test_saving_as_does_not_replace_what_is_there(tmp_path: Path) -> None:
    other = tmp_path / "other.parquet"
    Session("another").save(other)
    async with staged(file=tmp_path / "whales.parquet") as stage:
        await stage.ask("one")
        await stage.send(f"/save {other}")
        await stage.until("is there already and is not this session")
        assert Session.open(other).first_system is not None


async def test_moving_goes_on_in_the_other_file_while_an_answer_comes(tmp_path: Path) -> None:
    file, folder = tmp_path / "whales.parquet", tmp_path / "sea"
    folder.mkdir()
    gate = Gate()
    async with staged(Services.Scripted("one two three", pace=gate), file=file) as stage:
        await stage.send("first")
        await stage.until("streaming 1")
        await stage.send(f"/move {folder}")
        await stage.until(lambda: (folder / file.name).exists() and not file.exists())
        gate.open()
        await stage.until(lambda: not stage.session.streaming)
        await stage.send(f"/move {tmp_path / 'sharks.toml'}")
        await stage.until("sharks ⎇ main")
    assert [message.content for message in Session.open(tmp_path / "sharks.toml").current.path()] == [
        "first",
        "one two three",
    ]
    assert {path.name for path in tmp_path.rglob("*")} == {"sea", "sharks.toml"}


async def test_moving_asks_where_to_and_overwrites_nothing(tmp_path: Path) -> None:
    file, other = tmp_path / "whales.parquet", tmp_path / "other.parquet"
    Session("another").save(other)
    async with staged(file=file) as stage:
        await stage.ask("one")
        await stage.send("/move")
        await stage.until("Move the session to")
        await stage.write(str(other))
        await stage.press("enter")
        await stage.until("other.parquet is there already.")
        assert stage.session.file == file
    assert Session.open(other).first_system is not None
    assert len(kept(file).columns["content"]) == 2
