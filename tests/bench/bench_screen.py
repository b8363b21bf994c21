"""What the user of the program waits for, in a terminal, against a bare Textual app in the same run.

    python tests/bench/bench_screen.py [--short] [--only start,type,...] [--size 120x40]

Every group of rows starts the program (or several times the program and `floor_app.py`, in turn) in a pseudo-terminal,
on a server of our own on the loopback. Keys are typed at set times, whether or not those before were drawn; their
latency is from the write to the arrival of the bytes that draw them. Lag is from the server's last token to its
arrival. Processor time and memory are those of the process that draws.

- start: from the start of the process to the first typed letter that is drawn, and memory then
- type: keys while nothing happens; keys while 200 tokens/s of prose stream
- markdown: keys while 1,000 tokens/s of heavy Markdown stream, lag of the last token, processor time
- eight: keys while eight answers of 200 tokens/s stream, in eight branches (the floor: in one chat)
- compare: keys while four columns side by side stream 200 tokens/s each (the floor: four answers in one chat); the time
  to open two branches of a large session side by side
- open: sessions of 2,000 and 100,000 messages against an empty one
- fold: keys while a session of 100,000 messages is written to its file
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
import tempfile
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from bench_core import grow
from pty_program import PtyProgram
from stream_server import END, StreamServer

from lion_tui import Session

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

TYPING_S = 0.1
"""Between two keys, while something streams."""
LAST = "endofhistory"
ANSWER = (
    "It has **two** parts, of which `one` matters:\n\n- the first\n- the second\n\n"
    "```python\nprint('a part')\n```\n\nThat is all there is to it."
)


@dataclass(frozen=True)
class Bench:
    """What the groups share."""

    server: StreamServer
    folder: Path
    size: tuple[int, int]
    short: bool

    @contextmanager
    def program(self, url: str, file: Path | None = None, *compared: str) -> Iterator[PtyProgram]:
        """Run lion-tui, on a session's file if one is given, with branches compared; the server at `url` answers."""
        with tempfile.TemporaryDirectory(dir=self.folder) as home:
            Path(home, "config.toml").write_text(
                f'service = "bench"\nmodel = "m"\n[services.bench]\nbase_url = "{url}"\n'
            )
            argv = [sys.executable, "-m", "lion_tui", *(["open", str(file)] if file else [])]
            argv += ["--compare", *compared] if compared else []
            with PtyProgram(argv, self._env(Path(home)), self.folder, self.size) as program:
                yield program

    @contextmanager
    def floor(self, url: str) -> Iterator[PtyProgram]:
        """Run the bare app."""
        argv = [sys.executable, str(Path(__file__).with_name("floor_app.py")), url]
        with PtyProgram(argv, self._env(self.folder), self.folder, self.size) as program:
            yield program

    def _env(self, home: Path) -> dict[str, str]:
        kept = {name: os.environ[name] for name in ("PATH", "HOME", "PYTHONPATH") if name in os.environ}
        terminal = {"TERM": "xterm-256color", "COLORTERM": "truecolor", "LANG": "C.UTF-8"}
        return {**kept, **terminal, "LION_TUI_CONFIG": str(home), "LION_TUI_DATA": str(home)}


def row(what: str, figure: str, floor: str = "", ratio: float | None = None, budget: str = "") -> None:
    """Print a row of the table."""
    print(f"{what:46}{figure:>16}{floor:>18}{'' if ratio is None else f'{ratio:.2f}':>8}   {budget}", flush=True)


def percentiles(latencies: list[float]) -> tuple[float, float]:
    """Return the median, and the value that 1 % exceed."""
    return statistics.median(latencies), sorted(latencies)[min(len(latencies) - 1, round(0.99 * len(latencies)))]


def keys_row(what: str, ours: list[float], floor: list[float], budget: str) -> None:
    """Print the latency of keys: median, 99th percentile, and the number of keys."""
    (p50, p99), (floor_p50, floor_p99) = percentiles(ours), percentiles(floor)
    figure, floor_figure = f"{p50:.1f} / {p99:.1f} ms", f"{floor_p50:.1f} / {floor_p99:.1f}"
    row(f"{what}, p50/p99 of {len(ours)}", figure, floor_figure, p99 / floor_p99, budget)


def start(bench: Bench) -> None:
    """Start both in turn."""
    url = bench.server.url("prose", 200, 1)
    times: dict[str, list[float]] = {"ours": [], "floor": []}
    memory: dict[str, list[float]] = {"ours": [], "floor": []}
    for turn in range(1 + (3 if bench.short else 11)):
        for name, run in (("floor", bench.floor), ("ours", bench.program)):
            with run(url) as program:
                seconds = program.until_ready()
                program.rest(1.0)  # until what is loaded after the first paint is there
                if turn:
                    times[name].append(seconds)
                    memory[name].append(program.usage().rss)
    ours, floor = (statistics.median(times[name]) for name in ("ours", "floor"))
    row("warm start to input ready", f"{ours:.3f} s", f"{floor:.3f}", ours / floor, "≤ 1.15 × floor")
    ours, floor = (statistics.median(memory[name]) for name in ("ours", "floor"))
    row("memory a second after", f"{ours:.1f} MB", f"{floor:.1f}", ours / floor, "≤ 56 MB")


def ask(bench: Bench, program: PtyProgram) -> None:
    """Send a prompt, and wait until its answer begins."""
    begun = len(bench.server.times("first"))
    program.write("go\r")
    if not program.run(lambda: len(bench.server.times("first")) > begun, 30):
        raise SystemExit("The prompt did not reach the server.")


def typing(bench: Bench) -> None:
    """Type while nothing happens, then while prose streams."""
    tokens = 1000 if bench.short else 4000
    idle, streaming = {}, {}
    for name, run in (("floor", bench.floor), ("ours", bench.program)):
        bench.server.forget()
        with run(bench.server.url("prose", 200, tokens)) as program:
            program.until_ready()
            program.rest(1.0)
            idle[name] = program.type_batches(2 if bench.short else 6, 0.06)
            ask(bench, program)
            streaming[name] = program.type_batches(99, TYPING_S, lambda: not bench.server.times("last"))
    keys_row("keys, idle", idle["ours"], idle["floor"], "≤ 5 / 12 ms")
    keys_row("keys, 200 tok/s of prose", streaming["ours"], streaming["floor"], "≤ – / 16 ms")


def markdown(bench: Bench) -> None:
    """Type while much Markdown streams."""
    tokens = 1000 if bench.short else 5000
    keys: dict[str, list[float]] = {"floor": [], "ours": []}
    lag: dict[str, list[float]] = {"floor": [], "ours": []}
    cpu: dict[str, list[float]] = {"floor": [], "ours": []}
    for _ in range(1 if bench.short else 3):
        for name, run in (("floor", bench.floor), ("ours", bench.program)):
            bench.server.forget()
            with run(bench.server.url("markdown", 1000, tokens)) as program:
                program.until_ready()
                program.rest(1.0)
                before = program.usage().cpu
                program.expect(END)
                ask(bench, program)
                # Until it is drawn: what was typed is erased then, which is work as well.
                keys[name] += program.type_letters(TYPING_S, lambda program=program: program.seen(END) is None, 99)
                drawn = program.wait_for(END)
                cpu[name].append(program.usage().cpu - before)
                lag[name].append(drawn - bench.server.times("last")[0])
    keys_row("keys, 1000 tok/s of Markdown", keys["ours"], keys["floor"], "≤ – / 16 ms")
    ours, floor = (statistics.median(lag[name]) for name in ("ours", "floor"))
    row(f"… lag of the last of {tokens} tokens", f"{ours:.3f} s", f"{floor:.3f}", ours / floor, "≤ 0.03 s")
    ours, floor = (statistics.median(cpu[name]) for name in ("ours", "floor"))
    row("… processor time", f"{ours:.2f} s", f"{floor:.2f}", ours / floor, "≤ 0.15 × floor")


def eight(bench: Bench) -> None:
    """Type while eight answers stream."""
    session = Session()
    session.add_message("user", "One of eight.")
    for number in range(2, 9):
        session.fork("main", f"b{number}")
    file = bench.folder / "eight.parquet"
    session.save(file)
    url = bench.server.url("markdown", 200, 1000 if bench.short else 5000)
    keys, cpu = {}, {}
    for name in ("floor", "ours"):
        bench.server.forget()
        with bench.floor(url) if name == "floor" else bench.program(url, file) as program:
            program.until_ready()
            program.rest(1.0)
            for number in range(1, 9):
                if name == "ours" and number > 1:
                    program.write(f"/checkout b{number}\r")
                ask(bench, program)
            before = program.usage().cpu
            program.rest(1.0)
            cpu[name] = program.usage().cpu - before
            # A set number of keys: the floor gets so far behind that its streams take minutes.
            keys[name] = program.type_batches(1 if bench.short else 6, TYPING_S)
    keys_row("keys, eight × 200 tok/s of Markdown", keys["ours"], keys["floor"], "≤ 10 / 25 ms")
    ours, floor = cpu["ours"], cpu["floor"]
    row("… processor time in a second", f"{ours:.2f} s", f"{floor:.2f}", ours / floor)


def compare(bench: Bench) -> None:
    """Type while four columns stream, then open a large session with two branches side by side."""
    session = Session()
    session.add_message("user", "One of four.")
    names = ["main", "b2", "b3", "b4"]
    for name in names[1:]:
        session.fork("main", name)
    for name in names:
        session.add_message("user", f"Begin on {name}.", branch=name)
    file = bench.folder / "four.parquet"
    session.save(file)
    url = bench.server.url("markdown", 200, 1000 if bench.short else 5000)
    keys, cpu = {}, {}
    for name in ("floor", "ours"):
        bench.server.forget()
        with bench.floor(url) if name == "floor" else bench.program(url, file, *names) as program:
            program.until_ready()
            program.rest(1.0)
            for _ in range(4 if name == "floor" else 1):  # one prompt goes to all columns
                ask(bench, program)
            program.run(lambda: len(bench.server.times("first")) == len(names), 30)
            before = program.usage().cpu
            program.rest(1.0)
            cpu[name] = program.usage().cpu - before
            keys[name] = program.type_batches(1 if bench.short else 6, TYPING_S)
    keys_row("keys, four columns × 200 tok/s of Markdown", keys["ours"], keys["floor"], "≤ 10 / 25 ms")
    row("… processor time in a second", f"{cpu['ours']:.2f} s", f"{cpu['floor']:.2f}", cpu["ours"] / cpu["floor"])
    _open_compared(bench)


def _open_compared(bench: Bench) -> None:
    messages = 10_000 if bench.short else 100_000
    large = grow(messages - 4, text=ANSWER)
    fork = large.fork(None, "other")
    for name in (large.current.name, fork.name):
        large.add_message("user", "And the last?", branch=name)
        large.add_message("assistant", f"{ANSWER} {LAST}", branch=name)
    file = bench.folder / "compared.parquet"
    large.save(file)
    seconds: dict[str, list[float]] = {"one": [], "two": []}
    for turn in range(1 + (1 if bench.short else 7)):
        for name, compared in (("one", []), ("two", [large.current.name, fork.name])):
            with bench.program(bench.server.url("prose", 200, 1), file, *compared) as program:
                program.expect(LAST)
                ready = max(program.until_ready(), program.wait_for(LAST) - program.started)
                if turn:
                    seconds[name].append(ready)
    two, one = statistics.median(seconds["two"]), statistics.median(seconds["one"])
    row(f"compare two of {messages:,} (floor: one chat)", f"{two:.3f} s", f"{one:.3f}", two / one)


def made_session(messages: int, file: Path) -> None:
    """Save a session of so many messages; the last says `LAST`."""
    session = grow(messages - 2, text=ANSWER)
    session.add_message("user", "And the last?")
    session.add_message("assistant", f"{ANSWER} {LAST}")
    session.save(file)


def opening(bench: Bench) -> None:
    """Open sessions of several sizes in turn."""
    sizes = [0, 2_000, 10_000 if bench.short else 100_000]
    seconds: dict[int, list[float]] = {size: [] for size in sizes}
    memory: dict[int, list[float]] = {size: [] for size in sizes}
    files = {size: bench.folder / f"open-{size}.parquet" for size in sizes}
    for size, file in files.items():
        if size:
            made_session(size, file)
    for turn in range(1 + (1 if bench.short else 7)):
        for size, file in files.items():
            with bench.program(bench.server.url("prose", 200, 1), file) as program:
                program.expect(LAST)
                ready = program.until_ready()
                if size:
                    ready = max(ready, program.wait_for(LAST) - program.started)
                program.rest(1.0)
                if turn:
                    seconds[size].append(ready)
                    memory[size].append(program.usage().rss)
    empty, empty_rss = statistics.median(seconds[0]), statistics.median(memory[0])
    for size in sizes[1:]:
        ours, rss = statistics.median(seconds[size]), statistics.median(memory[size])
        budget = "≤ 1.15 × empty" if size == 2_000 else "≤ 0.4 s more than empty"
        row(f"open {size:,} messages (floor: none)", f"{ours:.3f} s", f"{empty:.3f}", ours / empty, budget)
        budget = "" if size == 2_000 else "≤ 150 MB more"
        row("… memory", f"{rss:.0f} MB", f"{empty_rss:.0f}", rss / empty_rss, budget)


def fold(bench: Bench) -> None:
    """Type while a large session is saved."""
    messages = 10_000 if bench.short else 100_000
    file = bench.folder / "fold.parquet"
    made_session(messages, file)
    url = bench.server.url("prose", 200, 1)
    keys: list[float] = []
    with bench.floor(url) as program:
        program.until_ready()
        floor = program.type_batches(2, 0.06)
    with bench.program(url, file) as program:
        program.until_ready()
        program.rest(1.0)
        for number in range(2 if bench.short else 9):
            before = file.stat().st_ino
            program.write(f"/fork fold-{number}\r")
            program.rest(0.5)  # it is drawn by then, and saved from a second on
            folded = program.type_batches(9, 0.04, lambda inode=before: file.stat().st_ino == inode)
            keys += folded if number else []  # the first loads pyarrow's other half
    keys_row(f"keys, {messages:,} messages folded (floor: idle)", keys, floor, "≤ – / 25 ms")


GROUPS: dict[str, Callable[[Bench], None]] = {
    "start": start,
    "type": typing,
    "markdown": markdown,
    "eight": eight,
    "compare": compare,
    "open": opening,
    "fold": fold,
}


def main() -> None:
    """Run the groups and print a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--short", action="store_true", help="less of everything")
    parser.add_argument("--only", default=",".join(GROUPS), help="the groups to run")
    parser.add_argument("--size", default="120x40", help="columns and lines of the terminal")
    options = parser.parse_args()
    columns, lines = map(int, options.size.split("x"))
    with StreamServer() as server, tempfile.TemporaryDirectory() as folder:
        bench = Bench(server, Path(folder), (columns, lines), options.short)
        row(f"{columns}x{lines}", "lion-tui", "floor", None, "budget")
        for name in options.only.split(","):
            GROUPS[name](bench)


if __name__ == "__main__":
    main()
