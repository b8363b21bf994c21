"""The settings of a request: which there are, and which values they take."""

from __future__ import annotations

import difflib
import json
import math
from contextlib import suppress
from typing import TYPE_CHECKING, Final

from lion_tui.core.errors import UnknownParameter, UsageError
from lion_tui.core.text import scalar

if TYPE_CHECKING:
    from collections.abc import Mapping

    from lion_tui.core.message import Json

PARAMETERS: Final = {
    "temperature": "a number from 0: how freely the model chooses",
    "top_p": "a number from 0 to 1: the share of likely tokens that the model chooses from",
    "top_k": "a whole number from 0: how many likely tokens the model chooses from",
    "max_tokens": "a whole number from 1: the cap of the reply, in tokens",
    "seed": "a whole number: the same one repeats the choice",
    "stop": "a text, or a list of texts: where the reply ends",
    "frequency_penalty": "a number: how much repeated tokens are avoided",
    "presence_penalty": "a number: how much tokens that occurred are avoided",
    "reasoning_effort": "minimal, low, medium or high: how long a reasoning model thinks",
}
"""The settings that a request may carry, with what each is."""

_TEXTS: Final = frozenset({"stop", "reasoning_effort"})
_EFFORTS: Final = ("minimal", "low", "medium", "high")
_LEAST: Final = {"temperature": 0, "top_p": 0, "top_k": 0, "max_tokens": 1}
_MOST: Final = {"top_p": 1}
_ALIASES: Final = {"max_token": "max_tokens"}
_FOREIGN: Final = {"tools", "invoke", "output_fields", "tool_manager", "num_rounds"}


def checked_params(params: Mapping[str, Json]) -> dict[str, Json]:
    """Return the settings that are given, under their own names; None is not given.

    Raises:
        UnknownParameter: there is no such setting.
        UsageError: a value that the setting cannot have, or two names for one setting.
    """
    checked: dict[str, Json] = {}
    for given, value in params.items():
        name = _ALIASES.get(given, given)
        if name not in PARAMETERS:
            raise _unknown(given)
        if value is None:
            continue
        if name in checked:
            raise UsageError(f"{name} is given twice.", f"Leave out {given}=.")
        if not _fits(name, value):
            raise UsageError(f"{given}={value!r} cannot be: it is {PARAMETERS[name]}.", "Give such a value.")
        checked[name] = _plain(value)
    return checked


def read_param(name: str, text: str) -> Json:
    """Return the value of a setting as a user writes it; nothing but space is None, a setting that is not given.

    A text that begins with `"` or `[` is JSON: so a stop that is a line break, or several, can be written.

    Raises:
        UnknownParameter: there is no such setting.
        UsageError: a value that the setting cannot have.
    """
    name = _ALIASES.get(name, name)
    value: Json = text.strip() or None
    if value is not None and (name not in _TEXTS or value[0] in '["'):
        with suppress(ValueError, RecursionError):  # else it stays a text, which is checked as one
            value = json.loads(value)
    return checked_params({name: value}).get(name)


def written_param(value: Json) -> str:
    """Return the text that `read_param` reads as this value."""
    if value is None:
        return ""
    plain = (
        isinstance(value, str) and value == value.strip() and value[:1] not in ("", "[", '"') and value.isprintable()
    )
    return value if plain else json.dumps(value, ensure_ascii=False)


def _plain(value: Json) -> Json:
    """Return the value as a file keeps it."""
    if isinstance(value, (list, tuple)):
        return [scalar(each) for each in value]
    return scalar(value) if isinstance(value, str) else value


def _unknown(name: str) -> UnknownParameter:
    if name in _FOREIGN:
        return UnknownParameter(f"{name}= is LionAGI's and is not supported here.", "Leave it out.")
    near = difflib.get_close_matches(name, PARAMETERS, n=1)
    hint = f"Did you mean {near[0]}=?" if near else f"The parameters are {', '.join(PARAMETERS)}."
    return UnknownParameter(f"There is no parameter {name!r}.", hint)


def _fits(name: str, value: Json) -> bool:
    if name == "stop":
        return isinstance(value, str) or (
            isinstance(value, (list, tuple)) and all(isinstance(each, str) for each in value)
        )
    if name == "reasoning_effort":
        return value in _EFFORTS
    if isinstance(value, bool):
        return False
    if name in {"max_tokens", "top_k", "seed"}:
        return isinstance(value, int) and value >= _LEAST.get(name, value)
    if not isinstance(value, (int, float)) or not math.isfinite(value):
        return False
    return bool(_LEAST.get(name, value) <= value <= _MOST.get(name, value))
