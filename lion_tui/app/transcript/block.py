"""One message as lines, made when they are asked for."""

from __future__ import annotations

from math import inf
from typing import TYPE_CHECKING, Literal, NamedTuple

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style

from lion_tui.app.transcript.body import MarkdownBody, PlainBody
from lion_tui.app.transcript.drawing import BAR, PROSE_WIDTH, context_start, ending, header, note_of, thought
from lion_tui.app.transcript.line_strip import LineStrip
from lion_tui.app.transcript.markdown import CodeBlock
from lion_tui.app.transcript.spots import Spot, paragraph_at, spot_at, word_at
from lion_tui.app.transcript.tails import hidden_tail
from lion_tui.app.transcript.wrapping import clip, wrap
from lion_tui.core.operations.marking import context_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from lion_tui.app.transcript.body import Body
    from lion_tui.app.transcript.drawing import Look
    from lion_tui.app.transcript.markdown import Line
    from lion_tui.app.transcript.marks import Marks, Range
    from lion_tui.core.state import State

Unit = Literal["character", "word", "paragraph"]
"""What is selected at once."""
SECTIONS = ("thought", "text")
"""The sections that show the texts of a message, in the order of `PARTS`."""
_ABOVE = frozenset({"start", "header", "note", "fold"})
"""The sections above the texts."""
_CURSOR_BAR = "█ "
_CODE_BAR = "▶ "
_SIGNS = {"removed": "- ", "added": "+ ", "moved": "~ ", "removed-whole": "- ", "added-whole": "+ "}
"""What stands in place of the bar where a line differs from another text; where it differs both ways, another."""
_BOTH = "± "
_HELD = "┊ shown once all answers have ended"
"""What is said of an answer whose speed would tell whose it is."""
_GUTTER = 1  # the last column is the scrollbar's
MARKDOWN_ROLES = frozenset({"assistant", "tool"})
"""Whose text is Markdown; what a person writes stays as it was written."""
LONGEST = 400
"""Lines of a text that are all shown; of a longer one, its beginning and its end."""
SHOWN = 150
"""Lines that are shown of either."""


class Anchor(NamedTuple):
    """A line of a message that can be found again after the message was laid out anew.

    Attributes:
        section: What of the message it belongs to.
        place: Of its text, the source offset of the first character from there on; else the line of the section.
        before: How many lines without a source it lies before that.
    """

    section: str
    place: int
    before: int = 0


class _Section(NamedTuple):
    """Lines of a message that belong together: from `first` on, so many, and what draws one."""

    name: str
    first: int
    length: int
    draw: Callable[[int], LineStrip]


class MessageBlock:
    """A message's lines: a header, notes, what was thought, the text, how it ended, a hidden tail, an empty line.

    While the message streams, what is added to its text costs what is new in it. A long text is laid out in slices:
    until it is `whole`, a line says how far it is.

    Attributes:
        frame: Which picture of the spinner is shown.
        opened: Whether a very long text is shown in full.
        has_more: Whether it was laid out only as far as was enough.
        instead: What is shown in place of the text; None for the text.
        padding: Empty lines below it.
    """

    def __init__(
        self,
        state: State,
        row: int,
        width: int,
        look: Look,
        *,
        unfolded: bool = False,
        opened: bool = False,
        instead: str | None = None,
        held: bool = False,
    ) -> None:
        """Draw the message in a row; `lay_out` is to be called before anything is asked for.

        Args:
            state: The session's data.
            row: The message.
            width: Cells of a line.
            look: The styles.
            unfolded: Whether what was thought is shown in full.
            opened: Whether a very long text is shown in full; one that streams is.
            instead: What is shown in place of the text, as it is written.
            held: Whether only that it comes is shown of the message.
        """
        self.instead = instead
        self.padding = 0
        self.has_more = False
        self._held = held
        self._state, self._row, self._width, self._look = state, row, width, look
        self._cursor = False
        self._unfolded = False
        self.opened = opened or state.tree.status[row] == "streaming"
        self._code = 0
        self._code_line: int | None = None
        self._room = max(2, min(width - _GUTTER - 2, PROSE_WIDTH))
        style = look.dim if state.tree.role[row] == "system" else look.text
        markdown = state.tree.role[row] in MARKDOWN_ROLES and instead is None
        self._text: Body = MarkdownBody(self._room, look) if markdown else PlainBody(self._room, look, style)
        self._thought: Body = PlainBody(self._room, look, look.dim)  # empty while it is folded
        self._fold = ""
        self._tail: str | None = None
        self._starts = self._muted = self._above = False
        self._note: list[str] = []
        self._ending: list[tuple[str, Style]] = []
        self._drawn: dict[tuple[str, int], tuple[list[Segment], LineStrip]] = {}
        self.frame = 0
        self.forget_tail()
        self.unfold(unfolded)

    def unfold(self, unfolded: bool) -> None:
        """Show what was thought in full, or only its first words."""
        self._unfolded = unfolded
        look = self._look
        marks = self._thought.marks
        self._thought = MarkdownBody(self._room, look, look.dim) if unfolded else PlainBody(self._room, look, look.dim)
        self._thought.mark(marks)
        self.update()

    def mark(self, cursor: bool, code: int = 0) -> None:
        """Show or hide the message cursor, and the mark at the code block of a number."""
        code = code if cursor else 0
        if (cursor, code) != (self._cursor, self._code):
            self._cursor, self._code = cursor, code
            self._find_code()
            for body in (self._text, self._thought):
                body.strips = [None] * len(body.strips)

    def mark_texts(self, marks: Sequence[Marks]) -> None:
        """Mark something in the texts, in the order of `PARTS`."""
        for body, each in zip((self._thought, self._text), marks, strict=True):
            body.mark(each)

    def _find_code(self) -> None:
        """Look for the line of the code block that is marked; in a long text it may not be laid out yet."""
        blocks = self.code_blocks() if self._code else []
        self._code_line = blocks[self._code - 1].first_line - 1 if self._code <= len(blocks) and self._code else None

    def update(self) -> None:
        """Take over what was added to the message, or that it ended; `lay_out` lays it out."""
        if self._held:
            self._text.take("", ended=True)
            self._ending = [(clip(_HELD, self._room), self._look.dim)]
            return
        tree, row = self._state.tree, self._row
        ended = tree.status[row] != "streaming"
        self._text.take(tree.content(row) if self.instead is None else self.instead, ended=ended)
        reasoning = tree.texts.get(row, "reasoning")
        self._fold = clip(thought(reasoning, unfolded=self._unfolded), self._room) if reasoning else ""
        if reasoning and self._unfolded:
            self._thought.take(reasoning, ended=ended)
        self._ending = ending(self._state, row, self._room, self._look)

    def lay_out(self, until: float, lines: float = inf) -> None:
        """Lay out more of the message, until a time of `time.perf_counter`; with so many `lines` it is enough."""
        if lines > SHOWN and not self.opened:  # of a text that is not whole, no more is shown
            lines = inf
        self._thought.lay_out(until, lines)
        if self._thought.whole:
            self._text.lay_out(until, lines - len(self._thought))
        self.has_more = not self.whole and self.size >= lines
        if self._code and self._code_line is None:
            self._find_code()

    def lay_out_all(self) -> None:
        """Lay out all of the message, however long that takes."""
        self.lay_out(inf)

    def measure(self) -> None:
        """Lay out so much of the text that `is_long` is certain."""
        self._text.lay_out(inf, LONGEST + 1)

    @property
    def likely_height(self) -> int:
        """How many lines there will be, about, when all of it is laid out."""
        return len(self) * 100 // max(1, self._text.percent) if self.has_more else len(self)

    @property
    def size(self) -> int:
        """How many lines are laid out, folded ones too."""
        return len(self._text.strips) + len(self._thought.strips)

    @property
    def whole(self) -> bool:
        """Whether all of the message is laid out."""
        return self._thought.whole and self._text.whole

    def forget_tail(self) -> None:
        """Look for a hidden tail anew when the message is drawn next, and at its marks: the tree is another."""
        self._tail = None
        context = context_of(self._state, self._row)
        self._starts, muted = "start" in context, "muted" in context
        note = note_of(self._state, self._row)
        self._note = list(wrap(note, self._room)) if note else []
        self._dim(muted=muted, above=self._above)

    def mark_above(self, above: bool) -> None:
        """Dim the text if it is above where the context starts; a system prompt is sent all the same."""
        self._dim(muted=self._muted, above=above and self._state.tree.role[self._row] != "system")

    def _dim(self, *, muted: bool, above: bool) -> None:
        dim = self._muted or self._above
        self._muted, self._above = muted, above
        if dim != (muted or above):
            for body in (self._text, self._thought):
                body.strips = [None] * len(body.strips)

    # What is where

    def code_blocks(self) -> list[CodeBlock]:
        """Return the code blocks of the text; one that a person wrote has none."""
        lines = self._text.lines.blocks() if isinstance(self._text, MarkdownBody) else []
        return [each for each in lines if isinstance(each, CodeBlock)]

    def line_of_code(self, number: int) -> int:
        """Return the line of the message that stands above a code block and names its language."""
        line = self.code_blocks()[number - 1].first_line - 1
        if line in self._hidden:
            self.opened = True
        return self._line_of("text", line)

    def text_line(self, line: int) -> int | None:
        """Return which line of the text is drawn at a line of the message; None if it is none of the text."""
        section, index = self._at(line)
        return index if section.name == "text" else None

    def section(self, line: int) -> str:
        """Return what a line of the message belongs to, such as `header` or `text`."""
        return self._at(line)[0].name

    def line_of_text(self, index: int) -> Line:
        """Return a line of the text, which knows its source."""
        return self._text.line(index)

    def spot(self, line: int, cell: int, unit: Unit) -> tuple[int, Spot]:
        """Return what stands under a cell of a line, and the index of the text in `PARTS` that it is of."""
        section, index = self._at(line)
        match section.name:
            case "start" | "header" | "note" | "fold":
                return (0 if len(self._thought) else 1), Spot.of(0, 0)
            case "gap":
                offset = min(self._text.source_of(self._hidden.start)[0], len(self._text.text))
                return 1, Spot.of(offset, offset)
        body = self._body(section.name)
        if body is None:  # below the text
            return 1, Spot.of(len(self._text.text), len(self._text.text))
        part, cell = SECTIONS.index(section.name), cell - cell_len(BAR)
        match unit:
            case "word":
                return part, word_at(body, index, cell, body.text)
            case "paragraph":
                return part, paragraph_at(body, index, body.text)
            case _:
                return part, spot_at(body, index, cell, body.text)

    def link_at(self, line: int, cell: int) -> str | None:
        """Return the target of the link under a cell of a line."""
        section, index = self._at(line)
        body = self._body(section.name)
        return None if body is None else body.line(index).link_at(cell - cell_len(BAR))

    def anchor(self, line: int) -> Anchor:
        """Return how a line of the message is found again."""
        section, index = self._at(line)
        body = self._body(section.name)
        return Anchor(section.name, index) if body is None else Anchor(section.name, *body.source_of(index))

    def holds(self, anchor: Anchor) -> bool:
        """Tell whether the line of an anchor is laid out."""
        body = self._body(anchor.section)
        return self.whole or anchor.section in _ABOVE or (body is not None and body.laid > anchor.place)

    def shows(self, anchor: Anchor) -> bool:
        """Tell whether the line of an anchor is laid out and not folded."""
        return self.holds(anchor) and (anchor.section != "text" or _line_in(self._text, anchor) not in self._hidden)

    def find(self, anchor: Anchor) -> int:
        """Return the line of the message that an anchor means now, or what is nearest."""
        body = self._body(anchor.section)
        if body is None:
            return self._line_of(anchor.section, anchor.place)
        line = _line_in(body, anchor)
        if body is self._text and line in self._hidden:
            return self._line_of("gap", 0)
        return self._line_of(anchor.section, line)

    def _body(self, section: str) -> Body | None:
        return {"text": self._text, "thought": self._thought}.get(section)

    def _at(self, line: int) -> tuple[_Section, int]:
        sections = self._sections()
        for section in sections:
            if line < section.length:
                return section, section.first + line
            line -= section.length
        return sections[-1], sections[-1].length + line

    def _line_of(self, name: str, index: int) -> int:
        before = 0
        for section in self._sections():
            if section.name == name and index < section.first + section.length:
                return before + max(0, index - section.first)
            before += section.length
        return before - 1 if name == "blank" else 0  # there may be fewer empty lines now

    # Long texts

    @property
    def is_long(self) -> bool:
        """Whether the text has so many lines that they are folded, or is about to."""
        return len(self._text.strips) > LONGEST or not self._text.whole

    @property
    def hides(self) -> int:
        """How many lines of the text are folded."""
        return len(self._hidden)

    @property
    def cut(self) -> int:
        """The line of the message from which on lines of a very long text are, or would be, folded."""
        return self._line_of("text", SHOWN)

    @property
    def _hidden(self) -> range:
        """The lines of the text that are folded; of one that is not whole, all but the beginning."""
        lines = len(self._text.strips)
        if self.opened or not self.is_long:
            return range(lines, lines)
        return range(min(SHOWN, lines), lines - SHOWN if self._text.whole else lines)

    @property
    def _gap(self) -> str:
        """What is said where lines of the text are missing."""
        if not self.whole and self._state.tree.status[self._row] != "streaming":
            return f"┊ laying out, {self._text.percent} %"
        return f"┊ {len(self._hidden):,} lines · z unfolds" if self._hidden else ""

    # Drawing

    def __len__(self) -> int:
        return sum([section.length for section in self._sections()])

    def strips(self, start: int, stop: int) -> list[LineStrip]:
        """Return the lines from `start` to `stop`, as far as there are."""
        lines: list[LineStrip] = []
        before = 0
        for section in self._sections():
            shown = range(max(0, start - before), min(section.length, stop - before))
            lines += [section.draw(section.first + index) for index in shown]
            before += section.length
        return lines

    def _sections(self) -> list[_Section]:
        if self._tail is None:
            self._tail = "" if self._look.nameless else hidden_tail(self._state, self._row)
        text, hidden, gap = len(self._text.strips), self._hidden, self._gap
        return [
            _Section("start", 0, self._starts, lambda _: self._line("start", 0, context_start(self._room, self._look))),
            _Section("header", 0, 1, self._header),
            _Section("note", 0, len(self._note), lambda index: self._small("note", self._note[index], None, index)),
            _Section("fold", 0, bool(self._fold), lambda _: self._small("fold", self._fold)),
            _Section("thought", 0, len(self._thought.strips), lambda index: self._body_line(self._thought, index)),
            _Section("text", 0, hidden.start, self._text_line),
            _Section("gap", 0, bool(gap), lambda _: self._small("gap", gap)),
            _Section("text", hidden.stop, text - hidden.stop, self._text_line),
            _Section("ending", 0, len(self._ending), lambda index: self._small("ending", *self._ending[index], index)),
            _Section("tail", 0, bool(self._tail), self._tail_line),
            _Section("blank", 0, 1 + self.padding, lambda _: self._line("blank", 0, [])),
        ]

    @property
    def _bar(self) -> Segment:
        colour = self._look.roles[self._state.tree.role[self._row]]
        return Segment(_CURSOR_BAR, colour + self._look.cursor) if self._cursor else Segment(BAR, colour)

    def _sign(self, ranges: Sequence[Range]) -> Segment:
        """Return the bar, or the sign of what differs on a line."""
        names = {each.style for each in ranges} & _SIGNS.keys()
        if not names:
            return self._bar
        name = next(iter(names))
        if len(names) > 1:
            return Segment(_BOTH, self._look.sign(""))
        return Segment(_SIGNS[name], self._look.sign(name.removesuffix("-whole")))

    def _header(self, _index: int) -> LineStrip:
        room = self._width - _GUTTER
        frame = None if self._held else self.frame
        return self._line("header", 0, header(self._state, self._row, room, self._look, self._bar, frame))

    def _small(self, name: str, text: str, style: Style | None = None, index: int = 0) -> LineStrip:
        return self._line(name, index, [self._bar, Segment(text, style or self._look.dim)])

    def _text_line(self, index: int) -> LineStrip:
        return self._body_line(self._text, index, code=index == self._code_line)

    def _tail_line(self, _index: int) -> LineStrip:
        tail = clip(self._tail or "", self._room)
        return self._line("tail", 0, [Segment("  ", self._look.text), Segment(tail, self._look.dim)])

    def _body_line(self, body: Body, index: int, *, code: bool = False) -> LineStrip:
        def draw(ranges: Sequence[Range] = ()) -> LineStrip:
            bar = Segment(_CODE_BAR, self._bar.style) if code else self._sign(ranges)
            segments = body.segments(index, ranges)
            if self._muted or self._above:  # what is selected or found is still seen, by its background
                segments = list(Segment.apply_style(segments, post_style=Style(color=self._look.dim.color)))
            return self._draw([bar, *segments])

        strip = body.strips[index]
        if strip is None:
            strip = body.strips[index] = draw()
        return body.with_marks(index, strip, draw)

    def _line(self, name: str, index: int, segments: list[Segment]) -> LineStrip:
        """Return a line that stands around the texts: the same object as before if it says the same."""
        before = self._drawn.get((name, index))
        if before is None or before[0] != segments:
            before = self._drawn[name, index] = (segments, self._draw(segments))
        return before[1]

    def _draw(self, segments: list[Segment]) -> LineStrip:
        used = Segment.get_line_length(segments)
        room = max(1, self._width - _GUTTER)
        if used > room:
            segments, used = Segment.adjust_line_length(segments, room), room
        shown, end = self._look.shown, Segment(" " * (self._width - used), self._look.text)
        return LineStrip([Segment(text, shown[style]) for text, style, _ in (*segments, end)], self._width)


def _line_in(body: Body, anchor: Anchor) -> int:
    return max(0, body.line_at(anchor.place) - anchor.before)
