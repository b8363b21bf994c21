"""The line that says where an answer is cut."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding

from lion_tui.app.transcript.cutting import first_place, place_after, place_before
from lion_tui.app.widgets.said import Said
from lion_tui.core.errors import LionError, UsageError

if TYPE_CHECKING:
    from collections.abc import Callable

    from textual.widget import Widget

    from lion_tui.app.transcript import Reader
    from lion_tui.app.transcript.cutting import Step


class CutLine(Said, can_focus=True):
    """Moves the place where an answer is cut; what would be kept is bright in the chat, the rest dim.

    It has the keyboard while it is open, and is closed when it loses it.
    """

    BINDINGS: ClassVar = [
        Binding("l,right", "move('word', 1)", "next word", show=False),
        Binding("h,left", "move('word', -1)", "word before", show=False),
        Binding("j,down", "move('line', 1)", "next line", show=False),
        Binding("k,up", "move('line', -1)", "line before", show=False),
        Binding("enter", "cut(True)", "cut and go on", show=False),
        Binding("e", "cut(False)", "only cut", show=False),
        Binding("escape", "close", "leave", show=False),
    ]

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - Textual's name for it
        """Begin closed."""
        super().__init__(id=id)
        self._reader: Reader | None = None
        self._row = self._at = 0
        self._source = ""
        self._take: Callable[[int, bool], object] = lambda _at, _go_on: None
        self._back: Widget | None = None

    @property
    def is_open(self) -> bool:
        """Whether it is shown."""
        return self._reader is not None

    def open(self, reader: Reader, row: int, text: str, take: Callable[[int, bool], object]) -> None:
        """Begin at the end of the first paragraph in sight.

        Args:
            reader: The transcript that shows the answer.
            row: The answer.
            text: Its text.
            take: Takes how many characters are kept, and whether the model goes on; raises a `LionError` if it cannot.

        Raises:
            UsageError: there is no place to cut it at.
        """
        at = first_place(text, reader.first_in_sight(row))
        if not at:
            raise UsageError("An answer of one word has no place to cut it at.", "R asks for another one.")
        self._back = self.screen.focused
        self._reader, self._row, self._source, self._take = reader, row, text, take
        self.focus()
        self._put(at)

    def _put(self, at: int, why: str = "") -> None:
        self._at = at
        if self._reader is not None:
            self._reader.show_cut(self._row, at)
        self.say(f"✂ keeps {at:,} of {len(self._source):,} characters{why}")

    def action_move(self, step: Step, by: int) -> None:
        """Move the place by a word or a line."""
        move = place_after if by > 0 else place_before
        at = move(self._source, self._at, step)
        if not self._source[at:].strip():
            self._put(self._at, " · m goes on from the end of an answer")
        else:
            self._put(at)

    def action_cut(self, go_on: bool) -> None:
        """Cut there."""
        try:
            self._take(self._at, go_on)
        except LionError as error:
            self._put(self._at, f" · {error}")
        else:
            self.action_close()

    def action_close(self) -> None:
        """Leave the answer as it is; the keyboard goes back to where it was."""
        back = self._back
        self._close()
        if self.has_focus and back is not None and back.is_attached:
            back.focus()

    def on_blur(self) -> None:
        """Leave the answer as it is."""
        self._close()

    def _close(self) -> None:
        if self._reader is not None:
            self._reader.show_cut(self._row, None)
        self._reader = None
        self.say("")
