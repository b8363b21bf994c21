"""Trying again: what for, how often, how long between, and that it shows."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import httpx
import pytest
from mock_api import FakeClock, Script, answer, collect, refusal, service, streamed, text_of

from lion_tui.core.errors import RateLimited, RequestRefused, ServerFault, StreamCut, Unreachable
from lion_tui.core.inference import Waiting
from lion_tui.services.budget import Budget

TRANSIENT: list[Any] = [
    *[refusal(status) for status in (408, 409, 429, 500, 502, 503, 529)],
    httpx.ConnectError("refused"),
    httpx.ConnectTimeout("slow"),
    httpx.ReadError("reset"),
    httpx.RemoteProtocolError("hung up"),
    streamed(done=False),
    streamed({"error": {"code": 503, "message": "Busy"}}),
]


@pytest.mark.parametrize("fault", TRANSIENT)
async def test_what_may_pass_is_tried_again_and_the_wait_shows(fault: Any) -> None:
    clock = FakeClock()
    script = Script(fault, fault, answer())
    happened = await collect(service(script, clock=clock))
    assert text_of(happened) == "Hi"
    assert len(script.requests) == 3
    first, second = (event for event in happened if isinstance(event, Waiting))
    assert (first.why, second.why) == ("retry", "retry")
    assert "Try 2 of 4." in first.detail
    assert 0.25 <= first.seconds <= 0.5
    assert 0.5 <= second.seconds <= 1.0
    assert clock.waits == [first.seconds, second.seconds]


@pytest.mark.parametrize(
    ("fault", "kind"),
    [(refusal(503), ServerFault), (httpx.ConnectError("no"), Unreachable), (streamed(done=False), StreamCut)],
)
async def test_after_four_tries_the_error_is_raised_as_it_is(fault: Any, kind: Any) -> None:
    script = Script(fault)
    with pytest.raises(kind):
        await collect(service(script))
    assert len(script.requests) == 4
    assert all(request.method == "POST" for request in script.requests)
    assert script.bodies[0] == script.bodies[-1]


async def test_what_never_began_is_not_offered_to_be_continued() -> None:
    with pytest.raises(StreamCut, match=r"broke off before it began\. Try again, or choose another service\.$"):
        await collect(service(Script(streamed(done=False))))


@pytest.mark.parametrize("status", [400, 401, 402, 403, 404, 405, 413, 422])
async def test_what_will_not_pass_is_not_tried_again(status: int) -> None:
    script = Script(refusal(status))
    with pytest.raises(Exception, match=str(status)):
        await collect(service(script))
    assert len(script.requests) == 1


async def test_an_empty_account_is_not_tried_again() -> None:
    script = Script(refusal(429, {"error": {"code": "insufficient_quota", "message": "You exceeded your quota"}}))
    with pytest.raises(RateLimited, match="You exceeded your quota"):
        await collect(service(script))
    assert len(script.requests) == 1


async def test_a_pause_that_the_server_asks_for_is_kept() -> None:
    clock = FakeClock()
    happened = await collect(service(Script(refusal(429, retry_after="17"), answer()), clock=clock))
    assert clock.waits == [17.0]
    assert next(event for event in happened if isinstance(event, Waiting)).seconds == 17.0


async def test_a_pause_until_a_date_is_kept() -> None:
    clock = FakeClock()
    until = format_datetime(datetime.now(UTC) + timedelta(seconds=90), usegmt=True)
    await collect(service(Script(refusal(503, retry_after=until), answer()), clock=clock))
    assert 0 < clock.waits[0] <= 90


async def test_a_pause_of_an_hour_is_not_waited_for() -> None:
    script = Script(refusal(429, retry_after="3600"))
    with pytest.raises(RateLimited, match=r"Try again in 3600 s\."):
        await collect(service(script))
    assert len(script.requests) == 1


async def test_each_try_counts_as_a_request_and_a_refused_one_takes_no_tokens() -> None:
    clock = FakeClock()
    budget = Budget("OpenAI", max_requests=10, max_tokens=1000, interval=60, clock=clock)
    with pytest.raises(ServerFault):
        await collect(service(Script(refusal(500)), budget=budget))
    status = budget.status()
    assert (status.requests_left, status.tokens_left) == (6, 1000)


async def test_a_retry_waits_for_the_budget_too() -> None:
    clock = FakeClock()
    budget = Budget("OpenAI", max_requests=1, interval=60, clock=clock)
    happened = await collect(service(Script(refusal(500), answer()), budget=budget))
    assert [event.why for event in happened if isinstance(event, Waiting)] == ["retry", "budget"]
    assert clock.time == pytest.approx(60)


async def test_a_refusal_is_not_a_retry() -> None:
    with pytest.raises(RequestRefused, match="Change it, or choose another model"):
        await collect(service(lambda _: refusal(400)))
