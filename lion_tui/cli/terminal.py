"""Standard output and standard error: what may go there, and what happens when nobody reads it."""

from __future__ import annotations

import errno
import io
import os
import re
import sys
from typing import Any, Final

from lion_tui.core.errors import LionError

_SEQUENCE: Final = re.compile(
    r"(?:\x1b\[|\x9b)[0-?]*[ -/]*[@-~]"  # ECMA-48 control sequence: colour, cursor, erasing
    r"|(?:\x1b\]|\x9d)[^\x07\x1b\x9c\x9d\n]*(?:\x07|\x1b\\|\x9c)"  # operating system command: title, clipboard, links
    r"|\x1b[ -/]*[0-OQ-WYZ\\`-~]"  # every other escape that does not begin a string
)
_UNFINISHED: Final = re.compile(
    r"(?:(?:\x1b\[|\x9b)[0-?]*[ -/]*|(?:\x1b\]|\x9d)[^\x07\x1b\x9c\x9d\n]*\x1b?|\x1b[ -/]*)\Z"
)
_UNSAFE: Final = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
_LONGEST_SEQUENCE: Final = 4096
"""Characters that an escape sequence may have before it counts as text."""

_PIECE: Final = 16_384
"""Characters that are written at once."""


def printable(text: str) -> str:
    """Return `text` without what would steer a terminal: escape sequences, control characters, bidi overrides."""
    return _UNSAFE.sub("", _SEQUENCE.sub("", text))


class PrintableStream:
    """`printable` over a text that comes in pieces: the beginning of an escape sequence waits for its end."""

    def __init__(self) -> None:
        """Start with nothing pending."""
        self._pending = ""

    def feed(self, piece: str) -> str:
        """Take the next piece and return what may be shown by now."""
        text = self._pending + piece
        self._pending = ""
        unfinished = _UNFINISHED.search(_SEQUENCE.sub(lambda found: "\0" * len(found[0]), text))
        if unfinished and len(unfinished[0]) <= _LONGEST_SEQUENCE:
            text, self._pending = text[: unfinished.start()], unfinished[0]
        return printable(text)

    def end(self) -> str:
        """Return what was still pending; the text is at its end."""
        rest, self._pending = printable(self._pending), ""
        return rest


class OutputFailed(LionError):
    """Standard output cannot be written."""


class ReaderGone(Exception):
    """Who read standard output has closed it, as `head` does when it has enough."""


def prepare() -> None:
    """Let standard output take every text: pipes and files in UTF-8, a terminal as far as it can show it."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        if sys.stdout.isatty() or "PYTHONIOENCODING" in os.environ:
            sys.stdout.reconfigure(errors="replace")
        else:
            sys.stdout.reconfigure(encoding="utf-8", errors="surrogateescape")


def put(text: str) -> None:
    """Write to standard output at once, as it is.

    Raises:
        ReaderGone: nobody reads it any more.
        OutputFailed: the operating system refused.
    """
    if sys.stdout is None:
        raise OutputFailed("Standard output is closed.", "Send it to a file or a terminal.")
    try:
        # In pieces: without Python's buffer (PYTHONUNBUFFERED) a write that a closed pipe cuts short tells nobody; the
        # next one does.
        for start in range(0, len(text), _PIECE):
            sys.stdout.write(text[start : start + _PIECE])
        sys.stdout.flush()
    except OSError as error:
        _discard_output()
        # Windows reports a pipe whose reader has gone as an invalid argument.
        if isinstance(error, BrokenPipeError) or (os.name == "nt" and error.errno == errno.EINVAL):
            raise ReaderGone from error
        raise OutputFailed(
            f"Standard output cannot be written ({error.strerror or error}).", "Send it somewhere else."
        ) from error


def put_text(text: str) -> None:
    """Write text that came from elsewhere, such as a file: without what would steer a terminal, if it is one."""
    put(printable(text) if on_terminal() else text)


def json_text(value: Any) -> str:
    """Return a value as JSON on one line: times in ISO 8601, and on a terminal in ASCII, which cannot steer it."""
    import json

    def other(each: Any) -> Any:
        return each.isoformat() if hasattr(each, "isoformat") else dict(each)

    return json.dumps(value, ensure_ascii=on_terminal(), default=other)


def on_terminal() -> bool:
    """Tell whether standard output is a terminal."""
    return sys.stdout is not None and sys.stdout.isatty()


def _discard_output() -> None:
    """Send what is still buffered nowhere, or the interpreter complains about it when it ends."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nowhere, sys.stdout.fileno())
    finally:
        os.close(nowhere)


def say(text: str) -> None:
    """Write a line for people to standard error, if there is one."""
    if sys.stderr is not None:
        sys.stderr.write(printable(text) + "\n")
        sys.stderr.flush()


class AnswerText:
    """An answer on its way to standard output."""

    def __init__(self) -> None:
        """Start an answer."""
        self._printable = PrintableStream() if on_terminal() else None
        self._last = ""

    def write(self, piece: str) -> None:
        """Write the next piece."""
        if text := self._printable.feed(piece) if self._printable else piece:
            self._last = text[-1]
            put(text)

    def end(self) -> None:
        """Write what was held back, and end the line; an answer without text writes nothing."""
        rest = self._printable.end() if self._printable else ""
        last = rest[-1:] or self._last
        if last and last != "\n":
            rest += "\n"
        if rest:
            put(rest)


class StatusLine:
    """What is going on, on standard error: one line that is written over on a terminal, else a line now and then."""

    def __init__(self) -> None:
        """Start with nothing shown."""
        self._terminal = sys.stderr is not None and sys.stderr.isatty()
        self._shown = 0

    def show(self, text: str, *, keep: bool = False) -> None:
        """Show `text`; where lines cannot be written over, only if it is worth keeping."""
        if self._terminal:
            import shutil

            text = printable(text)[: shutil.get_terminal_size().columns - 1]
            sys.stderr.write("\r" + text.ljust(self._shown))
            sys.stderr.flush()
            self._shown = len(text)
        elif keep:
            say(text)

    def clear(self) -> None:
        """Take the line away."""
        if self._shown:
            sys.stderr.write("\r" + " " * self._shown + "\r")
            sys.stderr.flush()
            self._shown = 0
