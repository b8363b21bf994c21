"""Branches: names on messages, what moves them, what is shown."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest

from lion_tui import Services, Session
from lion_tui.core.changes import Position
from lion_tui.core.errors import BranchNameError, UnknownBranch, UnknownMessage, UsageError
from lion_tui.core.header import restore_snapshot, take_snapshot
from lion_tui.core.operations.branching import delete_branch
from lion_tui.core.snapshot import Snapshot


def contents(path: Any) -> list[str]:
    return [message.content for message in path.path()]


def said(*texts: str, system: str | None = None, **keywords: Any) -> Session:
    session = Session(system, **keywords)
    for at, text in enumerate(texts):
        session.add_message(("user", "assistant")[at % 2], text)
    return session


def test_main_is_made_with_the_session_and_the_system_prompt_is_its_first_message() -> None:
    session = Session("be brief", sender="director")
    assert list(session.branches) == ["main"]
    assert session.current == session.branches["main"] == session.default_branch == session.get_branch("main")
    assert session.get_branch(get_name=True) == (session.current, "main")
    assert [(message.role, message.sender) for message in session.path()] == [("system", "director")]
    assert session.undo() is None, "the session itself is no gesture"
    assert Session(default_branch_name="talk").default_branch_name == "talk"


def test_a_session_without_a_prompt_has_an_empty_branch() -> None:
    session = Session()
    assert session.head is None
    assert session.path() == []
    assert session.last_message is session.last_response is session.first_system is None
    assert session.last_response_content is session.last_message_content is None


def test_a_fork_adds_no_row_and_takes_settings_along() -> None:
    session = said("a", "b", service=Services.Scripted("x"))
    session.current.configure(model="m", params={"seed": 0}, note="mine")
    rows = len(session.state.tree)
    fork = session.fork("main", "try-2")
    assert len(session.state.tree) == rows
    assert fork.head == session.head
    assert (fork.model, fork.params, fork.note) == ("m", {"seed": 0}, None)
    assert session.current.name == "main", "which branch is current stays"
    fork.add_message("user", "c")
    assert contents(session) == ["a", "b"]
    assert contents(fork) == ["a", "b", "c"]


def test_a_name_of_no_branch_says_which_there_are_and_the_branches_are_a_dict_as_any() -> None:
    session = said("a")
    session.fork(name="try")
    branches = session.branches
    with pytest.raises(UnknownBranch, match=r"^There is no branch 'nope'\. The branches are: main, try\.$") as caught:
        branches["nope"]
    assert isinstance(caught.value, KeyError)
    assert (branches.get("nope"), "nope" in branches, list(branches)) == (None, False, ["main", "try"])
    assert branches == {name: session.get_branch(name) for name in ("main", "try")}


def test_a_fork_stands_at_a_branch_a_message_or_a_node_id() -> None:
    session = said("a", "b", "c")
    first, second, third = session.path()
    assert session.fork(first, "one").head == first
    assert session.fork(second.node_id, "two").head == second
    assert session.fork(session.current, "three").head == third
    assert session.fork(name="four").head == third
    assert session.split().name == "main.2"
    assert session.branches["one"].clone().name == "one.2"
    for wrong in ("nowhere", "00000000-0000-7000-8000-000000000000"):
        with pytest.raises(UnknownBranch, match=wrong):
            session.fork(wrong)


@pytest.mark.parametrize(
    "settings", [{"params": {"max_tokns": 1}}, {"params": {"seed": "x"}}, {"size": 1}, {"model": 5}]
)
def test_a_setting_that_cannot_be_leaves_everything_as_it_was(settings: dict[str, Any]) -> None:
    session = said("a")
    op = session.state.op
    with pytest.raises(UsageError):
        session.fork("main", "try", **settings)
    with pytest.raises(UsageError):
        session.current.configure(**settings)
    assert list(session.branches) == ["main"]
    assert session.state.op == op


@pytest.mark.parametrize("name", ["", "a b", "-a", "a..b", "x" * 65, "a\n", "\ud800"])
def test_a_malformed_name_raises_with_a_suggestion_and_changes_nothing(name: str) -> None:
    session = Session()
    for act in (session.new_branch, session.current.rename, lambda name: session.fork(None, name)):
        with pytest.raises(BranchNameError) as caught:
            act(name)
        assert caught.value.remedy.endswith(" can.")
    assert list(session.branches) == ["main"]


def test_a_taken_name_raises_also_in_another_normal_form() -> None:
    session = Session()
    session.new_branch("é")
    with pytest.raises(BranchNameError, match=r"'é\.2' is free"):
        session.new_branch("e\u0301")
    assert session.branches["é"].name == "é"


def test_new_branch_begins_anew_with_the_service_and_settings_of_the_current_one() -> None:
    session = said("a", service=Services.Scripted("x"))
    session.current.configure(service="scripted", model="m", params={"seed": 1, "top_p": 0.5})
    branch = session.new_branch("new", "be kind", sender="me", llmconfig={"seed": 2})
    assert [(message.role, message.content, message.sender) for message in branch.path()] == [
        ("system", "be kind", "me")
    ]
    assert branch.path()[0].parent_id is None
    assert (branch.service, branch.model, branch.params) == ("scripted", "m", {"seed": 2, "top_p": 0.5})
    assert session.new_branch("other", service="openai").model is None, "a model goes with its service"
    assert session.new_branch("empty").head is None
    assert session.current.name == "main"


def test_new_branch_takes_messages_of_a_list_or_a_frame() -> None:
    rows = [{"role": "user", "content": "hi", "sender": "Ann"}, {"role": "assistant", "content": "yes"}]
    session = Session()
    for name, messages in (("list", rows), ("frame", pd.DataFrame(rows))):
        branch = session.new_branch(name, messages=messages)
        assert [(message.role, message.sender, message.origin) for message in branch.path()] == [
            ("user", "Ann", "import"), ("assistant", "assistant", "import"),
        ]  # fmt: skip
    with pytest.raises(UsageError, match="role"):
        session.new_branch("bad", messages=[{"role": "judge", "content": "x"}])
    assert "bad" not in session.branches


def test_a_handle_follows_a_rename_and_raises_after_the_branch_is_deleted() -> None:
    session = said("a")
    branch = session.fork("main", "try")
    same = session.branches["try"]
    branch.rename("kept")
    assert same.name == "kept"
    assert same == branch
    assert hash(same) == hash(branch)
    assert list(session.branches) == ["main", "kept"]
    assert session.delete_branch("kept") is True
    for use in (lambda: same.name, lambda: same.messages, lambda: same.add_message("user", "x"), lambda: same.head):
        with pytest.raises(UnknownBranch, match="deleted"):
            use()
    session.undo()
    assert same.name == "kept"


def test_branches_is_a_copy() -> None:
    session = Session()
    session.branches.clear()
    assert list(session.branches) == ["main"]


def test_deleting_a_branch_keeps_its_messages_and_guards_the_current_one() -> None:
    session = said("a", "b")
    fork = session.fork(session.path()[0], "try")
    tip = fork.add_message("user", "c")
    with pytest.raises(UsageError, match="current"):
        session.delete_branch("main")
    session.delete_branch(fork)
    assert session.message(tip.node_id).content == "c"
    assert session.state.tree.row(tip.node_id) in session.state.tree.live_leaves()
    with pytest.raises(UnknownBranch):
        session.delete_branch("try")


def test_a_current_branch_that_is_deleted_leaves_its_view_detached() -> None:
    session = said("a", "b")
    delete_branch(session.state, session.state.ref_named("main"), detach=True)
    assert session.current.detached
    assert contents(session) == ["a", "b"]
    session.add_message("user", "c")
    assert session.current.name == "main"
    assert contents(session) == ["a", "b", "c"]


def test_the_detached_view_of_an_empty_branch_can_be_used() -> None:
    session = Session()
    delete_branch(session.state, session.state.ref_named("main"), detach=True)
    assert session.current.head is None
    assert session.checkout(session.current).detached
    session.add_message("user", "a")
    assert contents(session) == ["a"]
    assert not session.current.detached


# Checkout


def test_checkout_of_a_branch_changes_only_which_is_current() -> None:
    session = said("a", "b")
    session.fork(session.path()[0], "try")
    before = dict(session.state.refs)
    assert session.checkout("try").name == "try"
    assert session.change_default_branch("main").name == session.default_branch_name == "main"
    assert session.state.refs == before
    assert session.undo().kind == "fork", "checkout is no gesture"


def test_checkout_of_a_message_shows_its_path_down_to_the_leaf_visited_last() -> None:
    session = said("q", "a1")
    prompt, first = session.path()
    session.add_message("user", "more")
    second = session.edit(first, "a2")
    third = session.edit(first, "a3")
    assert session.checkout(prompt).head == second, "where one is; the third was not looked at yet"
    assert session.checkout(third).head == third
    assert session.current.detached
    assert session.checkout(prompt).head == third
    assert session.checkout(second).head == second
    assert session.current.name == "main"
    assert session.checkout(prompt).head == second, "a way back leads to where one was"
    assert [message.content for message in session.checkout(first).path()] == ["q", "a1", "more"]


def shown_through(session: Session, message: Any) -> str:
    """Return the text that the path through a message ends with, as far as one was there last."""
    state = session.state
    return state.tree.content(state.descend(state.tree.row(message.node_id)))


def test_what_is_written_beside_the_path_that_is_shown_does_not_count_as_visited() -> None:
    session = said("q", "a", "main")
    answer = session.path()[1]
    for name in "yz":
        session.fork(answer, name).add_message("user", name)
        assert shown_through(session, answer) == "main"
    assert session.checkout(answer).name == "main"
    assert session.checkout("z").name == session.checkout(answer).name == "z"
    session.checkout("main")
    session.branches["z"].add_message("assistant", "late")
    session.undo()
    assert shown_through(session, answer) == "main"


async def test_of_several_answers_the_one_that_the_branch_goes_on_from_counts_as_visited() -> None:
    session = said("q", "a", service=Services.Scripted(["b", "c"]))
    prompt = session.path()[0]
    _, other = await session.regenerate(n=2)
    assert contents(session) == ["q", "b"]
    assert shown_through(session, prompt) == "b"
    session.pick(other)
    assert contents(session) == ["q", "c"]
    assert shown_through(session, prompt) == "c"


@pytest.mark.parametrize("kept", [False, True])
def test_what_is_shown_in_a_file_counts_as_visited_whatever_it_says_of_that(kept: bool) -> None:
    """Files from other hands know of no visit at all, and old ones of a later one beside what is shown."""
    session = said("q", "a", "main")
    answer = session.path()[1]
    other = session.fork(answer, "z").add_message("user", "z")
    snapshot = take_snapshot(session.state)
    view = {"last_child": {answer.node_id: other.node_id} if kept else {}, "recent": []}
    state, report = restore_snapshot(Snapshot({**snapshot.header, "view": view}, snapshot.columns))
    assert report == []
    assert state.tree.content(state.descend(state.tree.row(answer.node_id))) == "main"
    assert state.recent == [session.state.current.branch_id]


def test_a_detached_view_moves_no_head_and_makes_a_branch_when_it_is_written_to() -> None:
    session = said("q", "a1")
    prompt, first = session.path()
    session.edit(first, "a2")
    main = session.branches["main"].head
    view = session.checkout(first)
    assert view.detached
    assert view.branch_id is None
    assert view.name == f"·{first.node_id[-4:]}"
    with pytest.raises(UsageError, match="detached"):
        view.rename("x")
    message = session.add_message("user", "go on")
    assert session.current.name == message.branch == "main.2"
    assert session.branches["main"].head == main
    assert contents(session) == ["q", "a1", "go on"]
    session.checkout(prompt)
    session.checkout(first)
    assert session.current.name == "main.2", "the leaf is the head of a branch"
    gesture = session.undo()
    assert gesture.kind == "append"
    assert list(session.branches) == ["main"]
    assert session.state.current == Position(None, first.node_id)


def test_the_name_of_a_branch_made_by_writing_has_the_lowest_free_number() -> None:
    session = said("q", "a")
    first = session.path()[0]
    for expected in ("main.2", "main.3", "main.4"):
        new = session.edit(first, "q again")
        session.checkout("main")
        session.rollback(2) if len(session.path()) > 1 else session.clear_messages()
        session.checkout(new)
        if session.current.detached:
            session.add_message("user", "x")
        assert session.current.name == expected


def test_a_detached_view_takes_the_settings_of_the_branch_before() -> None:
    session = said("q", "a1")
    session.current.configure(model="m", params={"seed": 3})
    first = session.path()[1]
    session.edit(first, "a2")
    session.checkout(first)
    session.add_message("user", "x")
    assert (session.current.model, session.current.params) == ("m", {"seed": 3})


def test_what_undo_shows_is_what_was_shown_last() -> None:
    session = said("q", "a1")
    prompt, first = session.path()
    second = session.edit(first, "a2")
    third = session.edit(second, "a3")
    session.fork(first, "one")
    session.fork(second, "two")
    session.checkout("one")
    session.current.configure(note="n")
    session.edit(first, "a4")
    session.undo()
    assert session.head == first
    assert session.checkout(prompt).head == first, "not the newest, and not the one that was undone"
    session.checkout("two")
    session.undo()
    assert session.current.name == "one"
    session.rollback(2)
    session.checkout(session.edit(third, "a5"))
    assert session.current.detached
    session.add_message("user", "x")
    assert session.current.name == "one.2", "named after the branch that was current last"


def test_checkout_of_a_message_with_branches_takes_the_latest_and_then_cycles() -> None:
    session = said("a")
    head = session.head
    assert head
    session.fork("main", "one")
    session.fork("main", "two")
    session.checkout("one")
    session.add_message("user", "b")
    session.rollback(1)
    session.checkout("main")
    assert [session.checkout(head).name for _ in range(3)] == ["one", "two", "main"]


def test_a_deleted_message_cannot_be_shown_forked_or_written_under() -> None:
    session = said("a", "b", "c", service=Services.Scripted("x"))
    first, second, third = session.path()
    view = None
    session.edit(third, "c2")
    view = session.checkout(third)
    session.checkout("main")
    session.delete(second)
    for act in (session.checkout, session.fork):
        with pytest.raises(UsageError, match="Restore"):
            act(second)
    for act in (
        lambda: view.add_message("user", "x"),
        lambda: session.edit(third, "x"),
        lambda: session.update_message(third.node_id, "content", "x"),
    ):
        with pytest.raises(UsageError, match="deleted"):
            act()
    assert session.edit(second, "b2").parent_id == first.node_id, "a sibling of a deleted message can be made"


async def test_no_answer_is_asked_for_under_a_deleted_prompt() -> None:
    service = Services.Scripted("x")
    session = Session(service=service)
    await session.chat("q")
    prompt, answer = session.path()
    session.delete(prompt)
    for call in (session.regenerate(prompt), session.regenerate(answer), session.continue_(answer)):
        with pytest.raises(UsageError, match="deleted"):
            await call
    assert len(service.requests) == 1
    assert len(session.state.tree) == 2


async def test_a_branch_of_another_session_is_refused() -> None:
    session, other = said("a", service=Services.Scripted("x")), said("b")
    for act in (
        lambda: session.add_message("user", "x", branch=other.current),
        lambda: session.checkout(other.current),
        lambda: session.fork(other.current),
        lambda: session.delete_branch(other.current),
        lambda: session.rollback(1, branch=other.current),
    ):
        with pytest.raises(UnknownBranch, match="another session"):
            act()
    with pytest.raises(UnknownBranch, match="another session"):
        await session.chat("q", branch=other.current)
    assert contents(session) == ["a"]


def test_an_unknown_message_is_named() -> None:
    session = said("a")
    for act in (session.message, session.delete, session.restore, session.archive, session.purge, session.reach):
        with pytest.raises(UnknownMessage, match="'n0'"):
            act("n0")


def test_siblings_are_counted_without_the_deleted_and_the_archived() -> None:
    session = said("q")
    prompt = session.path()[0]
    answers = [session.add_message("assistant", "a0")]
    answers += [session.edit(answers[0], f"a{n}") for n in range(1, 4)]

    def counter() -> list[str]:
        state = session.state
        return [state.tree.content(row) for row in state.siblings(state.tree.row(answers[0].node_id))]

    assert counter() == ["a0", "a1", "a2", "a3"]
    session.archive(answers[1])
    session.delete(answers[2])
    assert counter() == ["a0", "a3"]
    session.archive(answers[1], archived=False)
    session.restore(answers[2])
    assert counter() == ["a0", "a1", "a2", "a3"]
    assert session.checkout(prompt).head == answers[1]


def test_a_choice_for_the_whole_session_is_one_gesture_and_takes_the_current_branch_along() -> None:
    session = said("a", model="old")
    session.fork("main", "own", model="mine")
    session.current.configure(service="s", model="here", params={"seed": 1})
    session.configure(service="t", model="new")
    assert session.state.overlay == {"service": "t", "model": "new"}
    assert (session.current.service, session.current.model, session.current.params) == (None, None, {"seed": 1})
    assert session.branches["own"].model == "mine"
    session.undo()
    assert session.state.overlay == {"model": "old"}
    assert (session.current.service, session.current.model) == ("s", "here")
    with pytest.raises(UsageError, match="no setting 'note'"):
        session.configure(note="x")


def test_a_deleted_message_is_not_said_anew() -> None:
    session = said("a", "b", "c")
    b, c = session.path()[1:]
    session.delete(b)
    before = session.state.current
    with pytest.raises(UsageError, match="deleted"):
        session.detach_before(c)
    assert session.state.current == before


def test_settings_of_a_detached_view_make_a_branch_of_it_and_are_those_of_the_branch_before_until_then() -> None:
    session = said("a", "b", "c")
    session.current.configure(params={"seed": 1})
    session.checkout(session.path()[0])
    session.detach_before(session.path()[-1])
    assert session.current.detached
    assert session.params_in_force() == {"seed": 1}
    session.current.configure(model="m")
    assert (session.current.name, session.current.model, session.current.params) == ("main.2", "m", {"seed": 1})
    session.undo()
    assert session.current.detached
    assert list(session.branches) == ["main"]


def test_a_message_is_named_by_the_end_of_its_id_if_no_other_one_ends_so() -> None:
    session = Session("sys")
    first = session.add_message("user", "one")
    second = session.add_message("user", "two")
    tail = next(
        first.node_id[-length:] for length in range(4, 37) if not second.node_id.endswith(first.node_id[-length:])
    )
    assert session.row_at(f"·{tail}") == session.row_at(tail) == 1
    for name in ("", "·", first.node_id[-3:], "nothing"):
        with pytest.raises(UnknownBranch):
            session.row_at(name)
