"""Exports for fine-tuning: each path as a model is sent it, one JSON object a line.

What is not sent is left out: failed, empty and muted messages, what comes before a start of the context, all system
prompts but the one in force. Neighbours of one role are joined, and what was asked last and not answered is left out. A
path on which nothing is answered that was not on a path before is left out.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from lion_tui.core.prompt import parts, turn_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lion_tui.core.excerpt import Excerpt

_FROM: Final = {"system": "system", "user": "human", "assistant": "gpt"}


class _Said(NamedTuple):
    """What one side says before the other does.

    Attributes:
        role: Who says it.
        content: What.
        new: Whether some of it was on no path before.
    """

    role: str
    content: str
    new: bool


def openai(excerpt: Excerpt) -> Iterator[str]:
    """Yield each path as `{"messages": […]}`; answers that were on a path before have the `weight` 0."""
    for _, said in _paths(excerpt):
        messages: list[dict[str, Any]] = [{"role": each.role, "content": each.content} for each in said]
        for message, each in zip(messages, said, strict=True):
            if each.role == "assistant" and not each.new:
                message["weight"] = 0
        yield _line({"messages": messages})


def sharegpt(excerpt: Excerpt) -> Iterator[str]:
    """Yield each path as `{"id": …, "conversations": […]}`; after the system prompt, it begins with a question."""
    for node_id, said in _paths(excerpt):
        system = [each for each in said[:1] if each.role == "system"]
        rest = said[len(system) :]
        first = next((at for at, each in enumerate(rest) if each.role == "user"), len(rest))
        turns = [{"from": _FROM[each.role], "value": each.content} for each in (*system, *rest[first:])]
        if len(turns) > len(system) + 1:
            yield _line({"id": node_id, "conversations": turns})


def _paths(excerpt: Excerpt) -> Iterator[tuple[str, list[_Said]]]:
    """Yield the id of each path's last message, and what is said on it up to the last answer."""
    seen: set[int] = set()
    for end in excerpt.ends:
        said = _said(excerpt, end.row, seen)
        while said and said[-1].role != "assistant":
            said.pop()
        if any(each.new and each.role == "assistant" for each in said):
            yield excerpt.state.tree.node_id[end.row], said
        seen.update(excerpt.state.tree.path(end.row))


def _said(excerpt: Excerpt, row: int, seen: set[int]) -> list[_Said]:
    state = excerpt.state
    said: list[_Said] = []
    for part in parts(state, row):
        if part.left_out or state.tree.status[part.row] == "streaming":
            continue
        _, content = turn_of(state, part)
        new = part.row not in seen
        if said and said[-1].role == part.role:
            before = said.pop()
            content, new = f"{before.content}\n\n{content}", before.new or new
        said.append(_Said(part.role, content, new))
    return said


def _line(value: object) -> str:
    return json.dumps(value, ensure_ascii=False) + "\n"
