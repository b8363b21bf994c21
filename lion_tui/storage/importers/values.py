"""Values out of a foreign file, which may be of any kind: each function returns what can be taken for what it means."""

from __future__ import annotations

import json
import math
import re
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from lion_tui.core.ids import EPOCH, from_datetime
from lion_tui.core.text import scalar

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from lion_tui.core.message import Json, Role

_DEEPEST: Final = 24
"""Levels of a foreign value that are kept: no program has more, and Python's JSON goes no deeper than some hundreds."""
_INT64: Final = range(-(2**63), 2**63)
_LARGEST: Final = 1e30
_SECRET: Final = re.compile(
    r"api.?key|authori[sz]ation|headers|base.?url|secret|passw|cookie|credential|token$", re.IGNORECASE
)
"""What may be a key, or an address that keys are sent to: neither is taken out of a foreign file."""
_UNITS: Final = ((1e17, 1e-3), (1e14, 1.0), (1e11, 1e3), (0.0, 1e6))
"""From which number on a time counts nanoseconds, microseconds, milliseconds and seconds, and what makes it micro."""
_SILLY: Final = re.compile(
    r"(\d{4})-(\d{1,2})-(\d{1,2})\s*@\s*(\d{1,2})h\s*(\d{1,2})m\s*(?:(\d{1,2})s)?\s*(?:(\d{1,3})ms)?", re.ASCII
)
_WRITTEN_OUT: Final = ("%B %d, %Y %I:%M%p", "%B %d, %Y %I:%M:%S %p", "%d %B %Y %H:%M", "%m/%d/%Y, %I:%M:%S %p")
_ROLES: Final[Mapping[str, Role]] = {
    "system": "system", "developer": "system",
    "user": "user", "human": "user", "prompter": "user",
    "assistant": "assistant", "gpt": "assistant", "chatgpt": "assistant", "bot": "assistant", "ai": "assistant",
    "model": "assistant", "bing": "assistant", "bard": "assistant", "claude": "assistant", "function_call": "assistant",
}  # fmt: skip


def mapping(value: Json) -> dict[str, Any]:
    """Return an object; an empty one for anything else."""
    return value if isinstance(value, dict) else {}


def items(value: Json) -> list[Any]:
    """Return an array; an empty one for anything else."""
    return value if isinstance(value, list) else []


def objects(value: Json) -> list[dict[str, Any]]:
    """Return the objects of an array."""
    return [each for each in items(value) if isinstance(each, dict)]


def text(value: Json) -> str:
    """Return a text; an empty one for anything else."""
    return scalar(value) if isinstance(value, str) else ""


def name(value: Json) -> str | None:
    """Return a text or number as a name; None for anything else, and for nothing."""
    if type(value) is float or (type(value) is int and value in _INT64):  # of another, a range would try every number
        value = repr(value)
    return text(value).strip() or None


def identity(value: Json) -> str | None:
    """Return what a message is called; None for nothing."""
    return scalar(value) if isinstance(value, str) and value else name(value)


def names(value: Json) -> list[str]:
    """Return the names of an array."""
    return [each for each in map(identity, items(value)) if each is not None]


def whole(value: Json) -> int | None:
    """Return a whole number that counts something; None for anything else."""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return value if type(value) is int and 0 <= value < 2**63 else None


def number(value: Json) -> float | None:
    """Return a number that measures something; None for anything else."""
    if type(value) not in {int, float} or not 0 <= value < 1e18:  # what is no number is not in between
        return None
    return float(value)


def role_of(value: Json) -> Role:
    """Return whose role a program means; what it is not known to be is a tool's."""
    return _ROLES.get(text(value).strip().lower(), "tool")


def time_of(value: Json) -> int | None:
    """Return a time in microseconds since 1970, UTC: of a number, or of a text in one of many forms; else None."""
    if isinstance(value, str):
        value = value.strip()[:64]
        if re.fullmatch(r"\d{9,19}(\.\d+)?", value, re.ASCII):
            value = float(value)
        else:
            return _time_of_text(value)
    if type(value) not in {int, float} or not abs(value) < _LARGEST:  # what is no number is not below it
        return None
    scale = next(scale for least, scale in _UNITS if abs(value) >= least)
    try:
        return from_datetime(EPOCH + timedelta(microseconds=value * scale))
    except OverflowError:
        return None


def _time_of_text(value: str) -> int | None:
    try:
        if silly := _SILLY.match(value):
            year, month, day, hour, minute, second, thousandth = (int(part or 0) for part in silly.groups())
            moment = datetime(year, month, day, hour, minute, second, thousandth * 1000, tzinfo=UTC)
        else:
            moment = datetime.fromisoformat(value)
    except ValueError:
        found = _time_written_out(value)
        if found is None:
            return None
        moment = found
    try:
        return from_datetime(moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment)
    except OverflowError:  # a zone takes it out of the calendar
        return None


def _time_written_out(value: str) -> datetime | None:
    for form in _WRITTEN_OUT:
        try:
            return datetime.strptime(value, form).replace(tzinfo=UTC)
        except ValueError:
            continue
    return None


def kept(value: Mapping[str, Json], known: Collection[str] = ()) -> dict[str, Json]:
    """Return what of an object is not `known`, as JSON that a session can hold, without what is empty or may be secret.

    Args:
        value: The object.
        known: The names of what is taken elsewhere.
    """
    found = {scalar(each): storable(value[each]) for each in value if each not in known and not _SECRET.search(each)}
    return {each: what for each, what in found.items() if what not in (None, "", [], {})}


def storable(value: Json, depth: int = 0) -> Json:
    """Return a value as JSON that a session can hold: what is nested too deep, or no number, is null."""
    match value:
        case str():
            return scalar(value)
        case bool() | None:
            return value
        case int():
            return value if value in _INT64 else None
        case float():
            return value if math.isfinite(value) else None
        case dict() | list() if depth == _DEEPEST:
            return None
        case dict():
            return {
                scalar(each): storable(below, depth + 1) for each, below in value.items() if not _SECRET.search(each)
            }
        case list():
            return [storable(each, depth + 1) for each in value]
    return None


def fenced(content: str, language: str = "") -> str:
    """Return a text in a fence that is longer than any in it."""
    fence = "`" * max(3, 1 + max(map(len, re.findall("`+", content)), default=0))
    return f"{fence}{language}\n{content.removesuffix(chr(10))}\n{fence}"


def attached(file: str, content: str) -> str:
    """Return the text of an attached file under its name, fenced."""
    return f"{file}:\n{fenced(content)}"


def joined(pieces: Iterable[str]) -> str:
    """Return texts one below the other."""
    return "\n\n".join(piece for piece in pieces if piece.strip())


def call_text(tool: Json, arguments: Json) -> str:
    """Return what a call of a tool is shown as where there is no other text."""
    given = arguments if isinstance(arguments, str) else json.dumps(storable(arguments), ensure_ascii=False)
    return fenced(f"{name(tool) or 'tool'}({scalar(given)})")
