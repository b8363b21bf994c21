"""The widget that shows the tree of messages as a graph."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from textual.binding import Binding
from textual.message import Message as TextualMessage
from textual.widget import Widget

from lion_tui.app.commands import bindings
from lion_tui.app.transcript.drawing import SPINNER
from lion_tui.app.transcript.line_strip import LineStrip
from lion_tui.app.transcript.wrapping import clip
from lion_tui.core.errors import UsageError
from lion_tui.core.graph import LONGEST_RUN, Graph, GraphView
from lion_tui.core.text import printable
from lion_tui.core.tree import NO_ROW

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from textual import events
    from textual.strip import Strip

    from lion_tui.core.graph import GraphLine
    from lion_tui.core.state import State

_LANES = 8
_WHEEL = 3
_EMPTY = "The branches come here."


class BranchTree(Widget, can_focus=True):
    """The live messages as a graph: lanes at forks, names on heads, the current path bright."""

    BINDINGS = [  # noqa: RUF012 - Textual's way to declare them
        *bindings("browse"),
        Binding("j,down", "go(1)", "next message", show=False),
        Binding("k,up", "go(-1)", "message before", show=False),
        Binding("g,home", "go(-1_000_000_000)", "first message", show=False),
        Binding("G,end", "go(1_000_000_000)", "last message", show=False),
    ]

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "branch-tree--dim",
        "branch-tree--path",
        "branch-tree--error",
        "branch-tree--cursor",
        *(f"branch-tree--lane-{lane}" for lane in range(1, _LANES + 1)),
    }

    class CursorMoved(TextualMessage):
        """The cursor is on another message."""

        def __init__(self, row: int) -> None:
            """Carry the message's row."""
            super().__init__()
            self.row = row

    class Chosen(CursorMoved):
        """A message was chosen."""

    def __init__(self, state: State, *, id: str | None = None) -> None:  # noqa: A002 - Textual's name for it
        """Show the tree of `state`."""
        super().__init__(id=id)
        self._state = state
        self._graph = Graph(state.tree, GraphView())
        self._line_of: dict[int, int] = {}
        self._hoisted = NO_ROW
        self._opened: frozenset[int] = frozenset()
        self._names: dict[int, list[str]] = {}
        self._colour: dict[str, int] = {}
        self._cursor = 0
        self._row = NO_ROW
        self._top = 0
        self._frame = 0

    # What is shown

    def rebuild(self) -> None:
        """Show the graph as it is now, with the cursor on the end of the path that is shown."""
        state, tree = self._state, self._state.tree
        self._names, self._colour = {}, {}
        for index, ref in enumerate(state.names().values()):
            self._colour[ref.name] = index
            if ref.head:
                self._names.setdefault(tree.row(ref.head), []).append(ref.name)
        self._lay_out()
        end = state.head_row(state.current)
        if end in self._line_of or self._row not in self._line_of:
            self._row = end
        self._put_cursor(self._line_at(self._row), self._row)

    def _lay_out(self) -> None:
        state, tree = self._state, self._state.tree
        marks = {tree.row(node_id): marks for node_id, marks in state.marks.items()}
        end = state.head_row(state.current)
        hidden = frozenset(row for row, each in marks.items() if each.get("archived"))
        if self._hoisted != NO_ROW and not self._drawn(self._hoisted, hidden, end):
            self._hoisted = NO_ROW
        view = GraphView(end, frozenset([*self._names, *marks]), hidden, self._opened, self._hoisted)
        changed = max(0, len(self._lines) - LONGEST_RUN - 1)
        tail = self._lines[changed:]
        if self._graph.extend(view):
            for line in tail:
                self._line_of.pop(line.row, None)
        else:
            self._graph = Graph(tree, view)
            self._line_of, changed = {}, 0
        for index in range(changed, len(self._lines)):
            if (line := self._lines[index]).kind != "fork":
                self._line_of[line.row] = index
        self.border_subtitle = self._count(end)

    def _drawn(self, row: int, hidden: frozenset[int], end: int) -> bool:
        tree = self._state.tree
        return all(tree.alive(each) and (each not in hidden or tree.holds(end, each)) for each in tree.ancestors(row))

    def _count(self, end: int) -> str:
        graph = self._graph
        if self._hoisted != NO_ROW:
            return f"hoisted: {graph.messages} of {graph.total}"
        depth = self._lines[self._line_of[end]].depth if end in self._line_of else 0
        return f"{depth} of {graph.total}" if graph.total else ""

    @property
    def _lines(self) -> Sequence[GraphLine]:
        return self._graph.lines

    def _line_at(self, row: int) -> int | None:
        """Return the line that a message is on, or that it is folded into; None if it is on none."""
        for above in self._state.tree.ancestors(row):
            if (index := self._line_of.get(above)) is not None:
                return index if above == row or self._lines[index].kind == "fold" else None
        return None

    def message_changed(self, row: int) -> None:
        """Draw one message's line anew."""
        if row in self._line_of:
            self.refresh()

    # What the scheduler asks for

    def shows(self, row: int) -> bool:  # noqa: ARG002 - of a `lion_tui.app.scheduler.Pane`
        """Tell that no text is drawn as it grows: the first words of a message come with its spinner."""
        return False

    def flush(self, rows: Collection[int]) -> bool:  # noqa: ARG002 - of a `lion_tui.app.scheduler.Pane`
        """Nothing is left to be drawn."""
        return False

    def spin(self, rows: Collection[int]) -> None:
        """Turn the spinners of the messages that stream."""
        self._frame += 1
        if self.display and any(row in self._line_of for row in rows):
            self.refresh()

    @property
    def cursor_row(self) -> int | None:
        """The row of the message that the cursor is on."""
        return None if self._row == NO_ROW else self._row

    def point_at(self, row: int) -> None:
        """Put the cursor on a message, or on what it is folded into, without saying so."""
        if (index := self._line_at(row)) is not None:
            self._put_cursor(index, row)

    def toggle_fold(self) -> None:
        """Open the run of messages that is folded at the cursor, or fold it again.

        Raises:
            UsageError: no run is long enough there.
        """
        if self._cursor < len(self._lines) and self._lines[self._cursor].kind == "fold":
            self._opened |= {self._lines[self._cursor].row}
        elif opened := self._graph.opened_at(self._cursor):
            self._opened -= opened
        else:
            raise UsageError("There is nothing to fold at this message.", "z opens a line such as ┊ 14 and folds it.")
        self._lay_out()
        self._put_cursor(self._line_at(self._row), self._row)

    def toggle_hoist(self) -> None:
        """Show the message at the cursor with what is below it and nothing else, or everything again.

        Raises:
            UsageError: there is no message.
        """
        if self._row == NO_ROW:
            raise UsageError("There is no message yet.", "Write one first.")
        self._hoisted = self._row if self._hoisted == NO_ROW else NO_ROW
        self._lay_out()
        self._put_cursor(self._line_at(self._row), self._row)

    def action_go(self, step: int) -> None:
        """Move the cursor by so many messages."""
        self.move_cursor(step)

    def move_cursor(self, step: int) -> None:
        """Move the cursor by so many messages."""
        lines, direction = self._lines, 1 if step > 0 else -1
        if not lines:
            return
        index = max(0, min(len(lines) - 1, self._cursor + step))
        if lines[index].kind == "fork":  # there is a message on either side
            index += direction
        self._put_cursor(index, lines[index].row)
        self.post_message(self.CursorMoved(self._row))

    def _put_cursor(self, index: int | None, row: int) -> None:
        """Put the cursor on a line, and on one of the messages that it stands for."""
        self._cursor, self._row = index or 0, row
        self._keep_in_window()

    def _keep_in_window(self) -> None:
        height = max(1, self.size.height)
        self._top = max(min(self._top, self._cursor), self._cursor - height + 1, 0)
        self._top = max(0, min(self._top, len(self._lines) - height))
        self.refresh()

    def on_resize(self) -> None:
        """Keep the cursor in the window."""
        self._keep_in_window()

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

    def on_click(self, event: events.Click) -> None:
        """Choose the message that was clicked."""
        offset = event.get_content_offset(self)
        if offset is None:
            return
        index = self._top + offset.y
        if index >= len(self._lines) or (line := self._lines[index]).kind == "fork":
            return
        self._put_cursor(index, line.row)
        if line.kind == "fold":
            self.toggle_fold()
        else:
            self.post_message(self.Chosen(line.row))

    # Drawing

    def render_line(self, y: int) -> Strip:
        """Return one line of the window."""
        width, index, base = self.size.width, self._top + y, self.rich_style
        segments: list[Segment] = []
        if not self._lines and y == self.size.height // 2:
            segments = [Segment(clip(_EMPTY, width).center(width), self._style("dim"))]
        elif index < len(self._lines):
            segments = self._draw(index, width)
        segments = Segment.adjust_line_length(segments, width, base)
        if index == self._cursor and self._lines and self.has_focus:
            # Over the colours of the segments, which have a background of their own; bold, for screens without colours.
            raised = Style(bgcolor=self._style("cursor").bgcolor, bold=True)
            segments = list(Segment.apply_style(segments, post_style=raised))
        return LineStrip(segments, width)

    def _style(self, name: str) -> Style:
        return self.get_component_rich_style(f"branch-tree--{name}")

    def _lane(self, lane: int) -> Style:
        return self._style(f"lane-{lane % _LANES + 1}")

    def _draw(self, index: int, width: int) -> list[Segment]:
        line = self._lines[index]
        # Many lanes must leave room for the words; those that are left out are one sign.
        most = max(1, width // 4)
        segments = [Segment("│ ", self._lane(lane)) for lane in range(min(line.lane, most))]
        if line.lane > most:
            segments.append(Segment("⋯ ", self._style("dim")))
        if line.kind == "fork":
            arms = "├" + "─┬" * min(line.size - 1, width) + "─╮"
            return [*segments, Segment(arms, self._lane(line.lane))]
        if line.kind == "fold":
            text = self._style("path" if self._graph.on_path[line.row] else "dim")
            return [*segments, Segment("┊ ", self._colour_of(line)), Segment(str(line.size), text)]
        return segments + self._message(index, width - 2 * len(segments))

    def _colour_of(self, line: GraphLine) -> Style:
        branch = self._state.tree.value(line.row, "branch")
        return self._lane(self._colour.get(branch, line.lane))

    def _message(self, index: int, width: int) -> list[Segment]:
        line, tree = self._lines[index], self._state.tree
        row = line.row
        colour = self._colour_of(line)
        text_style = self._style("path" if self._graph.on_path[row] else "dim")
        names = self._names.get(row, ())
        # A leaf without a name is shown by the end of its id, so that every line of talk has a label.
        labels = [f" {printable(name)} " for name in names] or (
            [f"·{printable(tree.node_id[row][-4:])}"] if self._graph.is_leaf(index) else []
        )
        label_style = colour + Style(reverse=True) if names else text_style
        star = " ★" if self._state.marks.get(tree.node_id[row], {}).get("bookmark") else ""
        number = f"{line.depth} "
        room = width - 2 - len(number) - len(star) - sum(cell_len(label) + 1 for label in labels)
        text = clip(tree.content(row) or tree.value(row, "error") or "", max(0, room))
        segments = [Segment(f"{self._mark(row)} ", colour), Segment(number + text + star, text_style)]
        for label in labels:
            segments += [Segment(" ", text_style), Segment(label, label_style)]
        return segments

    def _mark(self, row: int) -> str:
        tree = self._state.tree
        match tree.status[row]:
            case "streaming":
                return SPINNER[self._frame % len(SPINNER)]
            case "error" | "interrupted":
                return "✕"
        if row == self._state.head_row(self._state.current):
            return "◉"
        return "○" if self._state.archived(row) else "●"
