"""What answers took is summed over messages, each once, and is unknown where nobody said it."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lion_tui import Services, Session
from lion_tui.core.costs import FIGURES, Spent
from lion_tui.core.inference import Usage
from lion_tui.services.scripted import Reply


def plain(session: Session, node_ids: list[str]) -> Spent:
    """Return what messages took, summed in the plainest way."""
    messages = [session.message(node_id) for node_id in node_ids]
    answers = [message for message in messages if message.role == "assistant"]
    values = {name: [value for each in answers if (value := getattr(each, name)) is not None] for name in FIGURES}
    return Spent(
        len(messages),
        len(answers),
        {name: sum(each) for name, each in values.items() if each},
        {name: len(each) for name, each in values.items() if each},
    )


def same(found: Spent | None, expected: Spent) -> None:
    assert found is not None
    assert (found.messages, found.answers, dict(found.known)) == (
        expected.messages,
        expected.answers,
        dict(expected.known),
    )
    assert dict(found.sums) == pytest.approx(dict(expected.sums))


grown = st.lists(
    st.tuples(
        st.integers(0, 1000), st.booleans(), st.none() | st.floats(0, 5), st.none() | st.integers(0, 900), st.booleans()
    ),
    max_size=25,
)


@given(grown, st.integers(0, 1000))
def test_every_sum_is_that_of_its_messages(steps: list[tuple[Any, ...]], pick: int) -> None:
    session = Session()
    for at, forks, cost, tokens, deletes in steps:
        nodes = [each for each in session.state.tree.node_id if not session.message(each).deleted_at]
        if nodes and forks:
            session.checkout(session.fork(session.message(nodes[at % len(nodes)])))
        with session.state.gesture("append") as gesture:
            branch_id = gesture.branch_to_write(session.state.current)
            row = gesture.add(
                session.state.head_row(session.state.current),
                role="assistant" if at % 3 else "user",
                content="x",
                sender="x",
                recipient="y",
                cost_usd=cost if at % 3 else None,
                tokens_out=tokens if at % 3 else None,
            )
            gesture.move_head(branch_id, row)
        if deletes and at % 5 == 0:
            session.delete(session.state.tree.node_id[row])
    tree = session.state.tree
    row = pick % len(tree) if len(tree) else None
    costs = session.costs(None if row is None else tree.node_id[row])
    live = [tree.node_id[each] for each in range(len(tree)) if tree.alive(each)]
    same(costs.session, plain(session, live))
    same(costs.deleted, plain(session, [each for each in tree.node_id if each not in live]))
    same(costs.path, plain(session, [message.node_id for message in session.path()]))
    assert [each.name for each in costs.branches] == list(session.branches)
    for each, branch in zip(costs.branches, session.branches.values(), strict=True):
        same(each.path, plain(session, [message.node_id for message in branch.path()]))
    if row is not None:
        same(costs.node, plain(session, [tree.node_id[row]]))
        below = [tree.node_id[each] for each in tree.subtree(row) if tree.alive(each) or each == row]
        same(costs.below, plain(session, below))


async def test_what_branches_share_counts_once() -> None:
    def priced(text: str, cost: float | None) -> Reply:
        return Reply(text=text, usage=Usage(tokens_in=10, tokens_out=5, cost_usd=cost))

    session = Session(service=Services.Scripted([priced("a", 0.25), priced("b", 0.5), priced("c", None)]))
    await session.chat("one")
    session.fork("main", "other")
    await session.chat("two")
    await session.chat("three", branch="other")
    costs = session.costs()
    assert costs.session.get("cost_usd") == 0.75
    assert costs.session.partly("cost_usd")
    assert costs.session.get("tokens_in") == 30
    main, other = costs.branches
    assert (main.path.get("cost_usd"), other.path.get("cost_usd")) == (0.75, 0.25)
    assert other.own.messages == 2
    assert other.own.get("cost_usd") is None, "unknown is not nothing"
    assert other.own.get("tokens_out") == 5
