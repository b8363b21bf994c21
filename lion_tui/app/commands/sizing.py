"""Commands that say how much is sent, and what it took."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lion_tui.app.commands.command import Command

if TYPE_CHECKING:
    from lion_tui.app.screens.main import MainScreen


class Costs(Command):
    """What it took."""

    id = "costs"
    keys = "dollar_sign"
    title = "costs"
    help = "Show tokens, money and time: of the selected message, all below it, each branch and the session."
    words = "price"
    argument = ""

    def run(self, screen: MainScreen, argument: str) -> None:
        """Show them."""
        from lion_tui.app.spending import cost_list

        screen.app.push_screen(cost_list(screen))


class Outgoing(Command):
    """What a prompt will send."""

    id = "outgoing"
    keys = "f4"
    scope = "everywhere"
    title = "what is sent"
    help = "Show what will be sent with what is written: each message with its size, and what is left out and why."
    argument = ""

    def run(self, screen: MainScreen, argument: str) -> None:
        """Show it."""
        from lion_tui.app.outgoing import outgoing_list

        screen.app.push_screen(outgoing_list(screen))
