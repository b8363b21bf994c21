"""The list of what answers took: tokens, money and time."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from lion_tui.app.screens.listing import Deed, Listing
from lion_tui.app.widgets.entries import Entry
from lion_tui.core.costs import Ledger
from lion_tui.core.counting import counted
from lion_tui.core.errors import UsageError
from lion_tui.core.text import printable
from lion_tui.core.tree import NO_ROW

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lion_tui.app.screens.main import MainScreen
    from lion_tui.core.costs import Costs, Spent

_WIDTHS = (10, 11, 11, 10, 9)
_HEADING = "What branches share counts once in the session. – is unknown; ≥ lacks what is unknown of some answers."


def cost_list(screen: MainScreen) -> Listing:
    """Return the list of what everything took, to be pushed; it is reckoned off the loop."""
    session = screen.session
    try:
        row = screen.selected.row()
    except UsageError:  # there is no message yet
        row = NO_ROW

    async def load() -> list[Entry]:
        costs = await asyncio.to_thread(Ledger(session.state).costs, row)
        return list(_entries(costs))

    def go(entry: Entry) -> None:
        kind, _, name = entry.key.partition(" ")
        if kind == "branch":
            session.checkout(name)
        elif row != NO_ROW and kind in {"node", "below"}:
            screen.go_to(row)

    deeds = [Deed("enter", "enter", "go there", go, closes=True)]
    return Listing("Costs", load, deeds, empty="Nothing was asked yet.", heading=lambda: _HEADING)


def _entries(costs: Costs) -> Iterator[Entry]:
    if costs.node is not None:
        yield Entry("node", "selected", figures(costs.node))
    if costs.below is not None:
        yield Entry("below", "… and all below", figures(costs.below))
    yield Entry("path", "path shown", figures(costs.path))
    yield Entry("session", "session", figures(costs.session))
    if costs.deleted.messages:
        yield Entry("deleted", "deleted", figures(costs.deleted))
    for branch in costs.branches:
        yield Entry(f"branch {branch.name}", f"⎇ {printable(branch.name)}", figures(branch.path), named=True)
        if branch.own != branch.path:
            yield Entry(f"own {branch.name}", "    since its fork", figures(branch.own), dim=True)


def figures(spent: Spent) -> str:
    """Return messages, tokens read and written, money and time, each in its column."""
    shown = (
        counted(spent.messages, "msg"),
        _known(spent, "tokens_in", ",.0f", after=" in"),
        _known(spent, "tokens_out", ",.0f", after=" out"),
        _known(spent, "cost_usd", ".4f", "$"),
        _known(spent, "total_s", ",.1f", after=" s"),
    )
    return "".join(text.rjust(width) for text, width in zip(shown, _WIDTHS, strict=True))


def _known(spent: Spent, figure: str, form: str, before: str = "", after: str = "") -> str:
    value = spent.get(figure)
    if value is None:
        return "–"
    return f"{'≥' * spent.partly(figure)}{before}{value:{form}}{after}"
