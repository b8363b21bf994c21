"""Widgets that change seldom and are asked for their lines in every frame."""

from __future__ import annotations

from abc import abstractmethod
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


class FramedLines(KeptLines):
    """Draws its lines itself; Textual draws the border above and below, and once what stands at both ends of a line."""

    _sides: tuple[Strip, Strip] | None = None
    _edges: tuple[tuple[Region, str, str], list[Strip], list[Strip]] | None = None
    """What is above and below the lines, and for what crop and which titles."""

    @abstractmethod
    def draw_lines(self, lines: range) -> list[LineStrip]:
        """Return lines of the content, as wide as that."""

    def render_line(self, y: int) -> Strip:
        """Return a line of the content."""
        return self.draw_lines(range(y, y + 1))[0]

    def _rendered(self, crop: Region) -> list[Strip]:
        edges, width, draw = self.gutter, self.outer_size.width, super()._rendered
        inside = crop.intersection(Region(0, edges.top, width, self.outer_size.height - edges.height))
        if inside.width < width or not inside.height:
            return draw(crop)
        if self._sides is None or sum(side.cell_length for side in self._sides) != edges.width:
            sample = draw(Region(0, inside.y, width, 1))[0]
            self._sides = sample.crop(0, edges.left), sample.crop(width - edges.right, width)
        above: list[Strip] = []
        below: list[Strip] = []
        if inside.height < crop.height:
            said = (crop, self._title, self._subtitle)
            if self._edges is None or self._edges[0] != said:
                head = Region(0, crop.y, width, inside.y - crop.y)
                foot = Region(0, inside.bottom, width, crop.bottom - inside.bottom)
                self._edges = (said, draw(head) if head else [], draw(foot) if foot else [])
            _, above, below = self._edges
        (left, right), filters, background = self._sides, self.get_line_filters(), self.background_colors[1]
        lines: list[Strip] = []
        for line in self.draw_lines(range(inside.y - edges.top, inside.bottom - edges.top)):
            for each in filters:
                line = line.apply_filter(each, background)  # noqa: PLW2901 - one after the other
            lines.append(LineStrip([*left, *line, *right], width))
        return [*above, *lines, *below]

    def notify_style_update(self) -> None:
        """Draw in other styles."""
        self._sides = self._edges = None
        super().notify_style_update()


class Bare(KeptLines):
    """Draws nothing but its background: all its lines are one."""

    def _rendered(self, crop: Region) -> list[Strip]:
        return super()._rendered(Region(crop.x, crop.y, crop.width, 1)) * crop.height


class Row(Bare, Horizontal):
    """Widgets side by side."""


class Stack(Bare, Vertical):
    """Widgets below each other."""
