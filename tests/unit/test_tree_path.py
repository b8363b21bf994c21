"""A path that moves equals the path from the root, wherever it moves to."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from lion_tui.core.tree import NO_ROW, Tree
from lion_tui.core.tree_path import TreePath


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
