"""The picker: who answers, with which settings, and what is missing for it."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from textual import on
from textual.binding import Binding
from textual.containers import Vertical
from textual.content import Content
from textual.getters import query_one
from textual.widgets import Static

from lion_tui.app.picker.key_line import KeyLine
from lion_tui.app.picker.model_list import ModelList
from lion_tui.app.picker.offers import look_around
from lion_tui.app.picker.parameters import Field, Parameters
from lion_tui.app.picker.recents import load_recents
from lion_tui.app.screens.dialog import Dialog
from lion_tui.app.widgets.status_line import Hints
from lion_tui.app.working import begin
from lion_tui.core.errors import LionError, UsageError
from lion_tui.core.text import printable
from lion_tui.services.keys import can_keep_keys

if TYPE_CHECKING:
    from textual import events
    from textual.app import ComposeResult

    from lion_tui.app.picker.offers import Offer
    from lion_tui.app.picker.rows import Row
    from lion_tui.config.settings import Settings
    from lion_tui.core.inference import Service
    from lion_tui.core.message import Json
    from lion_tui.session import Session


@dataclass(frozen=True, slots=True)
class Choice:
    """A model of a service.

    Attributes:
        service: The service's name.
        model: The model's name.
        everywhere: Whether it is meant for the whole session, not just for the branch.
    """

    service: str
    model: str
    everywhere: bool = False


Picked: TypeAlias = "Choice | dict[str, Json] | None"
"""A model, the settings of the branch, or nothing."""


class PickerScreen(Dialog[Picked]):
    """Returns what was chosen: a model, or the settings of the branch; nothing is changed here but keys."""

    CSS_PATH = ["../widgets/pick_list.tcss", "picker.tcss"]  # noqa: RUF012 - Textual's way to declare them
    AUTO_FOCUS = "#filter"
    BINDINGS = [Binding("escape,ctrl+c", "back", "back", show=False, priority=True)]  # noqa: RUF012 - Textual's way to declare them

    panel = query_one("#picker", Vertical)
    models = query_one(ModelList)
    key_line = query_one(KeyLine)
    parameters = query_one(Parameters)
    detail = query_one("#detail", Static)
    hints = query_one(Hints)

    def __init__(
        self,
        session: Session,
        settings: Settings,
        *,
        query: str = "",
        reason: str = "",
        start: str = "",
        other_than: tuple[str, str] | None = None,
    ) -> None:
        """Let the user choose for what is shown of a session.

        Args:
            session: The session.
            settings: The user's settings, which know more services.
            query: What the filter begins with.
            reason: Why something must be chosen, if it must.
            start: The name of the service to begin at.
            other_than: A service and a model that another one is looked for; it is not for the branch then.
        """
        super().__init__()
        self._other_than = other_than
        self._session = session
        self._said = (reason, True) if reason else ("", False)
        self._pointed: object = None
        self._service: Service | None = None
        self._current: tuple[str, str] | None = None
        with suppress(LionError):  # nobody answers yet: that is what the picker is for
            self._service, model = session.answerer()
            self._current = other_than or (self._service.name, model)
        self._offers = look_around(session, settings, first=start or (self._current[0] if self._current else None))
        self._query, self._start = query, start

    def compose(self) -> ComposeResult:
        """Lay the panel out."""
        state = self._session.state
        ref = state.refs.get(state.current.branch_id or "") or state.latest_ref()
        with Vertical(id="picker"):
            yield KeyLine()
            yield ModelList(
                self._offers,
                load_recents(),
                query=self._query,
                current=self._current,
                start=self._start,
                other=bool(self._other_than),
            )
            yield Parameters(ref.params if ref else {}, state.overlay.get("params") or {}, self._service)
            yield Static(id="detail", markup=False)
            yield Hints()

    def on_mount(self) -> None:
        """Ask every service what it offers, all at once."""
        self._show_view("")
        for offer in self._offers:
            begin(self, self._ask, offer, group="asking")

    @property
    def offered(self) -> dict[str, list[str]]:
        """What each service said that it offers, by its name; those that said nothing are not in it."""
        return {offer.name: [model.id for model in offer.models] for offer in self._offers if offer.models}

    def on_key(self, event: events.Key) -> None:
        """Take what was typed before the filter line had the keyboard."""
        if self.focused is None and event.is_printable and event.character:
            self.models.filter_line.insert_text_at_cursor(event.character)

    async def _ask(self, offer: Offer) -> None:
        await offer.ask()
        if self in self.app.screen_stack:  # it may have been left meanwhile
            self.models.refresh_rows()
            self._update_detail()

    # Views: the list, and in its place the settings or above it the line for a key

    def _show_view(self, view: str) -> None:
        self.set_class(view == "key", "-key")
        self.set_class(view == "settings", "-settings")
        name = self._session.current.name
        title = f"{'Settings of' if view == 'settings' else 'Model for'} {name}"
        if self._other_than and view != "settings":
            title = "Another model for the same prompt"
        self.panel.border_title = Content(printable(title))
        self.hints.say(_hints(view, other=bool(self._other_than)))
        if not view:
            self.set_focus(self.models.filter_line)
        self._update_detail()

    def action_back(self) -> None:
        """Go back to the list, or from there away."""
        if self.has_class("-key"):
            self.key_line.leave()
            self._said = ("", False)
            self._show_view("")
        elif self.has_class("-settings"):
            self._said = ("", False)
            self._show_view("")
        else:
            self.dismiss(None)

    def _ask_for_key(self, offer: Offer) -> None:
        if not offer.takes_key:
            self._say(f"{offer.title} takes no key.", error=True)
            return
        self._said = (f"It is tested first. It goes to {offer.title} alone, and into no session and no log.", False)
        self._show_view("key")
        self.key_line.ask_for(offer)

    # Saying

    def _say(self, text: str, *, error: bool = False) -> None:
        self._said = (text, error)
        self._update_detail()

    def _update_detail(self) -> None:
        text, error = self._said
        if not text and not self.has_class("-settings"):
            text = _detail(self.models.row)
        self.detail.set_class(error, "-error")
        self.detail.update(printable(text))

    @on(ModelList.Pointed)
    def _pointed_at(self) -> None:
        here = self.models.row.identity if self.models.row else None
        if here != self._pointed and self._pointed is not None:
            self._said = ("", False)
        self._pointed = here
        self._update_detail()

    @on(KeyLine.Said)
    def _key_said(self, event: KeyLine.Said) -> None:
        self._say(event.text, error=event.error)

    @on(Field.Pointed)
    def _field_said(self, event: Field.Pointed) -> None:
        self._say(event.text)

    # Choosing

    @on(ModelList.Acted)
    def _act(self, event: ModelList.Acted) -> None:
        row = event.row
        if event.what == "settings":
            self._show_view("settings")
            self.parameters.begin()
        elif row is None or row.offer is None:
            self._update_detail()
        elif event.what == "key":
            self._ask_for_key(row.offer)
        else:
            self._choose(row, row.offer, everywhere=event.what == "everywhere")

    def _choose(self, row: Row, offer: Offer, *, everywhere: bool) -> None:
        if offer.wants_key and offer.takes_key:
            self._ask_for_key(offer)
            return
        if offer.service is None or (row.kind == "service" and offer.fault):
            self._ask_again(offer)
            return
        model = row.model.id if row.model else offer.service.default_model
        if model is None:
            self._say(f"{offer.title} has no default model. Choose one of its models.", error=True)
            return
        try:
            offer.service.check(self._session.params_in_force())
        except UsageError as error:
            self._say(f"{error.what} Tab opens the settings.", error=True)
            return
        self.dismiss(Choice(offer.name, model, everywhere))

    def _ask_again(self, offer: Offer) -> None:
        offer.asking = True
        self.models.refresh_rows()
        self._update_detail()
        begin(self, self._ask, offer, group="asking")

    @on(KeyLine.Taken)
    def _key_taken(self, event: KeyLine.Taken) -> None:
        self.key_line.leave()
        self._show_view("")
        self._ask_again(event.offer)
        self._say(event.text)

    @on(Parameters.Submitted)
    def _parameters_submitted(self, event: Parameters.Submitted) -> None:
        self.dismiss(event.params)


def _hints(view: str, *, other: bool) -> tuple[tuple[str, str], ...]:
    match view:
        case "key":
            keyring = (("^s", "and into the keyring"),) if can_keep_keys() else ()
            return (("enter", "test it, keep it for this run"), *keyring, ("esc", "back"))
        case "settings":
            return (("enter", "keep"), ("↑ ↓", "fields"), ("esc", "back"))
    if other:
        return (("enter", "ask it"), ("^k", "key"), ("esc", "close"))
    return (("enter", "here"), ("^s", "whole session"), ("^k", "key"), ("tab", "settings"), ("esc", "close"))


def _detail(row: Row | None) -> str:
    """Return what is known of a line besides what it shows."""
    if row is None or row.offer is None:
        return "Nothing that is known yet is called that."
    if row.kind == "more":
        return "Enter shows them all; typing finds one."
    if row.model is None or row.offer.wants_key:
        return row.offer.detail
    facts = [f"{row.model.id} at {row.offer.title}"]
    if row.model.context:
        facts.append(f"reads {row.model.context:,} tokens")
    if row.model.price_in is not None and row.model.price_out is not None:
        facts.append(f"${row.model.price_in:g} read, ${row.model.price_out:g} written, per million tokens")
    return " · ".join(facts) + ("" if row.offer.fault is None else f"\n{row.offer.fault.what}")
