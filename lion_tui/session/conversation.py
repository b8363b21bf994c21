"""What a session and a branch have in common: both are a path of messages."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections import Counter
from typing import TYPE_CHECKING, Any

from lion_tui.core.inference import Usage
from lion_tui.core.operations.writing import system_row
from lion_tui.core.prompt import turns
from lion_tui.core.tree import NO_ROW

if TYPE_CHECKING:
    import pandas as pd

    from lion_tui.core.changes import Position
    from lion_tui.core.message import Message, Role
    from lion_tui.core.state import State
    from lion_tui.session.frames import Frames


class Conversation(ABC):
    """A path of messages, from a root to a head."""

    _state: State
    _frames: Frames

    @property
    @abstractmethod
    def _position(self) -> Position:
        """Which path it is."""

    def _row(self) -> int:
        return self._state.head_row(self._position)

    @property
    def head(self) -> Message | None:
        """The last message; None if there is none."""
        row = self._row()
        return None if row == NO_ROW else self._state.tree.message(row)

    def path(self) -> list[Message]:
        """Return the messages from the root to the head."""
        tree = self._state.tree
        return [tree.message(row) for row in tree.path(self._row())]

    @property
    def messages(self) -> pd.DataFrame:
        """The path as a DataFrame: one row a message, the columns of `lion_tui.core.message.COLUMNS` in their order.

        Texts are `str`, times `datetime64[us, UTC]`, counts `Int64`, cost and seconds `Float64`, `source_ids` lists of
        str; `parts`, `params` and `metadata` hold JSON text. A copy: changing it changes nothing else.
        """
        return self._frames.path(self._row())

    @property
    def chat_messages(self) -> list[dict[str, str]]:
        """What a model would be sent of the path now, each message as its `role` and `content`."""
        return self._sent(with_sender=False)

    @property
    def chat_messages_with_sender(self) -> list[dict[str, str]]:
        """The same, where each message but the system's says who speaks."""
        return self._sent(with_sender=True)

    def _sent(self, *, with_sender: bool) -> list[dict[str, str]]:
        sent = turns(self._state, self._row(), with_sender=with_sender)
        return [{"role": turn.role, "content": turn.content} for turn in sent]

    def _last(self, role: Role | None = None) -> Message | None:
        tree = self._state.tree
        for row in tree.ancestors(self._row()):
            if role is None or tree.role[row] == role:
                return tree.message(row)
        return None

    @property
    def last_message(self) -> Message | None:
        """The last message."""
        return self._last()

    @property
    def last_message_content(self) -> str | None:
        """The text of the last message."""
        return message.content if (message := self._last()) else None

    @property
    def first_system(self) -> Message | None:
        """The system prompt in force: the latest on the path; None if that is empty, or there is none."""
        row = system_row(self._state.tree, self._row())
        return None if row == NO_ROW else self._state.tree.message(row)

    @property
    def last_response(self) -> Message | None:
        """The last answer."""
        return self._last("assistant")

    last_assistant_response = last_response

    @property
    def last_response_content(self) -> str | None:
        """The text of the last answer."""
        return message.content if (message := self._last("assistant")) else None

    @property
    def responses(self) -> pd.DataFrame:
        """The answers on the path, in the columns of `messages`."""
        messages = self.messages
        return messages[messages["role"] == "assistant"].reset_index(drop=True)

    assistant_responses = responses

    @property
    def usage(self) -> Usage:
        """What the answers on the path took together, as far as their services said; None is unknown."""
        tree, path = self._state.tree, self._state.tree.path(self._row())

        def total(column: str) -> Any:
            known = [value for row in path if (value := tree.value(row, column)) is not None]
            return sum(known) if known else None

        return Usage(*map(total, Usage._fields))

    @property
    def context_tokens(self) -> int | None:
        """How many tokens the path has, as the last answer's service counted them; None if none did."""
        tree = self._state.tree
        for row in tree.ancestors(self._row()):
            read, written = tree.value(row, "tokens_in"), tree.value(row, "tokens_out")
            if read is not None:
                return int(read + (written or 0))
        return None

    @property
    def info(self) -> dict[str, int]:
        """How many messages each role has on the path, and `total`."""
        return self._count("role")

    @property
    def sender_info(self) -> dict[str, int]:
        """How many messages each sender has on the path, and `total`."""
        return self._count("sender")

    def _count(self, column: str) -> dict[str, int]:
        tree = self._state.tree
        counts = Counter(tree.value(row, column) for row in tree.path(self._row()))
        return {**counts, "total": counts.total()}

    @property
    def describe(self) -> dict[str, Any]:
        """The counts of the path, and its first five messages as dicts."""
        return {
            "total_messages": self.info["total"],
            "summary_by_role": self.info,
            "summary_by_sender": self.sender_info,
            "messages": self.messages.head(5).to_dict("records"),
        }

    messages_describe = describe
