"""JSON of any size as the values it is made of, one after the other: an array's or a file's of lines."""

from __future__ import annotations

import codecs
import io
import itertools
import json
from decimal import Decimal
from typing import TYPE_CHECKING, Any, BinaryIO, Final

from lion_tui.storage.problems import InvalidContent

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from lion_tui.core.message import Json

_CHUNK: Final = 1 << 16
_DEEPEST: Final = 100_000
_BEGINS: Final[dict[str, Callable[[], Any]]] = {"start_map": dict, "start_array": list}
_ENDS: Final = frozenset({"end_map", "end_array"})
_READ_AGAIN: Final = 16_000_000
"""Bytes that are read again to say where a fault is."""
_LONGEST_NUMBER: Final = 4_000
"""Digits that Python makes a number of without being told to."""


class Utf8(io.RawIOBase):
    """Bytes as UTF-8 text without a byte order mark: what is none becomes U+FFFD.

    Attributes:
        mended: Whether something was none.
    """

    def __init__(self, source: BinaryIO) -> None:
        """Read from `source`."""
        self._source = source
        self._decoder = codecs.getincrementaldecoder("utf-8-sig")("replace")
        self._ready = b""
        self.mended = False

    def readable(self) -> bool:
        """Tell that it can be read."""
        return True

    def readinto(self, buffer: Any) -> int:
        """Fill a buffer, as far as there is something."""
        while not self._ready:
            chunk = self._source.read(_CHUNK)
            decoded = self._decoder.decode(chunk, final=not chunk)
            if "\ufffd" in decoded:
                self.mended |= b"\xef\xbf\xbd" not in chunk
            self._ready = decoded.encode()
            if not chunk:
                break
        count = min(len(buffer), len(self._ready))
        buffer[:count] = self._ready[:count]
        self._ready = self._ready[count:]
        return count


def values(source: BinaryIO) -> Iterator[Json]:
    """Yield the elements of a JSON array, or any other value as the only one; nothing more is held in memory.

    Raises:
        InvalidContent: it is not JSON from somewhere on, or nested too deep.
    """
    import ijson

    events = ijson.basic_parse(source, buf_size=_CHUNK)
    first = None
    try:
        first = next(events, None)
        if first is None:
            return
        if first[0] != "start_array":
            yield _value(first, events)
            return
        for event in events:
            if event[0] == "end_array":
                break
            yield _value(event, events)
        next(events, None)  # so that what comes after it is a fault
    except InvalidContent:
        raise
    except (ijson.JSONError, ValueError, SystemError) as error:  # of a very long number, the parser raises the last one
        what = "it is not JSON" if first is None else "it is no JSON from some place on, or ends too early"
        raise InvalidContent(what) from error


def where_it_breaks(source: BinaryIO) -> str:
    """Return from where on a file is no JSON, as a clause; a very large one is not read again for that."""
    source.seek(0)
    text = source.read(_READ_AGAIN + 1).decode("utf-8-sig", "replace")
    if len(text) <= _READ_AGAIN:
        try:
            json.loads(text, strict=False, parse_int=_int)
        except json.JSONDecodeError as error:
            if not text[: error.pos].strip():
                return "it is not JSON"
            if error.pos >= len(text.rstrip()):
                return f"it ends too early, in line {error.lineno:,}"
            return f"it is no JSON from line {error.lineno:,}, column {error.colno:,} on"
        except RecursionError:
            pass  # its values are nested deeper than this reader goes
    return "it is no JSON from some place on, or ends too early"


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


def line_values(lines: Iterable[bytes]) -> Iterator[Json]:
    """Yield the value of each line that is not empty; of one that is not JSON, an `InvalidContent` that says which."""
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            yield json.loads(line.decode("utf-8", "replace"), strict=False, parse_int=_int)
        except (ValueError, RecursionError):
            yield InvalidContent(f"line {number:,} is not JSON")


def _int(digits: str) -> int | None:
    return int(digits) if len(digits) < _LONGEST_NUMBER else None
