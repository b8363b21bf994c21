"""What jumping and scrolling in a session of 100,000 messages costs: frames, memory, pauses of the collector.

    python tests/bench/bench_jumps.py [--short]

The real program runs, painting included, on a terminal that throws away what is written. Each jump goes to a random
message, each scroll is one of the mouse wheel's; a frame is from there until the terminal has it. Milliseconds of
processor time (which other programs on the machine hardly change) and of wall time (to which the screen's update timer
adds up to 4). The floor is a widget of the same size whose frames are new blank lines, in the same run. `--short` makes
a tenth of the jumps in a tenth of the messages.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import os
import random
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

os.environ.setdefault("TEXTUAL_FPS", "240")  # as the program sets it, before Textual is imported

from bench_core import grow
from rich.segment import Segment
from textual.drivers.headless_driver import HeadlessDriver
from textual.screen import Screen
from textual.widget import Widget

from lion_tui.app.app import LionApp
from lion_tui.app.opening import Opened
from lion_tui.app.screens.main import MainScreen
from lion_tui.app.transcript.line_strip import LineStrip
from lion_tui.config.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Callable

    from textual.app import App, ComposeResult
    from textual.geometry import Region
    from textual.strip import Strip

    from lion_tui import Session

SIZE = (120, 40)
WHEEL = 3
"""Lines."""
MARKDOWN = (
    "The merge sorts **both frames** first, so `set_index` on either side helps.\n\n- one *item*\n- another\n\n"
    "```python\ndef fold(rows, size=10):\n    return [row for row in rows if row % size == 0]\n```\n\n"
    "| rows | size |\n|---|---|\n| 1,000 | 10 MB |\n\n"
)


class PaintingDriver(HeadlessDriver):
    """A terminal that takes everything, so that everything is painted for it."""

    is_headless = False


class Collections:
    """How long each collection took, in ms of processor time and of wall time."""

    def __init__(self) -> None:
        self.pauses: list[tuple[float, float]] = []
        self._began = (0.0, 0.0)
        gc.callbacks.append(self._note)

    def _note(self, phase: str, _info: dict[str, int]) -> None:
        now = (time.process_time(), time.perf_counter())
        if phase == "start":
            self._began = now
        else:
            self.pauses.append(((now[0] - self._began[0]) * 1e3, (now[1] - self._began[1]) * 1e3))

    def end(self) -> str:
        """Stop counting and say what was counted."""
        gc.callbacks.remove(self._note)
        cpu, wall = (max(column, default=0.0) for column in zip(*self.pauses, strict=True))
        return f"collections: {len(self.pauses)}, the longest: cpu {cpu:.1f}, wall {wall:.1f}"


class Blank(Widget):
    """The floor: new blank lines, each frame."""

    def render_lines(self, crop: Region) -> list[Strip]:
        return [LineStrip([Segment(" " * crop.width, self.rich_style)], crop.width) for _ in range(crop.height)]


class BlankScreen(Screen[None]):
    """A screen of nothing else."""

    def compose(self) -> ComposeResult:
        yield Blank()


class Frames:
    """Makes frames, and how long each took."""

    def __init__(self, app: App[None]) -> None:
        self._painted = asyncio.Event()
        app.post_display_hook = self._painted.set  # type: ignore[method-assign]
        self.cpu: list[float] = []
        self.wall: list[float] = []

    async def make(self, act: Callable[[], object]) -> None:
        self._painted.clear()
        wall, cpu = time.perf_counter(), time.process_time()
        act()
        await self._painted.wait()
        self.wall.append((time.perf_counter() - wall) * 1e3)
        self.cpu.append((time.process_time() - cpu) * 1e3)

    def line(self, name: str, floor: Frames | None = None) -> str:
        ratio = f"   floor × {statistics.median(self.cpu) / statistics.median(floor.cpu):.1f}" if floor else ""
        return f"{name:<12} cpu {_spread(self.cpu)}   wall {_spread(self.wall)}{ratio}"


def _spread(times: list[float]) -> str:
    ordered = sorted(times)
    return (
        f"p50 {statistics.median(ordered):5.2f}  p99 {ordered[len(ordered) * 99 // 100]:5.2f}  max {ordered[-1]:5.2f}"
    )


def rss_mb() -> float:
    """Return the memory that the process has, in MB."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


def long_session(messages: int) -> Session:
    """Return a session of prompts and answers of one to five windows' halves."""
    session = grow(messages, text=False)
    texts = session.state.tree.texts
    for row in range(messages):
        text = f"{row} asks why" if row % 2 == 0 else f"{row} says: {MARKDOWN * (1 + row % 5)}"
        texts.replace(row, text, None, None)
    return session


async def run(messages: int, jumps: int) -> list[str]:
    """Measure, and return what to print: the program has the terminal meanwhile."""
    session = long_session(messages)
    app = LionApp(Opened(session, Path(tempfile.mkdtemp()) / "jumps.parquet", Settings()), prepare=False)
    app.driver_class = PaintingDriver
    chance = random.Random(1)  # noqa: S311 - a random message, not a secret
    async with app.run_test(headless=False, size=SIZE) as pilot:
        await pilot.pause(0.5)
        screen = app.screen
        assert isinstance(screen, MainScreen)
        screen.chat.focus()
        await pilot.pause(0.5)
        collections = Collections()

        def jump() -> None:
            screen.chat.reveal(chance.randrange(messages - 1))

        warm = Frames(app)
        for _ in range(max(100, jumps // 10)):
            await warm.make(jump)
        frames, begun, grown = Frames(app), rss_mb(), []
        for number in range(jumps):
            await frames.make(jump)
            if (number + 1) % (jumps // 5) == 0:
                grown.append(f"{rss_mb() - begun:+.1f}")
        paused = collections.end()
        await Frames(app).make(lambda: screen.chat.reveal(messages // 2))
        scrolled = Frames(app)
        for _ in range(jumps // 5):
            await scrolled.make(lambda: screen.chat.scroll_lines(-WHEEL))
        await app.push_screen(BlankScreen())
        await pilot.pause(0.2)
        floor = Frames(app)
        for _ in range(max(100, jumps // 10)):
            await floor.make(app.screen.query_one(Blank).refresh)
    return [
        f"Python {sys.version.split()[0]}, {messages:,} messages, {jumps:,} random jumps at {SIZE[0]}×{SIZE[1]}, in ms",
        frames.line("a jump", floor),
        scrolled.line("a scroll", floor),
        floor.line("blank lines"),
        f"memory after each fifth of the jumps, MB: {' '.join(grown)}, of {begun:.0f} before",
        paused,
    ]


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--short", action="store_true", help="a tenth of the jumps in a tenth of the messages")
    short = parser.parse_args().short
    print("\n".join(asyncio.run(run(10_000, 500) if short else run(100_000, 5_000))))


if __name__ == "__main__":
    main()
