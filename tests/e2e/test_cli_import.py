"""`lion-tui import`."""

from __future__ import annotations

import json
import os
import signal
import stat
from pathlib import Path
from typing import TYPE_CHECKING

import foreign_exports as exports
import pytest
from cli_program import lion_tui, on_terminal, start
from click.testing import CliRunner
from foreign_exports import outline, write, write_lines

from lion_tui import Session
from lion_tui.cli import program
from lion_tui.config.paths import sessions_dir

if TYPE_CHECKING:
    from click.testing import Result

NO_COMMAND_LINE, NO_FILE, MISSING, INTERRUPTED = 2, 3, 4, 130


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(program, ["import", *map(str, arguments)])


def fields(result: Result) -> list[list[str]]:
    return [line.split("\t") for line in result.stdout.splitlines()]


@pytest.fixture
def export(tmp_path: Path) -> Path:
    return write(tmp_path / "conversations.json", exports.claude())


def test_each_conversation_is_a_session_that_ls_lists(export: Path) -> None:
    done = run(export)
    assert done.exit_code == 0
    assert [row[1:] for row in fields(done)] == [["A sheet", "4", "3", "new"], ["Hello", "2", "1", "new"]]
    sheet, old = (row[0] for row in fields(done))
    assert outline(Session.open(sheet)) == exports.CLAUDE_TREE
    assert outline(Session.open(old)) == ["user: Hello", ["assistant: Hi"]]
    assert sheet.startswith(f"{sessions_dir()}{os.sep}20250301-100000-")
    assert stat.S_IMODE(Path(sheet).stat().st_mode) == 0o600
    assert not [each for each in sessions_dir().iterdir() if each.suffix != ".parquet"]
    listed = CliRunner().invoke(program, ["ls"]).stdout
    assert "\tA sheet\t4\t3\t" in listed


def test_what_was_imported_is_not_written_again_whatever_was_done_to_it(export: Path) -> None:
    first = fields(run(export))
    with Session.open(first[0][0], write=True) as session:
        session.add_message("user", "Gone on with here")
    again = fields(run(export))
    assert again == [[*row[:4], "there"] for row in first]
    assert Session.open(first[0][0]).path()[-1].content == "Gone on with here"


def test_what_was_gone_on_with_there_gets_a_file_of_its_own(export: Path) -> None:
    (sheet, *_), _ = fields(run(export))
    changed = exports.claude()
    changed[0]["chat_messages"][0]["content"][0]["text"] = "What is in this?"
    write(export, changed)
    (other, *_, state), _ = fields(run(export))
    assert (other, state) == (sheet.replace(".parquet", "-2.parquet"), "new")
    assert fields(run(export))[0] == [other, "A sheet", "4", "3", "there"]
    assert Session.open(sheet).state.tree.content(0).startswith("What is in it?")


def test_no_file_of_somebody_else_is_replaced(export: Path, tmp_path: Path) -> None:
    (sheet, *_), _ = fields(run(export, "--into", tmp_path / "a"))
    other = tmp_path / "b" / Path(sheet).name
    other.parent.mkdir()
    other.write_text("mine")
    assert fields(run(export, "--into", other.parent))[0][0] == str(other.with_stem(f"{other.stem}-2"))
    assert other.read_text() == "mine"


def test_some_can_be_chosen_and_all_can_be_listed(export: Path) -> None:
    listed = run(export, "--list")
    assert fields(listed) == [["c-1", "A sheet", "4", "3", "listed"], ["c-2", "Hello", "2", "1", "listed"]]
    assert not sessions_dir().exists()
    assert [row[1] for row in fields(run(export, "--title", "SHEET a"))] == ["A sheet"]
    assert [row[1] for row in fields(run(export, "--id", "c-2", "--list"))] == ["Hello"]
    assert [row[1] for row in fields(run(export, "--id", "c-2", "--id", "c-1", "--list"))] == ["A sheet", "Hello"]
    missed = run(export, "--title", "bread")
    assert missed.exit_code == NO_COMMAND_LINE
    assert "No conversation is called so." in missed.stderr


def test_what_is_skipped_is_said_and_told_to_programs(tmp_path: Path) -> None:
    path = write(tmp_path / "c.json", exports.chatgpt())
    done = run(path)
    assert done.exit_code == MISSING
    assert "Not imported: Corrupted entry. It has no messages in a form that lion-tui knows." in done.stderr
    assert "Not imported: empty. It has no messages." in done.stderr
    values = [json.loads(line) for line in run(path, "--json", "--into", tmp_path / "new").stdout.splitlines()]
    assert [value["state"] for value in values] == ["new", "skipped", "empty"]
    assert (values[0]["from"], values[0]["id"], values[0]["messages"], values[0]["branches"]) == (
        "chatgpt", "6b0f0d9c", 8, 3,
    )  # fmt: skip
    assert run(path, "--title", "rolling").exit_code == 0  # what was asked for is there


@pytest.mark.parametrize("blank", [0, 2])
def test_a_line_that_is_not_json_is_named_by_its_number_and_the_others_are_imported(tmp_path: Path, blank: int) -> None:
    path, lines = tmp_path / "b1.jsonl", [json.dumps(each) for each in exports.openai_lines()]
    path.write_text("\n".join([*[""] * blank, lines[0], "broken", "", lines[1], "{", lines[1].replace("Joke", "Pun")]))
    done = run(path)
    assert done.exit_code == MISSING
    assert [row[-1] for row in fields(done)] == ["new"] * 3
    assert done.stderr.splitlines()[-3:] == [
        f"Not imported: line {blank + 2} of b1.jsonl. It is not JSON.",
        f"Not imported: line {blank + 5} of b1.jsonl. It is not JSON.",
        "The other 3 conversations of b1.jsonl were imported.",
    ]
    assert "were imported" not in run(path, "--list").stderr


def test_one_that_is_imported_although_its_file_is_cut_off_is_said_to_be(export: Path) -> None:
    export.write_bytes(export.read_bytes()[:-30])
    done = run(export)
    assert (done.exit_code, [row[1] for row in fields(done)]) == (MISSING, ["A sheet"])
    assert (
        "Not imported: the rest of conversations.json. After 1 conversation, it is no JSON from line 1, " in done.stderr
    )
    assert done.stderr.endswith("The other conversation of conversations.json was imported.\n")


def test_a_file_of_which_all_was_imported_is_not_said_to_be_none(export: Path) -> None:
    export.write_bytes(export.read_bytes().replace(b"Hello", b"Hell\xff"))
    done = run(export)
    assert done.exit_code == 0
    assert "conversations.json: Bytes in it that are no UTF-8 text are U+FFFD now." in done.stderr
    assert "Not imported" not in done.stderr


def test_what_had_to_be_put_right_is_said(tmp_path: Path) -> None:
    export = exports.chatgpt()[1]
    export["mapping"]["u1"]["parent"] = "gone"
    export["mapping"]["ctx"]["children"] = []
    done = run(write(tmp_path / "c.json", [export]))
    assert done.exit_code == 0
    assert "1 message had no parent and is under lost+found." in done.stderr
    session = Session.open(fields(done)[0][0])
    assert (session.path()[0].sender, session.report) == ("lost+found", [])


def test_several_sources_are_read_whatever_is_wrong_with_one(export: Path, tmp_path: Path) -> None:
    tmp_path.joinpath("no.json").write_text("no")
    done = run(tmp_path / "no.json", export, write_lines(tmp_path / "p.jsonl", exports.pi()))
    assert done.exit_code == MISSING
    assert [row[1] for row in fields(done)] == ["A sheet", "Hello", "Files"]
    assert "no.json cannot be imported: it is not JSON." in done.stderr
    assert done.stderr.count("no.json") == 1
    alone = run(tmp_path / "no.json")
    assert (alone.exit_code, alone.stdout) == (NO_FILE, "")


def test_a_damaged_file_of_a_folder_is_missing(export: Path, tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    export.rename(folder / export.name)
    folder.joinpath("broken.json").write_text('[{"title": "x"},\n {"title" "y"}]')
    folder.joinpath("cut.json").write_text('[{"title": "x"},\n')
    folder.joinpath("settings.json").write_text('{"theme": "dark"}')
    done = run(folder)
    assert done.exit_code == MISSING
    assert "Not imported: broken.json. It is no JSON from line 2, column 11 on.\n" in done.stderr
    assert "Not imported: cut.json. It ends too early, in line 2.\n" in done.stderr
    (folder / "broken.json").unlink()
    (folder / "cut.json").unlink()
    assert run(folder).exit_code == 0, "what is none of a conversation is not missed"


def test_a_folder_that_takes_no_file_is_named(export: Path, tmp_path: Path) -> None:
    tmp_path.joinpath("file").write_text("")
    done = run(export, "--into", tmp_path / "file")
    assert done.exit_code == NO_FILE
    assert "file was not saved" in done.stderr


def test_nothing_that_steers_a_terminal_reaches_it(tmp_path: Path) -> None:
    export = exports.claude()[1:]
    export[0]["name"] = "\x1b]0;title\x07 red\x1b[31m\nsecond\u202e"
    code, shown = on_terminal("import", write(tmp_path / "c.json", export), "--into", tmp_path)
    assert code == 0
    assert shown.startswith("red second: 2 messages, 1 branch, ")
    assert "\x1b" not in shown


def test_an_interrupt_leaves_whole_files_only(tmp_path: Path) -> None:
    one = exports.claude()[0]
    path = write(tmp_path / "c.json", [{**one, "uuid": f"c-{at}"} for at in range(3_000)])
    with start("import", path, "--into", tmp_path / "out") as process:
        assert process.stdout is not None
        process.stdout.readline()
        process.send_signal(signal.SIGINT)
        process.stdout.read()
    assert process.returncode == INTERRUPTED
    files = list((tmp_path / "out").glob("*.parquet"))  # the lock file of the last one may be left: it locks nothing
    assert 0 < len(files) < 3_000
    for file in files:
        assert outline(Session.open(file)) == exports.CLAUDE_TREE


def test_without_a_source_it_says_what_is_missing() -> None:
    done = lion_tui("import")
    assert done.returncode == NO_COMMAND_LINE
    assert "needs SOURCE. Name what another program exported." in done.stderr


def test_what_has_no_times_is_not_written_again_either(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write(tmp_path / "share.json", exports.sharegpt())
    first = fields(run(path))
    monkeypatch.setattr("lion_tui.storage.importers.planting.now_us", lambda: 2_000_000_000_000_000)
    assert fields(run(path)) == [[*row[:4], "there"] for row in first]
    assert len(list(sessions_dir().iterdir())) == len(first)


def test_conversations_of_one_id_and_time_get_a_file_each(tmp_path: Path) -> None:
    one = exports.claude()[1]
    texts = [f"Hello {number}" for number in range(5)]
    many = [json.loads(json.dumps(one).replace("Hello", text)) for text in texts]
    first = fields(run(write(tmp_path / "c.json", many)))
    assert len({row[0] for row in first}) == len(texts)
    assert [row[-1] for row in fields(run(tmp_path / "c.json"))] == ["there"] * len(texts)


def test_a_link_that_leads_nowhere_is_let_be(export: Path, tmp_path: Path) -> None:
    (sheet, *_), _ = fields(run(export, "--into", tmp_path / "a"))
    link = tmp_path / "b" / Path(sheet).name
    link.parent.mkdir()
    link.symlink_to(tmp_path / "nowhere")
    assert fields(run(export, "--into", link.parent))[0][0] == str(link.with_stem(f"{link.stem}-2"))
    assert link.is_symlink()


def test_who_chooses_hears_that_the_file_is_cut_off_and_what_is_not_there(export: Path) -> None:
    missing = run(export, "--id", "c-2", "--id", "nope")
    assert missing.exit_code == MISSING
    assert [row[1] for row in fields(missing)] == ["Hello"]
    assert "There is no conversation nope." in missing.stderr
    told = run(export, "--id", "c-2", "--id", "nope", "--list", "--json").stdout.splitlines()
    assert json.loads(told[-1]) == {"id": "nope", "state": "missing"}
    export.write_bytes(export.read_bytes()[:-30])
    for asked in (["--title", "sheet"], ["--title", "Hello"], ["--id", "c-1"], ["--id", "c-2"]):
        cut = run(export, *asked)
        assert cut.exit_code == MISSING, asked
        assert "Not imported: the rest of conversations.json. After " in cut.stderr
