"""Files for prompts: which there are, and what is in the chosen ones."""

from __future__ import annotations

import heapq
import os
import re
import stat
import threading
import time
from collections import deque
from pathlib import Path
from typing import TYPE_CHECKING, Final

from lion_tui.core.errors import UsageError
from lion_tui.core.text import plain, printable

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from lion_tui.app.composing.draft import Attached

LARGEST_FILE: Final = 256 * 1024
LARGEST_SUM: Final = 1024 * 1024
_MOST_FILES: Final = 10_000
_LONGEST_WALK_S: Final = 2.0
_FRESH_S: Final = 5.0
_LEFT_OUT: Final = frozenset({"node_modules", "__pycache__"})


class FileIndex:
    """The files below a folder, nearest first, without hidden ones; it is bounded in number and in time."""

    def __init__(self, folder: Path) -> None:
        """Know nothing yet; `refresh` looks."""
        self.folder = folder
        self._names: tuple[str, ...] = ()
        self._looked_at = -_FRESH_S
        self._looking = threading.Lock()
        self._last: tuple[str, Sequence[str]] = ("", ())

    @property
    def stale(self) -> bool:
        """Whether it is time to look again."""
        return time.monotonic() - self._looked_at >= _FRESH_S

    def refresh(self) -> None:
        """Look which files there are, if that was long ago. May be called in a thread."""
        with self._looking:
            if self.stale:
                self._names = tuple(_walk(self.folder))
                self._looked_at = time.monotonic()
                self._last = ("", self._names)

    def search(self, query: str, most: int) -> list[str]:
        """Return the names that have the letters of a query in their order, the best first, at most so many."""
        query = query.lower()
        before, names = self._last
        if not query.startswith(before):
            names = self._names
        if query:
            letters = re.compile(".*?".join(map(re.escape, query)), re.IGNORECASE)
            names = [name for name in names if letters.search(name)]
            self._last = (query, names)
        return heapq.nsmallest(most, names, key=lambda name: _distance(query, name))


def _distance(query: str, name: str) -> tuple[int, int, int]:
    """Return how far a name is from a query: where it has it as it is, then how deep and how long it is."""
    lower = name.lower()
    base = lower[lower.rfind("/") + 1 :]
    rank = 0 if base.startswith(query) else 1 if query in base else 2 if query in lower else 3
    return rank, name.count("/"), len(name)


def _walk(folder: Path) -> Iterator[str]:
    """Yield the names of files, level by level."""
    deadline = time.monotonic() + _LONGEST_WALK_S
    folders = deque([""])
    count = 0
    while folders and time.monotonic() < deadline:
        place = folders.popleft()
        try:
            with os.scandir(folder / place) as scan:
                entries = sorted(scan, key=lambda entry: entry.name)
        except OSError:  # one that may not be read offers nothing
            continue
        for entry in entries:
            # A name that a terminal would obey, or that breaks the line, cannot be offered as it is.
            if entry.name.startswith(".") or entry.name in _LEFT_OUT or not entry.name.isprintable():
                continue
            if entry.is_dir(follow_symlinks=False):
                folders.append(f"{place}{entry.name}/")
            elif entry.is_file():
                yield f"{place}{entry.name}"
                count += 1
                if count == _MOST_FILES:
                    return


def with_contents(text: str, files: Sequence[Attached]) -> str:
    """Return a prompt with the contents of files below it, each fenced and under its name.

    Raises:
        UsageError: a file cannot be read, is no text, or is too large.
    """
    blocks = [_block(file, _read(file)) for file in files]
    if sum(map(len, blocks)) > LARGEST_SUM:
        raise UsageError(f"The files take more than {LARGEST_SUM >> 10:,} KB together.", "Choose fewer of them.")
    return "\n\n".join([text.rstrip(), *blocks])


def _read(file: Attached) -> str:
    name = printable(file.name)
    try:
        # Without O_NONBLOCK, opening a pipe that somebody put there in the meantime would wait for its writer.
        descriptor = os.open(file.folder / file.name, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0))
        with os.fdopen(descriptor, "rb") as opened:
            if not stat.S_ISREG(os.fstat(descriptor).st_mode):
                raise UsageError(f"{name} is no file any more.", "Take it out of the prompt.")
            content = opened.read(LARGEST_FILE + 1)
    except OSError as error:
        raise UsageError(f"{name} cannot be read: {error.strerror}.", "Take it out of the prompt.") from error
    if len(content) > LARGEST_FILE:
        raise UsageError(f"{name} is larger than {LARGEST_FILE >> 10} KB.", "Paste the part that matters.")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = "\0"
    if "\0" in text:
        raise UsageError(f"{name} is no text.", "Only text files can go into a prompt.")
    return plain(text.replace("\r\n", "\n"))


def _block(file: Attached, content: str) -> str:
    """Return a file in a fence that is longer than any in it."""
    fence = "`" * max(3, 1 + max(map(len, re.findall("`+", content)), default=0))
    language = Path(file.name).suffix.removeprefix(".")
    return f"{file.name}:\n{fence}{language}\n{content.removesuffix(chr(10))}\n{fence}"
