"""`lion-tui export`: a session for readers, for programs that draw, and for models that learn."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click
from click.shell_completion import CompletionItem

from lion_tui.cli import terminal
from lion_tui.cli.options import KEPT, complete_branch
from lion_tui.cli.reading import read_session
from lion_tui.core.counting import counted
from lion_tui.core.errors import SaveFailed, UsageError

if TYPE_CHECKING:
    from lion_tui import Session
    from lion_tui.session.exporting import Choice, Exported
    from lion_tui.storage.exporters import Form

_FORMS: Final = ("md", "html", "outline", "mermaid", "openai", "sharegpt")
_FEWEST: Final = 2


def _complete_word(context: click.Context, parameter: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Return the branches whose name begins so, where some are to be named, and let the shell add files."""
    names = complete_branch(context, parameter, incomplete) if context.params.get("compare") else []
    return [*map(CompletionItem, names), CompletionItem(incomplete, type="file")]


@click.command(
    epilog="\b\nForms:\n"
    "  md        Markdown (.md), each message a quotation\n"
    "  html      one page (.html) that loads nothing and runs nothing\n"
    "  outline   text (.txt), a line for each message, in lanes\n"
    "  mermaid   a Mermaid flowchart (.mmd), runs of messages folded\n"
    "  openai    JSON lines (.jsonl) for fine-tuning, a branch as a model is sent it\n"
    "  sharegpt  the same, as ShareGPT has it\n\n"
    "\b\nExamples:\n"
    "  lion-tui export joke.parquet joke.html\n"
    "  lion-tui export joke.parquet --branch drier | less\n"
    "  lion-tui export joke.parquet all.html --all\n"
    "  lion-tui export joke.parquet both.html --compare main drier\n"
    "  lion-tui export joke.parquet tree.mmd\n"
    "  lion-tui export joke.parquet train.jsonl --all --as sharegpt\n\n"
    "\b\nExit codes, besides those of lion-tui:\n"
    "  0  it is written\n"
    "  2  there is nothing to export, or no such branch or form\n"
    "  3  FILE cannot be read, or TARGET not be written: it may be there already"
)
@click.argument("file", type=KEPT)
@click.argument("words", metavar="[TARGET] [BRANCH]...", nargs=-1, shell_complete=_complete_word)
@click.option("--branch", metavar="NAME", shell_complete=complete_branch, help="The branch, if not the current one.")
@click.option("--all", "everything", is_flag=True, help="All branches, what they share once.")
@click.option("--compare", is_flag=True, help="Two to four BRANCHes side by side, from where they part.")
@click.option("--as", "form", type=click.Choice(_FORMS), help="The form, if the name of TARGET does not say it.")
@click.option("--archived", is_flag=True, help="With --all: archived messages and branches too.")
@click.option("--reasoning", is_flag=True, help="In md and html: what models thought before they answered.")
@click.option("--notes", is_flag=True, help="Your notes on messages, too; not for openai and sharegpt.")
@click.option("--force", is_flag=True, help="Replace TARGET if it is there.")
def export(
    file: Path,
    words: tuple[str, ...],
    branch: str | None,
    everything: bool,
    compare: bool,
    form: Form | None,
    force: bool,
    **also: bool,
) -> None:
    """Write a branch of FILE, or all of them, to TARGET; without TARGET, print it.

    Of outline and mermaid all branches are meant unless --branch or --compare names some; of the others, the current
    one. What is deleted never leaves. Keys, addresses and settings do not, either.
    """
    if (branch is not None and (everything or compare)) or (everything and compare):
        raise UsageError("Only one of --branch, --all and --compare can be meant.", "Leave the others out.")
    from lion_tui.storage.named import checked_path

    session = read_session(file)
    target, branches = _told_apart(session, words, compare=compare)
    if target is not None:
        checked_path(target)
    choice: Choice = {**also, "everything": everything or (_draws(target, form) and not (branch or branches))}  # type: ignore[typeddict-item]  # the options are called so
    of = list(branches) if compare else branch
    if target is None:
        terminal.put_text(session.export_text(form or "md", of, **choice))
        return
    if os.path.realpath(file) == os.path.realpath(target):
        raise UsageError(f"{target} is the file that is read.", "Name another one to write.")
    if not force and os.path.lexists(target):
        raise SaveFailed(target, f"{target} is there already.", "Name a new file, or add --force to replace it.")
    with terminal.progress(f"Writing {target.name}"):
        written = session.export(target, of, form=form, overwrite=force, **choice)
    terminal.say(_said(target, written))


def _told_apart(session: Session, words: tuple[str, ...], *, compare: bool) -> tuple[Path | None, tuple[str, ...]]:
    """Return which of the words names the file to write, if one does, and the others, which name branches.

    Raises:
        UsageError: there are too many, or too few.
    """
    from lion_tui.storage.exporters import says_form

    if not compare:
        if len(words) > 1:
            raise UsageError(f"{words[1]!r} is one argument too many.", "Put --compare before branches.")
        return (Path(words[0]) if words else None), ()
    known = session.state.names()
    # It may stand before the branches or after them; of three words, what is no branch is a file if it has an ending.
    ends = [word for word in words[:1] + words[-1:] if len(words) > _FEWEST or says_form(Path(word))]
    files = [word for word in ends if word not in known and Path(word).suffix]
    branches = tuple(word for word in words if word not in files[:1])
    if len(branches) < _FEWEST:
        raise UsageError("--compare needs two branches at least.", "`lion-tui branches FILE` lists them.")
    return (Path(files[0]) if files else None), branches


def _draws(target: Path | None, form: Form | None) -> bool:
    """Tell whether the form is one that shows how branches part."""
    from lion_tui.storage.exporters import DRAWN, checked_form

    return checked_form(target, form) in DRAWN


def _said(target: Path, written: Exported) -> str:
    many = f"{counted(written.messages, 'message')}, {counted(written.branches, 'branch', 'branches')}"
    left_out = f" {written.left_out:,} archived left out; --archived adds them." if written.left_out else ""
    return f"{target} is written: {many}.{left_out}"
