"""A list of which one line is chosen, or has something done to it."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Literal, NamedTuple

from textual import on
from textual.actions import SkipAction
from textual.binding import Binding
from textual.content import Content
from textual.getters import query_one

from lion_tui.app.screens.list_screen import ListScreen
from lion_tui.app.widgets.entries import Entries, Entry
from lion_tui.app.widgets.said import Said
from lion_tui.app.working import begin
from lion_tui.core.errors import LionError
from lion_tui.core.text import printable

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator, Sequence


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


class Listing(ListScreen[None, Entries]):
    """Lines that what is written filters; keys do something with the one at the cursor."""

    CSS_PATH = [*ListScreen.CSS_PATH, "listing.tcss"]  # noqa: RUF012 - Textual's way to declare them
    BINDINGS: ClassVar = [
        Binding("f4", "back", "close", show=False, priority=True),
        Binding("delete,ctrl+x", "delete", "delete", show=False, priority=True),
    ]

    heading = query_one("#heading", Said)
    said = query_one("#said", Said)

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
        super().__init__(Entries())
        self._title, self._load, self._deeds, self._empty = title, load, deeds, empty
        self._heading = heading
        self._all: Sequence[Entry] = ()

    def above(self) -> Iterator[Said]:
        """Return what is said of all lines."""
        yield Said(id="heading")

    def below(self) -> Iterator[Said]:
        """Return what is said of what was done."""
        yield Said(id="said")

    def on_mount(self) -> None:
        """Show the list."""
        self.hints.say([*((deed.name, deed.title) for deed in self._deeds), ("↓ ↑", "others"), ("esc", "close")])
        begin(self, self._reload)  # however long that takes, esc closes

    async def _reload(self) -> None:
        self._all = await self._load()
        self.heading.say(self._heading())
        self.refilter()

    def refilter(self) -> None:
        """Show the lines that have all the words that are written."""
        self.sift(self._all, _with_words, self._take)

    def _take(self, found: Sequence[Entry]) -> None:
        self.listed.empty = "Nothing has these words." if self._all else self._empty
        self.listed.show(found)
        count = f"{len(found)} of {len(self._all)}" if self.query_text else f"{len(self._all)}"
        self.panel.border_title = Content(printable(f"{self._title} · {count}"))

    @on(Entries.Clicked)
    def _clicked(self) -> None:
        begin(self, self._do, self._deeds[0])

    def action_choose(self) -> None:
        """Do what Enter stands for."""
        self._act("enter")

    def action_delete(self) -> None:
        """Do what Del stands for."""
        self._act("delete")

    def _act(self, key: str) -> None:
        deed = next((deed for deed in self._deeds if deed.key == key), None)
        if deed is None:
            raise SkipAction  # the key is the filter line's
        begin(self, self._do, deed)

    async def _do(self, deed: Deed) -> None:
        entry = self.listed.row
        if entry is None or not self.is_active:
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


def _with_words(entries: Sequence[Entry], query: str) -> Sequence[Entry]:
    """Return the lines that have all words of a query."""
    words = query.casefold().split()
    return [each for each in entries if all(word in f"{each.text} {each.right}".casefold() for word in words)]
