"""Highlighting of code line by line: a Pygments lexer whose state can be kept between lines."""

from __future__ import annotations

import asyncio
from functools import cache
from typing import TYPE_CHECKING, Any, Final, cast

from lion_tui.core.languages import COLOURED

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from pygments.lexer import Lexer  # type: ignore[import-untyped]  # Pygments ships no types

LONGEST_LINE: Final = 500
"""Characters of a line that is coloured: an expression of a lexer may take more than linear time."""
_DEEPEST = 100
_STYLES = {
    ("Comment",): "code-comment",
    ("Keyword",): "code-keyword",
    ("Name", "Function"): "code-function",
    ("Name", "Class"): "code-class",
    ("Name", "Builtin"): "code-builtin",
    ("Name", "Decorator"): "code-decorator",
    ("Name", "Tag"): "code-keyword",
    ("Name", "Attribute"): "code-function",
    ("Literal", "String"): "code-string",
    ("Literal", "Number"): "code-number",
    ("Operator",): "code-operator",
    ("Generic", "Inserted"): "code-inserted",
    ("Generic", "Deleted"): "code-deleted",
    ("Generic", "Heading"): "code-heading",
    ("Generic", "Subheading"): "code-heading",
}
State = tuple[str, ...]
ROOT: State = ("root",)


class Highlighter:
    """The highlighting of one language.

    Each line is lexed by itself, from the state that the lines before left, so a construct that a lexer knows only as
    one expression over several lines is not recognised as one. Lexers that keep their state elsewhere than in
    Pygments' stack begin each line anew.
    """

    def __init__(self, lexer: Lexer) -> None:
        """Use this lexer, which no other may use."""
        self._lexer = lexer

    def line(self, text: str, state: State) -> tuple[list[tuple[str, str]], State]:
        """Return a line's pieces, each with the name of its style or "", and the state after it.

        After a line that the lexer failed at, the state is empty and the pieces have no style.
        """
        if len(text) > LONGEST_LINE or not state:
            return [(text, "")], state
        # Taken by the first call of `Resumable.get_tokens_unprocessed`, which changes it in place.
        stack = self._lexer.__dict__["resumed"] = list(state)
        pieces: list[tuple[str, str]] = []
        try:
            for _, kind, value in self._lexer.get_tokens_unprocessed(f"{text}\n"):
                style = _style(kind)
                if pieces and pieces[-1][1] == style:
                    pieces[-1] = (pieces[-1][0] + value, style)
                elif value:
                    pieces.append((value, style))
        except (LookupError, AttributeError, TypeError, ValueError, AssertionError, RecursionError):
            # A fault of the lexer, of which Pygments has hundreds, is no fault of the text: it is shown plain.
            return [(text, "")], ()
        after = tuple(stack) if len(stack) <= _DEEPEST else ROOT
        if "".join([value for value, _ in pieces]) != f"{text}\n":
            return [(text, "")], after
        value, style = pieces[-1]
        pieces[-1] = (value[:-1], style)
        return pieces, after


_USUAL: Final = ("python", "bash", "json")
_postponed: set[str] | None = None
"""The languages that were asked for and wait to be loaded; None while each is loaded when it is asked for."""


def highlighter(language: str) -> Highlighter | None:
    """Return the highlighting for the name of a language, or None if it is not `COLOURED`, or is postponed."""
    if not language.isascii():
        return None
    language = language.lower()
    if _postponed is not None:
        _postponed.add(language)
        return None
    make = _lexer(language)
    return Highlighter(make()) if make else None


def postpone() -> None:
    """Have code drawn plain until `catch_up`: to load a lexer takes as long as all else that a screenful needs."""
    global _postponed  # noqa: PLW0603 - what is loaded is the whole process's affair
    _postponed = set()


async def catch_up() -> bool:
    """Load, in a thread, what was postponed, and return whether any code was drawn plain for that."""
    global _postponed  # noqa: PLW0603 - as above
    if (languages := _postponed) is None:
        return False
    await asyncio.to_thread(_load, languages)
    _postponed = None
    return bool(languages)


async def load_usual() -> bool:
    """Load, in a thread, the languages that answers hold most often, and return as `catch_up`.

    Meanwhile code is drawn plain: who needs a lexer would have to wait for all of them.
    """
    if _postponed is None:
        postpone()
    await asyncio.to_thread(_load, _USUAL)
    return await catch_up()


def _load(languages: Iterable[str]) -> None:
    for language in sorted(languages):
        _lexer(language)


@cache
def _style(kind: Any) -> str:
    for length in range(len(kind), 0, -1):
        if name := _STYLES.get(tuple(kind[:length])):
            return name
    return ""


def _lexer(language: str) -> Callable[[], Lexer] | None:
    """Return what makes lexers for a language, if its code is coloured."""
    return _lexer_class(language) if language in COLOURED else None


@cache
def _lexer_class(language: str) -> Callable[[], Lexer]:
    from pygments.lexer import ExtendedRegexLexer, RegexLexer
    from pygments.lexers import get_lexer_by_name  # type: ignore[import-untyped]  # as above

    base: Any = type(get_lexer_by_name(language))
    if not issubclass(base, RegexLexer) or issubclass(base, ExtendedRegexLexer) or "_tokens" not in base.__dict__:
        return cast("Callable[[], Lexer]", base)
    # Between the language's classes and RegexLexer, so that what those add to its tokens stays in force.
    resumable: Any = type(base)(f"Resumable{base.__name__}", (base, _resumable()), {"_tokens": base._tokens})  # noqa: SLF001 - saves compiling them again
    return cast("Callable[[], Lexer]", resumable)


@cache
def _resumable() -> type:
    from pygments.lexer import RegexLexer
    from pygments.token import Error, Whitespace  # type: ignore[import-untyped]  # as above

    class Resumable(RegexLexer):  # type: ignore[misc]  # an untyped class
        """Pygments' loop over the rules of a state, on a stack of states that is handed in and kept."""

        def get_tokens_unprocessed(self, text: str, stack: Any = ROOT) -> Iterator[tuple[int, Any, str]]:
            states: list[str] = self.__dict__.pop("resumed", None) or list(stack)
            tokens: Any = self._tokens
            position = empty = 0
            while position < len(text):
                for match_at, action, change in tokens[states[-1]]:
                    if match := match_at(text, position):
                        if callable(action):
                            yield from action(self, match)
                        elif action is not None:
                            yield position, action, match.group()
                        empty = empty + 1 if match.end() == position else 0
                        if empty > _DEEPEST:
                            raise ValueError(f"{type(self).__name__} does not move on.")
                        position = match.end()
                        _change(states, change)
                        break
                else:
                    if text[position] == "\n":
                        states[:] = ["root"]
                    yield position, Whitespace if text[position] == "\n" else Error, text[position]
                    position += 1

    return Resumable


def _change(states: list[str], change: Any) -> None:
    """Apply a rule's change of state to the stack; one state always stays."""
    if change is None:
        return
    if isinstance(change, int):
        del states[max(1, len(states) + change) :]
        return
    for state in (change,) if isinstance(change, str) else change:
        if state == "#pop":
            del states[max(1, len(states) - 1) :]
        else:
            states.append(states[-1] if state == "#push" else state)
