"""Exports as one Markdown file, in which every message is a quotation.

    ## 2 · gpt-4.1 · 2026-07-01 10:41 UTC

    > # A heading of the answer
    > ```python
    > what was never closed

A quotation ends what was begun in it, so that no heading and no fence of a message reaches the next one; without the
`> ` each line is as it was written.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from lion_tui.core.excerpt import first_beside
from lion_tui.core.ids import to_datetime
from lion_tui.core.text import plain

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from lion_tui.core.excerpt import Excerpt, Strand

_LINE_START: Final = re.compile(r"(?<=\n)|(?<=\r)(?!\n)")  # what Markdown takes for the end of a line
_SPECIAL: Final = re.compile(r"([\\`*_{}\[\]<>#|~!&$])")


def markdown(excerpt: Excerpt) -> Iterator[str]:
    """Yield an excerpt as Markdown."""
    yield f"# {_inline(excerpt.title)}\n"
    if excerpt.whole:
        yield from _strands(excerpt)
    elif len(excerpt.ends) > 1:
        yield from _side_by_side(excerpt)
    else:
        yield from _messages(excerpt, excerpt.rows, 2)


def _messages(excerpt: Excerpt, rows: Iterable[int], level: int) -> Iterator[str]:
    for row in rows:
        yield from _message(excerpt, row, level)


def _message(excerpt: Excerpt, row: int, level: int) -> Iterator[str]:
    tree = excerpt.state.tree
    heading = [str(tree.depth[row]), _inline(excerpt.speaker(row))]
    heading.append(f"{to_datetime(tree.timestamp[row]):%Y-%m-%d %H:%M} UTC")
    heading += [_inline(made)] if (made := excerpt.made(row)) else []
    heading += ["★"] * excerpt.bookmarked(row)
    yield f"\n{'#' * level} {' · '.join(heading)}\n"
    if thought := excerpt.thought(row):
        yield f"\nReasoning:\n\n{_quoted(thought)}\n\nAnswer:\n"
    if content := tree.content(row):
        yield f"\n{_quoted(content)}\n"
    if state := excerpt.state_of(row):
        yield f"\n*{state}*\n"
    if note := excerpt.note(row):
        yield f"\nNote:\n\n{_quoted(note)}\n"


def _strands(excerpt: Excerpt) -> Iterator[str]:
    strands = excerpt.strands()
    for strand in strands:
        yield f"\n## {_inline(strand.name)}{_origin(excerpt, strands, strand)}\n"
        yield from _messages(excerpt, strand.rows, 3)


def _origin(excerpt: Excerpt, strands: list[Strand], strand: Strand) -> str:
    if strand.of is None:
        beside = first_beside(strands, strand)
        return "" if beside is None else f" begins beside message 1 of {_inline(strands[beside].name)}"
    what = "continues from" if strand.rows else "ends at"
    return f" {what} message {excerpt.state.tree.depth[strand.after]} of {_inline(strands[strand.of].name)}"


def _side_by_side(excerpt: Excerpt) -> Iterator[str]:
    common, turns = excerpt.side_by_side()
    if common:
        yield "\n## In common\n"
        yield from _messages(excerpt, common, 3)
    for turn, columns in enumerate(turns, 1):
        for end, rows in zip(excerpt.ends, columns, strict=True):
            if rows:
                yield f"\n## Turn {turn}, {_inline(end.name)}\n"
                yield from _messages(excerpt, rows, 3)


def _quoted(text: str) -> str:
    """Return a text as a quotation, each line with its own end."""
    return "".join(f"> {line}" for line in _LINE_START.split(text))


def _inline(text: str) -> str:
    """Return a name or a title as text of one line, whatever it has in it."""
    return _SPECIAL.sub(r"\\\1", " ".join(plain(text).split()))
