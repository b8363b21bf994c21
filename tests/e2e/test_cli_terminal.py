"""What reaches a terminal, a pipe and a reader that goes away; and Ctrl+C."""

from __future__ import annotations

import json
import os
import re
import signal
from typing import TYPE_CHECKING

import pytest
from cli_program import DONE, TIMEOUT, chunk, lion_tui, on_terminal, serving, start
from hypothesis import example, given
from hypothesis import strategies as st

from lion_tui import Session
from lion_tui.core.text import PlainStream, plain

if TYPE_CHECKING:
    from pathlib import Path

    from cli_program import Server

STEERING = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
EVIL = "a\x1b[31mred\x1b[0m \x1b]52;c;aGFjaw==\x07\x1b]0;title\x1b\\b\x9b2Jc\r\n\x08\u202ed\x1b(Be\x1bcf\ttab"
TAME = "ared bc\ndef\ttab"

hard_text = st.text(st.sampled_from("ab \n\t\x1b[]0;?m\\\x07P(\x9b\x9d\x9c\r\u202e\u200f"), max_size=40)


@pytest.fixture
def evil() -> Server:
    """Return a server that answers with escape sequences, cut in the middle."""
    with serving(*(chunk(EVIL[at : at + 3]) for at in range(0, len(EVIL), 3)), DONE) as server:
        yield server


def test_text_without_escape_sequences() -> None:
    assert plain(EVIL) == TAME


@given(hard_text)
def test_nothing_printable_steers_a_terminal(text: str) -> None:
    assert not STEERING.search(plain(text))


@given(st.lists(hard_text, max_size=8))
@example(["\x9d0\x1b0", "\x07"])
@example(["\x9d0", "\x9bP", "\x07"])
def test_a_text_in_pieces_is_shown_as_the_whole_is(pieces: list[str]) -> None:
    stream = PlainStream()
    shown = "".join(map(stream.feed, pieces)) + stream.end()
    assert shown == plain("".join(pieces))


@given(
    st.text(
        st.characters(
            exclude_categories=("Cc", "Cs"),
            exclude_characters="\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069",
        )
    )
)
def test_ordinary_text_is_shown_at_once_and_as_it_is(text: str) -> None:
    assert PlainStream().feed(text) == text


def test_a_string_that_never_ends_does_not_hold_the_answer_back() -> None:
    stream = PlainStream()
    shown = stream.feed("before \x1b]0;")
    shown += "".join(stream.feed("x" * 100) for _ in range(100))
    assert shown.startswith("before ")
    assert shown.count("x") > 5000


def test_on_a_terminal_an_answer_cannot_steer_it(evil: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in evil.environment.items():
        monkeypatch.setenv(name, value)
    code, shown = on_terminal("chat", "Hello")
    assert code == 0
    assert shown.replace("\r\n", "\n") == TAME + "\n"


def test_in_a_pipe_the_answer_is_as_it_came(evil: Server) -> None:
    done = lion_tui("chat", "Hello", **evil.environment)
    assert (done.returncode, done.stdout, done.stderr) == (0, EVIL + "\n", "")


def test_an_answer_that_the_service_cut_is_told_unless_that_was_asked_for() -> None:
    with serving(chunk("Half"), chunk("", "length"), b"data: [DONE]\n\n") as server:
        done = lion_tui("chat", "Hello", **server.environment)
        assert (done.returncode, done.stdout) == (0, "Half\n")
        assert done.stderr == "The service cut the answer at its own cap; --max-tokens sets another.\n"
        assert lion_tui("chat", "Hello", "--max-tokens", "1", **server.environment).stderr == ""
        assert server.requests[1]["max_tokens"] == 1


def test_an_answer_without_text_prints_nothing() -> None:
    with serving(DONE) as server:
        done = lion_tui("chat", "Hello", **server.environment)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_on_a_terminal_what_is_waited_for_is_shown_and_taken_away(
    model_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LION_TUI_MODEL", str(model_file))
    code, shown = on_terminal("chat", "Hello", "--max-tokens", "4")
    assert code == 0
    waiting, blank, answer = shown.removeprefix("\r").split("\r", 2)
    assert waiting == "Starting smollm2-135m …"
    assert blank == " " * len(waiting)
    assert answer.endswith("\r\n")
    assert answer.strip()


def test_what_a_file_holds_cannot_steer_a_terminal_either(tmp_path: Path) -> None:
    session = Session()
    session.add_message("user", EVIL, sender="\x1b[2Jevil")
    session.save(tmp_path / "s.toml")
    code, shown = on_terminal("log", tmp_path / "s.toml")
    assert code == 0
    assert TAME in shown.replace("\r\n", "\n")
    bold = shown.replace("\x1b[1m", "").replace("\x1b[0m", "").replace("\r\n", "\n")
    assert not STEERING.search(bold)
    code, shown = on_terminal("log", tmp_path / "s.toml", "--json")
    assert code == 0
    assert not STEERING.search(shown.replace("\r\n", "\n"))
    assert json.loads(shown)["content"] == EVIL
    assert EVIL in lion_tui("log", tmp_path / "s.toml").stdout


def test_ctrl_c_stops_the_answer_and_keeps_what_came(tmp_path: Path) -> None:
    path = tmp_path / "s.parquet"
    with serving(chunk("Half an"), hang=True) as server:
        process = start("chat", "Hello", "--save", path, env={**os.environ, **server.environment})
        assert os.read(process.stdout.fileno(), 100) == b"Half an"
        process.send_signal(signal.SIGINT)
        out, errors = process.communicate(timeout=TIMEOUT)
        assert server.left.wait(TIMEOUT)
    assert (process.returncode, out) == (130, b"\n")
    assert errors.decode() == f"Stopped. {path} has what came.\n"
    question, answer = Session.open(path).path()
    assert (question.content, answer.content, answer.status) == ("Hello", "Half an", "stopped")
    assert list(tmp_path.iterdir()) == [path]


def test_ctrl_c_with_json_tells_what_came() -> None:
    with serving(chunk("Half an"), hang=True) as server:
        process = start("chat", "Hello", "--json", env={**os.environ, **server.environment})
        server.sent.wait(TIMEOUT)
        process.send_signal(signal.SIGINT)
        out, errors = process.communicate(timeout=TIMEOUT)
    assert process.returncode == 130
    found = json.loads(out)
    assert found["status"] == "stopped"
    assert errors == b"Stopped.\n"


def test_a_reader_that_has_enough_ends_it_quietly(tmp_path: Path) -> None:
    path = tmp_path / "s.toml"
    with serving(*[chunk("line\n" * 100)] * 1000, hang=True) as server:  # more than a pipe holds
        process = start("chat", "Hello", "--save", path, env={**os.environ, **server.environment})
        assert os.read(process.stdout.fileno(), 5).startswith(b"l")
        process.stdout.close()
        errors = process.stderr.read()
        assert process.wait(TIMEOUT) == 141
        process.stderr.close()
    assert errors == b""
    answer = Session.open(path).path()[-1]
    assert answer.status == "stopped"
    assert answer.content.startswith("line\n")


def test_a_reader_of_the_log_that_has_enough_ends_it_quietly(tmp_path: Path) -> None:
    session = Session()
    session.add_message("user", "whale\n" * 100_000)
    session.save(tmp_path / "s.toml")
    process = start("log", tmp_path / "s.toml")
    assert process.stdout.read(4) == b"user"
    process.stdout.close()
    assert process.wait(TIMEOUT) == 141
    assert process.stderr.read() == b""
    process.stderr.close()
