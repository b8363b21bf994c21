"""Conversations that are lists of messages: ShareGPT, the training data of OpenAI, and Chatbot UI."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from lion_tui.storage.importers.conversation import Conversation, Node
from lion_tui.storage.importers.values import (
    call_text,
    identity,
    items,
    joined,
    kept,
    mapping,
    name,
    objects,
    role_of,
    storable,
    text,
    time_of,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

_TEXTS: Final = frozenset({"text", "input_text", "output_text"})
_KNOWN_TURN: Final = frozenset({"from", "role", "value", "content", "text"})
_KNOWN_MESSAGE: Final = frozenset(
    {"role", "content", "name", "reasoning_content", "reasoning", "tool_calls", "function_call", "timestamp", "refusal"}
)
_KNOWN_CONVERSATION: Final = frozenset(
    {"id", "name", "title", "messages", "model", "prompt", "conversations", "system"}
)


def is_sharegpt(entry: dict[str, Any]) -> bool:
    """Tell whether an object is a conversation of ShareGPT's."""
    return any("from" in turn and "value" in turn for turn in objects(entry.get("conversations")))


def from_sharegpt(entry: dict[str, Any]) -> Conversation:
    """Return a conversation of ShareGPT's."""
    conversation = Conversation(
        program="sharegpt",
        id=identity(entry.get("id")) or "",
        title=text(entry.get("title")),
        model=name(entry.get("model")),
        metadata=kept(entry, _KNOWN_CONVERSATION),
    )
    for turn in objects(entry.get("conversations")):
        said = turn.get("value")
        node = Node(id="", parent=None, role=role_of(turn.get("from")), metadata=kept(turn, _KNOWN_TURN))
        node.content = text(said if said is not None else turn.get("text"))
        _follow(conversation, node)
    conversation.begin_with(text(entry.get("system")))
    return conversation


def is_openai(entry: dict[str, Any]) -> bool:
    """Tell whether an object is a conversation as it is sent to OpenAI, or one with two ends, one of them preferred."""
    messages = entry.get("messages")
    if "preferred_output" in entry:
        messages = mapping(entry.get("input")).get("messages")
    return any("role" in message for message in objects(messages))


def from_openai(entry: dict[str, Any]) -> Conversation:
    """Return a conversation as it is sent to OpenAI; of two ends, the preferred one is shown."""
    shared = mapping(entry.get("input")) if "preferred_output" in entry else entry
    conversation = Conversation(
        program="openai",
        id=identity(entry.get("id")) or "",
        title=text(entry.get("title")),
        model=name(entry.get("model")),
        metadata=kept(shared, _KNOWN_CONVERSATION),
    )
    for message in objects(shared.get("messages")):
        _follow(conversation, message_node(message))
    fork = conversation.nodes[-1].id if conversation.nodes else None
    for preferred in ("preferred_output", "non_preferred_output"):
        before = fork
        for message in objects(entry.get(preferred)):
            node = message_node(message)
            node.metadata["preferred"] = preferred == "preferred_output"
            before = _follow(conversation, node, before)
        if preferred == "preferred_output":
            conversation.head = before
    return conversation


def is_chatbot_ui(entry: dict[str, Any]) -> bool:
    """Tell whether an object is the export of Chatbot UI."""
    return "version" in entry and isinstance(entry.get("history"), list)


def from_chatbot_ui(entry: dict[str, Any]) -> Iterable[Conversation]:
    """Yield the conversations of the export of Chatbot UI."""
    for each in objects(entry["history"]):
        conversation = Conversation(
            program="chatbot-ui",
            id=identity(each.get("id")) or "",
            title=text(each.get("name")),
            model=name(mapping(each.get("model")).get("id")),
            metadata=kept(each, _KNOWN_CONVERSATION),
        )
        for message in objects(each.get("messages")):
            _follow(conversation, message_node(message))
        conversation.begin_with(text(each.get("prompt")))
        yield conversation


def _follow(conversation: Conversation, node: Node, before: str | None = None) -> str:
    """Add a message after the last one, or after `before`, and return its id."""
    nodes = conversation.nodes
    node.id = f"#{len(nodes)}"
    node.parent = before if before is not None else nodes[-1].id if nodes else None
    node.hidden = node.empty
    nodes.append(node)
    return node.id


def message_node(message: dict[str, Any]) -> Node:
    """Return a message as the chat completions of OpenAI have it."""
    node = Node(
        id="",
        parent=None,
        role=role_of(message.get("role")),
        sender=name(message.get("name")),
        time=time_of(message.get("timestamp")),
        reasoning=text(message.get("reasoning_content")) or text(message.get("reasoning")),
        metadata=kept(message, _KNOWN_MESSAGE),
    )
    node.content = read_content(node, message.get("content")) or text(message.get("refusal"))
    calls = objects(message.get("tool_calls")) + objects([message.get("function_call")])
    node.parts += [storable(call) for call in calls]
    if not node.content:
        functions = [mapping(call.get("function")) or call for call in calls]
        node.content = joined(call_text(each.get("name"), each.get("arguments")) for each in functions)
    return node


def read_content(node: Node, content: Any) -> str:
    """Return the text of a content, which may be typed parts; those that are no text become parts of the node."""
    if not isinstance(content, list):
        return text(content)
    pieces = []
    for part in items(content):
        if isinstance(part, str):
            pieces.append(text(part))
        elif isinstance(part, dict) and text(part.get("type")) in _TEXTS:
            pieces.append(text(part.get("text")))
        elif isinstance(part, dict):
            node.parts.append(storable(part))
            pieces.append(f"[{name(part.get('type')) or 'part'}]")
    return joined(pieces) if len(pieces) > 1 else "".join(pieces)
