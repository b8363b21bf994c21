"""The lines of the sessions screen, before they are drawn."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from lion_tui.app.picker.matching import match
from lion_tui.core.text import plain

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from lion_tui.storage.catalogue import Entry, Found
    from lion_tui.storage.trash import Trashed

_LONGEST_NAME = 200


class SessionRow(NamedTuple):
    """A session.

    Attributes:
        name: What it is called.
        found: Its file.
        entry: What is known of it; None if it was not read yet.
        deleted: Where it is in the trash, if it is there.
        places: Which characters of the name were looked for.
    """

    name: str
    found: Found
    entry: Entry | None
    deleted: Trashed | None = None
    places: tuple[int, ...] = ()

    @property
    def path(self) -> Path:
        """Its file."""
        return Path(self.found.path)

    @property
    def fault(self) -> str:
        """What is wrong with its file; empty for nothing that is known."""
        return self.entry.fault if self.entry else ""

    @property
    def last_at(self) -> int:
        """When it was used last, or deleted, in microseconds since 1970, UTC."""
        if self.deleted:
            return self.deleted.at
        return self.entry.last_at if self.entry else self.found.used_at

    @property
    def proposed(self) -> str:
        """Return what is proposed for its title."""
        return self.name if self.entry and not self.fault else ""


def row_of(found: Found, entry: Entry | None, deleted: Trashed | None = None) -> SessionRow:
    """Return the line of a session's file, of which more may be known."""
    name = entry.name if entry and not entry.fault else Path(found.path).stem
    return SessionRow(" ".join(plain(name[:_LONGEST_NAME]).split()), found, entry, deleted)


def in_order(rows: Iterable[SessionRow]) -> list[SessionRow]:
    """Return the lines with the session that was used last first."""
    return sorted(rows, key=lambda row: row.last_at, reverse=True)


def sift(rows: Sequence[SessionRow], query: str) -> Sequence[SessionRow]:
    """Return the lines whose name or file has what is looked for, those that fit best first; all, if nothing is."""
    if not query:
        return rows
    found = ((match(query, f"{row.name} {row.path.stem}"), row) for row in rows)
    fitting = sorted(((fit, row) for fit, row in found if fit), key=lambda each: each[0].score, reverse=True)
    return [row._replace(places=fit.places) for fit, row in fitting]
