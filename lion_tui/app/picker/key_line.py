"""The line that a key is entered in: never shown, tested before it is used, kept only where the user says."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from textual import on
from textual.binding import Binding
from textual.containers import Horizontal
from textual.getters import query_one
from textual.message import Message as TextualMessage
from textual.widgets import Input, Static

from lion_tui.app.picker import offers
from lion_tui.app.widgets.line import Line
from lion_tui.app.working import begin
from lion_tui.core.errors import LionError, TimedOut
from lion_tui.services.keys import can_keep_keys, keep_key
from lion_tui.services.remote import RemoteService

if TYPE_CHECKING:
    from textual.app import ComposeResult

    from lion_tui.app.picker.offers import Offer


class KeyLine(Horizontal):
    """Asks for the key of a service."""

    BINDINGS = [  # noqa: RUF012 - Textual's way to declare them
        Binding("ctrl+s", "test(True)", "into the keyring", show=False, priority=True),
        Binding("tab,shift+tab", "nothing", "stay", show=False),
    ]

    class Said(TextualMessage):
        """How it goes: a sentence; whether it is an error."""

        def __init__(self, text: str, *, error: bool = False) -> None:
            """Carry the sentence."""
            super().__init__()
            self.text, self.error = text, error

    class Taken(TextualMessage):
        """The service took the key."""

        def __init__(self, offer: Offer, text: str) -> None:
            """Carry the service, and where the key is kept now."""
            super().__init__()
            self.offer, self.text = offer, text

    entry = query_one("#key", Input)

    def __init__(self) -> None:
        """Begin with nobody to ask for."""
        super().__init__(id="key-line")
        self._offer: Offer | None = None
        self._testing = False

    def compose(self) -> ComposeResult:
        """Lay the line out."""
        yield Static(id="key-mark", markup=False)
        yield Line(password=True, compact=True, placeholder="Paste it here", id="key")

    def ask_for(self, offer: Offer) -> None:
        """Ask for the key of a service."""
        self._offer = offer
        self.query_one("#key-mark", Static).update(f"key for {offer.title} ›")
        self.screen.set_focus(self.entry)

    def leave(self) -> None:
        """Forget what was entered, and give up a test under way."""
        self.workers.cancel_node(self)
        self.entry.clear()
        self._testing = False

    @on(Input.Submitted, "#key")
    def _submit(self) -> None:
        self.action_test()

    def action_nothing(self) -> None:
        """Stay: there is nowhere else to go."""

    def action_test(self, keep: bool = False) -> None:
        """Test the key; with `keep`, put it into the system's keyring too."""
        key = self.entry.value.strip()
        if keep and not can_keep_keys():
            self.post_message(
                self.Said("The package keyring is not installed. Enter keeps the key for this run.", error=True)
            )
        elif not key:
            self.post_message(self.Said("Paste or type the key first.", error=True))
        elif not self._testing:
            self._testing = True
            begin(self, self._test, key, keep, group="key")

    async def _test(self, key: str, keep: bool) -> None:
        offer = self._offer
        if offer is None or not isinstance(offer.service, RemoteService):
            return
        self.post_message(self.Said(f"… asking {offer.title}"))
        try:
            try:
                async with asyncio.timeout(offers.PATIENCE_S):
                    await offer.service.use_key(key)
            except TimeoutError as error:
                what = f"{offer.title} did not answer within {offers.PATIENCE_S:g} s, so the key is not tested."
                raise TimedOut(what, "Enter tries again.") from error
            kept = keep and await asyncio.to_thread(keep_key, offer.service.provider, key)
        except LionError as error:
            self.post_message(self.Said(error.what, error=True))
        else:
            where = "in the keyring" if kept else "for this run"
            refused = " The keyring did not take it." if keep and not kept else ""
            self.post_message(self.Taken(offer, f"{offer.title} took the key; it is kept {where}.{refused}"))
        finally:
            self._testing = False
