"""`lion-tui export`."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from cli_program import on_terminal
from click.testing import CliRunner

from lion_tui import Session
from lion_tui.cli import program

if TYPE_CHECKING:
    from pathlib import Path

    from click.testing import Result


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(program, [str(each) for each in arguments])


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Return the file of a session with two branches, and an archived message on a third."""
    session = Session(title="A talk")
    session.add_message("user", "Why?")
    session.add_message("assistant", "Because.", sender="m")
    session.fork(session.path()[0], "drier")
    session.add_message("assistant", "It is so.", sender="m", branch="drier")
    session.fork(session.path()[0], "old")
    session.archive(session.add_message("assistant", "Once upon a time", branch="old"))
    session.save(tmp_path / "s.parquet")
    return tmp_path / "s.parquet"


def test_without_a_target_the_branch_is_printed(path: Path) -> None:
    done = run("export", path)
    assert (done.exit_code, done.stderr) == (0, "")
    assert done.stdout.startswith("# A talk\n\n## 1 · You · ")
    assert done.stdout.endswith("UTC\n\n> Because.\n")
    assert "> It is so." in run("export", path, "--branch", "drier").stdout


@pytest.mark.parametrize(
    ("name", "begins", "messages"),
    [
        ("a.md", "# A talk", 2),
        ("a.html", "<!DOCTYPE html>", 2),
        ("a.txt", "A talk\n─", 3),
        ("a.mmd", "---\n", 3),
        ("a.jsonl", "{", 2),
    ],
)
def test_the_name_of_the_target_says_the_form(
    path: Path, tmp_path: Path, name: str, begins: str, messages: int
) -> None:
    target = tmp_path / name
    done = run("export", path, target)
    assert (done.exit_code, done.stdout) == (0, "")
    left_out = " 1 archived left out; --archived adds them." if messages == 3 else ""
    branches = "1 branch" if messages == 2 else "2 branches"
    assert done.stderr == f"{target} is written: {messages} messages, {branches}.{left_out}\n"
    assert target.read_text(encoding="utf-8").startswith(begins)
    assert target.stat().st_mode & 0o777 == 0o600


def test_all_branches_with_what_is_archived(path: Path, tmp_path: Path) -> None:
    done = run("export", path, tmp_path / "a.md", "--all", "--archived")
    assert done.stderr.endswith("is written: 4 messages, 3 branches.\n")
    assert "Once upon a time" in (tmp_path / "a.md").read_text(encoding="utf-8")
    lines = run("export", path, "--all", "--as", "sharegpt").stdout.splitlines()
    assert [json.loads(line)["conversations"][-1]["value"] for line in lines] == ["Because.", "It is so."]


@pytest.mark.parametrize("first", [True, False])
def test_branches_side_by_side(path: Path, tmp_path: Path, first: bool) -> None:
    names, target = ["main", "drier"], [tmp_path / "a.html"]
    done = run("export", path, *(target if first else []), "--compare", *names, *([] if first else target))
    assert done.stderr == f"{target[0]} is written: 3 messages, 2 branches.\n"
    assert 'class="columns c2' in target[0].read_text(encoding="utf-8")
    assert "## Turn 1, drier" in run("export", path, "--compare", *names).stdout


def test_a_target_that_is_there_is_replaced_only_by_force(path: Path, tmp_path: Path) -> None:
    target = tmp_path / "a.md"
    target.write_text("mine", encoding="utf-8")
    done = run("export", path, target)
    assert done.exit_code == 3
    assert done.stderr == f"lion-tui: {target} is there already. Name a new file, or add --force to replace it.\n"
    assert target.read_text(encoding="utf-8") == "mine"
    assert run("export", path, target, "--force").exit_code == 0
    assert target.read_text(encoding="utf-8") != "mine"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["a.doc"], "The name a.doc says no form."),
        (["a"], "The name a says no form."),
        (["a.md", "b.md"], "'b.md' is one argument too many."),
        (["--all", "--branch", "main"], "Only one of --branch, --all and --compare can be meant."),
        (["--compare", "main"], "--compare needs two branches at least."),
        (["--compare", "main", "nowhere"], "There is no branch 'nowhere'."),
        (["--compare", "main", "v9.9"], "There is no branch 'v9.9'."),
        (["--compare", "main", "main"], "A branch cannot stand beside itself."),
        (["--branch", "nowhere"], "There is no branch 'nowhere'."),
        (["--archived"], "archived or not."),
        (["--as", "outline", "--reasoning"], "outline has no place for reasoning."),
    ],
)
def test_what_cannot_be_meant_writes_nothing(path: Path, arguments: list[str], said: str) -> None:
    done = run("export", path, *arguments)
    assert done.exit_code == 2
    assert said in done.stderr
    assert [each.name for each in path.parent.iterdir()] == ["s.parquet"]


def test_the_session_itself_is_never_the_target(path: Path) -> None:
    before = path.read_bytes()
    done = run("export", path, path, "--as", "md", "--force")
    assert done.exit_code == 2
    assert path.read_bytes() == before


def test_nothing_steers_the_terminal_that_it_is_printed_on(tmp_path: Path) -> None:
    session = Session(title="\x1b]0;title\x07")
    session.add_message("user", "a \x1b[31mred\x1b[0m \x1b]52;c;YQ==\x07 word")
    session.save(tmp_path / "s.toml")
    for form in ("md", "html", "outline", "mermaid"):
        code, shown = on_terminal("export", tmp_path / "s.toml", "--as", form)
        assert code == 0
        assert "\x1b" not in shown
        assert "\x07" not in shown


def test_help_names_forms_examples_and_exit_codes() -> None:
    text = run("export", "--help").stdout
    for word in ("  sharegpt  the same", "Examples:", "--compare main drier", "Exit codes", "never leaves"):
        assert word in text
