"""An exported page as a browser's parser sees it, checked against everything that it may have."""

from __future__ import annotations

import base64
import hashlib
import re
from html.parser import HTMLParser

_CLASS = re.compile(
    r"all|one|beside|tree|side|facts( legend)?|n|m (user|system|assistant|tool)|body|reasoning|status|note|source|table"
    r"|to|forks|d[0-5]|columns c[2-4]( names| turn)?|cell|name|left|right|center|[ckdsf]"
)
_VALUES = {
    "class": _CLASS,
    "id": re.compile(r"[mb]\d+(-[1-3])?"),
    "dir": re.compile("auto"),
    "rel": re.compile("noreferrer noopener nofollow"),
    "href": re.compile(r"#[mb]\d+(-[1-3])?|(https?|mailto):[^\s<>\"]*", re.IGNORECASE),
    "datetime": re.compile(r"[\d:T.+-]+"),
    "start": re.compile(r"\d+"),
    "title": re.compile("bookmarked"),
    "aria-label": re.compile("Branches"),
    "data-language": re.compile(r"\S+", re.DOTALL),
}
_PLAIN = frozenset(
    {"header", "h1", "h2", "h3", "main", "article", "section", "nav", "details", "summary", "div", "time"}
)
_MARKDOWN = frozenset(
    {
        "p", "br", "hr", "em", "strong", "s", "code", "pre", "ul", "ol", "li", "blockquote", "table", "thead", "tbody",
        "tr", "th", "td", "h4", "h5", "h6", "a", "span", "ins", "del", "mark", "b",
    }
)  # fmt: skip
_VOID = frozenset({"meta", "br", "hr"})


class Page(HTMLParser):
    """What a page has.

    Attributes:
        elements: The names of the elements in its body, in order.
        articles: The text of each message's body.
        headings: The text of each first- to third-level heading, in order.
        links: The addresses that links lead to.
        deepest: How many elements stand one in the other at most.
    """

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: list[str] = []
        self.articles: list[str] = []
        self.headings: list[str] = []
        self.links: list[str] = []
        self.deepest = 0
        self._ids: set[str] = set()
        self._open: list[tuple[str, dict[str, str | None]]] = []
        head, body = text.split("</head>\n", 1)
        self._check_head(head)
        self.feed(body)
        self.close()
        assert [name for name, _ in self._open] == ["html"] or not self._open, self._open

    def _check_head(self, head: str) -> None:
        """Nothing is written there but the title, and the style is the one that the policy lets through."""
        (style,) = re.findall("<style>(.*?)</style>", head, re.DOTALL)
        digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
        assert f"content=\"default-src 'none'; style-src 'sha256-{digest}';" in head
        assert re.fullmatch(
            r"<!DOCTYPE html>\n<html lang=\"und\">\n<head>\n(<meta [^<>]*>\n){5}<title>[^<>\n]*</title>\n",
            head.split("<style>", maxsplit=1)[0],
        )

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert tag in _PLAIN | _MARKDOWN | {"body"}, tag
        values = dict(attrs)
        assert len(values) == len(attrs)
        if (name := values.get("id")) is not None:
            assert name not in self._ids
            self._ids.add(name)
        for name, value in attrs:
            assert _VALUES[name].fullmatch(value or ""), (tag, name, value)
        self.elements.append(tag)
        if tag == "a":
            assert "a" not in [name for name, _ in self._open]
            assert values["href"].startswith("#") or values["rel"]  # type: ignore[union-attr]
            self.links.append(values["href"] or "")
        if tag == "div" and values.get("class") == "body":
            self.articles.append("")
        if tag in {"h1", "h2", "h3"}:
            self.headings.append("")
        if tag not in _VOID:
            self._open.append((tag, values))
            self.deepest = max(self.deepest, len(self._open))

    def handle_endtag(self, tag: str) -> None:
        if tag != "html":
            name, _ = self._open.pop()
            assert tag == name, f"{name} is closed by {tag}"

    def handle_data(self, data: str) -> None:
        if any(values.get("class") == "body" for name, values in self._open if name == "div"):
            self.articles[-1] += data
        if any(name in {"h1", "h2", "h3"} for name, _ in self._open):
            self.headings[-1] += data

    def handle_comment(self, data: str) -> None:
        raise AssertionError(f"a comment: {data!r}")

    def unknown_decl(self, data: str) -> None:
        raise AssertionError(f"a declaration: {data!r}")

    handle_decl = handle_pi = unknown_decl
