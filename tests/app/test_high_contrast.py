"""The theme for eyes that need contrast, and no colours at all: what is drawn, told from the screen itself."""

from __future__ import annotations

import re
import tomllib
from typing import TYPE_CHECKING, Any

import pytest
from stage import staged

from lion_tui.app.themes import themes_dir
from lion_tui.config.paths import config_dir

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rich.color import Color
    from stage import Stage

LEAST = 7.0
"""How much lighter or darker than its ground a text is at least: WCAG 2.2, success criterion 1.4.6."""
ANSWER = (
    "# Heading\n\nText with `code`, **bold**, *light*, ~~old~~, [a link](https://a.org) and <b>.\n\n> a quotation\n\n"
    "1. one\n2. two\n\n```python\ndef f(x: int) -> str:\n    return 'text'  # comment 1\n```\n\n"
    "| a | b |\n|---|---|\n| c | d |\n\n---\n"
)


def luminance(colour: tuple[int, ...]) -> float:
    """Return the relative luminance of a colour, as WCAG defines it."""
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in (each / 255 for each in colour)
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def ratio(a: tuple[int, ...], b: tuple[int, ...]) -> float:
    """Return the contrast of two colours, from 1 to 21."""
    dark, light = sorted((luminance(a), luminance(b)))
    return (light + 0.05) / (dark + 0.05)


def rgb(colour: Color | None) -> tuple[int, ...]:
    assert colour is not None
    return tuple(colour.get_truecolor())


def texts(stage: Stage) -> Iterator[tuple[str, tuple[int, ...], tuple[int, ...]]]:
    """Yield each piece of drawn text with its colour and that of its ground; where something lies over, only that."""
    region = stage.app.screen.children[0].region if len(stage.app.screen_stack) > 1 else stage.app.screen.region
    for strip in stage.app.screen._compositor.render_strips()[region.y : region.bottom]:
        for text, style, _ in strip.crop(region.x, region.right):
            if style and re.search(r"[^\W_]|[?!.,;:]", text):
                colours = rgb(style.color), rgb(style.bgcolor)
                yield text, *(reversed(colours) if style.reverse else colours)  # type: ignore[misc]


def faint(stage: Stage) -> list[tuple[str, float]]:
    return [(text, round(found, 1)) for text, a, b in texts(stage) if (found := ratio(a, b)) < LEAST]


def configure(text: str) -> None:
    config_dir().mkdir(parents=True, exist_ok=True)
    (config_dir() / "config.toml").write_text(text, encoding="utf-8")


def test_the_colours_of_texts_stand_out_from_every_ground() -> None:
    theme: dict[str, Any] = tomllib.loads((themes_dir() / "high-contrast.toml").read_text(encoding="utf-8"))
    grounds = [theme.pop(name) for name in ("background", "surface", "panel")]
    variables = theme.pop("variables")
    colours = {**variables, **{name: value for name, value in theme.items() if str(value).startswith("#")}}
    colours.pop("rule")  # lines, which are no text
    selected = colours.pop("input-selection-background")

    def parts(colour: str) -> tuple[int, ...]:
        return tuple(bytes.fromhex(colour.removeprefix("#")))

    low = {
        (name, ground): ratio(parts(colour), parts(ground))
        for name, colour in colours.items()
        for ground in grounds
        if ratio(parts(colour), parts(ground)) < LEAST
    }
    assert low == {}
    assert ratio(parts(colours["foreground"]), parts(selected)) >= LEAST
    assert ratio(parts(variables["rule"]), parts(grounds[0])) >= 3  # of what is no text, criterion 1.4.11


@pytest.mark.parametrize("size", [(80, 24), (120, 40), (200, 60)])
async def test_every_text_on_the_screen_stands_out(size: tuple[int, int]) -> None:
    configure('theme = "high-contrast"\n')
    async with staged(ANSWER, size=size, system="be brief") as stage:
        assert stage.app.theme == "high-contrast"
        await stage.ask("one")
        await stage.ask("two `three`")
        await stage.settled()
        assert faint(stage) == []
        await stage.press("escape")
        assert faint(stage) == []
        await stage.press("b", "f2", "k", "k")
        assert faint(stage) == []
        await stage.press("ctrl+f", *"text", "enter")
        assert faint(stage) == []
        await stage.press("escape", "escape", "R")
        await stage.until(lambda: not stage.session.streaming)
        stage.session.edit(stage.session.path()[-1], content=ANSWER.replace("Text", "Words").replace("one", "three"))
        await stage.settled()
        await stage.press("=")
        await stage.until("against")
        assert faint(stage) == []


@pytest.mark.parametrize(
    "opened", ["f1", "ctrl+p", "ctrl+o", "ctrl+l", "/costs", "/doctor", "/outgoing", "/marks", "/rename"]
)
async def test_every_text_of_a_dialog_stands_out(opened: str) -> None:
    configure('theme = "high-contrast"\n')
    async with staged(ANSWER) as stage:
        await stage.ask("one")
        stage.session.bookmark(stage.session.path()[0])
        if opened.startswith("/"):
            await stage.send(opened)
        else:
            await stage.press(opened)
        await stage.until(lambda: stage.app.screen is not stage.app.screen_stack[0])
        await stage.settled()
        assert faint(stage) == []
        await stage.press("escape")


async def test_without_colours_all_is_grey_and_signs_say_what_differs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    async with staged(ANSWER) as stage:
        await stage.ask("one")
        stage.session.edit(stage.session.path()[-1], content=ANSWER.replace("Text", "Words"))
        await stage.settled()
        await stage.press("escape", "=")
        for line in ("+ Words with code", "- Text with code"):
            await stage.until(line)
        colours = {colour for _, *both in texts(stage) for colour in both}
        assert all(red == green == blue for red, green, blue in colours)
        assert len(colours) > 3
