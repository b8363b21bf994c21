"""Files that earlier versions of the program wrote, as they wrote them, are read, gone on in, and written anew.

`old_files/first` is of the first version that kept sessions: without drafts, unread answers, votes and groups.
`old_files/journal` is of the first version that had a journal, left by a crash.
"""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from session_checks import check_frames, check_invariants

from lion_tui import Session
from lion_tui.core.header import take_snapshot
from lion_tui.core.snapshot import FORMAT_VERSION

OLD = Path(__file__).parent / "old_files"


@pytest.fixture(params=["first/v1.parquet", "first/v1.toml", "journal/v1.parquet", "journal/v1.toml"])
def path(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    for file in (OLD / request.param).parent.iterdir():
        shutil.copy(file, tmp_path)
    return tmp_path / Path(request.param).name


def contents(session: Session, branch: str) -> list[str]:
    return [message.content for message in session.branches[branch].path()]


def test_all_is_there(path: Path) -> None:
    session = Session.open(path)
    has_journal = path.with_name(f"{path.name}.journal").exists()
    more = ["in the journal", "more", "And on."] if has_journal else []
    assert len(session.report) == has_journal
    assert session.title == "Whale\r\nand shark"
    assert contents(session, "try")[2:] == ["é \x1b[31m \u2028", "b", *more]
    assert contents(session, "main")[3:] == ["Another?\r\n"], "its answer was deleted"
    assert session.current.name == "try"
    ref = session.state.refs[session.branches["try"].branch_id or ""]
    assert (ref.note, ref.colour, ref.params) == ("n", "red", {"stop": ["x"]})
    assert session.state.overlay["params"] == {"temperature": 0.5}
    assert [prompt.text for prompt in session.queue("try")] == ["later"]
    assert session.state.votes == {}
    assert session.state.groups == {}
    check_invariants(session)
    check_frames(session)


def test_it_is_gone_on_in_and_everything_can_be_undone(path: Path) -> None:
    with Session.open(path, write=True) as session:
        session.add_message("user", "on we go")
        session.bookmark(session.path()[-1])
    session = Session.open(path)
    assert session.report == []
    assert contents(session, "try")[-1] == "on we go"
    undone = 0
    while session.undo():
        undone += 1
        check_invariants(session)
    assert undone == len(session.state.redo) > 5
    assert session.path() == [] or session.path()[0].role == "system"


@pytest.mark.parametrize("extension", ["parquet", "toml"])
def test_written_anew_it_is_the_same(extension: str, path: Path) -> None:
    session = Session.open(path)
    again = path.with_name(f"again.{extension}")
    session.save(again)
    assert take_snapshot(Session.open(again).state) == take_snapshot(session.state)


def test_there_is_a_file_of_every_format() -> None:
    assert FORMAT_VERSION == 1, "keep a file of the format before beside this test, and let it be read"
