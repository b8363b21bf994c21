"""Commands that look for a text in the chat."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lion_tui.app.command import Command

if TYPE_CHECKING:
    from lion_tui.app.screens.main import MainScreen


class Find(Command):
    """Look for a text."""

    id = "find"
    keys = "ctrl+f,slash"
    scope = "everywhere"
    title = "find"
    help = "Look for a text in the chat, the slash outside the composer only; a capital in it makes case count."
    argument = "[text]"

    def run(self, screen: MainScreen, argument: str) -> None:
        """Open the line that it is written in."""
        screen.find_bar.open(argument)


class NextHit(Command):
    """The next hit."""

    id = "next-hit"
    keys = "n"
    title = "next hit"
    help = "Go to the next hit of what is looked for."

    def run(self, screen: MainScreen, argument: str) -> None:
        """Go there."""
        screen.go_to_hit(1)


class PreviousHit(Command):
    """The hit before."""

    id = "previous-hit"
    keys = "p"
    title = "hit before"
    help = "Go to the hit before, of what is looked for."

    def run(self, screen: MainScreen, argument: str) -> None:
        """Go there."""
        screen.go_to_hit(-1)
