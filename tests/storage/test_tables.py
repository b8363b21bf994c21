"""Messages as CSV and JSON: lossless, read by others, and read from others."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pandas as pd
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from session_snapshots import _CHOICES, _VALUES, INT64, snapshot

from lion_tui.core.errors import FileError, ForeignFile, SaveFailed, UsageError
from lion_tui.core.ids import from_datetime
from lion_tui.core.message import COLUMNS
from lion_tui.storage.tables import read_table, write_table

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

CONTENTS = (
    "A walk\r\nby the sea",
    'nul \0, escape \x1b, \u2028, \ufeff, ", \\ and \U0001f600',
    "",
    "\r",
    "NULL",
    " x ",
)
NAMES = ("s.csv", "s.json", "s.jsonl")
FIRST, LAST = (from_datetime(moment.replace(tzinfo=UTC)) for moment in (datetime.min, datetime.max))  # noqa: DTZ901 - given a zone at once


def read(path: Path) -> dict[str, list[Any]]:
    return read_table(path, "csv" if path.suffix == ".csv" else "json")


@st.composite
def columns(draw: Callable[[st.SearchStrategy[Any]], Any]) -> dict[str, list[Any]]:
    """Any messages that a session can have and show."""
    rows = draw(st.integers(0, 4))
    drawn = {}
    for column in COLUMNS:
        values = st.sampled_from(_CHOICES[column.name]) if column.name in _CHOICES else _VALUES[column.kind]
        if column.kind == "time":
            values = st.integers(FIRST, LAST)
        if column.kind == "float":
            values = st.floats(allow_nan=False, allow_infinity=False)
        if column.name == "seq":
            values = st.integers(0, INT64["max_value"])
        values = values if column.required else st.none() | values
        unique = column.name == "node_id"
        drawn[column.name] = draw(st.lists(values, min_size=rows, max_size=rows, unique=unique))
    return drawn


@given(columns=columns(), name=st.sampled_from(NAMES))
def test_every_value_of_every_column_comes_back_as_it_was(
    columns: dict[str, list[Any]], name: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = tmp_path_factory.mktemp("t") / name
    write_table(path, columns)
    found = read(path)
    assert found == columns
    assert repr(found) == repr(columns), "down to the type of a number and the sign of zero"


@pytest.fixture(params=NAMES)
def path(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    path = tmp_path / str(request.param)
    write_table(path, snapshot(*CONTENTS).columns)
    return path


def test_a_new_file_is_its_owners_alone_and_a_json_array_is_one(path: Path) -> None:
    assert path.stat().st_mode & 0o777 == 0o600
    assert list(path.parent.iterdir()) == [path]
    if path.suffix == ".json":
        assert [list(row) for row in json.loads(path.read_text())] == [[each.name for each in COLUMNS]] * len(CONTENTS)
    if path.suffix == ".jsonl":
        assert [json.loads(line)["seq"] for line in path.read_bytes().splitlines()] == list(range(len(CONTENTS)))


def test_pandas(path: Path) -> None:
    if path.suffix == ".csv":
        frame = pd.read_csv(path, keep_default_na=False, na_values=[""], parse_dates=["timestamp"])
        expected = [content or None for content in CONTENTS]  # it does not tell null from an empty text
        assert [None if pd.isna(content) else content for content in frame["content"]] == expected
    else:
        frame = pd.read_json(path, lines=path.suffix == ".jsonl", dtype=False)
        frame["timestamp"] = pd.to_datetime(frame["timestamp"])
        assert list(frame["content"]) == list(CONTENTS)
        assert list(frame["source_ids"][2]) == ["n1"]
    assert list(frame.columns) == [column.name for column in COLUMNS]
    assert frame["timestamp"][1].to_pydatetime() == datetime.fromtimestamp(1_700_000_000, UTC).replace(microsecond=1)
    assert frame["tokens_out"].sum() == 21


def test_polars(path: Path) -> None:
    if path.suffix == ".csv":
        frame = pl.read_csv(path, try_parse_dates=True)
        assert dict(frame.schema)["timestamp"] == pl.Datetime("us", "UTC")
    else:
        frame = pl.read_json(path) if path.suffix == ".json" else pl.read_ndjson(path)
        assert frame["source_ids"].to_list()[2] == ["n1"]
    assert frame["content"].to_list() == list(CONTENTS)
    assert frame["cost_usd"].to_list()[:3] == [None, 0.25, None]


def test_duckdb(path: Path) -> None:
    # In a process of its own: at its end DuckDB may tell standard error what it has not freed.
    read = "read_csv" if path.suffix == ".csv" else "read_json"
    code = f"""
import duckdb, json
with duckdb.connect() as connection:
    rows = connection.execute(f"from {read}({str(path)!r}) select content, cost_usd, epoch_us(timestamp) order by seq")
    print(json.dumps(rows.fetchall()))
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    rows = json.loads(done.stdout)
    assert [content or "" for content, _, _ in rows] == list(CONTENTS)
    assert [cost for _, cost, _ in rows] == [None, 0.25] * 3
    assert [time for _, _, time in rows] == snapshot(*CONTENTS).columns["timestamp"]


# From others


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.csv", 'role,content\nuser,"Hello, you"\nassistant,Hi\n'),
        ("a.csv", '\ufeffrole,content\r\n"user","Hello, you"\r\nassistant,Hi'),
        ("a.csv", ',role,content\n0,user,"Hello, you"\n1,assistant,Hi\n'),
        ("a.json", '[{"role": "user", "content": "Hello, you"}, {"content": "Hi", "role": "assistant"}]'),
        ("a.json", '{"role": "user", "content": "Hello, you"}\n\n{"content": "Hi", "role": "assistant"}\n'),
        ("a.jsonl", ' [{"role": "user", "content": "Hello, you"}, {"content": "Hi", "role": "assistant"}]'),
    ],
)
def test_roles_and_contents_are_enough(name: str, text: str, tmp_path: Path) -> None:
    (tmp_path / name).write_text(text, newline="")
    found = read(tmp_path / name)
    assert (found["role"], found["content"]) == (["user", "assistant"], ["Hello, you", "Hi"])
    assert found["parent_id"] == [None, found["node_id"][0]], "each follows the one before"
    assert (found["seq"], found["sender"], found["recipient"]) == ([1, 2], ["user", "assistant"], ["main", "main"])
    assert (found["origin"], found["status"], found["source_ids"]) == (["import"] * 2, ["complete"] * 2, [(), ()])
    assert found["metadata"] == [None, None]


def test_what_no_message_has_goes_to_its_metadata(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text(
        'role,content,mood,metadata\nuser,Hello,good,"{""a"":1}"\nuser,You,,\nuser,X,bad,3\n'
    )
    assert read(tmp_path / "a.csv")["metadata"] == ['{"a":1,"mood":"good"}', None, '{"metadata":3,"mood":"bad"}']


def test_an_empty_session_is_an_empty_table(tmp_path: Path) -> None:
    for name in NAMES:
        write_table(tmp_path / name, snapshot().columns)
        assert read(tmp_path / name) == snapshot().columns
    assert json.loads((tmp_path / "s.json").read_text()) == []


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("a.csv", b"", "it is an empty file"),
        ("a.csv", b"price\n1\n", "the column 'role' is missing. A message needs a role and a content."),
        ("a.csv", b'role,content\nuser,"Hello\n', "a text in quotes has no end"),
        ("a.csv", b"role,content\nuser\n", "it is not CSV (Expected 2 columns, got 1: user)"),
        ("a.csv", b"role,content,role\nuser,x,y\n", "two columns have one name"),
        ("a.csv", b"role,content\nuser,\xff\n", "it is not UTF-8 text"),
        ("a.csv", b"PAR1\0\0", "the column 'role' is missing"),
        (
            "a.csv",
            b"role,content\nuser,x\nboss,y\n",
            "in row 2, the column 'role' holds 'boss'. It holds one of assist",
        ),
        ("a.csv", b"role,content\n,x\n", "in row 1, the column 'role' holds nothing"),
        ("a.csv", b"role,content,seq\nuser,x,\n", "in row 1, the column 'seq' holds nothing"),
        ("a.csv", b"role,content,seq\nuser,x,-1\n", "the column 'seq' holds '-1'. It holds a whole number from 0"),
        ("a.csv", b"role,content,tokens_in\nuser,x,many\n", "'tokens_in' holds 'many'. It holds a whole number"),
        ("a.csv", b"role,content,tokens_in\nuser,x,9223372036854775808\n", "a whole number of 64 bits"),
        ("a.csv", b"role,content,timestamp\nuser,x,noon\n", "a time, such as 2026-07-01T10:00:00+00:00"),
        ("a.csv", b"role,content,params\nuser,x,{\n", "'params' holds '{'. It holds JSON"),
        ("a.csv", b"role,content,source_ids\nuser,x,[1]\n", "a list of texts"),
        ("a.csv", b"role,content,node_id\nuser,x,1\nuser,y,1\n", "two messages have the same node_id"),
        ("a.json", b"[", "it is not JSON"),
        ("a.json", b"[1]", "number 1 of its values is no object"),
        ("a.jsonl", b'{"role":"user","content":"x"}\n{"role"', "line 2 is not JSON"),
        ("a.jsonl", b'{"role":"user","content":5}\n', "in row 1, the column 'content' holds 5. It holds text"),
        ("a.jsonl", b'{"role":"user","content":"x","timestamp":1700000000}\n', "It holds a time"),
        ("a.jsonl", b'{"role":"user","content":"x","tokens_in":true}\n', "It holds a whole number"),
        ("a.json", b"[" * 100_000, "it is not JSON"),
    ],
)
def test_what_is_no_table_of_messages_is_named_with_its_row(
    name: str, content: bytes, message: str, tmp_path: Path
) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(ForeignFile) as caught:
        read(path)
    assert message in str(caught.value)
    assert str(caught.value).startswith(f"{name} is no table of messages: ")
    assert caught.value.remedy
    assert path.read_bytes() == content


def test_what_cannot_be_read_is_named(tmp_path: Path) -> None:
    with pytest.raises(FileError, match=r"There is no file a\.csv in"):
        read(tmp_path / "a.csv")
    (tmp_path / "folder.json").mkdir()
    with pytest.raises(ForeignFile, match="it is a folder"):
        read(tmp_path / "folder.json")
    os.mkfifo(tmp_path / "pipe.csv")
    with pytest.raises(ForeignFile, match="it is not a regular file"):
        read(tmp_path / "pipe.csv")


def test_what_cannot_be_written_leaves_nothing_behind(tmp_path: Path) -> None:
    columns = snapshot("x").columns
    with pytest.raises(UsageError, match=r"Let it end in \.csv, \.json or \.jsonl"):
        write_table(tmp_path / "a.txt", columns)
    (tmp_path / "folder.csv").mkdir()
    with pytest.raises(SaveFailed, match="not a regular file"):
        write_table(tmp_path / "folder.csv", columns)
    with pytest.raises(SaveFailed, match="Its folder is not there"):
        write_table(tmp_path / "nowhere" / "a.csv", columns)
    assert list(tmp_path.iterdir()) == [tmp_path / "folder.csv"]
