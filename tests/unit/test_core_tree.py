"""The forest against the most naive one, and without recursion."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lion_tui.core.errors import UnknownMessage, UsageError
from lion_tui.core.message import COLUMNS
from lion_tui.core.tree import NO_ROW, Tree

# Parents as numbers that are taken modulo what is there; what dies; how many rows remain.
shapes = st.lists(st.integers(0, 1000), max_size=25)


def grown(shape: list[int]) -> tuple[Tree, list[int]]:
    tree, parents = Tree(), []
    for row, number in enumerate(shape):
        parents.append(number % (row + 1) - 1)
        tree.append(parents[row], values(row))
    return tree, parents


def values(row: int, **others: Any) -> dict[str, Any]:
    return {
        "node_id": f"n{row}", "seq": row + 1, "timestamp": row + 10, "role": "user", "status": "complete",
        "origin": "user", "sender": "user", "recipient": "main", "content": f"text {row}", **others,
    }  # fmt: skip


def naive_path(parents: list[int], row: int) -> list[int]:
    return [] if row == NO_ROW else [*naive_path(parents, parents[row]), row]


def check(tree: Tree, parents: list[int]) -> None:
    rows = range(len(parents))
    assert len(tree) == len(parents)
    for row in (NO_ROW, *rows):
        assert list(tree.children(row)) == [child for child in rows if parents[child] == row]
    for row in rows:
        path = naive_path(parents, row)
        assert tree.path(row) == path
        assert list(tree.ancestors(row)) == path[::-1]
        assert sorted(tree.subtree(row)) == [each for each in rows if row in naive_path(parents, each)]
        assert tree.has_siblings(row) == (parents.count(parents[row]) > 1)
        assert list(tree.forks_above(row)) == [each for each in path[::-1] if parents.count(parents[each]) > 1]
        assert tree.row(f"n{row}") == row
        for other in rows:
            common = [each for each in naive_path(parents, other) if each in path]
            assert tree.merge_base(row, other) == (common[-1] if common else NO_ROW)
            assert tree.holds(row, other) == (other in path)


LINKS = ("depth", "_first_child", "_last_child", "_next_sibling", "_stretch", "_forks", "_first_root", "_last_root")


@given(shapes)
def test_links_that_are_derived_at_once_are_those_derived_row_by_row(shape: list[int]) -> None:
    tree, _ = grown(shape)
    again, lost = Tree.from_columns(tree.columns())
    assert not lost
    assert [getattr(again, name) for name in LINKS] == [getattr(tree, name) for name in LINKS]


@given(shapes, st.integers(0, 25))
def test_a_tree_is_what_its_parents_say_also_after_rows_are_taken_back(shape: list[int], rows: int) -> None:
    tree, parents = grown(shape)
    check(tree, parents)
    rows = min(rows, len(parents))
    tree.truncate(rows)
    check(tree, parents[:rows])
    for number in shape[rows:]:
        row = len(tree)
        tree.append(number % (row + 1) - 1, values(row))
    check(tree, parents)


@given(shapes, st.sets(st.integers(0, 24)))
def test_leaves_and_children_that_live(shape: list[int], dead: set[int]) -> None:
    tree, parents = grown(shape)
    for row, parent in enumerate(parents):
        if row in dead or (parent != NO_ROW and not tree.alive(parent)):
            tree.deleted_at[row] = 1
    live = [row for row in range(len(tree)) if tree.alive(row)]
    assert tree.live_leaves() == [row for row in live if not any(parents[other] == row for other in live)]
    for row in (NO_ROW, *range(len(tree))):
        assert tree.live_children(row) == [other for other in live if parents[other] == row]
        above = [each for each in naive_path(parents, row) if tree.alive(each)]
        assert tree.nearest_alive(row) == (above[-1] if above else NO_ROW)


@given(shapes, st.randoms())
def test_columns_out_and_in_are_the_same_tree_in_any_order(shape: list[int], random: Any) -> None:
    tree, parents = grown(shape)
    columns = tree.columns()
    assert list(columns) == [column.name for column in COLUMNS]
    order = list(range(len(tree)))
    random.shuffle(order)
    again, lost = Tree.from_columns({name: [column[row] for row in order] for name, column in columns.items()})
    assert lost == 0
    check(again, parents)
    assert [again.message(row) for row in range(len(again))] == [tree.message(row) for row in range(len(tree))]


def test_what_has_no_parent_goes_under_a_lost_and_found_root() -> None:
    tree, _ = grown([0, 1, 2, 3])
    columns = {name: list(column) for name, column in tree.columns().items()}
    columns["parent_id"][1] = "gone"
    columns["parent_id"][2] = "n3"  # a parent that stands later could close a cycle
    again, lost = Tree.from_columns(columns)
    assert lost == 2
    root = again.message(0)
    assert (root.sender, root.parent_id, root.content) == ("lost+found", None, "")
    parents = {again.node_id[row]: again.id(again.parent[row]) for row in range(len(again))}
    assert parents == {root.node_id: None, "n0": None, "n1": root.node_id, "n2": root.node_id, "n3": "n2"}
    assert [again.content(again.row(f"n{row}")) for row in range(4)] == [f"text {row}" for row in range(4)]


@pytest.mark.parametrize(
    ("column", "wrong", "said"),
    [("seq", 1, "seq"), ("node_id", "n0", "node_id"), ("role", "judge", "role"), ("status", "?", "status")],
)
def test_columns_that_cannot_be_a_tree_are_refused(column: str, wrong: object, said: str) -> None:
    columns = {name: list(values) for name, values in grown([0, 1])[0].columns().items()}
    columns[column][1] = wrong
    with pytest.raises(UsageError, match=said):
        Tree.from_columns(columns)


def test_a_row_that_cannot_be_added_leaves_the_tree_whole() -> None:
    tree, parents = grown([0, 1, 2])
    with pytest.raises(TypeError):
        tree.append(2, values(3, sender=5))
    check(tree, parents)
    tree.append(2, values(3))
    check(tree, [*parents, 2])
    assert {len(column) for column in tree.columns().values()} == {4}


def test_an_unknown_message_is_named() -> None:
    with pytest.raises(UnknownMessage, match="'n7'"):
        grown([0])[0].row("n7")


def test_a_chain_of_100_000_messages_needs_no_recursion() -> None:
    tree = Tree()
    for row in range(100_000):
        tree.append(row - 1, values(row))
    last = len(tree) - 1
    assert len(tree.path(last)) == 100_000
    assert sum(1 for _ in tree.subtree(0)) == 100_000
    assert tree.merge_base(last, 5) == 5
    assert tree.live_leaves() == [last]
    again, lost = Tree.from_columns(tree.columns())
    assert (len(again), lost) == (100_000, 0)
    tree.truncate(1)
    assert tree.live_leaves() == [0]
