"""The command that merges branches."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from lion_tui.app.commands.command import Command
from lion_tui.core.operations.merging import HOWS

if TYPE_CHECKING:
    from lion_tui.app.screens.main import MainScreen
    from lion_tui.core.operations.merging import How


class Merge(Command):
    """Several into one."""

    id = "merge"
    keys = "M"
    title = "merge"
    help = "Merge other answers or branches into what is shown: fuse them with a model, append, sum up, move forward."
    words = "combine join"
    argument = "[way] [branches]"

    def run(self, screen: MainScreen, argument: str) -> None:
        """Merge the branches that are named, or open the dialog."""
        screen.check_writable()
        names = argument.split()
        how: How = cast("How", names.pop(0)) if names and names[0] in HOWS else "fuse"
        if names:
            screen.inference.run(screen.merging.merge(names, how))
        else:
            screen.merging.open(how)
