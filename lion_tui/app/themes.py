"""Themes: one TOML file each, the program's own and the user's."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

from textual.color import Color, ColorParseError
from textual.theme import Theme

from lion_tui.config.paths import config_dir

DEFAULT = "lion-dark"
_COLOURS = {"dim", "rule"}


def themes_dir() -> Path:
    """Return the folder of the program's own themes: within the package, or beside it in a checkout."""
    package = Path(__file__).parents[1]
    packaged = package / "themes"
    return packaged if packaged.is_dir() else package.parent / "themes"


def load_themes() -> tuple[list[Theme], list[str]]:
    """Return the themes, the user's after the program's own, and a sentence for each file that is none."""
    themes = [Theme(**_table(path)) for path in _files(themes_dir())]
    problems: list[str] = []
    for path in _files(config_dir() / "themes"):
        try:
            themes.append(_checked(_table(path)))
        except (OSError, ValueError, TypeError, ColorParseError) as error:
            problems.append(f"{path.name} is no theme: {error}.")
    return themes, problems


def _files(folder: Path) -> list[Path]:
    return sorted(folder.glob("*.toml"))


def _table(path: Path) -> dict[str, Any]:
    return tomllib.loads(path.read_text(encoding="utf-8"))


def _checked(table: dict[str, Any]) -> Theme:
    """Return the theme that a user's file describes.

    Textual looks at most of it no sooner than it draws, and ends the program over what it does not understand.
    """
    import msgspec

    theme = Theme(**table)
    msgspec.convert(table, Theme)  # the types
    theme.to_color_system().generate()
    for name, value in theme.variables.items():
        if name in _COLOURS or name.startswith(("role-", "lane-")):
            Color.parse(value)
    return theme
