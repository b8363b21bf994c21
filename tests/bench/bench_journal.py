"""Measure what keeping a session costs while it goes on: the journal, against a bare fsynced append in the same run.

    python tests/bench/bench_journal.py [--short]

"on the loop" is what `add_message` of a session in a file takes on the event loop's thread, its record included; "on
the disk" is the time until `flush` returns after that. "replay" is what opening takes longer for the records of a
journal.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import tempfile
import time
from pathlib import Path
from statistics import median

from lion_tui import Session

TEXT = "word " * 120
APPENDS = 300


def bare_append_ms(folder: Path) -> float:
    """Return the median time of a bare append of a message's bytes, with an fsync."""
    times = []
    with (folder / "bare").open("ab", buffering=0) as file:
        for _ in range(APPENDS):
            began = time.perf_counter()
            file.write(TEXT.encode())
            os.fsync(file.fileno())
            times.append((time.perf_counter() - began) * 1000)
    return median(times)


def session_file(folder: Path, messages: int) -> Path:
    """Return the file of a session with a chain of messages."""
    session = Session()
    for _ in range(messages):
        session.add_message("user", TEXT)
    path = folder / f"{messages}.parquet"
    session.save(path)
    return path


async def measure_appends(path: Path, messages: int, bare_ms: float) -> None:
    """Print what appending to the file takes."""
    with Session.open(path, write=True) as session:
        session.add_message("user", TEXT)
        await session.flush()  # the journal is begun
        loop, disk = [], []
        for _ in range(APPENDS):
            began = time.perf_counter()
            session.add_message("user", TEXT)
            appended = time.perf_counter()
            await session.flush()
            loop.append((appended - began) * 1000)
            disk.append((time.perf_counter() - appended) * 1000)
        loop.sort()
        print(
            f"{messages:>9,} messages: append on the loop {median(loop):.3f} ms, p99 {loop[-len(loop) // 100]:.3f} ms;"
            f" on the disk after {median(disk):.2f} ms, bare fsynced append × {median(disk) / bare_ms:.1f}"
        )


def open_ms(path: Path) -> float:
    """Return the best time of opening a session."""
    times = []
    for _ in range(3):
        began = time.perf_counter()
        Session.open(path)
        times.append((time.perf_counter() - began) * 1000)
    return min(times)


def measure_replay(path: Path, records: int) -> None:
    """Print what opening takes with that many records in the journal."""
    without = open_ms(path)
    session = Session.open(path, write=True)
    for _ in range(records):
        session.add_message("user", TEXT)
    session.abandon()
    print(f"replay of {records:,} records: {open_ms(path) - without:.0f} ms")


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--short", action="store_true", help="a small session, a short journal")
    short = parser.parse_args().short
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        bare_ms = bare_append_ms(folder)
        print(f"floor: a bare fsynced append of {len(TEXT)} bytes: {bare_ms:.2f} ms")
        for messages in (10, 1000) if short else (10, 100_000):
            asyncio.run(measure_appends(session_file(folder, messages), messages, bare_ms))
        measure_replay(session_file(folder, 20), 1000 if short else 10_000)


if __name__ == "__main__":
    main()
