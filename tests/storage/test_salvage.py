"""What is read of a damaged file: never other data than was written, and always a word about what is missing."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

import pyarrow.parquet as pq
import pytest

from lion_tui import Session
from lion_tui.core.errors import DamagedFile, ForeignFile, LionError, NewerFile
from lion_tui.core.header import take_snapshot
from lion_tui.storage import parquet
from lion_tui.storage.journal import encode, journal_of

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

FLIPS = 400
AWKWARD = 'It says """\n[[message]]\nnode_id = "x"\n[[message]]\n"""\n\\"""" and so on.'


def talk() -> Session:
    session = Session("Be brief.", title="A walk")
    for number in range(6):
        session.add_message("user", f"question {number} {AWKWARD}{chr(13) if number % 2 else ''}")
        session.add_message("assistant", f"answer {number}")
    session.fork("main", "other")
    session.checkout("other")
    session.add_message("user", "on the other branch")
    return session


@pytest.fixture(params=["s.parquet", "s.toml"])
def file(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    path: Path = tmp_path / request.param
    talk().save(path)
    return path


def contents(session: Session) -> dict[str, tuple[str, str | None]]:
    return {message.node_id: (message.content, message.error) for message in map(session.message, ids(session))}


def ids(session: Session) -> list[str]:
    return list(session.state.tree.node_id)


def change(path: Path, how: Callable[[bytes], bytes]) -> bytes:
    data = how(path.read_bytes())
    path.write_bytes(data)
    return data


def test_of_a_whole_file_it_is_all(file: Path) -> None:
    session = Session.salvage(file)
    assert session.report == []
    assert take_snapshot(session.state) == take_snapshot(Session.open(file).state)


def test_a_journal_that_does_not_fit_is_left_out_and_the_file_is_all_there(file: Path) -> None:
    state = Session.open(file).state
    begun = {"format": 1, "session": state.session_id, "base": state.op}
    journal_of(file).write_bytes(encode([begun, {"op": state.op + 5, "show": [None, None]}]))
    session = Session.salvage(file)
    assert session.report == [f"The journal of {file.name} does not fit it after 0 records; the rest was left out."]
    assert take_snapshot(session.state) == take_snapshot(state)


def test_of_a_damaged_file_it_is_said_that_the_journal_is_left_out(file: Path) -> None:
    with Session.open(file, write=True) as session:
        session.add_message("user", "another")
    session = Session.open(file, write=True)
    session.add_message("user", "the last")
    session.abandon()
    change(file, lambda data: data.replace(b"A walk", b'A" a' + b"lk"))
    report = Session.salvage(file).report
    assert f"What was done last is in its journal, {file.name}.journal, which was left out." in report


def test_no_flipped_bit_makes_another_text_without_a_word(file: Path) -> None:
    written, data = Session.open(file), file.read_bytes()
    whole, as_written = contents(written), take_snapshot(written.state)
    salvaged = 0
    for at in random.sample(range(len(data) * 8), FLIPS):
        flipped = bytearray(data)
        flipped[at // 8] ^= 1 << at % 8
        file.write_bytes(flipped)
        try:
            session = Session.salvage(file)
        except LionError:
            continue
        salvaged += 1
        if not session.report:
            assert take_snapshot(session.state) == as_written
        elif file.suffix == ".parquet":
            for node_id, (content, error) in contents(session).items():
                if node_id in whole:
                    assert (content, error) == whole[node_id] or (content == "" and "lost" in str(error))
        assert file.read_bytes() == flipped, "the file is only read"
    assert salvaged


def test_a_cut_toml_file_keeps_what_comes_before_the_cut(tmp_path: Path) -> None:
    file = tmp_path / "s.toml"
    talk().save(file)
    whole = contents(Session.open(file))
    change(file, lambda data: data[: data.index(b"answer 4") - 3])
    session = Session.salvage(file)
    assert "1 of the messages could not be read (11)." in session.report
    assert any("may differ" in sentence for sentence in session.report)
    assert len(ids(session)) == 10
    assert contents(session).items() <= whole.items()
    assert session.title == "A walk"
    assert session.undo() is None


def test_messages_without_their_parent_are_under_lost_and_found(tmp_path: Path) -> None:
    file = tmp_path / "s.toml"
    talk().save(file)
    change(file, lambda data: data.replace(b'"answer 2"', b'"answer 2'))
    session = Session.salvage(file)
    assert "1 message had no parent and is under lost+found." in session.report
    path = session.branches["main"].path()
    assert path[0].sender == "lost+found"
    assert [message.content for message in path[1:3]] == [f"question 3 {AWKWARD}\r", "answer 3"]
    session.save(tmp_path / "copy.parquet")
    assert contents(Session.open(tmp_path / "copy.parquet")) == contents(session)


def test_a_lost_header_makes_branches_of_the_last_messages(file: Path) -> None:
    whole = contents(Session.open(file))
    change(file, lambda data: data.replace(b"A walk", b'A" a' + b"lk"))
    session = Session.salvage(file)
    assert contents(session) == whole
    assert "Its title, branches and marks could not be read: each last message ends a branch now." in session.report
    assert list(session.branches) == ["other"]
    assert session.current.path()[-1].content == "on the other branch"


def test_of_a_parquet_file_whole_row_groups_are_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parquet, "ROW_GROUP", 4)
    file = tmp_path / "s.parquet"
    talk().save(file)
    whole, data = contents(Session.open(file)), file.read_bytes()
    with file.open("rb") as source:
        metadata = pq.ParquetFile(source).metadata
    reached = set()
    for group in range(metadata.num_row_groups):
        for column in range(metadata.row_group(group).num_columns):
            part = metadata.row_group(group).column(column)
            at = (part.dictionary_page_offset or part.data_page_offset) + part.total_compressed_size // 2
            file.write_bytes(data[:at] + bytes([data[at] ^ 255]) + data[at + 1 :])
            session = Session.salvage(file)
            name = part.path_in_schema.split(".")[0]
            texts = [content for content, _ in contents(session).values()]
            lost = 14 - sum(text in texts for text, _ in whole.values())
            reached.add((name, lost))
            if lost:
                assert any("The texts of the messages" in sentence for sentence in session.report), name
            elif session.report:
                assert any(name in sentence for sentence in session.report), name
    wide = {"content", "reasoning", "parts"}
    assert {name for name, lost in reached if lost} <= wide, "no other column costs a text"
    assert ("content", 4) in reached
    assert {name for name, lost in reached if not lost} >= {"parent_id", "role", "ttft_s", "node_id"}


@pytest.mark.parametrize(
    ("name", "how", "error"),
    [
        ("s.parquet", lambda data: data[: len(data) // 2], DamagedFile),
        ("s.toml", lambda data: data[: data.index(b"[session]")], DamagedFile),
        ("s.toml", lambda _: b"a = 1\n", ForeignFile),
        ("s.toml", lambda data: data.replace(b"format = 1", b"format = 9").replace(b'"answer 1"', b'"'), NewerFile),
    ],
)
def test_what_cannot_be_salvaged_says_so(
    name: str, how: Callable[[bytes], bytes], error: type[LionError], tmp_path: Path
) -> None:
    file = tmp_path / name
    talk().save(file)
    data = change(file, how)
    with pytest.raises(error) as caught:
        Session.salvage(file)
    assert "--salvage" not in str(caught.value)
    assert file.read_bytes() == data


def test_a_salvaged_session_is_not_written_over_the_damaged_file(tmp_path: Path) -> None:
    file = tmp_path / "s.toml"
    talk().save(file)
    data = change(file, lambda data: data.replace(b'"answer 2"', b'"answer 2'))
    session = Session.salvage(file)
    with pytest.raises(LionError, match="is there already"):
        session.save(file)
    assert session.file is None
    assert file.read_bytes() == data
