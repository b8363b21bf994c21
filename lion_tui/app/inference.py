"""Asking models from the screen: in async workers that the program owns, so that no widget's end can stop an answer."""

from __future__ import annotations

import asyncio
import importlib
from contextlib import aclosing, suppress
from typing import TYPE_CHECKING, Any, Protocol

from lion_tui.app.working import begin
from lion_tui.core.changes import Position
from lion_tui.core.errors import KeyMissing, KeyRefused, LionError, ServiceChoiceError
from lion_tui.session.branch import Branch

if TYPE_CHECKING:
    from collections.abc import Coroutine

    from textual.app import App
    from textual.worker import Worker

    from lion_tui.app.opening import Opened
    from lion_tui.app.sending import Written
    from lion_tui.core.inference import Service

_GROUP = "inference"
_ASIDE = "aside"
_LOADED_AHEAD = (
    "httpx",
    "httpx_sse",
    "anyio._backends._asyncio",  # which httpx loads with the first request
    "lion_tui.storage.parquet",  # with which the first answer is saved
    "lion_tui.app.screens.picker",
)


def _load_markdown() -> None:
    from lion_tui.app.transcript.markdown.document import load_ahead

    load_ahead()


class Speaker(Protocol):
    """Who tells the user what no message of the session tells."""

    @property
    def command(self) -> Written | None:
        """What was written of the command that is being done; None if a key does it, or nothing is done."""

    def say_error(self, text: str) -> None:
        """Show an error."""

    def say_note(self, text: str, *, lasting_s: float | None = ..., stays: bool = ...) -> None:
        """Show what was done until something else is, or what is going on; an empty text takes it away."""

    def give_back(self, text: str, position: Position) -> None:
        """Put the text of a prompt that was not sent back to where it was written."""

    def choice_needed(self, error: ServiceChoiceError) -> None:
        """Let the user choose who answers: something was asked and nothing says it."""

    def answers_come(self) -> None:
        """Have ready what answers are drawn with: something is asked for the first time."""

    def status_changed(self) -> None:
        """Show who answers, and what waits."""


class Inference:
    """Runs what a session asks of models.

    Attributes:
        fetches: Whether the embedded model is being fetched ahead, and the user was told so.
    """

    def __init__(self, app: App[None], opened: Opened, speaker: Speaker) -> None:
        """Ask for a session; `app` owns the workers."""
        self._app = app
        self._opened = opened
        self._session = opened.session
        self._speaker = speaker
        self._draining: set[str] = set()
        self._urgent: set[str] = set()
        self._preparing: Worker[None] | None = None
        self.fetches = False
        self._asked = self._ended = False
        self._windows: dict[tuple[str, str], int | None] = {}

    def window(self, branch: Branch | None = None) -> int | None:
        """Return how many tokens the model that answers on a branch can read; None if that is not known, or not yet.

        Each model's service is asked once; what it says is shown when it comes.
        """
        try:
            service, model = self._session.answerer(branch)
        except LionError:
            return None
        key = (service.name, model)
        if key not in self._windows:
            self._windows[key] = None
            # Not among what is waited for at the end: a server may take its time.
            begin(self._app, self._ask_window, service, model, group=_ASIDE)
        return self._windows[key]

    async def _ask_window(self, service: Service, model: str) -> None:
        # Loading the HTTP library would hold the screen up.
        await asyncio.to_thread(importlib.import_module, "httpx")
        with suppress(LionError):  # a service that cannot be asked says so when it is to answer
            windows = {each.id: each.context for each in await service.models()}
            self._windows[service.name, model] = windows.get(model)
            self._speaker.status_changed()

    def run(self, work: Coroutine[Any, Any, Any]) -> Worker[None]:
        """Do something of the session's in a worker; an error that no message keeps is shown."""
        if not self._asked:
            self._asked = True
            self._speaker.answers_come()
        return self._run(work, self._speaker.command)

    def _run(self, work: Coroutine[Any, Any, Any], command: Written | None = None) -> Worker[None]:
        return self._app.run_worker(self._guard(work, command), group=_GROUP, exit_on_error=True)

    def aside(self, work: Coroutine[Any, Any, Any]) -> Worker[None]:
        """As `run`, but nobody waits for it at the end: it is given up then."""
        return self._app.run_worker(self._guard(work, self._speaker.command), group=_ASIDE, exit_on_error=True)

    async def _guard(self, work: Coroutine[Any, Any, Any], command: Written | None) -> None:
        try:
            await work
        except ServiceChoiceError as error:
            self._speaker.choice_needed(error)
        except LionError as error:
            if error.node_id is None:
                self._speaker.say_error(str(error))
                if command is not None:
                    command.give_back()
            elif isinstance(error, KeyMissing | KeyRefused):
                self._speaker.say_note("Ctrl+L, then Ctrl+K, sets a key; R asks again.", lasting_s=None)
        self._speaker.status_changed()

    async def end(self) -> None:
        """Wait until all that runs has ended; the answers were stopped before."""
        self._ended = True
        self.skip_preparation()
        self._app.workers.cancel_group(self._app, _ASIDE)
        running = [worker for worker in self._app.workers if worker.group == _GROUP and worker is not self._preparing]
        if running:  # of none, Textual would take all that there are
            await self._app.workers.wait_for_complete(running)

    def ask(self, text: str, at: Position, *, now: bool = False) -> None:
        """Send a prompt where it was written. One that cannot be sent is given back.

        Args:
            text: The prompt; it may be empty to send those that wait.
            at: Where it was written.
            now: Whether to stop the answer that comes there, and to go before the prompts that wait.
        """
        session, branch_id = self._session, at.branch_id
        if branch_id is None:
            if now:
                session.stop(Branch(session, at))
            if text:
                self.run(self._ask_detached(text, at))
            return
        if text:
            waiting = session.state.queues.get(branch_id, [])
            prompt = session.enqueue(text, Branch(session, at))
            if now:
                session.state.set_queue(branch_id, [prompt, *waiting])
        stopped = now and session.stop(Branch(session, at))
        if branch_id in self._draining and (stopped or not self._comes(at)):
            self._urgent.add(branch_id)  # who sends them ends with the answer that is stopped, or was just before
        self.send_waiting(branch_id)

    def _comes(self, at: Position) -> bool:
        """Tell whether an answer comes there."""
        state = self._session.state
        return state.tree.id(state.head_row(at)) in self._session.streaming

    def send_waiting(self, branch_id: str) -> None:
        """Send the prompts that wait on a branch, unless that is under way."""
        if branch_id in self._session.state.queues and branch_id not in self._draining:
            self._draining.add(branch_id)
            self.run(self._drain(branch_id))

    def sends_waiting(self) -> bool:
        """Tell whether the prompts that wait on the branch that is shown are sent by themselves."""
        return self._session.state.current.branch_id in self._draining

    async def _ask_detached(self, text: str, at: Position) -> None:
        try:
            await self._session.chat(text, Branch(self._session, at))
        except LionError as error:
            if error.node_id is None:
                self._speaker.give_back(text, at)
            raise

    async def _drain(self, branch_id: str) -> None:
        session = self._session
        waiting = session.state.queues.get(branch_id, [])[:1]
        try:
            await session.drain(session.state.refs[branch_id].name)
        except LionError:
            for prompt in waiting:
                if prompt in session.state.queues.get(branch_id, ()):
                    session.unqueue(prompt)
                    self._speaker.give_back(prompt.text, Position(branch_id))
            raise
        finally:
            self._end_draining(branch_id)

    def _end_draining(self, branch_id: str) -> bool:
        """Take over that the prompts of a branch are no more being sent; tell whether they were asked for meanwhile."""
        self._draining.discard(branch_id)
        asked_for = branch_id in self._urgent
        self._urgent.discard(branch_id)
        if asked_for:
            self.send_waiting(branch_id)
        return asked_for

    def replay(self, node_id: str, text: str) -> None:
        """Say a prompt in other words, and the later ones again, one after another, on a branch that is shown."""
        self.run(self._replay(node_id, text))

    async def _replay(self, node_id: str, text: str) -> None:
        session = self._session
        at = session.state.current
        try:
            answer, branch = await session.begin_replay(node_id, text)
        except LionError:
            self._speaker.give_back(text, at)
            raise
        branch_id = branch.branch_id or ""
        self._draining.add(branch_id)
        self._speaker.status_changed()
        try:
            if (await answer.message()).status == "complete":
                await session.drain(branch)
        finally:
            if not self._end_draining(branch_id) and (waiting := len(session.state.queues.get(branch_id, ()))):
                self._speaker.say_note(f"The replay stands still; {waiting} to go. Enter in the composer goes on.")

    def prepare(self) -> None:
        """Find out who answers where the session does not say, and have the embedded model ready if that is who."""
        if not self._ended:
            self._preparing = self._run(self._prepare())

    async def _prepare(self) -> None:
        await asyncio.to_thread(importlib.import_module, "lion_tui.services.choice")
        self._speaker.status_changed()
        # Loading these takes tenths of a second, which the first prompt and its answer need not wait for.
        for module in _LOADED_AHEAD:
            await asyncio.to_thread(importlib.import_module, module)
        await asyncio.to_thread(_load_markdown)
        from lion_tui.services.choice import choose, service_title

        try:
            if self._session.fallback is None and self._opened.service is None:
                self._session.fallback = await choose(None, settings=self._opened.settings, probe_local=True)
            await self._session.check()  # which asks a service for its only model, where it has no default one
            service, model = self._session.answerer()
        except ServiceChoiceError as error:  # nothing was asked yet: it is enough to say so
            self._say_beside_unread(f"{error.what} Ctrl+L chooses who answers.")
        else:
            if self._opened.unread:
                self._say_beside_unread(f"Until it is corrected, {service_title(service.name)} · {model} answers.")
            self._speaker.status_changed()
            await self._make_ready(service)

    def _say_beside_unread(self, who: str) -> None:
        """Say who answers, with all that was said before if settings could not be read that may say something else."""
        unread = self._opened.unread
        notices = [f"{each} {who}" if each == unread else each for each in self._opened.notices]
        self._speaker.say_error("\n".join(notices) if unread else who)

    def prepare_embedded(self, service: Service) -> None:
        """Have the embedded model ready, now that it was chosen."""
        self.skip_preparation()
        self._preparing = self._run(self._make_ready(service))

    async def _make_ready(self, service: Service) -> None:
        """Fetch and start the model that this program runs itself, if that is who answers, and say how far it is."""
        from lion_tui.services.local import Local

        if isinstance(service, Local):
            try:
                async with aclosing(service.prepare()) as preparation:
                    async for waiting in preparation:
                        # To start it takes a moment, for which Esc is not to mean something else.
                        self.fetches = waiting.why == "fetch"
                        skips = " · esc skips" if self.fetches else ""
                        self._speaker.say_note(f"{waiting.detail}{skips}", lasting_s=None, stays=True)
                        self._speaker.status_changed()
            finally:
                self.fetches = False
                self._speaker.status_changed()
            self._speaker.say_note("")

    def skip_preparation(self) -> bool:
        """End the preparation of the embedded model; tell whether it was under way."""
        under_way = self._preparing is not None and not self._preparing.is_finished
        if under_way and self._preparing:
            self._preparing.cancel()
        return under_way
