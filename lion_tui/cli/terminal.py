"""Standard output and standard error: what may go there, and what happens when nobody reads it."""

from __future__ import annotations

import contextlib
import errno
import io
import os
import sys
import threading
from typing import TYPE_CHECKING, Any, Final

from lion_tui.core.errors import LionError
from lion_tui.core.text import PlainStream, plain

if TYPE_CHECKING:
    from collections.abc import Iterator

_TOLD_AFTER_S: Final = 1.0
_PIECE: Final = 16_384
"""Characters that are written at once."""


class OutputFailed(LionError):
    """Standard output cannot be written."""


class ReaderGone(Exception):
    """Who read standard output has closed it, as `head` does when it has enough."""


def prepare() -> None:
    """Let standard output take every text: pipes and files in UTF-8, a terminal as far as it can show it."""
    if os.environ.get("NO_COLOR") == "":
        del os.environ[
            "NO_COLOR"
        ]  # an empty one asks for nothing (no-color.org); Textual looks only whether there is one
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
    put(plain(text) if on_terminal() else text)


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
        sys.stderr.write(plain(text) + "\n")
        sys.stderr.flush()


class AnswerText:
    """An answer on its way to standard output."""

    def __init__(self) -> None:
        """Start an answer."""
        self._plain = PlainStream() if on_terminal() else None
        self._last = ""

    def write(self, piece: str) -> None:
        """Write the next piece."""
        if text := self._plain.feed(piece) if self._plain else piece:
            self._last = text[-1]
            put(text)

    def end(self) -> None:
        """Write what was held back, and end the line; an answer without text writes nothing."""
        rest = self._plain.end() if self._plain else ""
        last = rest[-1:] or self._last
        if last and last != "\n":
            rest += "\n"
        if rest:
            put(rest)


@contextlib.contextmanager
def progress(text: str) -> Iterator[None]:
    """Say what is going on, on standard error if that is a terminal, from the moment that it has taken a second."""
    status = StatusLine()
    waiting = threading.Timer(_TOLD_AFTER_S, status.show, [f"{text} …"])
    waiting.daemon = True  # an interrupt does not wait for it
    waiting.start()
    try:
        yield
    finally:
        waiting.cancel()
        waiting.join()
        status.clear()


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

            text = plain(text)[: shutil.get_terminal_size().columns - 1]
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
