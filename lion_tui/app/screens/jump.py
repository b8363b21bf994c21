"""Letters at everything in sight that can be gone to."""

from __future__ import annotations

from itertools import islice, product
from typing import TYPE_CHECKING, Final, NamedTuple

from textual.geometry import Offset
from textual.widgets import Static

from lion_tui.app.screens.dialog import Dialog
from lion_tui.core.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from textual import events
    from textual.app import ComposeResult
    from textual.widget import Widget

    from lion_tui.app.screens.main import MainScreen
    from lion_tui.app.transcript import Reader
    from lion_tui.app.widgets.branch_tree import BranchTree

_LETTERS: Final = "asdfghjkl"


class Spot(NamedTuple):
    """A message in sight: the pane that shows it, its row, and the cell of the screen where it begins."""

    pane: Reader | BranchTree
    row: int
    at: Offset


def jump(screen: MainScreen) -> None:
    """Show letters at all messages in sight; who types them goes there.

    Raises:
        UsageError: none is in sight.
    """
    spots = list(islice(_in_sight(screen), len(_LETTERS) ** 2))
    if not spots:
        raise UsageError("There is no message yet.", "Write one first.")

    def go(spot: Spot | None) -> None:
        if spot is not None:
            screen.columns.activate(spot.pane)  # at once: the column that has the keyboard shows what is current
            screen.set_focus(spot.pane)
            if spot.pane is screen.tree_pane:
                screen.tree_pane.go_to(spot.row)
            else:
                screen.chat.reveal(spot.row)

    screen.app.push_screen(Labels(spots), go)


def _in_sight(screen: MainScreen) -> Iterator[Spot]:
    for reader in screen.columns.transcripts:
        if reader.region.area:
            yield from (Spot(reader, row, _cell(reader, y)) for y, row in reader.headers())
    tree = screen.tree_pane
    if tree.region.area:
        yield from (Spot(tree, row, _cell(tree, y)) for y, row in tree.rows_in_sight())


def _cell(pane: Widget, y: int) -> Offset:
    return Offset(pane.content_region.x, pane.content_region.y + y)


class Labels(Dialog["Spot | None"]):
    """The letters; what stands below them stays in sight. It returns where to go, or nothing."""

    CSS_PATH = "jump.tcss"

    def __init__(self, spots: Sequence[Spot]) -> None:
        """Label these."""
        super().__init__()
        self._labels = {first + second: spot for (first, second), spot in zip(product(_LETTERS, repeat=2), spots)}  # noqa: B905 - there are more letters than spots
        self._typed = ""

    def compose(self) -> ComposeResult:
        """Put each label where its message begins."""
        for label, spot in self._labels.items():
            widget = Static(label, classes="jump-label", id=f"jump-{label}")
            widget.absolute_offset = spot.at
            yield widget

    def on_key(self, event: events.Key) -> None:
        """Take a letter; any other key ends it."""
        event.stop()
        self._typed += event.character or "?"
        left = [label for label in self._labels if label.startswith(self._typed)]
        if not left or len(self._typed) > 1:
            self.dismiss(self._labels.get(self._typed))
            return
        for widget in self.query(".jump-label"):
            widget.display = (widget.id or "").removeprefix("jump-") in left
