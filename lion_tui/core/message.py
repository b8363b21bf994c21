"""The message: one node of the tree, and the columns that every table of messages has."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Literal, NamedTuple, TypeAlias, get_args

from lion_tui.core.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

Role: TypeAlias = Literal["system", "user", "assistant", "tool"]
Status: TypeAlias = Literal["streaming", "complete", "stopped", "interrupted", "error"]
Origin: TypeAlias = Literal["user", "model", "edit", "merge", "copy", "summary", "import", "tool"]
Json: TypeAlias = Any

ROLES: Final = frozenset(get_args(Role))
STATUSES: Final = frozenset(get_args(Status))
ORIGINS: Final = frozenset(get_args(Origin))


def check_role(role: str) -> None:
    """Refuse a role that is none.

    Raises:
        UsageError: it is none.
    """
    if role not in ROLES:
        raise UsageError(f"There is no role {role!r}.", f"The roles are {', '.join(sorted(ROLES))}.")


Kind: TypeAlias = Literal["text", "texts", "json", "time", "int", "float"]


class Column(NamedTuple):
    """One column of the message table.

    Attributes:
        name: The column's and the `Message` field's name.
        kind: How a stored value looks: `text` str, `texts` list of str, `json` JSON text, `time` microseconds since
            1970 UTC as int, `int`, `float`; None is null.
        required: Whether null is excluded.
        wide: Whether it holds text of any length, read only when a message is looked at.
        repeats: Whether few texts occur over and over: each is one object in memory, one entry in a file.
    """

    name: str
    kind: Kind
    required: bool = False
    wide: bool = False
    repeats: bool = False


COLUMNS: Final = (
    Column("node_id", "text", required=True),
    Column("timestamp", "time", required=True),
    Column("role", "text", required=True, repeats=True),
    Column("sender", "text", required=True, repeats=True),
    Column("recipient", "text", required=True, repeats=True),
    Column("content", "text", required=True, wide=True),
    Column("parent_id", "text"),
    Column("seq", "int", required=True),
    Column("branch", "text", repeats=True),
    Column("status", "text", required=True, repeats=True),
    Column("origin", "text", required=True, repeats=True),
    Column("source_ids", "texts", required=True),
    Column("group_id", "text"),
    Column("turn_id", "text"),
    Column("reasoning", "text", wide=True),
    Column("parts", "json", wide=True),
    Column("service", "text", repeats=True),
    Column("model", "text", repeats=True),
    Column("params", "json", repeats=True),
    Column("finish_reason", "text", repeats=True),
    Column("error", "text", repeats=True),
    Column("tokens_in", "int"),
    Column("tokens_out", "int"),
    Column("tokens_cached", "int"),
    Column("tokens_reasoning", "int"),
    Column("cost_usd", "float"),
    Column("ttft_s", "float"),
    Column("total_s", "float"),
    Column("deleted_at", "time"),
    Column("metadata", "json"),
)
"""Every column, in the order that frames and files have."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """A view of one message, made when it is asked for; final once `status` is.

    Attributes:
        node_id: Its id, a uuid7.
        timestamp: When it was made, UTC.
        role: system, user, assistant or tool.
        sender: Who speaks: `user`, `system`, a model's name, or what the caller said.
        recipient: Who is spoken to; by default the branch's name.
        content: The text, as Markdown source.
        parent_id: The message it answers or follows; None for a root.
        seq: Its place in the order of all messages of the session.
        branch: The name of the branch it was written on, at that time.
        status: streaming, complete, stopped (by the user), interrupted (a fault after text) or error (without text).
        origin: How it came to be.
        source_ids: The messages it was made from (edited, continued, copied); never part of a prompt.
        group_id: The fan-out or regeneration whose alternatives belong together.
        turn_id: The turn: a prompt and its answers.
        reasoning: What the model thought before its answer, if it was sent.
        parts: Content that is not text, as the service sent it.
        service: The name of the service that answered.
        model: The model that answered.
        params: The settings that the answer was made with.
        finish_reason: Why the model stopped: `stop`, `length`, or what the service said.
        error: The fault, for status `error` and `interrupted`.
        tokens_in: Prompt tokens, as the service counted them.
        tokens_out: Tokens of the answer.
        tokens_cached: Prompt tokens that the service had cached.
        tokens_reasoning: Tokens of the reasoning, part of `tokens_out`.
        cost_usd: What the service says it costs, in US dollars.
        ttft_s: Seconds from sending to the first token.
        total_s: Seconds from sending to the end.
        deleted_at: When it was deleted; None while it lives.
        metadata: What else belongs to it.
    """

    node_id: str
    timestamp: datetime
    role: Role
    sender: str
    recipient: str
    content: str
    parent_id: str | None = None
    seq: int
    branch: str | None = None
    status: Status = "complete"
    origin: Origin = "user"
    source_ids: tuple[str, ...] = ()
    group_id: str | None = None
    turn_id: str | None = None
    reasoning: str | None = None
    parts: Json = None
    service: str | None = None
    model: str | None = None
    params: Mapping[str, Json] | None = None
    finish_reason: str | None = None
    error: str | None = None
    tokens_in: int | None = None
    tokens_out: int | None = None
    tokens_cached: int | None = None
    tokens_reasoning: int | None = None
    cost_usd: float | None = None
    ttft_s: float | None = None
    total_s: float | None = None
    deleted_at: datetime | None = None
    metadata: Mapping[str, Json] | None = None
