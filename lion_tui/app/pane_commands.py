"""Commands that change what of the session is in sight."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lion_tui.app.command import Command

if TYPE_CHECKING:
    from lion_tui.app.screens.main import MainScreen

_STEP = 4


class HideTree(Command):
    """The tree or more room."""

    id = "hide-tree"
    keys = "vertical_line"
    title = "hide tree"
    help = "Hide the tree, or show it again."

    def run(self, screen: MainScreen, argument: str) -> None:
        """Hide or show it."""
        screen.layout_of_panes.toggle_tree()


class Zoom(Command):
    """One pane."""

    id = "zoom"
    keys = "plus"
    title = "zoom"
    help = "Give the pane with the keyboard the whole width."

    def run(self, screen: MainScreen, argument: str) -> None:
        """Show it alone."""
        screen.layout_of_panes.zoom()


class Unzoom(Command):
    """All panes."""

    id = "unzoom"
    keys = "underscore"
    title = "unzoom"
    help = "Show all panes again."

    def run(self, screen: MainScreen, argument: str) -> None:
        """Show them."""
        screen.layout_of_panes.unzoom()


class Narrower(Command):
    """A narrower tree."""

    id = "narrower"
    keys = "ctrl+left"
    title = "narrower tree"
    help = "Make the tree narrower."

    def run(self, screen: MainScreen, argument: str) -> None:
        """Take some columns."""
        screen.layout_of_panes.widen_tree(-_STEP)


class Wider(Command):
    """A wider tree."""

    id = "wider"
    keys = "ctrl+right"
    title = "wider tree"
    help = "Make the tree wider."

    def run(self, screen: MainScreen, argument: str) -> None:
        """Add some columns."""
        screen.layout_of_panes.widen_tree(_STEP)


class Inspect(Command):
    """All that is known of a message."""

    id = "inspect"
    keys = "I"
    title = "inspector"
    help = "Show what is known of the selected message beside the chat, or hide it; a wide screen shows it at first."
    argument = ""

    def run(self, screen: MainScreen, argument: str) -> None:
        """Show or hide the inspector."""
        screen.layout_of_panes.toggle_inspector()
        screen.inspect()


class Compare(Command):
    """Side by side."""

    id = "compare"
    keys = "c"
    title = "compare"
    help = "Mark a branch, and on another one show both side by side; again, show only the one with the keyboard."
    argument = "[branches]"

    def run(self, screen: MainScreen, argument: str) -> None:
        """Mark or compare, or compare the branches that are named."""
        if argument:
            refs = [screen.session.state.ref_named(name) for name in argument.split()]
            if len(refs) == 1 and (current := screen.session.state.current.branch_id):
                refs.insert(0, screen.session.state.refs[current])
            screen.compare([ref.branch_id for ref in refs])
        else:
            screen.mark_for_comparing()


class Target(Command):
    """To whom."""

    id = "target"
    keys = "f3"
    scope = "everywhere"
    title = "write to"
    help = "While branches are compared: write to one column, to the next one, to all."

    def run(self, screen: MainScreen, argument: str) -> None:
        """Choose the next."""
        screen.choose_target()


class Common(Command):
    """What columns share."""

    id = "common"
    keys = "P"
    title = "in common"
    help = "While branches are compared: show the messages that they have in common, or hide them."

    def run(self, screen: MainScreen, argument: str) -> None:
        """Show or hide them."""
        screen.toggle_common()


class Palette(Command):
    """Everything by its name."""

    id = "palette"
    keys = "ctrl+p"
    scope = "everywhere"
    title = "commands"
    help = "Find any command, branch or model by its name."

    def run(self, screen: MainScreen, argument: str) -> None:
        """Open it."""
        from lion_tui.app.screens.palette import palette

        screen.app.push_screen(palette())
