"""From what a server answered to an error that says what to do."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Final, TypeAlias

from lion_tui.core.errors import (
    BadAnswer,
    ContextFull,
    KeyRefused,
    ModelUnknown,
    RateLimited,
    RequestRefused,
    ServerFault,
    ServiceError,
    TimedOut,
)
from lion_tui.core.text import plain, scalar
from lion_tui.services.wire import mapping

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from lion_tui.core.message import Json
    from lion_tui.services.provider import Provider

_Told: TypeAlias = tuple[type[ServiceError], str, str]
"""The kind of an error, its sentence without what the server says, and the remedy."""
SHORTEN: Final = "Mute messages or start the context further down (/mute, /start-context), start a branch further up"
"""What can be done about a conversation that is longer than a model's window."""
_LONGEST = 300
"""How many characters of a server's own words an error quotes."""
_LONGEST_NAME = 200
"""How many characters a name that a server gives may have."""

_KEY_SHAPED = re.compile(r"(?:\b(?:sk|pk|gsk|xai|key|rk)[-_][\w*.\-]{6,}|\bAIza[\w*\-]{10,}|(?<=Bearer )[^\s'\",}]+)")
_CONTEXT_CODES: Final = frozenset({"context_length_exceeded", "exceed_context_size_error"})
_CONTEXT_WORDS = re.compile(
    r"prompt is too long|maximum context length|context (?:length|window|size)|exceeds? the (?:model's )?context"
    r"|input token count.{0,60}exceeds the maximum|too many input tokens",
    re.IGNORECASE,
)
_MODEL_CODES: Final = frozenset({"model_not_found", "invalid_model", "model_not_available", "model_not_supported"})
_MODEL_WORDS = re.compile(
    r"not a valid model|no such model|unknown model|invalid model"
    r"|model\b.{0,120}(?:not found|does(?: not|n't) exist|not available|not supported)|^model: ",
    re.IGNORECASE,
)
# Gemini refuses a wrong key with 400.
_KEY_WORDS = re.compile(r"api key (?:not valid|invalid|expired)|(?:invalid|incorrect) api key", re.IGNORECASE)
# With 403 a server refuses much else: countries, networks, what is said, models that an account has no access to.
_ACCESS_WORDS = re.compile(r"\bkeys?\b|api_?key|credential|\b(?:un)?auth(?!ors?\b)", re.IGNORECASE)
_EXHAUSTED: Final = frozenset({"insufficient_quota", "billing_hard_limit_reached"})


@dataclass(eq=False)
class Fault(Exception):
    """A request came to nothing.

    Attributes:
        error: What is raised if it is not tried again.
        retry: Whether the next try may succeed.
        after: Seconds that the server asks to wait before it.
    """

    error: ServiceError
    retry: bool = False
    after: float | None = None


def quoted(text: str, secrets: Collection[str] = ()) -> str:
    """Return a server's words fit for one line of the screen: nothing that steers it, no secret, bounded length."""
    return _bounded(_KEY_SHAPED.sub("[key]", _line(text, secrets)), _LONGEST)


def label(text: str, secrets: Collection[str] = ()) -> str:
    """Return a name that a server gives, such as a model's, as `quoted` does, but in full where it looks like a key."""
    return _bounded(_line(text, secrets), _LONGEST_NAME)


def _line(text: str, secrets: Collection[str]) -> str:
    text = plain(" ".join(scalar(text).split()))
    for secret in sorted(secrets, key=len, reverse=True):  # one may be part of another
        text = text.replace(secret, "[key]")
    return text


def _bounded(text: str, longest: int) -> str:
    return text if len(text) <= longest else text[: longest - 1] + "…"


def parse_body(content: bytes) -> Json:
    """Return the body of an error as JSON, or as text where it is none."""
    try:
        return json.loads(content)
    except (ValueError, RecursionError):
        return content.decode(errors="replace")


def words(body: Json, depth: int = 4) -> str:
    """Return what a server says in the body of an error, in any of the usual layouts, which nest up to `depth`."""
    if isinstance(body, str):
        return "" if body.lstrip()[:1] == "<" else body
    if depth == 0:
        return ""
    if isinstance(body, list):
        return "; ".join(filter(None, (words(each, depth - 1) for each in body[:3])))
    for name in ("error", "message", "detail", "errors", "msg"):
        if said := words(mapping(body).get(name), depth - 1):
            # Where OpenRouter passes on what a provider said.
            raw = mapping(mapping(body).get("metadata")).get("raw")
            return f"{said}: {raw}" if isinstance(raw, str) and raw else said
    return ""


def retry_after(headers: Mapping[str, str], now: datetime | None = None) -> float | None:
    """Return the seconds that `Retry-After` asks for (RFC 9110 §10.2.3: a number or a date), or None."""
    value = headers.get("retry-after", "").strip()
    if re.fullmatch(r"[0-9]{1,9}(\.[0-9]{1,9})?", value):
        return float(value)
    try:
        moment = parsedate_to_datetime(value)
    except (ValueError, OverflowError):
        return None
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return max(0.0, (moment - (now or datetime.now(UTC))).total_seconds())


def status_fault(
    provider: Provider,
    status: int,
    body: Json,
    *,
    model: str = "",
    secrets: Collection[str] = (),
    after: float | None = None,
) -> Fault:
    """Return the fault for an HTTP status of 400 or more; an error inside a stream may have such a code too."""
    said, codes = quoted(words(body), secrets), _codes(body)
    passing = status in (408, 409, 429) or status >= 500
    found = _context_error(provider, status, said, codes, model)
    if found is None and not passing:  # what is asked again was not refused, whatever the server says
        found = _refusal(provider, status, said, codes, model)
    kind, what, remedy = found or _status_error(provider, status, after)
    what += f": {said.rstrip('.')}." if said else "."
    error = kind(what, remedy, service=provider.name, status=status)
    return Fault(error, retry=passing and kind is not ContextFull and codes.isdisjoint(_EXHAUSTED), after=after)


def event_fault(provider: Provider, body: Json, *, model: str, secrets: Collection[str] = ()) -> Fault:
    """Return the fault for an error inside a stream."""
    inner = mapping(mapping(body).get("error")) or mapping(body)
    for name in ("code", "status"):
        code = inner.get(name)
        code = int(code) if isinstance(code, str) and re.fullmatch("[45][0-9]{2}", code) else code
        if isinstance(code, int) and 400 <= code < 600:
            return status_fault(provider, code, body, model=model, secrets=secrets)
    status = {
        "overloaded_error": 529,
        "rate_limit_error": 429,
        "rate_limit_exceeded": 429,
        "authentication_error": 401,
        "invalid_api_key": 401,
        "permission_error": 403,
        "not_found_error": 404,
        "model_not_found": 404,
        "invalid_request_error": 400,
    }
    codes = _codes(body)
    return status_fault(
        provider, next((status[c] for c in status if c in codes), 500), body, model=model, secrets=secrets
    )


def _codes(body: Json) -> set[str]:
    outer = mapping(body[0] if isinstance(body, list) and body else body)
    inner = mapping(outer.get("error")) or outer
    return {value for name in ("code", "type", "status") if isinstance(value := inner.get(name), str)}


def _context_error(row: Provider, status: int, said: str, codes: set[str], model: str) -> _Told | None:
    """Return kind, sentence and remedy if the server says that the conversation is too long."""
    if not codes.isdisjoint(_CONTEXT_CODES) or (status != 429 and _CONTEXT_WORDS.search(said)):
        window = f"the window of {label(model) or 'the model'}"
        what = f"{row.title} cannot read the conversation, which is longer than {window}"
        return ContextFull, what, f"{SHORTEN}, or choose a model with a larger window."
    return None


def _refusal(row: Provider, status: int, said: str, codes: set[str], model: str) -> _Told | None:
    """Return kind, sentence and remedy of a refusal by what the server says; None if that tells nothing."""
    of_key = not said or _ACCESS_WORDS.search(said) if status == 403 else _KEY_WORDS.search(said)
    if status == 401 or of_key:
        return KeyRefused, f"{row.title} refused the key ({status})", f"Set {row.key_variable} to a valid key."
    if not codes.isdisjoint(_MODEL_CODES) or _MODEL_WORDS.search(said):
        return ModelUnknown, f"{row.title} has no model {model!r} ({status})", "Choose one of its models."
    return None


def _status_error(row: Provider, status: int, after: float | None) -> _Told:
    """Return kind, sentence and remedy by the status alone."""
    title = row.title
    if status >= 500:
        return ServerFault, f"{title} failed ({status})", "Try again, or choose another service."
    if status == 429:
        remedy = "Wait a little, or give the service a budget (`max_requests`, `interval`)."
        return (
            RateLimited,
            f"{title} asks for fewer requests (429)",
            f"Try again in {after:.0f} s." if after else remedy,
        )
    return {
        402: (RequestRefused, f"{title} asks for payment (402)", "Add credit to the account."),
        403: (
            RequestRefused,
            f"{title} does not allow the request (403)",
            "Change it, or choose another model or service.",
        ),
        404: (
            RequestRefused,
            f"{title} has nothing at this address (404)",
            f"Check the base URL ({row.url_variable}).",
        ),
        408: (TimedOut, f"{title} gave up waiting (408)", "Try again."),
    }.get(status, (RequestRefused, f"{title} refused the request ({status})", "Change it, or choose another model."))


def bad_answer(provider: Provider, what: str, remedy: str = "", status: int | None = None) -> Fault:
    """Return the fault for an answer that is not what the protocol says."""
    remedy = remedy or f"Check that the base URL ({provider.url_variable}) is that of the API."
    return Fault(BadAnswer(f"{provider.title} sent {what}.", remedy, service=provider.name, status=status))
