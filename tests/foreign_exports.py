"""What other programs write: small conversations in their forms, with the oddities of these."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from lion_tui import Session


def outline(session: Session) -> list[Any]:
    """Return the tree of a session: each message as `role: text`, followed by a list of what comes below it."""
    tree = session.state.tree
    below: dict[int, list[Any]] = {-1: []}
    for row in range(len(tree)):
        below[row] = []
        below[tree.parent[row]] += [f"{tree.role[row]}: {tree.content(row)}", below[row]]
    return _pruned(below[-1])


def _pruned(items: list[Any]) -> list[Any]:
    return [_pruned(each) if isinstance(each, list) else each for each in items if each != []]


def ends(session: Session) -> dict[str, str]:
    """Return what the last message of each branch says."""
    return {name: branch.path()[-1].content for name, branch in session.branches.items()}


def write(path: Path, value: Any) -> Path:
    path.write_text(json.dumps(value), encoding="utf-8")
    return path


def write_lines(path: Path, values: Iterable[Any]) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(json.dumps(value) + "\n" for value in values), encoding="utf-8")
    return path


def chatgpt_node(
    node_id: str, parent: str | None, children: list[str], role: str = "user", *parts: Any, **message: Any
) -> dict[str, Any]:
    """Return a node of a mapping; without a role, one without a message."""
    if not role:
        return {"id": node_id, "message": None, "parent": parent, "children": children}
    content = message.pop("content", {"content_type": "text", "parts": list(parts)})
    base = {
        "id": node_id,
        "author": {"role": role, "name": None, "metadata": {}},
        "create_time": 1756000001.5,
        "update_time": None,
        "content": content,
        "status": "finished_successfully",
        "end_turn": None,
        "weight": 1.0,
        "metadata": {"request_id": "abc", "timestamp_": "absolute"},
        "recipient": "all",
        "channel": None,
    }
    return {"id": node_id, "message": {**base, **message}, "parent": parent, "children": children}


def chatgpt() -> list[dict[str, Any]]:
    """Three entries: a tree whose children come before their parents and whose times go back, one without a mapping."""
    hidden = {"is_visually_hidden_from_conversation": True}
    context = {
        "content_type": "user_editable_context",
        "user_profile": "An SRE.",
        "user_instructions": "Answer concisely.",
    }
    nodes = [
        chatgpt_node("a1", "recap", ["u2"], "assistant", "Run `helm rollback`.", metadata={"model_slug": "o4-mini"}),
        chatgpt_node("client-created-root", None, ["ctx"], ""),
        chatgpt_node("ctx", "client-created-root", ["u1"], "user", content=context, weight=0, metadata=hidden),
        chatgpt_node("u1", "ctx", ["think", "a2"], "user", "How do I roll back?", create_time=1756000900.0),
        chatgpt_node(
            "think",
            "u1",
            ["recap"],
            "assistant",
            content={"content_type": "thoughts", "thoughts": [{"summary": "Helm", "content": "It is helm."}]},
        ),
        chatgpt_node(
            "recap",
            "think",
            ["a1"],
            "assistant",
            content={"content_type": "reasoning_recap", "content": "Thought for 2 s"},
        ),
        chatgpt_node(
            "a2", "u1", [], "assistant", "kubectl rollout", "undo", status="in_progress",
            metadata={"model_slug": "gpt-5", "finish_details": {"type": "interrupted"}},
        ),
        chatgpt_node("u2", "a1", ["hidden"], "user", "Plot it", create_time=None),
        chatgpt_node("hidden", "u2", ["call1", "call2"], "system", "", weight=0, metadata=hidden),
        chatgpt_node("call2", "hidden", [], "assistant", "No.", metadata={}),
        chatgpt_node(
            "call1", "hidden", ["out"], "assistant", recipient="python",
            content={"content_type": "code", "language": "python", "text": "print('```')"},
        ),
        chatgpt_node(
            "out", "call1", ["pic"], "tool", author={"role": "tool", "name": "python", "metadata": {}},
            content={"content_type": "execution_output", "text": "```"},
        ),
        chatgpt_node(
            "pic", "out", [], "user",
            content={
                "content_type": "multimodal_text",
                "parts": [{"content_type": "image_asset_pointer", "asset_pointer": "file-service://x"}, "This?"],
            },
        ),
    ]  # fmt: skip
    return [
        {"title": "Corrupted entry", "create_time": 1756000500.0, "id": "none", "default_model_slug": "gpt-5"},
        {
            "title": "Rolling\nback",
            "create_time": 1756000000.123456,
            "update_time": 1756000400.654321,
            "mapping": {node["id"]: node for node in nodes},
            "moderation_results": [],
            "current_node": "call2",
            "conversation_id": "6b0f0d9c",
            "gizmo_id": "g-1",
            "is_archived": False,
            "is_starred": True,
            "default_model_slug": "gpt-5-thinking",
            "id": "6b0f0d9c",
        },
        {
            "title": None,
            "create_time": None,
            "mapping": {"root": chatgpt_node("root", None, [], "")},
            "current_node": "root",
            "id": "empty",
        },
    ]


CHATGPT_TREE = [
    "user: How do I roll back?",
    [
        "assistant: Run `helm rollback`.",
        [
            "user: Plot it",
            [
                "assistant: ````python\nprint('```')\n````",
                ["tool: ```", ["user: [image]\n\nThis?"]],
                "assistant: No.",
            ],
        ],
        "assistant: kubectl rollout\n\nundo",
    ],
]


def claude() -> list[dict[str, Any]]:
    """A tree whose first messages name the root that is not there, and a chat of an old export, without parents."""
    root = "00000000-0000-4000-8000-000000000000"

    def message(uuid: str, parent: str, sender: str, text: str, **more: Any) -> dict[str, Any]:
        at = f"2025-03-01T10:00:0{len(uuid)}.000000Z"
        content = [{"type": "text", "text": text, "citations": []}]
        return {
            "uuid": uuid, "text": "", "content": content, "sender": sender, "created_at": at, "updated_at": at,
            "attachments": [], "files": [], "parent_message_uuid": parent, **more,
        }  # fmt: skip

    sheet = {"file_name": "a.csv", "file_size": 3, "file_type": "text/csv", "extracted_content": "1;2"}
    thinking = [
        {"type": "thinking", "thinking": "Two columns.", "summaries": [{"summary": "s"}]},
        {"type": "text", "text": "It has two columns."},
        {"type": "tool_use", "id": "t", "name": "web_search", "input": {"query": "csv"}},
        {"type": "tool_result", "tool_use_id": "t", "content": [{"type": "text", "text": "found"}]},
    ]
    artifact = [
        {
            "type": "tool_use",
            "name": "artifacts",
            "input": {"title": "plot.py", "language": "python", "content": "plot()"},
        }
    ]
    return [
        {
            "uuid": "c-1",
            "name": "A sheet",
            "summary": "",
            "created_at": "2025-03-01T10:00:00.000000Z",
            "updated_at": "2025-03-02T10:00:00.000000Z",
            "account": {"uuid": "me"},
            "chat_messages": [
                message("m", root, "human", "What is in it?", attachments=[sheet], files=[{"file_name": "p.png"}]),
                message("mm", "m", "assistant", "", content=thinking, stop_reason="end_turn"),
                message("mmm", "m", "assistant", "", content=artifact),
                message("n", root, "human", "Said anew"),
            ],
        },
        {
            "uuid": "c-2",
            "name": "",
            "created_at": "2023-01-01T00:00:00+00:00",
            "updated_at": None,
            "chat_messages": [
                {"uuid": "1", "text": "Hello", "sender": "human", "created_at": "2023-01-01T00:00:00Z"},
                {"uuid": "2", "text": "Hi", "sender": "assistant", "created_at": None},
            ],
        },
    ]


CLAUDE_TREE = [
    "user: What is in it?\n\na.csv:\n```\n1;2\n```\n\n[p.png]",
    ["assistant: It has two columns.", "assistant: plot.py:\n```python\nplot()\n```"],
    "user: Said anew",
]


def open_webui() -> list[dict[str, Any]]:
    """Two models answer one prompt, their answers were merged, and one was edited; the links do not fit each other."""
    details = '<details type="reasoning" done="true"><summary>Thought</summary>\n&gt; Hm &amp; so\n</details>\n255'
    messages = {
        "q": {
            "id": "q", "parentId": None, "childrenIds": ["b", "a"], "role": "user", "content": "15 * 17?",
            "timestamp": 1700000000, "models": ["r1", "gpt-4o"],
            "files": [{"type": "file", "name": "t.txt", "file": {"data": {"content": "15"}}, "url": "https://x"}],
        },
        "a": {
            "id": "a", "parentId": "q", "childrenIds": [], "role": "assistant", "content": details, "model": "r1",
            "modelIdx": 0, "timestamp": 1700000010, "done": True,
            "usage": {"prompt_tokens": 9, "completion_tokens": 4, "total_duration": 1500000000},
        },
        "b": {
            "id": "b", "parentId": "q", "childrenIds": ["c"], "role": "assistant", "model": "gpt-4o", "modelIdx": 1,
            "content": "It is 255.", "originalContent": "It is 256.", "timestamp": 1700000011, "done": True,
            "merged": {"status": True, "content": "Both say 255.", "timestamp": 1700000020},
            "annotation": {"rating": 1},
        },
        "c": {
            "id": "c", "parentId": "b", "childrenIds": ["gone"], "role": "user", "content": "The weather?",
            "timestamp": 1700000030,
        },
        "d": {
            "id": "d", "parentId": "c", "childrenIds": [], "role": "assistant", "content": "", "model": "gpt-4o",
            "output": [
                {"type": "reasoning", "content": [{"type": "output_text", "text": "Call."}], "duration": 3},
                {"type": "function_call", "call_id": "1", "name": "weather", "arguments": '{"city":"Paris"}'},
                {"type": "function_call_output", "call_id": "1", "output": [{"type": "input_text", "text": "18C"}]},
                {"type": "message", "role": "assistant", "content": [{"type": "output_text", "text": "18 C."}]},
            ],
        },
        "e": {
            "id": "e", "parentId": "c", "childrenIds": [], "role": "assistant", "content": "", "model": "r1",
            "error": {"content": "No such model."}, "done": True,
        },
    }  # fmt: skip
    return [
        {
            "id": "chat-1",
            "user_id": "u",
            "title": "Sums",
            "chat": {
                "title": "Sums",
                "models": ["r1", "gpt-4o"],
                "params": {"system": "Be exact.", "temperature": 0.1},
                "history": {"messages": messages, "currentId": "d"},
                "messages": [{"id": "q", "role": "user", "content": "15 * 17?"}],
                "api_key": "sk-never",
            },
            "created_at": 1700000000,
            "updated_at": 1700000031,
            "archived": False,
            "pinned": True,
            "meta": {"tags": ["maths"]},
        }
    ]


OPEN_WEBUI_TREE = [
    "system: Be exact.",
    [
        "user: 15 * 17?\n\nt.txt:\n```\n15\n```",
        [
            "assistant: It is 255.",
            ["user: The weather?", ["assistant: 18 C.", "assistant: "]],
            "assistant: 255",
            "assistant: It is 256.",
            "assistant: Both say 255.",
        ],
    ],
]


def librechat(*, nested: bool) -> dict[str, Any]:
    """One conversation, flat or nested; an answer without text is in the middle of it."""
    root = "00000000-0000-0000-0000-000000000000"

    def message(node_id: str, parent: str, own: bool, text: str, **more: Any) -> dict[str, Any]:
        return {
            "_id": "66", "messageId": node_id, "parentMessageId": parent, "conversationId": "lc", "__v": 0,
            "createdAt": f"2024-05-01T16:35:1{len(node_id)}.530Z", "endpoint": "openAI", "isCreatedByUser": own,
            "sender": "User" if own else "Software Engineer", "text": text, "unfinished": False, "error": False,
            "model": None if own else "gpt-4-turbo", "tokenCount": 5, **more,
        }  # fmt: skip

    think = [{"type": "think", "think": "Mm."}, {"type": "text", "text": {"value": "Make a venv."}}]
    call = [{"type": "tool_call", "tool_call": {"name": "ls", "args": "{}", "output": "venv"}}]
    flat = [
        message("1", root, True, "venv?", files=[{"filename": "log.txt", "text": "no such file"}]),
        message("22", "1", False, "", content=think, finish_reason="stop", promptTokens=12),
        message("333", "22", True, ""),
        message("4444", "333", False, "Done.", model=None),
        message("55", "1", False, "", content=call),
        message("6", "1", False, "Quota exceeded", error=True),
        message("77", "1", False, "Half", unfinished=True),
    ]
    if nested:
        by_id = {each["messageId"]: {**each, "children": []} for each in flat}
        for each in by_id.values():
            by_id.get(each["parentMessageId"], {"children": []})["children"].append(each)
        flat = [by_id["1"]]
    return {
        "conversationId": "lc",
        "endpoint": "openAI",
        "title": "Virtual environments",
        "exportAt": "13:18:04 GMT-0400 (Eastern Daylight Time)",
        "branches": True,
        "recursive": nested,
        "options": {"model": "gpt-4", "promptPrefix": "You are an engineer.", "temperature": 0.8},
        "messages": flat,
    }


LIBRECHAT_TREE = [
    "system: You are an engineer.",
    [
        "user: venv?\n\nlog.txt:\n```\nno such file\n```",
        [
            "assistant: Make a venv.",
            ["assistant: Done."],
            "assistant: ```\nls({})\n```",
            "assistant: ",
            "assistant: Half",
        ],
    ],
]


def sillytavern() -> list[dict[str, Any]]:
    """A chat whose greeting has an alternative, with an answer chosen of three, which was edited after."""
    return [
        {"user_name": "Anna", "character_name": "Seraphina", "create_date": "2024-5-1@12h30m",
         "chat_metadata": {"note_prompt": "Stay calm."}},
        {"name": "Seraphina", "is_user": False, "is_system": False, "send_date": "May 1, 2024 12:30pm", "mes": "Hello.",
         "swipe_id": 0, "swipes": ["Hello.", "Welcome."], "extra": {}},
        {"name": "Anna", "is_user": True, "is_system": False, "send_date": "2024-05-01 @12h 31m 07s 210ms",
         "mes": "Where am I?", "extra": {"bookmark_link": "Branch #1"}},
        {"name": "Seraphina", "is_user": False, "send_date": "May 1, 2024 12:32pm", "mes": "In the glade.",
         "swipe_id": 1, "swipes": ["In a wood.", "In the glad.", "Home."],
         "swipe_info": [
             {"send_date": "May 1, 2024 12:33pm",
              "extra": {"model": "mistral", "token_count": 4, "reasoning": "Wood?"}},
             {"extra": {"model": "llama"}},
         ],
         "extra": {"api": "koboldcpp", "model": "llama", "token_count": 5}},
        {"name": "Note", "is_user": False, "is_system": True, "send_date": 1714566900000, "mes": "(out of the story)"},
    ]  # fmt: skip


SILLYTAVERN_TREE = [
    "assistant: Hello.",
    [
        "user: Where am I?",
        [
            "assistant: In a wood.",
            "assistant: In the glade.",
            ["assistant: (out of the story)"],
            "assistant: Home.",
        ],
    ],
    "assistant: Welcome.",
]


def pi() -> list[dict[str, Any]]:
    """A session of pi's: a tree with a tool, a change of the model, a summary, and a command of the user's."""
    return [
        {"type": "session", "version": 3, "id": "pi-1", "timestamp": "2025-12-03T14:00:00.000Z", "cwd": "/work"},
        {"type": "model_change", "id": "m", "parentId": None, "timestamp": "2025-12-03T14:00:00.000Z",
         "provider": "anthropic", "modelId": "claude-sonnet-4-5"},
        {"type": "message", "id": "u", "parentId": "m", "timestamp": "2025-12-03T14:00:01.000Z",
         "message": {"role": "user", "content": "List", "timestamp": 1764770401000}},
        {"type": "message", "id": "a", "parentId": "u", "timestamp": "2025-12-03T14:00:02.000Z",
         "message": {"role": "assistant", "content": [
             {"type": "thinking", "thinking": "ls it."},
             {"type": "toolCall", "id": "c", "name": "bash", "arguments": {"command": "ls"}},
         ], "model": "claude-sonnet-4-5", "stopReason": "toolUse",
          "usage": {"input": 10, "output": 5, "cacheRead": 3, "cost": {"total": 0.25}}}},
        {"type": "message", "id": "t", "parentId": "a", "timestamp": "2025-12-03T14:00:03.000Z",
         "message": {"role": "toolResult", "toolCallId": "c", "toolName": "bash", "isError": False,
                     "content": [{"type": "text", "text": "a.txt"}]}},
        {"type": "message", "id": "b", "parentId": "t", "timestamp": "2025-12-03T14:00:04.000Z",
         "message": {"role": "assistant", "content": [{"type": "text", "text": "One file."}], "stopReason": "aborted"}},
        {"type": "branch_summary", "id": "s", "parentId": "u", "timestamp": "2025-12-03T14:00:05.000Z", "fromId": "b",
         "summary": "It was listed."},
        {"type": "message", "id": "x", "parentId": "s", "timestamp": "2025-12-03T14:00:06.000Z",
         "message": {"role": "bashExecution", "command": "pwd", "output": "/work", "exitCode": 0}},
        {"type": "session_info", "id": "i", "parentId": "x", "timestamp": "2025-12-03T14:00:07.000Z", "name": "Files"},
    ]  # fmt: skip


PI_TREE = [
    "user: List",
    [
        'assistant: ```\nbash({"command": "ls"})\n```',
        ["tool: a.txt", ["assistant: One file."]],
        "user: It was listed.",
        ["tool: ```sh\npwd\n```\n\n```\n/work\n```"],
    ],
]


def tau() -> list[dict[str, Any]]:
    """A session of tau's, whose entries say `parent_id` and whose times are seconds."""
    said = {"role": "assistant", "content": [{"type": "text", "text": "Hi"}], "model": "qwen", "stopReason": "stop"}
    return [
        {"id": "0", "parent_id": None, "timestamp": 1767225600.0, "type": "session_info", "cwd": "/w", "title": "Tau"},
        {"id": "1", "parent_id": "0", "timestamp": 1767225601.5, "type": "message",
         "message": {"role": "user", "content": "Hello"}},
        {"id": "2", "parent_id": "1", "timestamp": 1767225602.0, "type": "message", "message": said},
        {"id": "3", "parent_id": "1", "timestamp": 1767225603.0, "type": "message", "message": {**said, "content": []}},
        {"id": "4", "parent_id": "3", "timestamp": 1767225604.0, "type": "leaf", "entry_id": "2"},
    ]  # fmt: skip


def llama_app() -> list[dict[str, Any]]:
    """A conversation of the app of llama.cpp, whose root is not shown."""

    def message(node_id: str, parent: str | None, children: list[str], role: str, content: str, **more: Any) -> Any:
        return {"type": "message", "message": {
            "id": node_id, "convId": "l", "type": "text", "timestamp": 1760000000000, "role": role, "content": content,
            "parent": parent, "children": children, **more,
        }}  # fmt: skip

    return [
        {"type": "session", "harness": "llama.app", "id": "l", "name": "Local", "lastModified": 1760000009000,
         "currNode": "3"},
        message("0", None, ["1"], "system", "", type="root"),
        message("1", "0", ["3", "2"], "user", "Hi", extra=[{"type": "TEXT", "name": "n.md", "content": "note"}]),
        message("2", "1", [], "assistant", "Hello", model="smol", timings={"prompt_n": 7, "predicted_n": 2}),
        message("3", "1", [], "assistant", "Good day", thinking="Politely."),
    ]  # fmt: skip


LLAMA_TREE = ["user: Hi\n\nn.md:\n```\nnote\n```", ["assistant: Good day", "assistant: Hello"]]


def _gptme_message(role: str, content: str, second: int, **metadata: Any) -> dict[str, Any]:
    return {"role": role, "content": content, "timestamp": f"2026-01-01T00:00:{second:02}", "metadata": metadata}


def gptme_log() -> list[dict[str, Any]]:
    """A log of gptme."""
    return [
        _gptme_message("system", "You are gptme.", 0),
        _gptme_message("user", "Count", 1),
        _gptme_message("assistant", "1 2 3", 2, model="anthropic/c", cost=0.5, usage={"input_tokens": 8}),
        _gptme_message("user", "More", 3),
    ]


def gptme(folder: Path) -> Path:
    """Write a conversation of gptme's with two branches beside its log, each a whole copy up to where they part."""
    log = gptme_log()
    write_lines(folder / "conversation.jsonl", log)
    write_lines(folder / "branches" / "dev.jsonl", [*log[:3], _gptme_message("user", "Less", 4)])
    write_lines(folder / "branches" / "main-edit-0.jsonl", [*log[:2], _gptme_message("assistant", "one two", 5)])
    return folder


GPTME_TREE = [
    "system: You are gptme.",
    ["user: Count", ["assistant: 1 2 3", ["user: More", "user: Less"], "assistant: one two"]],
]


def llm_logs(path: Path) -> Path:
    """Write a log of llm: two conversations as it kept them first, and a thread with a fork as it does now."""
    with closing(sqlite3.connect(path)) as log, log:
        log.executescript(_LLM_SCHEMA)
        log.executemany(
            "insert into conversations values (?, ?, ?)", [("c1", "Pelicans", "gpt-4o"), ("c2", "Done", "x")]
        )
        rows = [
            ("r1", "gpt-4o", "Name one", "Be brief.", "Percy", "c1", 1200, "2024-06-01T10:00:00.1+00:00", 9, 2, None),
            ("r2", "gpt-4o", "", "Be brief.", "It is 18 C.", "c1", 5, "2024-06-01T10:01:00+00:00", None, None, "4o-x"),
            ("r3", "x", "gone on with", None, "as a thread", "th1", 5, "2024-06-01T10:01:00+00:00", None, None, None),
        ]
        log.executemany("insert into responses values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", rows)
        log.execute("insert into fragments values (1, 'A long file')")
        log.execute("insert into prompt_fragments values ('r1', 1, 0)")
        log.execute("insert into tool_results values (1, 'r2', 'weather', '18', 't')")
        messages = [("s", None, "system"), ("q", "s", "user"), ("a", "q", "assistant"), ("b", "q", "assistant"),
                    ("q2", "a", "user"), ("c", "q2", "assistant"), ("z", None, "user")]  # fmt: skip
        log.executemany("insert into messages values (?, ?, ?, null)", messages)
        parts = [
            ("s", 0, "text", None, "Rhyme.", None),
            ("q", 0, "text", None, None, '{"text_ref": [{"literal": "Sum up "}, {"fragment": 1}]}'),
            ("a", 0, "reasoning", None, "Mm.", None),
            ("a", 1, "text", None, "It is long.", None),
            ("b", 0, "text", None, "Long it is.", None),
            ("q2", 0, "text", None, "Why?", None),
            ("c", 0, "tool_call", "look", None, '{"name": "look", "arguments": {"at": 1}}'),
            ("z", 0, "text", None, "Of no thread", None),
        ]
        log.executemany(
            "insert into parts (message_hash, position, type, tool_name, text, payload) values (?, ?, ?, ?, ?, ?)",
            parts,
        )
        log.execute("insert into threads values ('th1', 'Files', 'c', null, '2026-06-01T10:00:00+00:00')")
        log.execute("insert into threads values ('th2', 'other way', 'b', 'th1', '2026-06-02T10:00:00+00:00')")
        turns = [
            ("t1", "th1", None, "a", "gpt-5", None, 20, 3, 1500, "2026-06-01T10:00:01+00:00"),
            ("t2", "th1", "a", "c", "gpt-5", "gpt-5-mini", 30, 4, 10, "2026-06-01T10:00:09+00:00"),
            ("t3", "th2", None, "b", "claude", None, 20, 3, 10, "2026-06-02T10:00:01+00:00"),
        ]
        log.executemany("insert into turns values (?, ?, ?, ?, ?, ?, '{}', ?, ?, ?, ?)", turns)
    return path


_LLM_SCHEMA = """
create table conversations (id text primary key, name text, model text);
create table responses (id text primary key, model text, prompt text, system text, response text, conversation_id text,
    duration_ms integer, datetime_utc text, input_tokens integer, output_tokens integer, resolved_model text);
create table fragments (id integer primary key, content text);
create table prompt_fragments (response_id text, fragment_id integer, "order" integer);
create table tool_results (id integer primary key, response_id text, name text, output text, tool_call_id text);
create table messages (hash text primary key, parent_hash text, role text, provider_metadata text);
create table parts (id integer primary key, message_hash text, position integer, type text, tool_name text, text text,
    payload text);
create table threads (id text primary key, name text, tip_message_hash text, forked_from text, datetime_utc text);
create table turns (id text primary key, thread_id text, parent_message_hash text, tip_message_hash text, model text,
    resolved_model text, options_json text, input_tokens integer, output_tokens integer, duration_ms integer,
    datetime_utc text);
"""
LLM_THREAD_TREE = [
    "system: Rhyme.",
    [
        "user: Sum up A long file",
        ["assistant: It is long.", ["user: Why?", ['assistant: ```\nlook({"at": 1})\n```']], "assistant: Long it is."],
    ],
]
LLM_TREE = [
    "system: Be brief.",
    ["user: A long file\n\nName one", ["assistant: Percy", ["tool: 18", ["assistant: It is 18 C."]]]],
]


def openai_lines() -> list[dict[str, Any]]:
    """Training data: one conversation a line, with tools, and a pair of answers of which one is preferred."""
    call = {"id": "1", "type": "function", "function": {"name": "weather", "arguments": '{"city":"Paris"}'}}
    return [
        {
            "messages": [
                {"role": "developer", "content": "Be brief."},
                {"role": "user",
                 "content": [{"type": "text", "text": "Weather?"}, {"type": "image_url", "image_url": {}}]},
                {"role": "assistant", "content": None, "tool_calls": [call], "weight": 0},
                {"role": "tool", "tool_call_id": "1", "content": "18C"},
                {"role": "assistant", "content": "18 C."},
            ],
            "parallel_tool_calls": False,
        },
        {
            "input": {"messages": [{"role": "user", "content": "Joke"}], "tools": []},
            "preferred_output": [{"role": "assistant", "content": "Good"}],
            "non_preferred_output": [{"role": "assistant", "content": "Bad"}],
        },
    ]  # fmt: skip


OPENAI_TREES = [
    [
        "system: Be brief.",
        [
            "user: Weather?\n\n[image_url]",
            ['assistant: ```\nweather({"city":"Paris"})\n```', ["tool: 18C", ["assistant: 18 C."]]],
        ],
    ],
    ["user: Joke", ["assistant: Good", "assistant: Bad"]],
]


def sharegpt() -> list[dict[str, Any]]:
    return [
        {
            "id": "QWJhYvA_0",
            "system": "Be kind.",
            "conversations": [
                {"from": "human", "value": "Hi"},
                {"from": "gpt", "value": "Hello"},
                {"from": "function_call", "value": "f()"},
                {"from": "observation", "value": "1"},
            ],
        }
    ]


SHAREGPT_TREE = ["system: Be kind.", ["user: Hi", ["assistant: Hello", ["assistant: f()", ["tool: 1"]]]]]


def chatbot_ui() -> dict[str, Any]:
    return {
        "version": 4,
        "history": [
            {
                "id": "493c",
                "name": "Entertain me",
                "messages": [{"role": "user", "type": "text", "content": "Hi"}, {"role": "assistant", "content": "Ha"}],
                "model": {"id": "gpt-4-1106-preview", "name": "GPT-4 Turbo Preview"},
                "prompt": "You are ChatGPT.",
                "temperature": 1,
            }
        ],
        "folders": [],
        "prompts": [],
    }


CHATBOT_UI_TREE = ["system: You are ChatGPT.", ["user: Hi", ["assistant: Ha"]]]
