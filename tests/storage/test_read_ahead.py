"""A file that is read in another process: the same session as when it is read in this one, whatever happens to it."""

from __future__ import annotations

import io
import marshal
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from session_snapshots import same, snapshot, snapshots

from lion_tui.core.snapshot import Snapshot
from lion_tui.storage import parquet, read, row_groups, write

# In a process of its own: a fork wants one that has no threads.
READ = """
import sys
from pathlib import Path
from lion_tui.core.errors import LionError
from lion_tui.core.message import COLUMNS
from lion_tui.storage import SessionFile, begin_reading, read
path = Path("{name}")
begin_reading(path)
{between}
try:
    store, found = SessionFile.open(path, write={write})
except LionError as error:
    print(type(error).__name__, error)
else:
    store.close()
    print([*found.columns["content"]], "pyarrow" in sys.modules)
    again = read(path)
    assert found == again and list(found.columns) == list(again.columns) == [column.name for column in COLUMNS]
    assert [*map(type, found.columns["source_ids"])] == [*map(type, again.columns["source_ids"])]
"""
FORGET = """
import contextlib
from lion_tui.storage import read_ahead
with contextlib.suppress(read_ahead.NotRead):
    [*read_ahead.take(path)]
"""


@given(snapshots())
def test_whatever_a_file_holds_is_the_same_as_plain_values(held: Snapshot) -> None:
    path = Path("s.parquet")
    file = io.BytesIO()
    parquet.write(file, held, path)
    plain = [marshal.dumps(part) for part in row_groups.pack(parquet.load(file, path))]
    found = row_groups.decode(row_groups.unpack(map(marshal.loads, plain)), path)
    assert same(found, parquet.read(file, path))
    assert same(found, held)


@pytest.mark.parametrize("forks", [[], [1], [499, 500, 501], [*range(2, 1200, 7)]], ids=len)
def test_parents_before_and_elsewhere_are_found_again_in_a_long_session(tmp_path: Path, forks: list[int]) -> None:
    columns = {name: [*values] for name, values in snapshot(*["word"] * 1_300).columns.items()}
    for row in forks:
        columns["parent_id"][row] = columns["node_id"][row // 2] if row % 3 else None
    write(tmp_path / "s.parquet", Snapshot({"session_id": "s1"}, columns))
    assert read(tmp_path / "s.parquet").columns["parent_id"] == columns["parent_id"]


linux_only = pytest.mark.skipif(sys.platform != "linux", reason="elsewhere nothing is read ahead")


def opened(folder: Path, between: str = "", *, name: str = "s.parquet", write: bool = True) -> str:
    """Return what a program says that begins to read a file, does something, and then opens it."""
    process = subprocess.run(
        [sys.executable, "-c", READ.format(between=between, name=name, write=write)],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (process.returncode, process.stderr) == (0, "")
    return process.stdout.strip()


@linux_only
@pytest.mark.parametrize("write_", [True, False], ids=["for writing", "for reading only"])
def test_what_is_read_ahead_is_the_session_and_loads_no_pyarrow(tmp_path: Path, write_: bool) -> None:
    texts = ["Good evening", "Wünsche \0 \u2028 und 🎈", ""]
    write(tmp_path / "s.parquet", snapshot(*texts, note=None, deep={"a": [1, 2.5, None, {"b": True}]}))
    assert opened(tmp_path, write=write_) == f"{texts} False"


@linux_only
def test_toml_is_read_ahead_too(tmp_path: Path) -> None:
    write(tmp_path / "s.toml", snapshot("Good evening"))
    assert opened(tmp_path, name="s.toml") == "['Good evening'] False"


def test_a_file_that_was_replaced_meanwhile_is_read_anew(tmp_path: Path) -> None:
    write(tmp_path / "s.parquet", snapshot("before"))
    write(tmp_path / "other.parquet", snapshot("after"))
    once_read = "import os; os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOWAIT)" if sys.platform == "linux" else ""
    assert opened(tmp_path, f"{once_read}\nPath('other.parquet').replace(path)") == "['after'] True"


def test_a_file_that_is_gone_meanwhile_is_missed(tmp_path: Path) -> None:
    write(tmp_path / "s.parquet", snapshot("before"))
    assert opened(tmp_path, "path.unlink()", write=False).startswith("FileError There is no file s.parquet in")


@pytest.mark.parametrize(("content", "error"), [(b"PAR1 and no more", "DamagedFile"), (b"", "ForeignFile")])
def test_what_is_wrong_with_a_file_is_said_as_without(tmp_path: Path, content: bytes, error: str) -> None:
    (tmp_path / "s.parquet").write_bytes(content)
    ahead = opened(tmp_path)
    assert ahead.startswith(f"{error} s.parquet ")
    assert ahead == opened(tmp_path, FORGET)


def test_where_there_are_threads_nothing_is_forked(tmp_path: Path) -> None:
    write(tmp_path / "s.parquet", snapshot("still here"))
    busy = "import threading; end = threading.Event(); threading.Thread(target=end.wait).start()\nbegin_reading(path)"
    assert opened(tmp_path, f"{FORGET}\n{busy}\nend.set()") == "['still here'] True"


@linux_only
def test_reading_leaves_no_threads_behind_that_a_quick_end_would_trip_over(tmp_path: Path) -> None:
    write(tmp_path / "s.parquet", snapshot("Good evening"))
    script = (
        "import os, pyarrow.parquet; from pathlib import Path; from lion_tui.storage import read\n"
        "loaded = os.listdir('/proc/self/task'); read(Path('s.parquet'))\n"
        "print(len(os.listdir('/proc/self/task')) - len(loaded))"
    )
    process = subprocess.run(
        [sys.executable, "-c", script], cwd=tmp_path, capture_output=True, text=True, timeout=60, check=True
    )
    assert process.stdout == "0\n"
