"""The styles of parts of a widget, found when something is drawn with them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.dom import DOMNode

if TYPE_CHECKING:
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
