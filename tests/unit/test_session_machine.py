"""Random gestures on a session: the invariants hold after each, undo takes each back exactly, redo repeats it."""

from __future__ import annotations

import asyncio
import json
import tempfile
from contextvars import ContextVar
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from session_checks import all_messages, assert_same, check_frames, check_invariants, dump, expected_prompt

from lion_tui import LionError, Services, Session
from lion_tui.core.changes import Position
from lion_tui.core.errors import ServiceError, UsageError
from lion_tui.core.events import Changed, CheckedOut, DraftChanged, Finished, NotSaved, Purged, QueueChanged, Streamed
from lion_tui.core.header import restore_snapshot, take_snapshot
from lion_tui.core.prompt import parts, turn_of, turns
from lion_tui.core.snapshot import Snapshot
from lion_tui.services.scripted import Reply, Scripted
from lion_tui.session.recording import Recorder
from lion_tui.storage.journal import Journal, encode, read_journal

if TYPE_CHECKING:
    from collections.abc import Callable

    from lion_tui import Branch, Message
    from lion_tui.core.events import Event
    from lion_tui.core.inference import Request
    from lion_tui.core.state import QueuedPrompt

FAULT = ServiceError("The service is away.", "Try again.")
REPLIES = ["yes", "no, not that", "", FAULT, Reply(text="half of", fault=FAULT), Reply(text="so", reasoning="hm")]

picks = st.integers(0, 1_000_000)
texts = st.sampled_from(["one", "two words", "", "\ud83d\ude00", "lone \udc00", "é", "x\r\ny"])
names = st.sampled_from(["try", "try-2", "a/b", "é", "e\u0301", "main", "bad name", "..", "x" * 65, "x.2"])

_gate: ContextVar[asyncio.Event | None] = ContextVar("gate", default=None)


@dataclass
class Done:
    """A gesture that can be undone: the session before and after it."""

    before: dict[str, Any]
    shown_before: Position
    after: dict[str, Any]
    shown_after: Position


class SessionMachine(RuleBasedStateMachine):
    """A user with a keyboard and no plan."""

    def __init__(self) -> None:
        super().__init__()
        self.loop = asyncio.Runner()
        self.folder = tempfile.TemporaryDirectory()
        self.reply: str | Exception | Reply = "yes"
        self.gate = asyncio.Event()
        self.hold = False
        self.held: list[asyncio.Task[Any]] = []
        self.service = self.new_service()
        self.done: list[Done] = []
        self.undone: list[Done] = []
        self.events: list[Event] = []

    def teardown(self) -> None:
        self.settle()
        self.loop.close()
        self.folder.cleanup()

    # The services' edge

    def new_service(self) -> Scripted:
        async def pace() -> None:
            if (gate := _gate.get()) is not None:
                await gate.wait()

        return Services.Scripted(self.line, chunk=2, pace=pace)

    def line(self, _: Request) -> str | Exception | Reply:
        if self.hold:
            _gate.set(self.gate)
            return "slowly but surely"
        return self.reply

    @initialize(system=st.sampled_from([None, "be brief"]))
    def begin(self, system: str | None) -> None:
        self.adopt(Session(system, service=self.service))

    def adopt(self, session: Session) -> None:
        self.session = session
        self.base = take_snapshot(session.state)
        self.records: list[Any] = []
        self.recorder = Recorder(session.state, self.records.append, lambda: None, lambda: pytest.fail("not recorded"))
        session.subscribe(self.events.append)
        self.last = dump(session)

    # One operation and what it may do

    def do(
        self,
        operation: Callable[[], Any],
        *,
        on: Branch | None = None,
        moves_others: bool = False,
        undoable: bool = True,
        queues: bool = False,
    ) -> Any:
        """Do one thing and check: all of it and one event (besides, prompts may be put in a queue), or nothing."""
        session = self.session
        before, shown, rows = dump(session), session.state.current, len(session.state.tree)
        target = on.branch_id if on else shown.branch_id
        self.events.clear()
        result: Any = None
        try:
            result = operation()
            if asyncio.iscoroutine(result):
                result = self.loop.run(result)
        except LionError as error:
            result = error
        after = dump(session)
        main = [event for event in self.events if isinstance(event, (Changed, CheckedOut, QueueChanged, Purged))]
        main = [event for event in main if not (queues and isinstance(event, QueueChanged))]
        assert len(main) <= 1, main
        if isinstance(result, UsageError) and result.node_id is None:
            assert not main
            assert len(session.state.tree) == rows
        if not any(isinstance(event, Changed) for event in main):
            if not any(isinstance(event, Purged) for event in main):
                assert after == before, "something changed and no event told it"
        elif undoable:
            self.done.append(Done(before, shown, after, session.state.current))
            self.undone.clear()
        if not moves_others:
            for branch_id, ref in before["refs"].items():
                if branch_id != target and branch_id in after["refs"]:
                    assert after["refs"][branch_id].head == ref.head, "another branch's head moved"
        return result

    def branch(self, pick: int) -> Branch:
        """Return what is shown, or some branch."""
        branches = [self.session.current, *self.session.branches.values()]
        return branches[pick % len(branches)]

    def node(self, pick: int) -> Message:
        messages = all_messages(self.session)
        return messages[pick % len(messages)]

    def asked(self, result: Any, path: list[Message]) -> None:
        """Check what the model was sent last, unless nothing was sent."""
        if not isinstance(result, UsageError) or result.node_id is not None:
            assert self.service.requests[-1].messages == expected_prompt(path, self.session.state.marks)

    def settle(self) -> None:
        """Let every answer that comes come to its end."""
        self.gate.set()
        for task in self.held:
            self.loop.run(self.wait_for(task))
        self.held.clear()
        self.gate.clear()

    async def wait_for(self, task: asyncio.Task[Any]) -> None:
        await asyncio.wait([task])
        assert task.exception() is None or isinstance(task.exception(), LionError)

    # Writing

    @rule(pick=picks, text=texts, role=st.sampled_from(["user", "assistant", "system", "tool", "judge"]))
    def add_message(self, pick: int, text: str, role: str) -> None:
        branch = self.branch(pick)
        self.do(lambda: branch.add_message(role, text), on=branch)

    @rule(pick=picks, text=texts, reply=st.sampled_from(REPLIES), system=st.sampled_from([None, None, "be kind", ""]))
    def chat(self, pick: int, text: str, reply: Any, system: str | None) -> None:
        branch = self.branch(pick)
        self.settle()
        self.reply = reply
        result = self.do(lambda: branch.chat(text, system=system), on=branch)
        if isinstance(result, UsageError):
            assert not text
            return
        gesture = self.session.state.undo[-1]
        self.asked(result, self.path_to(self.session.state.made_by(gesture)[-1])[:-1])
        answer = self.session.message(self.session.state.made_by(gesture)[-1])
        assert (
            answer.status
            == {True: "complete", False: "error" if not answer.content else "interrupted"}[
                not isinstance(result, LionError)
            ]
        )

    def path_to(self, node_id: str) -> list[Message]:
        tree = self.session.state.tree
        return [self.session.message(tree.node_id[row]) for row in tree.path(tree.row(node_id))]

    @rule(pick=picks)
    @precondition(lambda self: len(self.held) < 3)
    def chat_that_waits(self, pick: int) -> None:
        """Begin a turn whose answer comes later, in the middle of other things."""
        branch = self.branch(pick)
        asked = len(self.service.requests)

        async def begin() -> asyncio.Task[Any]:
            task = asyncio.create_task(branch.chat("wait"))
            for _ in range(20):
                await asyncio.sleep(0)
            if len(self.service.requests) == asked:  # it waits for another answer on the branch
                task.cancel()
                await asyncio.wait([task])
            return task

        self.hold = True
        task = self.do(begin, on=branch)
        self.hold = False
        if not task.done():
            self.held.append(task)

    @rule()
    @precondition(lambda self: self.held)
    def let_go(self) -> None:
        self.do(self.settle)

    @rule(pick=picks)
    @precondition(lambda self: self.held)
    def stop(self, pick: int) -> None:
        branch = self.branch(pick)
        self.do(lambda: self.session.stop(branch))

    @rule()
    @precondition(lambda self: self.held)
    def stop_all(self) -> None:
        self.do(self.session.stop_all)
        assert not self.session.streaming

    # Alternatives

    @rule(pick=picks, which=picks, n=st.integers(0, 3), reply=st.sampled_from(REPLIES))
    @precondition(lambda self: len(self.session.state.tree))
    def regenerate(self, pick: int, which: int, n: int, reply: Any) -> None:
        branch, node = self.branch(pick), self.node(which)
        self.settle()
        self.reply = reply
        result = self.do(lambda: self.session.regenerate(node, n, branch=branch), on=branch)
        if isinstance(result, list):
            assert len(result) == n
            assert {message.parent_id for message in result} <= {node.parent_id, node.node_id}
            assert len({message.group_id for message in result}) == 1

    @rule(pick=picks, text=texts, models=st.sampled_from([None, ["a"], ["a", "b/c"], []]), n=st.integers(0, 2))
    def fan_out(self, pick: int, text: str, models: list[str] | None, n: int) -> None:
        branch = self.branch(pick)
        self.settle()
        self.reply = "yes"
        asked = len(self.service.requests)
        result = self.do(lambda: self.session.fan_out(text, models, n, branch=branch), on=branch)
        if isinstance(result, UsageError):
            assert not text or not n or models == []
            return
        assert len(result) == len(models or [""]) * n
        if models:
            assert [message.model for message in result] == [model for model in models for _ in range(n)]
        for message, request in zip(result, self.service.requests[asked:], strict=True):
            assert request.messages == expected_prompt(self.path_to(message.node_id)[:-1], self.session.state.marks)
            assert self.session.branches[message.branch or ""].head == message

    @rule(some=st.lists(picks, min_size=1, max_size=3), text=texts)
    def fan_out_on_branches(self, some: list[int], text: str) -> None:
        branches = list(self.session.branches.values())
        chosen = list(dict.fromkeys(branches[pick % len(branches)] for pick in some))
        self.settle()
        self.reply = "yes"
        asked = len(self.service.requests)
        result = self.do(lambda: self.session.fan_out(text, branches=chosen), moves_others=True)
        if isinstance(result, UsageError):
            assert not text
            return
        assert len({message.turn_id for message in result}) == 1
        for branch, message, request in zip(chosen, result, self.service.requests[asked:], strict=True):
            assert branch.head == message
            assert request.messages == expected_prompt(branch.path()[:-1], self.session.state.marks)

    @rule(count=st.integers(1, 2), text=texts)
    def parallel_chat(self, count: int, text: str) -> None:
        self.settle()
        self.reply = "yes"
        result = self.do(lambda: self.session.parallel_chat(["so", text], count))
        assert isinstance(result, UsageError) if not text else result == ["yes"] * 2 * count

    @rule(which=picks)
    @precondition(lambda self: len(self.session.state.tree))
    def pick(self, which: int) -> None:
        node = self.node(which)
        result = self.do(lambda: self.session.pick(node), moves_others=True)
        assert isinstance(result, UsageError) == (node.deleted_at is not None)
        if node.deleted_at is None:
            assert result.head.node_id == node.node_id

    @rule(
        some=st.lists(picks, min_size=1, max_size=3),
        outcome=st.sampled_from(["winner", "tie", "bad"]),
        blind=st.booleans(),
    )
    @precondition(lambda self: len(self.session.state.tree))
    def vote(self, some: list[int], outcome: str, blind: bool) -> None:
        answers = [self.node(pick) for pick in some]
        groups = [group for group in self.session.state.tree.listed["group_id"] if group]
        of: Any = groups[some[0] % len(groups)] if groups and len(some) == 1 else answers
        given: dict[str, Any] = {"tie": True} if outcome == "tie" else {"both_bad": True}
        if outcome == "winner":
            given = {"winner": answers[0]}
        votes = len(self.session.state.votes)
        result = self.do(lambda: self.session.vote(of, blind=blind, **given))
        if not isinstance(result, LionError):
            assert len(self.session.state.votes) in {votes, votes + 1}
            assert self.session.state.votes[result.vote_id] == result.entry()
            if blind:
                again = self.do(lambda: self.session.vote(result.candidates, tie=True))
                assert isinstance(again, UsageError)

    @rule(pick=picks, reply=st.sampled_from(REPLIES))
    def retry(self, pick: int, reply: Any) -> None:
        branch = self.branch(pick)
        self.settle()
        self.reply = reply
        self.do(lambda: self.session.retry(branch=branch), on=branch)

    @rule(pick=picks, which=picks, reply=st.sampled_from(REPLIES))
    @precondition(lambda self: len(self.session.state.tree))
    def continue_(self, pick: int, which: int, reply: Any) -> None:
        branch, node = self.branch(pick), self.node(which)
        self.settle()
        self.reply = reply
        node = self.session.message(node.node_id)
        result = self.do(lambda: self.session.continue_(node, branch=branch), on=branch)
        if not isinstance(result, LionError):
            assert result.content.startswith(node.content)
            assert result.source_ids == (node.node_id,)

    @rule(pick=picks, which=picks, text=texts, carry=st.booleans())
    @precondition(lambda self: len(self.session.state.tree))
    def edit(self, pick: int, which: int, text: str, carry: bool) -> None:
        branch, node = self.branch(pick), self.node(which)
        self.do(lambda: self.session.edit(node, text, carry=carry, branch=branch), on=branch)

    @rule(pick=picks, which=picks, change=st.sampled_from([("content", "new"), ("sender", "eve"), ("seq", 1)]))
    @precondition(lambda self: len(self.session.state.tree))
    def update_message(self, pick: int, which: int, change: tuple[str, Any]) -> None:
        branch, node = self.branch(pick), self.node(which)
        self.do(lambda: branch.update_message(node.node_id, *change), on=branch)

    @rule(pick=picks, which=picks)
    @precondition(lambda self: len(self.session.state.tree))
    def remove_message(self, pick: int, which: int) -> None:
        branch, node = self.branch(pick), self.node(which)
        self.do(lambda: branch.remove_message(node.node_id), on=branch)

    # Merging and transplanting

    @rule(
        pick=picks,
        which=st.lists(picks, max_size=3),
        how=st.sampled_from(["ff", "append", "summary", "fuse", "fuse"]),
        reply=st.sampled_from(REPLIES),
    )
    @precondition(lambda self: len(self.session.state.tree))
    def merge(self, pick: int, which: list[int], how: Any, reply: Any) -> None:
        branch, nodes = self.branch(pick), [self.node(each) for each in which]
        self.settle()
        self.reply = reply
        asked, rows = len(self.service.requests), len(self.session.state.tree)
        result = self.do(lambda: self.session.merge(nodes, branch, how), on=branch)
        written = [message for message in all_messages(self.session)[rows:] if message.role == "assistant"]
        if how in {"ff", "append"}:
            assert len(self.service.requests) == asked
        elif not isinstance(result, UsageError) or result.node_id is not None:
            request = self.service.requests[-1].messages[-1].content
            assert written[-1].origin in {"merge", "summary"}
            for source in written[-1].source_ids:
                assert self.session.message(source).content.strip() in request

    @rule(pick=picks, other=picks, drop=st.booleans())
    def merge_branch(self, pick: int, other: int, drop: bool) -> None:
        branch, source = self.branch(pick), self.branch(other)
        before = [message.node_id for message in branch.path()]
        result = self.do(lambda: self.session.merge_branch(source, branch, del_=drop), on=branch)
        if not isinstance(result, LionError) and not branch.detached:
            assert [message.node_id for message in branch.path()][: len(before)] == before

    @rule(pick=picks, which=st.lists(picks, max_size=4))
    @precondition(lambda self: len(self.session.state.tree))
    def cherry_pick(self, pick: int, which: list[int]) -> None:
        branch, nodes = self.branch(pick), [self.node(each) for each in which]
        result = self.do(lambda: self.session.cherry_pick(nodes, branch), on=branch)
        if not isinstance(result, LionError):
            expected = list(dict.fromkeys(node.node_id for node in nodes))
            assert [copy.source_ids for copy in result] == [(node_id,) for node_id in expected]

    @rule(pick=picks, which=picks, where=picks)
    @precondition(lambda self: len(self.session.state.tree))
    def graft(self, pick: int, which: int, where: int) -> None:
        branch, node, onto = self.branch(pick), self.node(which), self.node(where)
        rows = len(self.session.state.tree)
        result = self.do(lambda: self.session.graft(node, onto, branch=branch), on=branch)
        if not isinstance(result, LionError):
            assert len(self.session.state.tree) - rows == self.session.reach(result).messages
            assert result.parent_id == onto.node_id

    @rule(pick=picks, which=picks, at=st.integers(-1, 8))
    @precondition(lambda self: len(self.session.state.tree))
    def cut(self, pick: int, which: int, at: int) -> None:
        branch, node = self.branch(pick), self.node(which)
        result = self.do(lambda: self.session.cut(node, at, branch=branch), on=branch)
        if not isinstance(result, LionError):
            assert node.content.startswith(result.content)
            assert 0 < len(result.content) <= at

    @rule(pick=picks, which=picks, text=texts, reply=st.sampled_from(REPLIES))
    @precondition(lambda self: len(self.session.state.tree))
    def begin_replay(self, pick: int, which: int, text: str, reply: Any) -> None:
        """Say a prompt in other words; the later ones wait, and may be sent by `drain`."""
        branch, node = self.branch(pick), self.node(which)
        self.settle()
        self.reply = reply
        waiting = self.replays_waiting()
        self.do(lambda: self.replay_first(node, text, branch), on=branch, queues=True)
        for prompt in self.replays_waiting()[len(waiting) :]:
            assert self.session.message(prompt.replays["source"]).content == prompt.text

    async def replay_first(self, node: Message, text: str, branch: Branch) -> None:
        answer, _ = await self.session.begin_replay(node, text, branch=branch)
        await answer.message()

    def replays_waiting(self) -> list[QueuedPrompt]:
        return [prompt for prompts in self.session.state.queues.values() for prompt in prompts if prompt.replays]

    @rule(pick=picks, reply=st.sampled_from(REPLIES))
    def say_the_next_again(self, pick: int, reply: Any) -> None:
        """Send the prompts that wait on a branch; a replay's belong to its gesture if nothing else was done since."""
        branches = list(self.session.branches.values())
        branch = branches[pick % len(branches)]
        self.settle()
        self.reply = reply
        prompts, done = self.session.queue(branch), Done(dump(self.session), self.session.state.current, {}, Position())

        def note(event: Event) -> None:
            nonlocal done
            if isinstance(event, Changed):
                done = replace(done, after=dump(self.session), shown_after=self.session.state.current)
                if event.gesture.joins:
                    self.done[-1] = replace(self.done[-1], after=done.after, shown_after=done.shown_after)
                else:
                    self.done.append(done)
                done = replace(done, before=done.after, shown_before=done.shown_after)
                self.undone.clear()

        unsubscribe = self.session.subscribe(note)
        failed = isinstance(self.loop.run(self.result_of(self.session.drain(branch))), LionError)
        unsubscribe()
        assert len(prompts) - len(self.session.queue(branch)) == (min(1, len(prompts)) if failed else len(prompts))

    async def result_of(self, work: Any) -> Any:
        try:
            return await work
        except LionError as error:
            return error

    # Branches

    @rule(pick=picks, name=names | st.none())
    def fork(self, pick: int, name: str | None) -> None:
        rows = len(self.session.state.tree)
        branch = self.branch(pick)
        self.do(lambda: self.session.fork(branch, name))
        assert len(self.session.state.tree) == rows

    @rule(pick=picks, name=names)
    @precondition(lambda self: len(self.session.state.tree))
    def fork_at_a_message(self, pick: int, name: str) -> None:
        node = self.node(pick)
        self.do(lambda: self.session.fork(node, name))

    @rule(name=names, system=st.sampled_from([None, "be curt"]))
    def new_branch(self, name: str, system: str | None) -> None:
        self.do(lambda: self.session.new_branch(name, system))

    @rule(pick=picks, name=names)
    def rename(self, pick: int, name: str) -> None:
        branch = self.branch(pick)
        self.do(lambda: branch.rename(name))

    @rule(pick=picks, settings=st.sampled_from([{"note": "n"}, {"archived": True}, {"model": "m"}, {"size": 1}]))
    def configure(self, pick: int, settings: dict[str, Any]) -> None:
        branch = self.branch(pick)
        self.do(lambda: branch.configure(**settings))

    @rule(pick=picks)
    def delete_branch(self, pick: int) -> None:
        branch = self.branch(pick)
        self.do(lambda: self.session.delete_branch(branch))

    @rule(pick=picks, steps=st.integers(-1, 4))
    def rollback(self, pick: int, steps: int) -> None:
        branch = self.branch(pick)
        length = len(branch.path())
        result = self.do(lambda: branch.rollback(steps), on=branch)
        assert isinstance(result, UsageError) == (not 1 <= steps <= length)

    @rule(pick=picks)
    def clear(self, pick: int) -> None:
        branch = self.branch(pick)
        self.do(branch.clear_messages, on=branch)

    @rule(title=texts)
    def set_title(self, title: str) -> None:
        self.do(lambda: setattr(self.session, "title", title))

    # Looking elsewhere

    @rule(pick=picks)
    def check_out_a_branch(self, pick: int) -> None:
        branch = self.branch(pick)
        self.do(lambda: self.session.checkout(branch))

    @rule(pick=picks)
    @precondition(lambda self: len(self.session.state.tree))
    def check_out_a_message(self, pick: int) -> None:
        node = self.node(pick)
        result = self.do(lambda: self.session.checkout(node))
        assert isinstance(result, UsageError) == (node.deleted_at is not None)
        if node.deleted_at is None:
            assert node.node_id in [message.node_id for message in self.session.current.path()]

    # Deleting

    @rule(pick=picks)
    @precondition(lambda self: len(self.session.state.tree))
    def delete(self, pick: int) -> None:
        node = self.node(pick)
        result = self.do(lambda: self.session.delete(node), moves_others=True)
        assert isinstance(result, UsageError) == (node.deleted_at is not None)

    @rule(pick=picks)
    @precondition(lambda self: any(message.deleted_at for message in all_messages(self.session)))
    def restore(self, pick: int) -> None:
        dead = [message for message in all_messages(self.session) if message.deleted_at]
        node = dead[pick % len(dead)]
        self.do(lambda: self.session.restore(node), moves_others=True)

    @rule(pick=picks, archived=st.booleans())
    @precondition(lambda self: len(self.session.state.tree))
    def archive(self, pick: int, archived: bool) -> None:
        node = self.node(pick)
        self.do(lambda: self.session.archive(node, archived))

    @rule(pick=picks, on=st.booleans())
    @precondition(lambda self: len(self.session.state.tree))
    def bookmark(self, pick: int, on: bool) -> None:
        node = self.node(pick)
        result = self.do(lambda: self.session.bookmark(node, on))
        assert isinstance(result, UsageError) == (node.deleted_at is not None)

    @rule(pick=picks, text=texts)
    @precondition(lambda self: len(self.session.state.tree))
    def annotate(self, pick: int, text: str) -> None:
        node = self.node(pick)
        self.do(lambda: self.session.annotate(node, text))

    @rule(pick=picks, on=st.booleans(), starts=st.booleans())
    @precondition(lambda self: len(self.session.state.tree))
    def shape_context(self, pick: int, on: bool, starts: bool) -> None:
        node = self.node(pick)
        self.do(lambda: self.session.start_context(node, on) if starts else self.session.mute(node, on))
        path = self.session.path()
        sent = [(turn.role, turn.content) for turn in expected_prompt(path, self.session.state.marks)]
        assert [(turn["role"], turn["content"]) for turn in self.session.chat_messages] == [
            turn for turn in sent if turn[1].strip()
        ]

    @rule(pick=picks, which=picks)
    @precondition(lambda self: len(self.session.state.tree))
    def carry(self, pick: int, which: int) -> None:
        branch, node = self.branch(pick), self.node(which)
        ends = branch.head == node
        result = self.do(lambda: self.session.carry(node, branch=branch), on=branch)
        if not isinstance(result, LionError) and ends and not branch.detached:
            copies = branch.path()[-result:]
            assert copies[0].parent_id == node.node_id
            assert [copy.content for copy in copies] == [
                self.session.message(copy.source_ids[0]).content for copy in copies
            ]

    @rule(with_sender=st.booleans())
    def tell_what_is_left_out(self, with_sender: bool) -> None:
        state = self.session.state
        end = state.head_row(state.current)
        told = [turn_of(state, each, with_sender=with_sender) for each in parts(state, end) if not each.left_out]
        assert tuple(told) == turns(state, end, with_sender=with_sender)

    @rule(pick=picks)
    def keep_only(self, pick: int) -> None:
        branch = self.branch(pick)
        path = {message.node_id for message in branch.path()}
        result = self.do(lambda: self.session.keep_only(branch))
        state = self.session.state
        rest = [
            row
            for row, node_id in enumerate(state.tree.node_id)
            if state.tree.alive(row) and node_id not in path and not any(map(state.archived, state.tree.path(row)))
        ]
        assert not rest
        assert isinstance(result, UsageError) or result.messages > 0

    @rule(pick=picks)
    @precondition(lambda self: any(message.deleted_at for message in all_messages(self.session)))
    def purge(self, pick: int) -> None:
        dead = [message for message in all_messages(self.session) if message.deleted_at]
        node = dead[pick % len(dead)]
        self.do(lambda: self.session.purge(node))
        self.done.clear()
        self.undone.clear()
        assert self.session.undo() is None
        assert self.session.redo() is None
        assert self.session.message(node.node_id).content == ""

    # Prompts that wait, and such as are being written

    @rule(pick=picks, text=texts)
    def write_a_draft(self, pick: int, text: str) -> None:
        branches = list(self.session.state.refs)
        self.session.state.set_draft(branches[pick % len(branches)], text)

    @rule(pick=picks, text=texts)
    def enqueue(self, pick: int, text: str) -> None:
        branch = self.branch(pick)
        before = self.session.queue(branch)
        result = self.do(lambda: self.session.enqueue(text, branch))
        if not isinstance(result, LionError):
            assert self.session.queue(branch) == (*before, result)

    @rule(pick=picks)
    def unqueue(self, pick: int) -> None:
        branch = self.branch(pick)
        for prompt in self.session.queue(branch)[:1]:
            self.do(lambda prompt=prompt: self.session.unqueue(prompt))
            assert prompt not in self.session.queue(branch)

    # Undo and redo

    @rule()
    def undo(self) -> None:
        gesture = self.do(self.session.undo, moves_others=True, undoable=False)
        assert (gesture is None) == (not self.done)
        if self.done:
            done = self.done.pop()
            assert_same(dump(self.session), done.before)
            assert self.session.state.current == done.shown_before
            self.undone.append(done)

    @rule()
    def redo(self) -> None:
        gesture = self.do(self.session.redo, moves_others=True, undoable=False)
        assert (gesture is None) == (not self.undone)
        if self.undone:
            done = self.undone.pop()
            assert_same(dump(self.session), done.after)
            assert self.session.state.current == done.shown_after
            self.done.append(done)

    @rule()
    def undo_all_and_redo_all(self) -> None:
        for _ in range(len(self.done)):
            self.undo()
        for _ in range(len(self.undone)):
            self.redo()

    # The file

    @rule(extension=st.sampled_from(["parquet", "toml"]))
    def save_and_open(self, extension: str) -> None:
        self.settle()
        path = Path(self.folder.name, f"s.{extension}")
        before = take_snapshot(self.session.state)
        self.session.save(path)
        opened = Session.open(path, service=self.service)
        assert not opened.report
        after = take_snapshot(opened.state)
        assert after.header == before.header
        for name, values in before.columns.items():
            assert [list(v) if name == "source_ids" else v for v in after.columns[name]] == [
                list(v) if name == "source_ids" else v for v in values
            ], name
        self.adopt(opened)

    @rule()
    def look_at_frames(self) -> None:
        self.settle()
        check_frames(self.session)

    # The journal

    @rule()
    def fold(self) -> None:
        """Take what there is as the file from now on: answers may be coming, and what they say goes on after it."""
        self.recorder.settle()
        self.base = take_snapshot(self.session.state)
        self.records.clear()

    @rule(cut=picks)
    @precondition(lambda self: self.records)
    def tear(self, cut: int) -> None:
        """Cut the journal anywhere, as a crash does: what is left is the session as it was a while ago."""
        path = Path(self.folder.name, "torn.journal")
        Journal.rewrite(path, self.session.state.session_id, self.base.header["last_op"], self.records).close()
        data = path.read_bytes()
        path.write_bytes(data[: cut % (len(data) + 1)])
        content = read_journal(path)
        assert content is not None
        assert content.torn
        assert list(content.records) == json.loads(json.dumps(self.records[: len(content.records)]))
        state, _ = restore_snapshot(Snapshot(self.base.header, self.base.columns, content.records))
        operations = [record["op"] for record in content.records if "add" not in record]
        assert state.op == (operations or [self.base.header["last_op"]])[-1]
        check_invariants(Session(state=state))

    @invariant()
    def file_and_journal_are_the_session(self) -> None:
        """Replay what was written down since the last fold, as the journal has it, and compare all there is."""
        self.recorder.settle()
        records = [json.loads(line[9:]) for line in encode(self.records).splitlines()]
        for base in (self.base, take_snapshot(self.session.state)):  # the second has everything already
            state, _ = restore_snapshot(Snapshot(base.header, base.columns, records))
            expected, _ = restore_snapshot(take_snapshot(self.session.state))
            found, meant = take_snapshot(state), take_snapshot(expected)
            assert found.header == meant.header
            assert plain(found) == plain(meant)

    @invariant()
    def everything_holds(self) -> None:
        check_invariants(self.session)


def plain(snapshot: Snapshot) -> dict[str, list[Any]]:
    """Return the columns, with lists where tuples may be."""
    return {name: [list(v) if name == "source_ids" else v for v in values] for name, values in snapshot.columns.items()}


TestSession = SessionMachine.TestCase
TestSession.settings = settings(stateful_step_count=30)
TestSession.pytestmark = pytest.mark.timeout(600)  # all rules in all orders: long on a loaded machine


def test_the_kinds_of_events_are_those_that_the_machine_counts() -> None:
    """If another kind comes, the machine has to know whether it is one of those that an operation emits once."""
    from lion_tui.core import events

    assert set(events.Event.__args__) == {
        Changed, CheckedOut, Finished, Purged, QueueChanged, Streamed, events.Waited, events.Saved, DraftChanged,
        NotSaved,
    }  # fmt: skip


pytestmark = pytest.mark.filterwarnings("error")
