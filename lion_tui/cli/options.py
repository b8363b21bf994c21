"""Options that several commands take, and what completes them."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeVar

import click

if TYPE_CHECKING:
    from collections.abc import Callable

_Command = TypeVar("_Command", bound="Callable[..., Any]")


class _Named(click.Path):
    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Path:
        from lion_tui.storage.named import checked_path

        return checked_path(Path(os.fsdecode(super().convert(value, param, ctx))))


class _Kept(_Named):
    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Path:
        path = super().convert(value, param, ctx)
        if path.exists():
            return path
        from lion_tui.storage.kept import kept_session

        return kept_session(str(path)) or path


SESSION: Final = _Named(path_type=Path)
"""The type of a session's file, or of another one. What it is, is said by what reads it."""
KEPT: Final = _Kept(path_type=Path)
"""The type of a session's file that is there: also what `ls` calls one, its name, the end of that, or its title."""

_CHEAP_BYTES: Final = 4_000_000
"""Session files up to this size are read to complete a branch's name."""


def complete_service(_context: click.Context, _parameter: click.Parameter, incomplete: str) -> list[str]:
    """Return the services whose name begins so."""
    from lion_tui.config.settings import load_settings
    from lion_tui.services.choice import service_names

    return [name for name in service_names(load_settings()[0]) if name.startswith(incomplete)]


def complete_branch(context: click.Context, _parameter: click.Parameter, incomplete: str) -> list[str]:
    """Return the branches of the command's file whose name begins so."""
    from lion_tui import LionError, Session

    # What stands before an option without its value was not made a parameter yet.
    words = [context.params.get("file"), context.params.get("open_path"), *map(Path, context.args)]
    try:
        path = next((word for word in words if word is not None and word.is_file()), None)
        if path is None or path.stat().st_size > _CHEAP_BYTES:
            return []
        return [name for name in Session.open(path).branches if name.startswith(incomplete)]
    except (OSError, LionError):
        return []  # the shell is no place for complaints; the command itself makes them


def who_answers(command: _Command) -> _Command:
    """Add `--service`, `--model` and `--system`."""
    for add in (
        click.option("--system", metavar="TEXT", help="The system prompt."),
        click.option("--model", metavar="NAME", help="The model that answers."),
        click.option("--service", metavar="NAME", shell_complete=complete_service, help="The service that answers."),
    ):
        command = add(command)
    return command


def no_mouse(command: _Command) -> _Command:
    """Add `--no-mouse`."""
    option = click.option(
        "--no-mouse", "mouse", is_flag=True, flag_value=False, default=True,
        help="Leave the mouse to the terminal, which then selects text.",
    )  # fmt: skip
    return option(command)
