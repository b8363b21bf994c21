"""What the core costs: append, fork, checkout and undo at several sizes, memory, and opening.

    python tests/bench/bench_core.py [--short]

Times are medians in microseconds, on the event loop's thread. The floors are a bare `list.append` of a tuple of the
same fields and, for what a message on disk costs at least, an append of its bytes to a file with an fsync. Ratios are
to the smallest session and to the floors; measuring adds some hundred messages and branches. `--short` leaves out the
largest size.
"""

from __future__ import annotations

import argparse
import gc
import os
import statistics
import tempfile
import time
import tracemalloc
from pathlib import Path
from typing import TYPE_CHECKING

from lion_tui import Session
from lion_tui.core.header import restore_snapshot
from lion_tui.core.message import COLUMNS
from lion_tui.core.tree import Tree

if TYPE_CHECKING:
    from collections.abc import Callable

TEXT = "The whale said to the shark that the bar was closed, and both of them went home. " * 5


def grow(messages: int, *, text: str = TEXT) -> Session:
    """Return a session with a chain of so many messages, each a number and `text`; without texts if that is empty."""
    session = Session()
    tree, state = session.state.tree, session.state
    with state.gesture("append", undoable=False) as gesture:
        branch_id = gesture.branch_to_write(state.current)
        row = -1
        for number in range(messages):
            role, sender = (("user", "user"), ("assistant", "mistral-7b-instruct"))[number % 2]
            content = f"{number} {text}" if text else ""
            row = gesture.add(
                row, role=role, content=content, sender=sender, recipient="main", branch="main", model=sender,
                service="openrouter", tokens_in=1000 + number, tokens_out=number,
            )  # fmt: skip
        gesture.move_head(branch_id, row)
    assert len(tree) == messages
    return session


def median_us(act: Callable[[], object], repeats: int = 300) -> float:
    """Return the median time of one call, in microseconds."""
    times = []
    gc.collect()
    for _ in range(repeats):
        began = time.perf_counter_ns()
        act()
        times.append(time.perf_counter_ns() - began)
    return statistics.median(times) / 1000


def floor_us() -> float:
    """Return the time of a bare append of a tuple of as many fields as a message has."""
    rows: list[tuple[object, ...]] = []
    fields = tuple(column.name for column in COLUMNS)

    def act() -> None:
        rows.append(tuple([f"{name}" for name in fields]))

    return median_us(act)


def fsynced_append_us() -> float:
    """Return the time of a bare append of a message's bytes to a file, with an fsync."""
    with tempfile.TemporaryDirectory(dir=Path.cwd()) as folder, Path(folder, "journal").open("ab", buffering=0) as file:
        record = f"{TEXT}\n".encode()

        def act() -> None:
            file.write(record)
            os.fsync(file.fileno())

        return median_us(act)


def measure(messages: int) -> dict[str, float]:
    """Return the times of the operations on a session of this size."""
    session = grow(messages)
    first = session.message(session.state.tree.node_id[messages // 2])
    names = iter(range(10**6))
    figures = {"append": median_us(lambda: session.add_message("assistant", TEXT))}
    rows = len(session.state.tree)
    figures["fork"] = median_us(lambda: session.fork("main", f"b{next(names)}"), 100)
    assert len(session.state.tree) == rows
    figures["undo + redo"] = median_us(lambda: (session.undo(), session.redo()), 100)
    figures["checkout a branch"] = median_us(lambda: (session.checkout("b0"), session.checkout("main")), 20) / 2
    figures["path rows"] = median_us(lambda: session.state.tree.path(len(session.state.tree) - 1), 20)
    figures["read a message"] = median_us(lambda: session.message(first.node_id))
    return figures


def memory_mb(messages: int, *, text: str) -> float:
    """Return the memory that a session of this size takes, by tracemalloc, in MB."""
    gc.collect()
    tracemalloc.start()
    session = grow(messages, text=text)
    gc.collect()
    size = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    assert session.state.tree
    return size / 2**20


def opening(messages: int) -> dict[str, float]:
    """Return the seconds that reading a file takes, and of that the tree's part."""
    from lion_tui.storage import read

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "s.parquet")
        grow(messages).save(path)
        read(path)  # pyarrow is loaded and the file is in the system's cache
        began = time.perf_counter()
        snapshot = read(path)
        after_file = time.perf_counter()
        Tree.from_columns(snapshot.columns)
        after_tree = time.perf_counter()
        restore_snapshot(snapshot)
        return {
            "file": after_file - began,
            "tree": after_tree - after_file,
            "session": time.perf_counter() - after_tree,
        }


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--short", action="store_true", help="leave out the largest size")
    sizes = [10, 10_000] if parser.parse_args().short else [10, 10_000, 100_000]
    floor, on_disk = floor_us(), fsynced_append_us()
    print(f"floor on disk: an fsynced append of {len(TEXT)} bytes: {on_disk:.1f} µs")
    print(f"floor: list.append of a tuple of {len(COLUMNS)} texts: {floor:.1f} µs")
    smallest: dict[str, float] = {}
    for size in sizes:
        figures = measure(size)
        smallest = smallest or figures
        for name, value in figures.items():
            print(
                f"{size:>7} {name:<18} {value:>10.1f} µs  × {value / smallest[name]:<8.2f} "
                f"floor × {value / floor:<8.1f} fsynced append × {value / on_disk:.2f}"
            )
    largest = sizes[-1]
    whole, narrow = memory_mb(largest, text=TEXT), memory_mb(largest, text="")
    print(f"memory of {largest} messages: {whole:.1f} MB, without texts {narrow:.1f} MB")
    for name, seconds in opening(largest).items():
        print(f"open {largest} messages, {name:<8} {seconds:.3f} s")


if __name__ == "__main__":
    main()
