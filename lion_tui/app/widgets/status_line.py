"""The line that says where, who, how much, and what is going on; and the line of keys below it."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from rich.segment import Segment
from textual.strip import Strip
from textual.widget import Widget

from lion_tui.app.transcript.wrapping import clip
from lion_tui.app.widgets.kept_lines import KeptLines

if TYPE_CHECKING:
    from collections.abc import Sequence


class StatusLine(KeptLines, Widget):
    """Facts, left to right; what does not fit is cut at the end."""

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - Textual's name for it
        """Begin empty."""
        super().__init__(id=id)
        self._facts: Sequence[str] = ()

    def say(self, facts: Sequence[str]) -> None:
        """Show other facts."""
        if facts != self._facts:
            self._facts = facts
            self.refresh()

    def render_line(self, y: int) -> Strip:  # noqa: ARG002 - there is one line
        """Return the line."""
        text = "   ".join(clip(fact, self.size.width) for fact in self._facts)
        return Strip([Segment(text, self.rich_style)]).adjust_cell_length(self.size.width, self.rich_style)


class Hints(KeptLines, Widget):
    """The keys that matter here and now. Of what does not fit, the last one stays: it leads to all others."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {"hints--key"}

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - Textual's name for it
        """Begin empty."""
        super().__init__(id=id)
        self._hints: Sequence[tuple[str, str]] = ()

    def say(self, hints: Sequence[tuple[str, str]]) -> None:
        """Show other keys: pairs of a key and what it does."""
        if hints != self._hints:
            self._hints = hints
            self.refresh()

    def render_line(self, y: int) -> Strip:  # noqa: ARG002 - there is one line
        """Return the line."""
        key_style = self.rich_style + self.get_component_rich_style("hints--key")
        shown = list(self._hints)
        while len(shown) > 1 and sum(len(key) + len(title) + 4 for key, title in shown) - 3 > self.size.width:
            del shown[-2]
        segments: list[Segment] = []
        for key, title in shown:
            segments += [Segment(key, key_style), Segment(f" {title}   ", self.rich_style)]
        return Strip(segments).adjust_cell_length(self.size.width, self.rich_style)
