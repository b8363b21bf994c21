"""The widget that shows the tree of messages as a graph."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from rich.segment import Segment
from rich.style import Style
from textual.binding import Binding
from textual.geometry import Region
from textual.message import Message as TextualMessage
from textual.widget import Widget

from lion_tui.app.commands import bindings
from lion_tui.app.transcript.line_strip import LineStrip
from lion_tui.app.transcript.wrapping import clip
from lion_tui.app.widgets.branch_lines import OPENS, BranchLines
from lion_tui.app.widgets.kept_lines import FramedLines
from lion_tui.app.widgets.tree_filter import TreeFilter
from lion_tui.core.branch_graph import BranchGraph
from lion_tui.core.changes import Lived
from lion_tui.core.errors import UsageError
from lion_tui.core.events import Changed, Finished
from lion_tui.core.text import printable
from lion_tui.core.tree import NO_ROW

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Container, Iterator

    from textual import events
    from textual.geometry import Size

    from lion_tui.app.transcript.tree_search import TreeSearch
    from lion_tui.core.events import Event
    from lion_tui.core.graph import GraphLine
    from lion_tui.core.state import State

_WHEEL: Final = 3
_EMPTY: Final = "Branches come here. N makes one."
_FAR: Final = 1_000_000
"""So many messages are to the first or the last one."""


class BranchTree(FramedLines, Widget, can_focus=True):
    """The live messages as a graph: lanes at forks, names on heads, the current path bright.

    Only the lines in the window are ever made, so that a frame costs the same at any size of the session.
    """

    BINDINGS = [  # noqa: RUF012 - Textual's way to declare them
        *bindings("browse"),
        *bindings("tree"),
        Binding("j,down", "go(1)", "next line", show=False),
        Binding("k,up", "go(-1)", "line before", show=False),
        Binding("h,left", "climb(-1)", "message above", show=False),
        Binding("l,right", "climb(1)", "message below", show=False),
        Binding("g,home", f"go(-{_FAR})", "first message", show=False),
        Binding("G,end", f"go({_FAR})", "last message", show=False),
    ]

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
        self._branches = BranchGraph(state)
        self._lines = BranchLines(self, state, self._branches)
        self._session_name = ""
        self._row = self._branches.whole.end
        self._unfiltered: int | None = None  # where the cursor was before the filter put it on what was found
        self._top: GraphLine | None = None
        self._window: list[tuple[GraphLine, list[int]]] | None = None
        self._fits: Size | None = None  # for which the window was last made
        self._reveals = True
        self._filter = TreeFilter(self, self._branches, self._filtered, self._found)

    # What is shown

    def take(self, event: Event) -> None:
        """Take over what happened; where another message is the last one shown, the cursor goes there.

        While the tree has the keyboard it stays where the user put it, unless that was the last message, the user has
        another path shown, or messages come back.
        """
        before = self._branches.whole.end
        self._branches.take(event)
        self._filter.go_on()
        if isinstance(event, Finished) and not self._filter.query and self._window is not None:
            self._draw_message(self._state.tree.row(event.node_id))
            return
        end, cursor, seen = self._branches.whole.end, self._row, self.has_focus and self._in_sight()
        back = self._restored(event) if self.has_focus else NO_ROW
        stays = self.has_focus and isinstance(event, Changed) and cursor != before
        if back != NO_ROW:
            self._put_cursor(back)
        elif end != before and not stays and self._branches.graph.holds(end):
            self._put_cursor(end, say=False)
        else:
            self._settle(reveal=seen)
            if self._row not in (cursor, NO_ROW) and self.has_focus:
                self.post_message(self.CursorMoved(self._row))

    def _restored(self, event: Event) -> int:
        """Return the first of the messages that came back with an event and are drawn, or `NO_ROW`."""
        changes = event.gesture.changes if isinstance(event, Changed) else ()
        rows = [self._state.tree.row(each.node_id) for each in changes if isinstance(each, Lived)]
        return min(filter(self._branches.graph.holds, rows), default=NO_ROW)

    def _in_sight(self) -> bool:
        """Tell whether the line of the cursor is in the window that was drawn last, or not known to be outside."""
        if self._window is None:
            return True
        cursor = self._line()
        return any(line == cursor for line, _ in self._window)

    @property
    def _is_revealed(self) -> bool:
        """Whether the line of the cursor is in the window, or will be when that is made."""
        return self._reveals if self._window is None else self._in_sight()

    def _draw_message(self, row: int) -> None:
        """Draw only the line of a message anew, unless what is folded in the window is another now."""
        before, self._window = self._window, None
        if self._lay_out() != before:
            self.refresh()
        else:
            changed = self._branches.graph.line_of(row)
            for y, (line, _) in enumerate(before):
                if line == changed:
                    self.refresh(Region(0, y, self.size.width, 1))
        self._say()

    def mark_waiting(self, waiting: Callable[[], Container[str]]) -> None:
        """Mark from now on the answers whose ids `waiting` returns: those that wait before they begin."""
        self._lines.waiting = waiting

    def name_session(self, name: str) -> None:
        """Say in the border what the session is called."""
        self._session_name = name
        self._say()

    def show_hits(self, search: TreeSearch | None) -> None:
        """Say at each line how many hits of a search it stands for; None for none."""
        if search is not None or self._lines.search is not None:
            self._lines.search = search
            self.refresh()

    # What the scheduler asks for

    def shows(self, row: int) -> bool:  # noqa: ARG002 - of a `lion_tui.app.scheduler.Pane`
        """Tell that no text is drawn as it grows: the first words of a message come with its spinner."""
        return False

    def flush(self, rows: Collection[int]) -> bool:  # noqa: ARG002 - of a `lion_tui.app.scheduler.Pane`
        """Nothing is left to be drawn."""
        return False

    def spin(self, rows: Collection[int], *, turns: bool) -> None:  # noqa: ARG002 - only those in sight
        """Turn the spinners that are in sight, and draw the first words beside them."""
        self._lines.frame += turns
        status = self._state.tree.status
        for y, (line, _) in enumerate(self._window or ()):
            if line.kind == "message" and status[self._shown_row(line)] == "streaming":
                self.refresh(Region(0, y, self.size.width, 1))

    @property
    def cursor_row(self) -> int | None:
        """The row of the message that the cursor is on."""
        return None if self._row == NO_ROW else self._row

    def point_at(self, row: int) -> None:
        """Put the cursor on a message, or on what it is folded into, without saying so."""
        if row == self._row and self._unfiltered is None and self._is_revealed:
            return  # a chat says so at each step that it scrolls by
        if self._branches.graph.line_of(row):
            self._put_cursor(row, say=False)

    def toggle_fold(self) -> None:
        """Open the run of messages that is folded at the cursor, or fold it again.

        Raises:
            UsageError: no run is long enough there.
        """
        line, graph = self._line(), self._branches.graph
        if line and line.size:
            graph.open(line)
        elif line is None or not graph.close(self._row):
            raise UsageError("There is nothing to fold at this message.", "z opens a line such as ┊ 14 and folds it.")
        self._settle()

    def toggle_hoist(self) -> None:
        """Show the message at the cursor with what is below it and nothing else, or everything again.

        Raises:
            UsageError: there is no message.
        """
        if self._row == NO_ROW:
            raise UsageError("There is no message yet.", "Write one first.")
        graph = self._branches.graph
        graph.hoist(self._row if graph.root == NO_ROW else NO_ROW)
        self._settle()

    # The cursor

    def action_go(self, step: int) -> None:
        """Move the cursor by so many lines."""
        self.move_cursor(step)

    def move_cursor(self, step: int) -> None:
        """Move the cursor by so many lines with messages."""
        graph = self._branches.graph
        if abs(step) >= _FAR:
            line = graph.last() if step > 0 else graph.first()
        else:
            line = self._line()
            for _ in range(abs(step)):
                line = self._step(line, down=step > 0) or line
        if line:
            self._put_cursor(line.row)

    def _step(self, line: GraphLine | None, *, down: bool) -> GraphLine | None:
        """Return the line with a message below or above another."""
        graph = self._branches.graph
        while line and (line := graph.after(line) if down else graph.before(line)) and line.kind == "fork":
            pass
        return line

    def action_climb(self, step: int) -> None:
        """Move the cursor to the message above, or to the one below that goes on from it."""
        if self._line() is None:
            return
        row = self._branches.graph.child(self._row) if step > 0 else self._state.tree.parent[self._row]
        if row != NO_ROW and self._branches.graph.holds(row):
            self._put_cursor(row)

    def fork_from(self, row: int, step: int) -> int:
        """Return the fork above a message, or with 1 the one below on its way, `NO_ROW` if there is none."""
        graph = self._branches.graph if self.has_focus else self._branches.whole
        if not graph.holds(row):
            return NO_ROW
        fork = graph.fork_below(row) if step > 0 else graph.fork_above(row)
        return fork if self.has_focus or fork == NO_ROW or graph.on_path(fork) else NO_ROW

    def go_to(self, row: int) -> None:
        """Put the cursor on a message that is drawn."""
        self._put_cursor(row)

    def _line(self) -> GraphLine | None:
        """Return the line that the cursor is on."""
        return self._branches.graph.line_of(self._row) if self._row != NO_ROW else None

    def _shown_row(self, line: GraphLine) -> int:
        """Return which of the messages folded into a line is shown: the cursor's, or the first."""
        if line.size and self._row > line.row and self._branches.graph.holds(self._row):
            at = self._line()
            if at and at.row == line.row:
                return self._row
        return line.row

    def _put_cursor(self, row: int, *, say: bool = True) -> None:
        self._row, self._unfiltered = row, None
        self._settle()
        if say:
            self.post_message(self.CursorMoved(row))

    def rows_in_sight(self) -> Iterator[tuple[int, int]]:
        """Yield the lines of the window that show messages, each with its message."""
        for y, (line, _) in enumerate(self._lay_out()[: self.size.height]):
            if line.kind == "message":
                yield y, self._shown_row(line)

    # The window

    def _settle(self, *, reveal: bool = True) -> None:
        """Have the window made anew when it is drawn next, with the cursor in it if that is to be revealed."""
        if self._unfiltered is not None:
            self._row = self._branches.near(self._unfiltered)
        elif self._line() is None:
            self._row, reveal = self._branches.near(self._row), True
        self._window = None
        self._reveals |= reveal
        self._say()
        self.refresh()

    def _lay_out(self) -> list[tuple[GraphLine, list[int]]]:
        """Return the lines in the window, which is full if there are enough."""
        if self._window is None:
            top = self._branches.graph.line_of(self._top.row) if self._top else None
            self._fill(top)
            if self._reveals and (cursor := self._line()):
                self._reveal(cursor)
            self._reveals = False
        return self._window or []

    def _fill(self, top: GraphLine | None) -> None:
        """Make the window from a line on, or from as far above it as is needed to fill it."""
        graph, height = self._branches.graph, max(1, self.size.height)
        top = top or graph.first()
        window = graph.window(top, height) if top else []
        if top and len(window) < height:
            top = self._up(top, height - len(window))
            window = graph.window(top, height)
        self._top, self._window, self._fits = top, window, self.size

    def _reveal(self, cursor: GraphLine) -> None:
        """Move the window so that the cursor is in it: by no more than is needed if it is near, else to the middle."""
        window, height = [line for line, _ in self._window or ()], max(1, self.size.height)
        if not window or cursor in window:
            return
        graph = self._branches.graph
        if cursor == graph.last() or cursor == self._step(window[-1], down=True):
            self._fill(self._up(cursor, height - 1))
        elif cursor == self._step(window[0], down=False):
            self._fill(cursor)
        else:
            self._fill(self._up(cursor, height // 2))

    def _up(self, line: GraphLine, steps: int) -> GraphLine:
        """Return the line so many above another, or the first."""
        for _ in range(steps):
            if (above := self._branches.graph.before(line)) is None:
                break
            line = above
        return line

    def _scroll(self, lines: int) -> None:
        graph, top = self._branches.graph, self._lay_out() and self._top
        for _ in range(abs(lines)):
            top = top and ((graph.after(top) if lines > 0 else graph.before(top)) or top)
        self._fill(top or None)
        self.refresh()

    def on_resize(self) -> None:
        """Keep the cursor in the window."""
        if self._fits == self.size:
            self._say()
        else:
            self._settle()

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        """Scroll towards the end."""
        event.stop()
        self._scroll(_WHEEL)

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        """Scroll towards the beginning."""
        event.stop()
        self._scroll(-_WHEEL)

    def on_click(self, event: events.Click) -> None:
        """Choose the message that was clicked, or open what is folded behind it."""
        offset, window = event.get_content_offset(self), self._lay_out()
        if offset is None or offset.y >= len(window) or (line := window[offset.y][0]).kind == "fork":
            return
        opens = event.style.meta.get(OPENS)
        self._put_cursor(self._shown_row(line), say=False)
        if opens:
            self.toggle_fold()
        else:
            self.post_message(self.Chosen(self._row))

    # The filter

    def begin_filter(self, query: str) -> None:
        """Draw only the messages that have a text, or with none what is typed from now on."""
        self._filter.begin(query)

    def _filtered(self) -> None:
        """Draw what is filtered by other words now; without any the cursor is where it was before."""
        if self._unfiltered is None:
            self._unfiltered = self._row
        if not self._filter.query:
            self._row, self._unfiltered = self._unfiltered, None
        self._settle()

    def _found(self) -> None:
        """Draw what was found; once that is all, the cursor is left there."""
        self._settle()
        if self.has_focus and self._filter.ended and self._unfiltered is not None and self._row != NO_ROW:
            self._put_cursor(self._row)

    def on_key(self, event: events.Key) -> None:
        """Write what is filtered by; Esc takes the filter away."""
        if self._filter.take_key(event):
            event.stop()
            event.prevent_default()

    def on_paste(self, event: events.Paste) -> None:
        """Filter by what is pasted."""
        if self._filter.typing:
            event.stop()
            self._filter.paste(event.text)

    def on_focus(self) -> None:
        """Show what the cursor is on."""
        self._say()

    def on_blur(self) -> None:
        """End typing; the filter stays."""
        self._filter.typing = False
        self._say()

    # The border

    def _say(self) -> None:
        """Say in the border what is filtered by, how much is drawn, and what Enter does where that is not plain."""
        title = self._session_name
        if self._filter.on:
            title = f"filter: {self._filter.query}{'▏' if self._filter.typing else ''}"
        self.entitle(title)
        self.say_below(self._place())

    def _place(self) -> str:
        graph, tree = self._branches.graph, self._state.tree
        if self._filter.on:
            found = f"{graph.found} found{'…' if self._branches.searching else ''}"
            return f"{found} · esc shows all" if self._filter.query else "words or a branch · esc"
        if not graph.total:
            return ""
        if self.has_focus and graph.holds(self._row) and not graph.on_path(self._row):
            return clip(f"enter {self._deed()}", max(0, self.size.width - 2))
        if graph.root != NO_ROW:
            return f"hoisted: {graph.messages} of {graph.total}"
        depth = tree.depth[graph.end] if graph.end != NO_ROW else 0
        cost = "" if self._branches.cost is None else f" · ${self._branches.cost:.4f}"
        return f"{depth} of {graph.total}{cost}"

    def _deed(self) -> str:
        """Return what Enter does at a message that is not on the path that is shown."""
        if names := self._branches.names(self._row):
            return f"checks out {printable(names[0])}"
        return "says it anew" if self._state.tree.role[self._row] == "user" else "shows this path"

    # Drawing

    def notify_style_update(self) -> None:
        """Draw in the theme's new colours."""
        super().notify_style_update()
        self._lines.styles.forget()

    def draw_lines(self, lines: range) -> list[LineStrip]:
        """Return lines of the window."""
        size, window = self.size, self._lay_out()  # Textual reckons the size anew each time
        return [self._drawn_line(y, size, window) for y in lines]

    def _drawn_line(self, y: int, size: Size, window: list[tuple[GraphLine, list[int]]]) -> LineStrip:
        width, base = size.width, self._lines.styles.base
        segments: list[Segment] = []
        if not window and y == size.height // 2:
            empty = "Nothing has these words." if self._filter.query else _EMPTY
            segments = [Segment(clip(empty, width).center(width), self._lines.styles["dim"])]
        elif y < len(window):
            line, lanes = window[y]
            row = self._shown_row(line)
            segments = Segment.adjust_line_length(self._lines.draw(line, lanes, row, width), width, base)
            if row == self._row and line.kind == "message" and self.has_focus:
                # Over the colours of the segments, which have a background of their own; bold, for screens without any.
                raised = Style(bgcolor=self._lines.styles["cursor"].bgcolor, bold=True)
                segments = list(Segment.apply_style(segments, post_style=raised))
        return LineStrip(Segment.adjust_line_length(segments, width, base), width)
