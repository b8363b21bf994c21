"""The session as DataFrames: columns, types, counts, copies."""

from __future__ import annotations

import json
from typing import Any

import pandas as pd
import pytest
from session_checks import check_frames

from lion_tui import Services, Session
from lion_tui.core.errors import UnknownBranch, UnknownMessage, UsageError
from lion_tui.core.inference import Usage
from lion_tui.core.message import COLUMNS
from lion_tui.services.scripted import Reply

NAMES = [column.name for column in COLUMNS]
TYPES = {
    "text": pd.StringDtype(na_value=float("nan")), "json": pd.StringDtype(na_value=float("nan")),
    "texts": "object", "time": "datetime64[us, UTC]", "int": "Int64", "float": "Float64",
}  # fmt: skip


def reply(text: str, out: int, cost: float | None) -> Reply:
    return Reply(text=text, usage=Usage(tokens_in=10, tokens_out=out, cost_usd=cost))


async def talked() -> Session:
    service = Services.Scripted([reply("a1", 3, 0.5), reply("a2", 4, 0.25), reply("b", 5, None), reply("c", 6, 1.0)])
    session = Session("sys", service=service)
    await session.chat("q1", context={"k": 1}, seed=3)
    await session.chat("q2")
    fork = session.fork(session.path()[2], "try")
    await fork.chat("q3", model="other")
    await session.regenerate()
    return session


def test_the_first_columns_are_those_of_lionagi_and_the_order_is_fixed() -> None:
    assert NAMES[:6] == ["node_id", "timestamp", "role", "sender", "recipient", "content"]
    assert list(Session("x").messages.columns) == NAMES


@pytest.mark.parametrize("empty", [True, False])
async def test_every_column_has_its_type_also_when_it_is_empty(empty: bool) -> None:
    session = Session() if empty else await talked()
    for frame in (session.messages, session.all_messages, session.nodes, session.responses):
        for column in COLUMNS:
            assert frame[column.name].dtype == TYPES[column.kind], column.name
    nodes, table = session.nodes, session.branch_table
    for name in ("depth", "n_children", "sib_index", "sib_count", "n_desc"):
        assert nodes[name].dtype == "Int64"
    for name in ("is_leaf", "on_head", "alive"):
        assert nodes[name].dtype == "bool"
    assert str(table["created_at"].dtype) == str(table["last_at"].dtype) == "datetime64[us, UTC]"
    assert (table["cost_path"].dtype, table["tokens"].dtype) == ("Float64", "Int64")


async def test_messages_are_the_path_of_the_branch() -> None:
    session = await talked()
    assert session.messages.equals(session.current.messages)
    assert session.messages.equals(session.branches["main"].messages)
    assert session.messages["content"].tolist() == ["sys", "q1\n\n" + '{\n  "k": 1\n}', "a1", "q2", "c"]
    assert session.branches["try"].messages["content"].tolist()[2:] == ["a1", "q3", "b"]
    first = session.path()[2]
    row = session.messages.iloc[2]
    assert row["timestamp"].to_pydatetime() == first.timestamp
    assert (row["tokens_out"], row["cost_usd"], row["params"]) == (3, 0.5, '{"seed":3}')
    assert pd.isna(row["deleted_at"])
    assert pd.isna(row["error"])
    assert row["source_ids"] == []
    assert session.messages["metadata"][1] == '{"context":{"instruction":"q1","context":{"k":1}}}'


async def test_all_messages_hold_each_live_message_once_with_the_branches_it_is_on() -> None:
    session = await talked()
    frame = session.all_messages
    assert list(frame.columns) == [*NAMES, "branches"]
    assert frame["seq"].is_monotonic_increasing
    assert frame["node_id"].is_unique
    found = dict(zip(frame["content"], frame["branches"], strict=True))
    assert found["sys"] == found["a1"] == ["main", "try"]
    assert (found["q2"], found["a2"], found["c"], found["b"]) == (["main"], [], ["main"], ["try"])
    session.delete(session.path()[3])
    assert "q2" not in session.all_messages["content"].tolist()
    check_frames(session)


async def test_nodes_hold_every_message_with_its_place() -> None:
    session = await talked()
    old = session.message(session.state.tree.node_id[4])
    assert old.content == "a2"
    session.delete(old)
    nodes = session.nodes.set_index("content")
    assert nodes["depth"].to_dict() == {"sys": 1, nodes.index[1]: 2, "a1": 3, "q2": 4, "a2": 5, "q3": 4, "b": 5, "c": 5}
    assert nodes.loc["a1", "n_children"] == 2
    assert nodes.loc["a1", "n_desc"] == 4, "of messages that live"
    assert nodes.loc["q2", "n_children"] == 1
    assert (nodes.loc["c", "sib_index"], nodes.loc["c", "sib_count"]) == (1, 1)
    assert (nodes.loc["q3", "sib_index"], nodes.loc["q3", "sib_count"]) == (2, 2)
    assert pd.isna(nodes.loc["a2", "sib_index"])
    assert not nodes.loc["a2", "alive"]
    assert nodes.index[nodes["is_leaf"]].tolist() == ["b", "c"]
    assert nodes.index[nodes["on_head"]].tolist() == session.messages["content"].tolist()
    session.checkout("try")
    assert session.nodes["content"][session.nodes["on_head"]].tolist() == session.messages["content"].tolist()
    assert session.last_message_content == "b"


async def test_the_table_of_branches_counts_what_is_shared_once_for_each_and_costs_after_the_fork_as_own() -> None:
    session = await talked()
    session.new_branch("empty")
    table = session.branch_table.set_index("branch")
    assert table.index.tolist() == ["main", "try", "empty"]
    assert table["n_msgs"].tolist() == [5, 5, 0]
    assert table["n_unique"].tolist() == [2, 2, 0]
    assert table["models"].tolist() == [["scripted-1"], ["other", "scripted-1"], []]
    assert table["tokens"].tolist()[:2] == [9, 8]
    assert table["cost_path"].tolist()[:2] == [1.5, 0.5]
    assert table.loc["main", "cost_own"] == 1.5
    assert pd.isna(table.loc["try", "cost_own"]), "unknown is not zero"
    assert pd.isna(table.loc["empty", "head"])
    assert pd.isna(table.loc["empty", "last_at"])
    assert table.loc["try", "fork_of"] == "main"
    assert table.loc["try", "base_id"] == session.path()[2].node_id
    assert table.loc["main", "head"] == session.path()[-1].node_id
    assert session.all_messages["cost_usd"].sum() == 1.75, "over messages, not over branches"


async def test_a_branch_begun_at_a_message_gone_back_to_is_forked_from_the_branch_that_has_it() -> None:
    session = await talked()
    answer = session.branches["main"].path()[-1]
    session.checkout("try")
    session.fork(answer, "again")
    assert session.branch_table.set_index("branch").loc["again", "fork_of"] == "main"


async def test_frames_are_copies_all_the_way_down() -> None:
    session = await talked()
    session.edit(session.path()[-1], "edited")
    for name in ("messages", "all_messages", "nodes", "branch_table"):
        before = getattr(session, name)
        spoiled = getattr(session, name)
        for column in spoiled.columns:
            if spoiled[column].dtype == "object":
                for each in spoiled[column]:
                    each.append("spoiled")
        spoiled.iloc[:, 0] = None
        assert getattr(session, name).equals(before), name
        assert "spoiled" not in repr(getattr(session, name).to_dict("records"))


async def test_a_frame_is_made_once_for_each_state_of_the_session(monkeypatch: pytest.MonkeyPatch) -> None:
    from lion_tui.session import frames

    made: list[Any] = []
    real = frames._messages
    monkeypatch.setattr(frames, "_messages", lambda *args: (made.append(args), real(*args))[1])
    session = Session("sys")
    for _ in range(3):
        assert len(session.messages) == 1
        assert len(session.current.messages) == 1
    assert len(made) == 1
    session.add_message("user", "q")
    assert len(session.messages) == 2
    assert len(made) == 2


async def test_counts_and_shortcuts() -> None:
    session = await talked()
    assert session.info == {"system": 1, "user": 2, "assistant": 2, "total": 5}
    assert session.sender_info == {"system": 1, "user": 2, "scripted-1": 2, "total": 5}
    assert session.last_message == session.path()[-1]
    assert session.last_message_content == session.last_response_content == "c"
    assert session.last_response == session.last_assistant_response == session.path()[-1]
    assert session.responses["content"].tolist() == ["a1", "c"]
    assert session.responses.index.tolist() == [0, 1]
    assert session.assistant_responses.equals(session.responses)
    session.add_message("user", "bye")
    assert session.last_response_content == "c"


@pytest.mark.parametrize("length", [0, 1, 4, 5, 7])
def test_describe_shows_the_first_five_and_drops_none(length: int) -> None:
    session = Session()
    for number in range(length):
        session.add_message("user", str(number))
    described = session.describe
    assert described == session.messages_describe
    assert described["total_messages"] == length
    assert described["summary_by_role"] == ({"user": length, "total": length} if length else {"total": 0})
    assert [row["content"] for row in described["messages"]] == [str(n) for n in range(min(5, length))]


async def test_what_an_answer_grows_by_is_seen_in_the_frame() -> None:
    import asyncio

    steps = asyncio.Semaphore(1)

    async def pace() -> None:
        await steps.acquire()

    session = Session(service=Services.Scripted("one two", pace=pace))
    async for _ in session.stream("q"):
        assert session.messages["content"].tolist()[-1] == session.last_message_content
        steps.release()
    assert session.messages["content"].tolist() == ["q", "one two"]


async def test_usage_is_summed_over_the_path_and_unknown_stays_unknown() -> None:
    session = await talked()
    assert session.usage == Usage(tokens_in=20, tokens_out=9, cost_usd=1.5)
    assert session.branches["try"].usage == Usage(tokens_in=20, tokens_out=8, cost_usd=0.5)
    assert session.context_tokens == 16
    assert Session("x").usage == Usage()
    assert Session("x").context_tokens is None


def compared() -> Session:
    session = Session("Be brief.")
    session.fork("main", "other")
    session.add_message("user", "Why is the merge slow?", branch="main")
    session.add_message("assistant", "It sorts.", branch="main")
    session.add_message("user", "Why is the merge fast?", branch="other")
    return session


def test_what_differs_between_two_branches() -> None:
    session = compared()
    frame = session.diff("main", session.branches["other"])
    assert {name: str(dtype) for name, dtype in frame.dtypes.items()} == {
        "turn": "Int64", "role": "str", "a": "str", "b": "str", "content_a": "str", "content_b": "str",
        "ratio": "Float64", "operations": "str",
    }  # fmt: skip
    assert frame["role"].tolist() == ["user", "assistant"]
    assert frame["turn"].tolist() == [1, 1]
    assert frame["content_a"].tolist() == ["Why is the merge slow?", "It sorts."]
    assert frame["b"].isna().tolist() == [False, True]
    assert frame["ratio"][1] == 0
    assert [kind for kind, *_ in json.loads(frame["operations"][0])] == ["equal", "removed", "added", "equal"]
    head = session.branches["main"].head
    assert head is not None
    assert session.diff(head, head.node_id).empty
    frame.loc[0, "role"] = "x"
    assert session.diff("main", "other")["role"][0] == "user"


def test_what_cannot_be_compared() -> None:
    session, other = compared(), compared()
    with pytest.raises(UnknownBranch, match="another session"):
        session.diff("main", other.branches["main"])
    message = other.branches["main"].head
    assert message is not None
    with pytest.raises(UnknownMessage):
        session.diff("main", message)
    with pytest.raises(UsageError, match="cannot be compared by 'letter'"):
        session.diff("main", "other", unit="letter")  # type: ignore[arg-type]
