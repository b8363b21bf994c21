"""Looking at answers without knowing who gave which, and voting on them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from lion_tui.app.status import name_of
from lion_tui.core.errors import StillComing, UsageError
from lion_tui.core.text import printable
from lion_tui.core.tree import NO_ROW

if TYPE_CHECKING:
    from lion_tui.app.screens.main import MainScreen

_ALLOWED: Final = frozenset(
    {
        "vote", "both-bad", "blind", "compare", "target", "common", "stop", "stop-all", "interrupt", "send", "newline",
        "now", "compose", "editor", "search-prompts", "copy", "find", "next-hit", "previous-hit", "previous-prompt",
        "next-prompt", "previous-code", "next-code", "fold", "undo", "redo", "scoreboard", "palette", "help", "quit",
        "suspend", "doctor", "diff", "diff-unit", "scroll-lock", "zoom", "unzoom",
    }
)  # fmt: skip
"""Commands that tell nothing of who answers."""
_ONCE_SHOWN: Final = frozenset({"copy", "find", "next-hit", "previous-hit", "next-code", "previous-code", "fold"})
"""Those that reach a text which is held back until all answers have come."""


class Blind:
    """Hides who gave the answers that stand side by side until they were voted on.

    Attributes:
        on: Whether it does, or will as soon as several stand side by side.
    """

    def __init__(self, screen: MainScreen) -> None:
        """Begin with everything told."""
        self._screen = screen
        self._session = screen.session
        self.on = False
        self._said = ""

    @property
    def hides(self) -> bool:
        """Whether something is hidden now."""
        return self.on and self._screen.columns.comparing

    @property
    def said(self) -> tuple[str, ...]:
        """What the status line says where nothing is hidden yet."""
        return ("blind: the next answers side by side",) if self.on and not self.hides else ()

    def toggle(self) -> None:
        """Hide who answers, in an order of chance, or tell it."""
        self._put(on=not self.on)
        if not self._screen.columns.comparing:
            self._screen.say_note(
                "Blind: the next answers side by side do not say whose they are." if self.on else "No longer blind."
            )
            self._screen.status_changed()
        elif self.on:
            self._screen.comparing.shuffle()
            self._screen.say_note("Blind: 1 to 9 vote for a column, 0 for a tie, ! for none. B tells who answered.")
        else:
            self.follow()
            self._screen.say_note("No longer blind.")

    def _put(self, *, on: bool) -> None:
        self.on = self._screen.columns.shuffles = on

    def check(self, command_id: str) -> None:
        """Refuse a command that would tell who answers.

        Raises:
            UsageError: it would.
        """
        if self.hides and command_id not in _ALLOWED:
            raise UsageError("That would tell whose answers these are.", "Vote first, or press B.")
        if self.hides and command_id in _ONCE_SHOWN and self._screen.columns.coming:
            raise StillComing("Not all answers have come, which are shown together.", "Wait for the last one.")

    def follow(self) -> None:
        """Show, or hide, what is to be shown or hidden now. Once it has hidden something, it ends with that."""
        screen, hides = self._screen, self.hides
        if hides == screen.has_class("-blind"):
            return
        if not hides:
            self._put(on=False)
        screen.set_class(hides, "-blind")
        screen.columns.hide_names(hides)
        if hides and screen.focused is screen.tree_pane:
            screen.set_focus(screen.chat)
        screen.status_changed()

    def facts(self) -> tuple[str, ...]:
        """Return what the status line says while something is hidden."""
        coming = len(self._session.streaming)
        name = name_of(self._session, self._screen.leaving.file)
        return (name, "blind", f"streaming {coming}") if coming else (name, "blind")

    # Voting

    def vote(self, said: str) -> None:
        """Vote for the column of a number, or for a `tie`, or say that all are `bad`; then tell who answered.

        Raises:
            UsageError: nothing stands side by side, there is no such column, or the answers cannot be voted on.
        """
        screen, state = self._screen, self._session.state
        columns = screen.columns.numbered()
        if not screen.columns.comparing:
            raise UsageError("There is nothing to vote on.", "x asks several at once, c shows branches side by side.")
        heads = {number: state.head_row(position) for number, position in columns}
        if said not in {"tie", "bad", *map(str, heads)}:
            numbers = ", ".join(map(str, heads))
            raise UsageError(f"There is no column {said!r}.", f"Vote {numbers}, tie or bad.")
        if NO_ROW in heads.values():
            raise UsageError("A column has no answer yet.", "Ask something first.")
        if not self._sees(int(said) if said.isdecimal() else None):
            return
        ids = {number: state.tree.node_id[row] for number, row in heads.items()}
        winner = int(said) if said.isdecimal() else None
        self._session.vote(
            list(ids.values()),
            None if winner is None else ids[winner],
            tie=said == "tie",
            both_bad=said == "bad",
            blind=self.hides,
            order_shown=list(ids.values()),
        )
        revealed = self.hides
        self._put(on=False)
        self.follow()
        if winner is not None:
            screen.columns.pane(winner).transcript.focus()
        self._said = self._told(winner, said, revealed=revealed)
        screen.say_note(self._said, lasting_s=None)

    def _sees(self, number: int | None) -> bool:
        """Tell whether the user has what is voted for in sight; else show it, and say that it was not.

        Raises:
            UsageError: another column was not in sight yet: nothing can be said against it.
        """
        screen = self._screen
        if number is not None and not screen.columns.pane(number).display:
            screen.columns.pane(number).transcript.focus()
            screen.say_note(f"This is {number}, which was out of sight. {number} again votes for it.")
            return False
        if unseen := screen.columns.unseen():
            many = f"Column {unseen[0]} was" if len(unseen) == 1 else f"Columns {', '.join(map(str, unseen))} were"
            raise UsageError(f"{many} not in sight yet.", "h and l in the chat show the others.")
        return True

    def leave_votes(self) -> None:
        """Say no more of a vote whose answers are no longer those that stand side by side."""
        if self._said and self._screen.notice.note == self._said:
            self._screen.say_note("")
        self._said = ""

    def _told(self, winner: int | None, said: str, *, revealed: bool) -> str:
        """Return what is said of a vote: for whom it was, and who the others are."""
        facts = {each.number: printable(each.model or each.name) for each in self._screen.columns.facts()}
        what = "a tie" if said == "tie" else "none of them"
        voted = f"Voted for {what if winner is None else f'{winner}, {facts[winner]}'}"
        others = ", ".join(f"{number} {name}" for number, name in facts.items() if number != winner)
        told = f"; {'the others are ' if winner else ''}{others}" if revealed else ""
        pick = "W picks it · " if winner is not None else "M fuses them · "
        return f"{voted}{told}. {pick}# scoreboard · u takes it back"
