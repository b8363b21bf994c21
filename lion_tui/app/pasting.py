"""Reading what a terminal sends: pastes in pieces and not without end, and Esc apart from the key after it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from textual import events
from textual._xterm_parser import XTermParser
from textual.keys import _character_to_key

from lion_tui.app.composing.draft import LONGEST_DRAFT

if TYPE_CHECKING:
    from collections.abc import Iterable

    from textual.message import Message

_START: Final = "\x1b[200~"
_END: Final = "\x1b[201~"
_AFTER_ESCAPE: Final = re.compile(r"(?<=\x1b)(?=[^\x00-\x1f\x7f\[\]\\OPX^_])")
"""Between Esc and a character that begins or ends no sequence (ECMA-48 §5.5, §8.3)."""


class PasteReader(XTermParser):
    """Textual's reader of keys, for which 50 MB in brackets take minutes and hundreds of megabytes.

    Of a paste that is longer than a draft may be, the beginning comes, one character too long to be taken in.

    A character that follows Esc within a tenth of a second Textual reads as one key, with Alt. Who types Esc and goes
    on means two.

    Attributes:
        alts: The keys with Alt that mean something, which some terminals send as Esc and a character.
    """

    alts: frozenset[str] = frozenset()

    def __init__(self, debug: bool = False) -> None:
        """Begin outside of a paste."""
        super().__init__(debug)
        self._pieces: list[str] | None = None
        self._room = 0
        self._tail = ""
        self._escaped = False  # whether the last that was read was Esc

    @property
    def waits(self) -> bool:
        """Whether what was read last may go on, or was Esc alone: after `ESCAPE_DELAY`, `tick` decides."""
        return self._timeout_time is not None

    def feed(self, data: str) -> Iterable[Message]:
        """Take what was read, and yield what it means."""
        if not data:
            yield from super().feed(data)
        while data:
            if self._pieces is None:
                before, start, data = data.partition(_START)
                if before:
                    yield from self._read(before)
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

    def _read(self, text: str) -> Iterable[Message]:
        """Take what is no paste."""
        for number, part in enumerate(_AFTER_ESCAPE.split(f"\x1b{text}" if self._escaped else text)):
            alone = number and not self.alts & {f"alt+{part[0]}", f"alt+{_character_to_key(part[0])}"}
            if alone and self._timeout_time is not None:  # still awaited: what may follow Esc in a sequence
                self._timeout_time = 0.0
                yield from self.tick()
            if rest := part[1:] if self._escaped and not number else part:  # with nothing, Textual ends
                yield from super().feed(rest)
        self._escaped = text.endswith("\x1b")
