"""What Markdown is drawn as: lines of runs, each of which knows the source it stands for."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

STYLE_NAMES = (
    "text",
    "quote",
    "strong",
    "emphasis",
    "strike",
    "code",
    "link",
    "image",
    "target",
    "math",
    "html",
    "heading-1",
    "heading-2",
    "heading-3",
    "heading-4",
    "heading-5",
    "heading-6",
    "list-mark",
    "task-open",
    "task-done",
    "quote-bar",
    "rule",
    "definition",
    "table-head",
    "table-rule",
    "code-block",
    "code-label",
    "code-comment",
    "code-keyword",
    "code-string",
    "code-number",
    "code-function",
    "code-class",
    "code-builtin",
    "code-operator",
    "code-decorator",
    "code-inserted",
    "code-deleted",
    "code-heading",
    "hit",
    "current-hit",
    "selection",
    "removed",
    "added",
    "moved",
    "removed-whole",
    "added-whole",
    "cut-off",
    "cut-at",
)
"""The names that a run's style may hold; see `Styles`."""


class Run(NamedTuple):
    """A piece of a line in one style.

    Attributes:
        text: What is drawn; free of control characters and of marks that turn the direction.
        style: Names from `STYLE_NAMES` with spaces between, later ones laid over earlier ones.
        start: The source offset of the first character; None for decoration, such as a bullet or padding.
        end: The source offset after the last character. When `end - start` is the text's length, characters stand for
            characters; else the run stands for its source as a whole (an entity, a tab).
        link: The target, if the run belongs to a link that may be opened.
    """

    text: str
    style: str
    start: int | None = None
    end: int | None = None
    link: str | None = None


class Line(NamedTuple):
    """A line as drawn.

    Attributes:
        runs: Its pieces, from left to right.
        cells: Its width.
        wrapped: Whether it goes on with what the line before it began: no line of the source begins here.
    """

    runs: tuple[Run, ...]
    cells: int
    wrapped: bool = False

    @property
    def text(self) -> str:
        """What is drawn, without styles."""
        return "".join([run.text for run in self.runs])

    @property
    def span(self) -> tuple[int, int] | None:
        """The source range from the first to the last character that the line shows; None if it is decoration."""
        starts = [run.start for run in self.runs if run.start is not None]
        ends = [run.end for run in self.runs if run.end is not None]
        return (min(starts), max(ends)) if starts and ends else None

    def shows(self, offset: int) -> bool:
        """Tell whether the line shows a character of the source."""
        return any(run.start is not None and run.end is not None and run.start <= offset < run.end for run in self.runs)

    def segments(self, styles: Styles) -> list[Segment]:
        """Return the line as Rich segments."""
        return [Segment(run.text, styles[run.style]) for run in self.runs]

    def run_at(self, cell: int) -> tuple[Run, int] | None:
        """Return the run under a cell and the index of the character there; None beyond the end."""
        for run in self.runs:
            width = cell_len(run.text)
            if 0 <= cell < width:
                return run, _character_at(run.text, cell)
            cell -= width
        return None

    def source_at(self, cell: int) -> int | None:
        """Return the source offset of the character under a cell; None on decoration and beyond the end."""
        found = self.run_at(cell)
        if found is None or found[0].start is None or found[0].end is None:
            return None
        run, index = found
        start, end = found[0].start, found[0].end
        return start + index if end - start == len(run.text) else start

    def link_at(self, cell: int) -> str | None:
        """Return the target of the link under a cell."""
        found = self.run_at(cell)
        return found[0].link if found else None


def _character_at(text: str, cell: int) -> int:
    """Return the index of the first character whose prefix is wider than `cell`."""
    if text.isascii():
        return cell
    return next(index for index in range(len(text)) if cell_len(text[: index + 1]) > cell)


def make_line(runs: Iterable[Run], *, wrapped: bool = False) -> Line:
    """Return the line of these runs, measured."""
    runs = tuple(runs)
    return Line(runs, sum([cell_len(run.text) for run in runs]), wrapped)


class Styles:
    """Rich styles by name, found as they are met, and from which combined styles are made.

    A change of theme needs another one, not another layout.
    """

    __slots__ = ("_combined", "_find")

    def __init__(self, find: Callable[[str], Style | None]) -> None:
        """Begin with what returns the style of one of `STYLE_NAMES`; None adds nothing to the others."""
        self._find = find
        self._combined: dict[str, Style] = {}

    def __getitem__(self, names: str) -> Style:
        """Return the style of a run's `style`."""
        style = self._combined.get(names)
        if style is None:
            first, _, last = names.rpartition(" ")
            # What is before the last name has often been met.
            style = (self[first] if first else Style.null()) + self._find(last)
            self._combined[names] = style
        return style

    def agrees_with(self, other: Styles) -> bool:
        """Tell whether every style that was found here is the same there."""
        return all(other[names] == style for names, style in self._combined.items())


class CodeBlock(NamedTuple):
    """A code block of the text.

    Attributes:
        number: Its number in the text, from 1, as shown in its corner.
        language: The first word of the info string, or "".
        start: The source offset of its first line of code.
        end: The source offset after its last line of code.
        first_line: The index of its first drawn line of code; the line before it holds the label.
        last_line: The index after its last drawn line.
    """

    number: int
    language: str
    start: int
    end: int
    first_line: int
    last_line: int


class Heading(NamedTuple):
    """A heading of the text.

    Attributes:
        level: 1 to 6.
        text: As drawn.
        start: The source offset of its line.
        end: The source offset after its text.
        first_line: The index of its first drawn line.
    """

    level: int
    text: str
    start: int
    end: int
    first_line: int
