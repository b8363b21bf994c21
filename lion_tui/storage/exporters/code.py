"""Code with the kinds of its words marked, for a style sheet to colour."""

from __future__ import annotations

from functools import cache
from html import escape
from typing import TYPE_CHECKING, Final

from lion_tui.core.languages import COLOURED

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pygments.lexer import Lexer  # type: ignore[import-untyped]  # Pygments ships no types

_LONGEST: Final = 10_000
"""Characters of a block that is coloured: what is longer would take long, and is hardly read."""
_LONGEST_LINE: Final = 500
_KINDS: Final = {
    "Comment": "c",
    "Keyword": "k",
    "Operator.Word": "k",
    "Literal.String": "s",
    "Literal.Number": "d",
    "Name.Function": "f",
    "Name.Class": "f",
    "Name.Decorator": "f",
    "Name.Builtin": "f",
    "Name.Tag": "k",
    "Generic.Inserted": "s",
    "Generic.Deleted": "k",
}
"""By kind of word, and all kinds of that, the class of its element."""


def coloured(code: str, language: str) -> str:
    """Return code as HTML; what is in no known language, or very long, has no kinds."""
    short = len(code) <= _LONGEST and all(len(line) <= _LONGEST_LINE for line in code.split("\n"))
    lexer = _lexer(language) if short and language in COLOURED else None
    if lexer is None:
        return escape(code)
    words = [(_kind(kind), word) for kind, word in lexer.get_tokens(code)]
    if "".join(word for _, word in words) != code:  # it takes some marks away
        return escape(code)
    return "".join(f'<span class="{kind}">{escape(word)}</span>' if kind else escape(word) for kind, word in words)


@cache
def _lexer(language: str) -> Lexer | None:
    from pygments.lexers import get_lexer_by_name  # type: ignore[import-untyped]  # as above
    from pygments.util import ClassNotFound  # type: ignore[import-untyped]  # as above

    try:
        return get_lexer_by_name(language, stripnl=False, ensurenl=False)
    except ClassNotFound:
        return None


@cache
def _kind(kind: Iterable[str]) -> str:
    """Return the class of a kind of word, or of the nearest one that it is a kind of; empty for all others."""
    names = list(kind)
    while names and ".".join(names) not in _KINDS:
        names.pop()
    return _KINDS.get(".".join(names), "")
