"""What a command is: its keys, its palette entry, its help and its slash form in one place."""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, ClassVar, Literal

from textual.binding import Binding
from textual.keys import format_key

if TYPE_CHECKING:
    from collections.abc import Mapping

    from lion_tui.app.screens.main import MainScreen

Scope = Literal["everywhere", "browse", "tree", "compose"]


class Command(ABC):
    """Something that the user can do.

    Attributes:
        id: Its name in the key map and after a slash.
        keys: The keys that do it, separated by commas; empty for none.
        scope: Where the keys work: everywhere, outside the composer, or only in the tree
            or the composer.
        title: What it does, in a word or two.
        help: What it does, in a sentence.
        words: What people call it that neither its title nor its help says, for the palette.
        argument: What may follow its slash form; None if it has no slash form.
    """

    id: ClassVar[str]
    keys: ClassVar[str] = ""
    scope: ClassVar[Scope] = "browse"
    title: ClassVar[str]
    help: ClassVar[str]
    words: ClassVar[str] = ""
    argument: ClassVar[str | None] = None

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
    def key_names(cls, keymap: Mapping[str, str]) -> str:
        """Return its keys, or the user's for it, as keyboards name them, separated by commas."""
        return key_names(keymap.get(cls.id, cls.keys))

    @classmethod
    def binding(cls) -> Binding:
        """Return the binding of its keys."""
        return Binding(
            cls.keys, f"screen.command('{cls.id}')", cls.title, id=cls.id, tooltip=cls.help, show=False, system=False
        )


def key_names(keys: str) -> str:
    """Return keys, separated by commas, as keyboards name them: `Ctrl+Q`, `F1`, `Esc`, and characters as they are."""
    return ", ".join(_named(key.strip()) for key in keys.split(",") if key.strip())


def short_key(keys: str) -> str:
    """Return the first of some keys as the line of keys names it: `^q`, `f1`, `esc`, and characters as they are."""
    key = keys.split(",", maxsplit=1)[0].strip()
    *modifiers, last = key.split("+") if key != "+" else [key]
    name = {"escape": "esc", "enter": "enter"}.get(last) or format_key(last)
    return f"^{name}" if modifiers == ["ctrl"] else "+".join([*modifiers, name])


def _named(key: str) -> str:
    *modifiers, last = key.split("+") if key != "+" else [key]
    names = {"escape": "Esc", "enter": "Enter", "pageup": "PageUp", "pagedown": "PageDown"}
    shown = names.get(last) or format_key(last)
    if modifiers or re.fullmatch(r"f\d+", last):
        shown = shown.capitalize()
    return "+".join([*(each.capitalize() for each in modifiers), shown])
