"""Asking several at once, as the user says it, and showing what comes side by side."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING

from lion_tui.app.comparing import MOST
from lion_tui.core.changes import Position
from lion_tui.core.errors import LionError, UsageError
from lion_tui.core.tree import NO_ROW
from lion_tui.session.branch import Branch

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lion_tui.app.opening import Opened
    from lion_tui.app.picker.together import Asked
    from lion_tui.app.screens.main import MainScreen
    from lion_tui.core.message import Message
    from lion_tui.session.answering import Named
    from lion_tui.session.fanning import FanOut


class Fanning:
    """Asks several at once for a screen."""

    def __init__(self, screen: MainScreen, opened: Opened) -> None:
        """Ask for what `screen` shows."""
        self._screen = screen
        self._session = opened.session
        self._settings = opened.settings

    def open_dialog(self, samples: int | None) -> None:
        """Let the user choose whom to ask: what is written in the composer, else the selected prompt again.

        Args:
            samples: How many answers each gives at first; None for as many as usual.

        Raises:
            UsageError: there is nothing to ask.
        """
        from lion_tui.app.screens.fan_out import FanOutScreen

        if self._screen.revising.under_way:  # what is worked on is no prompt
            self._screen.revising.end()
        written = self._screen.composer.draft.unfolded().strip()
        prompt = None if written else self._selected_prompt()
        at = Branch(self._session, Position(None, prompt.node_id)) if prompt else None
        position = self._session.state.current

        def take(asked: Asked | None) -> None:
            if asked is None:
                return
            self._keep(asked)

            def put(text: Message | str) -> None:
                self._ask(text, asked.models or None, asked.samples, asked.branches or None, position)

            if prompt is None:
                self._screen.sending.hand_over(put)
            else:
                put(prompt)

        self._screen.app.push_screen(FanOutScreen(self._session, self._settings, written, at=at, samples=samples), take)

    def ask_named(self, names: Sequence[str], samples: int | None) -> None:
        """Put the selected prompt to the models that are named, each `model` or `service:model`.

        Raises:
            UsageError: there is no prompt.
        """
        self._ask(self._selected_prompt(), names, samples or 1, None, self._session.state.current)

    def ask_on(self, text: str, positions: Sequence[Position]) -> bool:
        """Put a prompt to several branches as one turn, and tell whether that could be: not while one is busy."""
        session = self._session
        for position in positions:
            head = session.state.tree.id(session.state.head_row(position))
            if head in session.streaming or session.state.queues.get(position.branch_id or ""):
                return False
        branches = [Branch(session, position) for position in positions]
        self._screen.inference.run(self._run(text, None, 1, branches, session.state.current))
        return True

    def _selected_prompt(self) -> Message:
        """Return the selected prompt, or the one that the selected answer is to.

        Raises:
            UsageError: there is none.
        """
        tree = self._session.state.tree
        for row in tree.ancestors(self._screen.selected.row()):
            if tree.role[row] == "user":
                return tree.message(row)
        raise UsageError("There is no prompt to put to others.", "Write one first.")

    def _keep(self, asked: Asked) -> None:
        from lion_tui.app.picker.teams import keep_last

        if asked.models:
            self._screen.inference.run(asyncio.to_thread(keep_last, asked.models))

    def _ask(
        self,
        prompt: Message | str,
        models: Sequence[Named] | None,
        samples: int,
        branches: Sequence[Branch | str] | None,
        position: Position,
    ) -> None:
        self._screen.inference.run(self._run(prompt, models, samples, branches, position, show=True))

    async def _run(
        self,
        prompt: Message | str,
        models: Sequence[Named] | None,
        samples: int,
        branches: Sequence[Branch | str] | None,
        position: Position,
        *,
        show: bool = False,
    ) -> None:
        """Ask, show what begins side by side if that is wanted, and wait for it; a prompt not sent is given back."""
        session = self._session
        try:
            branch = None if branches else Branch(session, position)
            fan = await session.start_fan_out(prompt, models, samples, branches, branch=branch)
        except LionError as error:
            if error.node_id is None and isinstance(prompt, str):
                self._screen.give_back(prompt, position)
            raise
        if show:
            self._show(fan)
        await fan.messages()

    def _show(self, fan: FanOut) -> None:
        """Show the answers side by side, as many as there can be."""
        names = list(dict.fromkeys(fan.branches))
        if len(names) < 2:
            self._screen.showing.path_changed()
            return
        self._screen.comparing.show_named(names[:MOST])
        if len(names) > MOST:
            self._screen.say_note(f"{len(names)} answers come; the first {MOST} are side by side, the tree has all.")

    def ask_other(self, named: str, samples: int) -> None:
        """Ask another model for an answer beside the selected one.

        That is the one that is named, else the only other one that was chosen before, else one that is chosen now.

        Raises:
            UsageError: there is no prompt that could be answered.
        """
        from lion_tui.app.picker.recents import Recent

        node_id, session = self._screen.selected.node(), self._session
        prompt, message = self._selected_prompt(), session.message(node_id)
        answered = Recent(message.service or "", message.model or "")
        if message.role != "assistant":
            with suppress(LionError):  # then any model is another one
                service, model = session.answerer()
                answered, node_id = Recent(service.name, model), prompt.node_id
        known = self._screen.choosing.chosen_before()
        others = [each for each in known if each != answered]
        if named:
            service_name, _, model = named.partition(" ")
            self._ask_one(node_id, service_name, model.strip() or None, samples)
        elif len(others) == 1:
            self._ask_one(node_id, others[0].service, others[0].model, samples)
        else:
            self._screen.choosing.pick(
                other_than=answered, take=lambda choice: self._ask_one(node_id, choice.service, choice.model, samples)
            )

    def _ask_one(self, node_id: str, service: str, model: str | None, samples: int) -> None:
        """Ask a model for answers beside a message."""
        session = self._session
        chosen = {"service": service, "model": model}
        self._screen.inference.run(session.regenerate(node_id, samples, **chosen))
        if model:
            self._screen.choosing.remember(service, model)

    def pick(self) -> None:
        """Let the branch that was asked on go on from the selected answer, or the column with the keyboard.

        Raises:
            UsageError: there is no answer.
        """
        screen, session = self._screen, self._session
        row = session.state.head_row(session.state.current) if screen.columns.comparing else screen.selected.row()
        if row == NO_ROW or session.state.tree.role[row] != "assistant":
            raise UsageError("Only an answer can be picked.", "Go to one first.")
        before = session.state.op
        branch = session.pick(session.state.tree.node_id[row])
        picked = session.state.op != before
        if screen.columns.comparing:
            screen.comparing.end()
        session.checkout(branch)
        if not picked:
            screen.say_note(f"{branch.name} goes on from here already; the other answers stay in the tree.")
            return
        screen.say_note(f"{branch.name} goes on from here; the other answers stay in the tree. u takes it back.")
