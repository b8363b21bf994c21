"""The list of what will be sent: each turn with its size, and what is left out and why, to each column."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, Final, NamedTuple

from lion_tui.app.screens.listing import Deed, Listing
from lion_tui.app.status import rounded
from lion_tui.app.transcript.wrapping import clip
from lion_tui.app.widgets.entries import Entry
from lion_tui.core.counting import counted
from lion_tui.core.errors import LionError
from lion_tui.core.inference import Request, Turn
from lion_tui.core.operations.marking import context_of
from lion_tui.core.prompt import Part, parts, turn_of
from lion_tui.core.text import printable
from lion_tui.session import Branch

if TYPE_CHECKING:
    from lion_tui.app.screens.main import MainScreen
    from lion_tui.core.changes import Position

_SLICE_S: Final = 0.004
_WORDS: Final = 200
_NAMES: Final = {"user": "You", "system": "System", "assistant": "Model"}


class _Outgoing(NamedTuple):
    """What is sent to one target: its lines, and a sentence about all of it."""

    entries: list[Entry]
    summary: str


def outgoing_list(screen: MainScreen) -> Listing:
    """Return the list of what sending what is in the composer will send, to be pushed."""
    session, state = screen.session, screen.session.state
    summaries: list[str] = []

    async def load() -> list[Entry]:
        targets, draft, faults = screen.columns.aims(), "", []
        try:
            draft = await screen.sending.prompt()
        except LionError as error:
            faults = [f"Without what is written: {error}"]
        gathered = [await _gather(screen, target, draft, numbered=len(targets) > 1) for target in targets]
        summaries[:] = [*faults, *(each.summary for each in gathered)]
        return [entry for each in gathered for entry in each.entries]

    def row_of(entry: Entry) -> int | None:
        node_id = entry.key.partition(" ")[0]
        return state.tree.row(node_id) if node_id in state.tree else None

    def go(entry: Entry) -> None:
        if (row := row_of(entry)) is not None:
            screen.go_to(row)

    def mute(entry: Entry) -> str | None:
        screen.check_writable()
        if (row := row_of(entry)) is None:
            return "The prompt is in the composer."
        muted = "muted" in context_of(state, row)
        session.mute(state.tree.node_id[row], not muted)
        return "No longer muted." if muted else "Muted; u takes that back."

    deeds = [Deed("enter", "enter", "go there", go, closes=True), Deed("delete", "del", "mute or unmute", mute)]
    return Listing("What will be sent", load, deeds, empty="Nothing.", heading=lambda: "\n".join(summaries))


async def _gather(screen: MainScreen, target: Position, draft: str, *, numbered: bool) -> _Outgoing:
    """Go through a path, however long it is, without holding anything up."""
    session, state = screen.session, screen.session.state
    branch = Branch(session, target)
    try:
        service, model = session.answerer(branch)
    except LionError as error:
        return _Outgoing([], f"{printable(branch.name)}: {error}")
    entries: list[Entry] = []
    sent: list[Turn] = []
    prefix = f"{printable(branch.name)} · " if numbered else ""
    until = time.perf_counter() + _SLICE_S
    for part in parts(state, state.head_row(target)):
        if part.left_out:
            size = part.left_out
        else:
            turn = turn_of(state, part)
            sent.append(turn)
            size = f"{service.tokens(Request((turn,), model)):,} tok"
        entries.append(_entry(screen, part, prefix, size, branch.name))
        if time.perf_counter() > until:
            await asyncio.sleep(0)
            until = time.perf_counter() + _SLICE_S
    if draft:
        turn = Turn("user", draft)
        sent.append(turn)
        size = f"{service.tokens(Request((turn,), model)):,} tok"
        entries.append(Entry(f"draft {branch.name}", f"› {prefix}You: {clip(draft[:_WORDS], _WORDS)}", size))
    total = await asyncio.to_thread(service.tokens, Request(tuple(sent), model)) if sent else 0
    window = screen.inference.window(branch)
    of = f" of {rounded(window)}" if window else ""
    left_out = sum(entry.dim for entry in entries)
    out = f", {left_out} left out" if left_out else ""
    full = ""
    if window and total > window:
        full = " It does not fit: del mutes a line, ^ in the chat starts the context at a message."
    count = f"{counted(len(sent), 'message')}{out}"
    whom = f"{service.name} · {printable(model)}"
    return _Outgoing(entries, f"{prefix}about {total:,}{of} tokens to {whom} · {count}.{full}")


def _entry(screen: MainScreen, part: Part, prefix: str, size: str, name: str) -> Entry:
    tree = screen.session.state.tree
    words = clip(tree.content(part.row)[:_WORDS], _WORDS)
    sign = "–" if part.left_out else "›"
    text = f"{sign} {prefix}{tree.depth[part.row]} {_NAMES[part.role]}: {words}"
    return Entry(f"{tree.node_id[part.row]} {name}", text, size, dim=bool(part.left_out))
