"""`lion-tui chat`: one question and its answer, on standard output."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Any, NamedTuple

import click

from lion_tui.cli import terminal
from lion_tui.cli.options import KEPT, SESSION, complete_branch, who_answers
from lion_tui.core.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

_EPILOG = """\b
Examples:
  lion-tui chat "Why is the sea salt?"
  git diff | lion-tui chat "Write a commit message for this"
  lion-tui chat < question.txt
  lion-tui chat --save joke.parquet "A short joke about a whale"
  lion-tui chat --open joke.parquet --branch drier "Drier, please"
  lion-tui chat --json "Hello" | jq .usage.tokens_out

\b
--json prints one object:
  answer         the text
  status         complete, stopped, interrupted (a fault after text)
                 or error (a fault before it)
  error          the fault, or null
  finish_reason  stop, length (the cap was reached), or what the
                 service said
  service, model, branch, file
  usage          tokens_in, tokens_out, tokens_cached,
                 tokens_reasoning, cost_usd; null is unknown
  timing         ttft_s and total_s: seconds from sending to the
                 first token and to the end
  session_id, prompt_id, answer_id
"""


class Question(NamedTuple):
    """What is asked, of whom, and where it is kept.

    Attributes:
        prompt: The prompt.
        context: What it is about.
        service: The name of the service.
        model: The model.
        system: The system prompt.
        branch: The branch to ask on.
        base: The file of the session that it belongs to.
        keep: The file to keep it in.
        as_json: Whether the answer is printed as JSON.
        params: Settings of the request.
    """

    prompt: str
    context: str | None
    service: str | None
    model: str | None
    system: str | None
    branch: str | None
    base: Path | None
    keep: Path | None
    as_json: bool
    params: Mapping[str, Any]


@click.command(epilog=_EPILOG)
@click.argument("words", metavar="[PROMPT]...", nargs=-1)
@who_answers
@click.option(
    "--branch",
    metavar="NAME",
    shell_complete=complete_branch,
    help="The branch to ask on; with a new name, a fork of the current one. The current branch stays current.",
)
@click.option(
    "--open",
    "open_path",
    metavar="FILE",
    type=KEPT,
    help="Go on with the session in FILE, and keep the turn in it.",
)
@click.option(
    "--save",
    "save_path",
    metavar="FILE",
    type=SESSION,
    help="Keep the session in the new FILE (.parquet or .toml). The file of --open is only read then; "
    "where both are the same, it is made if there is none.",
)
@click.option("--max-tokens", metavar="N", type=click.IntRange(min=1), help="The cap of the answer, in tokens.")
@click.option("--temperature", metavar="X", type=click.FloatRange(min=0), help="How freely the model chooses, from 0.")
@click.option("--seed", metavar="N", type=int, help="Makes the model's choice repeatable.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object (below) when the answer has ended.")
def chat(words: tuple[str, ...], open_path: Path | None, save_path: Path | None, as_json: bool, **options: Any) -> None:
    """Ask a model and print its answer as it comes.

    Several words are one PROMPT. Standard input, if it is no terminal, is the PROMPT; where there is one, it is what
    the PROMPT is about. The answer, and nothing else, goes to standard output. --service and --model hold for this
    answer; a new session or branch keeps them. Ctrl+C stops the answer; what came is kept.
    """
    prompt, context = _prompt(" ".join(words) if words else None, _standard_input())
    base, keep = _files(open_path, save_path)
    settings = {name: options.pop(name) for name in ("service", "model", "system", "branch")}
    question = Question(prompt, context, base=base, keep=keep, as_json=as_json, params=options, **settings)
    import asyncio

    from lion_tui.cli.asking import ask

    try:
        asyncio.run(ask(question))
    except KeyboardInterrupt:
        terminal.say(f"Stopped. {keep} has what came." if keep and keep.exists() else "Stopped.")
        raise


def _standard_input() -> str | None:
    """Return what is piped in, without the line ends after it; None if nothing is."""
    if sys.stdin is None or sys.stdin.isatty():
        return None
    try:
        text = sys.stdin.buffer.read().decode("utf-8-sig").rstrip("\r\n")
    except UnicodeDecodeError as error:
        raise UsageError("Standard input is not UTF-8 text.", "Convert it to UTF-8 first.") from error
    return text if text.strip() else None


def _prompt(argument: str | None, piped: str | None) -> tuple[str, str | None]:
    """Return the prompt and its context."""
    if argument is not None and argument.strip():
        return argument, piped
    if piped is None:
        raise UsageError("There is no prompt.", 'Give one, as in `lion-tui chat "Hello"`, or pipe it in.')
    return piped, None


def _files(open_path: Path | None, save_path: Path | None) -> tuple[Path | None, Path | None]:
    """Return the file of the session to go on with, and the file to keep it in.

    Raises:
        FileError: the one is not there, or the other is.
    """
    from lion_tui.core.errors import FileError, SaveFailed

    same = (
        open_path is not None and save_path is not None and os.path.realpath(open_path) == os.path.realpath(save_path)
    )
    if same and save_path is not None and not save_path.exists():
        return None, save_path
    if open_path is not None and not open_path.exists():
        remedy = f"Check its name; to begin a session there, add --save {open_path}."
        raise FileError(open_path, f"There is no file {open_path}.", remedy)
    if save_path is not None and save_path.exists() and not same:
        remedy = f"Name a new file, or go on in this one with --open {save_path}."
        raise SaveFailed(save_path, f"{save_path} is there already.", remedy)
    return open_path, open_path if same or save_path is None else save_path
