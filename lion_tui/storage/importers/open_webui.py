"""The export of Open WebUI: an array of chats, each with the `history` of its messages."""

from __future__ import annotations

import html
import re
from typing import TYPE_CHECKING, Any, Final

from lion_tui.storage.importers.conversation import Conversation, Node
from lion_tui.storage.importers.values import (
    attached,
    call_text,
    identity,
    joined,
    kept,
    mapping,
    name,
    names,
    number,
    objects,
    role_of,
    storable,
    text,
    time_of,
    whole,
)

if TYPE_CHECKING:
    from lion_tui.core.message import Json

_KNOWN: Final = frozenset({"id", "title", "chat", "created_at", "updated_at", "archived", "pinned", "meta"})
_KNOWN_CHAT: Final = frozenset({"title", "history", "messages", "tags", "timestamp", "system", "id"})
_KNOWN_MESSAGE: Final = frozenset(
    {
        "id", "parentId", "childrenIds", "role", "content", "model", "modelName", "modelIdx", "done", "timestamp",
        "files", "output", "usage", "merged", "originalContent", "error",
    }
)  # fmt: skip
_OPENS: Final = {kind: re.compile(rf'<details\s+type="{kind}"[^<>]{{0,999}}>') for kind in ("reasoning", "tool_calls")}
_CLOSES: Final = "</details>"
_SAID: Final = frozenset({"reasoning", "message"})
_NANOSECONDS: Final = 1e9


def is_open_webui(entry: dict[str, Any]) -> bool:
    """Tell whether an object is a chat of Open WebUI's."""
    chat = entry.get("chat")
    return isinstance(chat, dict) and (isinstance(chat.get("history"), dict) or isinstance(chat.get("messages"), list))


def from_open_webui(entry: dict[str, Any]) -> Conversation:
    """Return a chat of Open WebUI's. Its links go both ways: parents count, children say the order."""
    chat, meta = entry["chat"], mapping(entry.get("meta"))
    history = mapping(chat.get("history"))
    messages: dict[Json, Json] = mapping(history.get("messages"))
    linear = not messages
    if linear:
        messages = {identity(each.get("id")) or f"#{at}": each for at, each in enumerate(objects(chat.get("messages")))}
    conversation = Conversation(
        program="open-webui",
        id=identity(entry.get("id")) or identity(chat.get("id")) or "",
        title=text(entry.get("title")) or text(chat.get("title")),
        head=identity(history.get("currentId")) or identity(entry.get("current_message_id")),
        created_at=time_of(entry.get("created_at")) or time_of(chat.get("timestamp")),
        updated_at=time_of(entry.get("updated_at")),
        tags=names(meta.get("tags")) or names(chat.get("tags")),
        metadata=kept(entry, _KNOWN) | kept(chat, _KNOWN_CHAT),
    )
    conversation.tags += [tag for tag in ("pinned", "archived") if entry.get(tag) is True]
    conversation.leave_out(len(messages) - len(objects(list(messages.values()))), "message", "messages")
    for key, message in messages.items():
        if not isinstance(message, dict):
            continue
        before = conversation.nodes[-1].id if linear and conversation.nodes else None
        conversation.nodes += _nodes(message, key, before)
    conversation.begin_with(text(chat.get("system")) or text(mapping(chat.get("params")).get("system")))
    return conversation


def _nodes(message: dict[str, Any], key: str, before: str | None) -> list[Node]:
    """Return a message, after what it was before it was edited and what it was merged to: both are its alternatives."""
    node_id = identity(key) or ""
    node = Node(
        id=node_id,
        parent=before or identity(message.get("parentId")),
        children=names(message.get("childrenIds")),
        role=role_of(message.get("role")),
        model=name(message.get("model")),
        time=time_of(message.get("timestamp")),
        metadata=kept(message, _KNOWN_MESSAGE),
        group="models" if message.get("modelIdx") is not None else None,
    )
    _read_content(node, message)
    _read_usage(node, mapping(message.get("usage")))
    _read_end(node, message)
    more = []
    if original := text(message.get("originalContent")):
        more.append(Node(id=f"{node_id}#original", parent=node.parent, role=node.role, content=original))
    if merged := text(mapping(message.get("merged")).get("content")):
        at = time_of(mapping(message.get("merged")).get("timestamp"))
        more.append(Node(id=f"{node_id}#merged", parent=node.parent, role=node.role, content=merged, time=at))
    for each in more:
        each.model, each.time = node.model, each.time or node.time
    return [*more, node]


def _read_content(node: Node, message: dict[str, Any]) -> None:
    content = message.get("content")
    if isinstance(content, list):
        content = joined(text(part.get("text")) for part in objects(content))
    written = text(content)
    output = objects(message.get("output"))
    thoughts = [_texts(each) for each in output if each.get("type") == "reasoning"]
    written, folded = _unfolded(written, "reasoning")
    thoughts = thoughts or [html.unescape(_without_summary(each)) for each in folded]
    node.reasoning = joined(each.strip() for each in thoughts)
    node.parts += [storable(each) for each in output if text(each.get("type")) not in _SAID]
    said = joined(_texts(each) for each in output if each.get("type") == "message")
    pieces = [said or _unfolded(written, "tool_calls")[0].strip("\n")]
    if not pieces[0].strip():
        calls = [each for each in output if each.get("type") == "function_call"]
        pieces = [call_text(each.get("name"), each.get("arguments")) for each in calls]
    for file in objects(message.get("files")):
        inner = mapping(file.get("file"))
        title = name(file.get("name")) or name(inner.get("filename")) or name(file.get("type")) or "file"
        extracted = text(mapping(inner.get("data")).get("content"))
        pieces.append(attached(title, extracted) if extracted else f"[{title}]")
        node.parts.append({"type": "file", **kept(file, {"file"})})
    node.content = joined(pieces) if len(pieces) > 1 else "".join(pieces)


def _unfolded(written: str, kind: str) -> tuple[str, list[str]]:
    """Return a text without what is folded into details of a kind, and that."""
    rest, folded, at = "", [], 0
    for found in _OPENS[kind].finditer(written):
        if found.start() < at:
            continue
        if (end := written.find(_CLOSES, found.end())) < 0:
            break
        rest += written[at : found.start()]
        folded.append(written[found.end() : end])
        at = end + len(_CLOSES)
    return rest + written[at:], folded


def _without_summary(folded: str) -> str:
    before, opens, after = folded.partition("<summary>")
    return before + after.partition("</summary>")[2] if opens else before


def _texts(output: dict[str, Any]) -> str:
    return joined(text(part.get("text")) for part in objects(output.get("content")))


def _read_usage(node: Node, usage: dict[str, Any]) -> None:
    tokens_in, tokens_out = usage.get("prompt_tokens"), usage.get("completion_tokens")
    details = mapping(usage.get("completion_tokens_details"))
    duration = number(usage.get("total_duration"))
    node.know(
        tokens_in=whole(tokens_in if tokens_in is not None else usage.get("prompt_eval_count")),
        tokens_out=whole(tokens_out if tokens_out is not None else usage.get("eval_count")),
        tokens_cached=whole(mapping(usage.get("prompt_tokens_details")).get("cached_tokens")),
        tokens_reasoning=whole(details.get("reasoning_tokens")),
        total_s=duration / _NANOSECONDS if duration is not None else None,
    )


def _read_end(node: Node, message: dict[str, Any]) -> None:
    fault = message.get("error")
    if fault:
        told = fault if isinstance(fault, str) else mapping(fault).get("content") or mapping(fault).get("message")
        node.fail(text(told))
    elif node.role == "assistant" and message.get("done") is False:
        node.cut()
    node.hidden = node.empty
