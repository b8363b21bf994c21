"""How many there are of something, in words."""

from __future__ import annotations


def counted(number: int, one: str, several: str = "") -> str:
    """Return how many there are: `1 message`, `2,000 messages`.

    Args:
        number: How many.
        one: What one of them is called.
        several: What several are called, if that is not simply with an s.
    """
    return f"{number:,} {one if number == 1 else several or f'{one}s'}"
