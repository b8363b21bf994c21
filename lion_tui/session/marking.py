"""Marking messages: bookmarks, notes, what is sent, and what is put out of sight."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lion_tui.core.operations import deleting, marking
from lion_tui.session.editing import Editing

if TYPE_CHECKING:
    from lion_tui.core.message import Message
    from lion_tui.core.operations.deleting import Reach
    from lion_tui.session.branch import Branch


class Marking(Editing):
    """The part of a session that marks messages. All of it can be undone, and is kept in the file."""

    def bookmark(self, node: Message | str, on: bool = True) -> None:
        """Set a bookmark on a message, or take it away.

        Raises:
            UsageError: the message is deleted.
        """
        marking.bookmark(self._state, self._row_of(node), on)

    def annotate(self, node: Message | str, text: str) -> None:
        """Set the note on a message; an empty one takes it away.

        Raises:
            UsageError: the message is deleted.
        """
        marking.annotate(self._state, self._row_of(node), text)

    def unmark(self, node: Message | str) -> None:
        """Take a message's bookmark and its note away."""
        marking.unmark(self._state, self._row_of(node))

    def mute(self, node: Message | str, on: bool = True) -> None:
        """Leave a message out of what is sent, on every branch, or send it again; it stays where it is.

        Raises:
            UsageError: the message is deleted, or a system prompt, which is always sent while it is in force.
        """
        marking.set_context(self._state, self._row_of(node), "muted", on)

    def start_context(self, node: Message | str, on: bool = True) -> None:
        """Leave out of what is sent all that comes before a message, but for the system prompt; or no longer.

        Of several on a path, the last one counts.

        Raises:
            UsageError: the message is deleted.
        """
        marking.set_context(self._state, self._row_of(node), "start", on)

    def keep_only(self, branch: Branch | str | None = None) -> Reach:
        """Archive everything but the path of a branch, in one gesture, and return how much that was.

        Args:
            branch: The branch; the current one, or what is shown detached, if left out.

        Raises:
            UsageError: there is nothing else.
        """
        return deleting.keep_only(self._state, self._state.head_row(self._resolve(branch)))
