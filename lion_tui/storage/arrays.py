"""Arrow arrays from Python values and back.

Without `pa.array` and `pa.scalar`: these load pandas, which takes longer than opening a session does.
"""

from __future__ import annotations

import sys
from array import array
from itertools import accumulate, islice, pairwise
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

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


def _validity(values: Sequence[Json], nulls: int) -> pa.Buffer | None:
    """Return the bitmap of what is not null, None if everything is."""
    import numpy as np
    import pyarrow as pa

    if not nulls:
        return None
    if nulls == len(values):
        return pa.py_buffer(bytes((nulls + 7) // 8))
    known = np.array([value is not None for value in values])
    return pa.py_buffer(np.packbits(known, bitorder="little").tobytes())


def _text(values: Sequence[str]) -> list[pa.Buffer]:
    """Return the offsets and the bytes of texts."""
    import pyarrow as pa

    whole = "".join(values)
    # Where a character is a byte, nothing needs to be encoded to know how long it is.
    measured: Iterable[str | bytes] = values if whole.isascii() else [value.encode() for value in values]
    return [pa.py_buffer(array("i", accumulate(map(len, measured), initial=0))), pa.py_buffer(whole.encode())]


def without_nulls(numbers: pa.Array[Any]) -> pa.Array[Any]:
    """Return an array of numbers with 0 for every null."""
    import pyarrow as pa

    if not numbers.null_count:
        return numbers
    zero = pa.Array.from_buffers(numbers.type, 1, [None, pa.py_buffer(bytes(8))])[0]
    return numbers.fill_null(zero)


def to_values(chunk: Any, kind: Kind, *, few: bool = False) -> list[Json]:
    """Return the values of an Arrow array, as `Column.kind` says; `few` if they are the same texts over and over."""
    import pyarrow.compute as pc

    if chunk.null_count == len(chunk):
        return [None] * len(chunk)
    match kind:
        case "texts":
            items = iter(to_values(chunk.flatten(), "text"))
            lengths = _fixed(without_nulls(pc.list_value_length(chunk)), "i")
            # Tuples: the empty ones are one object, and the garbage collector has nothing to follow.
            return [tuple(islice(items, length)) if length else () for length in lengths]
        case "text" | "json":
            values: list[Json] = _few_texts(chunk) if few else _texts(chunk)
        case _:
            values = _fixed(chunk, "d" if kind == "float" else "q")
    if chunk.null_count:
        return [value if known else None for value, known in zip(values, _known(chunk), strict=True)]
    return values


def _few_texts(chunk: Any) -> list[str]:
    """Return texts of which there are few: each is one object, however often it occurs."""
    encoded = chunk.dictionary_encode()
    words = [sys.intern(word) for word in _texts(encoded.dictionary)]
    return [words[at] for at in _fixed(without_nulls(encoded.indices), "i")]


def _texts(chunk: Any) -> list[str]:
    _, offsets, data = chunk.buffers()
    ends = memoryview(offsets).cast("B").cast("i")[chunk.offset : chunk.offset + len(chunk) + 1].tolist()
    start = ends[0]
    texts = b"" if data is None else bytes(memoryview(data)[start : ends[-1]])
    if texts.isascii():  # a character is a byte: decoded in one go, and cut
        whole = texts.decode()
        return [whole[one - start : other - start] for one, other in pairwise(ends)]
    return [texts[one - start : other - start].decode() for one, other in pairwise(ends)]


def _fixed(chunk: Any, code: str) -> list[Any]:
    numbers: Any = memoryview(chunk.buffers()[1]).cast("B")
    values: list[Any] = numbers.cast(code)[chunk.offset : chunk.offset + len(chunk)].tolist()
    return values


def _known(chunk: Any) -> list[int]:
    import pyarrow as pa

    return _fixed(chunk.is_valid().cast(pa.uint8()), "B")
