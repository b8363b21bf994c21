"""Writing to a terminal on the event loop: all of it, in order, whatever the terminal does."""

from __future__ import annotations

import asyncio
import contextlib
import os
import pty
import sys
import threading
import tty
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator
    from io import TextIOWrapper

if sys.platform == "win32":
    pytest.skip("Textual's driver of Windows is another one", allow_module_level=True)

from lion_tui.app.terminal import TerminalWriter, takes_writer

MUCH = "".join(f"{number} ü\n" for number in range(60_000))


@pytest.fixture
def ends() -> Iterator[tuple[int, TextIOWrapper]]:
    """The end of a terminal that the user sees, and the program's."""
    master, slave = pty.openpty()
    tty.setraw(slave)  # what is written comes as it is
    os.set_blocking(master, False)
    with open(slave, "w", encoding="utf-8") as stream:  # noqa: PTH123 - a descriptor has no path
        yield master, stream
    with contextlib.suppress(OSError):  # a test closed it
        os.close(master)


@pytest.fixture
def nowhere() -> Iterator[TextIOWrapper]:
    with Path(os.devnull).open("w") as stream:
        yield stream


def read(master: int) -> bytes:
    """Return what has come by now."""
    found = b""
    try:
        while piece := os.read(master, 65536):
            found += piece
    except BlockingIOError:
        return found
    return found


async def read_all(master: int, length: int) -> bytes:
    """Return so many bytes, the loop running meanwhile."""
    found = b""
    async with asyncio.timeout(30):
        while len(found) < length:
            found += read(master)
            await asyncio.sleep(0)
    return found


def writer(stream: TextIOWrapper) -> TerminalWriter:
    made = TerminalWriter(stream)
    made.start()
    return made


async def test_what_is_written_in_one_turn_comes_together(ends: tuple[int, TextIOWrapper]) -> None:
    out = writer(ends[1])
    for piece in ("a", "ü", "🎈"):
        out.write(piece)
    assert read(ends[0]) == b""
    await asyncio.sleep(0)
    assert read(ends[0]).decode() == "aü🎈"
    out.stop()


async def test_a_flush_does_not_wait_for_the_next_turn(ends: tuple[int, TextIOWrapper]) -> None:
    out = writer(ends[1])
    out.write("now")
    out.flush()
    assert read(ends[0]) == b"now"
    await asyncio.sleep(0)
    assert read(ends[0]) == b""  # not a second time
    out.stop()


async def test_a_terminal_that_does_not_read_holds_nothing_up_and_gets_all_in_order(
    ends: tuple[int, TextIOWrapper],
) -> None:
    out = writer(ends[1])
    out.write(MUCH)
    out.flush()  # returns, although the terminal takes a part only
    out.write("the end")
    out.flush()
    assert (await read_all(ends[0], len(MUCH.encode()) + 7)).decode() == f"{MUCH}the end"
    out.stop()


async def test_the_shell_still_waits_when_it_writes(ends: tuple[int, TextIOWrapper]) -> None:
    out = writer(ends[1])
    assert os.get_blocking(ends[1].fileno())
    out.stop()


@pytest.mark.parametrize("end", ["stop", "too much"])
async def test_what_waits_at_the_end_or_beyond_the_most_is_written_before_it_goes_on(
    ends: tuple[int, TextIOWrapper], end: str
) -> None:
    master, stream = ends
    os.set_blocking(master, True)
    out = writer(stream)
    text = MUCH if end == "stop" else MUCH * 3
    found = bytearray()

    def take() -> None:
        while len(found) < len(text.encode()):
            found.extend(os.read(master, 65536))

    reader = threading.Thread(target=take)
    out.write(text)
    if end == "stop":
        out.flush()
    reader.start()
    if end == "too much":
        out.flush()
        assert len(found) > 0  # it waited
    out.stop()
    reader.join(30)
    assert found.decode() == text


async def test_a_terminal_that_is_gone_takes_nothing_and_raises_nothing(ends: tuple[int, TextIOWrapper]) -> None:
    master, stream = ends
    out = writer(stream)
    out.write(MUCH)
    out.flush()
    os.close(master)
    out.write("nobody reads this")
    await asyncio.sleep(0.01)
    out.stop()


async def test_a_terminal_that_is_left_twice_and_one_that_is_gone_before_it_is_taken_raise_nothing(
    ends: tuple[int, TextIOWrapper], nowhere: TextIOWrapper
) -> None:
    out = writer(ends[1])
    out.stop()
    out.stop()
    late = writer(nowhere)
    late.write("nobody reads this")
    late.flush()
    late.stop()


def test_only_a_terminal_takes_a_writer(ends: tuple[int, TextIOWrapper]) -> None:
    assert takes_writer(ends[1].fileno())
    nothing = os.open(os.devnull, os.O_WRONLY)
    assert not takes_writer(nothing)
    os.close(nothing)
