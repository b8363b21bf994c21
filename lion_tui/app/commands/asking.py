"""Commands that ask several at once, and say which answer is the best."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from lion_tui.app.commands.command import Command

if TYPE_CHECKING:
    from collections.abc import Mapping

    from lion_tui.app.screens.main import MainScreen


class FanOut(Command):
    """Several at once."""

    id = "fan"
    keys = "x"
    title = "ask several"
    help = "Put what is written, or else the selected prompt again, to several models, samples or branches at once."
    argument = "[models]"

    def run(self, screen: MainScreen, argument: str) -> None:
        """Ask those that are named, or let them be chosen."""
        screen.check_writable()
        if argument:
            screen.fanning.ask_named(argument.split(), screen.counting.value)
        else:
            screen.fanning.open_dialog(screen.counting.value)


class Other(Command):
    """Another model."""

    id = "other"
    keys = "t"
    title = "other model"
    help = "Ask another model for an answer to the same prompt, beside the selected one: the one that was used last."
    argument = "[service [model]]"

    def run(self, screen: MainScreen, argument: str) -> None:
        """Ask it, or let it be chosen where there are several."""
        screen.check_writable()
        screen.fanning.ask_other(argument, screen.counting.value or 1)


class Pick(Command):
    """The answer to go on from."""

    id = "pick"
    keys = "W"
    title = "pick"
    help = "Let the branch that was asked on go on from this answer; the other answers stay."
    words = "best winner choose"
    argument = ""

    def run(self, screen: MainScreen, argument: str) -> None:
        """Pick it."""
        screen.check_writable()
        screen.fanning.pick()


class Vote(Command):
    """The best of those side by side."""

    id = "vote"
    title = "vote"
    help = (
        "While branches are compared: vote for a column by its number, 0 for a tie. Elsewhere a number before R, t, x."
    )
    argument = "[number, tie or bad]"
    digits: ClassVar = {f"digit-{digit}": str(digit) for digit in range(10)}

    @classmethod
    def key_names(cls, keymap: Mapping[str, str]) -> str:
        """Return the digits, or the user's keys in their place."""
        keys = [keymap.get(name, key) for name, key in cls.digits.items()]
        return "0-9" if keys == list(cls.digits.values()) else ", ".join(keys)

    def run(self, screen: MainScreen, argument: str) -> None:
        """Vote."""
        screen.check_writable()
        screen.blind.vote("tie" if argument == "0" else argument)


class BothBad(Command):
    """None of them."""

    id = "both-bad"
    keys = "exclamation_mark"
    title = "all bad"
    help = "While branches are compared: vote that none of the answers is any good."

    def run(self, screen: MainScreen, argument: str) -> None:
        """Vote so."""
        screen.check_writable()
        screen.blind.vote("bad")


class BlindMode(Command):
    """Without names."""

    id = "blind"
    keys = "B"
    title = "blind"
    help = "Hide who gave the answers side by side, in an order of chance, until they were voted on; or tell it."
    argument = ""

    def run(self, screen: MainScreen, argument: str) -> None:
        """Hide or tell it."""
        screen.blind.toggle()


class Scoreboard(Command):
    """Who is better."""

    id = "scoreboard"
    keys = "number_sign"
    title = "scoreboard"
    help = "Show how often each model was voted better than others in this session."
    argument = ""

    def run(self, screen: MainScreen, argument: str) -> None:
        """Show it."""
        from lion_tui.app.scoreboard import show_scoreboard

        show_scoreboard(screen)


class NextUnread(Command):
    """What ended out of sight."""

    id = "next-unread"
    keys = "J"
    title = "next unread"
    help = "Go to the next answer that ended while another branch was shown."

    def run(self, screen: MainScreen, argument: str) -> None:
        """Go there."""
        screen.go_to(screen.attention.next_unread())
