"""The turns of a path."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from lion_tui.core.turns import Turns

roles = st.lists(st.sampled_from(["user", "assistant", "system", "tool"]), max_size=20)


@given(roles)
def test_turns_part_the_path(role: list[str]) -> None:
    turns = Turns(range(len(role)), role)
    places = [list(turns.places(turn)) for turn in range(len(turns))]
    assert [index for turn in places for index in turn] == list(range(len(role)))
    assert all(turns.of(index) == number for number, turn in enumerate(places) for index in turn)
    for turn in places[1:]:
        assert role[turn[0]] in {"user", "system"}
        assert role[turn[0] - 1] in {"assistant", "tool"}
    assert not turns.places(len(turns))
    assert not turns.places(-1)


@given(roles, roles, st.integers(0, 20))
def test_turns_follow_a_path_that_moves(before: list[str], after: list[str], kept: int) -> None:
    kept = min(kept, len(before))
    rows, role = list(range(len(before))), before + after
    turns = Turns(rows, role)
    rows[kept:] = range(len(before), len(role))
    turns.follow(kept)
    anew = Turns(rows, role)
    assert [turns.places(turn) for turn in range(len(turns))] == [anew.places(turn) for turn in range(len(anew))]


@given(roles, roles)
def test_each_message_has_one_counterpart_of_its_turn_and_role_or_none(left: list[str], right: list[str]) -> None:
    # Both have their own roles here, so the other's are looked up by rows beyond those of the first.
    role = left + right
    rows = range(len(left), len(role))
    mine, others = Turns(range(len(left)), role), Turns(rows, role)
    pairs = list(mine.pairs(others))
    assert sorted(a for _, a, _ in pairs if a is not None) == list(range(len(left)))
    assert sorted(b for _, _, b in pairs if b is not None) == list(range(len(right)))
    assert [turn for turn, *_ in pairs] == sorted(turn for turn, *_ in pairs)
    for turn, a, b in pairs:
        if a is not None:
            assert mine.of(a) == turn
        if a is not None and b is not None:
            assert others.of(b) == turn
            assert left[a] == right[b]
            assert others.counterpart(b, mine) == a
            assert mine.row_beside(a, others) == rows[b]
