"""The command palette: commands, branches and models by their names."""

from __future__ import annotations

from functools import partial
from itertools import chain, islice
from typing import TYPE_CHECKING, NamedTuple

from textual.command import CommandPalette, DiscoveryHit, Hit, Provider

from lion_tui.app.commands import COMMANDS
from lion_tui.app.screens.main import MainScreen
from lion_tui.core.text import printable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from textual.command import Hits

_MOST = 200
"""Lines that are listed before anything is written."""


class Choice(NamedTuple):
    """A line of the palette: its text, what is said below it, and the command with its argument."""

    text: str
    help: str
    command: str
    argument: str = ""


class Choices(Provider):
    """Lines of the palette: commands, branches, models."""

    def _every(self) -> Iterator[tuple[Choice, Callable[[], object]]]:
        screen = self.screen
        assert isinstance(screen, MainScreen)  # noqa: S101 - it opens on no other
        for choice in chain(_commands(screen), _branches(screen), _models(screen)):
            yield choice, partial(screen.do, choice.command, choice.argument)

    async def discover(self) -> Hits:
        """Yield every line."""
        for choice, do in islice(self._every(), _MOST):
            yield DiscoveryHit(choice.text, do, help=choice.help)

    async def search(self, query: str) -> Hits:
        """Yield the lines that match."""
        matcher = self.matcher(query)
        for choice, do in self._every():
            if score := matcher.match(choice.text):
                yield Hit(score, matcher.highlight(choice.text), do, help=choice.help)


def _commands(screen: MainScreen) -> Iterator[Choice]:
    """Yield all commands, with their keys."""
    for command in COMMANDS.values():
        keys = command.key_names(screen.keymap)
        yield Choice(f"{command.title}  {keys}".rstrip(), command.help, command.id)


def _branches(screen: MainScreen) -> Iterator[Choice]:
    """Yield all branches but the current one, to be checked out."""
    state = screen.session.state
    for name, ref in state.names().items():
        if ref.branch_id != state.current.branch_id:
            yield Choice(f"check out {printable(name)}", "Go on on this branch.", "checkout", name)


def _models(screen: MainScreen) -> Iterator[Choice]:
    """Yield the models that are known without asking anyone, to answer from now on."""
    for service, model in screen.choosing.known():
        text = f"answer with {printable(model)} · {printable(service)}"
        yield Choice(text, "Let this model answer on this branch.", "model", f"{service} {model}")


def palette() -> CommandPalette:
    """Return the palette, to be pushed."""
    return CommandPalette(providers=[Choices], placeholder="Find a command, a branch, a model …")
