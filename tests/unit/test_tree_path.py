"""A path that moves equals the path from the root, wherever it moves to, and so do its figures."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from lion_tui import Session
from lion_tui.core.changes import Position
from lion_tui.core.path_figures import PathFigures
from lion_tui.core.tree import NO_ROW, Tree
from lion_tui.core.tree_path import TreePath, shared


def grown(parents: list[int]) -> Tree:
    """Return a tree: each number says how many messages ago the parent was; beyond the first, it is a root."""
    tree = Tree()
    for row, back in enumerate(parents):
        values = {"node_id": str(row), "seq": row, "timestamp": row, "role": "user", "status": "complete"}
        tree.append(max(NO_ROW, row - back), values)
    return tree


@given(st.lists(st.integers(1, 6), min_size=1, max_size=40), st.data())
def test_a_path_that_moves_is_the_path_from_the_root(parents: list[int], data: st.DataObject) -> None:
    tree = grown(parents)
    path = TreePath(tree)
    for end in data.draw(st.lists(st.integers(NO_ROW, len(tree) - 1), max_size=12)):
        before = list(path)
        kept = path.move(end)
        assert list(path) == tree.path(end)
        assert list(path)[:kept] == before[:kept]
        assert kept == len(before) or kept == len(path) or before[kept] != path[kept]
        for row in range(len(tree)):
            assert (row in path) is (row in tree.path(end))
        assert [path.find(row) for row in path] == list(range(len(path)))


@given(st.lists(st.integers(1, 6), min_size=1, max_size=40), st.data())
def test_paths_that_begin_where_they_part(parents: list[int], data: st.DataObject) -> None:
    tree = grown(parents)
    paths = [TreePath(tree), TreePath(tree)]
    parts = [TreePath(tree), TreePath(tree)]
    for ends in data.draw(st.lists(st.tuples(*[st.integers(0, len(tree) - 1)] * 2), max_size=6)):
        for path, end in zip(paths, ends, strict=True):
            path.move(end)
        common = shared(paths)
        one, other = map(tree.path, ends)
        assert one[:common] == other[:common]
        assert one[common : common + 1] != other[common : common + 1] or not one[common:]
        after = one[common - 1] if common else NO_ROW
        for part, end in zip(parts, ends, strict=True):
            part.move(end, after)
            assert list(part) == tree.path(end)[common:]


@given(
    st.lists(st.tuples(st.integers(1, 6), st.none() | st.integers(0, 9), st.booleans()), min_size=1, max_size=30),
    st.lists(st.tuples(st.integers(0), st.booleans()), max_size=8),
)
def test_the_figures_of_a_path_are_those_of_the_session(
    messages: list[tuple[int, int | None, bool]], moves: list[tuple[int, bool]]
) -> None:
    session = Session()
    tree = session.state.tree = grown([back for back, _, _ in messages])
    for row, (_, figure, streams) in enumerate(messages):
        if streams:
            tree.status[row] = "streaming"
        else:
            tree.listed["tokens_in"][row] = figure
            tree.listed["cost_usd"][row] = None if figure is None else figure / 8
    figures = PathFigures(tree)
    for at, ends in moves:
        row = at % len(tree)
        figures.move(row)
        if ends and tree.status[row] == "streaming":
            tree.status[row], tree.listed["cost_usd"][row], tree.listed["tokens_in"][row] = "complete", 0.5, 7
            figures.move(row)
        whole = next((each for each in tree.path(row) if tree.status[each] == "streaming"), None)
        assert figures.messages == len(tree.path(row))
        if whole is None:  # what streams is the end of its path, and has no figures yet
            session.state.current = Position(None, tree.node_id[row])
            assert figures.messages == session.info["total"]
            assert figures.cost_usd == session.usage.cost_usd
            assert figures.context_tokens == session.context_tokens
