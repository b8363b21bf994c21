"""The view of the picker that services and models are chosen in: a filter line above one list."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual import on
from textual.binding import Binding
from textual.containers import Horizontal, Vertical
from textual.getters import query_one
from textual.message import Message as TextualMessage
from textual.widgets import Input, Static

from lion_tui.app.picker.choices import Choices
from lion_tui.app.picker.rows import Row, all_rows, found_rows
from lion_tui.app.widgets.line import Line
from lion_tui.app.widgets.pick_list import MOVES

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual.app import ComposeResult

    from lion_tui.app.picker.offers import Offer
    from lion_tui.app.picker.recents import Recent


class ModelList(Vertical):
    """What is written filters, the arrows move, and keys with Ctrl act on the line at the cursor."""

    BINDINGS = [  # noqa: RUF012 - Textual's way to declare them
        *MOVES,
        Binding("ctrl+down", "service(1)", "next service", show=False),
        Binding("ctrl+up", "service(-1)", "service before", show=False),
        # The filter line would take some of these for itself.
        Binding("enter", "act('here')", "choose here", show=False, priority=True),
        Binding("ctrl+s", "act('everywhere')", "choose everywhere", show=False, priority=True),
        Binding("ctrl+k", "act('key')", "set a key", show=False, priority=True),
        Binding("tab", "act('settings')", "settings", show=False, priority=True),
    ]

    class Acted(TextualMessage):
        """Something is to be done with a line: `here`, `everywhere`, `key`, `settings`."""

        def __init__(self, what: str, row: Row | None) -> None:
            """Carry it."""
            super().__init__()
            self.what, self.row = what, row

    class Pointed(TextualMessage):
        """The cursor is on a line, perhaps on another one."""

    filter_line = query_one("#filter", Input)
    choices = query_one(Choices)

    def __init__(
        self,
        offers: Sequence[Offer],
        recents: Sequence[Recent],
        *,
        query: str,
        current: tuple[str, str] | None,
        start: str,
        other: bool = False,
    ) -> None:
        """Show what is offered.

        Args:
            offers: The services.
            recents: The models that were chosen last.
            query: What the filter begins with.
            current: The service and the model that answer now.
            start: The service that the cursor begins at, if not the model that answers now.
            other: Whether it begins at the model that was chosen last and is not the one that answers now.
        """
        super().__init__(id="models")
        self._offers, self._recents = offers, recents
        self._query, self._current, self._start, self._other = query, current, start, other
        self._unfolded: set[str] = set()
        self._moved = self._stands = False

    def compose(self) -> ComposeResult:
        """Lay the lines out."""
        with Horizontal(id="filter-line"):
            yield Static("›", id="filter-mark")
            yield Line(self._query, placeholder="Type to find a model", compact=True, id="filter")
        yield Choices(id="choices")

    def on_mount(self) -> None:
        """Show the list."""
        self.choices.current = self._current
        self._stands = True
        self.refresh_rows()

    @property
    def row(self) -> Row | None:
        """The line at the cursor; None as long as there is none."""
        return self.choices.row if self._stands else None

    def refresh_rows(self) -> None:
        """Show the list as it is now; the cursor stays, or goes to what answers now until it was moved.

        As long as it is not there yet there is nothing to show: it shows what is known when it is.
        """
        if not self._stands:
            return
        query = self.filter_line.value.strip()
        if query:
            self.choices.show(found_rows(self._offers, self._recents, query), None if self._moved else 0)
        else:
            rows = all_rows(self._offers, self._recents, self._unfolded)
            self.choices.show(rows, None if self._moved else self._begin(rows))

    def _begin(self, rows: Sequence[Row]) -> int:
        if self._other:
            models = ((at, (row.offer.name, row.model.id)) for at, row in enumerate(rows) if row.offer and row.model)
            return next((at for at, model in models if model != self._current), 0)
        for at, row in enumerate(rows):
            if row.offer and (
                (row.kind == "service" and row.offer.name == self._start)
                or (not self._start and row.model and (row.offer.name, row.model.id) == self._current)
            ):
                return at
        return 0

    @on(Input.Changed, "#filter")
    def _filter(self) -> None:
        self._moved = False
        self.refresh_rows()

    @on(Choices.Pointed)
    def _pointed(self, event: Choices.Pointed) -> None:
        # Textual lets no message rise beyond the parent that caused it, and this caused many: it sends its own.
        event.stop()
        self.post_message(self.Pointed())

    @on(Choices.Clicked)
    def _clicked(self) -> None:
        self._moved = True
        self.action_act("here")

    def action_move(self, by: int) -> None:
        """Move the cursor by so many lines."""
        self._moved = True
        self.choices.move(by)

    def action_page(self, by: int) -> None:
        """Move the cursor by so many screens."""
        self._moved = True
        self.choices.page(by)

    def action_service(self, by: int) -> None:
        """Move the cursor to another service."""
        self._moved = True
        self.choices.to_service(by)

    def action_act(self, what: str) -> None:
        """Unfold the models that are folded away, or do something with the line at the cursor."""
        row = self.row
        if row and row.kind == "more" and row.offer and what in {"here", "everywhere"}:
            self._unfolded.add(row.offer.name)
            self._moved = True
            # The first of those that were folded away takes the place of the line that said so.
            self.choices.show(all_rows(self._offers, self._recents, self._unfolded), self.choices.place)
        else:
            self.post_message(self.Acted(what, row))
