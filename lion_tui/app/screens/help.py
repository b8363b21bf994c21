"""All keys and commands, on one screen."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.table import Table
from textual.binding import Binding
from textual.containers import VerticalScroll
from textual.widgets import Static

from lion_tui.app.commands import COMMANDS
from lion_tui.app.screens.dialog import Dialog

if TYPE_CHECKING:
    from collections.abc import Mapping

    from textual.app import ComposeResult

_COMPOSER = (
    ("Up", "On the first line, go to the prompt sent before; with nothing written, take one that waits back."),
    ("Tab", "Take the first of what is offered: /commands, their arguments, @files."),
    ("PageUp, PageDown", "Scroll the chat; Ctrl+Home and Ctrl+End go to its beginning and its end."),
)
_PANES = (
    ("j, k", "Go to the next message, to the one before."),
    ("g, G", "Go to the first message, to the last."),
    ("h, l", "While branches are compared: go to the column on the left, on the right."),
    ("Tab, Shift+Tab", "Go to the next pane, to the one before."),
)


_SIGNS = (
    ("● ◉ ○", "A message; the one where a branch ends that is shown; one that is archived."),
    ("◆ ★ ✕", "An answer that came unseen; a bookmark; an answer that failed, or was cut off."),
    ("┊ 14", "So many messages that are folded into one line."),
    ("‹2/3›", "The second of three alternatives: [ and ] show the others."),
    ("⑂", "Where a talk goes on below another alternative."),
    ("0.3 s", "How long the first word of an answer took; then its speed, its length and its cost."),
    ("▲ ▼", "Of columns side by side, the fastest answer and the cheapest one."),
    ("+ - ~ ±", "Lines that were added, removed, moved, or changed, where something is compared."),
)


class HelpScreen(Dialog[None]):
    """What every key and every slash command does."""

    CSS_PATH = "help.tcss"
    BINDINGS = [  # noqa: RUF012 - Textual's way to declare them
        Binding("escape,f1,q", "dismiss", "close", show=False),
        Binding("j,down", "scroll(1)", "down", show=False),
        Binding("k,up", "scroll(-1)", "up", show=False),
        Binding("pagedown,space", "page(1)", "page down", show=False),
        Binding("pageup", "page(-1)", "page up", show=False),
        Binding("g,home", "scroll(-1_000)", "first line", show=False),
        Binding("G,end", "scroll(1_000)", "last line", show=False),
    ]

    def __init__(self, keymap: Mapping[str, str], *, composing: bool) -> None:
        """Show all keys.

        Args:
            keymap: The user's keys in place of others.
            composing: Whether it was opened from the composer, whose keys come first then.
        """
        super().__init__()
        self._keymap = keymap
        self._composing = composing

    def compose(self) -> ComposeResult:
        """Lay the tables out."""
        with VerticalScroll(can_focus=False) as panel:
            panel.border_title = "All keys"
            panel.border_subtitle = "esc closes · j k scroll"
            yield Static(self._table())

    def _table(self) -> Table:
        table = Table(box=None, show_header=False, padding=(0, 2, 0, 0), expand=True)
        table.add_column(style="bold", no_wrap=True)
        table.add_column()
        everywhere, browse, compose = (
            [
                (each.key_names(self._keymap), each.help)
                for each in COMMANDS.values()
                if each.key_names(self._keymap) and each.scope in scopes
            ]
            for scopes in ({"everywhere"}, {"browse", "tree"}, {"compose"})
        )
        slash = [
            (f"/{each.id} {each.argument}".strip(), each.help)
            for each in COMMANDS.values()
            if each.argument is not None
        ]
        here, there = ("In the composer", [*compose, *_COMPOSER]), ("In the chat and the tree", [*_PANES, *browse])
        if not self._composing:
            here, there = there, here
        sections = (here, ("Everywhere", everywhere), there, ("Written in the composer", slash), ("Signs", _SIGNS))
        for title, rows in sections:
            table.add_row(title, "", style="dim")
            for keys, text in rows:
                table.add_row(f"  {keys}", text)
            table.add_row("", "")
        return table

    def action_scroll(self, lines: int) -> None:
        """Scroll by so many lines."""
        self.query_one(VerticalScroll).scroll_relative(y=lines, animate=False)

    def action_page(self, pages: int) -> None:
        """Scroll by so many screens; a line of the one before stays in sight."""
        height = self.query_one(VerticalScroll).scrollable_content_region.height
        self.action_scroll(pages * max(1, height - 1))
