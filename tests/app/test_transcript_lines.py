"""The transcript's lines leave nothing behind: what they lean on in Textual, and that jumps make no garbage."""

from __future__ import annotations

import gc
from collections import Counter
from typing import TYPE_CHECKING

import pytest
from stage import staged
from textual.strip import Strip

from lion_tui.app.transcript.line_strip import CACHES, LineStrip

if TYPE_CHECKING:
    from collections.abc import Iterator

MESSAGES = 120
JUMPS = 40


@pytest.fixture
def garbage() -> Iterator[list[object]]:
    """Keep what the collector finds, instead of freeing it."""
    gc.collect()
    gc.set_debug(gc.DEBUG_SAVEALL)
    try:
        yield gc.garbage
    finally:
        gc.set_debug(0)
        gc.garbage.clear()
        gc.collect()


def test_a_strip_has_no_slot_that_a_line_does_not_know() -> None:
    known = {*CACHES, "_segments", "_cell_length", "_render_cache", "_link_ids", "_cell_count"}
    assert set(Strip.__slots__) == known
    line = LineStrip([], 0)
    assert all(hasattr(line, slot) for slot in known)


async def test_jumps_make_no_garbage_of_lines_and_keep_no_more_of_them(garbage: list[object]) -> None:
    async with staged(size=(100, 30)) as stage:
        for number in range(MESSAGES):
            stage.session.add_message(
                "user" if number % 2 == 0 else "assistant", f"**{number}** and\n\n- more\n- of it"
            )
        await stage.press("escape")

        async def jump() -> None:
            await stage.press("g")
            await stage.until("0** and")
            await stage.press("G")
            await stage.until(f"{MESSAGES - 1} and")

        await jump()
        gc.collect()
        garbage.clear()
        before = sum(type(each) is LineStrip for each in gc.get_objects())
        for _ in range(JUMPS):
            await jump()
        gc.collect()
        found = Counter(type(each).__name__ for each in garbage)
        assert found[LineStrip.__name__] == 0
        after = sum(type(each) is LineStrip for each in gc.get_objects())
        assert after <= before + stage.app.size.height, "a window's lines may be there twice, while it is drawn"
