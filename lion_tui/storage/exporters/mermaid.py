"""Exports as a Mermaid flowchart: messages without a fork between them are one node, so that much can be drawn."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Final

from lion_tui.core.text import plain
from lion_tui.core.titles import title_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lion_tui.core.excerpt import Excerpt, Run

_WORDS: Final = 40
"""Cells that the words of a message take."""
_MOST_EDGES: Final = 500
"""Links that Mermaid draws unless its `maxEdges` says otherwise; no diagram can change that itself."""
_PLAIN: Final = re.compile(r"[^\w .,?!'()=/+\u2010-\u203a…·⋮★✎-]")
"""What could mean something to Mermaid, to its Markdown or to HTML."""


def mermaid(excerpt: Excerpt) -> Iterator[str]:
    """Yield an excerpt as a flowchart. The nodes at which branches end are round and outlined."""
    title = json.dumps(" ".join(plain(excerpt.title).split()), ensure_ascii=False)
    # What YAML does not take as it is, it takes by its number.
    title = re.sub("[\ufffe\uffff]", lambda match: f"\\u{ord(match[0]):x}", title)
    yield f"---\ntitle: {title}\n---\nflowchart TD\n"
    runs = excerpt.runs()
    links = sum(run.after is not None for run in runs)
    if links > _MOST_EDGES:
        yield f"%% {links} links: beyond {_MOST_EDGES}, Mermaid must be given a larger maxEdges and maxTextSize.\n"
    heads = []
    for number, run in enumerate(runs):
        label = f'"{_label(excerpt, run)}"'
        if run.rows[-1] in excerpt.names:
            heads.append(f"n{number}")
            node = f"n{number}([{label}])"
        else:
            node = f"n{number}[{label}]"
        yield f"    {node}\n" if run.after is None else f"    n{run.after} --> {node}\n"
    yield "    classDef head stroke-width:3px\n"
    for head in heads:
        yield f"    class {head} head\n"


def _label(excerpt: Excerpt, run: Run) -> str:
    """Return what a node says: its first and its last message, how many are between, and what ends there."""
    first, last = run.rows[0], run.rows[-1]
    lines = [_said(excerpt, first)]
    if between := len(run.rows) - 2:
        lines += [f"⋮ {between} more"] * (between > 0)
    if last != first:
        lines.append(_said(excerpt, last))
    if names := excerpt.names.get(last):
        lines.append(f"[{', '.join(names)}]")
    return "<br/>".join(map(_escaped, lines))


def _said(excerpt: Excerpt, row: int) -> str:
    words = title_of(excerpt.state.tree.content(row), _WORDS) or "–"
    star = " ★" if excerpt.bookmarked(row) else ""
    note = f" ✎ {title_of(note, _WORDS)}" if (note := excerpt.note(row)) else ""
    return f"{excerpt.state.tree.depth[row]} · {excerpt.speaker(row)}: {words}{star}{note}"


def _escaped(text: str) -> str:
    """Return a line of a label, every character that could end or steer it by its number."""
    return _PLAIN.sub(lambda match: f"#{ord(match[0])};", " ".join(plain(text).split()))
