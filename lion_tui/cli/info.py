"""`lion-tui info`: what a session's file holds, at a glance."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import click

from lion_tui.cli import terminal
from lion_tui.cli.options import KEPT
from lion_tui.cli.reading import read_session
from lion_tui.core.counting import counted

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from lion_tui import Session

_TOKENS: Final = ("tokens_in", "tokens_out", "tokens_cached", "tokens_reasoning")
_NAME_CELLS: Final = 10


@click.command(epilog="\b\nExamples:\n  lion-tui info joke.parquet\n  lion-tui info joke.parquet --json | jq .cost_usd")
@click.argument("file", type=KEPT)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object; null is unknown.")
def info(file: Path, as_json: bool) -> None:
    """Print what FILE holds: messages, branches, models, what they took, and the state of its journal.

    Tokens and cost are those of all answers, deleted ones too, as far as their services said. The journal has what was
    done since the file was last written; what it has counts.
    """
    found = _found(file, read_session(file, report=False))
    if as_json:
        terminal.put(terminal.json_text(found) + "\n")
    else:
        terminal.put_text("".join(f"{name:{_NAME_CELLS}}  {text}\n" for name, text in _lines(found)))


def _found(file: Path, session: Session) -> dict[str, Any]:
    """Return what there is to say, as JSON values."""
    from lion_tui.core.ids import to_datetime
    from lion_tui.core.summary import summarize
    from lion_tui.storage.lock import holder_of, lock_of
    from lion_tui.storage.whole import format_of

    state, tree = session.state, session.state.tree
    summary = summarize(tree.columns())
    holder = holder_of(lock_of(file))
    return {
        "file": str(file),
        "title": state.title or None,
        "first_prompt": summary.title or None,
        "session_id": state.session_id,
        "format": format_of(file),
        "size": file.stat().st_size,
        "messages": summary.messages,
        "deleted": len(tree) - summary.messages,
        "branches": list(session.branches),
        "current": None if session.current.detached else session.current.name,
        "models": list(dict.fromkeys(model for model in tree.listed["model"] if model)),
        **{name: _sum(tree.listed[name]) for name in (*_TOKENS, "cost_usd")},
        "created": to_datetime(state.created_at),
        "last_activity": to_datetime(summary.last_at) if summary.last_at else None,
        "last_operation": state.op,
        "journal": session.journal_found and session.journal_found._asdict(),
        "open_in": holder and holder._asdict(),
        "report": session.report,
    }


def _sum(values: list[Any]) -> Any:
    """Return the sum of what is known; None if nothing is."""
    known = [value for value in values if value is not None]
    return sum(known) if known else None


def _lines(found: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield the same for people, each with its name."""
    yield "file", found["file"]
    yield "title", found["title"] or (f"– ({found['first_prompt']})" if found["first_prompt"] else "–")
    yield "id", found["session_id"]
    yield "format", f"{found['format']}, {found['size']:,} bytes"
    yield "messages", f"{found['messages']:,}" + (f", and {found['deleted']:,} deleted" if found["deleted"] else "")
    names = [f"*{name}" if name == found["current"] else name for name in found["branches"]]
    yield "branches", f"{len(names):,}: {', '.join(names)}" if names else "0"
    yield "models", ", ".join(found["models"]) or "–"
    tokens = [f"{found[name]:,} {name.removeprefix('tokens_')}" for name in _TOKENS if found[name] is not None]
    yield "tokens", ", ".join(tokens) or "–"
    yield "cost", "–" if found["cost_usd"] is None else f"${found['cost_usd']:.4f}"
    yield "created", _local(found["created"])
    yield "last", _local(found["last_activity"]) if found["last_activity"] else "–"
    yield "journal", _journal(found["journal"])
    if found["open_in"]:
        yield "open in", f"process {found['open_in']['pid']} on {found['open_in']['host']}"
    for sentence in found["report"]:
        yield "note", sentence


def _local(moment: Any) -> str:
    return f"{moment.astimezone():%Y-%m-%d %H:%M:%S}"


def _journal(found: Mapping[str, Any] | None) -> str:
    if found is None:
        return "none"
    many = found["operations"]
    what = f"{counted(many, 'operation')} that the file does not have yet" if many else "nothing new"
    return f"{found['size']:,} bytes, {what}{', and more that cannot be used' if found['lost'] else ''}"
