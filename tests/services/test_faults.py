"""What can go wrong, what the user then reads, and that no key is ever in it."""

from __future__ import annotations

import asyncio
import traceback
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from mock_api import (
    EVENT_STREAM,
    HELLO,
    KEY,
    Pieces,
    Script,
    answer,
    chunk,
    collect,
    collect_until_fault,
    events,
    raw,
    refusal,
    service,
    streamed,
    text_of,
)

from lion_tui.core.errors import (
    BadAnswer,
    ContextFull,
    KeyRefused,
    ModelUnknown,
    PromptTooLong,
    RateLimited,
    RequestRefused,
    ServerFault,
    ServiceError,
    StreamCut,
    TimedOut,
    Unreachable,
    UsageError,
)
from lion_tui.core.inference import Delta
from lion_tui.services import Timeouts
from lion_tui.services.faults import parse_body, quoted, retry_after, status_fault, words
from lion_tui.services.provider import PROVIDERS

OPENAI = PROVIDERS["openai"]


@pytest.mark.parametrize(
    ("status", "body", "kind", "says"),
    [
        (401, {"error": {"message": "No auth credentials found"}}, KeyRefused, "OpenRouter refused the key (401)"),
        (401, {"error": {"message": "Expired"}}, KeyRefused, "refused the key (401): Expired."),
        (403, None, KeyRefused, "refused the key (403)."),
        (403, {"error": {"message": "Your API key has no access"}}, KeyRefused, "the key (403): Your API key has"),
        (403, {"detail": "Not authenticated"}, KeyRefused, "refused the key (403): Not authenticated."),
        (403, {"error": {"message": "Flagged"}}, RequestRefused, "does not allow the request (403): Flagged."),
        (403, {"error": {"message": "Country not supported"}}, RequestRefused, "(403): Country not supported."),
        (403, {"error": {"message": "The model m is not available to you"}}, ModelUnknown, "has no model 'm' (403)"),
        (402, {"error": {"message": "Insufficient credits"}}, RequestRefused, "(402): Insufficient credits"),
        (
            400,
            [{"error": {"message": "API key not valid. Please pass a valid one."}}],
            KeyRefused,
            "refused the key (400)",
        ),
        (418, {"error": {}}, RequestRefused, "refused the request (418)."),
        (404, {"error": {"code": "model_not_found", "message": "Nope"}}, ModelUnknown, "has no model 'm'"),
        (404, {"error": "model 'm' not found"}, ModelUnknown, "has no model 'm'"),
        (400, {"error": {"message": "m is not a valid model ID", "code": 400}}, ModelUnknown, "has no model 'm'"),
        (404, None, RequestRefused, "nothing at this address"),
        (400, {"error": {"code": "context_length_exceeded", "message": "Big"}}, ContextFull, "window of m"),
        (400, {"error": {"type": "exceed_context_size_error", "message": "Big"}}, ContextFull, "window of m"),
        (400, {"error": {"message": "prompt is too long: 210000 tokens > 200000 maximum"}}, PromptTooLong, "200,000"),
        (400, [{"error": {"message": "The input token count (9) exceeds the maximum"}}], ContextFull, "window of m"),
        (422, {"detail": [{"msg": "Field required"}, {"msg": "Too small"}]}, RequestRefused, "Field required; Too sm"),
        (408, {"message": "Slow"}, TimedOut, "gave up waiting"),
        (429, {"error": {"message": "Slow down"}}, RateLimited, "fewer requests"),
        (500, {"error": {"message": "Oops"}}, ServerFault, "failed (500): Oops"),
        (529, {"error": {"type": "overloaded_error", "message": "Overloaded"}}, ServerFault, "(529): Overloaded"),
    ],
)
async def test_each_refusal_has_its_error(status: int, body: Any, kind: Any, says: str) -> None:
    with pytest.raises(kind) as caught:
        await collect(service(lambda _: refusal(status, body), "openrouter"))
    error = caught.value
    assert says in error.what
    assert error.remedy
    assert error.what.endswith(".")
    assert (error.service, error.status) == ("openrouter", status)


@pytest.mark.parametrize(("status", "kind"), [(429, RateLimited), (500, ServerFault), (503, ServerFault)])
@pytest.mark.parametrize("said", ["Incorrect API key provided", "The model m is not available"])
async def test_what_is_tried_again_is_no_refusal_whatever_the_server_says(status: int, kind: Any, said: str) -> None:
    script = Script(*[refusal(status, {"error": {"message": said}}) for _ in range(9)])
    with pytest.raises(kind) as caught:
        await collect(service(script))
    assert len(script.requests) > 1
    assert caught.value.what.endswith(f"({status}): {said}.")
    assert "valid key" not in caught.value.remedy


async def test_what_is_refused_is_asked_once() -> None:
    script = Script(refusal(403, {"error": {"message": "Country not supported"}}), answer())
    with pytest.raises(RequestRefused, match="Change it, or choose another model or service") as caught:
        await collect(service(script))
    assert len(script.requests) == 1
    assert "key" not in str(caught.value).lower()


@pytest.mark.parametrize(("code", "kind"), [("invalid_api_key", KeyRefused), ("model_not_found", ModelUnknown)])
async def test_a_refusal_within_a_stream_is_one_by_its_code(code: str, kind: Any) -> None:
    script = Script(streamed({"error": {"code": code, "message": "No"}}), answer())
    with pytest.raises(kind):
        await collect(service(script))
    assert len(script.requests) == 1


async def test_the_remedy_of_a_refused_key_names_the_variable() -> None:
    with pytest.raises(KeyRefused, match=r"Set OPENROUTER_API_KEY to a valid key\."):
        await collect(service(lambda _: refusal(401), "openrouter"))


async def test_a_redirect_is_not_followed_and_the_key_goes_nowhere_else() -> None:
    script = Script(httpx.Response(307, headers={"location": "https://evil.example/v1"}), answer())
    with pytest.raises(BadAnswer, match=r"a redirect to https://evil.example/v1, which is not followed \(307\)"):
        await collect(service(script))
    assert [request.url.host for request in script.requests] == ["api.openai.com"]


@pytest.mark.parametrize(
    ("response", "says"),
    [
        (httpx.Response(200, html="<html><title>Log in</title></html>"), "an HTML page"),
        (httpx.Response(200, text="hello"), r"no stream of events \(text/plain\)"),
        (httpx.Response(200, json={"choices": []}), r"no stream of events \(application/json\)"),
        (httpx.Response(200), r"no stream of events \(of no type\)"),
    ],
)
async def test_what_is_no_stream_of_events_is_a_bad_answer(response: httpx.Response, says: str) -> None:
    with pytest.raises(BadAnswer, match=f"OpenAI sent {says}"):
        await collect(service(lambda _: response))


async def test_an_error_that_comes_as_a_success_is_an_error() -> None:
    body = {"error": {"code": 402, "message": "Insufficient credits"}}
    with pytest.raises(RequestRefused, match=r"\(402\): Insufficient credits"):
        await collect(service(lambda _: httpx.Response(200, json=body)))


async def test_an_error_page_of_a_proxy_does_not_reach_the_screen() -> None:
    with pytest.raises(ServerFault) as caught:
        await collect(service(lambda _: httpx.Response(502, html="<html>" + "x" * 9999)))
    assert caught.value.what == "OpenAI failed (502)."


@pytest.mark.parametrize("fault", [httpx.ReadError("reset"), httpx.RemoteProtocolError("incomplete chunked read")])
async def test_a_connection_lost_after_text_is_a_cut_and_the_text_stays(fault: Exception) -> None:
    script = Script(raw(events(chunk("Hel"), done=False), fault=fault))
    happened, _ = await collect_until_fault(service(script), StreamCut)
    assert happened == [Delta("Hel")]
    assert len(script.requests) == 1


@pytest.mark.parametrize(
    ("body", "first", "says"),
    [
        (b"", 0.05, "Nothing came from OpenAI within 0.05 s"),
        (b": still working\n\n", 0.05, "Nothing came from OpenAI within 0.05 s"),
        (events(chunk("Hel"), done=False), 60, "Nothing more came from OpenAI for 0.01 s"),
    ],
)
async def test_a_server_that_falls_silent_is_left(body: bytes, first: float, says: str) -> None:
    stream = Pieces([body], hang=True)
    of = service(
        lambda _: httpx.Response(200, headers=EVENT_STREAM, stream=stream),
        timeout=Timeouts(1, first=first, between=0.01),
    )
    with pytest.raises(TimedOut, match=says):
        await collect(of)
    assert stream.closed


async def test_a_connection_that_is_not_accepted_in_time() -> None:
    with pytest.raises(TimedOut, match="did not accept the connection within 3 s"):
        await collect(service(Script(httpx.ConnectTimeout("")), timeout=3))


async def test_no_connection_says_where_to() -> None:
    with pytest.raises(Unreachable, match=r"Ollama cannot be reached at 127.0.0.1:11434: refused\. Start it, or set"):
        await collect(service(Script(httpx.ConnectError("refused")), "ollama"))


@pytest.mark.parametrize("url", ["api.openai.com/v1", "file:///etc/passwd", "http://", "http://x:99999", "http://[::1"])
async def test_an_address_that_is_none_is_refused(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(UsageError, match="OPENAI_BASE_URL"):
        await collect(service(Script(answer()), base_url=url))
    monkeypatch.setenv("OPENAI_BASE_URL", url)
    with pytest.raises(UsageError, match="OPENAI_BASE_URL"):
        await collect(service(Script(answer())))


async def test_plain_http_addresses_work() -> None:
    script = Script(answer())
    await collect(service(script, base_url="http://box.lan:8000/v1/"))
    assert str(script.requests[0].url) == "http://box.lan:8000/v1/chat/completions"


async def test_leaving_an_answer_closes_its_connection() -> None:
    stream = Pieces([events(chunk("Hel"), done=False)], hang=True)
    of = service(lambda _: httpx.Response(200, headers=EVENT_STREAM, stream=stream))
    begun = asyncio.Event()

    async def read() -> None:
        async for _ in of.stream(HELLO):
            begun.set()

    task = asyncio.create_task(read())
    await begun.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert stream.closed


STATUSES = (400, 401, 403, 404, 429, 500)
PLAIN = "correct.horse.battery.staple"
ECHO = "Incorrect API key provided: KEY. Header was 'Authorization: Bearer KEY'"
LEAKS: list[Any] = [
    *[
        lambda key, status=status: refusal(status, {"error": {"message": ECHO.replace("KEY", key)}})
        for status in STATUSES
    ],
    lambda key: httpx.Response(401, text=ECHO.replace("KEY", key)),
    lambda key: httpx.Response(401, text=f"{key[:7]}\x00\u200b{key[7:]}"),
    lambda key: httpx.Response(302, headers={"location": f"https://x.example/?key={key}"}),
    lambda key: httpx.Response(200, headers={"content-type": f"text/{key}"}),
    lambda key: httpx.Response(200, json={"error": ECHO.replace("KEY", key)}),
    lambda key: streamed({"error": {"message": ECHO.replace("KEY", key)}}),
    lambda key: streamed(f"not json {key}"),
    lambda key: httpx.ConnectError(ECHO.replace("KEY", key)),
    lambda key: httpx.RemoteProtocolError(ECHO.replace("KEY", key)),
    lambda key: httpx.ReadTimeout(ECHO.replace("KEY", key)),
]


@pytest.mark.parametrize("leak", LEAKS)
@pytest.mark.parametrize("key", [KEY, PLAIN])
@pytest.mark.parametrize("wire", ["openai", "anthropic"])
async def test_a_key_is_in_no_error(leak: Any, key: str, wire: str) -> None:
    of = service(Script(leak(key)), wire, api_key=key)
    for call in (lambda: collect(of), of.models):
        with pytest.raises(ServiceError) as caught:
            await call()
        assert key not in f"{caught.value!s}{caught.value!r}{caught.value.__dict__}"
        assert key not in f"{of!r}{of.__dict__}"


@pytest.mark.parametrize("wire", ["openai", "anthropic"])
@pytest.mark.parametrize("fault", [refusal(401), httpx.ConnectError("no"), streamed("x"), streamed(done=False)])
async def test_a_key_is_not_among_the_local_values_of_our_frames(wire: str, fault: Any) -> None:
    of = service(Script(fault), wire)
    with pytest.raises(ServiceError) as caught:
        await collect(of)
    error: Any = traceback.TracebackException.from_exception(caught.value, capture_locals=True)
    ours = []
    while error is not None:
        ours += [frame for frame in error.stack if "lion_tui" in frame.filename]
        error = error.__cause__ or error.__context__
    assert ours
    assert not [frame for frame in ours if KEY in str(frame.locals)]


async def test_a_waiting_for_a_retry_has_no_key() -> None:
    happened = await collect(service(Script(refusal(500, {"message": ECHO}), answer())))
    assert KEY not in str(happened)
    assert text_of(happened) == "Hi"


@given(st.text())
def test_foreign_text_is_one_bounded_line_without_control_characters(text: str) -> None:
    shown = quoted(text + "\x1b]52;c;x\x07\n\u202e" + KEY, KEY)
    assert len(shown) <= 300
    assert shown.isprintable() or all(c.isprintable() or c == " " or not c.isascii() for c in shown)
    assert not {c for c in shown if ord(c) < 32 or 127 <= ord(c) < 160 or c == "\u202e"}
    assert KEY not in shown


@pytest.mark.parametrize(
    "key", ["gsk_abcdefghijkl", "sk-or-v1-0123456789", "sk-abc***************wxyz", "AIzaSyA-0123456789"]
)
def test_what_looks_like_a_key_is_hidden_even_if_it_is_not_ours(key: str) -> None:
    assert key not in quoted(f"Incorrect key {key} given")


@given(
    st.recursive(
        st.none() | st.text() | st.integers(),
        lambda x: st.lists(x) | st.dictionaries(st.sampled_from(["error", "message", "detail", "metadata", "code"]), x),
    )
)
def test_any_body_gives_some_error(body: Any) -> None:
    assert isinstance(words(body), str)
    assert isinstance(status_fault(OPENAI, 418, body).error, ServiceError)


def test_a_body_nested_without_end_is_text() -> None:
    assert isinstance(parse_body(b'{"error":' * 100_000), str)
    assert isinstance(parse_body(b"\xff\xfe"), str)


NOW = datetime(2026, 1, 1, 12, 0, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("7", 7.0),
        ("1.5", 1.5),
        ("Thu, 01 Jan 2026 12:00:30 GMT", 30.0),
        ("Thu, 01 Jan 2026 11:00:00 GMT", 0.0),
        ("soon", None),
        ("-3", None),
        ("", None),
    ],
)
def test_retry_after_is_a_number_or_a_date(value: str, seconds: float | None) -> None:
    assert retry_after({"retry-after": value}, NOW) == seconds
    assert retry_after({}, NOW) is None
