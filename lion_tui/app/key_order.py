"""Keys that come before they can be taken: each goes where the one before it leads to."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final, NamedTuple

from textual import events

from lion_tui.app.transcript import Transcript
from lion_tui.app.widgets.composer import BOUNCE_S, Composer

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator

    from textual.app import App
    from textual.dom import DOMNode
    from textual.screen import Screen
    from textual.timer import Timer

    Typed = events.Key | events.Paste

_WRITTEN_IN: Final = frozenset({"TextArea", "Input"})
"""The widgets of Textual that one writes in, and ours that are made of them; by name, since not all are loaded."""
_ERASES: Final = frozenset({"backspace", "delete"})
_LONGEST_S: Final = 0.25
"""What a key leads to is waited for no longer than this."""


class _Given(NamedTuple):
    """What was handed on: to whom, in what dialog, and when."""

    typed: Typed
    target: DOMNode
    over: Screen[object] | None
    when: float

    @property
    def stays(self) -> bool:
        """Whether it writes or erases a text: that leads nowhere else, however much comes at once."""
        names = {each.__name__ for each in type(self.target).__mro__}
        return not names.isdisjoint(_WRITTEN_IN) and (
            isinstance(self.typed, events.Paste) or self.typed.is_printable or self.typed.key in _ERASES
        )

    def bounces(self, before: _Given) -> bool:
        """Tell whether it is the second Enter of a finger that meant one, and the first left a dialog or a revision."""
        first, second = before.typed, self.typed
        twice = isinstance(first, events.Key) and isinstance(second, events.Key) and first.key == second.key == "enter"
        if not twice or second.time >= before.when + BOUNCE_S:
            return False
        left_dialog = self.over is None and before.over is not None
        return left_dialog or (isinstance(before.target, Composer) and isinstance(self.target, Transcript))


class KeyOrder:
    """Holds keys back while none are taken, and while the one before may still move the keyboard elsewhere.

    Textual puts each key at once into the queue of the widget that has the keyboard then, and many do what they are
    bound to only once they have come back from there. Of keys that come together, as pasted ones do, or those typed
    while the program was busy, all would go to the same widget, whatever the first of them does.
    """

    def __init__(self, app: App[None], takes: Callable[[], bool], hand_on: Callable[[Typed], Awaitable[None]]) -> None:
        """Order the keys of a program.

        Args:
            app: The program.
            takes: Tells whether there is anything that takes keys now; `go_on` is to be called when there is.
            hand_on: Gives a key to the widget that has the keyboard.
        """
        self._app = app
        self._takes = takes
        self._hand_on = hand_on
        self._before: _Given | None = None
        self._done = True  # whether nothing else can come of the last one
        self._held: list[Typed] = []
        self._timer: Timer | None = None

    def came_back(self, typed: Typed) -> None:
        """Note that no widget took a key, and the program now does what it is bound to."""
        self._done = self._done or (self._before is not None and self._before.typed is typed)

    async def take(self, typed: Typed) -> None:
        """Hand a key on, now or when its turn comes."""
        if self._held or not self._takes():
            self._held.append(typed)
        elif self._before and not self._done:
            self._held.append(typed)
            self._wait(self._before.target)
        else:
            await self._give(typed)

    async def go_on(self) -> None:
        """Hand on what is held, if its turn has come."""
        while self._held and self._timer is None and self._takes():
            await self._give(self._held.pop(0))
            if self._held and self._before and not self._done:
                self._wait(self._before.target)

    async def _give(self, typed: Typed) -> None:
        self._app.app_focus = True  # as Textual does with a key, and then gives the keyboard back to who had it
        screen = self._app.screen
        over = screen if screen is not self._app.screen_stack[0] else None
        before, given = self._before, _Given(typed, self._app.focused or screen, over, time.monotonic())
        if before is None or not given.bounces(before):
            self._before, self._done = given, given.stays
            await self._hand_on(typed)

    def _wait(self, target: DOMNode) -> None:
        """Go on once the last key has passed through a widget and all that it lies in, and what it led to is done."""
        # By way of the program's queue: the task of a timer ends when the timer is stopped, whatever it is doing.
        timer: Timer = self._app.set_timer(_LONGEST_S, lambda: self._app.call_later(self._end_wait, timer))
        self._timer = timer
        way = [node for node in target.ancestors_with_self if node is not self._app]
        self._follow(timer, iter([*way, self._app, self._app]), self._app.screen)

    def _follow(self, timer: Timer, way: Iterator[DOMNode], screen: DOMNode) -> None:
        if timer is not self._timer:  # it took too long, and the next key has gone on
            return
        for node in way:
            # Behind the key in the queue of each; the program's second turn is behind what it asked itself to do.
            if node.call_later(self._follow, timer, way, screen):
                return
        if self._app.screen is not screen:  # the keyboard is given to something in the new one
            self._follow(timer, iter([self._app.screen, self._app, self._app]), self._app.screen)
        else:
            self._app.call_later(self._end_wait, timer)

    async def _end_wait(self, timer: Timer) -> None:
        if timer is self._timer:
            timer.stop()
            self._timer = None
            await self.go_on()
