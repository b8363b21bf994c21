"""The tour: each step is done with the keys that it names, on the sample that it opens."""

from __future__ import annotations

import pytest
from stage import staged

from lion_tui.config.paths import sessions_dir


async def test_each_step_goes_on_when_it_was_done_and_the_last_one_stays() -> None:
    async with staged("Warmer: the lights are on.") as stage:
        assert "/tour shows the main keys on a sample session" in stage.shown()
        await stage.send("/tour")
        await stage.until("tour 1 of 8")
        assert stage.app.opened.session.title == "sample: a shop window"
        for keys, then in (
            (["escape"], "tour 2 of 8"),
            (["k", "k", "]"], "tour 3 of 8"),
            (["="], "tour 4 of 8"),
            ([], "╭─ 1 main"),  # a vote is not counted before both columns are in sight
            (["2"], "tour 5 of 8"),
            (["c"], "tour 6 of 8"),
            (["N"], "tour 7 of 8"),
        ):
            await stage.press(*keys)
            await stage.until(then)
        stage.app.opened.session.fallback = stage.session.fallback
        if stage.focus != "composer":
            await stage.press("i")
        await stage.send("Warmer, please")
        await stage.until("tour 8 of 8")
        await stage.send("/tour")
        await stage.until(lambda: "tour 8" not in stage.shown())
        assert stage.screen.tour is None


async def test_what_was_done_before_its_step_is_not_asked_for_again() -> None:
    async with staged() as stage:
        await stage.send("/tour")
        await stage.until("tour 1 of 8")
        await stage.press("escape", "k", "k", "]", "N")
        await stage.until("tour 3 of 8")
        await stage.press("escape", "=")
        await stage.until("╭─ 1 main")
        await stage.press("1", "c")
        await stage.until("tour 7 of 8")


@pytest.mark.parametrize("size", [(80, 24), (200, 60)])
async def test_a_step_is_read_whole_at_any_size(size: tuple[int, int]) -> None:
    async with staged(size=size) as stage:
        await stage.send("/tour")
        await stage.until("tour 1 of 8")
        assert "from the composer to the chat. · /tour ends it" in " ".join(stage.shown().split())


async def test_a_sample_that_nobody_changed_is_taken_again_and_another_one_is_kept() -> None:
    async with staged() as stage:
        for _ in range(2):
            await stage.send("/tour")
            await stage.until("tour 1 of 8")
            await stage.press("ctrl+n")
            await stage.until("Write below and press enter")
        assert [file.name for file in sessions_dir().glob("*.parquet")] == ["sample.parquet"]
        await stage.send("/tour")
        await stage.until("tour 1 of 8")
        await stage.press("escape", "b", "ctrl+n")
        await stage.until("Write below and press enter")
        await stage.send("/tour")
        await stage.until("tour 1 of 8")
    assert len(list(sessions_dir().glob("*.parquet"))) == 2


async def test_who_leaves_the_columns_is_told_how_to_come_back() -> None:
    async with staged() as stage:
        await stage.send("/tour")
        await stage.until("tour 1 of 8")
        await stage.press("escape", "k", "k", "]", "=")
        await stage.until("tour 4 of 8 · h and l")
        await stage.press("c")
        await stage.until("tour 4 of 8 · = on one of the two answers puts them side by side again.")


async def test_the_sample_is_a_session_in_the_list_and_who_has_one_is_not_told_of_the_tour() -> None:
    async with staged() as stage:
        await stage.send("/tour")
        await stage.until("tour 1 of 8")
        await stage.press("ctrl+n")
        await stage.until("Write below and press enter")
        assert "New here?" not in stage.shown()
    assert len(list(sessions_dir().glob("*.parquet"))) == 1
