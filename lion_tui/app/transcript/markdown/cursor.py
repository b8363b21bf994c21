"""A place in a line, in characters and in columns, as CommonMark counts them with tab stops of four."""

from __future__ import annotations

_TAB_STOP = 4


class Cursor:
    """Walks through the indentation and the marks at the beginning of a line.

    Attributes:
        text: The line.
        position: The index of the next character.
        next: The index of the next character that is neither space nor tab, after `look`.
        indent: The columns of white space before that.
    """

    __slots__ = ("_column", "_in_tab", "indent", "next", "offset", "position", "text")

    def __init__(self, text: str, offset: int) -> None:
        """Start at the beginning of a line that stands at `offset` in the source."""
        self.text = text
        self.offset = offset
        self.position = self._column = 0
        self._in_tab = False
        self.look()

    def look(self) -> None:
        """Find the next character that is not white space."""
        position, column = self.position, self._column
        for position in range(self.position, len(self.text) + 1):
            character = self.text[position : position + 1]
            if character == " ":
                column += 1
            elif character == "\t":
                column += _TAB_STOP - column % _TAB_STOP
            else:
                break
        self.next, self.indent = position, column - self._column

    @property
    def blank(self) -> bool:
        """Whether nothing but white space is left."""
        return self.next == len(self.text)

    @property
    def rest(self) -> str:
        """What is left after the white space."""
        return self.text[self.next :]

    @property
    def rest_offset(self) -> int:
        """The source offset of `rest`."""
        return self.offset + self.next

    def skip_indent(self) -> None:
        """Go to the next character that is not white space."""
        self.position, self._column, self._in_tab = self.next, self._column + self.indent, False
        self.indent = 0

    def skip(self, columns: int) -> None:
        """Go on by so many columns of white space or characters; a tab may be left in its middle."""
        while columns > 0 and self.position < len(self.text):
            width = 1
            if self.text[self.position] == "\t":
                width = _TAB_STOP - self._column % _TAB_STOP
            self._in_tab = width > columns
            step = min(width, columns)
            self._column += step
            columns -= step
            if not self._in_tab:
                self.position += 1
        self.look()

    def code(self) -> tuple[str, int, int]:
        """Return what is left, its source offset, and the columns of white space before it that are part of a tab."""
        if not self._in_tab:
            return self.text[self.position :], self.offset + self.position, 0
        columns = _TAB_STOP - self._column % _TAB_STOP
        return self.text[self.position + 1 :], self.offset + self.position + 1, columns
