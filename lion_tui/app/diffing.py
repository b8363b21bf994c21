"""What differs between two columns, found out in a thread while the screen goes on."""

from __future__ import annotations

import asyncio
import sys
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from lion_tui.app.transcript.marks import Range

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Sequence

    from lion_tui.core.diff import Operation, Unit
    from lion_tui.core.state import State
    from lion_tui.core.turns import Turns

_UNITS: Final[tuple[Unit | None, ...]] = ("word", "line", None)
_SAID: Final = {"word": "by words", "line": "by lines"}
_KEPT: Final = 400
"""Pairs of texts whose differences are kept."""
_SIGNS: Final = {"removed": ("[-", "-]"), "added": ("{+", "+}"), "moved": ("[~", "~]")}
"""What stands around what differs where a column shows both texts in one and there are no colours."""


class _Pair(NamedTuple):
    """Two messages, and what of their texts is compared."""

    a: int
    b: int
    unit: Unit


class Merged(NamedTuple):
    """Two texts as one, what is removed standing before what is added, and where either is."""

    text: str
    ranges: tuple[Range, ...]


class Diffing:
    """Finds out what differs between messages, one pair after the other.

    Attributes:
        unit: What is compared; None for nothing.
        unified: Whether one column shows both texts, because there is no room for another.
        signs: Whether signs stand around what differs, because there are no colours.
    """

    def __init__(
        self, state: State, run: Callable[[Coroutine[Any, Any, None]], object], found: Callable[[], object]
    ) -> None:
        """Compare messages of `state`.

        Args:
            state: The session's data.
            run: Runs a coroutine on the screen's behalf.
            found: Called when more is known.
        """
        self._state, self._run, self._found = state, run, found
        self._steps: dict[_Pair, list[Operation] | None] = {}  # None while a thread is at it
        self._merged: dict[_Pair, Merged] = {}
        self._turn = asyncio.Lock()
        self.unit: Unit | None = None
        self._last: Unit = "word"
        self.unified = False
        self.signs = False

    @property
    def said(self) -> str:
        """What is compared, as the user says it."""
        return _SAID.get(self.unit or "", "")

    def toggle(self) -> None:
        """Compare, or compare nothing."""
        self.unit = None if self.unit else self._last

    def cycle(self) -> None:
        """Compare words, then lines, then nothing."""
        self.unit = _UNITS[(_UNITS.index(self.unit) + 1) % len(_UNITS)]
        self._last = self.unit or self._last

    def forget(self) -> None:
        """Compare nothing, and forget what was found out."""
        self.unit, self.unified = None, False
        self.forget_texts()

    def forget_texts(self) -> None:
        """Keep no copy of a text that was purged, and no place in it."""
        self._steps.clear()
        self._merged.clear()

    def steps(self, a: int, b: int) -> list[Operation] | None:
        """Return the steps from the text of one message to that of another; None while they are not known."""
        status = self._state.tree.status
        if self.unit is None or "streaming" in {status[a], status[b]}:
            return None
        pair = _Pair(a, b, self.unit)
        if pair not in self._steps:
            self._steps[pair] = None
            self._run(self._find(pair))
        return self._steps[pair]

    async def _find(self, pair: _Pair) -> None:
        from lion_tui.core.diff import diff_texts

        tree = self._state.tree
        async with self._turn:  # one at a time: threads would only take the processor from each other
            found = await asyncio.to_thread(diff_texts, tree.content(pair.a), tree.content(pair.b), pair.unit)
        for old in list(self._steps)[: max(0, len(self._steps) - _KEPT)]:
            del self._steps[old]
            self._merged.pop(old, None)
        self._steps[pair] = found
        self._found()

    def merged(self, a: int, b: int) -> Merged | None:
        """Return the texts of two messages as one; None while it is not known."""
        steps = self.steps(a, b)
        if steps is None or self.unit is None:
            return None
        pair = _Pair(a, b, self.unit)
        if pair not in self._merged:
            content = self._state.tree.content
            self._merged[pair] = merge(content(a), content(b), steps, signs=self.signs)
        return self._merged[pair]


class ColumnDifferences:
    """What of one column differs from another: what its transcript asks for while it draws."""

    def __init__(self, diffing: Diffing, mine: Turns, other: Turns, *, newer: bool) -> None:
        """Compare two columns.

        Args:
            diffing: Finds out.
            mine: The turns of the column, from where the two part.
            other: Those of the other one.
            newer: Whether what only this column has was added, or removed.
        """
        self._diffing = diffing
        self._mine, self._other, self._newer = mine, other, newer

    def _pair(self, row: int) -> tuple[int, int] | None:
        """Return a message and what answers to it, the older one first."""
        other = self._mine.row_beside(row, self._other)
        if other is None:
            return None
        return (other, row) if self._newer else (row, other)

    def ranges(self, row: int) -> Sequence[Range]:
        """Return what differs in a message's text; all of it, if nothing in the other column answers to it."""
        if row not in self._mine:  # it is above where the two part
            return ()
        if (pair := self._pair(row)) is None:
            return (Range(0, sys.maxsize, "added-whole" if self._newer else "removed-whole"),)
        if self._diffing.unified:
            merged = self._diffing.merged(*pair)
            return merged.ranges if merged else ()
        return side(self._diffing.steps(*pair) or (), newer=self._newer)

    def text(self, row: int) -> str | None:
        """Return both texts as one, if that is what the column shows of a message."""
        if not self._diffing.unified or (pair := self._pair(row)) is None:
            return None
        merged = self._diffing.merged(*pair)
        return merged.text if merged else None


def _styles(steps: Sequence[Operation]) -> dict[str, str]:
    """Return the style of each kind: of texts that have little in common, only signs before the lines."""
    from lion_tui.core.diff import rewritten

    whole = "-whole" if rewritten(steps) else ""
    return {"removed": f"removed{whole}", "added": f"added{whole}", "moved": "moved"}


def side(steps: Sequence[Operation], *, newer: bool) -> tuple[Range, ...]:
    """Return what is marked in one of two texts."""
    styles = _styles(steps)
    ranges = [
        Range(b_start if newer else a_start, b_end if newer else a_end, styles[kind])
        for kind, a_start, a_end, b_start, b_end in steps
        if kind != "equal"
    ]
    return tuple(each for each in ranges if each.start < each.end)


def merge(a: str, b: str, steps: Sequence[Operation], *, signs: bool) -> Merged:
    """Return two texts as one.

    Args:
        a: The older one.
        b: The newer one.
        steps: Those from one to the other.
        signs: Whether signs stand around what differs.
    """
    pieces: list[str] = [""]
    ranges: list[Range] = []
    styles = _styles(steps)
    at = 0
    ended = False  # whether what was put last ended a text, so that a passage that comes now goes below it
    for kind, a_start, a_end, b_start, b_end in steps:
        source, start, end = (a, a_start, a_end) if a_end > a_start else (b, b_start, b_end)
        text = source[start:end]
        gap = ""
        if ended and _begins_line(source, start) and not pieces[-1].endswith("\n"):
            gap = "\n"
        elif kind == "added" and not signs and pieces[-1][-1:].isalnum() and text[0].isalnum():
            gap = " "  # the old and the new word are not one
        pieces.append(gap)
        at += len(gap)
        words = text.rstrip("\n")
        if kind != "equal" and words:
            before, after = _SIGNS[kind] if signs else ("", "")
            marked = f"{before}{words}{after}"
            ranges.append(Range(at, at + len(marked), styles[kind]))
            text = marked + text[len(words) :]
        pieces.append(text)
        at += len(text)
        ended = end == len(source)
    return Merged("".join(pieces), tuple(ranges))


def _begins_line(text: str, at: int) -> bool:
    return not at or text[at - 1] == "\n"
