"""Text at the door, names of branches, settings of requests, ids."""

from __future__ import annotations

import enum
import itertools
import re
import unicodedata
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lion_tui.core.counting import counted
from lion_tui.core.errors import BranchNameError, UnknownParameter, UsageError
from lion_tui.core.ids import from_datetime, to_datetime, uuid7
from lion_tui.core.params import PARAMETERS, checked_params, read_param, written_param
from lion_tui.core.refs import free_name, numbered, slug, valid_name
from lion_tui.core.text import ScalarStream, scalar

# Surrogates are rare among all characters, and only their mix is interesting.
surrogates = st.sampled_from(["\ud83d", "\ude00", "\udbff", "\udc00"])
wild = st.lists(surrogates | st.characters() | st.text(max_size=3), max_size=12).map("".join)


def naive_scalar(text: str) -> str:
    """Join pairs and replace what is left, one character after the other."""
    out: list[str] = []
    at = 0
    while at < len(text):
        here, after = ord(text[at]), ord(text[at + 1]) if at + 1 < len(text) else 0
        if 0xD800 <= here < 0xDC00 and 0xDC00 <= after < 0xE000:
            out.append(chr(0x10000 + (here - 0xD800 << 10) + (after - 0xDC00)))
            at += 2
            continue
        out.append("\ufffd" if 0xD800 <= here < 0xE000 else text[at])
        at += 1
    return "".join(out)


@given(wild)
def test_scalar_joins_pairs_and_replaces_lone_surrogates(text: str) -> None:
    assert scalar(text) == naive_scalar(text)
    scalar(text).encode()


@given(wild, st.lists(st.integers(0, 40), max_size=6))
def test_a_stream_is_the_same_text_wherever_it_is_cut(text: str, cuts: list[int]) -> None:
    bounds = [0, *sorted(min(cut, len(text)) for cut in cuts), len(text)]
    stream = ScalarStream()
    pieces = [stream.feed(text[start:end]) for start, end in itertools.pairwise(bounds)]
    for piece in pieces:
        piece.encode()
    assert "".join(pieces) + stream.end() == scalar(text)
    assert stream.end() == ""


def test_a_high_surrogate_waits_for_the_next_piece() -> None:
    stream = ScalarStream()
    assert stream.feed("a\ud83d") == "a"
    assert stream.feed("\ude00b") == "\U0001f600b"
    assert stream.feed("\ud83d") == ""
    assert stream.end() == "\ufffd"


class Model(enum.StrEnum):
    SMALL = "small"


def test_of_a_subclass_of_str_the_plain_text_is_kept() -> None:
    assert type(scalar(Model.SMALL)) is str
    assert scalar(Model.SMALL) == "small"


@pytest.mark.parametrize("value", [None, 5, b"bytes", ["a"]])
def test_what_is_not_a_text_is_refused(value: object) -> None:
    with pytest.raises(UsageError, match="A text is needed"):
        scalar(value)  # type: ignore[arg-type]


# Names

names = st.text(max_size=70) | st.text("ab./-_ é\u0301..2", max_size=70)


@given(names, st.sets(st.sampled_from(["a", "a.2", "a.3", "b", "main"])))
def test_a_valid_name_is_in_normal_form_and_a_bad_one_comes_with_one_that_is_good(name: str, taken: set[str]) -> None:
    form = unicodedata.normalize("NFC", name)
    if re.fullmatch(r"\w[\w./-]{0,63}", form) and ".." not in form and form not in taken:
        assert valid_name(name, taken) == form
        return
    with pytest.raises(BranchNameError) as caught:
        valid_name(name, taken)
    suggestion = re.search(r"^'(.*)' (can|is free)\.$", caught.value.remedy)
    assert suggestion, caught.value.remedy
    assert valid_name(suggestion[1], taken) == suggestion[1]


@given(names)
def test_a_slug_can_be_a_name(text: str) -> None:
    assert valid_name(slug(text), ()) == slug(text)


@given(names.map(slug), st.integers(2, 10**6))
def test_a_numbered_name_keeps_its_number_and_can_be_a_name(stem: str, number: int) -> None:
    name = numbered(stem, number)
    assert name.endswith(f".{number}")
    assert valid_name(name, ()) == name


@pytest.mark.parametrize(
    ("name", "taken", "free"),
    [
        ("main", {"main"}, "main.2"),
        ("main", {"main", "main.2", "main.4"}, "main.3"),
        ("main.2", {"main", "main.2"}, "main.3"),
        ("try", set(), "try"),
        ("x" * 64, {"x" * 64}, "x" * 62 + ".2"),
    ],
)
def test_the_lowest_free_number_is_taken(name: str, taken: set[str], free: str) -> None:
    assert free_name(name, taken) == free


def test_the_slug_of_a_model_is_its_last_path_segment() -> None:
    assert slug("mistralai/mistral-7b-instruct:free") == "mistral-7b-instruct-free"
    assert slug("a/..") == "branch"


# Settings


def test_every_setting_has_a_value_that_fits() -> None:
    values = {
        "temperature": 0.5, "top_p": 1, "top_k": 40, "max_tokens": 1, "seed": 0, "stop": ("a", "b"),
        "frequency_penalty": -0.5, "presence_penalty": 1, "reasoning_effort": "low",
    }  # fmt: skip
    assert values.keys() == PARAMETERS.keys()
    assert checked_params(values) == {**values, "stop": ["a", "b"]}


def test_max_token_is_max_tokens_and_zero_is_a_seed() -> None:
    assert checked_params({"max_token": 50, "seed": 0, "top_p": None}) == {"max_tokens": 50, "seed": 0}
    with pytest.raises(UsageError, match="max_tokens is given twice"):
        checked_params({"max_token": 50, "max_tokens": 60})


@pytest.mark.parametrize(
    "given_",
    [
        {"max_tokens": 0}, {"max_tokens": True}, {"max_tokens": 1.5}, {"temperature": -1}, {"temperature": "hot"},
        {"temperature": float("nan")}, {"top_p": float("inf")}, {"stop": [1]}, {"reasoning_effort": "much"},
        {"seed": "x"}, {"top_p": 1.5},
    ],
)  # fmt: skip
def test_a_value_that_cannot_be_is_refused_and_named(given_: dict[str, object]) -> None:
    with pytest.raises(UsageError, match=next(iter(given_))):
        checked_params(given_)


def test_an_unknown_setting_is_refused_with_a_suggestion() -> None:
    with pytest.raises(UnknownParameter, match="Did you mean temperature="):
        checked_params({"temprature": 1})
    for foreign in ("tools", "invoke", "output_fields"):
        with pytest.raises(UnknownParameter, match="LionAGI"):
            checked_params({foreign: True})


# Ids and times


def test_ids_are_uuid7_and_sort_as_they_were_made() -> None:
    made = [uuid7() for _ in range(5_000)]
    assert made == sorted(set(made))
    assert all(
        re.fullmatch(r"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}", id_) for id_ in made
    )


@given(st.datetimes(datetime(1900, 1, 1), datetime(2200, 1, 1), timezones=st.timezones()))  # noqa: DTZ001 - bounds
def test_a_time_survives_exactly(moment: datetime) -> None:
    assert to_datetime(from_datetime(moment)) == moment.astimezone(UTC)
    assert from_datetime(to_datetime(1) + timedelta(microseconds=1)) == 2


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("temperature", " 0.2 ", 0.2),
        ("max_token", "50", 50),
        ("seed", "0", 0),
        ("stop", "END", "END"),
        ("stop", r'"\n"', "\n"),
        ("stop", '["a", "b"]', ["a", "b"]),
        ("stop", "[", "["),
        ("reasoning_effort", "low", "low"),
        ("top_p", "  ", None),
    ],
)
def test_a_setting_is_read_as_a_user_writes_it(name: str, text: str, value: Any) -> None:
    assert read_param(name, text) == value


@pytest.mark.parametrize(
    ("name", "text"),
    [("temperature", "warm"), ("temperature", "nan"), ("top_p", "1.5"), ("seed", "1.0"), ("max_tokens", "true"),
     ("stop", "[1]"), ("reasoning_effort", "most"), ("seed", "9" * 5000), ("warmth", "1")],
)  # fmt: skip
def test_a_setting_that_cannot_be_is_refused(name: str, text: str) -> None:
    with pytest.raises(UsageError):
        read_param(name, text)


@given(st.text() | st.lists(st.text()))
def test_what_is_written_of_a_setting_reads_back(stop: Any) -> None:
    value = checked_params({"stop": stop})["stop"]
    assert read_param("stop", written_param(value)) == value


@pytest.mark.parametrize(("number", "said"), [(0, "0 hits"), (1, "1 hit"), (2, "2 hits"), (1_000, "1,000 hits")])
def test_how_many_there_are_is_said_in_words(number: int, said: str) -> None:
    assert counted(number, "hit") == said
    assert counted(number, "hit is", "hits are") == f"{said} {'is' if number == 1 else 'are'}"
