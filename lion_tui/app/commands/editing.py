"""Commands that change what was said."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lion_tui.app.commands.command import Command
from lion_tui.app.composing.draft import Draft
from lion_tui.app.revision import Revision
from lion_tui.core.changes import HeadMoved, Lived
from lion_tui.core.counting import counted
from lion_tui.core.errors import UsageError
from lion_tui.core.operations.carrying import left_behind
from lion_tui.core.titles import derived_title
from lion_tui.core.tree import NO_ROW

if TYPE_CHECKING:
    from lion_tui.app.screens.main import MainScreen
    from lion_tui.app.transcript.transcript import Reading
    from lion_tui.core.changes import Gesture
    from lion_tui.core.message import Message
    from lion_tui.session import Session

_WORDS = {
    "append": "a message",
    "turn": "a prompt and its answer",
    "fan-out": "a prompt and its answers",
    "branch": "a new branch",
    "regenerate": "another answer",
    "continue": "more of an answer",
    "merge": "the merge",
    "cherry-pick": "pasting",
    "graft": "grafting",
    "cut": "cutting an answer",
    "replay": "the replay, all of it",
    "splice": "leaving a message out",
    "forward": "moving a branch on",
    "bookmark": "a bookmark",
    "note": "a note",
    "mute": "what is muted",
    "context": "where the context starts",
    "keep only": "keeping only one path",
    "carry": "what was brought along",
}
"""What undo says of gestures whose kind is no word for the user."""


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

        screen.revising.begin(
            Revision("system prompt: enter puts it in force from here on · esc leaves it", old, put_in_force)
        )


class Edit(Command):
    """Another wording."""

    id = "edit"
    keys = "e"
    title = "edit"
    help = "Edit the selected message, yours or an answer; the new text stands beside the old one."

    def run(self, screen: MainScreen, argument: str) -> None:
        """Put its text into the composer, from where it comes back as a sibling."""
        screen.check_writable()
        message = screen.session.message(screen.selected.node())

        def put_beside(text: str) -> None:
            if not text.strip():
                raise UsageError("Nothing is left of the message.", "d deletes it; Esc leaves it as it is.")
            if text != message.content:
                _put_beside(screen, message, text)

        screen.revising.begin(
            Revision("editing: enter puts it beside the old text · esc leaves it", message.content, put_beside)
        )


class Carry(Command):
    """What followed."""

    id = "carry"
    keys = "v"
    title = "bring along"
    help = (
        "Bring what followed the old text of the selected message, which was edited, along as copies; "
        "with `replay`, have its prompts answered anew."
    )
    argument = "[replay]"

    def run(self, screen: MainScreen, argument: str) -> None:
        """Copy it, or send its prompts again."""
        screen.check_writable()
        if argument not in {"", "replay"}:
            raise UsageError(f"/carry takes no {argument!r}.", "Write /carry, or /carry replay.")
        if not argument:
            count = screen.session.carry(screen.selected.node())
            screen.say_note(f"Brought {counted(count, 'message')} along, as copies. u takes them back.")
            return
        session, state = screen.session, screen.session.state
        tree, row = state.tree, screen.selected.row()
        if not any(tree.role[each] == "user" for each in left_behind(state, row)):
            raise UsageError("No prompt followed the old text.", "v brings what followed along as it is.")
        if session.current.detached or state.head_row(state.current) != row:
            session.checkout(session.fork(session.message(tree.node_id[row])))
        session.enqueue_again(tree.node_id[row])
        screen.inference.send_waiting(session.current.branch_id or "")


class Title(Command):
    """What the session is called."""

    id = "title"
    title = "title"
    help = "Give the session a title, or let who answers write one (`auto`); its file keeps its name."
    argument = "[title]"

    def run(self, screen: MainScreen, argument: str) -> None:
        """Set it, have it written, or ask for it."""
        screen.check_writable()
        if argument == "auto":
            screen.inference.aside(self._have_written(screen))
            return

        def entitle(title: str) -> None:
            screen.session.title = title.strip()

        if argument:
            entitle(argument)
        else:
            screen.ask(
                "Title of the session", entitle, value=screen.session.title or derived_title(screen.session.state.tree)
            )

    async def _have_written(self, screen: MainScreen) -> None:
        from lion_tui.session.titling import write_title

        screen.say_note("A title is being written …", lasting_s=None, stays=True)
        try:
            title = await write_title(screen.session)
        finally:
            screen.say_note("")
        screen.say_note(f"The title is “{title}” now; u takes it back.")


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
        node_id = screen.selected.node()
        archived = not screen.session.state.archived(screen.session.state.tree.row(node_id))
        screen.session.archive(node_id, archived)
        screen.say_note("Archived; u brings it back." if archived else "No longer archived.")


class Delete(Command):
    """Delete with all below."""

    id = "delete"
    keys = "d"
    title = "delete"
    help = "Delete the selected message and all below it, twice to delete several; undo brings them back."
    words = "remove"

    def run(self, screen: MainScreen, argument: str) -> None:
        """Delete it, or ask first."""
        screen.check_writable()
        screen.deleting.delete()


class Deleted(Command):
    """What was put away."""

    id = "deleted"
    keys = "D"
    title = "deleted"
    help = "List what was deleted or archived: Enter brings it back, Del takes its text away for good."
    argument = ""

    def run(self, screen: MainScreen, argument: str) -> None:
        """List it."""
        from lion_tui.app.recycling import recycle_list

        screen.app.push_screen(recycle_list(screen))


class Undo(Command):
    """Take back."""

    id = "undo"
    keys = "u"
    title = "undo"
    help = "Take the last thing that was done back."
    argument = ""

    def run(self, screen: MainScreen, argument: str) -> None:
        """Take it back and say what it was; the prompt of a turn goes back into the composer."""
        screen.check_writable()
        left = _left(screen)
        gesture = screen.session.undo()
        if gesture is None:
            raise UsageError("There is nothing to undo.")
        _read_on(screen, gesture, left)
        if prompt := _prompt(screen.session, gesture):
            screen.revising.put(Draft(prompt))
        screen.say_note(f"Undid: {_named(screen.session, gesture)}. U or /redo does it again.")


class Redo(Command):
    """Do again."""

    id = "redo"
    keys = "U"
    title = "redo"
    help = "Do again what was undone last."
    argument = ""

    def run(self, screen: MainScreen, argument: str) -> None:
        """Do it again; the prompt that undoing it gave back is taken out of the composer."""
        screen.check_writable()
        left = _left(screen)
        gesture = screen.session.redo()
        if gesture is None:
            raise UsageError("There is nothing to do again.")
        _read_on(screen, gesture, left)
        if (prompt := _prompt(screen.session, gesture)) and not screen.revising.under_way:
            screen.composer.take_out(prompt)
        screen.say_note(f"Did again: {_named(screen.session, gesture)}.")


def _left(screen: MainScreen) -> tuple[Reading, tuple[int, int]]:
    """Return where one reads in the chat, and what it shows: below which row, down to which."""
    path = screen.chat.view.path
    return screen.chat.reading, (path.after, path.end)


def _read_on(screen: MainScreen, gesture: Gesture, before: tuple[Reading, tuple[int, int]]) -> None:
    """Have the chat, if it has the keyboard, show what came back, or else what one read, or what is in its place."""
    chat, tree = screen.chat, screen.session.state.tree
    left, shown = before
    path, row = chat.view.path, NO_ROW if left.cursor is None else left.cursor
    alone = chat.view.alignment is None  # else those beside it keep the place
    if not alone or not chat.has_focus or (path.after, path.end) == shown:
        return
    lived = [tree.row(change.node_id) for change in gesture.changes if isinstance(change, Lived)]
    if back := [each for each in lived if each in path]:
        chat.reveal(min(back))
    elif row in path and left.goal:
        chat.return_to(left)
    elif row in path:
        chat.reveal(row)
    elif row != NO_ROW and path:
        while row != NO_ROW and row not in path:
            row = tree.parent[row]
        index = 0 if row == NO_ROW else (path.find(row) or 0) + 1
        chat.reveal(path[min(index, len(path) - 1)])


def _named(session: Session, gesture: Gesture) -> str:
    """Return what a gesture was, and of which branches if none of them is shown."""
    refs, current = session.state.refs, session.state.current.branch_id
    moved = [change.branch_id for change in gesture.changes if isinstance(change, HeadMoved)]
    names = [refs[branch_id].name for branch_id in moved if branch_id in refs]
    where = names[0] if len(names) == 1 else counted(len(names), "branch", "branches")
    return _WORDS.get(gesture.kind, gesture.kind) + (f" on {where}" if names and current not in moved else "")


def _put_beside(screen: MainScreen, message: Message, text: str) -> None:
    """Put an edited message beside the old one, and say what stays there."""
    state = screen.session.state
    edited = screen.session.edit(message, text)
    try:
        left = left_behind(state, state.tree.row(edited.node_id))
    except UsageError:  # there is nothing more to say
        return
    replay = " · /carry replay answers its prompts anew" if any(state.tree.role[row] == "user" for row in left) else ""
    screen.chat.reveal(state.tree.row(edited.node_id))
    screen.revising.say(
        f"{counted(len(left), 'message stays', 'messages stay')} with the old text · v brings copies along{replay}"
    )


def _prompt(session: Session, gesture: Gesture) -> str | None:
    """Return the prompt that a turn, or a fan-out, began with; None for any other gesture."""
    made = session.state.made_by(gesture) if gesture.kind in {"turn", "fan-out"} else []
    return next((message.content for message in map(session.message, made) if message.role == "user"), None)
