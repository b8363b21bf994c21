"""Which sessions were left, wherever their files are, and which one last."""

from __future__ import annotations

import contextlib
import json
from pathlib import Path
from typing import Final

from lion_tui.config.paths import data_dir

_NAME: Final = "sessions-left.jsonl"
_MOST: Final = 500
_LARGEST: Final = 200_000
"""Bytes of the list; a larger one is written anew, with its latest lines."""


def note_left(file: Path) -> None:
    """Note that the session of a file was just left."""
    # Nothing is lost without the note: the session that was written last is found by its time.
    with contextlib.suppress(OSError):
        path = data_dir() / _NAME
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with path.open("ab") as notes:  # added in one piece: several programs may be left at once
            notes.write(json.dumps(str(file.absolute())).encode() + b"\n")
            size = notes.tell()
        if size > _LARGEST:
            shorter = path.with_suffix(".tmp")
            shorter.write_bytes(b"".join(json.dumps(str(each)).encode() + b"\n" for each in reversed(sessions_left())))
            shorter.replace(path)


def sessions_left() -> list[Path]:
    """Return the files of the sessions that were left, each once, the latest first; some may be gone."""
    try:
        lines = (data_dir() / _NAME).read_bytes().splitlines()
    except OSError:
        return []
    return list(dict.fromkeys(path for line in reversed(lines) if (path := _path(line))))[:_MOST]


def left_last() -> tuple[Path, float] | None:
    """Return the file of the session that was left last, and when, in seconds since 1970; None if it is gone."""
    files = sessions_left()[:1]
    try:
        when = (data_dir() / _NAME).stat().st_mtime
    except OSError:
        return None
    return (files[0], when) if files and files[0].is_file() else None


def _path(line: bytes) -> Path | None:
    try:
        value = json.loads(line)
    except ValueError:  # somebody else wrote it, or a crash cut it
        return None
    return Path(value) if isinstance(value, str) and "\0" not in value else None
