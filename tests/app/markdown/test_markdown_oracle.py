"""markdown-it as the oracle: the structure and the inline styles are CommonMark's."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import hypothesis.strategies as st
from hypothesis import assume, example, given
from markdown_documents import documents, words
from markdown_it import MarkdownIt

from lion_tui.app.transcript.markdown import CodeBlock, MarkdownLines

if TYPE_CHECKING:
    from collections.abc import Iterator

PARSER = MarkdownIt("commonmark").enable(["table", "strikethrough"])
# What is drawn otherwise on purpose: definitions of links, mathematics, HTML inside paragraphs of several meanings.
OWN = re.compile(r"\]:|\$|\\[\[(]|[^\x20-\x7e\n]|www|://|^\s*\[", re.MULTILINE)
STYLES = {"strong": "strong", "em": "emphasis", "s": "strike"}


def expected_blocks(text: str) -> Iterator[tuple[Any, ...]]:
    for token in PARSER.parse(text):
        if token.type == "heading_open":
            yield ("heading", int(token.tag[1]))
        elif token.type in ("fence", "code_block"):
            language = token.info.split()[0] if token.info.split() else ""
            yield ("code", language, [line.rstrip() for line in token.content.removesuffix("\n").split("\n")])


def drawn_blocks(text: str) -> Iterator[tuple[Any, ...]]:
    document = MarkdownLines(200, text)
    document.finish()
    for block in document.blocks():
        if isinstance(block, CodeBlock):
            yield ("code", block.language, [line.rstrip() for line in document.code(block).split("\n")])
        else:
            yield ("heading", block.level)


@given(documents)
@example("- a\n\n      code\n\n  - ```\n    x\n    ```\n> ~~~\nnot code")
@example("1. a\n   # h\n\n2. b\n\n   ```python\n   x\n\n   y\n")
@example("> - a\n> b\n>\n>     code\n\n    more")
@example("a\n-\n# \n## b ##\n\tc\n")
@example("- [ ] \n\n  ```\nn\n")
@example("a|b\n-|-\n<i>\n# c\n")
def test_code_blocks_and_headings(text: str) -> None:
    text = OWN.sub("", text).rstrip() + "\n"  # markdown-it takes white space after the last line for a line
    # A line of dashes is a heading's, unless it has pipes: GFM leaves a table of one column open here.
    assume(not re.search(r"\|[^\n]*\n[ >]*-+[ \t]*$", text, re.MULTILINE))
    assert list(drawn_blocks(text)) == list(expected_blocks(text))


def expected_pieces(text: str) -> list[tuple[str, frozenset[str]]]:
    pieces: list[tuple[str, frozenset[str]]] = []
    styles: list[str] = []
    for token in PARSER.parseInline(text)[0].children or []:
        if token.type in ("link_open", "link_close", "softbreak", "hardbreak"):
            pieces.append((" " if token.type.endswith("break") else "", frozenset(styles)))
        elif token.nesting > 0:
            styles.append(STYLES[token.tag])
        elif token.nesting < 0:
            styles.remove(STYLES[token.tag])
        elif token.type == "image":
            pieces.append((token.content, frozenset(styles)))
        else:
            pieces.append((token.content, frozenset([*styles, "code"] if token.type == "code_inline" else styles)))
    return characters(pieces)


def characters(pieces: list[tuple[str, frozenset[str]]]) -> list[tuple[str, frozenset[str]]]:
    return [(character, styles) for text, styles in pieces for character in text if not character.isspace()]


def drawn_pieces(text: str) -> list[tuple[str, frozenset[str]]]:
    document = MarkdownLines(1000, text)
    document.finish()
    known = {*STYLES.values(), "code"}
    return characters(
        [
            (run.text, frozenset(run.style.split()) & known)
            for index in range(len(document))
            for run in document.line(index).runs
            if "target" not in run.style
        ]
    )


markup = st.lists(
    st.sampled_from(
        ["*", "**", "_", "__", "~~", "`", "``", "a", "b ", " ", "c.", "[", "](", ")", "![", "]", "\\", "&amp;", "<b>"]
    ),
    max_size=24,
).map("".join)


@given(st.one_of(words, markup))
@example("**a*b**c*")
@example("[*a*](b) *[c*](d)")
@example("![a *b* c](d)")
def test_inline_styles(text: str) -> None:
    text = "x" + text
    assume(not OWN.search(text))
    assert drawn_pieces(text) == expected_pieces(text)
