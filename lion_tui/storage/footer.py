"""What a session's Parquet file says of itself in its footer, read without Arrow: a list of sessions asks thousands."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

from lion_tui.core.summary import Summary
from lion_tui.storage.checksums import unseal
from lion_tui.storage.problems import InvalidContent, check_version

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from typing import BinaryIO

    import msgspec

_MAGIC: Final = b"PAR1"
_END: Final = 8
"""Bytes at the end of the file: how long the footer is, and the magic number."""
_KEY: Final = b"\x18\x08lion_tui\x18"
"""Thrift's compact form of `KeyValue(key="lion_tui", value=…)`, up to where the length of the value stands."""
_MOST_DIGITS: Final = 5


class Footer(NamedTuple):
    """What the footer says.

    Attributes:
        title: The title that the session's user gave it; empty for none.
        branches: How many there are.
        summary: What follows from its messages.
    """

    title: str
    branches: int
    summary: Summary


def read_footer(source: BinaryIO, path: Path) -> Footer | None:
    """Return what the footer says; None if it does not say so as this version does, and the whole file must.

    A header that is found is one that was written: it carries its own checksum.

    Raises:
        NewerFile: a later version wrote it.
        OSError: the operating system does not let us read it.
    """
    import msgspec

    for header, session in _headers(source, path):
        try:
            summary: Any = msgspec.json.decode(header["summary"], type=Summary)
            title = msgspec.json.decode(session["title"], type=str)
            branches = msgspec.json.decode(session["branches"], type=list[msgspec.Raw])
        except (KeyError, msgspec.DecodeError):
            continue
        return Footer(title, len(branches), summary)
    return None


def read_value(source: BinaryIO, path: Path, name: str) -> Any:
    """Return a value of the session's header; None if it has none of that name, or the footer does not say.

    Raises:
        NewerFile: a later version wrote it.
        OSError: the operating system does not let us read it.
    """
    import msgspec

    _, session = next(_headers(source, path), ({}, {}))
    return msgspec.json.decode(session[name]) if name in session else None


def _headers(source: BinaryIO, path: Path) -> Iterator[tuple[dict[str, bytes], dict[str, msgspec.Raw]]]:
    """Yield what may be the header, and what it says of the session."""
    import msgspec

    for sealed in _candidates(_footer(source)):
        try:
            header = unseal(sealed)
            check_version(path, msgspec.json.decode(header["format"]))
            session = msgspec.json.decode(header["session"], type=dict[str, msgspec.Raw])
        except (InvalidContent, KeyError, msgspec.DecodeError):
            continue
        yield header, session


def _footer(source: BinaryIO) -> bytes:
    """Return the bytes of the footer; none if the file is not Parquet."""
    size = source.seek(0, 2)
    source.seek(max(0, size - _END))
    end = source.read(_END)
    length = int.from_bytes(end[:4], "little")
    if end[4:] != _MAGIC or length > size - _END:
        return b""
    source.seek(size - _END - length)
    return source.read(length)


def _candidates(footer: bytes) -> Iterator[bytes]:
    """Yield what may be the header: what stands in the footer's Thrift under our key."""
    at = footer.find(_KEY)
    while at >= 0:
        at += len(_KEY)
        length = 0
        for digit, byte in enumerate(footer[at : at + _MOST_DIGITS]):
            length |= (byte & 0x7F) << (7 * digit)
            if byte < 0x80:
                yield footer[at + digit + 1 : at + digit + 1 + length]
                break
        at = footer.find(_KEY, at)
