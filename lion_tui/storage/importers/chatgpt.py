"""The export of ChatGPT: `conversations.json`, an array of conversations, each with a `mapping` of its nodes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from lion_tui.storage.importers.conversation import Conversation, Node
from lion_tui.storage.importers.values import (
    fenced,
    identity,
    items,
    joined,
    kept,
    mapping,
    name,
    names,
    objects,
    role_of,
    storable,
    text,
    time_of,
)

if TYPE_CHECKING:
    from lion_tui.core.message import Json

_KNOWN: Final = frozenset(
    {"title", "create_time", "update_time", "mapping", "current_node", "conversation_id", "id", "default_model_slug"}
)
_KNOWN_MESSAGE: Final = frozenset(
    {"id", "author", "create_time", "content", "status", "end_turn", "weight", "metadata", "recipient", "channel"}
)
_KNOWN_METADATA: Final = frozenset({"model_slug", "default_model_slug", "parent_id", "finish_details", "pad"})
_FINISHED: Final = {"stop": "stop", "max_tokens": "length"}


def is_chatgpt(entry: dict[str, Any]) -> bool:
    """Tell whether an object is a conversation of ChatGPT's."""
    return isinstance(entry.get("mapping"), dict)


def from_chatgpt(entry: dict[str, Any]) -> Conversation:
    """Return a conversation of ChatGPT's. Its root has no message, and some of the others are hidden."""
    conversation = Conversation(
        program="chatgpt",
        id=identity(entry.get("conversation_id")) or identity(entry.get("id")) or "",
        title=text(entry.get("title")),
        head=identity(entry.get("current_node")),
        model=name(entry.get("default_model_slug")),
        created_at=time_of(entry.get("create_time")),
        updated_at=time_of(entry.get("update_time")),
        tags=[tag for tag in ("starred", "archived") if entry.get(f"is_{tag}") is True],
        metadata=kept(entry, _KNOWN),
    )
    broken = 0
    for key, value in entry["mapping"].items():
        if not isinstance(value, dict):
            broken += 1
            continue
        node = _node(key, value)
        if "custom_instructions" in node.metadata:
            conversation.metadata.setdefault("custom_instructions", node.metadata["custom_instructions"])
        conversation.nodes.append(node)
    conversation.leave_out(broken, "message", "messages")
    return conversation


def _node(key: str, value: dict[str, Any]) -> Node:
    message, metadata = mapping(value.get("message")), mapping(mapping(value.get("message")).get("metadata"))
    author, content = mapping(message.get("author")), mapping(message.get("content"))
    node = Node(
        id=identity(key) or "",
        parent=identity(value.get("parent")),
        children=names(value.get("children")),
        role=role_of(author.get("role")),
        sender=name(author.get("name")),
        model=name(metadata.get("model_slug")),
        time=time_of(message.get("create_time")),
        metadata=kept(message, _KNOWN_MESSAGE) | kept(metadata, _KNOWN_METADATA),
    )
    _read_content(node, content)
    if (recipient := name(message.get("recipient"))) not in {None, "all"}:
        node.metadata["recipient"] = recipient
    _read_end(node, message, mapping(metadata.get("finish_details")))
    node.hidden |= (
        not message
        or message.get("weight") == 0
        or metadata.get("is_visually_hidden_from_conversation") is True
        or node.empty
    )
    return node


def _read_end(node: Node, message: dict[str, Any], details: dict[str, Any]) -> None:
    kind = text(details.get("type"))
    if node.role != "assistant":
        return
    if message.get("status") == "in_progress" or kind == "interrupted":
        node.cut()
    elif kind:
        node.know(finish_reason=_FINISHED.get(kind, kind))


def _read_content(node: Node, content: dict[str, Any]) -> None:
    match kind := content.get("content_type"):
        case "code":
            language = name(content.get("language")) or ""
            code = text(content.get("text"))
            node.content = fenced(code, "" if language == "unknown" else language) if code.strip() else ""
        case "thoughts":
            thoughts = objects(content.get("thoughts"))
            node.reasoning = joined(text(each.get("content")) or text(each.get("summary")) for each in thoughts)
            node.hidden = True
        case "reasoning_recap":
            node.hidden = True
        case "user_editable_context" | "model_editable_context":
            node.hidden = True
            node.metadata |= {"content_type": kind, "custom_instructions": kept(content, {"content_type"})}
        case "system_error":
            node.fail(text(content.get("text")) or name(content.get("name")) or "")
        case "tether_quote":
            node.content = joined([text(content.get("title")), text(content.get("text")), text(content.get("url"))])
        case "tether_browsing_display":
            node.content = text(content.get("result")) or text(content.get("summary"))
        case _:
            _read_parts(node, content)


def _read_parts(node: Node, content: dict[str, Any]) -> None:
    """Take texts, and the names of what is none, in their order."""
    pieces = [text(content.get("text"))]
    for part in items(content.get("parts")):
        if isinstance(part, str):
            pieces.append(text(part))
        elif isinstance(part, dict):
            spoken = text(part.get("text"))
            pieces.append(spoken or f"[{_kind(part)}]")
            if not spoken:
                node.parts.append(storable(part))
    node.content = joined(pieces) if len(pieces) > 1 else pieces[0]


def _kind(part: dict[str, Json]) -> str:
    return text(part.get("content_type")).removesuffix("_asset_pointer") or "attachment"
