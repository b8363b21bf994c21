"""A conversation of gptme: a folder with a log, `conversation.jsonl`, and one for each branch, all of them whole."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from lion_tui.storage.importers.conversation import Conversation, Node
from lion_tui.storage.importers.joining import Joined
from lion_tui.storage.importers.values import kept, mapping, name, number, role_of, text, time_of, whole

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_KNOWN: Final = frozenset({"role", "content", "timestamp", "metadata"})
_KNOWN_METADATA: Final = frozenset({"model", "cost", "usage"})


def is_gptme(first: dict[str, Any]) -> bool:
    """Tell whether an object is a message of a log."""
    return isinstance(first.get("role"), str) and isinstance(first.get("content"), str) and "node_id" not in first


def from_gptme(logs: Mapping[str, Sequence[dict[str, Any]]], title: str) -> Conversation:
    """Return a conversation.

    Args:
        logs: The messages of each branch by its name, `main` first.
        title: What it is called: the name of its folder.
    """
    conversation = Conversation(program="gptme", id=title, title=title)
    tree = Joined()
    for branch, messages in logs.items():
        end = tree.add(_node(message, f"{branch}/{at}") for at, message in enumerate(messages))
        if branch == "main":
            conversation.head = end
        elif end is not None:
            conversation.branches[branch] = end
    conversation.nodes = tree.nodes
    return conversation


def _node(message: dict[str, Any], node_id: str) -> Node:
    metadata = mapping(message.get("metadata"))
    usage = mapping(metadata.get("usage")) or metadata
    node = Node(
        id=node_id,
        parent=None,
        role=role_of(message.get("role")),
        content=text(message.get("content")),
        model=name(metadata.get("model")),
        time=time_of(message.get("timestamp")),
        metadata=kept(message, _KNOWN) | kept(metadata, _KNOWN_METADATA),
    )
    node.know(
        tokens_in=whole(usage.get("input_tokens")),
        tokens_out=whole(usage.get("output_tokens")),
        tokens_cached=whole(usage.get("cache_read_tokens")),
        tokens_reasoning=whole(usage.get("reasoning_tokens")),
        cost_usd=number(metadata.get("cost")),
    )
    node.hidden = node.empty
    return node
