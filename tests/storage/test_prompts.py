"""The prompts that are kept over sessions: what is purged leaves them too."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from lion_tui import Session
from lion_tui.core.errors import SaveFailed, UsageError
from lion_tui.storage.prompts import add_prompt, forget_prompts, prompts_file, read_prompts

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


def keep(*prompts: str) -> Path:
    for prompt in prompts:
        add_prompt(prompts_file(), prompt)
    return prompts_file()


@pytest.fixture
def session(tmp_path: Path) -> Iterator[Session]:
    with Session.open(tmp_path / "s.parquet", write=True) as session:
        yield session


def test_what_is_purged_leaves_the_prompts_and_the_drafts_at_once(session: Session) -> None:
    secret = "my password is\nhunter2"
    file = keep("Hi", secret, f"/now {secret}", f"{secret}\nand more", "hunter2 is a novel", "/system be terse")
    session.add_message("system", "be terse")
    top = session.add_message("user", "Hi")
    session.add_message("assistant", "Hello.")
    session.add_message("user", f"{secret}\n\nnotes.txt:\n```txt\nx\n```")
    session.add_message("user", secret)
    session.state.set_draft(session.current.branch_id or "", secret)
    session.delete(top)
    with pytest.raises(UsageError, match="Only a deleted message"):
        session.purge(session.current.path()[0])
    assert len(read_prompts(file)) == 6
    assert session.purge(top) == 4
    assert read_prompts(file) == ["hunter2 is a novel", "/system be terse"]
    assert b"password" not in file.read_bytes()
    assert not session.state.drafts


def test_what_another_program_adds_meanwhile_stays() -> None:
    file = keep("one", "two")
    with file.open("ab") as other:
        forget_prompts(file, ["one"])
        other.write(b'"three"\n')
    assert read_prompts(file) == ["two", "three"]


def test_prompts_that_cannot_be_changed_are_named(session: Session) -> None:
    prompts_file().mkdir(parents=True)
    message = session.add_message("user", "secret")
    session.delete(message)
    with pytest.raises(SaveFailed, match=r"still among the prompts in .*prompts\.jsonl"):
        session.purge(message)
    assert session.message(message.node_id).content == ""


def test_where_no_prompts_are_kept_nothing_is_made(session: Session) -> None:
    message = session.add_message("user", "secret")
    session.delete(message)
    assert session.purge(message) == 1
    assert not prompts_file().exists()
