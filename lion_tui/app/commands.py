"""What the user can do: one class each, from which its key, its help and its slash form come."""

from __future__ import annotations

import difflib
import re
from typing import TYPE_CHECKING

from lion_tui.app.command import Command
from lion_tui.app.composing.draft import Draft
from lion_tui.app.editing_commands import Archive, DeleteBranch, Edit, Rename, System, Title
from lion_tui.app.finding_commands import Find, NextHit, PreviousHit
from lion_tui.app.pane_commands import (
    Common,
    Compare,
    HideTree,
    Inspect,
    Narrower,
    Palette,
    Target,
    Unzoom,
    Wider,
    Zoom,
)
from lion_tui.app.session_commands import NewSession, OpenSession, SaveAs, StopAll
from lion_tui.core.errors import UsageError

if TYPE_CHECKING:
    from textual.binding import Binding

    from lion_tui.app.command import Scope
    from lion_tui.app.screens.main import MainScreen
    from lion_tui.core.changes import Gesture
    from lion_tui.session import Session

_SLASH = re.compile(r"/([A-Za-z][\w-]*)(?:\s+(.*))?\s*", re.DOTALL)


class Fork(Command):
    """Fork at the selected message."""

    id = "fork"
    keys = "N"
    title = "fork"
    help = "Make a branch at the selected message and go on there."
    argument = "[name]"

    def run(self, screen: MainScreen, argument: str) -> None:
        """Fork there and check the branch out."""
        screen.fork(argument or None)


class Regenerate(Command):
    """Another answer."""

    id = "regenerate"
    keys = "R"
    title = "regenerate"
    help = "Ask for another answer to the same prompt, beside the selected one."
    argument = ""

    def run(self, screen: MainScreen, argument: str) -> None:
        """Ask again."""
        screen.regenerate()


class Continue(Command):
    """Go on with a cut answer."""

    id = "continue"
    keys = "m"
    title = "continue"
    help = "Let the model go on with the selected answer, which was cut."
    argument = ""

    def run(self, screen: MainScreen, argument: str) -> None:
        """Go on."""
        screen.continue_answer()


class PreviousSibling(Command):
    """The alternative before."""

    id = "previous-sibling"
    keys = "left_square_bracket"
    title = "alternative before"
    help = "Show the alternative before the selected message."

    def run(self, screen: MainScreen, argument: str) -> None:
        """Show it."""
        screen.show_sibling(-1)


class NextSibling(Command):
    """The next alternative."""

    id = "next-sibling"
    keys = "right_square_bracket"
    title = "next alternative"
    help = "Show the next alternative of the selected message."

    def run(self, screen: MainScreen, argument: str) -> None:
        """Show it."""
        screen.show_sibling(1)


class Checkout(Command):
    """Go to the selected message."""

    id = "checkout"
    keys = "enter"
    title = "check out"
    help = "Go on from the selected message: its branch; at a prompt, with its text in the composer."
    argument = "[branch]"

    def run(self, screen: MainScreen, argument: str) -> None:
        """Check out the branch that is named, or what is selected."""
        if argument:
            screen.session.checkout(argument)
        elif screen.focused is screen.composer:
            raise UsageError("Checking out needs a branch.", f"The branches are {', '.join(screen.session.branches)}.")
        else:
            screen.check_out_selected()


class PreviousBranch(Command):
    """The branch that was current before."""

    id = "previous-branch"
    keys = "minus"
    title = "previous branch"
    help = "Check out the branch that was current before."

    def run(self, screen: MainScreen, argument: str) -> None:
        """Check it out."""
        screen.check_out_previous()


class Copy(Command):
    """To the clipboard."""

    id = "copy"
    keys = "y"
    title = "copy"
    help = "Copy the selected text, message or code block as it was written; with a number, that code block."
    argument = "[number]"

    def run(self, screen: MainScreen, argument: str) -> None:
        """Copy it, and say how much that was."""
        screen.copy(argument)


class PreviousPrompt(Command):
    """The prompt before."""

    id = "previous-prompt"
    keys = "left_parenthesis"
    title = "prompt before"
    help = "Go to your prompt before the selected message."

    def run(self, screen: MainScreen, argument: str) -> None:
        """Go there."""
        screen.set_focus(screen.chat)
        screen.chat.go_to_prompt(-1)


class NextPrompt(Command):
    """The next prompt."""

    id = "next-prompt"
    keys = "right_parenthesis"
    title = "next prompt"
    help = "Go to your prompt after the selected message, from the last one to the end."

    def run(self, screen: MainScreen, argument: str) -> None:
        """Go there."""
        screen.set_focus(screen.chat)
        screen.chat.go_to_prompt(1)


class PreviousFork(Command):
    """The fork above."""

    id = "previous-fork"
    keys = "left_curly_bracket"
    title = "fork above"
    help = "Go to the nearest message above that has several below it."

    def run(self, screen: MainScreen, argument: str) -> None:
        """Go there."""
        screen.go_to_fork(-1)


class NextFork(Command):
    """The fork below."""

    id = "next-fork"
    keys = "right_curly_bracket"
    title = "fork below"
    help = "Go to the nearest message below that has several below it."

    def run(self, screen: MainScreen, argument: str) -> None:
        """Go there."""
        screen.go_to_fork(1)


class PreviousCode(Command):
    """The code block before."""

    id = "previous-code"
    keys = "less_than_sign"
    title = "code block before"
    help = "Select the code block before, which can then be copied."

    def run(self, screen: MainScreen, argument: str) -> None:
        """Go there."""
        screen.set_focus(screen.chat)
        screen.chat.go_to_code(-1)


class NextCode(Command):
    """The next code block."""

    id = "next-code"
    keys = "greater_than_sign"
    title = "next code block"
    help = "Select the next code block, which can then be copied."

    def run(self, screen: MainScreen, argument: str) -> None:
        """Go there."""
        screen.set_focus(screen.chat)
        screen.chat.go_to_code(1)


class Fold(Command):
    """Show less or more of what is selected."""

    id = "fold"
    keys = "z"
    title = "fold"
    help = "Open or fold the selected message: its reasoning and a very long text; in the tree, a run of messages."

    def run(self, screen: MainScreen, argument: str) -> None:
        """Fold or unfold it."""
        screen.fold()


class Reasoning(Command):
    """What was thought before all messages."""

    id = "reasoning"
    keys = "ctrl+t"
    scope = "everywhere"
    title = "reasoning"
    help = "Show or hide the reasoning of all messages."
    argument = ""

    def run(self, screen: MainScreen, argument: str) -> None:
        """Fold or unfold all."""
        screen.chat.fold_all()


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


class Delete(Command):
    """Delete with all below."""

    id = "delete"
    keys = "d"
    title = "delete"
    help = "Delete the selected message and all below it; undo brings them back."

    def run(self, screen: MainScreen, argument: str) -> None:
        """Delete it, and say how much that was."""
        screen.delete()


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
        gesture = screen.session.undo()
        if gesture is None:
            raise UsageError("There is nothing to undo.")
        if prompt := _prompt(screen.session, gesture):
            screen.composer.put(Draft(prompt))
        screen.say_note(f"Undid: {gesture.kind}. U or /redo does it again.")


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
        gesture = screen.session.redo()
        if gesture is None:
            raise UsageError("There is nothing to do again.")
        if prompt := _prompt(screen.session, gesture):
            screen.composer.take_out(prompt)
        screen.say_note(f"Did again: {gesture.kind}.")


def _prompt(session: Session, gesture: Gesture) -> str | None:
    """Return the prompt that a turn began with; None for any other gesture."""
    made = session.state.made_by(gesture) if gesture.kind == "turn" else []
    return next((message.content for message in map(session.message, made) if message.role == "user"), None)


class Stop(Command):
    """Stop the answer, or leave the composer."""

    id = "stop"
    keys = "escape"
    scope = "everywhere"
    title = "stop"
    help = "End a search, a selection, the answer that is shown (its text stays), or go from the composer to the chat."

    def run(self, screen: MainScreen, argument: str) -> None:
        """Stop it."""
        screen.stop_or_leave()


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
        screen.interrupt()


class Send(Command):
    """Send what is written."""

    id = "send"
    keys = "enter"
    scope = "compose"
    title = "send"
    help = "Send the prompt; with none, send the one that is held."

    def run(self, screen: MainScreen, argument: str) -> None:
        """Send it."""
        screen.send()


class Newline(Command):
    """Another line."""

    id = "newline"
    keys = "ctrl+j,shift+enter,alt+enter"
    scope = "compose"
    title = "newline"
    help = "Make a new line; not every terminal sends Shift+Enter and Alt+Enter."

    def run(self, screen: MainScreen, argument: str) -> None:
        """Make it."""
        screen.composer.insert_newline()


class Now(Command):
    """Do not wait for the answer that comes."""

    id = "now"
    keys = "ctrl+enter"
    scope = "compose"
    title = "send now"
    help = "Stop the answer that is shown and send the prompt at once, before those that wait."
    argument = "text"

    def run(self, screen: MainScreen, argument: str) -> None:
        """Send what was written after the slash form, else what is in the composer."""
        if argument:
            screen.send_now(argument)
        else:
            screen.send(now=True)


class SearchPrompts(Command):
    """Find a prompt sent before."""

    id = "search-prompts"
    keys = "ctrl+r"
    scope = "compose"
    title = "search prompts"
    help = "Search the prompts sent before; Up and Down at the first and last line walk through them."

    def run(self, screen: MainScreen, argument: str) -> None:
        """Begin, or go on to the next that is found."""
        screen.composer.search_prompts()


class Editor(Command):
    """Write in another program."""

    id = "editor"
    keys = "ctrl+g"
    scope = "compose"
    title = "editor"
    help = "Write the prompt in your editor ($VISUAL or $EDITOR), all that was pasted in sight."
    argument = ""

    def run(self, screen: MainScreen, argument: str) -> None:
        """Open it."""
        screen.open_editor()


class Suspend(Command):
    """Back to the shell for a while."""

    id = "suspend"
    keys = "ctrl+z"
    title = "suspend"
    help = "Go back to the shell; `fg` comes back. In the composer, take back what was typed."

    def run(self, screen: MainScreen, argument: str) -> None:
        """Suspend the process, as the shell would."""
        screen.app.action_suspend_process()


class ToggleTree(Command):
    """To the tree and back."""

    id = "tree"
    keys = "f2,ctrl+b"
    scope = "everywhere"
    title = "tree"
    help = "Go to the tree, and from there back to the composer."

    def run(self, screen: MainScreen, argument: str) -> None:
        """Go there."""
        if screen.focused is screen.tree_pane:
            screen.set_focus(screen.composer)
        else:
            screen.layout_of_panes.show_tree()
            screen.set_focus(screen.tree_pane)  # at once: what is typed ahead belongs to where one goes


class ToggleHoist(Command):
    """Only what is below."""

    id = "hoist"
    keys = "o"
    title = "hoist"
    help = "Show in the tree only the message at its cursor and all below it, or everything again."

    def run(self, screen: MainScreen, argument: str) -> None:
        """Show only that, or everything again."""
        screen.tree_pane.toggle_hoist()


class Filter(Command):
    """Only what has certain words."""

    id = "filter"
    keys = "f"
    scope = "tree"
    title = "filter"
    help = "Show in the tree only the messages whose text or branch name has what is typed; Esc shows all again."
    argument = "[words]"

    def run(self, screen: MainScreen, argument: str) -> None:
        """Filter by the words, or by what is typed from now on."""
        screen.set_focus(screen.tree_pane)
        screen.tree_pane.begin_filter(argument)


class Compose(Command):
    """To the composer."""

    id = "compose"
    keys = "i"
    title = "compose"
    help = "Go to the composer."

    def run(self, screen: MainScreen, argument: str) -> None:
        """Go there."""
        screen.composer.focus()


class Help(Command):
    """All keys."""

    id = "help"
    keys = "f1,question_mark"
    scope = "everywhere"
    title = "all keys"
    help = "Show all keys that work here, or hide them."
    argument = ""

    def run(self, screen: MainScreen, argument: str) -> None:
        """Show them."""
        screen.toggle_help()


class Quit(Command):
    """Save and leave."""

    id = "quit"
    keys = "ctrl+q"
    scope = "everywhere"
    title = "quit"
    help = "Save the session and leave."
    argument = ""

    def run(self, screen: MainScreen, argument: str) -> None:
        """Leave."""
        screen.leave()


COMMANDS: dict[str, Command] = {
    command.id: command
    for command in (
        Fork(), Regenerate(), Continue(), PreviousSibling(), NextSibling(), Checkout(), PreviousBranch(), Model(),
        Set(), System(), Edit(), Rename(), Title(), Archive(), Delete(), DeleteBranch(), Undo(), Redo(), Copy(),
        Find(), NextHit(), PreviousHit(), PreviousPrompt(), NextPrompt(), PreviousCode(), NextCode(), PreviousFork(),
        NextFork(), Fold(), Reasoning(), Stop(), StopAll(), Interrupt(), ToggleTree(), ToggleHoist(), Filter(),
        HideTree(), Zoom(), Unzoom(), Narrower(), Wider(), Inspect(), Compare(), Target(), Common(), Send(),
        Newline(), Now(), SearchPrompts(), Editor(), Compose(), NewSession(), OpenSession(), SaveAs(), Palette(),
        Suspend(), Help(), Quit(),
    )
}  # fmt: skip
"""Every command by its id."""


def slash_form(text: str) -> tuple[str, str] | None:
    """Return the command and the argument that a text names; None if it begins with no slash and one word."""
    match = _SLASH.fullmatch(text)
    return (match[1], (match[2] or "").strip()) if match else None


def checked_slash(name: str, argument: str) -> Command:
    """Return the command of a slash form.

    Raises:
        UsageError: there is none of that name, or it takes no argument.
    """
    names = [command.id for command in COMMANDS.values() if command.argument is not None]
    if name not in names:
        near = difflib.get_close_matches(name.lower(), names, n=1)
        hint = f"Did you mean /{near[0]}?" if near else f"The commands are /{', /'.join(names)}."
        raise UsageError(f"There is no command /{name}.", f"{hint} A space before the slash sends it as it is.")
    if argument and not COMMANDS[name].argument:
        raise UsageError(f"/{name} takes nothing after it.", f"Write /{name} alone.")
    return COMMANDS[name]


def bindings(scope: Scope) -> list[Binding]:
    """Return the bindings of the commands that work in a scope."""
    return [command.binding() for command in COMMANDS.values() if command.keys and command.scope == scope]


def key_table() -> str:
    """Return the commands as the rows of a Markdown table: the keys or slash form of each, and what it does."""
    rows = []
    for command in COMMANDS.values():
        forms = [f"`{key}`" for key in command.key_names().split(", ") if key]
        if command.argument is not None:
            forms.append(f"`/{command.id} {command.argument}`".replace(" `", "`"))
        rows.append(f"| {', '.join(forms)} | {command.help} |")
    return "\n".join(["| key | what it does |", "| --- | --- |", *rows])
