"""The file as others read it, without this program's help."""

from __future__ import annotations

import hashlib
import json
import struct
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pandas as pd
import polars as pl
import pyarrow.parquet as pq
import pytest
from session_snapshots import snapshot

from lion_tui.core.message import COLUMNS
from lion_tui.storage import write

if TYPE_CHECKING:
    from pathlib import Path

CONTENTS = ("A walk\r\nby the sea", "nul \0, escape \x1b, \u2028, \ufeff and \U0001f600", "")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "s.parquet"
    write(path, snapshot(*CONTENTS, secret="only once, please"))
    return path


def test_pandas(path: Path) -> None:
    frame = pd.read_parquet(path)
    assert list(frame.columns) == [column.name for column in COLUMNS]
    assert list(frame["content"]) == list(CONTENTS)
    assert [list(ids) for ids in frame["source_ids"]] == [[], [], ["n1"]]
    assert str(frame["content"].dtype) == "str"
    assert str(frame["timestamp"].dtype) == "datetime64[us, UTC]"
    assert str(frame["seq"].dtype) == "int64"
    assert str(frame["cost_usd"].dtype) == "float64"


def test_polars(path: Path) -> None:
    frame = pl.read_parquet(path)
    assert frame["content"].to_list() == list(CONTENTS)
    kinds = {
        "text": pl.String(), "json": pl.String(), "texts": pl.List(pl.String()), "int": pl.Int64(),
        "float": pl.Float64(), "time": pl.Datetime("us", "UTC"),
    }  # fmt: skip
    assert dict(frame.schema) == {column.name: kinds[column.kind] for column in COLUMNS}


def test_duckdb(path: Path) -> None:
    # In a process of its own: at its end DuckDB may tell standard error what it has not freed.
    code = f"""
import duckdb, json
with duckdb.connect() as connection:
    table = f"read_parquet({str(path)!r})"
    described = connection.execute(f"describe from {{table}}").fetchall()
    rows = connection.execute(f"from {{table}} select content, cost_usd, epoch_us(timestamp) order by seq").fetchall()
print(json.dumps([described, rows]))
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    described, rows = json.loads(done.stdout)
    kinds = {"text": "VARCHAR", "json": "VARCHAR", "texts": "VARCHAR[]", "int": "BIGINT", "float": "DOUBLE"}
    assert [(name, kind) for name, kind, *_ in described] == [
        (column.name, kinds.get(column.kind, "TIMESTAMP WITH TIME ZONE")) for column in COLUMNS
    ]
    assert [content for content, _, _ in rows] == list(CONTENTS)
    assert [cost for _, cost, _ in rows] == [None, 0.25, None]
    assert [time for _, _, time in rows] == snapshot(*CONTENTS).columns["timestamp"]


def test_the_header_stands_in_the_file_once(path: Path) -> None:
    assert path.read_bytes().count(b"only once, please") == 1
    assert set(pq.read_metadata(path).metadata) == {b"lion_tui"}


def test_columns_are_required_where_messages_always_have_a_value(path: Path) -> None:
    schema = pq.read_schema(path)
    assert {field.name for field in schema if not field.nullable} == {
        column.name for column in COLUMNS if column.required
    }


def stated_checksum(columns: list[tuple[str, str, list[Any]]]) -> str:
    """Compute the checksum as the documentation of `checksums` states it, from plain values."""
    out = b""
    for name, kind, values in columns:
        out += struct.pack("<I", len(name.encode())) + name.encode() + struct.pack("<Q", len(values))
        out += bytes(value is not None for value in values)
        known = [value for value in values if value is not None]
        if kind == "texts":
            out += b"".join(struct.pack("<I", len(value)) for value in values)
            known = [item for value in values for item in value]
        if kind in {"text", "json", "texts"}:
            texts = known if kind == "texts" else values
            out += b"".join(struct.pack("<I", len((text or "").encode())) for text in texts)
            out += "".join(known).encode()
        else:
            out += b"".join(struct.pack("<d" if kind == "float" else "<q", value) for value in known)
    return hashlib.sha256(out).hexdigest()


def test_another_program_can_compute_the_checksums(path: Path) -> None:
    sealed = pq.read_metadata(path).metadata[b"lion_tui"]
    header = json.loads(sealed)
    digits = header["checksum"].encode()
    assert hashlib.sha256(sealed.replace(digits, b"0" * 64, 1)).hexdigest().encode() == digits
    (group,) = header["row_groups"]
    values = snapshot(*CONTENTS).columns
    for wide in (False, True):
        columns = [(column.name, column.kind, list(values[column.name])) for column in COLUMNS if column.wide is wide]
        assert group["wide" if wide else "narrow"] == stated_checksum(columns)
    assert group["rows"] == len(CONTENTS)


def test_opening_and_saving_load_no_pandas(path: Path) -> None:
    code = f"""
import sys
from lion_tui.storage import read, write
write({str(path.with_name("copy.parquet"))!r}, read({str(path)!r}))
print("pandas" in sys.modules)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
