"""Measure the list of sessions against looking at the same folder, in the same run.

    python tests/bench/bench_sessions.py [--short]

Every figure is that of a whole process, the best of some runs: wall time and processor time in milliseconds. "floor"
is a bare Python that lists the folder and asks the time and size of each file; "cold" has no cache and reads the
header of every file; "warm" has one; "one new" has one that lacks a file. The budget: 10,000 sessions, warm, within a
second.
"""

from __future__ import annotations

import argparse
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Final

from lion_tui import Session

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

FLOOR = "import os, sys; print(sum(entry.stat().st_size for entry in os.scandir(sys.argv[1])))"
LIST: Final = [sys.executable, "-m", "lion_tui", "ls"]


def make(folder: Path, count: int) -> None:
    """Fill a folder with sessions of a few messages; only twenty differ, and each is a file of its own."""
    folder.mkdir(parents=True)
    originals = []
    for at in range(min(20, count)):
        session = Session("Be brief.")
        for turn in range(at % 5 + 1):
            session.add_message("user", f"Question {at}.{turn} about the merge of two frames")
            session.add_message("assistant", "Because both keys are strings. " * 20)
        if at % 4 == 0:
            session.fork(name="other")
        originals.append(folder / f"2026-{at:05}.parquet")
        session.save(originals[-1])
    for at in range(len(originals), count):
        shutil.copyfile(originals[at % len(originals)], folder / f"2026-{at:05}.parquet")


def best(runs: int, command: Sequence[str], before: Callable[[], object] = lambda: None) -> tuple[float, float]:
    """Return the shortest wall time of some runs of a program, and its processor time, in milliseconds."""
    times = []
    for _ in range(runs):
        before()
        used, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        wall, now = time.perf_counter() - began, resource.getrusage(resource.RUSAGE_CHILDREN)
        times.append((wall * 1e3, (now.ru_utime + now.ru_stime - used.ru_utime - used.ru_stime) * 1e3))
    return min(times)


def measure(count: int, runs: int) -> None:
    """Print the figures of a folder with so many sessions."""
    with tempfile.TemporaryDirectory() as scratch:
        data = Path(scratch)
        os.environ["LION_TUI_DATA"] = scratch
        folder, cache = data / "sessions", data / "sessions.json"
        make(folder, count)
        new = folder / "2026-00000.parquet"
        floor = best(runs, [sys.executable, "-c", FLOOR, str(folder)])
        rows = {
            "cold": best(max(1, runs // 2), LIST, lambda: cache.unlink(missing_ok=True)),
            "warm": best(runs, LIST),
            "one new": best(runs, LIST, new.touch),
        }
        print(f"{count:>7} sessions   floor {floor[0]:6.0f} ms, {floor[1]:6.0f} ms of processor")
        for name, (wall, cpu) in rows.items():
            print(f"{name:>16}   {wall:12.0f} ms, {cpu:6.0f} ms of processor   {cpu / floor[1]:5.1f} x floor")


def main() -> None:
    """Measure what the command line asks for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--short", action="store_true", help="1,000 sessions only")
    short = parser.parse_args().short
    for count in (1_000,) if short else (100, 1_000, 10_000):
        measure(count, 2 if short else 5)


if __name__ == "__main__":
    main()
