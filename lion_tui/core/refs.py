"""Branches as data: a name on a message, with the settings that go with it."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, field, fields, replace
from typing import TYPE_CHECKING, Final

from lion_tui.core import shapes
from lion_tui.core.errors import BranchNameError
from lion_tui.core.params import checked_params

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from lion_tui.core.message import Json

_NAME: Final = re.compile(r"\w[\w./-]{0,63}")
_LONGEST: Final = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class Ref:
    """A branch: a unique name on the message that is its head.

    Attributes:
        branch_id: The uuid7 by which everything else knows the branch; the name may change.
        name: The label, unique in the session.
        head: The last message; None while the branch is empty.
        base: The message that it was forked at.
        fork_of: The id of the branch that it was forked from.
        service: The name of the service that answers here; None leaves it to the session.
        model: The model that answers here; None leaves it to the session.
        params: Settings by the names in `PARAMETERS`.
        note: A text of the user's.
        colour: A colour of the user's.
        archived: Hidden from lists.
        created_at: Microseconds since 1970, UTC.
    """

    branch_id: str
    name: str
    head: str | None = None
    base: str | None = None
    fork_of: str | None = None
    service: str | None = None
    model: str | None = None
    params: Mapping[str, Json] = field(default_factory=dict)
    note: str | None = None
    colour: str | None = None
    archived: bool = False
    created_at: int = 0

    def to_json(self) -> dict[str, Json]:
        """Return what differs from the defaults, as JSON values."""
        values = {item.name: getattr(self, item.name) for item in fields(self)}
        return {name: dict(value) if name == "params" else value for name, value in values.items() if value}

    @classmethod
    def from_json(cls, value: Json) -> Ref:
        """Return the branch that `to_json` wrote. Whether its name can be is not looked at.

        Raises:
            TypeError, ValueError: it did not write this.
        """
        ref = cls(**shapes.mapping(value))
        if not shapes.text(ref.branch_id):
            raise ValueError("a branch has no id")
        for text in (ref.head, ref.base, ref.fork_of, ref.service, ref.model, ref.note, ref.colour):
            shapes.optional(shapes.text)(text)
        shapes.flag(ref.archived)
        shapes.whole(ref.created_at)
        return replace(ref, params=checked_params(shapes.mapping(ref.params)))


OVERLAY: Final = ("service", "model", "params", "note", "colour", "archived")
"""The fields of a `Ref` that are the user's settings."""


def valid_name(name: str, taken: Collection[str]) -> str:
    """Return a branch name in its normal form.

    Raises:
        BranchNameError: it is malformed or taken; the remedy suggests another.
    """
    if not isinstance(name, str):
        raise BranchNameError(f"{name!r} cannot be a branch's name: it is no text.", "Give a text.")
    name = unicodedata.normalize("NFC", name)
    if not _NAME.fullmatch(name) or ".." in name:
        raise BranchNameError(
            f"{name!r} cannot be a branch's name: a letter, digit or underscore, then up to 63 of those or . / -, "
            "and no two dots in a row.",
            f"{free_name(slug(name), taken)!r} can.",
        )
    if name in taken:
        raise BranchNameError(f"There is a branch {name!r} already.", f"{free_name(name, taken)!r} is free.")
    return name


def slug(text: str) -> str:
    """Return the nearest thing to `text` that may be a branch's name; of a model, its last path segment."""
    text = unicodedata.normalize("NFC", text).rstrip("/").rpartition("/")[2]
    text = re.sub(r"\.{2,}", ".", re.sub(r"[^\w.-]+", "-", text)).lstrip(".-")
    return text[:_LONGEST] or "branch"


def free_name(name: str, taken: Collection[str]) -> str:
    """Return `name`, or `name.n` with the lowest n from 2 that is free; a `.n` that it ends with is replaced."""
    if name not in taken:
        return name
    stem = re.sub(r"\.\d+$", "", name)
    number = 2
    while (candidate := numbered(stem, number)) in taken:
        number += 1
    return candidate


def model_branch_name(branch: str, model: str, taken: Collection[str]) -> str:
    """Return the name of the branch of a model's answer, `<branch>.<model>`, or with the lowest `.n` that is free.

    What is too long is cut: the model's slug first to half of what a name has room for, then the branch's name.
    """
    model = slug(model)[: _LONGEST // 2].rstrip(".") if model else ""
    room = _LONGEST - len(model) - 1
    stem = ".".join(filter(None, (branch[:room].rstrip("."), model)))
    name, number = stem, 2
    while name in taken:
        name, number = numbered(stem, number), number + 1
    return name


def asked_branch_name(name: str, model: str | None) -> str:
    """Return the name of the branch that was asked on, of the name of the branch of a model's answer there."""
    end = re.escape(slug(model)[: _LONGEST // 2].rstrip(".")) if model else ""
    return re.sub(rf"(?<=.)\.{end}(\.\d+)?$", "", name) if end else name


def numbered(stem: str, number: int) -> str:
    """Return `stem.number`, the stem cut so that the suffix is kept."""
    suffix = f".{number}"
    return stem[: _LONGEST - len(suffix)].rstrip(".") + suffix
