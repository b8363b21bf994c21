"""What an event of the session changes on the screen."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lion_tui.app.status import facts, name_of, waiting
from lion_tui.core.events import Purged
from lion_tui.core.path_figures import PathFigures

if TYPE_CHECKING:
    from lion_tui.app.opening import Opened
    from lion_tui.app.scheduler import FrameScheduler
    from lion_tui.app.screens.main import MainScreen
    from lion_tui.core.events import Event


class Showing:
    """Has the panes of a screen show the session as it is: the `Panes` of its bridge."""

    def __init__(self, screen: MainScreen, opened: Opened, scheduler: FrameScheduler) -> None:
        """Show a session on `screen`, whose streaming messages `scheduler` draws."""
        self._screen = screen
        self._session = opened.session
        self._read_only = opened.read_only
        self._scheduler = scheduler
        self._figures = PathFigures(opened.session.state.tree)
        self._waited = False

    def path_changed(self) -> None:
        """Show the path and the tree as they are now."""
        screen = self._screen
        screen.trail.follow()
        screen.attention.follow()
        screen.columns.follow()
        screen.blind.follow()
        screen.find_bar.turn_to(screen.chat)
        screen.set_class(screen.columns.comparing, "-comparing")
        screen.tree_pane.name_session(name_of(self._session, screen.leaving.file))
        screen.inspect()
        if screen.revising.under_way and screen.drafts.moved:
            screen.revising.end()
        if not screen.revising.under_way:
            screen.mark.say(screen.columns.target_name)
        screen.drafts.follow()
        self._scheduler.wake()  # an answer may begin with this, and its spinner turns before the first word

    def message_grew(self, row: int) -> None:
        """Draw a streaming message anew at the next frame."""
        self._scheduler.touch(row)
        self._end_waiting()

    def message_changed(self, row: int) -> None:
        """Draw a message anew now."""
        columns = self._screen.columns
        columns.hold_back()
        self._scheduler.flush(row)
        if columns.comparing and columns.diffing.unit:
            columns.show_differences()
        self._end_waiting()
        self._screen.end_refusal()
        self._screen.attention.ended(row)
        self._screen.inspect()

    def graph_changed(self, event: Event) -> None:
        """Show the graph as it is now."""
        screen = self._screen
        if isinstance(event, Purged):
            screen.columns.diffing.forget_texts()
            screen.columns.show_differences()
        screen.tree_pane.take(event)
        screen.everywhere.take(event)

    def status_changed(self) -> None:
        """Say where, who, how much and what is going on."""
        screen, session = self._screen, self._session
        said = facts(session, self._figures, screen.leaving.file, screen.inference.window, read_only=self._read_only)
        marked = (*screen.carried.said, *screen.comparing.said, *screen.blind.said)
        signs = [each.format_map(screen.short_keys) for each in marked]
        said = screen.blind.facts() if screen.blind.hides else (*signs, *said)
        screen.status_line.say((*screen.counting.said, *said))
        screen.columns.say_who_answers()
        screen.queue_lines.say(waiting(session.queue(), held=not screen.inference.sends_waiting()))
        screen.update_hints()

    def waiting(self, detail: str) -> None:
        """Say what an answer waits for; who answers blind is not told by that either."""
        self._waited = True
        detail = "An answer has to wait" if self._screen.blind.hides else detail
        self._screen.say_note(f"{detail} · esc stops", lasting_s=None, stays=True)

    def _end_waiting(self) -> None:
        if self._waited and not self._session.waiting:
            self._waited = False
            self._screen.say_note("")

    def unsaved(self) -> None:
        """Save soon what was done."""
        self._screen.leaving.save_soon()

    def failed(self, error: Exception) -> None:
        """End the program with a defect's traceback."""

        def end() -> None:
            raise error

        self._screen.app.call_later(end)
