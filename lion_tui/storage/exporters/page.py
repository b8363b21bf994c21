"""The HTML page that an export is: its frame, its style, and how a message stands in it."""

from __future__ import annotations

import base64
import hashlib
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Final

from lion_tui.core.diff import rewritten
from lion_tui.core.ids import to_datetime
from lion_tui.core.text import plain
from lion_tui.storage.exporters.rendering import markup

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from lion_tui.core.diff import Operation
    from lion_tui.core.excerpt import Excerpt

_STYLE: Final = (Path(__file__).parent / "page.css").read_text(encoding="utf-8")
_HASH: Final = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
_POLICY: Final = f"default-src 'none'; style-src 'sha256-{_HASH}'; base-uri 'none'; form-action 'none'"


def text(value: str) -> str:
    """Return a name or a title, which is no Markdown, as HTML."""
    return escape(" ".join(plain(value).split()))


def page(title: str, facts: str, body: Iterable[str], kind: str) -> Iterator[str]:
    """Yield a whole page. It loads nothing, runs nothing, and says so to the browser.

    Args:
        title: What it is called.
        facts: A line below that, HTML.
        body: What comes then, HTML.
        kind: What kind of page it is, for its style.
    """
    yield (
        '<!DOCTYPE html>\n<html lang="und">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta name="referrer" content="no-referrer">\n<meta name="generator" content="lion-tui">\n'
        f'<title>{text(title)}</title>\n<style>{_STYLE}</style>\n</head>\n<body class="{kind}">\n'
        f'<header>\n<h1 dir="auto">{text(title)}</h1>\n<p class="facts">{facts}</p>\n</header>\n'
    )
    yield from body
    yield "</body>\n</html>\n"


def message(
    excerpt: Excerpt, row: int, steps: Sequence[Operation] = (), *, newer: bool = False, column: int = 0
) -> str:
    """Return a message as an article.

    Args:
        excerpt: What is exported.
        row: The message.
        steps: Those from an older text to a newer one, if what differs is to be marked; of texts that have little in
            common, that they have is said of the newer one instead.
        newer: Whether the message has the newer one.
        column: Which of several columns it stands in; two may have it.
    """
    anchor = f"m{row}-{column}" if column else f"m{row}"
    tree = excerpt.state.tree
    moment = to_datetime(tree.timestamp[row])
    star = '<span title="bookmarked">★</span>' if excerpt.bookmarked(row) else ""
    made = f"<span>{text(how)}</span>" if (how := excerpt.made(row)) else ""
    speaker = text(excerpt.speaker(row))
    time = f'<time datetime="{moment.isoformat()}">{moment:%Y-%m-%d %H:%M} UTC</time>'
    number = f'<a class="n" href="#{anchor}">{tree.depth[row]}</a>'
    header = f"<header><h3>{speaker}</h3>{time}{made}{star}{number}</header>\n"
    parts = [f'<article class="m {tree.role[row]}" id="{anchor}">\n{header}']
    if thought := excerpt.thought(row):
        inner = f'<div dir="auto">{markup(thought)}</div>'
        parts.append(f'<details class="reasoning"><summary>Reasoning</summary>{inner}</details>\n')
    if new := rewritten(steps):
        steps = ()
    parts.append(f'<div class="body" dir="auto">\n{markup(tree.content(row), steps, newer=newer)}</div>\n')
    if new and newer:
        parts.append('<p class="facts">rewritten</p>\n')
    if state := excerpt.state_of(row):
        parts.append(f'<p class="status">■ {state}</p>\n')
    if note := excerpt.note(row):
        parts.append(f'<p class="note" dir="auto">✎ {escape(plain(note))}</p>\n')
    return "".join([*parts, "</article>\n"])
