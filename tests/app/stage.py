"""The program on a screen of memory: keys go in, drawn lines come out."""

from __future__ import annotations

import asyncio
import unicodedata
from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING, Any

from rich.cells import cell_len
from textual import events
from textual.keys import REPLACED_KEYS, _character_to_key, _get_unicode_name_from_key

from lion_tui.app.app import LionApp
from lion_tui.app.opening import open_session
from lion_tui.app.screens.main import MainScreen
from lion_tui.app.transcript import Transcript
from lion_tui.core.header import take_snapshot
from lion_tui.services import Services
from lion_tui.session import Session

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Sequence
    from pathlib import Path

    from textual.pilot import Pilot

    from lion_tui.app.opening import Opened
    from lion_tui.core.inference import Service
    from lion_tui.core.snapshot import Snapshot

PATIENCE_S = 20
_REMOVED_WITHIN_S = 1
_MOST_WAITS, _MOST_TURNS = 1000, 20_000


class Gate:
    """Holds the words of scripted answers back until they are let through: the `pace` of `Services.Scripted`."""

    def __init__(self) -> None:
        self._free = asyncio.Semaphore(0)
        self._open = False

    async def __call__(self) -> None:
        if not self._open:
            await self._free.acquire()

    def close(self) -> None:
        """Hold everything back again."""
        self._open = False
        self._free = asyncio.Semaphore(0)

    def let(self, words: int) -> None:
        """Let so many words through."""
        for _ in range(words):
            self._free.release()

    def open(self) -> None:
        """Let everything through from now on."""
        self._open = True
        self.let(100)


async def _idle() -> bool:
    """Wait until no task of the event loop can go on, and no thread works for one; tell whether that came.

    It does not where something streams on and on, or a thread is held. How long that is waited for is counted, not
    timed: on a loaded machine a second is over before a thread that works has had its turn.
    """
    loop: Any = asyncio.get_running_loop()
    waits = turns = 0
    while waits < _MOST_WAITS and turns < _MOST_TURNS:
        await asyncio.sleep(0)
        threads = loop._default_executor
        working = threads is not None and threads._idle_semaphore._value < len(threads._threads)
        if working:
            await asyncio.sleep(0.001)
            waits += 1
        elif not loop._ready:
            return True
        turns += 1
    return False


async def settled(pilot: Pilot[None]) -> None:
    """Wait until all is done that can be done: what is left waits for time, for a gate, or for a key.

    What is asked is the event loop and its threads. How busy the processor is says nothing on a loaded machine.
    """
    with suppress(TimeoutError):  # a widget that is removed meanwhile never says that it is done
        async with asyncio.timeout(_REMOVED_WITHIN_S):
            await pilot._wait_for_screen()
    if await _idle():
        pilot.app.screen._on_timer_update()
        await _idle()


class Stage:
    """A running program, as its user has it."""

    def __init__(self, app: LionApp, pilot: Pilot[None], opened: Opened) -> None:
        self.app, self.pilot, self.session, self.file = app, pilot, opened.session, opened.file

    @property
    def screen(self) -> MainScreen:
        screen = self.app.screen
        assert isinstance(screen, MainScreen)
        return screen

    @property
    def draft(self) -> str:
        """What stands in the composer."""
        return self.screen.composer.text

    @property
    def focus(self) -> str | None:
        """The pane that has the keyboard."""
        focused = self.screen.focused
        if isinstance(focused, Transcript):
            return "chat"
        return None if focused is None else focused.id or type(focused).__name__.lower()

    @property
    def talk(self) -> list[str]:
        """The texts of the path that is shown."""
        return [message.content for message in self.session.current.path()]

    def lines(self) -> list[str]:
        """Return the screen as it is drawn."""
        return [strip.text for strip in self.app.screen._compositor.render_strips()]

    def shown(self) -> str:
        """Return the screen as one text."""
        return "\n".join(self.lines())

    def row(self, text: str) -> str:
        """Return the first drawn line that has a text."""
        return next(line for line in self.lines() if text in line)

    async def until(self, expected: str | Callable[[], object]) -> None:
        """Wait until a text is drawn, or something is the case."""
        holds = (lambda: expected in self.shown()) if isinstance(expected, str) else expected
        try:
            async with asyncio.timeout(PATIENCE_S):
                while not holds():
                    await asyncio.sleep(0.005)
                    self.app.screen._on_timer_update()
        except TimeoutError:
            raise AssertionError(f"It never came: {expected!r}. The screen:\n{self.shown()}") from None

    async def press(self, *keys: str) -> None:
        """Press keys, each when the one before has done all that it does."""
        for key in keys:
            self._press(key)
            await self.settled()

    def _press(self, key: str) -> None:
        name, character = (key, None) if len(key) > 1 else (_character_to_key(key), key)
        with suppress(KeyError):
            character = character or unicodedata.lookup(_get_unicode_name_from_key(REPLACED_KEYS.get(key, key)))
        event = events.Key(name, character)
        event.set_sender(self.app)
        assert self.app._driver
        self.app._driver.send_message(event)

    async def settled(self) -> None:
        """Wait until all is done that can be done, as `settled`."""
        await settled(self.pilot)

    async def write(self, text: str) -> None:
        """Type a text."""
        for character in text:
            self._press(character)
        await self.settled()

    async def paste(self, text: str) -> None:
        """Paste a text as the terminal does."""
        self.app.post_message(events.Paste(text))
        await self.settled()

    def cell(self, text: str) -> tuple[int, int]:
        """Return the cell of the screen at which a text begins in the chat: column and line."""
        region = self.screen.chat.region
        for y, strip in enumerate(self.screen._compositor.render_strips()):
            line = strip.crop(region.x, region.right).text
            if region.y <= y < region.bottom and text in line:
                return region.x + cell_len(line[: line.index(text)]), y
        raise AssertionError(f"It is not drawn: {text!r}. The screen:\n{self.shown()}")

    def in_background(self, name: str) -> str:
        """Return what is drawn in the chat on the background of one of its Markdown styles."""
        colour = self.screen.chat._styles().markdown[name].bgcolor
        assert colour is not None
        strips = self.screen._compositor.render_strips()
        return "".join(part.text for strip in strips for part in strip if part.style and part.style.bgcolor == colour)

    async def mouse(self, kind: type[events.MouseEvent], cell: tuple[int, int], *, button: int = 1) -> None:
        """Press, move or release the mouse at a cell of the screen."""
        x, y = cell
        self.app.post_message(kind(None, x, y, 0, 0, button, False, False, False, x, y))
        await self.settled()

    async def drag(self, *cells: tuple[int, int]) -> None:
        """Press the mouse at a cell of the screen, move it to others, and release it."""
        await self.mouse(events.MouseDown, cells[0])
        for cell in cells[1:]:
            await self.mouse(events.MouseMove, cell)
        await self.mouse(events.MouseUp, cells[-1])

    async def send(self, text: str) -> None:
        """Type a prompt or a command and send it."""
        await self.write(text)
        await self.press("enter")

    async def ask(self, text: str) -> None:
        """Send a prompt and wait for the end of its answer."""
        count = len(self.session.current.path())
        await self.send(text)
        await self.until(lambda: len(self.session.current.path()) >= count + 2 and not self.session.streaming)

    async def quit(self) -> None:
        """Leave with the key, and wait until the program has ended."""
        await self.press("ctrl+q")
        await self.until(lambda: not self.app.is_running or self.app._exit)


def type_at_once(stage: Stage, *keys: str) -> None:
    """Let keys come before any of them was looked at, as from a terminal that was read late."""
    for key in keys:
        stage.app.post_message(events.Key(key, key if len(key) == 1 else None))


@asynccontextmanager
async def staged(
    service: Service | str | None = "Yes.",
    *,
    file: Path | None = None,
    size: tuple[int, int] = (120, 40),
    system: str | None = None,
    prepare: bool = False,
    typed: str = "",
    compare: Sequence[str] = (),
    asked_for: tuple[str | None, str | None] = (None, None),
    salvage: bool = False,
) -> AsyncIterator[Stage]:
    """Run the program on a session.

    A text as service always answers that, `typed` is there before the screen, `asked_for` is what the command line says
    of service and model, `salvage` shows what can be read of a damaged file.
    """
    opened = open_session(
        file, service=asked_for[0], model=asked_for[1], system=system, salvage=salvage, compare=compare
    )
    try:
        opened.session.fallback = Services.Scripted(service) if isinstance(service, str) else service
        app = LionApp(opened, prepare=prepare)
        for character in typed:
            app.post_message(events.Key(character, character))
        async with app.run_test(size=size) as pilot:
            stage = Stage(app, pilot, opened)
            await stage.until(lambda: isinstance(app.screen, MainScreen) and app.screen.is_mounted)
            await stage.settled()
            yield stage
            if not app._exit:
                await stage.quit()
    finally:
        opened.session.close()


def kept(file: Path) -> Snapshot:
    """Return what a session's file holds."""
    return take_snapshot(Session.open(file).state)
