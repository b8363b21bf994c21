"""What a request must be before it is sent, and what it will take."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

from lion_tui.core.errors import UnknownParameter, UsageError
from lion_tui.core.params import checked_params
from lion_tui.core.prompt import BYTES_PER_MESSAGE, BYTES_PER_TOKEN

if TYPE_CHECKING:
    from collections.abc import Mapping

    from lion_tui.core.inference import Request
    from lion_tui.core.message import Json

_SCALES: Final = (0.25, 4.0)
"""How far a report may move the estimate: a prompt of two words says little about one of two thousand."""


def checked_settings(params: Mapping[str, Json], *, service: str, seed: bool = True) -> dict[str, Json]:
    """Return the settings that are given, under their own names, if the service takes them.

    Args:
        params: The settings of a request.
        service: Whom they are for, for the errors.
        seed: Whether the service takes a seed.

    Raises:
        UnknownParameter: a setting that no model has, or that the service lacks.
        UsageError: a value that the setting cannot have.
    """
    params = checked_params(params)
    if "seed" in params and not seed:
        raise UnknownParameter(f"{service} takes no seed.", "Leave the seed out.")
    return params


def checked(request: Request, *, service: str, seed: bool = True) -> Request:
    """Return `request`, its settings under their own names, if it can be sent.

    Args:
        request: What is asked.
        service: Whom, for the errors.
        seed: Whether the service takes a seed.

    Raises:
        UnknownParameter: a setting that no model has, or that the service lacks.
        UsageError: a value that the setting cannot have, or a conversation that cannot be answered.
    """
    request = request._replace(params=checked_settings(request.params, service=service, seed=seed))
    roles = [turn.role for turn in request.messages]
    if not any(role != "system" for role in roles):
        raise UsageError("There is nothing to answer: the conversation is empty.", "Write a message first.")
    if "system" in roles[1:]:
        raise UsageError("A system message stands within the conversation.", "Send one at most, and first.")
    if request.prefill and roles[-1] != "assistant":
        raise UsageError("There is no beginning of an answer to go on from.", "End with an assistant message.")
    return request


class Estimate:
    """How many tokens a text will be, corrected by what each model last reported."""

    def __init__(self) -> None:
        """Start with four bytes a token."""
        self._scale: dict[str, float] = {}

    def prompt(self, request: Request, model: str) -> int:
        """Return the tokens of the prompt, about."""
        return math.ceil(self._bytes(request) / BYTES_PER_TOKEN * self._scale.get(model, 1.0))

    def text(self, size: int, model: str) -> int:
        """Return the tokens of `size` bytes of an answer, about."""
        return math.ceil(size / BYTES_PER_TOKEN * self._scale.get(model, 1.0))

    def learn(self, request: Request, model: str, reported: int | None) -> None:
        """Take what the model counted for a prompt."""
        if reported:
            low, high = _SCALES
            self._scale[model] = min(high, max(low, reported / (self._bytes(request) / BYTES_PER_TOKEN)))

    @staticmethod
    def _bytes(request: Request) -> int:
        return sum(len(turn.content.encode()) + BYTES_PER_MESSAGE for turn in request.messages)


def cap(request: Request) -> int:
    """Return the cap of the reply, zero without one."""
    return request.params.get("max_tokens") or 0
