"""What the tree is filtered by, as it is typed, and the search for it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from lion_tui.core.text import printable

if TYPE_CHECKING:
    from collections.abc import Callable

    from textual import events
    from textual.timer import Timer
    from textual.widget import Widget

    from lion_tui.core.branch_graph import BranchGraph

_SLICE_S: Final = 0.008
_EVERY_S: Final = 1 / 60
"""How long, and how often, it searches: keys are answered in between."""
_SHOWN_EVERY: Final = 6
"""Slices of the search from one showing of what was found to the next."""


class TreeFilter:
    """Filters a graph by the words that are typed; what has them is found in slices.

    Attributes:
        query: The words; empty for everything.
        typing: Whether keys write on them.
    """

    def __init__(
        self, node: Widget, branches: BranchGraph, written: Callable[[], None], found: Callable[[], None]
    ) -> None:
        """Filter nothing.

        Args:
            node: Whose timer is used.
            branches: The graph.
            written: Called when the words are others.
            found: Called when more was found, and when nothing is typed any more.
        """
        self._node, self._branches = node, branches
        self._written, self._found = written, found
        self._search: Timer | None = None
        self._slices = 0
        self.query = ""
        self.typing = False

    @property
    def on(self) -> bool:
        """Whether there is a filter, or one is typed."""
        return self.typing or bool(self.query)

    @property
    def ended(self) -> bool:
        """Whether nothing is typed any more, and all is found."""
        return not self.typing and not self._branches.searching

    def begin(self, query: str) -> None:
        """Filter by some words, or with none by what is typed from now on."""
        self.typing = not query
        self.write(query)

    def write(self, query: str) -> None:
        """Filter by other words."""
        self.query = query
        self._branches.filter(query)
        self.go_on()
        self._written()

    def go_on(self) -> None:
        """Look through what was not looked through yet."""
        if self._search is None and self._branches.searching:
            self._search = self._node.set_interval(_EVERY_S, self._look)
            self._look()

    def _look(self) -> None:
        self._branches.search(_SLICE_S)
        self._slices += 1
        done = not self._branches.searching
        if done and self._search:
            self._search.stop()
            self._search = None
        if done or self._slices % _SHOWN_EVERY == 0:
            self._found()

    def take_key(self, event: events.Key) -> bool:
        """Write what is typed, or end with Enter or Esc, which takes it away; tell whether it was a key for that."""
        if event.key == "escape" and self.on:
            self.begin("")
            self.typing = False
        elif not self.typing:
            return False
        elif event.key == "enter":
            self.typing = False
        elif event.key == "backspace":
            self.write(self.query[:-1])
        elif event.is_printable and event.character:
            self.write(self.query + event.character)
        else:
            return False
        self._found()
        return True

    def paste(self, text: str) -> None:
        """Write what is pasted, as one line."""
        self.write(self.query + " ".join(printable(text).split()))
