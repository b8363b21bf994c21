"""Commands that mark messages: for the user, and for what is sent."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from lion_tui.app.commands.command import Command
from lion_tui.app.revision import Revision
from lion_tui.core.counting import counted
from lion_tui.core.operations.marking import context_of

if TYPE_CHECKING:
    from lion_tui.app.screens.main import MainScreen

_SENT_AGAIN: Final = "u or the same key takes it back."


class Bookmark(Command):
    """To be found again."""

    id = "bookmark"
    keys = "b"
    title = "bookmark"
    help = "Set a bookmark on the selected message, or take it away; L lists them."
    argument = ""

    def run(self, screen: MainScreen, argument: str) -> None:
        """Set it, or take it away."""
        screen.check_writable()
        node_id = screen.selected.node()
        on = not screen.session.state.marks.get(node_id, {}).get("bookmark")
        screen.session.bookmark(node_id, on)
        screen.say_note("Bookmarked; L lists all of them." if on else "No longer bookmarked.")


class Annotate(Command):
    """A note of one's own."""

    id = "annotate"
    keys = "A"
    title = "note"
    help = "Write a note on the selected message, for yourself: no model sees it; an empty one takes it away."
    argument = "[text]"

    def run(self, screen: MainScreen, argument: str) -> None:
        """Set it, or put it into the composer, from where it comes back."""
        screen.check_writable()
        node_id = screen.selected.node()
        if argument:
            screen.session.annotate(node_id, argument)
            return
        note = screen.session.state.marks.get(node_id, {}).get("note") or ""
        screen.revising.begin(
            Revision(
                "note: enter keeps it, empty takes it away · esc leaves it",
                note,
                lambda text: screen.session.annotate(node_id, text),
            )
        )


class Marks(Command):
    """All that is marked."""

    id = "marks"
    keys = "L"
    title = "bookmarks and notes"
    help = "List the bookmarks and notes of all branches; Enter goes to one."
    argument = ""

    def run(self, screen: MainScreen, argument: str) -> None:
        """List them."""
        from lion_tui.app.marked import marked_list

        screen.app.push_screen(marked_list(screen))


class Mute(Command):
    """Not for the model."""

    id = "mute"
    keys = "comma"
    title = "mute"
    help = "Leave the selected message out of what is sent from now on, on every branch, or send it again."
    argument = ""

    def run(self, screen: MainScreen, argument: str) -> None:
        """Mute it, or no longer."""
        screen.check_writable()
        node_id = screen.selected.node()
        on = "muted" not in context_of(screen.session.state, screen.selected.row())
        screen.session.mute(node_id, on)
        screen.say_note(f"Muted: it is not sent any more. {_SENT_AGAIN}" if on else "No longer muted: it is sent.")


class StartContext(Command):
    """From here on."""

    id = "start-context"
    keys = "circumflex_accent"
    title = "start context"
    help = "Send nothing of what comes before the selected message but the system prompt, or all of it again."
    argument = ""

    def run(self, screen: MainScreen, argument: str) -> None:
        """Let the context start there, or no longer."""
        screen.check_writable()
        node_id = screen.selected.node()
        on = "start" not in context_of(screen.session.state, screen.selected.row())
        screen.session.start_context(node_id, on)
        screen.say_note(
            f"The context starts here: what is above is not sent any more. {_SENT_AGAIN}"
            if on
            else "The context does not start here any more."
        )


class KeepOnly(Command):
    """One path."""

    id = "keep-only"
    keys = "asterisk"
    title = "keep only this"
    help = "Archive everything but the path that is shown; D shows what is archived, undo brings it back."
    argument = ""

    def run(self, screen: MainScreen, argument: str) -> None:
        """Archive the rest and say how much that was."""
        screen.check_writable()
        messages, branches = screen.session.keep_only()
        where = f" with the end of {counted(branches, 'branch', 'branches')}" if branches else ""
        screen.say_note(f"Archived {counted(messages, 'message')}{where}. u brings them back.", lasting_s=None)
