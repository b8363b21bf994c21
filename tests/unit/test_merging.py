"""Merging branches: forward, appended, summed up, fused. The sources stay as they are."""

from __future__ import annotations

import asyncio
import re
from typing import TYPE_CHECKING, Any

import pytest
from session_checks import check_invariants, dump, until

from lion_tui import Services, Session
from lion_tui.core.errors import ServiceError, UnknownBranch, UnknownParameter, UsageError
from lion_tui.core.merged import PROMPTS
from lion_tui.services.scripted import Reply

if TYPE_CHECKING:
    from lion_tui import Message
    from lion_tui.core.inference import Request


def texts(branch: Any) -> list[str]:
    return [message.content for message in branch.path()]


def scripted(*replies: Any) -> Any:
    return Services.Scripted(list(replies))


async def asked(*replies: Any, answers: int = 2) -> tuple[Session, list[Message]]:
    """Return a session where one prompt has several answers, `main` at the first, `b`, `c` … at the others."""
    session = Session("be brief", service=scripted(*[f"answer {n}" for n in range(1, answers + 1)], *replies))
    await session.chat("why?")
    first = session.head
    assert first is not None
    others = []
    for name in "bcdefg"[: answers - 1]:
        session.fork("main", name)
        others += await session.regenerate(first, branch=name)
    session.state.undo.clear()
    return session, [first, *others]


def alternatives(request: Request) -> list[str]:
    """Return what stands between the tags of a request, whose numbers must count."""
    found = re.findall(r"<(alternative|conversation) (\d+)>\n(.*?)\n</\1 \2>", request.messages[-1].content, re.DOTALL)
    assert [number for _, number, _ in found] == [str(n) for n in range(1, len(found) + 1)]
    return [text for *_, text in found]


def service_of(session: Session) -> Any:
    return session.service("scripted")


# ff


async def test_a_head_goes_forward_to_what_lies_below_it() -> None:
    session = Session()
    session.add_message("user", "1")
    session.fork("main", "further")
    session.add_message("assistant", "2", branch="further")
    before = len(session.state.tree)
    message = await session.merge("further", "main", "ff")
    assert message == session.branches["main"].head == session.branches["further"].head
    assert len(session.state.tree) == before
    session.undo()
    assert texts(session.branches["main"]) == ["1"]
    check_invariants(session)


async def test_what_is_deleted_is_not_appended() -> None:
    session, (_, second) = await asked()
    session.delete(second)
    before = dump(session)
    with pytest.raises(UsageError, match=r"deleted.*Restore it"):
        await session.merge(second, "main", "append")
    assert dump(session) == before


async def test_an_empty_branch_goes_forward_to_anything() -> None:
    session = Session()
    session.add_message("user", "1")
    session.new_branch("empty")
    await session.merge("main", "empty", "ff")
    assert texts(session.branches["empty"]) == ["1"]


async def test_what_went_its_own_way_cannot_go_forward() -> None:
    session, _ = await asked()
    before = dump(session)
    with pytest.raises(UsageError, match=r"'main' cannot be moved forward.*append.*summary.*fuse"):
        await session.merge("b", how="ff")
    with pytest.raises(UsageError, match="has all of that already"):
        await session.merge("main", how="ff")
    with pytest.raises(UsageError, match="one other only"):
        await session.merge(["b", "main"], how="ff")
    assert dump(session) == before


# append


async def test_turns_are_copied_in_time_order_with_one_system_prompt() -> None:
    session = Session("be brief")
    session.add_message("user", "start")
    session.add_message("assistant", "ok")
    for name in ("a", "b"):
        session.fork("main", name)
    for n in (1, 2):
        for name in ("b", "a"):
            session.add_message("user", f"{name}{n}?", branch=name)
            session.add_message("assistant", f"{name}{n}!", branch=name)
    session.change_first_system_message("be kind", branch="a")
    session.add_message("user", "a3?", branch="a")
    message = await session.merge(["a", "b"], "main", "append")
    assert texts(session.branches["main"]) == [
        "be brief", "start", "ok", "b1?", "b1!", "a1?", "a1!", "b2?", "b2!", "a2?", "a2!", "a3?",
    ]  # fmt: skip
    copies = session.branches["main"].path()[3:]
    assert message == copies[-1]
    assert {copy.origin for copy in copies} == {"copy"}
    for copy in copies:
        (source,) = copy.source_ids
        assert session.message(source).content == copy.content
    assert texts(session.branches["a"])[-1] == "a3?"
    session.undo()
    assert texts(session.branches["main"]) == ["be brief", "start", "ok"]
    session.redo()
    check_invariants(session)


async def test_nothing_is_copied_twice() -> None:
    session, _ = await asked()
    await session.merge("b", how="append")
    assert texts(session) == ["be brief", "why?", "answer 1", "answer 2"]
    session.add_message("user", "more", branch="b")
    await session.merge("b", how="append")
    assert texts(session) == ["be brief", "why?", "answer 1", "answer 2", "more"]
    with pytest.raises(UsageError, match="'main' has all of that already"):
        await session.merge("b", how="append")
    with pytest.raises(UsageError, match="'b' has all of that already"):
        await session.merge("b", "b", how="append")
    await session.merge("main", "b", how="append")  # the copies of its own messages stay out
    assert texts(session.branches["b"]) == ["be brief", "why?", "answer 2", "more", "answer 1"]


async def test_unrelated_branches_are_appended_whole() -> None:
    session = Session()
    session.add_message("user", "here")
    session.new_branch("other", "be odd")
    session.add_message("user", "there", branch="other")
    await session.merge("other", how="append")
    assert texts(session) == ["here", "be odd", "there"]
    assert session.branches["other"].path()[0].content == "be odd"


async def test_empty_branches_have_nothing_to_merge() -> None:
    session, _ = await asked()
    session.new_branch("empty")
    for how in ("ff", "append", "summary", "fuse"):
        with pytest.raises(UsageError, match=r"[Ee]mpty"):
            await session.merge("empty", how=how)
    await session.merge("main", "empty", "append")
    assert texts(session.branches["empty"]) == texts(session)


async def test_merge_branch_is_lionagis() -> None:
    session, _ = await asked()
    session.merge_branch("b", "main")
    assert texts(session)[-1] == "answer 2"
    session.undo()
    session.checkout("b")
    session.merge_branch("b", "main", del_=True)
    assert "b" not in session.branches
    assert session.current.name == "main"
    session.undo()
    assert session.current.name == "b"
    with pytest.raises(UnknownBranch):
        session.merge_branch("nowhere", "main")


# fuse


async def test_two_answers_are_fused_beside_them() -> None:
    session, (first, second) = await asked("fused", "and then")
    message = await session.merge(["main", "b"], temperature=0.5, model="judge")
    assert message == session.head
    assert (message.parent_id, message.origin, message.role) == (first.parent_id, "merge", "assistant")
    assert set(message.source_ids) == {first.node_id, second.node_id}
    assert (message.model, message.params) == ("judge", {"temperature": 0.5})
    request = service_of(session).requests[-1]
    assert sorted(alternatives(request)) == ["answer 1", "answer 2"]
    assert [turn.role for turn in request.messages] == ["system", "user"]
    assert request.messages[-1].content.startswith("why?\n\n" + PROMPTS["fuse"])
    assert session.branches["b"].head == second
    await session.chat("go on")
    assert [turn.content for turn in service_of(session).requests[-1].messages] == [
        "be brief", "why?", "fused", "go on",
    ]  # fmt: skip
    check_invariants(session)


async def test_a_single_source_is_fused_with_what_the_branch_has() -> None:
    session, (first, second) = await asked("fused")
    message = await session.merge("b")
    assert set(message.source_ids) == {first.node_id, second.node_id}


async def test_messages_without_a_branch_can_be_fused() -> None:
    session, (_, second, third) = await asked("fused", answers=3)
    message = await session.merge([second, third.node_id], "main", prompt="be short")
    assert set(message.source_ids) == {second.node_id, third.node_id}
    assert service_of(session).requests[-1].messages[-1].content.startswith("why?\n\nbe short\n\n<alternative 1>")


async def test_the_order_is_shuffled() -> None:
    session, answers = await asked(*["fused"] * 30, answers=4)
    orders = set()
    for _ in range(30):
        await session.merge(answers)
        orders.add(tuple(alternatives(service_of(session).requests[-1])))
        session.undo()
    assert len(orders) > 1
    assert all(sorted(order) == [f"answer {n}" for n in range(1, 5)] for order in orders)


async def test_a_fused_answer_is_asked_for_again_from_the_same() -> None:
    session, (first, second) = await asked("fused", "fused anew", "and more")
    fused = await session.merge(["main", "b"], prompt="in verse")
    (again,) = await session.regenerate()
    assert again.content == "fused anew"
    assert set(again.source_ids) == {first.node_id, second.node_id}
    assert (again.origin, again.parent_id) == ("merge", fused.parent_id)
    request = service_of(session).requests[-1]
    assert "in verse" in request.messages[-1].content
    assert sorted(alternatives(request)) == ["answer 1", "answer 2"]
    further = await session.continue_(again)
    assert further.content == "fused anewand more"
    request = service_of(session).requests[-1]
    assert request.prefill
    assert request.messages[-1].content == "fused anew"
    assert "<alternative 2>" in request.messages[-2].content


async def test_a_fused_answer_cannot_be_asked_for_again_when_its_sources_are_gone() -> None:
    session, (_, second) = await asked("fused")
    fused = await session.merge(["main", "b"])
    session.delete(second)
    session.purge(second)
    rows = len(session.state.tree)
    with pytest.raises(UsageError, match="was purged"):
        await session.regenerate(fused)
    assert len(session.state.tree) == rows
    assert not session.streaming


async def test_a_prompt_to_merge_is_not_said_again_without_what_it_merges() -> None:
    session = Session(service=Services.Scripted(["fused", "anew"]))
    for name in ("a", "b"):
        branch = session.new_branch(name)
        branch.add_message("user", f"question {name}")
        branch.add_message("assistant", f"answer {name}")
    await session.merge(["a", "b"], "main", prompt="join them")
    question = session.branches["main"].path()[0]
    assert (question.metadata or {})["merge"]["how"] == "fuse"
    again = await session.replay(question, "join them in verse", branch="main")
    assert len(alternatives(service_of(session).requests[-1])) == 2
    assert again.path()[0].content == "join them in verse"
    session.delete(session.branches["a"].path()[0])
    before = dump(session)
    with pytest.raises(UsageError, match="was deleted"):
        await session.replay(question, "join them in prose", branch="main")
    assert dump(session) == before
    assert not session.streaming


@pytest.mark.parametrize("how", ["fuse", "summary"])
async def test_what_was_written_from_deleted_messages_is_not_asked_for_without_them(how: Any) -> None:
    session, (first, second) = await asked("written", "anew")
    written = await session.merge([first, second] if how == "fuse" else "b", how=how)
    session.delete(second)
    rows = len(session.state.tree)
    with pytest.raises(UsageError, match=r"was deleted.*Restore it"):
        await session.regenerate(written)
    assert len(session.state.tree) == rows
    session.restore(second)
    (again,) = await session.regenerate(written)
    assert again.content == "anew"


async def test_what_is_not_final_or_has_no_text_is_left_out() -> None:
    session, (first, second, third) = await asked(ServiceError("Away.", ""), "fused", answers=3)
    with pytest.raises(ServiceError):
        await session.regenerate(first)
    failed = session.head
    assert failed is not None
    session.checkout("b")
    found = session.mergeable([first, second, failed, third])
    assert [session.state.tree.node_id[row] for row in found.rows] == [each.node_id for each in (first, second, third)]
    assert found.left_out == ("The answer of scripted-1 has no text.",)
    message = await session.merge([first, failed, third])
    assert set(message.source_ids) == {first.node_id, third.node_id}
    with pytest.raises(UsageError, match=r"no text.*can be fused"):
        await session.merge([failed, third])
    with pytest.raises(UsageError, match="too little to merge"):
        await session.merge([third, third], "c")
    session.delete(first)
    with pytest.raises(UsageError, match="too little to merge"):
        await session.merge([first, second])


async def test_an_answer_that_still_comes_is_left_out() -> None:
    gate = asyncio.Event()
    session, (first, second) = await asked()
    slow = Services.Scripted("slow", name="slow", pace=gate.wait)
    task = asyncio.create_task(session.regenerate(first, service=slow))
    await until(lambda: session.streaming)
    (coming,) = session.streaming
    assert session.mergeable([first, second, coming]).left_out == ("The answer of scripted-1 is still coming.",)
    with pytest.raises(UsageError, match="still coming"):
        await session.merge([first, coming])
    with pytest.raises(UsageError, match="still coming"):
        await session.merge(coming, "b", how="append")
    with pytest.raises(UsageError, match="coming on this branch"):
        await session.merge("b", how="append")
    gate.set()
    await task


async def test_conversations_are_fused_below_a_prompt_of_their_own() -> None:
    session, (first, second) = await asked("more 1", "more 2", "fused", "fused anew", "then")
    await session.chat("and?", branch="main")
    await session.chat("and?", branch="b")
    heads = [session.branches[name].head for name in ("main", "b")]
    message = await session.merge(["main", "b"], "main")
    prompt, answer = session.path()[-2:]
    assert answer == message
    assert (prompt.role, prompt.content, answer.origin) == ("user", PROMPTS["fuse"], "merge")
    assert set(answer.source_ids) == {head.node_id for head in heads if head}
    request = service_of(session).requests[-1]
    assert sorted(alternatives(request)) == [
        "assistant: answer 1\n\nuser: and?\n\nassistant: more 1",
        "assistant: answer 2\n\nuser: and?\n\nassistant: more 2",
    ]
    assert request.messages[-1].content.startswith(PROMPTS["fuse"] + "\n\n<alternative 1>")
    await session.regenerate(prompt)
    assert len(alternatives(service_of(session).requests[-1])) == 2
    await session.chat("next")
    assert [turn.content for turn in service_of(session).requests[-1].messages][-3:] == [
        PROMPTS["fuse"], "fused anew", "next",
    ]  # fmt: skip
    check_invariants(session)
    assert first.content == "answer 1"
    assert second.content == "answer 2"


async def test_the_end_of_a_longer_branch_stays_where_it_is() -> None:
    """A branch that went on does not lose its end to an answer beside an earlier one."""
    session, (_, second, third) = await asked("later", "fused", answers=3)
    await session.chat("on", branch="main")
    await session.merge([second, third], "main")
    assert texts(session.branches["main"])[:5] == ["be brief", "why?", "answer 1", "on", "later"]


async def test_a_fusion_that_fails_can_be_tried_again() -> None:
    session, _ = await asked(Reply(text="ha", fault=ServiceError("Away.", "")), "fused")
    with pytest.raises(ServiceError):
        await session.merge(["main", "b"])
    cut = session.head
    assert cut is not None
    assert (cut.status, cut.content, cut.origin) == ("interrupted", "ha", "merge")
    again = await session.retry()
    assert (again.status, again.content, again.origin) == ("complete", "fused", "merge")
    session.undo()
    session.undo()
    assert texts(session) == ["be brief", "why?", "answer 1"]


async def test_undo_stops_a_fusion_and_takes_it_back() -> None:
    gate = asyncio.Event()
    session, _ = await asked()
    slow = Services.Scripted("slow", name="slow", pace=gate.wait)
    task = asyncio.create_task(session.merge("b", service=slow))
    await until(lambda: session.streaming)
    assert session.undo()
    assert (await task).status == "stopped"
    assert texts(session) == ["be brief", "why?", "answer 1"]
    check_invariants(session)


# summary


async def test_another_branch_is_summed_up_at_the_end() -> None:
    session, (_, second) = await asked("more", "sum", "sum anew", "ok")
    await session.chat("and?", branch="b")
    head = session.branches["b"].head
    message = await session.merge("b", how="summary")
    assert message == session.head
    assert (message.role, message.origin, message.content) == ("assistant", "summary", "sum")
    assert head is not None
    assert message.source_ids == (head.node_id,)
    request = service_of(session).requests[-1]
    assert alternatives(request) == ["assistant: answer 2\n\nuser: and?\n\nassistant: more"]
    assert [turn.content for turn in request.messages[:3]] == ["be brief", "why?", "answer 1"]
    (again,) = await session.regenerate()
    assert (again.origin, again.source_ids) == ("summary", message.source_ids)
    assert service_of(session).requests[-1] == request
    await session.chat("so?")
    assert [turn.content for turn in service_of(session).requests[-1].messages][-2:] == ["sum anew", "so?"]
    with pytest.raises(UsageError, match=r"nothing of its own.*went its own way"):
        await session.merge(second, "b", how="summary")
    check_invariants(session)


async def test_an_empty_branch_can_begin_with_a_summary() -> None:
    session, _ = await asked("sum", "sum anew")
    session.new_branch("new")
    message = await session.merge(["main", "b"], "new", "summary")
    assert message.parent_id is None
    assert sorted(alternatives(service_of(session).requests[-1])) == [
        "user: why?\n\nassistant: answer 1", "user: why?\n\nassistant: answer 2",
    ]  # fmt: skip
    (again,) = await session.regenerate(branch="new")
    assert session.branches["new"].head == again
    check_invariants(session)


# Bad input, and the file


async def test_what_cannot_be_meant_is_refused() -> None:
    session, _ = await asked()
    before = dump(session)
    with pytest.raises(UsageError, match="no way to merge called 'rebase'"):
        await session.merge("b", how="rebase")  # type: ignore[arg-type]
    with pytest.raises(UnknownBranch, match="nowhere"):
        await session.merge("nowhere")
    with pytest.raises(UsageError, match="Nothing to merge is named"):
        await session.merge([])
    with pytest.raises(UsageError, match="asks no model"):
        await session.merge("b", how="append", model="m")
    with pytest.raises(UnknownParameter):
        await session.merge("b", size=3)
    with pytest.raises(UnknownBranch, match="another session"):
        await session.merge(Session().current)
    assert dump(session) == before


@pytest.mark.parametrize("extension", ["parquet", "toml"])
async def test_a_file_knows_what_was_merged(tmp_path: Any, extension: str) -> None:
    session, (first, second) = await asked("fused", "anew")
    path = tmp_path / f"s.{extension}"
    with Session.open(path, write=True, service=service_of(session)) as kept:
        branch = kept.take_branch(session.branches["main"])
        kept.checkout(branch)
        kept.fork(branch.path()[1], "b")
        kept.add_message("assistant", "another", branch="b")
        await kept.merge("b")
        expected = texts(kept)
    opened = Session.open(path, service=service_of(session))
    assert texts(opened) == expected
    (again,) = await opened.regenerate()
    assert sorted(alternatives(service_of(session).requests[-1])) == ["another", "answer 1"]
    assert again.origin == "merge"
    assert opened.undo()
    assert opened.undo()
    assert texts(opened) == ["be brief", "why?", "answer 1"]
    assert [first.content, second.content] == ["answer 1", "answer 2"]


async def test_what_leads_to_the_others_is_left_out_however_many_lead_there() -> None:
    session, (first, second) = await asked("more", "other", "fused")
    await session.chat("go on", branch="main")
    deeper = session.branches["main"].head
    with pytest.raises(UsageError, match="has nothing of its own"):
        await session.merge([first, deeper], "main")
    prompt = session.branches["main"].path()[-2]
    with pytest.raises(UsageError, match=r"nothing of its own.*nothing of its own"):
        await session.merge([first, prompt, deeper], "main")
    message = await session.merge([first, second, deeper], "main")
    for source in message.source_ids:
        assert session.message(source).content in service_of(session).requests[-1].messages[-1].content
