"""Files and journals whose checksums are right and whose content is not: they open, or it is said what is wrong."""

from __future__ import annotations

import asyncio
import copy
import json
import tempfile
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hypothesis import assume, given
from hypothesis import strategies as st

from lion_tui import LionError, Services, Session
from lion_tui.core.ids import now_us
from lion_tui.core.snapshot import Snapshot
from lion_tui.core.state import QueuedPrompt
from lion_tui.services.scripted import Reply
from lion_tui.storage.file import read
from lion_tui.storage.journal import encode, journal_of
from lion_tui.storage.whole import write_whole

if TYPE_CHECKING:
    from collections.abc import Iterator

Way = tuple[str | int, ...]

HOSTILE: list[Any] = [
    None, True, False, 0, 1, -1, 1.5, 2**31, 2**62, 2**63 - 1, 2**63, -(2**63), 10**30, "", "x", "x\x1b]0;y", "\u0085",
    "nowhere", [], {}, [None], [[]], {"a": None}, {"a": {"a": []}}, "main", "user", "streaming", "complete",
    ["muted"], ["start"], [0, "more"],
]  # fmt: skip


async def _do_much(path: Path) -> None:
    """Leave a session in a file, with a journal of every kind of record beside it."""
    replies = ["yes", Reply(text="no", reasoning="because"), "three", "four", "five", "six", "seven", "eight"]
    service = Services.Scripted(replies)
    with Session.open(path, write=True, service=service) as session:
        await session.chat("a question", system="be brief")
        gone = session.add_message("user", "to be purged")
        session.delete(gone)
        session.purge(gone)
        session.fork(name="other")
        await _do_all(session)
    session = Session.open(path, write=True, service=service)
    await _do_all(session)
    state = session.state
    state.set_queue(state.refs[next(iter(state.refs))].branch_id, [QueuedPrompt("id", "a prompt", {"seed": 1})])
    deleted = session.add_message("user", "deleted")
    session.delete(deleted)
    await session.flush()
    session.abandon()
    with journal_of(path).open("ab") as journal:
        journal.write(encode([{"op": state.op + 1, "purge": [deleted.node_id], "at": now_us()}]))


async def _do_all(session: Session) -> None:
    """Do one of each thing that a record or the undo log tells of."""
    session.checkout("main")
    await session.chat("another question")
    await session.fan_out("which?", models=["one", "two"])
    answers = session.state.tree.node_id[-2:]
    session.vote(answers, answers[0])
    session.annotate(answers[0], "a note")
    session.mute(answers[0])
    session.bookmark(answers[1])
    session.current.configure(model="m", params={"temperature": 0.5})
    session.fork(name=f"third{len(session.branches)}")
    session.title = f"{session.title} more"
    session.checkout("other")
    session.state.set_draft(session.current.branch_id or "", f"a draft {session.title}")
    session.edit(session.path()[1], content="a better question", carry=True)
    session.delete(session.path()[-1])
    session.undo()
    session.undo()
    session.redo()
    session.rollback(1)
    session.add_message("user", "the last")
    session.undo()


@cache
def whole() -> tuple[Snapshot, list[dict[str, Any]]]:
    """Return a session as its file has it, and its journal's values."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "s.parquet"
        asyncio.run(_do_much(path))
        lines = journal_of(path).read_bytes().splitlines()
        journal_of(path).unlink()
        return read(path), [json.loads(line[9:]) for line in lines]


def places(value: Any, here: Way = ()) -> Iterator[Way]:
    """Yield the way to every value in a value."""
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, each in items:
        yield (*here, key)
        yield from places(each, (*here, key))


def at(value: Any, place: Way) -> Any:
    for key in place:
        value = value[key]
    return value


@st.composite
def spoiled(draw: st.DrawFn, value: Any) -> Any:
    """Return a JSON value with some of what it holds replaced, left out, doubled or swapped."""
    value = copy.deepcopy(value)
    for _ in range(draw(st.integers(1, 3))):
        found = list(places(value))
        place = draw(st.sampled_from(found))
        holder, key = at(value, place[:-1]), place[-1]
        match draw(st.sampled_from(["replace", "move", "leave out", "add", "number"])):
            case "replace":
                holder[key] = copy.deepcopy(draw(st.sampled_from(HOSTILE)))
            case "move":
                like = [each for each in found if type(at(value, each)) is type(holder[key])]
                holder[key] = copy.deepcopy(at(value, draw(st.sampled_from(like))))
            case "leave out":
                del holder[key]
            case "add" if isinstance(holder, list):
                holder.insert(int(key), copy.deepcopy(holder[int(key)]))
            case "add":
                holder[draw(st.sampled_from(["x", "note", "heads", "context", "archived"]))] = copy.deepcopy(
                    holder[key]
                )
            case _ if type(holder[key]) is int:
                holder[key] += draw(st.sampled_from([-1, 1]))
    return value


def use(path: Path) -> None:
    """Open a session and look at all of it, take back and do again what can be, write it and read it again."""
    try:
        session = Session.open(path)
    except LionError:
        return
    for look in (
        lambda: session.all_messages, lambda: session.nodes, lambda: session.votes, lambda: session.groups,
        lambda: session.branch_table, session.costs, lambda: session.usage, lambda: session.scoreboard,
        lambda: [branch.path() for branch in session.branches.values()],
        lambda: [session.estimate("x", branch) for branch in session.branches],
    ):  # fmt: skip
        with suppress(LionError):
            look()
    saved(session, path)
    for step in (session.undo, session.redo):
        with suppress(LionError):
            while step():
                pass
        saved(session, path)
    with suppress(LionError):
        session.add_message("user", "on we go")
    saved(session, path)


def saved(session: Session, path: Path) -> None:
    """Write a session elsewhere: what it holds can be read again."""
    copy_of = path.with_name("copy.parquet")
    session.save(copy_of)
    again = Session.open(copy_of)
    assert list(again.state.tree.node_id)[-len(session.state.tree) :] == list(session.state.tree.node_id)
    assert {ref.name for ref in again.state.refs.values()} == {ref.name for ref in session.state.refs.values()}


@given(data=st.data())
def test_a_journal_of_any_content_is_replayed_as_far_as_it_fits(data: st.DataObject) -> None:
    snapshot, values = whole()
    records = data.draw(spoiled(values))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "s.parquet"
        write_whole(path, snapshot, lambda _: None)
        journal_of(path).write_bytes(encode(records))
        use(path)


@given(data=st.data(), extension=st.sampled_from(["parquet", "toml"]))
def test_a_header_of_any_content_opens_or_is_refused(extension: str, data: st.DataObject) -> None:
    snapshot, _ = whole()
    header = dict(snapshot.header)
    logs = {name: [json.loads(gesture) for gesture in header[name]] for name in ("undo", "redo")}
    header = data.draw(spoiled({**header, **logs}))
    for name in ("undo", "redo"):
        if isinstance(header.get(name), list):
            header[name] = [json.dumps(gesture) for gesture in header[name]]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"s.{extension}"
        try:
            write_whole(path, Snapshot(header, snapshot.columns), lambda _: None)
        except (LionError, TypeError):
            assume(False)
        use(path)
