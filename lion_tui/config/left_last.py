"""Which session was left last, wherever its file is."""

from __future__ import annotations

import contextlib
from pathlib import Path

from lion_tui.config.paths import data_dir

_NAME = "last-session"


def note_left(file: Path) -> None:
    """Note that the session of a file was just left."""
    # Nothing is lost without the note: the session that was written last is found by its time.
    with contextlib.suppress(OSError):
        (data_dir() / _NAME).write_text(str(file.absolute()), encoding="utf-8", errors="surrogateescape")


def left_last() -> tuple[Path, float] | None:
    """Return the file of the session that was left last, and when, in seconds since 1970; None if it is gone."""
    note = data_dir() / _NAME
    try:
        file, when = Path(note.read_text(encoding="utf-8", errors="surrogateescape")), note.stat().st_mtime
    except OSError:
        return None
    return (file, when) if file.is_file() else None
