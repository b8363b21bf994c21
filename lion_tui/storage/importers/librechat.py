"""The export of LibreChat: one object with its `messages`, flat, or nested in the `children` of each other."""

from __future__ import annotations

from typing import Any, Final

from lion_tui.storage.importers.conversation import Conversation, Node
from lion_tui.storage.importers.values import (
    attached,
    call_text,
    identity,
    items,
    joined,
    kept,
    mapping,
    name,
    objects,
    storable,
    text,
    time_of,
    whole,
)

_ROOT: Final = "00000000-0000-0000-0000-000000000000"
"""What the first message names as its parent."""
_KNOWN: Final = frozenset({"conversationId", "title", "messages", "messagesTree", "branches", "recursive"})
_KNOWN_MESSAGE: Final = frozenset(
    {
        "_id", "__v", "messageId", "parentMessageId", "conversationId", "sender", "text", "content", "isCreatedByUser",
        "model", "error", "unfinished", "finish_reason", "createdAt", "children", "files", "attachments", "user",
    }
)  # fmt: skip


def is_librechat(entry: dict[str, Any]) -> bool:
    """Tell whether an object is a conversation of LibreChat's."""
    return "conversationId" in entry and (
        isinstance(entry.get("messages"), list) or isinstance(entry.get("messagesTree"), list)
    )


def from_librechat(entry: dict[str, Any]) -> Conversation:
    """Return a conversation of LibreChat's; what stands nested below a message follows that, whatever it names."""
    options = mapping(entry.get("options"))
    conversation = Conversation(
        program="librechat",
        id=identity(entry.get("conversationId")) or "",
        title=text(entry.get("title")) or text(options.get("title")),
        model=name(options.get("model")),
        metadata=kept(entry, _KNOWN),
    )
    messages = items(entry.get("messages")) or items(entry.get("messagesTree"))
    todo: list[tuple[Any, str | None]] = [(each, None) for each in reversed(messages)]
    broken = 0
    while todo:
        message, above = todo.pop()
        if not isinstance(message, dict):
            broken += 1
            continue
        node = _node(message, identity(message.get("messageId")) or f"#{len(conversation.nodes)}")
        node.parent = above or node.parent
        conversation.nodes.append(node)
        todo += [(each, node.id) for each in reversed(items(message.get("children")))]
    conversation.leave_out(broken, "message", "messages")
    times = [node.time for node in conversation.nodes if node.time is not None]
    conversation.created_at = min(times, default=None)
    conversation.updated_at = max(times, default=None)
    conversation.begin_with(text(options.get("promptPrefix")) or text(options.get("system")))
    return conversation


def _node(message: dict[str, Any], node_id: str) -> Node:
    parent, own = identity(message.get("parentMessageId")), message.get("isCreatedByUser") is True
    sender = name(message.get("sender"))
    node = Node(
        id=node_id,
        parent=None if parent == _ROOT else parent,
        role="user" if own else "assistant",
        sender=None if own and sender == "User" else sender,
        model=None if own else name(message.get("model")),
        time=time_of(message.get("createdAt")),
        metadata=kept(message, _KNOWN_MESSAGE),
    )
    node.know(finish_reason=name(message.get("finish_reason")))
    if not own:
        node.know(tokens_in=whole(message.get("promptTokens")), tokens_out=whole(message.get("tokenCount")))
    pieces = _read_parts(node, message)
    for file in objects(message.get("files")) + objects(message.get("attachments")):
        title, extracted = name(file.get("filename")) or "file", text(file.get("text"))
        pieces.append(attached(title, extracted) if extracted else f"[{title}]")
        node.parts.append({"type": "file", **kept(file, {"text"})})
    node.content = joined(pieces) if len(pieces) > 1 else "".join(pieces)
    _read_end(node, message)
    return node


def _read_parts(node: Node, message: dict[str, Any]) -> list[str]:
    """Return the texts of a message's parts; without any, its text."""
    pieces: list[str] = []
    thoughts: list[str] = []
    calls: list[str] = []
    for part in objects(message.get("content")):
        match part.get("type"):
            case "text":
                held = part.get("text")
                pieces.append(text(mapping(held).get("value")) if isinstance(held, dict) else text(held))
            case "think":
                held = part.get("think")
                thoughts.append(text(mapping(held).get("value")) if isinstance(held, dict) else text(held))
            case "error":
                node.error = text(part.get("error")) or text(part.get("text"))
            case kind:
                node.parts.append(storable(part))
                call = mapping(part.get("tool_call"))
                calls.append(call_text(call.get("name"), call.get("args")) if call else f"[{name(kind) or 'part'}]")
    node.reasoning = joined(thoughts)
    pieces = [piece for piece in pieces if piece.strip()] or [text(message.get("text"))]
    return pieces if pieces[0].strip() else calls


def _read_end(node: Node, message: dict[str, Any]) -> None:
    if message.get("error") is True and node.error is None:
        node.error, node.content = node.content, ""
    if node.error is not None:
        node.fail(node.error)
    elif message.get("unfinished") is True and node.role == "assistant":
        node.cut()
    node.hidden = node.empty
