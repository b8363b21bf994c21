"""Names of files that no file can have: the program says so and goes on."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from stage import staged

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize("command", ["export", "save", "move", "open"])
async def test_a_name_that_is_too_long(command: str) -> None:
    async with staged("Yes.") as stage:
        await stage.ask("one")
        await stage.send(f"/{command} {'a' * 300}.toml")
        await stage.until("cannot be used (File name too long). Choose another name.")
        await stage.press("ctrl+c")
        await stage.ask("two")


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("/export ~nobody-here/a.md", "a.md was not saved (No such file or directory)"),
        ("/save ~nobody-here/a.toml", "a.toml was not saved (No such file or directory)"),
        ("/move ~nobody-here/a.toml", "a.toml was not saved (No such file or directory)"),
        (
            "/open ~nobody-here/a.toml",
            "There is no file a.toml, and no folder ~nobody-here to make it in.",
        ),
    ],
)
async def test_the_home_of_somebody_that_there_is_not(line: str, said: str) -> None:
    async with staged("Yes.") as stage:
        await stage.ask("one")
        await stage.send(line)
        await stage.until(said)
        await stage.press("ctrl+c")
        assert stage.app.is_running
        assert stage.talk == ["one", "Yes."]
