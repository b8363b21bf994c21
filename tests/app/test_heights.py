"""The height index and the scrollbar, against a plain list of heights."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from lion_tui.app.transcript import heights
from lion_tui.app.transcript.heights import HeightIndex
from lion_tui.app.transcript.scrollbar import ScrollBar

LENGTHS = st.integers(0, 3 * heights._BUCKET)


class HeightIndexMachine(RuleBasedStateMachine):
    """Whatever is done to the index, it says what the sums over a list say."""

    def __init__(self) -> None:
        super().__init__()
        self.index = HeightIndex(guess=7)
        self.heights: list[int] = []  # 0 is not known

    @rule(length=LENGTHS)
    def resize(self, length: int) -> None:
        self.index.resize(length)
        self.heights = (self.heights + [0] * length)[:length]

    @precondition(lambda self: self.heights)
    @rule(at=st.integers(0), height=st.integers(1, 5000))
    def put(self, at: int, height: int) -> None:
        at %= len(self.heights)
        self.index.set(at, height)
        self.heights[at] = height

    @property
    def filled(self) -> list[int]:
        known = [height for height in self.heights if height]
        estimate = max(1, round((sum(known) + 7 * heights._DOUBT) / (len(known) + heights._DOUBT)))
        return [height or estimate for height in self.heights]

    @invariant()
    def sums(self) -> None:
        filled = self.filled
        assert len(self.index) == len(filled)
        assert self.index.total == sum(filled)
        for at in {0, len(filled) // 3, len(filled) // 2, len(filled)}:
            assert self.index.line_of(at) == sum(filled[:at])

    @precondition(lambda self: self.heights)
    @rule(line=st.integers(-3, 10_000))
    def find(self, line: int) -> None:
        filled = self.filled
        at, rest = self.index.at(line)
        assert 0 <= rest < filled[at]
        assert sum(filled[:at]) + rest == max(0, min(line, sum(filled) - 1))


TestHeightIndex = HeightIndexMachine.TestCase

bars = st.builds(
    lambda height, more, top: ScrollBar(height, height + more, min(top, more)),
    st.integers(1, 80),
    st.integers(1, 10**6),
    st.integers(0, 10**6),
)


@given(bars)
def test_the_thumb_is_in_the_window_and_at_an_end_only_there(bar: ScrollBar) -> None:
    assert bar.shown
    thumb = bar.thumb
    assert 0 <= thumb.start < thumb.stop <= bar.height
    if bar.height - bar.size > 1:
        assert (thumb.start == 0) is (bar.top == 0)
        assert (thumb.stop == bar.height) is (bar.top == bar.total - bar.height)


@given(bars, st.integers(0, 80))
def test_where_the_thumb_is_put_the_window_begins_there(bar: ScrollBar, start: int) -> None:
    line = bar.line_at(start)
    assert 0 <= line <= bar.total - bar.height
    room = bar.height - bar.size
    if bar.total >= 2 * bar.height and 0 < start < room:
        assert abs(bar._replace(top=line).thumb.start - start) <= 1
    if start >= room > 0:
        assert line == bar.total - bar.height


def test_what_fits_needs_no_scrollbar() -> None:
    assert not ScrollBar(24, 24, 0).shown
    assert not ScrollBar(0, 24, 0).shown
    assert ScrollBar(24, 25, 0).shown
