"""Answers while they come: each runs in a task of its own, writes into the session, and ends exactly once."""

from __future__ import annotations

import asyncio
import json
import time
from contextlib import aclosing
from typing import TYPE_CHECKING

from lion_tui.core.errors import LionError, StreamCut
from lion_tui.core.events import Streamed, Waited
from lion_tui.core.inference import Delta, Done, Waiting
from lion_tui.core.stored import dump_json
from lion_tui.core.text import ScalarStream, scalar

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Awaitable, Callable, Iterable, Mapping

    from lion_tui.core.inference import Request, Service
    from lion_tui.core.merged import Paths
    from lion_tui.core.message import Json, Message, Status
    from lion_tui.core.state import State
    from lion_tui.session.answering import Answerer


class Answer:
    """One answer that comes.

    Attributes:
        node_id: Its message.
        waits_for: What it waits for before it begins; empty once it has begun, and where nothing is waited for.
    """

    def __init__(self, state: State, row: int, service: Service, request: Request) -> None:
        """Prepare an answer in the row `row`, which has the status `streaming`."""
        self._state = state
        self._row = row
        self._service = service
        self._request = request
        self.node_id = state.tree.node_id[row]
        self._began = time.perf_counter()
        self._first: float | None = None
        self._text, self._reasoning = ScalarStream(), ScalarStream()
        self._new: list[tuple[str, str]] = []  # text and reasoning that came and are not in the message yet
        self._gathers = False
        self._pieces: asyncio.Queue[str | None] = asyncio.Queue()
        self.waits_for = ""
        self.ended = False
        self._receiving = False
        self.task: asyncio.Task[None] | None = None

    def start(self, afterwards: Callable[[], Awaitable[None]]) -> None:
        """Begin, in a task; `afterwards` is awaited in it when the answer has ended, however it did."""
        self.task = asyncio.create_task(self._run(afterwards), name=f"answer {self.node_id}")
        self.task.add_done_callback(self._close)

    def view(self) -> Message:
        """Return the message as it is now."""
        return self._state.tree.message(self._row)

    async def message(self) -> Message:
        """Wait for the end and return the message.

        A cancelled wait stops the answer; its text is kept.

        Raises:
            LionError: the answer failed, or could not be saved.
        """
        if self.task is None:
            raise RuntimeError("The answer was not started.")
        try:
            await asyncio.wait([self.task])
        except asyncio.CancelledError:
            await self._abandon(self.task)
            raise
        self.task.result()
        return self.view()

    async def pieces(self) -> AsyncGenerator[str]:
        """Yield the text as it comes; left early, the answer is stopped and its text kept."""
        if self.task is None:
            raise RuntimeError("The answer was not started.")
        try:
            while (piece := await self._pieces.get()) is not None:
                yield piece
        finally:
            await self._abandon(self.task)
        self.task.result()

    async def _abandon(self, task: asyncio.Task[None]) -> None:
        self.stop()
        await asyncio.wait([task])

    def stop(self) -> None:
        """End the answer now and keep its text; an answer that has ended stays as it is."""
        if not self.ended:
            self._end("stopped")
            if self.task is not None and self._receiving:
                self.task.cancel()

    async def _run(self, afterwards: Callable[[], Awaitable[None]]) -> None:
        try:
            if not self.ended:
                self._receiving = True
                await self._receive()
        except asyncio.CancelledError:
            self._end("stopped")
        except BaseException as fault:
            # Whatever went wrong, the message must not be left open; the caller gets the fault itself.
            self._fail(fault)
            try:
                await afterwards()
            except LionError as unsaved:
                fault.add_note(str(unsaved))
            raise
        finally:
            self._receiving = False
            self._pieces.put_nowait(None)
        await afterwards()

    def _close(self, task: asyncio.Task[None]) -> None:
        """See to it that an answer is not left open whose task the loop cancelled before it had begun."""
        self._end("stopped")
        self._pieces.put_nowait(None)
        if not task.cancelled():
            task.exception()  # noted in the message; retrieved, so that the loop does not print it on the screen

    async def _receive(self) -> None:
        soon = asyncio.get_running_loop().call_soon
        async with aclosing(self._service.stream(self._request)) as events:
            async for event in events:
                if self.ended:
                    return
                match event:
                    case Delta(text, reasoning):
                        self.waits_for = ""
                        self._take(self._text.feed(text), self._reasoning.feed(reasoning))
                        if not self._gathers:
                            # One read may bring many: the first is written now, the others in one piece.
                            self._write()
                            self._gathers = True
                            soon(self._write_gathered)
                    case Waiting(why, seconds, detail):
                        self.waits_for = detail
                        self._state.emit(Waited(self.node_id, why, seconds, detail))
                    case Done():
                        self._end("complete", event)
                        return
        raise StreamCut(f"The answer of {self._service.name} ended without saying so.", "Retry asks again.")

    def _take(self, text: str, reasoning: str) -> None:
        if not text and not reasoning:
            return
        if self._first is None:
            self._first = time.perf_counter()
        self._new.append((text, reasoning))

    def _write(self) -> None:
        """Write what came into the message."""
        if not self._new:
            return
        text, reasoning = map("".join, zip(*self._new, strict=True))
        self._new.clear()
        self._state.tree.texts.extend(self._row, text, reasoning)
        self._state.emit(Streamed(self.node_id, text, reasoning))
        if text:
            self._pieces.put_nowait(text)

    def _write_gathered(self) -> None:
        self._gathers = False
        self._write()

    def _write_rest(self) -> None:
        self._take(self._text.end(), self._reasoning.end())
        self._write()

    def _fail(self, fault: BaseException) -> None:
        if self.ended:
            return
        self._write_rest()
        reason = str(fault) if isinstance(fault, LionError) else f"{type(fault).__name__}: {fault}"
        if isinstance(fault, LionError):
            fault.node_id = self.node_id
        has_text = bool(self._state.tree.content(self._row))
        self._end("interrupted" if has_text else "error", error=reason)

    def _end(self, status: Status, done: Done | None = None, *, error: str | None = None) -> None:
        if not self.ended:
            self._write_rest()
        if self.ended:  # perhaps because who was told of the rest stopped it
            return
        now = time.perf_counter()
        values: dict[str, Json] = {
            "ttft_s": None if self._first is None else self._first - self._began,
            "total_s": now - self._began,
            "error": error,
        }
        if done:
            values |= self._of_done(done)
        self.ended = True
        self._state.finish(self._row, status, values)

    def _of_done(self, done: Done) -> Mapping[str, Json]:
        tree = self._state.tree
        if done.parts is not None:
            tree.texts.replace(
                self._row, tree.content(self._row), tree.texts.get(self._row, "reasoning"), dump_json(done.parts)
            )
        metadata = json.loads(tree.value(self._row, "metadata") or "{}")
        if done.model and done.model != tree.value(self._row, "model"):
            metadata["reported_model"] = scalar(done.model)
        return {
            "finish_reason": done.finish_reason,
            "tokens_in": done.usage.tokens_in,
            "tokens_out": done.usage.tokens_out,
            "tokens_cached": done.usage.tokens_cached,
            "tokens_reasoning": done.usage.tokens_reasoning,
            "cost_usd": done.usage.cost_usd,
            "metadata": dump_json(metadata or None),
        }


class Answers:
    """The answers of one session that come now, by the id of their message."""

    def __init__(self, state: State, afterwards: Callable[[], Awaitable[None]]) -> None:
        """Run answers of `state`; `afterwards` is awaited when one has ended."""
        self._state = state
        self._afterwards = afterwards
        self._running: dict[str, Answer] = {}
        self._services: dict[str, Service] = {}

    def start(self, row: int, answerer: Answerer, prefill: str | None = None) -> Answer:
        """Begin an answer in the row `row`; `prefill` is what it begins with."""
        return self._start(row, answerer, answerer.request(self._state, row, prefill))

    def start_all(self, rows: Iterable[int], answerers: Iterable[Answerer]) -> list[Answer]:
        """Begin an answer in each of `rows`; what those to one prompt are sent alike is gathered once."""
        paths: Paths = {}
        return [
            self._start(row, answerer, answerer.request(self._state, row, paths=paths))
            for row, answerer in zip(rows, answerers, strict=True)
        ]

    def _start(self, row: int, answerer: Answerer, request: Request) -> Answer:
        answer = Answer(self._state, row, answerer.service, request)
        self._services[answer.node_id] = answerer.service
        self._running[answer.node_id] = answer
        answer.start(self._afterwards)
        if answer.task is not None:
            answer.task.add_done_callback(lambda _: self._running.pop(answer.node_id, None))
        return answer

    def service_of(self, node_id: str) -> Service | None:
        """Return the service that a message was asked of, if that was in this session's lifetime."""
        return self._services.get(node_id)

    def of(self, node_id: str | None) -> Answer | None:
        """Return the answer that comes into a message, if one does."""
        answer = self._running.get(node_id or "")
        return answer if answer and not answer.ended else None

    def running(self) -> list[str]:
        """Return the ids of the messages that answers come into."""
        return [node_id for node_id, answer in self._running.items() if not answer.ended]

    def waiting(self) -> dict[str, str]:
        """Return what answers wait for that have not begun, by the ids of their messages."""
        coming = ((node_id, answer) for node_id, answer in self._running.items() if not answer.ended)
        return {node_id: answer.waits_for for node_id, answer in coming if answer.waits_for}

    def stop(self, node_id: str) -> bool:
        """Stop the answer that comes into a message; tell whether there was one."""
        answer = self.of(node_id)
        if answer:
            answer.stop()
        return answer is not None

    async def wait(self, node_id: str | None) -> bool:
        """Wait until no answer comes into a message any more, however it ends; tell whether one came."""
        answer = self._running.get(node_id or "")
        if answer is None or answer.task is None:
            return False
        await asyncio.wait([answer.task])
        return True
