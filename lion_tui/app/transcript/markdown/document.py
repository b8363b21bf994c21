"""A Markdown text that may still grow, as lines."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from lion_tui.app.transcript.markdown.blocks import BlockParser
from lion_tui.app.transcript.markdown.leaves import Paragraph
from lion_tui.app.transcript.markdown.lines import CodeBlock, Heading, Line
from lion_tui.app.transcript.markdown.page import Page
from lion_tui.core.errors import UsageError

if TYPE_CHECKING:
    from lion_tui.app.transcript.markdown.page import LaterLine

_LEAST_WIDTH = 2
# A line of the source that is longer is taken in pieces; the first of them decides what it is.
LONGEST_LINE = 1024
# What goes on with such a paragraph can be nothing else.
_PROSE_PIECE = 64
_LINE_BREAK = re.compile(r"\r\n|\n|\r(?!\Z)")


# One of each that loads or builds something when it is first met.
_PROSE = "# *a* `b`\n\n[c](d) $e$\n\n<f>\n\n| g |\n| - |\n| h |\n\n"


def load_ahead() -> None:
    """Load what the first messages would have to wait for, but for code; in a thread, while nothing else is done."""
    MarkdownLines(80, _PROSE).finish()


class MarkdownLines:
    """Markdown drawn as lines of at most `width` cells.

    What is drawn depends on the text alone, never on the pieces in which it came: after any number of `append` the
    lines equal those of the whole text at once. An append costs what is new in it, whatever the shape and length of
    the text: complete lines of the source go through the block parser once, and what their last block and the line
    that is not complete look like is drawn anew on a copy of the parser's few open blocks.

    Another width takes another object, made from the whole text.
    """

    def __init__(self, width: int, text: str = "") -> None:
        """Draw `text`, to which more may come.

        Args:
            width: The most cells of a line, at least 2. Prose takes what it is given: narrow it outside.
            text: Unicode scalar text; `lion_tui.core.text.ScalarStream` makes it of any.

        Raises:
            UsageError: there is no width to draw in.
        """
        if width < _LEAST_WIDTH:
            raise UsageError(f"Markdown cannot be drawn {width} cells wide.", f"Give at least {_LEAST_WIDTH}.")
        self.width = width
        self._parser = BlockParser(Page(width))
        self._finished = False
        self._partial = ""  # of the line that is not complete, what the parser has not taken
        self._inside = False  # whether the parser took a first piece of it
        self._offset = 0  # of `_partial`
        self._tail: list[Line | LaterLine] = []
        self._tail_blocks: list[CodeBlock | Heading] = []
        if text:
            self.append(text)

    def append(self, text: str) -> int:
        """Add text, cut anywhere.

        Returns:
            The index of the first line that may differ from before.

        Raises:
            UsageError: `finish` was called.
        """
        if self._finished:
            raise UsageError("This text is finished; nothing can be added.", "Begin another one.")
        if not text:
            return len(self)
        self._parser.page.dirty = self._parser.page.end
        self._take(self._partial + text)
        return self._draw_tail()

    def finish(self) -> int:
        """End the text: what was open is drawn as it stays.

        Returns:
            The index of the first line that may differ from before.
        """
        if self._finished:
            return len(self)
        page = self._parser.page
        page.dirty = page.end
        if self._partial or self._inside:
            self._line(self._partial.removesuffix("\r"))
        self._parser.close()
        self._finished = True
        self._tail, self._tail_blocks = [], []
        return page.dirty

    def __len__(self) -> int:
        """Return the number of lines."""
        return len(self._parser.page.lines) + len(self._tail)

    def line(self, index: int) -> Line:
        """Return a line.

        Raises:
            IndexError: there is no such line; negative indexes are none.
        """
        if index < 0:
            raise IndexError(index)
        done = self._parser.page.lines
        line = done[index] if index < len(done) else self._tail[index - len(done)]
        return line if isinstance(line, Line) else line.draw()

    def blocks(self) -> list[CodeBlock | Heading]:
        """Return the code blocks and headings, in the order of the text; one that is open ends where the text ends."""
        return self._parser.page.blocks + self._tail_blocks

    def code(self, block: CodeBlock) -> str:
        """Return a code block's text as it is to be copied: its lines without what they are nested in."""
        pieces: list[str] = []
        for index in range(block.first_line, block.last_line):
            line = self.line(index)
            if index > block.first_line and not line.wrapped:
                pieces.append("\n")
            pieces += _source_of(line)
        return "".join(pieces)

    def _take(self, text: str) -> None:
        """Hand complete lines and long ones to the parser; keep what is left."""
        start = 0
        for match in _LINE_BREAK.finditer(text):
            self._line(text[start : match.start()])
            self._offset += match.end() - match.start()
            start = match.end()
        self._partial = self._pieces(text[start:])

    def _line(self, text: str) -> None:
        """Hand the rest of a line to the parser."""
        self._piece(self._pieces(text))
        self._inside = False
        self._partial = ""

    def _pieces(self, text: str) -> str:
        """Hand what is too long of a line to the parser in pieces, and return the rest."""
        start = 0
        while len(text) - start - text.endswith("\r") > (size := self._piece_size()):
            self._piece(text[start : start + size])
            start += size
        return text[start:]

    def _piece_size(self) -> int:
        return _PROSE_PIECE if self._inside and isinstance(self._parser.leaf, Paragraph) else LONGEST_LINE

    def _piece(self, text: str) -> None:
        if self._inside:
            self._parser.more(text, self._offset)
        else:
            self._parser.line(text, self._offset)
        self._inside = True
        self._offset += len(text)

    def _draw_tail(self) -> int:
        parser = self._parser.fork()
        partial = self._partial.removesuffix("\r")
        if self._inside:
            parser.more(partial, self._offset)
        elif partial:
            parser.line(partial, self._offset)
        parser.close()
        self._tail, self._tail_blocks = parser.page.lines, parser.page.blocks
        changed = [each.dirty for each in (self._parser.page, parser.page) if each.dirty is not None]
        return min(changed)


def _source_of(line: Line) -> list[str]:
    """Return the source of a line of code: tabs as tabs, without decoration."""
    pieces = []
    previous: int | None = None
    for run in line.runs:
        if run.start is None:
            continue
        if run.end is not None and run.end - run.start == len(run.text):
            pieces.append(run.text)
        elif run.start != previous:
            pieces.append("\t")
        previous = run.start
    return pieces
