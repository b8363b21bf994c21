"""What differs between two texts."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import split_graphemes

from lion_tui.core import diff, passages, sequences
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
    before = sequences._CELLS
    sequences._CELLS = 30
    try:
        test_the_steps_lead_from_one_text_to_the_other.hypothesis.inner_test(  # type: ignore[attr-defined]
            " ".join(map(str, a)), " ".join(map(str, b)), "word"
        )
    finally:
        sequences._CELLS = before


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("Don't re\u0301sume\u0301 it!", ["Don't", " ", "re\u0301sume\u0301", " ", "it", "!"]),
        ("今天 is ok", ["今", "天", " ", "is", " ", "ok"]),
        ("a\r\nb", ["a", "\r\n", "b"]),
        ("한국어 안녕", ["한국어", " ", "안녕"]),
        ("snake_case(x)", ["snake_case", "(", "x", ")"]),
        ("It's well-known.", ["It's", " ", "well-known", "."]),
        ("3.14, 1,000. v1.2", ["3.14", ",", " ", "1,000", ".", " ", "v1.2"]),
        ("--line a- -b", ["-", "-", "line", " ", "a", "-", " ", "-", "b"]),
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


LINES = [
    "You are the support desk of a small shop.",
    "Answer in at most three sentences.",
    "Never promise a refund before the order was looked up.",
    "Be polite, and do not guess.",
]
THANKS = "Thank the customer at the end."


@pytest.mark.parametrize("between", ["\n\n", "\n", " "])
def test_of_passages_that_changed_places_the_longest_stay(between: str) -> None:
    rest = between.join(LINES)
    a, b = f"{rest}{between}{THANKS}", f"{THANKS}{between}{rest}"
    assert marked(a, b) == f"{{>{THANKS}{between}>}}{rest}[-{between}-][<{THANKS}<]"
    paragraph = "\n".join(LINES)  # one paragraph, however many lines it has, weighs more than a sentence
    a, b = f"{paragraph}\n\n{THANKS}", f"{THANKS}\n\n{paragraph}"
    assert marked(a, b) == f"{{>{THANKS}\n\n>}}{paragraph}[-\n\n-][<{THANKS}<]"


@pytest.mark.parametrize("between", ["\n\n", "\n", " "])
def test_passages_that_changed_places_and_were_edited_are_compared_by_words(between: str) -> None:
    desk, answer, refund, polite = LINES
    b = between.join([desk, "Be polite and kind, and do not guess.", refund, answer.replace("three", "five"), THANKS])
    assert marked(between.join([*LINES, THANKS]), b) == (
        f"{desk}{between}[<Answer in at most <][-three-][< sentences.{between}<]"
        f"{{>Be polite>}}{{+ and kind+}}{{>, and do not guess.{between}>}}{refund}{between}"
        f"[<{polite}{between}<]{{>Answer in at most >}}{{+five+}}{{> sentences.{between}>}}{THANKS}"
    )


def test_a_paragraph_that_was_wrapped_anew_is_compared_as_one() -> None:
    text = "The merge sorts both frames first and then it goes through them once from the top down to the end"
    a, b = (text.replace(word, f"\n{word}").replace(" \n", "\n") for word in ("first", "once"))
    assert ratio(diff_texts(a, b)) > 0.95
    assert "[<" not in marked(a, b)


def test_what_is_the_same_between_two_larger_changes_belongs_to_them() -> None:
    a, b = "At first it calls alpha_beta of gamma_delta.", "At first it calls one_or_two of three_or_four."
    assert marked(a, b) == "At first it calls [-alpha_beta of gamma_delta-]{+one_or_two of three_or_four+}."
    a, b = "tone: formal\nmax_len: 300", "tone: formal\nmin_len: 200"
    assert marked(a, b) == "tone: formal\n[-max_len: 300-]{+min_len: 200+}"


@given(st.lists(st.integers(0, 9), max_size=25), st.lists(st.integers(0, 9), max_size=25))
def test_of_many_lines_the_most_text_stays_as_of_few(a: list[int], b: list[int]) -> None:
    def kept() -> int:
        lines = ["".join(f"{'x' * (7 * each)}{each}\n" for each in of) for of in (a, b)]
        return sum(step.a_end - step.a_start for step in diff_texts(*lines, "line") if step.kind == "equal")

    few, before = kept(), passages._PAIRS
    passages._PAIRS = 0
    try:
        many_alike = kept()
        passages._PAIRS = len(a) * len(b) - 1 if len(a) * len(b) > 1 else 0
        many = kept()
    finally:
        passages._PAIRS = before
    assert many == few >= many_alike


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
