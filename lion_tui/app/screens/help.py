"""All keys and commands, on one screen."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.table import Table
from textual import on
from textual.binding import Binding
from textual.containers import VerticalScroll
from textual.getters import query_one
from textual.widgets import Static

from lion_tui.app.commands import COMMANDS
from lion_tui.app.screens.dialog import Dialog
from lion_tui.app.widgets.line import Line

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
    """What every key and every slash command does; after a `/`, what is written filters."""

    CSS_PATH = "help.tcss"
    AUTO_FOCUS = ""
    BINDINGS = [  # noqa: RUF012 - Textual's way to declare them
        Binding("escape", "back", "back", show=False),
        Binding("f1,q", "dismiss", "close", show=False),
        Binding("slash", "find", "find", show=False),
        Binding("j,down", "scroll(1)", "down", show=False),
        Binding("k,up", "scroll(-1)", "up", show=False),
        Binding("pagedown,space", "page(1)", "page down", show=False),
        Binding("pageup", "page(-1)", "page up", show=False),
        Binding("g,home", "scroll(-1_000)", "first line", show=False),
        Binding("G,end", "scroll(1_000)", "last line", show=False),
    ]

    filter_line = query_one("#filter", Line)
    shown = query_one("#keys", Static)

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
            panel.border_subtitle = "esc closes · j k scroll · / finds"
            yield Line(placeholder="Type to filter", compact=True, id="filter")
            yield Static(self._table(), id="keys")

    def _table(self, written: str = "") -> Table:
        """Return the keys and commands that have all words of what is `written`."""
        words = written.lower().split()
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
            fit = [row for row in rows if all(word in " ".join(row).lower() for word in words)]
            if fit:
                table.add_row(title, "", style="dim")
                for keys, text in fit:
                    table.add_row(f"  {keys}", text)
                table.add_row("", "")
        if not table.row_count:
            table.add_row("", "Nothing has that. Esc shows all.")
        return table

    def action_find(self) -> None:
        """Filter by what is written from now on."""
        self.filter_line.display = True
        self.filter_line.focus()

    @on(Line.Changed)
    def _filter(self, event: Line.Changed) -> None:
        self.shown.update(self._table(event.value))
        self.query_one(VerticalScroll).scroll_home(animate=False)

    @on(Line.Submitted)
    def _keep(self) -> None:
        self.set_focus(None)

    def action_back(self) -> None:
        """Show all again, or else close."""
        if not self.filter_line.display:
            self.dismiss()
            return
        self.set_focus(None)
        self.filter_line.value = ""
        self.filter_line.display = False

    def action_scroll(self, lines: int) -> None:
        """Scroll by so many lines."""
        self.query_one(VerticalScroll).scroll_relative(y=lines, animate=False)

    def action_page(self, pages: int) -> None:
        """Scroll by so many screens; a line of the one before stays in sight."""
        height = self.query_one(VerticalScroll).scrollable_content_region.height
        self.action_scroll(pages * max(1, height - 1))
