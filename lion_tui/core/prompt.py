"""What of a conversation is sent to a model."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final, NamedTuple

from lion_tui.core.inference import Turn
from lion_tui.core.operations.marking import context_of
from lion_tui.core.operations.writing import system_row
from lion_tui.core.tree import NO_ROW

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lion_tui.core.message import Role
    from lion_tui.core.state import State

BYTES_PER_TOKEN: Final = 4
BYTES_PER_MESSAGE: Final = 16
"""What a token has, about, and what the marks around a message weigh."""


class Part(NamedTuple):
    """A message of a path, and whether it is sent.

    Attributes:
        row: The message.
        role: Who says it, as the model is told.
        left_out: Why it is not sent; empty if it is.
    """

    row: int
    role: Role
    left_out: str = ""


def about_tokens(content: str) -> int:
    """Return how many tokens a message of that content is in a prompt, about; an empty one is not sent."""
    return math.ceil((len(content.encode()) + BYTES_PER_MESSAGE) / BYTES_PER_TOKEN) if content else 0


def turns(state: State, row: int, *, with_sender: bool = False) -> tuple[Turn, ...]:
    """Return the path to `row` as a model sees it.

    The system prompt in force comes first and is the only one. Deleted, empty, failed and muted messages are left out,
    and so is what comes before the latest start of the context; stopped and interrupted ones are not. What a tool
    returned is said by the user.

    Args:
        state: The session's data.
        row: The last message to send, or `NO_ROW`.
        with_sender: Whether each message but the system's says who speaks.
    """
    # As `parts` and `why_not` say, in a fraction of the time: a path may have a hundred thousand messages.
    tree = state.tree
    roles, status, deleted_at, content = tree.role, tree.status, tree.deleted_at, tree.content
    system, start = system_row(tree, row), start_row(state, row)
    sent = [] if system == NO_ROW else [Turn("system", content(system))]
    for each in tree.path(row):
        if each < start or roles[each] == "system" or status[each] == "error" or deleted_at[each]:
            continue
        if state.marks and "muted" in context_of(state, each):
            continue
        if (text := content(each)) and not text.isspace():
            role: Role = "assistant" if roles[each] == "assistant" else "user"
            sent.append(Turn(role, _with_sender(state, each, text) if with_sender else text))
    return tuple(sent)


def turn_of(state: State, part: Part, *, with_sender: bool = False) -> Turn:
    """Return a message as a model sees it; `with_sender` as for `turns`."""
    text = state.tree.content(part.row)
    return Turn(part.role, _with_sender(state, part.row, text) if with_sender and part.role != "system" else text)


def _with_sender(state: State, row: int, text: str) -> str:
    return f"Sender {state.tree.value(row, 'sender')}: {text}"


def parts(state: State, row: int) -> Iterator[Part]:
    """Yield the messages of the path to `row` in the order in which they are sent, also those that are left out."""
    tree = state.tree
    system, start = system_row(tree, row), start_row(state, row)
    if system != NO_ROW:
        yield Part(system, "system")
    for each in tree.path(row):
        if each != system:
            role: Role = "assistant" if tree.role[each] == "assistant" else "user"
            if tree.role[each] == "system":
                yield Part(each, "system", "another system prompt is in force")
            else:
                yield Part(each, role, "before the start of the context" if each < start else why_not(state, each))


def why_not(state: State, row: int) -> str:
    """Return why a message is not sent, be it where it may; empty if it is."""
    tree = state.tree
    if "muted" in context_of(state, row):
        return "muted"
    if tree.status[row] == "error":
        return "failed"
    if not tree.alive(row):
        return "deleted"
    return "" if tree.content(row).strip() else "empty"


def start_row(state: State, row: int) -> int:
    """Return the row on the path to `row` that the context starts with; `NO_ROW` if nothing says so."""
    tree = state.tree
    starts = {tree.row(node_id) for node_id, marks in state.marks.items() if "start" in (marks.get("context") or ())}
    return max((each for each in starts if row >= each and tree.holds(row, each)), default=NO_ROW)
