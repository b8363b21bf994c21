"""What the core makes goes into a file, and comes back as the same session."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from session_snapshots import same

from lion_tui.core.changes import Position
from lion_tui.core.header import restore_snapshot, take_snapshot
from lion_tui.core.operations import alternatives, branching, deleting, writing
from lion_tui.core.state import State
from lion_tui.storage import SessionFile, read

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def state() -> State:
    state = State()
    main = branching.new_branch(state, "main", system="Be brief.")
    here = Position(main.branch_id)
    asked = writing.append(state, here, role="user", content="Why is the sky blue?\r\nAnd the sea?")
    answer = writing.append(
        state,
        here,
        role="assistant",
        content="Light scatters.",
        params={"temperature": 0.5, "stop": ["\n"]},
        tokens_out=3,
    )
    branching.fork(state, asked, "try-2", main, note="another way", colour=None)
    alternatives.edit(state, here, answer, {"content": "Light scatters, and the sea mirrors it."}, carry=False)
    deleting.archive(state, answer, archived=True)
    state.extra["from_a_later_version"] = {"a": [1, None, {"json": "x"}], "b": None}
    return state


@pytest.mark.parametrize("extension", ["parquet", "toml"])
def test_a_session_comes_back(extension: str, state: State, tmp_path: Path) -> None:
    path = tmp_path / f"s.{extension}"
    before = take_snapshot(state)
    store, _ = SessionFile.open(path, write=True)
    store.save(before)
    store.close()
    restored, report = restore_snapshot(read(path))
    assert report == []
    assert same(take_snapshot(restored), before)
    assert restored.undo_latest() is not None


def test_nothing_heavy_is_loaded_before_a_file_is_touched() -> None:
    heavy = "{'pyarrow', 'pandas', 'numpy', 'tomli_w', 'filelock', 'httpx', 'textual'}"
    program = f"import sys, lion_tui.storage; print(sorted({heavy} & sys.modules.keys()))"
    assert subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout == "[]\n"
