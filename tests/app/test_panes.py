"""Several transcripts on one screen, each with a path, a place and a cursor of its own."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from stage import Gate
from textual.app import App
from textual.containers import Horizontal

from lion_tui import Services, Session
from lion_tui.app.bridge import Bridge
from lion_tui.app.scheduler import FrameScheduler
from lion_tui.app.themes import DEFAULT, load_themes
from lion_tui.app.transcript import Transcript

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from textual.app import ComposeResult
    from textual.pilot import Pilot

    from lion_tui.core.events import Event

PATIENCE_S = 20
TEXT = "# A *title*\n\n" + "".join(
    f"{number}. an item with `code`\n\n   ```python\n   a = {number}\n   ```\n\n"
    f"| n | what |\n|---|---|\n| {number} | **so** |\n\n"
    for number in range(12)
)


class Columns(App[None]):
    """Some branches side by side, drawn by one scheduler."""

    CSS = "Transcript { width: 1fr; background: $background; color: $foreground; }"

    def __init__(self, session: Session, names: list[str]) -> None:
        self._themes, _ = load_themes()
        super().__init__()
        for theme in self._themes:
            self.register_theme(theme)
        self.session, self.names = session, names
        self.scheduler = FrameScheduler(self, self._streaming)
        self.flushed: list[str] = []

    def get_theme_variable_defaults(self) -> dict[str, str]:
        return next(theme.variables for theme in self._themes if theme.name == DEFAULT)

    def compose(self) -> ComposeResult:
        self.theme = DEFAULT
        with Horizontal():
            for name in self.names:
                yield Column(self.session.state, self.scheduler, id=name)

    def on_mount(self) -> None:
        Bridge(self.session, self)
        self.path_changed()

    def _streaming(self) -> list[int]:
        return [self.session.state.tree.row(node_id) for node_id in self.session.streaming]

    def pane(self, name: str) -> Transcript:
        return self.query_one(f"#{name}", Transcript)

    def shown(self, name: str) -> list[str]:
        pane = self.pane(name)
        return [strip.text for strip in pane.render_lines(pane.size.region)]

    # What the bridge says

    def path_changed(self) -> None:
        for name in self.names:
            head = self.session.branches[name].head
            self.pane(name).show_path(-1 if head is None else self.session.state.tree.row(head.node_id))
        self.scheduler.wake()

    def message_grew(self, row: int) -> None:
        self.scheduler.touch(row)

    def message_changed(self, row: int) -> None:
        self.scheduler.flush(row)

    def graph_changed(self, event: Event) -> None: ...

    def status_changed(self) -> None: ...

    def waiting(self, detail: str) -> None: ...

    def unsaved(self) -> None: ...

    def failed(self, error: Exception) -> None:
        raise error


class Column(Transcript):
    """A transcript that notes when it is drawn while something streams."""

    app: Columns

    def flush(self, rows: set[int]) -> bool:  # type: ignore[override]
        self.app.flushed.append(self.id or "")
        return super().flush(rows)


@asynccontextmanager
async def columns(session: Session, names: list[str]) -> AsyncIterator[tuple[Columns, Pilot[None]]]:
    app = Columns(session, names)
    async with app.run_test(size=(160, 40)) as pilot:
        await pilot.pause()
        yield app, pilot


async def until(pilot: Pilot[None], holds: object) -> None:
    async with asyncio.timeout(PATIENCE_S):
        while not holds():  # type: ignore[operator]
            await pilot.pause(0.005)


def branched(service: object, count: int) -> tuple[Session, list[str]]:
    session = Session(service=service)  # type: ignore[arg-type]
    session.add_message("user", "why")
    names = ["main", *(session.fork("main", f"b{number}").name for number in range(1, count))]
    return session, names


async def test_columns_that_stream_at_once_are_drawn_in_turn_and_end_as_a_full_render() -> None:
    gate = Gate()
    session, names = branched(Services.Scripted(TEXT, pace=gate), 4)
    async with columns(session, names) as (app, pilot):
        talks = [asyncio.create_task(session.chat("go on", branch=name)) for name in names]
        await until(pilot, lambda: len(session.streaming) == 4)
        words = 0
        while session.streaming:
            before = len(app.flushed)
            gate.let(8)
            words += 8
            if words > 200:
                gate.open()
            await until(pilot, lambda: set(app.flushed[before:]) == set(names) or not session.streaming)  # noqa: B023
        await asyncio.gather(*talks)
        await until(pilot, lambda: app.scheduler._timer is None)  # its last tick has drawn what was left
        await pilot.pause()
        for name in names:
            grown = app.shown(name)
            assert any("so" in line for line in grown)
            app.pane(name).redraw()
            await until(pilot, lambda: app.shown(name) == grown)  # noqa: B023  # a slow machine lays it out in slices


async def test_columns_scroll_and_point_each_for_itself() -> None:
    session, names = branched(Services.Scripted("Yes."), 2)
    for name in names:
        for number in range(30):
            session.add_message("assistant", f"{name} says {number}", branch=name)
    async with columns(session, names) as (app, pilot):
        await pilot.pause()
        held = app.shown("b1")
        app.pane("main").scroll_to_start()
        await pilot.pause()
        assert any("why" in line for line in app.shown("main"))
        assert app.shown("b1") == held
        assert (app.pane("main").follows, app.pane("b1").follows) == (False, True)
        app.pane("b1").move_cursor(-3)
        rows = {name: app.pane(name).cursor_row for name in names}
        pointed = [session.state.tree.content(rows[name] or 0) for name in names]
        assert pointed[1] == "b1 says 26"
        assert any(pointed[0] in line for line in app.shown("main")), "it went with the window"
        session.add_message("assistant", "more of main", branch="main")
        await pilot.pause()
        assert not any("more of main" in line for line in app.shown("b1"))
        assert not app.pane("main").follows
