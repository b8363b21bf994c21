"""Names of files that somebody wrote: whether there can be such a file at all."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

from lion_tui.core.errors import UsageError
from lion_tui.core.text import clipped, printable

_SHOWN: Final = 40
"""Cells of a name that are shown."""


def named_path(name: str) -> Path:
    """Return the path that somebody wrote, with their home folder in the place of a `~`.

    Raises:
        UsageError: as for `checked_path`.
    """
    return checked_path(Path(os.path.expanduser(name)))  # noqa: PTH111 - Path's own fails where there is no such user


def checked_path(path: Path) -> Path:
    """Return a path at which there is a file, or may be one.

    Raises:
        UsageError: no file can be called so, or nobody may look there.
    """
    try:
        path.stat()
    except (FileNotFoundError, NotADirectoryError):
        pass  # who reads or writes it says so
    except (OSError, ValueError) as error:
        why = error.strerror if isinstance(error, OSError) else str(error)
        raise UsageError(
            f"{clipped(printable(str(path)), _SHOWN)} cannot be used ({why}).", "Choose another name."
        ) from error
    return path
