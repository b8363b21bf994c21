"""The pane that shows all that is known of one message."""

from __future__ import annotations

import json
from itertools import zip_longest
from typing import TYPE_CHECKING

from rich.segment import Segment
from textual.geometry import Region
from textual.widget import Widget

from lion_tui.app.part_styles import PartStyles
from lion_tui.app.transcript.line_strip import LineStrip
from lion_tui.app.transcript.wrapping import clip, wrap
from lion_tui.app.widgets.kept_lines import FramedLines
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


class Inspector(FramedLines, Widget):
    """Facts about a message, one a line: who, how much, with which settings, where in the tree."""

    def __init__(self, state: State, *, id: str | None = None) -> None:  # noqa: A002 - Textual's name for it
        """Show messages of `state`."""
        super().__init__(id=id)
        self._state = state
        self._styles = PartStyles(self, "inspector")
        self._row = NO_ROW
        self._lines: list[tuple[str, str]] = []
        self._top = 0

    def show(self, row: int) -> None:
        """Show the message in a row as it is now."""
        if row != self._row:
            self._row = row
            self._begin_at(0)
        self._lay_out()

    def on_resize(self) -> None:
        """Break the lines anew."""
        self._lay_out()

    def _lay_out(self) -> None:
        """Break the lines anew, and have those drawn that are others."""
        before, self._lines = self._lines, []
        room = max(1, self.size.width - _NAMES)
        if self._row != NO_ROW:
            for name, text in facts(self._state, self._row):
                if not text:
                    self._lines += ([("", "")] if self._lines else []) + [(name, "")]
                    continue
                for number, line in enumerate(wrap(text, room)):
                    self._lines.append(("" if number else name, line))
        if not before or not self._lines:
            self.refresh()
            return
        pairs = enumerate(zip_longest(before, self._lines))
        changed = [index - self._top for index, (old, new) in pairs if old != new]
        if regions := [Region(0, y, self.size.width, 1) for y in changed if 0 <= y < self.size.height]:
            self.refresh(*regions)
        self._begin_at(self._top)

    def _begin_at(self, line: int) -> None:
        """Begin the window at a line, if that leaves none of it empty that need not be."""
        before, self._top = self._top, max(0, min(line, len(self._lines) - self.size.height))
        if self._top != before:
            self.refresh()

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        """Scroll towards the end."""
        event.stop()
        self._begin_at(self._top + _WHEEL)

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        """Scroll towards the beginning."""
        event.stop()
        self._begin_at(self._top - _WHEEL)

    def notify_style_update(self) -> None:
        """Draw in the theme's new colours."""
        super().notify_style_update()
        self._styles.forget()

    def draw_lines(self, lines: range) -> list[LineStrip]:
        """Return lines of the window."""
        size, base = self.size, self._styles.base
        strips: list[LineStrip] = []
        for y in lines:
            segments: list[Segment] = []
            if not self._lines and y == size.height // 2:
                segments = [Segment(clip(_EMPTY, size.width).center(size.width), self._styles["name"])]
            elif self._top + y < len(self._lines):
                name, text = self._lines[self._top + y]
                if text:
                    named = clip(name, _NAMES - 1).ljust(_NAMES)
                    segments = [Segment(named, self._styles["name"]), Segment(text, base)]
                else:
                    segments = [Segment(name, self._styles["title"])]
            strips.append(LineStrip(Segment.adjust_line_length(segments, size.width, base), size.width))
        return strips


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
