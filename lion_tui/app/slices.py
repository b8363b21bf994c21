"""Work on the screen's own loop, a slice at a time: between two of them, keys are answered."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

_SLICE_S: Final = 0.004
"""How long work goes on at a time; then whatever else waits has its turn."""
_PAUSE_S: Final = 0.001


def moment(work: Iterator[None]) -> bool:
    """Go on with work for as long as nobody notices, and tell whether all is done."""
    end = time.perf_counter() + _SLICE_S
    return all(time.perf_counter() <= end for _ in work)


async def pause() -> None:
    """Let whatever else waits have its turn."""
    await asyncio.sleep(_PAUSE_S)
