"""The command palette: commands, branches and models by their names."""

from __future__ import annotations

from abc import abstractmethod
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

from textual.command import CommandPalette, DiscoveryHit, Hit, Provider

from lion_tui.app.commands import COMMANDS
from lion_tui.app.screens.main import MainScreen
from lion_tui.core.text import printable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from textual.command import Hits

_MOST = 200
"""Branches that are listed before anything is written."""


class Choice(NamedTuple):
    """A line of the palette: its text, what is said below it, and the command with its argument."""

    text: str
    help: str
    command: str
    argument: str = ""


class _Choices(Provider):
    """Lines of the palette."""

    @abstractmethod
    def choices(self, screen: MainScreen) -> Iterator[Choice]:
        """Yield the lines."""

    def _every(self) -> Iterator[tuple[Choice, Any]]:
        screen = self.screen
        assert isinstance(screen, MainScreen)  # noqa: S101 - it opens on no other
        for choice in self.choices(screen):
            yield choice, partial(screen.do, choice.command, choice.argument)

    async def discover(self) -> Hits:
        """Yield every line."""
        for number, (choice, do) in enumerate(self._every()):
            if number < _MOST:
                yield DiscoveryHit(choice.text, do, help=choice.help)

    async def search(self, query: str) -> Hits:
        """Yield the lines that match."""
        matcher = self.matcher(query)
        for choice, do in self._every():
            if score := matcher.match(choice.text):
                yield Hit(score, matcher.highlight(choice.text), do, help=choice.help)


class CommandChoices(_Choices):
    """All commands, with their keys."""

    def choices(self, screen: MainScreen) -> Iterator[Choice]:  # noqa: ARG002 - as of the others
        """Yield them."""
        for command in COMMANDS.values():
            keys = command.key_names()
            yield Choice(f"{command.title}  {keys}".rstrip(), command.help, command.id)


class BranchChoices(_Choices):
    """All branches, to be checked out."""

    def choices(self, screen: MainScreen) -> Iterator[Choice]:
        """Yield them, the current one not among them."""
        state = screen.session.state
        for name, ref in state.names().items():
            if ref.branch_id != state.current.branch_id:
                yield Choice(f"check out {printable(name)}", "Go on on this branch.", "checkout", name)


class ModelChoices(_Choices):
    """The models that are known without asking anyone, to answer from now on."""

    def choices(self, screen: MainScreen) -> Iterator[Choice]:
        """Yield them."""
        for service, model in screen.choosing.known():
            text = f"answer with {printable(model)} · {printable(service)}"
            yield Choice(text, "Let this model answer on this branch.", "model", f"{service} {model}")


def palette() -> CommandPalette:
    """Return the palette, to be pushed."""
    return CommandPalette(
        providers=[CommandChoices, BranchChoices, ModelChoices], placeholder="Find a command, a branch, a model …"
    )
