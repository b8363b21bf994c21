"""Looking for a text in the messages of a path, in steps that are short enough to be taken between two frames."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from itertools import chain, takewhile
from typing import TYPE_CHECKING, Final, NamedTuple, Protocol

from lion_tui.core.phrase import phrase

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from lion_tui.core.state import State

PARTS = ("reasoning", "content")
"""The texts of a message, in the order in which they are shown."""

_NEAR: Final = 100
"""How much longer than what is looked for the marks may make a hit that is marked, where there are no links."""
_FAR: Final = 2_000
"""The same where there are links, whose targets are within the hit."""


class Needle(NamedTuple):
    """What is looked for: as it is written if there is a capital in it, else in letters of any case."""

    written: str

    @property
    def text(self) -> str:
        """What is looked for in `folded` texts."""
        return self.folded(self.written)

    def folded(self, text: str) -> str:
        """Return a text of the same length, in which hits are as `text` has them."""
        if any(character.isupper() for character in self.written):
            return text
        lower = text.lower()
        if len(lower) == len(text):
            return lower
        # Few letters become two when they are lowered.
        return "".join([small if len(small := character.lower()) == 1 else character for character in text])

    def spans(self, folded: str, start: int = 0) -> Iterator[tuple[int, int]]:
        """Yield the ranges of the hits in a `folded` text from a place on, marks and soft breaks read over."""
        return (match.span() for match in phrase(self.text).finditer(folded, start))

    def count(self, folded: str) -> int:
        """Return how many hits there are in a `folded` text."""
        return len(phrase(self.text).findall(folded))

    def hits(self, text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
        """Yield the ranges of the hits that touch a range of a text, without looking at the rest of it."""
        far = 2 * len(self.written) + _FAR
        links = text.find("]", max(0, start - far), end + far) >= 0
        reach = far if links else 2 * len(self.written) + _NEAR
        first, last = max(0, start - reach), end + reach
        if "\n" not in self.written:  # then no hit goes on after an empty line
            first = text.rfind("\n\n", first, start + 1) + 1 or first
            last = text.find("\n\n", max(0, end - 1), last) + 1 or last
        for hit in self.spans(self.folded(text[first:last])):
            yield first + hit[0], first + hit[1]


class Hit(NamedTuple):
    """A place where the needle stands.

    Attributes:
        row: The message.
        part: The index of its text in `PARTS`.
        start: Where it begins in the text.
        end: Where it ends.
    """

    row: int
    part: int
    start: int
    end: int


class Rows(Protocol):
    """Messages in a row, to be looked in from the first to the last."""

    def __len__(self) -> int:
        """Return how many there are."""

    def __getitem__(self, index: int) -> int:
        """Return the row of one."""

    def find(self, row: int) -> int | None:
        """Return where a row is; None if it is not among them."""


class Search:
    """The hits of a needle on a path. Texts are numbered along it: two for each message."""

    def __init__(self, state: State, path: Rows, needle: Needle) -> None:
        """Look in the messages of a path, which may move: `changed` says so."""
        self._state, self._path = state, path
        self.needle = needle
        self._counted = 0
        # Of the texts that have hits: their numbers, and how many hits there are up to each.
        self._texts: list[int] = []
        self._sums: list[int] = []

    @property
    def complete(self) -> bool:
        """Whether everything is counted."""
        return self._counted == len(PARTS) * len(self._path)

    @property
    def total(self) -> int:
        """The hits that are counted."""
        return self._sums[-1] if self._sums else 0

    def changed(self, kept: int) -> None:
        """Take over that only so many messages at the beginning of the path are as they were."""
        self._counted = min(self._counted, len(PARTS) * kept)
        kept = bisect_left(self._texts, self._counted)
        del self._texts[kept:], self._sums[kept:]

    def count(self) -> Iterator[None]:
        """Count what is not counted, a text a step."""
        while not self.complete:
            if hits := self.needle.count(self._text(self._counted)):
                self._texts.append(self._counted)
                self._sums.append(self.total + hits)
            self._counted += 1
            yield

    def seek(self, row: int, part: int, offset: int, step: int) -> Iterator[Hit | None]:
        """Look for the next hit, with a negative step the one before, around the ends of the path if need be.

        Args:
            row: The message to begin in; one of the path.
            part: Its text.
            offset: Where to begin in that.
            step: 1 or -1.

        Yields:
            None for each text without one, and at last the hit, if there is any.
        """
        begin: int | None = self._number_of(row, part)
        for number in self._around(self._number_of(row, part), step):
            near = offset if number == begin else None
            begin = None if number == begin else begin
            if span := self._after(number, near or 0) if step > 0 else self._before(number, near):
                yield Hit(self._path[number // len(PARTS)], number % len(PARTS), *span)
                return
            yield None

    def number(self, hit: Hit) -> int:
        """Return the number of a hit on the path, from 1."""
        text = self._number_of(hit.row, hit.part)
        before = bisect_left(self._texts, text)
        earlier = takewhile(lambda span: span[0] < hit.start, self.needle.spans(self._text(text)))
        return (self._sums[before - 1] if before else 0) + sum(1 for _ in earlier) + 1

    def _after(self, text: int, offset: int) -> tuple[int, int] | None:
        """Return the first hit in a text that begins there or later."""
        return next(self.needle.spans(self._text(text), offset), None)

    def _before(self, text: int, offset: int | None) -> tuple[int, int] | None:
        """Return the last hit in a text that ends there or earlier."""
        spans = self.needle.spans(self._text(text))
        return max(takewhile(lambda span: offset is None or span[1] <= offset, spans), default=None)

    def _around(self, text: int, step: int) -> Iterator[int]:
        """Return the numbers of the texts to look in, from one around to the same one; those without hits are known."""
        texts: Sequence[int] = self._texts if self.complete else range(len(PARTS) * len(self._path))
        if step > 0:
            cut = bisect_left(texts, text)
            return chain(texts[cut:], texts[:cut], texts[cut : cut + 1])
        cut = bisect_right(texts, text)
        return chain(reversed(texts[:cut]), reversed(texts[cut:]), texts[cut - 1 : cut] if cut else ())

    def _number_of(self, row: int, part: int) -> int:
        return len(PARTS) * (self._path.find(row) or 0) + part

    def _text(self, number: int) -> str:
        text = self._state.tree.texts.get(self._path[number // len(PARTS)], PARTS[number % len(PARTS)])
        return self.needle.folded(text) if text else ""
