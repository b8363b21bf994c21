"""Random Markdown: documents from a grammar of blocks, raw text of special characters, and cuts."""

from __future__ import annotations

import hypothesis.strategies as st

SPECIAL = "*_`~[]()<>!#-+=|:\\$&.0123456789 \t\n\r\"'/@^{}xX"
UNUSUAL = "\x00\x07\x1b\x7f\x9b\u202e\u2066\u200b\u200d\ufe0f\u0301\u0e33中文，。한👩👧🇩🇪א\u05d1ا\u0644\u00a0\u2028"
PIECES = [
    "**",
    "__",
    "~~",
    "``",
    "```",
    "~~~",
    "$$",
    "\\[",
    "\\]",
    "\\(",
    "\\)",
    "](",
    "![",
    "[x] ",
    "- ",
    "* ",
    "1. ",
    "2) ",
    "> ",
    "# ",
    "### ",
    "---",
    "===",
    "***",
    "|",
    "|---|",
    "| a | b |",
    "|:-:|--:|",
    "\n\n",
    "  \n",
    "\\\n",
    "\r\n",
    "\t",
    "    ",
    "<div>",
    "</div>",
    "<!--",
    "-->",
    "<b>",
    "https://a.example/b_c",
    "www.x.example",
    "<https://a.example>",
    "[r]",
    "[r]: https://r.example\n",
    "[^1]",
    "&amp;",
    "&#x1b;",
    "&nbsp;",
    "```python\n",
    "```json\n",
    "def f(x):\n",
    '"""',
    "word",
    "longerword",
    "中文字符",
    "e\u0301",
    "👩\u200d👧",
    "\x1b[31m",
    "\x1b]52;c;aGk=\x07",
    "{}",
    "a" * 80,
]

raw = st.lists(
    st.one_of(st.sampled_from(PIECES), st.text(st.sampled_from(SPECIAL + UNUSUAL + "abc"), max_size=8)), max_size=40
).map("".join)
words = st.lists(
    st.sampled_from(
        [
            "plain",
            "**bold**",
            "*em*",
            "`code`",
            "~~gone~~",
            "[text](https://t.example)",
            "$x_1$",
            "5 * 3",
            "中文",
            "👍🏽",
            "unclosed*",
            "[",
            "`",
            "a_b_c",
            "https://u.example/x",
            "&lt;",
            "\\*",
            "<i>",
            "naïve",
            "שלום",
            "end.",
        ]
    ),
    min_size=1,
    max_size=25,
).map(" ".join)


def indented(text: str, first: str, rest: str) -> str:
    return "\n".join((first if number == 0 else rest) + line for number, line in enumerate(text.split("\n")))


def _nested(blocks: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    inner = st.lists(blocks, min_size=1, max_size=3).map("\n\n".join)
    item = st.tuples(inner, st.sampled_from(["- ", "* ", "1. ", "10) ", "- [ ] ", "- [x] "])).map(
        lambda pair: indented(pair[0], pair[1], " " * len(pair[1].split("[")[0]))
    )
    return st.one_of(
        st.lists(item, min_size=1, max_size=4).map("\n".join),
        st.lists(item, min_size=1, max_size=3).map("\n\n".join),
        inner.map(lambda text: indented(text, "> ", "> ")),
        inner.map(lambda text: indented(text, "> ", ">")),
    )


cells = st.lists(words, min_size=1, max_size=4)
tables = st.tuples(st.integers(1, 5), st.lists(cells, max_size=6)).map(
    lambda pair: "\n".join(
        ["| " + " | ".join("abcde"[: pair[0]]) + " |", "|" + ":--|" * pair[0]]
        + ["| " + " | ".join(row) + " |" for row in pair[1]]
    )
)
fences = st.tuples(
    st.sampled_from(["```", "~~~~", "```python", "```c", "```html", "```nonsense", "```yaml x"]),
    st.sampled_from(
        ["def f(x):\n\treturn '''a\nb'''", "/* a\nb */ int x;", "<p class='a'>\n<script>1</script>", "a: b"]
    ),
    st.booleans(),
).map(lambda parts: f"{parts[0]}\n{parts[1]}" + ("\n" + parts[0][:4].rstrip("pchny") if parts[2] else ""))
leaves = st.one_of(
    words,
    st.lists(words, min_size=2, max_size=3).map("\n".join),
    st.tuples(st.integers(1, 6), words).map(lambda pair: "#" * pair[0] + " " + pair[1]),
    words.map(lambda text: f"{text}\n==="),
    fences,
    tables,
    st.sampled_from(
        ["---", "<div>\nhtml\n</div>", "$$\na\n$$", "    indented\n\n    code", "[r]: https://r.example", ""]
    ),
)
nested = _nested(st.one_of(leaves, _nested(st.one_of(leaves, _nested(leaves)))))
documents = st.one_of(
    st.lists(st.one_of(leaves, nested), max_size=6).flatmap(
        lambda blocks: st.sampled_from(["\n\n", "\n"]).map(lambda gap: gap.join(blocks))
    ),
    raw,
    st.lists(st.one_of(raw, leaves), max_size=6).map("\n".join),
)
