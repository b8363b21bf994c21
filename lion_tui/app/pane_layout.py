"""Which panes are in sight, and how wide they are."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from textual.widget import Widget

    from lion_tui.app.screens.main import MainScreen

_LEAST, _LEAST_CHAT = 16, 30


class PaneLayout:
    """What the user chose of the panes; the style sheet says what a screen of each width shows at first."""

    def __init__(self, screen: MainScreen) -> None:
        """Begin with what the style sheet says."""
        self._screen = screen
        self._before_tree: Widget | None = None  # what had the keyboard before the tree

    def go_to_tree(self) -> None:
        """Give the keyboard to the tree, which is shown if it was hidden."""
        screen = self._screen
        screen.remove_class("-no-tree", "-zoom-chat")
        self._before_tree = screen.focused
        screen.set_focus(screen.tree_pane)  # at once: what is typed ahead belongs to where one goes

    def leave_tree(self) -> None:
        """Give the keyboard back to what had it before the tree."""
        screen, before = self._screen, self._before_tree
        in_chat = before in screen.columns.transcripts
        screen.set_focus(screen.chat if in_chat else screen.composer)

    def toggle_tree(self) -> None:
        """Hide the tree, or show it; on a narrow screen it is shown as long as it has the keyboard."""
        screen = self._screen
        if screen.has_class("-narrow"):
            (self.leave_tree if screen.focused is screen.tree_pane else self.go_to_tree)()
            return
        screen.toggle_class("-no-tree")
        if screen.has_class("-no-tree") and screen.focused is screen.tree_pane:
            screen.chat.focus()

    def zoom(self) -> None:
        """Give the pane with the keyboard the whole width."""
        self.unzoom()
        in_tree = self._screen.focused is self._screen.tree_pane
        self._screen.add_class("-zoom-tree" if in_tree else "-zoom-chat")

    def unzoom(self) -> None:
        """Show all panes."""
        self._screen.remove_class("-zoom-tree", "-zoom-chat")

    def widen_tree(self, columns: int) -> None:
        """Give the tree more columns, or fewer."""
        tree = self._screen.tree_pane
        most = max(_LEAST, self._screen.size.width - _LEAST_CHAT)
        tree.styles.width = max(_LEAST, min(most, tree.outer_size.width + columns))

    def toggle_inspector(self) -> None:
        """Show the inspector, or hide it."""
        screen = self._screen
        shown = screen.inspector.display
        screen.set_class(not shown, "-inspect")
        screen.set_class(shown, "-no-inspect")
