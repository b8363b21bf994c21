"""Values out of a file, checked to be of the kind that everything else takes for granted.

Each function returns the value it is given, and raises TypeError or ValueError where that is of another kind.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from lion_tui.core.params import checked_params

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from lion_tui.core.message import Json

MOST_OPERATIONS: Final = 2**62
"""More than any session has operations or messages, and half of what a file can count."""
_INT64: Final = range(-(2**63), 2**63)


def whole(value: Json) -> int:
    """Check a whole number that a file and an array can hold."""
    if type(value) is not int:
        raise TypeError(f"{value!r} is no whole number")
    if value not in _INT64:
        raise ValueError(f"{value} has more than 64 bits")
    return value


def count(value: Json) -> int:
    """Check a number of operations or messages, which leaves room for more of them."""
    if not 0 <= whole(value) < MOST_OPERATIONS:
        raise ValueError(f"{value} is no number that can be counted on from")
    return int(value)


def text(value: Json) -> str:
    """Check a text of Unicode scalars."""
    if not isinstance(value, str):
        raise TypeError(f"{value!r} is no text")
    value.encode()
    return value


def flag(value: Json) -> bool:
    """Check a truth value."""
    if not isinstance(value, bool):
        raise TypeError(f"{value!r} is neither true nor false")
    return value


def texts(value: Json) -> list[str]:
    """Check a list of texts."""
    if not isinstance(value, (list, tuple)):
        raise TypeError(f"{value!r} is no list")
    return [text(each) for each in value]


def text_by_text(value: Json) -> dict[str, str]:
    """Check an object of texts."""
    return {text(key): text(each) for key, each in mapping(value).items()}


def mapping(value: Json) -> dict[str, Json]:
    """Check an object."""
    if not isinstance(value, dict):
        raise TypeError(f"{value!r} is no object")
    return dict(value)


def overlay(value: Json) -> dict[str, Json]:
    """Check what a session is set to."""
    found = mapping(value)
    for name in ("service", "model"):
        optional(text)(found.get(name))
    if "params" in found:
        found["params"] = checked_params(mapping(found["params"]))
    return found


def group(value: Json) -> dict[str, Json]:
    """Check what was asked of several at once, as `core.operations.fanning` writes it."""
    found = mapping(value)
    for name, check in (("varied", text), ("branch_id", text), ("created_at", whole)):
        optional(check)(found.get(name))
    return found


def marks(value: Json) -> dict[str, Json]:
    """Check the marks of a message."""
    return {text(name): mark(name, each) for name, each in mapping(value).items()}


def mark(name: str, value: Json) -> Json:
    """Check the mark of that name; what we do not know may be anything."""
    return _MARKS[name](value) if name in _MARKS else value


def optional(check: Callable[[Json], Any]) -> Callable[[Json], Any]:
    """Return a check that also lets null be."""
    return lambda value: None if value is None else check(value)


_MARKS: Final[Mapping[str, Callable[[Json], Any]]] = {
    "bookmark": flag,
    "archived": flag,
    "note": text,
    "context": texts,
    "heads": text_by_text,
}
