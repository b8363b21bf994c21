"""Siblings: edited messages, other answers, continued ones, and the tails that go with them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from lion_tui.core.errors import StillComing, UsageError
from lion_tui.core.graphemes import grapheme_start
from lion_tui.core.ids import uuid7
from lion_tui.core.merged import Merge, answer_columns
from lion_tui.core.operations.marking import context_of
from lion_tui.core.tree import NO_ROW

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence, Set

    from lion_tui.core.changes import Kind, Position
    from lion_tui.core.operations.marking import ContextMark
    from lion_tui.core.operations.writing import Voice
    from lion_tui.core.state import State
    from lion_tui.core.transaction import Transaction
    from lion_tui.core.tree import Tree

IN_PLACE: Final[Set[ContextMark]] = frozenset({"muted", "start"})
"""The context marks that go along where a copy follows on what its original does, but for a message on the way."""
ELSEWHERE: Final[Set[ContextMark]] = frozenset({"muted"})
"""Those that go along to another place, whose context begins where it did."""
_OF_CUT = ("role", "sender", "recipient", "service", "model", "turn_id")
_COPIED = ("role", "sender", "recipient", "status", "service", "model", "finish_reason", "error", "turn_id")


def path_to(state: State, position: Position, row: int) -> list[int]:
    """Return the rows below `row` on the path of `position`; if that does not go through it, to its latest leaf."""
    end = state.head_row(position)
    if end == NO_ROW or not state.tree.holds(end, row):
        end = state.descend(row)
    return [each for each in state.tree.path(end) if each > row]


def edit(
    state: State, position: Position, row: int, values: Mapping[str, Any], *, carry: bool, kind: Kind = "edit"
) -> int:
    """Add an edited sibling of a message and return its row.

    Args:
        state: The session's data.
        position: The branch whose head goes to the edited message, if its path holds the original.
        row: The original, which stays.
        values: The columns that differ.
        carry: Whether the tail below the original is copied under the edited message.
        kind: What undo calls it.

    Raises:
        UsageError: the original was purged, or what it stood under is deleted.
    """
    tree = state.tree
    if tree.purged(row):
        raise UsageError("The message was purged: its text is gone for good.", "Add a new one.")
    tail = path_to(state, position, row) if carry else []
    check_ended(tree, [row, *tail])
    on_path = _holds(state, position, row)
    with state.gesture(kind) as gesture:
        branch_id = gesture.branch_to_write(position) if on_path else None
        edited = _add_edited(state, gesture, row, tree.parent[row], values, _name(state, branch_id))
        keep_context(state, gesture, row, edited, {"start"})  # a text that is written anew is one to be sent
        end = copy_tail(state, gesture, tail, edited, IN_PLACE)
        if branch_id:
            gesture.move_head(branch_id, end)
    return edited


def _add_edited(
    state: State, gesture: Transaction, row: int, parent: int, values: Mapping[str, Any], branch: str | None
) -> int:
    """Add an edited message under the row `parent` and return its row."""
    tree = state.tree
    columns = {name: tree.value(row, name) for name in ("role", "sender", "recipient")}
    columns |= {"content": tree.content(row), "metadata": tree.message(row).metadata, **values}
    if "content" in values and "metadata" not in values and columns["metadata"]:
        # The parts that the old text was made of are not those of the new one.
        columns["metadata"] = {name: value for name, value in columns["metadata"].items() if name != "context"}
    return gesture.add(
        parent,
        origin="edit",
        source_ids=(tree.node_id[row],),
        branch=branch or tree.value(row, "branch"),
        **columns,
    )


def replace(state: State, position: Position, edits: Mapping[int, Mapping[str, Any]]) -> list[int]:
    """Add an edited sibling of the first of some messages, with the tail below it, edited where it is to be.

    The head goes to the copy's end.

    Args:
        state: The session's data.
        position: The branch whose path holds the messages.
        edits: By row, the columns that differ.

    Returns:
        The rows of the edited messages.

    Raises:
        UsageError: an answer is still coming there, or a value is not of its column's kind.
    """
    tree = state.tree
    if not edits:
        return []
    first = min(edits)
    tail = [first, *path_to(state, position, first)]
    check_ended(tree, tail)
    made = []
    with state.gesture("replace") as gesture:
        branch_id = gesture.branch_to_write(position)
        parent = tree.parent[first]
        for row in tail:
            if row in edits:
                parent = _add_edited(state, gesture, row, parent, edits[row], _name(state, branch_id))
                keep_context(state, gesture, row, parent, IN_PLACE)
                made.append(parent)
            else:
                parent = copy(state, gesture, row, parent, IN_PLACE)
        gesture.move_head(branch_id, parent)
    return made


def splice(state: State, position: Position, row: int) -> None:
    """Leave one message out: the tail below it is copied onto its parent, and the head goes to the copy's end.

    Raises:
        UsageError: the message is not on the path of `position`.
    """
    if not _holds(state, position, row):
        raise UsageError("The message is not on this branch.", "Name a branch whose path holds it.")
    tail = path_to(state, position, row)
    check_ended(state.tree, tail)
    with state.gesture("splice") as gesture:
        branch_id = gesture.branch_to_write(position)
        gesture.move_head(branch_id, copy_tail(state, gesture, tail, state.tree.parent[row], IN_PLACE))


def begin_alternatives(state: State, position: Position, row: int, voices: Sequence[Voice], kind: Kind) -> list[int]:
    """Add answers that begin, as siblings of an answer (or under a prompt), and return their rows.

    An answer that is written from others is written from the same ones again. The head of `position` goes to the first
    of them if its path holds the prompt.

    Raises:
        UsageError: there is no prompt to answer.
    """
    tree = state.tree
    prompt = row if tree.role[row] == "user" else tree.parent[row]
    merge = Merge.of(tree, row)
    if (prompt == NO_ROW and not merge) or tree.role[row] not in {"user", "assistant"}:
        raise UsageError("There is no prompt that this message answers.", "Regenerate an answer, or a prompt.")
    # An answer that is asked for again stays one of those that it was asked for with.
    group_id = uuid7() if len(voices) > 1 else tree.value(row, "group_id") if kind == "retry" else None
    on_path = _holds(state, position, row if prompt == NO_ROW else prompt)
    asked = [merge.again(tree) if merge else None for _ in voices]
    with state.gesture(kind) as gesture:
        branch_id = gesture.branch_to_write(position) if on_path else None
        name = _name(state, branch_id) or tree.value(row, "branch") or "main"
        turn_id = tree.value(row if prompt == NO_ROW else prompt, "turn_id")
        rows = [
            gesture.add(
                prompt, content="", branch=name, turn_id=turn_id, group_id=group_id, **answer_columns(voice, name, each)
            )
            for voice, each in zip(voices, asked, strict=True)
        ]
        if branch_id:
            gesture.move_head(branch_id, rows[0])
    return rows


def begin_continuation(state: State, position: Position, row: int, voice: Voice, at: int | None = None) -> int:
    """Add a sibling of an answer, beginning with its text, and return its row.

    Args:
        state: The session's data.
        position: The branch whose head goes there, if its path holds the answer.
        row: The answer.
        voice: Who goes on.
        at: Where the answer is cut before, as for `cut`; it is gone on from its end if that is left out.

    Raises:
        UsageError: it is not an answer, has no text to go on from, or still comes.
    """
    tree = state.tree
    kept = _kept(tree, row, at)
    on_path = _holds(state, position, row)
    with state.gesture("continue") as gesture:
        branch_id = gesture.branch_to_write(position) if on_path else None
        name = _name(state, branch_id) or tree.value(row, "branch") or "main"
        columns = answer_columns(voice, name, Merge.of(tree, row))
        if at is not None:
            columns["metadata"] = {**(columns["metadata"] or {}), "cut": len(kept)}
        continued = gesture.add(
            tree.parent[row],
            content=kept,
            reasoning=tree.texts.get(row, "reasoning"),
            branch=name,
            turn_id=tree.value(row, "turn_id"),
            **{**columns, "source_ids": (tree.node_id[row],)},
        )
        if branch_id:
            gesture.move_head(branch_id, continued)
    return continued


def cut(state: State, position: Position, row: int, at: int) -> int:
    """Add a sibling of an answer that ends where it is cut, and return its row.

    Args:
        state: The session's data.
        position: The branch whose head goes there, if its path holds the answer.
        row: The answer, which stays.
        at: How many characters of it are kept. A grapheme cluster that this would part goes.

    Raises:
        UsageError: it is not an answer, still comes, or nothing of it would be kept, or nothing cut off.
    """
    tree = state.tree
    kept = _kept(tree, row, at)
    message = tree.message(row)
    on_path = _holds(state, position, row)
    with state.gesture("cut") as gesture:
        branch_id = gesture.branch_to_write(position) if on_path else None
        shortened = gesture.add(
            tree.parent[row],
            content=kept,
            reasoning=message.reasoning,
            params=message.params,
            metadata={**(message.metadata or {}), "cut": len(kept)},
            branch=_name(state, branch_id) or message.branch,
            status="stopped",
            origin="edit",
            source_ids=(message.node_id,),
            **{name: tree.value(row, name) for name in _OF_CUT},
        )
        if branch_id:
            gesture.move_head(branch_id, shortened)
    return shortened


def _kept(tree: Tree, row: int, at: int | None) -> str:
    """Return the text of an answer before the place where it is cut."""
    if tree.status[row] == "streaming":
        raise StillComing("The answer is still coming.", "Wait for its end, or stop it.")
    text = tree.content(row)
    if tree.role[row] != "assistant" or not text:
        raise UsageError("Only an answer with some text can be cut or continued.", "Regenerate it instead.")
    if at is None:
        return text
    if at >= len(text):
        raise UsageError("Nothing would be cut off at the end of the answer.", "Continue goes on from its end.")
    kept = text[: grapheme_start(text, at)]
    if not kept.strip():
        raise UsageError("Nothing would be kept of the answer.", "Regenerate asks for another one.")
    return kept


def check_ended(tree: Tree, rows: Sequence[int]) -> None:
    """Refuse to copy an answer that still comes: the copy would end where the original goes on.

    Raises:
        UsageError: one of them does.
    """
    if any(tree.status[row] == "streaming" for row in rows):
        raise StillComing("An answer is still coming there.", "Wait for its end, or stop it.")


def _holds(state: State, position: Position, row: int) -> bool:
    end = state.head_row(position)
    return end != NO_ROW and state.tree.holds(end, row)


def _name(state: State, branch_id: str | None) -> str | None:
    return state.refs[branch_id].name if branch_id else None


def copy(state: State, gesture: Transaction, row: int, parent: int, context: Set[ContextMark] = ELSEWHERE) -> int:
    """Copy a message under `parent`, with those of its `context` marks that go along, and return the row."""
    tree = state.tree
    message = tree.message(row)
    columns = {name: tree.value(row, name) for name in _COPIED}
    if columns["status"] == "streaming":
        columns["status"] = "stopped"
    made = gesture.add(
        parent,
        content=message.content,
        reasoning=message.reasoning,
        parts=message.parts,
        params=message.params,
        metadata=message.metadata,
        branch=message.branch,
        origin="copy",
        source_ids=(message.node_id,),
        **columns,
    )
    keep_context(state, gesture, row, made, context)
    return made


def copy_tail(
    state: State, gesture: Transaction, tail: Sequence[int], parent: int, context: Set[ContextMark] = ELSEWHERE
) -> int:
    """Copy a run of messages under `parent`, as `copy` does each, and return the last row."""
    for row in tail:
        parent = copy(state, gesture, row, parent, context)
    return parent


def keep_context(state: State, gesture: Transaction, row: int, made: int, context: Set[ContextMark]) -> None:
    """Let what is sent of a message hold for the one that was made of it, too, as far as `context` names it."""
    if kept := context & {*context_of(state, row)}:
        gesture.set_mark(made, "context", sorted(kept))
