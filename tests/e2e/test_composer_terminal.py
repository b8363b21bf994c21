"""What only a real terminal shows of the composer: the editor, standard input, type-ahead, and signals."""

from __future__ import annotations

import contextlib
import os
import pty
import re
import select
import shlex
import shutil
import signal
import subprocess
import termios
from pathlib import Path

import pytest
from cli_program import lion_tui, start
from tmux_terminal import Terminal, eventually, terminal

from lion_tui import Session
from lion_tui.core.errors import FileLocked

pytestmark = pytest.mark.timeout(600)  # each waits for many things, on a loaded machine for long

if shutil.which("tmux") is None and os.environ.get("CI") != "true":
    pytest.skip("tmux is not installed: the tests in a real terminal were left out", allow_module_level=True)


@pytest.fixture
def settings(model_file: Path) -> dict[str, str]:
    """Return the environment of the program."""
    return {"LION_TUI_MODEL": str(model_file)}


def script(folder: Path, text: str) -> str:
    """Write a program and return how to call it."""
    file = folder / "my editor"
    file.write_text(f"#!/bin/sh\n{text}\n")
    file.chmod(0o700)
    return shlex.quote(str(file))


def pid_of(pane: Terminal) -> int:
    """Return the process of the program in a pane."""
    shell = pane.tmux("display", "-p", "#{pane_pid}").strip()
    found = subprocess.run(["pgrep", "-P", shell], capture_output=True, text=True, check=True)
    return int(found.stdout.split()[0])


def drafts(file: Path) -> list[str]:
    """Return the drafts in a session's file."""
    return list(Session.open(file).state.drafts.values())


def is_locked(file: Path) -> bool:
    """Tell whether a session is open for writing somewhere."""
    try:
        Session.open(file, write=True).close()
    except FileLocked:
        return True
    return False


def test_the_editor_gets_the_draft_and_gives_it_back(tmp_path: Path, settings: dict[str, str]) -> None:
    editor = script(tmp_path, f'ls -l "$1" > {tmp_path}/mode; printf \'first\\nsecond\\n\' >> "$1"')
    with terminal(80, 24, "open", str(tmp_path / "s.toml"), EDITOR=editor, **settings) as pane:
        pane.until("Ask anything")
        pane.tmux("send-keys", "-l", "my ")
        pane.keys("C-g")
        pane.until("› my first")
        pane.until("  second")
        pane.tmux("send-keys", "-l", " third")
        pane.until("  second third")
        assert (tmp_path / "mode").read_text().startswith("-rw-------")
        assert not Path((tmp_path / "mode").read_text().split()[-1]).exists()
        pane.keys("C-q")
        assert pane.ended() == 0


def test_what_was_pasted_is_one_thing_again_after_the_editor(tmp_path: Path, settings: dict[str, str]) -> None:
    text = "\n".join(f"line {number}" for number in range(600))
    (tmp_path / "text").write_text(text)
    editor = script(tmp_path, f'cp "$1" {tmp_path}/given; echo " And that?" >> "$1"')
    with terminal(80, 24, "open", str(tmp_path / "s.toml"), EDITOR=editor, **settings) as pane:
        pane.until("Ask anything")
        pane.tmux("load-buffer", str(tmp_path / "text"), ";", "paste-buffer", "-p")
        pane.tmux("send-keys", "-l", " What is this?")
        pane.until("[pasted 600 lines] What is this?")
        pane.keys("C-g")
        pane.until("[pasted 600 lines] What is this? And that?")
        assert (tmp_path / "given").read_text() == f"{text} What is this?"
        pane.keys("C-q")
        assert pane.ended() == 0
    assert drafts(tmp_path / "s.toml") == [f"{text} What is this? And that?"]


def test_an_answer_goes_on_while_the_editor_is_open(tmp_path: Path, settings: dict[str, str]) -> None:
    gate = tmp_path / "gate"
    # Ctrl+C is sent to all that runs in the terminal, the program too.
    waits = f"trap '' INT; echo editing; while ! test -e {gate}; do sleep 0.05; done"
    editor = script(tmp_path, f'{waits}; echo done >> "$1"')
    file = tmp_path / "s.parquet"
    with terminal(80, 24, "open", str(file), EDITOR=editor, **settings) as pane:
        pane.until("embedded")
        pane.tell_a_story(max_tokens=100)
        pane.until("streaming 1")
        pane.keys("C-g")
        pane.until("editing")
        pane.keys("C-c")
        eventually(lambda: file.exists() and [each.status for each in Session.open(file).path()] == ["complete"] * 2)
        gate.touch()
        pane.until("› done")
        pane.keys("C-q")
        assert pane.ended() == 0


@pytest.mark.parametrize(("command", "said"), [("exit 3", "failed with exit code 3"), (None, "There is no editor")])
def test_an_editor_that_fails_loses_nothing(
    tmp_path: Path, settings: dict[str, str], command: str | None, said: str
) -> None:
    editor = script(tmp_path, f'echo lost > "$1"; {command}') if command else str(tmp_path / "none")
    with terminal(80, 24, "open", str(tmp_path / "s.toml"), EDITOR=editor, TMPDIR=str(tmp_path), **settings) as pane:
        pane.until("Ask anything")
        pane.tmux("send-keys", "-l", "my draft")
        pane.keys("C-g")
        pane.until(said)
        pane.until("› my draft")
        pane.keys("C-q")
        assert pane.ended() == 0
    left = [path.read_text() for path in tmp_path.glob("lion-tui-*.md")]
    assert left == (["lost\n"] if command else []), "what the editor wrote stays where the error says"


def test_standard_input_becomes_the_draft(tmp_path: Path, settings: dict[str, str]) -> None:
    file = tmp_path / "s.parquet"
    with terminal(80, 24, "open", str(file), piped="seq 100", **settings) as pane:
        pane.until("[pasted 100 lines]")
        pane.send("What is this?")
        pane.until(lambda screen: "▎ What is this?" in screen)
        pane.stop()
        pane.keys("C-q")
        assert pane.ended() == 0
    prompt = Session.open(file).path()[0].content
    assert prompt == "\n".join(map(str, range(1, 101))) + "\nWhat is this?"


@pytest.mark.parametrize(
    ("piped", "code", "said"),
    [("head -c 2000000 /dev/zero", 2, "more than 1,000,000 characters"), (":", 0, "Ask anything")],
)
def test_too_much_standard_input_and_none(
    tmp_path: Path, settings: dict[str, str], piped: str, code: int, said: str
) -> None:
    with terminal(80, 24, "open", str(tmp_path / "s.toml"), piped=piped, **settings) as pane:
        pane.until(said)
        if not code:
            pane.keys("C-q")
        assert pane.ended() == code


def test_standard_input_without_a_terminal_is_refused() -> None:
    done = lion_tui(stdin="a diff")
    assert done.returncode == 2
    assert "needs a terminal" in done.stderr


def test_what_is_typed_before_the_program_has_started_is_there(tmp_path: Path, settings: dict[str, str]) -> None:
    with terminal(80, 24, "open", str(tmp_path / "s.toml"), **settings) as pane:
        pane.tmux("send-keys", "-l", "typed ahead of the first paint")
        pane.until("› typed ahead of the first paint")
        pane.keys("C-q")
        assert pane.ended() == 0


def test_a_large_paste_in_brackets(tmp_path: Path, settings: dict[str, str]) -> None:
    (tmp_path / "text").write_text("a line of text\n" * 5_000)
    with terminal(80, 24, "open", str(tmp_path / "s.toml"), **settings) as pane:
        pane.until("Ask anything")
        pane.tmux("load-buffer", str(tmp_path / "text"), ";", "paste-buffer", "-p")
        pane.tmux("send-keys", "-l", "right after")
        pane.until("[pasted 5,001 lines]right after")
        pane.keys("C-q")
        assert pane.ended() == 0


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_signal_saves_and_ends(tmp_path: Path, settings: dict[str, str], number: signal.Signals) -> None:
    file = tmp_path / "s.parquet"
    with terminal(80, 24, "open", str(file), **settings) as pane:
        pane.until("Ask anything")
        pane.send("/system be brief")
        pane.tmux("send-keys", "-l", "half a thought")
        pane.until("› half a thought")
        os.kill(pid_of(pane), number)
        assert pane.ended() == 128 + number
    assert drafts(file) == ["half a thought"]


def runs(file: Path) -> bool:
    """Tell whether a process has the file on its command line."""
    return (
        str(file)
        in subprocess.run(["ps", "-A", "-ww", "-o", "args="], capture_output=True, text=True, check=True).stdout
    )


def test_a_terminal_that_goes_away_loses_nothing(tmp_path: Path, settings: dict[str, str]) -> None:
    file = tmp_path / "s.parquet"
    with terminal(80, 24, "open", str(file), **settings) as pane:
        pane.until("embedded")
        pane.tell_a_story()
        pane.until("streaming 1")
        pane.tmux("send-keys", "-l", "half a thought")
        pane.until("› half a thought")
        pane.tmux("kill-server")
        eventually(lambda: file.exists() and drafts(file) == ["half a thought"])
        eventually(lambda: not runs(file), lambda: "The program goes on without a terminal.")
    assert Session.open(file).path()[-1].status == "stopped"
    eventually(lambda: not is_locked(file))


def test_control_z_goes_back_to_the_shell_and_fg_comes_back(tmp_path: Path, settings: dict[str, str]) -> None:
    with terminal(80, 24, "open", str(tmp_path / "s.toml"), interactive=True, **settings) as pane:
        pane.until("Ask anything")
        pane.tmux("send-keys", "-l", "one")
        pane.until("› one")
        pane.keys("C-z")
        pane.until("› Ask anything")
        pane.keys("C-y")
        pane.until("› one")
        pane.keys("F2")
        pane.until("enter check out")
        pane.keys("C-z")
        pane.until("Stopped")
        pane.send("fg")
        pane.until("› one")
        pane.compose()
        pane.tmux("send-keys", "-l", " more")
        pane.until("› one more")
        pane.keys("C-q")
        pane.until(lambda screen: re.search(r"[$#]\s*\Z", screen))  # what was typed earlier, the program would read
        pane.send("echo ended  with $?")
        assert pane.ended() == 0


def test_what_a_model_is_asked_to_merge_is_written_in_the_editor(tmp_path: Path, settings: dict[str, str]) -> None:
    file = tmp_path / "s.parquet"
    with Session.open(file, write=True) as session:
        session.add_message("user", "why?")
        session.fork(name="other")
        session.add_message("assistant", "so", branch="other")
        session.add_message("assistant", "thus")
    editor = script(tmp_path, "printf 'Take the best of each.\\nBe brief.\\n' > \"$1\"")
    with terminal(80, 24, "open", str(file), EDITOR=editor, **settings) as pane:
        pane.until("embedded")
        pane.browse()
        pane.keys("M")
        pane.until("Merge into main")
        pane.keys("C-g")
        pane.until("asked Take the best of each. Be brief.")
        pane.keys("Escape")
        pane.until("R again")
        pane.keys("C-q")
        assert pane.ended() == 0


def test_escape_and_the_keys_after_it_are_keys_of_their_own_however_fast(
    tmp_path: Path, settings: dict[str, str]
) -> None:
    with terminal(80, 24, "open", str(tmp_path / "s.toml"), **settings) as pane:
        pane.until("› Ask anything")
        pane.keys("words", "Escape", "i", "!", "Escape", "F1")
        pane.until("In the chat and the tree")
        pane.keys("Escape", "i", "?")
        pane.until("› words!?")


def test_bytes_that_are_no_text_are_read_as_such_and_what_comes_after_them_as_usual(
    tmp_path: Path, settings: dict[str, str]
) -> None:
    master, slave = pty.openpty()
    termios.tcsetwinsize(slave, (24, 80))
    process = start(
        "open", tmp_path / "s.toml", stdin=slave, stdout=slave, stderr=slave, env={**os.environ, **settings}
    )
    os.close(slave)
    shown = b""

    def until(text: str) -> None:
        nonlocal shown
        while text.encode() not in shown:
            assert select.select([master], [], [], 60)[0], f"{text!r} never came: {shown!r}"
            shown += os.read(master, 65536)

    until("Ask anything")
    os.write(master, b"word \x1b[1114112u\x1b[97;5:1u")  # kitty's form of keys that there cannot be
    until("word ")
    os.write(master, b"\xff\xc3" + "ü🎈".encode()[:4])
    os.write(master, "ü🎈".encode()[4:])
    until("🎈")
    os.write(master, b"\x11")  # Ctrl+Q
    with contextlib.suppress(OSError):  # the program has closed the terminal
        while os.read(master, 65536):
            pass
    os.close(master)
    assert process.wait(60) == 0
    assert drafts(tmp_path / "s.toml") == ["word \N{REPLACEMENT CHARACTER}\N{REPLACEMENT CHARACTER}ü🎈"]
