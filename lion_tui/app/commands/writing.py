"""Commands of the composer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lion_tui.app.commands.command import Command

if TYPE_CHECKING:
    from lion_tui.app.screens.main import MainScreen


class Send(Command):
    """Send what is written."""

    id = "send"
    keys = "enter"
    scope = "compose"
    title = "send"
    help = "Send the prompt; with none, send the one that is held."

    def run(self, screen: MainScreen, argument: str) -> None:
        """Send it."""
        _send(screen)


class Newline(Command):
    """Another line."""

    id = "newline"
    keys = "ctrl+j,shift+enter,alt+enter"
    scope = "compose"
    title = "newline"
    help = "Make a new line; not every terminal sends Shift+Enter and Alt+Enter."

    def run(self, screen: MainScreen, argument: str) -> None:
        """Make it."""
        screen.composer.insert_newline()


class Now(Command):
    """Do not wait for the answer that comes."""

    id = "now"
    keys = "ctrl+enter"
    scope = "compose"
    title = "send now"
    help = "Stop the answer that is shown and send the prompt at once, before those that wait."
    argument = "text"

    def run(self, screen: MainScreen, argument: str) -> None:
        """Send what was written after the slash form, else what is in the composer."""
        if argument:
            screen.sending.send_now(argument)
        else:
            _send(screen, now=True)


class SearchPrompts(Command):
    """Find a prompt sent before."""

    id = "search-prompts"
    keys = "ctrl+r"
    scope = "compose"
    title = "search prompts"
    help = "Search the prompts sent before; Up and Down at the first and last line walk through them."

    def run(self, screen: MainScreen, argument: str) -> None:
        """Begin, or go on to the next that is found."""
        screen.composer.search_prompts()


class Editor(Command):
    """Write in another program."""

    id = "editor"
    keys = "ctrl+g"
    scope = "compose"
    title = "editor"
    help = "Write the prompt in your editor ($VISUAL or $EDITOR), all that was pasted in sight."
    argument = ""

    def run(self, screen: MainScreen, argument: str) -> None:
        """Open it."""
        screen.sending.open_editor()


class Compose(Command):
    """To the composer."""

    id = "compose"
    keys = "i"
    title = "compose"
    help = "Go to the composer."

    def run(self, screen: MainScreen, argument: str) -> None:
        """Go there."""
        screen.composer.focus()


def _send(screen: MainScreen, *, now: bool = False) -> None:
    if screen.composer.searching:
        screen.composer.take_choice()
    elif screen.revising.under_way:
        screen.revising.take()
    else:
        screen.sending.send(now=now)
