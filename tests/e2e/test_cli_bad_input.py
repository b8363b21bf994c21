"""What goes wrong on the command line: the exit code, the message with its remedy, and that nothing is lost."""

from __future__ import annotations

import json
import os
import socket
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from cli_program import DONE, TIMEOUT, chunk, environment, lion_tui, on_terminal, serving, start

from lion_tui import Session

if TYPE_CHECKING:
    from lion_tui import Message

NO_COMMAND_LINE, NO_ANSWER, NO_FILE = 2, 1, 3


@pytest.fixture
def kept(tmp_path: Path) -> Path:
    """Return a session's file with one turn in it."""
    session = Session("Be brief.")
    session.add_message("user", "What was?")
    session.add_message("assistant", "This was.")
    session.save(tmp_path / "kept.parquet")
    return tmp_path / "kept.parquet"


def _new_turn(path: Path) -> tuple[Message, Message]:
    """Return the question and its answer, after all that was there before."""
    *before, question, answer = Session.open(path).path()
    assert [message.content for message in before] == ["Be brief.", "What was?", "This was."]
    assert (question.content, question.status) == ("Hello", "complete")
    return question, answer


def _unchanged(path: Path) -> bool:
    session = Session.open(path)
    return [m.content for m in session.path()] == ["Be brief.", "What was?", "This was."] and len(session.branches) == 1


def test_a_named_service_without_a_key(kept: Path) -> None:
    done = lion_tui("chat", "Hello", "--service", "openrouter", "--open", kept)
    assert (done.returncode, done.stdout) == (NO_ANSWER, "")
    assert done.stderr == "lion-tui: OpenRouter needs a key and none was found. Set OPENROUTER_API_KEY.\n"
    _, answer = _new_turn(kept)
    assert answer.status == "error"


def test_a_wrong_key(kept: Path, llama: Any) -> None:
    wrong = {**environment(llama), "OPENROUTER_API_KEY": "sk-or-wrong-0123456789"}
    done = lion_tui("chat", "Hello", "--open", kept, **wrong)
    assert (done.returncode, done.stdout) == (NO_ANSWER, "")
    assert "OpenRouter refused the key (401)" in done.stderr
    assert done.stderr.endswith("Set OPENROUTER_API_KEY to a valid key.\n")
    assert b"sk-or-wrong" not in done.stderr.encode() + kept.read_bytes()
    assert _new_turn(kept)[1].error == done.stderr.removeprefix("lion-tui: ").strip()


def test_several_keys_and_no_choice(kept: Path) -> None:
    done = lion_tui("chat", "Hello", "--open", kept, GROQ_API_KEY="gsk_made_up", OPENAI_API_KEY="sk-made-up")
    assert (done.returncode, done.stdout) == (NO_COMMAND_LINE, "")
    assert "There are keys for several services: openai, groq. Name one (in the shell: `--service NAME`)" in done.stderr
    assert _unchanged(kept)


def test_a_service_that_is_none(kept: Path) -> None:
    done = lion_tui("chat", "Hello", "--service", "openroute", "--open", kept, "--branch", "new")
    assert (done.returncode, done.stdout) == (NO_COMMAND_LINE, "")
    assert "There is no service 'openroute'. The services are openai, openrouter, " in done.stderr
    assert _unchanged(kept)


def test_a_branch_is_not_made_for_a_question_that_cannot_be_asked(kept: Path) -> None:
    # vLLM has no default model, so that nothing says which one is meant.
    done = lion_tui(
        "chat", "Hello", "--service", "vllm", "--open", kept, "--branch", "new", VLLM_BASE_URL="http://127.0.0.1:9"
    )
    assert (done.returncode, done.stdout) == (NO_ANSWER, "")
    assert done.stderr.startswith("lion-tui: ")
    assert _unchanged(kept)


def test_a_model_that_the_service_does_not_have(kept: Path) -> None:
    done = lion_tui("chat", "Hello", "--service", "embedded", "--model", "gpt-9", "--open", kept)
    assert (done.returncode, done.stdout) == (NO_ANSWER, "")
    assert "not gpt-9. Choose that one, or another service.\n" in done.stderr
    assert _new_turn(kept)[1].status == "error"


def test_a_server_that_is_not_there(kept: Path) -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as server:
        port = server.getsockname()[1]
    nowhere = {"OPENROUTER_BASE_URL": f"http://127.0.0.1:{port}/v1", "OPENROUTER_API_KEY": "sk-or-made-up"}
    done = lion_tui("chat", "Hello", "--open", kept, **nowhere)
    assert (done.returncode, done.stdout) == (NO_ANSWER, "")
    *tries, last = done.stderr.splitlines()
    assert ["Try 2 of" in tries[0], "Try 3 of" in tries[1]] == [True, True]
    assert last.startswith("lion-tui: OpenRouter cannot be reached")
    assert str(port) in last
    assert _new_turn(kept)[1].status == "error"


def test_a_server_that_answers_with_a_web_page(kept: Path) -> None:
    with serving(b"<!DOCTYPE html><title>Log in</title>", content_type="text/html") as server:
        done = lion_tui("chat", "Hello", "--open", kept, **server.environment)
    assert (done.returncode, done.stdout) == (NO_ANSWER, "")
    assert "HTML" in done.stderr
    assert "OPENROUTER_BASE_URL" in done.stderr
    assert _new_turn(kept)[1].status == "error"


def test_a_server_that_says_nothing(kept: Path, tmp_path: Path) -> None:
    with serving(hang=True) as server:
        (tmp_path / "config.toml").write_text(
            'service = "slow"\n[services.slow]\nmodel = "m"\ntimeout = 2\n'
            f'base_url = "{server.environment["OPENROUTER_BASE_URL"]}"\n'
        )
        done = lion_tui("chat", "Hello", "--open", kept, LION_TUI_CONFIG=str(tmp_path))
    assert (done.returncode, done.stdout) == (NO_ANSWER, "")
    assert "Nothing came from slow within 2 s" in done.stderr.splitlines()[-1]
    assert _new_turn(kept)[1].status == "error"


@pytest.mark.parametrize(
    ("config", "where"),
    [
        (b'system = "x"\nservice = "wrok\n', "is not understood: Illegal character '\\n' (at line 2, column 16)."),
        (b'service = "\xff"', "is not understood: there are bytes that are no UTF-8 text (at line 1)."),
    ],
)
@pytest.mark.parametrize("named", [[], ["--service", "openrouter", "--model", "m"]])
def test_with_settings_that_cannot_be_read_nobody_is_asked(
    config: bytes, where: str, named: list[str], kept: Path, tmp_path: Path
) -> None:
    (tmp_path / "config.toml").write_bytes(config)
    with serving(chunk("Hi"), DONE) as server:
        own = {**server.environment, "LION_TUI_CONFIG": str(tmp_path)}
        for keep in (["--open", kept], ["--save", tmp_path / "new.toml"]):
            done = lion_tui("chat", "Hello", *keep, *named, **own)
            assert (done.returncode, done.stdout) == (NO_COMMAND_LINE, "")
            assert done.stderr.startswith(f"lion-tui: {tmp_path / 'config.toml'} {where}")
            assert "correct it, or move it away" in done.stderr
    assert server.requests == []
    assert _unchanged(kept)
    assert not (tmp_path / "new.toml").exists()


def test_the_screen_does_not_take_a_service_by_name_from_settings_that_cannot_be_read(tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text('service = "wrok')
    code, shown = on_terminal("--service", "work", LION_TUI_CONFIG=str(tmp_path))
    assert code == NO_COMMAND_LINE
    assert "config.toml is not understood" in " ".join(shown.split())


def test_a_stream_that_is_cut_keeps_what_came(kept: Path) -> None:
    with serving(chunk("Half an ans")) as server:
        done = lion_tui("chat", "Hello", "--open", kept, **server.environment)
    assert (done.returncode, done.stdout) == (NO_ANSWER, "Half an ans\n")
    assert done.stderr.startswith("lion-tui: ")
    _, answer = _new_turn(kept)
    assert (answer.status, answer.content) == ("interrupted", "Half an ans")


def test_json_tells_a_fault_too(kept: Path) -> None:
    with serving(
        b'{"error": {"message": "no such thing", "code": 400}}', content_type="application/json", status=400
    ) as server:
        done = lion_tui("chat", "Hello", "--json", "--open", kept, **server.environment)
    assert done.returncode == NO_ANSWER
    assert '"status": "error"' in done.stdout
    assert "no such thing" in done.stdout
    assert "no such thing" in done.stderr


def test_a_prompt_beyond_the_window(kept: Path, llama: Any) -> None:
    done = lion_tui("chat", "Hello", "--open", kept, stdin="whale and shark " * 4000, **environment(llama))
    assert (done.returncode, done.stdout) == (NO_ANSWER, "")
    assert "lion-tui: The prompt alone is too long for" in done.stderr
    assert "Send a shorter one, or choose a model with a larger window (/model)." in done.stderr
    *before, question, answer = Session.open(kept).path()
    assert len(before) == 3
    assert question.content.startswith("Hello\n\nwhale")
    assert answer.status == "error"


def test_a_request_larger_than_the_budget(kept: Path, tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text(
        'service = "small"\n[services.small]\nbase_url = "http://127.0.0.1:9"\nmodel = "m"\nmax_tokens = 20\n'
    )
    done = lion_tui("chat", "Hello", "--max-tokens", "100", "--open", kept, LION_TUI_CONFIG=str(tmp_path))
    assert (done.returncode, done.stdout) == (NO_ANSWER, "")
    assert "the budget of small is 20" in done.stderr
    assert "Lower the cap of the reply" in done.stderr
    assert _new_turn(kept)[1].status == "error"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["chat", "Hello", "--temprature", "1"], "No such option '--temprature'. Did you mean '--temperature'?"),
        (["chat", "Hello", "--max-tokens", "0"], "--max-tokens"),
        (["chat", "Hello", "--temperature", "nan"], "temperature"),
        (["chat", "Hello", "--branch", "two words"], "'two-words' can."),
        (["chat"], "There is no prompt. Give one"),
        (["chat", " \n"], "There is no prompt. Give one"),
        (["chat", "Hello", "--save", "session.json"], "Let it end in .parquet or .toml."),
        (["sing"], "There is no command 'sing'."),
        (["joke.parquet"], "To open the file: lion-tui open joke.parquet"),
        (["--model", "m", "log", "joke.parquet"], "--model belongs after the command"),
        ([], "The full-screen chat needs a terminal."),
        (["open", "new.parquet"], "In scripts and pipes, use `lion-tui chat`."),
        (["open", "joke.parquet", "--compare"], "--compare needs branches"),
        (["open", "joke.parquet", "main"], "'main' is one argument too many."),
    ],
)
def test_a_command_line_that_cannot_be_meant(arguments: list[str], message: str, tmp_path: Path) -> None:
    done = lion_tui(*arguments, LION_TUI_MODEL=str(tmp_path))
    assert (done.returncode, done.stdout) == (NO_COMMAND_LINE, "")
    assert message in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("branches", "message"),
    [
        (["main"], "One branch cannot be compared. Name two to 4."),
        (["main", "main"], "A branch cannot be compared with itself."),
        (["main", "nowhere"], "There is no branch 'nowhere'. The branches are: main, drier."),
    ],
)
def test_branches_that_cannot_be_compared_are_told_before_the_screen(
    branches: list[str], message: str, tmp_path: Path
) -> None:
    file = tmp_path / "s.toml"
    session = Session("Be brief.")
    session.fork("main", "drier")
    session.save(file)
    before = file.read_bytes()
    code, shown = on_terminal("open", file, "--compare", *branches)
    assert code == NO_COMMAND_LINE
    assert message in shown
    assert "\x1b[?1049h" not in shown  # the screen
    assert file.read_bytes() == before
    assert sorted(tmp_path.iterdir()) == [file]


def test_standard_input_that_is_no_text() -> None:
    done = lion_tui("chat", stdin=b"\xff\xfe\x00")
    assert (done.returncode, done.stdout) == (NO_COMMAND_LINE, "")
    assert done.stderr == "lion-tui: Standard input is not UTF-8 text. Convert it to UTF-8 first.\n"


def _damaged(kept: Path) -> str:
    content = bytearray(kept.read_bytes())
    content[content.index(b"This was.")] ^= 1
    kept.write_bytes(content)
    return "kept.parquet is damaged"


def _foreign(kept: Path) -> str:
    pq.write_table(pa.table({"price": [1, 2]}), kept)
    return "kept.parquet is not a session"


def _newer(kept: Path) -> str:
    as_toml = kept.with_name("as.toml")
    Session.open(kept).save(as_toml)
    text = as_toml.read_text()
    as_toml.unlink()
    assert "format = 1\n" in text
    # Its content says that it is TOML, whatever its name.
    kept.rename(kept.with_suffix(".toml")).write_text(text.replace("format = 1\n", "format = 99\n"))
    return "Update lion-tui to open it"


def _missing(kept: Path) -> str:
    kept.unlink()
    return "There is no file"


@pytest.mark.parametrize("spoil", [_damaged, _foreign, _newer, _missing])
@pytest.mark.parametrize("command", [("chat", "Hello", "--open"), ("log",), ("branches",)], ids=lambda each: each[0])
def test_a_file_that_cannot_be_read_is_named_and_left_alone(spoil: Any, command: tuple[str, ...], kept: Path) -> None:
    message = spoil(kept)
    path = next(kept.parent.iterdir(), kept)
    before = path.read_bytes() if path.exists() else None
    done = lion_tui(*command, path)
    assert (done.returncode, done.stdout) == (NO_FILE, "")
    assert done.stderr.startswith("lion-tui: ")
    assert done.stderr.count("\n") == 1
    assert message in done.stderr
    assert (path.read_bytes() if path.exists() else None) == before
    assert list(path.parent.iterdir()) == ([] if before is None else [path])


def test_a_file_that_is_there_is_not_saved_over(kept: Path) -> None:
    before = kept.read_bytes()
    done = lion_tui("chat", "Hello", "--save", kept)
    assert (done.returncode, done.stdout) == (NO_FILE, "")
    assert f"{kept} is there already. Name a new file, or go on in this one with --open {kept}." in done.stderr
    assert kept.read_bytes() == before


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    done = lion_tui("chat", "Hello", "--save", tmp_path / "nowhere" / "s.parquet")
    assert (done.returncode, done.stdout) == (NO_FILE, "")
    assert "s.parquet" in done.stderr


def test_a_file_that_is_open_elsewhere_can_be_read_and_gone_on_with_in_a_copy(kept: Path) -> None:
    copy = kept.with_name("copy.toml")
    with Session.open(kept, write=True), serving(chunk("Yes."), DONE) as server:
        done = lion_tui("chat", "Hello", "--open", kept, **server.environment)
        assert (done.returncode, done.stdout) == (NO_FILE, "")
        assert "kept.parquet is open for writing in process" in done.stderr
        assert "Close it there, or add --save NEW.parquet to go on in a copy." in done.stderr
        assert server.requests == []
        assert "This was." in lion_tui("log", kept).stdout
        done = lion_tui("chat", "Hello", "--open", kept, "--save", copy, **server.environment)
        assert (done.returncode, done.stdout, done.stderr) == (0, "Yes.\n", "")
    assert _unchanged(kept)
    assert _new_turn(copy)[1].content == "Yes."


def test_an_answer_that_cannot_be_written_to_standard_output_is_kept(tmp_path: Path) -> None:
    path = tmp_path / "s.toml"
    with serving(chunk("Yes."), hang=True) as server, Path("/dev/full").open("wb") as full:
        process = start("chat", "Hello", "--save", path, stdout=full, env={**os.environ, **server.environment})
        _, errors = process.communicate(timeout=TIMEOUT)
    assert process.returncode == NO_FILE
    assert errors.decode().startswith("lion-tui: Standard output cannot be written (")
    answer = Session.open(path).path()[-1]
    assert (answer.content, answer.status) == ("Yes.", "stopped")


def test_a_refused_question_on_a_new_branch_leaves_the_file_and_its_redo(kept: Path, unused_tcp_port: int) -> None:
    with Session.open(kept, write=True) as session:
        session.add_message("user", "Undone")
        session.undo()
    before = kept.read_bytes()
    nobody = {"VLLM_BASE_URL": f"http://127.0.0.1:{unused_tcp_port}/v1", "ANTHROPIC_API_KEY": "sk-made-up"}
    for arguments, code, says in (
        (("--service", "vllm"), NO_ANSWER, "vLLM cannot be reached"),
        (("--service", "anthropic", "--seed", "0"), NO_COMMAND_LINE, "Anthropic takes no seed."),
        (("--service", "openai", "--branch", "no..name"), NO_COMMAND_LINE, "no..name"),
    ):
        done = lion_tui("chat", "hi", "--open", kept, "--branch", "new", *arguments, **nobody)
        assert (done.returncode, done.stdout) == (code, "")
        assert says in done.stderr
        assert kept.read_bytes() == before
        assert [path.name for path in kept.parent.iterdir()] == [kept.name]
    with Session.open(kept, write=True) as session:
        session.redo()
        assert session.path()[-1].content == "Undone"


def test_a_service_that_serves_several_models_asks_for_the_option(kept: Path) -> None:
    before = kept.read_bytes()
    models = json.dumps({"data": [{"id": "a"}, {"id": "b\x1b[2J"}]}).encode()
    with serving(models, content_type="application/json") as server:
        address = server.environment["OPENROUTER_BASE_URL"]
        done = lion_tui("chat", "hi", "--open", kept, "--service", "vllm", VLLM_BASE_URL=address)
    assert (done.returncode, done.stdout) == (NO_COMMAND_LINE, "")
    assert "--model" in done.stderr
    assert "\x1b" not in done.stderr
    assert kept.read_bytes() == before


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["info"], "`lion-tui info` needs FILE. `lion-tui ls` lists the sessions with their files."),
        (["open"], "`lion-tui open` needs FILE. `lion-tui ls` lists the sessions with their files."),
        (["convert"], "`lion-tui convert` needs SOURCE. `lion-tui ls` lists the sessions with their files."),
        (["diff", "kept.parquet"], "`lion-tui diff` needs A. `lion-tui branches FILE` lists the branches."),
        (["completion"], "`lion-tui completion` needs SHELL."),
    ],
)
def test_what_is_missing_is_named_with_what_to_do(arguments: list[str], said: str) -> None:
    done = lion_tui(*arguments)
    assert done.returncode == NO_COMMAND_LINE
    assert done.stderr == f"lion-tui: {said} `lion-tui {arguments[0]} --help` says more.\n"


@pytest.mark.parametrize(
    "arguments",
    [["info"], ["open"], ["log"], ["export"], ["convert", "a.toml"], ["votes", "a.toml", "--export"], ["import"]],
)
def test_a_name_that_no_file_can_have(arguments: list[str]) -> None:
    done = lion_tui(*arguments, "a" * 300)
    assert done.returncode == NO_COMMAND_LINE
    assert "Traceback" not in done.stderr
    assert "cannot be used (File name too long). Choose another name." in done.stderr


def test_a_command_that_is_too_long_for_a_file() -> None:
    done = lion_tui("a" * 300)
    assert done.returncode == 2
    assert "There is no command 'aaa" in done.stderr
