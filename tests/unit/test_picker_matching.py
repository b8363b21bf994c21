"""Finding names by a few of their letters."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lion_tui.app.picker.choices import price, window
from lion_tui.app.picker.matching import match
from lion_tui.core.inference import ModelInfo


@given(st.text(), st.text())
def test_what_is_found_are_the_letters_of_the_query_in_each_word_in_order(query: str, text: str) -> None:
    found = match(query, text)
    if found is None:
        return
    assert list(found.places) == sorted(set(found.places))
    assert all(0 <= at < len(text) for at in found.places)
    letters = "".join(text[at].lower()[:1] for at in found.places)
    for word in query.lower().split():
        rest = iter(letters)
        assert len(word) != len(query) or all(letter in rest for letter in word)


@given(st.text(min_size=1), st.data())
def test_a_text_is_found_by_any_part_of_it(text: str, data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(text) - 1))
    assert match(text[at : at + 5], text) is not None


@pytest.mark.parametrize(
    ("query", "better", "worse"),
    [
        ("mini", "gpt-4.1-mini", "gemini-pro"),
        ("g4", "gpt-4", "big-ai-24"),
        ("llama 70", "llama-3.3-70b", "llama-3.1-7b-10"),
        ("sonnet", "claude-sonnet-4", "some-one-nets"),
    ],
)
def test_what_stands_together_and_at_the_beginning_of_a_word_fits_better(query: str, better: str, worse: str) -> None:
    good, bad = match(query, better), match(query, worse)
    assert good is not None
    assert bad is None or good.score > bad.score


def test_words_may_come_in_any_order_and_all_must_be_there() -> None:
    assert match("work big", "big-1 · work")
    assert match("big nowhere", "big-1 · work") is None
    assert match("", "anything") == (0, ())


def test_a_long_name_of_one_letter_takes_no_time_to_speak_of() -> None:
    assert match("a" * 100 + "b", "a" * 5000) is None
    assert match("a" * 100, "a-" * 2500)


@pytest.mark.parametrize(
    ("tokens", "shown"),
    [(None, ""), (512, "512"), (8192, "8k"), (131_072, "128k"), (128_000, "128k"), (200_000, "200k"), (1_048_576, "1M"),
     (1_050_000, "1.1M"), (4_097, "4k")],
)  # fmt: skip
def test_a_window_is_short(tokens: int | None, shown: str) -> None:
    assert window(ModelInfo("m", tokens)) == shown


@pytest.mark.parametrize(
    ("read", "written", "shown"),
    [(0.15, 0.6, "$0.15 · $0.60"), (0, 0, "free"), (None, 1, ""), (75, 150.0, "$75.00 · $150"),
     (0.004, 1, "$0.004 · $1.00")],
)  # fmt: skip
def test_a_price_is_short(read: float | None, written: float | None, shown: str) -> None:
    assert price(ModelInfo("m", None, read, written)) == shown
