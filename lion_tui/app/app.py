"""The program."""

from __future__ import annotations

import asyncio
import difflib
import gc
import os
import signal
import sys
from typing import TYPE_CHECKING

from textual import events
from textual.app import App
from textual.binding import Binding

from lion_tui.app.commands.keymap import checked_keymap
from lion_tui.app.key_order import KeyOrder
from lion_tui.app.keyboard import with_all_keys
from lion_tui.app.screens.main import MainScreen
from lion_tui.app.themes import DEFAULT, load_themes

if TYPE_CHECKING:
    from types import FrameType

    from textual.driver import Driver

    from lion_tui.app.opening import Opened


class LionApp(App[None], inherit_bindings=False):
    """Talking with language models in branches.

    Textual's own keys to quit are left out: they would leave without saving.

    Attributes:
        opened: The session that is shown.
    """

    TITLE = "lion-tui"
    BINDINGS = [  # noqa: RUF012 - Textual's way to declare them
        Binding("ctrl+q", "app.command('quit')", id="quit", show=False, priority=True),  # in dialogs too
    ]
    ENABLE_COMMAND_PALETTE = False

    def __init__(self, opened: Opened, *, prepare: bool = True, draft: str = "") -> None:
        """Begin with a session.

        Args:
            opened: The session.
            prepare: Whether to find out who answers, and to have it ready, as soon as the screen stands.
            draft: What is put into the composer.
        """
        self._themes, self._problems = load_themes()
        self.opened = opened
        super().__init__()
        self._disable_notifications = self._disable_tooltips = True  # we have none; each screen would lay them out
        self._prepare = prepare
        self._draft = draft
        self._checked_keymap: dict[str, str] = {}
        self._key_order = KeyOrder(self, lambda: self._takes_input, super().on_event)
        self._stands = self._began = False  # whether a screen stands that takes what is typed; whether one ever did
        for theme in self._themes:
            self.register_theme(theme)
        wanted = opened.settings.theme or DEFAULT
        if wanted not in self.available_themes:
            near = difflib.get_close_matches(wanted, self.available_themes, n=1) or [
                theme.name for theme in self._themes
            ]
            self._problems.append(f"There is no theme {wanted!r}. There is {', '.join(near)}.")
            wanted = DEFAULT
        # Before the style sheet is read: a change after would have it read, and applied, all over again.
        self.theme = wanted
        if opened.settings.animation == "off":
            self.animation_level = "none"

    def get_driver_class(self) -> type[Driver]:
        """Return the driver of this terminal, with our own reading of pastes and keys."""
        return with_all_keys(super().get_driver_class(), self.opened.settings.keymap)

    def get_theme_variable_defaults(self) -> dict[str, str]:
        """Return our own colours for themes that do not say them: those of the default theme."""
        return next((theme.variables for theme in self._themes if theme.name == DEFAULT), {})

    def refresh_css(self, animate: bool = True) -> None:
        """Read the style sheet anew, as for another theme; the first one is set before it was read at all."""
        if self.screen_stack:
            super().refresh_css(animate)
        else:
            self.stylesheet.set_variables(self.get_css_variables())

    def get_default_screen(self) -> MainScreen:
        """Return the screen of the session: the first one, so that no empty screen is laid out and drawn before it."""
        self._checked_keymap, faults = checked_keymap(self.opened.settings.keymap)
        self._problems += faults
        self.set_keymap(self._checked_keymap)
        screen = MainScreen(self.opened, prepare=self._prepare, keymap=self._checked_keymap, draft=self._draft)
        for path in screen.css_path:  # Textual reads those of later screens only
            self.stylesheet.read(path)
        # `switch_screen` takes a callback from the screen that it replaces; Textual gives the first one none.
        screen._push_result_callback(screen, None)  # noqa: SLF001
        return screen

    async def on_main_screen_shown(self, event: MainScreen.Shown) -> None:
        """Hand on what was typed so far, and prepare for the end."""
        await self._take_input()
        if self._began:
            return  # another session is shown
        self._began = True
        self.app_resume_signal.subscribe(self, lambda _: self.refresh())  # the shell drew over the screen
        self._end_with_signals()
        if self._problems:
            self.call_after_refresh(event.screen.say_error, "\n".join([*self.opened.notices, *self._problems]))
        self.call_after_refresh(self._settle_memory)

    def action_command(self, command_id: str) -> None:
        """Do what a key stands for, whatever lies over the screen."""
        next(screen for screen in self.screen_stack if isinstance(screen, MainScreen)).do(command_id)

    def on_main_screen_session_changed(self, event: MainScreen.SessionChanged) -> None:
        """Show another session in place of the one that was, which is closed, and of what lies over it."""
        self.opened = event.opened
        self._stands = False
        while not isinstance(self.screen, MainScreen):
            self.pop_screen()
        self.switch_screen(MainScreen(event.opened, prepare=self._prepare, keymap=self._checked_keymap))

    async def on_main_screen_session_stays(self) -> None:
        """Go on with the session that was to be left."""
        await self._take_input()

    def _fatal_error(self) -> None:
        """End the program over a defect and show where it is, without the values of variables: keys are among them."""
        from rich.traceback import Traceback

        self.panic(Traceback(show_locals=False))

    async def on_event(self, event: events.Event) -> None:
        """Hand what is typed on, in its order; a key comes again if no widget takes it."""
        if isinstance(event, (events.Key, events.Paste)):
            if not event.is_forwarded:
                await self._key_order.take(event)
                return
            self._key_order.came_back(event)
        await super().on_event(event)

    @property
    def _takes_input(self) -> bool:
        main = next((screen for screen in self.screen_stack if isinstance(screen, MainScreen)), None)
        return self._stands and main is not None and not main.leaving.goes

    async def _take_input(self) -> None:
        """Hand on what was typed before now, and then all that comes."""
        self._stands = True
        await self._key_order.go_on()

    def _end_with_signals(self) -> None:
        """Save and leave when the system wants the program to end, or its terminal goes."""
        if self.is_headless or sys.platform == "win32":
            return

        def end(number: int) -> None:
            if number == signal.SIGHUP:
                loop.remove_reader(0)
                # Writing to a terminal that is gone would fail, and end the program before it has saved.
                nowhere = os.open(os.devnull, os.O_RDWR)
                for stream in (0, 2):
                    os.dup2(nowhere, stream)
            screen = next(each for each in self.screen_stack if isinstance(each, MainScreen))
            screen.leaving.leave(ended_by=number)

        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGHUP):
            loop.add_signal_handler(number, end, number)
        resume = signal.getsignal(signal.SIGCONT)

        def go_on(number: int, frame: FrameType | None) -> None:
            # The system sends this with every SIGHUP; Textual would begin to draw a second time.
            if callable(resume) and os.isatty(0):
                resume(number, frame)

        signal.signal(signal.SIGCONT, go_on)

    def _settle_memory(self) -> None:
        """Let the collector leave alone what stays for the whole run, and begin its work."""
        gc.freeze()
        gc.set_threshold(700, 5, 10)  # twice as often as usual, of half as much: nobody is to notice one
        gc.enable()
        import ctypes

        if sys.platform == "linux" and hasattr(libc := ctypes.CDLL(None), "malloc_trim"):
            libc.malloc_trim(0)  # what reading the session took for a moment goes back to the system
