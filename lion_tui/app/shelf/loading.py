"""The sessions and the trash as lines, read in threads a little at a time."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING, Final

from lion_tui.app.shelf.rows import in_order, row_of
from lion_tui.storage.catalogue import entry_of, found_at, of_this_machine
from lion_tui.storage.trash import in_trash

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lion_tui.app.shelf.rows import SessionRow
    from lion_tui.storage.catalogue import Catalogue

_AT_FIRST_S: Final = 0.1
_AT_A_TIME_S: Final = 0.5
"""How long is read before the list is shown anew: at first what is seen at once, which was used last."""
_KEEP_EVERY_S: Final = 5.0


class Loading:
    """Reads what the lines say. Every method blocks, and is called in a thread; they wait for each other.

    Attributes:
        left: How many files are still to be read.
    """

    def __init__(self) -> None:
        """Begin with nothing."""
        self._lock = threading.RLock()  # a call that nobody waits for any more goes on
        self._catalogue: Catalogue | None = None
        self._rows: dict[str, SessionRow] = {}
        self._kept = time.monotonic()
        self.left = self._many = 0

    def begin(self) -> Sequence[SessionRow]:
        """Look which files there are, and return what is known of them."""
        with self._lock:
            self._catalogue = catalogue = of_this_machine()
            self._rows = {each.path: row_of(each, catalogue.entries.get(each.path)) for each in catalogue.found}
            self.left = self._many = len(catalogue.unread)
            return in_order(self._rows.values())

    def go_on(self) -> Sequence[SessionRow]:
        """Read for a moment, and return what is known then."""
        with self._lock:
            if self._catalogue is None:
                return self.begin()
            until = time.monotonic() + (_AT_FIRST_S if len(self._catalogue.unread) == self._many else _AT_A_TIME_S)
            for entry in self._catalogue.read():
                self._rows[entry.path] = row_of(self._rows[entry.path].found, entry)
                if time.monotonic() > until:
                    break
            self.left = len(self._catalogue.unread)
            if not self._catalogue.unread or time.monotonic() - self._kept > _KEEP_EVERY_S:
                self.keep()
            return in_order(self._rows.values())

    def keep(self) -> None:
        """Keep what was read so far for the next time."""
        with self._lock:
            self._kept = time.monotonic()
            if self._catalogue is not None:
                self._catalogue.keep()

    def trash(self) -> Sequence[SessionRow]:
        """Return what is in the trash."""
        deleted = {str(each.path): each for each in in_trash()}
        found = found_at(each.path for each in deleted.values())
        return in_order(row_of(each, entry_of(each), deleted[each.path]) for each in found)
