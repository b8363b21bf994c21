"""Gestures out of a file: read back, and checked to be such as a session makes."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final, get_args

from lion_tui.core import shapes
from lion_tui.core.changes import (
    CHANGES,
    EntrySet,
    FieldSet,
    Gesture,
    HeadMoved,
    Kind,
    Lived,
    Made,
    MarkSet,
    Position,
    RefSet,
)
from lion_tui.core.refs import Ref, valid_name

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from lion_tui.core.changes import Change
    from lion_tui.core.message import Json

_KINDS: Final = frozenset(get_args(Kind))


def gesture_from_json(text: str) -> Gesture:
    """Return the gesture that `Gesture.to_json` wrote.

    Raises:
        LookupError, TypeError, ValueError: it did not write this.
    """
    return gesture_from_values(json.loads(text))


def gesture_from_values(value: Json) -> Gesture:
    """Return the gesture that `Gesture.to_values` wrote.

    Raises:
        LookupError, TypeError, ValueError: it did not write this.
    """
    if value["kind"] not in _KINDS:
        raise ValueError(f"there is no gesture {value['kind']!r}")
    return Gesture(
        kind=value["kind"],
        at=shapes.whole(value["at"]),
        before=Position.of(*value["before"]),
        after=Position.of(*value["after"]),
        changes=tuple(_change(change) for change in value["changes"]),
        joins=shapes.flag(value.get("joins", False)),
    )


def _change(value: Json) -> Change:
    values = {name: item for name, item in value.items() if name != "step"}
    kind = CHANGES[value["step"]]
    for name, check in _SHAPES[kind].items():
        check(values[name])
    if kind is Lived:
        shapes.flag(values.get("subtree", False))
    if kind in _OF_VALUES:
        check = shapes.optional(_OF_VALUES[kind](values))
        values |= {name: check(values[name]) for name in ("before", "after")}
    return kind(**values)


_text_or_none: Final = shapes.optional(shapes.text)
_whole_or_none: Final = shapes.optional(shapes.whole)
_SHAPES: Final[Mapping[type[Change], Mapping[str, Callable[[Json], Any]]]] = {
    Made: {"first": shapes.whole, "last": shapes.whole, "before": _whole_or_none, "after": _whole_or_none},
    Lived: {"node_id": shapes.text, "before": _whole_or_none, "after": _whole_or_none},
    HeadMoved: {"branch_id": shapes.text, "before": _text_or_none, "after": _text_or_none},
    RefSet: {"branch_id": shapes.text},
    MarkSet: {"node_id": shapes.text, "mark": shapes.text},
    FieldSet: {"field": shapes.text},
    EntrySet: {"table": shapes.text, "key": shapes.text},
}
"""What the fields of each step are."""


def _ref(values: Mapping[str, Json]) -> Callable[[Json], Ref]:
    def check(value: Json) -> Ref:
        ref = Ref.from_json(value)
        valid_name(ref.name, ())
        if ref.branch_id != values["branch_id"]:
            raise ValueError(f"the branch {ref.branch_id!r} is another one")
        return ref

    return check


def _mark(values: Mapping[str, Json]) -> Callable[[Json], Json]:
    return lambda value: shapes.mark(values["mark"], value)


def _field(values: Mapping[str, Json]) -> Callable[[Json], Json]:
    checks: dict[str, Callable[[Json], Json]] = {
        "title": shapes.text, "tags": shapes.texts, "overlay": shapes.overlay
    }  # fmt: skip
    return checks[values["field"]]


def _entry(values: Mapping[str, Json]) -> Callable[[Json], Json]:
    def vote(value: Json) -> Json:
        from lion_tui.core.votes import Vote

        Vote.of(values["key"], value)
        return value

    checks: dict[str, Callable[[Json], Json]] = {"groups": shapes.group, "votes": vote}
    return checks[values["table"]]


_OF_VALUES: Final[Mapping[type[Change], Callable[[Mapping[str, Json]], Callable[[Json], Any]]]] = {
    RefSet: _ref, MarkSet: _mark, FieldSet: _field, EntrySet: _entry,
}  # fmt: skip
"""How to check what a step sets, told from what it sets it on; null is nothing."""
