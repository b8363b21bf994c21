"""The scheduler: a pane a tick, in turn, never more than its share, an end at once, idle when nothing streams."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from hypothesis import given
from hypothesis import strategies as st

from lion_tui.app.scheduler import FRAME_S, TICK_S, FrameScheduler

if TYPE_CHECKING:
    from collections.abc import Callable, Collection


class World:
    """A clock that goes when somebody works, the node whose timer ticks, and what streams."""

    def __init__(self) -> None:
        self.now = 0.0
        self.ticking = False
        self.rows: list[int] = []
        self.scheduler = FrameScheduler(self, lambda: self.rows, clock=lambda: self.now)  # type: ignore[arg-type]
        self.flushed: list[tuple[float, Screenful, set[int]]] = []

    def set_interval(self, _seconds: float, _callback: Callable[[], None]) -> Any:
        self.ticking = True
        return self

    def stop(self) -> None:
        self.ticking = False

    def tick(self) -> None:
        if self.ticking:
            self.scheduler.tick()
            self.now += TICK_S


class Screenful:
    """A pane of some messages that takes so long to draw."""

    def __init__(self, world: World, rows: set[int], cost: float = 0.001, slices: int = 0) -> None:
        self.world, self.rows, self.cost, self.slices = world, rows, cost, slices
        self.turned = 0
        world.scheduler.add(self)

    def shows(self, row: int) -> bool:
        return row in self.rows

    def flush(self, rows: Collection[int]) -> bool:
        self.world.flushed.append((self.world.now, self, set(rows)))
        self.world.now += self.cost
        self.slices -= 1
        return self.slices > 0

    def spin(self, _rows: Collection[int], *, turns: bool) -> None:
        self.turned += turns


def test_panes_take_turns_and_each_tick_draws_one() -> None:
    world = World()
    panes = [Screenful(world, {number, 100}) for number in range(4)]
    world.rows = [0, 1, 2, 3]
    for _ in range(400):
        for row in world.rows:
            world.scheduler.touch(row)
        before = len(world.flushed)
        world.tick()
        assert len(world.flushed) <= before + 1
    counts = Counter(pane for _, pane, _ in world.flushed)
    assert max(counts.values()) - min(counts.values()) <= 1
    assert all(rows == {number} for _, pane, rows in world.flushed for number in [panes.index(pane)])
    assert len({pane.turned for pane in panes}) <= 2


def test_one_pane_is_drawn_thirty_times_a_second() -> None:
    world = World()
    Screenful(world, {0})
    world.rows = [0]
    while world.now < 10:
        world.scheduler.touch(0)
        world.tick()
    assert 250 <= len(world.flushed) <= 10 / FRAME_S


@given(st.lists(st.floats(0.0001, 0.2), min_size=1, max_size=5))
def test_drawing_takes_no_more_than_a_fifth(costs: list[float]) -> None:
    world = World()
    panes = [Screenful(world, {number}, cost) for number, cost in enumerate(costs)]
    world.rows = list(range(len(panes)))
    for _ in range(300):
        for row in world.rows:
            world.scheduler.touch(row)
        world.tick()
    spent = sum(pane.cost for _, pane, _ in world.flushed[:-1])
    assert spent <= world.flushed[-1][0] / 5 + 1e-9
    assert {pane for _, pane, _ in world.flushed} == set(panes)


def test_what_ended_is_drawn_at_once_in_every_pane_that_shows_it() -> None:
    world = World()
    one, _, three = Screenful(world, {0, 1}), Screenful(world, {5}), Screenful(world, {0})
    world.scheduler.touch(1)
    world.scheduler.flush(0)
    assert [(pane, rows) for _, pane, rows in world.flushed] == [(one, {0, 1}), (three, {0})]


def test_it_is_idle_when_nothing_streams_and_nothing_is_left() -> None:
    world = World()
    pane = Screenful(world, {0}, slices=5)
    assert not world.ticking
    world.scheduler.touch_pane(pane)
    for _ in range(100):
        world.tick()
    assert len(world.flushed) == 5, "the slices that were left"
    assert not world.ticking
    world.rows = [0]
    world.scheduler.wake()
    for _ in range(100):
        world.tick()
    assert pane.turned == 100 // 9
    world.rows = []
    world.tick()
    assert not world.ticking


def test_a_pane_that_is_gone_is_not_drawn() -> None:
    world = World()
    pane = Screenful(world, {0})
    world.scheduler.touch(0)
    world.scheduler.remove(pane)
    world.tick()
    assert not world.flushed
