"""The program."""

from __future__ import annotations

import gc
from typing import TYPE_CHECKING

from textual.app import App

from lion_tui.app.keymap import checked_keymap
from lion_tui.app.screens.main import MainScreen
from lion_tui.app.themes import DEFAULT, load_themes

if TYPE_CHECKING:
    from lion_tui.app.opening import Opened


class LionApp(App[None], inherit_bindings=False):
    """Talking with language models in branches.

    Textual's own keys to quit are left out: they would leave without saving.
    """

    TITLE = "lion-tui"
    ENABLE_COMMAND_PALETTE = False

    def __init__(self, opened: Opened, *, prepare: bool = True) -> None:
        """Begin with a session.

        Args:
            opened: The session.
            prepare: Whether to find out who answers, and to have it ready, as soon as the screen stands.
        """
        self._themes, self._problems = load_themes()
        super().__init__()
        self._opened = opened
        self._prepare = prepare
        for theme in self._themes:
            self.register_theme(theme)
        wanted = opened.settings.theme or DEFAULT
        if wanted not in self.available_themes:
            self._problems.append(
                f"There is no theme {wanted!r}; the themes are {', '.join(sorted(self.available_themes))}."
            )
            wanted = DEFAULT
        # Before the style sheet is read: a change after would have it read, and applied, all over again.
        self.theme = wanted

    def get_theme_variable_defaults(self) -> dict[str, str]:
        """Return our own colours for themes that do not say them: those of the default theme."""
        return next((theme.variables for theme in self._themes if theme.name == DEFAULT), {})

    def on_mount(self) -> None:
        """Show the session."""
        keymap, faults = checked_keymap(self._opened.settings.keymap)
        problems = [*self._problems, *faults]
        self.set_keymap(keymap)
        screen = MainScreen(self._opened, prepare=self._prepare)
        self.push_screen(screen)
        if problems:
            self.call_after_refresh(screen.say_error, "\n".join(problems))
        self.call_after_refresh(self._settle_memory)

    def _fatal_error(self) -> None:
        """End the program over a defect and show where it is, without the values of variables: keys are among them."""
        from rich.traceback import Traceback

        self.panic(Traceback(show_locals=False))

    def _settle_memory(self) -> None:
        """Let the collector leave alone what stays for the whole run, and begin its work."""
        gc.freeze()
        gc.enable()
