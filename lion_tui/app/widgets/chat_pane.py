"""A pane with one chat in it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.containers import Container
from textual.message import Message as TextualMessage

from lion_tui.app.transcript import Reader
from lion_tui.app.widgets.kept_lines import KeptLines

if TYPE_CHECKING:
    from textual.app import ComposeResult

    from lion_tui.app.scheduler import FrameScheduler
    from lion_tui.core.state import State


class ChatPane(KeptLines, Container):
    """A transcript with a border around it: the transcript draws its own lines, so that its border is another's.

    Attributes:
        transcript: The transcript.
    """

    def __init__(
        self,
        state: State,
        scheduler: FrameScheduler,
        *,
        id: str | None = None,  # noqa: A002 - Textual's name for it
        classes: str = "",
    ) -> None:
        """Show messages of `state`, drawn when `scheduler` says so while they stream."""
        super().__init__(id=id, classes=classes)
        self.transcript = Reader(state, scheduler)

    class Resized(TextualMessage):
        """It is wider or narrower than before, or it is shown for the first time."""

    def compose(self) -> ComposeResult:
        """Lay the transcript out."""
        yield self.transcript

    def on_resize(self) -> None:
        """Tell it."""
        self.post_message(self.Resized())

    def on_path_view_scrolled(self, event: Reader.Scrolled) -> None:
        """Say where in the path the window is."""
        self.say_below(event.place)
