"""Measure how long the program takes to start, against bare Python in the same run.

    python tests/bench/bench_start.py [--short]

Each number is the median of some runs, in milliseconds of wall time, each run in a process of its own; the runs of all
rows are interleaved, after one of each that does not count. "first token" is the time until the first byte of the
answer is on standard output, on the embedded model, whose file must be there: it includes the start of its server.
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
import time

PYTHON = sys.executable
CHAT = ["chat", "--service", "embedded", "--max-tokens", "8", "What is the capital of France?"]
ROWS = {
    "python -c pass": [PYTHON, "-c", "pass"],
    "import lion_tui": [PYTHON, "-c", "import lion_tui"],
    "lion-tui --help": [PYTHON, "-m", "lion_tui", "--help"],
    "lion-tui chat, first token": [PYTHON, "-m", "lion_tui", *CHAT],
}


def until_end(command: list[str]) -> float:
    """Return the seconds that a command takes."""
    begun = time.perf_counter()
    subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, check=True)
    return time.perf_counter() - begun


def until_first_byte(command: list[str]) -> float:
    """Return the seconds until a command has written something, and wait for its end."""
    begun = time.perf_counter()
    with subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        if not process.stdout.read(1):
            raise SystemExit(f"{' '.join(command)} wrote nothing.")
        seconds = time.perf_counter() - begun
        process.stdout.read()
    if process.returncode:
        raise SystemExit(f"{' '.join(command)} ended with {process.returncode}.")
    return seconds


def main() -> None:
    """Run the benchmark and print a table."""
    parser = argparse.ArgumentParser(description="Measure how long lion-tui takes to start.")
    parser.add_argument("--short", action="store_true", help="a few runs only")
    runs = 3 if parser.parse_args().short else 15
    times: dict[str, list[float]] = {name: [] for name in ROWS}
    for run in range(runs + 1):
        for name, command in ROWS.items():
            measure = until_first_byte if "chat" in name else until_end
            seconds = measure(command)
            if run:
                times[name].append(seconds)
    bare = statistics.median(times["python -c pass"])
    print(f"{'':<28}{'ms':>8}{'x bare':>8}{'min':>8}{'max':>8}")
    for name, found in times.items():
        median = statistics.median(found)
        print(f"{name:<28}{median * 1e3:>8.0f}{median / bare:>8.1f}{min(found) * 1e3:>8.0f}{max(found) * 1e3:>8.0f}")


if __name__ == "__main__":
    main()
