"""The tree as lanes: every message once, parents first, lanes that are open where they are drawn open, all in step."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lion_tui import Session
from lion_tui.core.branch_graph import BranchGraph
from lion_tui.core.graph import LONGEST_RUN, MOST_ARMS, Graph
from lion_tui.core.tree import NO_ROW

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from lion_tui.core.graph import GraphLine


@st.composite
def sessions(draw: st.DrawFn) -> Session:
    """Return a session of any shape, some of it deleted or archived, some place of it shown."""
    session = Session()
    nodes: list[str] = []
    for number in range(draw(st.integers(0, 12))):
        parent = draw(st.sampled_from([None, *nodes[:2], *nodes])) if nodes else None
        name = f"b{number}"
        if parent is None:
            session.new_branch(name)
        else:
            session.fork(parent, name)
        length = draw(st.sampled_from([1, 1, 2, LONGEST_RUN, LONGEST_RUN + 1, 3 * LONGEST_RUN]))
        nodes += [session.add_message("user", str(number), branch=name).node_id for _ in range(length)]
        if draw(st.booleans()):
            session.delete_branch(name)
    for node_id in draw(st.lists(st.sampled_from(nodes), max_size=4)) if nodes else []:
        if session.message(node_id).deleted_at is None:
            (session.delete if draw(st.booleans()) else session.archive)(node_id)
    live = [node_id for node_id in nodes if session.state.tree.alive(session.state.tree.row(node_id))]
    if live:
        session.checkout(draw(st.sampled_from(live)))
    return session


@st.composite
def graphs(draw: st.DrawFn, session: Session) -> Graph:
    """Return one of the graphs that the screen may have of a session."""
    tree = session.state.tree
    some = st.frozensets(st.sampled_from(range(len(tree))), max_size=3) if len(tree) else st.just(frozenset[int]())
    graph = graph_of(session, marked=draw(some))
    for row in draw(some):
        line = graph.line_of(row)
        if line and line.size:
            graph.open(line)
    live = [row for row in range(len(tree)) if visible(session, row)]
    graph.hoist(draw(st.sampled_from([NO_ROW, NO_ROW, *live])))
    return graph


def graph_of(session: Session, *, marked: Iterable[int] = ()) -> Graph:
    state = session.state
    heads = {state.tree.row(ref.head) for ref in state.refs.values() if ref.head}
    hidden = {row for row in range(len(state.tree)) if state.archived(row)}
    return Graph(state.tree, end=state.head_row(state.current), stands=heads.union(marked), hidden=hidden)


def visible(session: Session, row: int) -> bool:
    state, tree = session.state, session.state.tree
    path = tree.path(state.head_row(state.current))
    return all(tree.alive(each) and (each in path or not state.archived(each)) for each in tree.path(row))


def rows_of(session: Session, lines: Iterable[GraphLine]) -> list[int]:
    """Return the rows of lines as if nothing were folded."""
    rows = []
    for line in lines:
        if line.kind == "message":
            rows.append(line.row)
            for _ in range(line.size):
                rows.append(next(kid for kid in session.state.tree.children(rows[-1]) if visible(session, kid)))
    return rows


@given(sessions(), st.data())
def test_the_graph_holds_every_message_once_below_its_parent(session: Session, data: st.DataObject) -> None:
    tree = session.state.tree
    graph = data.draw(graphs(session))
    lines = list(graph.lines())
    rows = rows_of(session, lines)
    every = [row for row in range(len(tree)) if visible(session, row)]
    below = [row for row in every if graph.root == NO_ROW or graph.root in tree.path(row)]
    assert sorted(rows) == below
    assert (graph.messages, graph.total) == (len(below), len(every))
    place = {row: index for index, row in enumerate(rows)}
    assert all(row == graph.root or tree.parent[row] == NO_ROW or place[tree.parent[row]] < place[row] for row in rows)
    assert all(line.depth == len(tree.path(line.row)) for line in lines)


@given(sessions(), st.data())
def test_lines_are_found_from_either_side_and_from_their_messages(session: Session, data: st.DataObject) -> None:
    graph = data.draw(graphs(session))
    lines = list(graph.lines())
    back, line = [], graph.last()
    while line is not None:
        back.append(line)
        line = graph.before(line)
    assert back[::-1] == lines
    for line in lines:
        if line.kind != "fork":
            assert [graph.line_of(row) for row in rows_of(session, [line])] == [line] * (line.size + 1)
    shown = set(rows_of(session, lines))
    assert all(graph.line_of(row) is None for row in range(len(session.state.tree)) if row not in shown)


@given(sessions(), st.data())
def test_only_long_plain_runs_are_folded(session: Session, data: st.DataObject) -> None:
    tree, state = session.state.tree, session.state
    graph = data.draw(graphs(session))
    heads = {tree.row(ref.head) for ref in state.refs.values() if ref.head}
    for line in graph.lines():
        if line.kind == "message" and line.size:
            gone = rows_of(session, [line])
            assert len(gone) == line.size + 1 > LONGEST_RUN
            assert not {*gone} & {*heads, graph.end}
            assert all(graph.length(row) > graph.length(line.row) for row in gone[1:]), "no fork is among them"


@given(sessions(), st.data())
def test_each_lane_is_known_to_lead_to_what_comes_down_there(session: Session, data: st.DataObject) -> None:
    graph = data.draw(graphs(session))
    lines = list(graph.lines())
    for at, line in enumerate(lines):
        rows = lines[at:]
        for place, lanes in graph.window(line, 3):
            below = rows[rows.index(place) + 1 :]
            expected = [
                next(each.row for each in below if each.lane == lane and each.kind == "message")
                for lane in range(len(lanes))
            ]
            assert lanes == expected


@given(sessions(), st.data())
def test_lanes_are_opened_once_and_used_from_the_right(session: Session, data: st.DataObject) -> None:
    tree = session.state.tree
    graph = data.draw(graphs(session))
    waiting: dict[int, int] = {}  # lanes to the left of the message, by the parent of what comes down there
    lane_of = {NO_ROW: 0}
    for line in graph.lines():
        parent = tree.parent[line.row]
        if line.kind == "fork":
            assert 0 < line.size <= MOST_ARMS
            assert line.lane == lane_of[parent]
            waiting |= {line.lane + offset: parent for offset in range(line.size + 1)}
            continue
        lane_of |= dict.fromkeys(rows_of(session, [line]), line.lane)
        if line.lane in waiting:
            assert waiting.pop(line.lane) == parent, "a lane leads to a child of the message that opened it"
        elif line.row == graph.root:
            assert line.lane == 0
        else:
            assert line.lane == lane_of[parent], "a run without forks stays in its lane"
        assert all(lane in waiting for lane in range(line.lane)), "what is drawn open has messages further down"
        assert all(lane < line.lane for lane in waiting), "nothing is open on the right"
    assert not waiting


@given(sessions())
def test_the_path_that_is_shown_keeps_its_lane_and_comes_last(session: Session) -> None:
    graph = graph_of(session)
    lines = list(graph.lines())
    path = set(session.state.tree.path(graph.end))
    assert {line.lane for line in lines if line.row in path and line.kind != "fork"} <= {0}
    assert {row for row in range(len(session.state.tree)) if visible(session, row) and graph.on_path(row)} == path
    if path and not session.state.tree.live_children(graph.end):
        assert lines[-1].row == graph.end


@pytest.mark.parametrize("turns", [3, 40])
def test_a_talk_that_forks_at_every_turn_takes_few_lanes(turns: int) -> None:
    session = Session()
    session.fork(session.add_message("user", "0"), "aside")
    for number in range(turns):
        fork = session.add_message("assistant", str(number))
        for _ in range(2):
            session.fork(fork, f"side.{len(session.branches)}")
            session.add_message("user", "side", branch=f"side.{len(session.branches) - 1}")
    session.checkout("main")
    assert max(line.lane for line in graph_of(session).lines()) == 2
    session.add_message("user", "aside", branch="aside")
    session.checkout("aside")
    assert max(line.lane for line in graph_of(session).lines()) == 3, "what forks most keeps the lane"


def test_a_fork_with_many_children_opens_a_few_lanes_at_a_time() -> None:
    session = Session()
    root = session.add_message("user", "root")
    for number in range(11):
        session.fork(root, f"b{number}")
        session.add_message("user", str(number), branch=f"b{number}")
    session.checkout("b3")
    lines = [(line.kind, line.row, line.lane, line.size) for line in graph_of(session).lines()]
    texts = [(kind, session.state.tree.content(row), lane, size) for kind, row, lane, size in lines]
    assert texts == [
        ("message", "root", 0, 0),
        ("fork", "0", 0, 4),
        ("message", "0", 4, 0), ("message", "1", 3, 0), ("message", "2", 2, 0), ("message", "4", 1, 0),
        ("fork", "5", 0, 4),
        ("message", "5", 4, 0), ("message", "6", 3, 0), ("message", "7", 2, 0), ("message", "8", 1, 0),
        ("fork", "9", 0, 2), ("message", "9", 2, 0), ("message", "10", 1, 0),
        ("message", "3", 0, 0),
    ]  # fmt: skip


def test_a_long_chain_takes_few_lines() -> None:
    session = Session()
    for number in range(5_000):
        session.add_message("user", str(number))
    assert [(line.kind, line.row, line.size) for line in graph_of(session).lines()] == [
        ("message", 0, 4_998), ("message", 4_999, 0),
    ]  # fmt: skip


# In step with the session


def _write(session: Session, pick: Callable[[int], int]) -> None:
    if names := list(session.branches):
        session.add_message("user", f"word {pick(3)}", branch=names[pick(len(names))])


def _write_here(session: Session, pick: Callable[[int], int]) -> None:
    for _ in range(1 + pick(9)):
        session.add_message("user", f"word {pick(3)}")


def _fork(session: Session, pick: Callable[[int], int]) -> None:
    session.fork(_node(session, pick))


def _fork_and_write(session: Session, pick: Callable[[int], int]) -> None:
    session.add_message("user", "word 1", branch=session.fork(_node(session, pick)))


def _go(session: Session, pick: Callable[[int], int]) -> None:
    session.checkout(_node(session, pick))


def _go_to_branch(session: Session, pick: Callable[[int], int]) -> None:
    if names := list(session.branches):
        session.checkout(names[pick(len(names))])


def _delete(session: Session, pick: Callable[[int], int]) -> None:
    session.delete(_node(session, pick))


def _archive(session: Session, pick: Callable[[int], int]) -> None:
    session.archive(_node(session, pick), not pick(3))


def _restore(session: Session, pick: Callable[[int], int]) -> None:
    tree = session.state.tree
    dead = [row for row in range(len(tree)) if not tree.alive(row) and not tree.purged(row)]
    if dead:
        session.restore(tree.node_id[dead[pick(len(dead))]])


def _purge(session: Session, pick: Callable[[int], int]) -> None:
    tree = session.state.tree
    if dead := [row for row in range(len(tree)) if not tree.alive(row)]:
        session.purge(tree.node_id[dead[pick(len(dead))]])


def _undo(session: Session, pick: Callable[[int], int]) -> None:
    for _ in range(1 + pick(3)):
        session.undo()


def _redo(session: Session, pick: Callable[[int], int]) -> None:
    session.redo()


def _drop(session: Session, pick: Callable[[int], int]) -> None:
    others = [name for name in session.branches if name != session.current.name]
    if others:
        session.delete_branch(others[pick(len(others))])


def _edit(session: Session, pick: Callable[[int], int]) -> None:
    session.update_message(_node(session, pick), "content", "word 2")


def _finish(session: Session, pick: Callable[[int], int]) -> None:
    row = session.state.tree.row(_node(session, pick))
    if session.state.tree.value(row, "cost_usd") is None:
        status = ("complete", "stopped", "error")[pick(3)]
        session.state.finish(row, status, {"cost_usd": 0.5})  # type: ignore[arg-type]


def _node(session: Session, pick: Callable[[int], int]) -> str:
    tree = session.state.tree
    live = [row for row in range(len(tree)) if tree.alive(row)]
    if not live:
        live = [session.state.tree.row(session.add_message("user", "word 0").node_id)]
    return tree.node_id[live[pick(len(live))]]


DEEDS = (
    _write, _write, _write_here, _write_here, _fork, _fork_and_write, _fork_and_write, _go, _go_to_branch, _delete,
    _archive, _restore, _purge, _undo, _redo, _drop, _edit, _finish,
)  # fmt: skip


def look(branches: BranchGraph) -> tuple[object, ...]:
    """Return all that can be seen of a graph."""
    graph = branches.graph
    lines = list(graph.lines())
    seen = [(line, graph.on_path(line.row), branches.names(line.row)) for line in lines]
    return seen, graph.messages, graph.total, branches.cost


@settings(max_examples=150)
@given(st.data(), st.sampled_from(["", "", "word 1", "b"]))
def test_a_graph_that_is_kept_in_step_is_that_of_a_session_just_opened(data: st.DataObject, query: str) -> None:
    session = Session()
    session.add_message("user", "word 0")
    kept = BranchGraph(session.state)
    kept.filter(query)
    session.subscribe(kept.take)

    def pick(below: int) -> int:
        return data.draw(st.integers(0, below - 1))

    for number in range(data.draw(st.integers(1, 25))):
        deed = data.draw(st.sampled_from(DEEDS))
        deed(session, pick)
        if data.draw(st.booleans()):
            list(kept.graph.lines())  # what was derived for these must not outlive the next change
        if not query and number == 3:
            kept.graph.hoist(kept.graph.chains.roots[0] if kept.graph.chains.roots else NO_ROW)
        kept.search(10)
        fresh = BranchGraph(session.state)
        fresh.filter(query)
        fresh.search(10)
        fresh.graph.hoist(kept.graph.root)
        assert look(kept) == look(fresh)


@given(sessions(), st.sampled_from(["1", "2", "b1", "nowhere"]))
def test_a_filter_draws_what_it_finds_and_folds_what_leads_there(session: Session, query: str) -> None:
    branches = BranchGraph(session.state)
    branches.filter(query)
    while branches.searching:
        branches.search(0)
    lines = list(branches.graph.lines())
    leads = {line.row for line in lines if line.size and line.kind == "message"}
    tree = session.state.tree
    named = {tree.row(ref.head) for ref in session.state.refs.values() if ref.head and query in ref.name}
    shown = {row for row in range(len(tree)) if visible(session, row)}
    expected = {row for row in shown if row in named or query in tree.content(row)}
    assert not leads & expected, "what is found is never folded away"
    drawn = {above for row in expected for above in tree.path(row)}
    assert {row for row in range(len(tree)) if branches.graph.holds(row)} == drawn
    assert sum(line.size + 1 for line in lines if line.kind == "message") == len(drawn)
