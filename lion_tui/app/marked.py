"""The list of bookmarks and notes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lion_tui.app.screens.listing import Deed, Listing
from lion_tui.app.transcript.wrapping import clip
from lion_tui.app.widgets.entries import Entry
from lion_tui.core.text import printable

if TYPE_CHECKING:
    from lion_tui.app.screens.main import MainScreen
    from lion_tui.core.state import State

_WORDS = 200


def marked_list(screen: MainScreen) -> Listing:
    """Return the list of what is bookmarked or has a note, to be pushed; Enter goes there, across branches."""
    session = screen.session

    async def load() -> list[Entry]:
        return marked(session.state)

    def go(entry: Entry) -> None:
        screen.go_to(session.state.tree.row(entry.key))

    def unmark(entry: Entry) -> str:
        screen.check_writable()
        session.unmark(entry.key)
        return "Taken away; u brings it back."

    deeds = [Deed("enter", "enter", "go there", go, closes=True), Deed("delete", "del", "unmark", unmark)]
    return Listing("Bookmarks and notes", load, deeds, empty="Nothing is marked. b sets a bookmark, A writes a note.")


def marked(state: State) -> list[Entry]:
    """Return the bookmarks and notes on live messages, in the order of the messages."""
    tree = state.tree
    rows = sorted(
        tree.row(node_id) for node_id, marks in state.marks.items() if marks.get("bookmark") or marks.get("note")
    )
    return [_entry(state, row) for row in rows if tree.alive(row)]


def _entry(state: State, row: int) -> Entry:
    tree = state.tree
    marks = state.marks[tree.node_id[row]]
    sign = "★ " if marks.get("bookmark") else "✎ "
    words = clip(tree.content(row)[:_WORDS], _WORDS)
    note = marks.get("note")
    text = f"{sign}{tree.depth[row]} {f'{printable(note)} · ' if note else ''}{words}"
    return Entry(tree.node_id[row], text, printable(tree.value(row, "branch") or ""))
