"""Commands that change messages and branches by hand."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lion_tui.app.command import Command
from lion_tui.app.revision import Revision
from lion_tui.core.errors import UsageError

if TYPE_CHECKING:
    from lion_tui.app.screens.main import MainScreen


class Edit(Command):
    """Another wording."""

    id = "edit"
    keys = "e"
    title = "edit"
    help = "Edit the selected message, yours or an answer; the new text stands beside the old one."

    def run(self, screen: MainScreen, argument: str) -> None:
        """Put its text into the composer, from where it comes back as a sibling."""
        screen.check_writable()
        message = screen.session.message(screen.selected_node())

        def put_beside(text: str) -> None:
            if not text.strip():
                raise UsageError("Nothing is left of the message.", "d deletes it; Esc leaves it as it is.")
            if text != message.content:
                screen.session.edit(message, text)

        screen.revise(
            Revision("editing: enter puts it beside the old text · esc leaves it", message.content, put_beside)
        )


class System(Command):
    """Another system prompt."""

    id = "system"
    keys = "S"
    title = "system prompt"
    help = "Edit the system prompt in force; the new one counts from here on."
    argument = "[text]"

    def run(self, screen: MainScreen, argument: str) -> None:
        """Put the text in force, or the one in force into the composer."""
        screen.check_writable()
        if argument:
            screen.session.change_first_system_message(argument)
            return
        in_force = screen.session.first_system
        old = in_force.content if in_force else ""

        def put_in_force(text: str) -> None:
            if text.strip() != old.strip():
                screen.session.change_first_system_message(text.strip())

        screen.revise(Revision("system prompt: enter puts it in force from here on · esc leaves it", old, put_in_force))


class Rename(Command):
    """Another name."""

    id = "rename"
    keys = "r"
    title = "rename"
    help = "Give the branch another name; in the tree, the one whose end is selected."
    argument = "[name]"

    def run(self, screen: MainScreen, argument: str) -> None:
        """Rename the branch, or ask for its name."""
        screen.check_writable()
        branch = screen.selected_branch()
        if argument:
            branch.rename(argument)
        else:
            screen.ask(f"Rename {branch.name}", branch.rename, value=branch.name)


class Title(Command):
    """What the session is called."""

    id = "title"
    title = "title"
    help = "Give the session a title; its file keeps its name."
    argument = "[title]"

    def run(self, screen: MainScreen, argument: str) -> None:
        """Set it, or ask for it."""
        screen.check_writable()

        def entitle(title: str) -> None:
            screen.session.title = title.strip()

        if argument:
            entitle(argument)
        else:
            screen.ask("Title of the session", entitle, value=screen.session.title)


class Archive(Command):
    """Out of sight."""

    id = "archive"
    keys = "a"
    title = "archive"
    help = "Hide the selected message and all below it from the tree and the counts, or show them again."
    argument = ""

    def run(self, screen: MainScreen, argument: str) -> None:
        """Hide it, or show it again."""
        screen.check_writable()
        node_id = screen.selected_node()
        archived = not screen.session.state.archived(screen.session.state.tree.row(node_id))
        screen.session.archive(node_id, archived)
        screen.say_note("Archived; u brings it back." if archived else "No longer archived.")


class DeleteBranch(Command):
    """A name less."""

    id = "delete-branch"
    title = "delete branch"
    help = "Delete a branch's name; its messages stay, and undo brings the name back."
    argument = "[branch]"

    def run(self, screen: MainScreen, argument: str) -> None:
        """Delete it."""
        screen.check_writable()
        name = argument or screen.selected_branch().name
        screen.session.delete_branch(name, detach=True)
        screen.say_note(f"Deleted the branch {name}; its messages stay. u brings it back.")
