"""The list of what was deleted or archived: to bring it back, or to take it away for good."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from lion_tui.app.screens.listing import Deed, Listing
from lion_tui.app.transcript.wrapping import clip
from lion_tui.app.widgets.entries import Entry
from lion_tui.core.counting import counted
from lion_tui.core.errors import UsageError
from lion_tui.core.ids import to_datetime
from lion_tui.core.operations.recycling import Discarded, archived_subtrees, deleted_subtrees

if TYPE_CHECKING:
    from lion_tui.app.screens.main import MainScreen
    from lion_tui.core.state import State

_WORDS = 200


def recycle_list(screen: MainScreen) -> Listing:
    """Return the list of what was deleted or archived, to be pushed."""
    session = screen.session
    state = session.state
    asked = ""

    async def load() -> list[Entry]:
        tree = state.tree
        deleted = await asyncio.to_thread(deleted_subtrees, tree.parent[:], tree.deleted_at[:])
        kept = [each for each in deleted if not tree.purged(each.row)]
        return [_entry(state, each) for each in (*kept, *archived_subtrees(state))]

    def restore(entry: Entry) -> str:
        screen.check_writable()
        if state.tree.alive(state.tree.row(entry.key)):
            session.archive(entry.key, False)
            return "No longer archived; u takes that back."
        session.restore(entry.key)
        return "Restored; u takes that back."

    async def purge(entry: Entry) -> str:
        nonlocal asked
        screen.check_writable()
        row = state.tree.row(entry.key)
        if state.tree.alive(row):
            raise UsageError("What is archived is not deleted.", "Delete it first, with d where it stands.")
        if asked != entry.key:
            asked = entry.key
            count = counted(sum(1 for each in state.tree.subtree(row) if not state.tree.purged(each)), "message")
            # What lies elsewhere is the user's other file: a deleted session in the trash, a duplicate, an export.
            return f"Purge {count} for good? Copies, exports and the trash keep the text. No undo. Again does it."
        asked = ""
        return f"Purged {counted(await session.apurge(entry.key), 'message')}; the text is gone from this session."

    deeds = [Deed("enter", "enter", "bring back", restore), Deed("delete", "del", "purge", purge)]
    return Listing("Deleted and archived", load, deeds, empty="Nothing is deleted, and nothing archived.")


def _entry(state: State, found: Discarded) -> Entry:
    tree = state.tree
    words = clip(tree.content(found.row)[:_WORDS], _WORDS) or "(no text)"
    when = f"{to_datetime(found.deleted_at).astimezone():%Y-%m-%d %H:%M}" if found.deleted_at else "archived"
    sign = "✕" if found.deleted_at else "○"
    return Entry(tree.node_id[found.row], f"{sign} {words}", f"{counted(found.messages, 'message')} · {when}")
