"""The journal beside a session file: what was done since the file was last written, one checksummed record a line.

A line is the CRC-32 of what follows the space, as 8 lowercase hexadecimal digits, a space, and one JSON object in
UTF-8. The first line's object says what the journal belongs to: `format` (the version of this layout), `session` (the
session's id) and `base` (the number of the file's last operation when the journal was begun). Every other one is a
record as `core.records` has it.

What counts is what follows the file's last operation, so a journal that is older than its file does no harm. A last
line without its end is what a crash leaves, and is cut.
"""

from __future__ import annotations

import errno
import operator
import os
import stat
import zlib
from contextlib import suppress
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, Final, NamedTuple, Self

from lion_tui.core.errors import FileError
from lion_tui.core.message import COLUMNS
from lion_tui.storage import atomic
from lion_tui.storage.atomic import Identity, sync_folder
from lion_tui.storage.problems import InvalidContent, newer

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from lion_tui.core.message import Json

JOURNAL_VERSION: Final = 1
_CHECKSUM = 8
_NO_FOLLOW: Final = getattr(os, "O_NOFOLLOW", 0)


def journal_of(session: Path) -> Path:
    """Return the path of a session file's journal; two names of one file share one."""
    target = Path(os.path.realpath(session))
    return target.with_name(f"{target.name}.journal")


class JournalContent(NamedTuple):
    """What a journal holds.

    Attributes:
        session_id: The session that it belongs to; empty if it does not say so in a way that we know.
        base: The last operation of the file that it was begun on.
        records: What can be read, in order, up to the first line that is not as it was written or is no record.
        ends: The bytes up to the end of the first line, and of each record.
        size: All bytes.
        torn: Whether all that cannot be read is one line that was not finished: what a crash leaves.
    """

    session_id: str
    base: int
    records: Sequence[Mapping[str, Any]]
    ends: Sequence[int]
    size: int
    torn: bool

    @property
    def whole(self) -> int:
        """The bytes up to the end of the last record."""
        return self.ends[-1] if self.ends else 0

    def fits(self, header: Mapping[str, Json], node_ids: Iterable[str]) -> bool:
        """Tell whether it belongs to a session with that header and those messages."""
        last_op = header.get("last_op")
        if self.session_id != header.get("session_id") or type(last_op) is not int or self.base > last_op:
            return False
        made = {row["node_id"] for record in self.records if record["op"] <= last_op for row in record.get("rows", ())}
        return made <= (made and set(node_ids))

    def after(self, last_op: int) -> list[Mapping[str, Any]]:
        """Return the records of what was done after an operation, and of the text that came after it."""
        return [record for record in self.records if _is_after(record, last_op)]

    def until(self, last_op: int, count: int) -> JournalContent:
        """Return what it would hold if it ended after the first `count` records of those after an operation."""
        later = [at for at, record in enumerate(self.records) if _is_after(record, last_op)]
        records = later[count] if count < len(later) else len(self.records)
        return self._replace(records=self.records[:records], ends=self.ends[: records + 1], torn=False)


def _is_after(record: Mapping[str, Any], last_op: int) -> bool:
    """Tell whether a record tells of what was done, or came, after an operation."""
    return bool(record["op"] > last_op - ("add" in record))


def read_journal(path: Path) -> JournalContent | None:
    """Read the journal at `path`; None if there is none.

    Raises:
        NewerFile: a later version wrote it.
        OSError: the operating system does not let us read it.
    """
    try:
        if not stat.S_ISREG(path.stat().st_mode):  # before it is opened: a pipe would wait for its other end
            raise OSError(errno.EINVAL, "it is not a regular file")
        data = path.read_bytes()
    except FileNotFoundError:
        return None
    values, ends = _lines(data)
    torn = b"\n" not in data[ends[-1] if ends else 0 :]
    if not values:
        return JournalContent("", 0, (), (), len(data), torn=torn)
    first, *records = values
    match first:
        case {"format": int(version)} if version > JOURNAL_VERSION:
            raise newer(path, version, JOURNAL_VERSION)
        case {"format": 1, "session": str(session_id), "base": int(base)}:
            fitting = _count_records(records)
            whole = torn and fitting == len(records)
            return JournalContent(session_id, base, records[:fitting], ends[: fitting + 1], len(data), torn=whole)
    return JournalContent("", 0, (), (), len(data), torn=False)


def _lines(data: bytes) -> tuple[list[Any], list[int]]:
    """Return the values of the whole lines at the beginning, and how many bytes go up to the end of each."""
    import msgspec

    values, ends, at = [], [], 0
    decode = msgspec.json.Decoder(dict).decode
    while (end := data.find(b"\n", at)) >= 0:
        line = data[at:end]
        if line[: _CHECKSUM + 1] != b"%08x " % zlib.crc32(line[_CHECKSUM + 1 :]):
            break
        try:
            values.append(decode(line[_CHECKSUM + 1 :]))
        except msgspec.DecodeError:
            break
        at = end + 1
        ends.append(at)
    return values, ends


def _count_records(values: Sequence[Mapping[str, Any]]) -> int:
    """Return how many of the values, from the first one on, are records in order."""
    if _are_records(values):
        return len(values)
    last_op = -1
    for at, value in enumerate(values):
        if not _are_records([value]) or ("add" not in value and value["op"] <= last_op):
            return at
        last_op = value["op"] if "add" not in value else last_op
    return len(values)


def _are_records(values: Sequence[Mapping[str, Any]]) -> bool:
    """Tell whether the values are records, in order, whose messages hold what messages may."""
    from lion_tui.storage.validate import check_values

    if not all(type(value.get("op")) is int for value in values):
        return False
    operations = [value["op"] for value in values if "add" not in value]
    if not all(map(operator.lt, operations, islice(operations, 1, None))):
        return False
    try:
        rows = [row for value in values for row in value.get("rows", ())]
        ends = [{**value["values"], "parts": value.get("parts")} for value in values if "end" in value]
        for column in COLUMNS:
            check_values(column, [row.get(column.name, _MISSING.get(column.name)) for row in rows])
            check_values(column, [end[column.name] for end in ends if end.get(column.name) is not None])
        return {name for row in (*rows, *ends) for name in row} <= {column.name for column in COLUMNS}
    except (InvalidContent, AttributeError, TypeError, KeyError):
        return False


_MISSING: Final[Mapping[str, Json]] = {"source_ids": []}


def encode(values: Iterable[Mapping[str, Json]]) -> bytes:
    """Return the lines of a journal.

    Raises:
        TypeError, ValueError, OverflowError: a value is not JSON.
    """
    import msgspec

    encoder = msgspec.json.Encoder()
    lines = []
    for value in values:
        content = encoder.encode(value)
        lines.append(b"%08x %b\n" % (zlib.crc32(content), content))
    return b"".join(lines)


def without(data: bytes, session_id: str, node_ids: Collection[str], texts: Collection[str]) -> bytes:
    """Return what a journal that is never replayed again holds besides the texts of some messages.

    A line that cannot be read goes too: nobody can tell what it holds.

    Args:
        data: The journal. That of another session stays as it is.
        session_id: The session.
        node_ids: The messages.
        texts: What they said, which drafts and queued prompts may say too.
    """
    import msgspec

    decode = msgspec.json.Decoder(dict[str, Any]).decode
    said = [text for text in texts if text.strip()]
    kept = []
    for at, line in enumerate(data.splitlines(keepends=True)):
        try:
            record = decode(line[_CHECKSUM + 1 :])
            if at == 0 and record.get("session", session_id) != session_id:
                return data
            rest = _forgotten(record, node_ids, said)
        except (msgspec.DecodeError, LookupError, TypeError, AttributeError):
            continue
        if rest is not None:
            kept.append(line if rest == record else encode([rest]))
    return b"".join(kept)


def _forgotten(record: Mapping[str, Any], node_ids: Collection[str], texts: Sequence[str]) -> Mapping[str, Any] | None:
    """Return a record without what it tells of some messages and without their texts; None if nothing is left."""
    held = [record.get("text", ""), *(prompt["text"] for prompt in record.get("prompts", ()))]
    if record.get("add", record.get("end")) in node_ids or any(text in each for each in held for text in texts):
        return None
    if "do" not in record:
        return record
    rows = [row for row in record["rows"] if row["node_id"] not in node_ids]
    steps = [step for step in record["do"]["changes"] if step["step"] != "mark" or step["node_id"] not in node_ids]
    return {**record, "rows": rows, "do": {**record["do"], "changes": steps}}


def _first(session_id: str, base: int) -> dict[str, Json]:
    return {"format": JOURNAL_VERSION, "session": session_id, "base": base}


class Journal:
    """A journal that is open for writing.

    Attributes:
        path: The file.
    """

    def __init__(self, path: Path, file: BinaryIO, size: int) -> None:
        """Go on after the first `size` bytes of `file`; `begin` and `go_on` are how to get one."""
        self.path = path
        self._file = file
        self._size = size
        self._clean = False
        status = os.fstat(file.fileno())
        self._is = (status.st_dev, status.st_ino)

    @classmethod
    def go_on(cls, path: Path, size: int) -> Self:
        """Open the journal at `path` to write after its first `size` bytes.

        Raises:
            OSError: the operating system refused.
        """
        return cls(path, _open(path, os.O_RDWR), size)

    @classmethod
    def begin(cls, path: Path, session_id: str, base: int) -> Self:
        """Make a journal; `append` writes its first line with the first record.

        Raises:
            OSError: the operating system refused.
        """
        journal = cls(path, _open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL), 0)
        try:
            journal.append([_first(session_id, base)])
            sync_folder(path.parent)
        except BaseException:
            journal.close()
            with suppress(OSError):  # the error that is on its way says more
                path.unlink()
            raise
        return journal

    @classmethod
    def rewrite(cls, path: Path, session_id: str, base: int, records: Sequence[Mapping[str, Json]]) -> Self:
        """Put a journal with `records` in the place of the one at `path`: at any time one of the two is there.

        Raises:
            SaveFailed: the operating system refused.
        """
        lines = encode([_first(session_id, base), *records])
        write_durably(path, lines)
        return cls.go_on(path, len(lines))

    @property
    def in_place(self) -> bool:
        """Whether the file still stands under its name."""
        at = Identity.at(self.path)
        return at is not None and (at.device, at.inode) == self._is

    @property
    def size(self) -> int:
        """How many bytes it has."""
        return self._size

    def append(self, records: Sequence[Mapping[str, Json]]) -> None:
        """Add records, durably: all of them, or (on an error) none.

        Raises:
            OSError: the operating system refused.
            TypeError, ValueError, OverflowError: a record is not JSON.
        """
        lines = encode(records)
        if not self._clean:  # a crash, or an append that failed, may have left the beginning of a line
            self._file.truncate(self._size)
        self._clean = False
        self._file.seek(self._size)
        _write(self._file, lines)
        os.fsync(self._file.fileno())
        self._size += len(lines)
        self._clean = True

    def take_back(self) -> None:
        """Take what a failed `append` left out of the file at once, if the operating system lets us."""
        if not self._clean:
            with suppress(OSError):  # the next `append` does it, or fails
                self._file.truncate(self._size)

    def close(self) -> None:
        """Close the file."""
        self._file.close()


def write_durably(path: Path, data: bytes) -> None:
    """Make the file at `path` hold `data`; at any time it has that or what it had.

    Raises:
        SaveFailed: the operating system refused.
    """

    def verify(source: BinaryIO) -> None:
        if source.read() != data:
            raise FileError(path, f"{path.name} is not as it was written.")

    atomic.replace(path, lambda sink: _write(sink, data), verify)


def _open(path: Path, flags: int) -> BinaryIO:
    return os.fdopen(os.open(path, flags | _NO_FOLLOW | getattr(os, "O_BINARY", 0), 0o600), "r+b", buffering=0)


def _write(sink: BinaryIO, data: bytes) -> None:
    rest = memoryview(data)
    while rest:  # an unbuffered file may take a part only
        rest = rest[sink.write(rest) :]
