"""A text that is worked on in the composer and is no prompt."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from lion_tui.app.composing.draft import Draft
from lion_tui.core.errors import LionError

if TYPE_CHECKING:
    from collections.abc import Callable

    from textual.widget import Widget

    from lion_tui.app.screens.main import MainScreen


class Revision(NamedTuple):
    """An old text that a new one takes the place of.

    Attributes:
        title: What is worked on, and what the keys do.
        text: The old text.
        apply: Takes the new one; raises a `LionError` if it cannot be.
    """

    title: str
    text: str
    apply: Callable[[str], object]


class Revising:
    """Lends the composer to revisions: what was being written there is put aside, and comes back afterwards."""

    def __init__(self, screen: MainScreen) -> None:
        """Begin with none."""
        self._screen = screen
        self._revision: Revision | None = None
        self._put_aside = Draft()
        self._back: Widget | None = None
        self._said = ""

    @property
    def under_way(self) -> bool:
        """Whether the composer holds a text that is no prompt."""
        return self._revision is not None

    @property
    def put_aside(self) -> Draft | None:
        """The draft that is not in the composer because a revision is; None if there is none."""
        return self._put_aside if self._revision else None

    @property
    def at_risk(self) -> Draft | None:
        """What a crash would take: the draft that was put aside, below what is new in the composer; None as above."""
        if self._revision is None:
            return None
        written = self._screen.composer.draft
        return written.above(self._put_aside) if self._is_new(written) else self._put_aside

    def begin(self, revision: Revision) -> None:
        """Work on a text in the composer."""
        screen = self._screen
        written = screen.composer.take()
        if self._revision is None:
            self._put_aside, self._back = written, screen.focused
        self._revision = revision
        screen.composer.load(Draft(revision.text))
        screen.set_focus(screen.composer)
        screen.mark.say("✎")
        screen.update_hints()
        screen.composer.ask_for(revision.title[:1].upper() + revision.title[1:])
        screen.say_note(revision.title, lasting_s=None, stays=True)

    def put(self, draft: Draft) -> None:
        """Put a draft before what is written as a prompt; what is worked on here is none."""
        if self._revision is None:
            self._screen.composer.put(draft)
        else:
            self._put_aside = draft.above(self._put_aside)

    def say(self, text: str) -> None:
        """Say something of what was done once the composer is given back."""
        self._said = text

    def take(self) -> None:
        """Put what was written in the old text's place; what cannot be taken stays in the composer."""
        assert self._revision is not None  # noqa: S101 - only called while there is one
        draft = self._screen.composer.take()
        try:
            self._revision.apply(draft.unfolded())
        except LionError as error:
            self._screen.composer.load(draft)
            self._screen.say_error(str(error))
        else:
            self.end()

    def end(self) -> None:
        """Leave the old text as it is; the keyboard goes back to where it was, and what was written can be found."""
        if self.keep():
            self._said = "Left; the prompts sent before have what was written: up, or ^r in the composer."
        self._revision = None
        self._screen.mark.say(self._screen.columns.target_name)
        self._screen.composer.give_back(self._put_aside)
        self._screen.composer.ask_for("")
        self._screen.say_note(self._said, lasting_s=None)
        self._said = ""
        if self._back is not None and self._back.is_attached and self._screen.focused is self._screen.composer:
            self._screen.set_focus(self._back)
        self._back = None
        self._screen.update_hints()

    def keep(self) -> bool:
        """Let what is written be found among the prompts if one leaves now, and tell whether it is anything new."""
        written = self._screen.composer.draft
        new = self._is_new(written)
        if new:
            self._screen.sending.remember(written)
        return new

    def _is_new(self, written: Draft) -> bool:
        text = written.unfolded()
        return self._revision is not None and bool(text.strip()) and text != self._revision.text
