"""Finding a text on all branches: counts in the tree, hits across branches, nothing moved."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from stage import staged

from lion_tui import Services, Session
from lion_tui.app.transcript.search import PARTS, Hit, Needle
from lion_tui.app.transcript.tree_search import TreeSearch

if TYPE_CHECKING:
    import random

    from stage import Stage


async def two_branches(stage: Stage) -> None:
    """Have words on two branches that part after the first answer."""
    await stage.ask("the first apple")
    await stage.send("/fork other")
    await stage.ask("an apple and an apple")
    await stage.send("/checkout main")
    await stage.ask("only pears")


def heads(stage: Stage) -> dict[str, str | None]:
    return {name: branch.head and branch.head.node_id for name, branch in stage.session.branches.items()}


async def test_hits_are_counted_on_all_branches_and_gone_to_without_moving_a_head() -> None:
    async with staged("Yes.") as stage:
        await two_branches(stage)
        before = heads(stage)
        await stage.press("escape", "F")
        await stage.write("apple")
        await stage.until("3 hits in 2 branches")
        assert stage.session.current.name == "main", "nothing moves while one types"
        assert "×2" in next(line for line in stage.lines() if "3 an apple" in line)
        assert "×1" in next(line for line in stage.lines() if "1 the first" in line)
        await stage.press("enter")
        await stage.until("hit 1 of 3 in 2 branches")
        await stage.press("n")
        await stage.until("hit 2 of 3")
        assert stage.session.current.name == "other"
        assert stage.talk == ["the first apple", "Yes.", "an apple and an apple", "Yes."]
        assert stage.in_background("current-hit") == "apple"
        await stage.press("n")
        await stage.until("hit 3 of 3")
        await stage.press("n")
        await stage.until("hit 1 of 3")
        await stage.press("p")
        await stage.until("hit 3 of 3")
        assert heads(stage) == before
        await stage.press("escape")
        await stage.until(lambda: "hit 3 of 3" not in stage.shown())
        assert "×" not in stage.shown()
        assert stage.session.current.name == "other", "one stays where one went"
        await stage.press("alt+left")
        assert (stage.session.current.name, stage.screen.chat.cursor_row) == ("other", 0), "the hit before"
        await stage.press("alt+left", "alt+left")
        assert stage.session.current.name == "main"


async def test_a_phrase_is_found_on_all_branches_as_it_is_read() -> None:
    async with staged(Services.Scripted(["a **ripe** `apple`", "a ripe\napple", "no"])) as stage:
        await two_branches(stage)
        await stage.press("escape", "F")
        await stage.write("ripe apple")
        await stage.until("2 hits in 2 branches")
        await stage.press("enter")
        await stage.until("hit 1 of 2 in 2 branches")
        assert stage.in_background("current-hit") == "ripe apple"
        await stage.press("n")
        await stage.until("hit 2 of 2")
        assert stage.in_background("current-hit") == "ripe apple"


async def test_a_capital_makes_case_count_and_the_slash_form_takes_words() -> None:
    async with staged("Yes.") as stage:
        await two_branches(stage)
        await stage.send("/find-all Apple")
        await stage.until("nothing found")
        await stage.press("escape")
        assert stage.focus == "composer"
        await stage.send("/find-all only pears")
        await stage.until("1 hit in 1 branch")
        await stage.press("enter")
        await stage.until("hit 1 of 1")
        assert stage.screen.chat.cursor_row == 4


async def test_what_happens_meanwhile_is_counted() -> None:
    async with staged("apple") as stage:
        await stage.ask("pear")
        await stage.press("escape", "F")
        await stage.write("apple")
        await stage.until("1 hit in 1 branch")
        await stage.press("enter", "i")
        await stage.ask("apple")
        await stage.until("of 3 in 1 branch")
        await stage.press("f2", "u")
        await stage.until("of 1 in 1 branch")


async def test_a_folded_run_says_how_many_hits_it_stands_for() -> None:
    async with staged("Yes.") as stage:
        for number in range(20):
            stage.session.add_message("user", f"apple {number}" if number % 2 else "pear")
        await stage.press("escape", "F")
        await stage.write("apple")
        await stage.until("10 hits")
        folded = stage.row("┊")
        counts = [int(line.split("×")[1].split()[0].strip("│")) for line in stage.lines() if "×" in line[:36]]
        assert sum(counts) == 10
        assert "×" in folded


async def test_find_in_the_chat_is_as_it_was_after_finding_everywhere() -> None:
    async with staged("Yes.") as stage:
        await two_branches(stage)
        await stage.press("escape", "F")
        await stage.write("apple")
        await stage.until("3 hits")
        await stage.press("escape", "slash")
        await stage.until("1 of 1")
        await stage.press("enter", "n")
        assert stage.session.current.name == "main"


@settings(max_examples=20)
@given(written=st.sampled_from(["ab", "A", "b\n", "ßx"]), dice=st.randoms(use_true_random=False))
def test_the_search_finds_what_a_plain_one_does(written: str, dice: random.Random) -> None:
    """Compare with counting each text, over random trees with deleted messages, also after changes."""
    session = Session()
    for _ in range(40):
        live = [each for each in session.state.tree.node_id if not session.message(each).deleted_at]
        if live and dice.random() < 0.4:
            session.checkout(dice.choice(live))
        session.add_message("user", "".join(dice.choices("abAB\nßx", k=dice.randrange(12))))
        if live and dice.random() < 0.1:
            session.delete(dice.choice(live))
    tree, needle = session.state.tree, Needle(written)
    search = TreeSearch(session.state, needle)
    for cut in (0, 0, 21, 39):
        search.changed(cut)
        for _ in search.count():
            pass
        plain = [
            (row, part, start)
            for row in range(len(tree))
            if tree.alive(row)
            for part, name in enumerate(PARTS)
            for start, _ in needle.hits(tree.texts.get(row, name) or "", 0, 99)
        ]
        assert search.total == len(plain)
        for row in range(len(tree)):
            path = tree.path(row)
            for first in path:
                below = path[path.index(first) :]
                assert search.hits_between(first, row) == sum(each in below for each, *_ in plain)
        hit = Hit(0, 0, 0, 0)
        for expected in plain:
            found = [each for each in search.seek(hit.row, hit.part, hit.end, 1) if each is not None]
            assert [each[:3] for each in found] == [expected]
            hit = found[0]
            assert search.number(hit) == plain.index(expected) + 1


@pytest.mark.parametrize("size", [(80, 24), (120, 40)])
async def test_what_was_found_is_said_whole(size: tuple[int, int]) -> None:
    async with staged("apple apple apple", size=size) as stage:
        for name in ("a", "b"):
            for _ in range(3):
                await stage.ask("apple")
            await stage.send(f"/fork {name}")
        await stage.press("escape", "F")
        await stage.write("apple")
        await stage.press("enter")
        await stage.until("of 24 in 3 branches ")
