"""What arrives from the terminal, key by key, and what else is known of it and of this machine."""

from __future__ import annotations

import asyncio
import secrets
from collections import deque
from typing import TYPE_CHECKING, Final

from rich.table import Table
from rich.text import Text
from textual.binding import Binding
from textual.containers import Vertical, VerticalScroll
from textual.getters import query_one
from textual.widgets import Static

import lion_tui.app.widgets.composer  # noqa: F401 - which has Textual tell Alt+Enter from Enter
from lion_tui.app.attention import tell
from lion_tui.app.clipboard import copy, round_trip
from lion_tui.app.doctor.facts import Fact, facts
from lion_tui.app.screens.dialog import Dialog
from lion_tui.app.widgets.said import Said
from lion_tui.app.widgets.status_line import Hints
from lion_tui.app.working import begin
from lion_tui.core.text import printable

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual import events
    from textual.app import ComposeResult

_ASKED_FOR: Final = (
    ("Shift+Enter", ("shift+enter", "shift+\r")),
    ("Alt+Enter", ("alt+enter",)),
    ("Ctrl+Enter", ("ctrl+enter", "ctrl+\r")),
    ("Ctrl+J", ("ctrl+j",)),
    ("Alt+←", ("alt+left",)),
    ("Alt+→", ("alt+right",)),
    ("Ctrl+←", ("ctrl+left",)),
    ("Ctrl+→", ("ctrl+right",)),
)
"""Keys that not every terminal sends, and by which names they arrive."""
_A_LINE: Final = 4
"""How many of them fit on a line."""
_LAST: Final = 6
"""Keys that are shown."""
_NOTICE: Final = "lion-tui: this is a notice"


class DoctorScreen(Dialog[None]):
    """Shows each key as it arrives; some of them try something."""

    CSS_PATH = "doctor.tcss"
    BINDINGS = [  # noqa: RUF012 - Textual's way to declare them
        Binding("escape,ctrl+c", "dismiss", "close", show=False),
    ]

    keys_asked_for = query_one("#asked-for", Static)
    arrived = query_one("#arrived", Static)
    said = query_one("#said", Said)
    scroll = query_one(VerticalScroll)
    known = query_one("#known", Static)
    hints = query_one(Hints)

    def __init__(self) -> None:
        """Begin with no key."""
        super().__init__()
        self._names: deque[str] = deque(maxlen=_LAST)
        self._seen: set[str] = set()

    def compose(self) -> ComposeResult:
        """Lay the panel out."""
        with Vertical() as panel:
            panel.border_title = "Doctor"
            yield Static(id="asked-for")
            yield Static(id="arrived")
            yield Said(id="said")
            with VerticalScroll(can_focus=False):
                yield Static("Looking around …", id="known")
            yield Hints()

    def on_mount(self) -> None:
        """Say what is to be pressed, and look around."""
        self.hints.say(
            [("c", "try the clipboard"), ("b", "bell"), ("n", "notices"), ("↓ ↑", "scroll"), ("esc", "close")]
        )
        self._show_keys()
        begin(self, self._look_around)

    async def _look_around(self) -> None:
        found = await asyncio.to_thread(facts, (self.app.size.width, self.app.size.height))
        self.known.update(_table(found))

    def on_key(self, event: events.Key) -> None:
        """Show the key, and do what it stands for here."""
        if event.key in {"escape", "ctrl+c"}:
            return
        event.stop()
        event.prevent_default()
        self._names.append(_named(event))
        self._seen.add(event.key)
        self._show_keys()
        match event.key:
            case "c":
                begin(self, self._try_clipboard, group="clipboard", exclusive=True)
            case "b":
                tell(self.app, "bell", "")
                self.said.say("The bell was rung. Silence means that your terminal has it off.")
            case "n":
                for how in ("osc9", "osc99"):
                    tell(self.app, how, _NOTICE)
                self.said.say('Two notices were sent. notify = "osc9" or "osc99" in config.toml has those that came.')
            case "down" | "pagedown" | "up" | "pageup":
                lines = 1 if event.key in {"down", "up"} else max(1, self.scroll.scrollable_content_region.height - 1)
                self.scroll.scroll_relative(y=lines if "down" in event.key else -lines, animate=False)

    async def _try_clipboard(self) -> None:
        text = f"lion-tui {secrets.token_hex(3)}"
        same = await asyncio.to_thread(round_trip, text)
        said = {
            True: "The system's clipboard gave back what was copied.",
            False: "The system's clipboard gave back something else than was copied.",
            None: "There is no system clipboard that programs reach here.",
        }[same]
        if same is None:
            await copy(self.app, text)
            said += f" Paste in another window: if {text!r} comes, the terminal takes copies (OSC 52)."
        self.said.say(said)

    def _show_keys(self) -> None:
        text = Text("Press each:  ")
        for at, (name, keys) in enumerate(_ASKED_FOR):
            came = not self._seen.isdisjoint(keys)
            gap = f"\n{'':13}" if at == _A_LINE else ""
            text.append(f"{gap}{'✓' if came else '·'} {name}   ", "bold" if came else "")
        self.keys_asked_for.update(text)
        if self._names:
            self.arrived.update(Text(f"Arrived:  {'   '.join(self._names)}"))
        else:
            self.arrived.update(Text("Arrived:  nothing yet. What comes as plain enter is one to the program, too."))


def _named(event: events.Key) -> str:
    """Return a key by its name, and what it writes if that is not its name."""
    name = event.key.replace("\r", "enter")
    character = event.character
    writes = character if character and character.isprintable() and character != name else ""
    return printable(f"{name} {writes}".strip())


def _table(found: Sequence[Fact]) -> Table:
    table = Table(box=None, show_header=False, padding=(0, 2, 0, 0), expand=True)
    table.add_column(no_wrap=True)
    table.add_column(ratio=1, overflow="fold")
    section = ""
    for fact in found:
        if fact.section != section:
            if section:
                table.add_row("", "")
            section = fact.section
            table.add_row(Text(section, "bold"), "")
        table.add_row(Text(f"{'!' if fact.advice else ' '} {fact.name}"), Text(fact.value))
        if fact.advice:
            table.add_row("", Text(fact.advice, "italic"))
        for line in fact.lines:
            table.add_row("", Text(f"  {line}", "bold"))
    return table
