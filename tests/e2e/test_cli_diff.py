"""`lion-tui diff`."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING
from unittest.mock import patch

import pytest
from cli_program import on_terminal
from click.testing import CliRunner

from lion_tui import Session
from lion_tui.cli import program

if TYPE_CHECKING:
    from pathlib import Path

    from click.testing import Result


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(program, ["diff", *(str(each) for each in arguments)])


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Return the file of a session with branches that part after two messages."""
    session = Session()
    session.add_message("user", "Be brief.")
    session.add_message("assistant", "Yes.")
    session.fork("main", "other")
    session.fork("main", "early")
    session.fork("main", "twin")
    session.new_branch("empty")
    session.new_branch("alone", system="You are alone.")
    session.add_message("user", "Why is the merge slow?", branch="main")
    session.add_message("assistant", "It sorts both frames first.\n\nSet the index.", branch="main")
    session.add_message("user", "And now?", branch="main")
    session.add_message("user", "Why is the merge so fast?", branch="other")
    session.add_message("assistant", "It hashes both frames first.\n\nSet the index.", branch="other")
    session.save(tmp_path / "s.parquet")
    return tmp_path / "s.parquet"


def test_by_words(path: Path) -> None:
    done = run(path, "main", "other")
    assert (done.exit_code, done.stderr) == (1, "")
    assert done.stdout == (
        "--- main (5 messages)\n+++ other (4 messages)\n@@ 2 messages in common @@\n\n"
        "@@ turn 1, user, 76 % the same @@\nWhy is the merge [-slow-]{+so fast+}?\n\n"
        "@@ turn 1, assistant, 87 % the same @@\nIt [-sorts-]{+hashes+} both frames first.\n\nSet the index.\n\n"
        "@@ turn 2, user, only in main @@\n[-And now?-]\n"
    )


def test_a_sentence_that_was_moved_is_marked_and_nothing_else(tmp_path: Path) -> None:
    rest, thanks = "Answer in at most three sentences.\nBe polite, and do not guess.", "Thank the customer at the end."
    session = Session()
    session.add_message("user", "Say how.")
    session.fork("main", "other")
    session.add_message("assistant", f"{rest}\n\n{thanks}", branch="main")
    session.add_message("assistant", f"{thanks}\n\n{rest}", branch="other")
    session.save(tmp_path / "m.parquet")
    done = run(tmp_path / "m.parquet", "main", "other")
    assert done.stdout.split(" @@\n", 2)[2] == f"{{>{thanks}>}}\n\n{rest}\n\n[<{thanks}<]\n"


def test_by_lines(path: Path) -> None:
    done = run(path, "main", "other", "--line")
    assert done.exit_code == 1
    assert "\n-It sorts both frames first.\n+It hashes both frames first.\n \n Set the index.\n" in done.stdout


def test_as_json(path: Path) -> None:
    done = run(path, "main", "other", "--json")
    assert done.exit_code == 1
    first, _, last = map(json.loads, done.stdout.splitlines())
    assert first["role"] == "user"
    assert first["operations"][:3] == [
        {"kind": "equal", "text": "Why is the merge "},
        {"kind": "removed", "text": "slow"},
        {"kind": "added", "text": "so fast"},
    ]
    assert (last["turn"], last["b"], last["ratio"]) == (2, None, 0)
    session = Session.open(path)
    assert last["a"] == session.branches["main"].head.node_id  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("names", "code", "said"),
    [
        (("main", "main"), 2, "A branch cannot be compared with itself. Name another one."),
        (("main", "nowhere"), 2, "There is no branch 'nowhere'."),
        (("early", "twin"), 0, "early and twin end at the same message."),
        (("early", "main"), 1, "main goes on where early ends."),
        (("main", "early"), 1, "main goes on where early ends."),
        (("main", "alone"), 1, "main and alone have no message in common; all of both is compared."),
        (("empty", "main"), 1, "empty is empty."),
    ],
)
def test_what_is_said_of_where_they_part(path: Path, names: tuple[str, str], code: int, said: str) -> None:
    done = run(path, *names)
    assert done.exit_code == code
    assert said in done.stderr


def test_branches_that_say_the_same_do_not_differ(path: Path) -> None:
    session = Session.open(path)
    session.fork("early", "again")
    for name in ("early", "again"):
        session.add_message("user", "The same?", branch=name)
    session.save(path.with_name("same.toml"))
    done = run(path.with_name("same.toml"), "early", "again")
    assert done.exit_code == 0
    assert "100 % the same @@\nThe same?\n" in done.stdout


def test_colours_are_for_terminals_that_want_them(path: Path) -> None:
    code, shown = on_terminal("diff", path, "main", "other")
    assert code == 1
    assert "\x1b[31m[-sorts-]\x1b[0m\x1b[32m{+hashes+}\x1b[0m" in shown
    with patch.dict(os.environ, NO_COLOR="1"):
        _, shown = on_terminal("diff", path, "main", "other")
    assert "\x1b" not in shown
    assert "It [-sorts-]{+hashes+} both" in shown


def test_what_would_steer_the_terminal_is_left_out(path: Path) -> None:
    session = Session.open(path)
    session.add_message("user", "\x1b]0;title\x07evil", branch="other")
    session.save(path.with_name("evil.parquet"))
    _, shown = on_terminal("diff", path.with_name("evil.parquet"), "main", "other")
    assert "\x1b]0" not in shown
    assert "evil" in shown
