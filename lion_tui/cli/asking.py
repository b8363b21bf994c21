"""How `lion-tui chat` asks: the session it belongs to, the answer on its way, and what is kept."""

from __future__ import annotations

import unicodedata
from contextlib import AsyncExitStack, aclosing
from typing import TYPE_CHECKING, Any

from lion_tui import Session
from lion_tui.cli import terminal
from lion_tui.config.left_last import note_left
from lion_tui.core.errors import FileLocked
from lion_tui.core.events import Finished, Waited
from lion_tui.services.choice import service_named, settings_to_ask_by

if TYPE_CHECKING:
    from pathlib import Path

    from lion_tui import Branch, Message
    from lion_tui.cli.chat import Question
    from lion_tui.config.settings import Settings
    from lion_tui.core.events import Event
    from lion_tui.core.inference import Service


async def ask(question: Question) -> None:
    """Ask, print the answer as it comes, and keep it.

    Raises:
        LionError: no answer, or it could not be kept; what was printed and kept by then stays.
    """
    settings, problems = settings_to_ask_by()
    for problem in problems:
        terminal.say(problem)
    # Asked for first, so that a name that is none leaves no trace.
    service = service_named(question.service, settings) if question.service is not None else None
    async with AsyncExitStack() as closing:
        closing.callback(_note, question.keep)
        if service is not None:
            closing.push_async_callback(service.aclose)
        session = _session(question, settings, service)
        closing.push_async_callback(session.aclose)
        for sentence in session.report:
            terminal.say(sentence)
        await _Exchange(session, question, service).run()


def _note(kept: Path | None) -> None:
    """Let a session that is kept in a file be listed, and gone on with, as those that the screen left."""
    if kept is not None and kept.exists():
        note_left(kept)


def _session(question: Question, settings: Settings, service: Service | None) -> Session:
    if question.base is not None and question.base == question.keep:
        return _open(question.base)
    base = Session.open(question.base) if question.base is not None else None
    store = None
    if question.keep is not None:
        from lion_tui.storage import SessionFile

        store, _ = SessionFile.open(question.keep, write=True)
    try:
        session = Session(
            question.system if question.system is not None else settings.system,
            service=service,
            model=question.model,
            default_branch_name=question.branch or "main",
            state=base.state if base else None,
            store=store,
        )
    except BaseException:
        if store is not None:
            store.close()
        raise
    session.report = base.report if base else []
    return session


def _open(path: Path) -> Session:
    try:
        return Session.open(path, write=True)
    except FileLocked as locked:
        remedy = "Close it there, or add --save NEW.parquet to go on in a copy."
        raise FileLocked(path, locked.what, remedy) from locked


class _Exchange:
    """A question and its answer."""

    def __init__(self, session: Session, question: Question, service: Service | None) -> None:
        self._session = session
        self._question = question
        self._service = service
        self._text = terminal.AnswerText()
        self._status = terminal.StatusLine()
        self._answer_id: str | None = None

    async def run(self) -> None:
        """Ask, print, and leave no trace of a question that could not be asked."""
        branch, made = await self._branch()
        unsubscribe = self._session.subscribe(self._watch)
        try:
            await self._print(branch)
        finally:
            unsubscribe()
            self._status.clear()
            if self._answer_id is not None:
                self._report(self._session.message(self._answer_id))
            elif made:
                self._session.undo()

    async def _branch(self) -> tuple[Branch | None, bool]:
        """Return the branch to ask on, None for the current one, and whether it was made now.

        Raises:
            LionError: nobody can be asked on a branch that would have to be made; it is not.
        """
        question = self._question
        if question.branch is None:
            return None, False
        known = self._session.branches.get(unicodedata.normalize("NFC", question.branch))
        if known is not None:
            return known, False
        await self._session.check(service=self._service, model=question.model, **question.params)
        own = {"service": question.service, "model": question.model}
        settings = {name: value for name, value in own.items() if value is not None}
        of = self._session.current.name
        branch = self._session.fork(name=question.branch, **settings)
        terminal.say(f"There was no branch {branch.name!r}: it is made now, from the end of {of!r}.")
        return branch, True

    async def _print(self, branch: Branch | None) -> None:
        question = self._question
        answer = self._session.stream(
            question.prompt,
            branch,
            question.context,
            system=question.system,
            service=self._service,
            model=question.model,
            **question.params,
        )
        async with aclosing(answer) as pieces:
            async for piece in pieces:
                if not question.as_json:
                    self._status.clear()
                    self._text.write(piece)

    def _watch(self, event: Event) -> None:
        match event:
            case Waited(_, why, seconds, detail):
                # The embedded model says by itself that it is fetched.
                pause = f" ({seconds:.0f} s)" if seconds >= 1 else ""
                self._status.show(f"{detail.rstrip('.')}{pause} …", keep=why not in {"fetch", "start"})
            case Finished(_, node_id, _):
                self._answer_id = node_id

    def _report(self, answer: Message) -> None:
        """Print what there is to say when the answer has ended, however it did."""
        if self._question.as_json:
            terminal.put(terminal.json_text(self._record(answer)) + "\n")
            return
        self._text.end()
        if answer.finish_reason == "length" and self._question.params["max_tokens"] is None:
            terminal.say("The service cut the answer at its own cap; --max-tokens sets another.")

    def _record(self, answer: Message) -> dict[str, Any]:
        usage = ("tokens_in", "tokens_out", "tokens_cached", "tokens_reasoning", "cost_usd")
        return {
            "answer": answer.content,
            **{name: getattr(answer, name) for name in ("status", "error", "finish_reason", "service", "model")},
            "branch": answer.branch,
            "file": str(self._question.keep) if self._question.keep else None,
            "usage": {name: getattr(answer, name) for name in usage},
            "timing": {name: getattr(answer, name) for name in ("ttft_s", "total_s")},
            "session_id": self._session.state.session_id,
            "prompt_id": answer.parent_id,
            "answer_id": answer.node_id,
        }
