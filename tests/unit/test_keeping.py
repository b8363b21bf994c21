"""The session and its file: what is kept, when, and what happens when it cannot be."""

# ruff: noqa: ASYNC240 - small files of a test, with nobody else in the loop

from __future__ import annotations

import asyncio
import threading
from typing import TYPE_CHECKING, Any

import pytest
from session_checks import check_invariants, dump, until

from lion_tui import Services, Session
from lion_tui.core import state as core_state
from lion_tui.core.errors import DamagedFile, FileLocked, SaveFailed, ServiceError, UsageError
from lion_tui.core.events import Saved
from lion_tui.core.header import freeze, restore_snapshot, take_snapshot
from lion_tui.core.records import Growth
from lion_tui.core.snapshot import Snapshot
from lion_tui.services.scripted import Reply
from lion_tui.session import recording
from lion_tui.storage import SessionFile
from lion_tui.storage.journal import journal_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

EXTENSIONS = ["parquet", "toml"]


@pytest.fixture(params=EXTENSIONS)
def path(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    return tmp_path / f"s.{request.param}"


@pytest.fixture(autouse=True)
def _in_a_folder_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Prove that nothing is ever written to the working folder."""
    here = tmp_path / "cwd"
    here.mkdir()
    monkeypatch.chdir(here)
    yield
    assert list(here.iterdir()) == []


def contents(path: Any) -> list[str]:
    return [message.content for message in path.path()]


async def talked() -> Session:
    service = Services.Scripted(["It bites.", Reply(text="Ha", reasoning="hm"), ServiceError("Away."), "b"])
    session = Session("be funny", service=service, llmconfig={"temperature": 0.5}, title="Whale\r\nand shark")
    await session.chat("A joke?", context={"n": 1})
    await session.chat("Another?\r\n")
    session.fork(session.path()[1], "try", note="n", colour="red", params={"stop": ["x"]})
    with pytest.raises(ServiceError):
        await session.chat("third", branch="try")
    session.delete(session.path()[-1])
    session.archive(session.path()[1])
    session.enqueue("later", "try", seed=0)
    session.undo()
    session.checkout("try")
    return session


async def test_everything_survives_the_file_and_saving_takes_nothing_away(path: Path) -> None:
    session = await talked()
    before = take_snapshot(session.state)
    session.save(path)
    assert take_snapshot(session.state) == before
    opened = Session.open(path)
    assert opened.report == []
    assert take_snapshot(opened.state).header == before.header
    assert dump(opened) == dump(session)
    assert opened.current.name == "try"
    assert list(opened.branches) == ["main", "try"]
    assert [opened.message(node_id) for node_id in opened.state.tree.node_id] == [
        session.message(node_id) for node_id in session.state.tree.node_id
    ]
    assert opened.queue("try") == session.queue("try")
    assert opened.messages.equals(session.messages)
    check_invariants(opened)


async def test_what_is_done_after_a_moment_was_taken_hold_of_is_not_in_its_snapshot() -> None:
    session = await talked()
    coming = Services.Scripted("one two", pace=lambda: wait(steps))
    steps = asyncio.Semaphore(1)
    answer = asyncio.create_task(session.chat("And now?", service=coming))
    await until(lambda: contents(session)[-1] == "one")
    before, frozen, again = take_snapshot(session.state), freeze(session.state), freeze(session.state)
    steps.release()
    await answer
    session.fork("main", "another", colour="blue")
    await session.chat("later", service=Services.Scripted("x"))
    session.title = "Another"
    for message in session.path()[1:]:
        session.archive(message)
    session.undo()
    session.delete(session.path()[1])
    session.purge(session.state.tree.node_id[1])
    session.enqueue("and later", "try")
    session.state.set_draft(session.current.branch_id or "", "a draft")
    session.new_branch("new", "be brief")
    assert await asyncio.to_thread(frozen) == before
    session.configure(params={"temperature": 0.1})
    assert again() == before
    assert take_snapshot(session.state) != before


async def test_what_the_undo_log_has_no_room_for_is_gone_alike_in_memory_and_in_the_file(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(core_state, "UNDO_SIZE", 3000)
    session = Session.open(path, write=True)
    for at in range(20):
        session.add_message("user", f"{at}")
    await session.flush()
    kept = len(session.state.undo)
    assert 1 < kept < 20
    session.close()
    session = Session.open(path, write=True)
    session.fork(name="try")
    await session.flush()
    undone = 0
    while session.undo():
        undone += 1
    session.redo()
    await session.flush()
    session.abandon()
    again = Session.open(path)
    assert contents(again) == contents(session)
    assert len(again.state.undo) == 1
    assert len(again.state.redo) == undone - 1
    assert not any("journal" in sentence for sentence in again.report)


def test_a_gesture_that_is_larger_than_the_undo_log_can_be_undone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(core_state, "UNDO_SIZE", 10)
    session = Session()
    session.title = "A walk by the sea"
    session.title = "Another"
    session.undo()
    assert session.title == "A walk by the sea"
    assert session.undo() is None


async def test_from_one_format_to_the_other_and_back_nothing_changes(tmp_path: Path) -> None:
    session = await talked()
    session.save(tmp_path / "1.parquet")
    Session.open(tmp_path / "1.parquet").save(tmp_path / "2.toml")
    Session.open(tmp_path / "2.toml").save(tmp_path / "3.parquet")
    assert (tmp_path / "1.parquet").read_bytes() == (tmp_path / "3.parquet").read_bytes()


async def test_a_copy_does_not_attach(path: Path) -> None:
    session = Session(service=Services.Scripted("x"))
    session.add_message("user", "a")
    session.save(path)
    session.add_message("user", "b")
    assert session.file is None
    assert not session.saved
    await session.flush()
    assert contents(Session.open(path)) == ["a"]


async def test_an_opened_session_goes_on_where_it_was(path: Path) -> None:
    (await talked()).save(path)
    service = Services.Scripted("on we go")
    opened = Session.open(path, service=service)
    assert await opened.chat("and now?", branch="main") == "on we go"
    seqs = opened.nodes["seq"].tolist()
    assert seqs == sorted(set(seqs))
    times = opened.nodes["timestamp"].tolist()
    assert times == sorted(times)
    assert service.requests[0].params == {"temperature": 0.5}


async def test_a_turn_is_durable_when_it_ends(path: Path) -> None:
    with Session.open(path, write=True, service=(service := Services.Scripted("yes"))) as session:
        assert session.file == path
        assert not path.exists()
        events: list[Any] = []
        session.subscribe(events.append)
        await session.chat("q", service=service)
        assert contents(Session.open(path)) == ["q", "yes"]
        assert session.saved
        assert events[-1] == Saved(session.state.op)
        async for _ in session.stream("q2", service=service):
            break
        saved = session.saved
        assert len(contents(Session.open(path))) == 4 or not saved
        session.add_message("user", "by hand")
        await session.flush()
        assert session.saved
        assert contents(Session.open(path))[-1] == "by hand"
        session.add_message("user", "by hand")
    assert contents(Session.open(path))[-1] == "by hand"
    assert [each.name for each in path.parent.iterdir() if "cwd" not in each.name and "lock" not in each.name] == [
        path.name
    ]


async def test_an_empty_session_leaves_no_file(path: Path) -> None:
    with Session.open(path, write=True) as session:
        session.change_first_system_message("sys")
        session.new_branch("x")
        await session.flush()
    assert not path.exists()


async def test_a_file_that_was_made_for_a_draft_goes_with_it(path: Path) -> None:
    with Session.open(path, write=True) as session:
        branch_id = session.state.current.branch_id
        assert branch_id is not None
        for text in ("half a", "half a thought"):
            session.state.set_draft(branch_id, text)
            await session.flush()
            assert list(Session.open(path).state.drafts.values()) == [text]
        session.state.set_draft(branch_id, "")
        await session.flush()
        assert not path.exists()
        assert not journal_of(path).exists()
        session.state.set_draft(branch_id, "another")
        await session.flush()
        assert list(Session.open(path).state.drafts.values()) == ["another"]
    with Session.open(path, write=True) as session:
        session.state.set_draft(branch_id, "")
    assert not path.exists()
    with Session.open(path, write=True) as session:  # emptied while the file is being written
        session.state.set_draft(branch_id, "a third")
        session.state.set_draft(branch_id, "")
    assert [each.name for each in path.parent.iterdir()] == ["cwd"]


@pytest.mark.parametrize("made", ["saved", "said", "undone"])
async def test_a_file_that_has_more_than_a_draft_stays_without_it(path: Path, made: str) -> None:
    if made == "saved":
        Session(title="Mine").save(path)
    with Session.open(path, write=True) as session:
        branch_id = session.state.current.branch_id
        assert branch_id is not None
        session.state.set_draft(branch_id, "half a thought")
        await session.flush()
        if made != "saved":
            session.add_message("user", "said")
        if made == "undone":
            session.undo()
        session.state.set_draft(branch_id, "")
        await session.flush()
        assert path.exists()
    with Session.open(path, write=True) as session:
        assert session.title == ("Mine" if made == "saved" else "")
        assert contents(session) == (["said"] if made == "said" else [])
    assert path.exists()


async def test_a_second_writer_is_refused_and_a_reader_is_not(path: Path) -> None:
    with Session.open(path, write=True) as session:
        session.add_message("user", "a")
        await session.flush()
        with pytest.raises(FileLocked):
            Session.open(path, write=True)
        assert contents(Session.open(path)) == ["a"]
    with Session.open(path, write=True) as session:
        assert contents(session) == ["a"]


async def test_a_save_that_fails_is_raised_by_the_chat_and_loses_nothing(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    service = Services.Scripted("x")
    with Session.open(path, write=True) as session:
        await session.chat("q1", service=service)
        full = OSError(28, "No space left on device")

        def fail(*_: object) -> None:
            raise full

        with monkeypatch.context() as patch:
            patch.setattr("os.fsync", fail)
            with pytest.raises(SaveFailed, match="No space left"):
                await session.chat("q2", service=service)
        assert contents(session) == ["q1", "x", "q2", "x"]
        assert session.path()[-1].status == "complete"
        assert not session.saved
        assert contents(Session.open(path)) == ["q1", "x"], "the file is as it was"
        await session.chat("q3", service=service)
        assert session.saved
    assert contents(Session.open(path)) == ["q1", "x", "q2", "x", "q3", "x"]


async def test_close_stops_what_comes_and_keeps_its_text(path: Path) -> None:
    steps = asyncio.Semaphore(1)
    service = Services.Scripted("one two", pace=lambda: wait(steps))
    session = Session.open(path, write=True, service=service)
    chat = asyncio.create_task(session.chat("q", service=service))
    await until(lambda: session.streaming and session.path()[-1].content == "one")
    session.close()
    assert await chat == "one"
    session.close()
    assert (Session.open(path).path()[-1].status, contents(Session.open(path))) == ("stopped", ["q", "one"])


async def wait(steps: asyncio.Semaphore) -> None:
    await steps.acquire()


async def test_close_waits_for_a_fold_in_a_thread_and_has_the_last_word(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    session = Session.open(path, write=True)
    began, go_on, saving, most = threading.Event(), threading.Event(), 0, 0
    real = SessionFile.save

    def slow(store: SessionFile, snapshot: Snapshot) -> None:
        nonlocal saving, most
        saving += 1
        most = max(most, saving)
        began.set()
        go_on.wait()
        real(store, snapshot)
        saving -= 1

    monkeypatch.setattr(SessionFile, "save", slow)
    session.add_message("user", "a")
    await asyncio.to_thread(began.wait)
    session.add_message("user", "b")
    threading.Timer(0.1, go_on.set).start()
    session.close()
    assert most == 1, "two folds at once"
    assert contents(Session.open(path)) == ["a", "b"]
    assert not journal_of(path).exists()


async def test_aclose_saves_and_closes_the_services(path: Path) -> None:
    closed = []

    class Closing(type(Services.Scripted("x"))):  # type: ignore[misc]
        async def aclose(self) -> None:
            closed.append(self.name)

    session = Session.open(path, write=True)
    session.fallback = Closing("x", name="chosen")
    given = Closing("y", name="given")
    await session.chat("q")
    session.add_message("user", "b")
    await session.chat("r", service=given)
    session.rollback(2)
    await session.aclose()
    assert closed == ["chosen"], "what others made, others may still use"
    assert contents(Session.open(path)) == ["q", "x", "b"]


@pytest.mark.parametrize("what", ["operation", "text", "said to nobody"])
async def test_what_could_not_be_recorded_is_in_the_file(
    what: str, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An error on the way to the journal is one of the program; whatever it is, what follows is not lost."""
    session = Session.open(path, write=True)
    session.add_message("user", "first")
    await session.flush()
    steps = asyncio.Semaphore(1)
    service = Services.Scripted("one two three", pace=lambda: wait(steps))
    answer = asyncio.create_task(session.chat("q", service=service))
    await until(lambda: contents(session)[-1] == "one")
    await session.flush()

    def fail(*_: object) -> None:
        raise MemoryError

    with monkeypatch.context() as patch:
        if what == "operation":
            patch.setattr(recording, "record_of", fail)
            session.title = "A walk"
        elif what == "text":
            patch.setattr(Growth, "add", fail)
            steps.release()
            await until(lambda: contents(session)[-1] == "one two")
        else:
            patch.setattr(session.state, "emit", fail)
            with pytest.raises(MemoryError):
                session.title = "A walk"
    session.fork("main", "try")
    await session.flush()
    assert session.saved or session.streaming
    for _ in range(3):
        steps.release()
    await answer
    session.fork("main", "another")
    await session.flush()
    session.abandon()
    again = Session.open(path)
    assert contents(again) == ["first", "q", "one two three"]
    assert list(again.branches) == ["main", "try", "another"]
    assert again.title == session.title
    assert not any("journal" in sentence for sentence in again.report)


# What a file may hold that no session writes


def test_an_answer_that_was_coming_is_interrupted_and_keeps_its_text() -> None:
    session = Session()
    session.add_message("user", "q")
    session.add_message("assistant", "half an ans")
    session.state.tree.status[1] = "streaming"
    state, report = restore_snapshot(take_snapshot(session.state))
    assert report == ["1 answer had not ended: it is kept as interrupted."]
    message = state.tree.message(1)
    assert (message.status, message.content) == ("interrupted", "half an ans")
    assert message.error


def test_heads_and_views_that_point_nowhere_are_put_right_and_reported() -> None:
    session = Session()
    for text in ("a", "b", "c"):
        session.add_message("user", text)
    first, second, third = session.path()
    session.fork(first, "gone")
    session.delete(second)
    snapshot = take_snapshot(session.state)
    header = {
        **snapshot.header,
        "branches": [
            {**snapshot.header["branches"][0], "head": third.node_id},
            {**snapshot.header["branches"][1], "head": "nowhere"},
        ],
        "current": {"branch": None, "node": third.node_id},
    }
    state, report = restore_snapshot(Snapshot(header, snapshot.columns))
    assert len(report) == 1
    restored = Session(state=state)
    assert restored.branches["main"].head == restored.message(first.node_id)
    assert restored.branches["gone"].head is None
    check_invariants(restored)
    for current in ({"branch": "no such", "node": None}, {"branch": None, "node": "nowhere"}):
        state, report = restore_snapshot(Snapshot({**snapshot.header, "current": current}, snapshot.columns))
        assert len(report) == 1
        check_invariants(Session(state=state))


def test_unknown_keys_of_the_header_are_kept(path: Path) -> None:
    session = Session()
    session.add_message("user", "a")
    later = {"from_the_future": {"x": [1]}, "view": {"pinned": ["a"]}}
    session.state.extra = later
    session.save(path)
    opened = Session.open(path)
    assert opened.state.extra == later
    header = take_snapshot(opened.state).header
    assert header["from_the_future"] == {"x": [1]}
    assert header["view"]["pinned"] == ["a"]
    assert header["view"]["recent"] == session.state.recent


def test_a_header_without_a_session_is_a_damaged_file(path: Path) -> None:
    from lion_tui.storage import write

    session = Session()
    session.add_message("user", "a")
    header = dict(take_snapshot(session.state).header)
    del header["branches"]
    write(path, Snapshot(header, take_snapshot(session.state).columns))
    with pytest.raises(DamagedFile, match=r"no whole session.*branches"):
        Session.open(path)


# Secrets


async def test_no_key_is_in_the_file_or_in_what_is_said(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    secret = "sk-made-up-0123456789"
    monkeypatch.setenv("OPENAI_API_KEY", secret)
    service = Services.OpenAI(api_key=secret, base_url="http://127.0.0.1:9/v1", model="m", headers={"X-Secret": secret})
    session = Session("sys", service=service)
    with pytest.raises(ServiceError) as caught:
        await session.chat("q")
    await service.aclose()
    session.save(path)
    said = [str(caught.value), repr(caught.value), repr(session), repr(service), repr(session.path())]
    said.append(repr(take_snapshot(session.state)))
    assert secret not in "".join(said)
    assert secret.encode() not in path.read_bytes()
    assert "127.0.0.1:9" not in repr(take_snapshot(session.state).header)


def test_a_copy_does_not_replace_another_session(path: Path) -> None:
    first, second = Session("one"), Session("two")
    first.save(path)
    first.add_message("user", "more")
    first.save(path)
    with pytest.raises(SaveFailed, match="Name another file, or remove it"):
        second.save(path)
    assert contents(Session.open(path)) == ["one", "more"]
    second.save(path, overwrite=True)
    assert contents(Session.open(path)) == ["two"]


def test_a_copy_does_not_replace_what_is_no_session(path: Path) -> None:
    path.write_text("a diary")
    with pytest.raises(SaveFailed):
        Session("one").save(path)
    assert path.read_text() == "a diary"


async def test_a_session_goes_on_where_it_was_moved(path: Path) -> None:
    there = path.with_name("there.toml")
    saved: list[int] = []
    with Session.open(path, write=True, service=Services.Scripted("It bites.")) as session:
        session.subscribe(lambda event: saved.append(event.op) if isinstance(event, Saved) else None)
        await session.chat("A joke?")
        session.branches["main"].rename("whale")
        await session.move(there)
        assert session.file == there
        assert session.saved
        assert saved[-1] == session.state.op
        assert not path.exists()
        session.undo()
        assert not session.saved
        await session.chat("Another?")
    assert contents(Session.open(there)) == ["A joke?", "It bites.", "Another?", "It bites."]
    assert list(path.parent.glob("*.*")) == [there]


async def test_an_empty_session_moves_and_leaves_no_file(path: Path) -> None:
    there = path.with_name("there.toml")
    with Session.open(path, write=True) as session:
        await session.move(there)
        assert session.file == there
    assert list(path.parent.glob("*.*")) == []


async def test_a_session_in_memory_cannot_be_moved(path: Path) -> None:
    with pytest.raises(UsageError, match="kept in no file"):
        await Session("be brief").move(path)
    assert not path.exists()
