"""Keys and pastes as terminals send them."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st
from textual import events
from textual._xterm_parser import XTermParser

from lion_tui.app.composing.draft import LONGEST_DRAFT
from lion_tui.app.pasting import PasteReader

if TYPE_CHECKING:
    from collections.abc import Sequence

TEXT = st.text(alphabet="ab\r\n\0ü[20~", max_size=12)
SENT = st.lists(st.one_of(TEXT, TEXT.map("\x1b[200~{}\x1b[201~".format), st.sampled_from(["\x1b[A", "\x1b[1;5C"])))


def read(parser: XTermParser, pieces: Sequence[str]) -> list[tuple[str, str]]:
    """Return what a parser makes of what is read in pieces."""
    found = [event for piece in pieces for event in parser.feed(piece)]
    return [
        ("paste", event.text) if isinstance(event, events.Paste) else ("key", event.key)
        for event in found
        if isinstance(event, (events.Paste, events.Key))
    ]


@given(SENT, st.lists(st.integers(0, 200)))
def test_it_reads_what_textual_reads_however_it_is_cut(sent: list[str], cuts: list[int]) -> None:
    text = "".join(sent)
    places = sorted({0, len(text), *(cut for cut in cuts if cut < len(text))})
    pieces = [text[start:end] for start, end in itertools.pairwise(places)]
    assert read(PasteReader(), pieces) == read(XTermParser(), pieces)


def test_a_paste_without_end_is_cut_and_what_follows_is_read() -> None:
    pieces = ["\x1b[200~", *(["x" * 4_096] * 12_000), "\x1b[201~ab"]
    (kind, text), *keys = read(PasteReader(), pieces)
    assert (kind, len(text)) == ("paste", LONGEST_DRAFT + 1)
    assert keys == [("key", "a"), ("key", "b")]


@pytest.mark.parametrize(
    ("pieces", "keys"),
    [
        (["\x1bk"], ["escape", "k"]),
        (["\x1b", "k"], ["escape", "k"]),
        (["\x1bkK8/é"], ["escape", "k", "K", "8", "slash", "é"]),
        (["a\x1b\x1bj"], ["a", "escape", "escape", "j"]),
        (["\x1b[A\x1bN", "x\x1b[1;5C"], ["up", "escape", "N", "x", "ctrl+right"]),
        (["\x1b", "[A"], ["up"]),
        (["\x1b[1;3D\x1b[57;3u"], ["alt+left", "alt+9"]),
    ],
)
def test_what_is_typed_right_after_escape_is_a_key_of_its_own(pieces: list[str], keys: list[str]) -> None:
    assert [key for _, key in read(PasteReader(), pieces)] == keys


def test_a_key_with_alt_that_somebody_chose_is_read_as_one() -> None:
    class Reader(PasteReader):
        alts = frozenset({"alt+k"})

    read_as = {"\x1bk": ["alt+k"], "\x1bj": ["escape", "j"]}
    assert {sent: [key for _, key in read(Reader(), [sent, ""])] for sent in read_as} == read_as


def test_an_escape_that_was_waited_for_is_not_there_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    reader = PasteReader()
    assert read(reader, ["\x1b"]) == []
    monkeypatch.setattr("textual._parser.get_time", lambda: float("inf"))
    assert [event.key for event in reader.tick() if isinstance(event, events.Key)] == ["escape"]
    assert read(reader, ["k"]) == [("key", "k")]
