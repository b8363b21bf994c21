"""What of a conversation is sent to a model."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lion_tui.core.inference import Turn
from lion_tui.core.operations.writing import system_row
from lion_tui.core.tree import NO_ROW

if TYPE_CHECKING:
    from lion_tui.core.message import Role
    from lion_tui.core.tree import Tree


def turns(tree: Tree, row: int, *, with_sender: bool = False) -> tuple[Turn, ...]:
    """Return the path to `row` as a model sees it.

    The system prompt in force comes first and is the only one. Deleted, empty and failed messages are left out;
    stopped and interrupted ones are not. What a tool returned is said by the user.

    Args:
        tree: The messages.
        row: The last message to send, or `NO_ROW`.
        with_sender: Whether each message but the system's says who speaks.
    """
    system = system_row(tree, row)
    sent = [] if system == NO_ROW else [Turn("system", tree.content(system))]
    for each in tree.path(row):
        text = tree.content(each)
        if tree.role[each] == "system" or not text.strip() or tree.status[each] == "error" or not tree.alive(each):
            continue
        role: Role = "assistant" if tree.role[each] == "assistant" else "user"
        sent.append(Turn(role, f"Sender {tree.value(each, 'sender')}: {text}" if with_sender else text))
    return tuple(sent)
