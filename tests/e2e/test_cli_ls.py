"""`lion-tui ls`, as people and scripts have it."""

from __future__ import annotations

import json
import os
import time
from typing import TYPE_CHECKING

import pytest
from cli_program import DONE, chunk, lion_tui, on_terminal, serving

from lion_tui import Session
from lion_tui.config.left_last import left_last, note_left
from lion_tui.config.paths import data_dir, sessions_dir

if TYPE_CHECKING:
    from pathlib import Path


def written(file: Path, prompt: str, *, title: str = "", messages: int = 1, branches: int = 1) -> Path:
    """Write a session."""
    file.parent.mkdir(parents=True, exist_ok=True)
    session = Session(title=title)
    for at in range(messages):
        session.add_message("user", prompt if not at else f"more {at}")
    for at in range(1, branches):
        session.fork(name=f"b{at}")
    session.save(file)
    return file


@pytest.fixture
def sessions(tmp_path: Path) -> list[Path]:
    """Return four files, the one used last first; one is damaged, and one lies elsewhere."""
    elsewhere = tmp_path / "elsewhere" / "notes.toml"
    elsewhere.parent.mkdir()
    files = [
        written(sessions_dir() / "20260101-000000-aaaa.parquet", "Why is the *merge* slow?", messages=3),
        written(elsewhere, "polars and the merge", title="Häuser \x1b[31m日本", branches=4),
        sessions_dir() / "20250101-000000-cccc.parquet",
    ]
    note_left(elsewhere)
    whole = files[0].read_bytes()
    files[2].write_bytes(whole[: len(whole) // 2])
    past = time.time() - 90 * 86_400
    os.utime(files[2], (past, past))
    return [files[1], files[0], files[2]]


def test_in_a_pipe_a_line_has_tabs_and_no_heading(sessions: list[Path]) -> None:
    done = lion_tui("ls")
    assert (done.returncode, done.stderr) == (0, "")
    rows = [line.split("\t") for line in done.stdout.splitlines()]
    assert [row[0] for row in rows] == [str(file) for file in sessions]
    assert {len(row) for row in rows} == {9}
    assert rows[1][2:8] == ["Why is the merge slow?", "3", "1", "", "", str(sessions[1].stat().st_size)]
    assert rows[0][2:5] == ["Häuser \x1b[31m日本", "1", "4"]
    assert "is damaged" in rows[2][8]
    assert lion_tui("ls").stdout == done.stdout, "from the cache"
    assert (data_dir() / "sessions.json").stat().st_mode & 0o777 == 0o600


def test_words_and_order(sessions: list[Path]) -> None:
    def names(*arguments: str) -> list[str]:
        return [line.split("\t")[0] for line in lion_tui("ls", *arguments).stdout.splitlines()]

    notes, merge, broken = map(str, sessions)
    assert names("MERGE", "slow") == [merge]
    assert names("notes") == [notes]
    assert names("--sort", "messages") == [merge, notes, broken]
    assert names("--sort", "branches") == [notes, merge, broken]
    assert names("--sort", "title") == [broken, notes, merge]
    nothing = lion_tui("ls", "nothing like it")
    assert (nothing.returncode, nothing.stdout) == (0, "")
    assert "No session has 'nothing like it'." in nothing.stderr
    assert lion_tui("ls", "--sort", "colour").returncode == 2


def test_json_has_all_that_is_known(sessions: list[Path]) -> None:
    with Session.open(sessions[1], write=True):
        rows = [json.loads(line) for line in lion_tui("ls", "--json").stdout.splitlines()]
    assert [row["path"] for row in rows] == [str(file) for file in sessions]
    assert (rows[0]["title"], rows[0]["first_prompt"]) == ("Häuser \x1b[31m日本", "polars and the merge")
    assert (rows[1]["title"], rows[1]["first_prompt"]) == (None, "Why is the merge slow?")
    assert rows[1]["open_in"]["pid"] == os.getpid()
    assert [row["open_in"] for row in rows[::2]] == [None, None]
    assert [bool(row["fault"]) for row in rows] == [False, False, True]


@pytest.mark.parametrize("columns", [40, 80, 120, 200])
def test_on_a_terminal_it_is_a_table_that_fits_and_steers_nothing(
    sessions: list[Path], columns: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", str(columns))
    with Session.open(sessions[1], write=True):
        code, shown = on_terminal("ls")
    lines = shown.replace("\r\n", "\n").splitlines()
    assert code == 0
    assert len(lines) == 4
    assert "\x1b" not in shown
    assert all(len(line) + line.count("日") + line.count("本") <= columns for line in lines)
    assert "TITLE" in lines[0]
    assert "LAST USED" in lines[0]
    assert ("FILE" in lines[0]) == (columns > 40)
    assert lines[2].startswith("* Why is the merge")
    assert lines[3].startswith("! ")
    if columns >= 120:
        assert "20260101-000000-aaaa" in lines[2]
        assert "just now" in lines[2]


def test_without_any_session_it_says_so() -> None:
    done = lion_tui("ls")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "There is no session yet.\n")
    assert not (data_dir() / "sessions.json").exists()


def test_what_it_names_can_be_opened(sessions: list[Path]) -> None:
    file = lion_tui("ls", "slow").stdout.split("\t")[0]
    assert "Why is the *merge* slow?" in lion_tui("log", file).stdout


def test_a_file_of_several_names_is_listed_once(tmp_path: Path) -> None:
    file = written(sessions_dir() / "20260101-000000-aaaa.parquet", "once")
    other = written(tmp_path / "elsewhere" / "notes.parquet", "elsewhere")
    (tmp_path / "data").symlink_to(sessions_dir())
    (tmp_path / "linked").symlink_to(other.parent)
    (sessions_dir() / "again.parquet").symlink_to(file)
    (tmp_path / "again.parquet").symlink_to(file)
    for left in (tmp_path / "data" / file.name, tmp_path / "again.parquet", other, tmp_path / "linked" / other.name):
        note_left(left)
    done = lion_tui("ls")
    rows = [line.split("\t") for line in done.stdout.splitlines()]
    assert sorted(row[2] for row in rows) == ["elsewhere", "once"]


@pytest.mark.parametrize("columns", [80, 100, 120])
def test_what_a_terminal_shows_as_file_is_taken_by_each_command(
    columns: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    far = tmp_path / "a folder of some length" / "another one of some length" / "w2" / "joke.parquet"
    note_left(written(far, "the far one"))
    written(sessions_dir() / "20260615-150640-b55948eb.parquet", "the near one", branches=3)
    monkeypatch.setenv("COLUMNS", str(columns))
    code, shown = on_terminal("ls")
    heading, *lines = shown.replace("\r\n", "\n").splitlines()
    assert code == 0
    assert all(len(line) <= columns for line in lines)
    for line in lines:
        name = line[heading.index("FILE") :].strip()
        assert name.startswith("…") == ("far" in line)
        log = lion_tui("log", name)
        assert log.stdout.endswith("\n\nthe far one\n" if "far" in line else "\n\nthe near one\n"), log


def test_a_session_is_named_by_an_end_of_its_name_or_its_title(tmp_path: Path) -> None:
    first = written(sessions_dir() / "20260101-000000-aaaa.parquet", "Why is the *merge* slow?")
    second = written(sessions_dir() / "20260101-000001-bbaaaa.toml", "polars", title="What is 3.5?")
    for name in ("00-aaaa", "…000-aaaa", "…00000-aaaa.parquet", "Why is the merge slow?"):
        assert "Why is the *merge* slow?" in lion_tui("log", name).stdout, name
    assert "polars" in lion_tui("log", "What is 3.5?").stdout
    several = lion_tui("log", "aaaa")
    assert (several.returncode, several.stdout) == (2, "")
    assert f"The names of several sessions end in 'aaaa': {first.stem}, " in several.stderr
    assert second.name in several.stderr
    written(sessions_dir() / "20260101-000003-cccc.parquet", "polars", title="What is 3.5?")
    called = lion_tui("info", "What is 3.5?")
    assert called.returncode == 2
    assert "Several sessions are called 'What is 3.5?': " in called.stderr
    assert "20260101-000003-cccc" in called.stderr
    assert lion_tui("log", "aaa").returncode == 3, "too short an end"
    assert lion_tui("log", "merge.parquet").returncode == 3, "a file that is not there"


@pytest.mark.parametrize("status", [200, 400])
def test_what_chat_keeps_in_a_file_is_listed_and_gone_on_with_also_if_nobody_answered(
    status: int, tmp_path: Path
) -> None:
    file, asked = tmp_path / "joke.parquet", ["chat", "--model", "mock-1", "A short joke"]
    with serving(chunk("Whale."), DONE, status=status) as server:
        lion_tui(*asked, **server.environment)
        assert lion_tui("ls").stdout == ""
        done = lion_tui(*asked, "--save", os.path.relpath(file), **server.environment)
        assert done.returncode == (0 if status == 200 else 1)
        lion_tui(*asked, "--open", file, **server.environment)
    [row] = lion_tui("ls").stdout.splitlines()
    assert row.split("\t")[:4:3] == [str(file), "4"]
    last = left_last()
    assert last is not None
    assert last[0] == file, "--resume opens it"
