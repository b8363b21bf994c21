"""`lion-tui votes`: how models fared in the votes of a session's file, and the pairs that they make."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from lion_tui.cli import terminal
from lion_tui.cli.options import KEPT, SESSION
from lion_tui.cli.reading import read_session
from lion_tui.cli.show import table
from lion_tui.core.counting import counted

if TYPE_CHECKING:
    from pathlib import Path

    from lion_tui.core.votes import Standing, Vote


@click.command(
    epilog="\b\nExamples:\n  lion-tui votes joke.parquet\n  lion-tui votes joke.parquet --export pairs.jsonl\n"
    "  lion-tui votes joke.parquet --json | jq -r .outcome"
)
@click.argument("file", type=KEPT)
@click.option(
    "--export",
    metavar="PAIRS",
    type=SESSION,
    help="Write each preferred answer with one that it was preferred to, as JSON lines for preference fine-tuning"
    " (DPO), to a new file.",
)
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line for each vote.")
def votes(file: Path, export: Path | None, as_json: bool) -> None:
    """Print how often each model of FILE was voted better than others.

    SHARE is the share of its votes that it won, a tie as half a win, without those that found all answers bad.
    """
    from lion_tui.core.votes import votes_of

    session = read_session(file)
    if export is not None:
        pairs = session.export_preferences(export)
        terminal.say(f"{counted(pairs, 'pair')} written to {export}.")
    if as_json:
        terminal.put("".join(terminal.json_text(_record(vote)) + "\n" for vote in votes_of(session.state)))
    elif export is None:
        head = ("MODEL", "SERVICE", "VOTES", "WINS", "TIES", "LOSSES", "BOTH BAD", "SHARE")
        standings = session.standings()
        terminal.put_text(table([head, *map(_cells, standings)]))
        if not standings and votes_of(session.state):
            terminal.say("So far answers of one model were voted on, which compares no models. --json lists the votes.")
        elif not standings:
            terminal.say("Nothing was voted on yet.")


def _record(vote: Vote) -> dict[str, Any]:
    from lion_tui.core.ids import to_datetime

    return {"vote_id": vote.vote_id, "kind": vote.kind, **vote.entry(), "created_at": to_datetime(vote.created_at)}


def _cells(standing: Standing) -> tuple[str, ...]:
    counts = (standing.votes, standing.wins, standing.ties, standing.losses, standing.both_bad)
    share = "–" if standing.share is None else f"{standing.share:.0%}"
    return (standing.model or "–", standing.service or "–", *map(str, counts), share)
