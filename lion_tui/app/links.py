"""Following a link of a message: only where it says, and only where a browser or a mail program takes over."""

from __future__ import annotations

import asyncio
import re
from pathlib import PurePath
from typing import TYPE_CHECKING

from lion_tui.app.transcript.wrapping import clip
from lion_tui.core.errors import UsageError

if TYPE_CHECKING:
    from textual.app import App

_OPENED = re.compile(r"(?:https?://|mailto:)[^\s]+", re.IGNORECASE)
_IN_THE_TERMINAL = frozenset({"www-browser", "links", "links2", "elinks", "lynx", "w3m"})
_SHOWN = 120


async def open_link(app: App[None], target: str) -> None:
    """Open a link in the system's browser or mail program, which is started off the event loop.

    Raises:
        UsageError: it is no web or mail address, or there is no browser but one that would draw over the screen.
    """
    if not _OPENED.fullmatch(target):
        raise UsageError(f"Only web and mail addresses are opened, not {clip(target, _SHOWN)}.")
    await asyncio.to_thread(_open, app, target)


def _open(app: App[None], target: str) -> None:
    import webbrowser

    try:
        browser = PurePath(getattr(webbrowser.get(), "name", "")).name
    except webbrowser.Error:
        browser = ""
    if not browser or browser in _IN_THE_TERMINAL:
        raise UsageError(f"There is no browser here to open {clip(target, _SHOWN)}.", "y copies what is selected.")
    app.open_url(target)
