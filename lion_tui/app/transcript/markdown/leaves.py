"""The blocks that hold text: paragraph, heading, code, and what is shown as it is written."""

from __future__ import annotations

import copy
import re
from functools import cache
from typing import TYPE_CHECKING, Protocol

from rich.cells import cell_len

from lion_tui.app.transcript.markdown.highlight import ROOT, Highlighter, highlighter
from lion_tui.app.transcript.markdown.inline import Inline, References, parse_inline
from lion_tui.app.transcript.markdown.lines import CodeBlock, Heading, Run
from lion_tui.app.transcript.markdown.source import Source, draw, draw_text
from lion_tui.app.transcript.markdown.wrapping import chop, trim, wrap
from lion_tui.core.text import printable

if TYPE_CHECKING:
    from lion_tui.app.transcript.markdown.page import Page

# A long paragraph is drawn in parts that end where nothing is open, tried at these lengths, and at the last anyway.
_PARTS = (512, 1024, 2048)
# Looking for pairs among many of these takes longer than linear: a part with more of them is kept short.
_MARKUP = re.compile(r"[\[\]*_~`<&$\\!\n]")
_MOST_MARKUP = 128
_DENSE_PART = 256
# A line with more characters for each of its cells is full: a flood of zero-width ones must not keep it open.
_MOST_PER_CELL = 16
# Highlighting ends after so many characters of a block.
_MOST_HIGHLIGHTED = 200_000
_LONGEST_LABEL = 24
# Code is set off from the edges of its surface where there are so many cells.
_ROOM_TO_PAD = 8


class Leaf(Protocol):
    """A block that takes lines of the source until it is closed."""

    def add(self, text: str, offset: int) -> None:
        """Take the next line, without its line break."""

    def more(self, text: str, offset: int) -> None:
        """Take more of the line that was added last, which was too long to be taken at once."""

    def close(self) -> None:
        """Draw what is not drawn yet."""

    def fork(self, page: Page) -> Leaf:
        """Return a copy that goes on on another page and leaves this one as it is."""


class Paragraph:
    """A paragraph. What is drawn of it depends on its text alone, never on the pieces in which that came."""

    def __init__(self, page: Page, references: References) -> None:
        """Begin on `page`."""
        self._page = page
        self._references = references
        self._style = page.style
        self._room = page.room
        self._open: list[Run] = []  # of the last line of the parts that are drawn
        self._wrapped = False
        self._attempts = 0
        self.source: Source | None = None
        self.whole = True

    def add(self, text: str, offset: int) -> None:
        """Take the next line; white space before it means nothing."""
        if self.source is None:
            self.source = Source(text, offset)
        else:
            self.source.add("\n", self.source.at(len(self.source.text)))
            self.source.add(text, offset)
        self._draw_parts()

    def more(self, text: str, offset: int) -> None:
        """Take more of the last line."""
        if self.source is not None:
            self.source.add(text, offset)
            self._draw_parts()

    def close(self) -> None:
        """Draw the rest."""
        if self.source is None:
            return
        rest = self.source.slice(0, len(self.source.text.rstrip(" \t\n")))
        self._draw(parse_inline(rest, self._style, self._references))
        if line := trim(self._open):
            self._page.emit(line, wrapped=self._wrapped)
        self._open = []

    def fork(self, page: Page) -> Paragraph:
        """Return a copy on another page."""
        twin = copy.copy(self)
        twin._page = page  # noqa: SLF001 - of its own class
        twin._open = list(self._open)  # noqa: SLF001
        twin.source = self.source.copy() if self.source else None
        return twin

    @property
    def empty(self) -> bool:
        """Whether nothing is left of it."""
        return self.source is None

    def take_last_line(self) -> Source | None:
        """Take the last line away and return it; None, and nothing taken, if it is drawn in part."""
        if self.source is None:
            return None
        cut = self.source.text.rfind("\n")
        if cut < 0 and not self.whole:
            return None
        line = self.source.slice(cut + 1, len(self.source.text))
        self.source = self.source.slice(0, cut) if cut >= 0 else None
        return line

    def _draw_parts(self) -> None:
        while self.source is not None and len(self.source.text) > _PARTS[self._attempts]:
            limit = _PARTS[self._attempts]
            final = self._attempts == len(_PARTS) - 1
            if self._is_dense(limit):
                limit, final = _DENSE_PART, True
            gaps = [match.start() for match in _gap().finditer(self.source.text, limit // 2, limit + 1)]
            cut = gaps[-1] if gaps else limit if final else 0
            part = parse_inline(self.source.slice(0, cut), self._style, self._references) if cut else None
            if part is None or (part.is_open and not final):
                self._attempts += 1
                continue
            self._draw(part)
            self.source = self.source.slice(cut, len(self.source.text))
            self._attempts, self.whole = 0, False

    def _is_dense(self, limit: int) -> bool:
        return self.source is not None and len(_MARKUP.findall(self.source.text, 0, limit)) > _MOST_MARKUP

    def _draw(self, part: Inline) -> None:
        """Draw lines of text, the last but for what the next part may go on with."""
        for number, runs in enumerate(part.lines):
            if number:
                self._page.emit(trim(self._open), wrapped=self._wrapped)
                self._open, self._wrapped = [], False
            *full, self._open = wrap(self._open + runs, self._room)
            if sum([len(run.text) for run in self._open]) > _MOST_PER_CELL * self._room:
                full, self._open = [*full, self._open], []
            for line in full:
                self._page.emit(trim(line), wrapped=self._wrapped)
                self._wrapped = True


def draw_heading(page: Page, level: int, source: Source, references: References) -> None:
    """Draw a heading."""
    end = len(source.text.rstrip())
    lines = parse_inline(source.slice(0, end), f"heading-{level}", references).lines
    shown = [wrap(line, page.room) for line in lines]
    text = " ".join("".join(run.text for run in line) for line in lines)
    page.blocks.append(Heading(level, text, source.at(0), source.at(end), page.end))
    for line in shown:
        for number, part in enumerate(line):
            page.emit(trim(part), wrapped=number > 0)


class Verbatim:
    """Text that is shown as it is written, such as HTML, mathematics, or a table that has no room."""

    def __init__(self, page: Page, style: str, end: re.Pattern[str], *, blank_ends: bool) -> None:
        """Begin on `page`, until a line that `end` matches, or a blank one if `blank_ends`."""
        self._page = page
        self._style = f"{page.style} {style}"
        self.end = end
        self.blank_ends = blank_ends

    def add(self, text: str, offset: int, indent: int = 0) -> None:
        """Draw the next line."""
        self._draw(text, offset, indent, wrapped=False)

    def more(self, text: str, offset: int) -> None:
        """Draw more of the last line."""
        self._draw(text, offset, 0, wrapped=True)

    def close(self) -> None:
        """Nothing is left to draw."""

    def fork(self, page: Page) -> Verbatim:
        """Return a copy on another page."""
        twin = copy.copy(self)
        twin._page = page  # noqa: SLF001 - of its own class
        return twin

    def _draw(self, text: str, offset: int, indent: int, *, wrapped: bool) -> None:
        runs = [Run(" " * indent, self._style)] if indent else []
        draw_text(runs, text, offset, self._style)
        for number, line in enumerate(wrap(runs, self._page.room)):
            self._page.emit(trim(line), wrapped=wrapped or number > 0)


class Code:
    """A code block, on a surface of its own that is as wide as the page; its label stands in a line above."""

    def __init__(self, page: Page, language: str, offset: int, *, fence: str = "", indent: int = 0) -> None:
        """Begin on `page`.

        Args:
            page: Where to draw.
            language: The first word of the info string.
            offset: Where the code begins in the source, as far as it is known.
            fence: What opened it; "" for an indented block.
            indent: The columns that the fence was indented by.
        """
        self._page = page
        self._language = language
        self._highlighter: Highlighter | None = highlighter(language) if language else None
        self._state = ROOT
        self._highlighted = 0
        self._blank: list[tuple[str, int, int]] = []
        self._start = self._end = offset
        self._empty = True
        self.fence = fence
        self.indent = indent
        page.codes += 1
        self._number = page.codes
        self._room = page.room
        self._padding = 1 if self._room >= _ROOM_TO_PAD else 0
        self._label()
        self._first_line = page.end

    def add(self, text: str, offset: int, indent: int = 0) -> None:
        """Draw the next line; blank lines of an indented block wait for one that is not."""
        if not self.fence and not text.strip():
            self._blank.append((text, offset, indent))
            return
        self._draw_blank()
        self._draw(text, offset, indent, wrapped=False)

    def more(self, text: str, offset: int) -> None:
        """Draw more of the last line."""
        self._draw_blank()
        self._draw(text, offset, 0, wrapped=True)

    def close(self) -> None:
        """Note where the block lies."""
        self._page.blocks.append(
            CodeBlock(self._number, self._language, self._start, self._end, self._first_line, self._page.end)
        )

    def fork(self, page: Page) -> Code:
        """Return a copy on another page."""
        twin = copy.copy(self)
        twin._page = page  # noqa: SLF001 - of its own class
        twin._blank = list(self._blank)  # noqa: SLF001
        return twin

    def _label(self) -> None:
        label = f"{self._language} {self._number}".strip()
        if len(label) > _LONGEST_LABEL or cell_len(label) > self._room - 2 * self._padding:
            label = str(self._number)[: self._room]
        gap = self._room - cell_len(label) - self._padding
        runs = [
            Run(" " * gap, "code-block"),
            Run(label, "code-block code-label"),
            Run(" " * self._padding, "code-block"),
        ]
        self._page.emit([run for run in runs if run.text])

    def _draw_blank(self) -> None:
        for line in self._blank:
            self._draw(*line, wrapped=False)
        self._blank = []

    def _draw(self, text: str, offset: int, indent: int, *, wrapped: bool) -> None:
        if self._empty:
            self._start, self._empty = offset, False
        self._end = offset + len(text)
        runs = [Run(" " * indent, "code-block")] if indent else []
        for value, style in self._pieces(text):
            draw_text(runs, value, offset, f"code-block {style}" if style else "code-block")
            offset += len(value)
        edge = [Run(" ", "code-block")] if self._padding else []
        room = self._room - 2 * self._padding
        for number, line in enumerate(chop(runs, room)):
            fill = Run(" " * (room - sum([cell_len(run.text) for run in line]) + self._padding), "code-block")
            self._page.emit([*edge, *line, fill] if fill.text else [*edge, *line], wrapped=wrapped or number > 0)

    def _pieces(self, text: str) -> list[tuple[str, str]]:
        if self._highlighter is None or self._highlighted > _MOST_HIGHLIGHTED:
            return [(text, "")]
        self._highlighted += len(text)
        pieces, self._state = self._highlighter.line(text, self._state)
        return pieces


def first_word(info: str) -> str:
    """Return the language that an info string names, as it may be shown."""
    words = printable(info).split()
    return words[0] if words else ""


def draw_definition(page: Page, text: str, offset: int) -> None:
    """Draw the definition of a reference link, which is shown where it stands."""
    runs = draw(Source(text.rstrip(), offset), 0, len(text.rstrip()), f"{page.style} definition")
    for number, line in enumerate(wrap(runs, page.room)):
        page.emit(trim(line), wrapped=number > 0)


@cache
def _gap() -> re.Pattern[str]:
    """Return what finds where a long paragraph may be cut; to compile it takes longer than most messages do."""
    return re.compile(r"(?<=\s)(?=\S)|(?<=[\u2e80-\ud7ff])(?=[\u2e80-\ud7ff])")


@cache
def html_sequences() -> list[tuple[re.Pattern[str], re.Pattern[str], bool]]:
    """Return what begins and ends each kind of HTML block, `^$` for a blank line, and whether it ends a paragraph."""
    from markdown_it.rules_block.html_block import HTML_SEQUENCES

    return HTML_SEQUENCES
