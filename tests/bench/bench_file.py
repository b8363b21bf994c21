"""Measure saving and opening a session file against plain pyarrow, in the same run.

    python tests/bench/bench_file.py [--short]

Each number is the best of some runs, in milliseconds of wall time. "plain" writes the same Arrow table with
`pyarrow.parquet.write_table` and one fsync, and reads it with `read_table`, without Python values. "longest hold" is
the longest time that another thread, which asks for a turn every millisecond, had to wait during a save.
"""

from __future__ import annotations

import argparse
import random
import tempfile
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq

from lion_tui.core.ids import uuid7
from lion_tui.core.message import COLUMNS
from lion_tui.core.snapshot import Snapshot
from lion_tui.storage import read, write
from lion_tui.storage.parquet import ParquetReader, schema

if TYPE_CHECKING:
    from collections.abc import Callable

WORDS = (
    "the",
    "tree",
    "of",
    "talk",
    "grows",
    "where",
    "someone",
    "asks",
    "again",
    "and",
    "every",
    "answer",
    "is",
    "branch",
)


def session(messages: int) -> Snapshot:
    """Return a chain of messages of about 600 characters."""
    rng = random.Random(messages)  # noqa: S311 - the same words in every run
    ids = [uuid7() for _ in range(messages)]
    answers = [at % 2 == 1 for at in range(messages)]
    columns: dict[str, list[Any]] = {column.name: [None] * messages for column in COLUMNS}
    columns |= {
        "node_id": ids,
        "timestamp": [1_700_000_000_000_000 + at * 10**6 for at in range(messages)],
        "role": ["assistant" if answer else "user" for answer in answers],
        "sender": ["a-model" if answer else "user" for answer in answers],
        "recipient": ["main"] * messages,
        "content": [" ".join(rng.choices(WORDS, k=125)) for _ in ids],
        "parent_id": [None, *ids[:-1]],
        "seq": list(range(messages)),
        "branch": ["main"] * messages,
        "status": ["complete"] * messages,
        "origin": ["model" if answer else "user" for answer in answers],
        "source_ids": [[] for _ in ids],
        "turn_id": [ids[at - at % 2] for at in range(messages)],
        "model": ["a-model" if answer else None for answer in answers],
        "params": ['{"temperature":0.5}' if answer else None for answer in answers],
        "tokens_out": [125 if answer else None for answer in answers],
        "total_s": [rng.random() if answer else None for answer in answers],
    }
    return Snapshot({"session_id": uuid7(), "title": "A benchmark"}, columns)


def best(runs: int, action: Callable[[], object]) -> float:
    """Return the shortest wall time of some runs, in milliseconds."""
    times = []
    for _ in range(runs):
        start = time.perf_counter()
        action()
        times.append(time.perf_counter() - start)
    return min(times) * 1000


def longest_hold(action: Callable[[], object]) -> float:
    """Return the longest time, in milliseconds, that a thread waited for its turn while `action` ran in another."""
    thread = threading.Thread(target=action)
    worst = 0.0
    thread.start()
    while thread.is_alive():
        start = time.perf_counter()
        time.sleep(0.001)
        worst = max(worst, time.perf_counter() - start - 0.001)
    return worst * 1000


def plain_write(path: Path, table: pa.Table) -> None:
    """Write a table as pyarrow does, and sync it."""
    import os

    with path.open("wb") as file:
        pq.write_table(table, file, compression="zstd")
        file.flush()
        os.fsync(file.fileno())


def narrow(path: Path) -> None:
    """Read the header and the narrow columns."""
    with path.open("rb") as source:
        reader = ParquetReader(source, path)
        for group in range(len(reader.groups)):
            reader.narrow(group)


def measure(messages: int, runs: int, folder: Path) -> None:
    """Print one line for a session of so many messages."""
    snapshot = session(messages)
    path, plain, text = folder / "s.parquet", folder / "plain.parquet", folder / "s.toml"
    table = pa.table({name: list(values) for name, values in snapshot.columns.items()}, schema=schema())
    figures = {
        "save": best(runs, lambda: write(path, snapshot)),
        "plain write": best(runs, lambda: plain_write(plain, table)),
        "plain build+write": best(runs, lambda: plain_write(plain, pa.table(dict(snapshot.columns), schema=schema()))),
        "open all": best(runs, lambda: read(path)),
        "open narrow": best(runs, lambda: narrow(path)),
        "plain read": best(runs, lambda: pq.read_table(plain)),
        "longest hold": longest_hold(lambda: write(path, snapshot)),
        "kB": path.stat().st_size / 1000,
        "plain kB": plain.stat().st_size / 1000,
    }
    if messages <= 10_000:
        figures["toml save"] = best(1, lambda: write(text, snapshot))
        figures["toml open"] = best(1, lambda: read(text))
    print(f"{messages:>7} messages: " + ", ".join(f"{name} {value:.1f}" for name, value in figures.items()), flush=True)


def main() -> None:
    """Run."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--short", action="store_true", help="leave out 100,000 messages")
    short = parser.parse_args().short
    with tempfile.TemporaryDirectory(dir=Path.cwd()) as folder:
        for messages in (1_000, 10_000) if short else (1_000, 10_000, 100_000):
            measure(messages, 2 if short else 3, Path(folder))


if __name__ == "__main__":
    main()
