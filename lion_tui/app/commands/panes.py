"""Commands that change what of the session is in sight."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lion_tui.app.commands.command import Command

if TYPE_CHECKING:
    from lion_tui.app.screens.main import MainScreen

_STEP = 4


class ToggleTree(Command):
    """To the tree and back."""

    id = "tree"
    keys = "f2,ctrl+b"
    scope = "everywhere"
    title = "tree"
    help = "Go to the tree, and from there back to where one was."

    def run(self, screen: MainScreen, argument: str) -> None:
        """Go there."""
        if screen.focused is screen.tree_pane:
            screen.layout_of_panes.leave_tree()
        else:
            screen.layout_of_panes.go_to_tree()


class ToggleHoist(Command):
    """Only what is below."""

    id = "hoist"
    keys = "o"
    title = "hoist"
    help = "Show in the tree only the message at its cursor and all below it, or everything again."

    def run(self, screen: MainScreen, argument: str) -> None:
        """Show only that, or everything again."""
        screen.tree_pane.toggle_hoist()


class Filter(Command):
    """Only what has certain words."""

    id = "filter"
    keys = "f"
    scope = "tree"
    title = "filter"
    help = "Show in the tree only the messages whose text or branch name has what is typed; Esc shows all again."
    argument = "[words]"

    def run(self, screen: MainScreen, argument: str) -> None:
        """Filter by the words, or by what is typed from now on."""
        screen.set_focus(screen.tree_pane)
        screen.tree_pane.begin_filter(argument)


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
    help = "Mark a branch; on another one, show both side by side; again, show one of them."
    argument = "[branches]"

    def run(self, screen: MainScreen, argument: str) -> None:
        """Mark or compare, or compare the branches that are named."""
        if argument:
            screen.comparing.show_named(argument.split())
        else:
            screen.comparing.mark()


class Target(Command):
    """To whom."""

    id = "target"
    keys = "f3"
    scope = "everywhere"
    title = "write to"
    help = "While branches are compared: write to one column, to the next one, to all."

    def run(self, screen: MainScreen, argument: str) -> None:
        """Choose the next."""
        screen.comparing.choose_target()


class Common(Command):
    """What columns share."""

    id = "common"
    keys = "P"
    title = "in common"
    help = "While branches are compared: show the messages that they have in common, or hide them."

    def run(self, screen: MainScreen, argument: str) -> None:
        """Show or hide them."""
        screen.comparing.toggle_common()


class Diff(Command):
    """What differs."""

    id = "diff"
    keys = "equals_sign"
    title = "diff"
    help = (
        "Show what differs between columns, of three or four from the one with the keyboard; with one chat, from the "
        "marked branch or the alternative before. Again, show it no more."
    )
    argument = ""

    def run(self, screen: MainScreen, argument: str) -> None:
        """Show it, or show it no more."""
        screen.comparing.diff()


class DiffUnit(Command):
    """Words or lines."""

    id = "diff-unit"
    keys = "w"
    title = "words or lines"
    help = "While branches are compared: mark the words that differ, the lines, or nothing."

    def run(self, screen: MainScreen, argument: str) -> None:
        """Choose the next."""
        screen.comparing.choose_unit()


class ScrollLock(Command):
    """In step."""

    id = "scroll-lock"
    keys = "s"
    title = "scroll lock"
    help = "While branches are compared: let each column scroll alone, or all together, turn by turn."

    def run(self, screen: MainScreen, argument: str) -> None:
        """Let them, or not."""
        screen.comparing.toggle_lock()
