"""Looking for messages, replacing in them, taking them over, and their way through CSV and JSON files."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from session_checks import check_frames, check_invariants, dump

from lion_tui import Services, Session
from lion_tui.core.errors import ForeignFile, SaveFailed, UsageError
from lion_tui.core.inference import Usage
from lion_tui.services.scripted import Reply

if TYPE_CHECKING:
    from pathlib import Path

NAMES = ("m.csv", "m.json", "m.jsonl")


def contents(path: Any) -> list[str]:
    return [message.content for message in path.path()]


def said(*texts: str, system: str | None = None) -> Session:
    session = Session(system)
    for at, text in enumerate(texts):
        session.add_message(("user", "assistant")[at % 2], text)
    return session


def write(conversation: Any, path: Path, **options: Any) -> None:
    (conversation.to_csv_file if path.suffix == ".csv" else conversation.to_json_file)(path, **options)


def read(path: Path, **options: Any) -> Session:
    return (Session.from_csv if path.suffix == ".csv" else Session.from_json)(path, **options)


async def talked() -> Session:
    session = Session("sys", service=Services.Scripted(["a1", "a\r\n2\0", "", "b"]))
    await session.chat("q1", context={"k": [1, None]}, seed=3, sender="Ann")
    await session.chat("q2\U0001f600")
    fork = session.fork(session.path()[2], "drier/鲸")
    await fork.chat("q3", model="other")
    await session.regenerate()
    session.add_message("tool", "", metadata={"x": 1})
    return session


# Files


@pytest.mark.parametrize("name", NAMES)
async def test_a_session_comes_back_from_its_messages_with_a_branch_for_each_leaf(name: str, tmp_path: Path) -> None:
    session = await talked()
    session.delete(session.fork(session.path()[1], "gone").add_message("assistant", "deleted"))
    before, op = dump(session), session.state.op
    write(session, tmp_path / name)
    assert (dump(session), session.state.op) == (before, op), "nothing is cleared, nothing changes"
    again = read(tmp_path / name)
    assert again.report == []
    one, other = (each.all_messages.drop(columns="branches") for each in (session, again))
    pd.testing.assert_frame_equal(one, other, check_exact=True)
    assert {branch.head.node_id for branch in again.branches.values() if branch.head} == {
        session.state.tree.node_id[row] for row in session.state.tree.live_leaves()
    }
    assert contents(again) == contents(session)
    assert contents(again.branches["drier/鲸"]) == contents(session.branches["drier/鲸"])
    check_invariants(again)
    check_frames(again)
    again.add_message("user", "and on")
    again.save(tmp_path / "s.parquet")
    assert contents(Session.open(tmp_path / "s.parquet"))[-1] == "and on"


@pytest.mark.parametrize("name", NAMES)
async def test_a_branch_writes_its_path_alone(name: str, tmp_path: Path) -> None:
    session = await talked()
    fork = session.branches["drier/鲸"]
    write(fork, tmp_path / name)
    again = read(tmp_path / name)
    pd.testing.assert_frame_equal(again.messages, fork.messages, check_exact=True)
    assert list(again.branches) == ["drier/鲸"]


async def test_a_service_answers_where_the_messages_of_a_file_end(tmp_path: Path) -> None:
    said("q", "a").to_csv_file(tmp_path / "m.csv")
    again = Session.from_csv(tmp_path / "m.csv", service=Services.Scripted("b"))
    assert await again.chat("q2") == "b"
    assert contents(again) == ["q", "a", "q2", "b"]


def test_an_empty_session_comes_back_empty(tmp_path: Path) -> None:
    for name in NAMES:
        write(Session(), tmp_path / name)
        again = read(tmp_path / name)
        assert (list(again.branches), again.path(), again.report) == (["main"], [], [])


def test_a_file_that_is_there_is_replaced_only_when_told_so(tmp_path: Path) -> None:
    for name in NAMES:
        path = tmp_path / name
        path.write_text("mine")
        with pytest.raises(SaveFailed, match="there already"):
            write(said("x"), path)
        assert path.read_text() == "mine"
        write(said("x"), path, overwrite=True)
        assert contents(read(path)) == ["x"]


def test_a_name_says_the_form_and_what_lionagi_had_and_we_have_not_raises(tmp_path: Path) -> None:
    session = said("x")
    with pytest.raises(UsageError, match=r"Let it end in \.csv"):
        session.to_csv_file(tmp_path / "m.parquet")
    with pytest.raises(UsageError, match=r"Let it end in \.json or \.jsonl or \.ndjson"):
        session.to_json_file(tmp_path / "m.csv")
    with pytest.raises(TypeError):
        session.to_csv_file(tmp_path / "m.csv", clear=True)  # type: ignore[call-arg] - that is the point
    assert list(tmp_path.iterdir()) == []


def test_messages_whose_parent_is_missing_are_under_lost_and_found(tmp_path: Path) -> None:
    (tmp_path / "m.csv").write_text("role,content,node_id,parent_id\nuser,q,1,\nassistant,a,2,1\nuser,lost,4,3\n")
    session = Session.from_csv(tmp_path / "m.csv")
    assert session.report == ["1 message had no parent and is under lost+found."]
    assert {tuple(contents(branch)) for branch in session.branches.values()} == {("q", "a"), ("", "lost")}
    check_frames(session)


def test_messages_that_cannot_be_a_session_are_refused(tmp_path: Path) -> None:
    (tmp_path / "m.csv").write_text("role,content,seq\nuser,q,1\nassistant,a,1\n")
    with pytest.raises(ForeignFile, match=r"m\.csv is no table of messages: two messages have the same seq"):
        Session.from_csv(tmp_path / "m.csv")


# Looking


def test_keywords_are_literal_and_any_of_several_is_enough() -> None:
    session = said("Call f(x)", "f(y) and F(X)", "nothing", "ÄRGER")
    assert session.search_keywords("f(x")["content"].tolist() == ["Call f(x)", "f(y) and F(X)"]
    assert session.search_keywords("F(X)", case_sensitive=True)["content"].tolist() == ["f(y) and F(X)"]
    assert session.search_keywords(["noth", "ärger"]).index.tolist() == [2, 3]
    assert session.search_keywords(["noth", "ärger"], reset_index=True).index.tolist() == [0, 1]
    assert session.search_keywords(r"f\(.\) and", regex=True)["content"].tolist() == ["f(y) and F(X)"]
    assert session.search_keywords(["^noth", "R$"], regex=True, case_sensitive=True).index.tolist() == [2, 3]
    none = session.search_keywords("absent")
    assert (len(none), list(none.columns)) == (0, list(session.messages.columns))
    assert len(Session().search_keywords("x")) == 0


@pytest.mark.parametrize("wrong", ["", [], ["a", ""], 5, [5], None])
def test_a_keyword_is_needed(wrong: Any) -> None:
    for call in (
        lambda: said("a").search_keywords(wrong),
        lambda: said("a").filter_by(content_keywords=[] if wrong is None else wrong),
        lambda: said("a").replace_keyword(wrong, "b"),
    ):
        with pytest.raises(UsageError):
            call()


@pytest.mark.parametrize("wrong", ["f(x", ["a", ")"], ["(", ")"], "(?<"])
def test_a_regular_expression_that_is_none_is_named(wrong: Any) -> None:
    with pytest.raises(UsageError, match="is no regular expression"):
        said("a").search_keywords(wrong, regex=True)


async def test_filters_hold_all_together() -> None:
    session = await talked()
    fork = session.branches["drier/鲸"]
    assert session.filter_by(role="user")["content"].tolist()[-1] == "q2\U0001f600"
    assert session.filter_by(role=["system", "tool"])["content"].tolist() == ["sys", ""]
    assert session.filter_by(sender="Ann")["seq"].tolist() == [2]
    assert fork.filter_by(sender=["Ann", "other"])["role"].tolist() == ["user", "assistant"]
    assert session.filter_by(role="assistant", content_keywords="A1")["content"].tolist() == ["a1"]
    assert len(session.filter_by(role="assistant", content_keywords="A1", case_sensitive=True)) == 0
    assert session.filter_by(content_keywords=r"^q\d", regex=True)["seq"].tolist() == [2, 4]
    assert len(session.filter_by()) == len(session.path())
    assert len(session.filter_by(role="user", sender="nobody")) == 0


@pytest.mark.parametrize("wrong", ["usr", "", ["user", "usr"], iter(["User"])])
def test_a_role_that_is_none_is_named_with_those_there_are(wrong: Any) -> None:
    with pytest.raises(UsageError, match=r"There is no role '\w*'\. The roles are assistant, system, tool, user\."):
        said("a").filter_by(role=wrong)
    assert said("a").filter_by(role=iter(["system", "user"]))["content"].tolist() == ["a"]


def test_times_are_included_and_mean_utc_without_a_zone() -> None:
    session = said("a", "b", "c")
    first, second, third = (message.timestamp for message in session.path())
    assert session.filter_by(start_time=second)["content"].tolist() == ["b", "c"]
    assert session.filter_by(end_time=second.isoformat())["content"].tolist() == ["a", "b"]
    assert session.filter_by(start_time=second.replace(tzinfo=None), end_time=second)["content"].tolist() == ["b"]
    assert len(session.filter_by(start_time=third + timedelta(seconds=1))) == 0
    assert len(session.filter_by(start_time=f"{first.astimezone(UTC):%Y-%m-%d}")) == 3
    assert len(session.filter_by(end_time=datetime(2020, 1, 1))) == 0  # noqa: DTZ001 - without a zone, on purpose
    for wrong in ("noon", 5):
        with pytest.raises(UsageError, match="no time"):
            session.filter_by(start_time=wrong)  # type: ignore[arg-type] - that is the point


# Replacing


def test_replacing_makes_edited_siblings_and_undo_takes_all_of_it_back() -> None:
    session = said("one cat", "the Cat", "no", "CATS and cat", system="sys")
    session.fork("main", "kept")
    before, path = dump(session), session.path()
    edited = session.replace_keyword("cat", "dog\\1")
    assert contents(session) == ["sys", "one dog\\1", "the dog\\1", "no", "dog\\1S and dog\\1"]
    assert [message.content for message in edited] == ["one dog\\1", "the dog\\1", "dog\\1S and dog\\1"]
    assert [message.origin for message in session.path()[1:]] == ["edit", "edit", "copy", "edit"]
    assert [message.source_ids for message in session.path()[1:]] == [(each.node_id,) for each in path[1:]]
    assert session.path()[1].parent_id == path[0].node_id
    assert session.branches["kept"].path() == path, "the originals stay"
    check_invariants(session)
    session.undo()
    assert {**dump(session), "deleted": {}} == {**before, "deleted": {}}
    assert session.path() == path


def test_what_is_before_the_first_keyword_is_shared() -> None:
    session = said("a", "b", "cat", "d")
    path = session.path()
    session.replace_keyword("CAT", "dog", case_sensitive=True)
    assert session.path() == path, "nothing was found, so nothing is done"
    assert session.replace_keyword(["cat", "d"], "x", regex=False)[0].content == "x"
    assert session.path()[:2] == path[:2]
    assert contents(session) == ["a", "b", "x", "x"]


def test_replacing_by_pattern_and_in_another_column() -> None:
    session = said("call f(1) and f(22)")
    session.replace_keyword(r"f\((\d+)\)", r"g[\1]", regex=True)
    assert contents(session) == ["call g[1] and g[22]"]
    session.replace_keyword("user", "Ann", column="sender")
    assert session.path()[0].sender == "Ann"
    with pytest.raises(UsageError, match="cannot replace"):
        session.replace_keyword("g", r"\2", regex=True)
    for column in ("role", "seq", "nothing"):
        with pytest.raises(UsageError, match="nothing is replaced"):
            session.replace_keyword("a", "b", column=column)


def test_a_branch_replaces_on_itself() -> None:
    session = said("cat", "a")
    fork = session.fork(session.path()[0], "try")
    fork.replace_keyword("cat", "dog")
    assert (contents(fork), contents(session)) == (["dog"], ["cat", "a"])


async def test_nothing_is_replaced_while_an_answer_comes() -> None:
    session = Session(service=Services.Scripted("one two"))
    answer = session.stream("cat")
    await anext(answer)
    with pytest.raises(UsageError, match="still coming"):
        session.replace_keyword("cat", "dog")
    with pytest.raises(UsageError, match="coming on this branch"):
        session.extend([{"role": "user", "content": "x"}])
    assert [piece async for piece in answer]
    assert contents(session) == ["cat", "one two"]


# Taking over


@pytest.mark.parametrize("form", ["frame", "records", "messages"])
async def test_messages_of_another_session_are_taken_over_once_with_all_that_is_known(form: str) -> None:
    source = await talked()
    given = {
        "frame": source.messages, "records": source.messages.to_dict("records"), "messages": source.path(),
    }[form]  # fmt: skip
    session = said("before")
    added = session.extend(given)
    assert contents(session) == ["before", *contents(source)]
    assert session.path()[1:] == added
    here = {"parent_id", "seq", "branch", "origin"}
    for message, original in zip(added, source.path(), strict=True):
        for name in set(original.__slots__) - here:
            assert getattr(message, name) == getattr(original, name), name
        assert (message.origin, message.branch) == ("import", "main")
    op = session.state.op
    assert session.extend(given) == []
    assert session.state.op == op, "nothing was new, so nothing is done"
    check_invariants(session)
    check_frames(session)
    session.undo()
    assert contents(session) == ["before"]


def test_an_empty_branch_takes_messages_over() -> None:
    session = Session()
    session.extend(said("q", "a", system="sys").messages)
    assert contents(session) == ["sys", "q", "a"]
    assert session.extend([]) == session.extend(Session().messages) == []


def test_a_message_that_is_elsewhere_in_the_session_is_copied_once() -> None:
    session = said("q", "a", "q2", "a2")
    frame, ids = session.messages, [message.node_id for message in session.path()]
    session.rollback(2)
    added = session.extend(frame)
    assert contents(session) == ["q", "a", "q2", "a2"]
    assert [message.source_ids for message in added] == [(ids[2],), (ids[3],)]
    assert not {message.node_id for message in added} & set(ids)
    assert session.extend(frame) == []
    check_invariants(session)


async def test_what_an_answer_took_is_counted_once_however_often_it_is_copied() -> None:
    session = Session(service=Services.Scripted(Reply(text="a", usage=Usage(tokens_in=3, tokens_out=1, cost_usd=0.5))))
    await session.chat("q")
    before = session.costs().session.sums
    session.new_branch("other")
    copies = session.extend(session.path(), branch="other")
    assert [copy.content for copy in copies] == ["q", "a"]
    assert session.costs().session.sums == before
    assert (copies[1].tokens_in, copies[1].cost_usd, copies[1].total_s) == (None, None, None)


def test_of_several_with_one_id_the_first_counts_and_deleted_ones_are_left_out() -> None:
    source = said("q", "a", "deleted")
    source.delete(source.path()[2])
    session = Session()
    session.extend(source.nodes)
    assert contents(session) == ["q", "a"]
    rows = [{"role": "user", "content": text, "node_id": "one"} for text in ("first", "second")]
    assert [message.content for message in session.extend(rows)] == ["first"]


def test_records_may_be_short_and_what_no_message_has_goes_to_metadata() -> None:
    session = Session()
    first, second = session.extend(
        [{"role": "user", "content": "q", "mood": "good"}, {"role": "assistant", "content": "a", "model": "m"}],
        branch="main",
    )
    assert (first.sender, first.recipient, first.metadata) == ("user", "main", {"mood": "good"})
    assert (second.sender, second.model, second.parent_id) == ("assistant", "m", first.node_id)
    frame = session.all_messages.assign(score=[0.5, float("nan")])
    assert [message.metadata for message in Session().extend(frame)] == [{"mood": "good", "score": 0.5}, None]


def test_a_part_of_a_path_is_a_path_and_several_branches_are_none() -> None:
    source = said("q", "a", "q2", "a2")
    session = Session()
    session.extend(source.filter_by(role="user"))
    assert contents(session) == ["q", "q2"]
    source.edit(source.path()[1], "other")
    before = dump(session)
    for wrong in (source.all_messages, source.messages.iloc[::-1]):
        with pytest.raises(UsageError, match="are no path"):
            session.extend(wrong)
    assert dump(session) == before


@pytest.mark.parametrize(
    "wrong",
    [
        5, [5], ["user"], "user", [{"role": "user"}], [{"content": "x"}], [{"role": "boss", "content": "x"}],
        [{"role": "user", "content": "x", "metadata": {"a": object()}}], [{"role": "user", "content": 5}],
        pd.DataFrame({"price": [1]}), [{"role": "user", "content": "x", "extra": object()}],
        pd.DataFrame([["user", "x", "y"]], columns=["role", "content", "content"]),
    ],
    ids=lambda each: repr(each)[:40],
)  # fmt: skip
def test_what_is_no_message_is_refused_and_nothing_is_taken(wrong: Any) -> None:
    session = said("a")
    before, op = dump(session), session.state.op
    with pytest.raises(UsageError):
        session.extend(wrong)
    assert (dump(session), session.state.op) == (before, op)


async def test_an_answer_that_had_not_ended_is_interrupted_where_it_is_taken_over() -> None:
    source = Session(service=Services.Scripted("one two"))
    session = Session()
    async for _ in source.stream("q"):
        if len(session.state.tree) == 0:
            session.extend(source.messages)
    answer = session.path()[-1]
    assert (answer.status, bool(answer.error)) == ("interrupted", True)
    assert "one two".startswith(answer.content)


# In the file


@given(extension=st.sampled_from(["parquet", "toml"]), undone=st.booleans())
def test_what_was_taken_over_and_replaced_outlives_a_crash(
    extension: str, undone: bool, tmp_path_factory: pytest.TempPathFactory
) -> None:
    import asyncio

    path = tmp_path_factory.mktemp("s") / f"s.{extension}"

    async def write() -> list[str]:
        session = Session.open(path, write=True)
        session.add_message("user", "cat")
        await session.flush()
        session.extend(said("one cat", "\r\n\0").messages)
        session.replace_keyword("cat", "dog")
        if undone:
            session.undo()
        await session.flush()
        shown = contents(session)
        session.abandon()
        return shown

    shown = asyncio.run(write())
    assert path.with_name(f"{path.name}.journal").exists()
    for _ in range(2):  # from the journal, then from the file that was folded
        with Session.open(path, write=True) as session:
            assert contents(session) == shown
            check_invariants(session)
            steps = [session.undo(), session.redo()]
            assert [step.kind for step in steps if step] == ["import", "import"] if undone else ["replace", "replace"]
