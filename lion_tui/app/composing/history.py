"""The prompts that were sent before: kept over sessions, walked through, and searched."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Any, Final

from lion_tui.app.composing.draft import Draft
from lion_tui.config.paths import data_dir
from lion_tui.core.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from lion_tui.core.state import State

FILE_NAME: Final = "prompts.jsonl"
_MOST: Final = 1_000
_LONGEST_KEPT: Final = 20_000
_LARGEST_FILE: Final = 2_000_000
_OF_SESSION: Final = 200


class PromptHistory:
    """The prompts sent before: those of earlier sessions, then those of this one."""

    def __init__(self, state: State) -> None:
        """Begin with what the file in the data folder holds, and with the prompts of a session; both read when needed.

        Args:
            state: The session.
        """
        self._state = state
        self._path = data_dir() / FILE_NAME
        self._before: list[str] | None = None
        self._own: list[str] = []
        self._refused = False

    def prompts(self) -> list[str]:
        """Return them, the latest last, each once."""
        if self._before is None:
            self._before = [*_read(self._path), *_prompts_of(self._state)]
        return _each_once([*self._before, *self._own])

    def add(self, text: str) -> None:
        """Take in what was sent, or was written and cleared."""
        if text.strip():
            self._own.append(text)

    def write(self, text: str) -> None:
        """Add what was sent to the file, which only its owner can read. May be called in a thread.

        Raises:
            UsageError: it cannot be written; the next ones are not tried.
        """
        if self._refused or not text.strip() or len(text) > _LONGEST_KEPT:
            return
        try:
            self._append(text)
        except OSError as error:
            self._refused = True
            raise UsageError(
                f"Prompts are not kept for later sessions: {self._path} cannot be written ({error.strerror}).",
                "Make the folder writable.",
            ) from error

    def _append(self, text: str) -> None:
        self._path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with open(self._path, "ab", opener=_private) as file:
            file.write(json.dumps(text).encode() + b"\n")
            size = file.tell()
        if size > _LARGEST_FILE:
            self._shorten()

    def _shorten(self) -> None:
        """Write the latest prompts anew, beside the file and then in its place."""
        shorter = self._path.with_suffix(".tmp")
        with open(shorter, "wb", opener=_private) as file:
            kept = [json.dumps(text).encode() + b"\n" for text in _read(self._path)]
            while sum(map(len, kept)) > _LARGEST_FILE // 2:
                del kept[: len(kept) // 2 + 1]
            file.writelines(kept)
        shorter.replace(self._path)

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


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


def _read(path: Path) -> list[str]:
    """Return the prompts in a file; of what is damaged in it, the rest."""
    try:
        with path.open("rb") as file:
            file.seek(max(0, path.stat().st_size - _LARGEST_FILE))
            lines = file.read(_LARGEST_FILE).split(b"\n")
    except OSError:  # none was sent yet, or they cannot be read: this session's own remain
        return []
    texts = [text for text in map(_text, lines) if text]
    return _each_once(texts)[-_MOST:]


def _text(line: bytes) -> str | None:
    try:
        value: Any = json.loads(line)
    except ValueError:
        return None
    return value if isinstance(value, str) else None


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


def _each_once(texts: Iterable[str]) -> list[str]:
    """Return the texts, of equal ones the last, in order."""
    return list(dict.fromkeys(reversed(list(texts))))[::-1]


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
