"""Telling of answers that ended where nobody looks."""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING, Final

from lion_tui.app.clipboard import through_tmux
from lion_tui.core.errors import UsageError
from lion_tui.core.operations.viewing import heads_at
from lion_tui.core.text import printable

if TYPE_CHECKING:
    from textual.app import App

    from lion_tui.app.opening import Opened
    from lion_tui.app.screens.main import MainScreen

_APART_S: Final = 1.0
"""Seconds from one call to the next: several answers may end at once."""
_ENDED: Final = {"complete": "has its answer", "interrupted": "has its answer cut off", "error": "got no answer"}


def notification(how: str, text: str) -> str:
    """Return the control sequence that has a terminal tell something: OSC 9 (iTerm2) or OSC 99 (kitty)."""
    plain = printable(text)
    return f"\x1b]9;{plain}\a" if how == "osc9" else f"\x1b]99;;{plain}\x1b\\"


def tell(app: App[None], how: str, text: str) -> None:
    """Have the terminal tell something.

    Args:
        app: The program on that terminal.
        how: `bell`, `osc9` or `osc99`.
        text: What is told; a bell tells nothing.
    """
    if how == "bell":
        app.bell()
    elif app._driver is not None:  # noqa: SLF001 - Textual has no public way to its terminal
        sequence = notification(how, text)
        app._driver.write(through_tmux(sequence) if "TMUX" in os.environ else sequence)  # noqa: SLF001 - as above


class Attention:
    """Tells of answers that ended out of sight, on the screen and, as is configured, through the terminal."""

    def __init__(self, screen: MainScreen, opened: Opened) -> None:
        """Tell of those of a session."""
        self._screen = screen
        self._session = opened.session
        self._how = opened.settings.notify
        self._called = float("-inf")
        self._told = ("", "")  # the answer that was told of on the screen, and how

    def ended(self, row: int) -> None:
        """Tell that an answer has ended, if nobody sees it."""
        screen, tree = self._screen, self._session.state.tree
        shown = screen.columns.shows(row)
        if shown:
            self._session.state.unread.discard(tree.node_id[row])
        how = _ENDED.get(tree.status[row])
        if how is None or not tree.alive(row):  # stopped, by who sits here
            return
        # Of the branch's name, and of nothing that a model or a server wrote. Without one it is an alternative.
        ends = [ref.name for ref in heads_at(self._session.state, row)]
        text = printable(ends[0]) if ends and not screen.blind.hides else "A prompt"
        hidden = not shown and bool(ends) and not screen.blind.hides
        if hidden:
            self._told = (tree.node_id[row], f"{text} {how} · J goes there")
            screen.say_note(self._told[1], lasting_s=None, stays=True)
        if hidden or not screen.app.app_focus:
            self._call(f"lion-tui: {text} {how}")

    def follow(self) -> None:
        """Say no more that an answer ended once it was seen."""
        node_id, said = self._told
        if said and node_id not in self._session.state.unread:
            self._told = ("", "")
            if self._screen.notice.note == said:
                self._screen.say_note("")

    def _call(self, text: str) -> None:
        now = time.monotonic()
        if self._how == "off" or now - self._called < _APART_S:
            return
        self._called = now
        tell(self._screen.app, self._how, text)

    def next_unread(self) -> int:
        """Return the next answer that nobody has seen, after the one that is selected.

        Raises:
            UsageError: there is none.
        """
        tree = self._session.state.tree
        rows = sorted(row for node_id in self._session.state.unread if tree.alive(row := tree.row(node_id)))
        if not rows:
            raise UsageError("Nothing is unread.", "◆ marks answers that ended while another branch was shown.")
        here = self._screen.chat.cursor_row
        return next((row for row in rows if here is None or row > here), rows[0])
