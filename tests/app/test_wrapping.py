"""Lines of text: never wider than asked, and nothing lost."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.style import Style
from textual.color import Color
from textual.widget import Widget

from lion_tui.app.transcript.body import PlainBody
from lion_tui.app.transcript.drawing import ROLES, Look
from lion_tui.app.transcript.wrapping import clip, wrap
from lion_tui.core.text import printable

PIECES = [
    "a", "bc", "word ", "  ", "\t", "\n", "longer-than-a-line", "漢字", "、", "한", "🦁", "👩\u200d🚀", "❤\ufe0f", "🇩🇪",
    "e\u0301", "\u0301", "\u200b", "\u00a0", "\x1b[31m", "\u202e", "\ufe0f", "ﷺ",
]  # fmt: skip
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
texts = st.lists(st.sampled_from(PIECES) | st.text(max_size=3), max_size=40).map("".join)


@given(texts, st.integers(2, 30))
def test_no_line_is_wider_than_asked(text: str, width: int) -> None:
    for line in wrap(text, width):
        assert cell_len(line) <= width
        assert "\n" not in line


@given(texts, st.integers(2, 30))
def test_no_text_is_lost_but_spaces_at_breaks(text: str, width: int) -> None:
    assert "".join("".join(wrap(text, width)).split()) == "".join(printable(text).split())


@given(texts, st.integers(2, 30))
def test_every_line_of_the_text_begins_a_line(text: str, width: int) -> None:
    assert len(list(wrap(text, width))) >= text.count("\n") + 1


def test_where_lines_break() -> None:
    assert list(wrap("the quick brown fox", 10)) == ["the quick", "brown fox"]
    assert list(wrap("a  b\n\n    code", 20)) == ["a  b", "", "    code"]
    assert list(wrap("abcdefgh", 3)) == ["abc", "def", "gh"]
    assert list(wrap("漢字漢字", 5)) == ["漢字", "漢字"]
    assert list(wrap("", 5)) == [""]


@given(texts, st.integers(0, 30))
def test_a_clipped_text_is_one_line_and_never_wider(text: str, width: int) -> None:
    clipped = clip(text, width)
    assert cell_len(clipped) <= width
    assert "\n" not in clipped
    whole = " ".join(printable(text).split())
    if cell_len(whole) <= width:
        assert clipped == whole
    elif width:
        assert clipped.endswith("…")
        assert whole.startswith(clipped[:-1])


@pytest.mark.parametrize("width", [0, 1, 2])
def test_clipping_to_hardly_anything(width: int) -> None:
    assert cell_len(clip("漢字漢字", width)) <= width


def test_clipping_text_that_begins_with_much_space() -> None:
    assert clip(" " * 1000 + "word", 10) == "word"
    assert clip("a" + " " * 1000 + "b", 10) == "a b"


def laid_out(text: str, width: int, slices: bool) -> PlainBody:
    body = PlainBody(width, LOOK, Style())
    body.take(text, ended=True)
    while not body.whole:
        body.lay_out(0.0 if slices else float("inf"))
    return body


@given(texts, st.integers(4, 30), st.integers(1, 60))
def test_a_text_as_it_was_written_knows_its_source(text: str, width: int, repeated: int) -> None:
    text *= repeated  # longer than what is laid out at once
    body = laid_out(text, width, slices=True)
    lines = [body.line(index) for index in range(len(body.strips))]
    assert lines == [laid_out(text, width, slices=False).line(index) for index in range(len(lines))]
    assert all(line.cells <= width for line in lines)
    assert sum(not line.wrapped for line in lines) == (text.rstrip("\n").count("\n") + 1 if text.strip("\n") else 0)
    for index, line in enumerate(lines):
        for run in line.runs:
            if run.start is not None and run.end is not None and run.end - run.start == len(run.text):
                assert text[run.start : run.end] in {run.text, "\r" * len(run.text), "\t"}, "a tab may be cut"
        if line.span:
            assert body.line_at(line.span[0]) in {index, index + 1}, "a wide character may stand for a whole line"
