"""Reading what a terminal pastes: in pieces, where Textual looks at every character, and not without end."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from textual import events
from textual._xterm_parser import XTermParser

from lion_tui.app.composing.draft import LONGEST_DRAFT

if TYPE_CHECKING:
    from collections.abc import Iterable

    from textual.message import Message

_START: Final = "\x1b[200~"
_END: Final = "\x1b[201~"


class PasteReader(XTermParser):
    """Textual's reader of keys, for which 50 MB in brackets take minutes and hundreds of megabytes.

    Of a paste that is longer than a draft may be, the beginning comes, one character too long to be taken in.
    """

    def __init__(self, debug: bool = False) -> None:
        """Begin outside of a paste."""
        super().__init__(debug)
        self._pieces: list[str] | None = None
        self._room = 0
        self._tail = ""

    def feed(self, data: str) -> Iterable[Message]:
        """Take what was read, and yield what it means."""
        if not data:
            yield from super().feed(data)
        while data:
            if self._pieces is None:
                before, start, data = data.partition(_START)
                if before:
                    yield from super().feed(before)
                if start:
                    self._pieces, self._room, self._tail = [], LONGEST_DRAFT + 1, ""
                continue
            content, end, rest = (self._tail + data).partition(_END)
            if not end:
                # Its mark may be cut in two.
                cut = max(0, len(content) - len(_END) + 1)
                content, self._tail = content[:cut], content[cut:]
            self._pieces.append(content[: self._room])
            self._room -= len(self._pieces[-1])
            data = rest
            if end:
                # The null character is left out as Textual does.
                text, self._pieces = "".join(self._pieces).replace("\0", ""), None
                yield events.Paste(text)
