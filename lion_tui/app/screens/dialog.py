"""What lies over the screen until it is left."""

from __future__ import annotations

from textual.await_complete import AwaitComplete
from textual.screen import ModalScreen, ScreenResultType


class Dialog(ModalScreen[ScreenResultType]):
    """A question, or a list.

    Keys that were typed before it went are still its own; those that leave it do so once.
    """

    def dismiss(self, result: ScreenResultType | None = None) -> AwaitComplete:
        """Leave it with a result; nothing if it was left before: Textual would take the screen below away."""
        return super().dismiss(result) if self.is_active else AwaitComplete.nothing()  # type: ignore[no-untyped-call] # Textual's own
