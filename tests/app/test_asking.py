"""Asking on the screen: answers stream, stop, wait and fail where the user sees it."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest
from stage import Gate, kept, staged
from textual import events
from textual.worker import WorkerFailed

from lion_tui import Services
from lion_tui.core.errors import ServerFault
from lion_tui.core.header import take_snapshot
from lion_tui.core.inference import ModelInfo
from lion_tui.services.scripted import Reply, Scripted

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Mapping
    from pathlib import Path

    from lion_tui.core.inference import Request, StreamEvent
    from lion_tui.core.message import Json


async def test_an_answer_is_in_the_chat_in_the_tree_and_in_the_file(tmp_path: Path) -> None:
    file = tmp_path / "joke.parquet"
    async with staged("A whale walks into a bar.", file=file) as stage:
        assert "Write below and press enter." in stage.shown()
        await stage.ask("joke please")
        await stage.until(lambda: stage.session.saved)
        chat = [line for line in stage.lines() if "▎" in line]
        assert any("▎ joke please" in line for line in chat)
        assert any("▎ A whale walks into a bar." in line for line in chat)
        assert "● 1 joke please" in stage.shown()
        assert "◉ 2 A whale walks into a" in stage.shown()
        assert "2 msgs" in stage.shown()
        assert "saved" in stage.row("2 msgs")
        assert stage.draft == ""
        held = take_snapshot(stage.session.state)
        await stage.quit()
    assert kept(file) == held
    async with staged(file=file) as stage:
        assert "▎ A whale walks into a bar." in stage.shown()
        assert stage.talk == ["joke please", "A whale walks into a bar."]


async def test_an_answer_is_drawn_while_it_comes() -> None:
    gate = Gate()
    async with staged(Services.Scripted("one two three", pace=gate)) as stage:
        await stage.send("count")
        await stage.until("streaming 1")
        gate.let(2)
        await stage.until("▎ one two")
        assert "three" not in stage.shown()
        assert "esc stop" in stage.shown()
        gate.open()
        await stage.until("▎ one two three")
        await stage.until(lambda: "streaming" not in stage.shown())


async def test_escape_stops_the_answer_and_keeps_its_text() -> None:
    gate = Gate()
    async with staged(Services.Scripted("one two three", pace=gate)) as stage:
        await stage.send("count")
        gate.let(2)
        await stage.until("▎ one two")
        await stage.press("escape")
        await stage.until("■ stopped · m continue · R retry")
        assert stage.session.current.path()[-1].status == "stopped"
        assert stage.talk == ["count", "one two"]
        assert stage.focus == "composer"
        assert "Stopped; what came is kept." in stage.shown()


async def test_what_is_typed_while_an_answer_streams_lands_in_the_composer() -> None:
    gate = Gate()
    async with staged(Services.Scripted("one two three", pace=gate)) as stage:
        await stage.send("count")
        gate.let(1)
        await stage.until("▎ one")
        await stage.write("and then")
        gate.let(1)
        await stage.until("▎ one two")
        assert stage.draft == "and then"
        gate.open()
        await stage.until("▎ one two three")
        assert stage.draft == "and then"


async def test_what_is_typed_right_after_enter_is_not_lost() -> None:
    async with staged() as stage:
        for character in "one":
            stage.app.post_message(events.Key(character, character))
        stage.app.post_message(events.Key("enter", "\r"))
        for character in "two":
            stage.app.post_message(events.Key(character, character))
        await stage.until(lambda: stage.talk == ["one", "Yes."] and stage.draft == "two")


async def test_a_second_prompt_waits_in_sight_and_is_sent_after() -> None:
    gate = Gate()
    service = Services.Scripted(["first answer", "second answer"], pace=gate)
    async with staged(service) as stage:
        await stage.send("one")
        gate.let(1)
        await stage.until("▎ first")
        await stage.send("two")
        await stage.until("┊ waits: two")
        assert stage.talk == ["one", "first"]
        gate.open()
        await stage.until("▎ second answer")
        await stage.until(lambda: not stage.session.streaming)
        assert stage.talk == ["one", "first answer", "two", "second answer"]
        await stage.until(lambda: "waits" not in stage.shown())


@pytest.mark.parametrize("fault", [False, True])
async def test_what_waits_is_held_after_a_stop_or_an_error_and_goes_first(fault: bool) -> None:
    gate = Gate()
    first = Reply(text="first answer", fault=ServerFault("It broke (503).", "Try again.") if fault else None)
    async with staged(Services.Scripted([first, "second", "third"], pace=gate)) as stage:
        await stage.send("one")
        gate.let(1)
        await stage.until("▎ first")
        await stage.send("two")
        if fault:
            gate.open()
            await stage.until("✕ interrupted: It broke (503).")
        else:
            await stage.press("escape")
            await stage.until("■ stopped")
            gate.open()
        await stage.until("┊ held: two")
        await stage.send("three")
        await stage.until("▎ third")
        await stage.until(lambda: not stage.session.streaming)
        assert [text for text in stage.talk if "answer" not in text and text != "first"] == [
            "one", "two", "second", "three", "third",
        ]  # fmt: skip


async def test_enter_alone_sends_what_is_held() -> None:
    gate = Gate()
    async with staged(Services.Scripted(["first", "second"], pace=gate)) as stage:
        await stage.send("one")
        await stage.until("streaming 1")
        await stage.send("two")
        await stage.press("escape")
        await stage.until("┊ held: two · enter sends it")
        gate.open()
        await stage.press("enter")
        await stage.until("▎ second")
        await stage.until(lambda: not stage.session.queue())


async def test_an_error_without_text_is_shown_and_asked_again_with_a_key() -> None:
    fault = ServerFault("Scripted failed (503).", "Try again in a minute.")
    async with staged(Services.Scripted([fault, "Here it is."])) as stage:
        await stage.ask("well")
        assert "✕ Scripted failed (503). Try again in a minute." in stage.shown()
        assert "R retry" in stage.shown()
        assert "✕ 2 Scripted failed" in stage.shown()
        await stage.press("escape", "R")
        await stage.until("█ Here it is.")
        assert "‹2/2›" in stage.shown()


class Hanging:
    """A service that never says anything."""

    name = "hanging"
    default_model = "mute-1"

    def __init__(self) -> None:
        self.left = False

    def check(self, params: Mapping[str, Json]) -> None:
        pass

    async def stream(self, request: Request) -> AsyncGenerator[StreamEvent]:
        try:
            await asyncio.Event().wait()
            yield  # type: ignore[misc] - makes it a generator
        finally:
            self.left = True

    async def models(self) -> list[ModelInfo]:
        return []

    async def aclose(self) -> None:
        pass


async def test_escape_ends_a_service_that_hangs() -> None:
    service = Hanging()
    async with staged(service) as stage:
        await stage.send("anyone")
        await stage.until("streaming 1")
        await stage.press("escape")
        await stage.until("■ stopped · R retry")
        await stage.until(lambda: service.left)
        assert stage.talk == ["anyone", ""]


async def test_several_branches_stream_at_once() -> None:
    gate = Gate()
    service = Services.Scripted(lambda request: f"about {request.messages[-1].content}", pace=gate)
    async with staged(service) as stage:
        await stage.send("whales")
        await stage.until("streaming 1")
        await stage.send("/fork other")
        await stage.press("escape")  # the fork is at the answer that comes: Esc stops it
        await stage.until("■ stopped")
        await stage.send("sharks")
        await stage.until("streaming 1")
        await stage.send("/checkout main")
        await stage.send("krill")
        await stage.until("streaming 2")
        gate.open()
        await stage.until("▎ about krill")
        await stage.until(lambda: not stage.session.streaming)
        assert "▎ about sharks" not in stage.shown()
        assert [message.content for message in stage.session.branches["other"].path()][-1] == "about sharks"


async def test_deleting_what_streams_stops_it_first() -> None:
    gate = Gate()
    async with staged(Services.Scripted("one two three", pace=gate)) as stage:
        await stage.send("count")
        gate.let(1)
        await stage.until("▎ one")
        stage.session.delete(stage.session.current.path()[-1])
        gate.open()
        await stage.until(lambda: not stage.session.streaming)
        await stage.until(lambda: "▎ one" not in stage.shown())
        assert stage.talk == ["count"]


async def test_a_fault_that_nobody_foresaw_ends_the_program_with_its_trace(capsys: pytest.CaptureFixture[str]) -> None:
    def broken(request: Request) -> str:
        secret = "sk-or-v1"
        raise RuntimeError(f"a defect in {len(secret)} characters")

    async def use() -> None:
        async with staged(Services.Scripted(broken)) as stage:
            await stage.send("go")
            await stage.until(lambda: not stage.app.is_running)

    with pytest.raises(WorkerFailed, match="a defect in 8 characters"):
        await use()
    trace = capsys.readouterr().err
    assert "RuntimeError: a defect in 8 characters" in trace
    assert trace.count("sk-or-v1") <= 1, "the source line may show, the values of variables may not"


@pytest.mark.parametrize("end", ["\r", "\r\n", "\n"])
async def test_a_paste_keeps_its_lines(end: str) -> None:
    async with staged() as stage:
        await stage.paste(f"def f(x):{end}    return x{end}{end}explain")
        assert stage.draft == "def f(x):\n    return x\n\nexplain"


class Windowed(Scripted):
    """Counts how often it is asked for its models, and hangs or fails then if it is told to."""

    def __init__(self, context: int | None, *, hangs: bool = False, fails: bool = False) -> None:
        super().__init__("Yes.", models=[ModelInfo("scripted-1", context)])
        self.asked, self._hangs, self._fails = 0, hangs, fails

    async def models(self) -> list[ModelInfo]:
        self.asked += 1
        if self._hangs:
            await asyncio.Event().wait()
        if self._fails:
            raise ServerFault("It failed.")
        return await super().models()


async def test_the_status_says_how_much_of_the_window_is_used() -> None:
    service = Windowed(8192)
    async with staged(service) as stage:
        assert service.asked == 0
        await stage.ask("Hi")
        await stage.until("/8k ctx")
        await stage.ask("Hi again")
        await stage.press("escape", "g", "N")
        await stage.ask("And here")
        assert stage.screen.session.current.name == "main.2"
        await stage.until("/8k ctx")
        assert service.asked == 1


async def test_what_came_after_the_last_count_is_estimated() -> None:
    gate = Gate()
    async with staged(Services.Scripted(["Yes.", "whale " * 2000], pace=gate)) as stage:
        gate.let(1)
        await stage.ask("Hi")
        await stage.until("2 msgs · 6 ctx")
        await stage.send("a story")
        gate.let(100)
        await stage.until("streaming 1")
        await stage.until(lambda: "whale" in stage.shown())
        await stage.press("escape")
        await stage.until("■ stopped")
        # Four bytes a token, and sixteen for what is around a message.
        about = 6 + sum((len(text) + 19) // 4 for text in stage.talk[2:])
        assert stage.talk[3].startswith("whale")
        await stage.until(f"4 msgs · ~{about} ctx")


@pytest.mark.parametrize("service", [Windowed(None), Windowed(1, fails=True), Windowed(1, hangs=True)])
async def test_of_a_window_that_nobody_knows_only_what_is_used_is_said(service: Windowed) -> None:
    async with staged(service) as stage:
        await stage.ask("Hi")
        await stage.until(lambda: service.asked)
        await stage.ask("Hi again")
        assert "/" not in stage.row(" ctx").partition("msgs")[2]
        assert "failed" not in stage.shown()
        assert service.asked == 1
        await stage.quit()  # which waits for nobody


async def test_a_prompt_that_follows_a_stop_is_sent_also_while_the_stopped_answer_is_still_being_saved(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    gate, saving = Gate(), asyncio.Event()
    async with staged(Services.Scripted("one two three", pace=gate), file=tmp_path / "s.parquet") as stage:
        flush = stage.session.flush

        async def slowly() -> None:
            await saving.wait()
            await flush()

        monkeypatch.setattr(stage.session, "flush", slowly)
        await stage.send("go")
        gate.let(1)
        await stage.until("▎ one")
        await stage.press("escape")
        await stage.until("■ stopped")
        gate.open()
        await stage.send("on")
        saving.set()
        await stage.until(lambda: len(stage.talk) == 4)
