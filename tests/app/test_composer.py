"""The composer: drafts on each branch, long pastes, type-ahead, and prompts that wait or go at once."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stage import Gate, kept, staged, type_at_once
from test_keys_and_themes import configure

from lion_tui import Services, Session
from lion_tui.app.composing.draft import Draft, Pasted, heavy, label_of
from lion_tui.core.events import QueueChanged

if TYPE_CHECKING:
    from pathlib import Path


LONG = "\n".join(f"line {number}" for number in range(30))
LABEL = "[pasted\N{NO-BREAK SPACE}30\N{NO-BREAK SPACE}lines]"


def drafts(file: Path) -> list[str]:
    """Return the drafts that a session's file holds; none while there is no file yet."""
    return list(kept(file).header["view"]["drafts"].values()) if file.exists() else []


# Drafts


async def test_every_branch_has_a_draft_of_its_own(tmp_path: Path) -> None:
    file = tmp_path / "s.parquet"
    async with staged(file=file) as stage:
        await stage.ask("one")
        await stage.send("/fork other")
        await stage.write("on other")
        await stage.press("escape", "minus", "i")
        assert stage.session.current.name == "main"
        assert stage.draft == ""
        await stage.write("on main")
        await stage.press("escape", "minus", "i")
        assert stage.draft == "on other"
        await stage.quit()
    drafts = kept(file).header["view"]["drafts"]
    assert sorted(drafts.values()) == ["on main", "on other"]
    async with staged(file=file) as stage:
        assert stage.draft == "on other"
        await stage.press("escape", "minus")
        assert stage.draft == "on main"


async def test_a_detached_view_has_its_own_draft_which_goes_along_to_the_branch_that_writing_makes() -> None:
    gate = Gate()
    async with staged(Services.Scripted(["a", "b c"], pace=gate)) as stage:
        gate.let(1)
        await stage.ask("one")
        await stage.write("on main")
        await stage.press("f2", "k", "enter")
        assert stage.session.current.detached
        assert stage.draft == "one"
        await stage.send("more")
        await stage.write("next")
        await stage.until(lambda: stage.session.current.name == "main.2")
        assert stage.draft == "next", "typed since then"
        gate.open()
        await stage.until(lambda: not stage.session.streaming)
        await stage.press("escape", "minus")
        assert stage.draft == "on main"


async def test_a_draft_is_kept_while_it_is_written(tmp_path: Path) -> None:
    file = tmp_path / "s.parquet"
    async with staged(file=file) as stage:
        await stage.ask("one")
        await stage.paste(LONG)
        await stage.until(lambda: drafts(file) == [LONG])  # not as it is shown


async def test_a_first_draft_is_kept_while_it_is_written_and_leaves_no_file_without_it(tmp_path: Path) -> None:
    file = tmp_path / "s.parquet"
    async with staged(file=file) as stage:
        await stage.write("a long first")
        await stage.until(lambda: drafts(file) == ["a long first"])
        await stage.write(" prompt")
        await stage.until(lambda: drafts(file) == ["a long first prompt"])
        await stage.press("ctrl+c")
        assert stage.draft == ""
        await stage.until(lambda: not file.exists())
        await stage.write("x")
        await stage.until(lambda: drafts(file) == ["x"])
        await stage.press("backspace")
        await stage.quit()
    assert not file.exists()


async def test_a_command_in_a_new_session_that_is_left_by_it_leaves_no_file(tmp_path: Path) -> None:
    file, other = tmp_path / "s.parquet", tmp_path / "other.toml"
    with Session.open(other, write=True) as session:
        session.add_message("user", "elsewhere")
    async with staged(file=file) as stage:
        await stage.write(f"/open {other}")
        await stage.until(file.exists)
        await stage.press("enter")
        await stage.until("▎ elsewhere")
        assert not file.exists()


async def test_what_is_worked_on_is_kept_with_the_draft_while_it_is_written(tmp_path: Path) -> None:
    file = tmp_path / "s.parquet"
    async with staged(file=file) as stage:
        await stage.ask("one")
        await stage.write("half")
        await stage.press("escape", "g", "e")
        await stage.until(lambda: stage.draft == "one" and drafts(file) == ["half"])  # what is old is in the tree
        await stage.write(" more")
        await stage.until(lambda: drafts(file) == ["one more\nhalf"])
        await stage.press("enter")
        await stage.until(lambda: drafts(file) == ["half"])
        assert stage.talk == ["one more"]
        await stage.press("escape", "e")
        await stage.write("!")
        await stage.until(lambda: drafts(file) == ["one more!\nhalf"])
        await stage.quit()
    assert drafts(file) == ["half"], "the prompts have what was written"
    async with staged(file=file) as stage:
        assert stage.draft == "half"
        await stage.press("up", "up", "up")
        assert stage.draft == "one more!"


async def test_a_draft_is_kept_while_an_answer_comes(tmp_path: Path) -> None:
    file, gate = tmp_path / "s.parquet", Gate()
    async with staged(Services.Scripted("one two", pace=gate), file=file) as stage:
        await stage.send("count")
        gate.let(1)
        await stage.until("▎ one")
        for written, typed in (("a", "a"), ("ab", "b")):
            await stage.write(typed)
            await stage.until(lambda written=written: drafts(file) == [written])
        assert stage.session.streaming


async def test_a_prompt_that_could_not_be_sent_goes_back_to_its_branch(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("OPENAI", "GROQ"):
        monkeypatch.setenv(f"{name}_API_KEY", "sk-1")
        monkeypatch.setenv(f"{name}_BASE_URL", "http://127.0.0.1:9/v1")  # the picker asks for the models there
    async with staged(None) as stage:
        stage.session.add_message("user", "one")
        stage.session.fork(name="other")
        await stage.write("a long thought")
        leave, taken = partial(stage.session.checkout, "other"), asyncio.get_running_loop().call_soon
        stage.session.subscribe(lambda event: isinstance(event, QueueChanged) and taken(leave))
        await stage.press("enter")
        await stage.until("There are keys for several services")
        await stage.press("escape")
        await stage.until(lambda: stage.app.screen is stage.app.screen_stack[0])
        await stage.write("mine")
        assert (stage.session.current.name, stage.draft) == ("other", "mine")
        await stage.press("escape", "minus")
        await stage.until(lambda: stage.draft == "a long thought")


# Keys


async def test_send_and_newline_can_be_swapped() -> None:
    configure('[keymap]\nsend = "ctrl+j"\nnewline = "enter"\n')
    async with staged() as stage:
        await stage.write("one")
        await stage.press("enter")
        await stage.write("two")
        assert stage.draft == "one\ntwo"
        await stage.press("ctrl+j")
        await stage.until(lambda: stage.talk == ["one\ntwo", "Yes."])
        assert "keymap" not in stage.shown()


@pytest.mark.parametrize(
    ("keymap", "said"),
    [
        ('send = "s"', "keymap.send: s would be typed into the composer."),
        ('send = "ctrl+j"', "keymap.send: ctrl+j is the key of newline."),
        ('newline = "ctrl+q"', "keymap.newline: ctrl+q is the key of quit."),
    ],
)
async def test_a_bad_key_of_the_composer_is_reported(keymap: str, said: str) -> None:
    configure(f"[keymap]\n{keymap}\n")
    async with staged() as stage:
        await stage.until(said)
        await stage.ask("one")


async def test_keys_that_come_at_once_are_done_in_their_order() -> None:
    async with staged() as stage:
        type_at_once(stage, *"acd", "left", "left", *"b", "end", "backspace", *"e", "enter", *"xy", "left", *"-")
        await stage.until(lambda: stage.talk == ["abce", "Yes."] and stage.draft == "x-y")


async def test_what_is_typed_before_the_screen_stands_is_not_lost() -> None:
    async with staged(typed="hello\N{SNOWMAN}") as stage:
        await stage.until(lambda: stage.draft == "hello\N{SNOWMAN}")


async def test_control_z_takes_typing_back_in_the_composer() -> None:
    async with staged() as stage:
        await stage.write("one")
        await stage.press("ctrl+z")
        assert stage.draft == ""


# Prompts that wait


async def test_what_is_written_is_whole_in_another_width_also_where_it_has_as_many_lines() -> None:
    numbers = (
        "one two three four five six seven eight nine ten eleven twelve thirteen "
        "fourteen fifteen sixteen seventeen eighteen nineteen twenty"
    )
    async with staged(size=(86, 24)) as stage:
        await stage.write(numbers)
        for width, ends in ((80, "thirteen"), (86, "fourteen"), (72, "twelve")):
            await stage.pilot.resize_terminal(width, 24)
            await stage.settled()
            assert stage.row("one two").rstrip().endswith(ends), stage.shown()
            resized = stage.lines()
            await stage.press("left", "right")
            assert stage.lines() == resized


async def test_up_takes_the_last_prompt_that_waits_back() -> None:
    gate = Gate()
    async with staged(Services.Scripted("one two", pace=gate)) as stage:
        await stage.send("first")
        await stage.until("streaming 1")
        await stage.send("second")
        await stage.send("third")
        await stage.until("┊ waits: third")
        await stage.press("up")
        assert stage.draft == "third"
        await stage.until(lambda: "waits: third" not in stage.shown())
        await stage.press("end", "exclamation_mark", "enter")
        assert [prompt.text for prompt in stage.session.queue()] == ["second", "third!"]
        gate.open()
        await stage.until(lambda: len(stage.talk) == 6 and not stage.session.streaming)


@pytest.mark.parametrize("way", ["key", "slash"])
async def test_now_stops_the_answer_and_goes_first(way: str) -> None:
    gate = Gate()
    async with staged(Services.Scripted(["one two three", "now", "later"], pace=gate)) as stage:
        await stage.send("first")
        gate.let(1)
        await stage.until("▎ one")
        await stage.send("second")
        await stage.write("urgent" if way == "key" else "/now urgent")
        await stage.press("ctrl+enter" if way == "key" else "enter")
        await stage.until("■ stopped")
        gate.open()
        await stage.until(lambda: len(stage.talk) == 6 and not stage.session.streaming)
        assert stage.talk == ["first", "one", "urgent", "now", "second", "later"]


async def test_now_without_an_answer_just_sends() -> None:
    async with staged() as stage:
        await stage.send("/now hello")
        await stage.until(lambda: stage.talk == ["hello", "Yes."])


# Long pastes


async def test_a_long_paste_stands_as_one_thing_and_is_sent_whole() -> None:
    async with staged() as stage:
        await stage.write("see ")
        await stage.paste(LONG)
        await stage.write(" please")
        assert stage.draft == f"see {LABEL} please"
        assert "line 12" not in stage.shown()
        await stage.press("enter")
        await stage.until(lambda: stage.talk == [f"see {LONG} please", "Yes."])


async def test_deleting_a_bit_of_a_long_paste_deletes_all_of_it_and_undo_brings_it_back() -> None:
    async with staged() as stage:
        await stage.write("a")
        await stage.paste(LONG)
        await stage.write("b")
        await stage.press("left", "backspace")
        assert stage.draft == "ab"
        await stage.press("ctrl+z")
        assert stage.draft == f"a{LABEL}b"
        await stage.press("home", "right", "delete")
        assert stage.draft == "ab"
        await stage.press("ctrl+z", "end", "enter")
        await stage.until(lambda: stage.talk[:1] == [f"a{LONG}b"])


async def test_the_cursor_steps_over_a_long_paste() -> None:
    async with staged() as stage:
        await stage.paste(LONG)
        await stage.press("left")
        await stage.write("<")
        await stage.press("right")
        await stage.write(">")
        assert stage.draft == f"<{LABEL}>"
        await stage.press("ctrl+left")
        await stage.write("|")
        assert LABEL in stage.draft


async def test_pasting_it_again_shows_it_whole() -> None:
    async with staged() as stage:
        await stage.paste(LONG)
        await stage.paste(LONG)
        assert stage.draft == LONG
        await stage.press("enter")
        await stage.until(lambda: stage.talk[:1] == [LONG])


async def test_two_pastes_of_one_size_stay_apart() -> None:
    other = LONG.replace("line", "row")
    async with staged() as stage:
        await stage.paste(LONG)
        await stage.write(" and ")
        await stage.paste(other)
        await stage.press("enter")
        await stage.until(lambda: stage.talk[:1] == [f"{LONG} and {other}"])


async def test_what_looks_like_a_paste_is_text() -> None:
    async with staged() as stage:
        await stage.paste(LONG)
        await stage.press("backspace")
        await stage.ask("[pasted 30 lines]")
        assert stage.talk == ["[pasted 30 lines]", "Yes."]


async def test_a_paste_that_is_too_large_is_refused_and_the_draft_stays() -> None:
    async with staged() as stage:
        await stage.write("mine")
        await stage.paste("x" * 50_000_000)
        await stage.until("What was pasted is too long: a prompt can have 1,000,000 characters.")
        assert stage.draft == "mine"


async def test_what_is_pasted_in_the_chat_goes_into_the_composer() -> None:
    async with staged() as stage:
        await stage.ask("one")
        await stage.press("escape")
        await stage.paste("two")
        await stage.until(lambda: stage.draft == "two" and stage.focus == "composer")


async def test_a_kept_draft_that_would_make_keys_slow_is_one_thing_again(tmp_path: Path) -> None:
    file = tmp_path / "s.parquet"
    huge = "word " * 150_000
    async with staged(file=file) as stage:
        await stage.ask("one")
        await stage.paste(huge)
        await stage.quit()
    async with staged(file=file) as stage:
        assert len(stage.draft) < 1_000, "laying it out for every key would take long"
        await stage.write("and now this")
        await stage.press("enter")
        await stage.until(lambda: len(stage.talk) == 4)
        assert stage.talk[2] == f"{huge}and now this"


HUGE = "\n".join(f"line {number}" for number in range(600))
HUGE_LABEL = LABEL.replace("30", "600")


async def test_what_was_written_beside_a_paste_is_in_sight_when_it_comes_back() -> None:
    async with staged() as stage:
        await stage.write("see ")
        await stage.paste(HUGE)
        await stage.write(" what is this?")
        shown = f"see {HUGE_LABEL} what is this?"
        await stage.press("ctrl+c", "up")
        assert stage.draft == shown
        await stage.press("enter")
        await stage.until(lambda: stage.talk == [shown.replace(HUGE_LABEL, HUGE), "Yes."])
        await stage.press("up")
        assert stage.draft == shown
        await stage.press("ctrl+c", "ctrl+r", *"this?", "enter")
        assert stage.draft == shown
        await stage.press("ctrl+c", "escape", "u")
        await stage.until(lambda: stage.talk == [])
        assert stage.draft == shown
        await stage.press("escape", "U")
        await stage.until(lambda: len(stage.talk) == 2)
        assert stage.draft == ""
        await stage.press("k", "e")
        await stage.until(lambda: stage.draft == shown)
        await stage.write(" Say")
        await stage.press("enter")
        await stage.until(lambda: stage.talk == [f"{shown} Say".replace(HUGE_LABEL, HUGE)])


async def test_a_paste_alone_comes_back_as_one_thing_without_the_blank_lines_around_it() -> None:
    async with staged() as stage:
        await stage.paste(f"\n{HUGE}\n")
        await stage.press("enter")
        await stage.until(lambda: stage.talk[:1] == [HUGE])
        await stage.press("up")
        assert stage.draft == HUGE_LABEL


async def test_two_drafts_with_pastes_of_one_size_become_one() -> None:
    other = HUGE.replace("line", "row")
    async with staged() as stage:
        await stage.paste(HUGE)
        await stage.write(" first")
        await stage.press("enter")
        await stage.until(lambda: len(stage.talk) == 2)
        await stage.paste(other)
        await stage.write(" second")
        await stage.press("escape", "u")
        await stage.until(lambda: stage.talk == [])
        second = HUGE_LABEL.replace("]", "\N{NO-BREAK SPACE}#2]")
        assert stage.draft in {f"{HUGE_LABEL} first\n{second} second", f"{second} first\n{HUGE_LABEL} second"}
        await stage.press("i", "enter")
        await stage.until(lambda: stage.talk[:1] == [f"{HUGE} first\n{other} second"])


@pytest.mark.parametrize("huge", [HUGE, "word " * 10_000])
async def test_what_was_written_beside_a_paste_is_in_sight_in_another_run(tmp_path: Path, huge: str) -> None:
    file = tmp_path / "s.parquet"
    async with staged(file=file) as stage:
        await stage.write("Look: ")
        await stage.paste(huge)
        await stage.write(" what is this?")
        await stage.quit()
    async with staged(file=file) as stage:
        assert stage.draft.startswith("Look: ")
        assert stage.draft.endswith(" what is this?")
        assert len(stage.draft) < 1_000
        await stage.press("backspace", "enter")
        await stage.until(lambda: stage.talk[:1] == [f"Look: {huge} what is this"])
        await stage.quit()
    async with staged(file=file) as stage:
        await stage.press("up")
        assert stage.draft.endswith(" what is this")


PASTES = [*(f"{'x' * 2_000}{number}" for number in range(3)), HUGE]
WRITTEN = st.lists(st.one_of(st.text("ab \n", max_size=20), st.sampled_from(PASTES)), max_size=8).map("".join)


@given(WRITTEN, WRITTEN, st.sets(st.sampled_from(PASTES)))
def test_however_a_draft_is_shown_it_says_the_same(text: str, other: str, pastes: set[str]) -> None:
    draft, beside = Draft(text).folded(pastes).lightened(), Draft(other).folded(PASTES[::-1]).lightened()
    assert not heavy(draft.text)
    assert draft.unfolded() == text
    assert draft.folded(pastes).lightened() == draft
    assert all(paste not in Draft(text).folded(PASTES).text for paste in PASTES)
    moved = draft.beside(beside.insets)
    assert moved.unfolded() == text
    assert Draft(beside.text, {**moved.insets, **beside.insets}).unfolded() == other
    assert draft.above(beside).unfolded() == "\n".join(filter(None, (text, other)))


@given(st.lists(st.one_of(st.text(max_size=20), st.integers(0, 3)), max_size=8))
def test_a_draft_is_unfolded_to_what_was_put_in(pieces: list[str | int]) -> None:
    pastes = [f"{'x' * 2_000}{number}" for number in range(4)]
    insets: dict[str, Pasted] = {}
    text = ""
    for piece in pieces:
        if isinstance(piece, int):
            label = label_of(Pasted(pastes[piece]), insets)
            insets[label] = Pasted(pastes[piece])
            text += label
        else:
            text += piece
    whole = "".join(pastes[piece] if isinstance(piece, int) else piece for piece in pieces)
    assert Draft(text, insets).unfolded() == whole
    assert Draft(text, insets).open() == Draft(whole)
