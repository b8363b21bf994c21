"""Sessions that are deleted, and brought back."""

from __future__ import annotations

import errno
from pathlib import Path
from typing import Any

import pytest

from lion_tui import Session
from lion_tui.config.paths import sessions_dir, trash_dir
from lion_tui.core.errors import FileError, FileLocked
from lion_tui.storage.trash import bring_back, delete_for_good, in_trash, throw_away


def written(file: Path, prompt: str = "one") -> Path:
    """Write a session of one prompt."""
    file.parent.mkdir(parents=True, exist_ok=True)
    session = Session()
    session.add_message("user", prompt)
    session.save(file)
    return file


def prompt(file: Path) -> str:
    return Session.open(file).current.path()[0].content


def test_a_session_comes_back_as_it_was_with_its_journal() -> None:
    file = written(sessions_dir() / "a.parquet")
    for name in ("a.parquet.journal", "a.parquet.journal.orphan-1"):
        (sessions_dir() / name).write_text(name)
    content = file.read_bytes()
    deleted = throw_away(file)
    assert list(sessions_dir().iterdir()) == []
    assert in_trash() == [deleted]
    assert deleted.origin == file
    assert bring_back(deleted) == file
    assert file.read_bytes() == content
    assert {path.name: path.read_text() for path in sessions_dir().glob("*.journal*")} == {
        name: name for name in ("a.parquet.journal", "a.parquet.journal.orphan-1")
    }
    assert in_trash() == []
    assert list(trash_dir().iterdir()) == []


def test_names_that_are_taken_are_left_alone() -> None:
    file = sessions_dir() / "a.parquet"
    first = throw_away(written(file, "first"))
    second = throw_away(written(file, "second"))
    written(file, "third")
    assert in_trash() == [second, first]
    assert [bring_back(each).name for each in (first, second)] == ["a-2.parquet", "a-3.parquet"]
    assert [prompt(file.with_name(name)) for name in ("a.parquet", "a-2.parquet", "a-3.parquet")] == [
        "third",
        "first",
        "second",
    ]


def test_a_journal_that_stands_alone_keeps_its_name_to_itself() -> None:
    deleted = throw_away(written(sessions_dir() / "a.parquet"))
    (sessions_dir() / "a.parquet.journal").write_text("of another one")
    assert bring_back(deleted).name == "a-2.parquet"


def test_a_session_that_is_open_is_not_deleted() -> None:
    file = written(sessions_dir() / "a.parquet")
    with Session.open(file, write=True), pytest.raises(FileLocked):
        throw_away(file)
    assert file.exists()
    assert in_trash() == []


def test_what_is_gone_cannot_be_deleted_and_leaves_nothing() -> None:
    sessions_dir().mkdir(parents=True)
    with pytest.raises(FileError, match=r"a\.parquet could not be put into the trash"):
        throw_away(sessions_dir() / "a.parquet")
    assert list(trash_dir().iterdir()) == []
    assert list(sessions_dir().iterdir()) == []


def test_a_link_stays_and_leads_to_the_session_again(tmp_path: Path) -> None:
    file, link = written(tmp_path / "a.parquet"), tmp_path / "link.parquet"
    link.symlink_to(file)
    deleted = throw_away(link)
    assert not file.exists()
    assert bring_back(deleted) == file
    assert prompt(link) == "one"


def test_a_folder_that_is_gone_is_made_again(tmp_path: Path) -> None:
    file = written(tmp_path / "there" / "a.toml")
    deleted = throw_away(file)
    file.parent.rmdir()
    assert prompt(bring_back(deleted)) == "one"


def test_from_another_disk_a_session_is_copied(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = written(tmp_path / "a.parquet")
    content = file.read_bytes()
    rename = Path.rename

    def refuse(self: Path, target: Any) -> Path:
        if self.name.startswith("a.parquet"):
            raise OSError(errno.EXDEV, "Invalid cross-device link")
        return rename(self, target)

    monkeypatch.setattr(Path, "rename", refuse)
    deleted = throw_away(file)
    assert not file.exists()
    assert deleted.path.read_bytes() == content
    assert bring_back(deleted).read_bytes() == content
    assert list(trash_dir().iterdir()) == []


def test_what_somebody_else_put_into_the_trash_is_not_offered() -> None:
    for name, note in {
        "a": "no JSON",
        "b": '{"origin": "/x/a.parquet", "at": "no time"}',
        "c": '{"origin": "/x/a.parquet", "at": 5}',
        "d": '{"origin": "/x/origin.json", "at": 5}',
    }.items():
        (trash_dir() / name).mkdir(parents=True)
        (trash_dir() / name / "origin.json").write_text(note)
    assert in_trash() == []


def test_for_good_is_for_good() -> None:
    deleted = throw_away(written(sessions_dir() / "a.parquet"))
    delete_for_good(deleted)
    assert list(trash_dir().iterdir()) == []
    with pytest.raises(FileError, match="could not be brought back"):
        bring_back(deleted)
    with pytest.raises(FileError, match="could not be removed"):
        delete_for_good(deleted)
