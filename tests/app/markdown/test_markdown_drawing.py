"""How each construct of Markdown is drawn."""

from __future__ import annotations

import subprocess
import sys

import pytest
from rich.style import Style

from lion_tui.app.transcript.markdown import CodeBlock, Heading, Line, MarkdownLines, Styles, highlight
from lion_tui.core.errors import UsageError


def render(text: str, width: int = 40) -> list[Line]:
    document = MarkdownLines(width, text)
    document.finish()
    return [document.line(index) for index in range(len(document))]


def texts(text: str, width: int = 40) -> list[str]:
    return [line.text.rstrip() for line in render(text, width)]


def style_of(lines: list[Line], text: str) -> str:
    return next(run.style for line in lines for run in line.runs if run.text == text)


@pytest.mark.parametrize(
    ("markdown", "expected"),
    [
        ("one\ntwo", ["one two"]),
        ("one  \ntwo\\\nthree", ["one", "two", "three"]),
        ("a b c d e f", ["a b c d e f"]),
        ("# One\nTwo\n---\n### Three ###", ["One", "", "Two", "", "Three"]),
        ("- a\n- b\n\n  c\n- d", [" • a", " • b", "", "   c", " • d"]),
        ("1. a\n1. b\n5. c", [" 1. a", " 2. b", " 3. c"]),
        ("7) a\n8) b", [" 7) a", " 8) b"]),
        ("- a\n  - b\n    1. c\n- d", [" • a", "    • b", "       1. c", " • d"]),
        ("- a\n\n- b", [" • a", "", " • b"]),
        ("- [ ] open\n- [X] done\n- [] none", [" ☐ open", " ☑ done", " • []  none".replace("  ", " ")]),
        ("-\n- a", [" •", " • a"]),
        ("> a\nlazy\n>\n> > b", ["│ a lazy", "│", "│ │ b"]),
        ("a\n\n***\nb", ["a", "", "─" * 40, "", "b"]),
        ("<div>\n*a*\n</div>\n\nb", ["<div>", "*a*", "</div>", "", "b"]),
        ("a <b>c</b>", ["a <b>c</b>"]),
        ("$$\nx_1\n= *y*\n$$\nb", ["$$", "x_1", "= *y*", "$$", "", "b"]),
        (r"\[ a_b \] and \(c*d*e\)", [r"\[ a_b \] and \(c*d*e\)"]),
        ("it costs $5 and $6, $a_1$", ["it costs $5 and $6, $a_1$"]),
        ("&lt;b&gt; &copy; \\*not\\*", ["<b> © *not*"]),
        ("[^1] and\n\n[^1]: a note", ["[^1] and", "", "[^1]: a note"]),
        ("a | b\n--|--\n1 | 2", ["a   │ b", "────┼────", "1   │ 2"]),
        ("```\nunclosed\n\n  more", ["                                      1", " unclosed", "", "   more"]),
        (
            "    indented\n\n\n    code\n\nb",
            ["                                      1", " indented", "", "", " code", "", "b"],
        ),
        ("~~~ mermaid\ngraph TD\n~~~", ["                              mermaid 1", " graph TD"]),
        ("a\tb\r\nc\rd", ["a    b c d"]),
    ],
)
def test_blocks(markdown: str, expected: list[str]) -> None:
    assert texts(markdown) == expected


def test_inline_styles_lie_over_each_other() -> None:
    lines = render("plain **strong *both* `code`** ~~gone~~")
    assert style_of(lines, "plain ") == "text"
    assert style_of(lines, "strong ") == "text strong"
    assert style_of(lines, "both") == "text strong emphasis"
    assert style_of(lines, "code") == "text strong code"
    assert style_of(lines, "gone") == "text strike"
    assert style_of(render("> ## a *b*"), "b") == "heading-2 emphasis"


def test_links_show_where_they_go() -> None:
    text = 'see [the *docs*](https://e.example/a_b "title") and <https://f.example> or https://g.example/x.'
    [line] = render(text, 200)
    assert line.text == "see the docs <https://e.example/a_b> and https://f.example or https://g.example/x."
    at = line.text.index
    assert line.link_at(at("docs")) == "https://e.example/a_b"
    assert line.link_at(at("e.example")) == "https://e.example/a_b"
    assert line.source_at(at("e.example")) == text.index("e.example")
    assert line.link_at(at("f.example")) == "https://f.example"
    assert line.link_at(at("g.example") + len("g.example/x")) is None
    assert line.link_at(at("see")) is None


@pytest.mark.parametrize(
    ("markdown", "expected", "target"),
    [
        ("[https://a.example](https://a.example)", "https://a.example", "https://a.example"),
        ("[https://good.example](https://evil.example)", "https://good.example <https://evil.example>", "https://evil.example"),
        ("![a picture](https://a.example/p.png)", "a picture <https://a.example/p.png>", "https://a.example/p.png"),
        ("www.a.example/(b))", "www.a.example/(b))", "http://www.a.example/(b)"),
        ("[run](javascript:alert)", "[run](javascript:alert)", None),
        ("[run](file:///etc)", "[run](file:///etc)", None),
        ("[open](vscode://x)", "open <vscode://x>", None),
        ("[раура1](https://рaypal.example)", "раура1 <https://xn--aypal-uye.example>", "https://xn--aypal-uye.example"),
        ("<a@b.example>", "a@b.example", "mailto:a@b.example"),
    ],
)  # fmt: skip
def test_targets(markdown: str, expected: str, target: str | None) -> None:
    [line] = render(markdown, 200)
    assert line.text == expected
    assert line.link_at(0) == target


def test_reference_links_count_from_where_they_are_defined() -> None:
    text = "[early][r]\n\n[r]: <https://r.example> 'title'\n[R]: https://second.example\n\n[late][R], [r] and [r][]"
    assert texts(text, 200) == [
        "[early][r]",
        "",
        "[r]: <https://r.example> 'title'",
        "[R]: https://second.example",
        "",
        "late <https://r.example>, r <https://r.example> and r <https://r.example>",
    ]


def test_code_stands_on_a_surface_as_wide_as_the_page() -> None:
    document = MarkdownLines(
        30, "- x\n\n  ```python title\n  def f():\n  \treturn 'aaaaaaaaaaaaaaaaaaaaaaaa'\n\n  ```\n"
    )
    lines = [document.line(index) for index in range(len(document))]
    assert [line.text for line in lines] == [
        " • x",
        "   ",
        "   " + "python 1 ".rjust(27),
        "    def f():".ljust(30),
        "   " + f"     return '{'a' * 13}" + " ",
        ("   " + f" {'a' * 11}'").ljust(30),
        " " * 30,
    ]
    assert style_of(lines, "def") == "code-block code-keyword"
    assert [line.wrapped for line in lines] == [False] * 5 + [True, False]
    [block] = document.blocks()
    assert isinstance(block, CodeBlock)
    assert (block.number, block.language, block.first_line, block.last_line) == (1, "python", 3, 7)
    assert document.code(block) == "def f():\n\treturn 'aaaaaaaaaaaaaaaaaaaaaaaa'\n"


def test_highlighting_is_carried_from_line_to_line() -> None:
    lines = render('```python\n"""one\ntwo"""\nx = 1\n```\n\n```nonsense\n"""one\n```', 60)
    assert [line.runs[1].style for line in lines[1:4]] == ["code-block code-string"] * 2 + ["code-block"]
    assert lines[-1].runs[1].style == "code-block"


def test_blocks_know_their_place() -> None:
    text = "# One *two*\n\n> ```c\n> int x;\n> ```\n\nThree\n---\n"
    heading, code, second = MarkdownLines(40, text).blocks()
    assert heading == Heading(1, "One two", 2, 11, 0)
    assert isinstance(code, CodeBlock)
    assert text[code.start : code.end] == "int x;"
    assert second == Heading(2, "Three", text.index("Three"), text.index("Three") + 5, 5)


def test_a_table_takes_what_it_needs_until_the_page_is_full() -> None:
    table = "| a | b |\n|--:|:-:|\n| 1 | 2 |\n| wide cell | x \\| `y` | extra |\n| |"
    assert texts(table, 40) == [
        "        a │       b",
        "──────────┼──────────────",
        "        1 │       2",
        "wide cell │ x | y | extra",
        "          │",
    ]
    lines = render("| a | b |\n|---|---|\n| " + "word " * 20 + "| short |", 30)
    assert {line.cells for line in lines} == {30}
    assert sum(line.wrapped for line in lines) > 2
    assert texts("|a" * 9 + "\n" + "|-" * 9 + "\n|1|2", 20) == ["|a|a|a|a|a|a|a|a|a", "|-|-|-|-|-|-|-|-|-", "|1|2"]


def test_widths_of_cells() -> None:
    assert texts("中文字符测，试一二三四", 10) == ["中文字符", "测，试一二", "三四"]
    assert texts("e\u0301" * 12, 10) == ["e\u0301" * 10, "e\u0301" * 2]
    family = "👩\u200d👩\u200d👧"
    assert texts(f"{family} {family}", 4) == [family, family]
    assert all(line.cells <= 2 for line in render("a中👍🏽❤\ufe0f", 2))


def test_right_to_left_text_keeps_its_order() -> None:
    assert texts("שלום **עולם** abc") == ["שלום עולם abc"]


def test_nothing_that_a_terminal_obeys() -> None:
    text = (
        "a\x1b[31mb\x1b]52;c;aGk=\x07c\x9b1md\u202ee\u2066f\x00&#x1b;[2J&#x202e;\n\n```\x1b[31m\n\x1b]8;;x\x07y\n```\n"
    )
    shown = "\n".join(line.text for line in render(text, 60))
    assert not set(shown) & {"\x1b", "\x07", "\x9b", "\u202e", "\u2066", "\x00"}
    [line] = render("ab\x1b[31mc", 60)
    assert line.source_at(line.text.index("c")) == 7


def test_zero_width_floods_stay_small() -> None:
    for flood in ("\u0301" * 100_000, "&#x301;&zwnj;" * 10_000):
        lines = render("a" + flood)
        assert lines[0].text.startswith("a")
        assert max(len(line.text) for line in lines) < 2_000


def test_source_under_a_cell() -> None:
    text = "> - 中 **b** &amp; `x`\n>   go\ton"
    [line] = render(text, 60)
    assert line.text == "│  • 中 b & x go    on"
    assert [line.source_at(cell) for cell in (0, 3, 5, 6)] == [None, None, text.index("中"), text.index("中")]
    assert line.source_at(line.text.index("&") + 1) == text.index("&amp;")
    assert line.source_at(line.text.index("on") + 1) == text.index("on")
    assert line.source_at(line.text.index("on") - 1) == text.index("\t")
    assert line.source_at(1000) is None
    assert line.span == (text.index("中"), len(text))
    assert render("---")[0].span is None


def test_styles_are_combined_from_a_table() -> None:
    styles = Styles({"text": Style(color="red"), "strong": Style(bold=True)}.get)
    [line] = render("a **b**")
    segments = line.segments(styles)
    assert [(segment.text, segment.style) for segment in segments] == [
        ("a ", Style(color="red")),
        ("b", Style(color="red", bold=True)),
    ]
    assert styles["text unknown"] == Style(color="red")


def test_misuse_is_named() -> None:
    with pytest.raises(UsageError, match="1 cells"):
        MarkdownLines(1)
    document = MarkdownLines(20, "a")
    document.finish()
    assert document.finish() == 1
    with pytest.raises(UsageError, match="finished"):
        document.append("b")
    for index in (-1, 1):
        with pytest.raises(IndexError):
            document.line(index)


def test_libraries_are_loaded_when_they_are_needed() -> None:
    program = """
import sys
from lion_tui.app.transcript.markdown import MarkdownLines
MarkdownLines(80, "plain words\\n\\n- and a list\\n").finish()
assert not {"pygments.lexer", "markdown_it"} & set(sys.modules), sorted(sys.modules)
MarkdownLines(80, "*more*\\n").finish()
assert "markdown_it" in sys.modules and "pygments.lexer" not in sys.modules
MarkdownLines(80, "```python\\n").finish()
assert "pygments.lexer" in sys.modules
"""
    subprocess.run([sys.executable, "-c", program], check=True)


async def test_code_whose_colours_are_postponed_is_plain_until_they_are_loaded() -> None:
    code = "- x\n\n  ```python\n  def f():\n  ```\n"
    coloured = render(code, 30)
    highlight.postpone()
    try:
        plain = render(code, 30)
    finally:
        caught_up = await highlight.catch_up()
    assert [line.text for line in plain] == [line.text for line in coloured]
    assert (style_of(plain, "def f():"), style_of(coloured, "def")) == ("code-block", "code-block code-keyword")
    assert render(code, 30) == coloured
    assert (caught_up, await highlight.catch_up()) == (True, False)
