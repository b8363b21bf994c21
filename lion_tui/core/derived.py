"""The header of a session of which only the messages are known."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lion_tui.core.errors import BranchNameError
from lion_tui.core.ids import now_us, uuid7
from lion_tui.core.refs import Ref, free_name, slug, valid_name

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from lion_tui.core.message import Json


def derived_header(columns: Mapping[str, Sequence[Json]]) -> dict[str, Json]:
    """Return a header for messages: each living one without a living answer is the head of a branch.

    A branch is called what its head says it was written on, the latest one first; the latest is current.
    """
    ids, deleted = columns["node_id"], columns["deleted_at"]
    followed = {parent for parent, gone in zip(columns["parent_id"], deleted, strict=True) if not gone}
    heads = [row for row, gone in enumerate(deleted) if not gone and ids[row] not in followed]
    refs: dict[str, Ref] = {}
    for row in sorted(heads, key=columns["seq"].__getitem__, reverse=True):
        name = _name(columns["branch"][row] or "main", refs)
        refs[name] = Ref(branch_id=uuid7(), name=name, head=ids[row], created_at=columns["timestamp"][row])
    if not refs:
        refs["main"] = Ref(branch_id=uuid7(), name="main", created_at=now_us())
    return {
        "session_id": uuid7(),
        "title": "",
        "tags": [],
        "created_at": min(columns["timestamp"], default=now_us()),
        "last_op": 1,
        "next_seq": max(columns["seq"], default=0) + 1,
        "current": {"branch": next(iter(refs.values())).branch_id, "node": None},
        "overlay": {},
        "branches": [ref.to_json() for ref in refs.values()],
        "marks": {},
        "votes": [],
        "groups": {},
        "queues": {},
        "view": {"last_child": {}, "recent": []},
        "undo": [],
        "redo": [],
    }


def _name(given: str, taken: Collection[str]) -> str:
    """Return a free name for a branch: the given one, or the nearest that can be."""
    try:
        name = valid_name(given, ())
    except BranchNameError:
        name = slug(given)
    return free_name(name, taken)
