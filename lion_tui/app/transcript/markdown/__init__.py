"""Markdown to lines of terminal cells, incrementally: a text that grows costs what is new in it."""

from lion_tui.app.transcript.markdown.document import MarkdownLines
from lion_tui.app.transcript.markdown.lines import STYLE_NAMES, CodeBlock, Heading, Line, Run, Styles

__all__ = ["STYLE_NAMES", "CodeBlock", "Heading", "Line", "MarkdownLines", "Run", "Styles"]
