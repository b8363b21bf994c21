"""What the branch graph costs: laid out anew, an append, a fork, a checkout, a deletion, a frame, at several sizes.

    python tests/bench/bench_graph.py [--short]

Times are medians in milliseconds of the loop's CPU time: of the core's part, of the tree pane's part, and of laying out
and drawing the whole pane. The floor is one pass of a bare Python loop over the rows of the largest session, taken in
the same run. `--short` leaves out the largest size.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import random
import statistics
import time
from typing import TYPE_CHECKING

from textual.app import App

from lion_tui import Session
from lion_tui.app.widgets.branch_tree import BranchTree
from lion_tui.core.branch_graph import BranchGraph

if TYPE_CHECKING:
    from collections.abc import Callable

    from textual.app import ComposeResult

    from lion_tui.core.events import Event

TEXT = "The whale said to the shark that the bar was closed, and both of them went home. " * 4


def parents(shape: str, messages: int, branches: int) -> list[int]:
    """Return the parent of each message: one chain, branches that fork anywhere, or every message anywhere."""
    chance = random.Random(1)  # noqa: S311 - the same shapes in every run
    forks = set(chance.sample(range(1, messages), min(branches, messages - 1)) if shape == "branches" else ())
    return [
        row - 1 if row == 0 or shape == "chain" or (shape == "branches" and row not in forks) else chance.randrange(row)
        for row in range(messages)
    ]


def grow(shape: str, messages: int, branches: int) -> Session:
    """Return a session of a shape with so many messages and branch names, the last message shown."""
    session, state = Session(), None
    state = session.state
    with state.gesture("append", undoable=False) as gesture:
        main = gesture.branch_to_write(state.current)
        for number, parent in enumerate(parents(shape, messages, branches)):
            role = ("user", "assistant")[number % 2]
            text = f"{number} {TEXT}"
            gesture.add(parent, role=role, content=text, sender=role, recipient="main", branch="main")
        gesture.move_head(main, messages - 1)
        chance = random.Random(2)  # noqa: S311
        for number in range(branches - 1):
            gesture.new_ref(f"b{number}", chance.randrange(messages))
    return session


class PaneApp(App[None]):
    """A tree pane and nothing else, kept in step with its session."""

    CSS = "#tree { border: round $accent; padding: 0 1; }"

    def __init__(self, session: Session) -> None:
        """Show `session`."""
        super().__init__()
        self.session = session
        self.spent: list[float] = []

    def compose(self) -> ComposeResult:
        """Show the pane."""
        yield BranchTree(self.session.state, id="tree")

    def on_mount(self) -> None:
        """Take over what happens, by the clock."""
        pane = self.query_one(BranchTree)

        def take(event: Event) -> None:
            began = time.thread_time()
            pane.take(event)
            self.spent.append(time.thread_time() - began)

        self.session.subscribe(take)

    def draw(self) -> None:
        """Draw the whole pane."""
        pane = self.query_one(BranchTree)
        pane._window = None
        for y in range(pane.size.height):
            pane.render_line(y)


def timed(act: Callable[[], object], repeats: int, app: PaneApp) -> tuple[float, float]:
    """Return the median times of a deed without the pane, and of the pane's part, in ms."""
    whole, pane = [], []
    for _ in range(repeats):
        app.spent.clear()
        began = time.thread_time()
        act()
        spent = sum(app.spent)
        whole.append(time.thread_time() - began - spent)
        pane.append(spent)
    return statistics.median(whole) * 1000, statistics.median(pane) * 1000


async def measure(shape: str, messages: int, branches: int) -> dict[str, tuple[float, float]]:
    """Return what the deeds cost on a session of this size: the core's part and the pane's."""
    session = grow(shape, messages, branches)
    tree = session.state.tree
    gc.collect()
    gc.freeze()
    figures = {}
    app = PaneApp(session)
    async with app.run_test(size=(48, 60)):
        chance, names = random.Random(3), iter(range(10**6))  # noqa: S311

        def anywhere() -> str:
            return tree.node_id[chance.randrange(messages)]

        began = time.thread_time()
        BranchGraph(session.state)
        figures["laid out anew"] = (0.0, (time.thread_time() - began) * 1000)
        figures["append"] = timed(lambda: session.add_message("assistant", TEXT), 200, app)
        figures["append elsewhere"] = timed(lambda: session.add_message("assistant", TEXT, branch="b0"), 200, app)
        figures["fork (a name)"] = timed(lambda: session.fork(anywhere(), f"f{next(names)}"), 50, app)
        figures["fork and write"] = timed(
            lambda: session.add_message("user", TEXT, branch=session.fork(anywhere(), f"w{next(names)}")), 50, app
        )
        figures["checkout"] = timed(lambda: session.checkout(f"f{chance.randrange(50)}"), 50, app)
        session.checkout("main")
        figures["delete + undo, small"] = timed(lambda: (session.delete(small(session)), session.undo()), 20, app)
        figures["delete + undo, large"] = timed(lambda: (session.delete(tree.node_id[0]), session.undo()), 3, app)
        drawn = []
        for _ in range(20):
            began = time.thread_time()
            app.draw()
            drawn.append(time.thread_time() - began)
        figures["the whole pane drawn"] = (0.0, statistics.median(drawn) * 1000)
    gc.unfreeze()
    return figures


def small(session: Session) -> str:
    """Return the last message of the path that is shown."""
    return session.state.tree.node_id[session.state.head_row(session.state.current)]


def floor_ms(rows: int) -> float:
    """Return the median time of a bare loop over so many rows."""
    column, times = list(range(rows)), []
    for _ in range(7):
        began = time.thread_time()
        for _ in column:
            pass
        times.append(time.thread_time() - began)
    return statistics.median(times) * 1000


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--short", action="store_true", help="leave out the largest size")
    sizes = [(100, 10), (10_000, 1_000)]
    if not parser.parse_args().short:
        sizes.append((100_000, 1_000))
    floor = floor_ms(sizes[-1][0])
    print(f"floor: a bare loop over {sizes[-1][0]} rows: {floor:.2f} ms")
    for shape in ("chain", "branches", "random"):
        for messages, branches in sizes:
            print(f"{shape}, {messages} messages, {branches} branches")
            for name, (core, pane) in asyncio.run(measure(shape, messages, branches)).items():
                print(f"  {name:<22} core {core:>8.3f} ms   pane {pane:>8.3f} ms   pane / floor × {pane / floor:.2f}")


if __name__ == "__main__":
    main()
