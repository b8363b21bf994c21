"""Sessions that are lines of entries which name their parents: those of pi, tau and the app of llama.cpp."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from lion_tui.storage.importers.conversation import Conversation, Node
from lion_tui.storage.importers.flat import read_content
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
    from collections.abc import Sequence

    from lion_tui.core.message import Json, Role

_ENTRIES: Final = frozenset(
    {
        "message", "custom_message", "model_change", "thinking_level_change", "compaction", "branch_summary", "label",
        "leaf", "session_info", "custom",
    }
)  # fmt: skip
_KNOWN_HEAD: Final = frozenset({"type", "id", "timestamp", "name", "lastModified", "currNode"})
_KNOWN_ENTRY: Final = frozenset(
    {"type", "id", "parentId", "parent_id", "timestamp", "message", "content", "summary", "usage"}
)
_KNOWN_MESSAGE: Final = frozenset(
    {
        "role", "content", "timestamp", "model", "usage", "stopReason", "errorMessage", "command", "output", "summary",
        "timing", "toolName",
    }
)  # fmt: skip
_KNOWN_LLAMA: Final = frozenset(
    {
        "id", "convId", "parent", "children", "role", "content", "timestamp", "type", "model", "thinking",
        "reasoningContent", "extra", "timings", "toolCalls",
    }
)  # fmt: skip
_ROLES: Final[dict[str, Role]] = {"toolResult": "tool", "bashExecution": "tool", "custom": "user"}
_FINISHED: Final = {"stop": "stop", "length": "length", "toolUse": "tool_calls"}
_ABOVE: Final = ("parentId", "parent_id")


def is_pi(first: dict[str, Any]) -> bool:
    """Tell whether the first object of a file begins a session of pi's, or of tau's."""
    if first.get("type") == "session" and "harness" not in first:
        return True
    return text(first.get("type")) in _ENTRIES and "id" in first and any(each in first for each in _ABOVE)


def from_pi(entries: Sequence[dict[str, Any]]) -> Conversation:
    """Return a session of pi's or tau's: of the entries only messages and summaries are shown."""
    conversation = Conversation(program="pi")
    before: str | None = None
    model: str | None = None
    for at, entry in enumerate(entries):
        kind = entry.get("type")
        if kind == "session":
            conversation.id = identity(entry.get("id")) or ""
            conversation.created_at = time_of(entry.get("timestamp"))
            conversation.metadata |= kept(entry, _KNOWN_HEAD)
            continue
        if kind == "session_info":
            conversation.title = text(entry.get("name")) or text(entry.get("title")) or conversation.title
        if kind == "leaf":
            conversation.head = identity(entry.get("targetId")) or identity(entry.get("entry_id"))
        if kind == "model_change":
            model = name(entry.get("modelId")) or name(entry.get("model"))
        node = _pi_node(entry, identity(entry.get("id")) or f"#{at}")
        if not any(each in entry for each in _ABOVE):  # as the first version has it, a list
            node.parent = before
        if node.role == "assistant" and node.model is None:
            node.model = model
        before = node.id
        conversation.nodes.append(node)
        if kind == "message":
            conversation.updated_at = node.time
    if conversation.head is None:
        conversation.head = before
    return conversation


def _pi_node(entry: dict[str, Any], node_id: str) -> Node:
    message = mapping(entry.get("message"))
    given = text(message.get("role"))
    node = Node(
        id=node_id,
        parent=next((identity(entry[each]) for each in _ABOVE if each in entry), None),
        role=_ROLES.get(given) or role_of(given),
        model=name(message.get("model")),
        sender=name(message.get("toolName")),
        time=time_of(message.get("timestamp")) or time_of(entry.get("timestamp")),
        metadata=kept(entry, _KNOWN_ENTRY) | kept(message, _KNOWN_MESSAGE),
    )
    match entry.get("type"):
        case "message":
            node.metadata |= {"role": given} if given in _ROLES or given.endswith("Summary") else {}
            _read_pi_message(node, message)
        case "custom_message":
            node.role, node.content = "user", read_content(node, entry.get("content"))
            node.hidden = entry.get("display") is False
        case "branch_summary" | "compaction":
            # It stands for what it sums up; here that is still there, and is sent.
            node.role, node.content = "user", text(entry.get("summary"))
            node.metadata["type"] = entry["type"]
            node.marks["context"] = ["muted"]
        case _:
            node.hidden = True
    node.hidden |= node.empty
    return node


def _read_pi_message(node: Node, message: dict[str, Any]) -> None:
    thoughts, calls = [], []
    rest: list[Json] = []
    content = message.get("content")
    for block in items(content):
        match mapping(block).get("type"):
            case "thinking":
                thoughts.append(text(block.get("thinking")))
            case "toolCall":
                node.parts.append(storable(block))
                calls.append(call_text(block.get("name"), block.get("arguments")))
            case _:
                rest.append(block)
    node.reasoning = joined(thoughts)
    node.content = read_content(node, rest if isinstance(content, list) else content)
    if "command" in message:
        node.content = joined([fenced(text(message["command"]), "sh"), fenced(text(message.get("output")))])
    node.content = node.content or text(message.get("summary")) or joined(calls)
    usage, timing = mapping(message.get("usage")), mapping(message.get("timing"))
    first, total = number(timing.get("timeToFirstOutputMs")), number(timing.get("totalDurationMs"))
    stop = name(message.get("stopReason"))
    node.know(
        tokens_in=whole(usage.get("input")),
        tokens_out=whole(usage.get("output")),
        tokens_cached=whole(usage.get("cacheRead")),
        tokens_reasoning=whole(usage.get("reasoning")),
        cost_usd=number(mapping(usage.get("cost")).get("total")),
        ttft_s=first / 1000 if first is not None else None,
        total_s=total / 1000 if total is not None else None,
        finish_reason=_FINISHED.get(stop or "", stop),
    )
    if stop == "error":
        node.fail(text(message.get("errorMessage")))
    elif stop == "aborted":
        node.status = "stopped"


def is_llama_app(first: dict[str, Any]) -> bool:
    """Tell whether the first object of a file begins a conversation of the app of llama.cpp."""
    return first.get("type") == "session" and "harness" in first


def is_llama_export(entry: dict[str, Any]) -> bool:
    """Tell whether an object is a conversation that the app of llama.cpp wrote as one."""
    return isinstance(entry.get("conv"), dict) and isinstance(entry.get("messages"), list)


def from_llama_export(entry: dict[str, Any]) -> Conversation:
    """Return a conversation that the app of llama.cpp wrote as one object."""
    return from_llama(entry["conv"], objects(entry["messages"]))


def from_llama_app(entries: Sequence[dict[str, Any]]) -> Conversation:
    """Return a conversation of the app of llama.cpp, an entry a line."""
    return from_llama(entries[0], [mapping(entry.get("message")) for entry in entries[1:] if "message" in entry])


def from_llama(head: dict[str, Any], messages: Sequence[dict[str, Any]]) -> Conversation:
    """Return a conversation of the app of llama.cpp, whose root is a message that is not shown."""
    conversation = Conversation(
        program="llama.cpp",
        id=identity(head.get("id")) or "",
        title=text(head.get("name")),
        head=identity(head.get("currNode")),
        updated_at=time_of(head.get("lastModified")),
        metadata=kept(head, _KNOWN_HEAD),
    )
    for at, message in enumerate(messages):
        node = Node(
            id=identity(message.get("id")) or f"#{at}",
            parent=identity(message.get("parent")),
            children=names(message.get("children")),
            role=role_of(message.get("role")),
            model=name(message.get("model")),
            time=time_of(message.get("timestamp")),
            reasoning=text(message.get("reasoningContent")) or text(message.get("thinking")),
            metadata=kept(message, _KNOWN_LLAMA),
        )
        pieces = [read_content(node, message.get("content"))]
        for extra in objects(message.get("extra")):
            title, content = name(extra.get("name")) or "attachment", text(extra.get("content"))
            pieces.append(attached(title, content) if content else f"[{title}]")
        timings = mapping(message.get("timings"))
        node.know(tokens_in=whole(timings.get("prompt_n")), tokens_out=whole(timings.get("predicted_n")))
        node.content = joined(pieces) if len(pieces) > 1 else pieces[0]
        node.hidden = message.get("type") == "root" or node.empty
        conversation.nodes.append(node)
    return conversation
