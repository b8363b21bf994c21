"""What is said under a message whose alternatives were gone on with."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lion_tui.core.text import printable

if TYPE_CHECKING:
    from lion_tui.core.state import State

_COUNTED = 1000
"""Messages that are counted at most, so that a notice costs the same at any size of the tree."""
_KEYS = 5
"""So many presses of a key are said."""


def hidden_tail(state: State, row: int) -> str:
    """Return where the talk goes on below another alternative of a message; empty if it does nowhere."""
    if not state.tree.has_siblings(row):
        return ""
    siblings = state.siblings(row)
    own = siblings.index(row)
    going = [index for index, other in enumerate(siblings) if other != row and _below(state, other, 1)]
    if not going:
        return ""
    nearest = min(going, key=lambda index: abs(index - own))
    count = _below(state, siblings[nearest], _COUNTED)
    messages = "1 message continues" if count == 1 else f"{count}{'+' * (count == _COUNTED)} messages continue"
    branch = printable(_branch_through(state, siblings[nearest]))
    where = f"‹{nearest + 1}/{len(siblings)}› {branch}".rstrip()
    others = f", others on {len(going) - 1} more" if len(going) > 1 else ""
    away = nearest - own
    keys = f" · {']' * away or '[' * -away} goes there" if abs(away) <= _KEYS else ""
    return f"⑂ {messages} on {where}{others}{keys}"


def _branch_through(state: State, row: int) -> str:
    """Return the name of a branch that goes through a message, the one that it was written on if that does."""
    tree, named = state.tree, state.names()
    written_on = named.get(state.tree.value(row, "branch") or "")
    for ref in (*([written_on] if written_on else []), *named.values()):
        if ref.head is not None and tree.holds(tree.row(ref.head), row):
            return ref.name
    return ""


def _below(state: State, row: int, most: int) -> int:
    """Return how many live, unarchived messages there are below `row`, at most `most`."""
    tree, count, todo = state.tree, 0, [row]
    while todo:
        for child in tree.children(todo.pop()):
            if tree.alive(child) and not state.archived(child):
                count += 1
                if count == most:
                    return count
                todo.append(child)
    return count
