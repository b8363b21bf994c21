from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from session_snapshots import same, snapshot, snapshots

from lion_tui.core.errors import DamagedFile, UsageError
from lion_tui.core.snapshot import Snapshot
from lion_tui.core.texts import MemoryTexts
from lion_tui.storage import read, write

if TYPE_CHECKING:
    from pathlib import Path

EXTENSIONS = ["parquet", "toml"]


def test_line_breaks_survive_in_every_column(tmp_path: Path) -> None:
    texts = ["\r\n", "\r", "\n", "a\r\nb\n"]
    for column in ("content", "sender", "reasoning", "source_ids", "parts"):
        values: dict[str, list[Any]] = {
            "source_ids": [(text,) for text in texts],
            "parts": [json.dumps([text], separators=(",", ":")) for text in texts],
        }
        session = changed(snapshot(*"abcd"), column, values.get(column, texts))
        for extension in EXTENSIONS:
            write(tmp_path / f"s.{extension}", session)
            assert same(read(tmp_path / f"s.{extension}"), session), column


@given(original=snapshots())
def test_parquet_and_toml_hold_every_session(original: Snapshot, tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.mktemp("files", numbered=True)
    last = original
    for name in ("1.parquet", "2.parquet", "3.toml", "4.parquet"):
        write(folder / name, last)
        last = read(folder / name)
        assert same(last, original), name


def test_the_same_session_makes_the_same_bytes(tmp_path: Path) -> None:
    session = snapshot("one", "two")
    for extension in EXTENSIONS:
        first, second = tmp_path / f"1.{extension}", tmp_path / f"2.{extension}"
        write(first, session)
        write(second, read(first))
        assert first.read_bytes() == second.read_bytes()


def test_several_row_groups(tmp_path: Path) -> None:
    session = snapshot(*(f"message {at}" for at in range(20_001)))
    write(tmp_path / "s.parquet", session)
    assert same(read(tmp_path / "s.parquet"), session)


@settings(max_examples=25, deadline=None)
@given(data=st.data())
def test_texts_that_are_as_they_were_read_are_written_beside_new_ones(
    data: st.DataObject, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """From the file they came as Arrow, and go there so, in pieces of any length."""
    folder = tmp_path_factory.mktemp("files", numbered=True)
    cycle = data.draw(st.lists(st.sampled_from(["é", "plain", "\r\n", ""]), min_size=1, max_size=3))
    texts = [cycle[at % len(cycle)] for at in range(2500)]
    session = changed(snapshot(*texts), "reasoning", [None if at % 7 < 5 else text for at, text in enumerate(texts)])
    write(folder / "1.parquet", session)
    found = read(folder / "1.parquet")
    kept = MemoryTexts({name: found.columns[name] for name in ("content", "reasoning", "parts")})
    expected = {name: list(session.columns[name]) for name in ("content", "reasoning", "parts")}
    for row in data.draw(st.lists(st.integers(0, 2499), max_size=3)):
        kept.replace(row, "new", None, "[]")
        expected["content"][row], expected["reasoning"][row], expected["parts"][row] = "new", None, "[]"
    columns = {**found.columns, **{name: kept.column(name) for name in expected}}
    write(folder / "2.parquet", Snapshot(found.header, columns))
    assert same(read(folder / "2.parquet"), Snapshot(session.header, {**session.columns, **expected}))


@pytest.mark.parametrize("extension", EXTENSIONS)
def test_not_a_number_is_a_float_like_another(extension: str, tmp_path: Path) -> None:
    session = changed(snapshot("one"), "cost_usd", [math.nan])
    write(tmp_path / f"s.{extension}", session)
    assert math.isnan(read(tmp_path / f"s.{extension}").columns["cost_usd"][0])


@pytest.mark.parametrize("name", ["s.json", "s", "s.parquet.gz"])
def test_another_extension_is_refused(name: str, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"\.parquet or \.toml"):
        write(tmp_path / name, snapshot())
    assert not any(tmp_path.iterdir())


def changed(session: Snapshot, column: str, values: list[Any] | None) -> Snapshot:
    columns = {**session.columns, column: values}
    return Snapshot(session.header, {name: column for name, column in columns.items() if column is not None})


@pytest.mark.parametrize("extension", EXTENSIONS)
@pytest.mark.parametrize(
    ("column", "values", "says"),
    [
        ("content", None, "'content' is missing"),
        ("contents", ["", ""], "'contents' is unknown"),
        ("content", ["one"], "1 values for 2 messages"),
        ("content", ["one", None], "'content' lacks a value"),
        ("content", ["one", b"two"], "'content' holds a bytes"),
        ("content", ["one", "\ud800"], "Unicode"),
        ("seq", [0, True], "'seq' holds a bool"),
        ("seq", [0, 2**63], "beyond 64 bits"),
        ("cost_usd", [None, 1], "'cost_usd' holds a int"),
        ("source_ids", [(), ("n0", None)], "'source_ids' holds a list of other things"),
        ("params", [None, "{"], "'params' holds text that is not JSON"),
        ("params", [None, "NaN"], "'params' holds text that is not JSON"),
        ("params", [None, "[" * 100_000], "'params' holds text that is not JSON"),
        ("role", ["user", "developer"], "'developer'"),
        ("status", ["complete", "done"], "'done'"),
        ("origin", ["user", "space"], "'space'"),
        ("node_id", ["n0", "n0"], "same node_id"),
    ],
)
def test_what_a_session_cannot_hold_is_not_written(
    column: str, values: list[Any] | None, says: str, extension: str, tmp_path: Path
) -> None:
    with pytest.raises(UsageError, match=says):
        write(tmp_path / f"s.{extension}", changed(snapshot("one", "two"), column, values))
    assert not any(tmp_path.iterdir())


def nested(depth: int) -> list[Any]:
    value: list[Any] = []
    for _ in range(depth):
        value = [value]
    return value


@pytest.mark.parametrize("extension", EXTENSIONS)
@pytest.mark.parametrize("value", [math.nan, math.inf, b"", {1, 2}, "\ud800", nested(100_000)], ids=type)
def test_a_header_that_is_not_json_is_not_written(value: Any, extension: str, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="neither JSON nor Unicode text"):
        write(tmp_path / f"s.{extension}", snapshot("one", note=value))
    assert not any(tmp_path.iterdir())


LIKE_A_MESSAGE = 'A session as a text:\n[[message]]\nnode_id = "n1"\n\n[session]\ntitle = "another"\n'


@pytest.mark.parametrize("extension", EXTENSIONS)
def test_a_text_that_looks_like_the_file_and_one_that_is_long(extension: str, tmp_path: Path) -> None:
    long = f'{"long" * 30_000}"\n\\'
    session = snapshot(*[LIKE_A_MESSAGE, "short", long, '"""', LIKE_A_MESSAGE * 2] * 40)
    write(tmp_path / f"s.{extension}", session)
    assert same(read(tmp_path / f"s.{extension}"), session)


class TestToml:
    @pytest.fixture
    def path(self, tmp_path: Path) -> Path:
        path = tmp_path / "s.toml"
        write(path, snapshot("A walk\nby the sea", 'He said """no""".', title=None, tags=["a", "b"]))
        return path

    def edit(self, path: Path, old: str, new: str, *, accept: bool = True) -> None:
        text = path.read_text()
        assert old in text
        text = text.replace(old, new)
        path.write_text("\n".join(line for line in text.split("\n") if not (accept and line.startswith("checksum"))))

    def test_reads_well(self, path: Path) -> None:
        text = path.read_text()
        assert text.count("\n[[message]]\n") == 2
        assert 'content = """\nA walk\nby the sea"""' in text
        assert "timestamp = 2023-11-14 22:13:20+00:00" in text
        assert "\n[message.params]\ntemperature = 0.5\n" in text
        assert "deleted_at" not in text

    def test_layout_and_comments_are_not_content(self, path: Path) -> None:
        before = read(path)
        text = path.read_text().replace("\n[[message]]", "\n\n  [[message]] # another").replace(" = ", "  =  ")
        path.write_bytes(b"\xef\xbb\xbf" + text.replace("\n", "\r\n").encode())
        assert same(read(path), before)

    @pytest.mark.parametrize(
        ("old", "new"),
        [
            ("by the sea", "by the lake"),
            ("seq = 1", "seq = 2"),
            ("temperature = 0.5", "temperature = 0.6"),
            ('tags = [\n    "a",', "tags = ["),
            ('parent_id = "n0"\n', ""),
            ('null = [\n    "title",\n]', ""),
        ],
    )
    def test_an_edit_has_to_be_accepted(self, old: str, new: str, path: Path) -> None:
        before = read(path)
        self.edit(path, old, new, accept=False)
        with pytest.raises(DamagedFile) as caught:
            read(path)
        assert "delete the line `checksum = …`" in caught.value.remedy
        self.edit(path, "", "")
        assert not same(read(path), before)

    @pytest.mark.parametrize(
        ("old", "new", "says"),
        [
            ("content = ", "contents = ", "in message 1, the key 'contents' is unknown"),
            ('content = "', 'reasoning = "', "'content' lacks a value"),
            ("seq = 1", 'seq = "1"', "'seq' holds a str"),
            ("22:13:20+00:00", "22:13:20", "'timestamp' lacks its offset"),
            ("[[message]]", "[[massage]]", "the key 'massage' is unknown"),
            ("format = 1", "format = 1\nfont = 2", "the key 'lion_tui.font' is unknown"),
            ("format = 1", "format = true", "no format version"),
            ("[session]", "[session]\nwhen = 1979-05-27", "is a date"),
            ("[session]", "[session]\nwhen = nan", "finite number"),
            ('    "title",', '    "tags",', "'null'"),
            ("[[message]]", "[message]", "not TOML"),
        ],
    )
    def test_an_edit_that_is_no_session_is_refused(self, old: str, new: str, says: str, path: Path) -> None:
        self.edit(path, old, new)
        before = path.read_bytes()
        with pytest.raises(DamagedFile, match=says):
            read(path)
        assert path.read_bytes() == before

    def test_what_stands_between_messages_is_refused(self, path: Path) -> None:
        self.edit(path, "", "")
        text = path.read_text()
        for more, says in (("[session]\ntitle = 1\n", "not TOML"), ("[other]\n", "the key 'other' is unknown")):
            path.write_text(text + more)
            with pytest.raises(DamagedFile, match=says):
                read(path)

    def test_tables_may_stand_in_another_order(self, path: Path) -> None:
        before = read(path)
        head, *messages = path.read_text().split("\n[[message]]\n")
        path.write_text("".join(f"\n[[message]]\n{message}" for message in messages) + head)
        assert same(read(path), before)

    def test_times_may_have_any_offset_and_floats_no_fraction(self, path: Path) -> None:
        before = read(path)
        self.edit(path, "22:13:20+00:00", "23:43:20+01:30")
        self.edit(path, "cost_usd = 0.25", "cost_usd = 1")
        after = read(path)
        assert after.columns["timestamp"] == before.columns["timestamp"]
        assert after.columns["cost_usd"] == [None, 1.0]
        assert type(after.columns["cost_usd"][1]) is float

    def test_json_is_shown_as_toml_only_where_nothing_is_lost(self, tmp_path: Path) -> None:
        shown = ['{"a":[1,null,{"b":"x\\r\\n"}]}', '[{"type":"text"},{"type":"image"}]']
        kept = [
            '{"a": 1}',
            '{"a":1E5}',
            "[1e400]",
            '{"a":1,"a":2}',
            '["\\ud800"]',
            '"text"',
            "null",
            "[" * 500 + "]" * 500,
        ]
        session = changed(snapshot(*shown, *kept), "parts", [*shown, *kept])
        write(tmp_path / "s.toml", session)
        text = (tmp_path / "s.toml").read_text()
        assert text.count("\nparts = ") + text.count("message.parts]") == len(shown + kept)
        assert text.count('\nparts = "') + text.count('\nparts = """') == len(kept)
        assert same(read(tmp_path / "s.toml"), session)
