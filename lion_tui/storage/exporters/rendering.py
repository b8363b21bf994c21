"""Markdown of messages as HTML that can do nothing: no elements but Markdown's, no addresses but those of links."""

from __future__ import annotations

import re
from functools import cache
from html import escape
from typing import TYPE_CHECKING, Any, Final

from lion_tui.core.text import printable
from lion_tui.storage.exporters.code import coloured

if TYPE_CHECKING:
    from collections.abc import Sequence

    from markdown_it import MarkdownIt
    from markdown_it.token import Token

    from lion_tui.core.diff import Operation

_DEEPEST: Final = 100
"""Elements one in the other at most; what is nested deeper is shown as it was written."""
_LINK: Final = re.compile(r"(?:https?|mailto):", re.IGNORECASE)
_BARE_LINK: Final = re.compile(r"https?://[^\s<>\"'`]*[^\s<>\"'`.,;:!?)\]}]", re.IGNORECASE)
_TASK: Final = re.compile(r"^\[([ xX])\] ")
_HEADINGS: Final = {f"h{level}": f"h{min(level + 3, 6)}" for level in range(1, 7)}
"""Headings of a message stand below those of the page."""

# Signs put around the words that differ, until they are elements: Unicode keeps these for a program's own use.
_BEGINS: Final = {"removed": "\ufdd0", "added": "\ufdd1", "moved": "\ufdd2"}
_END: Final = "\ufdd3"
_FOREIGN: Final = dict.fromkeys(range(0xFDD0, 0xFDF0), 0xFFFD)
_SIGNED: Final = re.compile(f"([\ufdd0-\ufdd2])([^{_END}]*){_END}")
_ANY_SIGN: Final = re.compile("[\ufdd0-\ufdd3]|%EF%B7%9[0-3]", re.IGNORECASE)
_TAGS: Final = {_BEGINS["removed"]: "del", _BEGINS["added"]: "ins", _BEGINS["moved"]: "mark"}
_LETTER: Final = re.compile(r"[^\W_]")
_WORD: Final = re.compile(r"[^\W_]+(?:[_'’.,-]+[^\W_]+)*[.,;?!…]*|[.,;?!…]+")
_SYNTAX: Final = re.compile(
    r"^[ \t]*(?:(?:>|[-*+](?=\s)|\d{1,9}[.)](?=\s)|#{1,6}(?=\s)|`{3,}.*|~{3,}.*)[ \t]*)+"  # what begins a block
    r"|&\#?\w{1,31};|<?(?:https?://|mailto:)\S+",
    re.MULTILINE,
)
"""Where a sign would change what the Markdown means."""


def markup(text: str, steps: Sequence[Operation] = (), *, newer: bool = False) -> str:
    """Return a message's Markdown as HTML.

    Args:
        text: Any text.
        steps: Those from an older text to a newer one, if the words that differ are to be marked.
        newer: Whether it is the newer one of them.
    """
    text = _signed(text.translate(_FOREIGN), steps, newer=newer)
    text = printable(re.sub(r"\r\n?", "\n", text))
    parser, env = _parser(), dict[str, Any]()
    tokens = parser.parse(text, env)
    if max((token.level for token in tokens), default=0) >= _DEEPEST - 1:
        return f'<pre class="source">{_marked(text)}</pre>\n'
    for item, _, inline in zip(tokens, tokens[1:], tokens[2:], strict=False):
        if item.type == "list_item_open" and inline.type == "inline":
            for first in (inline.children or ())[:1]:
                first.content = _TASK.sub(_box, first.content) if first.type == "text" else first.content
    return str(parser.renderer.render(tokens, parser.options, env))


def _box(task: re.Match[str]) -> str:
    return "☐ " if task[1] == " " else "☑ "


def _signed(text: str, steps: Sequence[Operation], *, newer: bool) -> str:
    """Return a text with signs around the words that differ, where these do not change what the Markdown means."""
    syntax = [match.span() for match in _SYNTAX.finditer(text)] if steps else []
    pieces, at, passed = [], 0, 0
    for kind, a_start, a_end, b_start, b_end in steps:
        start, end = (b_start, b_end) if newer else (a_start, a_end)
        for word in _WORD.finditer(text, start, end) if kind != "equal" else ():
            while passed < len(syntax) and syntax[passed][1] <= word.start():
                passed += 1
            if passed < len(syntax) and syntax[passed][0] < word.end():
                continue
            pieces += [text[at : word.start()], _BEGINS[kind], word[0], _END]
            at = word.end()
    return "".join([*pieces, text[at:]])


@cache
def _parser() -> MarkdownIt:
    from markdown_it import MarkdownIt

    parser = MarkdownIt("js-default", {"html": False, "maxNesting": _DEEPEST})
    parser.validateLink = lambda url: bool(_LINK.match(url))  # type: ignore[method-assign]  # as its documentation has it
    for rule in _RULES:
        parser.add_render_rule(rule.__name__.removeprefix("_"), rule)
    return parser


def _marked(text: str) -> str:
    """Return a text with elements in place of its signs, one for words in a row."""
    pieces, at, sign = [], 0, ""
    for match in _SIGNED.finditer(text):
        between = text[at : match.start()]
        if match[1] == sign and not _LETTER.search(between):
            pieces += [escape(between), escape(match[2])]
        else:
            end = f"</{_TAGS[sign]}>" if sign else ""
            pieces += [end, escape(between), f"<{_TAGS[match[1]]}>", escape(match[2])]
        at, sign = match.end(), match[1]
    return "".join([*pieces, f"</{_TAGS[sign]}>" if sign else "", escape(text[at:])])


def _linked(text: str) -> str:
    """Return a text with its bare addresses as links."""
    pieces, at = [], 0
    for match in _BARE_LINK.finditer(text):
        target = match[0]
        pieces += [escape(text[at : match.start()]), f"{_opened(target)}{escape(target)}</a>"]
        at = match.end()
    return "".join([*pieces, escape(text[at:])])


def _opened(target: str) -> str:
    return f'<a href="{escape(_clean(target))}" rel="noreferrer noopener nofollow">'


def _clean(target: object) -> str:
    return _ANY_SIGN.sub("", str(target))


# How the elements of a message are written, where that is not as markdown-it does: each takes the renderer, the tokens,
# the number of the one that is written, and what the page is written with.


def _text(_: Any, tokens: Sequence[Token], at: int, __: Any, env: dict[str, Any]) -> str:
    text = tokens[at].content
    return _marked(text) if env.get("link") or _SIGNED.search(text) else _linked(text)


def _code_inline(_: Any, tokens: Sequence[Token], at: int, *__: Any) -> str:
    return f"<code>{_marked(tokens[at].content)}</code>"


def _code_block(_: Any, tokens: Sequence[Token], at: int, *__: Any) -> str:
    return f"<pre><code>{_marked(tokens[at].content)}</code></pre>\n"


def _fence(_: Any, tokens: Sequence[Token], at: int, *__: Any) -> str:
    code, language = tokens[at].content, "".join(_clean(tokens[at].info).split()[:1])
    label = f' data-language="{escape(language)}"' if language else ""
    return f"<pre{label}><code>{_marked(code) if _SIGNED.search(code) else coloured(code, language)}</code></pre>\n"


def _heading_open(_: Any, tokens: Sequence[Token], at: int, *__: Any) -> str:
    return f"<{_HEADINGS[tokens[at].tag]}>"


def _heading_close(_: Any, tokens: Sequence[Token], at: int, *__: Any) -> str:
    return f"</{_HEADINGS[tokens[at].tag]}>\n"


def _table_open(*_: Any) -> str:
    return '<div class="table"><table>\n'


def _table_close(*_: Any) -> str:
    return "</table></div>\n"


def _th_open(_: Any, tokens: Sequence[Token], at: int, *__: Any) -> str:
    token = tokens[at]
    side = re.search(r"right|center", str(token.attrs.get("style") or ""))
    return f'<{token.tag} class="{side[0]}">' if side else f"<{token.tag}>"


def _td_open(*call: Any) -> str:
    return _th_open(*call)


def _link_open(_: Any, tokens: Sequence[Token], at: int, __: Any, env: dict[str, Any]) -> str:
    target = env["link"] = _clean(tokens[at].attrs["href"])
    end = next(each for each in range(at, len(tokens)) if tokens[each].type == "link_close")
    said = _clean("".join(token.content for token in tokens[at + 1 : end]))
    env["shown"] = said in {target, target.removeprefix("mailto:")}
    return _opened(target)


def _link_close(_: Any, __: Sequence[Token], ___: int, ____: Any, env: dict[str, Any]) -> str:
    target = env.pop("link")
    return "</a>" if env.pop("shown") else f"</a>{_where(target)}"


def _image(_: Any, tokens: Sequence[Token], at: int, __: Any, env: dict[str, Any]) -> str:
    """A picture would have to be fetched: there is a link in its place, unless it stands in one."""
    said = _marked(tokens[at].content) or "image"
    if env.get("link"):
        return said
    target = _clean(tokens[at].attrs["src"])
    return f"{_opened(target)}{said}</a>{_where(target)}"


def _where(target: str) -> str:
    return f' <span class="to">{escape(target)}</span>'


_RULES: Final = (
    _text, _code_inline, _code_block, _fence, _heading_open, _heading_close, _table_open, _table_close, _th_open,
    _td_open, _link_open, _link_close, _image,
)  # fmt: skip
