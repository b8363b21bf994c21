"""What is drawn incrementally equals what a full render draws, for any Markdown and any cuts."""

from __future__ import annotations

import hypothesis.strategies as st
from hypothesis import given
from markdown_checks import check_growth
from markdown_documents import documents, raw

widths = st.one_of(st.integers(2, 20), st.integers(21, 120))


@given(st.data(), widths)
def test_random_cuts(data: st.DataObject, width: int) -> None:
    text = data.draw(documents)
    cuts = sorted(data.draw(st.lists(st.integers(0, len(text)), max_size=8)))
    check_growth([text[start:end] for start, end in zip([0, *cuts], [*cuts, len(text)], strict=True)], width)


@given(st.one_of(documents, raw).map(lambda text: text[:250]), widths)
def test_character_by_character(text: str, width: int) -> None:
    check_growth(text, width)


@given(st.lists(raw, max_size=3), st.integers(1, 60), st.integers(1, 700), widths)
def test_long_lines_are_taken_in_pieces(parts: list[str], times: int, size: int, width: int) -> None:
    text = " ".join(parts).replace("\n", " ") * times
    text = text[:6000]
    check_growth(
        [text[start : start + size] for start in range(0, len(text), max(size, len(text) // 8))] or [""], width
    )
