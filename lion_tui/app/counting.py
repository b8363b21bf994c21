"""A number written before a key: how often it is to be done."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from lion_tui.core.errors import UsageError

if TYPE_CHECKING:
    from lion_tui.app.screens.main import MainScreen

_MOST: Final = 24


class Counting:
    """The digits that were typed, until a command takes them or something else is done."""

    def __init__(self, screen: MainScreen) -> None:
        """Begin with none."""
        self._screen = screen
        self.value: int | None = None

    def add(self, digit: int) -> None:
        """Write one more digit; a zero is none before others.

        Raises:
            UsageError: it is more than can be asked for at once; the number is given up.
        """
        value = 10 * (self.value or 0) + digit
        self.value = (value or None) if value <= _MOST else None
        self._screen.status_changed()
        if value > _MOST:
            raise UsageError(f"{value} answers at once are too many.", f"Write a number up to {_MOST}.")

    def clear(self) -> None:
        """Give the number up."""
        if self.value is not None:
            self.value = None
            self._screen.status_changed()

    @property
    def said(self) -> tuple[str, ...]:
        """What the status line says of it."""
        return () if self.value is None else (f"{self.value} ×",)
