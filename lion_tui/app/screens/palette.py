"""The palette: commands, branches and models, found by a few letters of their names."""

from __future__ import annotations

import asyncio
from itertools import chain
from typing import TYPE_CHECKING, ClassVar, Final, NamedTuple

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from textual import on
from textual.binding import Binding
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.getters import query_one
from textual.screen import ModalScreen
from textual.widgets import Input, Static

from lion_tui.app.commands import COMMANDS
from lion_tui.app.picker.matching import match
from lion_tui.app.transcript.wrapping import clip
from lion_tui.app.widgets.pick_list import PickList, styled
from lion_tui.app.widgets.status_line import Hints
from lion_tui.core.text import printable

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterator, Sequence

    from textual import events
    from textual.app import ComposeResult

    from lion_tui.app.screens.main import MainScreen

_AT_ONCE: Final = 500
"""Lines that are sifted while the key is handled; more of them, in a thread."""
_GAP: Final = 2
_PLAIN: Final = Style()


class Choice(NamedTuple):
    """A line of the palette.

    Attributes:
        text: What it says.
        keys: The keys that do it; empty for none.
        help: What it does, in a sentence.
        command: The command that it does.
        argument: What goes with that.
        places: Which characters of the text were found.
    """

    text: str
    keys: str
    help: str
    command: str
    argument: str = ""
    places: tuple[int, ...] = ()


class ChoiceList(PickList[Choice]):
    """Choices, one a line, with their keys at the right."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {"palette--keys", "palette--found", "palette--cursor"}

    def identity_of(self, row: Choice) -> Hashable:
        """Return what a line is about."""
        return row.command, row.argument

    def cursor_style(self) -> Style:
        """Return what marks the line at the cursor."""
        return self.get_component_rich_style("palette--cursor")

    def draw(self, row: Choice, width: int, base: Style) -> list[Segment]:  # noqa: ARG002 - the same on every line
        """Return a line."""
        found, places = self.get_component_rich_style("palette--found", partial=True), frozenset(row.places)
        keys = clip(row.keys, width // 2)
        room = width - cell_len(keys) - _GAP
        text = clip(row.text, room)
        return [
            *styled(text, lambda at: found if at in places else _PLAIN),
            Segment(" " * (room - cell_len(text) + _GAP)),
            Segment(keys, self.get_component_rich_style("palette--keys", partial=True)),
        ]


class PaletteScreen(ModalScreen[Choice]):
    """What is written filters, the arrows move, and Enter does what the line at the cursor says."""

    CSS_PATH = "palette.tcss"
    AUTO_FOCUS = "#wanted"
    BINDINGS = [  # noqa: RUF012 - Textual's way to declare them
        Binding("escape,ctrl+c", "dismiss", "back", show=False, priority=True),
        Binding("down,ctrl+n", "move(1)", "next", show=False, priority=True),
        Binding("up,ctrl+p", "move(-1)", "before", show=False, priority=True),
        Binding("pagedown", "page(1)", "page down", show=False, priority=True),
        Binding("pageup", "page(-1)", "page up", show=False, priority=True),
        Binding("ctrl+home", "move(-1_000_000)", "first", show=False, priority=True),
        Binding("ctrl+end", "move(1_000_000)", "last", show=False, priority=True),
        Binding("enter", "choose", "do it", show=False, priority=True),
        Binding("tab,shift+tab", "nothing", "stay", show=False, priority=True),
    ]

    panel = query_one("#palette", Vertical)
    wanted = query_one("#wanted", Input)
    listed = query_one(ChoiceList)
    about = query_one("#about", Static)

    def __init__(self, choices: Sequence[Choice]) -> None:
        """Offer choices."""
        super().__init__()
        self._choices = choices

    def compose(self) -> ComposeResult:
        """Lay the panel out."""
        with Vertical(id="palette") as panel:
            panel.border_title = "Commands"
            with Horizontal(id="wanted-line"):
                yield Static("›", id="wanted-mark")
                yield Input(placeholder="Find a command, a branch, a model …", compact=True, id="wanted")
            yield ChoiceList()
            yield Static(id="about", markup=False)
            yield Hints()

    def on_mount(self) -> None:
        """Show all of them."""
        self.query_one(Hints).say((("enter", "do it"), ("↑↓", "move"), ("esc", "close")))
        self._take(self._choices)

    def on_key(self, event: events.Key) -> None:
        """Take what was typed before the line had the keyboard."""
        if self.focused is None and event.is_printable and event.character:
            self.wanted.insert_text_at_cursor(event.character)

    @on(Input.Changed, "#wanted")
    def _filter(self) -> None:
        query = self.wanted.value.strip()
        if query and len(self._choices) > _AT_ONCE:
            self.run_worker(self._sift_aside(query), group="sift", exclusive=True)
        else:
            self.workers.cancel_group(self, "sift")
            self._take(sift(self._choices, query))

    async def _sift_aside(self, query: str) -> None:
        self._take(await asyncio.to_thread(sift, self._choices, query))

    def _take(self, rows: Sequence[Choice]) -> None:
        self.listed.show(rows, 0)
        every = len(self._choices)
        self.panel.border_subtitle = Content(f"{len(rows)} of {every}" if len(rows) < every else f"{every}")

    @on(ChoiceList.Pointed)
    def _pointed(self) -> None:
        row = self.listed.row
        self.about.update(row.help if row else "Nothing is called that.")

    @on(ChoiceList.Clicked)
    def action_choose(self) -> None:
        """Do what the line at the cursor says."""
        if self.listed.row is not None:
            self.dismiss(self.listed.row)

    def action_move(self, by: int) -> None:
        """Move the cursor by so many lines."""
        self.listed.move(by)

    def action_page(self, by: int) -> None:
        """Move the cursor by so many screens."""
        self.listed.page(by)

    def action_nothing(self) -> None:
        """Stay: there is nowhere else to go."""


def sift(choices: Sequence[Choice], query: str) -> Sequence[Choice]:
    """Return the choices that fit a query, the best first; all of them for an empty one."""
    if not query:
        return choices
    found = [(fit, choice) for choice in choices if (fit := match(query, choice.text))]
    found.sort(key=lambda each: each[0].score, reverse=True)
    return [choice._replace(places=fit.places) for fit, choice in found]


def _commands(screen: MainScreen) -> Iterator[Choice]:
    """Yield all commands, with their keys, or their slash form where they have none."""
    for command in COMMANDS.values():
        keys = command.key_names(screen.keymap) or (f"/{command.id}" if command.argument is not None else "")
        yield Choice(command.title, keys, command.help, command.id)


def _branches(screen: MainScreen) -> Iterator[Choice]:
    """Yield all branches but the current one, to be checked out."""
    state = screen.session.state
    for name, ref in state.names().items():
        if ref.branch_id != state.current.branch_id:
            yield Choice(f"check out {printable(name)}", "", "Go on on this branch.", "checkout", name)


def _models(screen: MainScreen) -> Iterator[Choice]:
    """Yield the models that are known without asking anyone, to answer from now on."""
    for service, model in screen.choosing.known():
        text = f"answer with {printable(model)} · {printable(service)}"
        yield Choice(text, "", "Let this model answer on this branch.", "model", f"{service} {model}")


def show_palette(screen: MainScreen) -> None:
    """Open the palette over a screen, which does what is chosen."""

    def do(choice: Choice | None) -> None:
        if choice is not None:
            screen.do(choice.command, choice.argument)

    choices = [*chain(_commands(screen), _branches(screen), _models(screen))]
    screen.app.push_screen(PaletteScreen(choices), do)
