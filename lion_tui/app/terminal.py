"""Reading from and writing to the terminal on the event loop, where Textual has a thread for each.

A key that has to pass through two more threads waits at each for the interpreter, which the thread that draws or
receives keeps for a millisecond and more at a time. On the loop it waits for nobody but what runs now.
"""

from __future__ import annotations

import asyncio
import codecs
import logging
import os
import select
from contextlib import suppress
from typing import TYPE_CHECKING, Final

from textual import constants
from textual.drivers import linux_driver

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from io import TextIOWrapper

    from textual.message import Message

    from lion_tui.app.pasting import PasteReader

logger = logging.getLogger(__name__)

_AT_ONCE: Final = 4096
_MOST_WAITING: Final = 1 << 20
"""Bytes that wait for a terminal that takes no more; beyond them the program waits for it, as for any file."""


class TerminalWriter:
    """Writes what the terminal takes at once, and the rest when it takes more; as Textual's `WriterThread`."""

    def __init__(self, file: TextIOWrapper) -> None:
        """Write to a terminal.

        Args:
            file: A stream to it.
        """
        self._file = file
        self._loop = asyncio.get_running_loop()
        self._pieces: list[str] = []
        self._waiting = bytearray()
        self._watched = False
        self._fd = -1

    def start(self) -> None:
        """Begin to write; to a terminal that is gone meanwhile, nothing is written."""
        with suppress(OSError):
            self._fd = _open_terminal(self._file.fileno())

    def write(self, text: str) -> None:
        """Write a text with what else is written in this turn of the loop."""
        if not self._pieces:
            self._loop.call_soon(self.flush)
        self._pieces.append(text)

    def flush(self) -> None:
        """Write now."""
        if self._fd < 0:
            return
        text = "".join(self._pieces)
        self._pieces.clear()
        self._waiting += text.encode(self._file.encoding, self._file.errors or "strict")
        if not self._watched:
            self._send()
        if len(self._waiting) > _MOST_WAITING:
            self._send_all()

    def stop(self) -> None:
        """Write what waits, and end."""
        if self._fd < 0:
            return
        self.flush()
        self._send_all()
        self._watch(False)
        os.close(self._fd)
        self._fd = -1

    def _send(self) -> None:
        # Taken away first: what suspends the program is a signal, which may come here and write as well.
        data, self._waiting = self._waiting, bytearray()
        try:
            written = os.write(self._fd, data) if data else 0
        except BlockingIOError:
            written = 0
        except OSError:
            written = len(data)  # the terminal is gone, and the program is told so by a signal
        self._waiting = data[written:] + self._waiting
        if self._fd >= 0:
            self._watch(bool(self._waiting))

    def _send_all(self) -> None:
        while self._waiting and self._fd >= 0:
            select.select([], [self._fd], [])
            self._send()

    def _watch(self, waits: bool) -> None:
        if waits != self._watched:
            self._watched = waits
            if waits:
                self._loop.add_writer(self._fd, self._send)
            else:
                self._loop.remove_writer(self._fd)


def takes_writer(fd: int) -> bool:
    """Tell whether a `TerminalWriter` can write to what a descriptor is of."""
    try:
        os.close(_open_terminal(fd))
    except OSError:  # it is no terminal, or it belongs to somebody else
        return False
    return True


def _open_terminal(fd: int) -> int:
    # Opened anew: what the shell writes to as well must not become something that does not wait.
    return os.open(os.ttyname(fd), os.O_WRONLY | os.O_NOCTTY | os.O_NONBLOCK)


class LoopDriver(linux_driver.LinuxDriver):
    """Textual's driver of Linux and macOS, but one that reads on the event loop.

    What no loop can wait for, such as a file, is still read by a thread.
    """

    reader: type[PasteReader]
    """What makes keys of what is read."""
    _parser: PasteReader
    _decode: Callable[[bytes], str]
    _on_loop = _reads = False

    def start_application_mode(self) -> None:
        """Take the terminal, and read what it sends."""
        self._key_thread = None
        self._on_loop = self._can_be_waited_for()
        super().start_application_mode()  # type: ignore[no-untyped-call]  # Textual's has no types
        if self._on_loop and self._started:
            self._parser = self.reader(self._debug)
            self._decode = codecs.getincrementaldecoder("utf-8")("replace").decode
            self._reads = True
            self._loop.add_reader(self.fileno, self._read)

    def disable_input(self) -> None:
        """Read no more."""
        self._stop_reading()
        super().disable_input()

    def send_message(self, message: Message) -> None:
        """Give what was read to the program."""
        if self._on_loop:
            self._app.post_message(message)
        else:
            super().send_message(message)

    def flush(self) -> None:
        """Write now what was to be written."""
        if self._writer_thread is not None:
            self._writer_thread.flush()

    @property
    def _started(self) -> bool:
        """Whether the terminal was taken: in the background it is not."""
        return self._key_thread is not None

    def _can_be_waited_for(self) -> bool:
        try:
            self._loop.add_reader(self.fileno, lambda: None)
        except OSError:
            return False
        return self._loop.remove_reader(self.fileno)

    def _run_input_thread(self) -> None:
        if not self._on_loop:
            super()._run_input_thread()

    def _stop_reading(self) -> None:
        if self._reads:
            self._reads = False
            self._loop.remove_reader(self.fileno)

    def _read(self) -> None:
        try:
            read = os.read(self.fileno, _AT_ONCE)
        except BlockingIOError:
            return  # another process that has the terminal took it
        except OSError:
            read = b""
        if read:
            self._take(self._parser.feed(text) if (text := self._decode(read)) else ())
        else:
            self._stop_reading()  # the terminal is gone, and the program is told so by a signal

    def _take(self, messages: Iterable[Message]) -> None:
        try:
            for message in messages:
                self.process_message(message)
        except Exception:
            # A sequence that no terminal should send: Textual's parser is at its end then, as any generator.
            logger.warning("What the terminal sent could not be read.", exc_info=True)
            self._parser = self.reader(self._debug)
        if self._parser.waits:
            self._loop.call_later(constants.ESCAPE_DELAY, self._be_late)

    def _be_late(self) -> None:
        if self._reads:
            self._take(self._parser.tick())
