"""`lion-tui ls`: the sessions of this machine, for people and for programs."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import click

from lion_tui.cli import terminal
from lion_tui.core.text import cells, clipped, plain

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from lion_tui.storage.catalogue import Catalogue, Entry, Found

_TOLD_AFTER_S: Final = 1.0
_LEAST_TITLE: Final = 24
"""Cells that the title has at least, if that costs other columns."""
_SEPARATORS: Final = str.maketrans("\t\n\r", "   ")
_MODEL: Final = 20
"""Cells that a model's name has at most."""
_LEAST_FILE: Final = 24
"""Cells that a file's name has at least: those of the data folder stand whole."""
_COLUMNS: Final = ("", "TITLE", "LAST USED", "MESSAGES", "BRANCHES", "MODEL", "COST", "SIZE", "FILE")
_TO_THE_RIGHT: Final = frozenset({"MESSAGES", "BRANCHES", "COST", "SIZE"})
_LEFT_OUT: Final = ("SIZE", "BRANCHES", "COST", "MODEL", "MESSAGES", "FILE")
"""Which columns a narrow terminal goes without, in that order."""


@click.command(
    name="ls",
    epilog="\b\nExamples:\n"
    "  lion-tui ls\n"
    "  lion-tui ls merge polars\n"
    "  lion-tui ls --sort cost | head\n"
    '  lion-tui open "$(lion-tui ls whale | head -1 | cut -f1)"\n'
    "  lion-tui ls --json | jq -r 'select(.fault) | .path'",
)
@click.argument("words", nargs=-1, metavar="[WORD]...")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line for each session.")
@click.option(
    "--sort",
    type=click.Choice(["used", "title", "messages", "branches", "cost", "size"]),
    default="used",
    show_default=True,
    help="What comes first: the latest, the first letter, the most.",
)
def ls(words: tuple[str, ...], as_json: bool, sort: str) -> None:
    """List the sessions, the one used last first.

    They are those of the data folder, and those elsewhere that the screen or `chat` had open. With WORDs, only
    those that have all of them in their title, file name or models.

    On a terminal, `*` is before a session that is open, and `!` before a file that cannot be read. Elsewhere a line
    has, with tabs between: the file, when it was used last (UTC), the title, how many messages and branches there are,
    the models, the cost in US dollars, the bytes, and what is wrong with the file.
    """
    from lion_tui.storage.catalogue import of_this_machine

    catalogue = of_this_machine()
    _read(catalogue)
    rows = [_Row(found, catalogue.entries[found.path]) for found in catalogue.found]
    rows = sorted((row for row in rows if row.has(words)), key=_ORDERS[sort])
    if not rows:
        terminal.say(f"No session has {' and '.join(map(repr, words))}." if words else "There is no session yet.")
    elif as_json:
        terminal.put("".join(terminal.json_text(row.values()) + "\n" for row in rows))
    elif terminal.on_terminal():
        import shutil

        terminal.put(table(rows, shutil.get_terminal_size().columns))
    else:
        terminal.put("".join("\t".join(row.fields()) + "\n" for row in rows))


def _read(catalogue: Catalogue) -> None:
    """Read what nothing is known of yet; if that takes its time, say how far it is."""
    status, began, many = terminal.StatusLine(), time.monotonic(), len(catalogue.unread)
    try:
        for at, _ in enumerate(catalogue.read(), 1):
            if time.monotonic() - began > _TOLD_AFTER_S and not at % 50:
                status.show(f"Reading sessions: {at} of {many}")
    finally:
        status.clear()
        catalogue.keep()


class _Row(NamedTuple):
    """A session's file, and what is known of it."""

    found: Found
    entry: Entry

    def has(self, words: Sequence[str]) -> bool:
        """Tell whether all the words are in it."""
        text = "\n".join((self.entry.name, self.entry.path, *self.entry.derived.models)).casefold() if words else ""
        return all(word.casefold() in text for word in words)

    def values(self) -> dict[str, Any]:
        """Return all that is known as JSON values."""
        from lion_tui.core.moments import moment

        entry, holder = self.entry, self.found.holder
        return {
            "path": entry.path,
            "title": entry.title or None,
            "first_prompt": entry.derived.title or None,
            "last_used": moment(entry.last_at),
            "messages": entry.derived.messages,
            "branches": entry.branches,
            "models": list(entry.derived.models),
            "cost_usd": entry.derived.cost_usd,
            "size": entry.size,
            "open_in": holder._asdict() if holder else None,
            "fault": entry.fault or None,
        }

    def fields(self) -> tuple[str, ...]:
        """Return what a line of a pipe has."""
        from lion_tui.core.ids import to_datetime

        entry, derived = self.entry, self.entry.derived
        texts = (
            entry.path,
            f"{to_datetime(entry.last_at):%Y-%m-%dT%H:%M:%SZ}",
            entry.name,
            str(derived.messages),
            str(entry.branches),
            ",".join(derived.models),
            "" if derived.cost_usd is None else f"{derived.cost_usd:.6f}",
            str(entry.size),
            entry.fault,
        )
        return tuple(text if text.isprintable() else text.translate(_SEPARATORS) for text in texts)

    def cells(self, now: int) -> dict[str, str]:
        """Return what a line of the table has."""
        from lion_tui.core.moments import said_when
        from lion_tui.storage.kept import listed_name

        entry, derived = self.entry, self.entry.derived
        shown = {
            "": "!" if entry.fault else "*" if self.found.holder else "",
            "TITLE": entry.fault or entry.name,
            "LAST USED": said_when(entry.last_at, now),
            "SIZE": _bytes(entry.size),
            "FILE": listed_name(Path(entry.path)),
        }
        if not entry.fault:
            shown |= {
                "MESSAGES": str(derived.messages),
                "BRANCHES": str(entry.branches),
                "MODEL": clipped(derived.models[0].rpartition("/")[2], _MODEL) if derived.models else "–",
                "COST": "–" if derived.cost_usd is None else f"${derived.cost_usd:.4f}",
            }
        return {name: " ".join(plain(shown.get(name, "")).split()) for name in _COLUMNS}


_ORDERS: Final[dict[str, Callable[[_Row], Any]]] = {
    "used": lambda row: -row.entry.last_at,
    "title": lambda row: row.entry.name.casefold(),
    "messages": lambda row: -row.entry.derived.messages,
    "branches": lambda row: -row.entry.branches,
    "cost": lambda row: -(row.entry.derived.cost_usd or 0),
    "size": lambda row: -row.entry.size,
}


def table(rows: Sequence[_Row], width: int) -> str:
    """Return sessions as lines of so many cells; what has no room is left out, and the title takes what is left."""
    from lion_tui.core.ids import now_us

    now, most = now_us(), max(_LEAST_FILE, width // 3)
    lines = [{name: name for name in _COLUMNS}, *(row.cells(now) for row in rows)]
    for line in lines:
        if cells(line["FILE"]) > most:  # its end tells files apart, and names it
            line["FILE"] = f"…{clipped(line['FILE'][::-1], most)[-2::-1]}"
    widths = {name: max(cells(line[name]) for line in lines) for name in _COLUMNS if name != "TITLE"}
    if not widths[""]:
        del widths[""]
    gaps = {name: 2 if name else 1 for name in widths}
    for name in _LEFT_OUT:
        if width - sum(widths[each] + gaps[each] for each in widths) >= _LEAST_TITLE:
            break
        del widths[name]
    longest = max(cells(line["TITLE"]) for line in lines)
    widths["TITLE"] = min(longest, max(8, width - sum(widths[each] + gaps[each] for each in widths)))
    shown = [name for name in _COLUMNS if name in widths]
    return "".join(_line(line, shown, widths) for line in lines)


def _line(line: dict[str, str], shown: Sequence[str], widths: dict[str, int]) -> str:
    text = ""
    for name in shown:
        cell = clipped(line[name], widths[name])
        space = " " * (widths[name] - cells(cell))
        text += (space + cell if name in _TO_THE_RIGHT else cell + space) + ("  " if name else " ")
    return text.rstrip() + "\n"


def _bytes(size: int) -> str:
    for unit in ("B", "kB", "MB"):
        if size < 1_000:
            return f"{size:.0f} {unit}"
        size /= 1_000  # type: ignore[assignment]  # from here on it is a fraction
    return f"{size:.1f} GB"
