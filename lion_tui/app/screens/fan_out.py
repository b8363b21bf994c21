"""The dialog in which one chooses whom a prompt is put to at once."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.binding import Binding
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.getters import query_one
from textual.screen import ModalScreen
from textual.widgets import Input, Static

from lion_tui.app.picker.offers import look_around
from lion_tui.app.picker.recents import Recent, load_recents
from lion_tui.app.picker.teams import forget_team, keep_team, load_teams
from lion_tui.app.picker.together import Asked, Together
from lion_tui.app.widgets.entries import Entries
from lion_tui.app.widgets.said import Said
from lion_tui.app.widgets.status_line import Hints
from lion_tui.core.errors import LionError
from lion_tui.core.text import printable

if TYPE_CHECKING:
    from textual import events
    from textual.app import ComposeResult

    from lion_tui.app.picker.offers import Offer
    from lion_tui.config.settings import Settings
    from lion_tui.session import Branch, Session

_KEYS = (
    ("enter", "ask"),
    ("tab", "mark"),
    ("← →", "samples"),
    ("^s", "save as a team"),
    ("^x", "forget team"),
    ("esc", "close"),
)
_NAMING = (("enter", "save the team"), ("esc", "back"))


class FanOutScreen(ModalScreen[Asked | None]):
    """Returns whom the prompt is put to; None if nobody is asked."""

    CSS_PATH = "fan_out.tcss"
    AUTO_FOCUS = "#together-filter"
    BINDINGS: ClassVar = [
        Binding("escape,ctrl+c", "back", "back", show=False, priority=True),
        Binding("down,ctrl+n", "move(1)", "next", show=False, priority=True),
        Binding("up,ctrl+p", "move(-1)", "before", show=False, priority=True),
        Binding("pagedown", "page(1)", "page down", show=False, priority=True),
        Binding("pageup", "page(-1)", "page up", show=False, priority=True),
        Binding("tab", "mark", "mark", show=False, priority=True),
        Binding("left", "samples(-1)", "fewer samples", show=False, priority=True),
        Binding("right", "samples(1)", "more samples", show=False, priority=True),
        Binding("ctrl+s", "name", "save as a team", show=False, priority=True),
        Binding("ctrl+x", "forget", "forget the team", show=False, priority=True),
        Binding("enter", "take", "ask", show=False, priority=True),
    ]

    panel = query_one(Vertical)
    filter_line = query_one("#together-filter", Input)
    entries = query_one(Entries)
    said = query_one(Said)
    cost = query_one("#together-cost", Static)
    hints = query_one(Hints)

    def __init__(
        self, session: Session, settings: Settings, prompt: str, *, at: Branch | None = None, samples: int | None = None
    ) -> None:
        """Let the user choose.

        Args:
            session: The session.
            settings: The user's settings, which know more services.
            prompt: What is asked; empty if it is there already.
            at: The path to the prompt, if it is there already.
            samples: How many answers each gives at first.
        """
        super().__init__()
        self._session, self._prompt, self._at = session, prompt, at
        self._naming = False
        try:
            service, model = session.answerer()
            current: Recent | None = Recent(service.name, model)
        except LionError:  # nobody is chosen yet
            current = None
        self._offers = look_around(session, settings, first=current.service if current else None)
        self._together = Together(session, self._offers, load_recents(), load_teams(), current)
        if samples is not None:
            self._together.want_samples(samples)

    def compose(self) -> ComposeResult:
        """Lay the panel out."""
        with Vertical():
            with Horizontal(id="together-line"):
                yield Static("›", id="together-mark")
                yield Input(placeholder="Type to find models and branches", compact=True, id="together-filter")
            yield Entries()
            yield Said(id="together-said")
            yield Static(id="together-cost", markup=False)
            yield Hints()

    def on_mount(self) -> None:
        """Ask every service what it offers, all at once."""
        self.entries.empty = "Nothing that is known yet is called that."
        self.hints.say(_KEYS)
        self._refresh()
        for offer in self._offers:
            self.run_worker(self._ask(offer), group="asking")

    async def _ask(self, offer: Offer) -> None:
        await offer.ask()
        if self in self.app.screen_stack:  # it may have been left meanwhile
            self._refresh()

    def on_key(self, event: events.Key) -> None:
        """Take what was typed before the filter line had the keyboard."""
        if self.focused is None and event.is_printable and event.character:
            self.filter_line.insert_text_at_cursor(event.character)

    @on(Input.Changed)
    def _refresh(self) -> None:
        together = self._together
        if not self._naming:
            self.entries.show(together.entries(self.filter_line.value.strip()))
        each = f"{together.samples} answer{'' if together.samples == 1 else 's'} each"
        marked = f"{len(together.models)} marked · " if together.models else ""
        self.panel.border_title = Content(f"Ask several at once · {marked}{each}")
        self.cost.update(printable(together.said(self._prompt, self._at)))

    def _say(self, text: str) -> None:
        self.said.say(text)

    def action_move(self, by: int) -> None:
        """Move the cursor by so many lines."""
        self.entries.move(by)

    def action_page(self, by: int) -> None:
        """Move the cursor by so many screens."""
        self.entries.page(by)

    @on(Entries.Clicked)
    def action_mark(self) -> None:
        """Mark what the line at the cursor stands for, or no longer, and go on to the next."""
        if (entry := self.entries.entry) is not None and not self._naming:
            self._together.toggle(entry.key)
            self._refresh()
            self.entries.move(1)

    def action_samples(self, by: int) -> None:
        """Have each give more answers, or fewer."""
        self._together.want_samples(max(1, self._together.samples + by))
        self._refresh()

    def action_name(self) -> None:
        """Have a name written for what is marked."""
        self._ask_name(naming=True)

    def _ask_name(self, *, naming: bool) -> None:
        self._naming = naming
        self.filter_line.value = ""
        self.filter_line.placeholder = "Name of the team" if naming else "Type to find models and branches"
        self.hints.say(_NAMING if naming else _KEYS)
        self._refresh()

    async def action_forget(self) -> None:
        """Forget the team at the cursor."""
        entry = self.entries.entry
        kind, _, name = entry.key.partition(":") if entry else ("", "", "")
        if kind != "team":
            self._say("There is no team on this line.")
            return
        try:
            await asyncio.to_thread(forget_team, name)
        except LionError as error:
            self._say(str(error))
        else:
            await self._load_teams(f"Forgot the team {name}.")

    async def _load_teams(self, said: str) -> None:
        self._together.teams = await asyncio.to_thread(load_teams)
        self._refresh()
        self._say(said)

    async def action_take(self) -> None:
        """Ask whom is marked, or save them under the name that was written."""
        if not self._naming:
            self.dismiss(self._together.asked)
            return
        name = self.filter_line.value
        try:
            await asyncio.to_thread(keep_team, name, self._together.models)
        except LionError as error:
            self._say(str(error))
            return
        self._ask_name(naming=False)
        await self._load_teams(f"Saved the team {' '.join(name.split())}.")

    def action_back(self) -> None:
        """Leave the name, or the dialog: nobody is asked, and nothing written is lost."""
        if self._naming:
            self._ask_name(naming=False)
        else:
            self.dismiss(None)
