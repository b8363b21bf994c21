"""A list of which one line is chosen, or has something done to it."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Literal, NamedTuple

from textual import on
from textual.actions import SkipAction
from textual.binding import Binding
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.getters import query_one
from textual.screen import ModalScreen
from textual.widgets import Input, Static

from lion_tui.app.widgets.entries import Entries, Entry
from lion_tui.app.widgets.said import Said
from lion_tui.app.widgets.status_line import Hints
from lion_tui.core.errors import LionError
from lion_tui.core.text import printable

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from textual import events
    from textual.app import ComposeResult


class Deed(NamedTuple):
    """What a key does with the line at the cursor.

    Attributes:
        key: The key: `enter`, or `delete`, which is Ctrl+X too.
        name: The key, as it is shown.
        title: What it does, in a word or two.
        do: Does it; raises a `LionError` if it cannot be done. What it returns is said.
        closes: Whether the list closes with it.
    """

    key: Literal["enter", "delete"]
    name: str
    title: str
    do: Callable[[Entry], Awaitable[str | None] | str | None]
    closes: bool = False


class Listing(ModalScreen[None]):
    """Lines that what is written filters; keys do something with the one at the cursor."""

    CSS_PATH = "listing.tcss"
    AUTO_FOCUS = "Input"
    BINDINGS: ClassVar = [
        Binding("escape,ctrl+c,f4", "dismiss", "close", show=False, priority=True),
        Binding("down,ctrl+n", "move(1)", "next", show=False, priority=True),
        Binding("up,ctrl+p", "move(-1)", "before", show=False, priority=True),
        Binding("pagedown", "page(1)", "page down", show=False, priority=True),
        Binding("pageup", "page(-1)", "page up", show=False, priority=True),
        Binding("enter", "act('enter')", show=False, priority=True),
        Binding("delete,ctrl+x", "act('delete')", show=False, priority=True),
        Binding("ctrl+home", "move(-1_000_000)", "first", show=False, priority=True),
        Binding("ctrl+end", "move(1_000_000)", "last", show=False, priority=True),
    ]

    panel = query_one(Vertical)
    filter_line = query_one(Input)
    entries = query_one(Entries)
    heading = query_one("#heading", Said)
    said = query_one("#said", Said)
    hints = query_one(Hints)

    def __init__(
        self,
        title: str,
        load: Callable[[], Awaitable[Sequence[Entry]]],
        deeds: Sequence[Deed],
        *,
        empty: str,
        heading: Callable[[], str] = str,
    ) -> None:
        """Show a list.

        Args:
            title: What it is a list of.
            load: Returns its lines as they are now.
            deeds: What can be done with a line; the first of them also with a click.
            empty: What is said where there is none.
            heading: Returns what is said above the lines.
        """
        super().__init__()
        self._title, self._load, self._deeds, self._empty = title, load, deeds, empty
        self._heading = heading
        self._all: Sequence[Entry] = ()

    def compose(self) -> ComposeResult:
        """Lay the panel out."""
        with Vertical():
            with Horizontal(id="filter-line"):
                yield Static("›", id="filter-mark")
                yield Input(placeholder="Type to filter", compact=True)
            yield Said(id="heading")
            yield Entries()
            yield Said(id="said")
            yield Hints()

    def on_mount(self) -> None:
        """Show the list."""
        self.hints.say([*((deed.name, deed.title) for deed in self._deeds), ("↓ ↑", "others"), ("esc", "close")])
        self.run_worker(self._reload())  # however long that takes, esc closes

    async def _reload(self) -> None:
        self._all = await self._load()
        self.heading.say(self._heading())
        self._filter()

    @on(Input.Changed)
    def _filter(self) -> None:
        words = self.filter_line.value.casefold().split()
        found = [each for each in self._all if all(word in f"{each.text} {each.right}".casefold() for word in words)]
        self.entries.empty = "Nothing has these words." if self._all else self._empty
        self.entries.show(found)
        count = f"{len(found)} of {len(self._all)}" if words else f"{len(self._all)}"
        self.panel.border_title = Content(printable(f"{self._title} · {count}"))

    def action_move(self, by: int) -> None:
        """Move the cursor by so many lines."""
        self.entries.move(by)

    def action_page(self, by: int) -> None:
        """Move the cursor by so many screens."""
        self.entries.page(by)

    @on(Entries.Clicked)
    def _clicked(self) -> None:
        self.run_worker(self._do(self._deeds[0]))

    def action_act(self, key: str) -> None:
        """Do what a key stands for; one that stands for nothing is the filter line's."""
        deed = next((deed for deed in self._deeds if deed.key == key), None)
        if deed is None:
            raise SkipAction
        self.run_worker(self._do(deed))

    def on_key(self, event: events.Key) -> None:
        """Take what is typed before the filter line has the keyboard."""
        if self.focused is None and event.is_printable and event.character:
            self.filter_line.insert_text_at_cursor(event.character)

    async def _do(self, deed: Deed) -> None:
        entry = self.entries.entry
        if entry is None:
            return
        try:
            done = deed.do(entry)
            said = done if done is None or isinstance(done, str) else await done
        except LionError as error:
            self.said.say(str(error))
            return
        if deed.closes:
            self.dismiss()
        else:
            await self._reload()
            self.said.say(said or "")
