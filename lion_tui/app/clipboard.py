"""Copying to where the user pastes from: the system's clipboard and the terminal's."""

from __future__ import annotations

import asyncio
import base64
import os
import subprocess
from typing import TYPE_CHECKING

from lion_tui.core.errors import UsageError

if TYPE_CHECKING:
    from textual.app import App

TERMINAL_LIMIT = 1 << 20
"""The longest sequence that is sent to a terminal, in bytes: tmux drops longer ones whole."""


async def copy(app: App[None], text: str) -> str:
    """Copy a text to the system's clipboard, and through the terminal, which may be on another machine.

    Returns:
        How it was copied, to be told to the user.

    Raises:
        UsageError: there is no system clipboard, and the text is too long for a terminal.
    """
    sent = _send_to_terminal(app, text)
    if await asyncio.to_thread(_to_system, text):
        return "to the clipboard"
    if not sent:
        raise UsageError(
            "The text is too long to copy through the terminal, and there is no other clipboard.",
            "Install wl-clipboard or xclip.",
        )
    return "through the terminal, if it lets programs copy (OSC 52)"


def osc_52(text: str) -> str:
    """Return the sequence that asks a terminal to put a text on its clipboard (xterm's control sequences, OSC 52)."""
    return f"\x1b]52;c;{base64.b64encode(text.encode()).decode()}\a"


def through_tmux(sequence: str) -> str:
    """Return a sequence as tmux hands it on to the terminal outside, where `allow-passthrough` is on."""
    escaped = sequence.replace("\x1b", "\x1b\x1b")
    return f"\x1bPtmux;{escaped}\x1b\\"


def _send_to_terminal(app: App[None], text: str) -> bool:
    if len(osc_52(text)) > TERMINAL_LIMIT:
        return False
    app.copy_to_clipboard(text)
    if "TMUX" in os.environ and app._driver is not None:  # noqa: SLF001 - Textual has no public way to its terminal
        # The plain sequence, sent above, is for a tmux whose `set-clipboard` is on; this one for one that passes it on.
        app._driver.write(through_tmux(osc_52(text)))  # noqa: SLF001 - as above
    return True


def _to_system(text: str) -> bool:
    """Put a text on the system's clipboard; tell whether there is one."""
    import pyperclip

    try:
        pyperclip.copy(text)
    except (pyperclip.PyperclipException, OSError, subprocess.SubprocessError):
        return False
    return True


def system_tool() -> str | None:
    """Return by what the system's clipboard is reached, such as `xclip`; None if there is nothing."""
    import pyperclip

    copies = getattr(pyperclip.determine_clipboard()[0], "__name__", "")
    return copies.removeprefix("copy_").replace("_", " ") or None


def round_trip(text: str) -> bool | None:
    """Copy a text to the system's clipboard, paste it, and put back what was there; it blocks.

    Returns:
        Whether what was pasted is what was copied; None if there is no such clipboard.
    """
    import pyperclip

    try:
        before = pyperclip.paste()
        pyperclip.copy(text)
        same = pyperclip.paste() == text
        if before:
            pyperclip.copy(before)
    except (pyperclip.PyperclipException, OSError, UnicodeDecodeError, subprocess.SubprocessError):
        return None  # a clipboard that holds no text, among others
    return bool(same)
