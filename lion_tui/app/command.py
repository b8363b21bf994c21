"""What a command is: its keys, its palette entry, its help and its slash form in one place."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, ClassVar, Literal

from textual.binding import Binding

if TYPE_CHECKING:
    from lion_tui.app.screens.main import MainScreen

Scope = Literal["everywhere", "browse"]


class Command(ABC):
    """Something that the user can do.

    Attributes:
        id: Its name in the key map and after a slash.
        keys: The keys that do it, separated by commas; empty for none.
        scope: Where the keys work: everywhere, or outside the composer.
        title: What it does, in a word or two.
        help: What it does, in a sentence.
        argument: What may follow its slash form; None if it has no slash form.
        shown_key: How the footer writes its key, if it is not the key's own name.
    """

    id: ClassVar[str]
    keys: ClassVar[str] = ""
    scope: ClassVar[Scope] = "browse"
    title: ClassVar[str]
    help: ClassVar[str]
    argument: ClassVar[str | None] = None
    shown_key: ClassVar[str] = ""

    @abstractmethod
    def run(self, screen: MainScreen, argument: str) -> None:
        """Do it.

        Args:
            screen: Where.
            argument: What was written after the slash form.

        Raises:
            LionError: it cannot be done.
        """

    @classmethod
    def key_names(cls) -> str:
        """Return its keys as keyboards name them, separated by commas."""
        return ", ".join([cls.shown_key] if cls.shown_key else [_named(key) for key in cls.keys.split(",") if key])

    @classmethod
    def binding(cls) -> Binding:
        """Return the binding of its keys."""
        return Binding(
            cls.keys, f"screen.command('{cls.id}')", cls.title, id=cls.id, tooltip=cls.help, show=False, system=False
        )


def _named(key: str) -> str:
    """Return a key as keyboards name it: `Ctrl+Q`, `F1`, `Esc`, and single letters as they are."""
    if len(key) == 1:
        return key
    return "+".join({"escape": "Esc"}.get(part, part.capitalize()) for part in key.split("+"))
