"""The driver of a terminal, as this program needs it: how pastes are read, and which keys are asked for."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Final

from textual import constants

from lion_tui.app.pasting import PasteReader

if TYPE_CHECKING:
    from collections.abc import Mapping

    from textual.driver import Driver

_ASK: Final = "\x1b[>4;1m"
_END: Final = "\x1b[>4m"
"""xterm's way (`modifyOtherKeys`) to ask for keys such as Shift+Enter, and to ask for them no more."""


def with_all_keys(driver: type[Driver], keymap: Mapping[str, str] | None = None) -> type[Driver]:
    """Return a driver that reads pastes and Esc as we do, on the event loop, and asks tmux for all keys.

    Textual asks in kitty's way, which tmux does not know: where its `extended-keys` is on, it waits to be asked in
    xterm's.

    Args:
        driver: Textual's driver of this terminal.
        keymap: Keys that the user chose, several separated by commas, by what they do.
    """
    module = sys.modules[driver.__module__]
    if hasattr(module, "XTermParser"):  # Textual has no other way to name it
        chosen = frozenset(key.strip() for keys in (keymap or {}).values() for key in keys.split(","))
        reader = type("Reader", (PasteReader,), {"alts": chosen})
        module.XTermParser = reader  # type: ignore[attr-defined]
    if driver.__module__ == "textual.drivers.linux_driver":
        from lion_tui.app.terminal import LoopDriver, TerminalWriter, takes_writer

        driver = type("Driver", (LoopDriver,), {"reader": reader})
        if takes_writer(2):
            module.WriterThread = TerminalWriter  # type: ignore[attr-defined]  # as above
    if "TMUX" not in os.environ or constants.DISABLE_KITTY_KEY:
        return driver

    class AskingDriver(driver):  # type: ignore[misc, valid-type]  # which one it is, the terminal decides
        """Asks whenever the program takes the terminal, and no more when it leaves that."""

        def start_application_mode(self) -> None:
            super().start_application_mode()
            self.write(_ASK)
            self.flush()

        def stop_application_mode(self) -> None:
            self.write(_END)
            super().stop_application_mode()

    return AskingDriver
