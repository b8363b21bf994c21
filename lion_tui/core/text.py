"""Text at the doors: what enters the core is Unicode scalar text, what a terminal shows is without control."""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_right
from itertools import accumulate
from typing import Final

from lion_tui.core.errors import UsageError

_HIGH = range(0xD800, 0xDC00)


def scalar(text: str) -> str:
    """Return `text` as Unicode scalar values: surrogate pairs joined, lone surrogates as U+FFFD.

    Raises:
        UsageError: it is not a text.
    """
    if not isinstance(text, str):
        raise UsageError(f"A text is needed, not {text!r}.", "Give it as a str.")
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return str.__str__(text)  # of a subclass, such as a member of a StrEnum, the text alone


class ScalarStream:
    """`scalar` over a text that comes in pieces: a high surrogate at the end of one waits for the next."""

    __slots__ = ("_pending",)

    def __init__(self) -> None:
        """Start with nothing pending."""
        self._pending = ""

    def feed(self, piece: str) -> str:
        """Take the next piece and return what is certain by now."""
        piece = self._pending + piece
        self._pending = ""
        if piece and ord(piece[-1]) in _HIGH:
            self._pending, piece = piece[-1], piece[:-1]
        return scalar(piece)

    def end(self) -> str:
        """Return what was still pending; the stream is at its end."""
        rest, self._pending = scalar(self._pending), ""
        return rest


# C0 but newline and tab, DEL, C1, and the marks that turn the direction of text: none may reach a terminal.
_UNPRINTABLE = dict.fromkeys(
    [
        *range(9),
        *range(11, 32),
        *range(0x7F, 0xA0),
        *range(0x202A, 0x202F),
        *range(0x2066, 0x206A),
        0x200E,
        0x200F,
        0x61C,
    ]
)


def printable(text: str) -> str:
    """Return `text` without the characters that a terminal would obey: control characters, turned directions.

    Of an escape sequence, its letters stay, as text; `plain` takes them too.
    """
    return text.translate(_UNPRINTABLE)


def cells(text: str) -> int:
    """Return how many cells of a terminal a line takes."""
    if text.isascii():
        return len(text)
    wide = sum(unicodedata.east_asian_width(character) in "WF" for character in text)
    return len(text) + wide - sum(unicodedata.combining(character) > 0 for character in text)


def clipped(text: str, width: int) -> str:
    """Return a line cut to so many cells, the last of them `…` if something was cut."""
    if cells(text) <= width:
        return text
    return text[: bisect_right(list(accumulate(map(cells, text))), width - 1)] + "…" if width > 0 else ""


_SEQUENCE: Final = re.compile(
    r"(?:\x1b\[|\x9b)[0-?]*[ -/]*[@-~]"  # ECMA-48 control sequence: colour, cursor, erasing
    r"|(?:\x1b\]|\x9d)[^\x07\x1b\x9c\x9d\n]*(?:\x07|\x1b\\|\x9c)"  # operating system command: title, clipboard, links
    r"|\x1b[ -/]*[0-OQ-WYZ\\`-~]"  # every other escape that does not begin a string
)
_UNFINISHED: Final = r"(?:\x1b\[|\x9b)[0-?]*[ -/]*\Z|(?:\x1b\]|\x9d)[^\x07\x1b\x9c\x9d\n]*\x1b?\Z|\x1b[ -/]*\Z"
# From left to right, as `plain` looks: what is inside a sequence that is not finished begins none.
_WHOLE_OR_UNFINISHED: Final = re.compile(rf"{_SEQUENCE.pattern}|(?P<unfinished>{_UNFINISHED})")
_LONGEST_SEQUENCE: Final = 4096
"""Characters that an escape sequence may have before it counts as text."""


def plain(text: str) -> str:
    """Return `text` without whole escape sequences, and printable."""
    return printable(_SEQUENCE.sub("", text))


class PlainStream:
    """`plain` over a text that comes in pieces: the beginning of an escape sequence waits for its end."""

    __slots__ = ("_pending",)

    def __init__(self) -> None:
        """Start with nothing pending."""
        self._pending = ""

    def feed(self, piece: str) -> str:
        """Take the next piece and return what may be shown by now."""
        text = self._pending + piece
        self._pending = ""
        unfinished = next((found for found in _WHOLE_OR_UNFINISHED.finditer(text) if found["unfinished"]), None)
        if unfinished and len(unfinished[0]) <= _LONGEST_SEQUENCE:
            text, self._pending = text[: unfinished.start()], unfinished[0]
        return plain(text)

    def end(self) -> str:
        """Return what was still pending; the text is at its end."""
        rest, self._pending = plain(self._pending), ""
        return rest
