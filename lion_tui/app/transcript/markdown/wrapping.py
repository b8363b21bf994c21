"""Breaking runs into lines of a width."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING

from rich.cells import cell_len, split_graphemes

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lion_tui.app.transcript.markdown.lines import Run

# A line may break after white space and between ideographs, but not before the punctuation that closes them.
_IDEOGRAPH = "\u2e80-\ud7ff\uf900-\ufaff"
_CLOSING = "、。，．！？：；）」』】》〉"


def wrap(runs: list[Run], width: int) -> list[list[Run]]:
    """Return `runs` as lines, each at most `width` cells wide but for white space at its end.

    Args:
        runs: A text without line breaks.
        width: Cells, at least 2.
    """
    return _split(runs, list(_line_starts("".join([run.text for run in runs]), width)))


def chop(runs: list[Run], width: int) -> list[list[Run]]:
    """Return `runs` as lines that are full wherever they lie, white space included, as code is shown."""
    text = "".join([run.text for run in runs])
    if len(text) <= width and text.isascii():
        return [runs]
    return _split(runs, list(_cuts(text, 0, width)))


def trim(runs: list[Run]) -> list[Run]:
    """Return `runs` without white space at the end."""
    runs = list(runs)
    while runs:
        run = runs.pop()
        text = run.text.rstrip(" ")
        if text:
            runs.append(part_of(run, 0, len(text)))
            break
    return runs


@cache  # compiled when it is first needed: its ranges take as long as the import of all else here
def _word() -> re.Pattern[str]:
    return re.compile(rf"[{_IDEOGRAPH}][{_CLOSING}]* *|[^ {_IDEOGRAPH}]+[{_CLOSING}]* *| +")


def _line_starts(text: str, width: int) -> Iterator[int]:
    """Yield the index at which each line begins, but for the first."""
    if text.isascii():
        yield from _ascii_line_starts(text, width)
        return
    used = 0
    for match in _word().finditer(text):
        word = match.group()
        bare = cell_len(word.rstrip(" "))
        if used + bare > width and used:
            yield match.start()
            used = 0
        if bare > width:
            start = match.start()
            for start in _cuts(word, match.start(), width):
                yield start
            word = text[start : match.end()]
        used += cell_len(word)


def _ascii_line_starts(text: str, width: int) -> Iterator[int]:
    """Do the same for text of single cells, without looking at every word."""
    start, end = 0, len(text.rstrip(" "))
    while end - start > width:
        space = text.rfind(" ", start, start + width + 1)
        start = start + width if space < 0 else space + 1
        while text[start] == " " and space >= 0:
            start += 1
        yield start


def _cuts(text: str, base: int, width: int) -> Iterator[int]:
    """Yield where `text` breaks when every line is filled, plus `base`."""
    if text.isascii():
        yield from range(base + width, base + len(text), width)
        return
    used = 0
    for start, _, cells in split_graphemes(text)[0]:
        if used + cells > width:
            yield base + start
            used = 0
        used += cells


def _split(runs: list[Run], cuts: list[int]) -> list[list[Run]]:
    lines: list[list[Run]] = [[]]
    position = 0
    remaining = iter(cuts)
    cut = next(remaining, None)
    for run in runs:
        start = 0
        while cut is not None and cut - position < len(run.text):
            if cut - position > start:
                lines[-1].append(part_of(run, start, cut - position))
            lines.append([])
            start = cut - position
            cut = next(remaining, None)
        lines[-1].append(part_of(run, start, len(run.text)))
        position += len(run.text)
    return lines


def part_of(run: Run, start: int, end: int) -> Run:
    """Return a part of a run; a run that stands for its source as a whole keeps its range in every part."""
    if start == 0 and end == len(run.text):
        return run
    text = run.text[start:end]
    if run.start is None or run.end is None or run.end - run.start != len(run.text):
        return run._replace(text=text)
    return run._replace(text=text, start=run.start + start, end=run.start + end)
