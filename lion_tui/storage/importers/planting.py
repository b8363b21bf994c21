"""A foreign conversation made the tree of a session: every branch of it, and nothing twice."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from lion_tui.core.counting import counted
from lion_tui.core.derived import derived_header
from lion_tui.core.ids import now_us, uuid7
from lion_tui.core.message import COLUMNS
from lion_tui.core.refs import Ref, free_name, slug
from lion_tui.core.snapshot import Snapshot
from lion_tui.core.stored import dump_json
from lion_tui.core.text import plain, scalar

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from lion_tui.core.message import Json
    from lion_tui.storage.importers.conversation import Conversation, Node

ORIGIN: Final = "imported"
"""Under which key of a header, and of a message's metadata, it stands where it came from."""
_NONE: Final = -1
"""The parent of a root."""
_LOST: Final = -2
"""The parent of a message whose own is not there."""
_TEXTS: Final = frozenset({"text", "json"})
_LONGEST_TITLE: Final = 200
_LOOKED_AT: Final = 2_000
"""Characters of a title that are looked at."""


class Planted(NamedTuple):
    """A conversation as a session holds it.

    Attributes:
        snapshot: That.
        report: What had to be put right, a sentence each.
    """

    snapshot: Snapshot
    report: list[str]


def planted(conversation: Conversation) -> Planted | None:
    """Return what a session holds of a conversation; None if it has no message that is shown.

    The branch `main` ends where the conversation was shown, and each other message that nothing follows ends a branch
    of its own. What is hidden is left out, and what follows it moves up; what has no parent hangs on one that is not
    there, so that it comes under lost+found.
    """
    report = list(conversation.report)
    plot = _Plot(conversation.nodes, report)
    rows = _rows(conversation, plot)
    if not rows.nodes:
        return None
    columns = rows.columns(conversation)
    heads = _heads(conversation, plot, rows)
    _name_branches(columns, rows, heads)
    header = {
        **derived_header({name: [] for name in columns}),
        "title": " ".join(plain(conversation.title[:_LOOKED_AT]).split())[:_LONGEST_TITLE],
        "tags": list(dict.fromkeys(conversation.tags)),
        "created_at": rows.times[0] if conversation.created_at is None else conversation.created_at,
        "next_seq": len(rows.nodes) + 1,
        ORIGIN: _origin(conversation, rows),
    }
    refs = [
        Ref(branch_id=uuid7(), name=name, head=columns["node_id"][row], created_at=rows.times[row])
        for name, row in heads.items()
    ]
    header |= {
        "branches": [ref.to_json() for ref in refs],
        "current": {"branch": refs[0].branch_id, "node": None},
        "marks": {columns["node_id"][row]: node.marks for row, node in enumerate(rows.nodes) if node.marks},
    }
    return Planted(Snapshot(header, columns), report)


class _Plot:
    """How the nodes of a conversation hang together, by their places in it, once what does not hold is cut.

    Attributes:
        nodes: The nodes.
        parent: By place that of the parent; `_NONE` of a root, `_LOST` where it is not there.
        order: The places, parents before children, and siblings in their order.
    """

    def __init__(self, nodes: Sequence[Node], report: list[str]) -> None:
        self.nodes = nodes
        self.place: dict[str, int] = {}
        twice = 0
        for at, node in enumerate(nodes):
            if self.place.setdefault(node.id, at) != at:
                twice += 1
        if twice:
            report.append(f"{counted(twice, 'message has', 'messages have')} the id of another one.")
        rank = {child: at for node in nodes for at, child in enumerate(node.children)}
        lister = {child: node.id for node in nodes for child in node.children}
        self.parent = [self._parent(node, lister) for node in nodes]
        if circles := self._cut_circles():
            report.append(f"{counted(circles, 'circle')} of messages that answer each other had to be cut.")
        self.order = list(self._walk(rank))

    def _parent(self, node: Node, lister: dict[str, str]) -> int:
        if node.parent in self.place:
            return self.place[node.parent]
        if (listed := lister.get(node.id)) is not None and listed != node.id:
            return self.place[listed]
        return _NONE if node.parent is None else _LOST

    def _cut_circles(self) -> int:
        """Let the first message of each circle be lost, and return how many there are."""
        parent, cut = self.parent, 0
        seen = [False] * len(parent)
        for start in range(len(parent)):
            trail: dict[int, None] = {}
            at = start
            while at >= 0 and not seen[at]:
                seen[at] = True
                trail[at] = None
                at = parent[at]
            if at in trail:
                circle = list(trail)
                parent[min(circle[circle.index(at) :])] = _LOST
                cut += 1
        return cut

    def _walk(self, rank: dict[str, int]) -> Iterator[int]:
        children: dict[int, list[int]] = {}
        for at, parent in enumerate(self.parent):
            children.setdefault(max(parent, _NONE), []).append(at)
        for siblings in children.values():
            siblings.sort(key=lambda at: (rank.get(self.nodes[at].id, len(rank)), at), reverse=True)
        todo = sorted(children.get(_NONE, ()), reverse=True)
        while todo:
            at = todo.pop()
            yield at
            todo += children.get(at, ())


class _Rows:
    """The messages that are shown, in the order in which a session has them.

    Attributes:
        nodes: What is known of each.
        parent: The row of each one's parent, `_NONE` or `_LOST`.
        times: When each was made.
        models: The model of each answer.
        reasoning: What was thought before each.
        of: By place in the conversation, the row; of what is hidden, that of the nearest above that is shown.
    """

    def __init__(self) -> None:
        self.nodes: list[Node] = []
        self.parent: list[int] = []
        self.times: list[int] = []
        self.models: list[str | None] = []
        self.reasoning: list[str] = []
        self.of: dict[int, int] = {}

    def columns(self, conversation: Conversation) -> dict[str, list[Json]]:
        """Return the columns of a session; the branches come later."""
        ids = [uuid7() for _ in self.nodes]
        groups: dict[tuple[int, str], str] = {}
        columns: dict[str, list[Json]] = {column.name: [] for column in COLUMNS}
        for row, node in enumerate(self.nodes):
            parent = self.parent[row]
            group = node.group and groups.setdefault((parent, node.group), uuid7())
            values: dict[str, Any] = {
                **node.values,
                "node_id": ids[row],
                "timestamp": self.times[row],
                "role": node.role,
                "sender": node.sender or (node.role == "assistant" and self.models[row]) or node.role,
                "content": node.content,
                "parent_id": ids[parent] if parent >= 0 else None if parent == _NONE else uuid7(),
                "seq": row + 1,
                "status": node.status,
                "origin": "import",
                "source_ids": (),
                "group_id": group,
                "reasoning": self.reasoning[row] or None,
                "parts": dump_json(node.parts) if node.parts else None,
                "model": self.models[row],
                "error": node.error,
                "metadata": dump_json({ORIGIN: {**node.metadata, "from": conversation.program, **_identity(node)}}),
            }
            for column in COLUMNS:
                value = values.get(column.name)
                columns[column.name].append(scalar(value) if column.kind in _TEXTS and value is not None else value)
        return columns


def _identity(node: Node) -> dict[str, Json]:
    return {} if node.id.startswith("#") else {"id": node.id}


def _rows(conversation: Conversation, plot: _Plot) -> _Rows:
    """Return the messages that are shown, with what they have from those above them."""
    rows, shown = _Rows(), _shown(plot)
    known = [node.time for node in plot.nodes if node.time is not None]
    begun = conversation.created_at
    first = begun if begun is not None else min(known, default=now_us())
    models: dict[int, str | None] = {}
    thoughts: dict[int, _Thought] = {}
    for at in plot.order:
        node, parent = plot.nodes[at], plot.parent[at]
        above = rows.of[parent] if parent >= 0 else parent
        models[at] = node.model or models.get(parent, conversation.model)
        thought = _Thought(node.reasoning, thoughts.get(parent))
        if not shown[at]:
            rows.of[at] = above
            thoughts[at] = thought
            continue
        rows.of[at] = len(rows.nodes)
        rows.nodes.append(node)
        rows.parent.append(above)
        rows.times.append(node.time if node.time is not None else rows.times[above] if above >= 0 else first)
        rows.models.append(models[at] if node.role == "assistant" else None)
        rows.reasoning.append(_taken(thought) if node.role == "assistant" else node.reasoning)
    return rows


@dataclass(slots=True)
class _Thought:
    """What was thought, what was thought before, and whether an answer has it."""

    text: str
    before: _Thought | None
    taken: bool = False


def _taken(thought: _Thought | None) -> str:
    """Return all that was thought, as far as no other answer has it: of several, the first one does."""
    pieces: list[str] = []
    while thought is not None and not thought.taken:
        thought.taken = True
        pieces.append(thought.text)
        thought = thought.before
    return "\n\n".join(filter(None, reversed(pieces)))


def _shown(plot: _Plot) -> list[bool]:
    """Return what is shown: also what is hidden, and was thought, if no answer follows that it belongs to."""
    shown = [not node.hidden for node in plot.nodes]
    answered = [False] * len(shown)
    for at in reversed(plot.order):
        node, parent = plot.nodes[at], plot.parent[at]
        if node.hidden and node.reasoning and not answered[at]:
            shown[at] = True
        if parent >= 0 and (node.role == "assistant" if shown[at] else answered[at]):
            answered[parent] = True
    return shown


def _heads(conversation: Conversation, plot: _Plot, rows: _Rows) -> dict[str, int]:
    """Return the row that each branch ends at, by its name, `main` first."""
    followed = set(rows.parent)
    leaves = [row for row in range(len(rows.nodes)) if row not in followed]
    latest = max(leaves, key=lambda row: (rows.times[row], row))
    shown = rows.of.get(plot.place.get(conversation.head or "", _NONE), _NONE)
    heads = {"main": shown if shown >= 0 else latest}
    for given, node_id in conversation.branches.items():
        row = rows.of.get(plot.place.get(node_id, _NONE), _NONE)
        if row >= 0 and given != "main":
            heads[free_name(slug(given), heads)] = row
    named, number = set(heads.values()), 2
    for row in leaves:
        if row not in named:
            while f"main.{number}" in heads:
                number += 1
            heads[f"main.{number}"] = row
    return heads


def _name_branches(columns: dict[str, list[Json]], rows: _Rows, heads: dict[str, int]) -> None:
    """Say of each message on which branch it is, of several on the first."""
    for name, head in heads.items():
        row = head
        while row >= 0 and columns["branch"][row] is None:
            columns["branch"][row] = columns["recipient"][row] = name
            row = rows.parent[row]


def _origin(conversation: Conversation, rows: _Rows) -> dict[str, Json]:
    """Return where a session came from, with what tells another state of the same conversation from this one."""
    digest = hashlib.sha256()
    for parent, node, thought in zip(rows.parent, rows.nodes, rows.reasoning, strict=True):
        for each in (str(parent), node.role, node.content, thought):
            digest.update(scalar(each).encode() + b"\0")
    return {
        **conversation.metadata,
        "from": conversation.program,
        "id": conversation.id or digest.hexdigest()[:32],
        "digest": digest.hexdigest(),
        "updated_at": conversation.updated_at,
    }
