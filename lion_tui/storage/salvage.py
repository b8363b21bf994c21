"""What can still be read of a session file that is damaged. The file itself is only read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, BinaryIO, Final

from lion_tui.core.derived import derived_header
from lion_tui.core.errors import DamagedFile
from lion_tui.core.ids import now_us, uuid7
from lion_tui.core.message import COLUMNS
from lion_tui.core.snapshot import Snapshot
from lion_tui.storage.arrays import TextColumn
from lion_tui.storage.file import read
from lion_tui.storage.journal import journal_of
from lion_tui.storage.parquet import ParquetReader
from lion_tui.storage.problems import InvalidContent, check_version
from lion_tui.storage.row_groups import NARROW, WIDE
from lion_tui.storage.toml import from_toml, parse, pieces, read_row
from lion_tui.storage.validate import check
from lion_tui.storage.whole import is_parquet

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from lion_tui.core.message import Json

_MOST_JOINED: Final = 20
_LOST: Final = "Its text was lost: the file that it was read from is damaged."


class Remains:
    """What was read of a damaged file.

    Attributes:
        header: The session's header; None if it could not be read.
        columns: The messages that could be read.
        report: What is missing, a sentence each.
        expected: How many messages the file has, as far as it says; None if it does not.
    """

    def __init__(self, report: list[str]) -> None:
        """Begin with nothing."""
        self.header: dict[str, Json] | None = None
        self.columns: dict[str, list[Json]] = {column.name: [] for column in COLUMNS}
        self.report = report
        self.expected: int | None = None
        self._ids: set[str] = set()
        self._seqs: set[int] = set()

    def add(self, part: Mapping[str, list[Json]]) -> int:
        """Add messages, but none whose id or place another one has; return how many were left out."""
        left_out = 0
        for at, (node_id, seq) in enumerate(zip(part["node_id"], part["seq"], strict=True)):
            if node_id in self._ids or seq in self._seqs:
                left_out += 1
                continue
            self._ids.add(node_id)
            self._seqs.add(seq)
            for name, values in part.items():
                self.columns[name].append(values[at])
        return left_out


def salvage(path: Path) -> tuple[Snapshot, list[str]]:
    """Return what can be read of a session file, and what is missing, a sentence each; nothing of a whole one.

    Raises:
        DamagedFile: nothing of it can be read.
        FileError: as `read`.
    """
    try:
        return read(path), []
    except DamagedFile as error:
        remains = Remains([error.what])
    with path.open("rb") as source:
        if is_parquet(source, path):
            _from_parquet(source, path, remains)
        else:
            _from_toml(source.read(), path, remains)
    if (journal := journal_of(path)).exists():
        remains.report.append(f"What was done last is in its journal, {journal.name}, which was left out.")
    if not remains.columns["node_id"]:
        raise DamagedFile(path, f"Nothing of {path.name} can be read any more.", "Restore a copy of it.")
    if remains.header is None:
        return without_header(Snapshot({}, remains.columns), remains.report), remains.report
    _mend_heads(remains)
    return Snapshot({**remains.header, "undo": [], "redo": []}, remains.columns), remains.report


def _mend_heads(remains: Remains) -> None:
    """Let each branch whose last messages were lost end at the last one that was written on it and could be read."""
    ids, branches = remains.columns["node_id"], remains.columns["branch"]
    known = set(ids)
    last = dict(zip(branches, ids, strict=True))
    header = remains.header or {}
    if remains.expected is None and isinstance(header.get("next_seq"), int):
        remains.expected = header["next_seq"] - 1
    if remains.expected is not None and (missing := remains.expected - len(ids)) > 0:
        remains.report.append(f"{missing:,} of {remains.expected:,} messages are missing.")
    for branch in header.get("branches") or ():
        if isinstance(branch, dict) and branch.get("head") not in {None, *known}:
            branch["head"] = last.get(branch.get("name"))


def without_header(snapshot: Snapshot, report: list[str]) -> Snapshot:
    """Return the messages of a session under a header that follows from them, and say so in `report`."""
    report.append("Its title, branches and marks could not be read: each last message ends a branch now.")
    return Snapshot(derived_header(snapshot.columns), snapshot.columns)


def _from_parquet(source: BinaryIO, path: Path, remains: Remains) -> None:
    """Take the row groups whose checksums hold; where only that of the texts does not, the messages without them."""
    try:
        reader = ParquetReader(source, path)
        remains.header = reader.header
    except DamagedFile:
        try:
            reader = ParquetReader(source, path, without_header=True)
        except DamagedFile:
            return
    remains.expected = sum(group.rows for group in reader.groups)
    first = 1
    for at, group in enumerate(reader.groups):
        which = f"the messages {first:,} to {first + group.rows - 1:,}"
        first += group.rows
        narrow = _narrow(reader, at, which, remains.report)
        if narrow is not None:
            texts = _texts(reader, at, which, remains.report)
            if texts is None:
                rows = reader.groups[at].rows
                narrow |= {"status": ["error"] * rows, "error": [_LOST] * rows}
                texts = {column.name: ["" if column.required else None] * rows for column in WIDE}
            remains.add({**narrow, **texts})


def _narrow(reader: ParquetReader, at: int, which: str, report: list[str]) -> dict[str, list[Json]] | None:
    """Return what is known of the messages of a row group besides their texts; what was lost is made up."""
    try:
        return reader.narrow(at)
    except DamagedFile:
        kept, lost = reader.intact(at)
    if not kept or not lost:  # all pages seem right, and the whole is not: nothing tells what of it is wrong
        report.append(f"{which[0].upper()}{which[1:]} could not be read.")
        return None
    report.append(f"Of {which}, this was lost: {', '.join(lost)}; what else is said of them may be wrong.")
    rows = reader.groups[at].rows
    ids = kept.setdefault("node_id", [uuid7() for _ in range(rows)])
    if "node_id" in lost or "parent_id" in lost:  # as if each answered the one before
        kept["parent_id"] = [None, *ids[:-1]]
    answered = kept.get("model") or [None] * rows
    made_up: dict[str, list[Json]] = {
        "timestamp": [now_us()] * rows,
        "role": ["assistant" if model else "user" for model in answered],
        "sender": ["unknown"] * rows,
        "recipient": ["unknown"] * rows,
        "seq": list(range(reader.groups[0].rows * at + 1, reader.groups[0].rows * at + rows + 1)),
        "status": ["complete"] * rows,
        "origin": ["import"] * rows,
        "source_ids": [()] * rows,
    }
    return {column.name: kept.get(column.name) or made_up.get(column.name) or [None] * rows for column in NARROW}


def _texts(reader: ParquetReader, at: int, which: str, report: list[str]) -> dict[str, list[Json]] | None:
    """Return the texts of a row group; None where its checksum does not hold, since nothing else vouches for them."""
    texts = {column.name: TextColumn() for column in WIDE}
    try:
        reader.wide(at, texts)
    except DamagedFile:
        report.append(f"The texts of {which} could not be read.")
        return None
    return {name: list(column) for name, column in texts.items()}


def _from_toml(data: bytes, path: Path, remains: Remains) -> None:
    """Take the messages that are TOML, and are messages. Nothing tells whether their texts are as they were written."""
    lost = []
    for number, document in enumerate(_documents(pieces(data.removeprefix(b"\xef\xbb\xbf")))):
        try:
            if number == 0:
                remains.header = _header(document, path)
            elif document is None or remains.add(_message(document)):
                lost.append(number)
        except InvalidContent:
            lost.append(number)
    if lost:
        shown = ", ".join(map(str, lost[:10])) + (" …" if len(lost) > 10 else "")
        remains.report.append(f"{len(lost)} of the messages could not be read ({shown}).")
    remains.report.append("Texts that could be read may differ from what was written: nothing vouches for them.")


def _documents(cut: list[bytes]) -> Iterator[dict[str, Any] | None]:
    """Yield the header, then each message, as TOML; None for what is none.

    Such a line may also stand in a text: then what is cut is joined again.
    """
    at = 0
    while at < len(cut):
        for end in range(at + 1, min(at + _MOST_JOINED, len(cut)) + 1):
            try:
                document = parse(b"".join(cut[at:end]))
            except (ValueError, RecursionError):
                continue
            yield document
            at = end
            break
        else:
            yield None
            at += 1


def _header(document: dict[str, Any] | None, path: Path) -> dict[str, Json] | None:
    if document is None or not isinstance(document.get("lion_tui"), dict):
        return None
    check_version(path, document["lion_tui"].get("format"))
    header = from_toml(document.get("session"))
    return header if isinstance(header, dict) else None


def _message(document: dict[str, Any]) -> dict[str, list[Json]]:
    """Return the one message of a piece, by column.

    Raises:
        InvalidContent: it is none.
    """
    rows = document.get("message")
    if not isinstance(rows, list) or len(rows) != 1 or len(document) != 1:
        raise InvalidContent("it is no message")
    columns: dict[str, list[Json]] = {column.name: [] for column in COLUMNS}
    read_row(rows[0], columns)
    check(columns)
    return columns
