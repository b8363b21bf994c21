"""One prompt, many answers: of models, of samples, on branches, and of instances."""

from __future__ import annotations

import asyncio
import shutil
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from session_checks import check_invariants, dump, until

from lion_tui import Services, Session
from lion_tui.core.errors import BranchNameError, ServerFault, ServiceChoiceError, ServiceError, UsageError
from lion_tui.core.inference import Turn
from lion_tui.core.refs import model_branch_name, valid_name

if TYPE_CHECKING:
    from pathlib import Path

    from lion_tui.core.inference import Request
    from lion_tui.services.scripted import Scripted


def echo(**options: Any) -> Scripted:
    """Return a service that says which model was asked what last."""
    return Services.Scripted(lambda request: f"{request.model}: {request.messages[-1].content}", **options)


class Held:
    """Lets the answers of a scripted service come when `open` is called."""

    def __init__(self) -> None:
        self.gate = asyncio.Event()

    async def __call__(self) -> None:
        await self.gate.wait()


async def test_each_model_answers_one_prompt_on_a_branch_of_its_own() -> None:
    service = echo()
    session = Session("be brief", service=service)
    await session.chat("one")
    before = len(session.state.tree)
    answers = await session.fan_out("two", ["a", "org/b.1", "a"])
    assert [answer.content for answer in answers] == ["a: two", "org/b.1: two", "a: two"]
    assert [answer.branch for answer in answers] == ["main.a", "main.b.1", "main.a.2"]
    assert {answer.parent_id for answer in answers} == {session.message(answers[0].parent_id or "").node_id}
    assert len(session.state.tree) == before + 4
    assert len({answer.group_id for answer in answers} | {None}) == 2
    assert len({answer.turn_id for answer in answers}) == 1
    assert [session.branches[answer.branch or ""].head for answer in answers] == answers
    assert session.current.name == "main"
    assert session.head == answers[0]
    other = session.branches["main.b.1"]
    assert (other.service, other.model) == ("scripted", "org/b.1")
    check_invariants(session)


async def test_each_answer_sees_its_own_path_over_several_turns() -> None:
    service = echo()
    session = Session("be brief", service=service)
    first = await session.fan_out("one", ["a", "b", "c"])
    names = [answer.branch or "" for answer in first]
    for text in ("two", "three"):
        await session.fan_out(text, branches=names)
    for model, name in zip("abc", names, strict=True):
        said = ["be brief", "one", f"{model}: one", "two", f"{model}: two", "three", f"{model}: three"]
        assert [message.content for message in session.branches[name].path()] == said
    sent = {request.model: request.messages for request in service.requests[-3:]}
    for model in "abc":
        assert sent[model] == (
            Turn("system", "be brief"),
            Turn("user", "one"),
            Turn("assistant", f"{model}: one"),
            Turn("user", "two"),
            Turn("assistant", f"{model}: two"),
            Turn("user", "three"),
        )


async def test_branches_share_a_prompt_where_their_heads_are_one() -> None:
    session = Session(service=echo())
    await session.chat("one")
    session.fork("main", "same")
    session.fork("main", "apart")
    await session.chat("elsewhere", branch="apart")
    names = list(session.branches)
    answers = await session.fan_out("two", branches=["main", "same", "apart"])
    parents = [answer.parent_id for answer in answers]
    assert parents[0] == parents[1] != parents[2]
    assert len({session.message(parent or "").turn_id for parent in parents}) == 1
    assert len({answer.group_id for answer in answers}) == 1
    assert [session.branches[name].head for name in ("main", "same", "apart")] == answers
    assert list(session.branches) == names  # each answer is its branch's own
    more = await session.fan_out("three", ["a", "b"], branches=["main", "apart"])
    assert [answer.branch for answer in more] == ["main.a", "main.b", "apart.a", "apart.b"]
    assert [session.branches[name].head for name in ("main", "apart")] == [more[0], more[2]]


async def test_a_model_may_name_its_service() -> None:
    one, two = echo(name="one"), echo(name="two")
    session = Session(service=one)
    session.service("one")
    answers = await session.fan_out("hi", [(two, "x"), "two:y", "one:z:free", (one, None), "no:colon"])
    assert [(answer.service, answer.model) for answer in answers] == [
        ("two", "x"), ("two", "y"), ("one", "z:free"), ("one", "scripted-1"), ("one", "no:colon"),
    ]  # fmt: skip
    named = await session.fan_out("hi", ["one:7b"], service=two)
    assert (named[0].service, named[0].model) == ("two", "one:7b")
    await session.chat("on", branch=answers[0].branch)
    assert two.requests[-1].model == "x"
    again = await session.regenerate(models=["two:y", (one, "q")])
    assert [(answer.service, answer.model) for answer in again] == [("two", "y"), ("one", "q")]


async def test_samples_of_one_model() -> None:
    session = Session(service=Services.Scripted(["a", "b", "c"]))
    answers = await session.fan_out("roll", n=3, temperature=1.5)
    assert sorted(answer.content for answer in answers) == ["a", "b", "c"]
    assert [answer.branch for answer in answers] == ["main.scripted-1", "main.scripted-1.2", "main.scripted-1.3"]
    assert {(answer.params or {})["temperature"] for answer in answers} == {1.5}


async def test_one_that_fails_is_an_error_that_can_be_asked_for_again_while_others_go_on() -> None:
    failing = True

    def line(request: Request) -> str | Exception:
        return ServerFault("It failed.") if request.model == "bad" and failing else "fine"

    session = Session(service=Services.Scripted(line))
    good, bad, other = await session.fan_out("hi", ["good", "bad", "other"])
    assert [each.status for each in (good, bad, other)] == ["complete", "error", "complete"]
    assert bad.error == "It failed."
    failing = False
    again = await session.retry(bad, branch=bad.branch)
    assert (again.content, again.model, again.parent_id) == ("fine", "bad", bad.parent_id)
    assert again.group_id == bad.group_id
    assert session.branches["main.bad"].head == again
    failing = True
    with pytest.raises(ServerFault):
        await session.fan_out("hi", ["bad", "bad"])


async def test_stopping_one_stops_the_group() -> None:
    held = Held()
    session = Session(service=Services.Scripted("never", pace=held))
    fan = await session.start_fan_out("hi", ["a", "b"])
    asyncio.get_running_loop().call_soon(session.stop, fan.branches[1])
    assert [message.status for message in await fan.messages()] == ["stopped", "stopped"]


async def test_a_fan_out_is_one_gesture() -> None:
    session = Session("s", service=echo())
    await session.chat("one")
    before, shown = dump(session), session.state.current
    answers = await session.fan_out("two", ["a", "b"])
    after = dump(session)
    gesture = session.undo()
    assert gesture
    assert gesture.kind == "fan-out"
    undone = dump(session)
    assert {name: undone[name] for name in undone if name != "deleted"} == {
        name: before[name] for name in before if name != "deleted"
    }
    assert all(session.message(answer.node_id).deleted_at for answer in answers)
    assert session.state.current == shown
    session.redo()
    assert dump(session) == after


async def test_undo_stops_what_comes() -> None:
    session = Session(service=Services.Scripted("never", pace=Held()))
    fan = await session.start_fan_out("hi", n=3)
    session.undo()
    assert not session.streaming
    assert {message.status for message in await fan.messages()} == {"stopped"}
    assert list(session.branches) == ["main"]


async def test_no_service_gets_more_at_once_than_it_takes_and_who_waits_is_seen() -> None:
    held = Held()
    crowded = Services.Scripted("done", name="small", pace=held, max_concurrent=2)
    free = Services.Scripted("done", name="large", pace=held)
    session = Session(service=crowded)
    fan = await session.start_fan_out("hi", [(crowded, "m"), (free, "m")], n=4)
    await until(lambda: len(session.waiting) == 2)
    assert len(crowded.requests) == 2
    assert len(free.requests) == 4
    assert list(session.waiting) == list(fan.node_ids[2:4])
    assert list(session.waiting.values()) == ["small answers 2 at once", "small answers 2 at once, 1 ahead"]
    held.gate.set()
    assert {message.status for message in await fan.messages()} == {"complete"}
    assert not session.waiting
    assert len(crowded.requests) == 4


async def test_fan_outs_on_the_same_branches_take_turns() -> None:
    service = echo()
    session = Session(service=service)
    session.fork("main", "other")
    both, back = ["main", "other"], ["other", "main"]
    await asyncio.gather(
        session.fan_out("one", branches=both), session.fan_out("two", branches=back), session.chat("three", "other")
    )
    for name in both:
        assert [message.role for message in session.branches[name].path()][:4] == ["user", "assistant"] * 2
    assert len(session.branches["other"].path()) == 6
    check_invariants(session)


async def test_asking_where_the_view_is_detached_makes_a_branch() -> None:
    session = Session(service=echo())
    await session.chat("one")
    await session.chat("two")
    session.checkout(session.current.path()[1])
    session.detach_before(session.current.path()[2])
    answers = await session.fan_out("anew", ["a", "b"])
    assert session.current.name == "main.2"
    assert session.head == answers[0]
    assert [answer.branch for answer in answers] == ["main.2.a", "main.2.b"]


def left_by_a_kill(file: Path) -> Path:
    """Return a copy of a session's file, with its journal, as the disk has them at this moment."""
    folder = file.parent / "killed"
    folder.mkdir()
    for each in file.parent.glob(f"{file.name}*"):
        shutil.copy(each, folder)
    return folder / file.name


async def test_a_fan_out_that_a_crash_cut_is_all_there(tmp_path: Path) -> None:
    file = tmp_path / "s.parquet"
    held = Held()
    session = Session.open(file, write=True, service=Services.Scripted("never", pace=held))
    fan = await session.start_fan_out("hi", ["a", "b"])
    await session.flush()
    left = left_by_a_kill(file)
    session.close()
    opened = Session.open(left, service=echo())
    assert [branch.head.node_id for name, branch in opened.branches.items() if branch.head] == [
        fan.node_ids[0], *fan.node_ids,
    ]  # fmt: skip
    assert opened.groups["node_id"].tolist() == list(fan.node_ids)
    assert opened.groups["status"].tolist() == ["interrupted", "interrupted"]
    assert set(opened.groups["asking"]) == {"main"}
    again = await opened.retry(fan.node_ids[1], branch="main.b")
    assert again.content == "b: hi"
    assert opened.groups["status"].tolist()[2] == "complete"
    assert opened.undo()
    undone = opened.undo()
    assert undone
    assert undone.kind == "fan-out"
    assert not opened.state.groups


async def test_picking_moves_the_head_of_the_branch_that_was_asked_on() -> None:
    session = Session(service=echo())
    first, second = await session.fan_out("one", ["a", "b"])
    session.checkout("main.b")
    await session.chat("more", branch="main.b")
    deeper = session.branches["main.b"].head
    assert deeper
    assert session.pick(second) == session.branches["main"]
    assert session.branches["main"].head == second
    assert session.branches["main.a"].head == first
    assert session.current.name == "main.b"
    session.pick(deeper)
    assert session.branches["main"].head == deeper
    session.undo()
    assert session.branches["main"].head == second
    await session.chat("elsewhere", branch="main.a")
    session.pick(first, branch="main.a")
    assert session.branches["main.a"].head == first
    session.checkout("main.a")
    plain = session.add_message("user", "plain", branch=session.new_branch("x"))
    session.checkout("x")
    assert session.pick(plain).name == "x"


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        ({"instruction": " "}, UsageError),
        ({"models": []}, UsageError),
        ({"models": "abc"}, UsageError),
        ({"models": [3]}, UsageError),
        ({"models": [""]}, UsageError),
        ({"n": 0}, UsageError),
        ({"branches": []}, UsageError),
        ({"branches": ["main"], "branch": "main"}, UsageError),
        ({"branches": ["main", "gone"]}, KeyError),
        ({"models": [("nowhere", "x")]}, ServiceChoiceError),
        ({"tempersture": 1}, UsageError),
    ],
)
async def test_what_cannot_be_asked_leaves_nothing(arguments: dict[str, Any], error: type[Exception]) -> None:
    session = Session(service=echo())
    before = dump(session)
    with pytest.raises(error):
        await session.fan_out(**{"instruction": "hi", **arguments})
    assert dump(session) == before
    assert not len(session.state.tree)


async def test_instances_begin_anew_each() -> None:
    service = echo()
    session = Session("of the session", service=service)
    await session.chat("before")
    assert await session.parallel_chat("hi", 2, branch_system="be curt") == ["scripted-1: hi"] * 2
    assert service.requests[-1].messages == (Turn("system", "be curt"), Turn("user", "hi"))
    assert list(session.branches) == ["main", "parallel", "parallel.2"]
    assert session.current.name == "main"
    session.undo()
    assert list(session.branches) == ["main"]


@pytest.mark.parametrize(
    ("instruction", "context", "explode", "asked"),
    [
        (["a", "b"], None, False, ["a", "b"]),
        ("a", ["x", "y"], False, ["a\n\nx", "a\n\ny"]),
        (["a", "b"], "x", False, ["a\n\nx", "b\n\nx"]),
        (["a", "b"], ["x", "y"], False, ["a\n\nx", "b\n\ny"]),
        (["a", "b"], ["x", "y"], True, ["a\n\nx", "a\n\ny", "b\n\nx", "b\n\ny"]),
        (["a", "b"], ["x", "y", "z"], True, [f"{i}\n\n{c}" for i in "ab" for c in "xyz"]),
    ],
)
async def test_instructions_and_contexts_go_in_pairs_or_all_with_all(
    instruction: Any, context: Any, explode: bool, asked: list[str]
) -> None:
    session = Session(service=Services.Scripted(lambda request: request.messages[-1].content))
    said = await session.parallel_chat(instruction, 2, context, explode=explode)
    assert said == [each for each in asked for _ in range(2)]


async def test_instances_take_messages_and_settings_along() -> None:
    service = echo()
    session = Session(service=service)
    messages = [{"role": "user", "content": "u"}, {"role": "assistant", "content": "v"}]
    said = await session.parallel_chat(
        "hi", messages=messages, branch_config={"model": "m"}, temperature=0.1, sender="eve", out=False
    )
    assert said is None
    assert service.requests[0].model == "m"
    assert service.requests[0].params == {"temperature": 0.1}
    assert service.requests[0].messages == (Turn("user", "u"), Turn("assistant", "v"), Turn("user", "hi"))
    prompt = session.branches["parallel"].path()[-2]
    assert prompt.sender == "eve"


@pytest.mark.parametrize(
    "arguments",
    [
        {"instruction": []},
        {"instruction": "a", "context": []},
        {"instruction": ["a", "b"], "context": ["x", "y", "z"]},
        {"instruction": "a", "num_instances": 0},
        {"instruction": ["a", " "]},
        {"instruction": "a", "tools": True},
        {"instruction": "a", "persist_path": "x"},
        {"instruction": "a", "messages": [{"role": "judge", "content": ""}]},
    ],
)
async def test_instances_that_cannot_be_leave_nothing(arguments: dict[str, Any]) -> None:
    session = Session(service=echo())
    before = dump(session)
    with pytest.raises(UsageError):
        await session.parallel_chat(**arguments)
    assert dump(session) == before


async def test_a_cancelled_fan_out_keeps_what_came() -> None:
    session = Session(service=Services.Scripted("never", pace=Held()))
    task = asyncio.create_task(session.fan_out("hi", n=2))
    await until(lambda: len(session.streaming) == 2)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert not session.streaming


async def test_the_first_fault_is_told_if_nobody_answers() -> None:
    service = Services.Scripted([ServiceError("First."), ServiceError("Second.")])
    with pytest.raises(ServiceError, match=r"First\."):
        await Session(service=service).fan_out("hi", n=2)


@given(
    branch=st.from_regex(r"\A\w[\w/-]{0,63}\Z"),
    model=st.text(max_size=90),
    taken=st.integers(0, 12),
)
def test_names_of_branches_are_valid_whatever_models_are_called(branch: str, model: str, taken: int) -> None:
    names: dict[str, None] = {}
    for _ in range(taken + 1):
        try:
            branch = valid_name(branch, {})
        except BranchNameError:
            return
        name = model_branch_name(branch, model, names)
        assert valid_name(name, names) == name
        names[name] = None


async def test_names_do_not_grow_when_several_are_asked_again_on_the_branch_of_an_answer() -> None:
    session = Session(service=echo())
    await session.fan_out("one", ["org/some-model", "b"])
    session.checkout("main.some-model")
    await session.fan_out("two", ["some-model", "b"])
    assert list(session.branches) == ["main", "main.some-model", "main.b", "main.some-model.2", "main.b.2"]
    session.checkout("main.b.2")
    await session.fan_out("three", n=2)
    assert list(session.branches)[5:] == ["main.b.3", "main.b.4"]


async def test_a_prompt_that_is_there_gets_more_answers() -> None:
    session = Session(service=echo())
    await session.chat("one")
    prompt, old = session.path()
    await session.chat("two")
    answers = await session.fan_out(prompt, ["a", "b"])
    assert [answer.parent_id for answer in answers] == [prompt.node_id] * 2
    assert session.head == answers[0]
    assert [session.branches[name].head for name in ("main.a", "main.b")] == answers
    assert [message.role for message in session.all_messages.itertuples()].count("user") == 2
    session.pick(old)
    assert session.branches["main"].head == old
    session.new_branch("apart")
    session.checkout("apart")
    (more,) = await session.fan_out(prompt, ["c"])
    assert more.branch == "apart.c"
    assert not session.current.path()  # which does not hold the prompt, so that its head stays
    for wrong in (lambda: session.fan_out(old), lambda: session.fan_out(prompt, branches=["main"])):
        with pytest.raises(UsageError):
            await wrong()
    undone = session.undo()
    assert undone
    assert undone.kind == "fan-out"
    assert "apart.c" not in session.branches
