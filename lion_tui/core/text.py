"""Unicode at the door: what enters the core is scalar text, without lone surrogates."""

from __future__ import annotations

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
    """Return `text` without what a terminal would obey: control characters, escape sequences, turned directions."""
    return text.translate(_UNPRINTABLE)
