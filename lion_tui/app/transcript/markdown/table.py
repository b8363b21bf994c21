"""Tables: rows are kept as runs and drawn when they are asked for, so a column that grows costs nothing but that."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from rich.cells import cell_len

from lion_tui.app.transcript.markdown.inline import References, parse_inline
from lion_tui.app.transcript.markdown.lines import Line, Run, make_line
from lion_tui.app.transcript.markdown.source import Source
from lion_tui.app.transcript.markdown.wrapping import trim, wrap

if TYPE_CHECKING:
    from lion_tui.app.transcript.markdown.page import Page

DELIMITER_ROW = re.compile(r"\|?[ \t]*:?-+:?[ \t]*(?:\|[ \t]*:?-+:?[ \t]*)*\|?[ \t]*")
_SEPARATOR = " │ "
_CROSSING = "─┼─"
_LEAST_COLUMN = 3
# A table wider than the page is laid out anew when it has so many rows, then keeps its columns.
_SETTLING = frozenset((1, 2, 4, 16, 64, 256))
# Rows that are drawn are kept, since they are read line by line.
_MOST_DRAWN = 128
_PIPE = re.compile(r"\\.|\|", re.DOTALL)


class Cell(NamedTuple):
    """What stands in a cell, and its width on one line."""

    runs: list[Run]
    cells: int


def split_row(source: Source, columns: int | None = None) -> list[Source]:
    """Return the cells of a row; the last of `columns` takes what is too much, so that nothing is lost."""
    text = source.text
    start = len(text) - len(text.lstrip())
    end = len(text.rstrip())
    pipes = [match.start() for match in _PIPE.finditer(text, start, end) if match.group() == "|"]
    if pipes and pipes[0] == start:
        start += 1
        del pipes[0]
    if pipes and pipes[-1] == end - 1:
        end = pipes.pop()
    if columns is not None:
        pipes = pipes[: columns - 1]
    starts = [start, *(pipe + 1 for pipe in pipes)]
    return [_stripped(source, *ends) for ends in zip(starts, [*pipes, end], strict=True)]


def _stripped(source: Source, start: int, end: int) -> Source:
    """Return a cell without the white space around it, and its escaped pipes as pipes."""
    text = source.text[start:end]
    end = start + len(text.rstrip())
    start = min(end, start + len(text) - len(text.lstrip()))
    if "\\|" not in text:
        return source.slice(start, end)
    cell = Source("", source.at(start))
    for match in re.finditer(r"\\(?=\|)|(?:[^\\]|\\(?!\|))+", source.text[start:end]):
        if match.group() != "\\":
            cell.add(match.group(), source.at(start + match.start()))
    return cell


class TableLine(NamedTuple):
    """A line of a table: the `part`-th of a row; row -1 is the rule below the head."""

    table: Table
    row: int
    part: int
    margin: list[Run]

    def draw(self) -> Line:
        """Return it as it is now."""
        return make_line(self.margin + self.table.line(self.row, self.part), wrapped=self.part > 0)


@dataclass
class _Layout:
    """The widths of the columns.

    While the rows fit on the page, columns are as wide as what they hold. Later widths are given at certain numbers
    of rows only, so the cost of laying rows out again stays small against that of the rows.
    """

    room: int
    natural: list[int]
    widths: list[int] = field(default_factory=list)
    overflows: bool = False

    def grown(self, row: list[Cell]) -> list[int]:
        """Return the natural widths with another row."""
        return [max(pair) for pair in zip(self.natural, (cell.cells for cell in row), strict=True)]

    def fits(self, widths: list[int]) -> bool:
        """Return whether columns of these widths have room."""
        return sum(widths) + len(_SEPARATOR) * (len(widths) - 1) <= self.room

    def allocate(self) -> list[int]:
        """Return widths that fill the page: a column gets what it needs or an equal share of what others leave."""
        left = self.room - len(_SEPARATOR) * (len(self.natural) - 1)
        widths = [0] * len(self.natural)
        order = sorted(range(len(self.natural)), key=self.natural.__getitem__)
        for place, column in enumerate(order):
            widths[column] = min(self.natural[column], left // (len(order) - place))
            left -= widths[column]
        return widths


class Table:
    """A table that takes rows."""

    def __init__(self, page: Page, header: Source, delimiters: str, references: References) -> None:
        """Begin with the head; see `has_room`."""
        self._page = page
        self._style = page.style
        self._references = references
        self._alignments = [_alignment(cell.text) for cell in split_row(Source(delimiters))]
        self.columns = len(self._alignments)
        head = self._cells(header, "table-head")
        self._rows = [head]
        self._layout = _Layout(page.room, [_LEAST_COLUMN] * self.columns)
        self.first_line = page.end
        self._margin = page.margin()
        self._rest = [each.rest for each in page.stack if each.rest]
        self._drawn: dict[int, list[list[Run]]] = {}
        self._settle(head)
        self.shown = self._layout.widths
        self._place(0)

    @staticmethod
    def has_room(page: Page, columns: int) -> bool:
        """Return whether so many columns can stand side by side."""
        return columns * (_LEAST_COLUMN + len(_SEPARATOR)) - len(_SEPARATOR) <= page.room

    def add(self, text: str, offset: int) -> None:
        """Take the next row."""
        row = self.cells(Source(text, offset))
        self._rows.append(row)
        anew = self._settle(row)
        if self._layout.widths != self.shown:
            self.show(self._layout.widths, self._page)
        if anew:
            del self._page.lines[self.first_line - self._page.base :]
            self._place(0)
        else:
            self._place(len(self._rows) - 1)

    def more(self, text: str, offset: int) -> None:
        """Take more of a line that was too long, as a row of its own."""
        self.add(text, offset)

    def close(self) -> None:
        """Draw in the widths of the complete rows: another that seemed to begin was none."""
        self.show(self.settled(), self._page)
        # Its lines lead to the table, and from it back to the page they are on: a cycle that only the collector breaks.
        del self._page

    def fork(self, page: Page) -> _OpenRow:
        """Return what draws a row that is not complete; this table's columns already give way to it."""
        return _OpenRow(self, page)

    def cells(self, source: Source) -> list[Cell]:
        """Return a row's cells."""
        return self._cells(source, "")

    def grown_by(self, row: list[Cell]) -> list[int]:
        """Return the widths of the columns, grown by a row that may not be complete if it has room."""
        natural = self._layout.grown(row)
        return natural if not self._layout.overflows and self._layout.fits(natural) else self._layout.widths

    def settled(self) -> list[int]:
        """Return the widths that the complete rows have."""
        return self._layout.widths

    def show(self, widths: list[int], page: Page) -> None:
        """Draw with other widths from now on."""
        if widths != self.shown:
            page.dirty = self.first_line if page.dirty is None else min(page.dirty, self.first_line)
            self.shown = widths
            self._drawn.clear()

    def line(self, row: int, part: int) -> list[Run]:
        """Return a line of a row."""
        if row < 0:
            return [Run(_CROSSING.join(["─" * width for width in self.shown]), "table-rule")]
        return self._row(row)[part]

    def _row(self, row: int) -> list[list[Run]]:
        lines = self._drawn.get(row)
        if lines is None:
            if len(self._drawn) > _MOST_DRAWN:
                self._drawn.clear()
            lines = self._drawn[row] = self.row_lines(self._rows[row])
        return lines

    def row_lines(self, row: list[Cell]) -> list[list[Run]]:
        """Return the lines of a row, each as wide as the table."""
        columns = [self._wrapped(cell, width) for cell, width in zip(row, self.shown, strict=True)]
        lines = []
        for part in range(max(len(column) for column in columns)):
            runs: list[Run] = []
            for number, column in enumerate(columns):
                if number:
                    runs.append(Run(_SEPARATOR, "table-rule"))
                runs += self._aligned(column[part] if part < len(column) else [], number)
            lines.append(runs)
        return lines

    def _cells(self, source: Source, style: str) -> list[Cell]:
        names = f"{self._style} {style}".strip()
        row = []
        for cell in split_row(source, self.columns):
            runs = parse_inline(cell, names, self._references).lines[0]
            row.append(Cell(runs, sum([cell_len(run.text) for run in runs])))
        return row + [Cell([], 0)] * (self.columns - len(row))

    def _settle(self, row: list[Cell]) -> bool:
        """Widen the columns for a new row; return whether the rows before it have to be placed anew."""
        layout = self._layout
        layout.natural = layout.grown(row)
        if not layout.overflows and layout.fits(layout.natural):
            layout.widths = layout.natural
            return False
        if layout.overflows and len(self._rows) not in _SETTLING:
            return False
        layout.overflows = True
        if len(self._rows) > max(_SETTLING):
            return False  # so many rows fit: they stay as they are
        layout.widths = layout.allocate()
        return True

    def _place(self, first: int) -> None:
        """Put the lines of the rows from `first` on the page."""
        lines = self._page.lines
        for row in range(first, len(self._rows)):
            parts = len(self._row(row)) if self._layout.overflows else 1
            lines += [TableLine(self, row, part, self._rest if row or part else self._margin) for part in range(parts)]
            if row == 0:
                lines.append(TableLine(self, -1, 0, self._rest))

    @staticmethod
    def _wrapped(cell: Cell, width: int) -> list[list[Run]]:
        return [cell.runs] if cell.cells <= width else [trim(line) for line in wrap(cell.runs, width)]

    def _aligned(self, runs: list[Run], column: int) -> list[Run]:
        gap = self.shown[column] - sum([cell_len(run.text) for run in runs])
        before = {"right": gap, "center": gap // 2}.get(self._alignments[column], 0)
        fill = [Run(" " * size, "text") for size in (before, gap - before)]
        return [run for run in (fill[0], *runs, fill[1]) if run.text]


class _OpenRow:
    """The rows below a table's complete ones, drawn without a trace but in the widths that are shown."""

    def __init__(self, table: Table, page: Page) -> None:
        self._table = table
        self._page = page
        self._added = False

    def add(self, text: str, offset: int) -> None:
        """Draw a row."""
        self._added = True
        row = self._table.cells(Source(text, offset))
        self._table.show(self._table.grown_by(row), self._page)
        for number, runs in enumerate(self._table.row_lines(row)):
            self._page.emit(runs, wrapped=number > 0)

    def more(self, text: str, offset: int) -> None:
        """Draw more of a line that was too long."""
        self.add(text, offset)

    def close(self) -> None:
        """Without a row, draw in the widths of the complete ones."""
        if not self._added:
            self._table.show(self._table.settled(), self._page)

    def fork(self, page: Page) -> _OpenRow:
        """Return the same on another page."""
        return _OpenRow(self._table, page)


def _alignment(delimiter: str) -> str:
    return {(True, True): "center", (False, True): "right"}.get((delimiter[:1] == ":", delimiter[-1:] == ":"), "left")
