"""A conversation of another program as its file has it: nodes that name their parents, in any order, whole or not."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lion_tui.core.message import Json, Role, Status


@dataclass(slots=True, kw_only=True)
class Node:
    """One message of a conversation.

    Attributes:
        id: What its program calls it; `#…` if it does not.
        parent: The id of the one that it answers or follows; None for a root.
        children: The ids of those that follow it, in the order in which they are shown; it may name others, or none.
        role: Who says it.
        content: The text, as Markdown source.
        sender: Who speaks, where that is more than the role and the model say.
        model: The model that answered.
        time: When it was made, in microseconds since 1970, UTC; None if nothing says so.
        reasoning: What the model thought before.
        status: How it ended.
        error: The fault.
        values: Other columns of a message, by their names: `finish_reason`, tokens, cost and times.
        parts: What of the content is no text, as the program has it.
        metadata: What else the program says of it.
        group: What it has in common with the other answers that were asked for at once.
        marks: Marks of the user's, as a session has them.
        hidden: Whether its program does not show it: what follows it then follows the nearest above that is shown, and
            its reasoning is that of the first answer that follows.
    """

    id: str
    parent: str | None
    role: Role
    content: str = ""
    children: Sequence[str] = ()
    sender: str | None = None
    model: str | None = None
    time: int | None = None
    reasoning: str = ""
    status: Status = "complete"
    error: str | None = None
    values: dict[str, Json] = field(default_factory=dict)
    parts: list[Json] = field(default_factory=list)
    metadata: dict[str, Json] = field(default_factory=dict)
    group: str | None = None
    marks: dict[str, Json] = field(default_factory=dict)
    hidden: bool = False

    @property
    def empty(self) -> bool:
        """Whether there is nothing of it to be shown."""
        return not (self.content.strip() or self.parts or self.reasoning or self.error)

    def know(self, **values: Json) -> None:
        """Set other columns of it; what is None is not known."""
        self.values |= {column: value for column, value in values.items() if value is not None}

    def cut(self) -> None:
        """Say that it had not ended."""
        self.status, self.error = "interrupted", "It had not ended when it was exported."

    def fail(self, error: str) -> None:
        """Say what went wrong; with a text it was interrupted."""
        self.error = error or "It failed."
        self.status = "interrupted" if self.content.strip() else "error"


@dataclass(slots=True, kw_only=True)
class Conversation:
    """A tree of messages that another program kept.

    Attributes:
        program: What that is called.
        id: What it calls the conversation; empty if it does not.
        title: What its user calls it.
        nodes: The messages.
        head: The id of the last one that was shown; None if nothing says so.
        branches: The ids of messages that have a name, by that.
        model: The model that answered where a message does not say.
        created_at: When it was begun, in microseconds since 1970, UTC.
        updated_at: When it was changed last, likewise.
        tags: Words of the user's.
        metadata: What else the program says of it.
        report: What could not be read of it, a sentence each.
    """

    program: str
    id: str = ""
    title: str = ""
    nodes: list[Node] = field(default_factory=list)
    head: str | None = None
    branches: dict[str, str] = field(default_factory=dict)
    model: str | None = None
    created_at: int | None = None
    updated_at: int | None = None
    tags: list[str] = field(default_factory=list)
    metadata: dict[str, Json] = field(default_factory=dict)
    report: list[str] = field(default_factory=list)

    def leave_out(self, count: int, one: str, several: str) -> None:
        """Say how many things of it could not be read, where there are some."""
        if count:
            self.report.append(
                f"{count:,} of its {several} could not be read." if count > 1 else f"A {one} could not be read."
            )

    def begin_with(self, system: str) -> None:
        """Put a system prompt above all that is there; an empty one is none."""
        if not system.strip():
            return
        root = Node(id="#system", parent=None, role="system", content=system)
        for node in self.nodes:
            if node.parent is None:
                node.parent = root.id
        self.nodes.insert(0, root)


class Skipped(NamedTuple):
    """Something of a file that makes no session.

    Attributes:
        title: What it is called, or where it stands.
        why: Why not: a sentence.
        empty: Whether nothing is lost by that.
        id: What its program calls it; empty if it does not.
        of_file: Whether it is a file, or part of one, in which there may have been any conversation.
    """

    title: str
    why: str
    empty: bool = False
    id: str = ""
    of_file: bool = False

    @property
    def mended(self) -> bool:
        """Whether it is a file of which all was read, once something was put right."""
        return self.of_file and self.empty
