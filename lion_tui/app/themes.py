"""Themes: one TOML file each, the program's own and the user's."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
from textual.color import Color, ColorParseError
from textual.theme import Theme

from lion_tui.config.paths import config_dir

if TYPE_CHECKING:
    from collections.abc import Iterator

DEFAULT = "lion-dark"
_COLOURS = {"dim", "rule"}


def themes_dir() -> Path:
    """Return the folder of the program's own themes: within the package, or beside it in a checkout."""
    package = Path(__file__).parents[1]
    packaged = package / "themes"
    return packaged if packaged.is_dir() else package.parent / "themes"


def load_themes() -> tuple[list[Theme], list[str]]:
    """Return the themes, the user's after the program's own, and a sentence for each file that is none."""
    themes: list[Theme] = []
    problems: list[str] = []
    for path in _files():
        try:
            themes.append(_theme(path.read_text(encoding="utf-8")))
        except (OSError, ValueError, TypeError, ColorParseError) as error:
            problems.append(f"{path.name} is no theme: {error}.")
    return themes, problems


def _theme(text: str) -> Theme:
    """Return the theme that a file describes.

    Textual looks at most of it no sooner than it draws, and ends the program over what it does not understand.
    """
    table = tomllib.loads(text)
    theme = Theme(**table)
    msgspec.convert(table, Theme)  # the types
    theme.to_color_system().generate()
    for name, value in theme.variables.items():
        if name in _COLOURS or name.startswith(("role-", "lane-")):
            Color.parse(value)
    return theme


def _files() -> Iterator[Path]:
    for folder in (themes_dir(), config_dir() / "themes"):
        if folder.is_dir():
            yield from sorted(folder.glob("*.toml"))
