"""Commands that take messages elsewhere: copies, subtrees, prompts that are said again, the beginning of an answer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lion_tui.app.commands.branching import in_force
from lion_tui.app.commands.command import Command
from lion_tui.app.revision import Revision
from lion_tui.core.counting import counted
from lion_tui.core.errors import StillComing, UsageError
from lion_tui.core.operations.alternatives import path_to

if TYPE_CHECKING:
    from lion_tui.app.screens.main import MainScreen


class CopyTurn(Command):
    """To be pasted elsewhere in the tree."""

    id = "copy-turn"
    keys = "C"
    title = "copy turn"
    help = "Copy the selected message, a prompt with its answer; another one, or the next turn, is added to it."
    argument = ""

    def run(self, screen: MainScreen, argument: str) -> None:
        """Copy it, and say how much that is now."""
        messages = counted(screen.carried.take(screen.selected.row()), "message")
        screen.say_note(f"{messages} copied. V pastes at the end of what is shown, T grafts below one, esc drops.")
        screen.status_changed()


class PasteTurns(Command):
    """What was copied, at the end."""

    id = "paste-turns"
    keys = "V"
    title = "paste turns"
    help = "Put copies of the messages that C copied at the end of what is shown."
    argument = ""

    def run(self, screen: MainScreen, argument: str) -> None:
        """Put them there."""
        screen.check_writable()
        copies = screen.session.cherry_pick(screen.carried.nodes())
        screen.carried.put()
        screen.status_changed()
        messages = counted(len(copies), "message")
        screen.say_note(f"Pasted {messages} on {screen.session.current.name}. u takes them back.")


class Graft(Command):
    """A subtree, elsewhere."""

    id = "graft"
    keys = "T"
    title = "graft"
    help = "Put a copy of the message that C copied, with all that is below it, under the selected one."
    argument = ""

    def run(self, screen: MainScreen, argument: str) -> None:
        """Put it there, and go to it."""
        screen.check_writable()
        session = screen.session
        copied = session.graft(screen.carried.nodes()[0], session.message(screen.selected.node()))
        screen.carried.put()
        screen.status_changed()
        count = session.reach(copied).messages
        screen.go_to(session.state.tree.row(copied.node_id))
        screen.say_note(f"Grafted {counted(count, 'message')}. u takes them back.")


class Replay(Command):
    """An early prompt in other words."""

    id = "replay"
    keys = "E"
    title = "replay"
    help = "Edit the selected prompt and say the later ones again, one after another, on a branch of their own."
    argument = ""

    def run(self, screen: MainScreen, argument: str) -> None:
        """Put the prompt into the composer; from there it is said again, with those after it."""
        screen.check_writable()
        state = screen.session.state
        row = next((row for row in state.tree.ancestors(screen.selected.row()) if state.tree.role[row] == "user"), None)
        if row is None:
            raise UsageError("There is no prompt above this message.", "Select one that comes later.")
        node_id = state.tree.node_id[row]

        def say_again(text: str) -> None:
            if not text.strip():
                raise UsageError("Nothing is left of the prompt.", "Esc leaves it as it is.")
            screen.inference.replay(node_id, text.strip())

        later = sum(state.tree.role[each] == "user" for each in path_to(state, state.current, row))
        what = f"says it and the {later} after it again" if later else "asks it; no prompt comes after it"
        title = f"replay: enter {what} · esc leaves it"
        screen.revising.begin(Revision(title, state.tree.content(row), say_again))


class Cut(Command):
    """Only the beginning of an answer."""

    id = "cut"
    keys = "K"
    title = "cut"
    help = "Cut the selected answer where you choose, and let the model go on from there."
    argument = ""

    def run(self, screen: MainScreen, argument: str) -> None:
        """Open the line that says where it is cut."""
        screen.check_writable()
        session, row = screen.session, screen.selected.row()
        tree = session.state.tree
        if tree.role[row] != "assistant" or not tree.content(row):
            raise UsageError("Only an answer with some text can be cut.", "e edits any message.")
        if tree.status[row] == "streaming":
            raise StillComing("The answer is still coming.", "Wait for its end, or stop it.")
        screen.go_to(row)

        def take(at: int, go_on: bool) -> None:
            node_id = tree.node_id[row]
            if not go_on:
                session.cut(node_id, at)
                screen.say_note("Cut; the whole answer stands beside it. m goes on from here.")
                return
            keywords = in_force(session, node_id)
            screen.inference.run(session.continue_(node_id, at=at, **keywords))
            service = keywords.get("service")
            if service is not None and not service.prefills:
                screen.say_note(f"{service.name} takes up no answer: it is sent the beginning and asked to continue.")

        screen.cut_line.open(screen.chat, row, tree.content(row), take)
