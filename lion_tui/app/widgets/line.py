"""One line to write in."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.widgets import Input

if TYPE_CHECKING:
    from textual import events


class Line(Input):
    """An `Input` that does what its own keys are bound to when they come.

    Textual would do it only when a key has come up to the program, and letters that were typed after it are there by
    then: a line that is emptied to write another would be empty.
    """

    async def _on_key(self, event: events.Key) -> None:
        key = event.key.replace("\r", "enter")  # tmux has a second encoding of keys with Enter
        for binding in self._bindings.key_to_bindings.get(key, ()):
            if await self.app.run_action(binding.action, self):
                event.stop()
                event.prevent_default()
                return
        await super()._on_key(event)
