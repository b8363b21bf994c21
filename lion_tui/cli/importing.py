"""`lion-tui import`: conversations of other programs, each as a session of its own."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, Final

import click

from lion_tui.cli import terminal
from lion_tui.cli.options import SESSION
from lion_tui.core.errors import FileError, SaveFailed, UsageError

if TYPE_CHECKING:
    from pathlib import Path

    from lion_tui import Session
    from lion_tui.session.importing import ImportedSessions, Kept
    from lion_tui.storage.importers import Conversation, Skipped

_MISSING: Final = 4
"""The exit code where something is missing."""
_UNREADABLE: Final = 3
_TOLD_EVERY_S: Final = 1.0


@click.command(
    name="import",
    epilog="\b\nExamples:\n"
    "  lion-tui import conversations.json            # of ChatGPT or Claude, also inside the .zip\n"
    "  lion-tui import conversations.json --list\n"
    "  lion-tui import conversations.json --title 'pasta recipe'\n"
    "  lion-tui import ~/.config/io.datasette.llm/logs.db\n"
    "  lion-tui import ~/.local/share/gptme/logs\n"
    "  lion-tui import chat.jsonl --into ~/chats --json\n\n"
    "\b\nExit codes, besides those of lion-tui:\n"
    "  0  all that was chosen is there, also if it was there before\n"
    "  4  something could not be imported, and is named",
)
@click.argument("sources", metavar="SOURCE...", nargs=-1, required=True, type=SESSION)
@click.option("--into", metavar="FOLDER", type=SESSION, help="Where the files go; that of the sessions.")
@click.option("--title", "words", metavar="WORDS", help="Only conversations with all of these words in their title.")
@click.option(
    "--id", "ids", metavar="ID", multiple=True, help="Only the conversation that SOURCE calls so; repeatable."
)
@click.option("--list", "listing", is_flag=True, help="Say what is in SOURCE, and write nothing.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line for each conversation.")
@click.pass_context
def import_(
    context: click.Context,
    /,
    sources: tuple[Path, ...],
    into: Path | None,
    words: str | None,
    ids: tuple[str, ...],
    listing: bool,
    as_json: bool,
) -> None:
    """Make a session of each conversation that another program exported, or keeps, with all its branches.

    SOURCE is an export of ChatGPT, Claude, Open WebUI, LibreChat, SillyTavern or Chatbot UI, messages as ShareGPT or
    OpenAI have them, a log of llm, a session of pi, tau, llama.cpp or gptme, or a folder of these; its content says
    which. It is only read. What was imported before is not written again, and no file is ever replaced.

    The branch that was shown there is `main`, each other end is a branch `main.n`. On a pipe a line has, with tabs
    between: the file (with --list, the id), the title, how many messages and branches there are, and `new` or `there`.
    """
    from lion_tui.config.paths import sessions_dir

    work = _Import(None if listing else _made(into or sessions_dir()), (words or "").casefold().split(), ids, as_json)
    failed = False
    for source in sources:
        try:
            work.read(source)
        except SaveFailed:
            raise
        except FileError as error:
            if len(sources) == 1:
                raise
            terminal.say(f"{error}" if source.name in error.what else f"{source}: {error}")
            failed = True
    if not (work.found or failed or work.missing) and (words or ids):
        raise UsageError("No conversation is called so.", "--list says what there is.")
    work.tell_missing()
    context.exit(_UNREADABLE if failed and not work.found else _MISSING if failed or work.missing else 0)


def _made(folder: Path) -> Path:
    """Return a folder that is there.

    Raises:
        SaveFailed: it cannot be made.
    """
    from lion_tui.storage.atomic import save_failed

    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        raise save_failed(folder, error) from error
    return folder


class _Import:
    """What is done with each source.

    Attributes:
        found: How many conversations there were that were asked for.
        missing: How many things could not be imported.
    """

    def __init__(self, folder: Path | None, words: list[str], ids: tuple[str, ...], as_json: bool) -> None:
        """Begin; without a folder nothing is written."""
        from lion_tui.session.importing import Keeping

        self._keeping = Keeping(folder) if folder else None
        self._words = words
        self._ids = frozenset(ids)
        self._ids_found: set[str] = set()
        self._json = as_json
        self._status = terminal.StatusLine()
        self._seen = 0
        self._told = time.monotonic()
        self.found = 0
        self.missing = 0

    def read(self, source: Path) -> None:
        """Import what a source has, and say so, a line each."""
        from lion_tui.session.importing import import_conversations

        sessions = import_conversations(source, wanted=lambda each: self._wants(each, source))
        found, missing = self.found, self.missing
        try:
            for session in sessions:
                self.found += 1
                self._status.clear()
                self._say(session, self._keeping.keep(session) if self._keeping else None)
                self._told = time.monotonic()
                self._tell_skipped(sessions, source)
        finally:
            self._status.clear()
            self._tell_skipped(sessions, source)
        if self.missing > missing and self._keeping and not self._json:
            _tell_others(self.found - found, source)

    def tell_missing(self) -> None:
        """Say which of the conversations that were asked for by their ids are not there."""
        for each in sorted(self._ids - self._ids_found):
            self.missing += 1
            if self._json:
                terminal.put(terminal.json_text({"id": each, "state": "missing"}) + "\n")
            else:
                terminal.say(f"There is no conversation {each}. --list says what there is.")

    def _wants(self, conversation: Conversation, source: Path) -> bool:
        self._seen += 1
        if time.monotonic() - self._told > _TOLD_EVERY_S:
            self._status.show(f"Reading {source.name}: {self._seen:,} conversations")
        self._ids_found.add(conversation.id)
        return self._is_asked_for(conversation.title, conversation.id)

    def _is_asked_for(self, title: str, called: str) -> bool:
        return self._has_words(title) and (not self._ids or called in self._ids)

    def _has_words(self, title: str) -> bool:
        title = title.casefold()
        return all(word in title for word in self._words)

    def _tell_skipped(self, sessions: ImportedSessions, source: Path) -> None:
        for skipped in sessions.skipped:
            self._ids_found.add(skipped.id)
            if not (skipped.of_file or self._is_asked_for(skipped.title, skipped.id)):
                continue
            self.missing |= not skipped.empty
            if self._json:
                terminal.put(terminal.json_text({"source": str(source), **_skipped(skipped)}) + "\n")
            elif skipped.mended:
                terminal.say(f"{skipped.title}: {skipped.why}")
            else:
                terminal.say(f"Not imported: {skipped.title}. {skipped.why}")
        sessions.skipped.clear()

    def _say(self, session: Session, kept: Kept | None) -> None:
        from lion_tui.cli.convert import counts, live
        from lion_tui.core.titles import derived_title
        from lion_tui.storage.importers import ORIGIN
        from lion_tui.storage.kept import listed_name

        origin = session.state.extra[ORIGIN]
        title = session.title or derived_title(session.state.tree) or "without a title"
        where = str(kept.path) if kept else str(origin["id"])
        state = "listed" if kept is None else "new" if kept.new else "there"
        if self._json:
            values = {
                "file": where if kept else None,
                "title": session.title or None,
                "messages": live(session),
                "branches": len(session.branches),
                "from": origin["from"],
                "id": origin["id"],
                "state": state,
                "report": session.report,
            }
            terminal.put(terminal.json_text(values) + "\n")
            return
        if terminal.on_terminal():
            there = " (was there)" if state == "there" else ""
            shown = listed_name(kept.path) if kept else where
            terminal.put_text(f"{title}: {counts(session)}, {shown}{there}\n")
        else:
            fields = (where, title, str(live(session)), str(len(session.branches)), state)
            terminal.put("\t".join(" ".join(field.split()) for field in fields) + "\n")
        for sentence in session.report:
            terminal.say(f"{title}: {sentence}")


def _tell_others(count: int, source: Path) -> None:
    """Say that not all of a source is missing."""
    if count:
        others = "other conversation" if count == 1 else f"other {count:,} conversations"
        terminal.say(f"The {others} of {source.name} {'was' if count == 1 else 'were'} imported.")


def _skipped(skipped: Skipped) -> dict[str, Any]:
    return {"title": skipped.title, "state": "empty" if skipped.empty else "skipped", "why": skipped.why}
