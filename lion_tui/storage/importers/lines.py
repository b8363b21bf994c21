"""JSON of any size as the values it is made of, one after the other: an array's or a file's of lines."""

from __future__ import annotations

import codecs
import io
import itertools
import json
import re
from decimal import Decimal
from typing import TYPE_CHECKING, Any, BinaryIO, Final

from lion_tui.storage.problems import InvalidContent

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from lion_tui.core.message import Json

_CHUNK: Final = 1 << 20
_DEEPEST: Final = 100_000
_BEGINS: Final[dict[str, Callable[[], Any]]] = {"start_map": dict, "start_array": list}
_ENDS: Final = frozenset({"end_map", "end_array"})
_READ_AGAIN: Final = 16_000_000
"""Bytes that are read again to say where a fault is."""
_LONGEST_NUMBER: Final = 4_000
"""Digits that Python makes a number of without being told to."""
_LONGEST_PIECE: Final = 1 << 25
"""Bytes of a text that are read: the parser begins each chunk of one anew, which takes the square of its length."""
_LONG_LINE: Final = 1 << 20
"""Bytes of a line from which on it is parsed piece by piece: Python's parser lets no other thread run meanwhile."""
_NOT_SPACE: Final = re.compile(r"\S")
_ESCAPED: Final = re.compile(rb"\\.", re.DOTALL)


class Ended(Exception):
    """Nothing more is wanted of what is read."""


def never() -> bool:
    """Tell that all is wanted."""
    return False


class Utf8(io.RawIOBase):
    """Bytes as UTF-8 text without a byte order mark: what is none becomes U+FFFD.

    Attributes:
        mended: Whether something was none.
    """

    def __init__(self, source: BinaryIO, ends: Callable[[], bool] = never) -> None:
        """Read from `source` until nothing more is wanted."""
        self._source = source
        self._ends = ends
        self._decoder = codecs.getincrementaldecoder("utf-8-sig")("replace")
        self._ready = memoryview(b"")
        self._piece = 0
        self._escape = b""
        self.mended = False

    def readable(self) -> bool:
        """Tell that it can be read."""
        return True

    def readinto(self, buffer: Any) -> int:
        """Fill a buffer, as far as there is something.

        Raises:
            Ended: nothing more is wanted.
            InvalidContent: a text is longer than any of a conversation.
        """
        while not self._ready:
            if self._ends():
                raise Ended
            chunk = self._source.read(_CHUNK)
            decoded = self._decoder.decode(chunk, final=not chunk)
            if "\ufffd" in decoded:
                self.mended |= b"\xef\xbf\xbd" not in chunk
            self._ready = memoryview(decoded.encode())
            self._measure(chunk)
            if not chunk:
                break
        count = min(len(buffer), len(self._ready))
        buffer[:count] = self._ready[:count]
        self._ready = self._ready[count:]
        return count

    def _measure(self, chunk: bytes) -> None:
        """Count what has come since the last quotation mark that is not escaped: no text is longer than that."""
        plain = _ESCAPED.sub(b"", self._escape + chunk)
        self._escape = b"\\" if plain.endswith(b"\\") else b""
        last = plain.rfind(b'"')
        self._piece = len(plain) - last if last >= 0 else self._piece + len(chunk)
        if self._piece > _LONGEST_PIECE:
            raise InvalidContent(f"a text in it is longer than {_LONGEST_PIECE >> 20} MB")


def values(source: BinaryIO) -> Iterator[Json]:
    """Yield the elements of JSON arrays, and any other values, one after the other; nothing more is held in memory.

    Raises:
        InvalidContent: it is not JSON from somewhere on, or nested too deep.
    """
    import ijson

    events = ijson.basic_parse(source, buf_size=_CHUNK, multiple_values=True)
    first = None
    try:
        for first in events:
            if first[0] != "start_array":
                yield _value(first, events)
                continue
            for event in events:
                if event[0] == "end_array":
                    break
                yield _value(event, events)
    except InvalidContent:
        raise
    # Of a very long number, the parser raises the last two.
    except (ijson.JSONError, ValueError, SystemError, ArithmeticError) as error:
        what = "it is not JSON" if first is None else "it is no JSON from some place on, or ends too early"
        raise InvalidContent(what) from error


def where_it_breaks(source: BinaryIO) -> str:
    """Return from where on a file is no JSON, as a clause; a very large one is not read again for that."""
    source.seek(0)
    text = source.read(_READ_AGAIN + 1).decode("utf-8-sig", "replace")
    if len(text) <= _READ_AGAIN:
        try:
            _go_through(text)
        except json.JSONDecodeError as error:
            if not text[: error.pos].strip():
                return "it is not JSON"
            if error.pos >= len(text.rstrip()):
                return f"it ends too early, in line {error.lineno:,}"
            return f"it is no JSON from line {error.lineno:,}, column {error.colno:,} on"
        except RecursionError:
            pass  # its values are nested deeper than this reader goes
    return "it is no JSON from some place on, or ends too early"


def _go_through(text: str) -> None:
    """Parse the values in a text, one after the other.

    Raises:
        json.JSONDecodeError: it is no JSON from somewhere on.
    """
    decoder, at = json.JSONDecoder(strict=False, parse_int=_int), 0
    while (found := _NOT_SPACE.search(text, at)) is not None:
        at = decoder.raw_decode(text, found.start())[1]


def _value(first: tuple[str, Any], events: Iterator[tuple[str, Any]]) -> Json:
    """Return the value that begins with an event."""
    top: list[Any] = []
    holder: Any = top
    above: list[tuple[Any, Any]] = []
    key: Any = None
    for kind, value in itertools.chain([first], events):
        if kind == "map_key":
            key = value
            continue
        if kind in _ENDS:
            holder, key = above.pop()
        else:
            begins = _BEGINS.get(kind)
            made = begins() if begins else float(value) if type(value) is Decimal else value
            if type(holder) is dict:
                holder[key] = made
            else:
                holder.append(made)
            if begins:
                above.append((holder, key))
                holder = made
        if not above:
            break
        if len(above) > _DEEPEST:
            raise InvalidContent("its values are nested too deep")
    return top[0]


class NoJson(InvalidContent):
    """A line that is not JSON.

    Attributes:
        line: Its number, from 1.
    """

    def __init__(self, line: int) -> None:
        """Name it by its number."""
        super().__init__(f"line {line:,} is not JSON")
        self.line = line


def line_values(lines: Iterable[bytes], first: int = 1) -> Iterator[Json]:
    """Yield the value of each line that is not empty, or a `NoJson`; the lines are counted from `first` on."""
    for number, line in enumerate(lines, first):
        if not line.strip():
            continue
        try:
            yield _line_value(line)
        except (ValueError, RecursionError):
            yield NoJson(number)


def _line_value(line: bytes) -> Json:
    if len(line) > _LONG_LINE:
        try:
            (value,) = values(io.BytesIO(b"[%b]" % line))
        except ValueError:
            pass  # the other parser takes more for JSON
        else:
            return value
    return json.loads(line.decode("utf-8", "replace"), strict=False, parse_int=_int)


def _int(digits: str) -> int | None:
    return int(digits) if len(digits) < _LONGEST_NUMBER else None
