"""The palette: commands, branches and models, found by a few letters of their names."""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING, Final, NamedTuple

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from textual import on
from textual.content import Content
from textual.getters import query_one
from textual.widgets import Static

from lion_tui.app.commands import COMMANDS
from lion_tui.app.picker.matching import match
from lion_tui.app.screens.list_screen import ListScreen
from lion_tui.app.transcript.wrapping import clip
from lion_tui.app.widgets.pick_list import PickList, styled
from lion_tui.core.text import printable

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterator, Sequence

    from lion_tui.app.picker.matching import Match
    from lion_tui.app.screens.main import MainScreen

_GAP: Final = 2
_WORD: Final = 3
"""Letters from which on explanations are searched too."""
_PLAIN: Final = Style()


class Choice(NamedTuple):
    """A line of the palette.

    Attributes:
        text: What it says.
        keys: The keys that do it; empty for none.
        help: What it does, in a sentence.
        command: The command that it does.
        words: What people call it besides.
        argument: What goes with that.
        places: Which characters of the text were found.
    """

    text: str
    keys: str
    help: str
    command: str
    argument: str = ""
    words: str = ""
    places: tuple[int, ...] = ()


class ChoiceList(PickList[Choice]):
    """Choices, one a line, with their keys at the right."""

    def identity_of(self, row: Choice) -> Hashable:
        """Return what a line is about."""
        return row.command, row.argument

    def draw(self, row: Choice, width: int) -> list[Segment]:
        """Return a line."""
        found, places = self.part_style("found"), frozenset(row.places)
        keys = clip(row.keys, width // 2)
        room = width - cell_len(keys) - _GAP
        text = clip(row.text, room)
        return [
            *styled(text, lambda at: found if at in places else _PLAIN),
            Segment(" " * (room - cell_len(text) + _GAP)),
            Segment(keys, self.part_style("dim")),
        ]


class PaletteScreen(ListScreen[Choice | None, ChoiceList]):
    """What is written filters, the arrows move, and Enter does what the line at the cursor says."""

    about = query_one("#about", Static)

    def __init__(self, choices: Sequence[Choice]) -> None:
        """Offer choices."""
        super().__init__(ChoiceList(), "Find a command, a branch, a model …")
        self._choices = choices

    def below(self) -> Iterator[Static]:
        """Return what says what the line at the cursor does."""
        yield Static(id="about", markup=False)

    def on_mount(self) -> None:
        """Show all of them."""
        self.panel.border_title = "Commands"
        self.listed.empty = "Nothing is called that. Esc closes."
        self.hints.say((("enter", "do it"), ("↑↓", "move"), ("esc", "close")))
        self.refilter()

    def refilter(self) -> None:
        """Show the choices that fit what is written."""
        self.sift(self._choices, sift, self._take)

    def _take(self, rows: Sequence[Choice]) -> None:
        self.listed.show(rows, 0)
        every = len(self._choices)
        self.panel.border_subtitle = Content(f"{len(rows)} of {every}" if len(rows) < every else f"{every}")

    @on(ChoiceList.Pointed)
    def _pointed(self) -> None:
        row = self.listed.row
        self.about.update(row.help if row else "")

    @on(ChoiceList.Clicked)
    def action_choose(self) -> None:
        """Do what the line at the cursor says."""
        if self.listed.row is not None:
            self.dismiss(self.listed.row)


def sift(choices: Sequence[Choice], query: str) -> Sequence[Choice]:
    """Return the choices that fit a query, the best first; all of them for an empty one.

    What is called so by people comes before what has its letters; last comes what is explained with the same words.
    """
    if not query:
        return choices
    found: list[tuple[Match, Choice]] = []
    called: list[Choice] = []
    explained: list[Choice] = []
    words = query.lower().split()
    for choice in choices:
        if len(query) >= _WORD and any(each.startswith(query.lower()) for each in choice.words.split()):
            called.append(choice)
        elif fit := match(query, choice.text):
            found.append((fit, choice))
        elif len(query) >= _WORD and all(word in choice.help.lower() for word in words):
            explained.append(choice)
    found.sort(key=lambda each: (each[1].text == query.lower(), each[0].score), reverse=True)
    return [*called, *(choice._replace(places=fit.places) for fit, choice in found), *explained]


def _commands(screen: MainScreen) -> Iterator[Choice]:
    """Yield all commands, with their keys, or their slash form where they have none."""
    for command in COMMANDS.values():
        keys = command.key_names(screen.keymap) or (f"/{command.id}" if command.argument is not None else "")
        yield Choice(command.title, keys, command.help, command.id, words=command.words)


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
