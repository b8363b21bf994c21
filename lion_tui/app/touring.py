"""A tour of the main keys on a sample session: it says the next step, and goes on when that was done."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal, NamedTuple

from lion_tui.app.widgets.composer import Composer
from lion_tui.app.widgets.said import Said
from lion_tui.core.tree import NO_ROW

if TYPE_CHECKING:
    from collections.abc import Callable

    from lion_tui.app.screens.main import MainScreen


class Step(NamedTuple):
    """One thing to do.

    Attributes:
        text: What is said, with the ids of commands in braces.
        where: Where its keys work.
        done: Tells whether it was done.
    """

    text: str
    where: Literal["chat", "columns", "composer", "anywhere"]
    done: Callable[[Tour], bool]


class Tour:
    """Leads through the steps on a screen, whatever else is done in between."""

    def __init__(self, screen: MainScreen) -> None:
        """Begin with the session as it is, and show the first step above the composer."""
        self._screen = screen
        self._state = screen.session.state
        self._head = self._state.head_row(self._state.current)
        self._branches = set(self._state.refs)
        self._messages = len(self._state.tree)
        self._at = 0
        self._line = Said(id="tour")
        screen.mount(self._line, after=screen.notice)
        self.follow()

    def end(self) -> None:
        """Take the steps away."""
        self._line.remove()
        self._screen.tour = None

    def follow(self) -> None:
        """Say the first step that is not done yet; those before it are not asked for again."""
        while STEPS[self._at].done(self):
            self._at += 1
        step, composing = STEPS[self._at], isinstance(self._screen.focused, Composer)
        text = step.text
        if step.where == "columns" and not self.compares():
            text = "{diff} on one of the two answers puts them side by side again."
        if step.where in {"chat", "columns"} and composing and self._at:
            text = f"{{stop}} leaves the composer. {text}"
        elif step.where == "composer" and not composing:
            text = f"{{compose}} goes to the composer. {text}"
        said = text.format_map(self._screen.short_keys)
        self._line.say(f"tour {self._at + 1} of {len(STEPS)} · {said} · /tour ends it")

    # What was done

    def browses(self) -> bool:
        """Tell whether the chat has the keyboard."""
        return self._screen.focused is self._screen.chat

    def shows_another_path(self) -> bool:
        """Tell whether another path is shown than at first."""
        return self._state.head_row(self._state.current) != self._head

    def compares(self) -> bool:
        """Tell whether answers stand side by side."""
        return self._screen.columns.comparing

    def voted(self) -> bool:
        """Tell whether a vote was given."""
        return bool(self._state.votes)

    def shows_one_chat(self) -> bool:
        """Tell whether nothing stands side by side."""
        return not self._screen.columns.comparing

    def forked(self) -> bool:
        """Tell whether there is a branch that was not there at first."""
        return not self._branches.issuperset(self._state.refs)

    def answered(self) -> bool:
        """Tell whether something was written, and its answer has ended."""
        head, tree = self._state.head_row(self._state.current), self._state.tree
        new = head != NO_ROW and head >= self._messages
        return new and tree.role[head] == "assistant" and tree.status[head] != "streaming"

    def goes_on(self) -> bool:
        """Return that there is nothing more to do."""
        return False


STEPS: Final = (
    Step(
        "This is a sample: one prompt, two answers, three branches, all of them in the tree ({tree}). "
        "{stop} goes from the composer to the chat.",
        "chat",
        Tour.browses,
    ),
    Step(
        "j and k go from message to message. On the answer with ‹1/2›, {next-sibling} shows the other one, "
        "and {previous-sibling} comes back.",
        "chat",
        Tour.shows_another_path,
    ),
    Step("{diff} puts the two answers side by side and marks what differs.", "chat", Tour.compares),
    Step(
        "h and l go from column to column. Which answer is better? {digit-1} or {digit-2} votes for it.",
        "columns",
        Tour.voted,
    ),
    Step("{compare} shows one chat again.", "chat", Tour.shows_one_chat),
    Step(
        "{fork} begins a branch at the selected message: nothing that you try there changes the others.",
        "chat",
        Tour.forked,
    ),
    Step(
        "Write “Warmer, please”, or what you like, and press {send}: the answer comes on this branch alone.",
        "composer",
        Tour.answered,
    ),
    Step(
        "That is the heart of it. {regenerate} asks for another answer, {fan} asks several models, {undo} takes the "
        "last thing back. {palette} finds every command, {help} lists the keys, {new} begins a session of your own.",
        "anywhere",
        Tour.goes_on,
    ),
)
"""What is shown, in this order; the last one stays."""
