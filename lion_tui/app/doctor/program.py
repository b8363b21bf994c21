"""The doctor's screen as a program of its own, without a session."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.app import App

from lion_tui.app.keyboard import with_all_keys
from lion_tui.app.screens.doctor import DoctorScreen
from lion_tui.app.themes import DEFAULT, load_themes

if TYPE_CHECKING:
    from textual.driver import Driver

    from lion_tui.config.settings import Settings


class DoctorApp(App[None], inherit_bindings=False):
    """Shows what arrives from the terminal until Esc."""

    TITLE = "lion-tui doctor"
    ENABLE_COMMAND_PALETTE = False

    def __init__(self, settings: Settings) -> None:
        """Begin in the user's theme; one that there is not is left to the program itself to complain of."""
        themes, _ = load_themes()
        self._defaults = next((theme.variables for theme in themes if theme.name == DEFAULT), {})
        super().__init__()
        for theme in themes:
            self.register_theme(theme)
        wanted = settings.theme or DEFAULT
        self.theme = wanted if wanted in self.available_themes else DEFAULT

    def get_driver_class(self) -> type[Driver]:
        """Return the driver that the full-screen chat has, so that the same keys arrive."""
        return with_all_keys(super().get_driver_class())

    def get_theme_variable_defaults(self) -> dict[str, str]:
        """Return our own colours for themes that do not say them."""
        return self._defaults

    def on_mount(self) -> None:
        """Show the screen, and end with it."""
        self.push_screen(DoctorScreen(), lambda _: self.exit())


def run_doctor() -> int:
    """Show the screen until the user leaves it, and return the program's exit code."""
    from lion_tui.config.settings import load_settings

    app = DoctorApp(load_settings()[0])
    app.run()
    return app.return_code or 0
