"""What an import loads, each in a fresh process: start-up time is a feature."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

HEAVY = {"textual", "rich", "httpx", "httpx_sse", "pandas", "numpy", "pyarrow", "xllamacpp", "pyperclip", "stamina"}
CORE = (
    "import importlib, pkgutil, lion_tui.core as core\n"
    "for each in pkgutil.walk_packages(core.__path__, 'lion_tui.core.'): importlib.import_module(each.name)"
)
TALK = """
import asyncio
from lion_tui import Services, Session
session = Session("sys", service=Services.Scripted("x"))
assert asyncio.run(session.chat("q")) == "x"
session.fork("main", "try"); session.undo(); session.checkout("main")
"""


def loaded(code: str) -> set[str]:
    """Return the top-level packages that a fresh interpreter has loaded after some code."""
    script = f"import json, sys\n{code}\nprint(json.dumps(sorted({{name.partition('.')[0] for name in sys.modules}})))"
    process = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, timeout=60)
    return set(json.loads(process.stdout))


@pytest.mark.parametrize(
    ("code", "besides"),
    [
        ("import lion_tui", {"msgspec", "click", "asyncio", "platformdirs", "filelock"}),
        ("from lion_tui import Session, Branch, Services, Message, LionError", {"msgspec", "click", "platformdirs"}),
        (CORE, {"msgspec", "click", "platformdirs", "asyncio", "filelock"}),
        (TALK, {"msgspec", "click", "platformdirs", "filelock"}),
    ],
    ids=["the package", "its names", "the whole core", "a conversation in memory"],
)
def test_nothing_heavy_is_loaded(code: str, besides: set[str]) -> None:
    assert loaded(code) & (HEAVY | besides) == set()


def test_a_conversation_leaves_nothing_in_the_folder_it_is_in(tmp_path: Path) -> None:
    subprocess.run([sys.executable, "-c", TALK], cwd=tmp_path, check=True, timeout=60)
    assert list(tmp_path.iterdir()) == []


def test_pandas_is_loaded_by_a_frame_only() -> None:
    assert {"pandas"} <= loaded("from lion_tui import Session\nSession('x').messages")


def test_the_names_of_the_package_are_what_it_says() -> None:
    import lion_tui

    for name in lion_tui.__all__:
        assert getattr(lion_tui, name) is not None
    assert issubclass(lion_tui.errors.BudgetExceeded, lion_tui.LionError)
    assert dir(lion_tui) == sorted(lion_tui.__all__)
    with pytest.raises(AttributeError, match="Sesion"):
        lion_tui.Sesion  # noqa: B018 - the access is what is tried
