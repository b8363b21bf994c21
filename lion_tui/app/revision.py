"""A text that is worked on in the composer and is no prompt."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable


class Revision(NamedTuple):
    """An old text that a new one takes the place of.

    Attributes:
        title: What is worked on, and what the keys do.
        text: The old text.
        apply: Takes the new one; raises a `LionError` if it cannot be.
    """

    title: str
    text: str
    apply: Callable[[str], object]
