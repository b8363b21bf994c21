"""Measure saving and opening a session file against plain pyarrow, in the same run.

    python tests/bench/bench_file.py [--short]

Each number is the best of some runs, in milliseconds of wall time; in brackets, of processor time. "plain" writes the
same Arrow table with `pyarrow.parquet.write_table` and one fsync, and reads it with `read_table`, without Python
values. "open" is `Session.open`: the tree, every text checked. "fold" is what `Session.aclose` does after a message was
added to that: the whole file written, read back and renamed. "begun in" is what a fold takes on the event loop's thread
before it goes on in its own; "loop held" is the longest time that the loop, which asks for a turn every millisecond,
had to wait for it, "other loop held" the same without a fold. "longest hold" is that of another thread during a save.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import tempfile
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq

from lion_tui import Session
from lion_tui.core.header import freeze, take_snapshot
from lion_tui.core.ids import uuid7
from lion_tui.core.message import COLUMNS
from lion_tui.core.snapshot import Snapshot
from lion_tui.storage import read, write
from lion_tui.storage.parquet import ParquetReader, schema

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

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
    begun = take_snapshot(Session().state).header
    branches = [{**begun["branches"][0], "head": ids[-1]}]
    return Snapshot({**begun, "title": "A benchmark", "branches": branches, "next_seq": messages}, columns)


def best(runs: int, action: Callable[[], object]) -> str:
    """Return the shortest wall and processor times of some runs, in milliseconds."""
    wall, processor = [], []
    for _ in range(runs):
        start, used = time.perf_counter(), time.process_time()
        action()
        wall.append(time.perf_counter() - start)
        processor.append(time.process_time() - used)
    return f"{min(wall) * 1000:.0f} ({min(processor) * 1000:.0f})"


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


async def held_while(action: Callable[[], Awaitable[object]]) -> float:
    """Return the longest time, in milliseconds, that the loop waited for its turn while something went on."""
    doing, worst = asyncio.ensure_future(action()), 0.0
    while not doing.done():
        start = time.perf_counter()
        await asyncio.sleep(0.001)
        worst = max(worst, time.perf_counter() - start - 0.001)
    await doing
    return worst * 1000


async def folds(path: Path, runs: int) -> dict[str, str]:
    """Return what it takes to fold a session, and what that does to the loop."""
    wall, processor, held, begun = [], [], [], []
    for _ in range(runs):
        session = Session.open(path, write=True)
        session.add_message("user", "one more")
        await session.flush()
        start = time.perf_counter()
        frozen = freeze(session.state)
        begun.append(time.perf_counter() - start)
        frozen()
        start, used = time.perf_counter(), time.process_time()
        held.append(await held_while(session.aclose))
        wall.append(time.perf_counter() - start)
        processor.append(time.process_time() - used)
    idle = await held_while(lambda: asyncio.sleep(min(wall)))
    return {
        "fold": f"{min(wall) * 1000:.0f} ({min(processor) * 1000:.0f})",
        "begun in": f"{min(begun) * 1000:.1f}",
        "loop held": f"{min(held):.1f}",
        "other loop held": f"{idle:.1f}",
    }


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
        "open": best(runs, lambda: Session.open(path)),
        "open narrow": best(runs, lambda: narrow(path)),
        "plain read": best(runs, lambda: pq.read_table(plain)),
        "longest hold": f"{longest_hold(lambda: write(path, snapshot)):.1f}",
        "kB": f"{path.stat().st_size / 1000:.0f}",
        "plain kB": f"{plain.stat().st_size / 1000:.0f}",
    }
    if messages <= 10_000:
        figures["toml save"] = best(1, lambda: write(text, snapshot))
        figures["toml open"] = best(1, lambda: read(text))
    figures |= asyncio.run(folds(path, runs))
    print(f"{messages:>9,} messages: " + ", ".join(f"{name} {value}" for name, value in figures.items()), flush=True)


def main() -> None:
    """Run."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--short", action="store_true", help="leave out 100,000 and a million messages")
    short = parser.parse_args().short
    with tempfile.TemporaryDirectory(dir=Path.cwd()) as folder:
        for messages in (1_000, 10_000) if short else (1_000, 10_000, 100_000, 1_000_000):
            measure(messages, 2 if short else 3 if messages < 10**6 else 1, Path(folder))


if __name__ == "__main__":
    main()
