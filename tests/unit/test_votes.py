"""Votes: what they say, when they are locked, what comes of them, and that files keep them."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any

import pytest
from session_checks import dump

from lion_tui import Services, Session
from lion_tui.core.errors import DamagedFile, SaveFailed, ServerFault, UsageError
from lion_tui.core.header import take_snapshot
from lion_tui.core.snapshot import Snapshot
from lion_tui.storage import read, write

if TYPE_CHECKING:
    from pathlib import Path

    from lion_tui import Message
    from lion_tui.core.inference import Request


def line(request: Request) -> str | Exception:
    return ServerFault("It failed.") if request.model == "bad" else f"{request.model} says"


async def asked(*models: str) -> tuple[Session, list[Message]]:
    """Return a session in which models were asked something, and their answers."""
    session = Session("be brief", service=Services.Scripted(line))
    return session, await session.fan_out("which?", list(models or ("a", "b")))


async def test_a_vote_says_who_is_better_and_changes_no_message() -> None:
    session, (a, b) = await asked()
    before = take_snapshot(session.state).columns
    vote = session.vote(a.group_id or "", b, comment="shorter", order_shown=[b, a])
    assert take_snapshot(session.state).columns == before
    assert (vote.outcome, vote.winner, vote.candidates) == ("winner", b.node_id, (a.node_id, b.node_id))
    row = session.votes.iloc[0]
    assert row["ranks"] == [2, 1]
    assert row["order_shown"] == [b.node_id, a.node_id]
    assert (row["winner_model"], row["comment"], row["kind"], bool(row["blind"])) == ("b", "shorter", "human", False)
    assert session.groups["vote"].tolist() == ["loss", "win"]
    assert session.groups["rank"].tolist() == [2, 1]


async def test_an_open_vote_takes_the_place_of_the_one_before() -> None:
    session, (a, b) = await asked()
    session.vote([a, b], a)
    session.vote([b, a], tie=True)
    assert session.votes["outcome"].tolist() == ["tie"]
    session.undo()
    assert session.votes["winner"].tolist() == [a.node_id]
    session.vote([a, b], b, judge_model="judge", criteria="style")  # another one's judgement stands beside it
    assert session.votes["kind"].tolist() == ["human", "judge"]
    assert session.groups["vote"].tolist() == ["win", "loss"]


async def test_a_blind_vote_is_locked_until_it_is_undone() -> None:
    session, (a, b) = await asked()
    before = dump(session)
    session.vote([a, b], a, blind=True)
    for again in ({"blind": True, "tie": True}, {"winner": b}, {"both_bad": True}):
        with pytest.raises(UsageError, match=r"locked.*Undo"):
            session.vote(a.group_id or "", **again)  # type: ignore[arg-type]
    assert session.votes["blind"].tolist() == [True]
    undone = session.undo()
    assert undone
    assert undone.kind == "vote"
    assert dump(session) == before
    session.vote([a, b], both_bad=True, blind=True)
    assert session.votes["ranks"].tolist() == [[]]


async def test_answers_of_no_common_group_can_be_voted_on() -> None:
    session = Session(service=Services.Scripted(line))
    await session.chat("one", model="a")
    session.fork("main", "other")
    await session.chat("two", model="a")
    await session.chat("two", branch="other", model="b")
    heads: Any = [branch.head for branch in session.branches.values()]
    session.vote(heads, heads[1], blind=True)
    assert session.votes["group_id"].isna().all()
    with pytest.raises(UsageError, match="locked"):
        session.vote(list(reversed(heads)), tie=True)


async def test_other_answers_of_a_group_have_a_vote_of_their_own() -> None:
    session, (a, b, c, d) = await asked(*"abcd")
    session.vote([a, b], a, blind=True)
    session.vote([c, d], d)
    session.vote([a, c], c)
    assert session.votes["winner"].tolist() == [a.node_id, d.node_id, c.node_id]
    with pytest.raises(UsageError, match="locked"):
        session.vote([a, b], b)


async def test_answers_of_a_group_that_come_and_go_leave_one_vote_on_it() -> None:
    session, (a, b, c) = await asked(*"abc")
    session.delete(c)
    session.vote(a.group_id or "", a)
    session.restore(c)
    session.vote(a.group_id or "", c)
    assert session.votes["winner"].tolist() == [c.node_id]
    session.delete(b)
    session.vote(a.group_id or "", tie=True)
    assert session.votes["outcome"].tolist() == ["tie"]


async def test_what_failed_cannot_be_chosen() -> None:
    session, (a, bad, b) = await asked("a", "bad", "b")
    with pytest.raises(UsageError, match="not one of the answers"):
        session.vote(a.group_id or "", bad)
    session.vote(a.group_id or "", b)
    assert session.votes["candidates"].tolist() == [[a.node_id, b.node_id]]
    session, (a, bad) = await asked("a", "bad")
    with pytest.raises(UsageError, match="fewer than two"):
        session.vote(a.group_id or "", a)


async def test_votes_that_cannot_be_leave_nothing() -> None:
    session, (a, b) = await asked()
    prompt = session.message(a.parent_id or "")
    before = dump(session)
    for of, given in (
        ([a, b], {}),
        ([a, b], {"tie": True, "both_bad": True}),
        ([a, b], {"winner": a, "tie": True}),
        ([a], {"winner": a}),
        ([a, a], {"winner": a}),
        ([a, prompt], {"winner": a}),
        ("nowhere", {"tie": True}),
        (["nowhere", a], {"tie": True}),
    ):
        with pytest.raises(UsageError):
            session.vote(of, **given)  # type: ignore[arg-type]
    assert dump(session) == before
    session.delete(b)
    with pytest.raises(UsageError, match="fewer than two"):
        session.vote(a.group_id or "", tie=True)


async def test_an_answer_that_comes_cannot_be_voted_on() -> None:
    gate = asyncio.Event()
    session = Session(service=Services.Scripted("yes", pace=gate.wait))
    fan = await session.start_fan_out("hi", n=2)
    with pytest.raises(UsageError, match="still coming"):
        session.vote(fan.group_id, tie=True)
    gate.set()
    await fan.messages()
    session.vote(fan.group_id, tie=True)


async def test_the_scoreboard_counts_models_against_others() -> None:
    session, (a, b, c) = await asked("a", "b", "c")
    session.vote([a, b, c], a)
    first, second = await session.fan_out("more", ["a", "b"])
    session.vote([first, second], tie=True)
    samples = await session.fan_out("more", ["a"], n=2)
    session.vote(samples, samples[0])  # of one model: says nothing of models
    last = await session.fan_out("more", ["b", "c"])
    session.vote(last, both_bad=True)
    board = session.scoreboard.set_index("model")
    assert board.index.tolist() == ["a", "b", "c"]
    columns = ["votes", "wins", "ties", "losses", "both_bad"]
    assert board[columns].to_numpy().tolist() == [[2, 1, 1, 0, 0], [3, 0, 1, 1, 1], [2, 0, 0, 1, 1]]
    assert board["share"].tolist() == [0.75, 0.25, 0.0]


@pytest.mark.parametrize("extension", ["parquet", "toml"])
async def test_files_keep_votes_and_groups_and_their_undo(extension: str, tmp_path: Path) -> None:
    session, (a, b) = await asked()
    session.vote([a, b], b, blind=True, comment='a "quoted"\r\nline')
    session.save(file := tmp_path / f"s.{extension}")
    opened = Session.open(file)
    assert opened.report == []
    assert dump(opened) == dump(session)
    assert opened.votes.equals(session.votes)
    assert opened.groups.equals(session.groups)
    with pytest.raises(UsageError, match="locked"):
        opened.vote([a, b], tie=True)
    opened.undo()
    assert opened.votes.empty
    opened.undo()
    assert not opened.state.groups
    opened.redo()
    opened.redo()
    assert dump(opened)["votes"] == dump(session)["votes"]


@pytest.mark.parametrize("extension", ["parquet", "toml"])
async def test_the_journal_keeps_votes_that_no_fold_has_seen(extension: str, tmp_path: Path) -> None:
    file = tmp_path / f"s.{extension}"
    session = Session.open(file, write=True, service=Services.Scripted(line))
    a, b = await session.fan_out("which?", ["a", "b"])
    session.vote([a, b], a, blind=True)
    await session.flush()
    session.abandon()
    opened = Session.open(file)
    assert opened.votes["winner"].tolist() == [a.node_id]
    assert opened.groups["group_id"].tolist() == [a.group_id] * 2


@pytest.mark.parametrize(
    "votes",
    [
        [{"outcome": "tie"}],
        [{"vote_id": "v", "outcome": "loss", "candidates": ["x"], "created_at": 1}],
        [{"vote_id": "v", "outcome": "winner", "candidates": ["x"], "created_at": 1}],
        [{"vote_id": "v", "outcome": "tie", "candidates": ["x"], "created_at": 1, "strange": 1}],
        ["v"],
        7,
    ],
)
async def test_votes_that_are_none_are_a_damaged_file(votes: Any, tmp_path: Path) -> None:
    session, _ = await asked()
    session.save(file := tmp_path / "s.toml")
    snapshot = read(file)
    write(file, Snapshot({**snapshot.header, "votes": votes}, snapshot.columns))
    with pytest.raises(DamagedFile, match=r"s\.toml"):
        Session.open(file)


async def test_preferred_answers_are_written_in_pairs(tmp_path: Path) -> None:
    session, (a, b, bad) = await asked("a", "b", "bad")
    session.vote([a, b, bad], b)
    session.checkout("main.a")
    c, d = await session.fan_out("and?", branches=["main.a", "main.b"])
    session.vote([c, d], c)  # sent different messages: no pair
    tied = await session.fan_out("so?", ["a", "b"])
    session.vote(tied, tie=True)
    file = tmp_path / "pairs.jsonl"
    assert session.export_preferences(file) == 1
    pairs = [json.loads(each) for each in file.read_text(encoding="utf-8").splitlines()]
    assert pairs == [
        {
            "input": {
                "messages": [
                    {"role": "system", "content": "be brief"},
                    {"role": "user", "content": "which?"},
                ],
                "tools": [],
            },
            "preferred_output": [{"role": "assistant", "content": "b says"}],
            "non_preferred_output": [{"role": "assistant", "content": "a says"}],
        }
    ]
    with pytest.raises(SaveFailed, match="there already"):
        session.export_preferences(file)
    session.delete(a)
    assert session.export_preferences(file, overwrite=True) == 0
    assert file.read_text(encoding="utf-8") == ""


async def test_a_fused_answer_makes_no_pair_with_those_that_it_was_written_from(tmp_path: Path) -> None:
    session, (a, b) = await asked()
    fused = await session.merge([a, b], model="c")
    session.vote([a, b, fused], fused)
    assert session.export_preferences(tmp_path / "pairs.jsonl") == 0, "it was sent them too"


async def test_a_vote_on_what_was_purged_stays_and_exports_nothing(tmp_path: Path) -> None:
    session, (a, b) = await asked()
    session.vote([a, b], a)
    session.delete(a)
    session.purge(a)
    assert session.export_preferences(tmp_path / "pairs.jsonl") == 0
    assert session.scoreboard["wins"].tolist() == [1, 0]
    assert session.groups["node_id"].tolist() == [b.node_id]
