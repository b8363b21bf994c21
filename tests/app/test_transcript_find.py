"""Finding in the transcript: while one types, while it streams, wherever the text is folded."""

from __future__ import annotations

from typing import TYPE_CHECKING

import hypothesis.strategies as st
from hypothesis import given
from stage import Gate, staged
from textual.screen import Screen

from lion_tui import Services, Session
from lion_tui.app import slices
from lion_tui.app.transcript.block import LONGEST
from lion_tui.app.transcript.search import Hit, Needle, Search
from lion_tui.core.tree_path import TreePath
from lion_tui.services.scripted import Reply

if TYPE_CHECKING:
    import pytest
    from stage import Stage

alphabet = st.sampled_from("aAbß İΣ中e\u0301\n")
texts = st.text(alphabet, max_size=12)


def fill(stage: Stage, count: int, text: str = "message {}") -> None:
    for number in range(count):
        stage.session.add_message("user" if number % 2 == 0 else "assistant", text.format(number))


async def test_the_first_hit_is_shown_while_one_types_and_all_in_the_window_are_marked() -> None:
    async with staged("Yes, *yes*: y", size=(80, 24)) as stage:
        await stage.ask("really?")
        await stage.press("ctrl+f")
        await stage.until(lambda: stage.focus == "needle")
        await stage.write("ye")
        await stage.until("1 of 2")
        assert stage.in_background("current-hit") == "Ye"
        assert stage.in_background("hit") == "ye"
        await stage.write("x")
        await stage.until("nothing found")
        assert stage.in_background("hit") == ""
        await stage.press("backspace", "backspace", "backspace")
        await stage.until(lambda: "found" not in stage.shown())
        await stage.write("Y")
        await stage.until("1 of 1")


async def test_a_phrase_is_found_as_it_is_read_over_marks_and_soft_breaks() -> None:
    answer = "the **very important** option `--flag`, see\n[the docs](http://a.org) *now*\n\n**very important**\noption"
    async with staged(answer, size=(80, 24)) as stage:
        await stage.ask("very important option?")
        await stage.press("ctrl+f")
        await stage.paste("very important option")
        await stage.until("1 of 3")
        assert stage.in_background("current-hit") == "very important option"
        await stage.press("enter", "n")
        await stage.until("2 of 3")
        assert stage.in_background("current-hit") == "very important option"
        await stage.press("n")
        await stage.until("3 of 3")
        await stage.press("p", "p", "p")
        await stage.until("3 of 3")
        await stage.press("slash")
        await stage.paste("--flag, see the docs")
        await stage.until("1 of 1")
        assert stage.in_background("current-hit") == "--flag, see the docs"
        await stage.press("enter", "slash")
        await stage.paste("**very")
        await stage.until("1 of 2")
        assert stage.in_background("current-hit") == "very"


async def test_n_and_p_go_around_the_ends() -> None:
    async with staged(size=(80, 24)) as stage:
        fill(stage, 30, "{} needle")
        await stage.press("escape", "slash")
        await stage.write("needle")
        await stage.until(" of 30")
        await stage.press("enter", "G", "slash")
        await stage.write("needle")
        await stage.press("enter")
        assert stage.focus == "chat"
        said = []
        for key in ("g", "slash", *"needle", "enter", "p", "n", "n"):
            await stage.press(key)
        for key in ("n", "p", "p", "p"):
            await stage.press(key)
            said.append(stage.row("/ needle").split()[-3:])
        assert said == [["3", "of", "30"], ["2", "of", "30"], ["1", "of", "30"], ["30", "of", "30"]]
        assert "29 needle" in stage.shown()


async def test_escape_leads_back_to_where_one_was_and_enter_stays() -> None:
    async with staged(size=(80, 24)) as stage:
        fill(stage, 40)
        await stage.write("draft")
        before = stage.lines()
        await stage.press("ctrl+f")
        await stage.write("sage 7")
        await stage.until("1 of 1")
        assert "message 7" in stage.shown()
        await stage.press("escape")
        await stage.until(lambda: stage.lines()[:19] == before[:19])
        assert stage.focus == "composer"
        assert stage.draft == "draft"
        await stage.press("escape", "slash")
        await stage.write("e 7")
        await stage.press("enter")
        await stage.until("1 of 1")
        await stage.press("escape")
        await stage.until(lambda: "1 of 1" not in stage.shown())
        assert stage.focus == "chat"
        assert "message 7" in stage.shown()
        assert stage.in_background("current-hit") == ""
        assert stage.screen.chat.cursor_row == 7
        await stage.press("n")
        await stage.until("1 of 1")


async def test_n_without_a_search_says_so() -> None:
    async with staged() as stage:
        await stage.ask("one")
        await stage.press("escape", "n")
        await stage.until("Nothing is looked for. Ctrl+F looks for a text.")
        await stage.press("i")
        await stage.send("/find yes")
        await stage.until("1 of 1")


async def test_what_is_looked_for_by_a_command_is_gone_through_with_n() -> None:
    async with staged(size=(80, 24)) as stage:
        fill(stage, 30, "{} needle")
        await stage.send("/find needle")
        await stage.until("of 30")
        first = stage.row("/ needle").split()[-3:]
        await stage.press("n")
        await stage.until(lambda: stage.row("/ needle").split()[-3:] != first)
        await stage.press("escape")
        await stage.until(lambda: "/ needle" not in stage.shown())
        assert stage.focus == "chat"


async def test_what_was_thought_is_unfolded_where_the_hit_is() -> None:
    script = [Reply(text="Yes.", reasoning="Because of *owls*."), Reply(text="No.", reasoning="Not so.")]
    async with staged(Services.Scripted(script)) as stage:
        await stage.ask("one")
        await stage.ask("two")
        await stage.press("escape", "slash")
        await stage.write("owls")
        await stage.until("1 of 1")
        await stage.until("▾ thought")
        assert stage.in_background("current-hit") == "owls"


async def test_hits_are_counted_while_they_stream_without_a_layout(monkeypatch: pytest.MonkeyPatch) -> None:
    gate = Gate()
    async with staged(Services.Scripted("owl " * 40, pace=gate), size=(80, 24)) as stage:
        await stage.send("count")
        gate.let(4)
        await stage.until("owl")
        await stage.press("ctrl+f")
        await stage.write("owl")
        await stage.until("1 of ")
        layouts = 0
        laid_out = Screen._refresh_layout

        def count(*arguments: object, **options: object) -> None:
            nonlocal layouts
            layouts += 1
            laid_out(*arguments, **options)

        monkeypatch.setattr(Screen, "_refresh_layout", count)
        gate.let(20)
        await stage.until(lambda: stage.in_background("hit").count("owl") > 10)
        assert layouts == 0
        gate.open()
        await stage.until("1 of 40")
        await stage.press("enter", "p")
        await stage.until("40 of 40")


async def test_a_long_search_is_said_and_lets_keys_through(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(slices, "_SLICE_S", 0)  # one text at a time
    monkeypatch.setattr(slices, "_PAUSE_S", 0.05)
    async with staged(size=(80, 24)) as stage:
        fill(stage, 150)
        await stage.press("ctrl+f")
        await stage.write("message 1")
        await stage.until("searching…")
        monkeypatch.setattr(slices, "_PAUSE_S", 0)
        await stage.write("49")
        await stage.until("1 of 1")
        assert stage.in_background("current-hit") == "message 149"


async def test_a_line_of_a_million_characters_is_searched() -> None:
    text = "word " * 200_000 + "owl"
    async with staged(size=(80, 24)) as stage:
        stage.session.add_message("user", text)
        await stage.press("ctrl+f")
        await stage.write("owl")
        await stage.until("1 of 1")
        await stage.until(lambda: stage.in_background("current-hit") == "owl")


async def test_a_hit_in_what_is_folded_of_a_very_long_message_is_shown() -> None:
    lines = "\n".join(f"- item {number}" for number in range(3 * LONGEST))
    async with staged(size=(80, 24)) as stage:
        for text in (lines, "short", lines, "end"):
            stage.session.add_message("assistant", text)
        await stage.press("ctrl+f")
        await stage.paste(f"item {LONGEST + 7}")
        await stage.until("2 of 2")
        await stage.until(lambda: stage.in_background("current-hit") == f"item {LONGEST + 7}")
        assert f"item {LONGEST + 8}" in stage.shown()
        await stage.press("down")
        await stage.until("1 of 2")
        await stage.until(lambda: stage.in_background("current-hit") == f"item {LONGEST + 7}")
        await stage.press("escape")
        await stage.until("▎ end")


async def test_the_search_goes_along_to_the_column_with_the_keyboard() -> None:
    async with staged(Services.Scripted(["Yes.", "One owl, an owl.", "Another owl."])) as stage:
        await stage.ask("one")
        stage.session.fork("main", "other")
        await stage.ask("two")
        stage.session.checkout("other")
        await stage.ask("three")
        await stage.send("/compare main other")
        await stage.until(lambda: stage.focus == "chat" and len(stage.screen.columns.transcripts) == 2)
        await stage.press("slash")
        await stage.write("owl")
        await stage.press("enter")
        await stage.until("1 of 2")
        assert stage.in_background("hit") == "owl"
        await stage.press("l")
        await stage.until("1 found")
        assert stage.in_background("hit") == "owl", "the other column shows none any more"
        assert stage.session.current.name == "other"
        await stage.press("n")
        await stage.until("1 of 1")
        assert stage.in_background("current-hit") == "owl"
        await stage.press("escape")
        await stage.until(lambda: not stage.in_background("current-hit"))


async def test_what_is_pasted_is_looked_for_and_not_written() -> None:
    async with staged("An owl.") as stage:
        await stage.ask("say")
        await stage.press("ctrl+f")
        await stage.until(lambda: stage.focus == "needle")
        await stage.paste("owl\nand more")
        await stage.until("1 of 1")
        assert stage.draft == ""


async def test_of_a_very_long_paste_the_beginning_is_looked_for() -> None:
    long = "an owl " * 100_000
    async with staged(size=(120, 40)) as stage:
        stage.session.add_message("user", long)
        await stage.press("ctrl+f")
        await stage.paste(long)
        await stage.until("1 of ")
        assert long.startswith(stage.screen.find_bar.needle.text)
        assert len(stage.screen.find_bar.needle.text) > 1_000


async def test_a_hit_stays_in_place_while_more_streams_and_the_end_is_followed_afterwards() -> None:
    gate = Gate()
    text = "owl\n\n" + "\n\n".join(f"line {number}" for number in range(60))
    async with staged(Services.Scripted(text, pace=gate), size=(80, 24)) as stage:
        await stage.send("say")
        gate.let(3)
        await stage.until("line")
        await stage.press("ctrl+f")
        await stage.write("owl")
        await stage.press("enter")
        await stage.until("1 of 1")
        gate.let(60)
        await stage.until("new below")
        assert stage.in_background("current-hit") == "owl"
        await stage.press("escape", "G")
        gate.open()
        await stage.until("line 59")
        assert stage.screen.chat.follows


async def test_another_path_is_searched_when_it_is_shown() -> None:
    async with staged(Services.Scripted(["owl one", "owl two owl"])) as stage:
        await stage.ask("say")
        await stage.press("escape", "slash")
        await stage.write("owl")
        await stage.press("enter", "R")
        await stage.until("owl two")
        await stage.until("2 found")
        await stage.press("left_square_bracket")
        await stage.until("1 found")
        await stage.press("n")
        await stage.until("1 of 1")


def _spans(needle: str, text: str) -> list[int]:
    found, at = [], Needle(needle).folded(text).find(Needle(needle).text)
    while at >= 0:
        found.append(at)
        at = Needle(needle).folded(text).find(Needle(needle).text, at + len(needle))
    return found


@given(texts)
def test_folding_keeps_every_place(text: str) -> None:
    folded = Needle("a").folded(text)
    assert len(folded) == len(text)
    assert Needle("A").folded(text) == text


@given(texts.filter(bool), texts, st.data())
def test_the_hits_of_a_range_are_those_of_the_text_that_touch_it(needle: str, text: str, data: st.DataObject) -> None:
    if needle in (needle + needle)[1:-1]:  # overlaps itself: hits depend on where one begins
        return
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, len(text)))
    hits = set(Needle(needle).hits(text, start, end))
    wanted = set(Needle(needle).spans(Needle(needle).folded(text)))
    assert {hit for hit in hits if hit[0] < end and hit[1] > start} == {
        hit for hit in wanted if hit[0] < end and hit[1] > start
    }
    assert hits <= wanted


@given(st.lists(st.sampled_from(["ab", "cd", "**", "`", " ", "\n", "\n\n", "\n> ", "](u)"])), st.data())
def test_the_hits_of_a_range_are_found_over_marks_too(pieces: list[str], data: st.DataObject) -> None:
    text, needle = "".join(pieces), Needle("ab cd")
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, len(text)))
    touching = [hit for hit in needle.spans(text) if hit[0] < end and hit[1] > start]
    assert [hit for hit in needle.hits(text, start, end) if hit[0] < end and hit[1] > start] == touching


@given(st.lists(texts, min_size=1, max_size=6), st.sampled_from("aAbßse中"), st.booleans(), st.data())
def test_going_on_from_hit_to_hit_meets_each_once_in_order(
    contents: list[str], needle: str, counted: bool, data: st.DataObject
) -> None:
    session = Session()
    for content in contents:
        session.add_message("user", content)
    rows = list(range(len(contents)))
    wanted = [Hit(row, 1, at, at + len(needle)) for row in rows for at in _spans(needle, contents[row])]
    search = Search(session.state, TreePath(session.state.tree, rows[-1]), Needle(needle))
    if counted:
        list(search.count())
        assert search.total == len(wanted)
    message = data.draw(st.sampled_from(rows))
    place = (message, 1, data.draw(st.integers(0, len(contents[message]))))
    step = data.draw(st.sampled_from([1, -1]))
    met = []
    for _ in wanted:
        hit = next((each for each in search.seek(*place, step) if each is not None), None)
        assert hit is not None
        met.append(hit)
        place = (hit.row, hit.part, hit.end if step > 0 else hit.start)
    turned = met if step > 0 else met[::-1]
    at = wanted.index(turned[0]) if wanted else 0
    assert turned == wanted[at:] + wanted[:at]
    list(search.count())
    assert [search.number(hit) for hit in wanted] == list(range(1, len(wanted) + 1))
    if not wanted:
        assert all(each is None for each in search.seek(*place, step))
