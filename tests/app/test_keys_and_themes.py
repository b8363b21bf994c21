"""Keys that can be changed, keys that make a new line, and themes."""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from stage import staged
from textual import events

from lion_tui.app.commands import COMMANDS, key_table
from lion_tui.app.themes import load_themes, themes_dir
from lion_tui.config.paths import config_dir

if TYPE_CHECKING:
    from stage import Stage

README = Path(__file__).parents[2] / "README.md"


def configure(text: str) -> None:
    """Write the settings."""
    config_dir().mkdir(parents=True, exist_ok=True)
    (config_dir() / "config.toml").write_text(text, encoding="utf-8")


@pytest.mark.parametrize("key", ["ctrl+j", "shift+enter", "alt+enter", "shift+\r"])
async def test_a_new_line(key: str) -> None:
    async with staged() as stage:
        await stage.write("one")
        stage.app.post_message(events.Key(key, None))
        await stage.settled()
        await stage.write("two")
        assert stage.draft == "one\ntwo"
        assert "› one" in stage.shown()
        await stage.press("enter")
        await stage.until(lambda: stage.talk[:1] == ["one\ntwo"])


async def test_the_composer_grows_with_its_text() -> None:
    async with staged() as stage:
        height = stage.screen.chat.size.height
        await stage.paste("\n".join("abcd"))
        await stage.until(lambda: stage.screen.chat.size.height == height - 3)


async def test_enter_on_nothing_sends_nothing() -> None:
    async with staged() as stage:
        await stage.press("enter", "space", "enter")
        assert not stage.talk


async def test_keys_from_the_settings() -> None:
    configure('[keymap]\nregenerate = "Y"\nquit = "ctrl+x"\nundo = "f5,f6"\n')
    async with staged() as stage:
        await stage.ask("one")
        await stage.press("escape", "R")
        assert not stage.session.streaming
        await stage.press("Y")
        await stage.until("‹2/2›")
        await stage.press("ctrl+q")
        assert not stage.app._exit
        await stage.press("f6")
        await stage.until("Undid: another answer.")
        await stage.press("ctrl+x")
        await stage.until(lambda: stage.app._exit)


@pytest.mark.parametrize(
    ("keymap", "said"),
    [
        ('regenrate = "t"', "keymap.regenrate: there is no such command. Did you mean regenerate?"),
        ('regenerate = "N"', "keymap.regenerate: N is the key of fork"),
        ('regenerate = "ctrl+m"', "keymap.regenerate: a terminal sends ctrl+m as enter"),
        ('regenerate = ""', "keymap.regenerate: a key is expected"),
    ],
)
async def test_a_bad_key_is_reported_by_name_and_the_old_one_stays(keymap: str, said: str) -> None:
    configure(f"[keymap]\n{keymap}\n")
    async with staged() as stage:
        await stage.until(said)
        await stage.ask("one")
        await stage.press("escape", "R")
        await stage.until("‹2/2›")


async def test_control_c_clears_the_draft_then_tells_how_to_leave_and_leaves() -> None:
    async with staged() as stage:
        await stage.write("draft")
        await stage.press("ctrl+c")
        await stage.until("Cleared; up brings it back.")
        assert stage.draft == ""
        await stage.press("up")
        assert stage.draft == "draft"
        await stage.press("ctrl+c", "ctrl+c")
        await stage.until("Ctrl+C again saves and quits.")
        assert not stage.app._exit
        await stage.press("ctrl+c")
        await stage.until(lambda: stage.app._exit)


def help_lines(stage: Stage) -> list[str]:
    """Return what the panel of the help shows, without its scrollbar."""
    lines = stage.shown().splitlines()
    top = next(at for at, line in enumerate(lines) if "╭─ All keys" in line)
    left = lines[top].index("╭─ All keys")
    right = lines[top].index("╮", left)
    return [line[left + 1 : right - 3].strip() for line in lines[top + 1 :] if line[left] == "│" == line[right]]


@pytest.mark.parametrize(("leave", "first"), [((), "In the composer"), (("escape",), "In the chat and the tree")])
async def test_the_help_begins_with_the_keys_of_the_place_where_it_is_opened(
    leave: tuple[str, ...], first: str
) -> None:
    async with staged(size=(120, 40)) as stage:
        await stage.ask("one")
        await stage.press(*leave, "f1")
        await stage.until("All keys")
        await stage.until(lambda: help_lines(stage)[0] == first)


@pytest.mark.parametrize("size", [(80, 24), (120, 40)])
async def test_the_help_is_searched_after_a_slash(size: tuple[int, int]) -> None:
    async with staged(size=size) as stage:
        await stage.press("f1", "/")
        await stage.until("Type to filter")
        await stage.write("scoreb jk")
        await stage.until("Nothing has that. Esc shows all.")
        await stage.press(*["backspace"] * 3)
        await stage.until("Show how often each model was voted")
        assert "Send the prompt" not in stage.shown()
        await stage.press("enter", "j")
        assert "scoreb" in stage.shown(), "Enter keeps it, and j scrolls again"
        await stage.press("escape")
        await stage.until("Send the prompt")
        assert "scoreb" not in stage.shown()
        await stage.press("escape")
        await stage.until("Ask anything")


@pytest.mark.parametrize("close", ["f1", "escape"])
async def test_f1_shows_all_keys_and_commands_and_scrolls(close: str) -> None:
    async with staged(size=(80, 24)) as stage:
        await stage.press("f1")
        await stage.until("Send the prompt")
        page = help_lines(stage)
        await stage.press("pagedown")
        await stage.until(lambda: help_lines(stage)[0] == page[-1])
        await stage.press("pageup")
        await stage.until(lambda: help_lines(stage) == page)
        await stage.press("j")
        await stage.until(lambda: help_lines(stage)[0] == page[1])
        await stage.press("G")
        await stage.until("± ")
        await stage.press(close)
        await stage.until("Ask anything")
        assert stage.focus == "composer"


@pytest.mark.parametrize("name", ["lion-dark", "lion-light", "high-contrast"])
async def test_the_own_themes(name: str) -> None:
    configure(f'theme = "{name}"\n')
    async with staged() as stage:
        await stage.ask("one")
        assert stage.app.theme == name
        theme = next(theme for theme in load_themes()[0] if theme.name == name)
        strips = stage.app.screen._compositor.render_strips()
        colours = {
            segment.style.color.name for strip in strips for segment in strip if segment.style and segment.style.color
        }
        assert theme.variables["role-user"] in colours
        assert theme.variables["lane-1"] in colours


def test_the_own_themes_are_as_those_of_users_must_be() -> None:
    shutil.copytree(themes_dir(), config_dir() / "themes")
    themes, problems = load_themes()
    assert not problems
    own, users = themes[: len(themes) // 2], themes[len(themes) // 2 :]
    assert own == users
    assert "lion-dark" in [theme.name for theme in own]


async def test_a_theme_that_is_not_there() -> None:
    configure('theme = "solarised"\n')
    async with staged() as stage:
        await stage.until("There is no theme 'solarised'. There is solarized-")
        assert stage.app.theme == "lion-dark"


@pytest.mark.parametrize(
    "text",
    [
        "name = ",
        'name = "bad"\ncolour = "#fff"\n',
        'name = "bad"\nprimary = "no colour"\n',
        'name = "bad"\nprimary = 7\n',
        'name = "bad"\nprimary = "#123456"\n[variables]\nrole-user = "loud"\n',
    ],
)
async def test_a_theme_file_that_is_none(text: str) -> None:
    folder = config_dir() / "themes"
    folder.mkdir(parents=True)
    (folder / "bad.toml").write_text(text)
    configure('theme = "bad"\n')
    async with staged() as stage:
        await stage.until("bad.toml is no theme")
        assert stage.app.theme == "lion-dark"


async def test_a_theme_of_the_users() -> None:
    folder = config_dir() / "themes"
    folder.mkdir(parents=True)
    (folder / "mine.toml").write_text('name = "mine"\nprimary = "#123456"\n')
    configure('theme = "mine"\n')
    async with staged() as stage:
        await stage.ask("one")
        assert stage.app.theme == "mine"


def test_the_table_of_keys_in_the_readme_is_that_of_the_commands() -> None:
    text = README.read_text(encoding="utf-8")
    table = text.partition("<!-- keys -->\n")[2].partition("<!-- end keys -->")[0]
    assert table.strip() == key_table().strip()


def test_every_command_has_a_key_or_a_slash_form() -> None:
    for command in COMMANDS.values():
        assert command.keys or command.argument is not None, command.id
        assert command.help.endswith(".")
        assert f"{command.help}" in key_table()


async def test_what_is_wrong_with_the_configuration_is_said_all_at_once() -> None:
    configure('colour = 3\nanimation = 5\ntheme = "none"\n[keymap]\nregenerate = "ctrl+m"\nzzz = "x"\n')
    async with staged() as stage:
        await stage.until("colour: there is no such setting.")
        await stage.until("animation: expected str, got int.")
        await stage.until("There is no theme 'none'.")
        await stage.until("keymap.regenerate: a terminal sends ctrl+m as enter.")
        await stage.until("keymap.zzz: there is no such command. `lion-tui keys` lists them.")
        await stage.ask("one")


async def test_the_users_keys_are_shown_wherever_keys_are() -> None:
    configure('[keymap]\nregenerate = "Y"\nnewline = "ctrl+y"\n')
    async with staged() as stage:
        await stage.until("Ask anything; ctrl+y makes a new line")
        await stage.until("^y newline")
        await stage.ask("one")
        await stage.press("escape")
        await stage.until("Y again")
        await stage.press("ctrl+p")
        await stage.write("regenerate")
        await stage.until(lambda: re.search(r"regenerate +Y │", stage.shown()))
        await stage.press("escape", "i", "f1")
        await stage.until("Ctrl+Y   ")
        await stage.press("escape")
