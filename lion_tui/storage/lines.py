"""Text files that are written for other programs."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from lion_tui.core.errors import SaveFailed
from lion_tui.storage.atomic import replace

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path


def write_lines(path: Path, lines: Iterable[str], *, overwrite: bool = False) -> None:
    """Write lines, each with its end, durably, as UTF-8.

    Args:
        path: The file.
        lines: What it is to hold.
        overwrite: Whether a file that is there is replaced.

    Raises:
        SaveFailed: the operating system refused, or there is such a file; it is as it was.
    """
    if not overwrite and os.path.lexists(path):
        raise SaveFailed(path, f"{path.name} is there already.", "Choose another name.")
    replace(path, lambda sink: sink.writelines(line.encode() for line in lines), lambda _: None)
