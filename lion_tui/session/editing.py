"""Changing a conversation by hand: messages, deleting, undo."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from lion_tui.core.errors import UsageError
from lion_tui.core.message import ROLES, check_role
from lion_tui.core.operations import alternatives, branching, carrying, deleting, importing, writing
from lion_tui.core.rows import stored_columns
from lion_tui.session.frames import columns_of
from lion_tui.session.queueing import Queueing
from lion_tui.session.searching import pattern

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    import pandas as pd

    from lion_tui.core.changes import Gesture, Position
    from lion_tui.core.message import Json, Message
    from lion_tui.core.operations.deleting import Reach
    from lion_tui.session.branch import Branch

_TEXTS = {"content", "sender", "recipient"}
_EDITABLE = _TEXTS | {"role", "metadata"}


class Editing(Queueing):
    """The part of a session that changes it by hand."""

    def _row_of(self, node: Message | str) -> int:
        return self._state.tree.row(node if isinstance(node, str) else node.node_id)

    # Messages

    def add_message(
        self,
        role: str,
        content: str,
        *,
        branch: Branch | str | None = None,
        sender: str | None = None,
        recipient: str | None = None,
        metadata: Mapping[str, Json] | None = None,
    ) -> Message:
        """Add a message at the end of a branch, without asking a model, and return it.

        Raises:
            UsageError: an unknown role, or an answer is coming on the branch.
        """
        check_role(role)
        position = self._idle(branch)
        row = writing.append(
            self._state,
            position,
            role=role,
            content=content,
            sender=sender,
            recipient=recipient,
            metadata=dict(metadata) if metadata is not None else None,
            origin="tool" if role == "tool" else "user",
        )
        return self._state.tree.message(row)

    def _idle(self, branch: Branch | str | None) -> Position:
        """Return the position of a branch on which no answer is coming."""
        position = self._resolve(branch)
        if self._answers.of(self._state.tree.id(self._state.head_row(position))):
            raise UsageError("An answer is coming on this branch.", "Wait for its end, or stop it.")
        return position

    def edit(
        self, node: Message | str, content: str, *, carry: bool = False, branch: Branch | str | None = None
    ) -> Message:
        """Add an edited sibling of a message and return it; the original stays beside it.

        Args:
            node: The original.
            content: The new text.
            carry: Whether the messages below the original are copied under the new one.
            branch: The branch whose head goes there if its path holds the original; the current one if left out.
        """
        row = alternatives.edit(
            self._state, self._resolve(branch), self._row_of(node), {"content": content}, carry=carry
        )
        return self._state.tree.message(row)

    def carry(self, node: Message | str, *, branch: Branch | str | None = None) -> int:
        """Copy what followed the original of an edited message under it, and return how many messages that is.

        Args:
            node: The edited message.
            branch: The branch whose head goes to the end of the copies if it is that message; the current one if left
                out.

        Raises:
            UsageError: it is no edited message, nothing followed its original, or an answer still comes there.
        """
        return carrying.carry(self._state, self._resolve(branch), self._row_of(node))

    def update_message(self, node_id: str, column: str, value: Any, *, branch: Branch | str | None = None) -> Message:
        """Add a sibling of a message that differs in one column, with a copy of its tail, and return it.

        Raises:
            UsageError: the column is not one of content, sender, recipient, role, metadata.
        """
        if column not in _EDITABLE or (column == "role" and value not in ROLES):
            raise UsageError(f"{column}={value!r} cannot be set.", f"Columns to set: {', '.join(sorted(_EDITABLE))}.")
        row = alternatives.edit(self._state, self._resolve(branch), self._row_of(node_id), {column: value}, carry=True)
        return self._state.tree.message(row)

    def replace_keyword(
        self,
        keyword: str | Iterable[str],
        replacement: str,
        column: str = "content",
        case_sensitive: bool = False,
        *,
        regex: bool = False,
        branch: Branch | str | None = None,
    ) -> list[Message]:
        r"""Replace a keyword in every message of a branch's path, and return the edited messages.

        The first message with the keyword gets an edited sibling, and the tail below it is copied under that, edited
        where the keyword is. The originals stay. It is one thing for undo.

        Args:
            keyword: What is replaced; several are replaced alike.
            replacement: What comes in its place; with `regex`, `\1` is what the first group found.
            column: content, sender or recipient.
            case_sensitive: Whether a capital is another letter.
            regex: Whether the keyword is a regular expression; else it is literal.
            branch: The branch; the current one if left out.

        Raises:
            UsageError: another column, no keyword, no regular expression, or an answer is still coming there.
        """
        if column not in _TEXTS:
            raise UsageError(f"In the column {column!r} nothing is replaced.", f"Columns: {', '.join(sorted(_TEXTS))}.")
        found = pattern(keyword, case_sensitive=case_sensitive, regex=regex)
        position = self._resolve(branch)
        tree, edits = self._state.tree, {}
        for row in tree.path(self._state.head_row(position)):
            before = tree.content(row) if column == "content" else tree.value(row, column)
            if (after := _replaced(found, replacement, before, regex=regex)) != before:
                edits[row] = {column: after}
        return [tree.message(row) for row in alternatives.replace(self._state, position, edits)]

    def extend(
        self, messages: pd.DataFrame | Iterable[Mapping[str, Any] | Message], *, branch: Branch | str | None = None
    ) -> list[Message]:
        """Add messages from elsewhere at the end of a branch, and return those that were added.

        They are `import`ed with all that is known of them. One that the branch has already, itself or as a copy, is
        left out, and so are deleted ones; of several with one id, the first counts. It is one thing for undo.

        Args:
            messages: A frame such as `messages` of another session or branch, records by column, or messages; a
                `role` and a `content` are needed. Columns that no message has go to `metadata`.
            branch: The branch; the current one if left out.

        Raises:
            UsageError: they are no messages, or no path of one branch; or an answer is coming on the branch.
        """
        columns = stored_columns(columns_of(messages))
        position = self._idle(branch)
        return [self._state.tree.message(row) for row in importing.extend(self._state, position, columns)]

    def remove_message(self, node_id: Message | str, *, branch: Branch | str | None = None) -> None:
        """Leave a message of a branch out: the tail is copied onto its parent and the head goes there."""
        alternatives.splice(self._state, self._resolve(branch), self._row_of(node_id))

    def change_first_system_message(
        self, system: str, sender: str | None = None, *, branch: Branch | str | None = None
    ) -> None:
        """Put another system prompt in force from here on; what was answered before stays under the old one."""
        self.add_message("system", system, branch=branch, sender=sender)

    def rollback(self, steps: int, *, branch: Branch | str | None = None) -> None:
        """Take a branch's head back by so many messages of its path; they stay in the session.

        Raises:
            UsageError: `steps` is less than one or more than the path has.
        """
        branching.rollback(self._state, self._resolve(branch), steps)

    def clear_messages(self, *, branch: Branch | str | None = None) -> None:
        """Set a branch's head to the system prompt in force, or to nothing; the messages stay in the session."""
        branching.clear(self._state, self._resolve(branch))

    # Deleting and undo

    def reach(self, node: Message | str) -> Reach:
        """Return how many messages and branch heads deleting a message would take."""
        return deleting.reach(self._state, self._row_of(node))

    def delete(self, node: Message | str) -> Reach:
        """Delete a message and all below it, and return how much that was; undo and `restore` bring it back.

        Answers that come there are stopped first.
        """
        row = self._row_of(node)
        self._stop_below(row)
        return deleting.delete(self._state, row)

    def restore(self, node: Message | str) -> None:
        """Bring a deleted message back, with all that was deleted with it and the heads that were there."""
        deleting.restore(self._state, self._row_of(node))

    def archive(self, node: Message | str, archived: bool = True) -> None:
        """Hide a message and all below it from lists and counters, or show it again."""
        deleting.archive(self._state, self._row_of(node), archived)

    def purge(self, node: Message | str) -> int:
        """Take the texts of a deleted message and all below it away for good, and return how many.

        This empties undo and redo.

        Raises:
            UsageError: the message was not deleted.
        """
        return deleting.purge(self._state, self._row_of(node))

    def undo(self) -> Gesture | None:
        """Take the latest gesture back and return it, None if there is none; answers that it asked for are stopped."""
        if self._state.undo:
            for node_id in self._state.made_by(self._state.undo[-1]):
                self._answers.stop(node_id)
        return self._state.undo_latest()

    def redo(self) -> Gesture | None:
        """Do the gesture that was undone last again and return it, None if there is none; no model is asked."""
        return self._state.redo_latest()

    def _stop_below(self, row: int) -> None:
        for node_id in self._answers.running():
            if self._state.tree.holds(self._state.tree.row(node_id), row):
                self._answers.stop(node_id)


def _replaced(found: re.Pattern[str], replacement: str, text: str, *, regex: bool) -> str:
    try:
        return found.sub(replacement if regex else lambda _: replacement, text)
    except (re.error, IndexError) as error:
        raise UsageError(f"{replacement!r} cannot replace anything ({error}).", "Write a backslash twice.") from error
