"""A short list above the composer, of what can be taken."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Final

from rich.cells import cell_len
from rich.segment import Segment
from textual.message import Message as TextualMessage
from textual.strip import Strip
from textual.widget import Widget

from lion_tui.app.transcript.wrapping import clip

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.style import Style
    from textual import events

    from lion_tui.app.composing.completion import Choice

_ROWS: Final = 8


class Completions(Widget):
    """Lines over the chat; it never takes the keyboard, so that nothing typed goes astray while it opens.

    Attributes:
        selected: The number of the choice that would be taken.
    """

    COMPONENT_CLASSES: ClassVar[set[str]] = {"completions--selected", "completions--help"}

    class Clicked(TextualMessage):
        """A choice was clicked at."""

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - Textual's name for it
        """Begin hidden."""
        super().__init__(id=id)
        self._choices: Sequence[Choice] = ()
        self._nothing = ""
        self._top = self._rows = 0
        self.selected = 0

    @property
    def chosen(self) -> Choice | None:
        """The choice that would be taken; None if there is none."""
        return self._choices[self.selected] if self._choices else None

    def offer(self, choices: Sequence[Choice], nothing: str = "") -> None:
        """Show choices, the first selected.

        Args:
            choices: The choices.
            nothing: What is said if there are none; if that is empty too, nothing is shown.
        """
        self._choices, self._nothing, self._top, self.selected = choices, nothing, 0, 0
        rows = min(_ROWS, max(len(choices), bool(nothing)))
        if rows != self._rows:
            self._rows = self.styles.height = rows
            self.styles.offset = (0, -rows)
            self.display = rows > 0
        self.refresh()

    def move(self, step: int) -> None:
        """Select another choice, going round at the ends."""
        if self._choices:
            self.selected = (self.selected + step) % len(self._choices)
            self._top = max(self.selected - _ROWS + 1, min(self._top, self.selected))
            self.refresh()

    def on_click(self, event: events.Click) -> None:
        """Take a choice."""
        if (at := self._top + event.y) < len(self._choices):
            self.selected = at
            self.post_message(self.Clicked())

    def render_line(self, y: int) -> Strip:
        """Return a choice, and what is said of it."""
        at = self._top + y
        if at >= len(self._choices):
            return self._line(" ", "", self._nothing, self.rich_style)
        choice = self._choices[at]
        if at != self.selected:
            return self._line(" ", choice.shown, choice.help, self.rich_style)
        return self._line("›", choice.shown, choice.help, self._style("completions--selected"))

    def _line(self, mark: str, shown: str, said: str, style: Style) -> Strip:
        width = self.size.width
        most = max(0, width - 4)
        column = most
        if said:
            column = min(most // 2, max((cell_len(each.shown) for each in self._choices), default=0))
        shown = clip(shown, column)
        pad = " " * (column - cell_len(shown) + 2) if shown else ""
        help_style = style if mark == "›" else self._style("completions--help")
        segments = [Segment(f" {mark} {shown}{pad}", style), Segment(clip(said, most - column), help_style)]
        return Strip(segments).adjust_cell_length(width, style)

    def _style(self, name: str) -> Style:
        return self.rich_style + self.get_component_rich_style(name)
