"""The journal beside a session file: whose it is, what of it counts, and what becomes of the rest."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import zlib
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from lion_tui import Session
from lion_tui.core.changes import Position
from lion_tui.core.errors import NewerFile, SaveFailed
from lion_tui.core.header import take_snapshot
from lion_tui.storage.journal import encode, journal_of
from lion_tui.storage.prompts import prompts_file

if TYPE_CHECKING:
    from collections.abc import Callable


@pytest.fixture(params=["parquet", "toml"])
def path(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    return begun(tmp_path / f"s.{request.param}")


def begun(path: Path) -> Path:
    """Make a session with one message in the file and two in the journal."""
    with Session.open(path, write=True) as session:
        session.add_message("user", "first")
    session = Session.open(path, write=True)
    session.add_message("assistant", "second")
    session.add_message("user", "third")
    session.abandon()
    return path


def contents(session: Session) -> list[str]:
    return [message.content for message in session.path()]


def orphans(path: Path) -> list[Path]:
    return sorted(path.parent.glob(f"{path.name}.journal.orphan-*"))


def change(path: Path, how: Callable[[list[dict[str, Any]]], object]) -> None:
    """Write the journal anew with other values."""
    values = [json.loads(line[9:]) for line in journal_of(path).read_bytes().splitlines()]
    how(values)
    journal_of(path).write_bytes(encode(values))


def test_what_was_done_where_a_deleted_message_is_shown_is_done_again(path: Path) -> None:
    session = Session.open(path, write=True)
    second = session.path()[1]
    session.delete(second)
    session.state.show(Position(None, second.node_id))
    session.purge(second)  # which writes the file whole
    session.title = "A walk"
    session.abandon()
    opened = Session.open(path)
    assert opened.title == "A walk"
    assert contents(opened) == ["first"]


def test_each_line_is_a_checksum_and_json_and_the_first_says_whose_it_is(path: Path) -> None:
    lines = journal_of(path).read_bytes().splitlines()
    assert all(int(line[:8], 16) == zlib.crc32(line[9:]) and line[8:9] == b" " for line in lines)
    first, *records = [json.loads(line[9:]) for line in lines]
    session = Session.open(path)
    assert first == {"format": 1, "session": session.state.session_id, "base": session.state.op - 2}
    assert [record["op"] for record in records] == [session.state.op - 1, session.state.op]


def test_a_journal_can_be_read_by_its_owner_only(path: Path) -> None:
    assert journal_of(path).stat().st_mode & 0o777 == 0o600


def test_what_a_crash_left_is_there_again_and_said_in_one_line(path: Path) -> None:
    before = path.read_bytes()
    session = Session.open(path, write=True)
    assert contents(session) == ["first", "second", "third"]
    assert session.report == [f"Recovered 2 operations that {path.name} did not have yet."]
    assert path.read_bytes() == before
    session.add_message("user", "fourth")
    session.abandon()
    with Session.open(path, write=True) as again:
        assert contents(again) == ["first", "second", "third", "fourth"]
    assert list(path.parent.iterdir()) == [path]
    assert contents(Session.open(path)) == ["first", "second", "third", "fourth"]
    assert Session.open(path).report == []


def test_a_reader_changes_nothing(path: Path) -> None:
    journal_of(path).write_bytes(journal_of(path).read_bytes()[:-1])
    before = {each.name: each.read_bytes() for each in path.parent.iterdir()}
    session = Session.open(path)
    assert contents(session) == ["first", "second"]
    assert session.report == [
        f"Shown with 1 operation that {path.name} does not have yet.",
        f"The last line of {path.name}.journal was not finished and was left out.",
    ]
    session.add_message("user", "mine")
    session.close()
    assert {each.name: each.read_bytes() for each in path.parent.iterdir()} == before


def test_a_reader_beside_a_writer_has_what_the_journal_has(path: Path) -> None:
    with Session.open(path, write=True) as writer:
        assert contents(Session.open(path)) == contents(writer) == ["first", "second", "third"]


def test_a_last_line_that_was_not_finished_is_cut(path: Path) -> None:
    whole = journal_of(path).read_bytes()
    journal_of(path).write_bytes(whole[:-20])
    with Session.open(path, write=True) as session:
        assert contents(session) == ["first", "second"]
        assert session.report[1] == f"The last line of {path.name}.journal was not finished and was cut."
        session.add_message("user", "another third")
    assert contents(Session.open(path)) == ["first", "second", "another third"]
    assert orphans(path) == []


def test_zeros_after_the_last_line_are_what_some_disks_leave(path: Path) -> None:
    with journal_of(path).open("ab") as file:
        file.write(bytes(4096))
    with Session.open(path, write=True) as session:
        assert contents(session) == ["first", "second", "third"]
        session.add_message("user", "fourth")
        session.abandon()
    assert contents(Session.open(path)) == ["first", "second", "third", "fourth"]


def test_a_journal_that_is_damaged_in_the_middle_is_kept_whole(path: Path) -> None:
    damaged = journal_of(path).read_bytes().replace(b"second", b"SECOND")
    journal_of(path).write_bytes(damaged)
    with Session.open(path, write=True) as session:
        assert contents(session) == ["first"]
        where = damaged.index(b"\n") + 1
        kept = orphans(path)[0].name
        assert session.report == [
            f"{path.name}.journal is damaged after {where} bytes; what comes after is kept as {kept}."
        ]
    assert orphans(path)[0].read_bytes() == damaged


def test_a_fold_that_a_crash_kept_from_ending_does_no_harm(path: Path) -> None:
    """The file was renamed, and its journal was not yet taken away."""
    journal = journal_of(path).read_bytes()
    Session.open(path, write=True).close()
    before = path.read_bytes()
    journal_of(path).write_bytes(journal)
    assert contents(Session.open(path)) == ["first", "second", "third"]
    with Session.open(path, write=True) as session:
        assert contents(session) == ["first", "second", "third"]
        assert session.report == []
    assert path.read_bytes() == before
    assert list(path.parent.iterdir()) == [path]


def test_the_journal_of_another_session_is_set_aside(path: Path) -> None:
    other = begun(path.with_name(f"other{path.suffix}"))
    theirs = journal_of(other).read_bytes()
    for _ in range(2):
        journal_of(path).write_bytes(theirs)
        reader = Session.open(path)
        assert contents(reader) == ["first"]
        assert reader.report == [f"The journal {path.name}.journal does not belong to {path.name}; it was left out."]
        with Session.open(path, write=True) as session:
            assert contents(session) == ["first"]
            assert session.report[0].startswith(f"The journal {path.name}.journal does not belong to {path.name}; ")
    assert [orphan.read_bytes() for orphan in orphans(path)] == [theirs, theirs]


def test_a_journal_of_a_later_state_than_the_file_is_set_aside(path: Path) -> None:
    """Somebody put an older copy in the place of the file."""
    older = path.read_bytes()
    with Session.open(path, write=True) as session:
        session.add_message("user", "fourth")
    session = Session.open(path, write=True)
    session.add_message("user", "fifth")
    session.abandon()
    path.write_bytes(older)
    with Session.open(path, write=True) as session:
        assert contents(session) == ["first"]
    assert len(orphans(path)) == 1


def test_the_journal_of_another_life_of_the_same_session_is_set_aside(path: Path) -> None:
    """A copy went on elsewhere and came back, while a crash had left a journal here."""
    journal = journal_of(path).read_bytes()
    journal_of(path).unlink()
    with Session.open(path, write=True) as session:
        for text in ("a", "b", "c"):
            session.add_message("user", text)
    journal_of(path).write_bytes(journal)
    with Session.open(path, write=True) as session:
        assert contents(session) == ["first", "a", "b", "c"]
        assert "does not belong" in session.report[0]
    assert orphans(path)[0].read_bytes() == journal


def test_a_journal_without_a_file_is_set_aside(path: Path) -> None:
    path.unlink()
    with Session.open(path, write=True) as session:
        assert contents(session) == []
        assert "does not belong" in session.report[0]
    assert len(orphans(path)) == 1


WRONG: dict[str, Callable[[list[dict[str, Any]]], object]] = {
    "an operation is missing": lambda values: values.pop(1),
    "an operation is there twice": lambda values: values.append(values[-1]),
    "a message has no parent": lambda values: values[1]["rows"][0].update(parent_id="nowhere"),
    "a message is there already": lambda values: values[2]["rows"][0].update(values[1]["rows"][0]),
    "a role is unknown": lambda values: values[1]["rows"][0].update(role="judge"),
    "a content is no text": lambda values: values[1]["rows"][0].update(content=7),
    "a column is unknown": lambda values: values[1]["rows"][0].update(colour="red"),
    "no op": lambda values: values[1].pop("op"),
    "an op is text": lambda values: values[1].update(op="3"),
    "rows are none": lambda values: values[1].update(rows=7),
    "a step is unknown": lambda values: values[1]["do"]["changes"][0].update(step="leap"),
    "a kind is unknown": lambda values: values[2].update(do=None, leap=1) or values[2].pop("do"),
    "text of no answer": lambda values: values.append({"op": values[-1]["op"], "add": "nobody", "content": [0, "x"]}),
    "an answer ends that had ended": lambda values: values.append(
        {
            "op": values[-1]["op"] + 1, "end": values[1]["rows"][0]["node_id"], "status": "complete", "values": {},
            "parts": None, "size": [6, 0],
        }
    ),
    "undone that never was": lambda values: values.append({"op": values[-1]["op"] + 1, "redo": 1}),
    "a branch is unknown": lambda values: values.append({"op": values[-1]["op"] + 1, "show": ["nowhere", None]}),
    "a purge of nothing": lambda values: values.append({"op": values[-1]["op"] + 1, "purge": ["nobody"], "at": 1}),
    "no session": lambda values: values[0].pop("session"),
    "a base is text": lambda values: values[0].update(base="1"),
}  # fmt: skip


FITTING = {
    "an operation is missing": 0, "a message has no parent": 0, "a role is unknown": 0, "a content is no text": 0,
    "a column is unknown": 0, "no op": 0, "an op is text": 0, "rows are none": 0, "a step is unknown": 0,
    "no session": 0, "a base is text": 0, "a message is there already": 1, "a kind is unknown": 1,
}  # fmt: skip
"""How many of the records fit, where that is not all but the wrong one that was added."""


@pytest.mark.parametrize("wrong", WRONG)
def test_records_that_do_not_fit_are_never_replayed_and_never_deleted(wrong: str, path: Path) -> None:
    change(path, WRONG[wrong])
    journal = journal_of(path).read_bytes()
    fitting = FITTING.get(wrong, 2)
    expected = ["first", "second", "third"][: fitting + 1]
    reader = Session.open(path)
    assert contents(reader) == expected
    assert reader.report[-1].startswith(f"{path.name}.journal " if fitting else "")
    assert "was left out" in reader.report[-1]
    with Session.open(path, write=True) as session:
        assert contents(session) == expected
        assert [each.name for each in orphans(path)] == [session.report[-1].split()[-1].rstrip(".")]
        assert len(session.report) == 1 + bool(fitting)
        session.add_message("user", "on we go")
    assert orphans(path)[0].read_bytes() == journal
    assert contents(Session.open(path)) == [*expected, "on we go"]


@pytest.mark.parametrize("wrong", WRONG)
def test_what_fits_of_a_journal_survives_another_crash(wrong: str, path: Path) -> None:
    change(path, WRONG[wrong])
    session = Session.open(path, write=True)
    expected = [*contents(session), "on we go"]
    session.add_message("user", "on we go")
    session.abandon()
    again = Session.open(path, write=True)
    assert contents(again) == expected
    assert len(again.report) == 1, "and what did not fit is not said again"
    again.close()
    assert len(orphans(path)) == 1


def test_a_journal_of_a_later_version_is_not_touched(path: Path) -> None:
    change(path, lambda values: values[0].update(format=2))
    before = {each.name: each.read_bytes() for each in path.parent.iterdir()}
    for write in (False, True):
        with pytest.raises(NewerFile, match="has format 2"):
            Session.open(path, write=write)
    assert {each.name: each.read_bytes() for each in path.parent.iterdir()} == before


@pytest.mark.parametrize("make", [Path.mkdir, os.mkfifo])
def test_what_stands_under_the_name_of_a_journal_and_is_none(make: Callable[[Path], object], path: Path) -> None:
    journal_of(path).unlink()
    make(journal_of(path))
    reader = Session.open(path)
    assert contents(reader) == ["first"]
    assert reader.report == [
        f"The journal {path.name}.journal was left out: it cannot be read (it is not a regular file)."
    ]
    with pytest.raises(SaveFailed, match="is in the way"):
        Session.open(path, write=True)
    assert not path.with_name(f"{path.name}.lock").exists()


STREAMING = """
import asyncio, os, signal, sys
from lion_tui import Services, Session

async def main():
    steps = 0
    async def pace():
        nonlocal steps
        steps += 1
        if steps > 3:  # the fourth word never comes
            await session.flush()
            os.kill(os.getpid(), signal.SIGKILL)
    session = Session.open(sys.argv[1], write=True)
    await session.chat("count", service=Services.Scripted("one two three four", pace=pace))

asyncio.run(main())
"""


def test_an_answer_that_was_coming_keeps_its_text(path: Path) -> None:
    Session.open(path, write=True).close()
    process = subprocess.run([sys.executable, "-c", STREAMING, os.fspath(path)], check=False, capture_output=True)
    assert process.returncode == -9, process.stderr
    with Session.open(path, write=True) as session:
        answer = session.path()[-1]
        assert (answer.content, answer.status) == ("one two three", "interrupted")
        assert session.report[1] == "1 answer had not ended: it is kept as interrupted."
        session.add_message("user", "on we go")
    assert contents(Session.open(path))[-3:] == ["count", "one two three", "on we go"]
    assert Session.open(path).path()[-2].status == "interrupted"


def test_what_is_purged_is_in_neither_file(path: Path) -> None:
    session = Session.open(path, write=True)
    session.add_message("user", "a secret")
    session.delete(session.path()[-1])
    session.purge(session.state.tree.node_id[-1])
    texts = b"".join(each.read_bytes() for each in path.parent.iterdir())
    assert b"a secret" not in texts
    session.close()
    assert take_snapshot(Session.open(path).state).header == take_snapshot(session.state).header


@pytest.mark.parametrize("how", ["at once", "in the loop"])
def test_what_is_purged_is_in_no_orphan_either(how: str, path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LION_TUI_DATA", str(path.parent / "data"))
    session = Session.open(path, write=True)
    branch_id = session.current.branch_id or ""
    secret = session.add_message("user", 'a "secret"\nof mine')
    session.add_message("assistant", "a secret answer")
    session.state.set_draft(branch_id, f"{secret.content}\nand more")
    session.unqueue(session.enqueue(f"What of {secret.content}?"))
    session.abandon()
    other = journal_of(begun(path.with_name(f"other{path.suffix}"))).read_bytes().replace(b"second", b"secret")
    damaged = journal_of(path).read_bytes() + b"00000000 a secret of a damaged line\n" + b"torn secret"
    name = f"{journal_of(path).name}.orphan-20260101T000000"
    path.with_name(name).write_bytes(damaged)
    path.with_name(f"{name}-2").write_bytes(other)
    prompts_file().parent.mkdir()
    prompts_file().write_text(json.dumps(secret.content) + "\n" + json.dumps("another") + "\n")
    session = Session.open(path, write=True)
    session.delete(secret)
    assert session.state.undo
    if how == "at once":
        assert session.purge(secret) == 2
    else:
        assert asyncio.run(session.apurge(secret)) == 2
    assert path.with_name(f"{name}-2").read_bytes() == other, "that of another session is its own affair"
    path.with_name(f"{name}-2").unlink()
    texts = b"".join(
        each.read_bytes() for each in path.parent.rglob("*") if each.is_file() and "other" not in each.name
    )
    assert b"secret" not in texts
    assert b"third" in path.with_name(name).read_bytes(), "the rest of it is still there"
    assert b"another" in prompts_file().read_bytes()
    session.close()
    assert contents(Session.open(path)) == ["first", "second", "third"]


def test_orphans_go_where_their_session_goes(path: Path) -> None:
    name = f"{journal_of(path).name}.orphan-20260101T000000"
    path.with_name(name).write_bytes(b"kept")
    there = path.parent / "folder" / "there.toml"
    there.parent.mkdir()
    with Session.open(path, write=True) as session:
        asyncio.run(session.move(there))
    assert [each.name for each in sorted(there.parent.iterdir())] == [
        there.name,
        f"{there.name}.journal.orphan-20260101T000000",
    ]
    assert list(path.parent.iterdir()) == [there.parent]


def test_a_copy_over_a_file_sets_its_journal_aside(path: Path) -> None:
    """What another life of the same session did would else be replayed on the copy."""
    other = Session.open(path)
    journal = journal_of(path).read_bytes()
    Session.open(path, write=True).close()
    mine = Session.open(path)
    journal_of(path).write_bytes(journal)
    mine.undo()
    mine.rollback(2)
    mine.save(path)
    kept = orphans(path)[0]
    assert mine.report[-1] == (
        f"The journal {journal_of(path).name} belonged to what {path.name} held before; it is kept as {kept.name}."
    )
    assert kept.read_bytes() == journal
    assert contents(Session.open(path)) == contents(mine)
    assert contents(Session.open(path)) != contents(other)
    assert not journal_of(path).exists()


def test_a_copy_that_cannot_be_written_leaves_the_journal_where_it_was(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    session = Session.open(path)
    before = {each.name: each.read_bytes() for each in path.parent.iterdir()}

    def refuse(*_: object) -> None:
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(os, "replace", refuse)
    with pytest.raises(SaveFailed, match="Input/output error"):
        session.save(path)
    assert {each.name: each.read_bytes() for each in path.parent.iterdir()} == before
