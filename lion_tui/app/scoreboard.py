"""How models fared in the votes of a session."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lion_tui.app.widgets.entries import Entry
from lion_tui.core.text import printable

if TYPE_CHECKING:
    from lion_tui.app.screens.main import MainScreen
    from lion_tui.core.votes import Standing


def show_scoreboard(screen: MainScreen) -> None:
    """Show a line for each model that was voted on against others, the best first."""
    from lion_tui.app.screens.listing import Deed, Listing

    async def load() -> list[Entry]:
        return [_entry(place, each) for place, each in enumerate(screen.session.standings(), 1)]

    closing = Deed("enter", "enter", "close", lambda _: None, closes=True)
    empty = "Models come here that were voted on against others. B and x, then 1 to 9 vote."
    if screen.session.state.votes:
        empty = "So far answers of one model were voted on, which compares no models. x asks several."
    screen.app.push_screen(Listing("Scoreboard", load, [closing], empty=empty))


def _entry(place: int, standing: Standing) -> Entry:
    counts = {"won": standing.wins, "tied": standing.ties, "lost": standing.losses, "all bad": standing.both_bad}
    said = [f"{count} {word}" for word, count in counts.items() if count or word in {"won", "lost"}]
    share = "" if standing.share is None else f"{standing.share:.0%}"
    name = f"{place} {printable(standing.model) or '–'} · {printable(standing.service) or '–'}"
    return Entry(f"{standing.service}:{standing.model}", name, " · ".join([*said, share]))
