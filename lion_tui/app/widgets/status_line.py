"""The line that says where, who, how much, and what is going on; and the line of keys below it."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Final, NamedTuple

from rich.cells import cell_len
from rich.segment import Segment
from textual.strip import Strip
from textual.widget import Widget

from lion_tui.app.transcript.wrapping import clip
from lion_tui.app.widgets.kept_lines import KeptLines

if TYPE_CHECKING:
    from collections.abc import Sequence

_GAP: Final = "   "
_LEAST_OF_SESSION: Final = 6
_LEAST_OF_BRANCH: Final = 8


class Place(NamedTuple):
    """Where one is: what the session and the branch are called."""

    session: str
    branch: str

    def __str__(self) -> str:
        """Return both in full."""
        return f"{self.session} ⎇ {self.branch}"

    def within(self, width: int) -> str:
        """Return both in so many cells, if that leaves something of each; the session's name gives way first."""
        room = width - cell_len(" ⎇ ")
        session = clip(self.session, max(_LEAST_OF_SESSION, room - cell_len(self.branch)))
        branch = clip(self.branch, max(_LEAST_OF_BRANCH, room - cell_len(session)))
        return str(Place(session, branch))


class StatusLine(KeptLines, Widget):
    """Facts, left to right. Names are shortened to make room, then what stands before the last one is left out."""

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - Textual's name for it
        """Begin empty."""
        super().__init__(id=id)
        self._facts: Sequence[str | Place] = ()

    def say(self, facts: Sequence[str | Place]) -> None:
        """Show other facts."""
        if facts != self._facts:
            self._facts = facts
            self.refresh()

    def render_line(self, y: int) -> Strip:  # noqa: ARG002 - there is one line
        """Return the line."""
        width = self.size.width
        over = cell_len(_GAP.join(map(str, self._facts))) - width
        shown = [
            fact.within(cell_len(str(fact)) - over) if over > 0 and isinstance(fact, Place) else clip(str(fact), width)
            for fact in self._facts
        ]
        while len(shown) > 2 and cell_len(_GAP.join(shown)) > width:
            del shown[-2]  # the last one says what goes on
        text = _GAP.join(shown)
        text = clip(text, width) if cell_len(text) > width else text
        return Strip([Segment(text, self.rich_style)]).adjust_cell_length(width, self.rich_style)


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
