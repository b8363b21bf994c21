"""One turn with many answers: of several models, several times of one, or on several branches."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, Literal, NamedTuple, TypeAlias

from lion_tui.core.changes import Position
from lion_tui.core.errors import UsageError
from lion_tui.core.ids import uuid7
from lion_tui.core.operations.writing import say, system_text
from lion_tui.core.refs import asked_branch_name, model_branch_name
from lion_tui.core.text import scalar
from lion_tui.core.tree import NO_ROW

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from lion_tui.core.message import Json
    from lion_tui.core.operations.writing import Voice
    from lion_tui.core.state import State
    from lion_tui.core.transaction import Transaction

Varied: TypeAlias = Literal["models", "samples", "branches", "instances"]
"""In what the answers of a fan-out differ."""

_FRESH: Final = "parallel"
"""What a branch is called that an instance of its own was asked on."""


class Asked(NamedTuple):
    """Whom a prompt is put to on one branch."""

    position: Position
    voices: Sequence[Voice]


class FreshTurn(NamedTuple):
    """A prompt that is put to a model on a branch of its own, which begins anew."""

    content: str
    voice: Voice
    metadata: Mapping[str, Json] | None = None


class Begun(NamedTuple):
    """A fan-out whose answers come.

    Attributes:
        group_id: What its answers have in common.
        rows: Its answers, in the order in which they were asked for.
        branch_ids: For each answer, the branch that it is the head of.
        asking: For each `Asked`, the branch that it was put on.
    """

    group_id: str
    rows: list[int]
    branch_ids: list[str]
    asking: list[str]


def begin_fan_out(
    state: State,
    asked: Sequence[Asked],
    content: str,
    varied: Varied,
    *,
    named: bool,
    system: str | None = None,
    **values: Any,
) -> Begun:
    """Add one prompt and all its answers, which begin.

    Branches with the same head share the prompt; each other one gets its own, with the same `turn_id`. The head of
    each branch that is asked on goes to its first answer.

    Args:
        state: The session's data.
        asked: Where it is asked, and whom.
        content: The prompt.
        varied: In what the answers differ.
        named: Whether each answer gets a branch of its own, `<branch>.<model>`, on which its model answers on.
        system: The system prompt to put in force before.
        values: Other columns of the prompt.
    """
    turn_id, group_id = uuid7(), uuid7()
    begun = Begun(group_id, [], [], [])
    prompts: dict[int, int] = {}  # by the head that they are put on
    with state.gesture("fan-out") as gesture:
        for position, voices in asked:
            branch_id = gesture.branch_to_write(position)
            head = state.head_row(Position(branch_id))
            if head not in prompts:
                if system is not None and scalar(system) != (system_text(state, branch_id) or ""):
                    say(state, gesture, branch_id, "system", system)
                prompts[head] = say(state, gesture, branch_id, "user", content, turn_id=turn_id, **values)
            begun.asking.append(branch_id)
            rows = [
                _begin_answer(state, gesture, branch_id, prompts[head], voice, begun, turn_id, named=named)
                for voice in voices
            ]
            gesture.move_head(branch_id, rows[0])
        # With several there is none that is asked on more than the others.
        asking = begun.asking[0] if len(begun.asking) == 1 else None
        gesture.set_entry("groups", group_id, _group(gesture, varied, asking))
    return begun


def _begin_answer(
    state: State,
    gesture: Transaction,
    branch_id: str | None,
    prompt: int,
    voice: Voice,
    begun: Begun,
    turn_id: str | None,
    *,
    named: bool,
) -> int:
    """Add an answer and, if it is to have one, its branch, which is named after the one that is asked on."""
    of = state.refs.get(branch_id or "")
    before = of.name if of else "main"
    if named:  # answers to what is asked on the branch of an answer stand beside it, or names would grow at each turn
        before = asked_branch_name(before, of.model if of else None)
    name = model_branch_name(before, voice.model, state.names()) if named else before
    columns = {"branch": name, "turn_id": turn_id, "group_id": begun.group_id, **voice.columns(name)}
    row = gesture.add(prompt, content="", **columns)
    if named:
        settings = {"service": voice.service, "model": voice.model, "params": of.params if of else {}}
        base = state.tree.id(prompt)
        branch_id = gesture.new_ref(name, row, base=base, fork_of=of.branch_id if of else None, **settings).branch_id
    begun.rows.append(row)
    begun.branch_ids.append(branch_id or "")
    return row


def begin_fan_out_again(
    state: State, position: Position, prompt: int, voices: Sequence[Voice], varied: Varied
) -> Begun:
    """Add answers to a prompt that is there, which begin, each on a branch of its own.

    The head of `position` goes to the first of them if its path holds the prompt; what it had below stays as it is.

    Raises:
        UsageError: the message is no prompt, or is deleted.
    """
    tree = state.tree
    if tree.role[prompt] != "user" or not tree.alive(prompt):
        raise UsageError("Only a prompt that is not deleted can be answered.", "Choose one, or write a new one.")
    end = state.head_row(position)
    on_path = end != NO_ROW and tree.holds(end, prompt)
    begun = Begun(uuid7(), [], [], [])
    with state.gesture("fan-out") as gesture:
        if on_path:
            begun.asking.append(gesture.branch_to_write(position))
        before = state.latest_ref()
        of = begun.asking[0] if on_path else position.branch_id or (before.branch_id if before else None)
        turn_id = tree.value(prompt, "turn_id")
        for voice in voices:
            _begin_answer(state, gesture, of, prompt, voice, begun, turn_id, named=True)
        if on_path:
            gesture.move_head(begun.asking[0], begun.rows[0])
        gesture.set_entry("groups", begun.group_id, _group(gesture, varied, begun.asking[0] if on_path else None))
    return begun


def begin_instances(state: State, fresh: Sequence[FreshTurn], *, system: str | None, **values: Any) -> Begun:
    """Add prompts and their answers, which begin, each on a branch of its own with a root of its own."""
    begun = Begun(uuid7(), [], [], [])
    messages = values.pop("messages", ())
    with state.gesture("fan-out") as gesture:
        for content, voice, metadata in fresh:
            name = model_branch_name(_FRESH, "", state.names())
            ref = gesture.new_ref(name, NO_ROW, service=voice.service, model=voice.model)
            if system is not None:
                say(state, gesture, ref.branch_id, "system", system)
            for message in messages:
                say(state, gesture, ref.branch_id, origin="import", **message)
            turn_id = uuid7()
            prompt = say(state, gesture, ref.branch_id, "user", content, turn_id=turn_id, metadata=metadata, **values)
            columns = {"branch": name, "turn_id": turn_id, "group_id": begun.group_id, **voice.columns(name)}
            row = gesture.add(prompt, content="", **columns)
            gesture.move_head(ref.branch_id, row)
            begun.rows.append(row)
            begun.branch_ids.append(ref.branch_id)
        gesture.set_entry("groups", begun.group_id, _group(gesture, "instances", None))
    return begun


def _group(gesture: Transaction, varied: Varied, asking: str | None) -> dict[str, Json]:
    group: dict[str, Json] = {"varied": varied, "created_at": gesture.at}
    return {**group, "branch_id": asking} if asking else group


def pick(state: State, row: int, position: Position | None) -> str:
    """Let a branch go on from an answer: its head goes there. Return the branch's id.

    Where none is named it is the one that the nearest fan-out on the way to the answer was asked on, else the current.

    Raises:
        UsageError: the answer is deleted.
    """
    if not state.tree.alive(row):
        raise UsageError("A deleted message cannot be picked.", "Restore it first.")
    if position is None:
        asking = asking_branch(state, row)
        position = Position(asking) if asking else state.current
    with state.gesture("pick") as gesture:
        branch_id = gesture.branch_to_write(position)
        gesture.move_head(branch_id, row)
    return branch_id


def asking_branch(state: State, row: int) -> str | None:
    """Return the branch that the nearest fan-out on the way to a message was asked on; None if there is none now."""
    tree = state.tree
    for each in tree.ancestors(row):
        group = state.groups.get(tree.value(each, "group_id") or "")
        if group is not None:
            branch_id = group.get("branch_id")
            return branch_id if branch_id in state.refs else None
    return None
