"""`lion-tui convert` and `lion-tui repair`: a session's file anew, in another form or from what is left of it."""

from __future__ import annotations

import os
import shlex
from typing import TYPE_CHECKING, Any, Final

import click

from lion_tui.cli import terminal
from lion_tui.cli.options import KEPT, SESSION
from lion_tui.cli.reading import read_session
from lion_tui.core.counting import counted
from lion_tui.core.errors import DamagedFile, SaveFailed, UsageError

if TYPE_CHECKING:
    from pathlib import Path

    from lion_tui import Session

_FORMS: Final = (".parquet", ".toml", ".csv", ".json", ".jsonl", ".ndjson")
_MISSING: Final = 4
"""The exit code where something is missing."""


@click.command(
    epilog="\b\nExamples:\n"
    "  lion-tui convert joke.parquet joke.toml\n"
    "  lion-tui convert joke.toml joke.parquet --force\n"
    "  lion-tui convert joke.parquet messages.csv\n"
    "  lion-tui convert messages.jsonl joke.parquet"
)
@click.argument("source", type=KEPT)
@click.argument("target", type=SESSION)
@click.option("--force", is_flag=True, help="Replace TARGET if it is there.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object that says what was written.")
def convert(source: Path, target: Path, force: bool, as_json: bool) -> None:
    """Write the session in SOURCE to TARGET, in the form that the name of TARGET says.

    Between .parquet and .toml nothing is lost: branches, marks, votes, drafts and the undo log go along, and what the
    journal beside SOURCE has counts; one beside TARGET is set aside. A .csv, .json or .jsonl file has the live messages
    and nothing else; from one, each last message ends a branch. SOURCE is only read.
    """
    from lion_tui.storage.tables import is_table

    if target.suffix.lower() not in _FORMS:
        raise UsageError(f"The name {target.name} says no form.", f"Let it end in {', '.join(_FORMS)}.")
    _check_target(source, target, "Name a new file, or add --force to replace it.", force=force)
    session = _messages_of(source) if is_table(source) else read_session(source, report=False)
    with terminal.progress(f"Writing {target.name}"):
        _write(session, target, force=force)
    if as_json:
        terminal.put(terminal.json_text(_written(session, source, target)) + "\n")
    else:
        for sentence in session.report:
            terminal.say(f"{source.name}: {sentence}")
        terminal.say(f"{target} is written: {counts(session)}.")


@click.command(
    epilog="\b\nExamples:\n  lion-tui repair joke.parquet\n  lion-tui repair joke.parquet whole.toml\n\n"
    "\b\nExit codes, besides those of lion-tui:\n  0  nothing is missing\n  4  something is missing, and is named"
)
@click.argument("file", type=KEPT)
@click.argument("out", type=SESSION, required=False)
@click.option(
    "--json", "as_json", is_flag=True, help="Print one JSON object that says what was written and what is not."
)
@click.pass_context
def repair(context: click.Context, /, file: Path, out: Path | None, as_json: bool) -> None:
    """Write what can be read of a damaged FILE to the new file OUT, NAME.repaired.parquet if that is left out.

    FILE is only read, and no file is ever replaced. What is missing is said, a line each.
    """
    from lion_tui.storage.whole import check_extension

    out = out or _repaired(file)
    check_extension(out)
    _check_target(file, out, f"Name a new file: lion-tui repair {shlex.quote(str(file))} OUT")
    session, missing = _salvaged(file)
    with terminal.progress(f"Writing {out.name}"):
        _write(session, out, force=False)
    if as_json:
        terminal.put(terminal.json_text({**_written(session, file, out), "missing": missing}) + "\n")
    else:
        for sentence in session.report:
            terminal.say(f"{file.name}: {sentence}")
        whole = "" if missing else f" Nothing of {file.name} is missing."
        terminal.say(f"{out} is written: {counts(session)}.{whole}")
    context.exit(_MISSING if missing else 0)


def _repaired(file: Path) -> Path:
    """Return the name of what is made of a file, in the same form."""
    known = file.suffix.lower() in {".parquet", ".toml"}
    return file.with_name(f"{file.stem}.repaired{file.suffix}" if known else f"{file.name}.repaired.parquet")


def _salvaged(file: Path) -> tuple[Session, bool]:
    """Return what can be read of a session, and whether something is missing.

    Raises:
        FileError: nothing of it can be read, it is no session, or was written by a later version.
    """
    from lion_tui import Session

    with terminal.progress(f"Reading {file.name}"):
        try:
            session = Session.open(file)
        except DamagedFile:
            return Session.salvage(file), True
    return session, bool(session.journal_found and session.journal_found.lost)


def _messages_of(source: Path) -> Session:
    from lion_tui import Session
    from lion_tui.storage.tables import CSV

    with terminal.progress(f"Reading {source.name}"):
        read = Session.from_csv if source.suffix.lower() in CSV else Session.from_json
        return read(source)


def _check_target(source: Path, target: Path, remedy: str, *, force: bool = False) -> None:
    """Refuse, before anything is read, a target that cannot be meant; `remedy` is what to do if it is there already."""
    if os.path.realpath(source) == os.path.realpath(target):
        raise UsageError(f"{target} is the file that is read.", "Name another one to write.")
    if not force and os.path.lexists(target):
        raise SaveFailed(target, f"{target} is there already.", remedy)


def _write(session: Session, target: Path, *, force: bool) -> None:
    from lion_tui.storage.tables import CSV, is_table

    if not is_table(target):
        session.save(target, overwrite=force)
    elif target.suffix.lower() in CSV:
        session.to_csv_file(target, overwrite=force)
    else:
        session.to_json_file(target, overwrite=force)


def live(session: Session) -> int:
    """Return how many messages of a session live."""
    return sum(map(session.state.tree.alive, range(len(session.state.tree))))


def counts(session: Session) -> str:
    """Return how many messages and branches a session has, for people."""
    messages, branches = live(session), len(session.branches)
    return f"{counted(messages, 'message')}, {counted(branches, 'branch', 'branches')}"


def _written(session: Session, source: Path, target: Path) -> dict[str, Any]:
    """Return what was written, as JSON values."""
    return {
        "source": str(source),
        "file": str(target),
        "format": target.suffix.lower().removeprefix("."),
        "size": target.stat().st_size,
        "messages": live(session),
        "branches": len(session.branches),
        "report": session.report,
    }
