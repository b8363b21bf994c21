"""The log of `llm`, an SQLite database: a tree of messages with threads in it, and the prompts of earlier versions."""

from __future__ import annotations

import itertools
import json
import shutil
import sqlite3
import tempfile
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from lion_tui.storage.importers.conversation import Conversation, Node
from lion_tui.storage.importers.lines import Ended, never
from lion_tui.storage.importers.values import (
    call_text,
    joined,
    kept,
    mapping,
    name,
    objects,
    role_of,
    storable,
    text,
    time_of,
    whole,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from lion_tui.core.message import Json

MAGIC: Final = b"SQLite format 3\0"
"""What every SQLite database begins with."""
_MILLISECONDS: Final = 1e3
_WAL_AT: Final = 18
"""Where the header of a database says how it is written."""
_WAL: Final = 2
_LONGEST: Final = 1 << 26
"""Bytes of one value."""
_MOST_OF_LITTLE: Final = 1 << 28
"""Bytes that one query may return of however small a file; of a larger one, twice what it has."""
_STEP: Final = 100_000
_MOST_STEPS: Final = 50_000
"""Steps, of so many instructions, that are taken to find one row: a sort of a million rows takes some thousands."""
_TIMES_COPIED: Final = 3


def read_llm(path: Path, ends: Callable[[], bool] = never) -> Iterator[Conversation]:
    """Yield the conversations of a log, which is only read; of another database, none.

    Raises:
        sqlite3.Error: it is damaged, or in use.
        UnicodeDecodeError: the name of a column is no text.
        KeyError: a table lacks a column.
        Ended: nothing more is wanted.
    """
    with _address(path) as address, closing(sqlite3.connect(address, uri=True)) as connection:
        guard = _Guard(ends, max(_MOST_OF_LITTLE, 2 * path.stat().st_size))
        connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, _LONGEST)
        connection.set_progress_handler(guard.step, _STEP)
        connection.row_factory = guard.row
        connection.text_factory = lambda data: data.decode("utf-8", "replace")
        connection.execute("pragma trusted_schema = off")
        try:
            log = _Log(connection, guard)
            if log.has("threads", "turns", "messages", "parts"):
                yield from log.threads()
            if log.has("conversations", "responses"):
                yield from log.responses()
        except sqlite3.OperationalError as error:
            if ends():
                raise Ended from error
            raise


@contextmanager
def _address(path: Path) -> Iterator[str]:
    """Give the address of a database by which nothing is written beside it: with a log of changes, that of a copy."""
    with path.open("rb") as source:
        written_ahead = source.read(_WAL_AT + 1)[_WAL_AT:] == bytes([_WAL])
    log = path.with_name(f"{path.name}-wal")
    if not written_ahead:
        yield f"{path.absolute().as_uri()}?mode=ro"
    elif not log.exists():
        yield f"{path.absolute().as_uri()}?mode=ro&immutable=1"
    else:
        with tempfile.TemporaryDirectory(prefix="lion-tui-") as folder:
            copy = Path(folder, "log.db")
            for _ in range(_TIMES_COPIED):
                before = _states(path, log)
                shutil.copyfile(path, copy)
                if log.exists():
                    shutil.copyfile(log, f"{copy}-wal")
                if _states(path, log) == before:
                    break
            else:
                raise sqlite3.OperationalError("it is being written to")
            yield copy.as_uri()


def _states(*files: Path) -> list[tuple[int, int]]:
    stats = [file.stat() for file in files if file.exists()]
    return [(each.st_size, each.st_mtime_ns) for each in stats]


class _Guard:
    """Stops a query that makes more of a database than there is in it, or finds no end."""

    def __init__(self, ends: Callable[[], bool], most: int) -> None:
        self._ends = ends
        self._most = most
        self.begin()

    def begin(self) -> None:
        """Count anew, for another query."""
        self._steps = self._bytes = 0

    def step(self) -> bool:
        """Tell whether to stop."""
        self._steps += 1
        return self._steps > _MOST_STEPS or self._ends()

    def row(self, cursor: sqlite3.Cursor, row: tuple[Any, ...]) -> dict[str, Any]:
        """Return a row by the names of its columns.

        Raises:
            sqlite3.DataError: those that were returned are too large.
        """
        self._steps = 0
        self._bytes += sum(len(value) for value in row if isinstance(value, str | bytes))
        if self._bytes > self._most:
            raise sqlite3.DataError("its rows are larger than the file")
        return dict(zip((at[0] for at in cursor.description), row, strict=True))


class _Log:
    """A log that is open."""

    def __init__(self, connection: sqlite3.Connection, guard: _Guard) -> None:
        self._connection = connection
        self._guard = guard
        self._tables = {row["name"] for row in connection.execute("select name from sqlite_master where type='table'")}

    def has(self, *tables: str) -> bool:
        return self._tables.issuperset(tables)

    def _all(self, query: str, *values: Json) -> list[dict[str, Any]]:
        self._guard.begin()
        return list(self._connection.execute(query, values))

    # Since version 0.32

    def threads(self) -> Iterator[Conversation]:
        """Yield each thread with those that were forked from it."""
        threads = {row["id"]: row for row in self._all("select * from threads order by datetime_utc, id")}
        families: dict[str, list[dict[str, Any]]] = {}
        for thread_id, thread in threads.items():
            seen, root = {thread_id}, thread_id
            while (above := threads[root].get("forked_from")) in threads and above not in seen:
                seen.add(above)
                root = above
            families.setdefault(root, []).append(thread)
        for root, family in families.items():
            yield self._family(threads[root], family)

    def _family(self, first: dict[str, Any], family: list[dict[str, Any]]) -> Conversation:
        conversation = Conversation(
            program="llm",
            id=text(first["id"]),
            title=text(first["name"]),
            head=name(first["tip_message_hash"]),
            created_at=time_of(first["datetime_utc"]),
        )
        nodes: dict[str, Node] = {}
        for thread in family:
            turns = self._all("select * from turns where thread_id = ? order by datetime_utc, id", thread["id"])
            for tip in [*(turn["tip_message_hash"] for turn in turns), thread["tip_message_hash"]]:
                self._chain(text(tip), nodes)
            for turn in turns:
                _attribute(turn, nodes)
            if thread is not first and (tip := text(thread["tip_message_hash"])):
                conversation.branches[text(thread["name"]) or text(thread["id"])] = tip
        conversation.nodes = list(nodes.values())
        return conversation

    def _chain(self, end: str, nodes: dict[str, Node]) -> None:
        """Add the messages that lead to one, and are not there yet, those above first."""
        chain = []
        tip: str | None = end
        while tip and tip not in nodes:
            rows = self._all("select * from messages where hash = ?", tip)
            if not rows:
                break
            chain.append(tip)
            node = Node(id=tip, parent=name(rows[0]["parent_hash"]), role=role_of(rows[0]["role"]))
            self._read_parts(node)
            nodes[tip] = node
            tip = node.parent
        for each in reversed(chain):
            nodes[each] = nodes.pop(each)

    def _read_parts(self, node: Node) -> None:
        pieces, thoughts, calls = [], [], []
        for row in self._all("select * from parts where message_hash = ? order by position", node.id):
            payload = _parsed(row["payload"])
            said = text(row["text"]) or "".join(map(self._referred, objects(payload.get("text_ref"))))
            match row["type"]:
                case "text":
                    pieces.append(said)
                case "reasoning":
                    thoughts.append(said)
                case "tool_result":
                    pieces.append(text(payload.get("output")))
                    node.sender = name(row["tool_name"])
                case kind:
                    node.parts.append({"type": text(kind), **kept(payload)})
                    call = kind == "tool_call"
                    calls.append(call_text(row["tool_name"], payload.get("arguments")) if call else f"[{text(kind)}]")
        node.reasoning = joined(thoughts)
        node.content = joined(pieces) if len(pieces) > 1 else "".join(pieces)
        node.content = node.content or joined(calls)
        node.hidden = node.empty

    def _referred(self, piece: dict[str, Any]) -> str:
        """Return the text of a piece that may stand in the table of fragments."""
        if "literal" in piece:
            return text(piece["literal"])
        rows = self._all("select content from fragments where id = ?", whole(piece.get("fragment")))
        return text(rows[0]["content"]) if rows else ""

    # Before

    def responses(self) -> Iterator[Conversation]:
        """Yield each conversation; one that was gone on with as a thread is that."""
        self._calls = self._by_response("tool_calls")
        self._results = self._by_response("tool_results")
        known = {row["id"]: row for row in self._all("select * from conversations")}
        begun = {row["id"] for row in self._all("select id from threads")} if self.has("threads") else set()
        rows = self._connection.execute("select * from responses order by conversation_id, datetime_utc, id")
        for conversation_id, answers in itertools.groupby(rows, key=lambda row: row["conversation_id"]):
            if conversation_id in begun:
                continue
            about = known.get(conversation_id, {})
            conversation = Conversation(
                program="llm",
                id=text(conversation_id),
                title=text(about.get("name")),
                model=name(about.get("model")),
            )
            system = ""
            for row in answers:
                system = self._add_response(conversation, row, system)
            conversation.created_at = next((node.time for node in conversation.nodes), None)
            yield conversation

    def _add_response(self, conversation: Conversation, row: dict[str, Any], system: str) -> str:
        """Add a prompt and its answer; return the system prompt that is in force then."""
        nodes, asked = conversation.nodes, time_of(row["datetime_utc"])

        def follow(role: str, content: str, **values: Any) -> Node:
            before = nodes[-1].id if nodes else None
            node = Node(id=f"{row['id']}#{len(nodes)}", parent=before, role=role_of(role), content=content, **values)
            node.time = asked
            node.hidden = node.empty
            nodes.append(node)
            return node

        given = joined([*self._fragments("system_fragments", row["id"]), text(row.get("system"))])
        if given and given != system:
            follow("system", given)
            system = given
        for result in self._results.get(row["id"], ()):
            follow("tool", text(result["output"]), sender=name(result["name"]))
        prompt = joined([*self._fragments("prompt_fragments", row["id"]), text(row.get("prompt"))])
        files = [text(each["path"]) or text(each["url"]) or text(each["type"]) for each in self._attachments(row["id"])]
        follow("user", joined([prompt, *(f"[{file}]" for file in files)]))
        calls = self._calls.get(row["id"], ())
        written = joined(call_text(call["name"], text(call["arguments"])) for call in calls)
        answer = follow(
            "assistant",
            text(row.get("response")) or written,
            model=name(row.get("resolved_model")) or name(row.get("model")),
            reasoning=text(row.get("reasoning")),
            parts=[{"type": "tool_call", **kept(call, {"response_id", "id", "tool_id"})} for call in calls],
        )
        _took(answer, row)
        answer.metadata |= kept({"options": _parsed(row.get("options_json")), "response_id": row["id"]})
        return system

    def _by_response(self, table: str) -> dict[str, list[dict[str, Any]]]:
        found: dict[str, list[dict[str, Any]]] = {}
        for row in self._all(f"select * from {table} order by id") if self.has(table) else ():  # noqa: S608 - our own word
            found.setdefault(row["response_id"], []).append(row)
        return found

    def _fragments(self, table: str, response_id: str) -> list[str]:
        if not self.has(table, "fragments"):
            return []
        query = f'select content from {table} join fragments on fragments.id = fragment_id where response_id = ? order by "order"'  # noqa: S608, E501 - our own word
        return [text(row["content"]) for row in self._all(query, response_id)]

    def _attachments(self, response_id: str) -> list[dict[str, Any]]:
        if not self.has("prompt_attachments", "attachments"):
            return []
        query = """select type, path, url from prompt_attachments join attachments on attachments.id = attachment_id
            where response_id = ? order by "order" """
        return self._all(query, response_id)


def _attribute(turn: dict[str, Any], nodes: dict[str, Node]) -> None:
    """Say of what a call of a model added who answered, when, and what it took."""
    asked, at = time_of(turn["datetime_utc"]), nodes.get(text(turn["tip_message_hash"]))
    if at is not None and at.role == "assistant" and at.id != turn["parent_message_hash"]:
        _took(at, turn)
        at.metadata |= kept({"options": _parsed(turn["options_json"]), "turn_id": turn["id"]})
    seen = set()
    while at is not None and at.id != turn["parent_message_hash"] and at.id not in seen:
        seen.add(at.id)
        if at.role == "assistant" and at.model is None:
            at.model = name(turn["resolved_model"]) or name(turn["model"])
        at.time = asked if at.time is None else at.time
        at = nodes.get(at.parent or "")
    while at is not None and at.time is None and at.id not in seen:  # what was sent for the first time
        seen.add(at.id)
        at.time = asked
        at = nodes.get(at.parent or "")


def _took(answer: Node, row: dict[str, Any]) -> None:
    """Say what an answer took, as a row has it."""
    duration = whole(row.get("duration_ms"))
    answer.know(
        tokens_in=whole(row.get("input_tokens")),
        tokens_out=whole(row.get("output_tokens")),
        total_s=duration / _MILLISECONDS if duration is not None else None,
    )


def _parsed(value: Json) -> dict[str, Any]:
    """Return the object of a column of JSON; an empty one for anything else."""
    try:
        found = mapping(storable(json.loads(value))) if isinstance(value, str) else {}
    except (ValueError, RecursionError):
        return {}
    return found
