"""What the user can do: one class each, from which its key, its help and its slash form come."""

from __future__ import annotations

import difflib
import re
from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, ClassVar, Literal

from textual.binding import Binding

from lion_tui.core.errors import UsageError

if TYPE_CHECKING:
    from lion_tui.app.screens.main import MainScreen
    from lion_tui.core.changes import Gesture
    from lion_tui.session import Session

_SLASH = re.compile(r"/([A-Za-z][\w-]*)(?:\s+(.*))?\s*", re.DOTALL)
Scope = Literal["everywhere", "browse"]


class Command(ABC):
    """Something that the user can do.

    Attributes:
        id: Its name in the key map and after a slash.
        keys: The keys that do it, separated by commas; empty for none.
        scope: Where the keys work: everywhere, or outside the composer.
        title: What it does, in a word or two.
        help: What it does, in a sentence.
        argument: What may follow its slash form; None if it has no slash form.
        shown_key: How the footer writes its key, if it is not the key's own name.
    """

    id: ClassVar[str]
    keys: ClassVar[str] = ""
    scope: ClassVar[Scope] = "browse"
    title: ClassVar[str]
    help: ClassVar[str]
    argument: ClassVar[str | None] = None
    shown_key: ClassVar[str] = ""

    @abstractmethod
    def run(self, screen: MainScreen, argument: str) -> None:
        """Do it.

        Args:
            screen: Where.
            argument: What was written after the slash form.

        Raises:
            LionError: it cannot be done.
        """

    @classmethod
    def key_names(cls) -> str:
        """Return its keys as keyboards name them, separated by commas."""
        return ", ".join([cls.shown_key] if cls.shown_key else [_named(key) for key in cls.keys.split(",") if key])

    @classmethod
    def binding(cls) -> Binding:
        """Return the binding of its keys."""
        return Binding(
            cls.keys, f"screen.command('{cls.id}')", cls.title, id=cls.id, tooltip=cls.help, show=False, system=False
        )


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
    shown_key = "["
    title = "alternative before"
    help = "Show the alternative before the selected message."

    def run(self, screen: MainScreen, argument: str) -> None:
        """Show it."""
        screen.show_sibling(-1)


class NextSibling(Command):
    """The next alternative."""

    id = "next-sibling"
    keys = "right_square_bracket"
    shown_key = "]"
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
    shown_key = "-"
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


class Find(Command):
    """Look for a text."""

    id = "find"
    keys = "ctrl+f,slash"
    shown_key = "Ctrl+F, /"
    scope = "everywhere"
    title = "find"
    help = "Look for a text in the chat, the slash outside the composer only; a capital in it makes case count."
    argument = "[text]"

    def run(self, screen: MainScreen, argument: str) -> None:
        """Open the line that it is written in."""
        screen.find_bar.open(argument)


class NextHit(Command):
    """The next hit."""

    id = "next-hit"
    keys = "n"
    title = "next hit"
    help = "Go to the next hit of what is looked for."

    def run(self, screen: MainScreen, argument: str) -> None:
        """Go there."""
        screen.go_to_hit(1)


class PreviousHit(Command):
    """The hit before."""

    id = "previous-hit"
    keys = "p"
    title = "hit before"
    help = "Go to the hit before, of what is looked for."

    def run(self, screen: MainScreen, argument: str) -> None:
        """Go there."""
        screen.go_to_hit(-1)


class PreviousPrompt(Command):
    """The prompt before."""

    id = "previous-prompt"
    keys = "left_parenthesis"
    shown_key = "("
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
    shown_key = ")"
    title = "next prompt"
    help = "Go to your prompt after the selected message, from the last one to the end."

    def run(self, screen: MainScreen, argument: str) -> None:
        """Go there."""
        screen.set_focus(screen.chat)
        screen.chat.go_to_prompt(1)


class PreviousCode(Command):
    """The code block before."""

    id = "previous-code"
    keys = "less_than_sign"
    shown_key = "<"
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
    shown_key = ">"
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
    help = "Show or hide the reasoning of the selected message; in the tree, open or fold a run of messages."

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


class System(Command):
    """Another system prompt."""

    id = "system"
    title = "system prompt"
    help = "Put a system prompt in force from here on."
    argument = "text"

    def run(self, screen: MainScreen, argument: str) -> None:
        """Put it in force."""
        screen.set_system(argument)


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
            screen.composer.put(prompt)
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
    """Stop the answer, or tell how to leave."""

    id = "interrupt"
    keys = "ctrl+c"
    scope = "everywhere"
    title = "interrupt"
    help = "Copy what is selected, else stop the answer that is shown, else say how to leave."

    def run(self, screen: MainScreen, argument: str) -> None:
        """Stop it."""
        screen.interrupt()


class ToggleTree(Command):
    """To the tree and back."""

    id = "tree"
    keys = "f2,ctrl+b"
    scope = "everywhere"
    title = "tree"
    help = "Go to the tree, and from there back to the composer."

    def run(self, screen: MainScreen, argument: str) -> None:
        """Go there."""
        (screen.composer if screen.focused is screen.tree_pane else screen.tree_pane).focus()


class ToggleHoist(Command):
    """Only what is below."""

    id = "hoist"
    keys = "o"
    title = "hoist"
    help = "Show in the tree only the message at its cursor and all below it, or everything again."

    def run(self, screen: MainScreen, argument: str) -> None:
        """Show only that, or everything again."""
        screen.tree_pane.toggle_hoist()


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
    keys = "f1"
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
        Fork(), Regenerate(), Continue(), PreviousSibling(), NextSibling(), Checkout(), PreviousBranch(), System(),
        Copy(), Find(), NextHit(), PreviousHit(),
        PreviousPrompt(), NextPrompt(), PreviousCode(), NextCode(), Fold(), Reasoning(),
        Delete(), Undo(), Redo(), Stop(), Interrupt(), ToggleTree(), ToggleHoist(),
        Compose(), Help(), Quit(),
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


def _named(key: str) -> str:
    """Return a key as keyboards name it: `Ctrl+Q`, `F1`, `Esc`, and single letters as they are."""
    if len(key) == 1:
        return key
    return "+".join({"escape": "Esc"}.get(part, part.capitalize()) for part in key.split("+"))
