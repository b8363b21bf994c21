"""Conversations of other programs, imported while the screen goes on."""

from __future__ import annotations

import asyncio
import threading
from typing import TYPE_CHECKING, Any

import foreign_exports as exports
from foreign_exports import outline, write
from stage import staged

from lion_tui import Session
from lion_tui.config.paths import sessions_dir
from lion_tui.session import importing
from lion_tui.storage.importers import lines

if TYPE_CHECKING:
    from pathlib import Path

    import pytest


async def test_one_conversation_is_shown_with_its_branches(tmp_path: Path) -> None:
    export = write(tmp_path / "c.json", exports.claude()[:1])
    async with staged(file=tmp_path / "mine.parquet") as stage:
        await stage.ask("one")
        await stage.send(f"/import {export}")
        await stage.until("A sheet ⎇ main")
        shown = stage.app.opened.session
        assert outline(shown) == exports.CLAUDE_TREE
        assert [name for name in shown.branches if name in stage.shown()] == ["main", "main.2", "main.3"]
        shown.close()
    assert [message.content for message in Session.open(tmp_path / "mine.parquet").path()] == ["one", "Yes."]


async def test_of_several_it_is_said_how_many_and_where(tmp_path: Path) -> None:
    write(tmp_path / "c.json", exports.claude())
    async with staged(file=tmp_path / "mine.parquet") as stage:
        await stage.send(f"/import {tmp_path / 'c.json'}")
        await stage.until("2 conversations are imported. Ctrl+O lists them.")
        await stage.press("ctrl+o")
        await stage.until("A sheet")
        await stage.press("escape")
        await stage.send(f"/import {tmp_path / 'c.json'}")
        await stage.until("2 were there already. Ctrl+O lists them.")
    assert len(list(sessions_dir().iterdir())) == 2


async def test_what_could_not_be_imported_is_said(tmp_path: Path) -> None:
    write(tmp_path / "c.json", exports.chatgpt())
    tmp_path.joinpath("no.json").write_text("no")
    async with staged(file=tmp_path / "mine.parquet") as stage:
        await stage.send(f"/import {tmp_path / 'c.json'}")
        await stage.until("1 could not be: Corrupted entry.")
        await stage.press("ctrl+u")
        await stage.send(f"/import {tmp_path / 'no.json'}")
        await stage.until("no.json cannot be imported: it is not JSON.")


def orphaned() -> dict[str, Any]:
    export = exports.chatgpt()[1]
    export["mapping"]["u1"]["parent"] = "gone"
    export["mapping"]["ctx"]["children"] = []
    return export


async def test_what_had_to_be_put_right_is_said(tmp_path: Path) -> None:
    write(tmp_path / "one.json", [orphaned()])
    write(tmp_path / "two.json", [orphaned() | {"conversation_id": each, "title": each} for each in ("A", "B")])
    async with staged(file=tmp_path / "mine.parquet") as stage:
        await stage.send(f"/import {tmp_path / 'two.json'}")
        await stage.until("2 conversations are imported.")
        shown = " ".join(stage.shown().split())
        for each in ("A", "B"):
            assert f"{each}: 1 message had no parent and is under lost+found." in shown
        await stage.press("ctrl+u")
        await stage.send(f"/import {tmp_path / 'one.json'}")
        await stage.until("Rolling back ⎇ main")
        await stage.until("1 message had no parent and is under lost+found.")
        stage.app.opened.session.close()


async def test_who_quits_does_not_wait_for_the_rest_of_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    read, go_on = threading.Event(), threading.Event()
    ended: list[bool] = []
    real = lines.Utf8.readinto

    def slow(self: lines.Utf8, buffer: Any) -> int:
        read.set()
        go_on.wait()
        try:
            return real(self, buffer)
        except lines.Ended:
            ended.append(True)
            raise

    monkeypatch.setattr(lines.Utf8, "readinto", slow)
    async with staged(file=tmp_path / "mine.parquet") as stage:
        await stage.send(f"/import {write(tmp_path / 'c.json', exports.claude())}")
        await stage.until(read.is_set)
        await stage.press("ctrl+q")
        await stage.until(lambda: not stage.app.is_running)
        go_on.set()
    await asyncio.get_running_loop().shutdown_default_executor()
    assert ended
    assert list(sessions_dir().iterdir()) == []


async def test_the_palette_asks_for_the_file(tmp_path: Path) -> None:
    export = write(tmp_path / "c.json", exports.claude())
    async with staged(file=tmp_path / "mine.parquet") as stage:
        await stage.press("ctrl+p")
        await stage.write("import conv")
        await stage.press("enter")
        await stage.until("Import the file or folder")
        await stage.write(str(export))
        await stage.press("enter")
        await stage.until("2 conversations are imported.")


async def test_one_goes_on_while_it_is_imported_and_another_import_waits(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    export = write(tmp_path / "c.json", exports.claude())
    go_on, real = threading.Event(), importing.Keeping.keep

    def slow(self: importing.Keeping, session: Session) -> Any:
        done = real(self, session)
        go_on.wait()
        return done

    monkeypatch.setattr(importing.Keeping, "keep", slow)
    async with staged(file=tmp_path / "mine.parquet") as stage:
        await stage.send(f"/import {export}")
        await stage.until("Importing c.json: reading …")
        await stage.send(f"/import {export}")
        await stage.until("Another import goes on.")
        await stage.press("ctrl+u")
        await stage.ask("one")
        go_on.set()
        await stage.until("2 conversations are imported.")
        assert stage.talk == ["one", "Yes."]


async def test_who_quits_does_not_wait_for_the_rest(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    export = write(tmp_path / "c.json", exports.claude())
    go_on, begun, real = threading.Event(), threading.Event(), importing.Keeping.keep

    def slow(self: importing.Keeping, session: Session) -> Any:
        begun.set()
        go_on.wait()
        return real(self, session)

    monkeypatch.setattr(importing.Keeping, "keep", slow)
    async with staged(file=tmp_path / "mine.parquet") as stage:
        await stage.send(f"/import {export}")
        await stage.until(begun.is_set)
        await stage.press("ctrl+q")
        await stage.until(lambda: not stage.app.is_running)
        go_on.set()
    await asyncio.get_running_loop().shutdown_default_executor()  # as the end of the program does
    assert len(list(sessions_dir().iterdir())) == 1
