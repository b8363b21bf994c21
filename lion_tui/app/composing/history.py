"""The prompts that were sent before: kept over sessions, walked through, and searched."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from lion_tui.app.composing.draft import Draft
from lion_tui.core.errors import UsageError
from lion_tui.storage.prompts import add_prompt, each_once, prompts_file, read_prompts

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from lion_tui.core.state import State

_OF_SESSION: Final = 200


class PromptHistory:
    """The prompts sent before: those of earlier sessions, then those of this one.

    Attributes:
        pastes: What was pasted into those of this one, and stood there as one thing.
    """

    def __init__(self, state: State) -> None:
        """Begin with what the file in the data folder holds, and with the prompts of a session; both read when needed.

        Args:
            state: The session.
        """
        self._state = state
        self._path = prompts_file()
        self._before: list[str] | None = None
        self._own: list[str] = []
        self.pastes: set[str] = set()
        self._refused = False

    def prompts(self) -> list[str]:
        """Return them, the latest last, each once."""
        if self._before is None:
            self._before = [*read_prompts(self._path), *_prompts_of(self._state)]
        return each_once([*self._before, *self._own])

    def add(self, text: str, pastes: Iterable[str] = ()) -> None:
        """Take in what was sent, or was written and cleared, with the pastes that stood in it as one thing."""
        if text.strip():
            self._own.append(text)
            self.pastes.update(pastes)

    def write(self, text: str) -> None:
        """Add what was sent to the file, which only its owner can read. May be called in a thread.

        Raises:
            UsageError: it cannot be written; the next ones are not tried.
        """
        if self._refused:
            return
        try:
            add_prompt(self._path, text)
        except UsageError:
            self._refused = True
            raise

    def search(self, query: str, most: int) -> list[str]:
        """Return the prompts that have all words of a query, the latest first, at most so many."""
        words = query.lower().split()
        found: list[str] = []
        for text in reversed(self.prompts()):
            if len(found) == most:
                break
            if all(word in text.lower() for word in words):
                found.append(text)
        return found


def _prompts_of(state: State) -> list[str]:
    """Return the latest prompts of a session's live messages, in order."""
    tree = state.tree
    rows: list[int] = []
    for row in range(len(tree) - 1, -1, -1):
        if len(rows) == _OF_SESSION:
            break
        if tree.role[row] == "user" and tree.alive(row):
            rows.append(row)
    return [tree.content(row) for row in reversed(rows)]


class Walk:
    """A way through prompts and back to what was being written; what is changed on the way stays."""

    def __init__(self, prompts: Sequence[str]) -> None:
        """Stand behind the last one, at what is being written."""
        self._prompts = prompts
        self._at = len(prompts)
        self._left: dict[int, Draft] = {}

    def go(self, step: int, here: Draft) -> Draft | None:
        """Go to another place, and return what stands there; None if there is none.

        Args:
            step: -1 goes to the prompt before, 1 to the next.
            here: What stands at the place that is left.
        """
        if not 0 <= self._at + step <= len(self._prompts):
            return None
        self._left[self._at] = here
        self._at += step
        return self._left.get(self._at) or Draft(self._prompts[self._at])
