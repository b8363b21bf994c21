"""Turns: what is asked, what is sent, what is kept, who answers."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from lion_tui import Services, Session
from lion_tui.config.paths import config_dir
from lion_tui.core.errors import (
    BudgetExceeded,
    ContextFull,
    KeyRefused,
    ServiceChoiceError,
    ServiceError,
    StreamCut,
    UnknownBranch,
    UnknownParameter,
    UsageError,
)
from lion_tui.core.events import Changed, Finished, Streamed, Waited
from lion_tui.core.inference import Delta, Done, Turn, Usage, Waiting
from lion_tui.services.scripted import Reply

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Mapping

    from lion_tui.core.inference import Request, StreamEvent


def roles(session: Session) -> list[str]:
    return [message.role for message in session.path()]


def sent(service: Any, at: int = -1) -> list[tuple[str, str]]:
    return [(turn.role, turn.content) for turn in service.requests[at].messages]


async def test_a_turn_is_asked_answered_and_kept() -> None:
    service = Services.Scripted(["It bites.", "Ha."])
    session = Session("be funny", service=service)
    assert await session.chat("A joke?") == "It bites."
    system, prompt, answer = session.path()
    assert (system.role, system.content, system.sender, system.origin) == ("system", "be funny", "system", "user")
    assert (prompt.role, prompt.content, prompt.sender, prompt.recipient) == ("user", "A joke?", "user", "main")
    assert (answer.role, answer.content, answer.sender, answer.recipient) == (
        "assistant", "It bites.", "scripted-1", "main",
    )  # fmt: skip
    assert (answer.status, answer.origin, answer.service, answer.model) == (
        "complete", "model", "scripted", "scripted-1",
    )  # fmt: skip
    assert answer.finish_reason == "stop"
    assert answer.turn_id == prompt.turn_id is not None
    assert answer.branch == "main"
    assert answer.tokens_out == 2
    assert answer.ttft_s is not None
    assert answer.total_s is not None
    assert 0 <= answer.ttft_s <= answer.total_s
    assert system.timestamp < prompt.timestamp < answer.timestamp
    await session.chat("Another?")
    assert sent(service) == [
        ("system", "be funny"), ("user", "A joke?"), ("assistant", "It bites."), ("user", "Another?"),
    ]  # fmt: skip


@pytest.mark.parametrize("cap", ["max_token", "max_tokens"])
async def test_both_names_of_the_cap_reach_the_service(cap: str) -> None:
    service = Services.Scripted("one two three four")
    session = Session(service=service)
    assert await session.chat("count", **{cap: 2}) == "one two"
    assert service.requests[0].params == {"max_tokens": 2}
    assert session.path()[-1].finish_reason == "length"
    assert session.path()[-1].status == "complete"
    assert session.path()[-1].params == {"max_tokens": 2}


async def test_seed_zero_is_sent() -> None:
    service = Services.Scripted("x")
    await Session(service=service).chat("q", seed=0, temperature=0)
    assert service.requests[0].params == {"seed": 0, "temperature": 0}


@pytest.mark.parametrize("keyword", ["max_tokns", "tools", "invoke", "output_fields", "llmconfig"])
async def test_an_unknown_keyword_raises_and_leaves_no_row(keyword: str) -> None:
    service = Services.Scripted("x")
    session = Session(service=service)
    with pytest.raises(UnknownParameter, match=keyword):
        await session.chat("q", **{keyword: 1})
    assert session.path() == []
    assert service.requests == []
    assert session.undo() is None


@pytest.mark.parametrize("prompt", ["", " \n", "\t"])
async def test_an_empty_prompt_raises_and_leaves_no_row(prompt: str) -> None:
    session = Session("sys", service=Services.Scripted("x"))
    with pytest.raises(UsageError, match="empty"):
        await session.chat(prompt)
    with pytest.raises(UsageError, match="empty"):
        session.enqueue(prompt)
    assert roles(session) == ["system"]


@pytest.mark.parametrize("prompt", [None, 5, {"instruction": "x"}])
async def test_a_prompt_that_is_no_text_raises_and_leaves_no_row(prompt: Any) -> None:
    session = Session(service=Services.Scripted("x"))
    with pytest.raises(UsageError, match="A text is needed"):
        await session.chat(prompt)
    assert session.path() == []


async def test_out_false_returns_nothing_and_keeps_the_answer() -> None:
    session = Session(service=Services.Scripted("x"))
    assert await session.chat("q", out=False) is None
    assert session.last_response_content == "x"


async def test_an_answer_that_reads_none_or_json_is_plain_text() -> None:
    for text in ("None", '{"response": "x"}', '{"action_request": []}', "tool_uses"):
        session = Session(service=Services.Scripted(text))
        assert await session.chat("q") == text
        answer = session.path()[-1]
        assert (answer.role, answer.sender, answer.content) == ("assistant", "scripted-1", text)


# Faults


async def test_a_fault_without_text_is_an_error_node_that_can_be_retried() -> None:
    fault = KeyRefused("OpenRouter refused the key (401).", "Set OPENROUTER_API_KEY to a valid key.")
    service = Services.Scripted([fault, "now it works", "more"])
    session = Session(service=service)
    with pytest.raises(KeyRefused) as caught:
        await session.chat("q")
    assert caught.value is fault
    prompt, failed = session.path()
    assert (failed.status, failed.content) == ("error", "")
    assert failed.error == "OpenRouter refused the key (401). Set OPENROUTER_API_KEY to a valid key."
    answer = await session.retry()
    assert answer.parent_id == prompt.node_id
    assert [message.node_id for message in session.path()] == [prompt.node_id, answer.node_id]
    assert session.message(failed.node_id).status == "error"
    assert await session.chat("go on") == "more"
    assert sent(service) == [("user", "q"), ("assistant", "now it works"), ("user", "go on")]


async def test_a_failed_answer_is_not_sent_and_its_prompt_is() -> None:
    service = Services.Scripted([ServiceError("Away.", "Wait."), "b"])
    session = Session(service=service)
    with pytest.raises(ServiceError):
        await session.chat("first")
    await session.chat("second")
    assert sent(service) == [("user", "first"), ("user", "second")]


async def test_a_fault_after_text_keeps_the_text_as_interrupted_and_it_is_sent() -> None:
    fault = ContextFull("The window is full.", "Fork earlier.")
    service = Services.Scripted([Reply(text="half a", reasoning="hm", fault=fault), "b"])
    session = Session(service=service)
    with pytest.raises(ContextFull):
        await session.chat("q")
    answer = session.path()[-1]
    assert (answer.status, answer.content, answer.reasoning) == ("interrupted", "half a", "hm")
    assert answer.error == "The window is full. Fork earlier."
    await session.chat("and?")
    assert sent(service) == [("user", "q"), ("assistant", "half a"), ("user", "and?")]


async def test_a_request_larger_than_the_budget_is_refused_at_once_and_can_be_retried_elsewhere() -> None:
    small = Services.Scripted("x", max_tokens=5, name="small")
    session = Session(service=small)
    with pytest.raises(BudgetExceeded):
        await session.chat("a prompt that is far longer than five tokens", max_tokens=100)
    assert [message.status for message in session.path()] == ["complete", "error"]
    assert small.requests == []
    answer = await session.retry(service=Services.Scripted("y", name="large"))
    assert (answer.content, answer.service) == ("y", "large")


async def test_reasoning_alone_is_no_text() -> None:
    session = Session(service=Services.Scripted(Reply(reasoning="hm", fault=ServiceError("Away."))))
    with pytest.raises(ServiceError):
        await session.chat("q")
    assert session.path()[-1].status == "error"
    assert session.path()[-1].reasoning == "hm"


class Raw:
    """A service whose events are given, for what no script says."""

    name, default_model = "raw", "raw-1"

    def __init__(self, *events: StreamEvent | Exception) -> None:
        self.events = events

    def check(self, params: Mapping[str, Any]) -> None:
        """Take any settings."""

    async def stream(self, request: Request) -> AsyncGenerator[StreamEvent]:
        for event in self.events:
            await asyncio.sleep(0)
            if isinstance(event, Exception):
                raise event
            yield event

    async def models(self) -> list[Any]:
        return []

    async def aclose(self) -> None:
        pass


async def test_a_stream_that_ends_without_saying_so_is_a_cut() -> None:
    session = Session(service=Raw(Delta("half")))
    with pytest.raises(StreamCut, match="raw"):
        await session.chat("q")
    assert (session.path()[-1].status, session.path()[-1].content) == ("interrupted", "half")


async def test_a_bug_of_a_service_is_raised_as_it_is_and_closes_the_answer() -> None:
    session = Session(service=Raw(Delta("x"), ZeroDivisionError("boo")))
    with pytest.raises(ZeroDivisionError):
        await session.chat("q")
    assert session.path()[-1].status == "interrupted"
    assert session.path()[-1].error == "ZeroDivisionError: boo"
    assert session.streaming == []


async def test_text_of_the_wire_is_made_scalar_over_the_cuts() -> None:
    session = Session(service=Raw(Delta("a\ud83d", "\udc00"), Delta("\ude00b\ud83d"), Done(finish_reason="st\udfffop")))
    events: list[Any] = []
    session.subscribe(events.append)
    assert await session.chat("q") == "a\U0001f600b\ufffd"
    answer = session.path()[-1]
    assert (answer.reasoning, answer.finish_reason) == ("\ufffd", "st\ufffdop")
    assert "".join(event.text for event in events if isinstance(event, Streamed)) == answer.content


async def test_an_error_message_of_the_wire_is_made_scalar() -> None:
    session = Session(service=Raw(ServiceError("Bad \ud800.")))
    with pytest.raises(ServiceError):
        await session.chat("q")
    assert session.path()[-1].error == "Bad \ufffd."


async def test_what_the_service_reports_is_kept() -> None:
    usage = Usage(tokens_in=10, tokens_out=4, tokens_cached=3, tokens_reasoning=1, cost_usd=0.002)
    done = Done("stop", usage, "raw-1-2026", parts=[{"image": "…"}])
    session = Session(service=Raw(Delta("x"), done))
    await session.chat("q")
    answer = session.path()[-1]
    kept = Usage(
        answer.tokens_in, answer.tokens_out, answer.tokens_cached, answer.tokens_reasoning, answer.cost_usd
    )  # fmt: skip
    assert kept == usage
    assert answer.parts == [{"image": "…"}]
    assert answer.metadata == {"reported_model": "raw-1-2026"}
    assert answer.model == "raw-1"


async def test_a_wait_is_told_and_a_turn_emits_its_events_in_order() -> None:
    session = Session(service=Raw(Waiting("budget", 1.5, "3 requests"), Delta("a"), Delta("b"), Done()))
    events: list[Any] = []
    session.subscribe(events.append)
    await session.chat("q")
    node_id = session.path()[-1].node_id
    assert [type(event) for event in events] == [Changed, Waited, Streamed, Streamed, Finished]
    assert events[0].gesture.kind == "turn"
    assert session.state.made_by(events[0].gesture) == [message.node_id for message in session.path()]
    assert events[1] == Waited(node_id, "budget", 1.5, "3 requests")
    assert (events[-1].node_id, events[-1].status) == (node_id, "complete")
    assert events[0].op < events[-1].op == session.state.op


async def test_an_observer_that_unsubscribed_hears_no_more() -> None:
    session = Session()
    events: list[Any] = []
    forget = session.subscribe(events.append)
    session.add_message("user", "a")
    forget()
    session.add_message("user", "b")
    assert len(events) == 1


# What is sent


async def test_only_the_system_prompt_in_force_is_sent_and_first() -> None:
    service = Services.Scripted("x")
    session = Session("old", service=service)
    await session.chat("a")
    await session.chat("b", system="new")
    assert roles(session) == ["system", "user", "assistant", "system", "user", "assistant"]
    assert sent(service) == [("system", "new"), ("user", "a"), ("assistant", "x"), ("user", "b")]
    assert session.first_system
    assert session.first_system.content == "new"
    await session.chat("c", system="new")
    assert roles(session).count("system") == 2, "a prompt that is in force already is not put again"


async def test_chat_with_system_makes_one_where_there_was_none() -> None:
    service = Services.Scripted("x")
    session = Session(service=service)
    await session.chat("q", system="be brief")
    assert sent(service) == [("system", "be brief"), ("user", "q")]
    session.change_first_system_message("be long", sender="me")
    assert session.first_system
    assert (session.first_system.content, session.first_system.sender) == ("be long", "me")


async def test_an_empty_system_prompt_takes_the_old_one_out_of_force_and_is_added_once() -> None:
    service = Services.Scripted("x")
    session = Session("old", service=service)
    await session.chat("a", system="")
    await session.chat("b", system="")
    assert [role for role, _ in sent(service)] == ["user", "assistant", "user"]
    assert roles(session).count("system") == 2
    assert session.first_system is None
    await session.chat("c", system="old")
    assert sent(service)[0] == ("system", "old")


async def test_deleted_and_empty_messages_are_not_sent() -> None:
    service = Services.Scripted("x")
    session = Session("", service=service)
    session.add_message("user", "")
    session.add_message("assistant", "kept")
    session.add_message("tool", "42", sender="calculator")
    await session.chat("q")
    assert service.requests[0].messages == (Turn("assistant", "kept"), Turn("user", "42"), Turn("user", "q"))


async def test_context_stands_below_the_prompt_and_raw_in_the_metadata() -> None:
    service = Services.Scripted("x")
    session = Session(service=service)
    await session.chat("Sum up.", context={"é": [1, None]})
    prompt = session.path()[0]
    assert prompt.content == 'Sum up.\n\n{\n  "é": [\n    1,\n    null\n  ]\n}'
    assert sent(service) == [("user", prompt.content)]
    assert prompt.metadata == {"context": {"instruction": "Sum up.", "context": {"é": [1, None]}}}
    await session.chat("Sum up.", context="plain")
    assert session.path()[2].content == "Sum up.\n\nplain"


@pytest.mark.parametrize("context", [object(), {"a": float("nan")}, {1: {2, 3}}])
async def test_a_context_that_is_not_json_raises_and_leaves_no_row(context: Any) -> None:
    session = Session(service=Services.Scripted("x"))
    with pytest.raises(UsageError, match="JSON"):
        await session.chat("q", context=context)
    assert session.path() == []


async def test_the_text_of_a_failed_message_that_a_file_held_is_not_sent() -> None:
    service = Services.Scripted("x")
    session = Session(service=service)
    session.add_message("user", "a")
    failed = session.add_message("assistant", "half a page of HTML")
    session.state.finish(session.state.tree.row(failed.node_id), "error", {"error": "The server answered HTML."})
    await session.chat("b")
    assert sent(service) == [("user", "a"), ("user", "b")]


async def test_senders_are_kept_and_sent_on_demand() -> None:
    service = Services.Scripted("x")
    session = Session("sys", service=service)
    await session.chat("Hello", sender="Ann")
    session.add_message("user", "Hi", sender="Bob", recipient="Ann")
    await session.chat("So?", sender="Ann", with_sender=True)
    assert session.path()[1].sender == "Ann"
    assert (session.path()[3].sender, session.path()[3].recipient) == ("Bob", "Ann")
    assert sent(service) == [
        ("system", "sys"),
        ("user", "Sender Ann: Hello"),
        ("assistant", "Sender scripted-1: x"),
        ("user", "Sender Bob: Hi"),
        ("user", "Sender Ann: So?"),
    ]
    assert session.sender_info == {"system": 1, "Ann": 2, "scripted-1": 2, "Bob": 1, "total": 6}


async def test_chat_messages_are_what_is_sent() -> None:
    service = Services.Scripted(["x", ServiceError("Away.")])
    session = Session("old", service=service)
    await session.chat("Hello", sender="Ann", system="new")
    session.add_message("tool", "42", sender="calculator")
    with pytest.raises(ServiceError):
        await session.chat("And?")
    pairs = [("system", "new"), ("user", "Hello"), ("assistant", "x"), ("user", "42"), ("user", "And?")]
    assert sent(service) == pairs
    expected = [{"role": role, "content": content} for role, content in pairs]
    assert session.chat_messages == session.branches["main"].chat_messages == expected
    assert [turn["content"] for turn in session.chat_messages_with_sender] == [
        "new", "Sender Ann: Hello", "Sender scripted-1: x", "Sender calculator: 42", "Sender user: And?",
    ]  # fmt: skip
    assert Session().chat_messages == []


# Who answers


async def test_a_model_is_for_one_call_and_settings_of_the_session_for_all() -> None:
    service = Services.Scripted("x")
    session = Session(service=service, llmconfig={"temperature": 0.2, "model": "base"})
    await session.chat("a", model="other", temperature=0.9, top_p=0.5)
    await session.chat("b")
    first, second = service.requests
    assert (first.model, first.params) == ("other", {"temperature": 0.9, "top_p": 0.5})
    assert (second.model, second.params) == ("base", {"temperature": 0.2})
    assert [message.model for message in session.path() if message.role == "assistant"] == ["other", "base"]


async def test_a_model_named_twice_at_the_session_is_the_argument() -> None:
    service = Services.Scripted("x")
    await (session := Session(service=service, llmconfig={"model": "b"}, model="a")).chat("q")
    assert session.path()[-1].model == "a"


async def test_settings_are_not_shared_between_sessions() -> None:
    config = {"temperature": 0.2}
    one, two = Session(llmconfig=config), Session(llmconfig=config)
    one.current.configure(params={"seed": 1})
    config["temperature"] = 0.9
    assert two.current.params == {}
    assert one.state.overlay["params"] == two.state.overlay["params"] == {"temperature": 0.2}


async def test_the_service_of_the_call_goes_before_the_branch_before_the_session() -> None:
    a, b, c = (Services.Scripted(name, name=name, model=f"{name}-1") for name in "abc")
    session = Session(service=a)
    branch = session.new_branch("b", service=b)
    assert await session.chat("q") == "a"
    assert await branch.chat("q") == "b"
    assert await branch.chat("q", service=c) == "c"
    assert await branch.chat("q") == "b"
    assert [message.model for message in branch.path() if message.model] == ["b-1", "c-1", "b-1"]
    assert await branch.chat("q", service="a") == "a", "a service that was given once has its name"


async def test_two_services_of_one_name_answer_each_where_it_was_given() -> None:
    a, b, c = (Services.Scripted(text) for text in ("a", "b", "c"))
    session = Session(service=a)
    other = session.new_branch("other", service=b)
    assert await other.chat("q") == "b"
    assert await session.chat("q") == "a"
    assert await session.chat("q", service=c) == "c"
    assert await session.chat("q") == "a"
    assert await other.clone().chat("q") == "b"
    fork = session.fork("main", "forked", service=c)
    assert fork.service == "scripted"
    assert await fork.chat("q") == "c"


async def test_a_fork_for_another_service_does_not_take_the_model_along() -> None:
    a, b = Services.Scripted("a", name="a"), Services.Scripted("b", name="b", model="b-1")
    session = Session(service=a)
    session.current.configure(model="a-9", params={"seed": 1})
    fork = session.fork(None, "other", service=b)
    assert await fork.chat("q") == "b"
    assert fork.path()[-1].model == "b-1"
    assert b.requests[0].params == {"seed": 1}


async def test_a_model_of_one_service_is_not_asked_of_another() -> None:
    a, b = Services.Scripted("a", name="a"), Services.Scripted("b", name="b", model="b-1")
    session = Session(service=a, model="a-9")
    await session.chat("q")
    assert (await session.regenerate(service=b))[0].model == "b-1"
    await session.chat("q", service=b)
    assert session.path()[-1].model == "b-1"
    assert (await session.regenerate(service=b, model="b-2"))[0].model == "b-2"


async def test_the_window_of_the_model_that_answers_is_what_its_service_says() -> None:
    session = Session(service=Services.Local())
    assert await session.context_window() == 8192
    session.new_branch("other", service=Services.Scripted("x"))
    assert await session.context_window("other") is None


async def test_a_service_without_a_model_raises_naming_model_and_leaves_no_row() -> None:
    session = Session(service=Services.Scripted("x", model=None))
    with pytest.raises(ServiceChoiceError, match="has no default model"):
        await session.chat("q")
    assert session.path() == []


async def test_several_keys_and_no_choice_raise_naming_them_and_leave_no_row(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "made-up-1")
    monkeypatch.setenv("OPENROUTER_API_KEY", "made-up-2")
    session = Session()
    with pytest.raises(ServiceChoiceError, match=r"openai.*openrouter") as caught:
        await session.chat("q")
    assert "made-up" not in str(caught.value)
    assert session.path() == []


@pytest.mark.parametrize("service", [None, "openai"])
async def test_settings_that_cannot_be_read_say_nobody_and_leave_no_row(service: str | None) -> None:
    config_dir().mkdir(parents=True, exist_ok=True)
    (config_dir() / "config.toml").write_text('service = "wrok')
    session = Session(service=service, model="m")
    with pytest.raises(ServiceChoiceError, match=r"config\.toml is not understood: .*line 1.* correct it"):
        await session.chat("q")
    assert session.path() == []
    assert await session.chat("q", service=Services.Scripted("yes")) == "yes"


async def test_an_unknown_branch_raises_naming_those_there_are() -> None:
    session = Session(service=Services.Scripted("x"))
    with pytest.raises(UnknownBranch, match="The branches are: main"):
        await session.chat("q", branch="mian")


# Other answers


async def test_regenerate_asks_n_answers_of_one_group_and_keeps_the_old_one() -> None:
    service = Services.Scripted(["a", "b", "c", "d"])
    session = Session(service=service)
    await session.chat("q", seed=7)
    old = session.path()[-1]
    new = await session.regenerate(n=3)
    assert sorted(message.content for message in new) == ["b", "c", "d"]
    assert {message.parent_id for message in new} == {old.parent_id}
    assert len({message.group_id for message in new}) == 1
    assert new[0].group_id is not None
    assert {message.turn_id for message in new} == {old.turn_id}
    assert session.current.head == new[0]
    assert session.message(old.node_id) == old
    assert [request.params for request in service.requests] == [{"seed": 7}] * 4
    assert len({request.messages for request in service.requests}) == 1


async def test_regenerate_with_models_asks_each() -> None:
    service = Services.Scripted("x")
    session = Session(service=service)
    await session.chat("q")
    new = await session.regenerate(models=["m1", "m2"], n=2)
    assert [message.model for message in new] == ["m1", "m1", "m2", "m2"]


async def test_regenerate_of_a_prompt_and_in_the_middle_leaves_the_tail_visible() -> None:
    service = Services.Scripted(["a", "b", "c", "d"])
    session = Session(service=service)
    await session.chat("q1")
    await session.chat("q2")
    tail = session.path()[-1]
    prompt = session.path()[0]
    (new,) = await session.regenerate(prompt)
    assert new.parent_id == prompt.node_id
    assert [message.node_id for message in session.path()] == [prompt.node_id, new.node_id]
    assert session.state.tree.row(tail.node_id) in session.state.tree.live_leaves()
    assert sent(service) == [("user", "q1")]


async def test_where_only_some_alternatives_fail_they_are_returned_as_errors() -> None:
    service = Services.Scripted(["a", ServiceError("Away."), "c"])
    session = Session(service=service)
    await session.chat("q")
    assert [message.status for message in await session.regenerate(n=2)] == ["error", "complete"]
    failing = Session(service=Services.Scripted(["a", ServiceError("One."), ServiceError("Two.")]))
    await failing.chat("q")
    with pytest.raises(ServiceError, match="One"):
        await failing.regenerate(n=2)


async def test_regenerate_without_an_answer_or_of_none_raises() -> None:
    session = Session("sys", service=Services.Scripted("x"))
    for call in (session.regenerate(), session.regenerate(session.path()[0]), session.retry(), session.continue_()):
        with pytest.raises(UsageError):
            await call
    await session.chat("q")
    with pytest.raises(UsageError, match="0 answers"):
        await session.regenerate(n=0)
    assert len(session.state.tree) == 3


async def test_continue_is_a_sibling_that_begins_with_the_cut_text() -> None:
    service = Services.Scripted(["one two three", " three four", "ok"])
    session = Session(service=service)
    await session.chat("count", max_tokens=2)
    cut = session.path()[-1]
    whole = await session.continue_(max_tokens=None)
    assert (whole.content, whole.source_ids, whole.parent_id) == ("one two three four", (cut.node_id,), cut.parent_id)
    assert service.requests[1].prefill
    assert sent(service, 1) == [("user", "count"), ("assistant", "one two")]
    await session.chat("so?")
    assert not service.requests[2].prefill
    assert sent(service) == [("user", "count"), ("assistant", "one two three four"), ("user", "so?")]


async def test_a_continuation_that_fails_keeps_the_cut_text() -> None:
    session = Session(service=Services.Scripted(["one", ServiceError("Away.")]))
    await session.chat("count")
    with pytest.raises(ServiceError):
        await session.continue_()
    assert (session.path()[-1].status, session.path()[-1].content) == ("interrupted", "one")
