"""The tree as lanes: every message once, parents first, and lanes that are open where they are drawn open."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lion_tui import Session
from lion_tui.core.graph import LONGEST_RUN, Graph, GraphView
from lion_tui.core.tree import NO_ROW


@st.composite
def sessions(draw: st.DrawFn) -> Session:
    """Return a session of any shape, some of it deleted or archived, some place of it shown."""
    session = Session()
    nodes: list[str] = []
    for number in range(draw(st.integers(0, 12))):
        parent = draw(st.sampled_from([None, *nodes])) if nodes else None
        name = f"b{number}"
        if parent is None:
            session.new_branch(name)
        else:
            session.fork(parent, name)
        length = draw(st.sampled_from([1, 2, LONGEST_RUN, LONGEST_RUN + 1, 3 * LONGEST_RUN]))
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
def views(draw: st.DrawFn, session: Session) -> GraphView:
    """Return one of the views that the screen may have of a session."""
    tree = session.state.tree
    some = st.frozensets(st.sampled_from(range(len(tree))), max_size=3) if len(tree) else st.just(frozenset[int]())
    live = [row for row in range(len(tree)) if visible(session, row)]
    root = draw(st.sampled_from([NO_ROW, NO_ROW, *live]))
    return view_of(session, marked=draw(some), opened=draw(some), root=root)


def view_of(
    session: Session,
    *,
    marked: frozenset[int] = frozenset(),
    opened: frozenset[int] = frozenset(),
    root: int = NO_ROW,
) -> GraphView:
    state = session.state
    heads = frozenset(state.tree.row(ref.head) for ref in state.refs.values() if ref.head)
    hidden = frozenset(row for row in range(len(state.tree)) if state.archived(row))
    return GraphView(state.head_row(state.current), heads | marked, hidden, opened, root)


def visible(session: Session, row: int) -> bool:
    state, tree = session.state, session.state.tree
    path = tree.path(state.head_row(state.current))
    return all(tree.alive(each) and (each in path or not state.archived(each)) for each in tree.path(row))


def rows_of(session: Session, graph: Graph) -> list[int]:
    """Return the rows of the graph as if nothing were folded."""
    rows = []
    for line in graph.lines:
        if line.kind == "message":
            rows.append(line.row)
        elif line.kind == "fold":
            row, count = line.row, line.size
            while count:
                rows.append(row)
                row = next((child for child in session.state.tree.children(row) if visible(session, child)), NO_ROW)
                count -= 1
    return rows


@given(sessions(), st.data())
def test_the_graph_holds_every_message_once_below_its_parent(session: Session, data: st.DataObject) -> None:
    tree = session.state.tree
    view = data.draw(views(session))
    graph = Graph(tree, view)
    rows = rows_of(session, graph)
    every = [row for row in range(len(tree)) if visible(session, row)]
    below = [row for row in every if view.root == NO_ROW or view.root in tree.path(row)]
    assert sorted(rows) == below
    assert (graph.messages, graph.total) == (len(below), len(every))
    place = {row: index for index, row in enumerate(rows)}
    assert all(row == view.root or tree.parent[row] == NO_ROW or place[tree.parent[row]] < place[row] for row in rows)
    assert all(line.depth == len(tree.path(line.row)) for line in graph.lines)


@given(sessions(), st.data())
def test_only_the_middle_of_long_plain_runs_is_folded(session: Session, data: st.DataObject) -> None:
    tree = session.state.tree
    view = data.draw(views(session))
    graph = Graph(tree, view)
    plain: list[int] = []  # what was drawn of the run so far

    def check_run() -> None:
        assert len(plain) <= LONGEST_RUN or view.opened & set(plain)
        plain.clear()

    for index, line in enumerate(graph.lines):
        if line.kind == "fold":
            before, after = graph.lines[index - 1], graph.lines[index + 1]
            assert before.kind == after.kind == "message"
            assert tree.parent[line.row] == before.row
            assert after.depth == line.depth + line.size
            gone = set(tree.path(tree.parent[after.row])[line.depth - 1 :])
            assert len(gone) == line.size >= LONGEST_RUN - 1
            assert not {before.row, after.row, *gone} & (view.stands | view.opened | {view.end})
            check_run()
        elif line.kind == "message" and line.row not in view.stands | {view.end}:
            if not plain or plain[-1] != tree.parent[line.row]:
                check_run()
            plain.append(line.row)
        else:
            check_run()
    check_run()


@given(sessions(), st.data())
def test_lanes_are_opened_once_and_used_from_the_right(session: Session, data: st.DataObject) -> None:
    tree = session.state.tree
    view = data.draw(views(session))
    waiting: dict[int, int] = {}  # lanes to the left of the message, by the parent of what comes down there
    lane_of: dict[int, int] = {}
    for line in Graph(tree, view).lines:
        if line.kind == "fork":
            assert line.size > 0
            assert line.lane == lane_of[line.row]
            waiting |= {line.lane + offset: line.row for offset in range(line.size + 1)}
            continue
        parent = tree.parent[line.row]
        if line.kind == "fold":
            assert line.lane == lane_of[parent]
            lane_of |= dict.fromkeys(range(line.row, len(tree)), line.lane)
            continue
        lane_of[line.row] = line.lane
        if line.lane in waiting:
            assert waiting.pop(line.lane) == parent, "a lane leads to a child of the message that opened it"
        elif parent == NO_ROW or line.row == view.root:
            assert line.lane == 0
        else:
            assert line.lane == lane_of[parent], "a run without forks stays in its lane"
        assert all(lane in waiting for lane in range(line.lane)), "what is drawn open has messages further down"
        assert all(lane < line.lane for lane in waiting), "nothing is open on the right"
    assert not waiting


@given(sessions())
def test_the_path_that_is_shown_keeps_its_lane_and_comes_last(session: Session) -> None:
    view = view_of(session)
    graph = Graph(session.state.tree, view)
    path = set(session.state.tree.path(view.end))
    assert {line.lane for line in graph.lines if line.row in path} <= {0}
    assert {row for row, on_path in enumerate(graph.on_path) if on_path} == path
    if path and not session.state.tree.live_children(view.end):
        assert graph.lines[-1].row == view.end


@given(sessions(), st.data())
def test_a_graph_that_grew_is_the_graph_of_what_is_there_now(session: Session, data: st.DataObject) -> None:
    view = data.draw(views(session))
    graph = Graph(session.state.tree, view)
    for _ in range(data.draw(st.integers(1, 10))):
        leaf = not session.state.tree.live_children(view.end) if view.end != NO_ROW else False
        grown = leaf and bool(graph.lines) and graph.lines[-1].row == view.end
        for _ in range(data.draw(st.integers(0, 2))):
            session.add_message("user", "more")
        before, view = view, view_of(session, opened=view.opened, root=view.root)
        marked = before.stands - view.stands - {before.end}
        view = GraphView(view.end, view.stands | marked, view.hidden, view.opened, view.root)
        extended = graph.extend(view)
        if grown:
            assert extended
        if not extended:
            graph = Graph(session.state.tree, view)
        whole = Graph(session.state.tree, view)
        assert graph.lines == whole.lines
        assert (graph.messages, graph.total) == (whole.messages, whole.total)
        assert graph.on_path == whole.on_path


@pytest.mark.parametrize("what", ["delete", "archive", "fork", "status", "checkout"])
def test_a_graph_of_which_more_changed_is_not_extended(what: str) -> None:
    session = Session()
    nodes = [session.add_message("user", str(number)).node_id for number in range(20)]
    tree = session.state.tree
    graph = Graph(tree, view_of(session))
    match what:
        case "delete":
            session.delete(nodes[-3])
        case "archive":
            session.archive(nodes[3])
        case "fork":
            session.fork(nodes[3])
        case "status":
            session.state.finish(4, "stopped", {})
        case "checkout":
            session.detach_before(nodes[3])
    assert not graph.extend(view_of(session))


def test_a_long_chain_takes_few_lines() -> None:
    session = Session()
    for number in range(5_000):
        session.add_message("user", str(number))
    graph = Graph(session.state.tree, view_of(session))
    assert [(line.kind, line.row, line.size) for line in graph.lines] == [
        ("message", 0, 0), ("fold", 1, 4_997), ("message", 4_998, 0), ("message", 4_999, 0),
    ]  # fmt: skip
