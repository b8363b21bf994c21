"""Marks on messages: bookmarks, notes, and what of a path is sent to a model."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, TypeAlias

from lion_tui.core.errors import UsageError
from lion_tui.core.text import scalar

if TYPE_CHECKING:
    from collections.abc import Collection

    from lion_tui.core.state import State

ContextMark: TypeAlias = Literal["muted", "start"]


def bookmark(state: State, row: int, on: bool) -> None:
    """Set a message's bookmark, or take it away."""
    _check_alive(state, row)
    with state.gesture("bookmark") as gesture:
        gesture.set_mark(row, "bookmark", on or None)


def annotate(state: State, row: int, text: str) -> None:
    """Set the note on a message; an empty one takes it away."""
    _check_alive(state, row)
    with state.gesture("note") as gesture:
        gesture.set_mark(row, "note", scalar(text).strip() or None)


def unmark(state: State, row: int) -> None:
    """Take a message's bookmark and its note away."""
    with state.gesture("bookmark") as gesture:
        gesture.set_mark(row, "bookmark", None)
        gesture.set_mark(row, "note", None)


def set_context(state: State, row: int, mark: ContextMark, on: bool) -> None:
    """Mute a message, or let the context start with it; or no longer.

    Raises:
        UsageError: it is deleted, or a system prompt is to be muted.
    """
    _check_alive(state, row)
    if mark == "muted" and on and state.tree.role[row] == "system":
        raise UsageError("The system prompt in force is always sent.", "S puts another one in force.")
    with state.gesture("mute" if mark == "muted" else "context") as gesture:
        marks = {*context_of(state, row), mark} if on else {*context_of(state, row)} - {mark}
        gesture.set_mark(row, "context", sorted(marks) or None)


def context_of(state: State, row: int) -> Collection[str]:
    """Return what a message is marked with that shapes what is sent: `muted`, `start`, both, or nothing."""
    marks = state.marks.get(state.tree.node_id[row])
    return (marks.get("context") or ()) if marks else ()


def _check_alive(state: State, row: int) -> None:
    if not state.tree.alive(row):
        raise UsageError("The message is deleted, so nothing can be marked there.", "Restore it first.")
