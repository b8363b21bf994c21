"""What the commands load: start-up time is a feature."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from cli_program import DONE, chunk, lion_tui, serving

from lion_tui import Session

if TYPE_CHECKING:
    from pathlib import Path

HEAVY = {"textual", "rich", "httpx", "pandas", "numpy", "pyarrow", "msgspec", "xllamacpp", "asyncio"}
REPORT = """
import sys
from lion_tui.cli import main
try:
    main()
finally:
    sys.stderr.write("LOADED " + " ".join(sorted(sys.modules)))
"""


def loaded(*arguments: str | Path, code: int = 0, **environment: str) -> set[str]:
    """Run a command in a process of its own and return the modules that it loaded."""
    done = subprocess.run(
        [sys.executable, "-c", REPORT, *map(str, arguments)],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        env={**os.environ, **environment},
        check=False,
    )
    assert done.returncode == code, done.stderr
    return set(done.stderr.partition("LOADED ")[2].split())


@pytest.mark.parametrize(
    "arguments", [["--help"], ["--version"], ["chat", "--help"], ["open", "--help"], ["completion", "zsh"]]
)
def test_what_needs_no_session_loads_nothing_heavy(arguments: list[str]) -> None:
    modules = loaded(*arguments)
    assert "click" in modules
    assert not modules & HEAVY
    assert "lion_tui.session" not in modules


def test_a_bad_option_is_told_without_loading_anything_heavy() -> None:
    assert not loaded("chat", "Hello", "--hot", code=2) & HEAVY


def test_chat_without_a_file_loads_neither_screen_nor_frames_nor_files() -> None:
    with serving(chunk("Yes."), DONE) as server:
        modules = loaded("chat", "Hello", **server.environment)
    assert "httpx" in modules
    assert not modules & {"textual", "pandas", "numpy", "pyarrow", "xllamacpp"}


@pytest.mark.parametrize("command", ["log", "branches"])
def test_what_reads_a_file_loads_neither_screen_nor_network(command: str, tmp_path: Path) -> None:
    Session("Hello").save(tmp_path / "s.parquet")
    modules = loaded(command, tmp_path / "s.parquet")
    assert "pyarrow" in modules
    assert not modules & {"textual", "rich", "httpx", "xllamacpp"}


def test_version_is_the_package_s() -> None:
    from importlib.metadata import version

    done = lion_tui("--version")
    assert (done.returncode, done.stdout, done.stderr) == (0, f"lion-tui {version('lion-tui')}\n", "")


@pytest.mark.parametrize(
    "command", [[], ["chat"], ["open"], ["log"], ["branches"], ["model", "fetch"], ["completion"]], ids=" ".join
)
def test_every_command_has_help_with_examples(command: list[str]) -> None:
    done = lion_tui(*command, "-h")
    assert (done.returncode, done.stderr) == (0, "")
    assert " ".join(["Usage: lion-tui", *command]) in done.stdout
    assert "Examples:" in done.stdout
    assert max(map(len, done.stdout.splitlines())) <= 80


def test_help_tells_the_exit_codes() -> None:
    lines = lion_tui("--help").stdout.splitlines()
    codes = [line.split()[0] for line in lines[lines.index("  Exit codes:") + 1 :]]
    assert codes == ["0", "1", "2", "3", "4", "130", "141"]


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_the_completion_script_asks_the_program(shell: str) -> None:
    done = lion_tui("completion", shell)
    assert done.returncode == 0
    assert "_LION_TUI_COMPLETE" in done.stdout
    assert "lion-tui" in done.stdout


def complete(words: str) -> list[str]:
    """Return what the program offers for the last of `words`."""
    count = str(len(words.split()) - (not words.endswith(" ")))
    asked = lion_tui(_LION_TUI_COMPLETE="bash_complete", COMP_WORDS=words, COMP_CWORD=count)
    assert asked.stderr == ""
    return [line.partition(",")[2] for line in asked.stdout.splitlines() if line]


def test_commands_services_and_branches_complete(tmp_path: Path) -> None:
    session = Session()
    session.fork("main", "drier")
    session.fork("main", "dry")
    session.save(tmp_path / "s.toml")
    (tmp_path / "bad.toml").write_text("nothing")
    assert complete("lion-tui b") == ["branches"]
    assert complete("lion-tui chat --service op") == ["openai", "openrouter"]
    assert complete(f"lion-tui log {tmp_path}/s.toml --branch dr") == ["drier", "dry"]
    assert complete(f"lion-tui chat --open {tmp_path}/s.toml --branch m") == ["main"]
    assert complete(f"lion-tui log {tmp_path}/bad.toml --branch d") == []
    assert complete("lion-tui chat --branch d") == []
