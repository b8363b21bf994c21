"""Commands that go through the chat, look for a text in it and copy from it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lion_tui.app.commands.command import Command
from lion_tui.app.slices import moment, pause
from lion_tui.core.errors import UsageError
from lion_tui.core.tree import NO_ROW

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lion_tui.app.screens.main import MainScreen


class Copy(Command):
    """To the clipboard."""

    id = "copy"
    keys = "y"
    title = "copy"
    help = "Copy the selected text, message or code block as it was written; with a number, that code block."
    words = "clipboard yank"
    argument = "[number]"

    def run(self, screen: MainScreen, argument: str) -> None:
        """Copy it, and say how much that was."""
        screen.copying.copy(argument)


class Find(Command):
    """Look for a text."""

    id = "find"
    keys = "ctrl+f,slash"
    scope = "everywhere"
    title = "find"
    help = "Look for a text in the chat, the slash outside the composer only; a capital in it makes case count."
    words = "search"
    argument = "[text]"

    def run(self, screen: MainScreen, argument: str) -> None:
        """Open the line that it is written in."""
        screen.find_bar.open(argument)


class FindAll(Command):
    """Look for a text everywhere."""

    id = "find-all"
    keys = "F"
    title = "find everywhere"
    help = "Look for a text in the messages of all branches; Enter and n p go from hit to hit, and no branch moves."
    argument = "[words]"

    def run(self, screen: MainScreen, argument: str) -> None:
        """Open the line that it is written in, or look for what was written."""
        screen.find_bar.open(argument, everywhere=True)


class NextHit(Command):
    """The next hit."""

    id = "next-hit"
    keys = "n"
    title = "next hit"
    help = "Go to the next hit of what is looked for."

    def run(self, screen: MainScreen, argument: str) -> None:
        """Go there."""
        _go_to_hit(screen, 1)


class PreviousHit(Command):
    """The hit before."""

    id = "previous-hit"
    keys = "p"
    title = "hit before"
    help = "Go to the hit before, of what is looked for."

    def run(self, screen: MainScreen, argument: str) -> None:
        """Go there."""
        _go_to_hit(screen, -1)


class Jump(Command):
    """To anything in sight."""

    id = "jump"
    keys = "apostrophe"
    title = "jump"
    help = "Show two letters at every message in sight, in the chat and the tree; typing them goes there."

    def run(self, screen: MainScreen, argument: str) -> None:
        """Show the letters."""
        from lion_tui.app.screens.jump import jump

        jump(screen)


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
    help = "Go to your prompt after the selected message, from the last one to the last message, then to its end."

    def run(self, screen: MainScreen, argument: str) -> None:
        """Go there."""
        screen.set_focus(screen.chat)
        screen.chat.go_to_prompt(1)


class PreviousCode(Command):
    """The code block before."""

    id = "previous-code"
    keys = "less_than_sign"
    title = "code block before"
    help = "Select the code block before, which can then be copied."

    def run(self, screen: MainScreen, argument: str) -> None:
        """Go there."""
        _go_to_code(screen, -1)


class NextCode(Command):
    """The next code block."""

    id = "next-code"
    keys = "greater_than_sign"
    title = "next code block"
    help = "Select the next code block, which can then be copied."

    def run(self, screen: MainScreen, argument: str) -> None:
        """Go there."""
        _go_to_code(screen, 1)


def _go_to_code(screen: MainScreen, step: int) -> None:
    """Go to a code block, now or, where it is far away, in a while."""
    screen.set_focus(screen.chat)
    search = screen.chat.go_to_code(step)
    if not moment(search):
        screen.inference.aside(_go_on(search))


async def _go_on(search: Iterator[None]) -> None:
    while True:
        await pause()
        if moment(search):
            return


class PreviousFork(Command):
    """The fork above."""

    id = "previous-fork"
    keys = "left_curly_bracket"
    title = "fork above"
    help = "Go to the nearest message above that has several below it."

    def run(self, screen: MainScreen, argument: str) -> None:
        """Go there."""
        _go_to_fork(screen, -1)


class NextFork(Command):
    """The fork below."""

    id = "next-fork"
    keys = "right_curly_bracket"
    title = "fork below"
    help = "Go to the nearest message below that has several below it."

    def run(self, screen: MainScreen, argument: str) -> None:
        """Go there."""
        _go_to_fork(screen, 1)


class Fold(Command):
    """Show less or more of what is selected."""

    id = "fold"
    keys = "z"
    title = "fold"
    help = "Open or fold the selected message: its reasoning and a very long text; in the tree, a run of messages."

    def run(self, screen: MainScreen, argument: str) -> None:
        """Fold or unfold it."""
        if screen.focused is screen.tree_pane:
            screen.tree_pane.toggle_fold()
        elif said := screen.chat.fold(screen.selected.row()):
            screen.say_note(said)


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


def _go_to_hit(screen: MainScreen, step: int) -> None:
    if not screen.find_bar.go(step):
        raise UsageError("Nothing is looked for.", "Ctrl+F looks for a text.")


def _go_to_fork(screen: MainScreen, step: int) -> None:
    fork = screen.tree_pane.fork_from(screen.selected.row(), step)
    if fork == NO_ROW:
        raise UsageError(f"There is no fork {'below' if step > 0 else 'above'} this message.", "N makes one here.")
    if screen.focused is screen.tree_pane:
        screen.tree_pane.go_to(fork)
    else:
        screen.set_focus(screen.chat)
        screen.chat.reveal(fork)
