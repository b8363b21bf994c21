"""Widgets that change seldom and are asked for their lines in every frame."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from textual.containers import Horizontal, Vertical

if TYPE_CHECKING:
    from textual.geometry import Region
    from textual.strip import Strip
    from textual.widget import Widget as _Mixed
else:
    _Mixed = object  # Textual takes the style sheet of the first base that is a widget


class KeptLines(_Mixed):
    """Keeps all its lines until something of it changes.

    A frame is composed of the lines of everything that overlaps what changed: also of the containers below it, whole.
    Textual would look each of their lines up anew.
    """

    _kept: tuple[Region, list[Strip]] | None = None

    def render_lines(self, crop: Region) -> list[Strip]:
        """Return the lines as they were, if nothing changed."""
        if self._kept is None or self._kept[0] != crop:
            self._kept = crop, super().render_lines(crop)
        return self._kept[1]

    def refresh(self, *regions: Region, repaint: bool = True, layout: bool = False, recompose: bool = False) -> Self:
        """Have the widget drawn anew."""
        self._kept = None
        return super().refresh(*regions, repaint=repaint, layout=layout, recompose=recompose)

    def notify_style_update(self) -> None:
        """Draw in other styles."""
        self._kept = None
        super().notify_style_update()


class Row(KeptLines, Horizontal):
    """Widgets side by side."""


class Stack(KeptLines, Vertical):
    """Widgets below each other."""
