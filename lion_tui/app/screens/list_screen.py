"""What all lists have that are found in by typing: a line above that filters, and keys that move the cursor."""

from __future__ import annotations

import asyncio
from abc import abstractmethod
from typing import TYPE_CHECKING, Any, ClassVar, Final, Generic, TypeVar

from textual import on
from textual.binding import Binding
from textual.containers import Horizontal, Vertical
from textual.getters import query_one
from textual.widgets import Input, Static

from lion_tui.app.screens.dialog import Dialog
from lion_tui.app.widgets.line import Line
from lion_tui.app.widgets.pick_list import MOVES, PickList
from lion_tui.app.widgets.status_line import Hints
from lion_tui.app.working import begin

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from textual import events
    from textual.app import ComposeResult
    from textual.widget import Widget

_AT_ONCE: Final = 500
"""Lines that are sifted while the key is handled; more of them, in a thread."""
_SIFTING: Final = "sifting"
Result = TypeVar("Result")
Listed = TypeVar("Listed", bound=PickList[Any])
Each = TypeVar("Each")


class ListScreen(Dialog[Result], Generic[Result, Listed]):
    """A list, and above it the line that has the keyboard: what is written filters, the arrows move.

    Who derives from it says with `refilter` which lines fit what is written, and with `action_choose` what Enter does.

    Attributes:
        listed: The list.
    """

    CSS_PATH = ["../widgets/pick_list.tcss", "list_screen.tcss"]  # noqa: RUF012 - Textual's way to declare them
    AUTO_FOCUS = "#filter"
    BINDINGS: ClassVar = [
        *MOVES,
        Binding("escape,ctrl+c", "back", "back", show=False, priority=True),
        Binding("enter", "choose", "choose", show=False),
        Binding("tab,shift+tab", "nothing", "stay", show=False, priority=True),
    ]

    panel = query_one(Vertical)
    filter_line = query_one("#filter", Input)
    hints = query_one(Hints)

    def __init__(self, listed: Listed, placeholder: str = "Type to filter") -> None:
        """Show a list, below a line that says what typing does."""
        super().__init__()
        self.listed = listed
        self._placeholder = placeholder

    def compose(self) -> ComposeResult:
        """Lay the panel out."""
        with Vertical():
            with Horizontal(id="filter-line"):
                yield Static("›", id="filter-mark")
                yield Line(placeholder=self._placeholder, compact=True, id="filter")
            yield from self.above()
            yield self.listed
            yield from self.below()
            yield Hints()

    def above(self) -> Iterable[Widget]:
        """Return what stands between the line and the list."""
        return ()

    def below(self) -> Iterable[Widget]:
        """Return what stands below the list."""
        return ()

    @property
    def query_text(self) -> str:
        """What the lines are filtered by."""
        return self.filter_line.value.strip()

    @abstractmethod
    def refilter(self) -> None:
        """Show the lines that fit what is written."""

    @abstractmethod
    def action_choose(self) -> Any:
        """Do what Enter does with the line at the cursor."""

    def sift(
        self,
        rows: Sequence[Each],
        fitting: Callable[[Sequence[Each], str], Sequence[Each]],
        take: Callable[[Sequence[Each]], None],
    ) -> None:
        """Give those of `rows` that are `fitting` for what is written to `take`: at once, or a little later if many."""
        query = self.query_text
        if query and len(rows) > _AT_ONCE:

            async def aside() -> None:
                take(await asyncio.to_thread(fitting, rows, query))

            begin(self, aside, group=_SIFTING, exclusive=True)
        else:
            self.workers.cancel_group(self, _SIFTING)
            take(fitting(rows, query))

    def on_key(self, event: events.Key) -> None:
        """Take what was typed before the line had the keyboard."""
        if self.focused is None and event.is_printable and event.character:
            self.filter_line.insert_text_at_cursor(event.character)

    @on(Input.Changed, "#filter")
    def _written(self) -> None:
        self.refilter()

    @on(Input.Submitted, "#filter")
    async def _entered(self, event: Input.Submitted) -> None:
        """Choose among the lines that fit what was written before Enter, however fast that was."""
        event.stop()
        for worker in list(self.workers):
            if worker.node is self and worker.group == _SIFTING and not worker.is_finished:
                await worker.wait()
        await self.run_action("choose")

    def action_move(self, by: int) -> None:
        """Move the cursor by so many lines."""
        self.listed.move(by)

    def action_page(self, by: int) -> None:
        """Move the cursor by so many screens."""
        self.listed.page(by)

    def action_back(self) -> None:
        """Leave, and choose nothing."""
        self.dismiss(None)

    def action_nothing(self) -> None:
        """Stay: there is nowhere else to go."""
