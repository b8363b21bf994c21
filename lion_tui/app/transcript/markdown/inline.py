"""Inline Markdown to runs: markdown-it's own inline rules, with the place in the source of every token.

CommonMark with GFM's strikethrough and bare links, and mathematics, which is shown as its source.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple

from rich.cells import cell_len

from lion_tui.app.transcript.markdown.lines import Run
from lion_tui.app.transcript.markdown.source import draw
from lion_tui.core.text import printable

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.rules_inline import StateInline
    from markdown_it.token import Token

    from lion_tui.app.transcript.markdown.source import Source

References = dict[str, dict[str, Any]]

_MARKUP = re.compile(r"[\\`*_~\[<$&\n]|://|www\.")
_BARE_LINK = re.compile(r"(?<![\w@./-])(?:https?://|www\.)[^\s<>]*[^\s<>?!.,:*_~'\"`]")
_WEB = re.compile(r"(?:https?|mailto):", re.IGNORECASE)
_MATH = re.compile(r"\$\$.+?\$\$|\$(?=[^\s$])[^$]*?(?<=[^\s$])\$(?!\d)|\\\(.+?\\\)|\\\[.+?\\\]", re.DOTALL)
# What may still become something else when the text goes on.
_OPENER = re.compile(r"[\[`]|<[A-Za-z/!?]|\$\S")
_DESTINATION = re.compile(r"\]\(\s*<?")
_STYLES = {"em": "emphasis", "strong": "strong", "s": "strike"}


class Inline(NamedTuple):
    """Inline text as runs.

    Attributes:
        lines: The runs of each line; only a hard break begins another.
        is_open: Whether something in it waits for its other end, so that what follows may change it.
    """

    lines: list[list[Run]]
    is_open: bool


def parse_inline(source: Source, style: str, references: References | None = None) -> Inline:
    """Return the runs of a piece of inline Markdown.

    Args:
        source: The text; line breaks in it are soft.
        style: The names of the style it stands in.
        references: The targets of reference links by normalised label, as markdown-it keeps them.
    """
    text = source.text
    if not _MARKUP.search(text):
        return Inline([draw(source, 0, len(text), style)], is_open=False)
    return _Drawing(source, style).of(references or {})


@cache
def _parser(*, links: bool) -> MarkdownIt:
    """Return the inline rules, without the one that looks for the end of every bracket where none can be a link's."""
    from markdown_it import MarkdownIt

    parser = MarkdownIt("commonmark").enable("strikethrough")
    if not links:
        parser.disable(["link", "image"])
    parser.inline.ruler.before("escape", "math", _math)
    # Joined tokens would lose their places.
    parser.inline.ruler2.disable("fragments_join")
    return parser


def _math(state: StateInline, silent: bool) -> bool:
    if state.src[state.pos] not in "$\\" or not (match := _MATH.match(state.src, state.pos, state.posMax)):
        return False
    if not silent:
        state.push("math", "", 0).content = match.group()
    state.pos = match.end()
    return True


@cache
def _state_class() -> type[StateInline]:
    from markdown_it.rules_inline import StateInline

    class PlacedState(StateInline):
        """markdown-it's state that notes in each token where it begins."""

        def __init__(self, src: str, md: MarkdownIt, env: dict[str, Any], tokens: list[Token]) -> None:
            super().__init__(src, md, env, tokens)
            self._pending_start = 0
            self._last: tuple[int, Token] | None = None

        def append_pending(self, text: str) -> None:
            if not self.pending:
                self._pending_start = self.pos
            super().append_pending(text)

        def pushPending(self) -> Token:  # noqa: N802 - markdown-it's name
            token = super().pushPending()
            token.meta["start"] = self._pending_start
            return token

        def push(self, ttype: str, tag: str, nesting: Any) -> Token:
            token = super().push(ttype, tag, nesting)
            start = self.pos
            if self._last is not None and self._last[0] == self.pos:
                # Delimiters come one by one, and an autolink's text after its `<`, before the position moves on.
                previous = self._last[1]
                if previous.type == "text":
                    start = previous.meta["start"] + len(previous.content)
                elif previous.markup == "autolink":
                    start += 1
            token.meta["start"] = start
            self._last = (self.pos, token)
            return token

    return PlacedState


@dataclass
class _Drawing:
    """Tokens being turned into runs."""

    source: Source
    style: str
    lines: list[list[Run]] = field(default_factory=lambda: [[]])
    is_open: bool = False

    def of(self, references: References) -> Inline:
        text = self.source.text
        parser = _parser(links=bool(references) or "](" in text)
        state = _state_class()(text, parser, {"references": references}, [])
        parser.inline.tokenize(state)
        for rule in parser.inline.ruler2.getRules(""):
            rule(state)
        groups = [state.delimiters, *(meta["delimiters"] for meta in state.tokens_meta if meta)]
        self.is_open = any(each.open and each.end < 0 for group in groups for each in group)
        self._draw(state.tokens)
        return Inline(self.lines, self.is_open)

    def _draw(self, tokens: list[Token]) -> None:
        styles: list[str] = []
        link: _Link | None = None
        plain: tuple[int, int] | None = None  # the range of text that is not drawn yet
        for token in tokens:
            start = token.meta["start"]
            if token.type == "text":
                if plain and plain[1] == start:
                    plain = (plain[0], start + len(token.content))
                    continue
                self._plain(plain, styles, link)
                plain = (start, start + len(token.content)) if token.content else None
                continue
            self._plain(plain, styles, link)
            plain = None
            if token.type == "link_open":
                link = self._open_link(token)
            elif token.type == "link_close":
                self._close_link(link, start)
                link = None
            elif token.nesting > 0:
                styles.append(_STYLES[token.tag])
            elif token.nesting < 0:
                styles.remove(_STYLES[token.tag])
            else:
                self._draw_leaf(token, start, styles, link)
        self._plain(plain, styles, link)

    def _names(self, styles: list[str], link: _Link | None, last: str = "") -> str:
        return " ".join(filter(None, [self.style, *dict.fromkeys(styles), "link" if link else "", last]))

    def _plain(self, range_: tuple[int, int] | None, styles: list[str], link: _Link | None) -> None:
        """Draw text, with the bare links in it unless it stands in a link."""
        if range_ is None:
            return
        start, end = range_
        names = self._names(styles, link)
        text = self.source.text[start:end]
        self.is_open = self.is_open or bool(_OPENER.search(text))
        if link is None:
            for match in _BARE_LINK.finditer(text):
                target = _balanced(match.group())
                begin = range_[0] + match.start()
                self._add(start, begin, names)
                start = begin + len(target)
                full = target if _WEB.match(target) else f"http://{target}"
                self._add(begin, start, f"{names} link", printable(full))
        self._add(start, end, names, link.target if link else None)

    def _add(self, start: int, end: int, names: str, link: str | None = None) -> None:
        if start < end:
            self.lines[-1] += draw(self.source, start, end, names, link)

    def _draw_leaf(self, token: Token, start: int, styles: list[str], link: _Link | None) -> None:
        target = link.target if link else None
        match token.type:
            case "softbreak":
                self._add(start, start + 1, self._names(styles, link), target)
            case "hardbreak":
                self.lines.append([])
            case "code_inline":
                start += len(token.markup)
                padded = self.source.text[start : start + len(token.content)].replace("\n", " ") != token.content
                start += padded
                self._add(start, start + len(token.content), self._names(styles, link, "code"), target)
            case "math":
                self._add(start, start + len(token.content), self._names(styles, link, "math"), target)
            case "html_inline":
                self._add(start, start + len(token.content), self._names(styles, link, "html"), target)
            case "image":
                image = _Link(str(token.attrs["src"]))
                end = start + 2 + len(token.content)
                self._add(start + 2, end, self._names(styles, link, "image"), target or image.target)
                self._draw_target(image, end)
            case _:
                self._special(token, start, self._names(styles, link), target)

    def _special(self, token: Token, start: int, names: str, target: str | None) -> None:
        """Draw an escaped character, or what an entity stands for."""
        end = start + len(token.markup)
        if token.markup.endswith(token.content):
            self.is_open = self.is_open or token.markup in (r"\(", r"\[")
            self._add(end - len(token.content), end, names, target)
        else:
            text = "".join([character for character in printable(token.content) if character not in "\n\t"])
            if cell_len(text):
                self.lines[-1].append(Run(text, names, self.source.at(start), self.source.at(end - 1) + 1, target))

    def _open_link(self, token: Token) -> _Link:
        line = len(self.lines) - 1
        return _Link(str(token.attrs["href"]), token.markup == "autolink", (line, len(self.lines[line])))

    def _close_link(self, link: _Link | None, label_end: int) -> None:
        if link is None or link.auto:
            return
        line, first = link.place
        shown = "".join([run.text for run in self.lines[line][first:]])
        if line != len(self.lines) - 1 or shown != link.href:
            self._draw_target(link, label_end)

    def _draw_target(self, link: _Link, label_end: int) -> None:
        """Draw where a link leads; as its own source, if that is written there as it is followed."""
        if not link.href:
            return
        names = f"{self.style} target"
        line = self.lines[-1]
        line.append(Run(" <", names))
        written = _DESTINATION.match(self.source.text, label_end)
        if written and self.source.text.startswith(link.href, written.end()):
            self._add(written.end(), written.end() + len(link.href), names, link.target)
        else:
            line.append(Run(link.href, names, link=link.target))
        line.append(Run(">", names))


class _Link:
    """A link that is being drawn; only targets for a browser or a mail program can be opened."""

    __slots__ = ("auto", "href", "place", "target")

    def __init__(self, href: str, auto: bool = False, place: tuple[int, int] = (0, 0)) -> None:
        self.href = printable(href)
        self.auto = auto
        self.place = place
        self.target = self.href if _WEB.match(self.href) else None


def _balanced(target: str) -> str:
    """Return a bare link without the closing brackets that belong to the text around it."""
    while target.endswith(")") and target.count(")") > target.count("("):
        target = target[:-1].rstrip("?!.,:*_~'\"")
    return target


def define(references: References, label: str, href: str) -> None:
    """Add the target of a reference link, unless the label has one: the first definition counts."""
    from markdown_it.common.utils import normalizeReference

    parser = _parser(links=True)
    target = parser.normalizeLink(href)
    if parser.validateLink(target):
        references.setdefault(normalizeReference(label), {"title": "", "href": target, "map": []})
