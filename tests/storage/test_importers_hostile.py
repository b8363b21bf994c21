"""Foreign files that are not as their programs write them: each gives sessions, or an error in words."""

from __future__ import annotations

import copy
import io
import json
import sqlite3
from contextlib import closing, suppress
from typing import TYPE_CHECKING, Any

import foreign_exports as exports
import pytest
from foreign_exports import chatgpt_node, ends, outline, write, write_lines
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lion_tui import Session, import_conversations
from lion_tui.core.errors import FileError
from lion_tui.core.header import restore_snapshot, take_snapshot
from lion_tui.storage import parquet, validate

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

AGAIN = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)


def imported(path: Path) -> list[Session]:
    return list(import_conversations(path))


def chatgpt(*nodes: dict[str, Any], **more: Any) -> list[dict[str, Any]]:
    return [{"title": "t", "create_time": 1.0, "id": "i", "mapping": {node["id"]: node for node in nodes}, **more}]


@st.composite
def trees(draw: Callable[[st.SearchStrategy[Any]], Any]) -> tuple[list[dict[str, Any]], list[Any], str | None, str]:
    """Any conversation of ChatGPT's, what a session shows of it, and the id and the text of what was shown last."""
    count = draw(st.integers(1, 24))
    parents = [draw(st.integers(-1, at - 1)) for at in range(count)]
    shown = [draw(st.booleans()) or draw(st.booleans()) for _ in range(count)]
    times = draw(st.lists(st.sampled_from([None, 1.0, 2.0, 1e9]), min_size=count, max_size=count))
    order = draw(st.permutations(range(count)))
    below = {at: [child for child in order if parents[child] == at] for at in range(-1, count)}
    head = draw(st.integers(0, count - 1))

    def node(at: int) -> dict[str, Any]:
        parent = f"n{parents[at]}" if parents[at] >= 0 else None
        children = [f"n{child}" for child in below[at]]
        hidden = {} if shown[at] else {"weight": 0}
        role = ("user", "assistant")[at % 2]
        return chatgpt_node(f"n{at}", parent, children, role, f"text {at}", create_time=times[at], **hidden)

    def outlined(at: int) -> list[Any]:
        made: list[Any] = []
        for child in below[at]:
            under = outlined(child)
            if shown[child]:
                made.append(f"{('user', 'assistant')[child % 2]}: text {child}")
                made += [under] if under else []
            else:
                made += under
        return made

    at = head
    while at >= 0 and not shown[at]:
        at = parents[at]
    mapping = [node(at) for at in draw(st.permutations(range(count)))]
    # Roots have no parent that tells their order: it is that of the file.
    below[-1] = [int(each["id"][1:]) for each in mapping if each["parent"] is None]
    return mapping, outlined(-1), f"n{head}", f"text {at}" if at >= 0 else ""


@given(trees())
@AGAIN
def test_a_session_shows_the_tree_with_what_is_hidden_left_out(
    tmp_path: Path, tree: tuple[list[dict[str, Any]], list[Any], str, str]
) -> None:
    nodes, expected, head, last = tree
    sessions = imported(write(tmp_path / "c.json", chatgpt(*nodes, current_node=head)))
    assert len(sessions) == bool(expected)
    for session in sessions:
        assert outline(session) == expected
        assert session.report == []
        state = session.state
        heads = {ref.head for ref in state.refs.values()}
        assert heads >= {state.tree.node_id[row] for row in state.tree.live_leaves()}
        assert not last or ends(session)["main"] == last
        assert {state.tree.value(row, "branch") for row in range(len(state.tree))} <= set(session.branches)
        again = imported(tmp_path / "c.json")[0]
        assert (outline(again), ends(again)) == (outline(session), ends(session))


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.sampled_from([10**400, "\ud800", "1e999"]),
    lambda below: st.lists(below, max_size=3) | st.dictionaries(st.text(max_size=5), below, max_size=3),
    max_leaves=5,
)
WHOLE = {
    "chatgpt": exports.chatgpt(),
    "claude": exports.claude(),
    "open_webui": exports.open_webui(),
    "librechat": [exports.librechat(nested=False)],
    "librechat_nested": [exports.librechat(nested=True)],
    "sharegpt": exports.sharegpt(),
    "chatbot_ui": [exports.chatbot_ui()],
}
LINES = {
    "sillytavern": exports.sillytavern(),
    "pi": exports.pi(),
    "tau": exports.tau(),
    "llama_app": exports.llama_app(),
    "gptme": exports.gptme_log(),
    "openai": exports.openai_lines(),
}


def places(value: Any) -> list[tuple[Any, Any]]:
    """Return every place in a value: what holds it, and its key."""
    found: list[tuple[Any, Any]] = []
    todo = [value]
    while todo:
        holder = todo.pop()
        keys = holder if isinstance(holder, dict) else range(len(holder)) if isinstance(holder, list) else ()
        for key in list(keys):
            found.append((holder, key))
            todo.append(holder[key])
    return found


def check(path: Path) -> None:
    """Check that a file gives sessions that a file can hold, or an error in words."""
    sessions = []
    with suppress(FileError):
        sessions = imported(path)
    for session in sessions:
        snapshot, held = take_snapshot(session.state), io.BytesIO()
        validate.check(snapshot.columns)
        parquet.write(held, snapshot, path)
        held.seek(0)
        state, report = restore_snapshot(parquet.read(held, path))
        assert report == []
        assert outline(Session(state=state)) == outline(session)


@pytest.mark.parametrize("form", [*WHOLE, *LINES])
@given(data=st.data())
@settings(AGAIN, max_examples=20)
def test_any_value_may_be_any_other(form: str, data: st.DataObject, tmp_path: Path) -> None:
    value = copy.deepcopy({**WHOLE, **LINES}[form])
    for _ in range(data.draw(st.integers(1, 4))):
        holder, key = data.draw(st.sampled_from(places(value)))
        if data.draw(st.booleans()):
            holder[key] = data.draw(JSON)
        else:
            holder[key] = copy.deepcopy(
                holder[data.draw(st.sampled_from(list(holder)))] if type(holder) is dict else {}
            )
    check(write(tmp_path / "c.json", value) if form in WHOLE else write_lines(tmp_path / "c.jsonl", value))


@pytest.mark.parametrize("form", [*WHOLE, *LINES])
@given(data=st.data())
@settings(AGAIN, max_examples=10)
def test_any_byte_may_be_any_other_or_the_last(form: str, data: st.DataObject, tmp_path: Path) -> None:
    value = {**WHOLE, **LINES}[form]
    path = write(tmp_path / "c.json", value) if form in WHOLE else write_lines(tmp_path / "c.jsonl", value)
    content = bytearray(path.read_bytes())
    at = data.draw(st.integers(0, len(content) - 1))
    if data.draw(st.booleans()):
        content[at] = data.draw(st.integers(0, 255))
    else:
        del content[at:]
    path.write_bytes(content)
    check(path)


CELLS = st.none() | st.integers(-(2**63), 2**63 - 1) | st.floats() | st.text(max_size=9) | st.binary(max_size=9)


@given(data=st.data())
@settings(AGAIN, max_examples=15)
def test_any_cell_of_a_database_may_be_any_other(data: st.DataObject, tmp_path: Path) -> None:
    path = tmp_path / "logs.db"
    path.unlink(missing_ok=True)
    with closing(sqlite3.connect(exports.llm_logs(path))) as log, log:
        tables = ("conversations", "responses", "messages", "parts", "threads", "turns", "tool_results", "fragments")
        for _ in range(data.draw(st.integers(1, 4))):
            table = data.draw(st.sampled_from(tables))
            columns = [row[1] for row in log.execute(f"pragma table_info({table})")]
            column, value = data.draw(st.sampled_from(columns)), data.draw(CELLS)
            with suppress(
                sqlite3.Error, UnicodeEncodeError
            ):  # two rows of one id, or a number where it must be another
                log.execute(f"update {table} set {column} = ? where rowid = 1", [value])  # noqa: S608 - our own words
    check(path)


def test_a_database_of_another_program_is_refused_by_what_it_lacks(tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "other.db")) as other, other:
        for table in ("threads", "turns", "messages", "parts"):
            other.execute(f"create table {table} (id, datetime_utc)")
        other.execute("insert into threads values ('x', 'y')")
    with pytest.raises(FileError, match="lack the column"):
        imported(tmp_path / "other.db")


def test_circles_are_cut_and_come_under_lost_and_found(tmp_path: Path) -> None:
    nodes = [
        chatgpt_node("a", "c", ["b"], "user", "A"),
        chatgpt_node("b", "a", ["c"], "assistant", "B"),
        chatgpt_node("c", "b", ["a", "d"], "user", "C"),
        chatgpt_node("d", "c", [], "assistant", "D"),
        chatgpt_node("e", "e", ["e"], "user", "E"),
        chatgpt_node("f", None, [], "user", "F"),
    ]
    (session,) = imported(write(tmp_path / "c.json", chatgpt(*nodes, current_node="f")))
    assert outline(session) == [
        "system: ",
        ["user: A", ["assistant: B", ["user: C", ["assistant: D"]]], "user: E"],
        "user: F",
    ]
    assert session.report == [
        "2 circles of messages that answer each other had to be cut.",
        "2 messages had no parent and are under lost+found.",
    ]
    assert session.state.tree.value(0, "sender") == "lost+found"


def test_an_orphan_is_found_by_who_lists_it_or_is_lost(tmp_path: Path) -> None:
    nodes = [
        chatgpt_node("a", None, ["b"], "user", "A"),
        chatgpt_node("b", "gone", [], "assistant", "listed"),
        chatgpt_node("c", "gone", [], "assistant", "lost"),
    ]
    (session,) = imported(write(tmp_path / "c.json", chatgpt(*nodes)))
    assert outline(session) == ["system: ", ["assistant: lost"], "user: A", ["assistant: listed"]]
    assert session.report == ["1 message had no parent and is under lost+found."]


def test_of_two_messages_with_one_id_both_are_kept(tmp_path: Path) -> None:
    chat = exports.claude()[0]
    chat["chat_messages"][2]["uuid"] = "mm"
    (session,) = imported(write(tmp_path / "c.json", [chat]))
    assert outline(session) == exports.CLAUDE_TREE
    assert session.report == ["1 message has the id of another one."]


def test_ten_thousand_messages_in_a_row_and_side_by_side(tmp_path: Path) -> None:
    count = 10_000
    row = [
        chatgpt_node(f"n{at}", f"n{at - 1}" if at else None, [f"n{at + 1}"], "user", f"{at}", weight=at % 2)
        for at in range(count)
    ]
    (session,) = imported(write(tmp_path / "row.json", chatgpt(*row)))
    assert len(session.path()) == count // 2
    wide = [chatgpt_node(f"n{at}", "n0" if at else None, [], "user", f"{at}") for at in range(count)]
    (session,) = imported(write(tmp_path / "wide.json", chatgpt(*wide)))
    assert len(session.branches) == count - 1


def test_what_was_thought_in_many_steps_is_of_the_first_answer_only(tmp_path: Path) -> None:
    count = 4_000

    def thoughts(at: int) -> dict[str, Any]:
        return {"content_type": "thoughts", "thoughts": [{"content": f"{at}" * 300}]}

    nodes = [chatgpt_node("n0", None, [], "user", "Q")]
    nodes += [chatgpt_node(f"n{at}", f"n{at - 1}", [], "assistant", content=thoughts(at)) for at in range(1, count)]
    nodes += [chatgpt_node(f"a{at}", f"n{count - 1}", [], "assistant", f"A{at}") for at in range(count)]
    (session,) = imported(write(tmp_path / "c.json", chatgpt(*nodes)))
    tree = session.state.tree
    assert len(tree) == count + 1
    assert len(tree.texts.get(1, "reasoning") or "") > 300 * count
    assert not any(tree.texts.get(row, "reasoning") for row in range(2, count + 1))


def test_details_that_have_no_end_are_text(tmp_path: Path) -> None:
    chat = exports.open_webui()
    text = '<details type="reasoning">' * 20_000 + '<details type="tool_calls"' * 20_000
    chat[0]["chat"]["history"]["messages"]["c"]["content"] = text
    (session,) = imported(write(tmp_path / "c.json", chat))
    assert session.path()[3].content == text


def test_messages_nested_five_thousand_deep(tmp_path: Path) -> None:
    nested = "[]"
    for at in reversed(range(5_000)):
        nested = f'[{{"messageId": "{at}", "text": "{at}", "isCreatedByUser": true, "children": {nested}}}]'
    (tmp_path / "c.json").write_text(f'{{"conversationId": "deep", "messages": {nested}}}')
    (session,) = imported(tmp_path / "c.json")
    assert [message.content for message in session.path()] == [str(at) for at in range(5_000)]


def test_a_value_that_is_nested_too_deep_is_left_out(tmp_path: Path) -> None:
    chat = exports.claude()[1]
    text = json.dumps([chat]).replace('"updated_at": null', f'"summary": {"[" * 50_000}{"]" * 50_000}')
    (tmp_path / "c.json").write_text(text)
    (session,) = imported(tmp_path / "c.json")
    session.save(tmp_path / "s.parquet")
    assert outline(Session.open(tmp_path / "s.parquet")) == ["user: Hello", ["assistant: Hi"]]


@pytest.mark.parametrize(
    ("time", "year"),
    [
        (None, 1970), (0, 1970), (-1e30, 1970), (1e300, 1970), (True, 1970), ("tomorrow", 1970), (10**400, 1970),
        (1756000000, 2025), (1756000000123, 2025), ("1756000000.5", 2025), ("2025-08-24T01:46:40Z", 2025),
        ("2025-08-24T01:46:40.5+02:00", 2025), ("0001-01-01T00:00:00+14:00", 1970), ("9999-12-31T23:59:59-14:00", 1970),
        ("٢٠٢٥-08-24", 1970),
    ],
)  # fmt: skip
def test_a_time_is_read_or_is_that_of_the_conversation(time: Any, year: int, tmp_path: Path) -> None:
    node = chatgpt_node("a", None, [], "user", "A", create_time=time)
    (session,) = imported(write(tmp_path / "c.json", chatgpt(node)))
    assert session.path()[0].timestamp.year == year


def test_nothing_is_taken_for_a_key_or_an_address(tmp_path: Path) -> None:
    chat = exports.librechat(nested=False)
    chat["options"] |= {"apiKey": "sk-1", "baseURL": "https://evil", "headers": {"Authorization": "sk-2"}}
    chat["messages"][0] |= {"access_token": "sk-3", "more": [{"client_secret": "sk-4", "kept": 1}], "tokens": 5}
    (session,) = imported(write(tmp_path / "c.json", chat))
    session.save(tmp_path / "s.toml")
    written = (tmp_path / "s.toml").read_text()
    assert "sk-" not in written
    assert "evil" not in written
    assert session.path()[1].metadata["imported"]["more"] == [{"kept": 1}]
    assert session.path()[1].metadata["imported"]["tokens"] == 5
    assert session.state.overlay == {}
