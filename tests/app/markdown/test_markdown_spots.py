"""From drawn text to its source and back: any two cells, in any document."""

from __future__ import annotations

from itertools import accumulate

import hypothesis.strategies as st
from hypothesis import example, given
from markdown_documents import documents, raw
from rich.cells import cell_len
from rich.style import Style
from textual.color import Color
from textual.widget import Widget

from lion_tui import Session
from lion_tui.app.transcript.block import MessageBlock
from lion_tui.app.transcript.body import Body, MarkdownBody, PlainBody
from lion_tui.app.transcript.drawing import ROLES, Look
from lion_tui.app.transcript.marks import Marks, Range, marked
from lion_tui.app.transcript.search import Needle
from lion_tui.app.transcript.selection import Point, Selection
from lion_tui.app.transcript.spots import paragraph_at, spot_at, word_at

texts = st.one_of(raw, documents)
widths = st.sampled_from([4, 10, 30, 80])
PLAIN = Style.null()
LOOK = Look(
    Widget(),
    text=PLAIN,
    dim=PLAIN,
    bold=PLAIN,
    error=PLAIN,
    roles=dict.fromkeys(ROLES, PLAIN),
    cursor=PLAIN,
    background=Color.parse("black"),
    filters=(),
)


def drawn(text: str, width: int, *, plain: bool = False) -> Body:
    body = PlainBody(width, LOOK, LOOK.text) if plain else MarkdownBody(width, LOOK)
    body.take(text, ended=True)
    body.lay_out(float("inf"))
    return body


def source(lines: Body, text: str, one: tuple[int, int], other: tuple[int, int]) -> str:
    points = [Point(0, 1, spot_at(lines, line, cell, text)) for line, cell in (one, other)]
    return Selection(points[0], points[1]).source([0], lambda *_: text)


def test_a_plain_line_knows_its_source() -> None:
    lines = drawn("one\n\ttwo words here", 12, plain=True)
    assert [lines.line(index).text for index in range(len(lines))] == ["one", "    two", "words here"]
    assert source(lines, "one\n\ttwo words here", (1, 5), (2, 4)) == "wo words"


def test_a_whole_line_is_its_markdown_and_a_few_letters_are_themselves() -> None:
    text = "# Title\n\n- **Bold**: *then* [more](https://a.example 'x') and `code`\n- last"
    lines = drawn(text, 80)
    shown = lines.line(2).text
    assert source(lines, text, (2, 0), (2, 79)) == text.splitlines()[2]
    assert source(lines, text, (2, shown.index("Bold")), (2, shown.index("Bold") + 3)) == "Bold"
    assert source(lines, text, (2, shown.index("then")), (2, shown.index("example"))) == "*then* [more](https://a.e"
    assert source(lines, text, (2, shown.index("more")), (2, shown.index("and") + 2)) == (
        "[more](https://a.example 'x') and"
    )
    assert source(lines, text, (0, 0), (3, 79)) == text
    assert source(lines, text, (0, 1), (0, 2)) == "it"


def test_a_word_ends_where_its_letters_end() -> None:
    text = "say _snake_case_ or f(x) - ok\n\n`a_b`"
    lines = drawn(text, 80)
    shown = lines.line(0).text

    def word(line: int, cell: int) -> str:
        spot = word_at(lines, line, cell, text)
        return text[spot.start : spot.end]

    assert word(0, 0) == "say"
    assert word(0, 2) == "say"
    assert word(0, shown.index("case")) == "snake_case"
    assert word(0, shown.index("(")) == "("
    assert word(0, shown.index("ok")) == "ok"
    assert word(2, 1) == "a_b"


def test_a_paragraph_is_taken_with_its_mark_wherever_it_is_wrapped() -> None:
    text = "1. one two three four five\n2. six\n\n```\na = 1\nb = 2\n```\n\nend"
    lines = drawn(text, 14)
    assert lines.line(1).wrapped
    for line, expected in ((0, "1. one two three four five"), (1, "1. one two three four five"), (2, "2. six")):
        spot = paragraph_at(lines, min(line, 1) if line < 2 else _line_with(lines, "six"), text)
        assert text[spot.start : spot.end] == expected
    spot = paragraph_at(lines, _line_with(lines, "b = 2"), text)
    assert text[spot.start : spot.end] == "b = 2"


def _line_with(lines: Body, text: str) -> int:
    return next(index for index in range(len(lines)) if text in lines.line(index).text)


@given(texts, widths, st.booleans(), st.data())
def test_any_two_cells_select_a_piece_of_the_source_with_all_that_is_drawn_between(
    text: str, width: int, plain: bool, data: st.DataObject
) -> None:
    lines = drawn(text, width, plain=plain)
    if not len(lines):
        return
    places = st.tuples(st.integers(0, len(lines) - 1), st.integers(0, width))
    one, other = (data.draw(places), data.draw(places))
    spots = [spot_at(lines, line, cell, text) for line, cell in (one, other)]
    for spot in spots:
        assert 0 <= spot.outer_start <= spot.start <= spot.end <= spot.outer_end <= len(text)
        assert spot.start == spot.end or spot.run_start <= spot.start < spot.end <= spot.run_end
    selection = Selection(Point(0, 1, spots[0]), Point(0, 1, spots[1]))
    copied = selection.source([0], lambda *_: text)
    start, end = selection.range_in(0, 1)
    assert copied in text
    assert text[start:end] in copied
    for index in range(len(lines)):
        paragraph = paragraph_at(lines, index, text)
        word = word_at(lines, index, 0, text)
        assert 0 <= paragraph.start <= paragraph.end <= len(text)
        assert 0 <= word.start <= word.end <= len(text)


@given(texts, widths, st.booleans(), st.lists(st.integers(1, 30)))
def test_a_text_that_is_laid_out_as_far_as_is_enough_ends_as_the_whole(
    text: str, width: int, plain: bool, more: list[int]
) -> None:
    body = PlainBody(width, LOOK, LOOK.text) if plain else MarkdownBody(width, LOOK)
    body.take(text, ended=True)
    for lines in accumulate(more):
        body.lay_out(float("inf"), lines)
        assert body.whole or len(body) >= lines
    body.lay_out(float("inf"))
    whole = drawn(text, width, plain=plain)
    assert [body.line(index) for index in range(len(body))] == [whole.line(index) for index in range(len(whole))]


# In the first column, a line is empty where the word after it does not fit; the second one goes on beside it.
@example(
    "| | |\n|---|---|\n| **bold** ` **bold** unclosed* plain ` plain naïve a_b_c plain plain | https://u.example/x |",
    11,
    False,
)
@given(texts, widths, st.booleans())
def test_what_a_line_shows_is_found_on_it(text: str, width: int, plain: bool) -> None:
    lines = drawn(text, width, plain=plain)
    for index in range(len(lines)):
        for run in lines.line(index).runs:
            if run.start is not None:
                shown = lines.line(lines.line_at(run.start)).runs
                assert any(each.start is not None and each.start <= run.start < (each.end or 0) for each in shown)


@given(texts, widths, st.booleans(), st.data())
def test_marks_change_neither_the_text_nor_the_width_of_a_line(
    text: str, width: int, plain: bool, data: st.DataObject
) -> None:
    lines = drawn(text, width, plain=plain)
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, len(text)))
    found = data.draw(st.integers(0, len(text)))
    needle = text[found : found + 3]
    marks = Marks((start, end), Needle(needle) if needle else None, (found, found + 3))
    for index in range(len(lines)):
        line = lines.line(index)
        pieces = list(marked(line, marks.ranges(line, text)))
        assert "".join(run.text for run, _ in pieces) == line.text
        assert sum(cell_len(run.text) for run, _ in pieces) == line.cells


def test_a_mark_covers_what_it_names_and_nothing_beside_it() -> None:
    line = drawn("one two three", 80).line(0)
    assert [(run.text, style) for run, style in marked(line, [Range(4, 7, "hit"), Range(6, 9, "selection")])] == [
        ("one ", ""),
        ("tw", "hit"),
        ("o", "hit selection"),
        (" t", "selection"),
        ("hree", ""),
    ]


@given(texts, st.sampled_from(["user", "assistant"]), st.booleans())
def test_from_its_header_to_its_end_a_message_is_copied_exactly(text: str, role: str, unfolded: bool) -> None:
    session = Session()
    session.add_message(role, text or "x")
    wanted = session.state.tree.content(0)
    block = MessageBlock(session.state, 0, 40, LOOK, unfolded=unfolded)
    block.lay_out_all()
    header, end = block.spot(0, 30, "character"), block.spot(len(block) - 1, 30, "character")
    selection = Selection(Point(0, *end), Point(0, *header))
    assert selection.source([0], lambda *_: wanted) == wanted
