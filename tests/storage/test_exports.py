"""Exports of a session: what leaves it, in which form, and that no text of it reaches beyond its place."""

from __future__ import annotations

import json
import re
from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest
from exported_pages import Page
from hypothesis import given
from hypothesis import strategies as st

from lion_tui import LionError, Services, Session, import_conversations
from lion_tui.services.scripted import Reply
from lion_tui.storage.exporters import DRAWN, FORMS

if TYPE_CHECKING:
    from pathlib import Path

    from lion_tui.storage.exporters import Form

HOSTILE = [
    "<script>alert(1)</script>", "</style><script>1</script>", '" onmouseover="x', "' style='x", "<!-- ", "]]>",
    "&lt;b&gt;",
    "[x](javascript:alert(1))", '[x](http://a.org/"onclick=1)', "![x](http://a.org/p.png)", "[![i](http://a/i.png)](http://b)",
    "<http://a.org/<b>>", "http://a.org/?q=<b>&c='", "```\nnever closed", "# heading", "a\n===", "> quote", "<details>",
    "~~~ html onclick\nx", "| a | b |\n|--|:-:|\n| c | d |", "- [ ] task", "1. one", "\x1b]52;c;YQ==\x07", "\u202eevil",
    "end", "subgraph x", "n0 --> n1", "%%{init: {}}%%", "`code`", '"]; click n0 "javascript:x"', "#quot;",
    "style a:b#c;", "---\ntitle: x\n---",
    "line\r\nbreak\rbreak\x0b\x0c\x85\u2028", "\ufdd0sign\ufdd3", "\x00", "*a **b", "[a]: http://x 'y'", "[a]",
]  # fmt: skip
TEXT = st.one_of(
    st.text(max_size=40), st.lists(st.sampled_from(HOSTILE) | st.text(max_size=5), max_size=5).map("".join)
)


def talk(*contents: str, title: str = "A talk", sender: str = "model-1") -> Session:
    """Return a session in which the user and a model say these texts, one after the other."""
    session = Session(title=title)
    for at, content in enumerate(contents):
        if at % 2:
            session.add_message("assistant", content, sender=sender)
        else:
            session.add_message("user", content)
    return session


def forked() -> Session:
    """Return a session with a fork, a branch from that, and a path without a name."""
    session = talk("one", "two", "three", "four")
    session.fork(session.path()[1], "other")
    session.add_message("user", "three b", branch="other")
    session.add_message("assistant", "four b", branch="other", sender="model-2")
    session.fork("other", "third")
    session.add_message("user", "five", branch="third")
    session.edit(session.path()[3], content="four c")  # the old answer stays as a path without a name
    return session


def quoted(markdown: str) -> list[str]:
    """Return the quotations of a Markdown file, without what makes them quotations."""
    found, inside = [], False
    for line in re.findall(r"[^\n]*\n", markdown):
        if line.startswith("> ") or (inside and not line.startswith("\n") and not line.startswith("#")):
            found = found if inside else [*found, ""]
            found[-1] += line
        inside = line.startswith("> ")
    return [re.sub(r"(?<=\n)> |(?<=\r)(?!\n)> |^> ", "", each).removesuffix("\n") for each in found]


# Markdown


def test_a_branch_as_markdown() -> None:
    session = talk("Why?", "# Because\n\n```\nnever closed", title="Of *reasons*")
    text = session.export_text("md")
    times = r"\d{4}-\d\d-\d\d \d\d:\d\d UTC"
    expected = (
        r"# Of \\\*reasons\\\*\n\n## 1 · You · TIME\n\n> Why\?\n\n"
        r"## 2 · model-1 · TIME\n\n> # Because\n> \n> ```\n> never closed\n"
    )
    assert re.fullmatch(expected.replace("TIME", times), text)


def test_all_branches_as_markdown_say_where_each_continues() -> None:
    text = forked().export_text("md", everything=True)
    headings = [line for line in text.splitlines() if line.startswith("## ")]
    assert headings[:3] == [
        "## main",
        "## other continues from message 2 of main",
        "## third continues from message 4 of other",
    ]
    assert re.fullmatch(r"## ·\w{4} continues from message 3 of main", headings[3])
    assert Counter(quoted(text)) == Counter(["one", "two", "three", "four", "three b", "four b", "five", "four c"])


def test_branches_side_by_side_as_markdown() -> None:
    text = forked().export_text("md", ["main", "other"])
    headings = [line for line in text.splitlines() if line.startswith("## ")]
    assert headings == ["## In common", "## Turn 1, main", "## Turn 1, other"]
    assert quoted(text) == ["one", "two", "three", "four c", "three b", "four b"]


@given(contents=st.lists(TEXT.filter(bool), min_size=1, max_size=4), title=TEXT, sender=TEXT)
def test_contents_are_in_markdown_as_they_were_written(contents: list[str], title: str, sender: str) -> None:
    from markdown_it import MarkdownIt

    session = talk(*contents, title=title, sender=sender)
    text = session.export_text("md")
    assert quoted(text) == [message.content for message in session.path()]
    # To a reader, too, each message is a quotation below its heading, whatever it has in it.
    top = [token for token in MarkdownIt("commonmark").parse(text) if token.level == 0 and token.nesting > 0]
    assert [(token.type, token.tag) for token in top] == [
        ("heading_open", "h1"),
        *[("heading_open", "h2"), ("blockquote_open", "blockquote")] * len(contents),
    ]


# HTML


async def test_a_branch_as_a_page() -> None:
    session = talk(
        "Why?\nReally?", "**Because** [of](https://a.org/x) https://b.org. ![p](https://c.org/p.png)\n\n- [x] done"
    )
    page = Page(session.export_text("html"))
    assert page.headings == ["A talk", "You", "model-1"]
    assert [" ".join(each.split()) for each in page.articles] == [
        "Why? Really?",
        "Because of https://a.org/x https://b.org. p https://c.org/p.png ☑ done",
    ]
    assert [link for link in page.links if link[0] != "#"] == [
        "https://a.org/x",
        "https://b.org",
        "https://c.org/p.png",
    ]


def test_all_branches_as_a_page_lead_to_each_other() -> None:
    session = forked()
    text = session.export_text("html", everything=True)
    page = Page(text)
    assert page.headings[1::1].count("You") == 4
    assert [each for each in page.headings if each in session.branches] == ["main", "other", "third"]
    assert [" ".join(each.split()) for each in page.articles] == [
        "one",
        "two",
        "three",
        "four c",
        "three b",
        "four b",
        "five",
        "four",
    ]
    targets = set(re.findall(r'id="(\w+)"', text))
    assert {link.removeprefix("#") for link in page.links} <= targets
    assert 'Also from here: <a href="#b1">other</a>' in text
    assert '2 messages after <a href="#m1">message 2</a> of <a href="#b0">main</a>' in text


def test_two_columns_mark_the_words_that_differ() -> None:
    session = talk("Why?", "The *merge* sorts both frames first.\n\n1. Set the index\n\n```py\nx = 1\n```")
    session.fork(session.path()[0], "other")
    session.add_message(
        "assistant", "The *merge* hashes both frames first.\n\n2. Set the index\n\n```sh\nx = 2\n```", branch="other"
    )
    text = session.export_text("html", ["main", "other"])
    page = Page(text)
    assert "compared with main: <ins>added</ins> · <del>removed</del></p>" in text
    assert re.findall(r"<del>(.*?)</del>", text) == ["removed", "sorts", "1"]
    assert re.findall(r"<ins>(.*?)</ins>", text) == ["added", "hashes", "2"]
    assert "1 message in common" in text
    assert text.count("<ol") == 2  # the numbers of a list, and a fence's language, are no words
    assert [name for name in page.elements if name in {"ins", "del"}] == ["ins", *["del"] * 3, *["ins"] * 2]


def test_words_are_marked_as_readers_take_them() -> None:
    same = "One line stays as it is, so that there is something in common."
    session = talk("Set it up.", f"{same}\n\nIt ends here.")
    session.fork(session.path()[0], "other")
    session.add_message(
        "assistant",
        f"{same}\n\nIt's a well-known max_len: 3.14, *so* it is.\n\nIt ends here.",
        branch="other",
        sender="m",
    )
    text = session.export_text("html", ["main", "other"])
    assert "<ins>It&#x27;s a well-known max_len: 3.14,</ins> <em><ins>so</ins></em> <ins>it is.</ins>" in text


def test_texts_with_little_in_common_stand_plain_and_it_is_said() -> None:
    session = talk("Why?", "The merge sorts both frames first, and that takes its time.")
    session.fork(session.path()[0], "other")
    session.add_message("assistant", "A whale enters a bar. Nobody drinks.", branch="other", sender="m")
    text = session.export_text("html", ["main", "other"])
    assert not re.findall(r"<(ins|del|mark)>", text)
    assert text.count('<p class="facts">rewritten</p>') == 1
    assert "compared with" not in text


def test_three_columns_stand_turn_by_turn_and_are_compared_with_the_first() -> None:
    text = forked().export_text("html", ["main", "other", "third"])
    page = Page(text)
    assert page.elements.count("section") == 2  # one turn of all, and one that only the third has
    shown = ["one", "two", "three", "four c", "three b", "four b", "three b", "four b", "five"]
    assert [" ".join(each.split()) for each in page.articles] == shown
    assert re.findall(r"<(ins|del)>(.*?)</\1>", text) == [("ins", "added"), *[("ins", "b")] * 4]
    assert "Side by side: main, other, third</p>" in text
    assert "compared with main: <ins>added</ins></p>" in text


@given(contents=st.lists(TEXT, min_size=1, max_size=4), title=TEXT, sender=TEXT, note=TEXT, data=st.data())
def test_no_text_makes_a_page_other_than_it_is(
    contents: list[str], title: str, sender: str, note: str, data: Any
) -> None:
    session = talk(*contents, title=title, sender=sender)
    session.annotate(session.path()[0], note)
    session.bookmark(session.path()[-1])
    session.fork(session.path()[-1].parent_id and session.path()[-2], "ä.b/c-d")
    session.add_message("assistant", data.draw(TEXT), branch="ä.b/c-d")
    for choice in ({}, {"everything": True}, {"of": ["main", "ä.b/c-d"]}):
        page = Page(session.export_text("html", notes=True, reasoning=True, **choice))
        assert len(page.articles) == page.elements.count("article")
        assert not any(re.search(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202e\ufdd0-\ufdd3]", each) for each in page.articles)


@pytest.mark.parametrize(
    ("content", "links", "shown"),
    [
        ("[x](javascript:alert(1))", [], "[x](javascript:alert(1))"),
        ("[x](data:text/html,x)", [], "[x](data:text/html,x)"),
        ("[x](file.md)", [], "[x](file.md)"),
        ("[x](HTTPS://a.org)", ["HTTPS://a.org"], "x HTTPS://a.org"),
        ("[https://a.org](https://b.org)", ["https://b.org"], "https://a.org https://b.org"),
        ("<mailto:a@b.org>", ["mailto:a@b.org"], "mailto:a@b.org"),
        ("http://a.org/?q=<b>&c='", ["http://a.org/?q="], "http://a.org/?q=<b>&c='"),
        ("[![i](http://a.org/i.png)](http://b.org)", ["http://b.org"], "i http://b.org"),
        ("![](http://a.org/i.png)", ["http://a.org/i.png"], "image http://a.org/i.png"),
        ("`http://a.org`", [], "http://a.org"),
        ("[x][y]\n\n[y]: vbscript:x", [], "[x][y] [y]: vbscript:x"),
    ],
)
def test_links_lead_to_the_web_only_and_say_where(content: str, links: list[str], shown: str) -> None:
    page = Page(talk(content).export_text("html"))
    assert [link for link in page.links if link[0] != "#"] == links
    assert " ".join(page.articles[0].split()) == shown


def test_code_is_coloured_and_says_the_same() -> None:
    code = "def f(x):\n    return 'a <b>' + 1  # why\n"
    text = talk("", f"```python title\n{code}```\n\n```nothing\n{code}```\n\n```python\n\ufeff{code}```").export_text(
        "html"
    )
    assert re.findall(r'<pre data-language="(\w+)">', text) == ["python", "nothing", "python"]
    assert '<span class="k">def</span> <span class="f">f</span>' in text
    assert '<span class="c"># why</span>' in text
    assert text.count("&lt;b&gt;") == 3
    assert Page(text).articles[1].count(code) == 3


def test_what_is_nested_deeply_is_shown_as_it_was_written() -> None:
    content = ">" * 5_000 + " deep <b>\n" + "- " * 5_000 + "deeper"
    page = Page(talk(content).export_text("html"))
    assert page.articles[0].strip() == content
    assert page.deepest < 20


# Outline and flowchart


async def test_what_is_read_says_how_a_message_came_to_be() -> None:
    session = talk("one", "two")
    session.edit(session.path()[1], content="two <b>")
    main = session.path()[1]
    session.fork(session.path()[0], "other")
    session.add_message("assistant", "two c", branch="other")
    await session.merge(["other"], how="fuse", service=Services.Scripted("both"))
    session.cherry_pick([main], onto=session.new_branch("third"))
    text, page = (session.export_text(form, everything=True) for form in ("md", "html"))
    headings = [line.partition(" UTC")[2] for line in text.splitlines() if line.startswith("### ")]
    assert Counter(headings) == Counter({"": 3, " · edited": 1, " · fused from 2": 1, " · copied from main": 1})
    assert [how for how in ("edited", "fused from 2", "copied from main") if f"<span>{how}</span>" in page] == [
        "edited", "fused from 2", "copied from main",
    ]  # fmt: skip


def test_branches_with_a_first_prompt_of_their_own_say_beside_what_they_begin() -> None:
    session = talk("one", "two")
    session.new_branch("fresh", system="Be terse.")
    session.add_message("user", "three", branch="fresh")
    assert "\n## main\n" in session.export_text("md", everything=True)
    assert "\n## fresh begins beside message 1 of main\n" in session.export_text("md", everything=True)
    assert (
        '<p class="facts">2 messages beside <a href="#m0">message 1</a> of <a href="#b0">main</a></p>'
        in session.export_text("html", everything=True)
    )


def test_all_branches_as_an_outline() -> None:
    session = forked()
    session.bookmark(session.path()[0])
    session.annotate(session.path()[1], "look again")
    text = session.export_text("outline", everything=True, notes=True)
    name = re.search(r"·\w{4}", text)
    assert name
    assert text.replace(name[0], "·abcd") == (
        "A talk\n──────\n"
        "● 1 You: one  ★\n"
        "● 2 model-1: two  ✎ look again\n"
        "├─╮\n"
        "│ ● 3 You: three b\n"
        "│ ◉ 4 model-2: four b  [other]\n"
        "│ ◉ 5 You: five  [third]\n"
        "● 3 You: three\n"
        "├─╮\n"
        "│ ◉ 4 model-1: four  [·abcd]\n"
        "◉ 4 model-1: four c  [main]\n"
    )


def test_an_outline_of_some_branches_has_no_others() -> None:
    text = forked().export_text("outline", ["other", "third"])
    assert re.findall(r"\w+: (.*?)(?:  |\n)", text) == ["one", "two", "three b", "four b", "five"]


def test_all_branches_as_a_flowchart() -> None:
    text = forked().export_text("mermaid", everything=True)
    name = re.search(r"·(\w{4})#93", text)
    assert name
    assert text.replace(name[1], "abcd") == (
        '---\ntitle: "A talk"\n---\nflowchart TD\n'
        '    n0["1 · You#58; one<br/>2 · model-1#58; two"]\n'
        '    n0 --> n1["3 · You#58; three"]\n'
        '    n1 --> n2(["4 · model-1#58; four<br/>#91;·abcd#93;"])\n'
        '    n0 --> n3(["3 · You#58; three b<br/>4 · model-2#58; four b<br/>#91;other#93;"])\n'
        '    n3 --> n4(["5 · You#58; five<br/>#91;third#93;"])\n'
        '    n1 --> n5(["4 · model-1#58; four c<br/>#91;main#93;"])\n'
        "    classDef head stroke-width:3px\n"
        "    class n2 head\n    class n3 head\n    class n4 head\n    class n5 head\n"
    )


@given(contents=st.lists(TEXT, min_size=1, max_size=3), title=TEXT, sender=TEXT, note=TEXT)
def test_no_text_leaves_its_label_or_its_line(contents: list[str], title: str, sender: str, note: str) -> None:
    session = talk(*contents, title=title, sender=sender)
    session.annotate(session.path()[0], note)
    lines = session.export_text("mermaid", notes=True).split("\n")
    assert json.loads(lines[1].removeprefix("title: ")) == " ".join(
        json.loads(lines[1].removeprefix("title: ")).split()
    )
    assert [*lines[:1], *lines[2:4]] == ["---", "---", "flowchart TD"]
    assert lines[5:] == ["    classDef head stroke-width:3px", "    class n0 head", ""]
    label = re.fullmatch(r'    n0\(\["(.*)"\]\)', lines[4])
    assert label
    assert not re.search(r"[\"<>&`:;%{}|\\\[\]]", re.sub(r"<br/>|#\d+;", "", label[1]))
    outline = session.export_text("outline", notes=True)
    assert len(outline.split("\n")) == 2 + len(contents) + 1
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e]", outline)


# For fine-tuning


def lines_of(session: Session, form: Form, **choice: Any) -> list[Any]:
    return [json.loads(line) for line in session.export_text(form, **choice).splitlines()]


def test_a_branch_for_fine_tuning() -> None:
    session = Session("be brief")
    for role, content in (("user", "a"), ("user", "b"), ("assistant", "c"), ("user", "unanswered")):
        session.add_message(role, content)
    session.mute(session.add_message("assistant", ""))
    said = [("system", "be brief"), ("user", "a\n\nb"), ("assistant", "c")]
    assert lines_of(session, "openai") == [{"messages": [{"role": role, "content": text} for role, text in said]}]
    names = {"user": "human", "assistant": "gpt", "system": "system"}
    head = session.state.tree.node_id[-1]
    assert lines_of(session, "sharegpt") == [
        {"id": head, "conversations": [{"from": names[role], "value": text} for role, text in said]}
    ]


@pytest.mark.parametrize("form", ["openai", "sharegpt"])
def test_what_is_exported_for_fine_tuning_can_be_imported(tmp_path: Path, form: Form) -> None:
    session = Session("be brief")
    for role, content in (("user", "a"), ("assistant", "b\r\n"), ("user", "ünï \U0001f981"), ("assistant", "d")):
        session.add_message(role, content)
    session.export(tmp_path / "a.jsonl", form=form)
    (imported,) = import_conversations(tmp_path / "a.jsonl")
    found, expected = ([(message.role, message.content) for message in each.path()] for each in (imported, session))
    assert found == expected


def test_an_answer_on_several_branches_is_learnt_from_once() -> None:
    session = forked()
    session.fork(session.path()[1], "early")  # nothing of its own
    lines = lines_of(session, "openai", everything=True)
    said = [[(each["content"], each.get("weight")) for each in line["messages"]] for line in lines]
    assert said == [
        [("one", None), ("two", None), ("three", None), ("four c", None)],
        [("one", None), ("two", 0), ("three b", None), ("four b", None)],
        [("one", None), ("two", 0), ("three", None), ("four", None)],
    ]
    assert [len(line["conversations"]) for line in lines_of(session, "sharegpt", everything=True)] == [4, 4, 4]


def test_what_nobody_asked_is_no_conversation_of_sharegpt() -> None:
    session = Session("be brief")
    session.add_message("assistant", "Hello.")
    assert lines_of(session, "sharegpt") == []
    session.add_message("user", "a")
    session.add_message("assistant", "b")
    (line,) = lines_of(session, "sharegpt")
    assert [each["value"] for each in line["conversations"]] == ["be brief", "a", "b"]


# What leaves, and what does not


@pytest.mark.parametrize("form", FORMS)
async def test_what_is_deleted_secret_or_not_asked_for_does_not_leave(form: Form) -> None:
    reply = Reply(text="shown", reasoning="thought-of")
    session = Session(service=Services.Scripted([reply]), llmconfig={"temperature": 0.123})
    await session.chat("asked")
    session.annotate(session.path()[0], "noted")
    session.delete(session.add_message("user", "deleted-text"))
    failed = session.add_message("assistant", "cut")
    session.state.tree.set(session.state.tree.row(failed.node_id), "status", "interrupted")
    session.state.tree.set(session.state.tree.row(failed.node_id), "error", "http://10.0.0.5:8000 refused sk-key")
    text = session.export_text(form, everything=True)
    assert "asked" in text
    assert not re.search(r"thought-of|noted|deleted-text|10\.0\.0\.5|sk-key|0\.123|scripted(?!-1)", text)
    if form in {"md", "html"}:
        assert "interrupted" in text
        assert "thought-of" in session.export_text(form, reasoning=True)
    else:
        with pytest.raises(LionError, match="no place for reasoning"):
            session.export_text(form, reasoning=True)
    if form in {"openai", "sharegpt"}:
        with pytest.raises(LionError, match="no place for notes"):
            session.export_text(form, notes=True)
    else:
        assert "noted" in session.export_text(form, notes=True)


def test_archived_messages_and_branches_stay_unless_they_are_asked_for(tmp_path: Path) -> None:
    session = forked()
    session.archive(session.branches["other"].path()[2])
    written = session.export(tmp_path / "a.md", everything=True)
    assert (written.form, written.messages, written.branches, written.left_out) == ("md", 5, 2, 3)
    assert "three b" not in (tmp_path / "a.md").read_text(encoding="utf-8")
    assert session.export(tmp_path / "b.md", everything=True, archived=True)[1:] == (8, 4, 0)
    assert "three b" in session.export_text("md", "other")
    session.undo()
    session.branches["third"].configure(archived=True)
    assert session.export(tmp_path / "c.md", everything=True)[1:] == (7, 3, 1)


def test_a_title_is_made_of_what_leaves_only() -> None:
    session = talk("secret plans", "yes", title="")
    session.archive(session.path()[0])
    session.new_branch("open", messages=[{"role": "user", "content": "open question"}])
    for form in ("md", "html", "outline", "mermaid"):
        for choice in ({"everything": True}, {"of": "open"}):
            text = session.export_text(form, **choice)  # type: ignore[arg-type]
            assert "open question" in text
            assert "secret" not in text


def test_what_is_written_never_takes_the_place_of_a_file(tmp_path: Path) -> None:
    session, path = talk("a", "b"), tmp_path / "a.html"
    session.export(path)
    before = path.read_bytes()
    with pytest.raises(LionError, match=r"a\.html is there already"):
        session.export(path, everything=True)
    assert path.read_bytes() == before
    session.export(path, everything=True, overwrite=True)
    assert b'class="all"' in path.read_bytes()


def test_what_the_system_refuses_is_said(tmp_path: Path) -> None:
    for name in ("a" * 300 + ".md", "nowhere/a.md"):
        with pytest.raises(LionError, match="was not saved"):
            talk("a", "b").export(tmp_path / name)


async def test_an_export_beside_the_loop_is_that_of_the_moment(tmp_path: Path) -> None:
    session = forked()
    expected = session.export_text("html", everything=True)
    writing = session.aexport(tmp_path / "a.html", everything=True)
    await writing
    assert (tmp_path / "a.html").read_text(encoding="utf-8") == expected
    assert (await session.aexport(tmp_path / "b.txt", ["main", "other"])).messages == 6


@pytest.mark.parametrize(
    ("choice", "said"),
    [
        ({"of": "nowhere"}, "There is no branch 'nowhere'"),
        ({"of": ["main", "main"]}, "A branch cannot stand beside itself"),
        ({"of": ["main"] * 5}, "5 branches cannot stand side by side"),
        ({"of": "main", "everything": True}, "All branches are exported, or some"),
        ({"of": "main", "archived": True}, "archived or not"),
        ({"of": "empty"}, "empty has no messages to export"),
        ({"form": "pdf"}, "There is no form 'pdf'"),
    ],
)
def test_what_cannot_be_meant_is_said(choice: dict[str, Any], said: str) -> None:
    session = talk("a", "b")
    session.new_branch("empty")
    with pytest.raises(LionError, match=said):
        session.export_text(**choice)


def test_an_empty_session_and_a_name_without_a_form_are_said(tmp_path: Path) -> None:
    with pytest.raises(LionError, match=r"There are no messages to export\. Ask something first"):
        Session().export(tmp_path / "a.md", everything=True)
    with pytest.raises(LionError, match=r"The name a\.doc says no form\. Let it end in \.md"):
        talk("a").export(tmp_path / "a.doc")
    assert list(tmp_path.iterdir()) == []


# Size


def columns(parents: list[str | None]) -> Session:
    """Return a session whose messages have these parents, by their numbers as ids."""
    roles = {True: "user", False: "assistant"}
    rows = [
        {
            "node_id": str(at),
            "parent_id": parent,
            "role": roles[at % 2 == 0],
            "content": f"text {at}",
            "branch": f"b{at}",
        }
        for at, parent in enumerate(parents)
    ]
    return Session.from_json(_lines(rows))


def _lines(rows: list[dict[str, Any]]) -> Path:
    import tempfile
    from pathlib import Path

    path = Path(tempfile.mkdtemp()) / "rows.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


@pytest.mark.parametrize("form", FORMS)
def test_a_path_of_ten_thousand_messages(form: Form) -> None:
    session = columns([None, *map(str, range(9_999))])
    text = session.export_text(form, everything=form in DRAWN)
    assert "text 9999" in text
    if form == "html":
        page = Page(text)
        assert len(page.articles) == 10_000
        assert page.deepest < 12


@pytest.mark.parametrize("form", FORMS)
def test_a_thousand_branches_that_fork_one_from_the_other(form: Form) -> None:
    # Each message of a path has another child besides. What is learnt from says all of each path anew: fewer will do.
    branches = 200 if form in {"openai", "sharegpt"} else 1_000
    session = columns([None, *(str(2 * (at // 2)) for at in range(2 * branches - 2))])
    text = session.export_text(form, everything=True)
    if form == "html":
        page = Page(text)
        assert len(page.articles) == 1_999
        assert page.deepest < 12
    elif form == "outline":
        assert len(re.findall(r"^[│ ]*[●◉] \d+", text, re.MULTILINE)) == 1_999
        assert max(map(len, text.splitlines())) < 200
    elif form == "mermaid":
        assert text.count("-->") == 1_998
        assert "%% 1998 links" in text
