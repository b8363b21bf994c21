"""What a session and a branch have in common: both are a path of messages."""

from __future__ import annotations

import os
from abc import ABC, abstractmethod
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lion_tui.core.errors import SaveFailed, UsageError
from lion_tui.core.inference import Usage
from lion_tui.core.message import COLUMNS
from lion_tui.core.operations.writing import system_row
from lion_tui.core.prompt import turns
from lion_tui.core.tree import NO_ROW
from lion_tui.session.frames import stored_values
from lion_tui.session.searching import narrow, search

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

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

    # Looking for messages

    def search_keywords(
        self,
        keywords: str | Iterable[str],
        case_sensitive: bool = False,
        reset_index: bool = False,
        *,
        regex: bool = False,
    ) -> pd.DataFrame:
        """Return the messages of the path in whose text any of the keywords is, in the columns of `messages`.

        Args:
            keywords: One, or several.
            case_sensitive: Whether a capital is another letter.
            reset_index: Whether the rows are counted anew; else each keeps its number in `messages`.
            regex: Whether the keywords are regular expressions; else they are literal.

        Raises:
            UsageError: there is no keyword, one is empty, or is no regular expression.
        """
        found = search(self.messages, keywords, case_sensitive=case_sensitive, regex=regex)
        return found.reset_index(drop=True) if reset_index else found

    def filter_by(
        self,
        role: str | Iterable[str] | None = None,
        sender: str | Iterable[str] | None = None,
        start_time: datetime | str | None = None,
        end_time: datetime | str | None = None,
        content_keywords: str | Iterable[str] | None = None,
        case_sensitive: bool = False,
        *,
        regex: bool = False,
    ) -> pd.DataFrame:
        """Return the messages of the path that are all of what is given, in the columns of `messages`.

        Args:
            role: Their role, or several: system, user, assistant, tool.
            sender: Who speaks, or several.
            start_time: They are not older; a `datetime` or ISO 8601 text, UTC where it says no zone.
            end_time: They are not newer.
            content_keywords: As for `search_keywords`.
            case_sensitive: As there.
            regex: As there.

        Raises:
            UsageError: a role or a time that is none, or as `search_keywords`.
        """
        found = narrow(self.messages, role=role, sender=sender, start_time=start_time, end_time=end_time)
        if content_keywords is not None:
            found = search(found, content_keywords, case_sensitive=case_sensitive, regex=regex)
        return found

    # Files for other programs

    def to_csv_file(self, filename: str | os.PathLike[str] = "messages.csv", *, overwrite: bool = False) -> None:
        """Write the messages to a CSV file, one row each with every column; nothing else changes.

        Of a branch, these are the messages of its path; of a session, all that live, `parent_id` saying how they
        belong together. Null is an empty cell and an empty text is `""`; `Session.from_csv` reads all of it back.

        Args:
            filename: A file whose name ends in .csv.
            overwrite: Whether a file that is there is replaced.

        Raises:
            UsageError: its name ends otherwise.
            SaveFailed: there is such a file, or the operating system refused; the file is as it was.
        """
        self._write_table(Path(filename), ("csv",), overwrite)

    def to_json_file(self, filename: str | os.PathLike[str] = "messages.json", *, overwrite: bool = False) -> None:
        """Write the messages to a JSON file; as `to_csv_file`.

        Args:
            filename: A file whose name ends in .json, an array of objects, or .jsonl or .ndjson: an object a line.
            overwrite: Whether a file that is there is replaced.

        Raises:
            UsageError: its name ends otherwise.
            SaveFailed: there is such a file, or the operating system refused; the file is as it was.
        """
        self._write_table(Path(filename), ("json", "jsonl", "ndjson"), overwrite)

    def _write_table(self, path: Path, extensions: Sequence[str], overwrite: bool) -> None:
        from lion_tui.storage.tables import write_table

        if path.suffix.lower().removeprefix(".") not in extensions:
            endings = " or ".join(f".{extension}" for extension in extensions)
            raise UsageError(f"The name {path.name} is none of such a file.", f"Let it end in {endings}.")
        if not overwrite and os.path.lexists(path):
            raise SaveFailed(path, f"{path.name} is there already.", "Name another file, or remove it.")
        tree, rows = self._state.tree, self._table_rows()
        write_table(path, {column.name: stored_values(tree, column.name, rows) for column in COLUMNS})

    def _table_rows(self) -> Sequence[int]:
        """Return the rows of the messages that a file for other programs has."""
        return self._state.tree.path(self._row())
