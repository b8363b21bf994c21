"""What the user can do: one class each, from which its key, its help and its slash form come."""

from __future__ import annotations

import difflib
import re
from typing import TYPE_CHECKING

from textual.binding import Binding

from lion_tui.app.commands.answering import Interrupt, Model, Set, Stop, StopAll
from lion_tui.app.commands.asking import BlindMode, BothBad, FanOut, NextUnread, Other, Pick, Scoreboard, Vote
from lion_tui.app.commands.branching import (
    Back,
    Checkout,
    Continue,
    DeleteBranch,
    Fork,
    Forward,
    NextSibling,
    PreviousBranch,
    PreviousSibling,
    Regenerate,
    Rename,
)
from lion_tui.app.commands.command import short_key
from lion_tui.app.commands.editing import Archive, Carry, Delete, Deleted, Edit, Redo, System, Title, Undo
from lion_tui.app.commands.marking import Annotate, Bookmark, KeepOnly, Marks, Mute, StartContext
from lion_tui.app.commands.merging import Merge
from lion_tui.app.commands.panes import (
    Common,
    Compare,
    Diff,
    DiffUnit,
    Filter,
    HideTree,
    Inspect,
    Narrower,
    ScrollLock,
    Target,
    ToggleHoist,
    ToggleTree,
    Unzoom,
    Wider,
    Zoom,
)
from lion_tui.app.commands.reading import (
    Copy,
    Find,
    FindAll,
    Fold,
    Jump,
    NextCode,
    NextFork,
    NextHit,
    NextPrompt,
    PreviousCode,
    PreviousFork,
    PreviousHit,
    PreviousPrompt,
    Reasoning,
)
from lion_tui.app.commands.sessions import (
    Doctor,
    Export,
    Help,
    Import,
    Move,
    NewSession,
    OpenSession,
    Palette,
    Quit,
    SaveAs,
    Suspend,
    TakeTour,
)
from lion_tui.app.commands.sizing import Costs, Outgoing
from lion_tui.app.commands.transplanting import CopyTurn, Cut, Graft, PasteTurns, Replay
from lion_tui.app.commands.writing import Compose, Editor, Newline, Now, SearchPrompts, Send
from lion_tui.core.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from lion_tui.app.commands.command import Command, Scope

_SLASH = re.compile(r"/([A-Za-z][\w-]*)(?:\s+(.*))?\s*", re.DOTALL)


COMMANDS: dict[str, Command] = {
    command.id: command
    for command in (
        Fork(), Regenerate(), Other(), FanOut(), Pick(), Continue(), PreviousSibling(), NextSibling(), Checkout(),
        PreviousBranch(), Back(), Forward(), Model(),
        Set(), System(), Edit(), Carry(), Rename(), Title(), Archive(), KeepOnly(), Delete(), Deleted(), DeleteBranch(),
        Undo(), Redo(), Merge(), CopyTurn(), PasteTurns(), Graft(), Replay(), Cut(),
        Bookmark(), Annotate(), Marks(), Mute(), StartContext(),
        Costs(), Outgoing(), Copy(),
        Find(), FindAll(), NextHit(), PreviousHit(), PreviousPrompt(), NextPrompt(), PreviousCode(), NextCode(),
        PreviousFork(), NextFork(), Jump(), Fold(), Reasoning(), Stop(), StopAll(), Interrupt(), ToggleTree(),
        ToggleHoist(), Filter(), HideTree(), Zoom(), Unzoom(), Narrower(), Wider(), Inspect(),
        Compare(), Diff(), DiffUnit(), ScrollLock(), Target(), Common(), BlindMode(), Vote(), BothBad(),
        Scoreboard(), NextUnread(),
        Send(), Newline(), Now(), SearchPrompts(), Editor(), Compose(), NewSession(), OpenSession(), SaveAs(), Move(),
        Export(), Import(), Palette(), Suspend(), TakeTour(), Doctor(), Help(), Quit(),
    )
}  # fmt: skip
"""Every command by its id."""
DIGITS: dict[str, str] = Vote.digits
"""The ids and keys of the digits, which vote for a column, or are a number before another key."""


def slash_form(text: str) -> tuple[str, str] | None:
    """Return the command and the argument that a text names; None if it begins with no slash and one word."""
    match = _SLASH.fullmatch(text)
    return (match[1], (match[2] or "").strip()) if match else None


def checked_slash(name: str, argument: str) -> Command:
    """Return the command of a slash form.

    Raises:
        UsageError: there is none of that name, or it takes no argument.
    """
    names = [command.id for command in COMMANDS.values() if command.argument is not None]
    if name not in names:
        near = difflib.get_close_matches(name.lower(), names, n=1)
        hint = f"Did you mean /{near[0]}?" if near else "Ctrl+P finds commands by their names."
        raise UsageError(f"There is no command /{name}.", f"{hint} A space before the slash sends it as it is.")
    if argument and not COMMANDS[name].argument:
        raise UsageError(f"/{name} takes nothing after it.", f"Write /{name} alone.")
    return COMMANDS[name]


def bindings(scope: Scope) -> list[Binding]:
    """Return the bindings of the commands that work in a scope, outside the composer with those of the digits."""
    digits = [
        Binding(key, f"screen.digit({key})", f"digit {key}", id=name, show=False)
        for name, key in (DIGITS.items() if scope == "browse" else ())
    ]
    return [command.binding() for command in COMMANDS.values() if command.keys and command.scope == scope] + digits


class ShortKeys(dict[str, str]):
    """The keys of commands by their ids, as the line of keys names them; each is made when it is asked for."""

    def __init__(self, keymap: Mapping[str, str]) -> None:
        """Begin with the user's keys by the id of what they do."""
        super().__init__()
        self._keymap = keymap

    def __missing__(self, command_id: str) -> str:
        """Name the key of a command."""
        name = self[command_id] = short_key(
            self._keymap.get(command_id) or DIGITS.get(command_id) or COMMANDS[command_id].keys
        )
        return name


def key_table() -> str:
    """Return the commands as the rows of a Markdown table: the keys or slash form of each, and what it does."""
    rows = []
    for command in COMMANDS.values():
        forms = [f"`{key}`" for key in command.key_names({}).split(", ") if key]
        if command.argument is not None:
            forms.append(f"`/{command.id} {command.argument}`".replace(" `", "`"))
        rows.append(f"| {', '.join(forms)} | {command.help} |")
    return "\n".join(["| key | what it does |", "| --- | --- |", *rows])
