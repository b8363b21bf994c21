"""What can be wrong with a session file, in the words that the reader of the message needs."""

from __future__ import annotations

import shlex
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from lion_tui.core.errors import DamagedFile, FileError, ForeignFile, NewerFile
from lion_tui.core.snapshot import FORMAT_VERSION

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from lion_tui.core.message import Json


EXPORTS: Final = frozenset({".json", ".jsonl", ".ndjson", ".zip", ".db"})
"""How files end in which other programs export, or keep, conversations."""


class InvalidContent(ValueError):
    """Something that a session may not hold; `str()` is a clause that says what."""


def damaged(path: Path, why: str) -> DamagedFile:
    """Return the error for a file that is not as it was written; `why` is a clause."""
    name = shlex.quote(str(path))
    remedy = (
        f"Restore a copy of it, see what is left of it with `lion-tui open --salvage {name}`, or write that to a new"
        f" file with `lion-tui repair {name}`."
    )
    return DamagedFile(path, f"{path.name} is damaged: {why}.", remedy)


def foreign(path: Path, what: str) -> ForeignFile:
    """Return the error for a file that is not a session; `what` says what it is instead."""
    remedy = "Choose a session file, or another name."
    if path.suffix.lower() in EXPORTS:
        remedy = f"If another program exported it, {how_to_import(path)} makes sessions of it."
    return ForeignFile(path, f"{path.name} is not a session: it is {what}.", remedy)


def how_to_import(path: Path) -> str:
    """Return what makes sessions of a file of another program, within this one and from the shell."""
    name = shlex.quote(str(path))
    return f"`/import {name}` (in the shell: `lion-tui import {name}`)"


def check_version(path: Path, version: Json) -> None:
    """Check that this program can read `version` of the format.

    Raises:
        NewerFile: the version is later than ours.
        InvalidContent: it is no version.
    """
    if type(version) is not int or version < 1:
        raise InvalidContent("it has no format version")
    if version > FORMAT_VERSION:
        raise newer(path, version, FORMAT_VERSION)


def newer(path: Path, version: int, known: int) -> NewerFile:
    """Return the error for a file of a version of its format that is later than the latest `known` one."""
    return NewerFile(
        path,
        f"{path.name} has format {version}, and this lion-tui reads up to {known}.",
        "Update lion-tui to open it; it was left as it is.",
    )


@contextmanager
def reading(path: Path) -> Iterator[None]:
    """Turn what a damaged file makes Arrow and the decoders raise into `DamagedFile`."""
    try:
        yield
    except FileError:
        raise
    except InvalidContent as error:
        raise damaged(path, str(error)) from error
    except Exception as error:
        if isinstance(error, OSError) and error.errno is not None:
            raise FileError(path, f"{path.name} cannot be read ({error.strerror}).", "Check the disk.") from error
        import pyarrow as pa

        known = (OSError, ValueError, TypeError, KeyError, OverflowError, RecursionError, MemoryError)
        if not isinstance(error, (pa.ArrowException, *known)):
            raise
        # Arrow's own messages speak of pages and Thrift: nothing that a person can act on.
        raise damaged(path, "its bytes are not as they were written") from error
