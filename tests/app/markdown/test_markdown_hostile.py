"""Text that is made to hang, crash or flood the renderer, and what an append costs in every shape."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import pytest
from markdown_checks import check_growth, check_lines

from lion_tui.app.transcript.markdown import MarkdownLines
from lion_tui.app.transcript.markdown.highlight import ROOT, highlighter
from lion_tui.core.languages import COLOURED

if TYPE_CHECKING:
    from collections.abc import Callable

REPEATED = [
    *(
        "[",
        "![",
        "[a](",
        "[a][",
        "]",
        "*",
        "*a ",
        "**a*",
        "*a _b ",
        "~~a ",
        "`",
        "`a``b```c",
        "<",
        "<a ",
        "<!--",
        "&",
        "&#0;",
    ),
    *(
        "$",
        "$a ",
        "\\(",
        "\\",
        "\\\n",
        "> ",
        "- ",
        "1. ",
        "* ",
        "_ ",
        "# ",
        "|",
        "|-",
        "\t",
        " ",
        "\r",
        "\n",
        "\r\n",
        "a  \n",
    ),
    *(
        "&#x301;",
        "\u200b",
        "\u0301",
        "\u200d",
        "👩\u200d",
        "中",
        "\x1b[",
        "\x1b]8;;x\x07",
        "\u202e",
        "https://a.b/",
        "www.a",
        "<a@b",
    ),
    *(
        "[a]: x\n",
        "```\n",
        '```python\n"""',
        "```python\n{[(",
        "$$\n",
        "\\[\n",
        "<div>\n",
        "|a|b|\n|-|-|\n",
        "a\n=\n",
        "x",
    ),
]


@pytest.mark.parametrize("piece", REPEATED)
def test_repeated_openers(piece: str) -> None:
    text = (piece * 5_000)[:10_000]
    document = MarkdownLines(80)
    for start in range(0, len(text), 500):
        document.append(text[start : start + 500])
    document.finish()
    check_lines(document, text)
    whole = MarkdownLines(80, text)
    whole.finish()
    assert [document.line(index) for index in range(len(document))] == [
        whole.line(index) for index in range(len(whole))
    ]


@pytest.mark.parametrize(
    "text",
    [
        "> " * 10_000 + "x",
        "- " * 10_000 + "x",
        "1. " * 10_000 + "x",
        "\n".join("  " * depth + "- x" for depth in range(0, 10_000, 7)),
        "[" * 10_000 + "x" + "](a)" * 10_000,
        "*" * 10_000 + "x" + "*" * 10_000,
        "(" * 10_000 + "x" + ")" * 10_000,
        "```python\n" + "(" * 400 + "\n" + "[" * 400 + "\n" * 3 + "f'{" * 100,
    ],
    ids=["quotes", "items", "numbers", "lists", "links", "stars", "brackets", "code"],
)
def test_ten_thousand_deep(text: str) -> None:
    document = MarkdownLines(80, text)
    document.finish()
    check_lines(document, text)


@pytest.mark.parametrize("piece", ["word and `code` ", "x", "| cell "])
def test_a_line_of_a_megabyte(piece: str) -> None:
    text = piece * (1_000_000 // len(piece))
    document = MarkdownLines(80, text)
    lines = len(document)
    document.append("more")
    document.finish()
    assert lines <= len(document) <= lines + 1
    shown = sum(len(document.line(index).text.replace(" ", "")) for index in range(len(document)))
    assert shown == len(text.replace(" ", "").replace("`", "")) + len("more")


# Each was found by a fuzzer.
FOUND = [
    ("| a |\n|:--|\n[r]: https://r.example", 4),
    ("00\xa0", 2),
    ("0\x9b\u200d\u202e**", 2),
    ("0&zwj;**", 2),
    ("```\n\ncode\n```", 20),
    ("- [ ] # not a heading", 20),
    ("-\n- a", 20),
]


@pytest.mark.parametrize(("text", "width"), FOUND)
def test_what_fuzzing_found(text: str, width: int) -> None:
    check_growth(text, width)


def test_many_rows_that_fit_stay_in_place_when_one_does_not() -> None:
    document = MarkdownLines(40, "| a | b |\n|---|---|\n" + "| 1 | 2 |\n" * 1_000)
    before = len(document)
    assert document.append(f"| 1 | {'word ' * 30}|\n") == before
    assert len(document) > before + 10
    check_growth(["|a|\n|-|\n", "|x|\n" * 300, f"|{'long ' * 20}|\n", "|y|\n", f"|{'z' * 50}"], 30)


SENTENCE = "A sentence with **bold** and `code` in it, and a [link](https://a.example) to somewhere. "
SHAPES: dict[str, tuple[str, Callable[[int], str]]] = {
    "plain": ("", lambda _: f"{SENTENCE * 3}\n\n"),
    "fence": ("```\n", lambda _: "def f(x):\n    return x\n"),
    "python": ("```python\n", lambda _: "def f(x):\n    return x\n"),
    "paragraph": ("", lambda _: SENTENCE),
    "open emphasis": ("", lambda _: "some *words "),
    "lines of a paragraph": ("", lambda _: f"{SENTENCE}\n"),
    "list": ("", lambda number: f"{number}. {SENTENCE}\n"),
    "nested list": ("", lambda number: f"{'  ' * (number % 9)}- {SENTENCE}\n"),
    "item": ("- begin\n", lambda _: f"\n  {SENTENCE}\n  - {SENTENCE}\n"),
    "table": ("|a|b|c|\n|-|-|-|\n", lambda number: f"| {number} | `x` | short |\n"),
    "wide table": ("|a|b|c|\n|-|-|-|\n", lambda number: f"| {number} | {SENTENCE} | {SENTENCE} |\n"),
    "quote": ("", lambda _: f"> {SENTENCE}\n"),
    "deep quotes": ("", lambda _: f"> > > > {SENTENCE}\n> > > >\n"),
}


def calls_of(action: Callable[[], Any]) -> int:
    """Return how many functions a call calls: a measure of work that no other load changes."""
    count = 0

    def note(_frame: Any, event: str, _argument: Any) -> None:
        nonlocal count
        count += event in ("call", "c_call")

    sys.setprofile(note)
    try:
        action()
    finally:
        sys.setprofile(None)
    return count


@pytest.mark.parametrize("shape", SHAPES)
def test_an_append_costs_what_is_new(shape: str) -> None:
    head, piece = SHAPES[shape]
    text = head + "".join(piece(number) for number in range(1, 6_000))

    def work(start: int) -> int:
        """Return the work of 2,000 characters in forties, when `start` came before."""
        document = MarkdownLines(100, text[:start])

        def appends() -> None:
            for place in range(start, start + 2_000, 40):
                document.append(text[place : place + 40])
                for index in range(max(0, len(document) - 30), len(document)):
                    document.line(index)

        return calls_of(appends)

    assert work(30_000) < 1.5 * work(4_000)


def test_lexers_of_every_kind_leave_the_text_as_it_is() -> None:
    lines = ["def f(x): # {", "/* a", "b */ '", "", "\t<b>{{%x%}}</b> 中", "- a: |", "((([[[{{{", "$ x = `y`; ?>"]
    for language in (
        "python",
        "c",
        "javascript",
        "html",
        "yaml",
        "ruby",
        "json",
        "bash",
        "console",
        "php",
        "rust",
        "sql",
    ):
        lexer = highlighter(language)
        assert lexer is not None
        state = ROOT
        for line in lines:
            lexer.line('other "[{ /* <x', state)
            pieces, state = lexer.line(line, state)
            assert "".join(piece for piece, _ in pieces) == line
    assert highlighter("nonsense") is None


def test_code_is_not_coloured_by_lexers_that_take_time_beyond_all_bounds() -> None:
    """An expression of Pygments for Rita takes twice as long with each character of a string that has no end."""
    from lion_tui.storage.exporters.code import coloured

    line = '"' + "1" * 400
    assert highlighter("rita") is None
    document = MarkdownLines(80, f"```rita\n{line}\n```\n")
    assert document.line(1).cells <= 80
    assert coloured(line, "rita") == line.replace('"', "&quot;")


@pytest.mark.parametrize("language", sorted(COLOURED))
def test_every_language_that_is_coloured_has_a_lexer(language: str) -> None:
    assert highlighter(language) is not None


def test_a_lexer_that_fails_leaves_code_plain() -> None:
    from lion_tui.app.transcript.markdown.highlight import Highlighter

    class Failing:
        def get_tokens_unprocessed(self, text: str) -> Any:
            raise KeyError(text)

    pieces, state = Highlighter(Failing()).line("code", ROOT)
    assert (pieces, state) == ([("code", "")], ())
    assert Highlighter(Failing()).line("more", state) == ([("more", "")], ())
