"""The structure of blocks, line by line, after CommonMark's parsing strategy (spec 0.31.2, appendix) with GFM tables.

A line is only ever looked at once. It first finds which open quotes and list items it belongs to, then may open
others, and what is left of it goes to a leaf. Where this differs from CommonMark, it is so that what is drawn never
has to change: the definition of a reference link counts from where it stands, stands on one line, and is shown; blank
lines between list items are decided item by item; what is nested deeper than `DEEPEST` is text.
"""

from __future__ import annotations

import copy
import re
from typing import TYPE_CHECKING, ClassVar

from lion_tui.app.transcript.markdown.cursor import Cursor
from lion_tui.app.transcript.markdown.inline import References, define
from lion_tui.app.transcript.markdown.leaves import (
    Code,
    Leaf,
    Paragraph,
    Verbatim,
    draw_definition,
    draw_heading,
    first_word,
    html_sequences,
)
from lion_tui.app.transcript.markdown.lines import Run
from lion_tui.app.transcript.markdown.page import Container, Page
from lion_tui.app.transcript.markdown.source import Source
from lion_tui.app.transcript.markdown.table import DELIMITER_ROW, Table, split_row

if TYPE_CHECKING:
    from collections.abc import Callable

DEEPEST = 32
_CODE_INDENT = 4
_HEADING = re.compile(r"(#{1,6})(?=[ \t]|$)[ \t]*")
_CLOSING_HASHES = re.compile(r"(?:^|(?<=[ \t]))#+[ \t]*$")
_UNDERLINE = re.compile(r"(=+|-+)[ \t]*")
_FENCE = re.compile(r"(`{3,})([^`]*)|(~{3,})(.*)", re.DOTALL)
_RULE = re.compile(r"(?:\*[ \t]*){3,}|(?:-[ \t]*){3,}|(?:_[ \t]*){3,}")
_MARK = re.compile(r"(?:([-+*])|(\d{1,9})([.)]))(?=[ \t]|$)")
_TASK = re.compile(r"\[([ xX])\](?=[ \t]+\S)")
_DEFINITION = re.compile(
    r"""\[(?!\^)((?:[^\[\]\\]|\\.){1,300})\]:[ \t]*(?:<([^<>]*)>|([^\s<]\S*))"""
    r"""(?:[ \t]+(?:"[^"]*"|'[^']*'|\([^()]*\)))?[ \t]*"""
)
_MATH = {"$$": re.compile(r"\$\$[ \t]*$"), "\\[": re.compile(r"\\\][ \t]*$")}
_NEVER = re.compile(r"(?!)")


class BlockParser:
    """Takes lines of Markdown and draws them on a page."""

    def __init__(self, page: Page) -> None:
        """Begin a text on `page`."""
        self.page = page
        self.leaf: Leaf | None = None
        self._references: References = {}
        self._forked = False
        self._after_blank = False
        self._matched = 0  # how many of the open containers the line belongs to

    def fork(self) -> BlockParser:
        """Return a parser that goes on from here below this page, and leaves this one as it is."""
        twin = copy.copy(self)
        twin.page = self.page.fork()
        twin._forked = True  # noqa: SLF001 - of its own class
        if self.leaf is not None:
            twin.leaf = self.leaf.fork(twin.page)
        return twin

    def close(self) -> None:
        """Draw what is not drawn yet; the text is at its end."""
        self._close_leaf()
        self._close_to(1)

    def more(self, text: str, offset: int) -> None:
        """Take more of the line that was taken last, which was too long to be taken at once."""
        if self.leaf is not None:
            self.leaf.more(text, offset)
        elif text.strip():
            self._begin(len(self.page.stack))
            self.leaf = Paragraph(self.page, self._references)
            self.leaf.add(text, offset)

    def line(self, text: str, offset: int) -> None:
        """Take a line, without its line break."""
        cursor = Cursor(text, offset)
        self._matched = self._match(cursor)
        matched = self._matched
        if matched == len(self.page.stack) and self._goes_on(cursor):
            self._after_blank = False
            return
        if self._start_blocks(cursor):
            self._after_blank = False
            return
        whole = self._matched == len(self.page.stack)
        if not whole and not cursor.blank and isinstance(self.leaf, Paragraph):
            self.leaf.add(cursor.rest, cursor.rest_offset)  # lazy continuation
        else:
            self._close_to(self._matched)
            self._text(cursor)
        self._after_blank = cursor.blank and self._matched == matched

    # Which open blocks a line belongs to

    def _match(self, cursor: Cursor) -> int:
        """Walk through the marks of the open containers and return how many of them go on."""
        stack = self.page.stack
        for number in range(1, len(stack)):
            container = stack[number]
            if container.kind == "quote":
                if cursor.indent >= _CODE_INDENT or not cursor.rest.startswith(">"):
                    return number
                self._skip_quote_mark(cursor)
            elif cursor.blank:
                if container.last is None:
                    return number
                cursor.skip_indent()
            elif cursor.indent >= container.indent:
                cursor.skip(container.indent)
            else:
                return number
        return len(stack)

    def _goes_on(self, cursor: Cursor) -> bool:
        """Give the line to an open leaf that takes any; return whether it did."""
        leaf = self.leaf
        if isinstance(leaf, Code):
            return self._code_goes_on(leaf, cursor)
        if isinstance(leaf, Verbatim):
            if cursor.blank and leaf.blank_ends:
                return False
            leaf.add(*cursor.code())
            if leaf.end.search(cursor.rest):
                self._close_leaf()
            return True
        return False

    def _code_goes_on(self, leaf: Code, cursor: Cursor) -> bool:
        if not leaf.fence:
            if cursor.indent < _CODE_INDENT and not cursor.blank:
                return False
            cursor.skip(_CODE_INDENT)
        else:
            closing = cursor.rest.rstrip(" \t")
            if cursor.indent < _CODE_INDENT and closing.startswith(leaf.fence) and not closing.strip(leaf.fence[0]):
                self._close_leaf()
                return True
            cursor.skip(min(leaf.indent, cursor.indent))
        leaf.add(*cursor.code())
        return True

    # Which blocks it opens

    def _start_blocks(self, cursor: Cursor) -> bool:
        """Open the blocks that begin here; return whether that took the whole line."""
        while not cursor.blank:
            if cursor.indent >= _CODE_INDENT:
                if isinstance(self.leaf, Paragraph):
                    return False
                self._begin(self._matched)
                cursor.skip(_CODE_INDENT)
                self.leaf = Code(self.page, "", cursor.rest_offset)
                self.leaf.add(*cursor.code())
                return True
            started = None
            for start in self._STARTS.get(cursor.text[cursor.next], ()):
                started = start(self, cursor)
                if started is not None:
                    break
            if started is None:
                return False
            if started:
                return True
            cursor.look()
        return False

    def _quote(self, cursor: Cursor) -> bool | None:
        if len(self.page.stack) > DEEPEST:
            return None
        self._begin(self._matched, "")
        mark = Run("│ ", "quote-bar")
        self.page.push(Container("quote", first=mark, rest=mark))
        self._matched = len(self.page.stack)
        self._skip_quote_mark(cursor)
        return False

    @staticmethod
    def _skip_quote_mark(cursor: Cursor) -> None:
        cursor.skip_indent()
        cursor.skip(1)
        if cursor.indent:
            cursor.skip(1)

    def _item(self, cursor: Cursor) -> bool | None:
        match = _MARK.match(cursor.rest)
        if match is None or len(self.page.stack) > DEEPEST:
            return None
        bullet, digits, delimiter = match.groups()
        blank = not cursor.rest[match.end() :].strip(" \t")
        if self._in_paragraph() and (blank or (digits and int(digits) != 1)):
            return None
        offset = cursor.indent
        cursor.skip_indent()
        cursor.skip(match.end())
        kind = bullet or delimiter
        number = self._begin(self._matched, kind, int(digits or 0))
        spaces = 1 if blank or cursor.indent > _CODE_INDENT else cursor.indent
        cursor.skip(spaces)
        mark = Run(" • " if bullet else f"{number:>2}{delimiter} ", "list-mark")
        if task := _TASK.match(cursor.rest):
            done = task.group(1) != " "
            mark = Run(f" {'☑' if done else '☐'} ", "task-done" if done else "task-open")
        rest = Run(" " * len(mark.text), "text")
        self.page.push(Container("item", offset + match.end() + spaces, mark, rest))
        self._matched = len(self.page.stack)
        if task is None or self.page.stack[-1].first is None:
            return False
        cursor.skip_indent()
        cursor.skip(task.end())
        self._text(cursor)  # a task begins with a paragraph
        return True

    def _heading(self, cursor: Cursor) -> bool | None:
        match = _HEADING.match(cursor.rest)
        if match is None:
            return None
        self._begin(self._matched)
        text = _CLOSING_HASHES.sub("", cursor.rest[match.end() :].rstrip(" \t"))
        source = Source(text.rstrip(" \t"), cursor.rest_offset + match.end())
        draw_heading(self.page, len(match.group(1)), source, self._references)
        return True

    def _underline(self, cursor: Cursor) -> bool | None:
        leaf = self.leaf
        match = _UNDERLINE.fullmatch(cursor.rest)
        if match is None or not isinstance(leaf, Paragraph) or not self._in_paragraph():
            return None
        if not leaf.whole or leaf.source is None:
            return None
        draw_heading(self.page, 1 if match.group(1)[0] == "=" else 2, leaf.source, self._references)
        self.leaf = None
        return True

    def _fence(self, cursor: Cursor) -> bool | None:
        match = _FENCE.fullmatch(cursor.rest)
        if match is None:
            return None
        self._begin(self._matched)
        fence, info = match.group(1) or match.group(3), match.group(2) or match.group(4) or ""
        after = cursor.offset + len(cursor.text)
        self.leaf = Code(self.page, first_word(info), after, fence=fence, indent=cursor.indent)
        return True

    def _rule(self, cursor: Cursor) -> bool | None:
        if not _RULE.fullmatch(cursor.rest):
            return None
        self._begin(self._matched)
        self.page.emit([Run("─" * self.page.room, "rule")])
        return True

    def _html(self, cursor: Cursor) -> bool | None:
        for opening, closing, interrupts in html_sequences():
            if opening.search(cursor.rest) and (interrupts or not self._in_text()):
                blank_ends = closing.pattern == "^$"
                leaf = Verbatim(self.page, "html", _NEVER if blank_ends else closing, blank_ends=blank_ends)
                return self._verbatim(leaf, cursor, cursor.rest)
        return None

    def _math(self, cursor: Cursor) -> bool | None:
        opening = cursor.rest[:2]
        if opening not in _MATH:
            return None
        after = cursor.rest[2:]
        if ("$$" if opening == "$$" else "\\]") in after and not _MATH[opening].search(after):
            return None
        return self._verbatim(Verbatim(self.page, "math", _MATH[opening], blank_ends=True), cursor, after)

    def _verbatim(self, leaf: Verbatim, cursor: Cursor, first: str) -> bool:
        self._begin(self._matched)
        self.leaf = leaf
        leaf.add(*cursor.code())
        if leaf.end.search(first):
            self._close_leaf()
        return True

    def _table(self, cursor: Cursor) -> bool | None:
        leaf = self.leaf
        if "|" not in cursor.rest or not isinstance(leaf, Paragraph) or not self._in_paragraph():
            return None
        if not DELIMITER_ROW.fullmatch(cursor.rest) or leaf.source is None:
            return None
        columns = len(split_row(Source(cursor.rest)))
        last = leaf.source.text.rpartition("\n")[2]
        if len(split_row(Source(last))) != columns:
            return None
        header = leaf.take_last_line()
        if header is None:
            return None
        if leaf.empty:
            self.leaf = None
        else:
            self._begin(self._matched)
        if Table.has_room(self.page, columns):
            self.leaf = Table(self.page, header, cursor.rest, self._references)
        else:
            self.leaf = Verbatim(self.page, "text", _NEVER, blank_ends=True)
            self.leaf.add(header.text, header.at(0))
            self.leaf.add(cursor.rest, cursor.rest_offset)
        return True

    def _definition(self, cursor: Cursor) -> bool | None:
        match = _DEFINITION.fullmatch(cursor.rest)
        if match is None or self._in_text():
            return None
        self._begin(self._matched, "definition")
        if self._forked:
            self._references = dict(self._references)
        define(self._references, match.group(1), match.group(2) or match.group(3) or "")
        draw_definition(self.page, cursor.rest, cursor.rest_offset)
        return True

    # Opening and closing

    def _in_paragraph(self) -> bool:
        """Return whether the line goes on with an open paragraph unless it begins something."""
        return isinstance(self.leaf, Paragraph) and self._matched == len(self.page.stack)

    def _in_text(self) -> bool:
        """Return whether the line goes on with a paragraph, even if only lazily, or a table."""
        if self.leaf is None or isinstance(self.leaf, Code | Verbatim):
            return False
        return isinstance(self.leaf, Paragraph) or self._matched == len(self.page.stack)

    def _text(self, cursor: Cursor) -> None:
        """Give what is left of a line to the open leaf, or to a new paragraph."""
        if cursor.blank:
            if not isinstance(self.leaf, Code):
                self._close_leaf()
        elif self.leaf is not None and not isinstance(self.leaf, Code | Verbatim):
            self.leaf.add(cursor.rest, cursor.rest_offset)
        else:
            self._begin(self._matched)
            self.leaf = Paragraph(self.page, self._references)
            self.leaf.add(cursor.rest, cursor.rest_offset)

    def _begin(self, depth: int, kind: str = "", number: int = 0) -> int:
        """Make way for a new child of the `depth`-th container: close what is open in it, set it apart.

        Args:
            depth: How many containers stay open.
            kind: What the child is: equal kinds beside each other are a list, set apart only by a blank line.
            number: The number that the child gives itself.

        Returns:
            The number that it has in its list.
        """
        parent = self.page.stack[depth - 1]
        self._close_to(depth)
        self._close_leaf()
        follows = bool(kind) and parent.last == kind
        if parent.last is not None and (self._after_blank or not (follows or parent.kind == "item")):
            self.page.emit(())
        parent.number = parent.number + 1 if follows else number
        parent.last = kind
        return parent.number

    def _close_to(self, depth: int) -> None:
        """Close the containers beyond the first `depth`, and the leaf in them."""
        while len(self.page.stack) > depth:
            self._close_leaf()
            self.page.pop()

    def _close_leaf(self) -> None:
        if self.leaf is not None:
            self.leaf.close()
            self.leaf = None

    # By first character, what may begin there, in order: None if it does not, else whether it took the whole line.
    _STARTS: ClassVar[dict[str, tuple[Callable[[BlockParser, Cursor], bool | None], ...]]] = {
        ">": (_quote,),
        "#": (_heading,),
        "`": (_fence,),
        "~": (_fence,),
        "=": (_underline,),
        "-": (_underline, _table, _rule, _item),
        "*": (_rule, _item),
        "_": (_rule,),
        "+": (_item,),
        "<": (_html,),
        "$": (_math,),
        "\\": (_math,),
        "[": (_definition,),
        "|": (_table,),
        ":": (_table,),
        **dict.fromkeys("0123456789", (_item,)),
    }
