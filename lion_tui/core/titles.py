"""What a session is called where its user has given it no title: the words of its first prompt."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from lion_tui.core.text import cells, clipped, plain

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lion_tui.core.message import Json
    from lion_tui.core.tree import Tree

TITLE_CELLS: Final = 48
_LOOKED_AT: Final = 2_000
"""Characters of a prompt that are looked at: a title takes a few of them."""
_MARKS: Final = re.compile(r"(?:#{1,6}(?=\s)|>|[-*+](?=\s)|\d{1,3}[.)](?=\s)|`{3,}\w*|~{3,}\w*|\s)*")
"""What makes a line of Markdown a heading, a quotation, an item or a fence."""
_LINK: Final = re.compile(r"!?\[([^\]\[]*)\]\([^()]*\)")
_EMPHASIS: Final = re.compile(r"(?<!\w)(\*{1,3}|`{1,2}|~~)(?=\S)([^*`~]+)(?<=\S)\1(?!\w)")


def title_of(prompt: str, width: int = TITLE_CELLS) -> str:
    """Return the first words of a prompt as one line without Markdown or anything that would steer a terminal.

    Args:
        prompt: The prompt, any text.
        width: The most cells that it takes.

    Returns:
        The words, with `…` where there are more; empty if the prompt has none.
    """
    for line in plain(prompt[:_LOOKED_AT]).splitlines():
        text = _read(line)
        if any(map(str.isalnum, text)):
            return _cut(text, width)
    return ""


def words_of(markdown: str, width: int) -> str:
    """Return the beginning of a text of Markdown as one line, as it is read: without marks it can do without.

    Args:
        markdown: The text.
        width: How many cells of it are wanted; where there is more, a little more than these is returned.
    """
    words = ""
    for line in markdown.splitlines():
        if text := _read(line):
            words = f"{words} {text}" if words else text
            if cells(words) > width:
                break
    return words


def _read(line: str) -> str:
    text = _LINK.sub(r"\1", line[_MARKS.match(line).end() :])  # type: ignore[union-attr]  # it matches nothing too
    return " ".join(_EMPHASIS.sub(r"\2", text).split())


def _cut(text: str, width: int) -> str:
    """Cut a text to so many cells, between words where that leaves half of it."""
    if cells(text) <= width:
        return text
    cut = clipped(text, width)[:-1]
    space = text.rfind(" ", 0, len(cut) + 1)
    if cells(text[: max(0, space)]) * 2 >= width:
        cut = text[:space]
    return cut.rstrip(" ,.;:-–—(") + "…"


def derived_title(tree: Tree) -> str:
    """Return what the first prompt of a session calls it; empty if there is none."""
    row = first_prompt(tree.role, tree.deleted_at)
    return "" if row is None else title_of(tree.content(row))


def first_prompt(roles: Sequence[str], deleted_at: Sequence[Json]) -> int | None:
    """Return the row of the first prompt that lives; None if there is none."""
    return next(
        (row for row, (role, gone) in enumerate(zip(roles, deleted_at, strict=True)) if role == "user" and not gone),
        None,
    )
