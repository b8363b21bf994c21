"""Arrow arrays from Python values and back.

Without `pa.array` and `pa.scalar`, which load pandas, without Arrow's functions on arrays (`cast`, `is_valid`, …),
which load `pyarrow.compute`, and without numpy: each takes longer than opening a session does. Arrow's numbers are
little-endian, and so are those here.
"""

from __future__ import annotations

import sys
from array import array
from bisect import bisect_right
from collections.abc import Sequence
from itertools import accumulate, islice, pairwise
from struct import calcsize
from typing import TYPE_CHECKING, Any, Final, Literal, NamedTuple, TypeAlias, overload

from lion_tui.core.texts import Overlaid

if TYPE_CHECKING:
    from collections.abc import Iterable

    import pyarrow as pa

    from lion_tui.core.message import Json, Kind


def to_arrow(values: Sequence[Json], kind: Kind, type_: pa.DataType) -> pa.Array[Any]:
    """Return an Arrow array of stored values of one kind.

    Args:
        values: As `Column.kind` says; None is null.
        kind: The kind of the column.
        type_: The Arrow type of the column.
    """
    import pyarrow as pa

    size = len(values)
    nulls = values.count(None)
    validity = _validity(values, nulls)
    match kind:
        case "text" | "json":
            texts = [value or "" for value in values] if nulls else values
            return pa.Array.from_buffers(type_, size, [validity, *_text(texts)])
        case "texts":
            items = [item for value in values for item in value]
            starts = array("i", accumulate(map(len, values), initial=0))
            child = pa.Array.from_buffers(pa.string(), len(items), [None, *_text(items)])
            return pa.Array.from_buffers(type_, size, [validity, pa.py_buffer(starts)], children=[child])
        case _:
            known = [0 if value is None else value for value in values] if nulls else values
            numbers = array("d" if kind == "float" else "q", known)
            return pa.Array.from_buffers(type_, size, [validity, pa.py_buffer(numbers)])


def as_read(values: Sequence[Json], start: int, stop: int) -> list[pa.Array[Any]] | None:
    """Return Arrow arrays of the values from `start` to `stop` if they are texts as a file had them; else None."""
    base = values.untouched(start, stop) if isinstance(values, Overlaid) else values
    return base.arrays(start, stop) if isinstance(base, TextColumn) else None


def _validity(values: Sequence[Json], nulls: int) -> pa.Buffer | None:
    """Return the bitmap of what is not null, None if everything is."""
    import pyarrow as pa

    if not nulls:
        return None
    if nulls == len(values):
        return pa.py_buffer(bytes((nulls + 7) // 8))
    return _bitmap([value is not None for value in values])


def _bitmap(known: Iterable[object]) -> pa.Buffer:
    import pyarrow as pa

    digits = "".join(["1" if each else "0" for each in known])
    # A number whose lowest bit is the first.
    return pa.py_buffer(int(digits[::-1] or "0", 2).to_bytes((len(digits) + 7) // 8, "little"))


def _text(values: Sequence[str]) -> list[pa.Buffer]:
    """Return the offsets and the bytes of texts."""
    import pyarrow as pa

    whole = "".join(values)
    # Where a character is a byte, nothing needs to be encoded to know how long it is.
    measured: Iterable[str | bytes] = values if whole.isascii() else [value.encode() for value in values]
    return [pa.py_buffer(array("i", accumulate(map(len, measured), initial=0))), pa.py_buffer(whole.encode())]


_PIECE: Final = 500
_BITS: Final = [bytes(byte >> bit & 1 for bit in range(8)) for byte in range(256)]


def validity(chunk: Any) -> bytes:
    """Return for each value of an Arrow array 1, or 0 if it is null."""
    bitmap = chunk.buffers()[0]
    if not chunk.null_count or bitmap is None:
        return bytes([not chunk.null_count]) * len(chunk)
    stop = chunk.offset + len(chunk)
    bits = b"".join(map(_BITS.__getitem__, memoryview(bitmap).cast("B")[chunk.offset // 8 : (stop + 7) // 8]))
    return bits[chunk.offset % 8 :][: len(chunk)]


def offsets(chunk: Any) -> memoryview:
    """Return where the values of an Arrow array of texts or lists begin, and where the last one ends, 32 bits each."""
    ends: memoryview = _numbers(chunk, "i", len(chunk) + 1)
    return ends or memoryview(bytes(4)).cast("i")


def fixed(chunk: Any) -> memoryview:
    """Return the values of an Arrow array of numbers or times; what stands for a null is any number."""
    numbers: memoryview = _numbers(chunk, "d" if str(chunk.type) == "double" else "q", len(chunk))
    return numbers


def _numbers(chunk: Any, kind: Literal["i", "q", "d"], count: int) -> Any:
    buffer, size = chunk.buffers()[1], calcsize(kind)
    data = memoryview(b"" if buffer is None else buffer)
    return data[chunk.offset * size : (chunk.offset + count) * size].cast(kind)


def lengths(chunk: Any) -> bytes:
    """Return how long the values of an Arrow array of texts or lists are, 32 bits each; 0 for null."""
    size = 4 * len(chunk)
    if chunk.null_count == len(chunk):
        return bytes(size)
    ends = offsets(chunk)
    # Each offset less the one before, all at once, as two long numbers: offsets never fall, so none borrows of others.
    found = int.from_bytes(ends[1:], "little") - int.from_bytes(ends[:-1], "little")
    if chunk.null_count:
        known, mask = validity(chunk).replace(b"\1", b"\xff"), bytearray(size)
        for byte in range(4):
            mask[byte::4] = known
        found &= int.from_bytes(mask, "little")
    return found.to_bytes(size, "little")


def text_bytes(chunk: Any) -> memoryview:
    """Return the bytes that the offsets of an Arrow array of texts point into."""
    data = chunk.buffers()[2]
    return memoryview(b"" if data is None else data)


def items(chunk: Any) -> Any:
    """Return the items of an Arrow array of lists, one list after the other, without those of a list that is null."""
    ends = offsets(chunk)
    if chunk.null_count and sum(array("I", lengths(chunk))) != ends[-1] - ends[0]:
        return chunk.flatten()  # another writer has left something where a null is
    return chunk.values[ends[0] : ends[-1]]


def to_values(chunk: Any, kind: Kind, *, few: bool = False) -> list[Json]:
    """Return the values of an Arrow array, as `Column.kind` says; `few` if they are the same texts over and over."""
    if chunk.null_count == len(chunk):
        return [None] * len(chunk)
    match kind:
        case "texts":
            texts = iter(to_values(items(chunk), "text"))
            # Tuples: the empty ones are one object, and the garbage collector has nothing to follow.
            return [tuple(islice(texts, length)) if length else () for length in array("I", lengths(chunk))]
        case "text" | "json":
            values: list[Json] = _few_texts(chunk) if few else _texts(chunk)
        case _:
            values = fixed(chunk).tolist()
    if chunk.null_count:
        return [value if known else None for value, known in zip(values, validity(chunk), strict=True)]
    return values


class _Words(dict[bytes, str]):
    """Texts by their bytes, each decoded when it is first met."""

    def __missing__(self, encoded: bytes) -> str:
        word = self[encoded] = sys.intern(encoded.decode())
        return word


def _few_texts(chunk: Any) -> list[str]:
    """Return texts of which there are few: each is one object, however often it occurs."""
    words, data, ends = _Words(), bytes(text_bytes(chunk)), offsets(chunk).tolist()
    measured = lengths(chunk)
    if measured == measured[:4] * len(chunk):
        first, whole = data[ends[0] : ends[1]], data[ends[0] : ends[-1]]
        if len(first) == int.from_bytes(measured[:4], "little") and whole == first * len(chunk):
            return [words[first]] * len(chunk)
    sizes = memoryview(measured).cast("I").tolist()
    # How long a text is mostly tells which one it is; what that makes is compared with what is there.
    starts = {size: ends[sizes.index(size)] for size in set(sizes)}
    of_size = {size: words[data[start : start + size]] for size, start in starts.items()}
    texts = [*map(of_size.__getitem__, sizes)]
    if "".join(texts).encode() == data[ends[0] : ends[-1]]:
        return texts
    return [words[data[one:other]] for one, other in pairwise(ends)]


def texts_like(chunk: Any, others: Sequence[str | None]) -> list[str | None]:
    """Return the values of an Arrow array of texts: the very objects of `others` wherever many in a row are equal."""
    if chunk.null_count == len(chunk):
        return [None] * len(chunk)
    data, ends, sizes = text_bytes(chunk), offsets(chunk), memoryview(lengths(chunk)).cast("I")
    known = validity(chunk)
    values: list[str | None] = []
    for start in range(0, len(chunk), _PIECE):
        stop = min(start + _PIECE, len(chunk))
        text, other = str(data[ends[start] : ends[stop]], "utf-8"), others[start:stop]
        if None not in other and all(known[start:stop]) and text == "".join(other):  # type: ignore[arg-type]  # no None
            alike = text.isascii() and [*map(len, other)] == sizes[start:stop].tolist()  # type: ignore[arg-type]
        else:
            alike = False
        if alike:
            values += other
        else:
            values += [str(data[ends[at] : ends[at + 1]], "utf-8") if known[at] else None for at in range(start, stop)]
    return values


def _texts(chunk: Any) -> list[str]:
    ends = offsets(chunk).tolist()
    start = ends[0]
    texts = bytes(text_bytes(chunk)[start : ends[-1]])
    if texts.isascii():  # a character is a byte: decoded in one go, and cut
        whole = texts.decode()
        return [whole[one - start : other - start] for one, other in pairwise(ends)]
    return [texts[one - start : other - start].decode() for one, other in pairwise(ends)]


class Plain(NamedTuple):
    """What is in an Arrow array of texts or numbers, as plain values: another process can be given that."""

    type: str
    size: int
    null_count: int
    offset: int
    parts: list[bytes | None]

    @classmethod
    def of(cls, chunk: Any) -> Plain:
        """Return what is in an array."""
        known = chunk.null_count < len(chunk)  # else there is nothing to look at
        parts = [bytes(buffer) if buffer is not None and known else None for buffer in chunk.buffers()]
        return cls(str(chunk.type), len(chunk), chunk.null_count, chunk.offset, parts)


class PlainArray:
    """Stands for the Arrow array that `Plain` is of, for all functions here."""

    def __init__(self, plain: Plain) -> None:
        """Have what is in it."""
        self.type, self._size, self.null_count, self.offset, self._parts = plain

    def __len__(self) -> int:
        """Return the number of values."""
        return self._size

    def buffers(self) -> list[bytes | None]:
        """Return the bitmap of what is not null, the offsets or numbers, and the bytes of texts."""
        return self._parts


TextPart: TypeAlias = "tuple[bytes, bytes, bytes | None]"
"""Texts one after the other, where they begin and the last one ends (32 bits each), and `validity` if any is null."""


class TextColumn(Sequence[str | None]):
    """Texts of Arrow arrays, each made when it is asked for: a text takes less room as bytes, and no time at first."""

    def __init__(self, parts: Iterable[TextPart] = ()) -> None:
        """Begin with the texts of another column's `parts`."""
        self._starts = [0]
        self._chunks: list[tuple[memoryview, memoryview, bytes | None]] = []
        for data, ends, known in parts:
            self._add(memoryview(data), memoryview(ends).cast("i"), known)

    def add(self, chunk: Any) -> None:
        """Take the texts of an array.

        Raises:
            UnicodeDecodeError: one of them is no text.
        """
        data, ends = text_bytes(chunk), offsets(chunk)
        if not bytes(data[ends[0] : ends[-1]]).isascii():
            for one, other in pairwise(ends.tolist()):
                bytes(data[one:other]).decode()
        self._add(data, ends, validity(chunk) if chunk.null_count else None)

    def extend(self, other: TextColumn) -> None:
        """Take the texts of another column."""
        for chunk in other._chunks:
            self._add(*chunk)

    def _add(self, data: memoryview, ends: memoryview, known: bytes | None) -> None:
        self._chunks.append((data, ends, known))
        self._starts.append(len(self) + len(ends) - 1)

    @property
    def parts(self) -> list[TextPart]:
        """Its texts as plain values, for another process."""
        return [(bytes(data), bytes(ends), known) for data, ends, known in self._chunks]

    def arrays(self, start: int, stop: int) -> list[pa.Array[Any]]:
        """Return Arrow arrays of the texts from `start` to `stop`; the texts are not copied."""
        import pyarrow as pa

        found = []
        for index in range(bisect_right(self._starts, start) - 1, len(self._chunks)):
            before = self._starts[index]
            if before >= stop:
                break
            data, ends, known = self._chunks[index]
            first, last = max(start - before, 0), min(stop - before, len(ends) - 1)
            nulls = None if known is None else _bitmap(known[first:last])
            buffers = [nulls, pa.py_buffer(ends[first : last + 1]), pa.py_buffer(data)]
            found.append(pa.Array.from_buffers(pa.string(), last - first, buffers))
        return found

    def __len__(self) -> int:
        """Return the number of texts."""
        return self._starts[-1]

    @overload
    def __getitem__(self, at: int) -> str | None: ...
    @overload
    def __getitem__(self, at: slice) -> list[str | None]: ...
    def __getitem__(self, at: int | slice) -> str | list[str | None] | None:
        """Return one text, or some."""
        if isinstance(at, slice):
            return [self[row] for row in range(*at.indices(len(self)))]
        row = range(len(self))[at]
        index = bisect_right(self._starts, row) - 1
        data, ends, known = self._chunks[index]
        row -= self._starts[index]
        return None if known is not None and not known[row] else bytes(data[ends[row] : ends[row + 1]]).decode()

    def __eq__(self, other: object) -> bool:
        """Tell whether another column has the same texts."""
        return isinstance(other, Sequence) and list(self) == list(other)

    __hash__ = None  # type: ignore[assignment]  # as of a list
