"""Where the long texts of the messages are: in memory, or read from a file when they are looked at."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence


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


class MemoryTexts:
    """`Texts` that are kept in memory."""

    def __init__(self, columns: Mapping[str, Iterable[str | None]] | None = None) -> None:
        """Start with whole columns, or empty."""
        columns = columns or {}
        self._columns: dict[str, list[str | None]] = {
            name: list(columns.get(name, ())) for name in ("content", "reasoning", "parts")
        }
        # A text that grows is a list of its pieces until somebody reads it.
        self._growing: dict[tuple[int, str], list[str]] = {}

    def get(self, row: int, column: str) -> str | None:
        """Return one text."""
        if pieces := self._growing.pop((row, column), None):
            self._columns[column][row] = (self._columns[column][row] or "") + "".join(pieces)
        return self._columns[column][row]

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
        return self._columns[column].copy()
