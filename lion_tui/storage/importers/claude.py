"""The export of Claude: `conversations.json`, an array of conversations, each with its `chat_messages`."""

from __future__ import annotations

from typing import Any, Final

from lion_tui.storage.importers.conversation import Conversation, Node
from lion_tui.storage.importers.values import (
    attached,
    call_text,
    fenced,
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

_ROOT: Final = "00000000-0000-4000-8000-000000000000"
"""What the first message names as its parent."""
_KNOWN: Final = frozenset(
    {
        "uuid", "name", "created_at", "updated_at", "chat_messages", "current_leaf_message_uuid", "model", "is_starred",
        "account",
    }
)  # fmt: skip
_KNOWN_MESSAGE: Final = frozenset(
    {
        "uuid", "text", "content", "sender", "created_at", "attachments", "files", "files_v2", "parent_message_uuid",
        "stop_reason", "index",
    }
)  # fmt: skip


def is_claude(entry: dict[str, Any]) -> bool:
    """Tell whether an object is a conversation of Claude's."""
    return isinstance(entry.get("chat_messages"), list)


def from_claude(entry: dict[str, Any]) -> Conversation:
    """Return a conversation of Claude's; in an old export, without parents, each message follows the one before."""
    messages = objects(entry["chat_messages"])
    nodes: list[Node] = []
    linear = not any("parent_message_uuid" in message for message in messages)
    for at, message in enumerate(messages):
        node = _node(message, identity(message.get("uuid")) or f"#{at}")
        if linear and nodes:
            node.parent = nodes[-1].id
        nodes.append(node)
    conversation = Conversation(
        program="claude",
        id=identity(entry.get("uuid")) or "",
        title=text(entry.get("name")),
        nodes=nodes,
        head=identity(entry.get("current_leaf_message_uuid")),
        model=name(entry.get("model")),
        created_at=time_of(entry.get("created_at")),
        updated_at=time_of(entry.get("updated_at")),
        tags=["starred"] if entry.get("is_starred") is True else [],
        metadata=kept(entry, _KNOWN),
    )
    conversation.leave_out(len(items(entry["chat_messages"])) - len(messages), "message", "messages")
    return conversation


def _node(message: dict[str, Any], node_id: str) -> Node:
    parent = identity(message.get("parent_message_uuid"))
    node = Node(
        id=node_id,
        parent=None if parent == _ROOT else parent,
        role=role_of(message.get("sender")),
        time=time_of(message.get("created_at")),
        metadata=kept(message, _KNOWN_MESSAGE),
    )
    node.know(finish_reason=name(message.get("stop_reason")))
    pieces = _read_blocks(node, message)
    for file in objects(message.get("attachments")):
        title = name(file.get("file_name")) or "attachment"
        content = text(file.get("extracted_content"))
        pieces.append(attached(title, content) if content else f"[{title}]")
    for file in objects(message.get("files_v2")) or objects(message.get("files")):
        pieces.append(f"[{name(file.get('file_name')) or 'file'}]")
        node.parts.append({"type": "file", **kept(file)})
    node.content = joined(pieces)
    node.hidden = node.empty
    return node


def _read_blocks(node: Node, message: dict[str, Any]) -> list[str]:
    """Return the texts of a message's blocks; without any, the text that old exports have in their place."""
    pieces: list[str] = []
    thoughts: list[str] = []
    calls: list[str] = []
    for block in objects(message.get("content")):
        match block.get("type"):
            case "text":
                pieces.append(text(block.get("text")))
            case "thinking":
                thoughts.append(text(block.get("thinking")))
            case _:
                node.parts.append(storable(block))
                made, called = _made(block)
                pieces.append(made)
                calls.append(called)
    node.reasoning = joined(thoughts)
    if not joined(pieces):
        pieces = [text(message.get("text"))]
    return pieces if joined(pieces) else calls


def _made(block: dict[str, Any]) -> tuple[str, str]:
    """Return the text of an artifact, which is as much of the answer as any, and what a block is shown as alone."""
    if block.get("type") != "tool_use":
        return "", ""
    given = mapping(block.get("input"))
    content = text(given.get("content"))
    if block.get("name") == "artifacts" and content:
        title = name(given.get("title")) or "artifact"
        return f"{title}:\n{fenced(content, name(given.get('language')) or '')}", ""
    return "", call_text(block.get("name"), block.get("input"))
