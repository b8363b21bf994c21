"""Merging branches: their heads, their turns, or what a model makes of them. What is merged stays as it is."""

from __future__ import annotations

import heapq
from typing import TYPE_CHECKING, Final, Literal, NamedTuple

from lion_tui.core.changes import Position
from lion_tui.core.errors import UsageError
from lion_tui.core.ids import uuid7
from lion_tui.core.merged import PROMPTS, Merge, base_of, said, tail
from lion_tui.core.operations.alternatives import check_ended, copy, copy_tail
from lion_tui.core.operations.writing import say, system_row
from lion_tui.core.tree import NO_ROW

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from lion_tui.core.merged import Writing
    from lion_tui.core.operations.writing import Voice
    from lion_tui.core.state import State
    from lion_tui.core.tree import Tree

How = Literal["ff", "append", "summary", "fuse"]
HOWS: Final[tuple[How, ...]] = ("fuse", "append", "summary", "ff")
"""The ways to merge, the one that is meant most often first."""


class Sources(NamedTuple):
    """What can be merged of what was named.

    Attributes:
        rows: The last message of each source.
        left_out: The sources that have nothing to give, a sentence each.
    """

    rows: tuple[int, ...]
    left_out: tuple[str, ...]


def fast_forward(state: State, position: Position, row: int) -> int:
    """Move a head forward to `row`, below it, and return that.

    Raises:
        UsageError: the head is not on the path to `row`, or there already.
    """
    head, tree = state.head_row(position), state.tree
    name = _name(state, position)
    if row == NO_ROW or (head != NO_ROW and tree.holds(head, row)):
        raise UsageError(f"{name} has all of that already.", "There is nothing to merge.")
    if not tree.alive(row):
        raise UsageError("A deleted message cannot be merged.", "Restore it first.")
    if head != NO_ROW and not tree.holds(row, head):
        raise UsageError(
            f"{name} cannot be moved forward there: it went on in its own way.",
            "`append` copies the turns, `summary` sums them up, `fuse` writes one answer from both.",
        )
    with state.gesture("merge") as gesture:
        gesture.move_head(gesture.branch_to_write(position), row)
    return row


def append_turns(state: State, position: Position, rows: Sequence[int], *, drop: Sequence[str] = ()) -> int:
    """Copy the turns that others have after the merge base to a head, in time order, and return the last row.

    What the head's path has already, itself or as a copy, is left out, and so are system prompts; one comes along where
    none is in force.

    Args:
        state: The session's data.
        position: Where they are copied to.
        rows: The last message of each source.
        drop: Ids of branches whose names go with that.

    Raises:
        UsageError: there is nothing to copy, a source is deleted, or an answer still comes there.
    """
    tree, head = state.tree, state.head_row(position)
    if not all(tree.alive(row) for row in rows if row != NO_ROW):
        raise UsageError("A deleted message cannot be merged.", "Restore it first.")
    known = {_original(tree, row) for row in tree.path(head)}
    tails = [tail(tree, tree.merge_base(head, row), row) for row in rows]
    check_ended(tree, [row for each in tails for row in each])
    picked: list[int] = []
    for turn in heapq.merge(*(_turns(tree, each) for each in tails), key=lambda turn: tree.timestamp[turn[0]]):
        fresh = [row for row in turn if tree.role[row] != "system" and _original(tree, row) not in known]
        known.update(_original(tree, row) for row in fresh)
        picked += fresh
    if not picked:
        raise UsageError(f"{_name(state, position)} has all of that already.", "There is nothing to merge.")
    systems = [found for row in rows if (found := system_row(tree, row)) != NO_ROW]
    with state.gesture("merge") as gesture:
        branch_id = gesture.branch_to_write(position)
        end = head
        if systems and system_row(tree, head) == NO_ROW:
            end = copy(state, gesture, systems[0], end)
        end = copy_tail(state, gesture, picked, end)
        gesture.move_head(branch_id, end)
        for other in drop:
            gesture.drop_ref(other)
            if state.current.branch_id == other:
                gesture.show(Position(branch_id))
    return end


def _turns(tree: Tree, rows: Iterable[int]) -> list[list[int]]:
    """Cut a run of messages into turns, each a prompt and what follows it."""
    turns: list[list[int]] = []
    for row in rows:
        if not turns or tree.role[row] == "user":
            turns.append([])
        turns[-1].append(row)
    return turns


def _original(tree: Tree, row: int) -> int:
    """Return the message that a copy of a copy was made of in the end."""
    while tree.value(row, "origin") == "copy":
        sources = tree.value(row, "source_ids")
        if len(sources) != 1 or sources[0] not in tree or tree.row(sources[0]) >= row:
            break
        row = tree.row(sources[0])
    return row


def writable_from(state: State, position: Position, rows: Sequence[int], how: Writing) -> Sources:
    """Return what of `rows` a model can write an answer from, for the head of `position`.

    Raises:
        UsageError: too little is left.
    """
    tree, head = state.tree, state.head_row(position)
    left_out: list[str] = []
    left: list[int] = []
    for row in dict.fromkeys(rows):
        if reason := _unfit(tree, row):
            left_out.append(reason)
        else:
            left.append(row)
    empty = left
    while empty and (how == "summary" or len(left) > 1):
        bases = {row: tree.merge_base(row, head) if how == "summary" else base_of(tree, left) for row in left}
        empty = [row for row in left if not said(state, bases[row], row)]
        for row in empty:  # without it, the others may have more in common
            left.remove(row)
            left_out.append(f"{_words(tree, row)} has nothing of its own.")
    if not left or (how == "fuse" and len(left) < 2):
        needed = "Two answers that have come can be fused." if how == "fuse" else "Name a branch that went its own way."
        raise UsageError(" ".join(["There is too little to merge.", *left_out]), needed)
    return Sources(tuple(left), tuple(left_out))


def _unfit(tree: Tree, row: int) -> str | None:
    """Return why nothing can be written from the path to a row; None if something can."""
    if row == NO_ROW:
        return "An empty branch has nothing to give."
    if not tree.alive(row):
        return "A deleted message has nothing to give."
    if tree.status[row] == "streaming":
        return f"{_words(tree, row)} is still coming."
    if tree.status[row] == "error" or not tree.content(row).strip():
        return f"{_words(tree, row)} has no text."
    return None


def _words(tree: Tree, row: int) -> str:
    return f"The answer of {tree.value(row, 'sender')}" if tree.role[row] == "assistant" else "The last message"


def question_of(state: State, position: Position, rows: Sequence[int]) -> int:
    """Return the prompt that all of `rows` answer, and the head of `position` with them; `NO_ROW` if there is none."""
    tree, head = state.tree, state.head_row(position)
    parents = {tree.parent[row] for row in rows}
    prompt = next(iter(parents))
    if len(parents) > 1 or prompt == NO_ROW or tree.role[prompt] != "user" or head == NO_ROW:
        return NO_ROW
    if any(tree.role[row] != "assistant" for row in rows):
        return NO_ROW
    return prompt if prompt in {head, tree.parent[head]} else NO_ROW


def begin_fusion(state: State, position: Position, rows: Sequence[int], voice: Voice, prompt: str | None) -> int:
    """Add an answer that is written from others and begins now, and return its row. The head goes to it.

    Where all of them answer the prompt that the head of `position` answers, it stands beside them; else below the
    head, under a prompt of its own that says what is asked.

    Args:
        state: The session's data.
        position: The branch that gets it.
        rows: What it is written from, as `writable_from` returns them.
        voice: Who writes it.
        prompt: What is asked; None for the usual.
    """
    tree = state.tree
    question = question_of(state, position, rows)
    text = prompt or PROMPTS["fuse"]
    merge = Merge("fuse", tuple(tree.node_id[row] for row in rows), text).shuffled()
    with state.gesture("merge") as gesture:
        branch_id = gesture.branch_to_write(position)
        name = state.refs[branch_id].name
        if question == NO_ROW:
            turn_id = uuid7()
            merge = merge._replace(prompt=None)
            question = say(state, gesture, branch_id, "user", text, turn_id=turn_id, metadata=merge.metadata())
        else:
            turn_id = tree.value(question, "turn_id")
        fused = gesture.add(question, content="", branch=name, turn_id=turn_id, **merge.columns(voice, name))
        gesture.move_head(branch_id, fused)
    return fused


def begin_summary(state: State, position: Position, rows: Sequence[int], voice: Voice, prompt: str | None) -> int:
    """Add a summary of other branches, which begins now, below the head of `position`, and return its row."""
    tree = state.tree
    merge = Merge("summary", tuple(tree.node_id[row] for row in rows), prompt or PROMPTS["summary"])
    with state.gesture("merge") as gesture:
        branch_id = gesture.branch_to_write(position)
        name, head = state.refs[branch_id].name, state.head_row(position)
        row = gesture.add(head, content="", branch=name, turn_id=uuid7(), **merge.columns(voice, name))
        gesture.move_head(branch_id, row)
    return row


def _name(state: State, position: Position) -> str:
    ref = state.refs.get(position.branch_id or "")
    return f"The branch {ref.name!r}" if ref else "What is shown"
