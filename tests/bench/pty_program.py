"""A program in a pseudo-terminal: keys go in at set times, and what comes out is noted with the time of its arrival.

There is no terminal emulator. What is typed is letters that nothing else on the screen holds, so that the first
occurrence of a letter's bytes after it was typed is its echo. Linux only: processor time and memory are read from
/proc.
"""

from __future__ import annotations

import fcntl
import os
import pty
import select
import struct
import subprocess
import termios
import time
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping, Sequence

LETTERS = "".join(
    chr(code)
    for first, end in ((0x410, 0x450), (0x3B1, 0x3CA), (0x531, 0x557), (0x10D0, 0x10FB))
    for code in range(first, end)
)
"""Cyrillic, Greek, Armenian and Georgian letters: one cell each, and in no text of the benchmarks."""
BATCH = 34
"""Letters typed in a row before they are erased: they fit on the line even of a narrow screen."""
_PATIENCE_S = 60
_TICK_S = 0.005
_TICKS_PER_S = os.sysconf("SC_CLK_TCK")


class Usage(NamedTuple):
    """What the process has taken so far: processor seconds, and MB of memory, now and at most."""

    cpu: float
    rss: float
    peak: float


class PtyProgram:
    """A running program and its terminal.

    Attributes:
        started: When it was started, in the time of `time.monotonic`.
    """

    def __init__(self, argv: Sequence[str], env: Mapping[str, str], folder: Path, size: tuple[int, int]) -> None:
        """Start it in `folder`, on a terminal of `size` columns and lines."""
        self._fd, theirs = pty.openpty()
        columns, lines = size
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", lines, columns, 0, 0))
        self._tail = b""
        self._awaited: dict[bytes, float | None] = {}
        self._letters = self._endless_letters()
        self.started = time.monotonic()
        self._process = subprocess.Popen(
            argv,
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            env=dict(env),
            cwd=folder,
            start_new_session=True,
            preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),  # noqa: PLW1509 - there is one thread
        )
        os.close(theirs)

    def __enter__(self) -> PtyProgram:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        self._process.wait()
        os.close(self._fd)

    @staticmethod
    def _endless_letters() -> Iterator[str]:
        while True:
            yield from LETTERS

    # Keys and bytes

    def write(self, keys: str) -> float:
        """Type and return when."""
        now = time.monotonic()
        os.write(self._fd, keys.encode())
        return now

    def _read(self) -> None:
        try:
            chunk = os.read(self._fd, 1 << 16)
        except OSError as error:  # how Linux says that the program has ended
            raise SystemExit(f"The program ended. It said:\n{self._tail.decode(errors='replace')}") from error
        now = time.monotonic()
        for wanted, seen in self._awaited.items():
            if seen is None and wanted in self._tail[-len(wanted) :] + chunk:
                self._awaited[wanted] = now
        self._tail = (self._tail + chunk)[-4000:]

    def run(self, until: Callable[[], object], timeout: float = 120) -> bool:
        """Let the program run until something is the case, and tell whether it came to that."""
        end = time.monotonic() + timeout
        while not until():
            left = end - time.monotonic()
            if left <= 0:
                return False
            if select.select([self._fd], [], [], min(left, _TICK_S))[0]:
                self._read()
        return True

    def rest(self, seconds: float) -> None:
        """Let it run for some time."""
        self.run(lambda: False, seconds)

    def expect(self, text: str) -> None:
        """Note when a text comes from now on."""
        self._awaited[text.encode()] = None

    def seen(self, text: str) -> float | None:
        """Return when an expected text came first."""
        return self._awaited[text.encode()]

    def wait_for(self, text: str, timeout: float = 120) -> float:
        """Return when an expected text came first; wait for it if it did not yet.

        Raises:
            SystemExit: it does not come.
        """
        self.run(lambda: self.seen(text), timeout)
        seen = self.seen(text)
        if seen is None:
            raise SystemExit(f"{text!r} never came. The last output:\n{self._tail.decode(errors='replace')}")
        return seen

    # What is measured

    def until_ready(self) -> float:
        """Return the seconds from the start until a typed letter is drawn; what was typed is erased."""
        self.expect("\x1b[?1049h")
        self.run(lambda: self.seen("\x1b[?1049h"))
        self.run(lambda: not termios.tcgetattr(self._fd)[3] & termios.ECHO)
        typed: list[str] = []
        while not any(self.seen(letter) for letter in typed):
            # Again and again: what is typed while the program takes the terminal over may get lost.
            typed.append(next(self._letters))
            self.expect(typed[-1])
            self.write(typed[-1])
            self.run(lambda: any(self.seen(letter) for letter in typed), 0.03)
        ready = min(seen for letter in typed if (seen := self.seen(letter)))
        self._erase(typed)
        return ready - self.started

    def type_letters(self, interval: float, while_: Callable[[], object], most: int = BATCH) -> list[float]:
        """Type letters at set times, whether or not those before were drawn, and return the latency of each in ms.

        One that is not drawn after a minute counts as that long: a program may fall behind for good.
        """
        sent: dict[str, float] = {}
        due = time.monotonic()
        while len(sent) < most and while_():
            letter = next(self._letters)
            self.expect(letter)
            sent[letter] = self.write(letter)
            due += interval
            self.rest(due - time.monotonic())
        self.run(lambda: all(self.seen(letter) for letter in sent), _PATIENCE_S)
        now = time.monotonic()
        latencies = [((self.seen(letter) or now) - when) * 1000 for letter, when in sent.items()]
        self._erase(sent)
        return latencies

    def type_batches(self, batches: int, interval: float, while_: Callable[[], object] = lambda: True) -> list[float]:
        """As `type_letters`, several times over."""
        latencies: list[float] = []
        for _ in range(batches):
            latencies += self.type_letters(interval, while_)
        return latencies

    def _erase(self, letters: Collection[str]) -> None:
        self.write("\x7f" * len(letters))
        self.rest(0.3)
        for letter in letters:
            del self._awaited[letter.encode()]

    def usage(self) -> Usage:
        """Return what the program's own process has taken; those that it started do not count."""
        folder = Path("/proc", str(self._process.pid))
        fields = (folder / "stat").read_text().rsplit(")", 1)[1].split()
        status = dict(line.split(":", 1) for line in (folder / "status").read_text().splitlines())
        rss, peak = (int(status[name].split()[0]) / 1024 for name in ("VmRSS", "VmHWM"))
        return Usage((int(fields[11]) + int(fields[12])) / _TICKS_PER_S, rss, peak)
