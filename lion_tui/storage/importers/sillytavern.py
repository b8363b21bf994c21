"""A chat of SillyTavern: a line that says whose it is, then one for each message, with all swipes of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from lion_tui.storage.importers.conversation import Conversation, Node
from lion_tui.storage.importers.values import items, kept, mapping, name, text, time_of, whole

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

_KNOWN: Final = frozenset({"user_name", "character_name", "create_date", "chat_metadata"})
_KNOWN_MESSAGE: Final = frozenset(
    {"name", "is_user", "is_system", "send_date", "mes", "swipe_id", "swipes", "swipe_info", "extra"}
)
_KNOWN_EXTRA: Final = frozenset({"model", "token_count", "reasoning", "bookmark_link"})


def is_sillytavern(first: dict[str, Any]) -> bool:
    """Tell whether the first object of a file is the head of a chat."""
    return isinstance(first.get("chat_metadata"), dict) or ("user_name" in first and "character_name" in first)


def from_sillytavern(first: dict[str, Any], messages: Sequence[dict[str, Any]], path: Path) -> Conversation:
    """Return a chat; each message follows what was chosen of the one before, whose other swipes nothing follows.

    Args:
        first: Its head.
        messages: Its messages.
        path: Its file; another chat names it by that, without the `.jsonl` that all of them end in.
    """
    conversation = Conversation(
        program="sillytavern",
        id=path.stem if path.suffix == ".jsonl" else path.name,
        title=path.stem,
        created_at=time_of(first.get("create_date")),
        metadata=kept(first, _KNOWN) | kept(mapping(first.get("chat_metadata"))),
    )
    if character := name(first.get("character_name")):
        conversation.metadata["character_name"] = character
    before: str | None = None
    for at, message in enumerate(messages):
        siblings, chosen = _swipes(message, at, before)
        conversation.nodes += siblings
        before = siblings[chosen].id
    conversation.head = before
    return conversation


def _swipes(message: dict[str, Any], at: int, before: str | None) -> tuple[list[Node], int]:
    """Return the alternatives of a message in their order, and which of them was chosen."""
    swipes, details = items(message.get("swipes")), items(message.get("swipe_info"))
    chosen = whole(message.get("swipe_id")) or 0
    if chosen >= len(swipes):
        return [_node(message, f"#{at}", before, text(message.get("mes")), message)], 0
    siblings = []
    for number, swipe in enumerate(swipes):
        own = mapping(details[number]) if number < len(details) else {}
        if number == chosen:  # what was edited since is not in its swipe
            siblings.append(_node(message, f"#{at}.{number}", before, text(message.get("mes")), {**own, **message}))
        else:
            siblings.append(_node(message, f"#{at}.{number}", before, text(swipe), own))
    return siblings, chosen


def _node(message: dict[str, Any], node_id: str, before: str | None, content: str, own: dict[str, Any]) -> Node:
    own_extra, is_user = mapping(own.get("extra")), message.get("is_user") is True
    node = Node(
        id=node_id,
        parent=before,
        role="user" if is_user else "assistant",
        content=content,
        sender=name(message.get("name")),
        model=None if is_user else name(own_extra.get("model")),
        time=time_of(own.get("send_date")) or time_of(message.get("send_date")),
        reasoning=text(own_extra.get("reasoning")),
        metadata=kept(own, _KNOWN_MESSAGE) | kept(own_extra, _KNOWN_EXTRA),
    )
    if not is_user:
        node.know(tokens_out=whole(own_extra.get("token_count")))
    if message.get("is_system") is True:  # it is shown, and not sent
        node.marks["context"] = ["muted"]
    if bookmark := name(own_extra.get("bookmark_link")):
        node.marks |= {"bookmark": True, "note": bookmark}
    return node


def joined_chats(chats: Sequence[Conversation]) -> list[Conversation]:
    """Return chats, those that were branched off another one joined with it where they say the same."""
    by_name = {chat.id: chat for chat in chats}
    families: dict[str, list[Conversation]] = {}
    for chat in chats:
        families.setdefault(_root(chat, by_name), []).append(chat)
    joined = []
    for root, family in families.items():
        whole_family = by_name[root]
        for chat in family:
            if chat is not whole_family:
                _graft(whole_family, chat)
        joined.append(whole_family)
    return joined


def _root(chat: Conversation, by_name: Mapping[str, Conversation]) -> str:
    """Return the name of the chat from which all were branched off; where they name each other, the least one."""
    trail = {chat.id: 0}
    at = chat
    while (above := name(at.metadata.get("main_chat")) or "") in by_name:
        if above in trail:
            return min(each for each, place in trail.items() if place >= trail[above])
        trail[above] = len(trail)
        at = by_name[above]
    return at.id


def _graft(tree: Conversation, chat: Conversation) -> None:
    """Add to a tree what a chat has more, and name its end."""
    known: dict[tuple[str | None, str, str], str] = {}
    followed = {node.parent for node in tree.nodes}
    for node in tree.nodes:
        key = (node.parent, node.role, node.content)
        if key not in known or node.id in followed:  # of swipes that say the same, the chosen one
            known[key] = node.id
    ids: dict[str | None, str | None] = {None: None}
    for node in chat.nodes:
        parent, own = ids[node.parent], node.id
        node.parent, node.id = parent, f"{chat.id}/{own}"
        ids[own] = known.setdefault((parent, node.role, node.content), node.id)
        if ids[own] == node.id:
            tree.nodes.append(node)
    if chat.head is not None:
        tree.branches[chat.id] = ids[chat.head] or ""
    tree.report += chat.report
