"""Exports as plain text, a line for each message, in lanes like those of `git log --graph`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from lion_tui.core.graph import Graph
from lion_tui.core.text import cells, plain
from lion_tui.core.titles import title_of
from lion_tui.core.tree import NO_ROW

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lion_tui.core.excerpt import Excerpt
    from lion_tui.core.graph import GraphLine

_WORDS: Final = 72
"""Cells that the first words of a message take."""
_NOTE: Final = 60
_MARKS: Final = {"error": "✕", "interrupted": "✕", "stopped": "■", "streaming": "◌"}


def outline(excerpt: Excerpt) -> Iterator[str]:
    """Yield an excerpt as an outline. Only what forks is indented."""
    title = " ".join(plain(excerpt.title).split())
    yield f"{title}\n{'─' * cells(title)}\n"
    tree, rows = excerpt.state.tree, set(excerpt.rows)
    hidden = {
        row for row, above in enumerate(tree.parent) if row not in rows and (above == NO_ROW or above in rows)
    }  # with all that is below
    # The first path keeps its lane, and no message is folded away.
    graph = Graph(tree, end=excerpt.ends[0].row, stands=rows, hidden=hidden)
    for line in graph.lines():
        yield f"{_line(excerpt, graph, line)}\n"


def _line(excerpt: Excerpt, graph: Graph, line: GraphLine) -> str:
    lanes = "│ " * line.lane
    if line.kind == "fork":
        return f"{lanes}{'├' if graph.before(line) else '╭'}{'─┬' * (line.size - 1)}─╮"
    row = line.row
    status = excerpt.state.tree.status[row]
    mark = _MARKS.get(status) or ("○" if excerpt.state.archived(row) else "◉" if row in excerpt.names else "●")
    speaker = " ".join(plain(excerpt.speaker(row)).split())
    words = title_of(excerpt.state.tree.content(row), _WORDS) or "–"
    parts = [f"{lanes}{mark} {line.depth} {speaker}: {words}"]
    parts += ["★"] * excerpt.bookmarked(row)
    if note := excerpt.note(row):
        parts.append(f"✎ {title_of(note, _NOTE)}")
    if names := excerpt.names.get(row):
        parts.append(f"[{', '.join(plain(name) for name in names)}]")
    return "  ".join(parts)
