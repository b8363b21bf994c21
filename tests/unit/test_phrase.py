"""Words that are found in Markdown as one reads them, whatever marks stand between them."""

from __future__ import annotations

import hypothesis.strategies as st
import pytest
from hypothesis import given

from lion_tui.core.phrase import phrase

words = st.from_regex(r"[a-z]{1,6}[,.)!]?", fullmatch=True)
spaces = st.sampled_from([" ", "   ", "\t", "\n", "\r\n", "\n> ", "\n> > ", "\n    ", "  \n", "\\\n"])
wraps = st.sampled_from(
    [
        *[("", "")] * 3,
        *[(mark, mark) for mark in ("*", "**", "***", "_", "__", "~~", "`", "``", "**`")],
        ("[", "](http://a.org/b_(c)?d=1)"),
        ("[", '](<a.md> "A title")'),
        ("**[", "][ref]**"),
    ]
)


@st.composite
def written(draw: st.DrawFn) -> tuple[str, str]:
    """Return words, and Markdown that is shown as them: some wrapped alone, some with others, some lines broken."""
    shown, source = [], ""
    for _ in range(draw(st.integers(1, 4))):
        opens, closes = draw(wraps)
        group = draw(st.lists(words, min_size=1, max_size=3))
        shown += group
        source += (draw(spaces) if source else "") + opens + group[0]
        source += "".join([draw(spaces) + word for word in group[1:]]) + closes
    return " ".join(shown), source


@given(written(), st.text("01 *_`[]\n>", max_size=8), st.text("01 *_`[]\n>", max_size=8))
def test_words_are_found_whatever_marks_and_breaks_are_between_them(
    case: tuple[str, str], before: str, after: str
) -> None:
    shown, source = case
    found = phrase(shown).search(before + source + after)
    assert found is not None
    assert len(before) <= found.start() < found.end() <= len(before + source)
    assert (found.group()[0], found.group()[-1]) == (shown[0], shown[-1])
    assert all(word in found.group() for word in shown.split())


everything = st.text('abA1 \t\n\r*_~`[]()\\>.!"-', max_size=14)


@given(everything, everything.filter(bool), everything, st.booleans())
def test_what_stands_there_as_it_is_is_found(before: str, words: str, after: str, twice: bool) -> None:
    text = before + words + (words if twice else "") + after
    found = [match.span() for match in phrase(words).finditer(text)]
    at = text.find(words)
    while at >= 0:
        assert any(start < at + len(words) and at < end for start, end in found)
        at = text.find(words, at + 1)


@pytest.mark.parametrize(
    ("words", "source", "found"),
    [
        ("very important option --flag", "the **very important** option `--flag`", "very important** option `--flag"),
        ("quick brown", "> the quick\n> brown fox", "quick\n> brown"),
        ("the docs.", "see [the docs](http://a.org/b_(c)).", "the docs](http://a.org/b_(c))."),
        ("large model", "a **l**arge [m](u)odel", "l**arge [m](u)odel"),
        ("snake_case", r"snake\_case", r"snake\_case"),
        ("**very", "a **very** good", "**very"),
        ("**very** good", "a **very**\ngood", "**very**\ngood"),
        ("very ", "a **very** good", "very** "),
        (" good", "a\n*good*", "\n*good"),
        (" ", "a b", " "),
        ("one two", "* one\n* two", None),
        ("one two", "one\n\ntwo", None),
        ("snakecase", "snake_case", None),
        ("array 1", "array [1] of", None),
        ("1024", "10**24", None),
        ("3 4", "3 * 4", None),
    ],
)
def test_what_is_read_over_and_what_is_not(words: str, source: str, found: str | None) -> None:
    match = phrase(words).search(source)
    assert (match and match.group()) == found


@pytest.mark.parametrize(
    "piece", ["*", " ", "a](a", "a[a", "a [", "a]((", "a *", "a\n> ", "a](x(y)", 'a](b "', "a`", "a"]
)
@pytest.mark.parametrize("words", ["a b", "a a a b", " b", "ab", "aaaab", "a, b", "**b", "****************b"])
def test_a_text_made_to_be_slow_is_searched_to_its_end(piece: str, words: str) -> None:
    """A search that took time out of proportion to such a text would not come to its end before the test's."""
    text = piece * (200_000 // len(piece))
    assert phrase(words).search(text) is None
    assert phrase(words).search(text + "\n\n" + words) is not None


def test_a_backslash_at_the_end_of_a_line_is_found_as_it_is() -> None:
    assert phrase("POST \\").search("curl -X POST \\\n  -H accept")
    assert phrase("one two").search("one \\\n> two")


def test_a_very_long_text_is_found_as_it_is_only() -> None:
    long = "some words " * 300
    assert phrase(long).search(f"before {long} after")
    assert not phrase(long).search(long.replace("some", "**some**"))
