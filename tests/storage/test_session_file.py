from __future__ import annotations

import errno
import json
import os
import subprocess
import sys
import threading
from typing import TYPE_CHECKING

import filelock
import pytest
from session_snapshots import same, snapshot

from lion_tui.core.errors import FileError, FileLocked, ReadOnlySession, SaveFailed, UsageError
from lion_tui.storage import SessionFile, atomic, read, write

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from lion_tui.core.snapshot import Snapshot, Store

ONE, TWO = snapshot("one"), snapshot("one", "two")

HOLDER = """
import sys
from lion_tui.storage import SessionFile
store, _ = SessionFile.open(sys.argv[1], write=True)
print("held", flush=True)
sys.stdin.read()
store.close()
"""


def edit_elsewhere(path: Path, session: Snapshot) -> None:
    """Write the file as an editor does, which knows no lock."""
    other = path.with_name(f"other{path.suffix}")
    write(other, session)
    path.write_bytes(other.read_bytes())
    other.unlink()


@pytest.fixture(params=["parquet", "toml"])
def path(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    path = tmp_path / f"s.{request.param}"
    write(path, ONE)
    return path


@pytest.fixture
def other_process(path: Path) -> Iterator[subprocess.Popen[str]]:
    with subprocess.Popen(
        [sys.executable, "-c", HOLDER, path], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        yield process
        process.kill()


def test_open_save_close(path: Path) -> None:
    store, session = SessionFile.open(path, write=True)
    as_store: Store = store
    assert as_store.path == path
    assert same(session, ONE)
    as_store.save(TWO)
    as_store.save(ONE)
    as_store.save(TWO)
    as_store.close()
    as_store.close()
    assert same(read(path), TWO)
    assert list(path.parent.iterdir()) == [path]


def test_a_session_without_a_save_leaves_nothing(tmp_path: Path) -> None:
    store, session = SessionFile.open(tmp_path / "new.parquet", write=True)
    assert session is None
    assert [file.name for file in tmp_path.iterdir()] == ["new.parquet.lock"]
    store.close()
    assert not any(tmp_path.iterdir())


def test_the_first_save_makes_the_file(tmp_path: Path) -> None:
    store, _ = SessionFile.open(tmp_path / "new.toml", write=True)
    store.save(ONE)
    store.save(TWO)
    store.close()
    assert same(read(tmp_path / "new.toml"), TWO)


def test_a_file_that_is_removed_is_made_by_the_next_save(path: Path, tmp_path: Path) -> None:
    link = tmp_path / f"link{path.suffix}"
    link.symlink_to(path)
    store, snapshot = SessionFile.open(link, write=True)
    assert snapshot is not None
    store.append([{"op": 1}])
    store.remove()
    assert not store.exists
    assert not store.append([{"op": 2}])
    assert sorted(each.name for each in tmp_path.iterdir() if not each.name.endswith(".lock")) == []
    store.save(snapshot)
    assert store.exists
    store.close()
    assert read(link) == snapshot


def test_what_another_program_wrote_is_not_removed(path: Path) -> None:
    store, _ = SessionFile.open(path, write=True)
    path.unlink()
    path.write_bytes(b"mine")
    with pytest.raises(SaveFailed, match="changed by another program"):
        store.remove()
    assert path.read_bytes() == b"mine"
    store.close()


def test_a_name_that_could_not_be_saved_is_refused_at_once(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"\.parquet or \.toml"):
        SessionFile.open(tmp_path / "new.json", write=True)
    assert not any(tmp_path.iterdir())


def test_there_is_nothing_to_read(tmp_path: Path) -> None:
    with pytest.raises(FileError, match="There is no file"):
        SessionFile.open(tmp_path / "new.parquet", write=False)


def test_the_second_writer_here_is_refused(path: Path) -> None:
    store, _ = SessionFile.open(path, write=True)
    link = path.with_name(f"link{path.suffix}")
    link.symlink_to(path)
    for name in (path, link):
        with pytest.raises(FileLocked, match=str(os.getpid())):
            SessionFile.open(name, write=True)
        with pytest.raises(FileLocked, match=str(os.getpid())):
            write(name, TWO)
    assert same(read(path), ONE)
    threading.Thread(target=store.close).run()
    again, _ = SessionFile.open(link, write=True)
    again.close()


def test_the_second_writer_elsewhere_is_refused(path: Path, other_process: subprocess.Popen[str]) -> None:
    with pytest.raises(FileLocked) as caught:
        SessionFile.open(path, write=True)
    assert f"process {other_process.pid} on '{os.uname().nodename}'" in caught.value.what
    assert "for reading only" in caught.value.remedy
    holder = json.loads(path.with_name(path.name + ".lock").read_text())
    assert holder == {"pid": other_process.pid, "host": os.uname().nodename}


def test_a_crash_releases_the_lock(path: Path, other_process: subprocess.Popen[str]) -> None:
    other_process.kill()
    other_process.wait()
    store, session = SessionFile.open(path, write=True)
    assert same(session, ONE)
    store.close()


@pytest.mark.parametrize("text", ["", "{", '{"pid": null}', "[]", "\udcff"])
def test_a_holder_that_has_not_signed(text: str, path: Path) -> None:
    name = path.with_name(path.name + ".lock")
    with filelock.FileLock(name):
        name.write_bytes(text.encode(errors="surrogateescape"))
        with pytest.raises(FileLocked, match="another program"):
            SessionFile.open(path, write=True)


def test_a_reader_beside_a_writer(path: Path, other_process: subprocess.Popen[str]) -> None:
    before = sorted(path.parent.iterdir())
    store, session = SessionFile.open(path, write=False)
    assert same(session, ONE)
    with pytest.raises(ReadOnlySession, match="reading only"):
        store.save(TWO)
    store.close()
    assert sorted(path.parent.iterdir()) == before
    assert same(read(path), ONE)


def test_a_closed_store_does_not_write(path: Path) -> None:
    store, _ = SessionFile.open(path, write=True)
    store.close()
    with pytest.raises(ReadOnlySession):
        store.save(TWO)
    assert same(read(path), ONE)


def test_a_file_that_another_program_changed_is_not_overwritten(path: Path) -> None:
    store, _ = SessionFile.open(path, write=True)
    store.save(ONE)
    edit_elsewhere(path, TWO)
    with pytest.raises(SaveFailed, match="changed by another program") as caught:
        store.save(ONE)
    assert "another name" in caught.value.remedy
    with pytest.raises(SaveFailed):
        store.save(ONE)
    store.close()
    assert same(read(path), TWO)
    assert list(path.parent.iterdir()) == [path]


def test_a_file_that_another_program_made_is_not_overwritten(tmp_path: Path) -> None:
    store, _ = SessionFile.open(tmp_path / "new.parquet", write=True)
    edit_elsewhere(tmp_path / "new.parquet", TWO)
    with pytest.raises(SaveFailed, match="changed by another program"):
        store.save(ONE)
    store.close()
    assert same(read(tmp_path / "new.parquet"), TWO)


def test_a_file_that_is_gone_is_made_again(path: Path) -> None:
    store, _ = SessionFile.open(path, write=True)
    path.unlink()
    store.save(TWO)
    store.close()
    assert same(read(path), TWO)


def test_a_failed_save_can_be_tried_again(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store, _ = SessionFile.open(path, write=True)

    def fail(*_: object) -> None:
        raise OSError(errno.EIO, "Input/output error")

    with monkeypatch.context() as patch:
        patch.setattr(os, "replace", fail)
        with pytest.raises(SaveFailed):
            store.save(TWO)
    assert same(read(path), ONE)
    store.save(TWO)
    store.close()
    assert same(read(path), TWO)


def test_a_folder_that_takes_no_lock(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> int:
        raise PermissionError(errno.EACCES, "Permission denied")

    with monkeypatch.context() as patch:
        patch.setattr(os, "open", refuse)
        with pytest.raises(SaveFailed, match="Permission denied"):
            SessionFile.open(path, write=True)
    assert list(path.parent.iterdir()) == [path]


KILLED = """
import os, sys
from pathlib import Path
from lion_tui.storage import atomic
atomic.replace(Path(sys.argv[1]), lambda file: file.write(b"half"), lambda _: os._exit(9))
"""


def test_what_a_killed_process_left_is_removed_by_the_next_writer(path: Path) -> None:
    neighbour = path.with_name(f"neighbour{path.suffix}")
    write(neighbour, ONE)
    for each in (path, neighbour):
        assert subprocess.run([sys.executable, "-c", KILLED, each], check=False).returncode == 9
    theirs = set(path.parent.glob(".lion-tui-*.tmp"))
    assert len(theirs) == 2
    SessionFile.open(path, write=False)
    assert set(path.parent.glob(".lion-tui-*.tmp")) == theirs
    store, _ = SessionFile.open(path, write=True)
    left = set(path.parent.glob(".lion-tui-*.tmp"))
    assert len(left) == 1
    assert left < theirs
    store.close()
    store, _ = SessionFile.open(neighbour, write=True)
    store.close()
    assert set(path.parent.iterdir()) == {path, neighbour}


def test_what_a_writer_is_writing_stays(path: Path, other_process: subprocess.Popen[str]) -> None:
    assert subprocess.run([sys.executable, "-c", KILLED, path], check=False).returncode == 9
    with pytest.raises(FileLocked):
        SessionFile.open(path, write=True)
    assert list(path.parent.glob(".lion-tui-*.tmp"))


def test_a_system_without_owners_and_folders_that_open_can_save(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(os, "fchown")
    monkeypatch.delattr(os, "fchmod")
    monkeypatch.delattr(os, "pwrite")
    monkeypatch.setattr(atomic, "_FOLDERS_OPEN", False)
    write(path, TWO)
    assert same(read(path), TWO)


@pytest.mark.parametrize("ending", ["parquet", "toml"])
def test_a_session_moves_with_its_lock(path: Path, ending: str) -> None:
    folder = path.parent / "other"
    folder.mkdir()
    there = folder / f"moved.{ending}"
    store, _ = SessionFile.open(path, write=True)
    store.move(there, TWO)
    assert store.path == there
    assert same(read(there), TWO)
    assert sorted(path.parent.iterdir()) == [folder]
    with pytest.raises(FileLocked):
        SessionFile.open(there, write=True)
    again, found = SessionFile.open(path, write=True)
    assert found is None
    again.close()
    store.save(ONE)
    store.close()
    assert same(read(there), ONE)
    assert list(folder.iterdir()) == [there]


def test_a_session_without_a_file_moves_without_one(tmp_path: Path) -> None:
    store, _ = SessionFile.open(tmp_path / "a.parquet", write=True)
    store.move(tmp_path / "b.parquet", None)
    assert [file.name for file in tmp_path.iterdir()] == ["b.parquet.lock"]
    store.save(ONE)
    store.close()
    assert [file.name for file in tmp_path.iterdir()] == ["b.parquet"]


def test_a_session_that_is_opened_by_a_link_moves_whole(path: Path) -> None:
    link, there = path.with_name(f"link{path.suffix}"), path.with_name(f"there{path.suffix}")
    link.symlink_to(path)
    store, _ = SessionFile.open(link, write=True)
    store.move(there, TWO)
    store.close()
    assert list(path.parent.iterdir()) == [there]


@pytest.mark.parametrize("content", [b"", b"mine"])
def test_a_move_overwrites_nothing(path: Path, content: bytes) -> None:
    there = path.with_name(f"there{path.suffix}")
    there.write_bytes(content)
    store, _ = SessionFile.open(path, write=True)
    with pytest.raises(SaveFailed, match=f"{there.name} is there already"):
        store.move(there, TWO)
    assert there.read_bytes() == content
    store.save(ONE)
    store.close()
    assert same(read(path), ONE)
    assert sorted(path.parent.iterdir()) == [path, there]


@pytest.mark.parametrize("name", ["moved.json", "missing/moved.parquet"])
def test_a_move_that_is_refused_leaves_the_session_where_it_was(path: Path, name: str) -> None:
    store, _ = SessionFile.open(path, write=True)
    with pytest.raises((UsageError, SaveFailed)):
        store.move(path.parent / name, TWO)
    assert store.path == path
    with pytest.raises(FileLocked):
        SessionFile.open(path, write=True)
    store.save(TWO)
    store.close()
    assert same(read(path), TWO)
    assert list(path.parent.iterdir()) == [path]


def test_what_another_program_wrote_is_not_moved_away(path: Path) -> None:
    store, _ = SessionFile.open(path, write=True)
    edit_elsewhere(path, TWO)
    with pytest.raises(SaveFailed, match="was changed by another program"):
        store.move(path.with_name("there.toml"), ONE)
    store.close()
    assert same(read(path), TWO)
    assert list(path.parent.iterdir()) == [path]


def test_an_old_file_that_cannot_be_removed_is_said_and_the_session_is_in_the_new_one(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    there = path.with_name("there.toml")
    store, _ = SessionFile.open(path, write=True)
    unlink = type(path).unlink

    def refuse(self: Path, missing_ok: bool = False) -> None:
        if self == path:
            raise PermissionError(errno.EACCES, "Permission denied")
        unlink(self, missing_ok=missing_ok)

    monkeypatch.setattr(type(path), "unlink", refuse)
    with pytest.raises(FileError, match=f"is kept in there.toml now, but {path.name} is there too"):
        store.move(there, TWO)
    store.save(ONE)
    store.close()
    assert same(read(there), ONE)
    assert sorted(path.parent.iterdir()) == sorted([path, there])
