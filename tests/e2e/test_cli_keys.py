"""`lion-tui keys`, `--resume` and options in the wrong place."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from cli_program import lion_tui


def test_the_keys_are_listed_with_the_users_own() -> None:
    config = Path(os.environ["LION_TUI_CONFIG"])
    config.mkdir(exist_ok=True)
    (config / "config.toml").write_text('[keymap]\nregenerate = "Y"\nfrok = "x"\n')
    done = lion_tui("keys")
    assert done.returncode == 0
    line = next(line for line in done.stdout.splitlines() if line.startswith("regenerate "))
    assert line.split()[:2] == ["regenerate", "Y,"]
    assert "/regenerate" in line
    assert any(line.split()[:2] == ["fork", "N,"] for line in done.stdout.splitlines())
    assert done.stderr.startswith("config.toml: keymap.frok: there is no such command. Did you mean fork?")


def test_settings_that_cannot_be_read_are_said_beside_the_keys(tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text('[keymap]\nregenerate = "Y')
    done = lion_tui("keys", LION_TUI_CONFIG=str(tmp_path))
    assert done.returncode == 0
    assert done.stderr.startswith(f"{tmp_path / 'config.toml'} is not understood: ")


def test_without_a_session_there_is_none_to_resume() -> None:
    done = lion_tui("--resume")
    assert done.returncode == 2
    assert "There is no session to go on with yet." in done.stderr
    assert done.stdout == ""


@pytest.mark.parametrize("option", ["--resume", "--no-mouse"])
def test_options_of_the_screen_stand_alone(option: str) -> None:
    done = lion_tui(option, "log", "x.parquet")
    assert done.returncode == 2
    assert f"{option} belongs after the command" in done.stderr
