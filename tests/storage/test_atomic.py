from __future__ import annotations

import errno
import os
import resource
import stat
import subprocess
from typing import TYPE_CHECKING, Any

import pytest
from session_snapshots import same, snapshot

from lion_tui.core.errors import SaveFailed
from lion_tui.storage import SessionFile, parquet, read, write

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

OLD, NEW = snapshot("old"), snapshot("old", "new")


@pytest.fixture(params=["parquet", "toml"])
def path(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    path = tmp_path / f"s.{request.param}"
    write(path, OLD)
    return path


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def failing(number: int, when: Callable[[], bool] = lambda: True) -> Callable[..., Any]:
    def call(*arguments: Any) -> None:
        if when():
            raise OSError(number, os.strerror(number))

    return call


def assert_untouched(path: Path, caught: pytest.ExceptionInfo[SaveFailed]) -> None:
    assert same(read(path), OLD)
    assert list(path.parent.iterdir()) == [path]
    assert caught.value.path == path
    assert path.name in caught.value.what
    assert caught.value.remedy


def test_a_new_file_is_its_owners_only(path: Path) -> None:
    assert mode(path) == 0o600


def test_an_existing_file_keeps_its_mode(path: Path) -> None:
    path.chmod(0o640)
    write(path, NEW)
    assert mode(path) == 0o640


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may give files away")
def test_an_existing_file_keeps_its_owner(path: Path) -> None:
    os.chown(path, 1234, 2345)
    write(path, NEW)
    assert (path.stat().st_uid, path.stat().st_gid) == (1234, 2345)


def test_an_owner_that_cannot_be_kept_is_no_failure(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path.chmod(0o640)
    monkeypatch.setattr(os, "fchown", failing(errno.EPERM))
    write(path, NEW)
    assert same(read(path), NEW)
    assert mode(path) == 0o640


def test_a_link_stays_one(path: Path) -> None:
    folder = path.parent / "links"
    folder.mkdir()
    link = folder / f"link{path.suffix}"
    link.symlink_to(os.path.relpath(path, folder))
    write(link, NEW)
    assert link.is_symlink()
    assert same(read(path), NEW)
    assert list(folder.iterdir()) == [link]


def test_a_link_to_nothing_makes_what_it_leads_to(tmp_path: Path) -> None:
    (tmp_path / "s.toml").symlink_to("real.toml")
    write(tmp_path / "s.toml", NEW)
    assert same(read(tmp_path / "real.toml"), NEW)


@pytest.mark.parametrize(
    ("call", "number", "remedy"),
    [
        ("fsync", errno.EIO, "disk"),
        ("fsync", errno.ENOSPC, "space"),
        ("replace", errno.EROFS, "elsewhere"),
        ("fchmod", errno.EPERM, "writable"),
    ],
)
def test_a_failure_leaves_the_old_file(
    call: str, number: int, remedy: str, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(os, call, failing(number))
        with pytest.raises(SaveFailed, match=remedy) as caught:
            write(path, NEW)
    assert_untouched(path, caught)


def test_a_file_that_may_not_grow(path: Path) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    big = snapshot(os.urandom(200_000).hex())
    resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, hard))
    try:
        with pytest.raises(SaveFailed, match="File too large") as caught:
            write(path, big)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert_untouched(path, caught)


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    folder = tmp_path / "disk"
    folder.mkdir()
    if (
        os.geteuid()
        or subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64k", "none", folder], check=False).returncode
    ):
        pytest.skip("a disk can be mounted by root only")
    yield folder
    subprocess.run(["umount", folder], check=True)


@pytest.mark.parametrize("extension", ["parquet", "toml"])
def test_a_full_disk(extension: str, small_disk: Path) -> None:
    path = small_disk / f"s.{extension}"
    write(path, OLD)
    with pytest.raises(SaveFailed, match="Free some space") as caught:
        write(path, snapshot(os.urandom(200_000).hex()))
    assert_untouched(path, caught)


def test_what_does_not_read_back_is_not_kept(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fsync_of_a_lying_disk(descriptor: int) -> None:
        if stat.S_ISREG(os.fstat(descriptor).st_mode):
            os.pwrite(descriptor, b"\xff", os.fstat(descriptor).st_size // 2)

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", fsync_of_a_lying_disk)
        with pytest.raises(SaveFailed, match="not what was written") as caught:
            write(path, NEW)
    assert_untouched(path, caught)


def test_a_failure_after_the_rename_is_told_and_the_next_save_works(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store, _ = SessionFile.open(path, write=True)
    with monkeypatch.context() as patch:
        real = os.fsync
        patch.setattr(os, "fsync", lambda fd: failing(errno.EIO)() if stat.S_ISDIR(os.fstat(fd).st_mode) else real(fd))
        with pytest.raises(SaveFailed):
            store.save(NEW)
    assert same(read(path), NEW)
    store.save(OLD)
    assert same(read(path), OLD)
    store.close()


def test_a_folder_that_is_gone(tmp_path: Path) -> None:
    with pytest.raises(SaveFailed, match="Its folder is not there"):
        write(tmp_path / "gone" / "s.parquet", NEW)
    with pytest.raises(SaveFailed, match="Its folder is not there"):
        SessionFile.open(tmp_path / "gone" / "s.parquet", write=True)
    assert not any(tmp_path.iterdir())


def test_a_folder_that_is_a_file(path: Path) -> None:
    with pytest.raises(SaveFailed, match="elsewhere"):
        write(path / "s.parquet", NEW)


@pytest.mark.parametrize("make", [lambda path: path.mkdir(), os.mkfifo], ids=["folder", "pipe"])
def test_what_is_no_file_is_not_replaced(make: Callable[[Path], None], tmp_path: Path) -> None:
    make(tmp_path / "s.parquet")
    before = (tmp_path / "s.parquet").stat().st_ino
    with pytest.raises(SaveFailed, match="not a regular file"):
        write(tmp_path / "s.parquet", NEW)
    assert (tmp_path / "s.parquet").stat().st_ino == before


def test_a_read_only_file_is_not_replaced(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path.chmod(0o400)
    if os.geteuid() == 0:  # who may write everything
        monkeypatch.setattr(os, "access", lambda *_: False)
    with pytest.raises(SaveFailed, match="read-only") as caught:
        write(path, NEW)
    assert_untouched(path, caught)


def test_a_header_that_readers_could_not_read_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parquet, "MAX_HEADER", 1 << 20)
    with pytest.raises(SaveFailed, match="2 MB, and 1 MB is the most") as caught:
        write(tmp_path / "s.parquet", snapshot(note="x" * (2 << 20)))
    assert "Shorten" in caught.value.remedy
    assert not any(tmp_path.iterdir())
