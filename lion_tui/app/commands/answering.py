"""Commands about who answers, and about answers that come."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from lion_tui.app.commands.command import Command
from lion_tui.core.counting import counted
from lion_tui.core.errors import UsageError

if TYPE_CHECKING:
    from lion_tui.app.screens.main import MainScreen

_STOPPED: Final = "Stopped; what came is kept."
_SKIPPED: Final = "Skipped. The first prompt fetches and starts the embedded model, unless Ctrl+L chooses another."
_AGAIN: Final = "Ctrl+C again saves and quits."


class Model(Command):
    """Who answers."""

    id = "model"
    keys = "ctrl+l"
    scope = "everywhere"
    title = "model"
    help = "Choose the service and the model that answer here, set keys and settings."
    argument = "[service [model]]"

    def run(self, screen: MainScreen, argument: str) -> None:
        """Open the picker, or choose what is named."""
        screen.check_writable()
        screen.choosing.take(argument)


class Set(Command):
    """Settings of requests."""

    id = "set"
    title = "settings"
    help = "Set how the model of this branch answers, such as `temperature=0.2`; alone, say what is set."
    argument = "[name=value]"

    def run(self, screen: MainScreen, argument: str) -> None:
        """Set it, or say what is set."""
        if argument:
            screen.check_writable()
        screen.choosing.set(argument)


class Stop(Command):
    """Stop the answer, or leave the composer."""

    id = "stop"
    keys = "escape"
    scope = "everywhere"
    title = "stop"
    help = "End a search, a selection, the answer that is shown (its text stays), or go from the composer to the chat."

    def run(self, screen: MainScreen, argument: str) -> None:
        """Stop it."""
        if screen.counting.value is not None:
            return  # which the key gives up
        if screen.find_bar.close() or screen.chat.clear_selection():
            screen.update_hints()
        elif screen.focused is screen.tree_pane:
            screen.layout_of_panes.leave_tree()
        elif screen.revising.under_way and screen.focused is screen.composer:
            screen.revising.end()
        elif screen.session.stop():
            screen.say_note(_STOPPED)
        elif screen.inference.fetches and screen.tour is None:
            screen.inference.skip_preparation()
            screen.say_note(_SKIPPED)
        elif screen.focused is screen.composer:
            screen.set_focus(screen.chat)
        elif screen.carried.drop() or screen.comparing.unmark():
            screen.status_changed()


class StopAll(Command):
    """No more answers."""

    id = "stop-all"
    keys = "X"
    title = "stop all"
    help = "Stop every answer, on all branches, and keep their texts."
    argument = ""

    def run(self, screen: MainScreen, argument: str) -> None:
        """Stop them and say how many."""
        count = screen.session.stop_all()
        if not count:
            raise UsageError("No answer is coming.")
        screen.say_note(f"Stopped {counted(count, 'answer')}; what came is kept.")


class Interrupt(Command):
    """Stop the answer, clear the draft, or leave."""

    id = "interrupt"
    keys = "ctrl+c"
    scope = "everywhere"
    title = "interrupt"
    help = (
        "Copy what is selected, else stop the answer that is shown, else clear the composer; "
        "twice on an empty one, quit."
    )

    def run(self, screen: MainScreen, argument: str) -> None:
        """Do what there is to do."""
        if screen.copying.copy_text():
            return
        if screen.session.stop():
            screen.say_note(_STOPPED)
        elif screen.sending.clear():
            screen.say_note("Cleared; up brings it back.")
        elif screen.notice.note == _AGAIN:
            screen.leaving.leave()
        else:
            screen.say_note(_AGAIN)
