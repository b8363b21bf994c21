"""Budgets: a window that slides, a queue in order, estimates that are settled."""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from mock_api import HELLO, FakeClock, Script, answer, chunk, collect, service, streamed

from lion_tui.core.errors import BudgetExceeded, UsageError
from lion_tui.core.inference import Request, Turn, Waiting
from lion_tui.services import Services
from lion_tui.services.budget import Budget, BudgetStatus, SystemClock, Ticket
from lion_tui.services.request import Estimate


async def admit(budget: Budget, tokens: int = 0) -> tuple[Ticket, list[Waiting]]:
    ticket = Ticket(tokens)
    return ticket, [waiting async for waiting in budget.admit(ticket)]


async def test_without_limits_nothing_waits_and_nothing_is_kept() -> None:
    budget = Budget("x", clock=FakeClock())
    for _ in range(5):
        assert (await admit(budget, 10**9))[1] == []
    assert budget.status() == BudgetStatus(None, None, None, 0)
    assert not budget._window


async def test_requests_wait_until_the_oldest_leaves_the_window() -> None:
    clock = FakeClock()
    budget = Budget("x", max_requests=2, interval=10, clock=clock)
    await admit(budget)
    clock.time = 4
    await admit(budget)
    assert budget.status() == BudgetStatus(0, None, 6.0, 0)
    _, waited = await admit(budget)
    assert [(each.why, each.seconds) for each in waited] == [("budget", 6.0)]
    assert "2 requests in 10 s" in waited[0].detail
    assert clock.time == 10
    # The window slides: the one of the fourth second still counts.
    _, waited = await admit(budget)
    assert clock.time == 14


async def test_tokens_wait_for_as_much_as_they_need() -> None:
    clock = FakeClock()
    budget = Budget("x", max_tokens=100, interval=10, clock=clock)
    for tokens in (30, 30, 30):
        await admit(budget, tokens)
        clock.time += 1
    await admit(budget, 50)
    assert clock.time == 11  # two of the three had to go


async def test_a_request_larger_than_the_whole_budget_is_refused_at_once() -> None:
    script = Script(answer())
    of = service(script, budget=Budget("OpenAI", max_tokens=1000, clock=FakeClock()))
    request = Request((Turn("user", "Hello"),), model="m", params={"max_tokens": 5000})
    with pytest.raises(BudgetExceeded, match=r"about 50\d\d tokens; the budget of OpenAI is 1000 in 60 s"):
        await collect(of, request)
    assert not script.requests
    assert of.budget.status().tokens_left == 1000


async def test_an_answer_is_settled_with_what_the_service_reports() -> None:
    usage = {"prompt_tokens": 11, "completion_tokens": 22}
    of = service(
        Script(streamed(chunk("Hi"), chunk(finish_reason="stop"), {"choices": [], "usage": usage})),
        budget=Budget("OpenAI", max_tokens=1000, clock=FakeClock()),
    )
    await collect(of, Request((Turn("user", "Hello"),), model="m", params={"max_tokens": 500}))
    assert of.budget.status().tokens_left == 1000 - 33


async def test_an_overshoot_delays_the_next() -> None:
    clock = FakeClock()
    usage = {"prompt_tokens": 10, "completion_tokens": 2990}
    of = service(
        Script(streamed(chunk("Hi"), chunk(finish_reason="stop"), {"usage": usage}), answer()),
        budget=Budget("OpenAI", max_tokens=1000, interval=60, clock=clock),
    )
    await collect(of)
    assert of.budget.status().tokens_left == -2000
    await collect(of)
    assert clock.time == 60


async def test_a_stream_that_is_left_counts_what_it_received() -> None:
    of = service(
        Script(streamed(chunk("x" * 400), chunk("never read"), done=False)),
        budget=Budget("OpenAI", max_tokens=1000, clock=FakeClock()),
    )
    request = Request((Turn("user", "Hello"),), model="m", params={"max_tokens": 800})
    async with aclosing(of.stream(request)) as happened:
        await anext(happened)
        assert of.budget.status().tokens_left == pytest.approx(1000 - 800, abs=10)
    assert of.budget.status().tokens_left == pytest.approx(1000 - 100, abs=10)


async def test_who_leaves_the_queue_lets_the_next_one_go() -> None:
    budget = Budget("x", max_tokens=100, interval=1000)
    await admit(budget, 50)
    first, second = (asyncio.create_task(admit(budget, tokens)) for tokens in (100, 50))
    await asyncio.sleep(0)
    assert budget.status().queued == 2
    first.cancel()
    ticket, waited = await second
    assert ticket.admitted is not None
    assert ", 1 ahead" in waited[0].detail
    assert budget.status().queued == 0


async def test_what_is_settled_lower_lets_the_next_one_go() -> None:
    budget = Budget("x", max_tokens=100, interval=1000)
    large, _ = await admit(budget, 90)
    waiting = asyncio.create_task(admit(budget, 50))
    await asyncio.sleep(0)
    assert budget.status().queued == 1
    budget.settle(large, 20)
    await waiting
    assert budget.status().tokens_left == 30


async def test_a_budget_leaves_no_task_behind() -> None:
    script = Script(answer(), answer())
    of = service(script, budget=Budget("x", max_requests=1, max_tokens=1000, interval=1, clock=FakeClock()))
    await collect(of)
    await collect(of)
    await of.aclose()
    assert asyncio.all_tasks() == {asyncio.current_task()}


def test_a_budget_outlives_its_event_loop() -> None:
    budget = Budget("x", max_requests=1, interval=1000)
    asyncio.run(_first_and_left(budget))
    assert budget.status().queued == 0
    budget._window.clear()
    asyncio.run(admit(budget))
    assert budget.status().requests_left == 0


async def _first_and_left(budget: Budget) -> None:
    await admit(budget)
    left = asyncio.create_task(admit(budget))
    await asyncio.sleep(0)
    assert budget.status().queued == 1
    left.cancel()


async def test_the_clock_of_the_machine_returns_on_either() -> None:
    clock, event = SystemClock(), asyncio.Event()
    before = clock.now()
    await clock.wait(event, 0.001)
    event.set()
    await clock.wait(event, 1000)
    assert clock.now() > before


@given(
    limits=st.tuples(st.none() | st.integers(1, 4), st.none() | st.integers(10, 50)),
    wishes=st.lists(st.tuples(st.integers(0, 10), st.integers(0, 20)), min_size=1, max_size=12),
)
async def test_no_window_ever_holds_more_than_the_budget(limits: Any, wishes: list[tuple[int, int]]) -> None:
    clock = FakeClock()
    requests, tokens = limits
    budget = Budget("x", max_requests=requests, max_tokens=tokens, interval=10, clock=clock)
    let_through: list[Ticket] = []
    for size, pause in wishes:
        ticket, waited = await admit(budget, size)
        assert all(each.seconds > 0 for each in waited)
        let_through.append(ticket)
        clock.time += pause
    for last in let_through if budget.limited else ():
        window = [each for each in let_through if last.admitted - 10 < each.admitted <= last.admitted]
        assert requests is None or len(window) <= requests
        assert tokens is None or sum(each.tokens for each in window) <= tokens


@given(sizes=st.lists(st.integers(1, 20), min_size=2, max_size=6))
async def test_first_come_first_served(sizes: list[int]) -> None:
    budget = Budget("x", max_requests=1, max_tokens=20, interval=10, clock=FakeClock())
    order: list[int] = []

    async def one(place: int, size: int) -> None:
        await admit(budget, size)
        order.append(place)

    await asyncio.gather(*(one(place, size) for place, size in enumerate(sizes)))
    assert order == list(range(len(sizes)))


async def test_two_who_share_a_service_share_its_budget() -> None:
    of = Services.Scripted("Hello", max_requests=1, interval=1000)
    await collect(of)
    async with aclosing(of.stream(HELLO)) as second:
        assert isinstance(await anext(second), Waiting)
    assert of.budget.status().queued == 0


@pytest.mark.parametrize(
    "limits", [{"max_requests": 0}, {"max_tokens": -1}, {"max_requests": 1.5}, {"max_tokens": True}, {"interval": 0}]
)
def test_a_budget_that_is_none_is_refused(limits: Any) -> None:
    with pytest.raises(UsageError, match=next(iter(limits))):
        Services.OpenAI(**limits)


def test_the_estimate_learns_what_a_model_counts() -> None:
    estimate = Estimate()
    request = Request((Turn("user", "x" * 384),))
    assert estimate.prompt(request, "m") == 100
    estimate.learn(request, "m", 150)
    assert estimate.prompt(request, "m") == 150
    assert estimate.prompt(request, "other") == 100
    estimate.learn(request, "m", 100_000)
    assert estimate.prompt(request, "m") == 400
    estimate.learn(request, "m", None)
    assert estimate.prompt(request, "m") == 400


async def test_no_more_come_at_once_than_may_and_the_next_goes_when_one_ends() -> None:
    budget = Budget("x", max_concurrent=2, clock=FakeClock())
    tickets = [(await admit(budget))[0] for _ in range(2)]
    details: list[list[str]] = [[], [], []]
    order: list[int] = []

    async def wait(number: int) -> Ticket:
        ticket = Ticket(0)
        async for waiting in budget.admit(ticket):
            assert (waiting.why, waiting.seconds) == ("turn", 0.0)
            details[number].append(waiting.detail)
        order.append(number)
        return ticket

    waiting = [asyncio.create_task(wait(number)) for number in range(3)]
    while not all(details):  # noqa: ASYNC110 - what is waited for has no event of its own
        await asyncio.sleep(0)
    assert [each[0] for each in details] == [
        "x answers 2 at once", "x answers 2 at once, 1 ahead", "x answers 2 at once, 2 ahead",
    ]  # fmt: skip
    assert budget.status().queued == 3
    budget.settle(tickets[0], 0)
    tickets.append(await waiting[0])
    waiting[1].cancel()
    await asyncio.wait([waiting[1]])
    assert order == [0]
    budget.settle(tickets[1], 0)
    tickets.append(await waiting[2])
    assert order == [0, 2]
    for ticket in tickets:
        budget.settle(ticket, 0)
    assert not budget._coming


async def test_what_comes_at_once_and_what_comes_in_a_while_are_both_limited() -> None:
    clock = FakeClock()
    budget = Budget("x", max_requests=2, interval=10, max_concurrent=1, clock=clock)
    first, _ = await admit(budget)
    budget.settle(first, 0)
    second, _ = await admit(budget)
    budget.settle(second, 0)
    _, waited = await admit(budget)
    assert [each.why for each in waited] == ["budget"]
    assert clock.time == 10


@pytest.mark.parametrize("limit", [0, -1, 1.5, True])
def test_a_limit_of_answers_is_a_whole_number(limit: Any) -> None:
    with pytest.raises(UsageError, match="max_concurrent"):
        Budget("x", max_concurrent=limit)


def test_servers_of_one_machine_get_a_few_at_once() -> None:
    assert Services.Ollama().budget._max_concurrent == 4
    assert Services.Ollama(max_concurrent=1).budget._max_concurrent == 1
    assert Services.VLLM().budget._max_concurrent is None
    assert Services.OpenAI().budget._max_concurrent is None
    assert Services.Local(n_parallel=3).budget._max_concurrent == 3
