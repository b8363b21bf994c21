"""Widgets that change seldom and are asked for their lines in every frame."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Self

from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.geometry import Region

from lion_tui.app.transcript.line_strip import LineStrip
from lion_tui.core.text import printable

if TYPE_CHECKING:
    from collections.abc import Iterator

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
    _stale: frozenset[int] = frozenset()
    """The kept lines that are to be drawn anew."""
    _border_line: Region | None = None
    _title = _subtitle = ""

    def entitle(self, title: str) -> None:
        """Say something in the border above."""
        if title != self._title:
            self._title = title
            with self._drawing_line(-1):
                self.border_title = Content(printable(title))

    @property
    def below(self) -> str:
        """What is said in the border below."""
        return self._subtitle

    def say_below(self, subtitle: str) -> None:
        """Say something in the border below."""
        if subtitle != self._subtitle:
            self._subtitle = subtitle
            with self._drawing_line(self.size.height):
                self.border_subtitle = Content(printable(subtitle))

    @contextmanager
    def _drawing_line(self, y: int) -> Iterator[None]:
        """Have only one line drawn where Textual would have the whole widget drawn; `y` is within the border."""
        self._border_line = Region(-self.gutter.left, y, self.outer_size.width, 1)
        try:
            yield
        finally:
            self._border_line = None

    def render_lines(self, crop: Region) -> list[Strip]:
        """Return the lines as they were, if nothing changed."""
        if self._kept is None or self._kept[0] != crop:
            self._kept, self._stale = (crop, self._rendered(crop)), frozenset()
        for y in self._stale.intersection(crop.line_range):
            self._kept[1][y - crop.y] = self._rendered(Region(crop.x, y, crop.width, 1))[0]
        self._stale = frozenset()
        return list(self._kept[1])

    def _rendered(self, crop: Region) -> list[Strip]:
        # As lines that the compositor leaves no garbage in.
        return [LineStrip(line, line.cell_length) for line in super().render_lines(crop)]

    def refresh(self, *regions: Region, repaint: bool = True, layout: bool = False, recompose: bool = False) -> Self:
        """Have the widget drawn anew."""
        if self._border_line is not None and self._border_line.width:
            regions = (self._border_line,)
        if regions and repaint and not layout:
            self._stale |= {y + self.gutter.top for region in regions for y in region.line_range}
        else:
            self._kept = None
        return super().refresh(*regions, repaint=repaint, layout=layout, recompose=recompose)

    def notify_style_update(self) -> None:
        """Draw in other styles."""
        self._kept = None
        super().notify_style_update()


class Bare(KeptLines):
    """Draws nothing but its background: all its lines are one."""

    def _rendered(self, crop: Region) -> list[Strip]:
        return super()._rendered(Region(crop.x, crop.y, crop.width, 1)) * crop.height


class Row(Bare, Horizontal):
    """Widgets side by side."""


class Stack(Bare, Vertical):
    """Widgets below each other."""
