"""Messages by hand: adding, editing, leaving out, deleting for a while and for good; undo."""

from __future__ import annotations

import enum
from typing import Any

import pytest
from session_checks import check_invariants, dump

from lion_tui import Services, Session
from lion_tui.core.errors import UsageError
from lion_tui.core.operations.deleting import Reach


def contents(path: Any) -> list[str]:
    return [message.content for message in path.path()]


def said(*texts: str, system: str | None = None) -> Session:
    session = Session(system)
    for at, text in enumerate(texts):
        session.add_message(("user", "assistant")[at % 2], text)
    return session


# Adding


def test_a_message_of_each_role_is_added_and_returned() -> None:
    session = Session()
    for role in ("system", "user", "assistant", "tool"):
        message = session.add_message(role, f"I am {role}", branch="main", metadata={"n": 1})
        assert (message.role, message.sender, message.recipient, message.branch) == (role, role, "main", "main")
        assert message.metadata == {"n": 1}
        assert message == session.last_message
    assert session.info == {"system": 1, "user": 1, "assistant": 1, "tool": 1, "total": 4}


class Name(str):
    """A text that is not exactly a `str`, as the texts of numpy and of enumerations are."""

    __slots__ = ()


class Speaker(enum.StrEnum):
    ANN = "Ann"


@pytest.mark.parametrize("sender", [Name("Ann"), Speaker.ANN])
def test_a_kind_of_str_is_kept_as_text(sender: str, tmp_path: Any) -> None:
    session = Session(Name("sys"))
    message = session.add_message("user", Name("hi"), sender=sender)
    assert type(message.sender) is type(message.content) is str
    assert message.sender == "Ann"
    session.save(tmp_path / "s.parquet")


@pytest.mark.parametrize(
    "wrong",
    [
        {"role": "judge"}, {"content": None}, {"content": 5}, {"sender": 5}, {"recipient": b"x"},
        {"metadata": {"x": object()}}, {"metadata": {"x": float("nan")}},
    ],
)  # fmt: skip
def test_what_cannot_be_a_message_raises_and_leaves_everything_whole(wrong: dict[str, Any]) -> None:
    session = said("a")
    before, op = dump(session), session.state.op
    with pytest.raises(UsageError):
        session.add_message(**{"role": "user", "content": "x", **wrong})
    assert (dump(session), session.state.op) == (before, op)
    check_invariants(session)
    session.add_message("user", "b")
    assert contents(session) == ["a", "b"]
    assert [message.seq for message in session.path()] == [1, 2]


def test_all_text_is_made_scalar_at_the_door_and_the_session_can_be_saved(tmp_path: Any) -> None:
    bad, good = "x\ud800", "x\ufffd"
    session = Session(bad, sender=bad, title=bad, llmconfig={"stop": [bad], "model": bad})
    session.add_message("user", bad, sender=bad, recipient=bad, metadata={bad: bad})
    session.edit(session.path()[-1], bad)
    session.update_message(session.path()[-1].node_id, "sender", bad)
    session.current.configure(note=bad, colour=bad, model=bad, service=bad, params={"stop": bad})
    session.new_branch("n", bad, llmconfig={"model": bad})
    session.enqueue(bad, stop=bad)
    session.title = bad
    for extension in ("parquet", "toml"):
        path = tmp_path / f"s.{extension}"
        session.save(path)
        opened = Session.open(path)
        assert opened.title == good
        assert {message.content for message in opened.path()} == {good}
        assert opened.path()[-1].metadata == {good: good}
        assert opened.queue()[0].text == good


# Editing


@pytest.mark.parametrize("carry", [False, True])
def test_an_edit_is_a_sibling_and_the_original_stays(carry: bool) -> None:
    session = said("q1", "a1", "q2", "a2", system="sys")
    original = session.path()[1]
    edited = session.edit(original, "q1 again", carry=carry)
    assert edited.parent_id == original.parent_id
    assert (edited.origin, edited.source_ids) == ("edit", (original.node_id,))
    assert session.message(original.node_id) == original
    assert contents(session) == ["sys", "q1 again"] + (["a1", "q2", "a2"] if carry else [])
    copies = session.path()[2:]
    assert [message.origin for message in copies] == ["copy"] * len(copies)
    assert all(session.message(copy.source_ids[0]).content == copy.content for copy in copies)


def test_a_root_can_have_siblings() -> None:
    session = said("q", "a", system="old")
    session.edit(session.path()[0], "new", carry=True)
    assert contents(session) == ["new", "q", "a"]
    assert session.path()[0].parent_id is None
    assert session.first_system
    assert session.first_system.content == "new"


def test_an_edit_off_the_current_path_moves_no_head() -> None:
    session = said("q", "a")
    fork = session.fork(session.path()[0], "try")
    other = fork.add_message("assistant", "b")
    before = dump(session)["refs"]
    session.edit(other, "b2", carry=True)
    assert dump(session)["refs"] == before
    session.edit(other, "b3", branch="try")
    assert contents(fork) == ["q", "b3"]
    assert contents(session) == ["q", "a"]


def test_update_message_makes_an_edited_sibling_with_its_tail() -> None:
    session = said("q", "a", "more")
    original = session.path()[1]
    for column, value in (
        ("content", "b"),
        ("sender", "Bob"),
        ("recipient", "Ann"),
        ("role", "tool"),
        ("metadata", {"a": 1}),
    ):
        updated = session.update_message(session.path()[1].node_id, column, value)
        assert getattr(updated, column) == value
    assert contents(session) == ["q", "b", "more"]
    assert session.message(original.node_id) == original
    for column, value in (("seq", 1), ("node_id", "x"), ("role", "judge"), ("content", 5), ("sender", None)):
        with pytest.raises(UsageError):
            session.update_message(original.node_id, column, value)


def test_remove_message_splices_and_keeps_the_original() -> None:
    session = said("q", "a", "wrong", "right")
    first, second, wrong, right = session.path()
    session.remove_message(wrong.node_id)
    assert contents(session) == ["q", "a", "right"]
    assert session.path()[:2] == [first, second]
    assert session.path()[2].source_ids == (right.node_id,)
    session.remove_message(session.path()[-1])
    assert contents(session) == ["q", "a"]
    session.remove_message(session.path()[0])
    assert contents(session) == ["a"]
    assert session.message(wrong.node_id).deleted_at is None
    with pytest.raises(UsageError, match="not on this branch"):
        session.remove_message(wrong)


def test_rollback_moves_the_head_by_messages_of_the_path() -> None:
    session = said("a", "b", "c")
    for steps in (0, -1, 4):
        with pytest.raises(UsageError, match="3 messages"):
            session.rollback(steps)
    session.rollback(2)
    assert contents(session) == ["a"]
    session.rollback(1)
    assert session.path() == []
    with pytest.raises(UsageError, match="0 messages"):
        session.rollback(1)
    assert len(session.state.tree) == 3


def test_clear_keeps_the_system_prompt_in_force_and_nothing_else() -> None:
    session = said("q", "a", system="sys")
    session.clear_messages()
    assert contents(session) == ["sys"]
    session.undo()
    session.add_message("system", "later")
    session.add_message("user", "q2")
    session.current.clear_messages()
    assert contents(session) == ["later"]
    bare = said("q", "a")
    bare.clear_messages()
    assert bare.head is None
    op = bare.state.op
    bare.clear_messages()
    assert bare.state.op == op, "nothing was done, so nothing is told"


# Deleting


def test_delete_takes_the_subtree_and_heads_go_to_the_nearest_message_that_lives() -> None:
    session = said("a", "b", "c", "d")
    first, second, third, _ = session.path()
    session.fork(third, "try")
    session.fork(first, "safe")
    assert session.reach(second) == Reach(messages=3, branches=2)
    assert session.delete(second) == Reach(messages=3, branches=2)
    assert {name: branch.head for name, branch in session.branches.items()} == dict.fromkeys(session.branches, first)
    with pytest.raises(UsageError, match="deleted already"):
        session.delete(third)
    session.delete(first)
    assert {branch.head for branch in session.branches.values()} == {None}
    check_invariants(session)


def test_restore_brings_back_what_was_deleted_together_and_the_heads() -> None:
    session = said("a", "b", "c", "d")
    first, second, third, fourth = session.path()
    session.fork(third, "try")
    session.delete(fourth)
    session.delete(second)
    session.restore(second)
    assert session.message(third.node_id).deleted_at is None
    assert session.message(fourth.node_id).deleted_at is not None, "deleted on its own before"
    assert {name: branch.head for name, branch in session.branches.items()} == {"main": third, "try": third}
    session.restore(fourth)
    assert session.head == fourth
    with pytest.raises(UsageError, match="not deleted"):
        session.restore(first)


def test_restore_of_a_message_below_brings_its_ancestors_back() -> None:
    session = said("a", "b", "c")
    first, _, third = session.path()
    other = session.edit(third, "c2")
    session.delete(third)
    session.delete(first)
    session.restore(third)
    assert contents(session.checkout(third)) == ["a", "b", "c"]
    assert session.message(other.node_id).deleted_at is not None
    check_invariants(session)


def test_heads_come_back_with_their_own_message_when_only_a_part_is_restored() -> None:
    session = said("a", "b")
    first, second = session.path()
    fork = session.fork(first, "try")
    other = fork.add_message("assistant", "c")
    session.delete(first)
    session.restore(second)
    assert (session.head, fork.head) == (second, None)
    session.restore(other)
    assert (session.head, fork.head) == (second, other)
    check_invariants(session)


def test_a_purged_message_cannot_be_edited() -> None:
    session = said("a", "secret")
    secret = session.path()[1]
    session.delete(secret)
    session.purge(secret)
    with pytest.raises(UsageError, match="purged"):
        session.edit(secret, "x")
    marked = session.add_message("assistant", "mine", metadata={"purged": True})
    session.delete(marked)
    session.undo()
    assert contents(session) == ["a", "mine"]


def test_a_head_that_went_elsewhere_in_the_meantime_stays_there() -> None:
    session = said("a", "b")
    second = session.path()[1]
    session.delete(second)
    session.add_message("assistant", "new")
    session.restore(second)
    assert contents(session) == ["a", "new"]


def test_purge_is_final() -> None:
    session = said("a", "secret", "secret too")
    first, second, third = session.path()
    with pytest.raises(UsageError, match="Delete it first"):
        session.purge(second)
    session.delete(second)
    assert session.purge(second) == 2
    for message in (second, third):
        gone = session.message(message.node_id)
        assert (gone.content, gone.reasoning, gone.parts, gone.error) == ("", None, None, None)
        with pytest.raises(UsageError, match="purged"):
            session.restore(message)
    assert session.undo() is None
    assert session.redo() is None
    assert session.path() == [first]


def test_restoring_what_was_around_a_purged_message_leaves_it_out() -> None:
    session = said("a", "b", "secret", "tail")
    _, second, secret, _ = session.path()
    session.delete(second)
    session.purge(secret)
    session.restore(second)
    assert session.message(secret.node_id).deleted_at is not None
    assert contents(session) == ["a", "b"] or contents(session) == ["a"]
    check_invariants(session)


@pytest.mark.parametrize("extension", ["parquet", "toml"])
async def test_purge_leaves_no_text_in_the_file(extension: str, tmp_path: Any) -> None:
    needle = "xyzzy-secret"
    session = Session("sys", service=Services.Scripted(["a", f"about {needle}"]))
    await session.chat("harmless")
    await session.chat(f"tell {needle}", context={"k": needle}, stop=needle)
    session.archive(session.path()[-2])
    prompt = session.path()[-2]
    session.delete(prompt)
    session.purge(prompt)
    path = tmp_path / f"s.{extension}"
    session.save(path)
    if extension == "parquet":
        import pyarrow.parquet as pq

        file = pq.ParquetFile(path)
        found = [file.read().to_pylist(), file.metadata.metadata, path.read_bytes()]
    else:
        found = [path.read_text(encoding="utf-8")]
    assert needle not in repr(found)
    assert "harmless" in repr(found)


def test_purge_takes_the_text_out_of_the_drafts_that_undo_put_it_into() -> None:
    session = said("a", "secret")
    prompt = session.path()[-1]
    session.undo()
    drafts = {"1": "secret", "2": "secret\nand more", "3": "secretly", "4": "not secret"}
    for branch_id, draft in drafts.items():
        session.state.set_draft(branch_id, draft)
    session.purge(prompt)
    assert session.state.drafts == {"2": "and more", "3": "secretly", "4": "not secret"}


# Undo


def test_undo_says_what_it_undid_and_redo_does_it_again() -> None:
    session = said("a", "b")
    session.fork("main", "try")
    session.title = "A walk"
    kinds = ["title", "fork", "append", "append"]
    assert [session.undo().kind for _ in kinds] == kinds
    assert session.undo() is None
    assert (session.title, list(session.branches), session.path()) == ("", ["main"], [])
    assert [session.redo().kind for _ in kinds] == kinds[::-1]
    assert session.redo() is None
    assert (session.title, list(session.branches), contents(session)) == ("A walk", ["main", "try"], ["a", "b"])


def test_a_new_gesture_empties_redo() -> None:
    session = said("a", "b")
    session.undo()
    session.add_message("assistant", "c")
    assert session.redo() is None
    assert contents(session) == ["a", "c"]


async def test_undo_of_a_turn_shows_the_place_and_redo_calls_no_model() -> None:
    service = Services.Scripted("x")
    session = Session("sys", service=service)
    await session.chat("q")
    session.new_branch("other")
    session.undo()
    session.checkout(session.path()[0])
    gesture = session.undo()
    assert gesture.kind == "turn"
    assert [session.message(node_id).content for node_id in session.state.made_by(gesture)] == ["q", "x"]
    assert session.current.name == "main"
    assert contents(session) == ["sys"]
    session.redo()
    assert contents(session) == ["sys", "q", "x"]
    assert len(service.requests) == 1


def test_a_thousand_gestures_are_kept_and_no_more(tmp_path: Any) -> None:
    session = Session()
    for number in range(1_005):
        session.add_message("user", str(number))
    session.save(tmp_path / "s.parquet")
    for opened in (session, Session.open(tmp_path / "s.parquet")):
        for _ in range(1_000):
            assert opened.undo()
        assert opened.undo() is None
        assert contents(opened) == ["0", "1", "2", "3", "4"]
        for _ in range(1_000):
            assert opened.redo()
        assert opened.redo() is None
        assert len(opened.path()) == 1_005
    check_invariants(session)


@pytest.mark.parametrize("extension", ["parquet", "toml"])
def test_undo_and_redo_go_on_over_save_and_open(extension: str, tmp_path: Any) -> None:
    session = said("a", "b", "c", system="sys")
    session.delete(session.path()[2])
    session.current.rename("first")
    session.fork(None, "try", note="n", params={"stop": ["x"]})
    session.undo()
    session.save(tmp_path / f"s.{extension}")
    opened = Session.open(tmp_path / f"s.{extension}")
    for each in (session, opened):
        assert each.redo().kind == "fork"
        assert each.branches["try"].params == {"stop": ["x"]}
        assert [each.undo().kind for _ in range(3)] == ["fork", "rename", "delete"]
        assert contents(each) == ["sys", "a", "b", "c"]
        assert list(each.branches) == ["main"]
    assert dump(opened)["refs"] == dump(session)["refs"]
