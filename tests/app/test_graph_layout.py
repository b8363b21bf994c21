"""The tree as lanes: every message once, parents first, and lanes that are open where they are drawn open."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from lion_tui import Session
from lion_tui.core.graph import layout
from lion_tui.core.tree import NO_ROW


@st.composite
def sessions(draw: st.DrawFn) -> Session:
    """Return a session of any shape, some of it deleted or archived, some place of it shown."""
    session = Session()
    nodes: list[str] = []
    for number in range(draw(st.integers(0, 25))):
        parent = draw(st.sampled_from([None, *nodes])) if nodes else None
        name = f"b{number}"
        if parent is None:
            session.new_branch(name)
        else:
            session.fork(parent, name)
        nodes.append(session.add_message("user", str(number), branch=name).node_id)
    for node_id in draw(st.lists(st.sampled_from(nodes), max_size=4)) if nodes else []:
        if session.message(node_id).deleted_at is None:
            (session.delete if draw(st.booleans()) else session.archive)(node_id)
    live = [node_id for node_id in nodes if session.state.tree.alive(session.state.tree.row(node_id))]
    if live:
        session.checkout(draw(st.sampled_from(live)))
    return session


@given(sessions())
def test_the_graph_holds_every_message_once_below_its_parent(session: Session) -> None:
    state = session.state
    tree = state.tree
    end = state.head_row(state.current)
    path = tree.path(end)
    lines = layout(tree, end, state.archived)
    rows = [line.row for line in lines if line.row != NO_ROW]

    def visible(row: int) -> bool:
        return all(tree.alive(each) and (each in path or not state.archived(each)) for each in tree.path(row))

    assert sorted(rows) == [row for row in range(len(tree)) if visible(row)]
    place = {row: index for index, row in enumerate(rows)}
    assert all(tree.parent[row] == NO_ROW or place[tree.parent[row]] < place[row] for row in rows)


@given(sessions())
def test_lanes_are_opened_once_and_used_from_the_right(session: Session) -> None:
    state = session.state
    tree = state.tree
    end = state.head_row(state.current)
    lines = layout(tree, end, state.archived)
    waiting: dict[int, int] = {}  # lanes to the left of the message, by the parent of what comes down there
    lane_of: dict[int, int] = {}
    for index, line in enumerate(lines):
        if line.row == NO_ROW:
            fork = lines[index - 1].row
            assert line.opens > 0
            assert line.lane == lane_of[fork]
            waiting |= {line.lane + offset: fork for offset in range(line.opens + 1)}
            continue
        lane_of[line.row] = line.lane
        parent = tree.parent[line.row]
        if line.lane in waiting:
            assert waiting.pop(line.lane) == parent, "a lane leads to a child of the message that opened it"
        elif parent == NO_ROW:
            assert line.lane == 0
        else:
            assert line.lane == lane_of[parent], "a run without forks stays in its lane"
        assert all(lane in waiting for lane in range(line.lane)), "what is drawn open has messages further down"
        assert all(lane < line.lane for lane in waiting), "nothing is open on the right"
    assert not waiting


@given(sessions())
def test_the_path_that_is_shown_keeps_its_lane(session: Session) -> None:
    state = session.state
    end = state.head_row(state.current)
    path = set(state.tree.path(end))
    lanes = {line.lane for line in layout(state.tree, end, state.archived) if line.row in path}
    assert lanes <= {0}
