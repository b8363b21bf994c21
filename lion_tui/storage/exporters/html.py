"""Exports as one HTML file: a branch as an article, all branches with a list of them, branches side by side."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from lion_tui.core.counting import counted
from lion_tui.core.diff import rewritten
from lion_tui.core.excerpt import first_beside
from lion_tui.core.path_diff import diff_paths
from lion_tui.storage.exporters.page import message, page, text

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from lion_tui.core.diff import Operation
    from lion_tui.core.excerpt import End, Excerpt, Strand

_MARKED: Final = {"added": "ins", "removed": "del", "moved": "mark"}
_DEEPEST: Final = 5
"""How far the list of branches is indented at most."""


def html(excerpt: Excerpt) -> Iterator[str]:
    """Yield an excerpt as an HTML page."""
    if excerpt.whole:
        return page(excerpt.title, _all_facts(excerpt), _tree(excerpt), "all")
    if len(excerpt.ends) > 1:
        return page(excerpt.title, _columns_facts(excerpt), _side_by_side(excerpt), "beside")
    facts = f"{text(excerpt.ends[0].name)} · {counted(len(excerpt.rows), 'message')}"
    return page(excerpt.title, facts, _article(excerpt), "one")


def _article(excerpt: Excerpt) -> Iterator[str]:
    yield "<main>\n"
    for row in excerpt.rows:
        yield message(excerpt, row)
    yield "</main>\n"


# All branches


def _all_facts(excerpt: Excerpt) -> str:
    return f"{counted(len(excerpt.rows), 'message')} on {counted(len(excerpt.ends), 'branch', 'branches')}"


def _tree(excerpt: Excerpt) -> Iterator[str]:
    strands = excerpt.strands()
    yield '<div class="tree">\n'
    yield from _list(strands)
    yield "<main>\n"
    forks: dict[int, list[int]] = {}
    for number, strand in enumerate(strands):
        if strand.of is not None:
            forks.setdefault(strand.after, []).append(number)
    for number, strand in enumerate(strands):
        origin = f'<p class="facts">{_origin(excerpt, strands, strand)}</p>'
        yield f'<section id="b{number}">\n<h2>{text(strand.name)}</h2>\n{origin}\n'
        for row in strand.rows:
            yield message(excerpt, row)
            if others := forks.get(row):
                links = ", ".join(f'<a href="#b{other}">{text(strands[other].name)}</a>' for other in others)
                yield f'<p class="forks">Also from here: {links}</p>\n'
        yield "</section>\n"
    yield "</main>\n</div>\n"


def _list(strands: Sequence[Strand]) -> Iterator[str]:
    """Yield the list of the branches, each below the one that it goes on from."""
    yield '<nav aria-label="Branches">\n<ol>\n'
    below: dict[int | None, list[int]] = {}
    for number, strand in enumerate(strands):
        below.setdefault(strand.of, []).append(number)
    todo = [(number, 0) for number in reversed(below.get(None, ()))]
    while todo:
        number, depth = todo.pop()
        name, own = text(strands[number].name), f"<span>{len(strands[number].rows):,}</span>"
        yield f'<li class="d{min(depth, _DEEPEST)}"><a href="#b{number}"><b>{name}</b>{own}</a></li>\n'
        todo += [(each, depth + 1) for each in reversed(below.get(number, ()))]
    yield "</ol>\n</nav>\n"


def _origin(excerpt: Excerpt, strands: Sequence[Strand], strand: Strand) -> str:
    """Return how many messages a branch has of its own, and where it comes from."""
    if strand.of is None:
        if (beside := first_beside(strands, strand)) is None:
            return counted(len(strand.rows), "message")
        first = strands[beside]
        at, of = f'<a href="#m{first.rows[0]}">message 1</a>', f'<a href="#b{beside}">{text(first.name)}</a>'
        return f"{counted(len(strand.rows), 'message')} beside {at} of {of}"
    at = f'<a href="#m{strand.after}">message {excerpt.state.tree.depth[strand.after]}</a>'
    of = f'<a href="#b{strand.of}">{text(strands[strand.of].name)}</a>'
    return f"{counted(len(strand.rows), 'message')} after {at} of {of}" if strand.rows else f"Ends at {at} of {of}"


# Side by side


def _columns_facts(excerpt: Excerpt) -> str:
    return f"Side by side: {', '.join(text(end.name) for end in excerpt.ends)}"


def _side_by_side(excerpt: Excerpt) -> Iterator[str]:
    ends = excerpt.ends
    common, turns = excerpt.side_by_side()
    yield '<main class="side">\n'
    if common:
        yield f"<details><summary>{counted(len(common), 'message')} in common</summary>\n"
        for row in common:
            yield message(excerpt, row)
        yield "</details>\n"
    steps = _steps(excerpt)
    yield _legend(ends, steps.values())
    yield f'<div class="columns c{len(ends)} names">{"".join(map(_name, ends))}</div>\n'
    for columns in turns:
        yield f'<section class="columns c{len(ends)} turn">\n'
        for column, (end, rows) in enumerate(zip(ends, columns, strict=True)):
            yield f'<div class="cell">{_name(end)}\n'
            for row in rows:
                yield message(excerpt, row, steps.get(row, ()), newer=column > 0, column=column)
            yield "</div>\n"
        yield "</section>\n"
    yield "</main>\n"


def _legend(ends: Sequence[End], found: Iterable[Sequence[Operation]]) -> str:
    """Return what the marks mean that there are, and what the others are compared with."""
    kinds = {step.kind for steps in found if not rewritten(steps) for step in steps}
    if len(ends) > 2:
        kinds.discard("removed")
    said = " · ".join(f"<{tag}>{kind}</{tag}>" for kind, tag in _MARKED.items() if kind in kinds)
    return f'<p class="facts legend">compared with {text(ends[0].name)}: {said}</p>\n' if said else ""


def _name(end: End) -> str:
    return f'<div class="name">{text(end.name)}</div>'


def _steps(excerpt: Excerpt) -> Mapping[int, Sequence[Operation]]:
    """Return by message what differs from its counterpart in the first column; there, from that in the other of two."""
    first, *others = excerpt.ends
    found: dict[int, Sequence[Operation]] = {}
    for end in others:
        _, pairs = diff_paths(excerpt.state.tree, first.row, end.row)
        both = [pair for pair in pairs if pair.a is not None and pair.b is not None]
        sides = [(pair.b, pair.operations) for pair in both]
        sides += [(pair.a, pair.operations) for pair in both if len(others) == 1]
        found.update((row, operations) for row, operations in sides if row is not None)
    return found
