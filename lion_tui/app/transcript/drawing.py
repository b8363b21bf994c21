"""What stands around a message's text: the header above, and how it ended below."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style

from lion_tui.app.part_styles import part_styles
from lion_tui.app.transcript.markdown import Styles
from lion_tui.app.transcript.wrapping import clip, wrap
from lion_tui.core.ids import now_us
from lion_tui.core.moments import said_at
from lion_tui.core.operations.marking import context_of
from lion_tui.core.provenance import provenance
from lion_tui.core.text import printable

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual.color import Color
    from textual.filter import LineFilter
    from textual.widget import Widget

    from lion_tui.core.state import State


class Shown(dict[Style | None, Style | None]):
    """What filters (no colours, those of a theme) make of styles, each asked once and not for each line."""

    def __init__(self, filters: Sequence[LineFilter], background: Color) -> None:
        """Ask these, for what is drawn on a background."""
        super().__init__()
        self._filters, self._background = filters, background

    def __missing__(self, style: Style | None) -> Style | None:
        """Ask the filters."""
        segments = [Segment(" ", style)]
        for each in self._filters:
            segments = each.apply(segments, self._background)
        found = self[style] = segments[0].style
        return found


BAR = "▎ "
ROLES = ("user", "assistant", "system", "tool")
PROSE_WIDTH = 100
SPINNER = "⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏"


@dataclass(frozen=True)
class Look:
    """The styles that a message is drawn with, as the component classes of a transcript have them.

    While it is `nameless`, nothing is drawn that tells who gave an answer, or how fast.

    Those of Markdown are found when something is drawn with them: there are many.
    """

    widget: Widget
    text: Style
    dim: Style
    bold: Style
    error: Style
    roles: dict[str, Style]
    cursor: Style
    background: Color
    filters: tuple[LineFilter, ...]
    nameless: bool = False

    @cached_property
    def shown(self) -> Shown:
        """The styles as the terminal is given them."""
        return Shown(self.filters, self.background)

    @cached_property
    def markdown(self) -> Styles:
        """The styles of a message's text."""
        return Styles(lambda name: self.text if name == "text" else _markdown_style(self.widget, name))

    def sign(self, name: str) -> Style:
        """Return the style of the sign of what differs: that of the difference, without what goes through words."""
        return self.text + Style(color=self.markdown[name].color if name else None, bold=True)


def look_of(widget: Widget, *, nameless: bool = False) -> Look:
    """Return the styles that a transcript's component classes have now."""
    style = widget.get_component_rich_style
    return Look(
        widget,
        text=widget.rich_style,
        dim=style("transcript--dim"),
        bold=style("transcript--bold"),
        error=style("transcript--error"),
        roles={role: style(f"transcript--{role}") for role in ROLES},
        cursor=style("transcript--cursor"),
        background=widget.background_colors[1],
        filters=tuple(widget.app.get_line_filters()),
        nameless=nameless,
    )


def _markdown_style(widget: Widget, name: str) -> Style:
    part = part_styles(widget, f"markdown--{name}")
    style, mixed = part.partial_rich_style, part.rich_style
    # Textual gives every part a colour and a background; one that asks for none is laid over what is there, and a
    # background that can be seen through is mixed with that of the widget.
    return Style(
        color=style.color if part.has_rule("color") else None,
        bgcolor=mixed.bgcolor if part.has_rule("background") else None,
        bold=style.bold,
        italic=style.italic,
        underline=style.underline,
        strike=style.strike,
    )


def header(state: State, row: int, width: int, look: Look, bar: Segment, frame: int | None) -> list[Segment]:
    """Return the line above a message: who speaks, which alternative it is, and its figures or its time.

    While it streams, `frame` says which picture of the spinner it has; None for none.
    """
    tree = state.tree
    role: str = tree.role[row]
    sender: str = tree.value(row, "sender")
    names = {"user": "You", "system": "System"}
    name = clip(names.get(sender, sender) if sender == role else sender, 40)
    nameless = look.nameless and role == "assistant"
    if nameless:
        name = "Answer"
    if state.marks.get(tree.node_id[row], {}).get("bookmark"):
        name += " ★"
    facts = [made] if (made := provenance(state, row)) else []
    if "muted" in context_of(state, row):
        facts.append("muted")
    siblings = state.siblings(row)
    if len(siblings) > 1 and not nameless:
        facts.append(f"‹{siblings.index(row) + 1}/{len(siblings)}›")
    figures = "" if nameless else _figures(state, row)
    facts.append(figures or said_at(tree.timestamp[row], now_us()))
    if frame is not None and tree.status[row] == "streaming":
        facts.append(SPINNER[frame % len(SPINNER)])
    room = min(width, PROSE_WIDTH + 2) - 2 - cell_len(name)
    right = "  ".join(facts)
    if cell_len(right) >= room:
        right = clip(right, room - 1)
    gap = max(1, room - cell_len(right))
    return [bar, Segment(name, look.bold), Segment(" " * gap, look.text), Segment(right, look.dim)]


def note_of(state: State, row: int) -> str:
    """Return the user's note on a message, as it is shown; empty if there is none."""
    note = state.marks.get(state.tree.node_id[row], {}).get("note")
    return f"✎ {printable(note)}" if note else ""


def context_start(width: int, look: Look) -> list[Segment]:
    """Return the line above the message that the context starts with."""
    words = clip("── context starts here · what is above is not sent", width)
    return [Segment(f"{words} ".ljust(min(width, PROSE_WIDTH), "─"), look.dim)]


def _figures(state: State, row: int) -> str:
    """Return an answer's time to the first token, its speed and its length."""
    tree = state.tree
    first, total, tokens = (tree.value(row, name) for name in ("ttft_s", "total_s", "tokens_out"))
    figures = [f"{first:.1f} s"] if first is not None else []
    if tokens and first is not None and total > first:
        figures.append(f"{tokens / (total - first):.0f} tok/s")
    if tokens:
        figures.append(f"{tokens} tok")
    return " · ".join(figures)


def thought(reasoning: str, *, unfolded: bool) -> str:
    """Return the line above what was thought: with its first words while it is folded."""
    return "▾ thought · z folds" if unfolded else f"▸ thought: {reasoning}"


def ending(state: State, row: int, width: int, look: Look) -> list[tuple[str, Style]]:
    """Return the last line of an answer that did not simply end, with the keys that go on."""
    tree = state.tree
    error = "no answer" if look.nameless else tree.value(row, "error") or ""
    keys = "m continue · R retry"
    match tree.status[row]:
        case "stopped":
            return [(f"■ stopped · {keys}" if tree.content(row) else "■ stopped · R retry", look.dim)]
        case "interrupted":
            keys = keys if tree.content(row) else "R retry"
            return [*((line, look.error) for line in wrap(f"✕ interrupted: {error}", width)), (keys, look.dim)]
        case "error":
            return [*((line, look.error) for line in wrap(f"✕ {error}", width)), ("R retry", look.dim)]
        case "complete" if tree.value(row, "finish_reason") == "length":
            return [("■ the reply reached its cap · m continue", look.dim)]
    return []
