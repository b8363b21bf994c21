"""Where a text may be cut."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lion_tui.core.graphemes import grapheme_start

CLUSTERS = [
    "a", "é", "e\u0301", "\r\n", "\n", "\t", "👍🏽", "\U0001f468\u200d\U0001f469\u200d\U0001f467", "🇩🇪", "\u2764\ufe0f",
    "1\ufe0f\u20e3", "각", "\u1100\u1161\u11a8", "நி", "क्षि", "🏴\U000e0067\U000e0062\U000e007f", "가\u11a8",
    "\u0600ا", "ｶﾞ",
]  # fmt: skip


@pytest.mark.parametrize("cluster", CLUSTERS)
def test_a_cluster_is_never_parted(cluster: str) -> None:
    text = f"x{cluster}y"
    assert [grapheme_start(text, at) for at in range(len(text) + 1)] == [
        0,
        *[1] * len(cluster),
        len(cluster) + 1,
        len(text),
    ]


@given(st.lists(st.sampled_from([cluster for cluster in CLUSTERS if cluster not in {"\r\n", "\n"}]), max_size=12))
def test_flags_and_others_stand_side_by_side(clusters: list[str]) -> None:
    """Between clusters with a space, every cut is at a beginning; what it returns is stable and never later."""
    text = " ".join(clusters)
    starts = {0, len(text)}
    at = 0
    for cluster in clusters:
        starts |= {at, at + len(cluster)}
        at += len(cluster) + 1
    assert {grapheme_start(text, at) for at in range(len(text) + 1)} == {at for at in starts if at <= len(text)}


@given(st.text(max_size=30), st.integers(-5, 40))
def test_any_text_has_a_place(text: str, at: int) -> None:
    start = grapheme_start(text, at)
    assert 0 <= start <= min(max(at, 0), len(text))
    assert grapheme_start(text, start) == start


def test_flags_are_counted_in_pairs() -> None:
    assert [grapheme_start("🇩🇪🇫🇷", at) for at in range(5)] == [0, 0, 2, 2, 4]
