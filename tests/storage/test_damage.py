"""Files that are damaged, foreign or newer: an error that says so, never other data and never a write."""

from __future__ import annotations

import hashlib
import io
import os
import random
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from session_snapshots import same, snapshot

from lion_tui.core.errors import DamagedFile, FileError, ForeignFile, LionError, NewerFile
from lion_tui.storage import SessionFile, parquet, read, toml, write
from lion_tui.storage.arrays import TextColumn
from lion_tui.storage.parquet import ParquetReader

NAME = Path("s.parquet")
SAMPLE = 1500
"""Damages tried in a normal run; LION_TUI_TEST_EVERY_BIT=1 tries all there are."""

EVERY = os.environ.get("LION_TUI_TEST_EVERY_BIT") == "1"  # read before the tests' own environment is set up
SESSION = snapshot("A walk\r\nby the sea", "He said \0 \u2028.", "", note=None, deep={"a": [1, 2.5, None, {"b": True}]})


def reading(data: bytes, extension: str) -> None:
    module = parquet if extension == "parquet" else toml
    try:
        session = module.read(io.BytesIO(data), NAME)
    except LionError as error:
        caught = error
    else:
        assert same(session, SESSION)
        return
    assert caught.what.endswith(".")
    assert caught.remedy


def written(extension: str) -> bytes:
    sink = io.BytesIO()
    if extension == "parquet":
        parquet.write(sink, SESSION, NAME)
    else:
        toml.write(sink, SESSION)
    return sink.getvalue()


def damages(size: int, most: int) -> list[int]:
    return list(range(size)) if EVERY else sorted(random.sample(range(size), min(size, most)))


@pytest.mark.timeout(900)
@pytest.mark.parametrize("extension", ["parquet", "toml"])
def test_a_flipped_bit_is_an_error_or_changes_nothing(extension: str) -> None:
    data = written(extension)
    for at in damages(len(data) * 8, SAMPLE):
        flipped = bytearray(data)
        flipped[at // 8] ^= 1 << at % 8
        reading(bytes(flipped), extension)


@pytest.mark.parametrize("extension", ["parquet", "toml"])
def test_a_cut_file_is_an_error(extension: str) -> None:
    data = written(extension)
    for length in damages(len(data) - 2, SAMPLE):  # without the last line feed TOML is whole
        with pytest.raises(LionError):
            (parquet if extension == "parquet" else toml).read(io.BytesIO(data[:length]), NAME)


def test_a_flip_in_the_text_leaves_the_tree_readable() -> None:
    text = os.urandom(20_000).hex()
    sink = io.BytesIO()
    parquet.write(sink, snapshot(text), NAME)
    data = bytearray(sink.getvalue())
    metadata = pq.read_metadata(io.BytesIO(data)).row_group(0)
    content = next(
        metadata.column(at) for at in range(metadata.num_columns) if metadata.column(at).path_in_schema == "content"
    )
    data[content.data_page_offset + content.total_compressed_size // 2] ^= 4
    reader = ParquetReader(io.BytesIO(data), NAME)
    assert reader.narrow(0)["node_id"] == ["n0"]
    with pytest.raises(DamagedFile):
        reader.wide(0, {name: TextColumn() for name in ("content", "reasoning", "parts")})
    with pytest.raises(DamagedFile):
        reader.verify()


def parquet_with(table: pa.Table, header: bytes | None) -> bytes:
    sink = io.BytesIO()
    with pq.ParquetWriter(sink, table.schema) as writer:
        writer.write_table(table)
        if header is not None:
            writer.add_key_value_metadata({"lion_tui": header.decode()})
    return sink.getvalue()


def test_a_header_on_another_table_is_refused(tmp_path: Path) -> None:
    write(tmp_path / "s.parquet", SESSION)
    table = pq.read_table(tmp_path / "s.parquet")
    header = pq.read_metadata(tmp_path / "s.parquet").metadata[b"lion_tui"]
    for other in (
        table.drop_columns("content"),
        table.append_column("extra", pa.nulls(len(table))),
        table.set_column(7, "seq", table["seq"].cast(pa.int32())),
        table.set_column(0, "node_id", pa.array(["n0", "n1", "n1"])),
        table.slice(1),
        table.take([1, 0, 2]),
    ):
        (tmp_path / "other.parquet").write_bytes(parquet_with(other, header))
        with pytest.raises(DamagedFile, match="is damaged"):
            read(tmp_path / "other.parquet")


def sealed(rest: str) -> bytes:
    """Return a header whose checksum is right, whatever it says."""
    blank = ('{"checksum":"' + "0" * 64 + '"' + rest).encode()
    return blank.replace(b"0" * 64, hashlib.sha256(blank).hexdigest().encode(), 1)


@pytest.mark.parametrize(
    "rest",
    [
        "",
        "}",
        ',"format":1}',
        ',"format":1.0,"row_groups":[],"session":{}}',
        ',"format":1,"row_groups":[],"session":{}}',
        ',"format":1,"row_groups":[{"rows":1}],"session":{}}',
        ',"format":1,"row_groups":{},"session":{}}',
        ',"format":1,"row_groups":5,"session":{}}',
    ],
)
def test_a_sealed_header_that_is_none_of_ours(rest: str, tmp_path: Path) -> None:
    (tmp_path / "s.parquet").write_bytes(parquet_with(pa.table({"a": [1]}), sealed(rest)))
    with pytest.raises(DamagedFile):
        read(tmp_path / "s.parquet")


@pytest.mark.parametrize("session", ["5", "[1]", '"text"', "null"])
def test_a_sealed_session_that_is_no_object(session: str, tmp_path: Path) -> None:
    empty = parquet.schema().empty_table()
    header = sealed(f',"format":1,"row_groups":[],"session":{session}}}')
    sink = io.BytesIO()
    with pq.ParquetWriter(sink, empty.schema, store_schema=False) as writer:
        writer.add_key_value_metadata({"lion_tui": header.decode()})
    (tmp_path / "s.parquet").write_bytes(sink.getvalue())
    with pytest.raises(DamagedFile):
        read(tmp_path / "s.parquet")


@pytest.mark.parametrize(
    ("name", "content", "kind"),
    [
        ("empty.parquet", b"", ForeignFile),
        ("empty.toml", b"", ForeignFile),
        ("short.parquet", b"PAR1", DamagedFile),
        ("noise.parquet", bytes(range(256)), DamagedFile),
        ("noise.toml", bytes(range(256)), ForeignFile),
        ("noise.db", b"SQLite format 3\0", ForeignFile),
        ("other.toml", b'[project]\nname = "x"\n', ForeignFile),
        ("other.toml", b"lion_tui = 1\n", ForeignFile),
        ("other.toml", b"[lion_tui]\nformat = 1\n", DamagedFile),
        ("other.parquet", parquet_with(pa.table({"a": [1]}), None), ForeignFile),
        ("table.toml", parquet_with(pa.table({"a": [1]}), None), ForeignFile),
        ("unsealed.parquet", parquet_with(pa.table({"a": [1]}), b'{"format":1}'), DamagedFile),
        ("deep.toml", b"[lion_tui]\na=" + b"[" * 100_000, DamagedFile),
    ],
)
def test_what_is_no_session_is_named_and_left_alone(
    name: str, content: bytes, kind: type[FileError], tmp_path: Path
) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(FileError) as caught:
        read(path)
    assert type(caught.value) is kind
    assert caught.value.path == path
    assert name in caught.value.what
    assert caught.value.remedy
    if path.suffix in {".parquet", ".toml"}:
        with pytest.raises(kind):
            SessionFile.open(path, write=True)
    assert [file.name for file in tmp_path.iterdir()] == [name]
    assert path.read_bytes() == content


def test_what_is_no_file(tmp_path: Path) -> None:
    (tmp_path / "folder.parquet").mkdir()
    with pytest.raises(ForeignFile, match="a folder"):
        read(tmp_path / "folder.parquet")
    os.mkfifo(tmp_path / "pipe.parquet")
    with pytest.raises(ForeignFile, match="not a regular file"):
        read(tmp_path / "pipe.parquet")
    with pytest.raises(FileError, match=r"There is no file gone\.parquet"):
        read(tmp_path / "gone.parquet")
    (tmp_path / "circle.toml").symlink_to("circle.toml")
    with pytest.raises(FileError, match="cannot be read"):
        read(tmp_path / "circle.toml")


@pytest.mark.parametrize("extension", ["parquet", "toml"])
def test_a_newer_format_is_refused_and_left_alone(
    extension: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / f"s.{extension}"
    with monkeypatch.context() as patch:
        patch.setattr(f"lion_tui.storage.{extension}.FORMAT_VERSION", 2)
        path.write_bytes(written(extension))
    before = path.read_bytes()
    with pytest.raises(NewerFile, match="format 2") as caught:
        SessionFile.open(path, write=True)
    assert "Update" in caught.value.remedy
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


def test_the_content_says_what_a_file_is(tmp_path: Path) -> None:
    (tmp_path / "s.bak").write_bytes(written("parquet"))
    (tmp_path / "s.txt").write_bytes(written("toml"))
    assert same(read(tmp_path / "s.bak"), SESSION)
    assert same(read(tmp_path / "s.txt"), SESSION)
