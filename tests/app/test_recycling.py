"""What was deleted or archived, in its list: brought back, or purged after a question."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stage import kept, staged

from lion_tui.app.screens.listing import Listing
from lion_tui.core.operations.recycling import deleted_subtrees

if TYPE_CHECKING:
    from pathlib import Path


async def test_what_was_deleted_is_listed_with_its_size_and_comes_back() -> None:
    async with staged("Yes.") as stage:
        await stage.ask("first")
        await stage.ask("second one")
        await stage.press("escape", "k", "d", "d")
        await stage.until("Deleted 2 messages")
        await stage.press("D")
        await stage.until("Deleted and archived · 1")
        line = stage.row("✕ second one")
        assert "2 messages · 20" in line
        await stage.press("enter")
        await stage.until("Nothing is deleted")
        assert stage.talk == ["first", "Yes.", "second one", "Yes."]
        await stage.press("escape", "u")
        assert stage.talk == ["first", "Yes."]


async def test_what_is_archived_is_listed_too_and_not_purged() -> None:
    async with staged("Yes.") as stage:
        await stage.ask("first")
        await stage.press("escape", "a", "D")
        await stage.until("○ Yes.")
        await stage.press("delete")
        await stage.until("What is archived is not deleted.")
        await stage.press("enter")
        await stage.until("Nothing is deleted, and nothing archived.")
        assert stage.session.state.marks == {}


async def test_purging_asks_first_and_is_final(tmp_path: Path) -> None:
    file = tmp_path / "s.parquet"
    async with staged("Yes.", file=file) as stage:
        await stage.ask("a secret")
        await stage.press("escape", "k", "d", "d", "D")
        await stage.until("✕ a secret")
        await stage.press("delete")
        await stage.until("Purge 2 messages for good? Copies, exports and the trash keep the text")
        assert stage.session.state.undo
        await stage.press("delete")
        await stage.until("Purged 2 messages")
        await stage.until("Nothing is deleted")
        assert not stage.session.state.undo
        await stage.press("escape")
        await stage.until(lambda: not isinstance(stage.app.screen, Listing))
    assert "a secret" not in str(kept(file))


@given(
    st.lists(st.tuples(st.integers(-1, 30), st.integers(0, 2)), max_size=30),
)
def test_each_deletion_is_listed_once_with_all_that_went_with_it(rows: list[tuple[int, int]]) -> None:
    parents = [min(parent, row - 1) for row, (parent, _) in enumerate(rows)]
    times = [time for _, time in rows]
    found = deleted_subtrees(parents, times)
    assert sum(each.messages for each in found) == sum(map(bool, times))
    assert [each.deleted_at for each in found] == sorted((each.deleted_at for each in found), reverse=True)
    for each in found:
        parent = parents[each.row]
        assert parent == -1 or times[parent] != each.deleted_at
        below = {each.row}
        for row in range(each.row + 1, len(rows)):
            if parents[row] in below and times[row] == each.deleted_at:
                below.add(row)
        assert len(below) == each.messages


@pytest.mark.parametrize("pane", ["chat", "tree"])
async def test_a_key_that_is_pressed_twice_deletes_one_message_and_asks_about_the_next(pane: str) -> None:
    async with staged() as stage:
        await stage.ask("one")
        await stage.ask("two")
        await stage.press(*(["escape"] if pane == "chat" else ["f2", "G"]))
        await stage.press("d", "d")
        await stage.until("Delete 1 message with the end of 1 branch, from “two” on? The same again does it")
        assert stage.talk == ["one", "Yes.", "two"]
        await stage.press("d")
        await stage.until("Deleted 1 message with the end of 1 branch, “two”. u brings it back.")
        assert stage.talk == ["one", "Yes."]
        await stage.press("u", "u")
        await stage.until(lambda: stage.talk == ["one", "Yes.", "two", "Yes."])
        await stage.press("d")
        await stage.until(lambda: stage.talk == ["one", "Yes.", "two"])
