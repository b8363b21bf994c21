"""Opening a file to read it, with what can go wrong said in words."""

from __future__ import annotations

import stat
from contextlib import contextmanager
from typing import TYPE_CHECKING, BinaryIO

from lion_tui.core.errors import FileError
from lion_tui.storage.problems import foreign

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path


@contextmanager
def open_to_read(path: Path, refuse: Callable[[Path, str], FileError] = foreign) -> Iterator[BinaryIO]:
    """Open the file at `path`, which is a regular one and not empty.

    Args:
        path: The file.
        refuse: Returns the error for a file that is something else, which its second argument says.

    Raises:
        FileError: there is no such file, or the operating system does not let us read it; also while it is read.
    """
    try:
        status = path.stat()
        if not stat.S_ISREG(status.st_mode):  # before it is opened: a pipe would wait for its other end
            raise refuse(path, "a folder" if stat.S_ISDIR(status.st_mode) else "not a regular file")
        if not status.st_size:
            raise refuse(path, "an empty file")
        with path.open("rb") as source:
            yield source
    except FileNotFoundError as error:
        folder = path.absolute().parent
        raise FileError(path, f"There is no file {path.name} in {folder}.", "Check its name.") from error
    except OSError as error:
        raise FileError(
            path, f"{path.name} cannot be read ({error.strerror or error}).", "Check its permissions and the disk."
        ) from error
