"""Writing at the end of a branch: messages, and turns whose answer begins."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from lion_tui.core.changes import Position
from lion_tui.core.ids import uuid7
from lion_tui.core.text import scalar
from lion_tui.core.tree import NO_ROW

if TYPE_CHECKING:
    from collections.abc import Mapping

    from lion_tui.core.message import Json
    from lion_tui.core.state import State
    from lion_tui.core.transaction import Transaction
    from lion_tui.core.tree import Tree


def append(state: State, position: Position, *, role: str, content: str, **values: Any) -> int:
    """Add a message at the end of what `position` shows and return its row."""
    with state.gesture("append") as gesture:
        branch_id = gesture.branch_to_write(position)
        return say(state, gesture, branch_id, role, content, **values)


def say(state: State, gesture: Transaction, branch_id: str, role: str, content: str, **values: Any) -> int:
    """Add a message at a branch's head, which moves to it."""
    ref = state.refs[branch_id]
    sender = values.pop("sender", None) or role
    recipient = values.pop("recipient", None) or ref.name
    parent = state.head_row(Position(branch_id))
    row = gesture.add(parent, role=role, content=content, sender=sender, recipient=recipient, branch=ref.name, **values)
    gesture.move_head(branch_id, row)
    return row


class Voice(NamedTuple):
    """Who answers, and how: what is known of an answer before it begins."""

    service: str
    model: str
    params: Mapping[str, Json]
    with_sender: bool = False

    def columns(self, recipient: str) -> dict[str, Json]:
        """Return the columns of an answer that begins."""
        return {
            "role": "assistant",
            "sender": self.model,
            "recipient": recipient,
            "status": "streaming",
            "origin": "model",
            "service": self.service,
            "model": self.model,
            "params": dict(self.params) or None,
            "metadata": {"with_sender": True} if self.with_sender else None,
        }


def begin_turn(
    state: State, position: Position, content: str, voice: Voice, *, system: str | None = None, **values: Any
) -> int:
    """Add a prompt and its answer, which begins, and return the answer's row.

    A `system` prompt that is not in force yet is added before.
    """
    turn_id = uuid7()
    with state.gesture("turn") as gesture:
        branch_id = gesture.branch_to_write(position)
        if system is not None and scalar(system) != (system_text(state, branch_id) or ""):
            say(state, gesture, branch_id, "system", system)
        prompt = say(state, gesture, branch_id, "user", content, turn_id=turn_id, **values)
        name = state.refs[branch_id].name
        row = gesture.add(prompt, content="", branch=name, turn_id=turn_id, **voice.columns(name))
        gesture.move_head(branch_id, row)
    return row


def system_text(state: State, branch_id: str) -> str | None:
    """Return the system prompt in force on a branch."""
    row = system_row(state.tree, state.head_row(Position(branch_id)))
    return None if row == NO_ROW else state.tree.content(row)


def system_row(tree: Tree, row: int) -> int:
    """Return the row of the system prompt in force at `row`: the latest on the path, or `NO_ROW` if that is empty."""
    for each in tree.ancestors(row):
        if tree.role[each] == "system":
            return each if tree.content(each) else NO_ROW
    return NO_ROW
