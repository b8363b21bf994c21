"""A real terminal, tmux, with the program in it."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
import time
import uuid
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_ENDED = r"ended with (\d+)"
PATIENCE_S = 120
STORY = "Write a very long story about a whale."


def eventually(holds: Callable[[], object], otherwise: Callable[[], str] = lambda: "It never came.") -> None:
    """Wait until something is the case."""
    deadline = time.monotonic() + PATIENCE_S
    while not holds():
        assert time.monotonic() < deadline, otherwise()
        time.sleep(0.02)  # between two looks


class Terminal:
    """A tmux pane with a program in it."""

    def __init__(self, socket: str) -> None:
        self._socket = socket

    def tmux(self, *arguments: str) -> str:
        """Run a command of the pane's tmux server and return what it says."""
        command = ["tmux", "-L", self._socket, "-f", os.devnull, *arguments]
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=PATIENCE_S)
        assert not done.returncode, f"{shlex.join(command)}: {done.stderr}"
        return done.stdout

    def screen(self) -> str:
        """Return what the pane shows, and what has scrolled out of it; every space is a plain one."""
        return self.tmux("capture-pane", "-p", "-S", "-").replace("\N{NO-BREAK SPACE}", " ")

    def keys(self, *keys: str) -> None:
        """Press keys, by tmux's names for them."""
        self.tmux("send-keys", *keys)

    def browse(self) -> None:
        """Go from the composer to the chat. A key that came with Escape in one go would be another key."""
        self.keys("Escape")
        self.until("R again")

    def tell_a_story(self, **settings: object) -> None:
        """Ask for an answer that does not end by itself for a thousand tokens: left free, a model may end at once."""
        self.send(" ".join(["/set temperature=0", *(f"{name}={value}" for name, value in settings.items())]))
        self.until("Settings of main")
        self.send(STORY)

    def stop(self) -> None:
        """Stop the answer, if it has not come to its end by itself: Escape would leave the composer then."""
        self.keys("C-c")
        self.until(lambda shown: "streaming" not in shown)

    def compose(self) -> None:
        """Go to the composer."""
        self.keys("i")
        self.until("enter send")

    def send(self, text: str) -> None:
        """Type a text and press Enter."""
        self.tmux("send-keys", "-l", text)
        self.keys("Enter")

    def until(self, expected: str | Callable[[str], object]) -> str:
        """Look at the pane until a text is in it, or something is the case, and return what it shows."""
        holds = (lambda shown: expected in shown) if isinstance(expected, str) else expected
        screen = ""

        def seen() -> bool:
            nonlocal screen
            screen = self.screen()
            return bool(holds(screen))

        eventually(seen, lambda: f"It never came: {expected!r}. The screen:\n{screen}")
        return screen

    def ended(self) -> int:
        """Wait until the program has ended and return its exit code."""
        return int(re.findall(_ENDED, self.until(lambda screen: re.search(_ENDED, screen)))[0])


@contextmanager
def terminal(
    width: int, height: int, *arguments: str, piped: str | None = None, interactive: bool = False, **environment: str
) -> Iterator[Terminal]:
    """Run the program in a pane of its own server.

    Args:
        width: Columns.
        height: Rows.
        *arguments: What the program is given.
        piped: A command whose output is piped into it.
        interactive: Whether it is begun from an interactive shell, which can suspend it.
        **environment: Variables of its environment.
    """
    pane = Terminal(f"lion-{uuid.uuid4().hex}")
    settings = [f"{name}={value}" for name, value in environment.items()]
    program = shlex.join(
        [
            "env",
            "-u",
            "TMUX",
            "-u",
            "COLUMNS",
            "-u",
            "LINES",
            *settings,
            sys.executable,
            "-W",
            "error",
            "-m",
            "lion_tui",
            *arguments,
        ]
    )
    if piped is not None:
        program = f"{piped} | {program}"
    # tmux 3.3a does not always learn how its child ended; a shell does.
    command = "exec bash --norc --noprofile -i" if interactive else f"{program}; echo ended with $?; exec cat"
    try:
        pane.tmux(
            *("set", "-g", "default-terminal", "tmux-256color", ";"),
            *("set", "-g", "escape-time", "0", ";", "set", "-g", "status", "off", ";"),
            *("new-session", "-d", "-x", str(width), "-y", str(height), command),
        )
        if interactive:
            pane.send(program)
        yield pane
    finally:
        subprocess.run(["tmux", "-L", pane._socket, "kill-server"], capture_output=True, check=False)
