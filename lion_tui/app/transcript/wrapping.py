"""Breaking text into lines of terminal cells."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from rich.cells import cell_len, chop_cells

from lion_tui.core.text import printable

if TYPE_CHECKING:
    from collections.abc import Iterator

_WORDS = re.compile(r"\S+\s*|\s+")


def wrap(text: str, width: int) -> Iterator[str]:
    """Yield the lines of `text`, each at most `width` cells wide, broken between words where one fits."""
    for line in printable(text).expandtabs(4).split("\n"):
        line = line.rstrip()  # noqa: PLW2901 - spaces at the end cannot be seen and must not make lines
        if cell_len(line) <= width:
            yield line
        else:
            yield from _wrap_line(line, width)


def _wrap_line(line: str, width: int) -> Iterator[str]:
    current, room = "", width
    for word in _WORDS.findall(line):
        size = cell_len(word.rstrip())
        if size > room and current:
            yield current.rstrip()
            current, room = "", width
        *full, rest = chop_cells(word, width) if size > width else [word]
        yield from full
        current += rest
        room = width - cell_len(current)
    if current.rstrip():
        yield current.rstrip()


def clip(text: str, width: int) -> str:
    """Return the beginning of `text` as one line of at most `width` cells, cut with an ellipsis."""
    size = 4 * width + 80  # mostly enough, and a long text is not looked through for a few words
    while True:
        line = " ".join(printable(text[:size]).split())
        if cell_len(line) > width:
            kept = chop_cells(line, width - 1)[0].rstrip() if width > 1 else ""
            return f"{kept}…" if width > 0 else ""
        if size >= len(text):
            return line
        size *= 4


def clip_middle(text: str, width: int) -> str:
    """Return the beginning and the end of a short text in at most `width` cells, at least three, cut with an ellipsis.

    The end is what tells names apart that begin alike.
    """
    if cell_len(text) <= width:
        return text
    beginning = chop_cells(text, max(1, (width - 1) // 2))[0]
    end = text
    while end and cell_len(end) > width - 1 - cell_len(beginning):
        end = end[1:]
    return f"{beginning}…{end}"
