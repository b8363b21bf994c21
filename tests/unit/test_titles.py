"""What a session is called by its first prompt, and when something was."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lion_tui.core.moments import said_when
from lion_tui.core.text import cells, printable
from lion_tui.core.titles import TITLE_CELLS, title_of


@pytest.mark.parametrize(
    ("prompt", "title"),
    [
        ("Why is the merge slow?", "Why is the merge slow?"),
        ("\n\n  # The *merge* is **slow**\nand more", "The merge is slow"),
        ("> - 1. quoted [link](http://x.org/a?b=c) here", "quoted link here"),
        ("```python\ndef __init__(self):\n```", "def __init__(self):"),
        ("---\nafter the rule", "after the rule"),
        ("2 * 3 * 4 and a*b*c", "2 * 3 * 4 and a*b*c"),
        ("`read_csv` is ~~fast~~ slow", "read_csv is fast slow"),
        ("red \x1b[31malert\x1b[0m \x1b]0;title\x07bell\x07", "red alert bell"),
        ("a\tb\u2028c", "a b"),
        ("", ""),
        ("!!! ???", ""),
        ("word " * 30, "word word word word word word word word word…"),
        ("x" * 100, "x" * 47 + "…"),
        ("日本語" * 20, "日本語" * 7 + "日本…"),
    ],
)
def test_a_title_is_the_first_words_without_markdown(prompt: str, title: str) -> None:
    assert title_of(prompt) == title


@given(st.text(), st.integers(2, 80))
def test_a_title_of_any_text_is_one_line_that_fits_and_steers_nothing(prompt: str, width: int) -> None:
    title = title_of(prompt, width)
    assert cells(title) <= width
    assert len(title.splitlines()) <= 1
    assert printable(title) == title
    assert title == title.strip()


@pytest.mark.parametrize("prompt", ["[" * 100_000, "*" * 100_000, "`a" * 50_000, "> " * 50_000, "![](" * 25_000])
def test_a_prompt_made_to_be_slow_is_not(prompt: str) -> None:
    assert cells(title_of(prompt)) <= TITLE_CELLS


@pytest.mark.parametrize(
    ("then", "said"),
    [
        ("2026-03-12 11:59:40", "just now"),
        ("2026-03-12 11:15:00", "45 min ago"),
        ("2026-03-12 08:00:00", "4 h ago"),
        ("2026-03-11 15:00:00", "yesterday"),
        ("2026-03-09 12:00:00", "Monday"),
        ("2026-01-03 12:00:00", "3 Jan"),
        ("2024-12-03 12:00:00", "3 Dec 2024"),
        ("2026-03-12 16:00:00", "21:30"),  # a clock that was wrong; the tests' own time zone is UTC+5:30
    ],
)
def test_when_something_was_is_said_as_people_do(then: str, said: str) -> None:
    at, now = (
        int(datetime.fromisoformat(f"{each}").replace(tzinfo=UTC).timestamp()) * 10**6
        for each in (then, "2026-03-12 12:00:00")
    )
    assert said_when(at, now) == said
    assert said_when(0, now) == "–"
