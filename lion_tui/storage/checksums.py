"""The checksums of a session file.

All are SHA-256, written as 64 lowercase hexadecimal digits.

**A sealed header** is JSON in UTF-8 that begins with `{"checksum":"` and the 64 digits. They are the SHA-256 of the
same bytes with every one of the 64 digits replaced by `0`.

**A group of columns** is hashed column by column, in the order of `COLUMNS`; integers are little-endian and unsigned
where nothing else is said. For each column:

1. the length of its name in UTF-8 bytes (32 bits), the name, the number of rows (64 bits);
2. validity: one byte a row, 1 for a value, 0 for null;
3. lengths (32 bits a row, 0 for null), in text and JSON columns: UTF-8 bytes; in columns of lists: items;
4. in columns of lists: the length of every item in UTF-8 bytes (32 bits each);
5. the values that are not null, one after the other: UTF-8 without terminator, signed 64-bit integers (times:
   microseconds since 1970 UTC), IEEE 754 binary64.

**Canonical content**, which a TOML file is checked by: the header as JSON with sorted keys, without spaces and with
every character beyond ASCII escaped, and a line feed; then each message the same way, as the list of its values in the
order of `COLUMNS`. Floats have the fewest digits that give the same number back, or are NaN, Infinity or -Infinity.
"""

from __future__ import annotations

import hashlib
import json
from array import array
from itertools import compress, pairwise
from typing import TYPE_CHECKING, Any

from lion_tui.core.message import COLUMNS
from lion_tui.storage.arrays import fixed, items, lengths, offsets, text_bytes, validity
from lion_tui.storage.problems import InvalidContent

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from lion_tui.core.message import Json
    from lion_tui.core.snapshot import Snapshot

_OPENING = b'{"checksum":"'
_DIGITS = slice(len(_OPENING), len(_OPENING) + 64)
_BLANK = b"0" * 64


def seal(header: Mapping[str, Json]) -> bytes:
    """Return `header` as JSON that carries its own checksum.

    Raises:
        ValueError: something in it is not a JSON value, or text is not Unicode scalar text.
        TypeError: likewise.
        RecursionError: it is nested too deeply.
    """
    # Not `encode`, which holds the interpreter's lock to the end: a header may have megabytes.
    encoder = json.JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    text = "".join(encoder.iterencode({"checksum": _BLANK.decode(), **header}))
    blank = text.encode()
    return _OPENING + hashlib.sha256(blank).hexdigest().encode() + blank[_DIGITS.stop :]


def unseal(sealed: bytes) -> dict[str, bytes]:
    """Return the items of the header that `seal` sealed, without the checksum; each value still as JSON.

    Raises:
        InvalidContent: it is not sealed, not as it was written, or not a JSON object.
    """
    import msgspec

    blank = sealed[: _DIGITS.start] + _BLANK + sealed[_DIGITS.stop :]
    if not sealed.startswith(_OPENING) or hashlib.sha256(blank).hexdigest().encode() != sealed[_DIGITS]:
        raise InvalidContent("its header is not as it was written")
    try:
        items = msgspec.json.decode(sealed, type=dict[str, msgspec.Raw])
    except msgspec.DecodeError as error:
        raise InvalidContent("its header is not a JSON object") from error
    return {name: bytes(value) for name, value in items.items() if name != "checksum"}


def content_checksum(snapshot: Snapshot) -> str:
    """Return the checksum of the canonical content of `snapshot`."""
    encode = json.JSONEncoder(sort_keys=True, separators=(",", ":")).encode
    digest = hashlib.sha256(encode(snapshot.header).encode() + b"\n")
    for row in zip(*(snapshot.columns[column.name] for column in COLUMNS), strict=True):
        digest.update(encode(row).encode() + b"\n")
    return digest.hexdigest()


def columns_checksum(columns: Iterable[tuple[str, Sequence[Any]]]) -> str:
    """Return the checksum of Arrow columns, each given as its name and its chunks."""
    digest = hashlib.sha256()
    for name, chunks in columns:
        encoded = name.encode()
        digest.update(len(encoded).to_bytes(4, "little") + encoded)
        digest.update(sum(map(len, chunks)).to_bytes(8, "little"))
        for part in _parts(chunks):
            digest.update(part)
    return digest.hexdigest()


def _parts(chunks: Sequence[Any]) -> Iterable[bytes | memoryview]:
    """Yield validity, lengths and values; each over all chunks, so that chunking does not matter."""
    if not chunks:
        return
    yield from map(validity, chunks)
    kind = str(chunks[0].type)
    if kind.startswith("list"):
        yield from map(lengths, chunks)
        chunks = [items(chunk) for chunk in chunks]
        kind = "string"
    if kind == "string":
        yield from map(lengths, chunks)
        for chunk in chunks:
            yield from _text(chunk)
    else:
        yield from map(_numbers, chunks)


def _numbers(chunk: Any) -> memoryview:
    """Return the numbers that are not null."""
    numbers = fixed(chunk)
    if not chunk.null_count:
        return numbers
    return memoryview(array(numbers.format, compress(numbers, validity(chunk))))


def _text(chunk: Any) -> Iterable[memoryview]:
    """Yield the bytes of the texts that are not null."""
    data, ends = text_bytes(chunk), offsets(chunk)
    if not chunk.null_count or sum(array("I", lengths(chunk))) == ends[-1] - ends[0]:
        yield data[ends[0] : ends[-1]]
    else:  # another writer has left something where a null is
        yield from (data[one:other] for one, other in compress(pairwise(ends), validity(chunk)))
