"""Changing an early prompt, and saying again what was said after it."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from lion_tui.core.changes import Position
from lion_tui.core.errors import UsageError
from lion_tui.core.ids import uuid7
from lion_tui.core.merged import Merge, answer_columns
from lion_tui.core.operations.alternatives import keep_context, path_to
from lion_tui.core.operations.writing import say
from lion_tui.core.refs import free_name
from lion_tui.core.state import QueuedPrompt
from lion_tui.core.text import scalar
from lion_tui.core.tree import NO_ROW

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from lion_tui.core.message import Json
    from lion_tui.core.operations.writing import Voice
    from lion_tui.core.state import State
    from lion_tui.core.transaction import Transaction
    from lion_tui.core.tree import Tree


class Replay(NamedTuple):
    """What a replay begins with.

    Attributes:
        branch_id: The branch that it runs on.
        row: The first answer, which begins.
        later: The prompts that wait to be said after it.
    """

    branch_id: str
    row: int
    later: list[QueuedPrompt]


def begin(
    state: State, position: Position, row: int, text: str, voice: Voice, params: Mapping[str, Json] | None = None
) -> Replay:
    """Add another wording of a prompt with an answer that begins, on a branch of its own.

    Where nothing was said after the prompt, it is on the branch of `position`. What is shown is the new branch, if
    `position` was.

    Args:
        state: The session's data.
        position: The branch whose later prompts are said again; of another path, those down to its latest leaf.
        row: The prompt.
        text: The new wording.
        voice: Who answers the first one.
        params: Keywords that the later prompts are sent with.

    Raises:
        UsageError: it is not a prompt, what it stood under is deleted, or its answer is written from others, too few of
            which are left.
    """
    tree = state.tree
    if tree.role[row] != "user":
        raise UsageError("Only a prompt can be replayed.", "Edit changes an answer; regenerate asks for another one.")
    said = list(_later(tree, path_to(state, position, row)))
    of = state.refs.get(position.branch_id or "") or state.latest_ref()
    with state.gesture("replay") as gesture:
        head = state.head_row(position)
        if not said and head != NO_ROW and tree.holds(head, row):
            branch_id = gesture.branch_to_write(position)
        else:
            overlay = {"service": of.service, "model": of.model, "params": of.params} if of else {}
            above, name = tree.parent[row], free_name(of.name if of else "main", state.names())
            ref = gesture.new_ref(name, above, base=tree.id(above), fork_of=of.branch_id if of else None, **overlay)
            branch_id = ref.branch_id
            if position == state.current:
                gesture.show(Position(branch_id))
        prompt = gesture.add(
            tree.parent[row],
            role="user",
            content=text,
            sender=tree.value(row, "sender"),
            recipient=state.refs[branch_id].name,
            branch=state.refs[branch_id].name,
            turn_id=(turn_id := uuid7()),
            origin="edit",
            source_ids=(tree.node_id[row],),
            metadata=_metadata(tree, row, 1, len(said) + 1, edited=scalar(text) != tree.content(row)),
        )
        keep_context(state, gesture, row, prompt, {"start"})
        answer = _answer(state, gesture, branch_id, prompt, voice, turn_id)
    return Replay(branch_id, answer, _waiting(tree, said, 2, params))


def again(state: State, rows: Sequence[int]) -> list[QueuedPrompt]:
    """Return the prompts among rows that follow each other, to be said again with what belongs to them."""
    return _waiting(state.tree, _later(state.tree, rows), 1)


def _waiting(
    tree: Tree, said: Sequence[tuple[int, Mapping[str, Json]]], first: int, params: Mapping[str, Json] | None = None
) -> list[QueuedPrompt]:
    """Return the prompts of a replay that wait, the first of which is the so manieth of it."""
    count = first - 1 + len(said)
    return [
        QueuedPrompt(uuid7(), tree.content(each), dict(params or {}), {**facts, "at": at, "of": count})
        for at, (each, facts) in enumerate(said, first)
    ]


def begin_next(state: State, position: Position, prompt: QueuedPrompt, voice: Voice) -> int:
    """Say one of the later prompts at the head of a branch, with an answer that begins, and return the answer's row.

    Undo takes all that was said again together back.

    Raises:
        UsageError: its answer is written from others, too few of which are left.
    """
    tree = state.tree
    source = tree.row(prompt.replays["source"])
    goes_on = prompt.replays["at"] > 1
    with state.gesture("replay", joins=position.branch_id if goes_on else None) as gesture:
        branch_id = gesture.branch_to_write(position)
        system = prompt.replays.get("system")
        if system is not None and not tree.purged(tree.row(system)):
            say(
                state, gesture, branch_id, "system", tree.content(tree.row(system)), origin="copy", source_ids=(system,)
            )
        turn_id = uuid7()
        said = say(
            state,
            gesture,
            branch_id,
            "user",
            prompt.text,
            sender=tree.value(source, "sender"),
            turn_id=turn_id,
            origin="copy",
            source_ids=(tree.node_id[source],),
            metadata=_metadata(tree, source, prompt.replays["at"], prompt.replays["of"], edited=False),
        )
        return _answer(state, gesture, branch_id, said, voice, turn_id)


def _later(tree: Tree, rows: Sequence[int]) -> list[tuple[int, dict[str, Json]]]:
    """Return the prompts among `rows`, each with where it comes from and the system prompt that came before it."""
    found: list[tuple[int, dict[str, Json]]] = []
    system: str | None = None
    for row in rows:
        if tree.role[row] == "system":
            system = tree.node_id[row]
        elif tree.role[row] == "user" and tree.content(row).strip():
            found.append((row, {"source": tree.node_id[row], **({"system": system} if system else {})}))
            system = None
    return found


def _metadata(tree: Tree, row: int, at: int, of: int, *, edited: bool) -> dict[str, Json] | None:
    """Return what belongs to a prompt that is said again; the parts of an old text are not those of a new one."""
    metadata = {} if tree.purged(row) else dict(tree.message(row).metadata or {})
    metadata.pop("replay", None)
    if edited:
        metadata.pop("context", None)
    return {**metadata, **({"replay": [at, of]} if of > 1 else {})} or None


def progress(state: State, row: int) -> tuple[int, int] | None:
    """Return which of how many prompts of a replay the answer in a row is to, while it comes; None if it is to none."""
    tree = state.tree
    if row == NO_ROW or tree.status[row] != "streaming" or tree.parent[row] == NO_ROW:
        return None
    metadata = tree.message(tree.parent[row]).metadata or {}
    return tuple(metadata["replay"]) if "replay" in metadata else None


def _answer(state: State, gesture: Transaction, branch_id: str, prompt: int, voice: Voice, turn_id: str) -> int:
    name = state.refs[branch_id].name
    merge = Merge.of(state.tree, prompt)
    columns = answer_columns(voice, name, merge.again(state.tree) if merge else None)
    row = gesture.add(prompt, content="", branch=name, turn_id=turn_id, **columns)
    gesture.move_head(branch_id, row)
    return row
