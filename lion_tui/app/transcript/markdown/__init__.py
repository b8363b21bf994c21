"""Markdown to lines of terminal cells, incrementally: a text that grows costs what is new in it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lion_tui.app.transcript.markdown.lines import STYLE_NAMES, CodeBlock, Heading, Line, Run, Styles

if TYPE_CHECKING:
    from lion_tui.app.transcript.markdown.document import MarkdownLines

__all__ = ["STYLE_NAMES", "CodeBlock", "Heading", "Line", "MarkdownLines", "Run", "Styles"]


def __getattr__(name: str) -> object:
    # The parser takes a sixth of the start, and an empty session has nothing to parse yet.
    if name == "MarkdownLines":
        from lion_tui.app.transcript.markdown.document import MarkdownLines

        return MarkdownLines
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
