"""What the composer offers for what is being written: commands, their arguments, and files."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NamedTuple

from lion_tui.app.commands import COMMANDS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from lion_tui.app.composing.files import FileIndex

MOST: Final = 50
"""How many choices are offered at most."""
_COMMAND: Final = re.compile(r"/([\w-]*)")
_ARGUMENT: Final = re.compile(r"/([\w-]+)\s+(\S*)")
_PATHS: Final = {"import": (), "open": (".parquet", ".toml")}
"""The commands that take a file which is there, and what its name ends in; nothing for any."""
_PATH: Final = re.compile(rf"/({'|'.join(_PATHS)})\s+(.*)")
_FILE: Final = re.compile(r"(?:^|(?<=\s))@([^\s@]*)$")


class Choice(NamedTuple):
    """Something that can be taken.

    Attributes:
        text: What is put in.
        shown: How it is listed.
        help: What is said of it.
        file: Whether it is a file, whose contents go along.
    """

    text: str
    shown: str
    help: str = ""
    file: bool = False


class Offer(NamedTuple):
    """Choices for a part of the draft.

    Attributes:
        choices: What can be taken.
        column: Where on the line the part begins that the choice stands for; it ends at the cursor.
        done: Whether that part is the first choice already, so that there is nothing to take.
    """

    choices: Sequence[Choice]
    column: int
    done: bool = False


class Completion:
    """Finds what can be offered."""

    def __init__(self, branches: Callable[[], Iterable[str]], files: FileIndex) -> None:
        """Offer branches of a session and files of a folder.

        Args:
            branches: Returns the names of the branches.
            files: The files.
        """
        self._arguments = {"checkout": branches}
        self.files = files

    def offer(self, line: str, *, first: bool, last: bool) -> Offer | None:
        """Return what can be offered where the cursor is.

        Args:
            line: The line with the cursor, up to it.
            first: Whether it is the first line of the draft.
            last: Whether nothing follows the cursor.
        """
        if first and last and (match := _COMMAND.fullmatch(line)):
            return _named(match[1])
        if first and last and (match := _ARGUMENT.fullmatch(line)) and match[1] in self._arguments:
            names = sorted(name for name in self._arguments[match[1]]() if name.startswith(match[2]))
            return _offer([Choice(name, name) for name in names], match.start(2), match[2])
        if first and last and (match := _PATH.fullmatch(line)):
            return self._paths(match)
        if match := _FILE.search(line):
            names = self.files.search(match[1], MOST)
            return _offer([Choice(name, name, file=True) for name in names], match.start(), None)
        return None

    def _paths(self, match: re.Match[str]) -> Offer | None:
        """Offer files for a command; Enter does it with what is written, which may be a file elsewhere."""
        ending, written = _PATHS[match[1]], match[2]
        names = [name for name in self.files.search(written, MOST) if not ending or name.endswith(ending)]
        if not names or names[0] == written:
            return None
        return Offer([Choice(name, name) for name in names], match.start(2), done=True)

    @staticmethod
    def names_file(line: str) -> bool:
        """Tell whether a file is being named at the end of a line."""
        return (_FILE.search(line) or _PATH.fullmatch(line)) is not None


def _named(prefix: str) -> Offer | None:
    """Offer the commands of a prefix."""
    choices = [
        Choice(f"/{each.id}{' ' if each.argument else ''}", f"/{each.id} {each.argument}".rstrip(), each.help)
        for each in COMMANDS.values()
        if each.argument is not None and each.id.startswith(prefix)
    ]
    return _offer(sorted(choices, key=lambda choice: choice.text), 0, f"/{prefix}")


def _offer(choices: Sequence[Choice], column: int, written: str | None) -> Offer | None:
    """Return an offer, if there is anything in it."""
    return Offer(choices, column, choices[0].text.rstrip() == written) if choices else None
