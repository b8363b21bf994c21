"""What stands between the program and the terminal, and which of its settings would let more through."""

from __future__ import annotations

import shutil
import subprocess
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_PATIENCE_S: Final = 2.0
_MOST_MS: Final = 50
"""Milliseconds that Esc may wait for more."""


class Multiplexer(NamedTuple):
    """A program within which this one runs.

    Attributes:
        name: Its command.
        title: Its name, with its version if it says that.
        advice: What is to be known of its keys.
    """

    name: str
    title: str
    advice: str = ""


class Setting(NamedTuple):
    """A setting of tmux.

    Attributes:
        name: Which.
        value: How it is; empty if this tmux does not know it.
        good: The values with which all works.
        why: What another one stands in the way of.
        lines: What belongs into `~/.tmux.conf`.
    """

    name: str
    value: str
    good: tuple[str, ...]
    why: str
    lines: tuple[str, ...]


_TMUX: Final = (
    Setting(
        "extended-keys",
        "",
        ("on", "always"),
        "Shift+Enter and Ctrl+Enter arrive as Enter. Ctrl+J makes a new line everywhere.",
        ("set -s extended-keys on", "set -as terminal-features '*:extkeys'"),
    ),
    Setting(
        "allow-passthrough",
        "",
        ("on", "all"),
        "Notices (OSC 9, OSC 99) do not get through.",
        ("set -g allow-passthrough on",),
    ),
    Setting(
        "set-clipboard",
        "",
        ("on",),
        "What is copied reaches the clipboard only by other ways.",
        ("set -s set-clipboard on",),
    ),
    Setting(
        "focus-events",
        "",
        ("on",),
        "Whether you look is not known: no notice tells of an answer on the branch that is shown.",
        ("set -g focus-events on",),
    ),
    Setting("escape-time", "", (), "Esc waits so many milliseconds for more.", ("set -s escape-time 20",)),
)


def around(environ: Mapping[str, str]) -> Multiplexer | None:
    """Return what the program runs within; None if that is the terminal itself."""
    if environ.get("TMUX"):
        said = _asked("-V")
        return Multiplexer("tmux", said or "tmux")
    if environ.get("STY"):
        return Multiplexer("screen", "GNU Screen", "Shift+Enter arrives as Enter; Ctrl+J makes a new line.")
    if environ.get("ZELLIJ"):
        return Multiplexer("zellij", "Zellij", "Keys that it uses itself do not arrive; Ctrl+G locks them.")
    return None


def settings_of_tmux() -> Iterator[Setting]:
    """Yield the settings of the tmux around that matter here, as they are."""
    for setting in _TMUX:
        value = next(
            (said for scope in ("-sv", "-gv", "-gwv") if (said := _asked("show-options", scope, setting.name))), ""
        )
        good = setting.good
        if setting.name == "escape-time" and value.isdecimal() and int(value) <= _MOST_MS:
            good = (value,)
        yield setting._replace(value=value, good=good)


def _asked(*arguments: str) -> str:
    """Return what tmux answers; nothing if it does not, or does not know what it is asked."""
    program = shutil.which("tmux")
    if program is None:
        return ""
    try:
        done = subprocess.run(  # noqa: S603 - tmux, in which we run
            [program, *arguments],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=_PATIENCE_S,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""
