"""`lion-tui log` and `lion-tui branches`: what a session's file holds, for people and for programs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from lion_tui.cli import terminal
from lion_tui.cli.options import KEPT, complete_branch
from lion_tui.cli.reading import read_session
from lion_tui.core.operations.viewing import forked_from
from lion_tui.core.text import cells, plain

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime
    from pathlib import Path

    from lion_tui import Message, Session
    from lion_tui.core.refs import Ref


@click.command(
    epilog="\b\nExamples:\n  lion-tui log joke.parquet\n  lion-tui log joke.parquet --branch drier | less\n"
    "  lion-tui log joke.parquet --json | jq -r .content"
)
@click.argument("file", type=KEPT)
@click.option("--branch", metavar="NAME", shell_complete=complete_branch, help="The branch, if not the current one.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line for each message, with every column.")
def log(file: Path, branch: str | None, as_json: bool) -> None:
    """Print the messages of a branch of FILE, the first one first."""
    session = read_session(file)
    path = (session.get_branch(branch) if branch is not None else session.current).path()  # type: ignore[union-attr]
    if as_json:
        terminal.put("".join(terminal.json_text(record(message)) + "\n" for message in path))
    else:
        terminal.put("\n".join(_shown(message) for message in path))


@click.command(epilog="\b\nExamples:\n  lion-tui branches joke.parquet\n  lion-tui branches joke.parquet --json")
@click.argument("file", type=KEPT)
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line for each branch.")
def branches(file: Path, as_json: bool) -> None:
    """List the branches of FILE; `*` is before the current one.

    HEAD is the end of the last message's id, MESSAGES the length of the branch's path.
    """
    session = read_session(file)
    rows = [_branch(session, ref) for ref in session.state.names().values()]
    if as_json:
        terminal.put("".join(terminal.json_text(row) + "\n" for row in rows))
        return
    head = ("", "NAME", "HEAD", "MESSAGES", "MODEL", "FORKED FROM", "LAST ACTIVITY")
    terminal.put_text(table([head, *(_cells(row) for row in rows)]))


def record(message: Message) -> dict[str, Any]:
    """Return a message as JSON values, every column in its order; times are ISO 8601, UTC."""
    from lion_tui.core.message import COLUMNS

    return {column.name: getattr(message, column.name) for column in COLUMNS}


def _shown(message: Message) -> str:
    """Return a message as a header line and its text."""
    header: list[str] = [message.role]
    if message.sender != message.role:
        header.append(message.sender)
    header.append(_local(message.timestamp))
    if message.status != "complete":
        header.append(message.status)
    text = message.content or (f"({message.error})" if message.error else "")
    title = " · ".join(header)
    if terminal.on_terminal():
        title, text = click.style(plain(title), bold=True), plain(text)
    return f"{title}\n\n{text}{'' if text.endswith(chr(10)) else chr(10)}"


def _local(moment: datetime) -> str:
    return f"{moment.astimezone():%Y-%m-%d %H:%M}"


def _branch(session: Session, ref: Ref) -> dict[str, Any]:
    path = session.branches[ref.name].path()
    origin = forked_from(session.state, ref)
    return {
        "branch": ref.name,
        "branch_id": ref.branch_id,
        "current": session.state.current.branch_id == ref.branch_id,
        "archived": ref.archived,
        "head": ref.head,
        "messages": len(path),
        "model": ref.model or next((each.model for each in reversed(path) if each.model), None),
        "forked_from": origin.name if origin else None,
        "last_activity": path[-1].timestamp if path else None,
    }


def _cells(row: dict[str, Any]) -> tuple[str, ...]:
    last = row["last_activity"]
    return (
        "*" if row["current"] else "",
        row["branch"],
        f"·{row['head'][-4:]}" if row["head"] else "–",
        str(row["messages"]),
        row["model"] or "–",
        row["forked_from"] or "–",
        _local(last) if last else "–",
    )


def table(rows: Sequence[Sequence[str]]) -> str:
    """Return rows of cells as lines whose columns are as wide as they need be."""
    widths = [max(map(cells, column)) for column in zip(*rows, strict=True)]
    lines: Iterable[str] = (
        "  ".join(cell + " " * (width - cells(cell)) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    )
    return "".join(line + "\n" for line in lines)
