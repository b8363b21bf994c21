"""Pieces of source text that know their offsets, and the runs that are drawn from them."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from itertools import groupby
from typing import TYPE_CHECKING

from rich.cells import get_character_cell_size

from lion_tui.app.transcript.markdown.lines import Run
from lion_tui.core.text import printable

if TYPE_CHECKING:
    from collections.abc import Iterator

TAB = "    "
# More zero-width characters than this in a row are not drawn: a flood of them would make a line of any length.
_MOST_ZERO_WIDTH = 8
_BEYOND_LATIN = re.compile(rf"[^\x00-\u02ff]{{{_MOST_ZERO_WIDTH + 1},}}")
# A joiner or variation selector with nothing to join: Rich and terminals disagree on what stands beside it.
_STRAY_JOINERS = re.compile("^[\u200d\ufe0f]+|\u200d+$|\u200d+(?=[\x00-\x7f\u200d\ufe0f])|(?<=[\x00-\x7f])\u200d+")
_REPLACED = re.compile(r"[\t\r\n]")
_JOINERS = re.compile("[\u200d\ufe0f]")


class Source:
    """Text put together from pieces of the source, such as the lines of a paragraph inside a quote."""

    __slots__ = ("_indexes", "_offsets", "text")

    def __init__(self, text: str = "", offset: int = 0) -> None:
        """Start with `text`, which begins at `offset`."""
        self.text = text
        self._indexes = [0]
        self._offsets = [offset]

    def add(self, text: str, offset: int) -> None:
        """Add a piece that begins at `offset`."""
        if offset != self.at(len(self.text)):
            self._indexes.append(len(self.text))
            self._offsets.append(offset)
        self.text += text

    def at(self, index: int) -> int:
        """Return the source offset of the character at `index`, or, at the length, of what would follow."""
        if len(self._indexes) == 1:
            return self._offsets[0] + index
        piece = bisect_right(self._indexes, index) - 1
        return self._offsets[piece] + index - self._indexes[piece]

    def slice(self, start: int, end: int) -> Source:
        """Return the part from `start` to `end`."""
        part = Source(self.text[start:end], self.at(start))
        for index, offset in zip(self._indexes, self._offsets, strict=True):
            if start < index < end:
                part._indexes.append(index - start)
                part._offsets.append(offset)
        return part

    def copy(self) -> Source:
        """Return a copy that grows on its own."""
        return self.slice(0, len(self.text))

    def pieces(self, start: int, end: int) -> Iterator[tuple[str, int]]:
        """Yield the text from `start` to `end` in pieces that are contiguous in the source, each with its offset."""
        if len(self._indexes) == 1:
            yield self.text[start:end], self._offsets[0] + start
            return
        first, last = bisect_right(self._indexes, start), bisect_left(self._indexes, end)
        for cut in (*self._indexes[first:last], end):
            yield self.text[start:cut], self.at(start)
            start = cut


def draw(source: Source, start: int, end: int, style: str, link: str | None = None) -> list[Run]:
    """Return the runs for a range of `source`: what may not reach a terminal is left out, tabs are expanded."""
    runs: list[Run] = []
    for text, offset in source.pieces(start, end):
        draw_text(runs, text, offset, style, link)
    return runs


def draw_text(runs: list[Run], text: str, offset: int, style: str, link: str | None = None) -> None:
    """Add the runs for a contiguous piece of source to `runs`."""
    if not text:
        return
    if text.isascii() and text.isprintable():
        runs.append(Run(text, style, offset, offset + len(text), link))
        return
    hidden = _hidden(text)
    if not hidden and not _REPLACED.search(text):
        runs.append(Run(text, style, offset, offset + len(text), link))
        return
    for kind, group in groupby(range(len(text)), key=lambda index: _kind(text[index], hidden, index)):
        indexes = list(group)
        first, after = indexes[0], indexes[-1] + 1
        if kind == "text":
            runs.append(Run(text[first:after], style, offset + first, offset + after, link))
        elif kind != "hidden":
            runs += [Run(kind, style, offset + index, offset + index + 1, link) for index in indexes]


def _kind(character: str, hidden: set[int], index: int) -> str:
    """Return "text", "hidden", or what is drawn in the character's place."""
    if character == "\t":
        return TAB
    if character in "\n\r":
        return " "
    return "hidden" if index in hidden else "text"


def _hidden(text: str) -> set[int]:
    """Return the indexes of the characters that are not drawn."""
    hidden: set[int] = set()
    if len(printable(text)) != len(text):
        hidden.update(index for index, character in enumerate(text) if not printable(character))
    for match in _BEYOND_LATIN.finditer(text):
        row = 0
        for index in range(*match.span()):
            row = 0 if get_character_cell_size(text[index]) else row + 1
            if row > _MOST_ZERO_WIDTH:
                hidden.add(index)
    if _JOINERS.search(text):
        shown = "".join([" " if index in hidden else character for index, character in enumerate(text)])
        for match in _STRAY_JOINERS.finditer(shown):
            hidden.update(range(*match.span()))
    return hidden
