"""Foreign files that are not as their programs write them: each gives sessions, or an error in words."""

from __future__ import annotations

import copy
import io
import json
import os
import sqlite3
import zipfile
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


TALK = {"conversations": [{"from": "human", "value": "hi"}, {"from": "gpt", "value": "yo"}]}


def talk(number: int) -> dict[str, Any]:
    return {"id": f"t{number}", "title": f"talk {number}", **TALK}


def test_objects_of_several_lines_each_are_all_imported(tmp_path: Path) -> None:
    path = tmp_path / "x.jsonl"
    path.write_text("\n".join(json.dumps(talk(number), indent=2) for number in range(3)))
    assert [session.title for session in imported(path)] == ["talk 0", "talk 1", "talk 2"]
    path.write_text("\n".join(json.dumps(entry, indent=2) for entry in exports.pi()))
    (session,) = imported(path)
    assert outline(session) == exports.PI_TREE


def test_what_follows_an_object_and_is_no_json_is_said(tmp_path: Path) -> None:
    path = tmp_path / "x.json"
    path.write_text(json.dumps(talk(1), indent=1) + "\n" + json.dumps(talk(2), indent=1) + "\n!")
    found = import_conversations(path)
    assert [session.title for session in found] == ["talk 1", "talk 2"]
    (skipped,) = found.skipped
    assert skipped.of_file
    assert "After 2 conversations, it is no JSON from line" in skipped.why


def test_a_cut_session_of_several_lines_an_entry_is_imported_as_far_as_it_goes(tmp_path: Path) -> None:
    path = tmp_path / "x.jsonl"
    text = "\n".join(json.dumps(entry, indent=2) for entry in exports.pi())
    path.write_text(text[:-20])
    found = import_conversations(path)
    assert len(list(found)) == 1
    assert "After 1 conversation, it ends too early" in found.skipped[0].why


def test_lines_after_a_very_long_one_are_read(tmp_path: Path) -> None:
    path = tmp_path / "x.jsonl"
    long = {**TALK, "id": "long", "more": ["m" * 900_000] * 80}
    path.write_text(f"{json.dumps(long)}\n{json.dumps(talk(2))}\n")
    assert len(imported(path)) == 2


def test_a_number_that_no_computer_holds_is_a_fault_of_the_file(tmp_path: Path) -> None:
    path = tmp_path / "x.json"
    path.write_text(f'[{json.dumps(talk(1))}, {{"create_time": 1e99999999999999999999}}]')
    found = import_conversations(path)
    assert len(list(found)) == 1
    assert found.skipped[0].of_file


def test_a_text_without_end_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "x.json"
    path.write_text(f'[{json.dumps(talk(1))}, {{"x": "{"no end" * 7_000_000}"}}]')
    found = import_conversations(path)
    assert len(list(found)) == 1
    assert "a text in it is longer than 32 MB" in found.skipped[0].why
    path.write_text(f'{{"x": "{"no end" * 7_000_000}"}}')
    with pytest.raises(FileError, match="longer than 32 MB"):
        imported(path)


@pytest.mark.parametrize("make", [lambda path: write(path, [talk(1), talk(2)]), exports.llm_logs])
def test_nothing_more_is_read_once_nothing_is_wanted(make: Callable[[Path], Path], tmp_path: Path) -> None:
    assert list(import_conversations(make(tmp_path / "x"), ends=lambda: True)) == []


def test_what_an_archive_makes_of_little_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "x.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.json", json.dumps([talk(1)]))
        with archive.open("b.json", "w") as member:
            for _ in range(80):
                member.write(b" " * (1 << 20))
    found = import_conversations(path)
    assert len(list(found)) == 1
    assert "80 MB once it is unpacked" in found.skipped[0].why


@pytest.mark.parametrize("packing", [zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_a_damaged_file_of_an_archive_is_said_and_the_others_are_read(packing: int, tmp_path: Path) -> None:
    path = tmp_path / "x.zip"
    with zipfile.ZipFile(path, "w", packing) as archive:
        archive.writestr("a.json", json.dumps([talk(number) for number in range(300)]))
        archive.writestr("b.json", json.dumps([talk(1)]))
    content = bytearray(path.read_bytes())
    for at in range(60, 200):
        content[at] ^= 0x5A
    path.write_bytes(content)
    found = import_conversations(path)
    assert "talk 1" in [session.title for session in found]
    (skipped,) = [each for each in found.skipped if each.of_file]
    assert skipped.title == "a.json"
    assert "cannot be unpacked (a.json: " in skipped.why
    with zipfile.ZipFile(path, "w", packing) as archive:
        archive.writestr("a.json", json.dumps([talk(number) for number in range(300)]))
    alone = bytearray(path.read_bytes())
    alone[60:200] = content[60:200]
    path.write_bytes(alone)
    with pytest.raises(FileError, match=r"x\.zip cannot be unpacked \(a\.json: "):
        imported(path)


def llm_table(path: Path, *statements: str) -> Path:
    with closing(sqlite3.connect(exports.llm_logs(path))) as log, log:
        for statement in statements:
            log.execute(statement)
    return path


@pytest.mark.parametrize("size", [40_000_000, 30_000_000])
def test_a_database_that_makes_much_of_little_is_refused(size: int, tmp_path: Path) -> None:
    path = llm_table(
        tmp_path / "logs.db",
        f"alter table conversations add column x generated always as (hex(zeroblob({size}))) virtual",
        *["insert into conversations (id) select max(rowid) from conversations"] * 9,
    )
    with pytest.raises(FileError, match=r"logs[.]db cannot be read as a database"):
        imported(path)


def test_a_column_whose_name_is_no_text_is_refused(tmp_path: Path) -> None:
    path = llm_table(tmp_path / "logs.db", "alter table conversations add column blemish")
    path.write_bytes(path.read_bytes().replace(b"blemish", b"bl\xff\xfeish"))
    with pytest.raises(FileError, match=r"logs[.]db cannot be read as a database"):
        imported(path)


def test_nothing_is_written_beside_a_database(tmp_path: Path) -> None:
    path = exports.llm_logs(tmp_path / "logs.db")
    with closing(sqlite3.connect(path)) as log:
        log.execute("pragma journal_mode = wal")
    imported(path)
    assert [each.name for each in tmp_path.iterdir()] == ["logs.db"]
    with closing(sqlite3.connect(path)) as log:
        log.execute("update conversations set name = 'Parrots'")
        log.commit()
        (tmp_path / "copy").mkdir()
        for name in ("logs.db", "logs.db-wal"):
            (tmp_path / "copy" / name).write_bytes((tmp_path / name).read_bytes())
    assert "Parrots" in [session.title for session in imported(tmp_path / "copy" / "logs.db")]
    assert sorted(each.name for each in (tmp_path / "copy").iterdir()) == ["logs.db", "logs.db-wal"]


def test_a_bad_log_of_gptme_keeps_no_other_from_being_read(tmp_path: Path) -> None:
    for name in "abc":
        exports.gptme(tmp_path / name)
    (tmp_path / "b" / "conversation.jsonl").write_text("")
    for branch in (tmp_path / "b" / "branches").iterdir():
        branch.unlink()
    found = import_conversations(tmp_path)
    assert [session.title for session in found] == ["a", "c"]
    (skipped,) = found.skipped
    assert (skipped.title, skipped.of_file, skipped.empty) == ("b", True, False)
    assert skipped.why == "conversation.jsonl cannot be imported: it is an empty file."


def test_an_empty_branch_of_gptme_is_said(tmp_path: Path) -> None:
    exports.gptme(tmp_path / "a")
    (tmp_path / "a" / "branches" / "empty.jsonl").write_text("")
    (session,) = imported(tmp_path / "a")
    assert outline(session) == exports.GPTME_TREE
    assert session.report == ["empty.jsonl cannot be imported: it is an empty file."]


@pytest.mark.skipif(os.geteuid() == 0, reason="root may search every folder")
def test_a_folder_that_may_not_be_searched_is_said(tmp_path: Path) -> None:
    write(tmp_path / "x.json", [talk(1)])
    (tmp_path / "closed").mkdir(mode=0o600)
    found = import_conversations(tmp_path)
    assert len(list(found)) == 1
    assert [(each.title, each.of_file) for each in found.skipped] == [("closed", True)]


def test_chats_that_name_each_other_as_their_main_one_are_one_session(tmp_path: Path) -> None:
    head, *rest = exports.sillytavern()
    for name, other in (("a", "b"), ("b", "a"), ("c", "b")):
        more = {"name": "Anna", "is_user": True, "mes": f"End of {name}"}
        write_lines(tmp_path / f"{name}.jsonl", [{**head, "chat_metadata": {"main_chat": other}}, *rest, more])
    (session,) = imported(tmp_path)
    assert session.report == []
    found = ends(session)
    assert (found["main"], found["b"], found["c"]) == ("End of a", "End of b", "End of c")


def test_two_chats_whose_files_differ_in_their_ending_only_are_two(tmp_path: Path) -> None:
    chat = exports.sillytavern()
    write_lines(tmp_path / "a.json", chat)
    write_lines(tmp_path / "a.jsonl", chat)
    assert [outline(session) for session in imported(tmp_path)] == [exports.SILLYTAVERN_TREE] * 2
