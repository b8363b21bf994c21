"""Who answers, and with which settings, as the user says it: with the picker, or written in the composer."""

from __future__ import annotations

import asyncio
import re
from typing import TYPE_CHECKING, Any

from lion_tui.config.names import EMBEDDED
from lion_tui.core.errors import UsageError
from lion_tui.core.params import PARAMETERS, read_param, written_param

if TYPE_CHECKING:
    from collections.abc import Callable

    from lion_tui.app.inference import Inference
    from lion_tui.app.opening import Opened
    from lion_tui.app.picker.recents import Recent
    from lion_tui.app.screens.main import MainScreen
    from lion_tui.app.screens.picker import Choice, Picked
    from lion_tui.core.errors import ServiceChoiceError
    from lion_tui.core.message import Json


class Choosing:
    """Chooses models and settings for a screen."""

    def __init__(self, screen: MainScreen, opened: Opened, inference: Inference) -> None:
        """Choose for what `screen` shows."""
        self._screen = screen
        self._session = opened.session
        self._settings = opened.settings
        self._inference = inference
        self._offered: dict[str, list[str]] = {}  # what services said when they were asked last

    def pick(
        self,
        query: str = "",
        *,
        reason: str = "",
        start: str = "",
        other_than: tuple[str, str] | None = None,
        take: Callable[[Choice], object] | None = None,
    ) -> None:
        """Open the picker.

        Args:
            query: What its filter begins with.
            reason: Why something must be chosen.
            start: The name of the service to begin at.
            other_than: A service and a model that another one is looked for.
            take: What a choice is for; that it answers from now on if left out.
        """
        from lion_tui.app.screens.picker import Choice, PickerScreen

        if isinstance(self._screen.app.screen, PickerScreen):
            return
        picker = PickerScreen(
            self._session, self._settings, query=query, reason=reason, start=start, other_than=other_than
        )

        def picked(picked: Picked) -> None:
            self._offered |= picker.offered
            if take is None:
                self._picked(picked)
            elif isinstance(picked, Choice):
                take(picked)

        self._screen.app.push_screen(picker, picked)

    def chosen_before(self) -> list[Recent]:
        """Return the services and models that were chosen before, the latest first."""
        from lion_tui.app.picker.offers import known_services
        from lion_tui.app.picker.recents import load_recents

        services = set(known_services(self._session, self._settings))
        return [recent for recent in load_recents() if recent.service in services]

    def remember(self, service: str, model: str) -> None:
        """Note that a model was chosen."""
        from lion_tui.app.picker.recents import keep_recent

        self._inference.run(asyncio.to_thread(keep_recent, service, model))

    def needed(self, error: ServiceChoiceError) -> None:
        """Open the picker because nothing says who answers; what was asked stands in the composer again."""
        self.pick(reason=f"{error.what} Choose who answers; your prompt waits.", start=error.service or "")

    def pick_once(self, take: Callable[[Choice], object]) -> None:
        """Let the user choose who answers one thing; who answers here stays."""
        from lion_tui.app.screens.picker import Choice, PickerScreen

        picker = PickerScreen(self._session, self._settings)

        def taken(picked: Picked) -> None:
            self._offered |= picker.offered
            if isinstance(picked, Choice):
                take(picked)
            else:
                self._picked(picked)

        self._screen.app.push_screen(picker, taken)

    def known(self) -> list[tuple[str, str]]:
        """Return the services and models that are known without asking anyone, those chosen last first."""
        chosen = [(recent.service, recent.model) for recent in self.chosen_before()]
        offered = [(name, model) for name, models in self._offered.items() for model in models]
        return list(dict.fromkeys([*chosen, *offered]))

    def take(self, argument: str) -> None:
        """Choose what was written: a service, with or without a model of it; anything else is looked for.

        Raises:
            UsageError: the service does not take the settings that are in force.
        """
        from lion_tui.app.picker.offers import known_services
        from lion_tui.app.screens.picker import Choice

        name, _, model = argument.partition(" ")
        if name not in known_services(self._session, self._settings):
            self.pick(argument)
            return
        service = self._session.service(name)
        chosen = model.strip() or service.default_model
        if chosen is None:
            self.pick(start=name)
            return
        service.check(self._session.params_in_force())
        self._choose(Choice(name, chosen))

    def set(self, argument: str) -> None:
        """Set what was written, `temperature=0.2 seed=1`; nothing after the sign leaves a setting to the session.

        Raises:
            UsageError: it is no setting, or has no such value.
        """
        if not argument:
            shown = _listed(self._session.params_in_force()) or "none; /set temperature=0.2 sets one"
            self._screen.say_note(f"Settings here: {shown}.")
            return
        params = dict(self._own_params())
        for each in re.split(r"\s+(?=\w+=)", argument):
            name, sign, text = each.partition("=")
            if not sign:
                raise UsageError(f"{each!r} sets nothing.", f"Write name=value; there are {', '.join(PARAMETERS)}.")
            params[name.strip()] = read_param(name.strip(), text)
        service, _ = self._session.answerer()
        service.check(params)
        self._set(params)

    def _own_params(self) -> dict[str, Json]:
        state = self._session.state
        ref = state.refs.get(state.current.branch_id or "") or state.latest_ref()
        return dict(ref.params) if ref else {}

    def _set(self, params: dict[str, Json]) -> None:
        self._session.current.configure(params=params)
        self._screen.say_note(f"Settings of {self._session.current.name}: {_listed(self._own_params()) or 'none'}.")

    def _picked(self, picked: Picked) -> None:
        if isinstance(picked, dict):
            self._set(picked)
        elif picked is not None:
            self._choose(picked)
        self._screen.status_changed()  # a service that has only one model answers now that it said so

    def _choose(self, choice: Choice) -> None:
        from lion_tui.app.picker.recents import keep_recent

        session = self._session
        chosen: dict[str, Any] = {"service": choice.service, "model": choice.model}
        if choice.everywhere:
            session.configure(**chosen)
            own = [name for name, branch in session.branches.items() if branch.service or branch.model]
            if own:
                self._screen.say_note(f"All branches but those with a model of their own: {', '.join(own)}.")
        else:
            session.current.configure(**chosen)
        self._inference.run(asyncio.to_thread(keep_recent, choice.service, choice.model))
        if choice.service == EMBEDDED:
            self._inference.prepare_embedded(session.service(EMBEDDED))
        elif self._inference.skip_preparation():
            self._screen.say_note("")  # how far that is


def _listed(params: dict[str, Json]) -> str:
    return ", ".join(f"{name}={written_param(value)}" for name, value in params.items() if value is not None)
