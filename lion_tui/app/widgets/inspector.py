"""The pane that shows all that is known of one message."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, ClassVar

from rich.segment import Segment
from textual.strip import Strip
from textual.widget import Widget

from lion_tui.app.transcript.wrapping import clip, wrap
from lion_tui.app.widgets.kept_lines import KeptLines
from lion_tui.core.ids import to_datetime
from lion_tui.core.operations.marking import context_of
from lion_tui.core.provenance import provenance
from lion_tui.core.text import printable
from lion_tui.core.tree import NO_ROW

if TYPE_CHECKING:
    from collections.abc import Iterator

    from textual import events

    from lion_tui.core.state import State

_NAMES = 12
_WHEEL = 3
_EMPTY = "What is known of a message. I hides it."


class Inspector(KeptLines, Widget):
    """Facts about a message, one a line: who, how much, with which settings, where in the tree."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {"inspector--name", "inspector--title"}

    def __init__(self, state: State, *, id: str | None = None) -> None:  # noqa: A002 - Textual's name for it
        """Show messages of `state`."""
        super().__init__(id=id)
        self._state = state
        self._row = NO_ROW
        self._lines: list[tuple[str, str]] = []
        self._top = 0

    def show(self, row: int) -> None:
        """Show the message in a row as it is now."""
        if row != self._row:
            self._row, self._top = row, 0
        self._lay_out()

    def on_resize(self) -> None:
        """Break the lines anew."""
        self._lay_out()

    def _lay_out(self) -> None:
        self._lines = []
        room = max(1, self.size.width - _NAMES)
        if self._row != NO_ROW:
            for name, text in facts(self._state, self._row):
                if not text:
                    self._lines += ([("", "")] if self._lines else []) + [(name, "")]
                    continue
                for number, line in enumerate(wrap(text, room)):
                    self._lines.append(("" if number else name, line))
        self._top = max(0, min(self._top, len(self._lines) - self.size.height))
        self.refresh()

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        """Scroll towards the end."""
        event.stop()
        self._top = max(0, min(self._top + _WHEEL, len(self._lines) - self.size.height))
        self.refresh()

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        """Scroll towards the beginning."""
        event.stop()
        self._top = max(0, self._top - _WHEEL)
        self.refresh()

    def render_line(self, y: int) -> Strip:
        """Return a line of the window."""
        index, base = self._top + y, self.rich_style
        segments: list[Segment] = []
        if not self._lines and y == self.size.height // 2:
            text = clip(_EMPTY, self.size.width).center(self.size.width)
            segments = [Segment(text, self.get_component_rich_style("inspector--name"))]
        elif index < len(self._lines):
            name, text = self._lines[index]
            if text:
                style = self.get_component_rich_style("inspector--name")
                segments = [Segment(clip(name, _NAMES - 1).ljust(_NAMES), style), Segment(text, base)]
            else:
                segments = [Segment(name, self.get_component_rich_style("inspector--title"))]
        return Strip(segments).adjust_cell_length(self.size.width, base)


def facts(state: State, row: int) -> Iterator[tuple[str, str]]:
    """Yield what is known of a message as pairs of a name and a text; one without a text is a title."""
    message = state.tree.message(row)
    yield "Message", ""
    yield "role", message.role if message.sender == message.role else f"{message.role}, {printable(message.sender)}"
    yield "time", f"{to_datetime(state.tree.timestamp[row]).astimezone():%Y-%m-%d %H:%M:%S}"
    made = provenance(state, row) or ("imported" if message.origin == "import" else "")
    yield "status", f"{message.status}, {made}" if made else message.status
    yield "length", f"{len(message.content):,} characters"
    yield from _marks(state, row)
    if message.model:
        yield from _of_answer(state, row)
    yield "Place", ""
    yield from _place(state, row)


def _marks(state: State, row: int) -> Iterator[tuple[str, str]]:
    marks, context = state.marks.get(state.tree.node_id[row], {}), context_of(state, row)
    kept = [("bookmark", "★", marks.get("bookmark")), ("archived", "out of sight, a shows it", marks.get("archived"))]
    sent = [("muted", "not sent", "muted" in context), ("context", "starts here", "start" in context)]
    yield from ((name, text) for name, text, on in (*kept, *sent) if on)
    if note := marks.get("note"):
        yield "Note", ""
        yield "", printable(note)


def _of_answer(state: State, row: int) -> Iterator[tuple[str, str]]:
    message = state.tree.message(row)
    yield "service", printable(message.service or "–")
    yield "model", printable(message.model or "–")
    if message.finish_reason:
        yield "ended", printable(message.finish_reason)
    if message.error:
        yield "error", printable(message.error)
    yield "Size and cost", ""
    counts = {"read": message.tokens_in, "cached": message.tokens_cached, "written": message.tokens_out}
    for name, count in {**counts, "reasoning": message.tokens_reasoning}.items():
        if count is not None:
            yield name, f"{count:,} tokens"
    for name, seconds in (("first token", message.ttft_s), ("total", message.total_s)):
        if seconds is not None:
            yield name, f"{seconds:.2f} s"
    yield "cost", "–" if message.cost_usd is None else f"${message.cost_usd:.4f}"
    if message.params:
        yield "Parameters", ""
        for name, value in message.params.items():
            yield printable(name), printable(value if isinstance(value, str) else json.dumps(value, ensure_ascii=False))


def _place(state: State, row: int) -> Iterator[tuple[str, str]]:
    tree = state.tree
    yield "depth", str(tree.depth[row])
    heads = [ref.name for ref in state.names().values() if ref.head == tree.node_id[row]]
    if heads:
        yield "end of", ", ".join(map(printable, heads))
    written = tree.value(row, "branch")
    if written:
        yield "written on", printable(written)
    for node_id in tree.message(row).source_ids:
        if node_id in tree:
            source = tree.row(node_id)
            yield "made from", f"{tree.seq[source]}: {clip(tree.content(source), 60)}"
    siblings = state.siblings(row)
    if len(siblings) > 1:
        yield "Alternatives", ""
        for number, other in enumerate(siblings, 1):
            mark = "›" if other == row else " "
            who = tree.value(other, "model") or tree.value(other, "sender")
            yield f"{mark} {number} of {len(siblings)}", f"{printable(who)}: {clip(tree.content(other), 60)}"
