"""`lion-tui votes`."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner

from lion_tui import Services, Session
from lion_tui.cli import program

if TYPE_CHECKING:
    from pathlib import Path

    from click.testing import Result


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(program, [str(each) for each in arguments])


@pytest.fixture
async def path(tmp_path: Path) -> Path:
    """Return the file of a session with a vote."""
    session = Session(service=Services.Scripted(lambda request: f"I am {request.model}"))
    a, b = await session.fan_out("Who?", ["org/a", "b"])
    session.vote([a, b], b, blind=True, comment="kürzer")
    session.save(tmp_path / "s.parquet")
    return tmp_path / "s.parquet"


def test_how_models_fared(path: Path) -> None:
    done = run("votes", path)
    assert (done.exit_code, done.stderr) == (0, "")
    assert [line.split() for line in done.stdout.splitlines()] == [
        ["MODEL", "SERVICE", "VOTES", "WINS", "TIES", "LOSSES", "BOTH", "BAD", "SHARE"],
        ["b", "scripted", "1", "1", "0", "0", "0", "100%"],
        ["org/a", "scripted", "1", "0", "0", "1", "0", "0%"],
    ]


def test_votes_as_json(path: Path) -> None:
    done = run("votes", path, "--json")
    (vote,) = [json.loads(line) for line in done.stdout.splitlines()]
    assert (vote["outcome"], vote["blind"], vote["comment"], vote["kind"]) == ("winner", True, "kürzer", "human")
    assert vote["winner"] == vote["candidates"][1]


def test_pairs_go_into_a_new_file(path: Path, tmp_path: Path) -> None:
    pairs = tmp_path / "pairs.jsonl"
    done = run("votes", path, "--export", pairs)
    assert (done.exit_code, done.stdout, done.stderr) == (0, "", f"1 pair written to {pairs}.\n")
    (pair,) = map(json.loads, pairs.read_text(encoding="utf-8").splitlines())
    assert pair["preferred_output"][0]["content"] == "I am b"
    again = run("votes", path, "--export", pairs)
    assert again.exit_code == 3
    assert again.stderr == "lion-tui: pairs.jsonl is there already. Choose another name.\n"


def test_a_session_without_votes_has_an_empty_table(tmp_path: Path) -> None:
    Session().save(tmp_path / "s.toml")
    done = run("votes", tmp_path / "s.toml")
    assert done.stdout.splitlines() == ["MODEL  SERVICE  VOTES  WINS  TIES  LOSSES  BOTH BAD  SHARE"]


async def test_what_compares_no_models_is_said(tmp_path: Path) -> None:
    session = Session(service=Services.Scripted(lambda _: "Yes."))
    session.save(tmp_path / "none.parquet")
    assert "Nothing was voted on yet." in run("votes", tmp_path / "none.parquet").stderr
    answers = await session.fan_out("Who?", n=2)
    session.vote(answers, answers[0])
    session.save(tmp_path / "one.parquet")
    assert "So far answers of one model were voted on" in run("votes", tmp_path / "one.parquet").stderr
