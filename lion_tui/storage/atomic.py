"""Replacing a file so that at every moment either the old or the new content is there, and whole."""

from __future__ import annotations

import contextlib
import errno
import hashlib
import os
import stat
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, NamedTuple

from lion_tui.core.errors import FileError, SaveFailed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_SUFFIX = ".tmp"
_FOLDERS_OPEN = os.name == "posix"
"""Whether a folder can be opened, for its fsync."""

_REMEDIES = {
    errno.ENOSPC: "Free some space, or save it elsewhere.",
    errno.EDQUOT: "Free some of your quota, or save it elsewhere.",
    errno.EROFS: "Save it elsewhere.",
    errno.EACCES: "Make the file and its folder writable, or save it elsewhere.",
    errno.EPERM: "Make the file and its folder writable, or save it elsewhere.",
    errno.ENOENT: "Its folder is not there: make it, or save it elsewhere.",
    errno.ENOTDIR: "Save it elsewhere.",
}


class Identity(NamedTuple):
    """What tells one content of a file from another without reading it."""

    device: int
    inode: int
    modified_ns: int
    size: int

    @classmethod
    def of(cls, status: os.stat_result) -> Identity:
        """Return the identity of the file with that `status`."""
        return cls(status.st_dev, status.st_ino, status.st_mtime_ns, status.st_size)

    @classmethod
    def at(cls, path: Path) -> Identity | None:
        """Return the identity of the file at `path`, or None if there is none."""
        try:
            return cls.of(path.stat())
        except FileNotFoundError:
            return None


def save_failed(path: Path, error: OSError) -> SaveFailed:
    """Return the error that says why the operating system refused to write `path`."""
    remedy = _REMEDIES.get(error.errno or 0, "Check the disk, or save it elsewhere.")
    return SaveFailed(path, f"{path.name} was not saved ({error.strerror or error}).", remedy)


def replace(
    path: Path,
    write: Callable[[BinaryIO], None],
    verify: Callable[[BinaryIO], None],
    before_rename: Callable[[Identity], None] = lambda _: None,
) -> None:
    """Give `path` new content, durably; a failure before the rename leaves the old file as it was.

    A symbolic link stays one: the file it leads to is replaced. An existing file keeps its mode, and its owner where
    the operating system allows that; a new file can be read by its owner only.

    Args:
        path: The file.
        write: Writes the content.
        verify: Reads it back after the fsync, and raises `FileError` if it is not what was meant.
        before_rename: Called with the identity that the file is about to have; raises to call it off.

    Raises:
        SaveFailed: the operating system refused, or what was written does not read back.
    """
    try:
        # Path.resolve raises RuntimeError for links in a circle; here they are an OSError of the next call.
        target = Path(os.path.realpath(path))
        old = _status(target)
        with _folder(target.parent) as folder, _temporary(target) as (file, temporary):
            write(file)
            file.flush()
            if old is not None:
                _keep_owner_and_mode(file.fileno(), old)
            os.fsync(file.fileno())
            _read_back(file, verify, path)
            before_rename(Identity.of(os.fstat(file.fileno())))
            file.close()  # Windows renames no file that is open
            temporary.replace(target)
            if folder is not None:
                os.fsync(folder)
    except OSError as error:
        raise save_failed(path, error) from error


def sync_folder(path: Path) -> None:
    """Make the names in a folder durable.

    Raises:
        OSError: the operating system refused.
    """
    with _folder(path) as folder:
        if folder is not None:
            os.fsync(folder)


def _status(target: Path) -> os.stat_result | None:
    """Return the status of the file to be replaced, or None if it is new."""
    try:
        status = target.stat()
    except FileNotFoundError:
        return None
    if not stat.S_ISREG(status.st_mode):
        raise OSError(errno.EINVAL, "it is not a regular file")
    if not os.access(target, os.W_OK):
        # A rename asks for the folder's permission only, and would override the file's.
        raise PermissionError(errno.EACCES, "the file is read-only")
    return status


def _read_back(file: BinaryIO, verify: Callable[[BinaryIO], None], path: Path) -> None:
    file.seek(0)
    try:
        verify(file)
    except FileError as error:
        raise SaveFailed(
            path,
            f"{path.name} was not saved: what the disk gives back is not what was written.",
            "Check the disk, or save it elsewhere.",
        ) from error


def _keep_owner_and_mode(descriptor: int, old: os.stat_result) -> None:
    if not hasattr(os, "fchown"):  # Windows has neither; the new file has what its folder grants
        return
    with contextlib.suppress(PermissionError):  # only root may give files away; the content matters more
        os.fchown(descriptor, old.st_uid, old.st_gid)
    os.fchmod(descriptor, stat.S_IMODE(old.st_mode))


def remove_stale(path: Path) -> None:
    """Remove what killed processes left of writing `path`. Only who holds its lock may: nobody else writes it then."""
    target = Path(os.path.realpath(path))
    for stale in target.parent.glob(f"{_prefix(target)}*{_SUFFIX}"):
        with contextlib.suppress(OSError):  # it takes space and does no other harm
            stale.unlink()


def _prefix(target: Path) -> str:
    """Return how the names of the temporary files begin: of fixed length, as the name itself may be a longest one."""
    return f".lion-tui-{hashlib.sha256(os.fsencode(target.name)).hexdigest()[:16]}-"


@contextlib.contextmanager
def _folder(path: Path) -> Iterator[int | None]:
    """Open a folder, for its fsync; None where folders cannot be opened."""
    if not _FOLDERS_OPEN:
        yield None
        return
    descriptor = os.open(path, os.O_RDONLY)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


@contextlib.contextmanager
def _temporary(target: Path) -> Iterator[tuple[BinaryIO, Path]]:
    """Make a file that only its owner can read, and that is gone at the end unless it was renamed."""
    descriptor, name = tempfile.mkstemp(prefix=_prefix(target), suffix=_SUFFIX, dir=target.parent)
    temporary = Path(name)
    try:
        with os.fdopen(descriptor, "w+b") as file:
            yield file, temporary
    finally:
        with contextlib.suppress(OSError):  # renamed, or the folder is gone, or the error that is on its way
            temporary.unlink()
