"""The page that blocks are drawn on: finished lines, and the margin that quotes and lists put before them."""

from __future__ import annotations

import copy
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from rich.cells import cell_len

from lion_tui.app.transcript.markdown.lines import CodeBlock, Heading, Line, Run, make_line

if TYPE_CHECKING:
    from collections.abc import Iterable


class LaterLine(Protocol):
    """A line that is drawn when it is asked for, because what follows may change it."""

    def draw(self) -> Line:
        """Return the line as it is now."""


@dataclass(slots=True)
class Container:
    """An open quote or list item, or the text itself.

    Attributes:
        kind: "text", "quote" or "item".
        indent: The columns by which a line must be indented to belong to it (an item).
        first: The mark before its first line, until that is drawn.
        rest: What stands before its other lines.
        number: The number of its last child, an item of a list.
        last: The kind of its last child: None without one, a list's marker for an item, else "".
    """

    kind: str
    indent: int = 0
    first: Run | None = None
    rest: Run | None = None
    number: int = 0
    last: str | None = None


class Page:
    """Lines, with a margin for every line to come.

    Nesting beyond half of the width is drawn without further margin.

    Attributes:
        lines: The lines, or what draws them later.
        blocks: Code blocks and headings that are complete.
        stack: The open containers, the text itself first.
        base: The index of the first of `lines` in the whole.
        dirty: The index of the first line that was changed in place since this was last set.
        codes: How many code blocks there were.
    """

    def __init__(self, width: int) -> None:
        """Draw lines of at most `width` cells."""
        self.width = width
        self.lines: list[Line | LaterLine] = []
        self.blocks: list[CodeBlock | Heading] = []
        self.stack = [Container("text")]
        self.base = 0
        self.dirty: int | None = None
        self.codes = 0

    def fork(self) -> Page:
        """Return an empty page that goes on below this one."""
        page = copy.copy(self)
        page.lines, page.blocks, page.base = [], [], self.end
        page.stack = [copy.copy(container) for container in self.stack]
        return page

    @property
    def end(self) -> int:
        """The index of the next line."""
        return self.base + len(self.lines)

    @property
    def room(self) -> int:
        """The cells that the margin leaves."""
        return self.width - sum([cell_len(each.rest.text) for each in self.stack if each.rest])

    @property
    def style(self) -> str:
        """The name of the style of text here."""
        return "quote" if any(each.kind == "quote" for each in self.stack) else "text"

    def push(self, container: Container) -> None:
        """Open a container in the innermost one."""
        if container.rest and self.room - cell_len(container.rest.text) < max(2, self.width // 2):
            container.first = container.rest = None
        self.stack.append(container)

    def pop(self) -> None:
        """Close the innermost container; one that was left empty shows its mark."""
        if self.stack[-1].first:
            self.emit(())
        self.stack.pop()

    def margin(self) -> list[Run]:
        """Return what stands before the next line; marks stand there once."""
        runs = []
        for container in self.stack:
            run = container.first or container.rest
            container.first = None
            if run:
                runs.append(run)
        return runs

    def emit(self, runs: Iterable[Run], *, wrapped: bool = False) -> None:
        """Add a line."""
        self.lines.append(make_line([*self.margin(), *runs], wrapped=wrapped))
