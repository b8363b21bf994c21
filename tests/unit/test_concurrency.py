"""Answers that come at once, are stopped, left, cancelled, deleted and undone while they come."""

from __future__ import annotations

import asyncio
import gc
from typing import TYPE_CHECKING, Any

import pytest
from session_checks import check_invariants, until

from lion_tui import Services, Session
from lion_tui.core.errors import ServiceError, TimedOut, UnknownBranch, UsageError
from lion_tui.core.events import Changed, Finished, Streamed
from lion_tui.services.scripted import Reply, Scripted

if TYPE_CHECKING:
    from lion_tui.core.inference import Request


class Paced:
    """A script whose deltas come one by one, each when it is let go."""

    def __init__(self, *replies: Any) -> None:
        self.steps = asyncio.Semaphore(0)
        self.service: Scripted = Services.Scripted(replies or "one two three four", pace=self._step)

    async def _step(self) -> None:
        await self.steps.acquire()

    def let(self, deltas: int) -> None:
        for _ in range(deltas):
            self.steps.release()


def contents(path: Any) -> list[str]:
    return [message.content for message in path.path()]


def last(session: Session) -> Any:
    return session.path()[-1]


# Order


async def test_chats_on_one_branch_take_turns_in_the_order_of_their_calls() -> None:
    service = Services.Scripted(lambda request: f"re {request.messages[-1].content}")
    session = Session("sys", service=service)
    answers = await asyncio.gather(*(session.chat(f"q{n}") for n in range(5)))
    assert answers == [f"re q{n}" for n in range(5)]
    assert contents(session) == ["sys", *(text for n in range(5) for text in (f"q{n}", f"re q{n}"))]
    for number, request in enumerate(service.requests):
        assert [turn.content for turn in request.messages][1:] == [
            text for n in range(number) for text in (f"q{n}", f"re q{n}")
        ] + [f"q{number}"]


async def test_a_failed_turn_does_not_stop_those_that_wait() -> None:
    service = Services.Scripted([ServiceError("Away."), "b"])
    session = Session(service=service)
    results = await asyncio.gather(session.chat("a"), session.chat("b"), return_exceptions=True)
    assert isinstance(results[0], ServiceError)
    assert results[1] == "b"
    assert contents(session) == ["a", "", "b", "b"]


async def test_eight_branches_answer_at_once() -> None:
    paced = Paced(*(f"answer {n}" for n in range(8)))
    session = Session("sys", service=paced.service)
    branches = [session.fork("main", f"b{n}") for n in range(8)]
    chats = [asyncio.create_task(branch.chat(f"q {branch.name}")) for branch in branches]
    await until(lambda: len(session.streaming) == 8)
    assert all(branch.head.status == "streaming" for branch in branches)
    paced.let(16)
    answers = await asyncio.gather(*chats)
    assert sorted(answers) == [f"answer {n}" for n in range(8)]
    for branch, answer in zip(branches, answers, strict=True):
        assert contents(branch) == ["sys", f"q {branch.name}", answer]
    assert contents(session) == ["sys"]


async def test_a_chat_that_waits_stays_on_its_branch_when_another_is_checked_out_or_it_is_renamed() -> None:
    paced = Paced("a", "b", "c")
    session = Session(service=paced.service)
    session.new_branch("other")
    chats = [asyncio.create_task(session.chat("q1")), asyncio.create_task(session.chat("q2"))]
    chats.append(asyncio.create_task(session.chat("q3", branch="main")))
    await until(lambda: session.streaming)
    session.checkout("other")
    session.branches["main"].rename("first")
    paced.let(3)
    await asyncio.gather(*chats)
    assert contents(session.branches["first"]) == ["q1", "a", "q2", "b", "q3", "c"]
    assert contents(session.branches["other"]) == []


async def test_a_chat_that_waits_on_a_branch_that_is_deleted_raises_and_holds_up_nobody() -> None:
    paced = Paced("a", "b", "c")
    session = Session(service=paced.service)
    branch = session.fork("main", "try")
    chats = [asyncio.create_task(branch.chat("q1")), asyncio.create_task(branch.chat("q2"))]
    await until(lambda: session.streaming)
    session.delete_branch("try")
    paced.let(3)
    assert await chats[0] == "a", "the answer that came goes on"
    with pytest.raises(UnknownBranch, match="deleted"):
        await chats[1]
    session.undo()
    assert contents(branch) == ["q1", "a"]
    assert await branch.chat("q3") == "b"


async def test_a_chat_waits_for_a_regeneration_on_its_branch_and_for_the_next_one() -> None:
    paced = Paced("a", "b", "c", "d")
    session = Session(service=paced.service)
    paced.let(1)
    await session.chat("q1")
    first = asyncio.create_task(session.regenerate())
    await until(lambda: len(session.streaming) == 1)
    chat = asyncio.create_task(session.chat("q2"))
    await asyncio.sleep(0)
    second = asyncio.create_task(session.regenerate())
    await until(lambda: len(session.streaming) == 2)
    paced.let(2)
    await asyncio.gather(first, second)
    paced.let(1)
    assert await chat == "d"
    path = session.path()
    assert [message.role for message in path] == ["user", "assistant", "user", "assistant"]
    assert [turn.content for turn in paced.service.requests[-1].messages] == ["q1", path[1].content, "q2"]
    assert path[1].content in {"b", "c"}
    check_invariants(session)


async def test_nothing_is_added_by_hand_under_an_answer_that_comes() -> None:
    paced = Paced("a b")
    session = Session(service=paced.service)
    chat = asyncio.create_task(session.chat("q"))
    await until(lambda: session.streaming)
    with pytest.raises(UsageError, match="coming"):
        session.add_message("user", "x")
    with pytest.raises(UsageError, match="coming"):
        session.fork("main", "try").add_message("user", "x")
    paced.let(2)
    await chat
    session.add_message("user", "x")
    assert contents(session) == ["q", "a b", "x"]


async def test_a_fork_of_an_answer_that_comes_waits_for_it() -> None:
    paced = Paced("a b", "c")
    session = Session(service=paced.service)
    chat = asyncio.create_task(session.chat("q"))
    await until(lambda: session.streaming)
    fork = session.fork("main", "try")
    other = asyncio.create_task(fork.chat("q2"))
    paced.let(3)
    assert await other == "c"
    assert await chat == "a b"
    assert contents(fork) == ["q", "a b", "q2", "c"]


async def test_chats_on_a_detached_view_go_to_one_new_branch() -> None:
    service = Services.Scripted(lambda request: f"re {request.messages[-1].content}")
    session = Session(service=service)
    await session.chat("q")
    old = session.path()[-1]
    await session.regenerate()
    session.checkout(old)
    assert session.current.detached
    await asyncio.gather(session.chat("one"), session.chat("two"))
    assert list(session.branches) == ["main", "main.2"]
    assert contents(session) == ["q", "re q", "one", "re one", "two", "re two"]


async def test_chats_on_a_detached_view_whose_answer_comes_go_to_one_new_branch() -> None:
    paced = Paced("a", "b", "c", "d", "e")
    session = Session(service=paced.service)
    paced.let(1)
    await session.chat("q")
    answers = asyncio.create_task(session.regenerate(n=2))
    await until(lambda: len(session.streaming) == 2)
    session.checkout(session.streaming[1])
    assert session.current.detached
    chats = [asyncio.create_task(session.chat(text)) for text in ("one", "two")]
    paced.let(4)
    await asyncio.gather(answers, *chats)
    assert list(session.branches) == ["main", "main.2"]
    assert [message.content for message in session.path() if message.role == "user"] == ["q", "one", "two"]


# Stopping


async def test_stop_keeps_the_text_and_the_caller_gets_it() -> None:
    paced = Paced()
    session = Session(service=paced.service)
    chat = asyncio.create_task(session.chat("q"))
    paced.let(2)
    await until(lambda: session.streaming and last(session).content == "one two")
    assert session.stop()
    assert last(session).status == "stopped", "at once, not at the next delta"
    assert await chat == "one two"
    assert (last(session).status, last(session).content) == ("stopped", "one two")
    assert not session.stop()
    assert session.streaming == []


async def test_stop_before_the_request_began_keeps_the_turn() -> None:
    service = Services.Scripted("x")
    session = Session(service=service)

    async def stop() -> bool:
        return session.stop()

    answer, stopped = await asyncio.gather(session.chat("q"), stop())
    assert (answer, stopped) == ("", True)
    assert last(session).status == "stopped"
    assert service.requests == []

    async def read() -> list[str]:
        return [piece async for piece in session.stream("q2")]

    assert await asyncio.gather(read(), stop()) == [[], True]
    assert await session.chat("q3") == "x"


async def test_stop_all_stops_every_answer() -> None:
    paced = Paced()
    session = Session("sys", service=paced.service)
    chats = [asyncio.create_task(session.fork("main", f"b{n}").chat("q")) for n in range(3)]
    await until(lambda: len(session.streaming) == 3)
    assert session.stop_all() == 3
    assert await asyncio.gather(*chats) == ["", "", ""]
    assert session.stop_all() == 0


async def test_a_cancelled_chat_is_stopped_and_keeps_its_text() -> None:
    paced = Paced()
    session = Session(service=paced.service)
    chat = asyncio.create_task(session.chat("q"))
    paced.let(1)
    await until(lambda: session.streaming and last(session).content == "one")
    chat.cancel()
    with pytest.raises(asyncio.CancelledError):
        await chat
    assert (last(session).status, last(session).content) == ("stopped", "one")
    paced.let(9)
    assert await session.chat("again") == "one two three four"


async def test_a_chat_that_is_cancelled_while_it_waits_adds_nothing() -> None:
    paced = Paced()
    session = Session(service=paced.service)
    chats = [asyncio.create_task(session.chat("a")), asyncio.create_task(session.chat("b"))]
    await until(lambda: session.streaming)
    chats[1].cancel()
    paced.let(4)
    assert await chats[0] == "one two three four"
    with pytest.raises(asyncio.CancelledError):
        await chats[1]
    assert len(session.path()) == 2


async def test_a_cancelled_regeneration_stops_every_alternative() -> None:
    paced = Paced()
    session = Session(service=paced.service)
    paced.let(4)
    await session.chat("q")
    asking = asyncio.create_task(session.regenerate(n=3))
    await until(lambda: len(session.streaming) == 3)
    asking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asking
    assert session.streaming == []
    assert [message.status for message in map(session.message, session.state.tree.node_id[2:])] == ["stopped"] * 3


async def test_a_timeout_around_a_chat_keeps_the_text() -> None:
    paced = Paced()
    session = Session(service=paced.service)
    paced.let(3)

    async def chat_until_the_third_word() -> None:
        async with asyncio.timeout(None) as limit:

            def time_is_up(event: Any) -> None:
                if isinstance(event, Streamed) and event.text == " three":
                    limit.reschedule(asyncio.get_running_loop().time())

            session.subscribe(time_is_up)
            await session.chat("q")

    with pytest.raises(TimeoutError):
        await chat_until_the_third_word()
    assert (last(session).status, last(session).content) == ("stopped", "one two three")


async def test_a_timeout_of_the_service_is_a_fault() -> None:
    session = Session(service=Services.Scripted(Reply(text="half", fault=TimedOut("No token in 60 s.", "Retry."))))
    with pytest.raises(TimedOut):
        await session.chat("q")
    assert last(session).status == "interrupted"


async def test_a_stream_yields_the_deltas_and_ends_complete() -> None:
    session = Session(service=Services.Scripted("one two three"))
    assert [piece async for piece in session.stream("q", max_tokens=2)] == ["one", " two"]
    assert (last(session).status, last(session).finish_reason) == ("complete", "length")


async def test_a_stream_left_early_is_stopped_and_keeps_its_text() -> None:
    paced = Paced()
    session = Session(service=paced.service)
    paced.let(2)
    stream = session.stream("q")
    async for _ in stream:
        break
    await stream.aclose()
    assert last(session).status == "stopped"
    assert "one two three four".startswith(last(session).content)
    assert last(session).content
    paced.let(9)
    assert await session.chat("go on") == "one two three four"


async def test_a_stream_raises_the_fault_after_the_text() -> None:
    session = Session(service=Services.Scripted(Reply(text="half a", fault=ServiceError("Away."))))
    pieces: list[str] = []

    async def read() -> None:
        async for piece in session.current.stream("q"):
            pieces.append(piece)  # noqa: PERF401 - what came before the fault counts

    with pytest.raises(ServiceError, match="Away"):
        await read()
    assert pieces == ["half", " a"]
    assert last(session).status == "interrupted"


# Deleting and undoing what comes


async def test_deleting_an_answer_that_comes_stops_it_first_and_drops_what_is_late() -> None:
    paced = Paced()
    session = Session("sys", service=paced.service)
    chat = asyncio.create_task(session.chat("q"))
    paced.let(1)
    await until(lambda: session.streaming and last(session).content == "one")
    node = last(session)
    events: list[Any] = []
    session.subscribe(events.append)
    session.delete(session.path()[1])
    paced.let(9)
    await chat
    assert [type(event) for event in events] == [Finished, Changed]
    gone = session.message(node.node_id)
    assert (gone.status, gone.content) == ("stopped", "one")
    assert gone.deleted_at is not None
    assert contents(session) == ["sys"]
    assert session.streaming == []


async def test_undo_of_a_turn_that_comes_stops_it_and_redo_shows_what_there_was() -> None:
    paced = Paced()
    session = Session("sys", service=paced.service)
    chat = asyncio.create_task(session.chat("q"))
    paced.let(2)
    await until(lambda: session.streaming and last(session).content == "one two")
    gesture = session.undo()
    assert session.message(session.state.made_by(gesture)[0]).content == "q", "for the composer"
    assert contents(session) == ["sys"]
    paced.let(9)
    assert await chat == "one two"
    session.redo()
    assert contents(session) == ["sys", "q", "one two"]
    assert last(session).status == "stopped"
    assert len(paced.service.requests) == 1


async def test_deleting_what_several_answers_come_under_stops_them_all() -> None:
    paced = Paced()
    session = Session("sys", service=paced.service)
    root = session.path()[0]
    chats = [asyncio.create_task(session.fork("main", f"b{n}").chat("q")) for n in range(3)]
    await until(lambda: len(session.streaming) == 3)
    assert session.delete(root).messages == 7
    assert session.streaming == []
    assert await asyncio.gather(*chats) == ["", "", ""]
    check_invariants(session)


async def test_undo_of_a_regeneration_that_comes_stops_each_and_goes_back_to_the_old_answer() -> None:
    paced = Paced()
    session = Session(service=paced.service)
    paced.let(4)
    await session.chat("q")
    old = last(session)
    asking = asyncio.create_task(session.regenerate(n=3))
    await until(lambda: len(session.streaming) == 3)
    assert session.undo().kind == "regenerate"
    assert session.streaming == []
    assert {message.status for message in await asking} == {"stopped"}
    assert last(session) == old


async def test_an_answer_that_comes_cannot_be_continued_yet() -> None:
    paced = Paced()
    session = Session(service=paced.service)
    chat = asyncio.create_task(session.chat("q"))
    paced.let(1)
    await until(lambda: session.streaming and last(session).content == "one")
    with pytest.raises(UsageError, match="still coming"):
        await session.continue_()
    session.stop()
    assert await chat == "one"


async def test_a_chunk_that_comes_after_the_stop_is_dropped() -> None:
    class Stubborn(Scripted):
        """Goes on after it was told to end, as a service behind a buffer does."""

        async def stream(self, request: Request) -> Any:
            from lion_tui.core.inference import Delta, Done

            for text in ("one", " two", " three"):
                try:
                    await gate.acquire()
                except asyncio.CancelledError:
                    yield Delta(" late")
                    yield Done("stop")
                    return
                yield Delta(text)

    gate = asyncio.Semaphore(0)
    session = Session(service=Stubborn("x"))
    chat = asyncio.create_task(session.chat("q"))
    gate.release()
    await until(lambda: session.streaming and last(session).content == "one")
    events: list[Any] = []
    session.subscribe(events.append)
    session.stop()
    assert await chat == "one"
    assert (last(session).status, last(session).finish_reason) == ("stopped", None)
    assert not any(isinstance(event, Streamed) for event in events)


# Queues


async def test_drain_sends_what_waits_one_after_another() -> None:
    service = Services.Scripted(lambda request: f"re {request.messages[-1].content}")
    session = Session(service=service)
    prompts = [session.enqueue(text, max_token=5) for text in ("a", "b", "c")]
    assert session.queue() == tuple(prompts)
    assert session.path() == [], "a prompt that waits is no message"
    session.unqueue(prompts[1])
    await session.drain()
    assert contents(session) == ["a", "re a", "c", "re c"]
    assert session.queue() == ()
    assert [request.params for request in service.requests] == [{"max_tokens": 5}] * 2


@pytest.mark.parametrize("how", ["stop", "error"])
async def test_the_queue_holds_after_a_stop_and_after_an_error(how: str) -> None:
    paced = Paced(ServiceError("Away.") if how == "error" else "one two", "b")
    session = Session(service=paced.service)
    for text in ("a", "b"):
        session.enqueue(text)
    draining = asyncio.create_task(session.drain())
    if how == "stop":
        await until(lambda: paced.service.requests)
        session.stop()
        await draining
    else:
        with pytest.raises(ServiceError):
            await draining
    assert [prompt.text for prompt in session.queue()] == ["b"]
    assert contents(session) == ["a", ""]
    paced.let(5)
    await session.drain()
    assert contents(session) == ["a", "", "b", "b"]
    assert session.queue() == ()


async def test_a_prompt_that_waits_has_a_model_and_a_service_of_its_own() -> None:
    a, b = Services.Scripted("a", name="a"), Services.Scripted("b", name="b")
    session = Session(service=a)
    await session.new_branch("other", service=b).chat("q")
    session.enqueue("one", model="m", seed=0)
    session.enqueue("two", service="b")
    await session.drain()
    assert (a.requests[0].model, a.requests[0].params) == ("m", {"seed": 0})
    assert contents(session) == ["one", "a", "two", "b"]
    with pytest.raises(UsageError, match="A text is needed"):
        session.enqueue("three", service=b)


async def test_a_prompt_that_cannot_be_sent_goes_on_waiting() -> None:
    session = Session(service=Services.Scripted("x", model=None))
    session.enqueue("a")
    with pytest.raises(ServiceError, match="has no default model"):
        await session.drain()
    assert [prompt.text for prompt in session.queue()] == ["a"]
    assert session.path() == []


async def test_two_drains_send_each_prompt_once_and_a_rename_does_not_matter() -> None:
    service = Services.Scripted("x")
    session = Session(service=service)
    for text in ("a", "b", "c"):
        session.enqueue(text)
    drains = [asyncio.create_task(session.drain()) for _ in range(2)]
    await until(lambda: session.streaming)
    session.current.rename("first")
    await asyncio.gather(*drains)
    assert contents(session) == ["a", "x", "b", "x", "c", "x"]


def test_a_detached_view_has_no_queue() -> None:
    session = Session()
    first = session.add_message("user", "a")
    session.edit(first, "b")
    session.checkout(first)
    with pytest.raises(UsageError, match="no queue"):
        session.enqueue("x")
    assert session.queue() == ()


# Loops


def test_one_session_works_in_two_loops_one_after_the_other() -> None:
    session = Session(service=Services.Scripted("x"))

    async def left_behind() -> None:
        asyncio.create_task(session.chat("q2"))  # noqa: RUF006 - the end of the loop cancels it
        await until(lambda: session.streaming)

    asyncio.run(session.chat("q1"))
    asyncio.run(left_behind())
    assert last(session).status == "stopped"
    assert asyncio.run(session.chat("q3")) == "x"
    assert contents(session)[-2:] == ["q3", "x"]


def test_an_answer_whose_loop_ends_before_its_first_step_is_not_left_open() -> None:
    session = Session(service=Services.Scripted("x"))

    async def begin_and_leave() -> None:
        chat = asyncio.create_task(session.chat("q"))
        await until(lambda: len(session.state.tree) == 2)
        assert not chat.done()

    asyncio.run(begin_and_leave())
    assert last(session).status == "stopped"
    assert session.streaming == []
    assert asyncio.run(session.chat("again")) == "x"


async def test_nothing_is_reported_by_the_loop_of_faults_that_were_told() -> None:
    reported: list[Any] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: reported.append(context))
    service = Services.Scripted(["a", *[ServiceError("Away.")] * 4])
    session = Session(service=service)
    await session.chat("q")
    with pytest.raises(ServiceError):
        await session.regenerate(n=3)
    stream = session.stream("q")
    with pytest.raises(ServiceError):
        await anext(stream)
    del stream
    paced = Paced("a", "b", lambda _: ServiceError("Away."))  # a new one, which nothing else keeps
    paced.let(1)
    await session.chat("q", service=paced.service)
    asking = asyncio.create_task(session.regenerate(n=2, service=paced.service))
    await until(lambda: "error" in session.state.tree.status[-2:])
    asking.cancel()
    await asyncio.wait([asking])  # not `pytest.raises`, whose traceback would keep the fault alive
    assert asking.cancelled()
    del asking
    gc.collect()
    await asyncio.sleep(0)
    assert reported == []
