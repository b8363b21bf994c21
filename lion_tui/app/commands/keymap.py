"""The user's keys, checked: Textual itself takes any name for a command and any text for a key."""

from __future__ import annotations

import difflib
import unicodedata
from typing import TYPE_CHECKING, Final

from textual.keys import KEY_NAME_REPLACEMENTS, Keys

from lion_tui.app.commands import COMMANDS, DIGITS
from lion_tui.config.settings import FILE_NAME

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from lion_tui.app.commands.command import Scope

SCROLLING: Final = {"page-up": "pageup", "page-down": "pagedown", "home": "ctrl+home", "end": "ctrl+end"}
"""The ids and keys of what only scrolls."""

_SENT_AS: Final = {
    "ctrl+m": "enter", "ctrl+i": "tab", "ctrl+h": "backspace", "ctrl+left_square_bracket": "escape", "ctrl+[": "escape",
}  # fmt: skip
_MODIFIERS: Final = {"ctrl", "alt", "shift", "super", "meta", "hyper"}
_NAMES: Final = {key.value for key in Keys} | set(KEY_NAME_REPLACEMENTS.values())


def checked_keymap(keymap: Mapping[str, str]) -> tuple[dict[str, str], list[str]]:
    """Return the keys that can be used, by the id of what they do, and a sentence for each that cannot.

    Args:
        keymap: Keys by id, several separated by commas.
    """
    own = {command.id: command.keys for command in COMMANDS.values() if command.keys} | SCROLLING | DIGITS
    good: dict[str, str] = {}
    problems: list[str] = []
    for name, keys in keymap.items():
        if name not in own:
            near = difflib.get_close_matches(name, own, n=1)
            hint = f"Did you mean {near[0]}?" if near else "`lion-tui keys` lists them."
            problems.append(f"{FILE_NAME}: keymap.{name}: there is no such command. {hint}")
        elif fault := _fault(name, _split(keys)):
            problems.append(f"{FILE_NAME}: keymap.{name}: {fault}.")
        else:
            good[name] = keys
    # Each clash takes one key of the user's out; what then has its old key again may clash with another.
    while clash := _clash(own | good, good):
        name, key, other = clash
        problems.append(f"{FILE_NAME}: keymap.{name}: {key} is the key of {other}.")
        del good[name]
    return good, problems


def key_lines(keymap: Mapping[str, str]) -> tuple[list[str], list[str]]:
    """Return a line for each command (its id, its keys or slash form, what it does), and as `checked_keymap` problems.

    Args:
        keymap: The user's keys by id.
    """
    good, problems = checked_keymap(keymap)
    rows = []
    for command in COMMANDS.values():
        keys = command.key_names(good)
        slash = "" if command.argument is None else f"/{command.id} {command.argument}".rstrip()
        rows.append((command.id, ", ".join(filter(None, (keys, slash))), command.help))
    widths = [max(len(row[column]) for row in rows) for column in (0, 1)]
    return [f"{name:{widths[0]}}  {keys:{widths[1]}}  {text}" for name, keys, text in rows], problems


def _split(keys: str) -> list[str]:
    return [key.strip() for key in keys.split(",") if key.strip()]


def _fault(name: str, keys: list[str]) -> str | None:
    """Return what is wrong with the keys of a command."""
    if not keys:
        return "a key is expected"
    for key in keys:
        if key in _SENT_AS:
            return f"a terminal sends {key} as {_SENT_AS[key]}"
        if not _is_key(key):
            return f"there is no key {key!r}"
        if len(key) == 1 and _scope(name) != "browse":
            return f"{key} would be typed into the composer"
    return None


def _scope(name: str) -> Scope:
    if name in DIGITS:
        return "browse"
    return "everywhere" if name in SCROLLING else COMMANDS[name].scope


def _is_key(key: str) -> bool:
    *modifiers, last = key.split("+") if key != "+" else [key]
    if not _MODIFIERS.issuperset(modifiers):
        return False
    if len(last) == 1 or last in _NAMES:
        return True
    try:
        unicodedata.lookup(last.replace("_", " "))
    except KeyError:
        return False
    return True


def _clash(keymap: Mapping[str, str], changed: Iterable[str]) -> tuple[str, str, str] | None:
    """Return a changed command, a key of it, and another command with that key."""
    for name in changed:
        for key in _split(keymap[name]):
            for other, keys in keymap.items():
                apart = {_scope(name), _scope(other)} == {"browse", "compose"}
                if other != name and not apart and key in _split(keys):
                    return name, key, other
    return None
