"""Conversations of other programs: all their branches, in their order, with what is known of each message."""

from __future__ import annotations

import json
import sqlite3
import zipfile
from contextlib import closing
from typing import TYPE_CHECKING, Any

import foreign_exports as exports
import pytest
from foreign_exports import ends, outline, write, write_lines

from lion_tui import Session, import_conversations
from lion_tui.core.errors import FileError, ForeignFile

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


def only(path: Path) -> Session:
    """Return the one session that a file holds, with nothing skipped."""
    found = import_conversations(path)
    (session,) = found
    assert found.skipped == []
    return session


FORMS: dict[str, tuple[Callable[[Path], Path], list[Any]]] = {
    "claude": (lambda folder: write(folder / "x", exports.claude()[:1]), exports.CLAUDE_TREE),
    "open_webui": (lambda folder: write(folder / "x", exports.open_webui()), exports.OPEN_WEBUI_TREE),
    "librechat": (lambda folder: write(folder / "x", exports.librechat(nested=False)), exports.LIBRECHAT_TREE),
    "librechat_nested": (lambda folder: write(folder / "x", exports.librechat(nested=True)), exports.LIBRECHAT_TREE),
    "sillytavern": (lambda folder: write_lines(folder / "x", exports.sillytavern()), exports.SILLYTAVERN_TREE),
    "pi": (lambda folder: write_lines(folder / "x", exports.pi()), exports.PI_TREE),
    "tau": (lambda folder: write_lines(folder / "x", exports.tau()), ["user: Hello", ["assistant: Hi"]]),
    "llama_app": (lambda folder: write_lines(folder / "x", exports.llama_app()), exports.LLAMA_TREE),
    "gptme": (exports.gptme, exports.GPTME_TREE),
    "sharegpt": (lambda folder: write(folder / "x", exports.sharegpt()), exports.SHAREGPT_TREE),
    "sharegpt_lines": (lambda folder: write_lines(folder / "x", exports.sharegpt()), exports.SHAREGPT_TREE),
    "chatbot_ui": (lambda folder: write(folder / "x", exports.chatbot_ui()), exports.CHATBOT_UI_TREE),
}


@pytest.mark.parametrize("form", FORMS)
def test_a_conversation_keeps_its_tree_and_so_does_its_file(form: str, tmp_path: Path) -> None:
    make, tree = FORMS[form]
    session = only(make(tmp_path))
    assert outline(session) == tree
    assert session.report == []
    for name in ("s.parquet", "s.toml"):
        session.save(tmp_path / name)
        again = Session.open(tmp_path / name)
        assert again.report == []
        assert outline(again) == tree
        assert ends(again) == ends(session)
        assert again.current.name == "main"
        assert again.state.extra == session.state.extra


def test_chatgpt_keeps_what_was_shown_and_every_other_end(tmp_path: Path) -> None:
    found = import_conversations(write(tmp_path / "conversations.json", exports.chatgpt()))
    (session,) = found
    assert outline(session) == exports.CHATGPT_TREE
    assert session.title == "Rolling back"
    assert session.state.tags == ["starred"]
    assert ends(session) == {"main": "No.", "main.2": "[image]\n\nThis?", "main.3": "kubectl rollout\n\nundo"}
    first, *_, last = session.path()
    assert first.metadata == {
        "imported": {"request_id": "abc", "timestamp_": "absolute", "from": "chatgpt", "id": "u1"}
    }
    assert first.timestamp.timestamp() == 1756000900.0
    assert [message.model for message in session.path()] == [None, "o4-mini", None, "o4-mini"]
    assert session.path()[1].reasoning == "It is helm."
    assert session.path()[2].timestamp == session.path()[1].timestamp  # none of its own
    assert last.sender == "o4-mini"
    assert {message.origin for message in session.path()} == {"import"}
    cut = session.branches["main.3"].path()[-1]
    assert (cut.status, cut.model) == ("interrupted", "gpt-5")
    picture = session.branches["main.2"].path()
    assert picture[-1].parts == [{"content_type": "image_asset_pointer", "asset_pointer": "file-service://x"}]
    assert picture[-2].sender == "python"
    imported = session.state.extra["imported"]
    assert imported["custom_instructions"] == {"user_profile": "An SRE.", "user_instructions": "Answer concisely."}
    assert (imported["id"], imported["gizmo_id"], imported["updated_at"]) == ("6b0f0d9c", "g-1", 1756000400654321)
    assert [(each.title, each.empty) for each in found.skipped] == [("Corrupted entry", False), ("empty", True)]


def test_an_export_is_read_inside_its_archive(tmp_path: Path) -> None:
    path = tmp_path / "export.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("user.json", json.dumps({"id": "u", "email": "me"}))
        archive.writestr("message_feedback.json", json.dumps([{"rating": "up"}]))
        archive.writestr("chat.html", "<html>")
        archive.writestr("conversations.json", json.dumps(exports.chatgpt()))
    assert [outline(session) for session in import_conversations(path)] == [exports.CHATGPT_TREE]


def test_claude_keeps_thoughts_attachments_and_the_newest_end(tmp_path: Path) -> None:
    first, old = import_conversations(write(tmp_path / "x", exports.claude()))
    assert first.current.path()[-1].content.startswith("plot.py")  # the latest, since nothing says what was shown
    answer = first.message(first.state.tree.node_id[1])
    assert (answer.reasoning, answer.finish_reason) == ("Two columns.", "end_turn")
    assert [part["type"] for part in answer.parts] == ["tool_use", "tool_result"]
    assert outline(old) == ["user: Hello", ["assistant: Hi"]]
    assert [message.timestamp.year for message in old.path()] == [2023, 2023]
    assert "account" not in first.state.extra["imported"]


def test_open_webui_keeps_groups_merges_and_no_key(tmp_path: Path) -> None:
    session = only(write(tmp_path / "x", exports.open_webui()))
    assert session.state.tags == ["maths", "pinned"]
    nodes = {each.content: each for branch in session.branches.values() for each in branch.path()}
    assert nodes["255"].group_id == nodes["It is 255."].group_id is not None
    assert nodes["255"].reasoning == "> Hm & so"
    assert (nodes["255"].tokens_in, nodes["255"].tokens_out, nodes["255"].total_s) == (9, 4, 1.5)
    assert nodes["Both say 255."].group_id is None
    assert (nodes[""].status, nodes[""].error) == ("error", "No such model.")
    assert [part["type"] for part in nodes["18 C."].parts] == ["function_call", "function_call_output"]
    assert nodes["It is 255."].metadata["imported"]["annotation"] == {"rating": 1}
    session.save(tmp_path / "s.toml")
    assert "sk-never" not in (tmp_path / "s.toml").read_text()


def test_librechat_keeps_faults_senders_and_counts(tmp_path: Path) -> None:
    session = only(write(tmp_path / "x", exports.librechat(nested=True)))
    answers = {each.content: each for branch in session.branches.values() for each in branch.path()}
    assert (answers["Make a venv."].reasoning, answers["Make a venv."].tokens_in) == ("Mm.", 12)
    assert answers["Make a venv."].sender == "Software Engineer"
    assert answers["Done."].model == "gpt-4-turbo"  # the nearest above
    assert (answers[""].status, answers[""].error) == ("error", "Quota exceeded")
    assert answers["Half"].status == "interrupted"


def test_sillytavern_keeps_swipes_marks_and_times(tmp_path: Path) -> None:
    session = only(write_lines(tmp_path / "Seraphina.jsonl", exports.sillytavern()))
    assert session.title == "Seraphina"
    assert session.path()[-1].content == "(out of the story)"
    assert [message.model for message in session.path()] == [None, None, "llama", "llama"]
    times = [f"{message.timestamp:%d %H:%M:%S}" for message in session.path()]
    assert times == ["01 12:30:00", "01 12:31:07", "01 12:32:00", "01 12:35:00"]
    marks = session.state.marks
    assert marks[session.path()[1].node_id] == {"bookmark": True, "note": "Branch #1"}
    assert marks[session.path()[-1].node_id] == {"context": ["muted"]}
    wood = next(each for each in session.branches["main.2"].path() if each.content == "In a wood.")
    assert (wood.model, wood.reasoning, wood.tokens_out) == ("mistral", "Wood?", 4)


def test_chats_of_sillytavern_that_were_branched_off_are_one_tree(tmp_path: Path) -> None:
    chat = exports.sillytavern()
    write_lines(tmp_path / "main.jsonl", chat)
    head = {**chat[0], "chat_metadata": {"main_chat": "main"}}
    more = {"name": "Anna", "is_user": True, "send_date": "May 2, 2024 12:30pm", "mes": "And now?"}
    write_lines(tmp_path / "Branch #1.jsonl", [head, *chat[1:4], more])
    (session,) = import_conversations(tmp_path)
    assert ends(session)["Branch-1"] == "And now?"
    assert len(session.state.tree) == 8
    assert session.branches["Branch-1"].path()[-2].content == "In the glade."


def test_a_chat_is_joined_where_the_chosen_swipe_says_what_another_one_does(tmp_path: Path) -> None:
    chat = exports.sillytavern()
    chat[3] |= {"swipes": ["In the glade."] * 3, "swipe_id": 2}
    write_lines(tmp_path / "main.jsonl", chat)
    write_lines(tmp_path / "b.jsonl", [{**chat[0], "chat_metadata": {"main_chat": "main"}}, *chat[1:]])
    (session,) = import_conversations(tmp_path)
    assert len(session.state.tree) == 7
    assert ends(session)["b"] == ends(session)["main"] == "(out of the story)"


def test_pi_keeps_tools_costs_and_what_stands_for_a_branch(tmp_path: Path) -> None:
    session = only(write_lines(tmp_path / "x", exports.pi()))
    assert session.title == "Files"
    call = session.branches["main.2"].path()[1]
    assert (call.reasoning, call.tokens_cached, call.cost_usd, call.finish_reason) == ("ls it.", 3, 0.25, "tool_calls")
    assert [message.status for message in session.branches["main.2"].path()][-1] == "stopped"
    assert session.branches["main.2"].path()[-1].model == "claude-sonnet-4-5"
    assert session.state.marks == {session.path()[1].node_id: {"context": ["muted"]}}


def test_llama_shows_what_was_shown(tmp_path: Path) -> None:
    session = only(write_lines(tmp_path / "x", exports.llama_app()))
    assert ends(session) == {"main": "Good day", "main.2": "Hello"}
    assert session.path()[-1].reasoning == "Politely."
    as_one = {"conv": exports.llama_app()[0], "messages": [each["message"] for each in exports.llama_app()[1:]]}
    assert outline(only(write(tmp_path / "y", [as_one]))) == exports.LLAMA_TREE


def test_gptme_names_its_branches(tmp_path: Path) -> None:
    session = only(exports.gptme(tmp_path / "2026-01-01-counting"))
    assert session.title == "2026-01-01-counting"
    assert ends(session) == {"main": "More", "dev": "Less", "main-edit-0": "one two"}
    assert (session.path()[2].cost_usd, session.path()[2].tokens_in) == (0.5, 8)
    (again,) = import_conversations(tmp_path)
    assert ends(again) == ends(session)
    assert ends(only(tmp_path / "2026-01-01-counting" / "conversation.jsonl")) == ends(session)


def test_llm_keeps_threads_and_what_was_before_them(tmp_path: Path) -> None:
    path = exports.llm_logs(tmp_path / "logs.db")
    before = path.read_bytes()
    thread, conversation = import_conversations(path)
    assert path.read_bytes() == before
    assert outline(thread) == exports.LLM_THREAD_TREE
    assert outline(conversation) == exports.LLM_TREE
    assert {name: branch.path()[-1].model for name, branch in thread.branches.items()} == {
        "main": "gpt-5-mini",
        "other-way": "claude",
    }
    answer = thread.path()[2]
    assert (answer.reasoning, answer.model, answer.tokens_out, answer.total_s) == ("Mm.", "gpt-5", 3, 1.5)
    assert [message.model for message in conversation.path()] == [None, None, "gpt-4o", None, "4o-x"]
    assert (conversation.title, thread.title) == ("Pelicans", "Files")


def test_openai_keeps_tools_and_both_answers_of_a_pair(tmp_path: Path) -> None:
    sessions = list(import_conversations(write_lines(tmp_path / "x", exports.openai_lines())))
    assert [outline(session) for session in sessions] == exports.OPENAI_TREES
    assert ends(sessions[1]) == {"main": "Good", "main.2": "Bad"}
    assert sessions[0].path()[2].parts[0]["function"]["name"] == "weather"


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "empty file"),
        (b"Hello", "not JSON"),
        (b"[]", "no conversation"),
        (b"[1, 2]", "no conversation"),
        (b'{"a": 1}', "no conversation"),
        (b'[{"title": "x", "mapping": ', "ends too early"),
        (b"[" * 200_000, "nested too deep"),
        (b"PK\x03\x04 and no archive", "unpacked"),
        (b"PAR1", "lion-tui open"),
        (b"SQLite format 3\0 and no database", "database"),
        (b'[{"node_id": "1", "role": "user", "content": "x"}]', "lion-tui convert"),
        (b'{"conversations": [], "models": {"sources": [{"setup": {"key": "sk"}}]}, "folders": {}}', "keys"),
    ],
)
def test_what_is_none_is_refused_in_words(content: bytes, said: str, tmp_path: Path) -> None:
    path = tmp_path / "x.json"
    path.write_bytes(content)
    with pytest.raises(FileError, match=said) as caught:
        list(import_conversations(path))
    assert "x.json" in str(caught.value)


def test_a_folder_and_a_database_of_other_things_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ForeignFile, match="none of its files"):
        list(import_conversations(tmp_path))
    with closing(sqlite3.connect(tmp_path / "other.db")) as other, other:
        other.execute("create table t (x)")
    with pytest.raises(ForeignFile, match="without a conversation"):
        list(import_conversations(tmp_path / "other.db"))
    with pytest.raises(FileError, match="no file"):
        list(import_conversations(tmp_path / "none"))


def test_what_comes_before_a_fault_is_imported_and_the_rest_is_said(tmp_path: Path) -> None:
    path = write(tmp_path / "x.json", [exports.claude()[1], exports.claude()[1]])
    path.write_bytes(path.read_bytes()[:-30])
    found = import_conversations(path)
    assert len(list(found)) == 1
    assert found.skipped[0].title == "the rest of x.json"
    assert found.skipped[0].why.startswith("After 1 conversation, it is no JSON from line 1, column ")
    lines = write_lines(tmp_path / "x.jsonl", exports.openai_lines()[:1])
    lines.write_bytes(lines.read_bytes() + b'{"messages": [\n' + json.dumps(exports.openai_lines()[1]).encode())
    found = import_conversations(lines)
    assert len(list(found)) == 2
    assert [each[:2] for each in found.skipped] == [("line 2 of x.jsonl", "It is not JSON.")]


def test_bytes_that_are_no_text_become_signs_that_say_so(tmp_path: Path) -> None:
    path = tmp_path / "x.json"
    data = json.dumps(exports.claude()[1:]).encode()
    path.write_bytes(b"\xef\xbb\xbf" + data.replace(b"Hello", b"H\xffllo"))
    found = import_conversations(path)
    (session,) = found
    assert session.path()[0].content == "H\ufffdllo"
    assert "UTF-8" in found.skipped[0].why
    assert found.skipped[0].empty
