"""`lion-tui log` and `lion-tui branches`."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner

from lion_tui import Services, Session
from lion_tui.cli import program
from lion_tui.core.message import COLUMNS
from lion_tui.services import Reply

if TYPE_CHECKING:
    from pathlib import Path

    from click.testing import Result


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(program, [str(each) for each in arguments])


@pytest.fixture
async def path(tmp_path: Path) -> Path:
    """Return the file of a session with two branches and an answer that failed."""
    fault = ValueError("the script ends here")
    service = Services.Scripted(["A whale walks in.", "Dry.", Reply(fault=fault)], name="script", model="script-1")
    session = Session("Be funny.", service=service)
    await session.chat("A joke")
    session.fork("main", "trocken/鲸")
    await session.chat("Drier", branch="trocken/鲸", temperature=0.5)
    with pytest.raises(ValueError, match="ends here"):
        await session.chat("Again", branch="trocken/鲸")
    session.new_branch("empty")
    session.save(tmp_path / "joke.parquet")
    return tmp_path / "joke.parquet"


def local(session: Session, at: int) -> str:
    return f"{session.path()[at].timestamp.astimezone():%Y-%m-%d %H:%M}"


def test_log_prints_the_current_branch(path: Path) -> None:
    session = Session.open(path)
    done = run("log", path)
    assert (done.exit_code, done.stderr) == (0, "")
    assert done.stdout == (
        f"system · {local(session, 0)}\n\nBe funny.\n\n"
        f"user · {local(session, 1)}\n\nA joke\n\n"
        f"assistant · script-1 · {local(session, 2)}\n\nA whale walks in.\n"
    )


def test_log_prints_another_branch_and_what_failed_there(path: Path) -> None:
    done = run("log", path, "--branch", "trocken/鲸")
    assert done.exit_code == 0
    assert done.stdout.count("\n\n") == 13
    assert "Drier" in done.stdout
    assert done.stdout.endswith(" · error\n\n(ValueError: the script ends here)\n")


def test_log_of_a_branch_that_is_none_names_those_that_are(path: Path) -> None:
    done = run("log", path, "--branch", "mian")
    assert (done.exit_code, done.stdout) == (2, "")
    assert done.stderr == "lion-tui: There is no branch 'mian'. The branches are: main, trocken/鲸, empty.\n"


def test_log_of_an_empty_branch_is_empty(path: Path) -> None:
    done = run("log", path, "--branch", "empty")
    assert (done.exit_code, done.output) == (0, "")


def test_log_as_json_has_every_column_of_every_message(path: Path) -> None:
    done = run("log", path, "--json", "--branch", "trocken/鲸")
    assert (done.exit_code, done.stderr) == (0, "")
    rows = [json.loads(line) for line in done.stdout.splitlines()]
    messages = Session.open(path).branches["trocken/鲸"].path()
    assert [list(row) for row in rows] == [[column.name for column in COLUMNS]] * len(messages)
    for row, message in zip(rows, messages, strict=True):
        assert row["timestamp"] == message.timestamp.isoformat()
        assert row["source_ids"] == list(message.source_ids)
        others = row.keys() - {"timestamp", "source_ids"}
        assert {name: row[name] for name in others} == {name: getattr(message, name) for name in others}
    assert rows[4]["params"] == {"temperature": 0.5}


def test_branches_lists_them_with_the_current_one_marked(path: Path) -> None:
    session = Session.open(path)
    done = run("branches", path)
    assert (done.exit_code, done.stderr) == (0, "")
    heading, *lines = done.stdout.splitlines()
    assert heading.split() == ["NAME", "HEAD", "MESSAGES", "MODEL", "FORKED", "FROM", "LAST", "ACTIVITY"]
    heads = {name: branch.head.node_id[-4:] if branch.head else "" for name, branch in session.branches.items()}
    time = local(session, 2)
    assert [line.split() for line in lines] == [
        ["*", "main", f"·{heads['main']}", "3", "script-1", "–", *time.split()],
        ["trocken/鲸", f"·{heads['trocken/鲸']}", "7", "script-1", "main", *time.split()],
        ["empty", "–", "0", "–", "–", "–"],
    ]
    # A wide character takes two cells, so that the columns after it stand one character to the left.
    assert lines[1].index("·") == lines[0].index("·") - 1


def test_branches_as_json(path: Path) -> None:
    session = Session.open(path)
    done = run("branches", path, "--json")
    assert (done.exit_code, done.stderr) == (0, "")
    main, fork, empty = [json.loads(line) for line in done.stdout.splitlines()]
    assert main == {
        "branch": "main",
        "branch_id": session.branches["main"].branch_id,
        "current": True,
        "archived": False,
        "head": session.path()[-1].node_id,
        "messages": 3,
        "model": "script-1",
        "forked_from": None,
        "last_activity": session.path()[-1].timestamp.isoformat(),
    }
    assert (fork["forked_from"], fork["current"], fork["messages"]) == ("main", False, 7)
    assert (empty["head"], empty["last_activity"], empty["messages"]) == (None, None, 0)


def test_a_detached_view_has_no_current_branch_and_its_path_is_printed(path: Path) -> None:
    session = Session.open(path)
    session.undo()  # the empty branch
    session.delete_branch("trocken/鲸")
    session.checkout(session.all_messages["node_id"].iloc[-1])
    assert session.current.detached
    session.save(path.with_name("detached.toml"))
    assert "Again" in run("log", path.with_name("detached.toml")).stdout
    assert "*" not in run("branches", path.with_name("detached.toml")).stdout
