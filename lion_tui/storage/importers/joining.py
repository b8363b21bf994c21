"""Copies of one conversation that part somewhere, joined to a tree where what they say is the same."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable

    from lion_tui.storage.importers.conversation import Node


class Joined:
    """The tree of several paths.

    Attributes:
        nodes: Its messages.
    """

    def __init__(self) -> None:
        """Begin with no path."""
        self.nodes: list[Node] = []
        self._known: dict[tuple[str | None, Hashable], str] = {}

    def add(self, path: Iterable[Node]) -> str | None:
        """Add a path from its root on, each of whose messages has an id of its own, and return the id of its end."""
        end: str | None = None
        for node in path:
            key = (end, (node.role, node.content))
            if key not in self._known:
                self._known[key] = node.id
                node.parent = end
                self.nodes.append(node)
            end = self._known[key]
        return end
