"""The chats that are shown: one, or several branches side by side."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from lion_tui.app.transcript.path_view import BEGIN
from lion_tui.app.widgets.chat_pane import ChatPane
from lion_tui.core.changes import Position
from lion_tui.core.text import printable
from lion_tui.core.tree import NO_ROW
from lion_tui.core.tree_path import TreePath, shared

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual.containers import Horizontal
    from textual.widget import Widget

    from lion_tui.app.scheduler import FrameScheduler
    from lion_tui.app.transcript import Reader
    from lion_tui.app.widgets.said import Said
    from lion_tui.session import Session

_LEAST: Final = 46
"""Cells that a column has at least; where several have no room, fewer are shown at a time."""
_NOTHING_MORE = "Nothing goes on from what is in common. P shows it."


class Columns:
    """What each chat pane shows. The one that had the keyboard last shows what is current.

    Attributes:
        target: Which column the composer writes to; None for all of them.
        opened: Whether the messages that all columns have in common are shown in each.
    """

    def __init__(self, session: Session, scheduler: FrameScheduler) -> None:
        """Begin with one chat."""
        self._session = session
        self._scheduler = scheduler
        self._first = ChatPane(session.state, scheduler, id="chat-pane", classes="-active")
        self._panes = [self._first]
        self._paths = [TreePath(session.state.tree)]
        self._positions = [session.state.current]
        self._active = 0
        self._left = 0  # the first column that is in sight
        self._common = 0
        self._row: Horizontal | None = None
        self._band: Said | None = None
        self.target: int | None = None
        self.opened = False

    @property
    def first(self) -> ChatPane:
        """The pane that is always there."""
        return self._first

    @property
    def comparing(self) -> bool:
        """Whether several chats are shown."""
        return len(self._panes) > 1

    @property
    def active(self) -> ChatPane:
        """The pane that shows what is current."""
        return self._panes[self._active]

    @property
    def transcripts(self) -> list[Reader]:
        """The transcripts, from left to right."""
        return [pane.transcript for pane in self._panes]

    def place(self, row: Horizontal, band: Said) -> None:
        """Say where the panes are mounted, and where it is said what they have in common."""
        self._row, self._band = row, band

    # What is compared

    def compare(self, positions: Sequence[Position]) -> None:
        """Show what these positions show side by side."""
        self.end()
        self._positions = list(positions)
        current = self._session.state.current
        self._active = self._positions.index(current) if current in positions else 0
        for _ in positions[1:]:
            self._panes.append(ChatPane(self._session.state, self._scheduler))
            self._paths.append(TreePath(self._session.state.tree))
        if self._row is not None:
            self._row.mount_all(self._panes[1:])

    def end(self) -> None:
        """Show only what is current."""
        self._first.display = True
        for pane in self._panes[1:]:
            pane.remove()
        del self._panes[1:], self._paths[1:]
        self._positions = [self._session.state.current]
        self._active, self._left, self.target, self.opened = 0, 0, None, False

    def activate(self, widget: Widget) -> None:
        """Make what a pane shows current, because it got the keyboard."""
        for index, pane in enumerate(self._panes):
            if pane.transcript is widget and index != self._active:
                self._active = index
                self._session.state.show(self._positions[index])

    def beside(self, step: int) -> Reader:
        """Return the transcript so many columns to the right."""
        return self._panes[(self._active + step) % len(self._panes)].transcript

    def choose_target(self) -> None:
        """Let the composer write to the next column, and after the last one to all."""
        following = 0 if self.target is None else self.target + 1
        self.target = following if following < len(self._panes) else None

    def targets(self) -> list[Position]:
        """Return what the composer writes to; a path without a name that is not current gets a branch first."""
        if not self.comparing:
            return [self._session.state.current]
        indexes = range(len(self._panes)) if self.target is None else [self.target]
        return [self._writable(index) for index in indexes]

    def _writable(self, index: int) -> Position:
        position = self._positions[index]
        if position.branch_id is None and index != self._active:
            position = self._positions[index] = Position(self._session.fork(position.node_id).branch_id)
        return position

    # Drawing

    def follow(self) -> None:
        """Show the paths as they are now; the active pane shows what is current."""
        state = self._session.state
        if self.comparing:
            self._drop_lost()
        current = state.current
        if self.comparing and current in self._positions:
            self._active = self._positions.index(current)
        self._positions[self._active] = current
        for path, position in zip(self._paths, self._positions, strict=True):
            path.move(state.head_row(position))
        common = shared(self._paths) if self.comparing else 0
        after = self._paths[0][common - 1] if common and not self.opened else NO_ROW
        for pane, position in zip(self._panes, self._positions, strict=True):
            pane.transcript.empty = _NOTHING_MORE if common and not self.opened else BEGIN
            pane.transcript.show_path(state.head_row(position), after)
        self._common = common
        for index, pane in enumerate(self._panes):
            pane.set_class(index == self._active, "-active")
        self.say_who_answers()
        self.fit()

    def fit(self) -> None:
        """Show as many columns as there is room for, the one with the keyboard among them."""
        if self._row is None or self._band is None:
            return
        if not self.comparing:
            self._band.say("")
            return
        count = max(1, min(len(self._panes), self._row.size.width // _LEAST))
        self._left = min(max(self._left, self._active - count + 1), self._active, len(self._panes) - count)
        for index, pane in enumerate(self._panes):
            pane.display = self._left <= index < self._left + count
        self._band.say(self._extent(count))

    def _extent(self, count: int) -> str:
        """Return what the columns have in common, and which of them are in sight."""
        said = [
            f"{self._common} message{'' if self._common == 1 else 's'} in common"
            if self._common
            else "nothing in common"
        ]
        if self._common:
            said.append("P hides them" if self.opened else "P shows them")
        if count < len(self._panes):
            shown = "column " if count == 1 else f"columns {self._left + 1} to "
            said.append(f"{shown}{self._left + count} of {len(self._panes)}, in the chat h l show the others")
        return " · ".join(said)

    def _drop_lost(self) -> None:
        """Leave out the columns whose branches were deleted."""
        refs = self._session.state.refs
        for index in reversed(range(len(self._positions))):
            branch_id = self._positions[index].branch_id
            if branch_id and branch_id not in refs and index != self._active and index:
                self._panes.pop(index).remove()
                del self._paths[index], self._positions[index]
                self._active -= self._active > index
        if self._positions[0].branch_id and self._positions[0].branch_id not in refs and self._active:
            self.end()

    def say_who_answers(self) -> None:
        """Say in the title of each pane what it shows, and of several who answers there and what is going on."""
        for index, (pane, position) in enumerate(zip(self._panes, self._positions, strict=True)):
            ref = self._session.state.refs.get(position.branch_id or "")
            name = ref.name if ref else f"·{(position.node_id or '')[-4:]}, writing makes a branch"
            if self.comparing:
                name = " · ".join([f"{index + 1} {name}", *self._state_of(position)])
            pane.entitle(name)

    def _state_of(self, position: Position) -> list[str]:
        """Return who answered last in a column, how that went, how fast it was, and what it cost."""
        tree, row = self._session.state.tree, self._session.state.head_row(position)
        if row == NO_ROW or tree.role[row] != "assistant":
            return []
        facts = [printable(tree.value(row, "model") or "")]
        facts.append("done" if tree.status[row] == "complete" else tree.status[row])
        first, total, tokens = (tree.value(row, name) for name in ("ttft_s", "total_s", "tokens_out"))
        if tokens and first is not None and total is not None and total > first:
            facts.append(f"{tokens / (total - first):.0f} tok/s")
        cost = tree.value(row, "cost_usd")
        return [*facts, "–" if cost is None else f"${cost:.4f}"]

    @property
    def target_name(self) -> str:
        """What is said before the composer of where it writes to."""
        if not self.comparing:
            return "›"
        return "› all" if self.target is None else f"› {self.target + 1}"
