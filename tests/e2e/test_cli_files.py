"""`lion-tui info`, `convert` and `repair`."""

from __future__ import annotations

import io
import json
import os
import stat
import threading
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from cli_program import lion_tui, on_terminal
from click.testing import CliRunner

from lion_tui import Services, Session
from lion_tui.cli import program, terminal
from lion_tui.core.inference import Usage
from lion_tui.services import Reply
from lion_tui.storage import read

if TYPE_CHECKING:
    from pathlib import Path

    from click.testing import Result

NO_COMMAND_LINE, NO_FILE, MISSING = 2, 3, 4


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(program, [str(each) for each in arguments])


async def talked() -> Session:
    usage = Usage(tokens_in=1000, tokens_out=3, tokens_cached=4, cost_usd=0.25)
    service = Services.Scripted(
        [Reply(text="Why\r\nnot\0?", usage=usage), "Because.", "Dry.", "x"], name="script", model="script-1"
    )
    session = Session("Be funny.", service=service)
    await session.chat("A joke\U0001f600", context={"k": [1, None]})
    first = session.path()[-1]
    second, *_ = await session.regenerate()
    session.vote([first, second], first, comment="shorter\r\n")
    await session.fork("main", "trocken/鲸").chat("Drier", temperature=0.5, model="other")
    await session.chat("Undone")
    session.undo()
    session.add_message("user", "Deleted")
    session.delete(session.path()[-1])
    session.title = "A whale"
    session.bookmark(session.path()[1])
    session.state.set_draft(session.current.branch_id or "", "half a thought\r\n")
    session.enqueue("later", seed=0)
    session.state.extra["from_a_later_version"] = {"null": None}
    return session


def test_a_session_of_the_data_folder_is_named_as_ls_names_it(tmp_path: Path) -> None:
    from lion_tui.config.paths import sessions_dir

    folder = sessions_dir()
    folder.mkdir(parents=True)
    with Session.open(folder / "owls.parquet", write=True) as session:
        session.add_message("user", "Why do owls fly?")
        session.fork(name="other")
    assert "owls" in run("ls").output
    for name in ("owls", "owls.parquet"):
        for command in (["info", name], ["log", name], ["branches", name], ["diff", name, "main", "other"]):
            assert run(*command).exit_code == 0, command
    assert run("convert", "owls", tmp_path / "owls.toml").exit_code == 0
    assert run("info", "bats").exit_code == NO_FILE


@pytest.fixture
async def path(tmp_path: Path) -> Path:
    """Return the file of a session that has something of everything."""
    (await talked()).save(tmp_path / "joke.parquet")
    return tmp_path / "joke.parquet"


@pytest.fixture
async def ahead(path: Path) -> Path:
    """Return the same where a crash has left a journal."""
    session = Session.open(path, write=True)
    session.add_message("user", "In the journal")
    await session.flush()
    session.abandon()
    return path


def content(path: Path) -> dict[str, bytes]:
    return {each.name: each.read_bytes() for each in sorted(path.parent.iterdir())}


# info


def test_info_for_people(path: Path) -> None:
    session = Session.open(path)
    done = run("info", path)
    assert (done.exit_code, done.stderr) == (0, "")
    lines = dict(line.split(maxsplit=1) for line in done.stdout.splitlines())
    assert lines["title"] == "A whale"
    assert lines["id"] == session.state.session_id
    assert lines["format"] == f"parquet, {path.stat().st_size:,} bytes"
    assert lines["messages"] == "6, and 3 deleted"
    assert lines["branches"] == "2: *main, trocken/鲸"
    assert lines["models"] == "script-1, other"
    assert lines["tokens"].startswith("1,0")
    assert "4 cached" in lines["tokens"]
    assert (lines["cost"], lines["journal"]) == ("$0.2500", "none")
    last = session.all_messages["timestamp"].max().to_pydatetime()
    assert lines["last"] == f"{last.astimezone():%Y-%m-%d %H:%M:%S}"


def test_info_as_json(path: Path) -> None:
    session = Session.open(path)
    done = run("info", path, "--json")
    assert (done.exit_code, done.stderr) == (0, "")
    found = json.loads(done.stdout)
    answered = session.nodes["tokens_in"].dropna()
    assert found == {
        "file": str(path),
        "title": "A whale",
        "first_prompt": found["first_prompt"],
        "session_id": session.state.session_id,
        "format": "parquet",
        "size": path.stat().st_size,
        "messages": 6,
        "deleted": 3,
        "branches": ["main", "trocken/鲸"],
        "current": "main",
        "models": ["script-1", "other"],
        "tokens_in": int(answered.sum()),
        "tokens_out": int(session.nodes["tokens_out"].sum()),
        "tokens_cached": 4,
        "tokens_reasoning": None,
        "cost_usd": 0.25,
        "created": found["created"],
        "last_activity": session.all_messages["timestamp"].max().isoformat(),
        "last_operation": session.state.op,
        "journal": None,
        "open_in": None,
        "report": [],
    }
    assert found["first_prompt"].startswith("A joke")


def test_info_of_an_empty_toml_session(tmp_path: Path) -> None:
    Session().save(tmp_path / "s.toml")
    done = run("info", tmp_path / "s.toml", "--json")
    found = json.loads(done.stdout)
    assert (found["format"], found["messages"], found["branches"]) == ("toml", 0, ["main"])
    assert (found["title"], found["first_prompt"], found["models"], found["last_activity"]) == (None, None, [], None)
    assert (found["tokens_in"], found["cost_usd"]) == (None, None)
    assert run("info", tmp_path / "s.toml").exit_code == 0


def test_info_says_what_the_journal_has_and_leaves_it(ahead: Path) -> None:
    before = content(ahead)
    done = run("info", ahead, "--json")
    found = json.loads(done.stdout)
    size = ahead.with_name("joke.parquet.journal").stat().st_size
    assert found["journal"] == {"size": size, "operations": 1, "lost": False}
    assert found["messages"] == 7
    assert found["report"] == ["Shown with 1 operation that joke.parquet does not have yet."]
    shown = run("info", ahead).stdout
    assert f"{size:,} bytes, 1 operation that the file does not have yet" in shown
    assert content(ahead) == before


def test_info_of_a_journal_that_belongs_to_another_file(path: Path) -> None:
    path.with_name("joke.parquet.journal").write_bytes(b"something else\n")
    found = json.loads(run("info", path, "--json").stdout)
    assert found["journal"] == {"size": 15, "operations": 0, "lost": True}
    assert "and more that cannot be used" in run("info", path).stdout


def test_info_of_a_session_that_is_open_elsewhere(path: Path) -> None:
    with Session.open(path, write=True):
        found = json.loads(run("info", path, "--json").stdout)
        assert found["open_in"]["pid"] == os.getpid()
        assert f"process {os.getpid()}" in run("info", path).stdout


def test_info_steers_no_terminal(tmp_path: Path) -> None:
    Session(title="red \x1b[41mtitle").save(tmp_path / "s.toml")
    assert "red \x1b[41mtitle" in run("info", tmp_path / "s.toml").stdout, "a pipe gets what is there"
    code, shown = on_terminal("info", tmp_path / "s.toml")
    assert (code, "\x1b[41m" in shown, "red title" in shown) == (0, False, True)


# convert


@pytest.mark.parametrize("first", ["parquet", "toml"])
async def test_between_parquet_and_toml_nothing_is_lost_either_way(first: str, tmp_path: Path) -> None:
    source, middle, end = (tmp_path / f"{name}.{first}" for name in "ace")
    middle = middle.with_suffix(".toml" if first == "parquet" else ".parquet")
    (await talked()).save(source)
    for one, other in ((source, middle), (middle, end)):
        done = run("convert", one, other)
        assert (done.exit_code, done.stdout) == (0, "")
        assert done.stderr == f"{other} is written: 6 messages, 2 branches.\n"
    assert read(middle) == read(source) == read(end)
    header = read(end).header
    assert header["votes"]
    assert header["marks"]
    assert header["undo"]
    assert header["redo"] == []
    assert header["from_a_later_version"] == {"null": None}
    session = Session.open(end)
    assert session.undo()
    assert stat.S_IMODE(end.stat().st_mode) == 0o600


def test_the_journal_beside_the_source_counts_and_stays(ahead: Path, tmp_path: Path) -> None:
    before = content(ahead)
    done = run("convert", ahead, tmp_path / "c.toml")
    assert done.exit_code == 0
    assert done.stderr.startswith("joke.parquet: Shown with 1 operation that joke.parquet does not have yet.\n")
    assert Session.open(tmp_path / "c.toml").last_message_content == "In the journal"
    assert content(ahead) == {**before, "c.toml": (tmp_path / "c.toml").read_bytes()}


@pytest.mark.parametrize("name", ["m.csv", "m.json", "m.jsonl", "m.ndjson"])
def test_messages_go_to_a_table_and_come_back(name: str, path: Path, tmp_path: Path) -> None:
    assert run("convert", path, tmp_path / name).exit_code == 0
    done = run("convert", tmp_path / name, tmp_path / "again.parquet")
    assert (done.exit_code, done.stderr) == (0, f"{tmp_path / 'again.parquet'} is written: 6 messages, 2 branches.\n")
    assert list(Session.open(tmp_path / "again.parquet").branches) == ["trocken/鲸", "main"]
    one, again = (Session.open(each).all_messages for each in (path, tmp_path / "again.parquet"))
    assert one.drop(columns="branches").equals(again.drop(columns="branches"))


def test_convert_as_json(path: Path, tmp_path: Path) -> None:
    done = run("convert", path, tmp_path / "c.TOML", "--json")
    assert (done.exit_code, done.stderr) == (0, "")
    assert json.loads(done.stdout) == {
        "source": str(path), "file": str(tmp_path / "c.TOML"), "format": "toml",
        "size": (tmp_path / "c.TOML").stat().st_size, "messages": 6, "branches": 2, "report": [],
    }  # fmt: skip


@pytest.mark.parametrize("name", ["c.toml", "c.csv"])
def test_a_file_that_is_there_is_replaced_with_force_only(name: str, path: Path, tmp_path: Path) -> None:
    target = tmp_path / name
    target.write_text("mine")
    target.chmod(0o640)
    done = run("convert", path, target)
    assert done.exit_code == NO_FILE
    assert done.stderr == f"lion-tui: {target} is there already. Name a new file, or add --force to replace it.\n"
    assert target.read_text() == "mine"
    assert run("convert", path, target, "--force").exit_code == 0
    assert target.read_text() != "mine"
    assert stat.S_IMODE(target.stat().st_mode) == 0o640


def test_what_another_session_did_last_is_set_aside(ahead: Path, tmp_path: Path) -> None:
    Session("new").save(tmp_path / "new.toml")
    before = content(ahead)
    done = run("convert", tmp_path / "new.toml", ahead, "--force")
    assert done.exit_code == 0
    assert "The journal joke.parquet.journal belonged to what joke.parquet held before; it is kept as" in done.stderr
    after = content(ahead)
    (kept,) = after.keys() - before.keys()
    assert after[kept] == before["joke.parquet.journal"]
    assert Session.open(ahead).last_message_content == "new"


def test_a_target_that_is_open_elsewhere(path: Path, tmp_path: Path) -> None:
    Session().save(tmp_path / "open.toml")
    with Session.open(tmp_path / "open.toml", write=True):
        done = run("convert", path, tmp_path / "open.toml", "--force")
    assert done.exit_code == NO_FILE
    assert "open.toml is open for writing in process" in done.stderr


@pytest.mark.parametrize("name", ["joke.parquet", "link.parquet"])
def test_source_and_target_are_two(name: str, path: Path) -> None:
    (path.parent / "link.parquet").symlink_to(path)
    before = path.read_bytes()
    done = run("convert", path, path.parent / name, "--force")
    assert (done.exit_code, path.read_bytes()) == (NO_COMMAND_LINE, before)
    assert "is the file that is read. Name another one to write." in done.stderr


@pytest.mark.parametrize("name", ["c.txt", "c", "c.parquet.gz"])
def test_a_target_whose_name_says_no_form(name: str, path: Path, tmp_path: Path) -> None:
    done = run("convert", path, tmp_path / name)
    assert done.exit_code == NO_COMMAND_LINE
    assert f"The name {name} says no form. Let it end in .parquet, .toml, .csv, .json, .jsonl, .ndjson." in done.stderr


def test_targets_that_cannot_be_written(path: Path, tmp_path: Path) -> None:
    (tmp_path / "folder.toml").mkdir()
    os.mkfifo(tmp_path / "pipe.csv")
    for name, said in (
        ("folder.toml", "it is not a regular file"),
        ("pipe.csv", "it is not a regular file"),
        ("nowhere/c.toml", "Its folder is not there: make it, or save it elsewhere."),
    ):
        done = run("convert", path, tmp_path / name, "--force")
        assert (done.exit_code, said in done.stderr) == (NO_FILE, True), done.stderr
    assert sorted(each.name for each in tmp_path.iterdir()) == ["folder.toml", "joke.parquet", "pipe.csv"]


# repair


def damage(path: Path, text: bytes) -> None:
    spoiled = bytearray(path.read_bytes())
    spoiled[spoiled.index(text)] ^= 1
    path.write_bytes(spoiled)


@pytest.fixture
def damaged(tmp_path: Path) -> Path:
    session = Session("Be brief.", title="Broken")
    session.add_message("user", "What was?")
    session.add_message("assistant", "This was.")
    session.save(tmp_path / "d.parquet")
    damage(tmp_path / "d.parquet", b"This was.")
    return tmp_path / "d.parquet"


def test_repair_writes_what_is_left_to_a_new_file_and_says_what_is_missing(damaged: Path) -> None:
    before = damaged.read_bytes()
    done = run("repair", damaged)
    assert (done.exit_code, done.stdout) == (MISSING, "")
    out = damaged.with_name("d.repaired.parquet")
    *said, last = done.stderr.splitlines()
    assert "d.parquet: The texts of the messages 1 to 3 could not be read." in said
    assert last == f"{out} is written: 3 messages, 1 branch."
    assert damaged.read_bytes() == before
    repaired = Session.open(out)
    assert (repaired.title, [message.role for message in repaired.path()]) == (
        "Broken",
        ["system", "user", "assistant"],
    )
    assert run("info", out).exit_code == 0
    again = run("repair", damaged)
    assert again.exit_code == NO_FILE
    assert f"{out} is there already. Name a new file: lion-tui repair {damaged} OUT" in again.stderr
    assert run("repair", damaged, damaged.with_name("o.toml")).exit_code == MISSING
    assert Session.open(damaged.with_name("o.toml")).title == "Broken"


def test_repair_as_json(damaged: Path) -> None:
    done = run("repair", damaged, "--json")
    assert (done.exit_code, done.stderr) == (MISSING, "")
    told = json.loads(done.stdout)
    assert (told["missing"], told["messages"], told["source"]) == (True, 3, str(damaged))
    assert told["report"][0].startswith("d.parquet is damaged")


def test_repair_of_a_whole_file_is_a_copy(path: Path) -> None:
    done = run("repair", path)
    out = path.with_name("joke.repaired.parquet")
    assert (done.exit_code, done.stderr) == (
        0, f"{out} is written: 6 messages, 2 branches. Nothing of joke.parquet is missing.\n",
    )  # fmt: skip
    assert read(out) == read(path)


def test_a_journal_that_cannot_be_used_is_missing_too(ahead: Path) -> None:
    journal = ahead.with_name("joke.parquet.journal")
    with journal.open("ab") as file:
        file.write(b"00000000 {}\nmore\n")
    done = run("repair", ahead)
    assert done.exit_code == MISSING
    assert "is damaged after" in done.stderr
    assert Session.open(ahead.with_name("joke.repaired.parquet")).last_message_content == "In the journal"


def test_a_name_without_a_known_ending_gets_one(damaged: Path) -> None:
    damaged.rename(damaged.with_name("d.bak"))
    assert run("repair", damaged.with_name("d.bak")).exit_code == MISSING
    assert damaged.with_name("d.bak.repaired.parquet").exists()


def test_repair_never_writes_to_the_file_itself(damaged: Path) -> None:
    before = damaged.read_bytes()
    done = run("repair", damaged, damaged)
    assert (done.exit_code, damaged.read_bytes()) == (NO_COMMAND_LINE, before)
    done = run("repair", damaged, damaged.with_suffix(".csv"))
    assert (done.exit_code, "Let it end in .parquet or .toml." in done.stderr) == (NO_COMMAND_LINE, True)


def test_a_file_of_which_nothing_is_left(tmp_path: Path) -> None:
    (tmp_path / "d.parquet").write_bytes(b"PAR1" + bytes(1000) + b"PAR1")
    done = run("repair", tmp_path / "d.parquet")
    assert done.exit_code == NO_FILE
    assert "Traceback" not in done.stderr
    assert [each.name for each in tmp_path.iterdir()] == ["d.parquet"]


# What takes long


class _Terminal(io.StringIO):
    """A standard error that is a terminal, and tells when something comes."""

    def __init__(self) -> None:
        super().__init__()
        self.written = threading.Event()

    def isatty(self) -> bool:
        return True

    def write(self, text: str) -> int:
        self.written.set()
        return super().write(text)


def test_what_takes_long_is_said_on_a_terminal_and_taken_away(monkeypatch: pytest.MonkeyPatch) -> None:
    shown = _Terminal()
    monkeypatch.setattr("sys.stderr", shown)
    with terminal.progress("Quick"):
        pass
    assert shown.getvalue() == ""
    monkeypatch.setattr(terminal, "_TOLD_AFTER_S", 0)
    with terminal.progress("Reading joke.parquet"):
        assert shown.written.wait(60)
    text = "Reading joke.parquet …"
    assert shown.getvalue() == f"\r{text}\r{' ' * len(text)}\r"


# What cannot be read


def _foreign(path: Path) -> str:
    pq.write_table(pa.table({"price": [1, 2]}), path)
    return "is not a session"


def _newer(path: Path) -> str:
    Session("x").save(path)
    path.write_text(path.read_text().replace("format = 1\n", "format = 99\n", 1))
    return "Update lion-tui to open it"


def _folder(path: Path) -> str:
    path.mkdir()
    return "it is a folder"


def _pipe(path: Path) -> str:
    os.mkfifo(path)
    return "it is not a regular file"


def _empty(path: Path) -> str:
    path.touch()
    return "it is an empty file"


def _missing(path: Path) -> str:
    return f"There is no file {path.name} in {path.parent}"


@pytest.mark.parametrize("spoil", [_foreign, _newer, _folder, _pipe, _empty, _missing])
@pytest.mark.parametrize("command", ["info", "convert", "repair"])
def test_what_is_no_session_is_named_and_nothing_is_written(spoil: Any, command: str, tmp_path: Path) -> None:
    path = tmp_path / "s.toml"
    message = spoil(path)
    before = sorted(tmp_path.iterdir())
    done = run(command, path, *([tmp_path / "out.parquet"] if command == "convert" else []))
    assert (done.exit_code, done.stdout) == (NO_FILE, "")
    assert done.stderr.startswith("lion-tui: ")
    assert done.stderr.count("\n") == 1
    assert message in done.stderr
    assert sorted(tmp_path.iterdir()) == before


@pytest.mark.parametrize("command", ["info", "convert"])
def test_a_damaged_file_names_what_repairs_it(command: str, damaged: Path) -> None:
    done = run(command, damaged, *([damaged.with_name("out.toml")] if command == "convert" else []))
    assert done.exit_code == NO_FILE
    assert f"lion-tui repair {damaged}" in done.stderr
    assert list(damaged.parent.iterdir()) == [damaged]


def test_a_table_that_is_none_names_its_row(tmp_path: Path) -> None:
    (tmp_path / "m.csv").write_text("role,content\nboss,x\n")
    done = run("convert", tmp_path / "m.csv", tmp_path / "s.toml")
    assert done.exit_code == NO_FILE
    assert "m.csv is no table of messages: in row 1, the column 'role' holds 'boss'" in done.stderr
    assert not (tmp_path / "s.toml").exists()


def test_all_three_in_a_process_of_their_own(path: Path, damaged: Path, tmp_path: Path) -> None:
    assert json.loads(lion_tui("info", path, "--json").stdout)["title"] == "A whale"
    assert lion_tui("convert", path, tmp_path / "c.jsonl").returncode == 0
    done = lion_tui("repair", damaged)
    assert done.returncode == MISSING
    assert "Traceback" not in done.stderr
    assert "4    of `repair` and `import`: something of the file is missing" in lion_tui("--help").stdout
