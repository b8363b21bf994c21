"""The widget that shows the tree of messages as a graph."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from textual.binding import Binding
from textual.message import Message as TextualMessage
from textual.strip import Strip
from textual.widget import Widget

from lion_tui.app.commands import bindings
from lion_tui.app.transcript.drawing import SPINNER
from lion_tui.app.transcript.wrapping import clip
from lion_tui.core.graph import layout
from lion_tui.core.text import printable
from lion_tui.core.tree import NO_ROW

if TYPE_CHECKING:
    from textual import events

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
        self._lines: list[GraphLine] = []
        self._line_of: dict[int, int] = {}
        self._path: set[int] = set()
        self._depth: dict[int, int] = {}
        self._leaves: set[int] = set()
        self._names: dict[int, list[str]] = {}
        self._colour: dict[str, int] = {}
        self._cursor = 0
        self._top = 0
        self._frame = 0

    # What is shown

    def rebuild(self) -> None:
        """Lay the graph out anew and put the cursor on the end of the path that is shown."""
        state, tree = self._state, self._state.tree
        end = state.head_row(state.current)
        self._lines = layout(tree, end, state.archived)
        self._line_of = {line.row: index for index, line in enumerate(self._lines) if line.row != NO_ROW}
        self._path = set(tree.path(end))
        self._depth = {}
        for line in self._lines:
            if line.row != NO_ROW:
                self._depth[line.row] = self._depth.get(tree.parent[line.row], 0) + 1
        self._leaves = self._line_of.keys() - {tree.parent[row] for row in self._line_of}
        self._names, self._colour = {}, {}
        for index, ref in enumerate(state.names().values()):
            self._colour[ref.name] = index % _LANES + 1
            if ref.head:
                self._names.setdefault(tree.row(ref.head), []).append(ref.name)
        self._put_cursor(self._line_of.get(end, len(self._lines) - 1))
        self.border_subtitle = f"{self._depth.get(end, 0)} of {len(self._line_of)}" if self._line_of else ""

    def message_changed(self, row: int) -> None:
        """Draw one message's line anew."""
        if row in self._line_of:
            self.refresh()

    def next_frame(self) -> None:
        """Turn the spinners."""
        self._frame += 1
        self.refresh()

    @property
    def cursor_row(self) -> int | None:
        """The row of the message that the cursor is on."""
        return self._lines[self._cursor].row if 0 <= self._cursor < len(self._lines) else None

    def point_at(self, row: int) -> None:
        """Put the cursor on a message, without saying so."""
        if row in self._line_of:
            self._put_cursor(self._line_of[row])

    def action_go(self, step: int) -> None:
        """Move the cursor by so many messages."""
        self.move_cursor(step)

    def move_cursor(self, step: int) -> None:
        """Move the cursor by so many messages."""
        index, direction = max(-1, min(len(self._lines), self._cursor + step)), 1 if step > 0 else -1
        while 0 <= index < len(self._lines) and self._lines[index].row == NO_ROW:
            index += direction
        self._put_cursor(index)
        if (row := self.cursor_row) is not None:
            self.post_message(self.CursorMoved(row))

    def choose(self) -> None:
        """Choose the message that the cursor is on."""
        if (row := self.cursor_row) is not None:
            self.post_message(self.Chosen(row))

    def _put_cursor(self, index: int) -> None:
        self._cursor = max(0, min(len(self._lines) - 1, index))
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
        if index < len(self._lines) and self._lines[index].row != NO_ROW:
            self._put_cursor(index)
            self.choose()

    # Drawing

    def render_line(self, y: int) -> Strip:
        """Return one line of the window."""
        width, index = self.size.width, self._top + y
        base = self.rich_style
        if not self._lines and y == self.size.height // 2:
            text = clip(_EMPTY, width).center(width)
            return Strip([Segment(text, self.get_component_rich_style("branch-tree--dim"))]).adjust_cell_length(width)
        if index >= len(self._lines):
            return Strip.blank(width, base)
        line = self._lines[index]
        strip = Strip(self._connector(line) if line.row == NO_ROW else self._message(line, width))
        strip = strip.adjust_cell_length(width, base)
        if index == self._cursor and self.has_focus:
            # Over the colours of the segments, which have a background of their own; bold, for screens without colours.
            raised = Style(bgcolor=self.get_component_rich_style("branch-tree--cursor").bgcolor, bold=True)
            strip = Strip(Segment.apply_style(strip, post_style=raised), width)
        return strip

    def _lane(self, lane: int) -> Style:
        return self.get_component_rich_style(f"branch-tree--lane-{lane % _LANES + 1}")

    def _connector(self, line: GraphLine) -> list[Segment]:
        passing = [Segment("│ ", self._lane(lane)) for lane in range(line.lane)]
        arms = "├" + "─┬" * (line.opens - 1) + "─╮"
        return [*passing, Segment(arms, self._lane(line.lane))]

    def _message(self, line: GraphLine, width: int) -> list[Segment]:
        tree, row = self._state.tree, line.row
        on_path = row in self._path
        colour = self.get_component_rich_style(
            f"branch-tree--lane-{self._colour.get(tree.value(row, 'branch'), line.lane % _LANES + 1)}"
        )
        text_style = self.get_component_rich_style("branch-tree--path" if on_path else "branch-tree--dim")
        segments = [Segment("│ ", self._lane(lane)) for lane in range(line.lane)]
        segments.append(Segment(f"{self._mark(row)} ", colour))
        names = self._names.get(row, ())
        # A leaf without a name is shown by the end of its id, so that every line of talk has a label.
        labels = [f" {printable(name)} " for name in names] or (
            [f"·{printable(tree.node_id[row][-4:])}"] if row in self._leaves else []
        )
        label_style = colour + Style(reverse=True) if names else text_style
        room = width - 2 * line.lane - 2 - sum(cell_len(label) + 1 for label in labels)
        number = f"{self._depth[row]} "
        text = clip(tree.content(row) or tree.value(row, "error") or "", max(0, room - len(number)))
        segments.append(Segment(number + text, text_style))
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
        return "◉" if row == self._state.head_row(self._state.current) else "●"
