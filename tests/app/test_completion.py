"""What the composer offers: commands, branches, files, and the prompts sent before."""

from __future__ import annotations

import os
import stat
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stage import Gate, staged

from lion_tui import Services, Session
from lion_tui.app.composing.draft import Attached, Draft
from lion_tui.app.composing.files import FileIndex, with_contents
from lion_tui.app.composing.history import PromptHistory, Walk
from lion_tui.config.paths import data_dir
from lion_tui.core.state import State

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the working directory of the test, with a few files."""
    place = tmp_path / "project"
    (place / "src" / "deep").mkdir(parents=True)
    (place / ".git").mkdir()
    (place / "notes.md").write_text("Buy ``` milk.\n")
    (place / "src" / "main.py").write_text("print('whale')\n")
    (place / "src" / "deep" / "main_test.py").write_text("assert True\n")
    (place / ".env").write_text("KEY=secret\n")
    (place / ".git" / "main").write_text("hidden\n")
    monkeypatch.chdir(place)
    return place


# Commands


async def test_a_slash_offers_commands_and_tab_takes_one() -> None:
    async with staged() as stage:
        await stage.write("/")
        await stage.until("/checkout [branch]")
        await stage.write("fo")
        await stage.until("/fork [name]")
        assert "Make a branch at the selected message" in stage.shown()
        await stage.press("tab")
        assert stage.draft == "/fork "
        assert stage.focus == "composer"
        await stage.until(lambda: "Make a branch at" not in stage.shown())


async def test_enter_takes_what_is_begun_and_sends_what_is_whole() -> None:
    async with staged() as stage:
        await stage.ask("one")
        await stage.write("/und")
        await stage.press("enter")
        assert stage.draft == "/undo"
        assert stage.talk
        await stage.press("enter")
        await stage.until(lambda: not stage.talk)


async def test_arrows_go_through_the_list() -> None:
    async with staged() as stage:
        await stage.write("/re")
        await stage.press("down", "up", "up", "tab")
        assert stage.draft == "/replay", "round to the last one"


async def test_escape_closes_the_list_and_nothing_else() -> None:
    gate = Gate()
    async with staged(Services.Scripted("one two", pace=gate)) as stage:
        await stage.send("go")
        await stage.until("streaming 1")
        await stage.write("/fo")
        await stage.until("/fork [name]")
        await stage.press("escape")
        await stage.until(lambda: "/fork [name]" not in stage.shown())
        assert stage.session.streaming
        await stage.write("r")
        assert "/fork [name]" not in stage.shown(), "closed for this word"
        await stage.press("escape")
        await stage.until("■ stopped")


async def test_a_click_takes_a_choice() -> None:
    async with staged() as stage:
        await stage.write("/re")
        await stage.until("/regenerate")
        line = next(y for y, text in enumerate(stage.lines()) if "/regenerate" in text)
        await stage.pilot.click(offset=(5, line))
        await stage.until(lambda: stage.draft == "/regenerate")


async def test_the_branches_are_offered_to_checkout() -> None:
    async with staged() as stage:
        await stage.ask("one")
        for name in ("drier", "dry", "wet"):
            stage.session.fork(name=name)
        await stage.write("/checkout d")
        await stage.until(" › drier")
        assert not any(line.strip() == "wet" for line in stage.lines())
        await stage.press("down", "enter")
        assert stage.draft == "/checkout dry"
        await stage.press("enter")
        await stage.until(lambda: stage.session.current.name == "dry")


async def test_a_slash_later_in_the_text_offers_nothing() -> None:
    async with staged() as stage:
        await stage.write("either /fo")
        assert "/fork [name]" not in stage.shown()
        await stage.press("ctrl+j")
        await stage.write("/fo")
        assert "/fork [name]" not in stage.shown()


@pytest.mark.parametrize("size", [(40, 10), (9, 5), (1, 1)])
async def test_the_list_on_a_small_screen(size: tuple[int, int]) -> None:
    async with staged(size=size) as stage:
        await stage.write("/fo")
        await stage.press("tab")
        assert stage.draft == "/fork "


# Files


async def test_a_chosen_file_goes_along_in_a_fence(folder: Path) -> None:
    async with staged() as stage:
        await stage.write("what is in @smn")
        await stage.until("src/main.py")
        await stage.press("tab")
        await stage.write("?")
        assert "@src/main.py" in stage.row("› what is in")
        await stage.press("enter")
        await stage.until(lambda: len(stage.talk) == 2)
        assert stage.talk[0] == "what is in @src/main.py ?\n\nsrc/main.py:\n```py\nprint('whale')\n```"


async def test_what_a_file_held_when_it_was_sent_is_what_is_asked_again(folder: Path) -> None:
    async with staged() as stage:
        await stage.write("@notes")
        await stage.until("notes.md")
        await stage.press("enter", "enter")
        await stage.until(lambda: len(stage.talk) == 2)
        (folder / "notes.md").write_text("other")
        await stage.press("escape", "R")
        await stage.until("‹2/2›")
        assert stage.talk[0].endswith("notes.md:\n````md\nBuy ``` milk.\n````"), "with a fence longer than its own"


async def test_a_typed_or_pasted_name_is_only_text(folder: Path) -> None:
    async with staged() as stage:
        await stage.paste("see @notes.md and @.env ")
        await stage.ask("ok")
        assert stage.talk[0] == "see @notes.md and @.env ok"


async def test_open_and_import_offer_files_and_enter_takes_what_is_written(folder: Path) -> None:
    (folder / "a talk.json").write_text("{}")
    (folder / "kept.toml").write_text("mine")
    async with staged() as stage:
        await stage.write("/import tal")
        await stage.until("a talk.json")
        await stage.press("tab")
        assert stage.draft == "/import a talk.json"
        await stage.press("ctrl+u")
        await stage.write("/open ke")
        await stage.until("kept.toml")
        assert "talk" not in stage.shown()
        await stage.press("enter")
        await stage.until("The name ke does not say how to save the session.")
        await stage.until(lambda: stage.draft == "/open ke")


async def test_hidden_files_are_not_offered_and_nearer_ones_come_first(folder: Path) -> None:
    async with staged() as stage:
        await stage.write("@")
        await stage.until("src/deep/main_test.py")
        assert ".env" not in stage.shown()
        assert ".git" not in stage.shown()
        await stage.write("main")
        await stage.until(lambda: "notes.md" not in stage.shown())
        await stage.press("tab")
        assert "@src/main.py" in stage.draft


async def test_deleting_a_bit_of_a_chosen_file_takes_all_of_it_out(folder: Path) -> None:
    async with staged() as stage:
        await stage.write("see @notes")
        await stage.until("notes.md")
        await stage.press("tab", "backspace")
        assert stage.draft == "see "
        await stage.ask("nothing")
        assert stage.talk[0] == "see nothing"


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda file: file.write_bytes(b"\x00\x01\xff"), "notes.md is no text."),
        (lambda file: file.write_bytes(b"\xff\xfe" * 9), "notes.md is no text."),
        (lambda file: file.write_text("x" * 300_000), "notes.md is larger than 256 KB."),
        (lambda file: file.unlink(), "notes.md cannot be read: No such file or directory."),
        (lambda file: (file.unlink(), os.mkfifo(file)), "notes.md is no file any more."),
    ],
)
async def test_a_file_that_cannot_go_along_is_said_and_the_draft_stays(folder: Path, change: object, said: str) -> None:
    assert callable(change)
    async with staged() as stage:
        await stage.write("see @notes")
        await stage.until("notes.md")
        await stage.press("tab")
        draft = stage.draft
        change(folder / "notes.md")
        await stage.press("enter")
        await stage.until(said)
        assert stage.draft == draft
        assert not stage.talk
        (folder / "notes.md").unlink(missing_ok=True)
        (folder / "notes.md").write_text("good")
        await stage.press("enter")
        await stage.until(lambda: len(stage.talk) == 2)
        assert stage.talk[0].endswith("```md\ngood\n```")


async def test_what_is_sent_after_a_file_comes_after_it(folder: Path) -> None:
    async with staged(Services.Scripted(lambda request: f"re {request.messages[-1].content[:6]}")) as stage:
        await stage.write("first @notes")
        await stage.until("notes.md")
        await stage.press("tab", "enter")
        await stage.send("second")
        await stage.until(lambda: len(stage.talk) == 4 and not stage.session.streaming)
        assert [text[:9] for text in stage.talk[::2]] == ["first @no", "second"]


def test_the_walk_is_bounded_and_goes_into_no_link(tmp_path: Path) -> None:
    for name in ("a", "b", "node_modules"):
        (tmp_path / name).mkdir()
        (tmp_path / name / f"{name}.txt").write_text("")
    (tmp_path / "b" / "round").symlink_to(tmp_path)
    (tmp_path / "b" / "new\nline.txt").write_text("")
    index = FileIndex(tmp_path)
    assert index.stale
    index.refresh()
    assert not index.stale
    assert index.search("", 10) == ["a/a.txt", "b/b.txt"]
    assert index.search("bt", 10) == ["b/b.txt"]
    assert index.search("btz", 10) == []
    assert index.search("A.TXT", 10) == ["a/a.txt"]


@given(st.text(alphabet="`a\n", max_size=40))
def test_a_fence_holds_whatever_is_in_it(content: str) -> None:
    import tempfile
    from pathlib import Path

    from markdown_it import MarkdownIt

    with tempfile.TemporaryDirectory() as name:
        (Path(name) / "f.txt").write_text(content)
        text = with_contents("see", [Attached("f.txt", Path(name))])
    fences = [token for token in MarkdownIt().parse(text) if token.type == "fence"]
    assert [token.content for token in fences] == [content if content.endswith("\n") else f"{content}\n"]


# The prompts sent before


async def test_up_and_down_walk_through_the_prompts_and_back_to_the_draft() -> None:
    async with staged() as stage:
        await stage.ask("one")
        await stage.ask("two")
        await stage.ask("two")
        await stage.write("draft")
        await stage.press("up")
        assert stage.draft == "two"
        await stage.press("up")
        assert stage.draft == "one", "each once"
        await stage.press("up")
        assert stage.draft == "one"
        await stage.press("end", "exclamation_mark", "down", "up")
        assert stage.draft == "one!", "what was changed on the way stays"
        await stage.press("down", "down")
        assert stage.draft == "draft"
        await stage.press("down")
        assert stage.draft == "draft"


async def test_up_moves_within_a_text_of_several_lines_first() -> None:
    async with staged() as stage:
        await stage.ask("before")
        await stage.write("one")
        await stage.press("ctrl+j")
        await stage.write("two")
        await stage.press("up")
        assert stage.draft == "one\ntwo"
        await stage.press("up")
        assert stage.draft == "before"
        await stage.press("down")
        assert stage.draft == "one\ntwo"


async def test_the_prompts_of_earlier_sessions_are_there_and_private() -> None:
    async with staged() as stage:
        await stage.ask("of yesterday")
        await stage.send("/fork other")
        file = data_dir() / "prompts.jsonl"
        await stage.until(lambda: file.exists() and file.read_text().count("\n") == 2)
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
    async with staged() as stage:
        await stage.press("up", "up")
        assert stage.draft == "of yesterday"


async def test_the_prompts_of_a_session_that_is_opened_are_there(tmp_path: Path) -> None:
    session = Session()
    session.add_message("user", "long ago")
    session.add_message("assistant", "Indeed.")
    session.save(tmp_path / "s.parquet")
    async with staged(file=tmp_path / "s.parquet") as stage:
        await stage.press("up")
        assert stage.draft == "long ago"


async def test_a_history_file_that_cannot_be_written_is_said_once() -> None:
    (data_dir() / "prompts.jsonl").mkdir(parents=True)
    async with staged() as stage:
        await stage.ask("one")
        await stage.until("Prompts are not kept for later sessions")
        await stage.ask("two")
        assert "Prompts are not kept" not in stage.shown()


async def test_control_r_searches_as_one_types_and_enter_takes() -> None:
    async with staged() as stage:
        for prompt in ("a whale sings", "a shark bites", "whale and krill"):
            await stage.ask(prompt)
        await stage.write("draft")
        await stage.press("ctrl+r")
        await stage.until("Search the prompts sent before")
        await stage.write("WHALE")
        await stage.until(lambda: "a shark bites" not in [line.strip(" ›") for line in stage.lines()])
        await stage.press("ctrl+r", "enter")
        assert stage.draft == "a whale sings"
        await stage.press("enter")
        await stage.until(lambda: len(stage.talk) == 8)


async def test_escape_ends_the_search_and_the_draft_is_back() -> None:
    async with staged() as stage:
        await stage.ask("one")
        await stage.paste("\n".join("abc" * 10))
        draft = stage.draft
        await stage.press("ctrl+r")
        await stage.write("zzz")
        await stage.until("No prompt has that.")
        await stage.press("enter")
        assert stage.focus == "composer"
        await stage.press("escape")
        assert stage.draft == draft
        assert "No prompt has that." not in stage.shown()
        await stage.press("enter")
        await stage.until(lambda: len(stage.talk) == 4)
        assert stage.talk[2] == "\n".join("abc" * 10)


async def test_leaving_in_the_middle_of_a_search_keeps_the_draft(tmp_path: Path) -> None:
    file = tmp_path / "s.parquet"
    async with staged(file=file) as stage:
        await stage.ask("one")
        await stage.write("mine")
        await stage.press("ctrl+r")
        await stage.write("o")
        await stage.quit()
    async with staged(file=file) as stage:
        assert stage.draft == "mine"


def test_what_is_damaged_in_the_history_is_left_out() -> None:
    data_dir().mkdir(parents=True)
    (data_dir() / "prompts.jsonl").write_bytes(b'"one"\n{"no": 1}\n\xff\xfe\n"two\n"three"\n')
    assert PromptHistory(State()).prompts() == ["one", "three"]


def test_the_history_file_is_bounded() -> None:
    history = PromptHistory(State())
    for number in range(150):
        history.write(f"{number} " + "x" * 19_000)
    file = data_dir() / "prompts.jsonl"
    assert file.stat().st_size < 2_100_000
    assert PromptHistory(State()).prompts()[-1].startswith("149 ")
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    history.write("y" * 30_000)
    assert PromptHistory(State()).prompts()[-1].startswith("149 "), "one that is too long is not kept"


@given(st.lists(st.text(min_size=1), unique=True, max_size=5), st.lists(st.tuples(st.sampled_from([-1, 1]), st.text())))
def test_a_walk_comes_back_to_all_that_was_left(prompts: list[str], steps: list[tuple[int, str]]) -> None:
    walk = Walk(prompts)
    stands: list[Draft] = [*map(Draft, prompts), Draft()]
    at = len(prompts)
    for step, written in steps:
        stands[at] = Draft(written)
        there = walk.go(step, stands[at])
        if 0 <= at + step < len(stands):
            at += step
            assert there == stands[at]
        else:
            assert there is None
