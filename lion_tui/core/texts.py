"""Where the long texts of the messages are: in memory, or read from a file when they are looked at."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final, Protocol, overload

if TYPE_CHECKING:
    from collections.abc import Mapping

_NAMES: Final = ("content", "reasoning", "parts")


class Texts(Protocol):
    """The wide columns of the message table (`content`, `reasoning`, `parts`), by row."""

    def get(self, row: int, column: str) -> str | None:
        """Return one text."""

    def append(self, content: str, reasoning: str | None, parts: str | None) -> None:
        """Add the texts of the next row."""

    def extend(self, row: int, content: str, reasoning: str) -> None:
        """Add to the end of a row's texts, in time proportional to what is added."""

    def replace(self, row: int, content: str, reasoning: str | None, parts: str | None) -> None:
        """Set a row's texts."""

    def truncate(self, rows: int) -> None:
        """Keep only the first `rows` rows."""

    def column(self, column: str) -> Sequence[str | None]:
        """Return a copy of a whole column that does not change after."""


class _Unread:
    """Stands for a text that is as it was in the beginning."""


_UNREAD: Final = _Unread()


class Overlaid(Sequence[str | None]):
    """A column of texts, some of which are others than in the beginning; nothing in it changes after."""

    def __init__(self, base: Sequence[str | None], values: list[str | _Unread | None]) -> None:
        """Lay `values` over `base`."""
        self._base = base
        self._values = values

    def __len__(self) -> int:
        """Return the number of texts."""
        return len(self._values)

    @overload
    def __getitem__(self, at: int) -> str | None: ...
    @overload
    def __getitem__(self, at: slice) -> Sequence[str | None]: ...
    def __getitem__(self, at: int | slice) -> str | Sequence[str | None] | None:
        """Return one text, or some."""
        if isinstance(at, slice):
            rows = range(*at.indices(len(self)))
            return [
                self._base[row] if isinstance(value, _Unread) else value
                for row, value in zip(rows, self._values[at], strict=True)
            ]
        value = self._values[at]
        return self._base[range(len(self))[at]] if isinstance(value, _Unread) else value

    def untouched(self, start: int, stop: int) -> Sequence[str | None] | None:
        """Return what it is laid over, if none of the texts from `start` to `stop` is another one; else None."""
        return self._base if all(value is _UNREAD for value in self._values[start:stop]) else None

    def __eq__(self, other: object) -> bool:
        """Tell whether another column has the same texts."""
        return isinstance(other, Sequence) and list(self) == list(other)

    __hash__ = None  # type: ignore[assignment]  # as of a list


class MemoryTexts:
    """`Texts` that are kept in memory."""

    def __init__(self, columns: Mapping[str, Sequence[str | None]] | None = None) -> None:
        """Start empty, or with whole columns, which are read where they are."""
        self._base = columns or dict.fromkeys(_NAMES, ())
        self._columns: dict[str, list[str | _Unread | None]] = {
            name: [_UNREAD] * len(self._base[name]) for name in _NAMES
        }
        # A text that grows is a list of its pieces until somebody reads it.
        self._growing: dict[tuple[int, str], list[str]] = {}

    def get(self, row: int, column: str) -> str | None:
        """Return one text."""
        text = self._columns[column][row]
        if isinstance(text, _Unread):
            text = self._base[column][row]
        if pieces := self._growing.pop((row, column), None):
            text = self._columns[column][row] = (text or "") + "".join(pieces)
        return text

    def append(self, content: str, reasoning: str | None, parts: str | None) -> None:
        """Add the texts of the next row."""
        self._columns["content"].append(content)
        self._columns["reasoning"].append(reasoning)
        self._columns["parts"].append(parts)

    def extend(self, row: int, content: str, reasoning: str) -> None:
        """Add to the end of a row's texts, in time proportional to what is added."""
        if content:
            self._growing.setdefault((row, "content"), []).append(content)
        if reasoning:
            self._growing.setdefault((row, "reasoning"), []).append(reasoning)

    def replace(self, row: int, content: str, reasoning: str | None, parts: str | None) -> None:
        """Set a row's texts."""
        for column, text in (("content", content), ("reasoning", reasoning), ("parts", parts)):
            self._growing.pop((row, column), None)
            self._columns[column][row] = text

    def truncate(self, rows: int) -> None:
        """Keep only the first `rows` rows."""
        self._growing = {key: pieces for key, pieces in self._growing.items() if key[0] < rows}
        for texts in self._columns.values():
            del texts[rows:]

    def column(self, column: str) -> Sequence[str | None]:
        """Return a copy of a whole column that does not change after."""
        for row, name in list(self._growing):
            self.get(row, name)
        return Overlaid(self._base[column], self._columns[column].copy())
