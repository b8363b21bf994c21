"""What differs between two texts."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import split_graphemes

from lion_tui.core import diff
from lion_tui.core.diff import Operation, diff_texts, ratio
from lion_tui.core.tokens import tokens

WORDS = ["the", "merge", "sorts", "both", "frames", "x", "", " ", "\n", "\n\n", ". ", "résumé", "re\u0301sume\u0301"]
PASSAGES = [
    "The merge sorts both frames first.",
    "The merge sorts all frames first.",
    "Set the index on both sides.",
    "It is slow.",
    "```py\nx = 1\n```",
]
CLUSTERS = [
    "e\u0301",
    "a",
    " ",
    "👩\u200d👩\u200d👧",
    "👍🏽",
    "🇩🇪🇫🇷",
    "今天",
    "ス",
    "ก็",
    "न\u094dद",
    "\r\n",
    "❤\ufe0f",
    "1\ufe0f\u20e3",
]
texts = st.one_of(
    st.text(),
    st.lists(st.sampled_from(WORDS)).map(" ".join),
    st.lists(st.sampled_from(PASSAGES), max_size=9).map("\n\n".join),
    st.lists(st.sampled_from(CLUSTERS)).map("".join),
)
units = st.sampled_from(["word", "line"])


def marked(a: str, b: str, unit: diff.Unit = "word") -> str:
    """Return both texts as one, as people write differences."""
    signs = {"equal": "%s", "removed": "[-%s-]", "added": "{+%s+}"}
    said = ""
    for kind, a_start, a_end, b_start, b_end in diff_texts(a, b, unit):
        here = a[a_start:a_end] or b[b_start:b_end]
        said += (signs.get(kind) or ("[<%s<]" if a_end > a_start else "{>%s>}")) % here
    return said


@given(texts, texts, units)
def test_the_steps_lead_from_one_text_to_the_other(a: str, b: str, unit: diff.Unit) -> None:
    steps = diff_texts(a, b, unit)
    at_a = at_b = 0
    for kind, a_start, a_end, b_start, b_end in steps:
        assert (a_start, b_start) == (at_a, at_b)
        at_a, at_b = a_end, b_end
        assert (a_end > a_start, b_end > b_start) in {
            "equal": {(True, True)}, "removed": {(True, False)}, "added": {(False, True)},
            "moved": {(True, False), (False, True)},
        }[kind]  # fmt: skip
        assert kind != "equal" or a[a_start:a_end] == b[b_start:b_end]
    assert (at_a, at_b) == (len(a), len(b))
    gone = [a[each.a_start : each.a_end] for each in steps if each.kind == "moved" and each.a_end > each.a_start]
    here = [b[each.b_start : each.b_end] for each in steps if each.kind == "moved" and each.b_end > each.b_start]
    assert sorted("".join(gone).split()) == sorted("".join(here).split())
    assert 0 <= ratio(steps) <= 1
    assert (a == b) == all(each.kind == "equal" for each in steps)


@given(texts, texts, units)
def test_the_other_way_round_it_is_the_same(a: str, b: str, unit: diff.Unit) -> None:
    kinds = {"removed": "added", "added": "removed"}

    def ranges(steps: list[Operation], turned: bool) -> list[tuple[str, str, int, int]]:
        found = []
        for kind, a_start, a_end, b_start, b_end in steps:
            name = kinds.get(kind, kind) if turned else kind
            found += [(name, side, *place) for side, place in (("a", (a_start, a_end)), ("b", (b_start, b_end)))]
        swap = {"a": "b", "b": "a"} if turned else {"a": "a", "b": "b"}
        return sorted((name, swap[side], start, end) for name, side, start, end in found if end > start)

    assert ranges(diff_texts(a, b, unit), turned=False) == ranges(diff_texts(b, a, unit), turned=True)


@given(texts)
def test_the_tokens_of_a_text_are_the_text(text: str) -> None:
    assert "".join(tokens(text)) == text
    assert all(tokens(text))


@given(st.lists(st.sampled_from(CLUSTERS)).map("".join), st.lists(st.sampled_from(CLUSTERS)).map("".join))
def test_no_character_is_parted(a: str, b: str) -> None:
    for text in (a, b):
        begins = {start for start, *_ in split_graphemes(text)[0]} | {len(text)}
        at = 0
        for token in tokens(text):
            at += len(token)
            assert at in begins or text[at : at + 1] in {"\r", "\n"}  # which take no cells


@given(st.lists(st.integers(0, 3), max_size=40), st.lists(st.integers(0, 3), max_size=40))
def test_what_is_too_large_to_be_compared_exactly_is_compared_all_the_same(a: list[int], b: list[int]) -> None:
    before = diff._CELLS
    diff._CELLS = 30
    try:
        test_the_steps_lead_from_one_text_to_the_other.hypothesis.inner_test(  # type: ignore[attr-defined]
            " ".join(map(str, a)), " ".join(map(str, b)), "word"
        )
    finally:
        diff._CELLS = before


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("Don't re\u0301sume\u0301 it!", ["Don't", " ", "re\u0301sume\u0301", " ", "it", "!"]),
        ("今天 is ok", ["今", "天", " ", "is", " ", "ok"]),
        ("a\r\nb", ["a", "\r\n", "b"]),
        ("한국어 안녕", ["한국어", " ", "안녕"]),
        ("snake_case(x)", ["snake_case", "(", "x", ")"]),
    ],
)
def test_words(text: str, parts: list[str]) -> None:
    assert tokens(text) == parts


@pytest.mark.parametrize(
    ("a", "b", "said"),
    [
        (
            "The merge sorts both frames first.",
            "The merge hashes both big frames first.",
            "The merge [-sorts-]{+hashes+} both{+ big+} frames first.",
        ),
        ("I like old apples", "Completely other words", "[-I like old apples-]{+Completely other words+}"),
        ("one two three, four", "one six seven, four", "one [-two three-]{+six seven+}, four"),
        ("今天天气很好。", "今天的天气不好。", "今天{+的+}天气[-很-]{+不+}好。"),
        ("", "new", "{+new+}"),
        ("same", "same", "same"),
    ],
)
def test_words_that_differ(a: str, b: str, said: str) -> None:
    assert marked(a, b) == said


def test_a_passage_that_moved_is_one_and_one_that_was_rewritten_is_compared_where_it_stands() -> None:
    first, second = "The first passage is about something.", "Here the second one begins, and goes on for longer."
    third = "At last there is a third passage here."
    assert marked("\n\n".join([first, second, third]), "\n\n".join([second, third, first])) == (
        f"[<{first}\n\n<]{second}\n\n{third}" + "{+\n\n+}{>" + first + ">}"
    )
    assert "[-third-]{+fourth+}" in marked(f"{first}\n\n{third}", f"{first}\n\n{third.replace('third', 'fourth')}")


def test_a_passage_that_moved_and_was_edited_is_moved_but_for_the_words_that_differ() -> None:
    first, second = "The first passage is about something of weight.", "Here the second one begins, and goes on."
    third = "At last there is a third passage here."
    edited = first.replace("about", "on")
    assert marked("\n\n".join([first, second, third]), "\n\n".join([second, third, edited])) == (
        f"[<The first passage is <][-about-][< something of weight.\n\n<]{second}\n\n{third}"
        "{+\n\n+}{>The first passage is >}{+on+}{> something of weight.>}"
    )
    other = "The first passage has little to do with any of it."
    assert "[<" not in marked("\n\n".join([first, second, third]), "\n\n".join([second, third, other]))


def test_lines_that_differ() -> None:
    assert marked("a\nb\nc\n", "a\nx\nc\n", "line") == "a\n[-b\n-]{+x\n+}c\n"
    assert marked("a b\nc", "a x\nc", "line") == "[-a b\n-]{+a x\n+}c"


@pytest.mark.parametrize(
    ("a", "b"),
    [
        ("x " * 20_000 + "y", "y" + "x " * 20_000),
        ("ab " * 20_000, "cd " * 20_000),
        ("\n" * 30_000, "x\n" * 30_000),
        ("a\n\n" * 10_000, "b\n\na\n\n" * 6_000),
        ("".join(f"{number} " for number in range(20_000)), "".join(f"{number} " for number in range(20_000, 0, -1))),
    ],
)
def test_texts_that_are_hard_to_compare(a: str, b: str) -> None:
    test_the_steps_lead_from_one_text_to_the_other.hypothesis.inner_test(a, b, "word")  # type: ignore[attr-defined]


def test_a_long_text_with_common_words_only_is_parted_at_rows_of_words() -> None:
    words = random.Random(1).choices([f"w{number}" for number in range(97)], k=9_000)  # noqa: S311 - words, no secret
    other = ["new" if number % 100 == 7 else word for number, word in enumerate(words)]
    steps = diff_texts(" ".join(words), " ".join(other))
    assert ratio(steps) > 0.95
