"""The dialog in which one chooses whom a prompt is put to at once."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.binding import Binding
from textual.content import Content
from textual.getters import query_one
from textual.widgets import Static

from lion_tui.app.picker.offers import look_around
from lion_tui.app.picker.recents import Recent, load_recents
from lion_tui.app.picker.teams import forget_team, keep_team, load_teams
from lion_tui.app.picker.together import Asked, Together
from lion_tui.app.screens.list_screen import ListScreen
from lion_tui.app.transcript.wrapping import clip
from lion_tui.app.widgets.entries import Entries
from lion_tui.app.widgets.said import Said
from lion_tui.app.working import begin
from lion_tui.core.counting import counted
from lion_tui.core.errors import LionError
from lion_tui.core.text import printable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lion_tui.app.picker.offers import Offer
    from lion_tui.config.settings import Settings
    from lion_tui.session import Branch, Session

_WORDS = 40
_FIND = "Type to find models and branches; ← → set the answers of each"
_KEYS = (
    ("enter", "ask"),
    ("tab", "mark"),
    ("← →", "answers"),
    ("^s", "save as a team"),
    ("^x", "forget team"),
    ("esc", "close"),
)
_NAMING = (("enter", "save the team"), ("esc", "back"))


class FanOutScreen(ListScreen[Asked | None, Entries]):
    """Returns whom the prompt is put to; None if nobody is asked."""

    CSS_PATH = [*ListScreen.CSS_PATH, "fan_out.tcss"]  # noqa: RUF012 - Textual's way to declare them
    BINDINGS: ClassVar = [
        Binding("tab", "mark", "mark", show=False, priority=True),
        Binding("left", "samples(-1)", "fewer samples", show=False, priority=True),
        Binding("right", "samples(1)", "more samples", show=False, priority=True),
        Binding("ctrl+s", "name", "save as a team", show=False, priority=True),
        Binding("ctrl+x", "forget", "forget the team", show=False, priority=True),
    ]

    said = query_one(Said)
    cost = query_one("#cost", Static)

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
        super().__init__(Entries(), _FIND)
        self._session, self._prompt, self._at = session, prompt, at
        self._asked = " ".join((prompt or (at.head.content if at and at.head else "")).split())
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

    def below(self) -> Iterator[Static]:
        """Return what went wrong, and what it will cost."""
        yield Said()
        yield Static(id="cost", markup=False)

    def on_mount(self) -> None:
        """Ask every service what it offers, all at once."""
        self.listed.empty = "Nothing known yet is called that. ← → set the answers of each."
        self.hints.say(_KEYS)
        self.refilter()
        for offer in self._offers:
            begin(self, self._ask, offer, group="asking")

    async def _ask(self, offer: Offer) -> None:
        await offer.ask()
        if self in self.app.screen_stack:  # it may have been left meanwhile
            self.refilter()

    def refilter(self) -> None:
        """Show whom one can ask, and what is marked."""
        together = self._together
        if not self._naming:
            self.listed.show(together.entries(self.query_text))
        each = f"{counted(together.samples, 'answer')} each"
        marked = f"{len(together.models)} marked · " if together.models else ""
        self.panel.border_title = Content(f"Ask several at once · {marked}← {each} →")
        self.panel.border_subtitle = Content(f"asks “{clip(printable(self._asked), _WORDS)}”")
        self.cost.update(printable(together.said(self._prompt, self._at)))

    def _say(self, text: str) -> None:
        self.said.say(text)

    @on(Entries.Clicked)
    def action_mark(self) -> None:
        """Mark what the line at the cursor stands for, or no longer, and go on to the next."""
        if (entry := self.listed.row) is not None and not self._naming:
            self._together.toggle(entry.key)
            self.refilter()
            self.listed.move(1)

    def action_samples(self, by: int) -> None:
        """Have each give more answers, or fewer."""
        self._together.want_samples(max(1, self._together.samples + by))
        self.refilter()

    def action_name(self) -> None:
        """Have a name written for what is marked."""
        self._ask_name(naming=True)

    def _ask_name(self, *, naming: bool) -> None:
        self._naming = naming
        self.filter_line.value = ""
        self.filter_line.placeholder = "Name of the team" if naming else _FIND
        self.hints.say(_NAMING if naming else _KEYS)
        self.refilter()

    async def action_forget(self) -> None:
        """Forget the team at the cursor."""
        entry = self.listed.row
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
        self.refilter()
        self._say(said)

    async def action_choose(self) -> None:
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
