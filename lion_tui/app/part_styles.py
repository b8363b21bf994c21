"""The styles of parts of a widget, found when something is drawn with them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.dom import DOMNode

if TYPE_CHECKING:
    from rich.style import Style
    from textual.css.styles import RenderStyles
    from textual.widget import Widget


def part_styles(widget: Widget, name: str) -> RenderStyles:
    """Return the styles that a class of the style sheet has within a widget.

    Those of its `COMPONENT_CLASSES` Textual finds whenever it finds the widget's own, whether they are used or not.
    """
    part = DOMNode(classes=name)
    part._attach(widget)  # noqa: SLF001 - as Textual does for a component class
    widget.app.stylesheet.apply(part)
    return part.styles


class PartStyles:
    """The styles of a widget and of its parts, found once: a line is drawn more often than a theme changes."""

    def __init__(self, widget: Widget, prefix: str) -> None:
        """Begin without any; in the style sheet the names of the parts begin with `prefix` and two hyphens."""
        self._widget, self._prefix = widget, prefix
        self._styles: dict[str, Style] = {}

    def __getitem__(self, part: str) -> Style:
        """Return the style of a part."""
        if (style := self._styles.get(part)) is None:
            style = self._styles[part] = part_styles(self._widget, f"{self._prefix}--{part}").rich_style
        return style

    @property
    def base(self) -> Style:
        """The style of the widget, where nothing is."""
        if (style := self._styles.get("")) is None:
            style = self._styles[""] = self._widget.rich_style
        return style

    def forget(self) -> None:
        """Look the styles up anew."""
        self._styles.clear()
